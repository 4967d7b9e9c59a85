package detector

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math"
	"math/bits"
	"sort"
	"sync"
	"sync/atomic"
)

// The versions of a file share most of their text, and not only along the chain of copies
// that one is made by: what a delta writes as new has often stood in a third version, and
// a delta against a distant base is all small copies that tell little. So a text is cut
// into cells, at ends of lines that its own bytes choose, and what a cell comes to is
// remembered by its bytes and its surroundings: nothing, nearly always, else candidates and
// marks. Where the same bytes stand again in the same surroundings, they come to the same.
//
// What a place comes to depends on nearLead bytes before and nearTail behind it, or else it
// has left a mark; see memory.go. Surroundings are whole cells, of at least the said length,
// or end where the text does. A cell is remembered if
//
//   - all that its candidates and marks depend on lies in its surroundings;
//   - no candidate and no match of an expression goes beyond it. A match keeps others from
//     being tried behind it, as far as it goes, and so carries what lies before its start to
//     places farther away;
//   - nothing in it was decoded, and no long run of token characters goes through it. Whether
//     that is decoded may be told by its start or its end alone, and what comes out lie in
//     another cell.

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

// known tells what cells come to. It is a table of fixed size in which the new takes the
// place of the old: what is forgotten is looked at again. A false answer takes two
// texts with the same 64 bits of hash, which a seed of the process' own makes a matter of
// chance: less than one in 10^12 for a million cells.
type known struct {
	once sync.Once
	seed maphash.Seed
	tags []atomic.Uint64
	// holding is what those cells come to whose tags have the bit holds, by these.
	holding [holdingParts]struct {
		sync.RWMutex
		cells map[uint64]*holding
	}
}

// holding is what a cell comes to, by offsets in the text where it stood at start.
type holding struct {
	start int
	cands []held
	marks []mark
}

const (
	// knownBits is the binary logarithm of the size of the table, in cells.
	knownBits = 21
	// holds is the bit of a tag that says that the cell comes to something.
	holds = 1
	// holdingParts is in how many parts those cells are kept, for goroutines not to wait for
	// each other; mostHolding is how many cells each part has at most.
	holdingParts = 16
	mostHolding  = 1 << 14
)

func (k *known) ready() {
	k.once.Do(func() {
		k.seed = maphash.MakeSeed()
		k.tags = make([]atomic.Uint64, 1<<knownBits)
		for i := range k.holding {
			k.holding[i].cells = make(map[uint64]*holding)
		}
	})
}

// held is what a cell holds.
func (k *known) held(tag uint64) *holding {
	part := &k.holding[tag>>60%holdingParts]
	part.RLock()
	defer part.RUnlock()
	return part.cells[tag]
}

// add remembers a cell; h is what it holds, nil for nothing.
func (k *known) add(slot uint32, tag uint64, h *holding) {
	if h != nil {
		part := &k.holding[tag>>60%holdingParts]
		part.Lock()
		defer part.Unlock()
		if len(part.cells) >= mostHolding {
			return
		}
		part.cells[tag] = h
		tag |= holds
	}
	k.tags[slot].Store(tag)
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
	known uint64 // the tag in the table
	sight Range  // of the surroundings, without end where they end with the text
	// What it came to; spoilt says that it is not to be remembered.
	held   *holding
	spoilt bool
}

// unknown cuts what is to be looked at, all if look is nil, down to the cells that are not
// known, and takes over what the others hold.
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
			if o.sight = (Range{lead, cells[to-1].End}); lead == 0 {
				o.sight.Start = math.MinInt
			}
			if o.sight.End == len(data) {
				o.sight.End = math.MaxInt
			}
		}
		s.open = append(s.open, o)
	}
	// The look-ups come in one go, for the processor to wait for many at a time.
	open := s.open[begin:]
	for i := range open {
		if o := &open[i]; o.tag != 0 {
			o.known = s.d.known.tags[o.slot].Load()
		}
	}
	kept := s.open[:begin]
	for _, o := range open {
		if o.tag != 0 && o.known&^holds == o.tag {
			if o.known != o.tag {
				v.recall(o)
			}
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

// recall takes over what a known cell holds.
func (v *version) recall(o openCell) {
	h := v.scan.d.known.held(o.tag)
	by := o.Start - h.start
	for _, c := range h.cands {
		v.cands = append(v.cands, held{c.candidate, c.shift + by})
	}
	for _, m := range h.marks {
		v.recalled = append(v.recalled, mark{m.look.moved(by), m.reach.moved(by)})
	}
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
	return uint32(a >> (64 - knownBits)), max(b&^holds, 2) // no cell has 0
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

// stain keeps cells that a range touches from being remembered. What is decoded has no cells.
func (l *layer) stain(r Range) {
	if l.remember && l.source == nil {
		l.stains = append(l.stains, r)
	}
}

// matchedIn keeps cells from being remembered that a match shares with others.
func (l *layer) matchedIn(r Range) {
	if l.remember && l.source == nil {
		l.scan.matches = append(l.scan.matches, r)
	}
}

// learn remembers what the open cells came to; cands are the candidates that were found.
func (v *version) learn(cands []held) {
	s := v.scan
	if len(s.open) == 0 || len(s.gaveUp) > 0 {
		return
	}
	for _, r := range s.stains {
		for i := range s.openIn(r) {
			s.open[i].spoilt = true
		}
	}
	for _, r := range s.matches {
		for i := range s.openIn(r) {
			s.open[i].spoilt = s.open[i].spoilt || !s.open[i].Range.has(r)
		}
	}
	for _, c := range cands {
		whole := Range{min(c.start, c.matchStart), max(c.end, c.matchEnd)}
		for i := range s.openIn(whole) {
			o := &s.open[i]
			o.spoilt = o.spoilt || !o.Range.has(whole) || !o.sight.has(c.reach)
			o.holding().cands = append(o.holding().cands, c)
		}
	}
	for _, m := range s.marks {
		for i := range s.openIn(m.look) {
			o := &s.open[i]
			o.spoilt = o.spoilt || !o.sight.has(m.reach)
			o.holding().marks = append(o.holding().marks, mark{
				Range{max(m.look.Start, o.Start), min(m.look.End, o.End)}, m.reach,
			})
		}
	}
	for i := range s.open {
		if o := &s.open[i]; !o.spoilt {
			s.d.known.add(o.slot, o.tag, o.held)
		}
	}
	clear(s.open) // what they hold is kept by those that remember it
}

// openIn gives the numbers of the open cells that a range touches.
func (s *scan) openIn(r Range) iter.Seq[int] {
	return func(yield func(int) bool) {
		i := sort.Search(len(s.open), func(i int) bool { return s.open[i].End > r.Start })
		for ; i < len(s.open) && s.open[i].Start < r.End && yield(i); i++ {
		}
	}
}

// has reports whether all of another range lies in r.
func (r Range) has(o Range) bool { return r.Start <= o.Start && o.End <= r.End }

// holding is what the cell comes to.
func (o *openCell) holding() *holding {
	if o.held == nil {
		o.held = &holding{start: o.Start}
	}
	return o.held
}
