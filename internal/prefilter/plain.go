package prefilter

// plainFilter finds anchors without vector code.
type plainFilter struct {
	// byGram leads from the fingerprint of three bytes to the anchors that have it.
	byGram [gramCount]uint16
	lists  [][]probe
	// long finds the anchors of some length, the rest of the filter the others.
	long  longAnchors
	reach int // how far behind an anchor's start its three bytes may end
}

func newPlainFilter(anchors []Anchor) *plainFilter {
	f := &plainFilter{lists: make([][]probe, 1)}
	for i, a := range anchors {
		if len(a.Lit) >= leastLong {
			f.long.add(a.Lit, i)
			continue
		}
		off := bestGram(a.Lit, func(g uint32) int { return len(f.lists[f.byGram[g]]) })
		g := gram(a.Lit[off], a.Lit[off+1], a.Lit[off+2])
		if f.byGram[g] == 0 {
			f.byGram[g] = uint16(len(f.lists))
			f.lists = append(f.lists, nil)
		}
		list := &f.lists[f.byGram[g]]
		*list = append(*list, probe{i, off})
		f.reach = max(f.reach, off+3)
	}
	return f
}

// scanPlain is Scan in plain Go.
func (f *Filter) scanPlain(buf []byte, lo, hi int, ev *Events) {
	scanRuns(buf, lo, hi, ev)
	f.scanGrams(buf, lo, hi, ev)
	f.scanLong(buf, lo, hi, ev)
}

// Character classes of single bytes.
const (
	classToken = 1 << iota
	classDigit
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case '0' <= b && b <= '9':
			t[c] = classToken | classDigit
		case 'a' <= b|0x20 && b|0x20 <= 'z', b == '_', b == '+', b == '/', b == '=', b == '-':
			t[c] = classToken
		}
	}
	return t
}()

// scanRuns looks at every 16th byte: a run of 16 must cover one of them.
func scanRuns(buf []byte, lo, hi int, ev *Events) {
	b := buf[lo:hi]
	prev := 0 // end of the last run
	for i := MinRun - 1; i < len(b); i += MinRun {
		if classes[b[i]] == 0 {
			continue
		}
		s := i
		for s > prev && classes[b[s-1]] != 0 {
			s--
		}
		e := i + 1
		for e < len(b) && classes[b[e]] != 0 {
			e++
		}
		if e-s >= MinRun {
			digit := false
			for _, c := range b[s:e] {
				if classes[c]&classDigit != 0 {
					digit = true
					break
				}
			}
			ev.Runs = append(ev.Runs, Run{lo + s, lo + e, digit})
		}
		prev, i = e, e
	}
}

// scanGrams looks at the three bytes at every position.
func (f *Filter) scanGrams(buf []byte, lo, hi int, ev *Events) {
	plain := f.plain
	if plain.reach == 0 {
		return // there are none
	}
	for i := lo; i < min(hi+plain.reach, len(buf))-2; i++ {
		if l := plain.byGram[gram(buf[i], buf[i+1], buf[i+2])]; l != 0 {
			f.compare(plain.lists[l], buf, lo, hi, i, ev)
		}
	}
}

// A gram is three bytes, folded to five bits each: letters in any case keep apart,
// everything else falls somewhere among them.
const gramCount = 1 << 15

func gram(a, b, c byte) uint32 {
	return uint32(a&31) | uint32(b&31)<<5 | uint32(c&31)<<10
}

// bestGram returns the offset of the three bytes of lit that are rarest in text. Of
// equally rare ones it takes those that fewer anchors have already: each anchor of a
// gram is compared wherever the gram stands.
func bestGram(lit string, shared func(gram uint32) int) int {
	best, at := -1<<30, 0
	for i := 0; i+3 <= len(lit); i++ {
		r := -8 * shared(gram(lit[i], lit[i+1], lit[i+2]))
		for _, c := range []byte(lit[i : i+3]) {
			r += rarity[c]
		}
		if r > best {
			best, at = r, i
		}
	}
	return at
}
