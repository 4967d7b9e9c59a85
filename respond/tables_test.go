package respond

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// Every revocation table of the built-in rules runs against a server that is made from it.

// revoking are the built-in rules that revoke by HTTP.
func revoking(t *testing.T) []*rules.Rule {
	t.Helper()
	var set []*rules.Rule
	providers := map[string]bool{}
	for _, r := range rules.Builtin() {
		if r.Revoke != nil && len(r.Revoke.Steps) > 0 {
			set = append(set, r)
			providers[r.Provider] = true
		}
	}
	if len(set) < 80 || len(providers) < 60 {
		t.Fatalf("%d built-in rules of %d providers revoke by HTTP, want at least 80 of 60", len(set), len(providers))
	}
	return set
}

// madeUp are values for all that a rule's requests name: a credential of its shape, its
// parts, and what a policy would give.
func madeUp(t *testing.T, r *rules.Rule) verify.Values {
	t.Helper()
	h := fnv.New64a()
	h.Write([]byte(r.ID))
	rng := rand.New(rand.NewPCG(h.Sum64(), 11))
	m, err := rules.NewMaker(r)
	if err != nil {
		t.Fatal(err)
	}
	values := verify.Values{"admin": "made-up-admin", "client_id": "made-up-client", "client_secret": "made-up-client-secret"}
	names := []string{"secret"}
	for _, p := range r.Parts {
		names = append(names, p.Name)
	}
	for _, name := range names {
		if values[name], _, err = m.Fill("{{"+name+"}}", rng); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// stage is a server for one rule: it answers the steps before the last as their table
// wants it, and the last as last says.
type stage struct {
	steps []rules.Step
	last  http.HandlerFunc
	early http.HandlerFunc // in place of what the first step wants, if set

	mu   sync.Mutex
	came []string // "METHOD path?query body headers"
}

func (s *stage) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	s.mu.Lock()
	n := len(s.came)
	s.came = append(s.came, fmt.Sprint(req.Method, " ", req.URL.RequestURI(), " ", string(body), " ", req.Header))
	s.mu.Unlock()
	switch {
	case n == 0 && s.early != nil && len(s.steps) > 1:
		s.early(w, req)
	case n < len(s.steps)-1:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, extracts(s.steps[n]))
	default:
		s.last(w, req)
	}
}

// extracts is a JSON text that has what a step takes from its answer.
func extracts(s rules.Step) string {
	tree := map[string]any{}
	for _, e := range s.Extract {
		put(tree, strings.TrimPrefix(e.Value, "json:"), "made-up-"+e.Name)
	}
	return toJSON(tree)
}

// put puts a value at a path.
func put(tree map[string]any, path string, value any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		below, ok := tree[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			tree[name] = below
		}
		tree = below
	}
	tree[names[len(names)-1]] = value
}

// toJSON writes a tree; a map whose only name is "0" is a list.
func toJSON(node any) string {
	tree, ok := node.(map[string]any)
	if !ok {
		if text, ok := node.(string); ok {
			return strconv.Quote(text)
		}
		return fmt.Sprint(node)
	}
	if first, list := tree["0"]; list {
		return "[" + toJSON(first) + "]"
	}
	var out []string
	for name, value := range tree {
		out = append(out, strconv.Quote(name)+":"+toJSON(value))
	}
	slices.Sort(out)
	return "{" + strings.Join(out, ",") + "}"
}

// meeting is an answer that fulfils a condition, and nothing more.
func meeting(c rules.Condition) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		tree := map[string]any{}
		for _, test := range c.JSON {
			path, value, ok := strings.Cut(test, " = ")
			if b, err := strconv.ParseBool(value); ok && err == nil {
				put(tree, path, b)
				continue
			}
			if !ok {
				value = "x"
			}
			put(tree, path, value)
		}
		for _, text := range c.Body {
			if name := strings.Trim(text, `"`); name != text {
				tree[name] = "x"
				continue
			}
			tree["made_up"] = fmt.Sprint(tree["made_up"], text)
		}
		if len(c.JSON)+len(c.Body) > 0 {
			w.Header().Set("Content-Type", "application/json")
		}
		status := 200
		if len(c.Status) > 0 {
			status = c.Status[0]
		}
		w.WriteHeader(status)
		if len(tree) > 0 {
			io.WriteString(w, toJSON(tree))
		}
	}
}

func saying(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// play sends the requests of a rule to a stage.
func play(t *testing.T, r *rules.Rule, steps []rules.Step, want []rules.Condition, s *stage) (done, string) {
	t.Helper()
	s.steps = steps
	server := httptest.NewServer(s)
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Options{
		Rate: 1e6, Retries: -1, Timeout: 10 * time.Second, MaxWait: time.Millisecond,
		Endpoints: []verify.Endpoint{{For: r.ID, URL: u}},
	})
	if err != nil {
		t.Fatal(err)
	}
	values := madeUp(t, r)
	how, detail := send(context.Background(), v, r, steps, want, values)
	if strings.Contains(detail, values["secret"]) {
		t.Errorf("%s: the detail tells the secret: %s", r.ID, detail)
	}
	return how, detail
}

// What the table takes for done is taken for it, whichever of its answers comes, and the
// requests are those of the table.
func TestTablesDone(t *testing.T) {
	for _, r := range revoking(t) {
		for i, c := range r.Revoke.Done {
			s := &stage{last: meeting(c)}
			if how, detail := play(t, r, r.Revoke.Steps, r.Revoke.Done, s); how != isDone {
				t.Errorf("%s: answer %d of done: %s", r.ID, i+1, detail)
			}
			if len(s.came) != len(r.Revoke.Steps) {
				t.Fatalf("%s: %d requests, want %d", r.ID, len(s.came), len(r.Revoke.Steps))
			}
			for n, step := range r.Revoke.Steps {
				if !strings.HasPrefix(s.came[n], step.Request.Method+" ") {
					t.Errorf("%s: step %d is %s", r.ID, n+1, s.came[n])
				}
				for _, e := range step.Extract {
					if later := strings.Join(s.came[n+1:], "\n"); !strings.Contains(later, "made-up-"+e.Name) {
						t.Errorf("%s: %s of step %d is not used later", r.ID, e.Name, n+1)
					}
				}
			}
		}
		if !r.Revoke.Reversible {
			continue
		}
		s := &stage{last: saying(200, "application/json", "{}")}
		if how, detail := play(t, r, r.Revoke.Undo, succeeded, s); how != isDone || len(s.came) != len(r.Revoke.Undo) {
			t.Errorf("%s: undo: %s, %d requests", r.ID, detail, len(s.came))
		}
	}
}

// What does not prove that it is done is not taken for it; and that it is not done is said
// only where that is sure.
func TestTablesNotDone(t *testing.T) {
	const page = `<!doctype html><html><head><title>Sign in</title></head><body>ok revoked true id</body></html>`
	for name, test := range map[string]struct {
		last http.HandlerFunc
		want []done
	}{
		"401":            {saying(401, "application/json", `{"hello":"world"}`), []done{notDone}},
		"403":            {saying(403, "application/json", `{"hello":"world"}`), []done{notDone}},
		"404":            {saying(404, "application/json", `{"hello":"world"}`), []done{notDone}},
		"429":            {saying(429, "application/json", `{"hello":"world"}`), []done{notDone}},
		"500":            {saying(500, "application/json", `{"hello":"world"}`), []done{perhaps}},
		"a page":         {saying(200, "text/html", page), []done{perhaps}},
		"a login":        {func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/login", http.StatusFound) }, []done{perhaps}},
		"half an answer": {saying(200, "application/json", `{"ok":true,"revoked":true,"id":`), []done{perhaps}},
		"hung up on":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []done{perhaps}},
	} {
		for _, r := range revoking(t) {
			want := test.want
			if !looksOnly(r.Revoke.Steps[:len(r.Revoke.Steps)-1]) {
				want = []done{perhaps} // a step before may have done something
			}
			s := &stage{last: test.last}
			if how, detail := play(t, r, r.Revoke.Steps, r.Revoke.Done, s); !slices.Contains(want, how) {
				t.Errorf("%s: %s: %d, want %v: %s", name, r.ID, how, want, detail)
			}
		}
	}
}

// Where a step before the last fails, nothing is revoked; and where it only looked, that
// is said.
func TestTablesStopEarly(t *testing.T) {
	several := 0
	for _, r := range revoking(t) {
		if len(r.Revoke.Steps) < 2 {
			continue
		}
		several++
		for name, early := range map[string]http.HandlerFunc{
			"refused": saying(401, "application/json", `{"hello":"world"}`),
			"empty":   saying(200, "application/json", `{}`),
		} {
			if name == "empty" && len(r.Revoke.Steps[0].Extract) == 0 {
				continue
			}
			s := &stage{early: early, last: saying(200, "application/json", `{}`)}
			want := perhaps
			if looksOnly(r.Revoke.Steps[:1]) {
				want = notDone
			}
			if how, detail := play(t, r, r.Revoke.Steps, r.Revoke.Done, s); how != want || len(s.came) != 1 {
				t.Errorf("%s: %s: %d, want %d, after %d requests: %s", r.ID, name, how, want, len(s.came), detail)
			}
		}
	}
	if several < 5 {
		t.Errorf("only %d tables have several steps", several)
	}
}

// A revocation must hit the found credential and no other: what its requests name is the
// credential itself, a part of its own text, what the provider says of the credential that
// asked, or a part that proved itself together with it.
func TestTablesRevokeTheRightKey(t *testing.T) {
	// Parts that say where to ask or as which application, not which key is meant.
	place := []string{"host", "url", "domain", "shop", "site", "account", "app_id", "key", "email", "username"}
	for _, r := range revoking(t) {
		if r.Revoke.FromList() {
			t.Errorf("%s: takes a key by its place in a list", r.ID)
		}
		proven := map[string]bool{"secret": true}
		for _, p := range r.Parts {
			if strings.Contains(r.Regex, "(?P<"+p.Name+">") {
				proven[p.Name] = true
			}
		}
		if r.Verify != nil && r.Verify.Protocol == "google-service-account" {
			proven["private_key_id"], proven["client_email"] = true, true // signed with, when it was asked about
		}
		for n, s := range r.Revoke.Steps {
			hits, authorised := false, false
			for _, h := range s.Request.Headers {
				used := placeholders(rules.Request{Headers: []rules.Pair{h}})
				if slices.Contains(used, "secret") {
					authorised = true
					for _, name := range used {
						proven[name] = true // the pair is accepted together, or not at all
					}
				}
			}
			if authorised {
				// Two headers may be the pair.
				for _, name := range placeholders(rules.Request{Headers: s.Request.Headers}) {
					proven[name] = true
				}
			}
			for _, name := range placeholders(rules.Request{URL: s.Request.URL, Query: s.Request.Query, Form: s.Request.Form, JSON: s.Request.JSON, Body: s.Request.Body}) {
				switch {
				case proven[name]:
					hits = true
				case slices.Contains(place, name), name == "admin":
				case r.Revoke.Auth == rules.AuthorityClient && (name == "client_id" || name == "client_secret"):
				default:
					t.Errorf("%s: step %d names %s, which nothing ties to the found credential", r.ID, n+1, name)
				}
			}
			if !hits && !authorised {
				t.Errorf("%s: step %d names no credential", r.ID, n+1)
			}
			for _, e := range s.Extract {
				proven[e.Name] = hits || authorised
			}
		}
	}
}
