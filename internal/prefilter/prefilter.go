// Package prefilter finds the few places of a text at which a rule could match. It
// is the only part of a scan that looks at every byte.
//
// It reports two kinds of events:
//
//   - a [Run]: 16 or more bytes of [A-Za-z0-9_+/=-] in a row. Nearly every token has
//     one; ordinary source has one in 250 bytes, and one with a digit in 900;
//   - a [Hit]: a literal of the small set of anchors that stand for what needs no
//     such run, like "-----BEGIN" or "://".
//
// Each block of 64 bytes becomes three words of bits, one bit a byte: is it a token
// character, is it a digit, does it begin a short anchor's fingerprint. On amd64 with
// AVX2 that takes some 40 instructions for 32 bytes (see classify_amd64.s); elsewhere plain
// Go does it, by looking at every 16th byte first. Both report the same events,
// which a test and a fuzz target hold them to.
package prefilter

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// MinRun is the least length of a [Run].
const MinRun = 16

// Run is a maximal run of token characters, cut at the ends of the scanned range.
type Run struct {
	Start, End int
	Digit      bool // at least one of its bytes is a decimal digit
}

// Hit says that the anchor with the given index stands at Pos.
type Hit struct {
	Pos    int
	Anchor int
}

// Events collects what a scan finds, in ascending order of position. Reuse it: Scan
// keeps the capacity.
type Events struct {
	Runs []Run
	Hits []Hit

	words [blocksAtOnce]word // for the vector code
}

// Filter looks for runs and for a fixed set of anchors. It does not change after
// New and is safe for concurrent use.
type Filter struct {
	anchors []Anchor
	teddy   teddy
	// byGram leads from the fingerprint of three bytes to the anchors that have it.
	byGram [gramCount]uint16
	lists  [][]probe
	// long finds the anchors of some length, the rest of the filter the others.
	long  longAnchors
	reach int // how far behind an anchor's start its three bytes may end
}

// Anchor is a literal to look for. Lit is lower case if Fold.
type Anchor struct {
	Lit  string
	Fold bool
}

// probe is an anchor whose chosen three bytes lie off bytes behind its start.
type probe struct {
	anchor int
	off    int
}

// New makes a filter. Anchors must have at least three bytes; shorter ones panic.
func New(anchors []Anchor) *Filter {
	f := &Filter{anchors: anchors, lists: make([][]probe, 1)}
	var short []Anchor // and their offsets
	var offsets []int
	for i, a := range anchors {
		if len(a.Lit) >= leastLong {
			f.long.add(a.Lit, i)
			continue
		}
		off := bestGram(a.Lit, func(g uint32) int { return len(f.lists[f.byGram[g]]) })
		short, offsets = append(short, a), append(offsets, off)
		g := gram(a.Lit[off], a.Lit[off+1], a.Lit[off+2])
		if f.byGram[g] == 0 {
			f.byGram[g] = uint16(len(f.lists))
			f.lists = append(f.lists, nil)
		}
		list := &f.lists[f.byGram[g]]
		*list = append(*list, probe{i, off})
		f.reach = max(f.reach, off+3)
	}
	f.teddy = newTeddy(short, offsets)
	return f
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
		r := -2 * shared(gram(lit[i], lit[i+1], lit[i+2]))
		for _, c := range []byte(lit[i : i+3]) {
			r += rarity(c)
		}
		if r > best {
			best, at = r, i
		}
	}
	return at
}

// rarity ranks bytes by how seldom they occur in what is scanned most: source text,
// and JSON and logs, which are full of quotes, colons, slashes and digits.
func rarity(c byte) int {
	const common = " e\"t:a/ni1o0r=s2-l.3c,4d5u6p7m8h9_f;()bg'{}yvwk<>x*[]#j"
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	if i := strings.IndexByte(common, c); i >= 0 {
		return i
	}
	return len(common)
}

// Scan reports the events of buf between lo and hi: runs that reach into the range,
// cut to it, and anchors that begin in it. Anchors may end behind hi, as far as buf
// goes. Events are appended to nothing: ev is emptied first.
func (f *Filter) Scan(buf []byte, lo, hi int, ev *Events) {
	ev.Runs = ev.Runs[:0]
	ev.Hits = ev.Hits[:0]
	if lo >= hi {
		return
	}
	if useVector {
		f.scanVector(buf, lo, hi, ev)
	} else {
		scanRuns(buf, lo, hi, ev)
		f.scanGrams(buf, lo, hi, ev)
	}
	f.scanLong(buf, lo, hi, ev)
	if !slices.IsSortedFunc(ev.Hits, compareHits) {
		slices.SortFunc(ev.Hits, compareHits)
	}
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
	if f.reach == 0 {
		return // there are none
	}
	for i := lo; i < min(hi+f.reach, len(buf))-2; i++ {
		if l := f.byGram[gram(buf[i], buf[i+1], buf[i+2])]; l != 0 {
			f.probe(buf, lo, hi, i, l, ev)
		}
	}
}

// probe compares the anchors of a list that has its gram at position i.
func (f *Filter) probe(buf []byte, lo, hi, i int, list uint16, ev *Events) {
	f.compare(f.lists[list], buf, lo, hi, i, ev)
}

// compare appends those of the given anchors whose fingerprint stands at i.
func (f *Filter) compare(list []probe, buf []byte, lo, hi, i int, ev *Events) {
	for _, p := range list {
		at := i - p.off
		if at < lo || at >= hi {
			continue
		}
		a := &f.anchors[p.anchor]
		if at+len(a.Lit) <= len(buf) && equal(buf[at:at+len(a.Lit)], a.Lit, a.Fold) {
			ev.Hits = append(ev.Hits, Hit{at, p.anchor})
		}
	}
}

// equal compares text with a literal, ignoring the case of ASCII letters if fold.
func equal(text []byte, lit string, fold bool) bool {
	if !fold {
		return string(text) == lit
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lit[i] {
			return false
		}
	}
	return true
}

func compareHits(a, b Hit) int {
	return cmp.Or(cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Anchor, b.Anchor))
}

// word is what a block of 64 bytes comes to: one bit a byte.
type word struct {
	token, digit, anchor uint64
}

// runStarts16 returns the bits of x at which 16 set bits in a row begin, where y
// holds the bits that follow.
func runStarts16(x, y uint64) uint64 {
	for s := 1; s <= 8; s *= 2 {
		x, y = x&(x>>s|y<<(64-s)), y&(y>>s)
	}
	return x
}

// trailingOnes counts the set bits from bit i of w upward.
func trailingOnes(w uint64, i int) int { return bits.TrailingZeros64(^(w >> i)) }
