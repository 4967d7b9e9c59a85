package detector

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// findings turns the candidates of a document into findings: it drops those that
// lie under a more telling one, that the path rules out or that are not likely
// enough, and works out lines, columns and excerpts of the rest.
func (s *scan) findings() []Finding {
	if len(s.cands) == 0 {
		return nil
	}
	slices.SortStableFunc(s.cands, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var out []Finding
	lines := newLines(s.doc)
	for i := range s.cands {
		c := &s.cands[i]
		why := s.dropped(i)
		if s.d.trace != nil {
			s.d.trace.Judged(c.rule.Rule, s.spanOf(lines, c), c.confidence, c.reasons, why)
		}
		if why != "" {
			continue
		}
		out = append(out, s.finding(lines, c))
	}
	return out
}

// dropped says why candidate i is not reported; empty if it is.
func (s *scan) dropped(i int) string {
	c := &s.cands[i]
	if !pathFits(c.rule, s.doc.Location) {
		return "the rule is for other files"
	}
	if c.confidence < s.d.minConfidence {
		return "too little confidence"
	}
	// Overlapping candidates are neighbours in the order of their start, but for
	// those that reach far.
	for j := i - 1; j >= 0 && j > i-overlapped; j-- {
		if s.beats(&s.cands[j], c, true) {
			return "rule " + s.cands[j].rule.ID + " tells it better"
		}
	}
	for j := i + 1; j < len(s.cands) && s.cands[j].start < c.end; j++ {
		if s.beats(&s.cands[j], c, false) {
			return "rule " + s.cands[j].rule.ID + " tells it better"
		}
	}
	return ""
}

// overlapped is how many candidates back one is looked for that reaches over a later.
const overlapped = 64

// beats reports whether candidate a takes the place of b. earlier says that a comes
// first in the order of positions, which decides a tie.
func (s *scan) beats(a, b *candidate, earlier bool) bool {
	if a.start >= b.end || b.start >= a.end {
		return false
	}
	if a.confidence < s.d.minConfidence || !pathFits(a.rule, s.doc.Location) {
		return false
	}
	if a.rule.Generic != b.rule.Generic {
		return b.rule.Generic // even if the other is told from decoded text
	}
	order := cmp.Or(
		cmp.Compare(len(b.decoding), len(a.decoding)), // plain text first
		cmp.Compare(a.rule.rank, b.rule.rank),
		cmp.Compare(len(a.parts), len(b.parts)),
		cmp.Compare(a.confidence, b.confidence),
		cmp.Compare(a.end-a.start, b.end-b.start),
		cmp.Compare(a.rule.Severity.Rank(), b.rule.Severity.Rank()),
		strings.Compare(b.rule.ID, a.rule.ID),
	)
	return order > 0 || order == 0 && earlier
}

// pathFits reports whether a rule is for documents at that place.
func pathFits(c *compiled, l Location) bool {
	if len(c.Paths) == 0 {
		return true
	}
	name := l.Path
	if n := len(l.Members); n > 0 {
		name = l.Members[n-1]
	}
	for _, glob := range c.Paths {
		for _, p := range []string{name, path.Base(name)} {
			if ok, _ := doublestar.Match(glob, p); ok {
				return true
			}
		}
	}
	return false
}

func (s *scan) finding(lines *lines, c *candidate) Finding {
	secret := NewSecret(c.text, c.prefix)
	f := Finding{
		Rule:        c.rule.Rule,
		Secret:      secret,
		Fingerprint: s.d.key.Fingerprint(c.rule.Provider, secret),
		Confidence:  c.confidence,
		Reasons:     c.reasons,
	}
	place := Place{Location: s.doc.Location, Span: s.spanOf(lines, c), Decoding: c.decoding}
	place.Excerpt, place.MarkStart, place.MarkEnd = s.excerpt(c)
	f.Places = []Place{place}
	for _, p := range c.parts {
		f.Parts = append(f.Parts, Part{
			Name:   p.part.Name,
			Value:  NewSecret(p.text, 0),
			Secret: p.part.Secret,
			Span:   lines.span(p.start, p.end),
		})
	}
	return f
}

func (s *scan) spanOf(lines *lines, c *candidate) Span { return lines.span(c.start, c.end) }

// Limits of an excerpt, in bytes.
const (
	excerptBefore = 80
	excerptAfter  = 60
)

// excerpt is the line around a candidate, every candidate in it redacted. Of a
// secret over several lines it has the line it begins in and the one it ends in.
func (s *scan) excerpt(c *candidate) (text string, markStart, markEnd int) {
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
	for _, r := range s.secretsIn(lo, hi, c) {
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

// secretsIn lists what is to be redacted between lo and hi, in order, without
// overlap; the candidate's own span is among them whole.
func (s *scan) secretsIn(lo, hi int, own *candidate) []secretSpan {
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
	for i := range s.cands {
		c := &s.cands[i]
		if c.start >= hi {
			break
		}
		if c != own && c.confidence >= hideFrom {
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
