package prefilter

import (
	"encoding/binary"
	"math/bits"
)

// vectorFilter finds runs and anchors with vector code: each byte's halves are looked up
// in tables of 16 entries, and the byte belongs to a class, or agrees with a bucket, if
// the two entries share a bit. A table stands twice, once for each half of a vector
// register.
type vectorFilter struct {
	classes classTables
	// short and long anchors are those of three bytes and all others.
	short, long  index
	shortBuckets []bucketTables
	longBuckets  []bucketTables
	reach        int // how far behind an anchor's start its fingerprint may end
}

// classTables tell token characters and digits.
type classTables struct {
	tokenLo, tokenHi [32]byte
	low              [32]byte // 0x0f, the low half of a byte
	digitBase        [32]byte // what is added to turn '0' into 0
	digitTop         [32]byte // 9
}

// bucketTables are eight buckets, a bit each: the tables for the low and the high halves
// of the bytes at each index of a fingerprint.
type bucketTables struct {
	halves [fingerprintLen][2][32]byte
	low    [32]byte // as in classTables
}

// How many registers of eight buckets there are: for anchors of three bytes, of which
// there are few, and for the others.
const (
	shortRegisters = 1
	longRegisters  = 2
)

func newVectorFilter(anchors []Anchor) *vectorFilter {
	f := &vectorFilter{classes: newClassTables()}
	var short, long []Anchor
	var shortNumbers, longNumbers []int
	for i, a := range anchors {
		if len(a.Lit) < fingerprintLen {
			_ = a.Lit[2] // the least there may be
			short, shortNumbers = append(short, a), append(shortNumbers, i)
		} else {
			long, longNumbers = append(long, a), append(longNumbers, i)
		}
	}
	f.shortBuckets = f.take(&f.short, short, shortNumbers, shortRegisters)
	f.longBuckets = f.take(&f.long, long, longNumbers, longRegisters)
	return f
}

// take puts anchors, by their numbers, into an index and into the buckets of some registers.
func (f *vectorFilter) take(x *index, anchors []Anchor, numbers []int, registers int) []bucketTables {
	if len(anchors) == 0 {
		return nil
	}
	buckets := make([]bucket, 8*registers)
	offsets := fingerprints(anchors, buckets)
	for i, a := range anchors {
		var b [fingerprintLen]byte
		copy(b[:], a.Lit[offsets[i]:])
		x.add(binary.LittleEndian.Uint32(b[:]), numbers[i], offsets[i])
		f.reach = max(f.reach, offsets[i]+min(len(a.Lit), fingerprintLen))
	}
	tables := make([]bucketTables, registers)
	for i := range tables {
		tables[i] = newBucketTables(buckets[8*i : 8*i+8])
	}
	return tables
}

func newClassTables() (t classTables) {
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
	return t
}

func newBucketTables(buckets []bucket) (t bucketTables) {
	for i := range buckets {
		b := &buckets[i]
		if b.size == 0 {
			continue
		}
		for k := range fingerprintLen {
			beyond := b.lo[k] == [16]uint16{} // the fingerprints are shorter
			for h := range 16 {
				if beyond || b.lo[k][h] > 0 {
					set(&t.halves[k][0], h, 1<<i)
				}
				if beyond || b.hi[k][h] > 0 {
					set(&t.halves[k][1], h, 1<<i)
				}
			}
		}
	}
	for i := range t.low {
		t.low[i] = 0x0f
	}
	return t
}

// set puts a bit into both copies of a table's entry.
func set(tab *[32]byte, entry int, bit byte) {
	tab[entry] |= bit
	tab[entry+16] |= bit
}

// word is what a block of 64 bytes comes to: one bit a byte. Short and long are set where
// an anchor's fingerprint may begin.
type word struct {
	token, digit, short, long uint64
}

// blocksAtOnce is how many blocks of 64 bytes are classified before their words
// are looked at: few enough for text and words to stay in the first-level cache.
const blocksAtOnce = 128

// beyond is how many bytes behind a block are read with it.
const beyond = fingerprintLen - 1

// scanVector is Scan by way of vector code.
func (f *Filter) scanVector(buf []byte, lo, hi int, ev *Events) {
	words := &ev.words
	v := vectorScan{f: f, buf: buf, lo: lo, hi: hi, ev: ev, runStart: -1}
	// Anchors that begin before hi may have their fingerprint behind it.
	end := min(hi+f.vector.reach, len(buf))
	for at := lo; at < end; {
		n := min(blocksAtOnce, (end-at+63)/64)
		whole := min(n, (len(buf)-at-beyond)/64)
		if whole > 0 {
			f.vector.classify(words[:whole], &buf[at])
		}
		for i := max(whole, 0); i < n; i++ {
			var tail [64 + beyond]byte
			copy(tail[:], buf[at+64*i:])
			f.vector.classify(words[i:i+1], &tail[0])
		}
		v.words(words[:n], at)
		at += 64 * n
	}
	v.finish()
}

// classify makes words of as many blocks, the first of which begins at src.
func (f *vectorFilter) classify(words []word, src *byte) {
	classify(&words[0], src, len(words), &f.classes)
	for i := range f.shortBuckets {
		match(&words[0].short, src, len(words), &f.shortBuckets[i])
	}
	for i := range f.longBuckets {
		match(&words[0].long, src, len(words), &f.longBuckets[i])
	}
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
		for a := w.long; a != 0; a &= a - 1 {
			p := base + bits.TrailingZeros64(a)
			if p+4 > len(v.buf) {
				break
			}
			if h := hash(binary.LittleEndian.Uint32(v.buf[p : p+4 : p+4])); v.f.vector.long.mayHold(h) {
				v.f.compare(v.f.vector.long.at(h), v.buf, v.lo, v.hi, p, v.ev)
			}
		}
		for a := w.short; a != 0; a &= a - 1 {
			p := base + bits.TrailingZeros64(a)
			if p+3 > len(v.buf) {
				break
			}
			h := hash(uint32(v.buf[p]) | uint32(v.buf[p+1])<<8 | uint32(v.buf[p+2])<<16)
			if v.f.vector.short.mayHold(h) {
				v.f.compare(v.f.vector.short.at(h), v.buf, v.lo, v.hi, p, v.ev)
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
	for long := runStarts16(rest); long != 0; {
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

// runStarts16 returns the bits of x at which 16 set bits in a row begin.
func runStarts16(x uint64) uint64 {
	x &= x >> 1
	x &= x >> 2
	x &= x >> 4
	return x & (x >> 8)
}

// trailingOnes counts the set bits from bit i of w upward.
func trailingOnes(w uint64, i int) int { return bits.TrailingZeros64(^(w >> i)) }

// ones is n set bits, for n up to 64.
func ones(n int) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}
