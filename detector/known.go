package detector

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// The versions of a file share most of their text, and not only along the chain of copies
// that one is made by: what a delta writes as new has often stood in a third version, and
// a delta against a distant base is all small copies that tell little. So a text is cut
// into cells, at ends of lines that its own bytes choose, and a cell in which nothing was
// found is remembered with its surroundings: where the same bytes stand again in the same
// surroundings, nothing is found there again.
//
// Nothing found means more than no candidate. What a place comes to depends on nearLead
// bytes before and nearTail behind it, or else it has left a mark; see memory.go. A cell
// is remembered if
//
//   - no candidate and no mark lies in it: what may come out another way, though the
//     surroundings are the same, leaves a mark, and marks have to be in the memory of
//     each version;
//   - no expression matched in it. A match keeps others from being tried behind it, as far as
//     it goes, and so carries what lies before its start to places farther away;
//   - no long run of token characters goes through it. Whether that is decoded may be told
//     by its start or its end alone.
//
// Surroundings are whole cells, of at least the said length, or end where the text does.

const (
	// longestCell is the length in bytes at which a cell ends in any case.
	longestCell = 1024
	// longRun is the length from which a run of token characters keeps cells from being
	// remembered, in bytes.
	longRun = 128
	// leastKnown is the length of a text from which its cells are remembered, in bytes: one
	// whose cells have all of it as their surroundings is hardly met again.
	leastKnown = 2048
	// gapRead is the length of a known stretch between others that is looked through with
	// them: what wakes rules is looked for around each of the two.
	gapRead = 256
)

// known tells which cells hold nothing. It is a table of fixed size in which the new takes
// the place of the old: what is forgotten is looked at again. A false answer takes two
// texts with the same 64 bits of hash, which a seed of the process' own makes a matter of
// chance: less than one in 10^12 for a million cells.
type known struct {
	once sync.Once
	seed maphash.Seed
	tags []atomic.Uint64
}

// knownBits is the binary logarithm of the size of the table, in cells.
const knownBits = 22

func (k *known) ready() {
	k.once.Do(func() {
		k.seed = maphash.MakeSeed()
		k.tags = make([]atomic.Uint64, 1<<knownBits)
	})
}

// cell is a piece of a text.
type cell struct {
	Range
	a, b uint64 // two hashes of all cells up to this one
}

// openCell is a cell that was not known, with what it is to be known by.
type openCell struct {
	Range
	slot  uint32
	tag   uint64 // 0 for none
	known bool
}

// unknown cuts what is to be looked at, all if look is nil, down to the cells that are not
// known to hold nothing.
func (v *version) unknown(look []Range) []Range {
	s := v.scan
	s.open, s.unseen = s.open[:0], s.unseen[:0]
	if len(v.doc.Data) < leastKnown || s.d.forgetful || s.d.trace != nil {
		return look
	}
	s.d.known.ready()
	if look == nil {
		look = append(s.ranges[:0], Range{0, len(v.doc.Data)})
		s.ranges = look
	}
	for len(look) > 0 {
		n := 1
		for n < len(look) && look[n].Start-look[n-1].End < nearLead+nearTail {
			n++ // their surroundings touch
		}
		v.unknownAmong(look[:n])
		look = look[n:]
	}
	if s.unseen == nil {
		return []Range{} // nothing, where nil is everything
	}
	return s.unseen
}

// unknownAmong adds to s.unseen and s.open the unknown cells that ranges touch.
func (v *version) unknownAmong(look []Range) {
	s, data := v.scan, v.doc.Data
	first := cellBefore(data, look[0].Start)
	last := look[len(look)-1].End
	cells := s.cells[:0]
	var a, b uint64
	wanted := 0 // the end of the last cell that is touched
	for at := cellBefore(data, first-nearLead); at < len(data) && (at < last || at < wanted+nearTail); {
		end := cellEnd(data, at)
		if at < last {
			wanted = end
		}
		h := maphash.Bytes(s.d.known.seed, data[at:end])
		a, b = a*mix1+h, b*mix2+bits.RotateLeft64(h, 32)
		cells = append(cells, cell{Range{at, end}, a, b})
		at = end
	}
	s.cells = cells
	begin := len(s.open)
	from, to := 0, 0 // the surroundings of cell i
	for i, c := range cells {
		for len(look) > 0 && look[0].End <= c.Start {
			look = look[1:]
		}
		if len(look) == 0 {
			break
		}
		if c.End <= look[0].Start {
			continue
		}
		for from < i && cells[from+1].Start <= c.Start-nearLead {
			from++
		}
		for to < len(cells) && (to <= i || cells[to-1].End < c.End+nearTail) {
			to++
		}
		o := openCell{Range: c.Range}
		// In a text without lines the cells before may not reach back far enough.
		if lead := cells[from].Start; lead <= c.Start-nearLead || lead == 0 {
			o.slot, o.tag = v.key(cells, from, to, i)
		}
		s.open = append(s.open, o)
	}
	// The look-ups come in one go, for the processor to wait for many at a time.
	open := s.open[begin:]
	for i := range open {
		if o := &open[i]; o.tag != 0 {
			o.known = s.d.known.tags[o.slot].Load() == o.tag
		}
	}
	kept := s.open[:begin]
	for _, o := range open {
		if o.known {
			continue
		}
		if o.tag != 0 {
			kept = append(kept, o)
		}
		if n := len(s.unseen); n > 0 && o.Start-s.unseen[n-1].End <= gapRead {
			s.unseen[n-1].End = o.End
		} else {
			s.unseen = append(s.unseen, o.Range)
		}
	}
	s.open = kept
}

// key is what cells[i] is known by, the ones between from and to being its surroundings. The
// hashes are polynomials in those of the cells.
func (v *version) key(cells []cell, from, to, i int) (slot uint32, tag uint64) {
	a, b := cells[to-1].a, cells[to-1].b
	if from > 0 {
		a -= cells[from-1].a * power(mix1, to-from)
		b -= cells[from-1].b * power(mix2, to-from)
	}
	about := uint64(i-from)<<20 | uint64(to-from)<<4
	for n, is := range []bool{v.doc.Binary, v.doc.Offset > 0, cells[from].Start == 0, cells[to-1].End == len(v.doc.Data)} {
		if is {
			about |= 1 << n
		}
	}
	a = (a ^ about) * mix2
	b = (b + about*mix2) * mix1
	b ^= b >> 32
	return uint32(a >> (64 - knownBits)), max(b, 1)
}

func power(x uint64, n int) uint64 {
	p := uint64(1)
	for range n {
		p *= x
	}
	return p
}

// Odd numbers of irregular bits.
const (
	mix1 = 0x9e3779b97f4a7c15
	mix2 = 0xd1342543de82ef97
)

// cutsBehind reports whether cells are cut behind the line that ends at i: every fourth one,
// as the bytes on both sides tell.
func cutsBehind(data []byte, i int) bool {
	if i < 8 || i+9 > len(data) {
		return false
	}
	x, y := binary.LittleEndian.Uint64(data[i-8:]), binary.LittleEndian.Uint64(data[i+1:])
	return (x*mix1^y*mix2)*mix1>>62 == 0
}

// cellEnd is the end of the cell that begins at start.
func cellEnd(data []byte, start int) int {
	end := min(len(data), start+longestCell)
	for at := start; ; {
		n := bytes.IndexByte(data[at:end], '\n')
		if n < 0 {
			return end
		}
		if at += n + 1; cutsBehind(data, at-1) {
			return at
		}
	}
}

// cellBefore is the last place up to p at which the text's bytes begin a cell; p if none is
// near.
func cellBefore(data []byte, p int) int {
	if p <= 0 {
		return 0
	}
	least := max(0, p-longestCell/2)
	for at := p; ; {
		n := bytes.LastIndexByte(data[least:at], '\n')
		if n < 0 {
			break
		}
		if at = least + n; cutsBehind(data, at) {
			return at + 1
		}
	}
	if least == 0 {
		return 0
	}
	return p
}

// stain keeps cells that a range touches from being remembered.
func (s *scan) stain(r Range) {
	if s.remember {
		s.stains = append(s.stains, r)
	}
}

// learn remembers the open cells in which nothing was found.
func (v *version) learn() {
	s := v.scan
	if len(s.open) == 0 || len(s.gaveUp) > 0 {
		return
	}
	stains := s.stains
	for i := range s.cands {
		c := &s.cands[i]
		stains = append(stains, Range{min(c.start, c.matchStart), max(c.end, c.matchEnd)})
	}
	for _, m := range s.marks {
		stains = append(stains, m.look)
	}
	s.stains = stains
	slices.SortFunc(stains, func(a, b Range) int { return cmp.Compare(a.Start, b.Start) })
	reached := -1 // the greatest end of the stains before
	for _, c := range s.open {
		for len(stains) > 0 && stains[0].Start < c.End {
			reached = max(reached, stains[0].End)
			stains = stains[1:]
		}
		if reached <= c.Start {
			s.d.known.tags[c.slot].Store(c.tag)
		}
	}
}
