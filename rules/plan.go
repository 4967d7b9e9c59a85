package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stanchsec/stanch/internal/shape"
)

// Wake says what in a text wakes a rule.
type Wake uint8

// The ways to wake a rule, cheapest first.
const (
	// WakePrefix: a match begins with one of the plan's anchors and has a run of
	// token characters within or close behind it. The detector looks at where a
	// token could begin, around each run.
	WakePrefix Wake = iota + 1
	// WakeContext: a match is a run of token characters with a digit, or begins close
	// before one with what may stand in a token, behind a context word. The detector looks for the words around such runs.
	WakeContext
	// WakeLiteral: the detector looks for the plan's anchors all over the text.
	WakeLiteral
	// WakeWord: the detector looks for the context words all over the text, and for
	// matches behind them.
	WakeWord
	// WakeAssigned: the detector looks for the context words all over the text, and for
	// the values that the names around them are given.
	WakeAssigned
)

// RunLength is the least number of token characters that make a run; see
// internal/prefilter.
const RunLength = 16

// maxLead is how far before a run a prefix may begin, in bytes.
const maxLead = 32

// MaxWindow is the greatest length of a match in bytes. A rule that could match
// more is refused.
const MaxWindow = 8192

// Anchor is a literal that wakes a rule, and how far behind the start of the match
// it may begin, in bytes.
type Anchor struct {
	Lit      string
	Fold     bool // in any letter case; Lit is lower case then
	Min, Max int
}

// Plan is what the detector needs of a rule before it meets a match: everything
// that takes work to find out. Built-in rules carry it ready-made.
type Plan struct {
	Wake    Wake
	Anchors []Anchor
	// RunMin and RunMax are how far behind the start of a match its first run of
	// [RunLength] begins; for WakePrefix and WakeContext.
	RunMin, RunMax int
	// Min and Max are the least and greatest length of a match.
	Min, Max int
	// Rows are how matches begin, one of which holds; nil if that is not known. For
	// WakeContext and WakeWord.
	Rows []Row
}

// minAnchor is the least length of a literal that is looked for all over the text.
const minAnchor = 3

// dotted are the bytes that may stand between a prefix and its run: the detector
// walks back over them.
var dotted = func() *shape.Set {
	s := *shape.Token
	for _, c := range []byte(".:~@%") {
		s.Add(c, c)
	}
	return &s
}()

// Dotted reports whether b may stand between a prefix and its run.
func Dotted(b byte) bool { return dotted.Has(b) }

// plan finds out how the detector is to look for a rule. The error says what the
// rule lacks.
func plan(r *Rule, s *shape.Shape) (*Plan, error) {
	p := &Plan{Min: s.Min, Max: s.Max}
	if s.Min == 0 {
		return nil, errors.New("the expression matches nothing at all")
	}
	if s.Max == shape.Unbounded || s.Max > MaxWindow {
		return nil, fmt.Errorf("the expression has no bound below %d bytes", MaxWindow)
	}
	if r.Assigned {
		return p, planAssigned(r, p)
	}
	run, hasRun := s.Run(RunLength)
	hasRun = hasRun && run.Max != shape.Unbounded
	if hasRun {
		p.RunMin, p.RunMax = run.Min, run.Max
	}

	var anchors []shape.Anchor
	if len(r.Anchors) > 0 {
		if anchors = s.Contains(r.Anchors); anchors == nil {
			return nil, fmt.Errorf("not every match of the expression contains one of the anchors %q", r.Anchors)
		}
	}
	if hasRun && r.Boundary != BoundaryNone && run.Max <= maxLead && leadsDotted(s, run.Max) {
		if a := prefixes(s, anchors); a != nil {
			p.Wake, p.Anchors = WakePrefix, a
			return p, nil
		}
	}
	if len(r.Context) > 0 && len(r.Anchors) == 0 {
		// The detector looks for the start of the match around a run with a digit, as far
		// as it may walk back from there; a match that starts elsewhere needs the word.
		if !hasRun || run.Max > maxLead || r.Boundary == BoundaryNone || r.Digits == 0 || !leadsDotted(s, run.Max) {
			for _, w := range r.Context {
				if WordPiece(w) == "" {
					return nil, fmt.Errorf("the context word %q is too short to be looked for everywhere, as this expression needs", w)
				}
			}
			p.Wake, p.Rows = WakeWord, rows(r, s)
			return p, nil
		}
		p.Wake, p.Rows = WakeContext, rows(r, s)
		return p, nil
	}
	if anchors == nil {
		anchors = s.Anchors(minAnchor)
	}
	for _, a := range anchors {
		if len(a.Lit) < minAnchor {
			return nil, fmt.Errorf("the anchor %q is too short to be looked for: it needs %d bytes", a.Lit, minAnchor)
		}
		p.Anchors = append(p.Anchors, Anchor(a))
	}
	if p.Anchors == nil {
		return nil, errors.New("the expression has no literal of three bytes that every match contains, and the rule no context words")
	}
	for _, a := range p.Anchors {
		if a.Max == shape.Unbounded {
			return nil, fmt.Errorf("the anchor %q may stand anywhere in the match", a.Lit)
		}
	}
	p.Wake = WakeLiteral
	return p, nil
}

// planAssigned is plan for rules that live by the names of values.
func planAssigned(r *Rule, p *Plan) error {
	p.Wake = WakeAssigned
	if len(r.Context) == 0 {
		return errors.New("an assigned rule needs context words, for the names that it looks at")
	}
	for _, w := range r.Context {
		if piece := WordPiece(w); piece != strings.ToLower(w) {
			return fmt.Errorf("the context word %q of an assigned rule is no single word of three letters or more", w)
		}
	}
	return nil
}

// prefixes returns the literals that matches begin with, if all begin with a
// telling one: given are the anchors that the rule names, if it names any.
func prefixes(s *shape.Shape, given []shape.Anchor) []Anchor {
	sets := [][]shape.Anchor{given}
	if given == nil {
		sets = s.Starts()
	}
	for _, set := range sets {
		var out []Anchor
		for _, a := range set {
			if a.Min != 0 || a.Max != 0 || !telling(a.Lit) {
				out = nil
				break
			}
			out = append(out, Anchor(a))
		}
		if out != nil {
			return out
		}
	}
	return nil
}

// telling reports whether a literal at the start of a token is worth a look: it
// begins with a letter or digit and has three bytes, or two of which one is no letter.
func telling(lit string) bool {
	return shape.Alnum.Has(lit[0]) && (len(lit) >= 3 || len(lit) == 2 && strings.IndexFunc(lit, func(r rune) bool {
		return r < 'A' || r > 'z' || r > 'Z' && r < 'a'
	}) >= 0)
}

// leadsDotted reports whether everything that can stand in the first n bytes of a
// match is dotted.
func leadsDotted(s *shape.Shape, n int) bool {
	if n == 0 {
		return true
	}
	if s.Variants == nil {
		return false
	}
	for _, v := range s.Variants {
		at := 0
		for _, it := range v {
			if at >= n {
				break
			}
			lo, _ := it.Lengths()
			switch it.Kind {
			case shape.Literal:
				for i := 0; i < len(it.Lit) && at+i < n; i++ {
					if !dotted.Has(it.Lit[i]) {
						return false
					}
				}
			case shape.Class:
				if !it.Set.Within(dotted) {
					return false
				}
			}
			at += lo
		}
	}
	return true
}

// WordPiece returns the longest piece of a context word between separators, in
// lower case: what the detector can look for all over a text. It is empty if no
// piece has three letters.
func WordPiece(word string) string {
	best := ""
	for _, piece := range strings.FieldsFunc(strings.ToLower(word), func(r rune) bool {
		return strings.ContainsRune("_-. ", r)
	}) {
		if len(piece) > len(best) {
			best = piece
		}
	}
	if len(best) < minAnchor {
		return ""
	}
	return best
}
