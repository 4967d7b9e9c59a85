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
// On amd64 with AVX2 each block of 64 bytes becomes words of bits, one bit a byte: is it a
// token character, is it a digit, may it begin an anchor's fingerprint (see vector.go);
// elsewhere plain Go looks at every 16th byte for runs, at every fourth for long anchors and
// at each for short ones (plain.go, long.go). Both report the same events, which a test and
// a fuzz target hold them to.
package prefilter

import (
	"cmp"
	"slices"
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
	plain   *plainFilter  // nil where there is vector code
	vector  *vectorFilter // nil where there is none
}

// Anchor is a literal to look for. Lit is lower case if Fold.
type Anchor struct {
	Lit  string
	Fold bool
}

// New makes a filter. Anchors must have at least three bytes; shorter ones panic.
func New(anchors []Anchor) *Filter {
	f := &Filter{anchors: anchors}
	if useVector {
		f.vector = newVectorFilter(anchors)
	} else {
		f.plain = newPlainFilter(anchors)
	}
	return f
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
	if f.vector != nil {
		f.scanVector(buf, lo, hi, ev)
	} else {
		f.scanPlain(buf, lo, hi, ev)
	}
	if !slices.IsSortedFunc(ev.Hits, compareHits) {
		slices.SortFunc(ev.Hits, compareHits)
	}
}

// probe is an anchor whose fingerprint lies off bytes behind its start.
type probe struct {
	anchor int
	off    int
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
