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

// longAnchors are the anchors of some length.
type longAnchors struct {
	index
	reach int // how far behind an anchor's start its last fingerprint ends
}

// add takes in an anchor by its number.
func (l *longAnchors) add(lit string, anchor int) {
	first := rarestStretch(lit)
	for off := first; off < first+step; off++ {
		l.index.add(binary.LittleEndian.Uint32([]byte(lit[off:off+4])), anchor, off)
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
				r += rarity[c]
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
	l := &f.plain.long
	if l.list == nil {
		return
	}
	end := min(hi+l.reach, len(buf)-3)
	for p := (lo + step - 1) / step * step; p < end; p += step {
		if h := hash(binary.LittleEndian.Uint32(buf[p : p+4 : p+4])); l.mayHold(h) {
			f.compare(l.at(h), buf, lo, hi, p, ev)
		}
	}
}
