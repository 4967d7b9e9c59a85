package detector

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/stanchsec/stanch/rules"
)

// findings turns the candidates of a document into findings: it drops those that
// lie under a more telling one, that the path rules out or that are not likely
// enough, and works out lines, columns and excerpts of the rest.
func (s *scan) findings() []Finding {
	if len(s.cands) == 0 {
		return nil
	}
	cands := make([]held, 0, len(s.cands))
	for i := range s.cands {
		// As in a Memory, what counts for nothing is left out, so that the neighbours which
		// are looked at are the same.
		if s.d.trace != nil || s.cands[i].confidence >= min(hideFrom, s.d.minConfidence) || s.cands[i].refused != "" {
			cands = append(cands, held{&s.cands[i], 0})
		}
	}
	slices.SortStableFunc(cands, compareHeld)
	var out []Finding
	lines := newLines(s.doc)
	why := verdicts(cands, s.d.minConfidence, &s.doc.Location)
	for i, h := range cands {
		if s.d.trace != nil && h.confidence != never { // its rejection was told
			s.d.trace.Judged(h.rule.Rule, lines.span(h.start, h.end), h.confidence, h.reasons, why[i])
		}
		if why[i] == "" {
			out = append(out, s.finding(lines, cands, i))
		}
	}
	return out
}

// verdicts says of each candidate why it is not reported; empty if it is. loc is where
// the document comes from, nil if rules are not to be held to their paths.
func verdicts(cands []held, minConfidence float64, loc *Location) []string {
	why := make([]string, len(cands))
	reach := reaches(cands)
	for i := range cands {
		why[i] = overruled(cands, reach, i, minConfidence, loc)
	}
	for i, c := range cands {
		if why[i] != "" {
			continue
		}
		for _, p := range c.parts {
			claim(cands, i, p, why)
		}
	}
	return why
}

// claim drops the candidates that are nothing but a part of reported candidate i.
func claim(cands []held, i int, p partFound, why []string) {
	by := cands[i]
	start := p.start + by.shift
	j := sort.Search(len(cands), func(j int) bool { return cands[j].start+cands[j].shift >= start })
	for ; j < len(cands) && cands[j].start+cands[j].shift == start; j++ {
		if j != i && cands[j].text == p.text && why[j] == "" && !isPart(by, cands[j]) {
			why[j] = "it is the " + p.part.Name + " of what rule " + by.rule.ID + " found"
		}
	}
}

// isPart reports whether a is a part of b, so that the two do not claim each other:
// of two that do, the whole is the graver one, else the one of more parts, else the
// first in the text.
func isPart(a, b held) bool {
	for _, p := range b.parts {
		if p.text == a.text && p.start+b.shift == a.start+a.shift {
			return cmp.Or(
				cmp.Compare(a.rule.Severity.Rank(), b.rule.Severity.Rank()),
				cmp.Compare(len(a.parts), len(b.parts)),
				compareHeld(b, a),
			) < 0
		}
	}
	return false
}

// compareHeld orders candidates by where they start; of those that start together
// the longest comes first. The order is that of what the candidates are, not of how
// they were found.
func compareHeld(a, b held) int {
	return cmp.Or(
		cmp.Compare(a.start+a.shift, b.start+b.shift),
		cmp.Compare(b.end+b.shift, a.end+a.shift),
		strings.Compare(a.rule.ID, b.rule.ID),
		cmp.Compare(len(a.decoding), len(b.decoding)),
		strings.Compare(a.text, b.text),
	)
}

// sameHeld reports whether two are one candidate that was found in two ways.
func sameHeld(a, b held) bool { return compareHeld(a, b) == 0 }

// reaches tells how far any candidate up to each of cands reaches: its greatest end.
func reaches(cands []held) []int {
	list := make([]int, len(cands))
	far := 0
	for i, c := range cands {
		far = max(far, c.end+c.shift)
		list[i] = far
	}
	return list
}

// overruled says why candidate i is not reported because of what it is, or because
// of one that it overlaps with; empty if neither. reach is that of cands, loc is as for
// verdicts.
func overruled(cands []held, reach []int, i int, minConfidence float64, loc *Location) string {
	c := cands[i]
	if loc != nil && !pathFits(c.rule, *loc) {
		return "the rule is for other files"
	}
	if c.confidence < minConfidence {
		return "too little confidence"
	}
	start, end := c.start+c.shift, c.end+c.shift
	beaten := func(j int) string {
		a := cands[j]
		if a.start+a.shift >= end || start >= a.end+a.shift || loc != nil && !pathFits(a.rule, *loc) {
			return ""
		}
		if a.refused != "" && c.rule.rank == rankAssigned && len(a.decoding) == len(c.decoding) {
			return "rule " + a.rule.ID + " knows it as none: " + a.refused
		}
		if order := precedence(a, c); a.confidence >= minConfidence && (order > 0 || order == 0 && j < i) {
			return "rule " + a.rule.ID + " tells it better"
		}
		return ""
	}
	for j := i - 1; j >= 0 && reach[j] > start; j-- {
		if why := beaten(j); why != "" {
			return why
		}
	}
	for j := i + 1; j < len(cands) && cands[j].start+cands[j].shift < end; j++ {
		if why := beaten(j); why != "" {
			return why
		}
	}
	return ""
}

// precedence is positive if a takes the place of b where they overlap, negative if b
// takes that of a.
func precedence(a, b held) int {
	if a.rule.Generic != b.rule.Generic { // even if the other is told from decoded text
		if b.rule.Generic {
			return 1
		}
		return -1
	}
	return cmp.Or(
		cmp.Compare(len(b.decoding), len(a.decoding)), // plain text first
		cmp.Compare(a.rule.rank, b.rule.rank),
		cmp.Compare(len(a.parts), len(b.parts)),
		cmp.Compare(a.confidence, b.confidence),
		cmp.Compare(a.end-a.start, b.end-b.start),
		cmp.Compare(a.rule.Severity.Rank(), b.rule.Severity.Rank()),
		strings.Compare(b.rule.ID, a.rule.ID),
	)
}

// memberName is the path of the file itself: of a member of an archive, that within it.
func memberName(l Location) string {
	if n := len(l.Members); n > 0 {
		return l.Members[n-1]
	}
	return l.Path
}

// pathFits reports whether a rule is for documents at that place.
func pathFits(c *compiled, l Location) bool {
	if len(c.Paths) == 0 {
		return true
	}
	name := memberName(l)
	for _, glob := range c.Paths {
		for _, p := range []string{name, path.Base(name)} {
			if ok, _ := doublestar.Match(glob, p); ok {
				return true
			}
		}
	}
	return false
}

// finding makes a finding of candidate i.
func (s *scan) finding(lines *lines, cands []held, i int) Finding {
	c := cands[i]
	secret := NewSecret(c.text, c.prefix)
	place := Place{Location: s.doc.Location, Span: lines.span(c.start, c.end), Decoding: c.decoding}
	if l := &place.Location; l.URL != "" && l.LineURL != "" {
		l.URL += l.LineURL + strconv.Itoa(place.Span.StartLine)
		l.LineURL = ""
	}
	place.Excerpt, place.MarkStart, place.MarkEnd = s.excerpt(cands, i)
	f := Finding{
		Rule:        c.rule.Rule,
		Secret:      secret,
		Fingerprint: s.d.key.Fingerprint(c.rule.Provider, secret),
		Confidence:  c.confidence,
		Reasons:     c.reasons,
		Places:      []Place{place},
	}
	for _, p := range c.parts {
		f.Parts = append(f.Parts, Part{
			Name:     p.part.Name,
			Value:    NewSecret(p.text, 0),
			Secret:   p.part.Secret,
			Location: s.doc.Location,
			Span:     lines.span(p.start, p.end),
		})
	}
	return f
}

// Limits of an excerpt, in bytes.
const (
	excerptBefore = 80
	excerptAfter  = 60
)

// excerpt is the line around candidate i, every candidate in it redacted. Of a secret
// over several lines it has the line it begins in and the one it ends in.
func (s *scan) excerpt(cands []held, i int) (text string, markStart, markEnd int) {
	c := cands[i]
	data := s.doc.Data
	lo := max(0, c.start-excerptBefore)
	if i := bytes.LastIndexByte(data[lo:c.start], '\n'); i >= 0 {
		lo += i + 1
	} else {
		lo = runeStart(data, lo)
	}
	hi := min(len(data), c.end+excerptAfter)
	if i := bytes.IndexByte(data[c.end:hi], '\n'); i >= 0 {
		hi = c.end + i
	} else {
		hi = runeStart(data, hi)
	}
	var b strings.Builder
	at := lo
	put := func(start, end int, redacted string, own bool) {
		if start < at { // it reaches into what was written, or begins before the excerpt
			start = at
		}
		if start > hi || end <= at {
			return
		}
		b.Write(data[at:start])
		if own {
			markStart = b.Len()
		}
		b.WriteString(redacted)
		if own {
			markEnd = b.Len()
		}
		at = max(at, end)
	}
	for _, r := range secretsIn(cands, i, lo, hi) {
		put(r.start, r.end, r.redacted, r.own)
	}
	if at < hi {
		b.Write(data[at:hi])
	}
	text = strings.ToValidUTF8(b.String(), "\ufffd")
	if text != b.String() { // marks were counted in other bytes
		markStart = len(strings.ToValidUTF8(b.String()[:markStart], "\ufffd"))
		markEnd = markStart + len(NewSecret(c.text, c.prefix).Redacted())
	}
	return strings.TrimRight(text, "\r"), markStart, markEnd
}

// secretSpan is something in an excerpt that must not be shown.
type secretSpan struct {
	start, end int
	redacted   string
	own        bool
}

// secretsIn lists what is to be redacted between lo and hi around candidate i, in
// order of position; the candidate's own span is among them whole.
func secretsIn(cands []held, i, lo, hi int) []secretSpan {
	own := cands[i]
	spans := []secretSpan{{own.start, own.end, NewSecret(own.text, own.prefix).Redacted(), true}}
	add := func(start, end int, secret Secret) {
		if end <= lo || start >= hi {
			return
		}
		for _, t := range spans {
			if start < t.end && t.start < end {
				// What sticks out on either side of a known span is a span of its own.
				if start < t.start {
					spans = append(spans, secretSpan{start, t.start, ellipsis, false})
				}
				if end > t.end {
					spans = append(spans, secretSpan{t.end, end, ellipsis, false})
				}
				return
			}
		}
		spans = append(spans, secretSpan{start, end, secret.Redacted(), false})
	}
	first := i
	for first > 0 && cands[first-1].start+rules.MaxSecret > lo {
		first--
	}
	for j := first; j < len(cands) && cands[j].start < hi; j++ {
		c := cands[j]
		if j != i && c.confidence >= hideFrom {
			add(c.start, c.end, NewSecret(c.text, c.prefix))
		}
		for _, p := range c.parts {
			if p.part.Secret {
				add(p.start, p.end, NewSecret(p.text, 0))
			}
		}
	}
	slices.SortFunc(spans, func(a, b secretSpan) int { return cmp.Compare(a.start, b.start) })
	return spans
}

// hideFrom is the confidence from which a candidate is hidden in the excerpts of
// others, reported or not.
const hideFrom = 0.2

// runeStart moves i back to where a character begins.
func runeStart(data []byte, i int) int {
	for j := i; j > 0 && j > i-utf8.UTFMax && j < len(data); j-- {
		if utf8.RuneStart(data[j]) {
			return j
		}
	}
	return i
}
