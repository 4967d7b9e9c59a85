package detector

import (
	"bytes"
	"context"
	"html"
	"slices"
	"strconv"
)

// Encodings are undone piece by piece: where a piece of a text looks encoded, its
// decoded form becomes a layer of its own, looked through like the text itself, and
// what is found there is mapped back. Layers nest up to a depth; how much may be
// decoded of one document is bounded.

// maxDepth is how many encodings may be nested.
const maxDepth = 4

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
		if l.remember && l.source == nil { // an end may come nearer
			l.note(Range{pos, pos + 1}, Range{pos - maxStretch - 2, pos + maxStretch + 2})
			l.stain(Range{pos, pos + 1})
		}
		return
	}
	l.stretchedTo = hi
	l.pieceIs(lo, hi)
	if l.source == nil { // where the line ends may have mattered, too
		l.widen(pos-maxStretch-2, pos+maxStretch+2)
	}
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

// pieceIs notes what of the document is about to be decoded. Whether it is, and what
// comes out, depends on little more than the piece itself.
func (l *layer) pieceIs(start, end int) {
	if l.source != nil {
		return // a piece of a piece
	}
	l.reach = Range{start - pieceSight, end + pieceSight}
	if l.remember {
		l.note(Range{start, end}, l.reach)
		l.stain(Range{start, end})
	}
}

// widen lets the text from lo to hi have a say in the piece.
func (l *layer) widen(lo, hi int) {
	l.reach = Range{min(l.reach.Start, lo), max(l.reach.End, hi)}
	if n := len(l.marks); l.remember {
		m := &l.marks[n-1] // the piece's, or one that stands for it, too
		m.reach = Range{min(m.reach.Start, l.reach.Start), max(m.reach.End, l.reach.End)}
	}
}

// pieceSight is how far before and behind a piece the text may matter to whether it
// is decoded and where it ends: a line of wrapped base64, and an indent.
const pieceSight = minWrapped + maxIndent + 4

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
	l.free(n)
	l.cands = append(l.cands[:before], slices.DeleteFunc(l.cands[before:], func(c candidate) bool {
		// What is not encoded was seen in the text itself; what begins outside the fresh
		// range is not asked for.
		return changed && c.end-c.start == len(c.text) || c.start < l.fresh.Start || c.start >= l.fresh.End
	})...)
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
