package detector

import (
	"slices"

	"github.com/stanchsec/stanch/rules"
)

// What a scan of versions has found is not yet told by the paths that they go by, and
// often it stands in hundreds of versions of which a few are worth a report. So the scan
// leaves [Hits], cheap to keep; [Detector.Judge] tells what they come to at a path, and
// [Detector.Findings] makes findings of them once the text is at hand again.

// Hits is what a text holds that may have to be reported at some path. It is never
// changed and may be used by several goroutines.
type Hits struct{ cands []held }

// Hits returns what of a text may have to be reported, nil if there is nothing, whatever
// path the text goes by.
func (d *Detector) Hits(m *Memory) *Hits {
	for _, c := range m.cands {
		if c.confidence >= d.minConfidence {
			return &Hits{m.cands}
		}
	}
	return nil
}

// Sighting is a credential in a version of a text.
type Sighting struct{ held }

// Rule is the rule that found it. Never nil.
func (s Sighting) Rule() *rules.Rule { return s.rule.Rule }

// Secret is the credential.
func (s Sighting) Secret() Secret { return NewSecret(s.text, s.prefix) }

// Start is the offset of the credential in the version's text, in bytes.
func (s Sighting) Start() int { return s.start + s.shift }

// Judge tells which credentials a scan of the text at that place would find, in order of
// position. A nil h has none.
func (d *Detector) Judge(h *Hits, at Location) []Sighting { return d.judged(h, &at) }

// judged is Judge; with a nil place rules are not held to their paths.
func (d *Detector) judged(h *Hits, at *Location) []Sighting {
	if h == nil {
		return nil
	}
	cands := h.cands
	if at != nil {
		cands = d.judgedAt(cands, *at, false)
	}
	var out []Sighting
	for i, why := range verdicts(cands, d.minConfidence, at) {
		if why == "" {
			out = append(out, Sighting{cands[i]})
		}
	}
	return out
}

// Findings makes findings of those hits that a scan of the document would find and that
// keep, if it is not nil, wants. doc is the text that the hits are of, with all of its
// bytes; its Fresh is not minded.
func (d *Detector) Findings(doc Document, h *Hits, keep func(Sighting) bool) []Finding {
	if h == nil {
		return nil
	}
	s := newScan(d)
	s.doc = &doc
	cands := slices.Clone(d.judgedAt(h.cands, doc.Location, true))
	for i, c := range cands {
		cands[i] = c.settled()
	}
	lines := newLines(&doc)
	var out []Finding
	for i, why := range verdicts(cands, d.minConfidence, &doc.Location) {
		if why == "" && (keep == nil || keep(Sighting{cands[i]})) {
			out = append(out, s.finding(lines, cands, i))
		}
	}
	return out
}

// settled is the candidate with offsets of the text at hand.
func (h held) settled() held {
	if h.shift == 0 {
		return h
	}
	c := *h.candidate
	c.start += h.shift
	c.end += h.shift
	c.matchStart += h.shift
	c.matchEnd += h.shift
	c.reach = c.reach.moved(h.shift)
	c.parts = slices.Clone(c.parts)
	for i := range c.parts {
		c.parts[i].start += h.shift
		c.parts[i].end += h.shift
	}
	return held{&c, 0}
}
