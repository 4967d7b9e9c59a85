package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Every HTTP table of the built-in rules runs against a server of its own that is made
// from the table.

// tabled are the built-in rules that ask by HTTP.
func tabled(t testing.TB) []*rules.Rule {
	var set []*rules.Rule
	for _, r := range rules.Builtin() {
		if r.Verify != nil && len(r.Verify.Steps) > 0 {
			set = append(set, r)
		}
	}
	if len(set) < 100 {
		t.Fatalf("only %d built-in rules ask by HTTP", len(set))
	}
	return set
}

// madeUp is a finding of a rule with a made-up credential, all of its parts included.
func madeUp(t testing.TB, r *rules.Rule) detector.Finding {
	t.Helper()
	h := fnv.New64a()
	h.Write([]byte(r.ID))
	rng := rand.New(rand.NewPCG(h.Sum64(), 7))
	m, err := rules.NewMaker(r)
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) detector.Secret {
		text, _, err := m.Fill("{{"+name+"}}", rng)
		if err != nil {
			t.Fatal(err)
		}
		return detector.NewSecret(text, 0)
	}
	f := detector.Finding{Rule: r, Secret: value("secret"), Places: []detector.Place{{}}}
	for _, p := range r.Parts {
		f.Parts = append(f.Parts, detector.Part{Name: p.Name, Value: value(p.Name), Secret: p.Secret})
	}
	f.Fingerprint = detector.Key(nil).Fingerprint(r.Provider, f.Secret)
	return f
}

// answerFor makes an answer that fulfils a condition, and nothing more.
func answerFor(c rules.Condition) http.HandlerFunc {
	status := 200
	if len(c.Status) > 0 {
		status = c.Status[0]
	}
	tree := map[string]any{}
	for _, test := range c.JSON {
		set(tree, test)
	}
	var loose []string
	for _, text := range c.Body {
		if len(c.JSON) > 0 && strings.HasPrefix(text, `"`) {
			tree[strings.Trim(text, `"`)] = "x"
			continue
		}
		loose = append(loose, text)
	}
	if len(loose) > 0 {
		tree["made_up_text"] = strings.Join(loose, " ")
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, test := range c.Header {
			name, value := split(test)
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		if len(c.JSON) == 0 {
			fmt.Fprint(w, strings.Join(c.Body, " "))
			return
		}
		if first, list := tree["0"]; list {
			json.NewEncoder(w).Encode([]any{first})
			return
		}
		json.NewEncoder(w).Encode(tree)
	}
}

// split cuts a test into its path and a value that fulfils it.
func split(test string) (path, value string) {
	if path, other, ok := strings.Cut(test, " != "); ok {
		return path, "not-" + other
	}
	if path, value, ok := strings.Cut(test, " = "); ok {
		return path, value
	}
	return test, "x"
}

// set puts a value into a tree that fulfils a test.
func set(tree map[string]any, test string) {
	path, text := split(test)
	var value any = text
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		value = n
	}
	if b, err := strconv.ParseBool(text); err == nil && len(text) > 1 {
		value = b
	}
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		below, ok := tree[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			tree[name] = below
		}
		tree = below
	}
	last := names[len(names)-1]
	if _, there := tree[last]; !there || strings.Contains(test, "=") {
		tree[last] = value
	}
}

// inMemory answers requests without a network: a handler for each host.
type inMemory map[string]http.Handler

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m[req.URL.Host].ServeHTTP(w, req)
	return w.Result(), nil
}

// scene runs the check of every rule against a server of its own: a real one, or one
// without a network where o has a transport for it.
func scene(t *testing.T, set []*rules.Rule, o Options, handler func(r *rules.Rule) http.Handler) map[string]detector.Verification {
	t.Helper()
	var findings []detector.Finding
	for _, r := range set {
		address := "https://" + r.ID + ".test"
		if memory, ok := o.transport.(inMemory); ok {
			memory[r.ID+".test"] = handler(r)
		} else {
			server := httptest.NewServer(handler(r))
			t.Cleanup(server.Close)
			address = server.URL
		}
		o.Endpoints = append(o.Endpoints, endpointAt(t, r.ID, address))
		findings = append(findings, madeUp(t, r))
	}
	o.Rate, o.PerHost = 1e6, 8
	if o.Retries == 0 {
		o.Retries = -1
	}
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Check(context.Background(), findings); err != nil {
		t.Fatal(err)
	}
	out := make(map[string]detector.Verification)
	for _, f := range findings {
		if strings.Contains(f.Verification.Reason, f.Secret.Reveal()) {
			t.Errorf("%s: the reason tells the secret", f.Rule.ID)
		}
		out[f.Rule.ID] = *f.Verification
	}
	return out
}

func endpointAt(t testing.TB, name, address string) Endpoint {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return Endpoint{For: name, URL: u}
}

func same(h http.HandlerFunc) func(*rules.Rule) http.Handler {
	return func(*rules.Rule) http.Handler { return h }
}

func TestTablesLive(t *testing.T) {
	set := tabled(t)
	for i := range longest(set, func(v *rules.Verify) int { return len(v.Live) }) {
		with := having(set, func(v *rules.Verify) bool { return i < len(v.Live) })
		got := scene(t, with, Options{}, func(r *rules.Rule) http.Handler { return answerFor(r.Verify.Live[i]) })
		for id, r := range got {
			if r.State != detector.Live || r.Checked.IsZero() {
				t.Errorf("%s: answer %d of live: %s: %s", id, i+1, r.State, r.Reason)
			}
		}
	}
}

func TestTablesDead(t *testing.T) {
	set := tabled(t)
	for i := range longest(set, func(v *rules.Verify) int { return len(v.Dead) }) {
		with := having(set, func(v *rules.Verify) bool { return i < len(v.Dead) })
		got := scene(t, with, Options{}, func(r *rules.Rule) http.Handler { return answerFor(r.Verify.Dead[i]) })
		for id, r := range got {
			if r.State != detector.Dead {
				t.Errorf("%s: answer %d of dead: %s: %s", id, i+1, r.State, r.Reason)
			}
		}
	}
}

func longest(set []*rules.Rule, n func(*rules.Verify) int) int {
	most := 0
	for _, r := range set {
		most = max(most, n(r.Verify))
	}
	return most
}

func having(set []*rules.Rule, ok func(*rules.Verify) bool) []*rules.Rule {
	var out []*rules.Rule
	for _, r := range set {
		if ok(r.Verify) {
			out = append(out, r)
		}
	}
	return out
}

// What proves nothing leaves every credential unknown; failed says whether the
// provider is to blame.
func TestTablesUnknown(t *testing.T) {
	say := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	const page = `<!doctype html><html><head><title>Sign in to the guest network</title></head><body>id name email</body></html>`
	tests := []struct {
		name   string
		answer http.HandlerFunc
		failed bool
	}{
		{"200 and nothing", say(200, "", ""), false},
		{"200 and OK", say(200, "text/plain", "OK"), false},
		{"200 and an empty object", say(200, "application/json", "{}"), false},
		{"200 and an empty list", say(200, "application/json", "[]"), false},
		{"200 and null", say(200, "application/json", "null"), false},
		{"200 and true", say(200, "application/json", "true"), false},
		{"200 and another object", say(200, "application/json", `{"hello":"world","n":[1,2,{"x":null}]}`), false},
		{"200 and a page", say(200, "text/html", page), false},
		{"200 and half an object", say(200, "application/json", `{"id": "1", "login": "a", "name":`), false},
		{"401 and a page", say(401, "text/html", page), false},
		{"404 and a page", say(404, "text/html", page), false},
		{"407", say(407, "text/html", page), false},
		{"500 and a page", say(500, "text/html", page), true},
		{"502 and JSON", say(502, "application/json", `{"hello":"world"}`), true},
		{"429", say(429, "application/json", `{"hello":"slow down"}`), true},
		{"too large", say(200, "text/plain", strings.Repeat("x", maxBody+1)), false},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"id": "1",`)
		}, true},
		{"hung up on", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
	}
	set := tabled(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := Options{transport: inMemory{}}
			if strings.HasPrefix(test.name, "broken") || strings.HasPrefix(test.name, "hung") {
				o.transport = nil // these take a network
			}
			for id, r := range scene(t, set, o, same(test.answer)) {
				if r.State != detector.Unknown || r.Failed != test.failed {
					t.Errorf("%s: %s, failed %t: %s", id, r.State, r.Failed, r.Reason)
				}
			}
		})
	}
}

// What any service may say with status 200, that all is well or that it is not, makes no
// credential live.
func TestTablesSmallTalk(t *testing.T) {
	for _, body := range []string{
		`{"status":"ok","ok":true,"message":"ok","msg":"OK","code":0}`,
		`{"status":"error","success":false,"ok":false,"message":"Invalid API key","code":401,"error":"Unauthorized","data":null,"result":null}`,
		`{"error":{"message":"Unauthorized","code":401},"errors":[{"message":"unauthorized"}],"data":null,"id":null,"name":null,"email":null,"user":null}`,
		`[{}]`, `"OK"`, `1`,
	} {
		answer := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, body)
		}
		for id, r := range scene(t, tabled(t), Options{transport: inMemory{}}, same(answer)) {
			if r.State == detector.Live {
				t.Errorf("%s: %s makes it live", id, body)
			}
		}
	}
}

// Too little scope is not death: 403 with a body that no rule knows.
func TestTablesForbidden(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(403)
		fmt.Fprint(w, `{"hello":"your credential may not do this"}`)
	}
	for id, r := range scene(t, tabled(t), Options{transport: inMemory{}}, same(answer)) {
		if r.State == detector.Unknown {
			continue
		}
		rule := byID(t, id)
		for _, c := range append(rule.Verify.Live, rule.Verify.Dead...) {
			if len(c.Status) == 1 && c.Status[0] == 403 && len(c.JSON)+len(c.Body)+len(c.Header) == 0 {
				t.Logf("%s takes any 403 for %s", id, r.State)
			}
		}
		if r.State == detector.Live {
			t.Errorf("%s: any 403 is live", id)
		}
	}
}

func byID(t *testing.T, id string) *rules.Rule {
	t.Helper()
	for _, r := range rules.Builtin() {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("there is no rule %s", id)
	return nil
}

func TestTablesHanging(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	for id, r := range scene(t, tabled(t), Options{Timeout: 100 * time.Millisecond, Concurrency: 512}, same(hang)) {
		if r.State != detector.Unknown || !r.Failed {
			t.Errorf("%s: %s: %s", id, r.State, r.Reason)
		}
	}
}

// A redirect to an internal address that nobody named is not followed, whatever the
// method and status.
func TestTablesRedirectInside(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inside.Close()
	for _, status := range []int{302, 307} {
		answer := func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inside.URL+"/latest/meta-data/", status)
		}
		for id, r := range scene(t, tabled(t), Options{}, same(answer)) {
			if r.State != detector.Unknown {
				t.Errorf("%s: status %d: %s: %s", id, status, r.State, r.Reason)
			}
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the internal server was asked %d times", n)
	}
}

// The request holds the credential, at the endpoint.
func TestTablesSendTheCredential(t *testing.T) {
	for _, r := range tabled(t) {
		v, err := New(Options{Endpoints: []Endpoint{endpointAt(t, r.ID, "https://stand-in.test")}})
		if err != nil {
			t.Fatal(err)
		}
		last := r.Verify.Steps[len(r.Verify.Steps)-1]
		f := madeUp(t, r)
		values := ValuesOf(&f)
		dump := func() string {
			req, err := v.buildRequest(context.Background(), r, &last.Request, values)
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			if req.URL.Host != "stand-in.test" {
				t.Errorf("%s: the endpoint is not used: %s", r.ID, req.URL.Host)
			}
			out, err := httputil.DumpRequestOut(req, true)
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		before := dump()
		values["secret"] = strings.Map(func(c rune) rune {
			if c >= '1' && c <= '8' {
				return c + 1
			}
			if c >= 'b' && c <= 'y' {
				return c + 1
			}
			return c
		}, values["secret"])
		if dump() == before {
			t.Errorf("%s: the request is the same with another credential", r.ID)
		}
	}
}
