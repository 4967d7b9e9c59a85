package rules

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/shape"
)

// Lint looks for what a rule can do without and should not: a title nobody can act
// on, no examples, an anchor that is everywhere, a request that says too little. The
// rules have been loaded; the problems are in order of position, nil if there are
// none.
func Lint(set []*Rule) Problems {
	l := linter{}
	for _, r := range set {
		l.r = r
		l.texts()
		l.examples()
		l.wake()
		l.verify()
		l.revoke()
	}
	if l.problems.err() == nil {
		return nil
	}
	return l.problems
}

type linter struct {
	r        *Rule
	problems Problems
}

func (l *linter) problem(hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{Position: l.r.Position, Rule: l.r.ID, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// advice notes what could be better in a rule that works.
func (l *linter) advice(hint, format string, args ...any) {
	l.problem(hint, format, args...)
	l.problems[len(l.problems)-1].Advice = true
}

func (l *linter) texts() {
	r := l.r
	if !strings.HasPrefix(r.ID, r.Provider) {
		l.advice("provider = \"NAME\" says whose credential it is; without it that is the name of the file", "the id does not begin with the provider %q", r.Provider)
	}
	for _, u := range append(slices.Clone(r.Docs), r.Rotate) {
		if u == "" {
			continue
		}
		if p, err := url.Parse(u); err != nil || p.Scheme != "https" && p.Scheme != "http" || p.Host == "" {
			l.problem("a whole address, with https://", "%q is no address", u)
		}
	}
	if strings.ContainsAny(r.Title, "\n\r\t") || len(r.Title) > 120 {
		l.problem("one line of up to 120 characters", "the title is too long or has several lines")
	}
}

func (l *linter) examples() {
	r := l.r
	if len(r.Match) == 0 {
		l.advice("match = ['NAME={{secret}}']", "no example shows that the rule matches")
	}
	for _, m := range r.Match {
		if !strings.Contains(m, "{{") {
			l.problem("write {{secret}} for the credential", "the example %q does not say where the credential is", shorten(m))
		}
	}
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:37] + "..."
	}
	return s
}

// commonWords are everywhere in source text, or in whatever holds any credential.
var commonWords = func() map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields("api auth access account admin app application bearer client cloud code config connect connection " +
		"credential credentials data database dev email endpoint env error file get host http https id index info input item key keys " +
		"list local log login message method name number object output password path port private prod project public query read " +
		"request response secret secrets server service session set source start state status string system table test text time " +
		"token tokens type update url user username value version web write") {
		set[w] = true
	}
	return set
}()

// minQuality is how telling a literal must be that is looked for all over the text,
// in bits; see internal/shape.
const minQuality = 13

func (l *linter) wake() {
	r := l.r
	for _, w := range r.Context {
		if r.Assigned {
			break // its words name what is assigned, not whom it belongs to
		}
		plain := strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(w))
		switch {
		case commonWords[plain]:
			l.problem("name the provider", "the context word %q names nobody", w)
		case len(plain) == 2 && len(r.Context) == 1:
			l.problem("add what stands beside it, such as \"dd_api_key\"", "two letters, %q, are all the context that the rule asks for", w)
		}
	}
	l.named()
	if s, err := shape.Parse(r.Regex); err == nil && s.LeadsOptional() {
		l.problem("leave it out, or begin the expression with (?m)^", "the expression begins with an optional piece, which asks for nothing")
	}
	if r.Plan == nil {
		return
	}
	switch r.Plan.Wake {
	case WakeLiteral:
		for _, a := range r.Plan.Anchors {
			if shape.Rarity(a.Lit) < minQuality || commonWords[strings.ToLower(a.Lit)] {
				l.problem("name a longer one", "the anchor %q is too common to be looked for everywhere", a.Lit)
			}
		}
	case WakeWord:
		for _, w := range r.Context {
			if piece := WordPiece(w); piece == "" || commonWords[piece] {
				l.problem("use words that name the provider",
					"the rule is woken by the word %q, which is too common or too short to be looked for everywhere", w)
			}
		}
	}
}

// named checks the words that count only as names of the value.
func (l *linter) named() {
	r := l.r
	if len(r.Named) == 0 {
		return
	}
	if len(r.Context) == 0 || r.Plan != nil && r.Plan.Wake != WakeContext && r.Plan.Wake != WakePrefix {
		l.problem("leave them out: the rule is not woken by a word around a run of token characters", "named has no use in this rule")
	}
	for _, w := range r.Named {
		plain := strings.ToLower(w)
		switch {
		case len(plain) < 3 || strings.ContainsAny(plain, "_-. "):
			l.problem("one word of three letters or more", "named: %q is no single word", w)
		case commonWords[plain]:
			l.problem("name the provider", "named: %q names nobody", w)
		case slices.Contains(r.Context, w):
			l.problem("leave it out of one of them", "%q is both in context and in named", w)
		}
	}
}

// placeholders of requests: {{secret}}, {{basic user secret}}.
var requestPlaceholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// RequestFuncs are the functions that placeholders of requests may use, with the
// least and greatest number of arguments.
var RequestFuncs = map[string][2]int{
	"base64": {1, 9}, "base64url": {1, 9}, "basic": {1, 2}, "sha256": {1, 1}, "sha1": {1, 1}, "md5": {1, 1},
	"hmac": {2, 9}, "hmac-base64": {2, 9}, "urlquery": {1, 1}, "now": {0, 1}, "hex": {1, 1},
}

func (l *linter) verify() {
	v := l.r.Verify
	if v == nil {
		return
	}
	names := l.steps("verify", v.Steps)
	for _, from := range []string{v.Identity.Owner, v.Identity.Account, v.Identity.Scopes, v.Identity.Created, v.Identity.Expires, v.Identity.LastUsed} {
		l.source("verify.identity", from)
	}
	if len(v.Steps) > 0 && !names["secret"] {
		l.problem("put {{secret}} where the credential goes", "verify does not send the credential")
	}
	for _, c := range v.Live {
		if len(c.Status) == 0 && len(c.JSON) == 0 && len(c.Body) == 0 && len(c.Header) == 0 {
			l.problem(`status = [200] and something in the body`, "verify.live accepts any answer")
		}
		for _, s := range c.Status {
			if s >= 500 || s == 401 || s == 407 || s == 429 {
				l.problem("", "verify.live accepts status %d, which proves nothing", s)
			}
		}
	}
	for _, c := range v.Dead {
		if len(c.Status) == 0 && len(c.JSON) == 0 && len(c.Body) == 0 && len(c.Header) == 0 {
			l.problem("", "verify.dead accepts any answer")
		}
		for _, s := range c.Status {
			if s >= 500 || s == 429 {
				l.problem("", "verify.dead accepts status %d, which proves nothing", s)
			}
		}
	}
	for _, c := range v.Limited {
		if len(c.JSON) == 0 && len(c.Body) == 0 && len(c.Header) == 0 {
			l.problem(`json = ["code = too_many_requests"]`, "verify.limited looks at the status alone, which has other reasons too")
		}
	}
}

func (l *linter) revoke() {
	if v := l.r.Revoke; v != nil {
		l.steps("revoke", v.Steps, configured[v.Auth]...)
		l.steps("revoke.undo", v.Undo, configured[v.Auth]...)
		l.steps("revoke.then", v.Then, configured[v.Auth]...)
		if v.FromList() {
			l.problem("say in manual what a person does",
				"revoke takes an id by its place in a list, where another credential may stand")
		}
	}
}

// configured are the placeholders of revocations that stand for what the user
// configures, by whose authority the call needs.
var configured = map[Authority][]string{
	AuthorityAdmin:  {"admin"},
	AuthorityClient: {"client_id", "client_secret"},
}

// steps checks the requests of a table and returns the names that they use. Beside the
// secret and the parts they may use the given names.
func (l *linter) steps(table string, steps []Step, more ...string) map[string]bool {
	known := map[string]bool{"secret": true}
	for _, name := range more {
		known[name] = true
	}
	for _, p := range l.r.Parts {
		known[p.Name] = true
	}
	used := make(map[string]bool)
	for _, s := range steps {
		l.request(table, s.Request, known, used)
		for _, e := range s.Extract {
			l.source(table+".extract", e.Value)
			known[e.Name] = true
		}
	}
	return used
}

func (l *linter) request(table string, r Request, known, used map[string]bool) {
	texts := []string{r.URL, r.JSON, r.Body}
	for _, list := range [][]Pair{r.Headers, r.Query, r.Form} {
		for _, p := range list {
			texts = append(texts, p.Value)
		}
	}
	for _, text := range texts {
		for _, m := range requestPlaceholder.FindAllStringSubmatch(text, -1) {
			l.placeholder(table, m[1], known, used)
		}
	}
	address := requestPlaceholder.ReplaceAllString(r.URL, "x")
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		l.problem("a whole address, with https://", "%s: %q is no address", table, r.URL)
	case u.Scheme != "https" && !strings.HasPrefix(r.URL, "{{"):
		l.problem("credentials go over https only", "%s: %q is not encrypted", table, r.URL)
	}
}

func (l *linter) placeholder(table, text string, known, used map[string]bool) {
	words := strings.Fields(text)
	if len(words) == 0 {
		l.problem("", "%s: an empty placeholder", table)
		return
	}
	args := words
	if n, fn := RequestFuncs[words[0]]; fn {
		args = words[1:]
		if len(args) < n[0] || len(args) > n[1] {
			l.problem("", "%s: {{%s}} has a wrong number of arguments", table, text)
		}
	} else if len(words) > 1 {
		l.problem("see docs/writing-rules.md", "%s: there is no function %q", table, words[0])
		return
	}
	for _, a := range args {
		used[a] = true
		if !known[a] && !strings.HasPrefix(a, `"`) {
			l.problem("secret, or a part of the rule, or what an earlier step extracts", "%s: {{%s}}: nothing is called %q", table, text, a)
		}
	}
}

// source checks where a value is taken from: "json:a.b", "header:name".
func (l *linter) source(table, from string) {
	if from == "" {
		return
	}
	kind, path, ok := strings.Cut(from, ":")
	if !ok || path == "" || kind != "json" && kind != "header" {
		l.problem(`"json:a.b" or "header:name"`, "%s: %q tells no place in an answer", table, from)
	}
}
