package rules

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/stanchsec/stanch/internal/shape"
)

// Examples in rule files hold no credentials: "{{secret}}" stands for one that is
// made up on the spot, so that neither this repository nor its forks ever look as
// if they leaked something.

// Maker makes up credentials of a rule's shape.
type Maker struct {
	rule  *Rule
	shape *shape.Shape
	until *shape.Shape
	parts map[string]*shape.Shape
	allow []*regexp.Regexp
}

// NewMaker prepares to make up credentials for a rule that was loaded.
func NewMaker(r *Rule) (*Maker, error) {
	m := &Maker{rule: r, parts: make(map[string]*shape.Shape)}
	var err error
	if m.shape, err = shape.Parse(r.Regex); err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.ID, err)
	}
	if r.Until != "" {
		if m.until, err = shape.Parse(r.Until); err != nil {
			return nil, fmt.Errorf("rule %s: until: %w", r.ID, err)
		}
	}
	for _, p := range r.Parts {
		if m.parts[p.Name], err = shape.Parse(p.Regex); err != nil {
			return nil, fmt.Errorf("rule %s: part %s: %w", r.ID, p.Name, err)
		}
	}
	for _, text := range r.Allow {
		re, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("rule %s: allow: %w", r.ID, err)
		}
		m.allow = append(m.allow, re)
	}
	return m, nil
}

// tries is how often a sample is drawn anew until it fulfils what the rule asks for
// beside its expression.
const tries = 500

// Secret makes up a credential: of the expression's shape, with the right checksum,
// enough digits and entropy. The same source of random numbers gives the same one.
func (m *Maker) Secret(rng *rand.Rand) (string, error) {
	group := m.shape.Group("secret")
	for range tries {
		text, ok := m.shape.Sample(rng).Group(group)
		if !ok {
			continue
		}
		if m.until != nil {
			text += m.until.Sample(rng).Text
		}
		if sum := ChecksumByName(m.rule.Checksum); sum != nil {
			text = sum.Fix(text)
			if !sum.Valid(text) {
				continue
			}
		}
		if m.passes(text) {
			return text, nil
		}
	}
	return "", fmt.Errorf("rule %s: no made-up value passes its own checks", m.rule.ID)
}

// passes reports whether a text has what the rule asks for beside its expression.
func (m *Maker) passes(text string) bool {
	if m.rule.Digits > 0 && !DigitsInRun(text, m.rule.Digits) {
		return false
	}
	if Entropy(text) < m.rule.Entropy {
		return false
	}
	for _, re := range m.allow {
		if re.MatchString(text) {
			return false
		}
	}
	return true
}

var placeholderForm = regexp.MustCompile(`\{\{\s*([a-zA-Z0-9_-]+)\s*\}\}`)

// Fill replaces the placeholders of an example. Within one example each name stands
// for one value. It returns the text and the value of "{{secret}}", empty if the
// example has none.
func (m *Maker) Fill(example string, rng *rand.Rand) (text, secret string, err error) {
	values := make(map[string]string)
	text = placeholderForm.ReplaceAllStringFunc(example, func(ph string) string {
		name := placeholderForm.FindStringSubmatch(ph)[1]
		if v, ok := values[name]; ok {
			return v
		}
		v, e := m.value(name, rng)
		if e != nil && err == nil {
			err = e
		}
		values[name] = v
		return v
	})
	return text, values["secret"], err
}

func (m *Maker) value(name string, rng *rand.Rand) (string, error) {
	if name == "secret" {
		return m.Secret(rng)
	}
	s, ok := m.parts[name]
	if !ok {
		return "", fmt.Errorf("rule %s: the example's {{%s}} is no part of the rule", m.rule.ID, name)
	}
	for range tries {
		if v, ok := s.Sample(rng).Group(s.Group("part")); ok && v != "" {
			return strings.TrimSpace(v), nil
		}
	}
	return "", fmt.Errorf("rule %s: no value can be made up for its part %s", m.rule.ID, name)
}
