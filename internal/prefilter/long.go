package prefilter

import "encoding/binary"

// Long anchors are looked for at every fourth byte: one of seven bytes or more has a
// fingerprint of four bytes at each of four offsets in a row, and of those one begins
// at a position that four divides. That is a quarter of the look-ups for four times
// the fingerprints, and hundreds of anchors cost hardly more than one.

// leastLong is the least length of a long anchor, step the distance of look-ups.
const (
	leastLong = 7
	step      = 4
)

// longAnchors leads from a fingerprint to the long anchors that have it.
type longAnchors struct {
	has   [1 << longBits / 64]uint64 // a bit for the hash of each fingerprint
	index []uint16                   // by the hash, into lists; nil if there are no long anchors
	lists [][]probe
	reach int // how far behind an anchor's start its last fingerprint ends
}

const longBits = 16

// longHash is a hash of four bytes; both cases of a letter agree.
func longHash(v uint32) uint32 { return (v & 0x1f1f1f1f) * 0x9e3779b1 >> (32 - longBits) }

// add takes in an anchor by its number.
func (l *longAnchors) add(lit string, anchor int) {
	if l.index == nil {
		l.index, l.lists = make([]uint16, 1<<longBits), make([][]probe, 1)
	}
	first := rarestStretch(lit)
	for off := first; off < first+step; off++ {
		h := longHash(binary.LittleEndian.Uint32([]byte(lit[off : off+4])))
		l.has[h>>6] |= 1 << (h & 63)
		if l.index[h] == 0 {
			l.index[h] = uint16(len(l.lists))
			l.lists = append(l.lists, nil)
		}
		list := &l.lists[l.index[h]]
		*list = append(*list, probe{anchor, off})
		l.reach = max(l.reach, off+4)
	}
}

// rarestStretch returns the offset of the seven bytes of lit whose commonest
// fingerprint is rarest in text.
func rarestStretch(lit string) int {
	best, at := -1, 0
	for i := 0; i+leastLong <= len(lit); i++ {
		worst := 1 << 30
		for off := i; off < i+step; off++ {
			r := 0
			for _, c := range []byte(lit[off : off+4]) {
				r += rarity(c)
			}
			worst = min(worst, r)
		}
		if worst > best {
			best, at = worst, i
		}
	}
	return at
}

// scanLong appends the long anchors that begin between lo and hi.
func (f *Filter) scanLong(buf []byte, lo, hi int, ev *Events) {
	l := &f.long
	if l.index == nil {
		return
	}
	end := min(hi+l.reach, len(buf)-3)
	for p := (lo + step - 1) / step * step; p < end; p += step {
		h := longHash(binary.LittleEndian.Uint32(buf[p : p+4 : p+4]))
		if l.has[h>>6]>>(h&63)&1 != 0 {
			f.compare(l.lists[l.index[h]], buf, lo, hi, p, ev)
		}
	}
}
