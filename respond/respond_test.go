package respond

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// provider is a made-up one that knows tokens and counts what is done to them.
type provider struct {
	*httptest.Server

	mu      sync.Mutex
	dead    map[string]bool
	revoked map[string]int
	deleted []string
	calls   int
	// answer, if set, comes in place of the usual one to a revocation, after it was done
	// if the first result says so.
	answer func(w http.ResponseWriter, n int) (act, answered bool)
	// hangUp breaks the connection after a revocation.
	hangUp bool
}

func newProvider(t *testing.T) *provider {
	p := &provider{dead: map[string]bool{}, revoked: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	say := func(status int, body string) { w.WriteHeader(status); io.WriteString(w, body) }
	switch req.Method + " " + req.URL.Path {
	case "GET /user":
		if p.dead[token] || !strings.HasPrefix(token, "tok-") {
			say(401, `{"message":"Bad credentials"}`)
			return
		}
		say(200, `{"login":"octocat"}`)
	case "DELETE /token":
		p.revoke(w, 204, token)
	case "POST /credentials/revoke":
		var body struct{ Credentials []string }
		if json.NewDecoder(req.Body).Decode(&body) != nil || req.Header.Get("Authorization") != "" {
			say(400, `{}`)
			return
		}
		for _, t := range body.Credentials {
			if strings.Contains(t, "spoiler") {
				say(422, `{"message":"Validation Failed"}`)
				return
			}
		}
		p.revoke(w, 202, body.Credentials...)
	case "POST /keys/delete":
		if req.Header.Get("Authorization") != "Bearer admin-token" {
			say(403, `{}`)
			return
		}
		p.deleted = append(p.deleted, req.PostFormValue("id"))
		say(200, `{}`)
	case "POST /keys/disable", "POST /keys/enable":
		id, admin := req.PostFormValue("id"), req.Header.Get("Authorization") == "Bearer admin-token"
		if !admin {
			say(403, `{}`)
			return
		}
		p.dead["tok-"+id] = strings.HasSuffix(req.URL.Path, "disable")
		p.revoked["tok-"+id]++
		say(200, `{}`)
	default:
		say(404, `{}`)
	}
}

func (p *provider) revoke(w http.ResponseWriter, status int, tokens ...string) {
	p.calls++
	if p.answer != nil {
		act, answered := p.answer(w, p.calls)
		if act {
			for _, t := range tokens {
				p.dead[t] = true
				p.revoked[t]++
			}
		}
		if answered {
			return
		}
	} else {
		for _, t := range tokens {
			p.dead[t] = true
			p.revoked[t]++
		}
	}
	if p.hangUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// Rules of the made-up provider: one that revokes itself, one like GitHub's, one whose
// keys an administrator disables.
var (
	asking = &rules.Verify{
		Steps: []rules.Step{{Request: rules.Request{Method: "GET", URL: "https://api.acme.test/user",
			Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{secret}}"}}}}},
		Live: []rules.Condition{{Status: []int{200}, JSON: []string{"login"}}},
		Dead: []rules.Condition{{Status: []int{401}, JSON: []string{"message = Bad credentials"}}},
	}
	selfRule = &rules.Rule{ID: "acme-token", Provider: "acme", Title: "Acme token", Severity: rules.Critical, Verify: asking, Revoke: &rules.Revoke{
		Auth: rules.AuthoritySelf,
		Steps: []rules.Step{{Request: rules.Request{Method: "DELETE", URL: "https://api.acme.test/token",
			Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{secret}}"}}}}},
		Done: []rules.Condition{{Status: []int{204}}},
	}}
	batchRule = &rules.Rule{ID: "github-token", Provider: "github", Title: "GitHub token", Severity: rules.Critical, Verify: asking, Revoke: &rules.Revoke{
		Auth: rules.AuthorityNone, Effect: "the owner gets an e-mail",
		Steps: []rules.Step{{Request: rules.Request{Method: "POST", URL: "https://api.github.com/credentials/revoke", JSON: `{"credentials":["{{secret}}"]}`}}},
		Done:  []rules.Condition{{Status: []int{202}}},
	}}
	adminRule = &rules.Rule{ID: "acme-key", Provider: "acme", Title: "Acme key", Severity: rules.High, Rotate: "https://acme.test/keys",
		Parts: []rules.Part{{Name: "key_id"}}, Verify: asking, Revoke: &rules.Revoke{
			Auth: rules.AuthorityAdmin, Reversible: true,
			Steps: []rules.Step{{Request: rules.Request{Method: "POST", URL: "https://api.acme.test/keys/disable",
				Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{admin}}"}}, Form: []rules.Pair{{Name: "id", Value: "{{key_id}}"}}}}},
			Done: []rules.Condition{{Status: []int{200}}},
			Undo: []rules.Step{{Request: rules.Request{Method: "POST", URL: "https://api.acme.test/keys/enable",
				Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{admin}}"}}, Form: []rules.Pair{{Name: "id", Value: "{{key_id}}"}}}}},
		}}
)

func finding(r *rules.Rule, secret string, parts ...string) detector.Finding {
	s := detector.NewSecret(secret, 4)
	f := detector.Finding{
		Rule: r, Secret: s, Fingerprint: detector.Key(nil).Fingerprint(r.Provider, s),
		Places:       []detector.Place{{Location: detector.Location{Path: "src/app.env", Date: "2026-01-02T03:04:05Z"}, Span: detector.Span{StartLine: 7}}},
		Verification: &detector.Verification{State: detector.Live, Identity: detector.Identity{Scopes: []string{"repo"}}},
	}
	for i := 0; i+1 < len(parts); i += 2 {
		f.Parts = append(f.Parts, detector.Part{Name: parts[i], Value: detector.NewSecret(parts[i+1], 0)})
	}
	return f
}

func tokens(r *rules.Rule, n int) []detector.Finding {
	var out []detector.Finding
	for i := range n {
		out = append(out, finding(r, fmt.Sprintf("tok-%s-%04d", r.Provider, i)))
	}
	return out
}

func policy(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := ParsePolicy("policy.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func verifier(t *testing.T, address string) *verify.Verifier {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Options{
		Rate: 1e6, Retries: -1, Timeout: 2 * time.Second,
		Endpoints: []verify.Endpoint{{For: "acme", URL: u}, {For: "github", URL: u}, {For: "aws", URL: u}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func journal(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.file.Close(); j.lock.Unlock() })
	return j
}

// carry plans and runs.
func carry(t *testing.T, p *Policy, findings []detector.Finding, o RunOptions) []Outcome {
	t.Helper()
	plan, err := NewPlan(p, findings, Scene{Branch: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if o.Patience == 0 {
		o.Patience = -1
	}
	outcomes, err := Run(context.Background(), plan, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range outcomes {
		if s := out.Item.Finding.Secret.Reveal(); s != "" && strings.Contains(out.Detail, s) {
			t.Errorf("the outcome tells the secret: %s", out.Detail)
		}
	}
	return outcomes
}

func statuses(outcomes []Outcome) string {
	var out []string
	for _, o := range outcomes {
		out = append(out, string(o.Status))
	}
	return strings.Join(out, ", ")
}

const auto = "[[case]]\napproval = \"auto\"\n[limits]\ntotal = 5000\nper-provider = 5000\n"

func TestDryRunContactsNobody(t *testing.T) {
	server := newProvider(t)
	got := carry(t, policy(t, auto), tokens(selfRule, 2), RunOptions{Verifier: verifier(t, "http://127.0.0.1:1")})
	if statuses(got) != "planned, planned" || server.calls != 0 {
		t.Errorf("%s, %d calls", statuses(got), server.calls)
	}
}

func TestRevoke(t *testing.T) {
	server := newProvider(t)
	path := filepath.Join(t.TempDir(), "journal")
	findings := append(tokens(selfRule, 2), finding(selfRule, "gone"))
	findings = append(findings, findings[0])
	j := journal(t, path)
	got := carry(t, policy(t, auto), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	if statuses(got) != "dead, dead, skipped" {
		t.Errorf("%s: %+v", statuses(got), got)
	}
	var events []string
	for _, e := range j.Entries() {
		events = append(events, string(e.Event))
	}
	if want := "was-dead begun acted begun acted confirmed confirmed"; strings.Join(events, " ") != want {
		t.Errorf("the journal has %q, want %q", events, want)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if strings.Contains(string(data), f.Secret.Reveal()) {
			t.Error("the journal holds a secret")
		}
	}
	again := carry(t, policy(t, auto), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	if statuses(again) != "dead, dead, skipped" || server.calls != 2 {
		t.Errorf("again: %s, %d calls", statuses(again), server.calls)
	}
}

// What a provider says to a revocation decides how it goes on.
func TestAnswers(t *testing.T) {
	say := func(act bool, status int) func(http.ResponseWriter, int) (bool, bool) {
		return func(w http.ResponseWriter, _ int) (bool, bool) { w.WriteHeader(status); return act, true }
	}
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter, int) (bool, bool)
		want   Status
		calls  int
	}{
		"refused":               {say(false, 403), Failed, 1},
		"trouble, and not done": {say(false, 500), InDoubt, 1},
		"trouble, and done":     {say(true, 502), Dead, 1},
		"hung up, and done":     {nil, Dead, 1},
		"a lie":                 {say(false, 204), Alive, 1},
		"another success":       {say(true, 200), Dead, 1},
		"too many, once": {func(w http.ResponseWriter, n int) (bool, bool) {
			if n == 1 {
				w.WriteHeader(429)
			}
			return n > 1, n == 1
		}, Dead, 2},
	} {
		server := newProvider(t)
		server.answer, server.hangUp = test.answer, strings.HasPrefix(name, "hung up")
		j := journal(t, filepath.Join(t.TempDir(), "journal"))
		got := carry(t, policy(t, auto), tokens(selfRule, 1), RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
		if got[0].Status != test.want || server.calls != test.calls {
			t.Errorf("%s: %s (%s), %d calls; want %s, %d", name, got[0].Status, got[0].Detail, server.calls, test.want, test.calls)
		}
	}
}

func TestNotReached(t *testing.T) {
	// Nobody listens: the check says unknown, and policy or not nothing is done.
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	got := carry(t, policy(t, auto), tokens(selfRule, 1), RunOptions{Verifier: verifier(t, "http://127.0.0.1:1"), Journal: j, Act: true})
	if got[0].Status != Skipped || len(j.Entries()) != 0 {
		t.Errorf("%s: %s", got[0].Status, got[0].Detail)
	}
	// Where the policy acts on what cannot be checked, it failed, and may be tried again.
	any := policy(t, "[[case]]\napproval = \"auto\"\nlive-only = false\n")
	got = carry(t, any, tokens(selfRule, 1), RunOptions{Verifier: verifier(t, "http://127.0.0.1:1"), Journal: j, Act: true})
	if got[0].Status != Failed {
		t.Errorf("%s: %s", got[0].Status, got[0].Detail)
	}
	server := newProvider(t)
	got = carry(t, any, tokens(selfRule, 1), RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	if got[0].Status != Dead || server.calls != 1 {
		t.Errorf("later: %s: %s", got[0].Status, got[0].Detail)
	}
}

func TestGitHubInBatches(t *testing.T) {
	server := newProvider(t)
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	const n = batchSize + 5
	findings := tokens(batchRule, n)
	got := carry(t, policy(t, auto), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	for _, o := range got {
		if o.Status != Dead {
			t.Fatalf("%s: %s", o.Status, o.Detail)
		}
	}
	if server.calls != 2 || len(server.revoked) != n {
		t.Errorf("%d calls for %d credentials", server.calls, len(server.revoked))
	}
}

// One that GitHub does not take does not keep the others alive.
func TestBatchSpoiled(t *testing.T) {
	server := newProvider(t)
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	findings := append(tokens(batchRule, 3), finding(batchRule, "tok-spoiler"))
	got := carry(t, policy(t, auto), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	if statuses(got) != "dead, dead, dead, failed" {
		t.Errorf("%s", statuses(got))
	}
	for token, times := range server.revoked {
		if times != 1 {
			t.Errorf("%s was revoked %d times", token, times)
		}
	}
}

func TestApproval(t *testing.T) {
	server := newProvider(t)
	asking := policy(t, "[[case]]\napproval = \"ask\"\n")
	run := func(o RunOptions, p *Policy) string {
		o.Verifier, o.Act = verifier(t, server.URL), true
		o.Journal = journal(t, filepath.Join(t.TempDir(), "journal"))
		return statuses(carry(t, p, tokens(selfRule, 2), o))
	}
	if got := run(RunOptions{}, asking); got != "skipped, skipped" {
		t.Errorf("nobody to ask: %s", got)
	}
	first := func(it *Item) (bool, error) { return strings.HasSuffix(it.Finding.Secret.Reveal(), "0"), nil }
	if got := run(RunOptions{Approve: first}, asking); got != "dead, skipped" {
		t.Errorf("one approved: %s", got)
	}
	signed := policy(t, "[[case]]\napproval = \"file\"\n")
	plan, err := NewPlan(signed, tokens(selfRule, 2), Scene{})
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for name, test := range map[string]struct {
		signOff *SignOff
		want    string
	}{
		"none":         {nil, "skipped, skipped"},
		"another plan": {&SignOff{"abc", "Ada", today}, "skipped, skipped"},
		"expired":      {&SignOff{plan.Digest(), "Ada", today.AddDate(0, 0, -1)}, "skipped, skipped"},
		"right":        {&SignOff{plan.Digest(), "Ada", today}, "skipped, dead"}, // the first is dead by now
	} {
		if name == "right" {
			continue
		}
		if got := run(RunOptions{SignOff: test.signOff}, signed); strings.Contains(got, "dead") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := run(RunOptions{SignOff: &SignOff{plan.Digest(), "Ada", today}}, signed); got != "skipped, dead" {
		t.Errorf("signed off: %s", got)
	}
	file := filepath.Join(t.TempDir(), "signoff.toml")
	os.WriteFile(file, fmt.Appendf(nil, "plan = %q\napproved-by = \"Ada\"\nexpires = 2026-12-31\n", plan.Digest()), 0o600)
	if s, err := LoadSignOff(file); err != nil || s.Plan != plan.Digest() || s.ApprovedBy != "Ada" || s.Expires.Format(time.DateOnly) != "2026-12-31" {
		t.Errorf("%+v, %v", s, err)
	}
	os.WriteFile(file, []byte("plan = \"x\"\n"), 0o600)
	if _, err := LoadSignOff(file); err == nil {
		t.Error("half a sign-off passes")
	}
}

// An administrator's act can be taken back, once.
func TestDisableAndUndo(t *testing.T) {
	server := newProvider(t)
	t.Setenv("ACME_ADMIN", "admin-token")
	p := policy(t, "[[case]]\naction = \"disable\"\napproval = \"auto\"\n[credentials.acme]\nadmin = \"env:ACME_ADMIN\"\n")
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	v := verifier(t, server.URL)
	f := finding(adminRule, "tok-k1", "key_id", "k1")
	got := carry(t, p, []detector.Finding{f, finding(selfRule, "tok-1")}, RunOptions{Verifier: v, Journal: j, Act: true})
	if statuses(got) != "dead, by hand" {
		t.Fatalf("%s: %+v", statuses(got), got)
	}
	if server.dead["tok-1"] {
		t.Error("what cannot be undone was revoked though the policy says disable")
	}
	o := UndoOptions{Verifier: v, Journal: j, Rules: []*rules.Rule{adminRule, selfRule}, Policy: p}
	if err := Undo(context.Background(), 99, o); err == nil {
		t.Error("an entry that is not there is undone")
	}
	if err := Undo(context.Background(), 2, o); err != nil {
		t.Fatal(err)
	}
	if server.dead["tok-k1"] {
		t.Error("it is still disabled")
	}
	if err := Undo(context.Background(), 2, o); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("twice: %v", err)
	}
	got = carry(t, p, []detector.Finding{f}, RunOptions{Verifier: v, Journal: j, Act: true})
	if statuses(got) != "dead" || !server.dead["tok-k1"] {
		t.Errorf("disabled anew: %s", statuses(got))
	}
	for _, e := range j.Entries() {
		if e.Parts["key_id"] != "k1" {
			t.Errorf("entry %d lacks the id", e.Seq)
		}
	}
}

// deletingRule is adminRule with a call that deletes what was disabled.
func deletingRule() *rules.Rule {
	r, revoke := *adminRule, *adminRule.Revoke
	revoke.Then = []rules.Step{{Request: rules.Request{Method: "POST", URL: "https://api.acme.test/keys/delete",
		Headers: []rules.Pair{{Name: "Authorization", Value: "Bearer {{admin}}"}}, Form: []rules.Pair{{Name: "id", Value: "{{key_id}}"}}}}}
	r.Revoke = &revoke
	return &r
}

const adminPolicy = "[[case]]\naction = %q\napproval = \"auto\"\n[credentials.acme]\nadmin = \"env:ACME_ADMIN\"\n"

// What is disabled is deleted when it is dead, if the policy says revoke, once.
func TestDisableThenDelete(t *testing.T) {
	t.Setenv("ACME_ADMIN", "admin-token")
	for action, want := range map[string]string{"revoke": "k1", "disable": ""} {
		server := newProvider(t)
		j := journal(t, filepath.Join(t.TempDir(), "journal"))
		o := RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true}
		p := policy(t, fmt.Sprintf(adminPolicy, action))
		for range 2 {
			got := carry(t, p, []detector.Finding{finding(deletingRule(), "tok-k1", "key_id", "k1")}, o)
			if statuses(got) != "dead" || strings.Join(server.deleted, " ") != want {
				t.Errorf("%s: %s, deleted %q: %s", action, statuses(got), server.deleted, got[0].Detail)
			}
			if got[0].Item.Reversible != (want == "") {
				t.Errorf("%s: the plan says reversible: %t", action, got[0].Item.Reversible)
			}
		}
		err := Undo(context.Background(), 2, UndoOptions{Verifier: o.Verifier, Journal: j, Rules: []*rules.Rule{deletingRule()}, Policy: p})
		if (err == nil) != (want == "") {
			t.Errorf("%s: undo: %v", action, err)
		}
	}
}

// A run that was killed while it disabled goes on with the deletion, in the very next run.
func TestKilledBetweenDisableAndDelete(t *testing.T) {
	t.Setenv("ACME_ADMIN", "admin-token")
	server := newProvider(t)
	path := filepath.Join(t.TempDir(), "journal")
	findings := []detector.Finding{finding(deletingRule(), "tok-k1", "key_id", "k1")}
	plan, err := NewPlan(policy(t, fmt.Sprintf(adminPolicy, "revoke")), findings, Scene{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if _, ok := recover().(killed); !ok {
				t.Error("the run was not killed")
			}
			j.file.Close()
			j.lock.Unlock()
		}()
		Run(context.Background(), plan, RunOptions{
			Verifier: verifier(t, server.URL), Journal: j, Act: true, Patience: -1, afterAct: func() { panic(killed{}) },
		})
	}()
	got := carry(t, policy(t, fmt.Sprintf(adminPolicy, "revoke")), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: journal(t, path), Act: true})
	if statuses(got) != "dead" || strings.Join(server.deleted, " ") != "k1" || server.revoked["tok-k1"] != 1 {
		t.Errorf("%s, deleted %q, disabled %d times", statuses(got), server.deleted, server.revoked["tok-k1"])
	}
}

// An act is taken back between two entries, and where the call takes the credential
// itself, only with the report that has it.
func TestUndoIsNoted(t *testing.T) {
	t.Setenv("ACME_ADMIN", "admin-token")
	server := newProvider(t)
	rule, revoke := *adminRule, *adminRule.Revoke
	undo := revoke.Undo[0]
	undo.Request.Form = []rules.Pair{{Name: "id", Value: "{{key_id}}"}, {Name: "key", Value: "{{secret}}"}}
	revoke.Undo = []rules.Step{undo}
	rule.Revoke = &revoke
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	v := verifier(t, server.URL)
	p := policy(t, fmt.Sprintf(adminPolicy, "disable"))
	findings := []detector.Finding{finding(&rule, "tok-k1", "key_id", "k1")}
	carry(t, p, findings, RunOptions{Verifier: v, Journal: j, Act: true})
	o := UndoOptions{Verifier: v, Journal: j, Rules: []*rules.Rule{&rule}, Policy: p}
	before := len(j.Entries())
	if err := Undo(context.Background(), 2, o); err == nil || !strings.Contains(err.Error(), "the report") || len(j.Entries()) != before {
		t.Errorf("without the credential: %v", err)
	}
	o.Findings = []detector.Finding{finding(&rule, "tok-other", "key_id", "k2"), findings[0]}
	t.Setenv("ACME_ADMIN", "wrong")
	if err := Undo(context.Background(), 2, o); err == nil || !server.dead["tok-k1"] {
		t.Errorf("with the wrong administrator: %v", err)
	}
	t.Setenv("ACME_ADMIN", "admin-token")
	if err := Undo(context.Background(), 2, o); err != nil || server.dead["tok-k1"] {
		t.Errorf("with the credential: %v", err)
	}
	var noted []string
	for _, e := range j.Entries()[before:] {
		noted = append(noted, string(e.Event)+" "+e.Act)
	}
	if got := strings.Join(noted, ", "); got != "begun undo, refused undo, begun undo, undone disable" {
		t.Errorf("noted: %s", got)
	}
}

// Where no call is known, a person is told what to do, with an address if the rule has one.
func TestManualHasAnAddress(t *testing.T) {
	p := policy(t, "[[case]]\nlive-only = false\n")
	byHand := 0
	for _, r := range rules.Builtin() {
		if r.Revokes() {
			continue
		}
		plan, err := NewPlan(p, []detector.Finding{finding(r, "tok-"+r.ID)}, Scene{})
		if err != nil {
			t.Fatal(err)
		}
		byHand++
		it := plan.Items[0]
		if it.Manual == "" || it.Acts() {
			t.Errorf("%s: nobody is told what to do", r.ID)
		}
		asks := r.Verify != nil && len(r.Verify.Steps) > 0 && !strings.HasPrefix(r.Verify.Steps[0].Request.URL, "https://{{") &&
			!strings.Contains(strings.SplitN(r.Verify.Steps[0].Request.URL, "/", 4)[2], "{{")
		if !strings.Contains(it.Manual, "https://") && (r.Rotate != "" || len(r.Docs) > 0 || asks) {
			t.Errorf("%s: no address: %s", r.ID, it.Manual)
		}
	}
	if byHand < 1000 {
		t.Errorf("only %d rules have no call", byHand)
	}
}

func TestPlan(t *testing.T) {
	listing := *selfRule
	listing.ID, listing.Rotate = "acme-listed", "https://acme.test/keys"
	revoke := *selfRule.Revoke
	revoke.Steps = append([]rules.Step{{Request: revoke.Steps[0].Request, Extract: []rules.Pair{{Name: "id", Value: "json:keys.0.id"}}}}, revoke.Steps...)
	listing.Revoke = &revoke
	suppressed := finding(selfRule, "tok-suppressed")
	suppressed.Suppression = &detector.Suppression{Kind: "inline"}
	dead, unknown := finding(selfRule, "tok-dead"), finding(selfRule, "tok-unknown")
	dead.Verification.State, unknown.Verification = detector.Dead, nil
	low := finding(selfRule, "tok-scopes")
	low.Verification.Identity.Scopes = []string{"read:user"}
	all := []detector.Finding{
		finding(selfRule, "tok-1"), finding(selfRule, "tok-1"), suppressed, dead, unknown, low, finding(batchRule, "tok-2"),
		finding(adminRule, "tok-3", "key_id", "k"), finding(&listing, "tok-4"),
	}
	for text, want := range map[string]string{
		"[[case]]\n":                       "acme-token acme-token github-token acme-key(hand) acme-listed(hand)",
		"[[case]]\nlive-only = false\n":    "acme-token acme-token acme-token github-token acme-key(hand) acme-listed(hand)",
		"[[case]]\nrules = \"github-*\"\n": "github-token",
		"[[case]]\nproviders = [\"acme\"]\nseverities = \"high\"\n":                                             "acme-key(hand)",
		"[[case]]\nbranches = [\"release/*\"]\n":                                                                "",
		"[[case]]\nbranches = [\"main\"]\nrules = \"acme-token\"\n":                                             "acme-token acme-token",
		"[[case]]\npaths = [\"docs/**\"]\n":                                                                     "",
		"[[case]]\nscopes = [\"repo\"]\nrules = \"acme-token\"\n":                                               "acme-token",
		"[[case]]\nolder-than = \"30d\"\nrules = \"github-*\"\n":                                                "github-token",
		"[[case]]\nnewer-than = \"30d\"\n":                                                                      "",
		"[[case]]\nrules=\"github-*\"\naction=\"notify\"\n[[case]]\nrules=\"acme-token\"\naction=\"disable\"\n": "acme-token(hand) acme-token(hand) github-token",
	} {
		plan, err := NewPlan(policy(t, text), all, Scene{Branch: "main", Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []string
		for _, it := range plan.Items {
			name := it.Finding.Rule.ID
			if it.Manual != "" {
				name += "(hand)"
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q:\n got %q\nwant %q", text, strings.Join(got, " "), want)
		}
		var table strings.Builder
		if err := plan.WriteTable(&table); err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if strings.Contains(table.String(), f.Secret.Reveal()) {
				t.Error("the table tells a secret")
			}
		}
	}
	if _, err := NewPlan(policy(t, "[[case]]\n"), all, Scene{Fork: true}); !errors.Is(err, ErrFork) {
		t.Errorf("a fork: %v", err)
	}
	for _, limits := range []string{"total = 2", "per-provider = 1"} {
		if _, err := NewPlan(policy(t, "[[case]]\nlive-only=false\n[limits]\n"+limits+"\n"), all, Scene{}); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", limits, err)
		}
	}
}

func TestPolicyFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no [[case]]",
		"[[case]]\nseverity = \"high\"\n":    "severit",
		"[[case]]\nseverities = \"grave\"\n": "grave",
		"[[case]]\naction = \"shred\"\n":     "shred",
		"[[case]]\napproval = \"nobody\"\n":  "nobody",
		"[[case]]\nolder-than = \"soon\"\n":  "soon",
		"[limits]\ntotal = 0\n[[case]]\n":    "from 1 to",
		"[[case]]\n[credentials.acme]\nadmin = \"hunter2hunter2\"\n":                        "env:NAME",
		"[[case]]\n[[notify]]\nkind = \"slack\"\n":                                          "url",
		"[[case]]\n[[notify]]\nkind = \"slack\"\nurl = \"https://hooks.acme.test/T/B/x\"\n": "env:NAME",
		"[[case]]\nunknown-key = 1\n":                                                       "unknown",
		"[[case":                                                                            "policy.toml:1",
	} {
		_, err := ParsePolicy("policy.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "hooks.acme.test") {
			t.Errorf("%q: the error tells a credential: %v", text, err)
		}
	}
}

func TestJournalShowsTampering(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j := journal(t, path)
	for i := range 5 {
		if _, err := j.Append(Entry{Event: Begun, Rule: "r" + strconv.Itoa(i), Act: actRevoke}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenJournal(path, nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened twice: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	for name, text := range map[string]string{
		"changed": strings.Replace(string(data), `"rule":"r2"`, `"rule":"x2"`, 1), "removed": strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), ""),
		"first removed": strings.Join(lines[1:], ""), "swapped": lines[0] + lines[2] + lines[1] + lines[3], "doubled": lines[0] + lines[0],
		"rubbish": string(data) + "rubbish\n", "empty line": lines[0] + "\n" + lines[1], "key added": strings.Replace(string(data), `"seq":1`, `"seq":1,"x":2`, 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenJournal(path, nil); err == nil || !strings.Contains(err.Error(), path+":") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadJournal(path, detector.Key("another")); err == nil {
		t.Error("another key reads it")
	}
	// A run that was killed while it wrote leaves half a line.
	for cut := len(data) - len(lines[4]); cut < len(data); cut++ {
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path, nil)
		if err != nil || len(j.Entries()) != 4 {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if e, err := j.Append(Entry{Event: Begun, Act: actRevoke}); err != nil || e.Seq != 5 {
			t.Fatalf("cut at %d: %+v, %v", cut, e, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if entries, err := ReadJournal(path, nil); err != nil || len(entries) != 5 {
			t.Fatalf("cut at %d: %d entries, %v", cut, len(entries), err)
		}
	}
}

// noSync stands in for the disk in tests of hundreds of runs.
func noSync() error { return nil }

// killed is what stands in for a killed process.
type killed struct{}

// Fifty tokens, killed at every step: what is resumed revokes each once, or says which
// is in doubt.
func TestKilledAtEveryStep(t *testing.T) {
	const n = 50
	for _, rule := range []*rules.Rule{selfRule, batchRule} {
		findings := tokens(rule, n)
		for step := 1; ; step++ {
			server := newProvider(t)
			path := filepath.Join(t.TempDir(), "journal")
			finished := runUntil(t, server.URL, path, findings, step)
			outcomes := resume(t, server, path, findings, step)
			if finished {
				for _, o := range outcomes {
					if o.Status != Dead {
						t.Errorf("%s: a whole run leaves %s", rule.ID, o.Status)
					}
				}
				break
			}
			server.Close()
			if step > 10*n {
				t.Fatal("the run has no end")
			}
		}
	}
}

// runUntil runs until the given step and is killed there, or finishes.
func runUntil(t *testing.T, address, path string, findings []detector.Finding, step int) (finished bool) {
	t.Helper()
	plan, err := NewPlan(policy(t, auto), findings, Scene{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	j.sync = noSync
	passed := 0
	pass := func() {
		if passed++; passed == step {
			panic(killed{})
		}
	}
	j.afterAppend = func(Entry) { pass() }
	defer func() {
		if what := recover(); what != nil {
			if _, ok := what.(killed); !ok {
				panic(what)
			}
		}
		j.file.Close()
		j.lock.Unlock()
	}()
	_, err = Run(context.Background(), plan, RunOptions{Verifier: verifier(t, address), Journal: j, Act: true, Patience: -1, afterAct: pass})
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// resume goes on with a run that was killed and checks what came of each token.
func resume(t *testing.T, server *provider, path string, findings []detector.Finding, step int) []Outcome {
	t.Helper()
	j := journal(t, path)
	j.sync = noSync
	outcomes := carry(t, policy(t, auto), findings, RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true})
	for i, o := range outcomes {
		token := findings[i].Secret.Reveal()
		server.mu.Lock()
		times := server.revoked[token]
		server.mu.Unlock()
		last := j.last(findings[i].Fingerprint, actRevoke)
		switch {
		case o.Status == Dead && times == 1 && last != nil && last.Event == Confirmed:
		case o.Status == Skipped && times == 1:
		case o.Status == InDoubt && times <= 1 && last != nil && last.Event == Doubtful:
		default:
			t.Errorf("killed at step %d: %s is %s (%s), revoked %d times, the journal says %+v", step, token, o.Status, o.Detail, times, last)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	return outcomes
}

// The same with processes that are really killed, at steps spread over the run.
func TestKilledProcess(t *testing.T) {
	if address := os.Getenv("STANCH_TEST_ADDRESS"); address != "" {
		step, _ := strconv.Atoi(os.Getenv("STANCH_TEST_STEP"))
		killSelf(t, address, os.Getenv("STANCH_TEST_JOURNAL"), step)
		return
	}
	findings := tokens(selfRule, 50)
	for _, step := range []int{1, 2, 3, 4, 51, 100, 149, 150, 151, 180} {
		server := newProvider(t)
		path := filepath.Join(t.TempDir(), "journal")
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$", "-test.count=1")
		cmd.Env = append(os.Environ(), "STANCH_TEST_ADDRESS="+server.URL, "STANCH_TEST_JOURNAL="+path, "STANCH_TEST_STEP="+strconv.Itoa(step))
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("step %d: the process was not killed: %s", step, out)
		}
		doubtful := 0
		for _, o := range resume(t, server, path, findings, step) {
			if o.Status == InDoubt {
				doubtful++
			}
		}
		if doubtful > 1 {
			t.Errorf("killed at step %d: %d are in doubt", step, doubtful)
		}
	}
}

func killSelf(t *testing.T, address, path string, step int) {
	plan, err := NewPlan(policy(t, auto), tokens(selfRule, 50), Scene{})
	if err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	pass := func() {
		if passed++; passed == step {
			self.Kill()
			select {}
		}
	}
	j.afterAppend = func(Entry) { pass() }
	if _, err := Run(context.Background(), plan, RunOptions{Verifier: verifier(t, address), Journal: j, Act: true, Patience: -1, afterAct: pass}); err != nil {
		t.Fatal(err)
	}
}

// What is in doubt is not touched again unless somebody says so, and then only if it is
// still live.
func TestDoubt(t *testing.T) {
	server := newProvider(t)
	server.answer = func(w http.ResponseWriter, n int) (bool, bool) { w.WriteHeader(500); return false, n == 1 }
	path := filepath.Join(t.TempDir(), "journal")
	j := journal(t, path)
	o := RunOptions{Verifier: verifier(t, server.URL), Journal: j, Act: true}
	if got := statuses(carry(t, policy(t, auto), tokens(selfRule, 1), o)); got != "in doubt" {
		t.Fatal(got)
	}
	if got := statuses(carry(t, policy(t, auto), tokens(selfRule, 1), o)); got != "in doubt" || server.calls != 1 {
		t.Errorf("%s, %d calls", got, server.calls)
	}
	server.answer = nil
	o.RetryDoubtful = true
	if got := statuses(carry(t, policy(t, auto), tokens(selfRule, 1), o)); got != "dead" || server.calls != 2 {
		t.Errorf("%s, %d calls", got, server.calls)
	}
}
