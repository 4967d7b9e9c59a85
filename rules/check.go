package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/stanchsec/stanch/internal/shape"
	"github.com/stanchsec/stanch/internal/suggest"
)

// check notes everything that makes a rule unusable, and fills its plan.
func (p *parser) check(r *Rule) {
	p.checkNames(r)
	p.checkWords(r)
	s := p.checkRegex(r)
	p.checkLists(r)
	for i := range r.Parts {
		p.checkPart(&r.Parts[i], i, r, s)
	}
	if s == nil {
		return
	}
	plan, err := plan(r, s)
	if err != nil {
		p.problem(planHint(err.Error()), err.Error(), "regex")
		return
	}
	r.Plan = plan
}

// planHint tells how to mend what plan refused.
func planHint(message string) string {
	switch {
	case strings.Contains(message, "no bound"):
		return "write {1,200} in place of + and *"
	case strings.Contains(message, "not every match"):
		return "name a literal for each alternative, in the expression's letter case"
	case strings.Contains(message, "context word"):
		return "use words of which a piece between separators has three letters"
	case strings.Contains(message, "no literal"):
		return "add context words that stand close before the credential"
	case strings.Contains(message, "anywhere"):
		return "bound what stands before it"
	}
	return ""
}

func (p *parser) checkNames(r *Rule) {
	switch {
	case r.ID == "":
		p.problem(`such as id = "acme-api-key"`, "the rule has no id")
	case !idForm.MatchString(r.ID):
		p.problem("lower-case words with hyphens between", fmt.Sprintf("the id %q is of the wrong form", r.ID), "id")
	}
	if r.Title == "" {
		p.problem("name the credential for a person", "the rule has no title")
	}
	if !slices.Contains(Severities, r.Severity) {
		p.problem("one of critical, high, medium, low", fmt.Sprintf("severity is %q", r.Severity), "severity")
	}
	if !slices.Contains(Confidences, r.Confidence) {
		p.problem("one of high, medium, low", fmt.Sprintf("confidence is %q", r.Confidence), "confidence")
	}
	if !slices.Contains([]Boundary{BoundaryToken, BoundaryValue, BoundaryNone}, r.Boundary) {
		p.problem("one of token, value, none", fmt.Sprintf("boundary is %q", r.Boundary), "boundary")
	}
	if r.Checksum != "" && ChecksumByName(r.Checksum) == nil {
		var names []string
		for _, c := range checksums {
			names = append(names, c.Name)
		}
		hint := "known are " + strings.Join(names, ", ")
		if near := suggest.Nearest(r.Checksum, slices.Values(names)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.problem(hint, fmt.Sprintf("there is no checksum %q", r.Checksum), "checksum")
	}
}

// maxNear is how far a context word may stand from its match, in bytes; the detector
// remembers no more.
const maxNear = 200

func (p *parser) checkWords(r *Rule) {
	for i, w := range r.Context {
		plain := strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(w))
		switch {
		case len(plain) < 2:
			p.problem("two letters at least", fmt.Sprintf("the context word %q is too short", w), "context", i)
		case strings.IndexFunc(plain, func(c rune) bool { return c >= 0x80 || !shape.Alnum.Has(byte(c)) }) >= 0:
			p.problem("letters, digits and separators only", fmt.Sprintf("the context word %q has other characters", w), "context", i)
		}
	}
	if r.Near < 0 || r.Near > maxNear {
		p.problem(fmt.Sprintf("from 1 to %d bytes", maxNear), fmt.Sprintf("near is %d", r.Near), "near")
	}
	if r.Digits < 0 || r.Entropy < 0 || r.Entropy > 8 {
		p.problem("", "digits and entropy are not negative, and entropy is at most 8 bits", "entropy")
	}
}

// maxRegex is the greatest length of an expression in bytes.
const maxRegex = 8 << 10

// checkRegex parses the expression; it returns nil if that fails.
func (p *parser) checkRegex(r *Rule) *shape.Shape {
	if r.Regex == "" {
		p.problem("write it between triple quotes: regex = '''…'''", "the rule has no regex")
		return nil
	}
	if len(r.Regex) > maxRegex {
		p.problem("make several rules of it", fmt.Sprintf("the expression has %d bytes, more than %d", len(r.Regex), maxRegex), "regex")
		return nil
	}
	s, err := shape.Parse(r.Regex)
	if err != nil {
		p.problem("", "regex: "+err.Error(), "regex")
		return nil
	}
	if s.LookAround {
		if _, err := s.Backtracking(""); err != nil {
			p.problem("look-around is written as in .NET", "regex: "+err.Error(), "regex")
			return nil
		}
	}
	if strings.Contains(r.Regex, "(?P<secret>") && s.Group("secret") == 0 {
		p.problem("", `regex: the group "secret" stands within look-around`, "regex")
	}
	return s
}

func (p *parser) checkLists(r *Rule) {
	if r.Until != "" {
		if _, err := regexp.Compile(r.Until); err != nil {
			p.problem("", "until: "+err.Error(), "until")
		}
	}
	for i, text := range r.Allow {
		if _, err := regexp.Compile(text); err != nil {
			p.problem("", "allow: "+err.Error(), "allow", i)
		}
	}
	for i, glob := range r.Paths {
		if !doublestar.ValidatePattern(glob) {
			p.problem("", fmt.Sprintf("paths: %q is no glob", glob), "paths", i)
		}
	}
	for i, a := range r.Anchors {
		if len(a) < 2 {
			p.problem("three bytes or more tell something", fmt.Sprintf("the anchor %q is too short", a), "anchors", i)
		}
	}
}

// checkPart checks a part of a rule whose expression has the given shape, nil if it
// could not be parsed. A part that a group of the expression holds is of that group's
// shape.
func (p *parser) checkPart(part *Part, i int, r *Rule, whole *shape.Shape) {
	switch {
	case part.Name == "":
		p.problem(`such as name = "id"`, "a part has no name", "part", i)
	case part.Name == "secret":
		p.problem("", `a part cannot be called "secret"`, "part", i, "name")
	}
	for _, other := range r.Parts[:i] {
		if other.Name == part.Name {
			p.problem("", fmt.Sprintf("there are two parts called %q", part.Name), "part", i, "name")
		}
	}
	if part.Within < 0 || part.Within > MaxWindow {
		p.problem(fmt.Sprintf("up to %d bytes", MaxWindow), fmt.Sprintf("within is %d", part.Within), "part", i, "within")
	}
	if whole != nil && part.Name != "" && whole.Group(part.Name) > 0 {
		if part.Regex != "" || len(part.Context) > 0 || part.Within != 0 {
			p.problem("leave out regex, context and within", fmt.Sprintf("the expression's own group %q holds the part", part.Name), "part", i)
			return
		}
		part.Regex = whole.GroupShape(part.Name).Expr
	}
	if part.Regex == "" {
		p.problem("", "a part has no regex", "part", i)
		return
	}
	s, err := shape.Parse(part.Regex)
	switch {
	case err != nil:
		p.problem("", "regex: "+err.Error(), "part", i, "regex")
	case s.LookAround:
		p.problem("", "look-around is not for parts", "part", i, "regex")
	case s.Max == shape.Unbounded || s.Max > MaxWindow:
		p.problem("write {1,200} in place of + and *", "the expression has no bound", "part", i, "regex")
	}
}
