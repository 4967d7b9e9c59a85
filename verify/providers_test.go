package verify

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// How the most used providers answer, written by hand from their documentation, whose
// address stands in each case; the made-up values are ours. Each is asked with the request
// line and the header that it documents. The cases are in providers_*_test.go, by what the
// providers are for.

// provider is what a provider documents about one kind of credential.
type provider struct {
	rule    string
	docs    string
	request string // method and path with query; empty where the credential is in the path
	sends   string // a header, with SECRET for the credential; empty where it goes elsewhere
	answers []documented
}

// documented is one answer of a provider, and what it is to be taken for.
type documented struct {
	kind, name string
	status     int
	header     string // "Name: value", several by "\n"
	body       string
	want       detector.State
	failed     bool
	who        string        // of the identity, where it is told; see told
	pause      time.Duration // for which the provider wants to be left alone; aMoment if it names one
}

// The kinds of answers.
const (
	kindLive    = "live"
	kindRefused = "refused"
	kindNarrow  = "narrow"
	kindLimited = "limited"
	kindOther   = "other"
)

// aMoment stands for a pause until a moment: those in the cases lie in the year 2100.
const aMoment = -1

// accepts is the answer to a working credential.
func accepts(header, body, who string) documented {
	return documented{kind: kindLive, name: "live", status: 200, header: header, body: body, want: detector.Live, who: who}
}

// proves is an answer of another status that only a working credential gets.
func proves(kind string, status int, header, body string) documented {
	return documented{kind: kind, name: kind + ", which proves it live", status: status, header: header, body: body, want: detector.Live}
}

// rejects is an answer that only a worthless credential gets.
func rejects(name string, status int, body string) documented {
	return documented{kind: kindRefused, name: name, status: status, body: body, want: detector.Dead}
}

// refuses is an answer that a worthless credential gets, and others too: one for another
// region, say.
func refuses(name string, status int, body string) documented {
	return documented{kind: kindRefused, name: name, status: status, body: body, want: detector.Unknown}
}

// narrow is the answer to a credential that works and may not ask this.
func narrow(status int, body string) documented {
	return documented{kind: kindNarrow, name: "too narrow", status: status, body: body, want: detector.Unknown}
}

// limited is the answer to too many requests.
func limited(header, body string, pause time.Duration) documented {
	return documented{kind: kindLimited, name: "limited", status: 429, header: header, body: body, want: detector.Unknown, failed: true, pause: pause}
}

// other is an answer that proves nothing.
func other(name string, status int, header, body string) documented {
	return documented{kind: kindOther, name: name, status: status, header: header, body: body, want: detector.Unknown}
}

// as gives an answer another status.
func (a documented) as(status int) documented {
	a.status = status
	return a
}

// trouble says that the provider is to blame for an answer that proves nothing.
func (a documented) trouble() documented {
	a.failed = true
	return a
}

// say writes the answer.
func (a documented) say(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for h := range strings.SplitSeq(a.header, "\n") {
		if name, value, ok := strings.Cut(h, ": "); ok {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(a.status)
	fmt.Fprint(w, a.body)
}

// allProviders are the cases of all files.
func allProviders() []provider {
	return slices.Concat(codeProviders, cloudProviders, modelProviders, messageProviders, workProviders, watchProviders)
}

// told writes an identity in a line: the owner first, then what else is known.
func told(id detector.Identity) string {
	var out []string
	for _, f := range []struct{ name, value string }{
		{"", id.Owner}, {"account ", id.Account}, {"scopes ", strings.Join(id.Scopes, " ")},
		{"created ", id.Created}, {"expires ", id.Expires}, {"used ", id.LastUsed},
	} {
		if f.value != "" {
			out = append(out, f.name+f.value)
		}
	}
	return strings.Join(out, ", ")
}

func TestProviders(t *testing.T) {
	for _, p := range allProviders() {
		rule := byID(t, p.rule)
		for _, a := range p.answers {
			f := madeUp(t, rule)
			var line, sent string
			answer := func(w http.ResponseWriter, req *http.Request) {
				line = req.Method + " " + req.URL.RequestURI()
				name, _, _ := strings.Cut(p.sends, ":")
				sent = req.Header.Get(name)
				if agent := req.Header.Get("User-Agent"); agent != DefaultUserAgent {
					t.Errorf("%s: it is asked as %q", p.rule, agent)
				}
				a.say(w)
			}
			got := scene(t, []*rules.Rule{rule}, Options{transport: inMemory{}}, same(answer))[rule.ID]
			if got.State != a.want || got.Failed != a.failed {
				t.Errorf("%s: %s: %s, failed %t: %s (%s)", p.rule, a.name, got.State, got.Failed, got.Reason, p.docs)
			}
			if who := told(got.Identity); who != a.who {
				t.Errorf("%s: %s: it is of %q, want %q (%s)", p.rule, a.name, who, a.who, p.docs)
			}
			if p.request != "" && line != p.request {
				t.Errorf("%s: the request is %s, documented is %s", p.rule, line, p.request)
			}
			if _, value, ok := strings.Cut(p.sends, ": "); ok && sent != strings.ReplaceAll(value, "SECRET", f.Secret.Reveal()) {
				t.Errorf("%s: the header is not %s", p.rule, p.sends)
			}
			if a.kind == kindLimited {
				checkPause(t, p, a)
			}
		}
	}
}

// checkPause checks that a refusal for too many requests is understood, and for how long.
func checkPause(t *testing.T, p provider, a documented) {
	t.Helper()
	w := httptest.NewRecorder()
	a.say(w)
	answer := &Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
	answer.tooMany = answer.meetsAny(byID(t, p.rule).Verify.Limited)
	o := outcomeOf(answer)
	switch {
	case !o.limited:
		t.Errorf("%s: %s: the answer is not taken for one to too many requests", p.rule, a.name)
	case a.pause == aMoment && o.pause < 24*time.Hour, a.pause >= 0 && o.pause != a.pause:
		t.Errorf("%s: %s: a pause of %s, want %s", p.rule, a.name, o.pause, a.pause)
	}
}

// The cases cover what there is to tell: for each provider an answer to a working
// credential, to a worthless one, to one that may not ask, and to too many requests.
func TestProvidersAreWhole(t *testing.T) {
	kinds := map[string]map[string]bool{}
	for _, p := range allProviders() {
		if !strings.HasPrefix(p.docs, "https://") {
			t.Errorf("%s: no address of the documentation", p.rule)
		}
		name := byID(t, p.rule).Provider
		if kinds[name] == nil {
			kinds[name] = map[string]bool{}
		}
		for _, a := range p.answers {
			kinds[name][a.kind] = true
		}
	}
	if len(kinds) < 60 {
		t.Errorf("%d providers, want at least 60", len(kinds))
	}
	for name, have := range kinds {
		for _, kind := range []string{kindLive, kindRefused, kindNarrow, kindLimited} {
			if !have[kind] {
				t.Errorf("%s: no answer of the kind %s", name, kind)
			}
		}
	}
}

// What every provider may do on a bad day, with its own answer to a working credential:
// nothing of it proves anything.
func TestProvidersOnABadDay(t *testing.T) {
	working := map[string]documented{}
	var set []*rules.Rule
	for _, p := range allProviders() {
		for _, a := range p.answers {
			if a.want == detector.Live && a.status == 200 {
				working[p.rule] = a
			}
		}
		if _, ok := working[p.rule]; ok {
			set = append(set, byID(t, p.rule))
		}
	}
	if len(set) < 60 {
		t.Fatalf("only %d rules have an answer to begin with", len(set))
	}
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached.Add(1) }))
	defer inside.Close()
	var stop chan struct{} // ends what hangs, when its day is over
	page := `<!doctype html><html><head><title>Sign in</title></head><body>%s</body></html>`
	days := []struct {
		name    string
		failed  bool
		network bool
		answer  func(w http.ResponseWriter, req *http.Request, a documented)
	}{
		{"the answer breaks off", true, true, func(w http.ResponseWriter, _ *http.Request, a documented) {
			w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
			w.Write([]byte(a.body[:len(a.body)/2]))
		}},
		{"half of the answer", false, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			a.body = a.body[:len(a.body)/2]
			a.say(w)
		}},
		{"a page in place of JSON", false, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, page, a.body)
		}},
		{"a page that says 401", false, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(401)
			fmt.Fprintf(w, page, "Unauthorized")
		}},
		{"a page that says it is JSON", false, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			a.body = fmt.Sprintf(page, a.body)
			a.say(w)
		}},
		{"500 with the answer", true, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			a.as(500).say(w)
		}},
		{"503 with a page", true, false, func(w http.ResponseWriter, _ *http.Request, _ documented) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(503)
			fmt.Fprintf(w, page, "Down for maintenance")
		}},
		{"429 with the answer", true, false, func(w http.ResponseWriter, _ *http.Request, a documented) {
			a.as(429).say(w)
		}},
		{"no answer", true, true, func(_ http.ResponseWriter, req *http.Request, _ documented) {
			select {
			case <-stop:
			case <-req.Context().Done():
			}
		}},
		{"302 to the metadata service", false, true, func(w http.ResponseWriter, req *http.Request, _ documented) {
			http.Redirect(w, req, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}},
		{"307 to a private address", false, true, func(w http.ResponseWriter, req *http.Request, _ documented) {
			http.Redirect(w, req, inside.URL+"/", http.StatusTemporaryRedirect)
		}},
	}
	for _, day := range days {
		t.Run(day.name, func(t *testing.T) {
			stop = make(chan struct{})
			defer close(stop)
			o := Options{Timeout: 10 * time.Second, Concurrency: 512}
			if !day.network {
				o.transport = inMemory{}
			}
			if day.name == "no answer" {
				o.Timeout = 100 * time.Millisecond
			}
			got := scene(t, set, o, func(r *rules.Rule) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { day.answer(w, req, working[r.ID]) })
			})
			for id, r := range got {
				if r.State != detector.Unknown || r.Failed != day.failed || told(r.Identity) != "" {
					t.Errorf("%s: %s, failed %t: %s", id, r.State, r.Failed, r.Reason)
				}
			}
		})
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the private address was asked %d times", n)
	}
}
