package detector

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// lines works out lines and columns of a document. It remembers where it was, so that
// going back a little, to the part that stands before a secret, costs little.
type lines struct {
	doc *Document
	// cuts is nil if there are none; else it does the work.
	cuts *cuts
	// known are positions worked out, in ascending order. The first is the start.
	known []linePosition
	// walked is how many bytes were looked at in all.
	walked int
}

// linePosition is an offset in the document's data with its line and column.
type linePosition struct{ pos, line, column int }

// advanced is the position pos of the data, which lies at p or behind it.
func (p linePosition) advanced(data []byte, pos int) linePosition {
	piece := data[p.pos:pos]
	if n := bytes.Count(piece, []byte{'\n'}); n > 0 {
		p.line += n
		p.column = 1
		piece = piece[bytes.LastIndexByte(piece, '\n')+1:]
	}
	p.column += utf16Len(piece)
	p.pos = pos
	return p
}

func newLines(doc *Document) *lines {
	l := &lines{doc: doc, known: []linePosition{{0, max(1, doc.FirstLine), max(1, doc.FirstColumn)}}}
	if len(doc.Cuts) > 0 {
		l.cuts = newCuts(doc)
	}
	return l
}

// span gives the extent from start to end its lines and columns.
func (l *lines) span(start, end int) Span {
	if l.cuts != nil {
		return l.cuts.span(start, end)
	}
	var s Span
	s.Start, s.End = l.doc.Offset+int64(start), l.doc.Offset+int64(end)
	s.StartLine, s.StartColumn = l.at(start)
	s.EndLine, s.EndColumn = l.at(end)
	return s
}

// at returns the line and the column of a position.
func (l *lines) at(pos int) (line, column int) {
	i := sort.Search(len(l.known), func(i int) bool { return l.known[i].pos > pos }) - 1
	l.walked += pos - l.known[i].pos
	at := l.known[i].advanced(l.doc.Data, pos)
	if i == len(l.known)-1 && pos > l.known[i].pos {
		l.known = append(l.known, at)
	}
	return at.line, at.column
}

// utf16Len counts the UTF-16 code units of a text; each byte that is no UTF-8
// counts as one.
func utf16Len(b []byte) int {
	n := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i += size
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
