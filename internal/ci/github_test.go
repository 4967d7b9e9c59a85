package ci

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testToken is plainly none.
const testToken = "token-of-a-test"

// api is a server in place of GitHub's API. It answers a call, "METHOD path", with the next of its
// answers; the last one stays.
type api struct {
	t       *testing.T
	answers map[string][]answer
	calls   []string
	bodies  map[string]map[string]any
	waited  time.Duration
}

type answer struct {
	code int
	body string
	link string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.RequestURI()
	a.calls = append(a.calls, call)
	if got := r.Header.Get("Authorization"); got != "Bearer "+testToken {
		a.t.Errorf("%s: authorization %q", call, got)
	}
	if r.Body != nil {
		var body map[string]any
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			a.bodies[call] = body
		}
	}
	list := a.answers[call]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message": "Not Found"}`)
		return
	}
	if len(list) > 1 {
		a.answers[call] = list[1:]
	}
	if list[0].link != "" {
		w.Header().Set("Link", list[0].link)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(list[0].code)
	fmt.Fprint(w, list[0].body)
}

// serve starts the server and returns a run on it.
func serve(t *testing.T, answers map[string][]answer) (*api, *GitHub) {
	t.Helper()
	a := &api{t: t, answers: maps.Clone(answers), bodies: map[string]map[string]any{}}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return a, &GitHub{
		API: s.URL, Repository: "octo/app", SHA: idA, Ref: "refs/pull/7/merge", PullRequest: 7, Token: testToken, HTTP: s.Client(),
		Wait: func(ctx context.Context, d time.Duration) error { a.waited += d; return ctx.Err() },
	}
}

const (
	sarifs = "POST /repos/octo/app/code-scanning/sarifs"
	status = "GET /repos/octo/app/code-scanning/sarifs/47177e22"
	taken  = `{"id": "47177e22", "url": "https://api.example.com/sarifs/47177e22"}`
)

func TestUploadSARIF(t *testing.T) {
	a, g := serve(t, map[string][]answer{
		sarifs: {{code: 202, body: taken}},
		status: {{code: 200, body: `{"processing_status": "pending"}`}, {code: 200, body: `{"processing_status": "complete"}`}},
	})
	started := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	done, err := g.UploadSARIF(t.Context(), []byte("the report"), started)
	if err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	body := a.bodies[sarifs]
	if body["commit_sha"] != idA || body["ref"] != "refs/pull/7/merge" || body["started_at"] != "2026-03-01T12:00:00Z" {
		t.Errorf("body %v", body)
	}
	packed, err := base64.StdEncoding.DecodeString(body["sarif"].(string))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != "the report" {
		t.Errorf("uploaded %q, %v", text, err)
	}
	if want := []string{sarifs, status, status}; !slices.Equal(a.calls, want) {
		t.Errorf("calls %q, want %q", a.calls, want)
	}
}

// GitHub needs longer than anybody waits, or fails, or does not tell.
func TestUploadProcessing(t *testing.T) {
	for _, test := range []struct {
		status answer
		failed bool
	}{
		{answer{code: 200, body: `{"processing_status": "pending"}`}, false},
		{answer{code: 200, body: `{"processing_status": "failed"}`}, true},
		{answer{code: 403, body: `{"message": "no"}`}, false},
	} {
		a, g := serve(t, map[string][]answer{sarifs: {{code: 202, body: taken}}, status: {test.status}})
		done, err := g.UploadSARIF(t.Context(), []byte("x"), time.Time{})
		if done || (err != nil) != test.failed {
			t.Errorf("%+v: %v, %v", test.status, done, err)
		}
		if _, ok := a.bodies[sarifs]["started_at"]; ok {
			t.Error("a start that is not known is told")
		}
	}
}

// What refuses an upload is explained, and is an error that leaves the run to go on.
func TestUploadRefused(t *testing.T) {
	message := func(text string) string {
		return fmt.Sprintf(`{"message": %q, "documentation_url": "https://docs.github.com/rest"}`, text)
	}
	for _, test := range []struct {
		name   string
		answer answer
		change func(*GitHub)
		want   string
		calls  int
	}{
		{"private repository", answer{code: 403, body: message("Advanced Security must be enabled for this repository to use code scanning.")},
			nil, "code scanning is off in this repository", 1},
		{"off", answer{code: 403, body: message("Code scanning is not enabled for this repository.")}, nil, "code scanning is off", 1},
		{"no permission", answer{code: 403, body: message("Resource not accessible by integration")}, nil,
			`give the job "permissions: security-events: write"`, 1},
		{"fork", answer{code: 403, body: message("Resource not accessible by integration")},
			func(g *GitHub) { g.FromFork = true }, "comes from a fork", 1},
		{"not found", answer{code: 404, body: message("Not Found")}, nil, "GitHub finds no such repository", 1},
		{"expired", answer{code: 401, body: message("Bad credentials")}, nil, "does not accept the token", 1},
		{"too large", answer{code: 413, body: message("Payload too large")}, nil, "too large", 1},
		{"too often", answer{code: 429, body: message("slow down")}, nil, "rate limit is used up", 3},
		{"broken", answer{code: 502, body: "<html>"}, nil, "GitHub has a problem (502 Bad Gateway)", 3},
		{"branch of a fork", answer{}, func(g *GitHub) { g.Ref, g.SHA = "", "" }, "a branch of a fork", 0},
		{"no token", answer{}, func(g *GitHub) { g.Token = "" }, "there is no token", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, g := serve(t, map[string][]answer{sarifs: {test.answer}})
			if test.change != nil {
				test.change(g)
			}
			_, err := g.UploadSARIF(t.Context(), []byte("x"), time.Time{})
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), testToken) {
				t.Errorf("the token is in %v", err)
			}
			if len(a.calls) != test.calls {
				t.Errorf("calls %q, want %d", a.calls, test.calls)
			}
		})
	}
}

// A server that is at fault once is asked again.
func TestUploadRetries(t *testing.T) {
	a, g := serve(t, map[string][]answer{
		sarifs: {{code: 503, body: "{}"}, {code: 202, body: taken}},
		status: {{code: 200, body: `{"processing_status": "complete"}`}},
	})
	if done, err := g.UploadSARIF(t.Context(), []byte("x"), time.Time{}); err != nil || !done {
		t.Errorf("%v, %v, calls %q", done, err, a.calls)
	}
	if a.waited < retries[0] {
		t.Errorf("waited %s", a.waited)
	}
}

func TestUploadErrors(t *testing.T) {
	a, g := serve(t, map[string][]answer{sarifs: {{code: 422, body: `{"message": "commit not found"}`}}})
	_, err := g.UploadSARIF(t.Context(), []byte("x"), time.Time{})
	var refused *RefusedError
	if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), "commit not found") {
		t.Errorf("%v, calls %q", err, a.calls)
	}
	for _, change := range []func(*GitHub){
		func(g *GitHub) { g.Repository = "app" }, func(g *GitHub) { g.Repository = "a/b/c" }, func(g *GitHub) { g.API = "nowhere" },
	} {
		_, g := serve(t, nil)
		change(g)
		if _, err := g.UploadSARIF(t.Context(), []byte("x"), time.Time{}); err == nil {
			t.Errorf("no error of %+v", g)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.UploadSARIF(ctx, []byte("x"), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

const (
	user     = "GET /user"
	comments = "GET /repos/octo/app/issues/7/comments?per_page=100"
	more     = "GET /repos/octo/app/issues/7/comments?page=2&per_page=100"
	create   = "POST /repos/octo/app/issues/7/comments"
	edit     = "PATCH /repos/octo/app/issues/comments/42"
	marker   = "<!-- stanch: nightly/x -->\n"
)

func comment(id int, login, kind, body string) string {
	return fmt.Sprintf(`{"id": %d, "user": {"login": %q, "type": %q}, "body": %q}`, id, login, kind, body)
}

func TestComment(t *testing.T) {
	next := `<https://api.example.com/x?page=2&per_page=100>; rel="next"`
	others := comment(1, "someone", "User", "hello") + "," + comment(2, "robot", "Bot", "<!-- stanch: another -->\nx") + "," +
		comment(3, "mallory", "User", marker+"not ours") // anybody may write the marker
	for _, test := range []struct {
		name            string
		answers         map[string][]answer
		text, otherwise string
		calls           []string
		call, body      string
	}{
		{"the first", map[string][]answer{comments: {{200, "[" + others + "]", ""}}, create: {{201, "{}", ""}}},
			"found", "none", []string{user, comments, create}, create, marker + "found"},
		{"again, on the second page", map[string][]answer{
			comments: {{200, "[" + others + "]", next}}, more: {{200, "[" + comment(42, "github-actions[bot]", "Bot", marker+"old") + "]", ""}},
			edit: {{200, "{}", ""}}},
			"found", "none", []string{user, comments, more, edit}, edit, marker + "found"},
		{"with a person's token", map[string][]answer{user: {{200, `{"login": "someone"}`, ""}},
			comments: {{200, "[" + comment(42, "someone", "User", marker+"old") + "]", ""}}, edit: {{200, "{}", ""}}},
			"found", "none", []string{user, comments, edit}, edit, marker + "found"},
		{"unchanged", map[string][]answer{comments: {{200, "[" + comment(42, "r", "Bot", marker+"found") + "]", ""}}},
			"found", "none", []string{user, comments}, "", ""},
		{"nothing to say", map[string][]answer{comments: {{200, "[]", ""}}}, "", "none", []string{user, comments}, "", ""},
		{"nothing left to say", map[string][]answer{comments: {{200, "[" + comment(42, "r", "Bot", marker+"found") + "]", ""}}, edit: {{200, "{}", ""}}},
			"", "none", []string{user, comments, edit}, edit, marker + "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, g := serve(t, test.answers)
			if err := g.Comment(t.Context(), "nightly/x", test.text, test.otherwise); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(a.calls, test.calls) {
				t.Errorf("calls %q, want %q", a.calls, test.calls)
			}
			if test.call != "" && a.bodies[test.call]["body"] != test.body {
				t.Errorf("body %q, want %q", a.bodies[test.call]["body"], test.body)
			}
		})
	}
}

func TestCommentRefused(t *testing.T) {
	for want, answers := range map[string]map[string][]answer{
		`"permissions: pull-requests: write"`: {
			comments: {{200, "[]", ""}}, create: {{403, `{"message": "Resource not accessible by integration"}`, ""}}},
		"GitHub finds no such repository": {},
	} {
		_, g := serve(t, answers)
		var refused *RefusedError
		if err := g.Comment(t.Context(), "x", "text", ""); !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, g := serve(t, nil)
	g.PullRequest = 0
	var refused *RefusedError
	if err := g.Comment(t.Context(), "x", "text", ""); !errors.As(err, &refused) {
		t.Errorf("without a pull request: %v", err)
	}
}

// A name cannot end the comment that marks it.
func TestMarkerName(t *testing.T) {
	if got := markerName("a --> <b>\nü-1"); strings.ContainsAny(got, "-><\n") {
		t.Errorf("%q", got)
	}
}

// readOutputs reads outputs as the runner does
// (https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs).
func readOutputs(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, delimiter, ok := strings.Cut(lines[i], "<<")
		if !ok {
			t.Fatalf("line %q begins no output", lines[i])
		}
		var value []string
		for i++; lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		values[name] = strings.Join(value, "\n")
	}
	return values
}

func TestWriteOutputs(t *testing.T) {
	g := &GitHub{OutputFile: filepath.Join(t.TempDir(), "output")}
	evil := "x\nstanch-\nhacked<<EOF\nyes\nEOF"
	for range 2 {
		if err := g.WriteOutputs([]Output{{"findings", "3"}, {"path", evil}}); err != nil {
			t.Fatal(err)
		}
	}
	got := readOutputs(t, g.OutputFile)
	if len(got) != 2 || got["findings"] != "3" || got["path"] != evil {
		t.Errorf("%q", got)
	}
	text, _ := os.ReadFile(g.OutputFile)
	delimiters := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if _, d, ok := strings.Cut(line, "<<stanch-"); ok {
			delimiters[d] = true
		}
	}
	if len(delimiters) != 4 {
		t.Errorf("%d delimiters for 4 outputs", len(delimiters))
	}
	if err := (&GitHub{}).WriteOutputs([]Output{{"a", "b"}}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if err := (&GitHub{OutputFile: t.TempDir()}).WriteOutputs([]Output{{"a", "b"}}); err == nil {
		t.Error("no error of a folder")
	}
}

func TestSummary(t *testing.T) {
	g := &GitHub{SummaryFile: filepath.Join(t.TempDir(), "summary.md")}
	if room := g.SummaryRoom(); room != maxSummary {
		t.Errorf("room %d", room)
	}
	for range 2 {
		if err := g.WriteSummary("# x\n"); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(g.SummaryFile); string(text) != "# x\n# x\n" || g.SummaryRoom() != maxSummary-8 {
		t.Errorf("summary %q, room %d", text, g.SummaryRoom())
	}
	if (&GitHub{}).SummaryRoom() != 0 || (&GitHub{}).WriteSummary("x") != nil {
		t.Error("there is a summary without a file")
	}
}
