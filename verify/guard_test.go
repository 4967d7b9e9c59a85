package verify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func TestPublic(t *testing.T) {
	for _, inside := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1%eth0",
		"fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
		"2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "3fff::1",
	} {
		if public(netip.MustParseAddr(inside)) {
			t.Errorf("%s passes for a public address", inside)
		}
	}
	for _, outside := range []string{"1.1.1.1", "140.82.121.6", "172.32.0.1", "::ffff:1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::"} {
		if !public(netip.MustParseAddr(outside)) {
			t.Errorf("%s does not pass for a public address", outside)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address passes for a public one")
	}
}

// acme is a rule that asks a host that stands beside the credential.
var acme = &rules.Rule{
	ID: "acme-key", Provider: "acme", Title: "Acme key",
	Parts: []rules.Part{{Name: "host"}},
	Verify: &rules.Verify{
		Steps: []rules.Step{{Request: rules.Request{
			Method: "GET", URL: "https://{{host}}/me", Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{secret}}"}},
		}}},
		Live:     []rules.Condition{{Status: []int{200}, JSON: []string{"login"}}},
		Dead:     []rules.Condition{{Status: []int{401}, JSON: []string{"message = Bad credentials"}}},
		Identity: rules.Identity{Owner: "json:login", Scopes: "header:x-scopes", Expires: "header:x-expires"},
	},
}

func acmeAt(host, secret string) detector.Finding {
	return findingOf(acme, secret, "host", host)
}

func findingOf(r *rules.Rule, secret string, parts ...string) detector.Finding {
	s := detector.NewSecret(secret, 0)
	f := detector.Finding{Rule: r, Secret: s, Fingerprint: detector.Key(nil).Fingerprint(r.Provider, s), Places: []detector.Place{{}}}
	for i := 0; i+1 < len(parts); i += 2 {
		f.Parts = append(f.Parts, detector.Part{Name: parts[i], Value: detector.NewSecret(parts[i+1], 0)})
	}
	return f
}

// counting is a server with TLS that counts connections and requests.
func counting(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, connections, requests *atomic.Int64) {
	t.Helper()
	connections, requests = new(atomic.Int64), new(atomic.Int64)
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, connections, requests
}

func accepting(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"login":"octocat"}`)) }

// A host that resolves to this machine is not even connected to.
func TestGuardRefusesInternalHosts(t *testing.T) {
	server, connections, _ := counting(t, accepting)
	port := server.Listener.Addr().(*net.TCPAddr).AddrPort().Port()
	for _, name := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		v, err := New(Options{Retries: -1, Proxy: noProxy})
		if err != nil {
			t.Fatal(err)
		}
		f := acmeAt(name+":"+itoa(port), "s3cret-value")
		r := v.Ask(context.Background(), &f)
		if r.State != detector.Unknown || r.Failed || !strings.Contains(r.Reason, "internal address") {
			t.Errorf("%s: %s: %s", name, r.State, r.Reason)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

func itoa(n uint16) string {
	return netip.AddrPortFrom(netip.IPv4Unspecified(), n).String()[len("0.0.0.0:"):]
}

// An endpoint lifts the guard for itself and nothing else.
func TestGuardEndpoint(t *testing.T) {
	named, _, asked := counting(t, accepting)
	other, connections, _ := counting(t, accepting)
	o := Options{Retries: -1, Proxy: noProxy, RootCAs: named.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	o.Endpoints = []Endpoint{endpointAt(t, strings.TrimPrefix(named.URL, "https://"), named.URL)}
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	f := acmeAt(strings.TrimPrefix(named.URL, "https://"), "s3cret-value")
	if r := v.Ask(context.Background(), &f); r.State != detector.Live || r.Identity.Owner != "octocat" {
		t.Errorf("the endpoint: %s: %s", r.State, r.Reason)
	}
	f = acmeAt(strings.TrimPrefix(other.URL, "https://"), "s3cret-value")
	if r := v.Ask(context.Background(), &f); r.State != detector.Unknown {
		t.Errorf("another: %s: %s", r.State, r.Reason)
	}
	if asked.Load() != 1 || connections.Load() != 0 {
		t.Errorf("the endpoint was asked %d times, the other connected to %d times", asked.Load(), connections.Load())
	}
}

// Without the server's own authority its certificate is not trusted.
func TestTLSIsVerified(t *testing.T) {
	server, _, requests := counting(t, accepting)
	v, err := New(Options{Retries: -1, Proxy: noProxy, Endpoints: []Endpoint{endpointAt(t, "acme", server.URL)}})
	if err != nil {
		t.Fatal(err)
	}
	f := acmeAt("git.acme.test", "s3cret-value")
	r := v.Ask(context.Background(), &f)
	if r.State != detector.Unknown || !r.Failed || !strings.Contains(r.Reason, "certificate") || requests.Load() != 0 {
		t.Errorf("%s: %s, %d requests", r.State, r.Reason, requests.Load())
	}
}

// A proxy is used, though it stands inside, and asked for no internal host.
func TestProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	through := func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	v, err := New(Options{Retries: -1, Proxy: through})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"192.168.1.1", "localhost", "169.254.169.254"} {
		f := acmeAt(host, "s3cret-value")
		if r := v.Ask(context.Background(), &f); !strings.Contains(r.Reason, "internal address") {
			t.Errorf("%s: %s", host, r.Reason)
		}
	}
	f := acmeAt("1.1.1.1", "s3cret-value")
	if r := v.Ask(context.Background(), &f); r.State != detector.Unknown || !r.Failed {
		t.Errorf("%s: %s", r.State, r.Reason)
	}
	if len(asked) != 1 || asked[0] != "CONNECT 1.1.1.1:443" {
		t.Errorf("the proxy was asked %q", asked)
	}
}

func TestAllowHosts(t *testing.T) {
	asked := 0
	transport := roundTrip(func(*http.Request) (*http.Response, error) { asked++; return nil, errors.New("asked") })
	v, err := New(Options{Retries: -1, transport: transport, AllowHosts: []string{"api.acme.test", "*.acme.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"api.acme.test": true, "API.acme.test": true, "x.acme.example": true, "a.b.acme.example": true,
		"acme.example": false, "evilacme.example": false, "api.acme.test.evil.test": false,
	} {
		if v.allowed(host, host) != want {
			t.Errorf("%s: allowed %t", host, !want)
		}
	}
	f := acmeAt("git.acme.test", "s3cret-value")
	if r := v.Ask(context.Background(), &f); r.State != detector.Unknown || !strings.Contains(r.Reason, "allowed hosts") {
		t.Errorf("%s: %s", r.State, r.Reason)
	}
	if asked != 0 {
		t.Error("somebody was asked")
	}
	for _, bad := range []string{"", "*", "https://api.acme.test", "a b", "a.*.test", "*.*"} {
		if _, err := New(Options{AllowHosts: []string{bad}}); err == nil {
			t.Errorf("allowed host %q passes", bad)
		}
	}
}

// Redirects go to the rule's own hosts alone, with the credential; the credential of a
// redirected POST is not sent in a body again unless the status says so.
func TestRedirects(t *testing.T) {
	var trail []string
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		trail = append(trail, req.Method+" "+req.URL.String()+" "+req.Header.Get("Authorization"))
		w := httptest.NewRecorder()
		switch req.URL.Path {
		case "/me":
			http.Redirect(w, req, "/v2/me", http.StatusMovedPermanently)
		case "/v2/me":
			accepting(w, req)
		case "/away/me":
			http.Redirect(w, req, "https://evil.test/me", http.StatusFound)
		case "/plain/me":
			http.Redirect(w, req, "http://git.acme.test/me", http.StatusFound)
		case "/round/me":
			http.Redirect(w, req, "/round/me", http.StatusFound)
		}
		return w.Result(), nil
	})
	for path, want := range map[string]struct {
		state    detector.State
		requests int
		reason   string
	}{
		"":       {detector.Live, 2, "accepts"},
		"/away":  {detector.Unknown, 1, "redirects to evil.test"},
		"/plain": {detector.Unknown, 1, "redirects to"},
		"/round": {detector.Unknown, maxRedirects, "circle"},
	} {
		trail = nil
		v, err := New(Options{Retries: -1, Rate: 1e6, transport: transport, Endpoints: []Endpoint{endpointAt(t, "acme", "https://git.acme.test"+path)}})
		if err != nil {
			t.Fatal(err)
		}
		f := acmeAt("git.acme.test", "s3cret-value")
		r := v.Ask(context.Background(), &f)
		if r.State != want.state || len(trail) != want.requests || !strings.Contains(r.Reason, want.reason) {
			t.Errorf("%q: %s: %s: %q", path, r.State, r.Reason, trail)
		}
	}
}

// What is to be deleted is not asked for instead: a page that answers a GET would pass for
// the proof that it is gone.
func TestRedirectKeepsTheMethod(t *testing.T) {
	for status, want := range map[int]string{
		301: "DELETE /me", 302: "DELETE /me", 303: "DELETE /me",
		307: "DELETE /me, DELETE /gone", 308: "DELETE /me, DELETE /gone",
	} {
		var trail []string
		transport := roundTrip(func(req *http.Request) (*http.Response, error) {
			trail = append(trail, req.Method+" "+req.URL.Path)
			w := httptest.NewRecorder()
			if req.URL.Path == "/me" {
				http.Redirect(w, req, "/gone", status)
			}
			return w.Result(), nil
		})
		v, err := New(Options{Retries: -1, Rate: 1e6, transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		steps := []rules.Step{{Request: rules.Request{Method: "DELETE", URL: "https://git.acme.test/me"}}}
		a, err := v.Send(context.Background(), &rules.Rule{Provider: "acme"}, steps, nil)
		if err != nil || strings.Join(trail, ", ") != want || (a.Status == 200) != (status > 303) {
			t.Errorf("%d: %+v, %v: %q", status, a, err, trail)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// No error of the network tells the address, which may hold the credential.
func TestErrorsHoldNoSecret(t *testing.T) {
	const secret = "s3cret-in-the-address"
	rule := *acme
	rule.Verify = &rules.Verify{
		Steps: []rules.Step{{Request: rules.Request{Method: "GET", URL: "https://acme.test/{{secret}}?k={{secret}}"}}},
		Live:  []rules.Condition{{Status: []int{200}, JSON: []string{"id"}}},
	}
	for _, cause := range []error{
		errors.New("dial " + secret), &url.Error{Op: "Get", URL: "https://acme.test/" + secret, Err: errors.New("x " + secret)},
		&net.OpError{Op: "read", Err: errors.New(secret)}, &net.DNSError{Err: "no such host", Name: secret, IsNotFound: true},
		&net.DNSError{Err: "timeout", Name: secret, IsTimeout: true}, context.DeadlineExceeded,
	} {
		v, err := New(Options{Retries: -1, transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause })})
		if err != nil {
			t.Fatal(err)
		}
		f := findingOf(&rule, secret)
		r := v.Ask(context.Background(), &f)
		if r.State != detector.Unknown || strings.Contains(r.Reason, "s3cret") {
			t.Errorf("%v: %s", cause, r.Reason)
		}
	}
}
