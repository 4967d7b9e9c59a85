package detector

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"html"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/stanchsec/stanch/internal/prefilter"
)

// Encodings are undone piece by piece: where a piece of a text looks encoded, its
// decoded form becomes a layer of its own, looked through like the text itself, and
// what is found there is mapped back. Layers nest up to a depth; how much may be
// decoded of one document is bounded.

// maxDepth is how many encodings may be nested.
const maxDepth = 4

// maxPiece is the greatest length of an encoded piece, in bytes.
const maxPiece = 64 << 10

// decoderID names an encoding that an anchor speaks for. 0 is none.
type decoderID uint8

const (
	decodePercent decoderID = iota + 1
	decodeEscapes
	decodeEntities
	decodeQuotedPrintable
)

// decoderAnchors are the literals that speak for an encoding which hides the
// characters that prefixes, anchors and boundaries consist of.
var decoderAnchors = []struct {
	lit string
	id  decoderID
}{
	{"%3A%2F%2F", decodePercent}, {"%3D", decodePercent}, {"%2F", decodePercent}, {"%2B", decodePercent}, {"%5F", decodePercent},
	{"%2D", decodePercent}, {"%40", decodePercent}, {"%3A", decodePercent}, {"%2E", decodePercent},
	{`\u00`, decodeEscapes}, {`\/\/`, decodeEscapes}, {`\x2`, decodeEscapes}, {`\x3`, decodeEscapes}, {`\x4`, decodeEscapes},
	{`\x5`, decodeEscapes}, {`\x6`, decodeEscapes}, {`\x7`, decodeEscapes},
	{"&#x", decodeEntities}, {"&#3", decodeEntities}, {"&#4", decodeEntities}, {"&#5", decodeEntities}, {"&#6", decodeEntities},
	{"&#9", decodeEntities}, {"&#1", decodeEntities}, {"&amp;", decodeEntities}, {"&quot;", decodeEntities},
	{"=3D", decodeQuotedPrintable},
}

// A piece is decoded text with, for each byte and for the end, the offset in the
// encoded text.
type piece struct {
	text   []byte
	source []int32
}

func (p *piece) put(c byte, from int) {
	p.text = append(p.text, c)
	p.source = append(p.source, int32(from))
}

// decodeAt undoes the encoding that is spoken for at pos, in the stretch around it.
func (l *layer) decodeAt(id decoderID, pos int) {
	if pos < l.stretchedTo || l.depth >= maxDepth || l.binary {
		return
	}
	lo, hi := l.stretch(pos, id)
	if lo < 0 {
		return
	}
	l.stretchedTo = hi
	switch id {
	case decodePercent:
		l.nest("percent", percent(l.buf, lo, hi), true)
	case decodeEscapes:
		l.nest("escapes", escapes(l.buf, lo, hi), true)
	case decodeEntities:
		l.nest("html", entities(l.buf, lo, hi), true)
	case decodeQuotedPrintable:
		l.nest("quoted-printable", quotedPrintable(l.buf, lo, hi), true)
	}
}

// maxStretch is how far on either side the text is decoded that belongs to an
// encoded character.
const maxStretch = 2048

// stretch is the text around pos that is decoded together: the line, or, where that
// is long, what stands between blanks or quotes. It depends on nothing farther away
// than maxStretch. lo is -1 where there is neither.
func (l *layer) stretch(pos int, id decoderID) (lo, hi int) {
	if lo, hi = l.within(pos, func(i int) bool { return l.lineEnds(i, id) }); lo >= 0 {
		return lo, hi
	}
	return l.within(pos, func(i int) bool {
		switch l.buf[i] {
		case ' ', '\t', '\n', '\r', '"', '\'', '`', '<', '>':
			return true
		}
		return false
	})
}

// within is the text around pos up to what stops it on both sides.
func (l *layer) within(pos int, stops func(i int) bool) (lo, hi int) {
	lo, hi = pos, pos
	for lo > 0 && !stops(lo-1) {
		if lo--; pos-lo > maxStretch {
			return -1, -1
		}
	}
	for hi < len(l.buf) && !stops(hi) {
		if hi++; hi-pos > maxStretch {
			return -1, -1
		}
	}
	return lo, hi
}

// lineEnds reports whether a line ends at i. A soft line break of quoted-printable
// text ends none.
func (l *layer) lineEnds(i int, id decoderID) bool {
	if l.buf[i] != '\n' {
		return false
	}
	soft := i > 0 && l.buf[i-1] == '=' || i > 1 && l.buf[i-1] == '\r' && l.buf[i-2] == '='
	return id != decodeQuotedPrintable || !soft
}

// decodeRun undoes base64 and hexadecimal digits in a run of token characters, where
// what comes out is text. Wrapped base64 goes on over the following lines.
func (l *layer) decodeRun(r prefilter.Run) {
	if r.End-r.Start < 20 || l.depth >= maxDepth || r.Start < l.decodedTo || l.wrapped(r.Start) {
		return
	}
	start := r.Start
	// In NAME=value the value alone may be encoded.
	if i := bytes.LastIndexByte(l.buf[r.Start:r.End-20], '='); i >= 0 {
		start += i + 1
	}
	switch {
	case hexText(l.buf[start:r.End]):
		p := unhex(l.buf, start, min(r.End, start+maxPiece))
		l.decodedTo = r.End
		l.nest("hex", p, false)
	case base64Text(l.buf[start:r.End]):
		p, end := unbase64(l.buf, start)
		l.decodedTo = end
		if bytes.HasPrefix(p.text, []byte{0x1f, 0x8b}) {
			l.nestGzip(p)
		} else if visible(p.text) {
			l.nest("base64", p, false)
		}
	}
}

// wrapped reports whether the run at start goes on from the end of the line before:
// such a line was decoded with the first one or not at all.
func (l *layer) wrapped(start int) bool {
	i := start
	for i > 0 && (l.buf[i-1] == ' ' || l.buf[i-1] == '\t') {
		i--
	}
	if i == 0 || l.buf[i-1] != '\n' {
		return false
	}
	if i--; i > 0 && l.buf[i-1] == '\r' {
		i--
	}
	n := 0
	for ; n < 40; n++ {
		if i-n == 0 || unbase64Table[l.buf[i-n-1]] == 0xff {
			return false
		}
	}
	return true
}

// nest looks through a decoded piece. changed says that only what is not the same
// in the encoded text counts: the rest was seen there.
func (l *layer) nest(name string, p piece, changed bool) {
	if len(p.text) < 8 || len(p.text) > l.budget {
		return
	}
	if changed && len(p.source) == len(p.text)+1 && int(p.source[len(p.text)])-int(p.source[0]) == len(p.text) {
		return // nothing was encoded
	}
	l.budget -= len(p.text)
	if l.source != nil {
		for i, at := range p.source {
			p.source[i] = l.source[at]
		}
	}
	n := l.layer()
	n.buf, n.source = p.text, p.source
	n.depth = l.depth + 1
	n.decoding = append(slices.Clip(l.decoding), name)
	if name == "gzip" {
		n.decoding = append(slices.Clip(l.decoding), "base64", name)
	}
	before := len(l.cands)
	_ = n.all(context.Background(), 0, len(n.buf))
	if changed {
		l.cands = slices.Concat(l.cands[:before], slices.DeleteFunc(l.cands[before:], func(c candidate) bool {
			return c.end-c.start == len(c.text)
		}))
	}
	l.free(n)
}

// nestGzip looks through gzip data that stood in base64. What is found there is
// mapped to the whole piece.
func (l *layer) nestGzip(p piece) {
	zr, err := gzip.NewReader(bytes.NewReader(p.text))
	if err != nil {
		return
	}
	text, _ := io.ReadAll(io.LimitReader(zr, int64(min(l.budget, 16*maxPiece)))) // what came before an error counts
	q := piece{text: text, source: make([]int32, len(text)+1)}
	for i := range q.source {
		q.source[i] = p.source[0]
	}
	q.source[len(text)] = p.source[len(p.text)]
	l.nest("gzip", q, false)
}

// visible reports whether decoded bytes are text: valid UTF-8 nearly without
// control characters.
func visible(b []byte) bool {
	odd := 0
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
				odd++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			odd++
		}
		i += n
	}
	return len(b) > 0 && odd*32 <= len(b)
}

// unbase64Table has the value of each base64 digit, of both alphabets, 0xff for
// others.
var unbase64Table = func() (t [256]byte) {
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
	if bytes.HasPrefix(b, []byte("H4sI")) {
		return true
	}
	for i := 0; i < 16; i += 4 {
		var v uint32
		for _, c := range b[i : i+4] {
			d := unbase64Table[c]
			if d == 0xff {
				return false
			}
			v = v<<6 | uint32(d)
		}
		for _, c := range [3]byte{byte(v >> 16), byte(v >> 8), byte(v)} {
			if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
				return false
			}
		}
	}
	return true
}

// unbase64 decodes from start on, over line ends and the blanks behind them, until
// something else comes. It returns where it stopped.
func unbase64(buf []byte, start int) (p piece, end int) {
	var v uint32
	var at [4]int
	n := 0
	i := start
	for ; i < len(buf) && i-start < maxPiece; i++ {
		d := unbase64Table[buf[i]]
		if d == 0xff {
			next := lineBreak(buf, i)
			if next == 0 || unbase64Table[byteAt(buf, next)] == 0xff {
				break
			}
			i = next - 1
			continue
		}
		v, at[n] = v<<6|uint32(d), i
		if n++; n == 4 {
			p.put(byte(v>>16), at[0])
			p.put(byte(v>>8), at[1])
			p.put(byte(v), at[2])
			v, n = 0, 0
		}
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
	return p, i
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
	for j < len(buf) && (buf[j] == ' ' || buf[j] == '\t') {
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

// hexText reports whether a run is an even number of hexadecimal digits that stand
// for visible ASCII.
func hexText(b []byte) bool {
	if len(b) < 40 || len(b)%2 != 0 {
		return false
	}
	for i := 0; i < len(b); i += 2 {
		c, err := strconv.ParseUint(string(b[i:i+2]), 16, 8)
		if err != nil || (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

func unhex(buf []byte, start, end int) (p piece) {
	for i := start; i+1 < end; i += 2 {
		var c [1]byte
		if _, err := hex.Decode(c[:], buf[i:i+2]); err != nil {
			break
		}
		p.put(c[0], i)
	}
	p.source = append(p.source, int32(start+2*len(p.text)))
	return p
}

// percent undoes %XX.
func percent(buf []byte, lo, hi int) (p piece) {
	for i := lo; i < hi; {
		if buf[i] == '%' && i+2 < hi && isHex(buf[i+1]) && isHex(buf[i+2]) {
			p.put(unhexByte(buf[i+1], buf[i+2]), i)
			i += 3
			continue
		}
		p.put(buf[i], i)
		i++
	}
	p.source = append(p.source, int32(hi))
	return p
}

func unhexByte(a, b byte) byte { return hexDigit(a)<<4 | hexDigit(b) }

func hexDigit(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// escapes undoes \uXXXX, \xXX and a backslash before a slash, a quote or itself.
func escapes(buf []byte, lo, hi int) (p piece) {
	for i := lo; i < hi; {
		if buf[i] != '\\' || i+1 >= hi {
			p.put(buf[i], i)
			i++
			continue
		}
		switch c := buf[i+1]; {
		case c == 'u' && i+5 < hi && allHex(buf[i+2:i+6]):
			r, _ := strconv.ParseUint(string(buf[i+2:i+6]), 16, 32)
			for _, b := range []byte(string(rune(r))) {
				p.put(b, i)
			}
			i += 6
		case c == 'x' && i+3 < hi && allHex(buf[i+2:i+4]):
			p.put(unhexByte(buf[i+2], buf[i+3]), i)
			i += 4
		case c == '/' || c == '"' || c == '\'' || c == '\\':
			p.put(c, i)
			i += 2
		case c == 'n' || c == 'r' || c == 't':
			p.put("\n\r\t"[bytes.IndexByte([]byte("nrt"), c)], i)
			i += 2
		default:
			p.put('\\', i)
			i++
		}
	}
	p.source = append(p.source, int32(hi))
	return p
}

func allHex(b []byte) bool {
	for _, c := range b {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// entities undoes the character references of HTML and XML.
func entities(buf []byte, lo, hi int) (p piece) {
	for i := lo; i < hi; {
		if buf[i] == '&' {
			if n := bytes.IndexByte(buf[i:min(hi, i+10)], ';'); n > 0 {
				if text := html.UnescapeString(string(buf[i : i+n+1])); len(text) <= n {
					for _, b := range []byte(text) {
						p.put(b, i)
					}
					i += n + 1
					continue
				}
			}
		}
		p.put(buf[i], i)
		i++
	}
	p.source = append(p.source, int32(hi))
	return p
}

// quotedPrintable undoes =XX and soft line breaks (RFC 2045, section 6.7).
func quotedPrintable(buf []byte, lo, hi int) (p piece) {
	for i := lo; i < hi; {
		if buf[i] == '=' {
			switch {
			case i+2 < hi && isHex(buf[i+1]) && isHex(buf[i+2]):
				p.put(unhexByte(buf[i+1], buf[i+2]), i)
				i += 3
				continue
			case byteAt(buf, i+1) == '\n':
				i += 2
				continue
			case byteAt(buf, i+1) == '\r' && byteAt(buf, i+2) == '\n':
				i += 3
				continue
			}
		}
		p.put(buf[i], i)
		i++
	}
	p.source = append(p.source, int32(hi))
	return p
}
