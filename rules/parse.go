package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/stanchsec/stanch/internal/suggest"
	"github.com/stanchsec/stanch/internal/tomlpos"
)

// The TOML form of a rule file. Names of keys are those of the struct tags.

type fileTOML struct {
	Provider string     `toml:"provider"`
	Title    string     `toml:"title"`
	Rules    []ruleTOML `toml:"rule"`
}

type ruleTOML struct {
	ID          string      `toml:"id"`
	Provider    string      `toml:"provider"`
	Title       string      `toml:"title"`
	Description string      `toml:"description"`
	Severity    Severity    `toml:"severity"`
	Confidence  Confidence  `toml:"confidence"`
	Regex       string      `toml:"regex"`
	Until       string      `toml:"until"`
	Anchors     []string    `toml:"anchors"`
	Context     []string    `toml:"context"`
	Named       []string    `toml:"named"`
	Near        int         `toml:"near"`
	Boundary    Boundary    `toml:"boundary"`
	Checksum    string      `toml:"checksum"`
	Entropy     float64     `toml:"entropy"`
	Digits      *int        `toml:"digits"`
	Password    bool        `toml:"password"`
	Generic     bool        `toml:"generic"`
	Assigned    bool        `toml:"assigned"`
	Paths       []string    `toml:"paths"`
	Allow       []string    `toml:"allow"`
	Docs        any         `toml:"docs"` // one address or several
	Rotate      string      `toml:"rotate"`
	Tags        []string    `toml:"tags"`
	Match       []string    `toml:"match"`
	NoMatch     []string    `toml:"no-match"`
	Overlaps    []string    `toml:"overlaps"`
	Parts       []partTOML  `toml:"part"`
	Verify      *verifyTOML `toml:"verify"`
	Revoke      *revokeTOML `toml:"revoke"`
}

type partTOML struct {
	Name     string   `toml:"name"`
	Regex    string   `toml:"regex"`
	Context  []string `toml:"context"`
	Within   int      `toml:"within"`
	Required bool     `toml:"required"`
	Secret   bool     `toml:"secret"`
}

type verifyTOML struct {
	None     string       `toml:"none"`
	Protocol string       `toml:"protocol"`
	Request  *requestTOML `toml:"request"`
	Steps    []stepTOML   `toml:"step"`
	Live     any          `toml:"live"` // a condition or several
	Dead     any          `toml:"dead"`
	Limited  any          `toml:"limited"`
	Identity identityTOML `toml:"identity"`
}

type revokeTOML struct {
	None       string       `toml:"none"`
	Manual     string       `toml:"manual"`
	Protocol   string       `toml:"protocol"`
	Auth       Authority    `toml:"auth"`
	Request    *requestTOML `toml:"request"`
	Steps      []stepTOML   `toml:"step"`
	Done       any          `toml:"done"`
	Reversible bool         `toml:"reversible"`
	Undo       *requestTOML `toml:"undo"`
	Then       *requestTOML `toml:"then"`
	Effect     string       `toml:"effect"`
}

type stepTOML struct {
	Request requestTOML       `toml:"request"`
	Extract map[string]string `toml:"extract"`
}

type requestTOML struct {
	Method  string            `toml:"method"`
	URL     string            `toml:"url"`
	Headers map[string]string `toml:"headers"`
	Query   map[string]string `toml:"query"`
	Form    map[string]string `toml:"form"`
	JSON    any               `toml:"json"`
	Body    string            `toml:"body"`
}

type identityTOML struct {
	Owner    string `toml:"owner"`
	Account  string `toml:"account"`
	Scopes   string `toml:"scopes"`
	Created  string `toml:"created"`
	Expires  string `toml:"expires"`
	LastUsed string `toml:"last-used"`
}

// MaxFile is the greatest size of a rule file in bytes. None that people write comes
// near it, and decoding takes many times the size in memory.
const MaxFile = 4 << 20

// Parse reads one rule file; file is its name in messages and, without the ending,
// the provider where the file names none. The rules that are good are returned even
// if there are problems with others; the error is [Problems]. The file may be hostile.
func Parse(file string, data []byte) ([]*Rule, error) {
	if len(data) > MaxFile {
		return nil, Problems{{
			Position: Position{File: file}, Hint: "split it",
			Message: fmt.Sprintf("a rule file has at most %d bytes, this one %d", MaxFile, len(data)),
		}}
	}
	p := &parser{file: file, pos: tomlpos.Index(data)}
	if line, col, deep := p.pos.TooDeep(); deep {
		return nil, Problems{{Position: Position{file, line, col}, Message: "this is nested too deeply"}}
	}
	var f fileTOML
	md, err := decode(data, &f)
	if err != nil {
		p.broken(err)
		return nil, p.problems.err()
	}
	seen := make(map[string]bool) // the decoder names a key once for each table that has it
	for _, key := range md.Undecoded() {
		if !seen[key.String()] {
			seen[key.String()] = true
			p.unknown(key)
		}
	}
	if f.Provider == "" {
		f.Provider = strings.TrimSuffix(path.Base(file), ".toml")
	}
	var set []*Rule
	for i := range f.Rules {
		if r := p.rule(i, &f.Rules[i], f.Provider); r != nil {
			set = append(set, r)
		}
	}
	return set, p.problems.err()
}

// decode calls the decoder, which panics where it finds itself at a loss.
func decode(data []byte, f *fileTOML) (md toml.MetaData, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("this is no valid TOML, and the decoder cannot tell where")
		}
	}()
	return toml.NewDecoder(bytes.NewReader(data)).Decode(f)
}

type parser struct {
	file     string
	pos      *tomlpos.Positions
	problems Problems

	// Of the rule at hand.
	index int
	id    string
}

// at is the position of a key, or of the nearest table around it that is known.
func (p *parser) at(path ...any) Position {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if line, col, ok := p.pos.Lookup(path...); ok {
			return Position{p.file, line, col}
		}
	}
	return Position{File: p.file}
}

// problem notes a mistake at a key of the rule at hand.
func (p *parser) problem(hint, message string, key ...any) {
	where := p.at(append([]any{"rule", p.index}, key...)...)
	p.problems = append(p.problems, Problem{Position: where, Rule: p.id, Message: message, Hint: hint})
}

// broken notes what the decoder did not understand.
func (p *parser) broken(err error) {
	prob := Problem{Position: Position{File: p.file}, Message: err.Error()}
	var pe toml.ParseError
	if errors.As(err, &pe) {
		prob.Position.Line, prob.Position.Column = pe.Position.Line, pe.Position.Col
		prob.Message = pe.Message
		if pe.Usage != "" {
			prob.Hint = strings.SplitN(strings.TrimSpace(pe.Usage), "\n", 2)[0]
		}
	}
	p.problems = append(p.problems, prob)
}

// unknown notes a key that means nothing.
func (p *parser) unknown(key toml.Key) {
	last := key[len(key)-1]
	known, free := knownKeys(key)
	if free {
		return
	}
	hint := "known here are " + strings.Join(known, ", ")
	if near := suggest.Nearest(last, slices.Values(known)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	for _, place := range p.places(nil, key) {
		p.problems = append(p.problems, Problem{
			Position: p.at(place...), Message: fmt.Sprintf("unknown key %q", last), Hint: hint,
		})
	}
}

// places lists where a key stands, in each table of the arrays of tables on its way.
func (p *parser) places(path []any, key []string) [][]any {
	if len(key) == 0 {
		return [][]any{path}
	}
	path = append(slices.Clip(path), key[0])
	if _, _, ok := p.pos.Lookup(path...); !ok {
		return nil
	}
	if _, _, array := p.pos.Lookup(append(slices.Clip(path), 0)...); !array {
		return p.places(path, key[1:])
	}
	var found [][]any
	for i := 0; ; i++ {
		element := append(slices.Clip(path), i)
		if _, _, ok := p.pos.Lookup(element...); !ok {
			return found
		}
		found = append(found, p.places(element, key[1:])...)
	}
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// rule turns the TOML form into a Rule. It returns nil if the rule cannot be used.
func (p *parser) rule(i int, t *ruleTOML, provider string) *Rule {
	p.index, p.id = i, t.ID
	before := len(p.problems)
	r := &Rule{
		ID: t.ID, Provider: provider, Title: t.Title, Description: t.Description,
		Severity: t.Severity, Confidence: t.Confidence, Regex: t.Regex, Until: t.Until, Anchors: t.Anchors, Context: t.Context, Named: t.Named,
		Near: t.Near, Boundary: t.Boundary, Checksum: t.Checksum, Entropy: t.Entropy,
		Password: t.Password, Generic: t.Generic, Assigned: t.Assigned,
		Paths: t.Paths, Allow: t.Allow, Rotate: t.Rotate, Tags: t.Tags,
		Match: t.Match, NoMatch: t.NoMatch, Overlaps: t.Overlaps, Position: p.at("rule", i),
	}
	if t.Provider != "" {
		r.Provider = t.Provider
	}
	for _, part := range t.Parts {
		r.Parts = append(r.Parts, Part(part))
	}
	r.Docs = p.strings(t.Docs, "docs")
	if t.Digits != nil {
		r.Digits = *t.Digits
	}
	p.defaults(r, t)
	p.check(r)
	r.Verify = p.verify(t.Verify, r.Parts)
	r.Revoke = p.revoke(t.Revoke, r.Parts)
	if len(p.problems) > before {
		return nil
	}
	return r
}

// defaults fills in what the file leaves out.
func (p *parser) defaults(r *Rule, t *ruleTOML) {
	if r.Boundary == "" {
		r.Boundary = BoundaryToken
		if len(r.Context) > 0 {
			r.Boundary = BoundaryValue
		}
	}
	if r.Confidence == "" {
		r.Confidence = ConfidenceHigh
		if len(r.Context) > 0 {
			r.Confidence = ConfidenceMedium
		}
	}
	if len(r.Context) > 0 && t.Digits == nil && !r.Assigned {
		r.Digits = 1
	}
}

// strings reads a value that is one text or several.
func (p *parser) strings(v any, key string) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				p.problem("", fmt.Sprintf("%s holds %v, which is no text", key, e), key)
				return nil
			}
			out = append(out, s)
		}
		return out
	}
	p.problem("", fmt.Sprintf("%s must be a text or a list of texts", key), key)
	return nil
}

func (p *parser) verify(t *verifyTOML, parts []Part) *Verify {
	if t == nil {
		return nil
	}
	v := &Verify{None: t.None, Protocol: t.Protocol, Identity: Identity(t.Identity)}
	v.Steps = p.steps(t.Request, t.Steps, "verify")
	v.Live = p.conditions(t.Live, "verify", "live")
	v.Dead = p.conditions(t.Dead, "verify", "dead")
	v.Limited = p.conditions(t.Limited, "verify", "limited")
	p.protocol(v.Protocol, VerifyProtocols, parts, "verify")
	switch {
	case v.None != "":
		if v.Protocol != "" || len(v.Steps) > 0 {
			p.problem("keep the reason or the request", "none says that there is no check, and yet there is one", "verify")
		}
	case v.Protocol != "":
		if len(v.Steps) > 0 {
			p.problem("a protocol makes its own requests", "protocol and request exclude each other", "verify")
		}
	case len(v.Steps) == 0:
		p.problem("", "verify has neither request, step, protocol nor none", "verify")
	case len(v.Live) == 0:
		p.problem(`such as live = { status = [200], json = ["id"] }`, "verify does not say which answer proves the credential live", "verify")
	}
	return v
}

func (p *parser) revoke(t *revokeTOML, parts []Part) *Revoke {
	if t == nil {
		return nil
	}
	r := &Revoke{
		None: t.None, Manual: t.Manual, Protocol: t.Protocol, Auth: t.Auth,
		Reversible: t.Reversible, Effect: t.Effect,
	}
	r.Steps = p.steps(t.Request, t.Steps, "revoke")
	r.Done = p.conditions(t.Done, "revoke", "done")
	p.protocol(r.Protocol, RevokeProtocols, parts, "revoke")
	if t.Undo != nil {
		r.Undo = []Step{{Request: p.request(t.Undo, "revoke", "undo")}}
	}
	if t.Then != nil {
		r.Then = []Step{{Request: p.request(t.Then, "revoke", "then")}}
		if !r.Reversible {
			p.problem("", "then is for what request only disables, and that is to be said to be reversible", "revoke", "then")
		}
	}
	if r.Auth == "" {
		r.Auth = AuthoritySelf
	}
	if !slices.Contains([]Authority{AuthoritySelf, AuthorityNone, AuthorityAdmin, AuthorityClient}, r.Auth) {
		p.problem("one of self, anonymous, admin, client", fmt.Sprintf("auth is %q", r.Auth), "revoke", "auth")
	}
	switch {
	case r.None != "" || r.Manual != "" || r.Protocol != "":
	case len(r.Steps) == 0:
		p.problem("", "revoke has neither request, step, protocol, manual nor none", "revoke")
	case len(r.Done) == 0:
		p.problem("such as done = { status = [204] }", "revoke does not say which answer proves that it is done", "revoke")
	}
	if r.Reversible && len(r.Undo) == 0 && r.Protocol == "" {
		p.problem("add undo", "revoke is said to be reversible without telling how", "revoke")
	}
	return r
}

// steps reads a single request or a list of steps.
func (p *parser) steps(single *requestTOML, list []stepTOML, table string) []Step {
	if single != nil && len(list) > 0 {
		p.problem("make the request the last step", "request and step exclude each other", table)
	}
	if single != nil {
		return []Step{{Request: p.request(single, table, "request")}}
	}
	var steps []Step
	for i := range list {
		steps = append(steps, Step{
			Request: p.request(&list[i].Request, table, "step", i, "request"),
			Extract: pairs(list[i].Extract),
		})
	}
	return steps
}

func (p *parser) request(t *requestTOML, key ...any) Request {
	r := Request{
		Method: t.Method, URL: t.URL, Body: t.Body,
		Headers: pairs(t.Headers), Query: pairs(t.Query), Form: pairs(t.Form),
	}
	if r.Method == "" {
		r.Method = "GET"
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, r.Method) {
		p.problem("", fmt.Sprintf("method %q is none of HTTP's", r.Method), key...)
	}
	if r.URL == "" {
		p.problem("", "the request has no url", key...)
	}
	if t.JSON != nil {
		text, err := json.Marshal(t.JSON)
		if err != nil {
			p.problem("", "json: "+err.Error(), key...)
		}
		r.JSON = string(text)
	}
	return r
}

// pairs turns a table into a list, in order of the names.
func pairs(m map[string]string) []Pair {
	var out []Pair
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Pair{name, m[name]})
	}
	return out
}

// conditions reads a table or a list of tables.
func (p *parser) conditions(v any, key ...any) []Condition {
	var tables []map[string]any
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		tables = []map[string]any{v}
	case []map[string]any:
		tables = v
	case []any:
		for _, e := range v {
			t, ok := e.(map[string]any)
			if !ok {
				p.problem("", fmt.Sprintf("%v is no condition", e), key...)
				return nil
			}
			tables = append(tables, t)
		}
	default:
		p.problem("such as { status = [200] }", "a condition must be a table", key...)
		return nil
	}
	var out []Condition
	for _, t := range tables {
		out = append(out, p.condition(t, key))
	}
	return out
}

func (p *parser) condition(t map[string]any, key []any) Condition {
	var c Condition
	for _, name := range slices.Sorted(maps.Keys(t)) {
		switch v := t[name]; name {
		case "status":
			c.Status = p.statuses(v, key)
		case "json":
			c.JSON = p.strings(v, name)
		case "header":
			c.Header = p.strings(v, name)
		case "body":
			c.Body = p.strings(v, name)
		case "lacks":
			c.Lacks = p.strings(v, name)
		default:
			p.problem("known are status, json, header, body, lacks", fmt.Sprintf("unknown key %q", name), append(slices.Clip(key), name)...)
		}
	}
	return c
}

func (p *parser) statuses(v any, key []any) []int {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []int
	for _, e := range list {
		n, ok := e.(int64)
		if !ok || n < 100 || n > 599 {
			p.problem("", fmt.Sprintf("%v is no HTTP status", e), append(slices.Clip(key), "status")...)
			return nil
		}
		out = append(out, int(n))
	}
	return out
}
