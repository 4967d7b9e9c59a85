package triage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/suggest"
	"github.com/stanchsec/stanch/rules"
)

// Term is one word of --fail-on.
type Term string

// The terms. A suppressed finding fulfils none of them.
const (
	// None lets every run pass. It stands alone.
	None Term = "none"
	// Any is every finding, those of the baseline too.
	Any Term = "any"
	// New is what the baseline does not have.
	New Term = "new"
	// Live is what the provider accepted when asked, in the baseline or not: that a
	// leak is known makes it no less dangerous.
	Live Term = "live"
	// Low, Medium, High and Critical are what has that severity or a graver one and
	// is not in the baseline. Without a baseline nothing is in it.
	Low      = Term(rules.Low)
	Medium   = Term(rules.Medium)
	High     = Term(rules.High)
	Critical = Term(rules.Critical)
)

// Terms lists all terms in the order in which help texts show them.
var Terms = []Term{None, Any, New, Live, Low, Medium, High, Critical}

// Gate decides which findings fail the run: those that fulfil one of its terms. The
// zero Gate lets everything pass.
type Gate struct{ terms []Term }

// DefaultGate is the gate of a run for which none was set: new where there is a
// baseline, else any.
func DefaultGate(baseline bool) Gate {
	if baseline {
		return Gate{[]Term{New}}
	}
	return Gate{[]Term{Any}}
}

// ParseGate reads terms, separated by commas: "new,live". Blanks around them and
// letter case make no difference.
func ParseGate(text string) (Gate, error) {
	var g Gate
	for word := range strings.SplitSeq(text, ",") {
		term := Term(strings.ToLower(strings.TrimSpace(word)))
		if term == "" {
			return Gate{}, fmt.Errorf("fail-on %q has an empty value: want %s", text, oneOrMore())
		}
		if !slices.Contains(Terms, term) {
			hint := suggest.DidYouMean(string(term), slices.Values(termNames(Terms)))
			return Gate{}, fmt.Errorf("fail-on has no value %q%s (want %s)", term, hint, oneOrMore())
		}
		if !slices.Contains(g.terms, term) {
			g.terms = append(g.terms, term)
		}
	}
	if len(g.terms) > 1 && slices.Contains(g.terms, None) {
		return Gate{}, fmt.Errorf("fail-on %q: none cannot stand beside other values", text)
	}
	return g, nil
}

func oneOrMore() string {
	return "one or more of " + strings.Join(termNames(Terms), ", ") + ", separated by commas"
}

func termNames(terms []Term) []string {
	names := make([]string, len(terms))
	for i, t := range terms {
		names[i] = string(t)
	}
	return names
}

// String gives the form that [ParseGate] reads.
func (g Gate) String() string {
	if len(g.terms) == 0 {
		return string(None)
	}
	return strings.Join(termNames(g.terms), ",")
}

// NeedsVerification reports whether the gate has a term that no finding fulfils
// unless providers are asked.
func (g Gate) NeedsVerification() bool { return slices.Contains(g.terms, Live) }

// Fails reports whether the finding fails the run.
func (g Gate) Fails(f *detector.Finding) bool {
	return slices.ContainsFunc(g.terms, func(t Term) bool { return t.holds(f) })
}

// holds reports whether a finding fulfils the term.
func (t Term) holds(f *detector.Finding) bool {
	switch {
	case f.Suppression != nil || t == None:
		return false
	case t == Any:
		return true
	case t == New:
		return !f.Known
	case t == Live:
		return f.Verification != nil && f.Verification.State == detector.Live
	}
	return !f.Known && f.Rule.Severity.Rank() >= rules.Severity(t).Rank()
}

// Verdict is what a [Gate] says of a run.
type Verdict struct {
	// Failing is the number of findings that fail the run.
	Failing int
	// Known and Suppressed are how many are in the baseline, and how many are
	// ignored; a finding that is both counts as suppressed.
	Known, Suppressed int
	// Total is the number of all findings.
	Total int
}

// Fails reports whether the run fails: exit code 1.
func (v Verdict) Fails() bool { return v.Failing > 0 }

// Judge puts all findings of a run to the gate.
func (g Gate) Judge(findings []detector.Finding) Verdict {
	v := Verdict{Total: len(findings)}
	for i := range findings {
		f := &findings[i]
		if g.Fails(f) {
			v.Failing++
		}
		switch {
		case f.Suppression != nil:
			v.Suppressed++
		case f.Known:
			v.Known++
		}
	}
	return v
}
