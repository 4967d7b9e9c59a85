package detector

import (
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
	"github.com/stanchsec/stanch/internal/judge"
	"github.com/stanchsec/stanch/internal/prefilter"
	"github.com/stanchsec/stanch/rules"
)

// Rules with assigned = true have no shape to go by: they are for the values of telling
// names. Package assign finds such values and package judge tells how likely one is a
// credential, from the value, its name, what stands around them, and the path. Where
// the path is not known yet, the one that speaks most for the case counts; see
// [Detector.ScanVersion].

// named is a rule for the values of names, with its words in lower case.
type named struct {
	rule  int32
	words []string
}

// addAssigned makes the words of a rule anchors of the filter.
func (b *builder) addAssigned(c *compiled, n int32) {
	c.rank = rankAssigned
	use := named{rule: n}
	for _, w := range c.Context {
		w = strings.ToLower(w)
		use.words = append(use.words, w)
		b.anchor(prefilter.Anchor{Lit: w, Fold: true}).named = len(w)
	}
	if b.d.model == nil {
		b.d.model = judge.Default()
	}
	b.d.named = append(b.d.named, use)
}

// assignedReach is how far from the start of a value its name's word may lie.
const assignedReach = assign.Lead + 16

// named looks at the values of the name around the word of n bytes at pos.
func (l *layer) named(pos, n int) {
	if !judge.Telling(l.buf, pos, n) {
		return
	}
	from, to := assign.Name(l.buf, pos, n)
	if from == l.nameFrom && to == l.nameTo {
		return // the name was looked at for another word of it
	}
	l.nameFrom, l.nameTo = from, to
	l.values = assign.Find(l.buf, pos, n, l.values[:0])
	for _, v := range l.values {
		if v.Start >= l.lo && v.Start < l.hi {
			l.assigned(v)
		}
	}
}

// assigned judges a value.
func (l *layer) assigned(v assign.Value) {
	if judge.Trivial(l.buf, v) {
		if l.d.trace != nil {
			start, end := l.origin(v.Start, v.End)
			l.d.trace.Rejected(l.ruleFor(v).Rule, start, end, l.decoding, "it is a word, a template or an expression of a program")
		}
		return
	}
	key := seenKey{assignedKey, v.Start}
	if _, dup := l.seen[key]; dup {
		return
	}
	l.seen[key] = struct{}{}
	reach := Range{v.NameStart - judge.Lead, v.End + judge.Tail}
	if l.remember && l.source == nil {
		l.marks = append(l.marks, mark{Range{v.Start, v.Start + 1}, reach})
	}
	c := l.ruleFor(v)
	features, ok := l.d.model.Weigh(l.buf, v)
	if !ok {
		if l.d.trace == nil {
			return
		}
		kase := judge.NewCase(l.buf, v)
		features = judge.Measure(&kase)
	}
	cand := candidate{rule: c, decoding: l.decoding}
	if l.remember {
		cand.confidence = l.d.model.AtMost(&features)
		cand.measured = &measured{features, string(l.buf[v.NameStart:v.NameEnd])}
	} else {
		features = features.In(l.fileKind())
		cand.confidence = l.d.model.Judge(&features)
	}
	if cand.confidence < min(hideFrom, l.d.minConfidence) && l.d.trace == nil {
		return
	}
	end := v.End
	if v.End-v.Start >= assign.MaxValue {
		end = v.Whole(l.buf, rules.MaxSecret)
		reach.End = max(reach.End, end+1)
		if l.remember && l.source == nil {
			l.marks[len(l.marks)-1].reach = reach
		}
	}
	cand.text = string(l.buf[v.Start:end])
	if why := l.unfitValue(c, v); why != "" {
		start, end := l.origin(v.Start, end)
		if l.d.trace != nil {
			l.d.trace.Rejected(c.Rule, start, end, l.decoding, why)
		}
		return
	}
	if !l.remember {
		cand.reasons = l.d.reasonsOf(string(l.buf[v.NameStart:v.NameEnd]), &features)
	}
	if l.d.trace != nil {
		for _, r := range l.d.model.Details(&features) {
			cand.reasons = append(cand.reasons, Reason(r))
		}
	}
	cand.start, cand.end = l.origin(v.Start, end)
	cand.matchStart, cand.matchEnd = cand.start, cand.end
	cand.reach = reach
	if l.source != nil {
		cand.reach = l.scan.reach
	}
	l.cands = append(l.cands, cand)
}

// fileKind is what the path of the document tells.
func (s *scan) fileKind() judge.File {
	if !s.fileKnown {
		s.file, s.fileKnown = judge.FileOf(memberName(s.doc.Location)), true
	}
	return s.file
}

// measured is what a value is judged by, the path left aside.
type measured struct {
	features judge.Vector
	name     string
}

// judgedAt judges the values of telling names anew, now that their place is known;
// reasons says that these are wanted, too. Other candidates stay what they are.
func (d *Detector) judgedAt(cands []held, at Location, reasons bool) []held {
	if !slices.ContainsFunc(cands, func(h held) bool { return h.measured != nil }) {
		return cands
	}
	file := judge.FileOf(memberName(at))
	out := make([]held, 0, len(cands))
	for _, h := range cands {
		if h.measured == nil {
			out = append(out, h)
			continue
		}
		c := *h.candidate
		features := c.measured.features.In(file)
		c.confidence = d.model.Judge(&features)
		if reasons {
			c.reasons = d.reasonsOf(c.measured.name, &features)
		}
		if c.confidence >= min(hideFrom, d.minConfidence) {
			out = append(out, held{&c, h.shift})
		}
	}
	return out
}

func (d *Detector) reasonsOf(name string, features *judge.Vector) []Reason {
	var out []Reason
	for _, r := range d.model.Reasons(name, features) {
		out = append(out, Reason(r))
	}
	return out
}

// assignedKey stands for all rules of names in layer.seen: a value is judged once.
const assignedKey = -1

// unfitValue says why a value is none of the rule's, whatever it looks like.
func (l *layer) unfitValue(c *compiled, v assign.Value) string {
	if err := c.ready(); err != nil {
		l.gaveUp = append(l.gaveUp, c.ID)
		return "its expression does not compile"
	}
	m, ok, timedOut := c.expr.matchAt(l.buf[:v.End], v.Start)
	if timedOut {
		l.gaveUp = append(l.gaveUp, c.ID)
	}
	if !ok || m.end != v.End {
		return "it is not of the rule's shape"
	}
	return l.unfit(c, string(l.buf[v.Start:v.End]))
}

// ruleFor is the first rule of which the name of a value holds a word.
func (l *layer) ruleFor(v assign.Value) *compiled {
	name := strings.ToLower(string(l.buf[v.NameStart:v.NameEnd]))
	for _, u := range l.d.named {
		for _, w := range u.words {
			if strings.Contains(name, w) {
				return l.d.rules[u.rule]
			}
		}
	}
	return l.d.rules[l.d.named[0].rule] // never: the name was found by a word in it
}
