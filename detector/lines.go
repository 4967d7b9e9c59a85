package detector

import (
	"bytes"
	"unicode/utf8"
)

// lines works out lines and columns of a document. It goes through the text once
// as long as it is asked for ascending positions.
type lines struct {
	doc *Document
	// The last position worked out, its line and column, and where its line begins.
	pos, line, column int
}

func newLines(doc *Document) *lines {
	return &lines{doc: doc, line: max(1, doc.FirstLine), column: max(1, doc.FirstColumn)}
}

// span gives the extent from start to end its lines and columns.
func (l *lines) span(start, end int) Span {
	var s Span
	s.Start, s.End = l.doc.Offset+int64(start), l.doc.Offset+int64(end)
	s.StartLine, s.StartColumn = l.at(start)
	saved := *l
	s.EndLine, s.EndColumn = l.at(end)
	*l = saved // the next finding may begin before this one's end
	return s
}

// at returns the line and the column of a position.
func (l *lines) at(pos int) (line, column int) {
	if pos < l.pos {
		*l = *newLines(l.doc)
	}
	piece := l.doc.Data[l.pos:pos]
	if n := bytes.Count(piece, []byte{'\n'}); n > 0 {
		l.line += n
		l.column = 1
		piece = piece[bytes.LastIndexByte(piece, '\n')+1:]
	}
	l.column += utf16Len(piece)
	l.pos = pos
	return l.line, l.column
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
