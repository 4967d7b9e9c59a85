package prefilter

import "math/bits"

// teddy holds the look-up tables of the vector classifier. A byte belongs to a
// class if the entries of its low and of its high half share a bit; the table of
// 16 entries stands twice, once for each half of a vector register.
//
// For anchors the bits are eight buckets: each anchor's fingerprint of three bytes
// is in one of them, and a position is reported if its three bytes agree with one
// bucket. Most positions that agree by chance are sorted out by the gram look-up.
type teddy struct {
	tokenLo, tokenHi [32]byte
	gramLo0, gramHi0 [32]byte
	gramLo1, gramHi1 [32]byte
	gramLo2, gramHi2 [32]byte
	low              [32]byte // 0x0f, the low half of a byte
	digitBase        [32]byte // what is added to turn '0' into 0
	digitTop         [32]byte // 9
}

// newTeddy makes the tables; the fingerprint of each anchor stands at its offset.
func newTeddy(anchors []Anchor, offsets []int) teddy {
	var t teddy
	// One bit for each set of low halves that goes with one high half.
	for c := range 256 {
		if classes[c]&classToken == 0 {
			continue
		}
		bit := byte(1) << (c >> 4 & 7) // high halves 2 to 7 each have their own
		set(&t.tokenLo, c&15, bit)
		set(&t.tokenHi, c>>4, bit)
	}
	for i := range t.low {
		t.low[i], t.digitBase[i], t.digitTop[i] = 0x0f, 256-'0', 9
	}
	var buckets [8]bucket
	for i, a := range anchors {
		off := offsets[i]
		var g [3]byte
		copy(g[:], a.Lit[off:])
		best, cost := 0, 0
		for i := range buckets {
			with := buckets[i]
			with.add(g, a.Fold)
			if c := with.cost() - buckets[i].cost(); i == 0 || c < cost {
				best, cost = i, c
			}
		}
		buckets[best].add(g, a.Fold)
	}
	tables := [3][2]*[32]byte{{&t.gramLo0, &t.gramHi0}, {&t.gramLo1, &t.gramHi1}, {&t.gramLo2, &t.gramHi2}}
	for i, b := range buckets {
		for k, tab := range tables {
			for h := range 16 {
				if b.lo[k]>>h&1 != 0 {
					set(tab[0], h, 1<<i)
				}
				if b.hi[k]>>h&1 != 0 {
					set(tab[1], h, 1<<i)
				}
			}
		}
	}
	return t
}

// set puts a bit into both copies of a table's entry.
func set(tab *[32]byte, entry int, bit byte) {
	tab[entry] |= bit
	tab[entry+16] |= bit
}

// bucket is a set of fingerprints: the low and high halves of their bytes.
type bucket struct{ lo, hi [3]uint16 }

func (b *bucket) add(g [3]byte, fold bool) {
	for k, c := range g {
		b.lo[k] |= 1 << (c & 15)
		b.hi[k] |= 1 << (c >> 4)
		if fold && 'a' <= c && c <= 'z' {
			b.hi[k] |= 1 << (c>>4 ^ 2)
		}
	}
}

// cost is proportional to the number of fingerprints that agree with the bucket.
func (b *bucket) cost() int {
	n := 1
	for k := range 3 {
		n *= bits.OnesCount16(b.lo[k]) * bits.OnesCount16(b.hi[k])
	}
	return n
}

// blocksAtOnce is how many blocks of 64 bytes are classified before their words
// are looked at: few enough for the words to stay in the first-level cache.
const blocksAtOnce = 128

// scanVector is Scan by way of classify.
func (f *Filter) scanVector(buf []byte, lo, hi int, ev *Events) {
	words := &ev.words
	v := vectorScan{f: f, buf: buf, lo: lo, hi: hi, ev: ev, runStart: -1}
	// Anchors that begin before hi may have their fingerprint behind it.
	end := min(hi+f.reach, len(buf))
	for at := lo; at < end; {
		n := min(blocksAtOnce, (end-at+63)/64)
		whole := min(n, (len(buf)-at-2)/64) // a block is read two bytes beyond its end
		if whole > 0 {
			classify(&words[0], &buf[at], whole, &f.teddy)
		}
		for i := max(whole, 0); i < n; i++ {
			var tail [66]byte
			copy(tail[:], buf[at+64*i:])
			classify(&words[i], &tail[0], 1, &f.teddy)
		}
		v.words(words[:n], at)
		at += 64 * n
	}
	v.finish()
}

// vectorScan turns words of bits into events.
type vectorScan struct {
	f      *Filter
	buf    []byte
	lo, hi int
	ev     *Events

	runStart int // start of the run that reaches the end of the last word, or -1
	digit    bool
}

func (v *vectorScan) words(ws []word, at int) {
	for i := range ws {
		w := &ws[i]
		base := at + 64*i
		for a := w.anchor; a != 0; a &= a - 1 {
			p := base + bits.TrailingZeros64(a)
			if p+3 > len(v.buf) {
				break
			}
			if l := v.f.byGram[gram(v.buf[p], v.buf[p+1], v.buf[p+2])]; l != 0 {
				v.f.probe(v.buf, v.lo, v.hi, p, l, v.ev)
			}
		}
		if base >= v.hi {
			w.token = 0
		} else if v.hi-base < 64 {
			w.token &= 1<<(v.hi-base) - 1
		}
		v.runs(w.token, w.digit, base)
	}
}

// runs follows the runs of one word. A run that reaches the word's end is kept
// open; short runs in the middle are passed over with a few bit operations.
func (v *vectorScan) runs(tok, dig uint64, base int) {
	i := 0
	if v.runStart >= 0 {
		n := trailingOnes(tok, 0)
		v.digit = v.digit || dig&(ones(n)) != 0
		if n == 64 {
			return
		}
		v.close(base + n)
		i = n
	}
	// Runs of 16 that lie in the rest of the word.
	rest := tok &^ ones(i)
	for long := runStarts16(rest, 0); long != 0; {
		s := bits.TrailingZeros64(long)
		n := trailingOnes(rest, s)
		if s+n == 64 {
			break // it reaches the end: below
		}
		v.ev.Runs = append(v.ev.Runs, Run{base + s, base + s + n, dig>>s&ones(n) != 0})
		long &^= ones(s + n)
	}
	if n := bits.LeadingZeros64(^rest); n > 0 { // a run reaches the end
		v.runStart = base + 64 - n
		v.digit = dig>>(64-n) != 0
	}
}

// close ends the open run before the byte at end.
func (v *vectorScan) close(end int) {
	if end-v.runStart >= MinRun {
		v.ev.Runs = append(v.ev.Runs, Run{v.runStart, end, v.digit})
	}
	v.runStart = -1
}

// finish closes a run that reaches the end of the range.
func (v *vectorScan) finish() {
	if v.runStart >= 0 {
		v.close(v.hi)
	}
}

// ones is n set bits, for n up to 64.
func ones(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}
