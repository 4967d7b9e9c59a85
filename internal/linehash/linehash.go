// Package linehash computes the hash by which GitHub's code scanning recognises a
// line of a file after others were put before it: what SARIF files carry as
// partialFingerprints.primaryLocationLineHash.
//
// In goes the content of a file and the numbers of some of its lines, out comes
// "hash:ordinal" for each. Whoever uploads SARIF through the REST interface has to
// fill this in, or each upload opens its alerts anew; GitHub's own upload action
// computes the same and keeps what it finds
// (https://github.com/github/codeql-action, src/fingerprints.ts, where the
// definition stands, too):
//
//   - the text is taken as UTF-16 code units, decoded from UTF-8 with U+FFFD for
//     what is none; blanks and tabs are left out, CR and CRLF count as LF;
//   - behind the text come the unit 65535 and then zeros;
//   - the hash of a line is the polynomial to the base 37, modulo 2^64, over the
//     first hundred units from its start, which may reach into the lines below;
//   - the ordinal counts the lines up to this one that have the same hash.
package linehash

import (
	"fmt"
	"iter"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	window    = 100    // units that one hash covers
	base      = 37     // of the polynomial
	endOfText = 0xffff // the unit that stands behind the text
)

// Of returns the hashes of the given lines of a file, by line number. Lines are
// counted from 1 and end at LF, CR or CRLF, and what follows the last line end, even
// if it is nothing, is a line. Numbers of lines that the file does not have are
// left out of the result.
//
// It reads content twice up to the last line asked for, and allocates for the
// result alone.
func Of(content []byte, lines ...int) map[int]string {
	if len(lines) == 0 {
		return nil
	}
	wanted := make(map[int]string, len(lines))
	for _, n := range lines {
		wanted[n] = ""
	}
	last := slices.Max(lines)

	// The first pass tells which hashes matter. Counting those of all lines instead
	// would cost memory for each line of the file.
	count := make(map[uint64]int, len(lines))
	for n, hash := range hashes(content, last) {
		if _, ok := wanted[n]; ok {
			count[hash] = 0
		}
	}
	result := make(map[int]string, len(count))
	for n, hash := range hashes(content, last) {
		seen, ok := count[hash]
		if !ok {
			continue
		}
		count[hash] = seen + 1
		if _, ok := wanted[n]; ok {
			result[n] = fmt.Sprintf("%x:%d", hash, seen+1)
		}
	}
	return result
}

// hashes yields the lines of a text up to number last, and the hash of each.
func hashes(content []byte, last int) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		var (
			text  = reader{rest: content, lineStart: true}
			roll  rolling
			line  int
			after int // units pushed behind the text
		)
		for line < last && after <= window {
			unit, start, ok := text.next()
			if !ok {
				// The unit behind the text is a line of its own if the text ends in a line end.
				start = after == 0 && text.lineStart
				if after == 0 {
					unit = endOfText
				}
				after++
			}
			if roll.lineLeaves() {
				line++
				if !yield(line, roll.hash) {
					return
				}
			}
			roll.push(unit, start)
		}
	}
}

// rolling is the hash over the last hundred units.
type rolling struct {
	hash uint64
	// The units and which of them begin a line, in rings that are longer than the
	// window so that positions wrap by themselves.
	units  [128]uint16
	starts [128]bool
	at     uint8 // the next position; of it the lower seven bits count
}

// lineLeaves reports whether the unit that the next push moves out of the window
// begins a line: its hundred units are in the hash now.
func (r *rolling) lineLeaves() bool { return r.starts[(r.at-window)%128] }

func (r *rolling) push(unit uint16, start bool) {
	r.hash = r.hash*base + uint64(unit) - leaving*uint64(r.units[(r.at-window)%128])
	r.units[r.at%128], r.starts[r.at%128] = unit, start
	r.at++
}

// leaving is what a unit is multiplied with by the time it leaves the window: the
// base to the power of [window].
var leaving = func() uint64 {
	power := uint64(1)
	for range window {
		power *= base
	}
	return power
}()

// reader hands out the units of a text that take part in the hash.
type reader struct {
	rest      []byte
	low       uint16 // the second half of a surrogate pair, yet to be handed out
	afterCR   bool   // a line feed now belongs to the line end before it
	lineStart bool   // the next unit begins a line
}

// next returns a unit and whether a line begins with it; ok is false at the end.
func (r *reader) next() (unit uint16, start, ok bool) {
	if r.low != 0 {
		unit, r.low = r.low, 0
		return unit, false, true
	}
	for len(r.rest) > 0 {
		c := r.rest[0]
		if c >= utf8.RuneSelf {
			unit = r.decode()
			r.afterCR = false
			start, r.lineStart = r.lineStart, false
			return unit, start, true
		}
		r.rest = r.rest[1:]
		if c == ' ' || c == '\t' || c == '\n' && r.afterCR {
			r.afterCR = false
			continue
		}
		if r.afterCR = c == '\r'; r.afterCR {
			c = '\n'
		}
		start, r.lineStart = r.lineStart, c == '\n'
		return uint16(c), start, true
	}
	return 0, false, false
}

// decode takes one character beyond ASCII and returns its unit, or the first of two.
func (r *reader) decode() uint16 {
	c, size := utf8.DecodeRune(r.rest)
	if c == utf8.RuneError && size == 1 {
		size = illFormed(r.rest)
	}
	r.rest = r.rest[size:]
	if c > 0xffff {
		high, low := utf16.EncodeRune(c)
		r.low = uint16(low)
		return uint16(high)
	}
	return uint16(c)
}

// illFormed is the number of bytes at the start of b, which is no UTF-8, that
// JavaScript turns into a single U+FFFD: all that could have begun a character
// (https://encoding.spec.whatwg.org/#utf-8-decoder). Go takes one byte at a time.
func illFormed(b []byte) int {
	least, most, more := byte(0x80), byte(0xbf), 0
	switch lead := b[0]; {
	case lead >= 0xc2 && lead <= 0xdf:
		more = 1
	case lead >= 0xe0 && lead <= 0xef:
		more = 2
		switch lead {
		case 0xe0:
			least = 0xa0
		case 0xed:
			most = 0x9f
		}
	case lead >= 0xf0 && lead <= 0xf4:
		more = 3
		switch lead {
		case 0xf0:
			least = 0x90
		case 0xf4:
			most = 0x8f
		}
	}
	n := 1
	for n < len(b) && n <= more && b[n] >= least && b[n] <= most {
		least, most = 0x80, 0xbf
		n++
	}
	return n
}
