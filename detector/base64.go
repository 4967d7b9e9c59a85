package detector

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/stanchsec/stanch/internal/prefilter"
)

// Encoded text without any mark of its own, base64 and hexadecimal digits, is known
// by what comes out: text.

// segment is how much of a block of base64 is decoded at once, in digits, and
// segmentOverlap by how much segments overlap, so that no secret is cut.
const (
	segment        = 48 << 10
	segmentOverlap = 4 << 10
)

// maxIndent is how far wrapped base64 may be indented, in bytes.
const maxIndent = 64

// minWrapped is the least length of a line of base64 that goes on in the next.
const minWrapped = 40

// minEncoded is the least length of what is tried to decode.
const minEncoded = 20

// decodeRun undoes base64 and hexadecimal digits in a run of token characters, where
// what comes out is text. In NAME=value each part is tried.
func (l *layer) decodeRun(r prefilter.Run) {
	if l.depth >= maxDepth {
		return
	}
	for at := r.Start; at < r.End; {
		end := r.End
		if i := bytes.IndexByte(l.buf[at:r.End], '='); i >= 0 {
			end = at + i
		}
		if end-at >= minEncoded && at >= l.decodedTo {
			l.decodeStretch(at, end)
		}
		at = end + 1
	}
}

// decodeStretch tries the digits from start on, which at end or behind it come to
// their end.
func (l *layer) decodeStretch(start, end int) {
	at := start
	start, cut := l.blockStart(start)
	if start < 0 || at-start > longRun {
		l.stain(Range{at, end}) // what it comes to is told far away
	}
	if start < 0 {
		l.plainTo = end // it goes on what is no text
		return
	}
	if n := hexText(l.buf[start:]); n > 0 {
		l.decodedTo = start + n
		l.pieceIs(start, start+n)
		l.nest("hex", unhex(l.buf, start, start+n), false)
		return
	}
	if !base64Text(l.buf[start:]) {
		if cut {
			start = aligned(l.buf, start)
		}
		if !cut || start < 0 {
			l.plainTo = end
			return
		}
	}
	l.pieceIs(start, l.blockEnd(start))
	for {
		p, end, next := unbase64(l.buf, start)
		l.decodedTo = end
		if bytes.HasPrefix(p.text, gzipMagic) {
			l.nestGzip(p)
			return
		}
		l.nest("base64", p, false)
		if next < 0 {
			return
		}
		start = next
	}
}

// blockStart goes back from start to that of the block of base64 which it continues,
// over line ends. It returns -1 if the block was found to be no text, and cut if it
// begins before the document does.
func (l *layer) blockStart(start int) (at int, cut bool) {
	for start > 0 {
		prev := start - 1
		if digit64[l.buf[prev]] == 0xff {
			if prev = unwrapped(l.buf, start); prev == 0 {
				return start, false
			}
		}
		if prev <= l.plainTo && l.plainTo > 0 {
			return -1, false
		}
		start = prev
	}
	return 0, l.source == nil && l.doc.Offset > 0
}

// blockEnd returns the end of the block of base64 that begins at start, if the
// document is one whose scan is remembered; else it does not matter.
func (l *layer) blockEnd(start int) int {
	if !l.remember || l.source != nil {
		return start
	}
	for {
		_, end, next := unbase64(l.buf, start)
		if next < 0 {
			return end
		}
		start = next
	}
}

// wrapsWith reports whether c is a digit of the alphabet of wrapped base64.
func wrapsWith(c byte) bool { return isAlnum(c) || c == '+' || c == '/' }

// unwrapped returns the end of the line of base64 that goes on at start; 0 if none
// does.
func unwrapped(buf []byte, start int) int {
	i := start
	for i > 0 && start-i < maxIndent && (buf[i-1] == ' ' || buf[i-1] == '\t') {
		i--
	}
	if i == 0 || buf[i-1] != '\n' {
		return 0
	}
	if i--; i > 0 && buf[i-1] == '\r' {
		i--
	}
	if i < minWrapped {
		return 0
	}
	for _, c := range buf[i-minWrapped : i] {
		if digit64[c] == 0xff {
			return 0
		}
	}
	return i
}

// aligned finds where a group of four digits begins behind start, -1 if what comes
// out is no text in any case.
func aligned(buf []byte, start int) int {
	for i := start + 1; i < start+4 && i < len(buf); i++ {
		if base64Text(buf[i:]) {
			return i
		}
	}
	return -1
}

var gzipMagic = []byte{0x1f, 0x8b}

// nestGzip looks through gzip data that stood in base64. What is found there is
// mapped to the whole piece.
func (l *layer) nestGzip(p piece) {
	zr, err := gzip.NewReader(bytes.NewReader(p.text))
	if err != nil {
		return
	}
	text, _ := io.ReadAll(io.LimitReader(zr, int64(l.budget))) // what came before an error counts
	q := piece{text: text, source: make([]int32, len(text)+1)}
	for i := range q.source {
		q.source[i] = p.source[0]
	}
	q.source[len(text)] = p.source[len(p.text)]
	l.nest("gzip", q, false)
}

// digit64 has the value of each base64 digit, of both alphabets, 0xff for others.
var digit64 = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// base64Text reports whether the first 16 characters decode to visible ASCII or to
// the start of gzip data: random bytes do so once in 140,000 times.
func base64Text(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	for i := 0; i < 16; i += 4 {
		var v uint32
		for _, c := range b[i : i+4] {
			d := digit64[c]
			if d == 0xff {
				return false
			}
			v = v<<6 | uint32(d)
		}
		if !visible(byte(v>>16)) || !visible(byte(v>>8)) || !visible(byte(v)) {
			return string(b[:4]) == "H4sI"
		}
	}
	return true
}

func visible(c byte) bool {
	return ' ' <= c && c <= '~' || c == '\n' || c == '\r' || c == '\t'
}

// unbase64 decodes from start on, over line ends and the blanks behind them, until
// something else comes or a segment is full. It returns where it stopped, and where
// the next segment begins, -1 if this one was the last.
func unbase64(buf []byte, start int) (p piece, end, next int) {
	var v uint32
	var at [4]int
	n, digits := 0, 0
	line := 0 // digits on the line so far
	for line < minWrapped && start-line > 0 && wrapsWith(buf[start-line-1]) {
		line++
	}
	next = -1
	i := start
	for ; i < len(buf); i++ {
		d := digit64[buf[i]]
		if d == 0xff {
			j := lineBreak(buf, i)
			// Wrapped text is in the alphabet without the dash, which begins armour lines.
			if c := byteAt(buf, j); j == 0 || line < minWrapped || !wrapsWith(c) {
				break
			}
			i, line = j-1, 0
			continue
		}
		if digits == segment-segmentOverlap {
			next = i
		}
		if digits == segment {
			break
		}
		digits++
		line++
		v, at[n] = v<<6|uint32(d), i
		if n++; n == 4 {
			p.put(byte(v>>16), at[0])
			p.put(byte(v>>8), at[1])
			p.put(byte(v), at[2])
			v, n = 0, 0
		}
	}
	if digits < segment {
		next = -1
	}
	switch n { // without padding, two or three digits may be left
	case 2:
		p.put(byte(v>>4), at[0])
	case 3:
		p.put(byte(v>>10), at[0])
		p.put(byte(v>>2), at[1])
	}
	for i < len(buf) && buf[i] == '=' {
		i++
	}
	p.source = append(p.source, int32(i))
	return p, i, next
}

// lineBreak returns the position behind a line break at i and the blanks that
// follow it, 0 if there is none. Escaped breaks count too.
func lineBreak(buf []byte, i int) int {
	j := i
	switch {
	case buf[j] == '\n':
		j++
	case buf[j] == '\r' && byteAt(buf, j+1) == '\n':
		j += 2
	case buf[j] == '\\' && byteAt(buf, j+1) == 'n':
		j += 2
	default:
		return 0
	}
	for j < len(buf) && j-i < maxIndent && (buf[j] == ' ' || buf[j] == '\t') {
		j++
	}
	return j
}

func byteAt(buf []byte, i int) byte {
	if i < len(buf) {
		return buf[i]
	}
	return 0
}

// minHex is the least number of hexadecimal digits that are decoded.
const minHex = 40

// hexText returns the number of hexadecimal digits at the start of a text, if there
// is nothing but them up to the end of the run, and what they stand for is visible
// ASCII; else 0.
func hexText(b []byte) int {
	n := 0
	for n+1 < len(b) && isHex(b[n]) && isHex(b[n+1]) && visible(unhexByte(b[n], b[n+1])) {
		n += 2
	}
	if n < minHex || n < len(b) && isToken(b[n]) && b[n] != '=' {
		return 0
	}
	return n
}

// unhex decodes the digits from start to end.
func unhex(buf []byte, start, end int) (p piece) {
	for i := start; i+1 < end; i += 2 {
		p.put(unhexByte(buf[i], buf[i+1]), i)
	}
	p.source = append(p.source, int32(end))
	return p
}
