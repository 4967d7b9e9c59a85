// Package respond stops leaks: it revokes the credentials that a policy names, and
// keeps a journal of it.
//
// In go findings, a [Policy] and a [Journal]. [NewPlan] works out what would be done
// to each credential, by whom it must be approved, and what it takes down with it;
// nothing is contacted for that. [Run] then asks once more whether a credential is
// live, revokes it, asks whether it is dead, and tells about it. Each act stands in
// the journal before it happens and after, so that a run which was killed goes on
// where it stopped and never acts twice. Out come the outcomes, one for each credential.
//
//	policy, err := respond.LoadPolicy("policy.toml")
//	plan, err := respond.NewPlan(policy, findings, respond.Scene{Branch: "main"})
//	plan.WriteTable(os.Stdout)
//	outcomes, err := respond.Run(ctx, plan, respond.RunOptions{Verifier: v, Journal: j, Act: true})
//
// No plan, journal, message or error holds a credential.
package respond

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/glob"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/rules"
)

// Action is what is done about a credential.
type Action string

// The actions.
const (
	// Revoke makes it worthless, by a step that can be undone first where there is one.
	Revoke Action = "revoke"
	// Disable does only what can be undone.
	Disable Action = "disable"
	// Notify tells people and leaves it alone.
	Notify Action = "notify"
)

// Approval is who must agree before something is done.
type Approval string

// The approvals.
const (
	// Auto: the policy itself is the approval.
	Auto Approval = "auto"
	// AskFirst: a person at the terminal, for each credential.
	AskFirst Approval = "ask"
	// BySignOff: a person has signed off this very plan; see [SignOff].
	BySignOff Approval = "file"
)

// Policy says what is done about which findings.
type Policy struct {
	// Cases are tried in their order; the first that fits a finding decides. A finding
	// that none fits is left alone.
	Cases []Case
	// Limit is the most credentials that one run acts on, LimitPerProvider the most of
	// one provider's. Where there would be more nothing is done at all: so many at once
	// are a sign that something is wrong with the findings or the policy.
	Limit, LimitPerProvider int
	// Credentials are what providers ask for beside the found credential: by provider
	// and name, where to take it from.
	Credentials map[string]map[string]Source
	// Notices are whom to tell.
	Notices []Notice
}

// Case is one kind of finding and what to do about it. Of each list that is not empty
// one must fit.
type Case struct {
	Name       string
	Rules      []glob.Name
	Providers  []string
	Severities []rules.Severity
	Branches   []string // globs of whole names
	Paths      glob.List
	Scopes     []glob.Name
	// OlderThan and NewerThan bound the time since the first commit that has it; 0 for
	// any. A finding without a date fits neither.
	OlderThan, NewerThan time.Duration
	// AnyState acts on credentials that could not be verified, too; else on live ones
	// only.
	AnyState bool

	Action   Action
	Approval Approval
}

// Default limits.
const (
	DefaultLimit            = 50
	DefaultLimitPerProvider = 20
)

// LoadPolicy reads a policy. The error names everything that is wrong with it, each
// with file, line and column.
func LoadPolicy(path string) (*Policy, error) {
	data, err := readfile.Regular(path, tomlread.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	return ParsePolicy(path, data)
}

// ParsePolicy reads a policy from data; file is its name in messages.
func ParsePolicy(file string, data []byte) (*Policy, error) {
	doc, err := tomlread.Parse(file, data)
	if err != nil {
		return nil, err
	}
	p := &Policy{Limit: DefaultLimit, LimitPerProvider: DefaultLimitPerProvider, Credentials: make(map[string]map[string]Source)}
	if t := doc.Root.Table("limits"); t != nil {
		p.Limit = limit(t, "total", p.Limit)
		p.LimitPerProvider = limit(t, "per-provider", p.LimitPerProvider)
		t.RejectRest()
	}
	for _, t := range doc.Root.Tables("case") {
		p.Cases = append(p.Cases, readCase(t))
	}
	if len(p.Cases) == 0 {
		doc.Root.Missingf("the policy has no [[case]], so nothing would ever be done")
	}
	if t := doc.Root.Table("credentials"); t != nil {
		for _, provider := range t.Rest() {
			if inner := t.Table(provider); inner != nil {
				p.Credentials[provider] = readSources(inner)
			}
		}
	}
	for _, t := range doc.Root.Tables("notify") {
		p.Notices = append(p.Notices, readNotice(t))
	}
	doc.Root.RejectRest()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

func limit(t *tomlread.Table, key string, standard int) int {
	n, ok := t.Int(key)
	switch {
	case !ok:
		return standard
	case n < 1 || n > 100000:
		t.Faultf(key, nil, "%s is %d: want a number from 1 to 100000", key, n)
	}
	return int(n)
}

func readCase(t *tomlread.Table) Case {
	c := Case{Action: Revoke, Approval: AskFirst}
	c.Name, _ = t.String("name")
	c.Rules = globNames(t, "rules")
	c.Providers = t.OneOrMore("providers")
	c.Branches = t.OneOrMore("branches")
	for i, text := range c.Branches {
		if !doublestar.ValidatePattern(text) {
			t.Faultf("branches", t.Inner("branches", i), "%q is no glob", text)
		}
	}
	c.Scopes = globNames(t, "scopes")
	for i, text := range t.OneOrMore("paths") {
		p, err := glob.Parse(text)
		if err != nil {
			t.Faultf("paths", t.Inner("paths", i), "%v", err)
			continue
		}
		c.Paths = append(c.Paths, p)
	}
	for i, text := range t.OneOrMore("severities") {
		s := rules.Severity(text)
		if s.Rank() == 0 {
			t.Faultf("severities", t.Inner("severities", i), "there is no severity %q: want critical, high, medium or low", text)
		}
		c.Severities = append(c.Severities, s)
	}
	c.OlderThan, c.NewerThan = duration(t, "older-than"), duration(t, "newer-than")
	if onlyLive, ok := t.Bool("live-only"); ok {
		c.AnyState = !onlyLive
	}
	choose(t, "action", &c.Action, Revoke, Disable, Notify)
	choose(t, "approval", &c.Approval, Auto, AskFirst, BySignOff)
	t.RejectRest()
	return c
}

// choose reads one of several words.
func choose[T ~string](t *tomlread.Table, key string, into *T, known ...T) {
	text, ok := t.String(key)
	switch {
	case !ok:
	case !slices.Contains(known, T(text)):
		t.Faultf(key, nil, "%s is %q: want one of %q", key, text, known)
	default:
		*into = T(text)
	}
}

func globNames(t *tomlread.Table, key string) []glob.Name {
	var out []glob.Name
	for i, text := range t.OneOrMore(key) {
		n, err := glob.ParseName(text)
		if err != nil {
			t.Faultf(key, t.Inner(key, i), "%v", err)
			continue
		}
		out = append(out, n)
	}
	return out
}

// duration reads "30d", "12h".
func duration(t *tomlread.Table, key string) time.Duration {
	text, ok := t.String(key)
	if !ok {
		return 0
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 36500 {
			return time.Duration(n) * 24 * time.Hour
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Faultf(key, nil, `%s is %q: want a time such as "30d" or "12h"`, key, text)
	}
	return d
}

// Source is where to take a credential from: an environment variable or a file.
type Source struct{ Env, File string }

// readSources reads a table of "env:NAME" and "file:PATH".
func readSources(t *tomlread.Table) map[string]Source {
	out := make(map[string]Source)
	for _, name := range t.Rest() {
		if s, ok := readSource(t, name); ok {
			out[name] = s
		}
	}
	return out
}

func readSource(t *tomlread.Table, key string) (Source, bool) {
	text, ok := t.String(key)
	if !ok {
		return Source{}, false
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok && name != "" {
		return Source{Env: name}, true
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok && path != "" {
		return Source{File: path}, true
	}
	// The text may be the credential itself: it is not repeated.
	t.Faultf(key, nil, `%s: write "env:NAME" or "file:PATH"; a credential does not belong into a policy`, key)
	return Source{}, false
}

// Value takes the credential. It is an error if there is none.
func (s Source) Value() (detector.Secret, error) {
	text := os.Getenv(s.Env)
	if s.File != "" {
		data, err := readfile.Regular(s.File, 64<<10)
		if err != nil {
			return detector.Secret{}, fmt.Errorf("reading a credential for the response: %w", err)
		}
		text = string(data)
	}
	if text = strings.TrimSpace(text); text == "" {
		return detector.Secret{}, fmt.Errorf("%s holds no credential", s)
	}
	return detector.NewSecret(text, 0), nil
}

// String names the source.
func (s Source) String() string {
	if s.File != "" {
		return "file " + filepath.Clean(s.File)
	}
	return "environment variable " + s.Env
}

// fits reports whether a case is about a finding.
func (c *Case) fits(f *detector.Finding, scene Scene) bool {
	any := func(list []glob.Name, names ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(names, func(name string) bool {
			return slices.ContainsFunc(list, func(n glob.Name) bool { return n.Fits(name) })
		})
	}
	state := detector.Unknown
	var scopes []string
	if v := f.Verification; v != nil {
		state, scopes = v.State, v.Identity.Scopes
	}
	switch {
	case state == detector.Dead, state != detector.Live && !c.AnyState:
		return false
	case !any(c.Rules, f.Rule.ID), len(c.Providers) > 0 && !slices.Contains(c.Providers, f.Rule.Provider):
		return false
	case len(c.Severities) > 0 && !slices.Contains(c.Severities, f.Rule.Severity):
		return false
	case len(c.Branches) > 0 && !slices.ContainsFunc(c.Branches, func(glob string) bool { return doublestar.MatchUnvalidated(glob, scene.Branch) }):
		return false
	case !any(c.Scopes, scopes...):
		return false
	case len(c.Paths) > 0 && !slices.ContainsFunc(f.Places, func(p detector.Place) bool { return c.Paths.Covers(p.Location.Path) }):
		return false
	}
	if c.OlderThan == 0 && c.NewerThan == 0 {
		return true
	}
	since, ok := leakedSince(f, scene.Now)
	return ok && (c.OlderThan == 0 || since > c.OlderThan) && (c.NewerThan == 0 || since < c.NewerThan)
}

// leakedSince is the time since the oldest commit that has the credential.
func leakedSince(f *detector.Finding, now time.Time) (age time.Duration, ok bool) {
	for _, p := range f.Places {
		if at, err := time.Parse(time.RFC3339, p.Location.Date); err == nil {
			age, ok = max(age, now.Sub(at)), true
		}
	}
	return age, ok
}
