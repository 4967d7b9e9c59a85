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
	"bytes"
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
// It looks through content twice up to the last line asked for, but hashes only lines that
// begin like one of these.
func Of(content []byte, numbers ...int) map[int]string {
	if len(numbers) == 0 {
		return nil
	}
	wanted := slices.Clone(numbers)
	slices.Sort(wanted)
	last := wanted[len(wanted)-1]

	var asked lines
	count := make(map[uint64]int, len(numbers)) // of the hashes that matter
	left := wanted
	for n, start := range starts(content, last) {
		for len(left) > 0 && left[0] < n {
			left = left[1:]
		}
		if len(left) > 0 && left[0] == n {
			count[asked.add(content[start:])] = 0
		}
	}
	result := make(map[int]string, len(count))
	for n, start := range starts(content, last) {
		h, ok := asked.hash(content[start:])
		if !ok {
			continue
		}
		seen, ok := count[h]
		if !ok {
			continue
		}
		count[h] = seen + 1
		if _, ok := slices.BinarySearch(wanted, n); ok {
			result[n] = fmt.Sprintf("%x:%d", h, seen+1)
		}
	}
	return result
}

// starts yields the lines of a text up to number last, and where each begins.
func starts(content []byte, last int) iter.Seq2[int, int] {
	return func(yield func(n, start int) bool) {
		for n, at := 1, 0; n <= last && yield(n, at); n++ {
			rest := content[at:]
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			if cr := bytes.IndexByte(rest[:end], '\r'); cr >= 0 && cr+1 < end {
				end = cr // it ends a line by itself
			} else if end == len(rest) && cr < 0 {
				return
			} else if end == len(rest) {
				end = cr
			}
			at += end + 1
		}
	}
}

// hashOf is the hash of the line at the start of text, and how many bytes of it were read
// for that.
func hashOf(text []byte) (hash uint64, read int) {
	r := reader{rest: text}
	behind := uint64(endOfText)
	for range window {
		unit, ok := r.next()
		if !ok {
			hash, behind = hash*base+behind, 0
			continue
		}
		hash = hash*base + uint64(unit)
	}
	return hash, len(text) - len(r.rest)
}

// lines are those asked for. Few others begin like one of them.
type lines struct {
	first [256]bool // the bytes that begin them
	all   []line
	any   bool // one begins with something unusual, so that all others have to be hashed
}

type line struct {
	head
	// text is what the hash depends on; nil if it depends on where the file ends.
	text []byte
	hash uint64
}

// head is up to eight units, one a byte, the first the lowest: what stands at the start of
// a line before anything unusual, that is not ASCII or a CR.
type head struct {
	units uint64
	n     int
}

// lookAhead is how many bytes behind a character may matter to how it is decoded.
const lookAhead = utf8.UTFMax

// add takes in the line at the start of text and returns its hash.
func (s *lines) add(text []byte) uint64 {
	hash, read := hashOf(text)
	for i := range s.all {
		if s.all[i].hash == hash {
			return hash
		}
	}
	l := line{head: headOf(text), hash: hash}
	if read+lookAhead <= len(text) {
		l.text = text[:read+lookAhead]
	}
	s.any = s.any || l.n == 0
	s.first[byte(l.units)] = true
	s.all = append(s.all, l)
	return hash
}

// hash is that of the line at the start of text; ok is false if it is none of those that
// were added, for what it begins with.
func (s *lines) hash(text []byte) (hash uint64, ok bool) {
	for _, c := range text {
		if c != ' ' && c != '\t' {
			if c < utf8.RuneSelf && c != '\r' && !s.first[c] && !s.any {
				return 0, false
			}
			break
		}
	}
	may := s.any
	h := headOf(text)
	for i := range s.all {
		l := &s.all[i]
		if n := min(h.n, l.n); (h.units^l.units)<<(64-8*n) != 0 && n > 0 {
			continue
		}
		if l.text != nil && bytes.HasPrefix(text, l.text) {
			return l.hash, true
		}
		may = true
	}
	if may {
		hash, _ = hashOf(text)
	}
	return hash, may
}

func headOf(text []byte) (h head) {
	for _, c := range text {
		switch {
		case c == ' ' || c == '\t':
			continue
		case c >= utf8.RuneSelf || c == '\r':
			return h
		}
		h.units |= uint64(c) << (8 * h.n)
		if h.n++; h.n == 8 {
			return h
		}
	}
	return h
}

// reader hands out the units of a text that take part in the hash.
type reader struct {
	rest    []byte
	low     uint16 // the second half of a surrogate pair, yet to be handed out
	afterCR bool   // a line feed now belongs to the line end before it
}

// next returns a unit; ok is false at the end.
func (r *reader) next() (unit uint16, ok bool) {
	if r.low != 0 {
		unit, r.low = r.low, 0
		return unit, true
	}
	for len(r.rest) > 0 {
		c := r.rest[0]
		if c >= utf8.RuneSelf {
			unit = r.decode()
			r.afterCR = false
			return unit, true
		}
		r.rest = r.rest[1:]
		if c == ' ' || c == '\t' || c == '\n' && r.afterCR {
			r.afterCR = false
			continue
		}
		if r.afterCR = c == '\r'; r.afterCR {
			c = '\n'
		}
		return uint16(c), true
	}
	return 0, false
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
