package detector

import (
	"context"
	"iter"
	"slices"
	"sort"
	"time"
)

// A version of a file differs little from the one before. What was found in the one
// need not be looked for again in the other, as long as no byte that had a say in it
// has changed: [Detector.ScanVersion] looks at what is new and at its surroundings
// and takes over the rest. The outcome is the same as that of looking at everything,
// which tests hold it to.

// Memory is what the scan of a text leaves for the scans of texts made from it. It is
// never changed and may be used by several goroutines.
type Memory struct {
	size   int
	binary bool
	// cands are all candidates, in order of their start, before it is decided which of
	// overlapping ones count.
	cands []held
	// marks are places whose outcome depends on text far away, in order of their start,
	// and longest is the greatest length of one. before and behind are how far any sees,
	// from its end to the left and from its start to the right.
	marks          []mark
	longest        int
	before, behind int
}

// held is a candidate in a text: found there, or in one that it was made from.
type held struct {
	*candidate
	shift int // how far behind its own offsets it stands in this text
}

// mark says that text is to be looked at again, if something in reach changes.
type mark struct{ look, reach Range }

func (r Range) moved(by int) Range { return Range{r.Start + by, r.End + by} }

// Copy is a step by which a text is made from another: Len bytes are copied from From
// in the other, or, if From is negative, are new.
type Copy struct{ From, Len int }

// ScanVersion looks through a text that was made from base's text by the given
// copies, which together make up all of doc.Data, or through all of it if base is nil.
// doc.Fresh is not minded, nor are the paths of rules: a version may go by many. It
// returns the memory for texts that are made from it, which tells what was found
// ([Detector.Hits]). The error is as in [Detector.Scan]; with a [*GaveUpError] the memory
// is good.
func (d *Detector) ScanVersion(ctx context.Context, doc Document, base *Memory, copies []Copy) (*Memory, error) {
	s := d.scratch.Get().(*scan)
	defer func() {
		s.reset()
		d.scratch.Put(s)
	}()
	if d.timing != nil {
		defer func(start time.Time) { d.timing.total.Add(int64(time.Since(start))) }(time.Now())
	}
	s.remember = true
	s.copies = joined(s.copies[:0], copies)
	v := version{scan: s, doc: &doc, base: base, copies: s.copies}
	if err := v.run(ctx); err != nil {
		return nil, err
	}
	m := &Memory{size: len(doc.Data), binary: doc.Binary, cands: v.cands, marks: v.marks}
	for _, k := range m.marks {
		m.longest = max(m.longest, k.look.End-k.look.Start)
		m.before = max(m.before, k.look.End-k.reach.Start)
		m.behind = max(m.behind, k.reach.End-k.look.Start)
	}
	return m, s.gaveUpError()
}

// joined melts copies of what stands together in the base, too, and new text beside
// new text.
func joined(out, copies []Copy) []Copy {
	for _, c := range copies {
		if n := len(out); n > 0 && (c.From < 0 && out[n-1].From < 0 || c.From >= 0 && out[n-1].From >= 0 && out[n-1].From+out[n-1].Len == c.From) {
			out[n-1].Len += c.Len
		} else if c.Len > 0 {
			out = append(out, c)
		}
	}
	return out
}

// version is the work on one version of a text.
type version struct {
	scan   *scan
	doc    *Document
	base   *Memory
	copies []Copy

	cands []held
	marks []mark
	// recalled are the marks of cells that are known.
	recalled []mark
}

func (v *version) run(ctx context.Context) error {
	doc := *v.doc
	doc.Fresh = nil
	if v.base != nil && v.base.binary == doc.Binary {
		// What wakes rules is looked for around each range, too.
		if look := v.look(); covered(look)+2*v.scan.d.reach*len(look) < len(doc.Data) {
			doc.Fresh = look
		}
	}
	inherits := doc.Fresh != nil
	doc.Fresh = v.unknown(doc.Fresh)
	if err := v.scan.document(ctx, &doc); err != nil {
		return err
	}
	recalled := len(v.cands)
	least := min(hideFrom, v.scan.d.minConfidence)
	for _, c := range v.scan.cands {
		if c.confidence >= least || c.refused != "" {
			v.cands = append(v.cands, held{&c, 0})
		}
	}
	v.learn(v.cands[recalled:])
	v.marks = append(v.scan.marks, v.recalled...)
	if inherits {
		v.inherit()
	}
	if !slices.IsSortedFunc(v.cands, compareHeld) {
		slices.SortStableFunc(v.cands, compareHeld)
	}
	v.cands = slices.CompactFunc(v.cands, sameHeld)
	v.marks = tidy(v.marks)
	v.scan.marks = v.marks[:0] // memory to be used again
	v.marks = slices.Clone(v.marks)
	return nil
}

// A rule that sees far may be tried at every other byte of a text. Marks that stand close
// together are made one, which sees as far as all of them: to look at more than has to be
// is never wrong.
const (
	closeMarks = 256  // bytes between the starts of marks that become one
	smallLook  = 512  // the longest look of a mark that takes part
	smallReach = 8192 // the longest reach
)

func (m mark) small() bool {
	return m.look.End-m.look.Start <= smallLook && m.reach.End-m.reach.Start <= smallReach
}

// absorbs makes m stand for o, too, if that is small and close behind.
func (m *mark) absorbs(o mark) bool {
	if o.look.Start < m.look.Start || o.look.Start-m.look.Start >= closeMarks || !m.small() || !o.small() {
		return false
	}
	m.look.End = max(m.look.End, o.look.End)
	m.reach = Range{min(m.reach.Start, o.reach.Start), max(m.reach.End, o.reach.End)}
	return true
}

// tidy puts marks in order and makes those one that are close together.
func tidy(marks []mark) []mark {
	if !slices.IsSortedFunc(marks, compareMarks) {
		slices.SortFunc(marks, compareMarks)
	}
	out := marks[:0]
	small := -1 // the last small one of out
	for i, m := range marks {
		switch {
		case i > 0 && len(out) > 0 && out[len(out)-1] == m:
		case small >= 0 && out[small].absorbs(m):
		default:
			if m.small() {
				small = len(out)
			}
			out = append(out, m)
		}
	}
	return out
}

// noteTry adds a mark for a try of a far-sighted rule at p. What does not match depends on no
// more than was seen of the text, and that is little nearly always.
func (s *scan) noteTry(c *compiled, p int, m extent, matched bool) {
	switch seen := m.seen + 1; { // an assertion sees one byte more
	case matched:
		s.note(Range{p, p + 1}, Range{p - c.lead, p + c.tail})
	case seen-p > nearTail:
		s.note(Range{p, p + 1}, Range{p - lookBehind, seen})
	}
}

// note adds a mark for a place.
func (s *scan) note(look, reach Range) {
	m := mark{look, reach}
	if n := len(s.marks); n == 0 || !s.marks[n-1].absorbs(m) {
		s.marks = append(s.marks, m)
	}
}

// look lists what has to be looked at: what is new and the seams, with what they can
// matter to on both sides, and places that see as far as a seam. The list is in order and
// good until the scan is used again.
func (v *version) look() []Range {
	out := v.scan.ranges[:0]
	// Ranges come in order, but that a seam reaches back over marks of the copy before it.
	add := func(lo, hi int) {
		lo, hi = max(0, lo), min(len(v.doc.Data), hi)
		if lo >= hi {
			return
		}
		for n := len(out); n > 0 && lo <= out[n-1].End; n-- {
			lo, hi = min(lo, out[n-1].Start), max(hi, out[n-1].End)
			out = out[:n-1]
		}
		out = append(out, Range{lo, hi})
	}
	at := 0
	prev := Copy{From: 0, Len: 0} // as if an empty start were copied
	for _, c := range v.copies {
		if c.From < 0 {
			add(at-nearTail, at+c.Len+nearLead)
		} else {
			if prev.From < 0 || prev.From+prev.Len != c.From {
				add(at-nearTail, at+nearLead)
			}
			v.lookCopied(c, at, add)
		}
		at += c.Len
		prev = c
	}
	if prev.From >= 0 && prev.From+prev.Len != v.base.size {
		add(at-nearTail, at)
	}
	v.scan.ranges = out
	if out == nil {
		out = []Range{}
	}
	return out
}

// lookCopied adds the places in a copy, which stands at at, that see farther than it.
func (v *version) lookCopied(c Copy, at int, add func(lo, hi int)) {
	end := c.From + c.Len
	see := func(from, to int) {
		for m := range v.base.marksIn(from, to) {
			if !v.carries(c, at, m.reach) {
				add(max(m.look.Start, c.From)-c.From+at, min(m.look.End, end)-c.From+at)
			}
		}
	}
	// What stands farther from both ends than any mark sees is carried.
	if first, last := c.From+v.base.before, end-v.base.behind; first < last {
		see(c.From, first)
		see(last, end)
		return
	}
	see(c.From, end)
}

// eachCopied calls f for each copy with the offset at which it stands in the text.
func (v *version) eachCopied(f func(c Copy, at int)) {
	at := 0
	for _, c := range v.copies {
		if c.From >= 0 && c.Len > 0 {
			f(c, at)
		}
		at += c.Len
	}
}

// carries reports whether a copy, which stands at at, has all that lies in reach of
// something in the base. What sticks out of the base does so too here, if the copy is
// the start or the end of both.
func (v *version) carries(c Copy, at int, reach Range) bool {
	if reach.Start < c.From && !(c.From == 0 && at == 0) {
		return false
	}
	return reach.End <= c.From+c.Len || c.From+c.Len == v.base.size && at+c.Len == len(v.doc.Data)
}

// inherit takes over the base's candidates and marks that the copies carry.
func (v *version) inherit() {
	v.eachCopied(func(c Copy, at int) {
		cands := v.base.cands
		i := sort.Search(len(cands), func(i int) bool { return cands[i].start+cands[i].shift >= c.From })
		for ; i < len(cands) && cands[i].start+cands[i].shift < c.From+c.Len; i++ {
			if h := cands[i]; v.carries(c, at, h.reach.moved(h.shift)) {
				v.cands = append(v.cands, held{h.candidate, h.shift + at - c.From})
			}
		}
		for m := range v.base.marksIn(c.From, c.From+c.Len) {
			if m.look.Start >= c.From && m.look.End <= c.From+c.Len {
				v.marks = append(v.marks, mark{m.look.moved(at - c.From), m.reach.moved(at - c.From)})
			}
		}
	})
}

// marksIn gives the marks whose place lies between two offsets, in part at least.
func (m *Memory) marksIn(from, to int) iter.Seq[mark] {
	return func(yield func(mark) bool) {
		i := sort.Search(len(m.marks), func(i int) bool { return m.marks[i].look.Start > from-m.longest })
		for ; i < len(m.marks) && m.marks[i].look.Start < to; i++ {
			if m.marks[i].look.End > from && !yield(m.marks[i]) {
				return
			}
		}
	}
}

func compareMarks(a, b mark) int {
	for _, d := range [4]int{a.look.Start - b.look.Start, a.look.End - b.look.End, a.reach.Start - b.reach.Start, a.reach.End - b.reach.End} {
		if d != 0 {
			return d
		}
	}
	return 0
}

// covered is how many bytes ranges hold.
func covered(ranges []Range) int {
	n := 0
	for _, r := range ranges {
		n += r.End - r.Start
	}
	return n
}
