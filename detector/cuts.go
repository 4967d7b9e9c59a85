package detector

import "sort"

// cuts works out positions in the original of a document that pieces were cut out of.
type cuts struct {
	doc *Document
	// behind are the positions behind each cut, after one for the start.
	behind []cutPosition
}

// cutPosition is an offset in the document's data, with the line and the column in the
// original, and how many bytes were cut out before it.
type cutPosition struct {
	linePosition
	left int
}

func newCuts(doc *Document) *cuts {
	c := &cuts{doc: doc, behind: make([]cutPosition, 1, len(doc.Cuts)+1)}
	at := cutPosition{linePosition{0, max(1, doc.FirstLine), max(1, doc.FirstColumn)}, 0}
	c.behind[0] = at
	for _, k := range doc.Cuts {
		at = c.advance(at, k.At)
		at.left += k.Bytes
		if k.Lines > 0 {
			at.line += k.Lines
			at.column = 1
		}
		at.column += k.Columns
		c.behind = append(c.behind, at)
	}
	return c
}

// advance goes on to a position that no cut lies before.
func (c *cuts) advance(at cutPosition, pos int) cutPosition {
	at.linePosition = at.advanced(c.doc.Data, pos)
	return at
}

// span is that of lines. What was cut out at either end is no part of it.
func (c *cuts) span(start, end int) Span {
	var s Span
	i := sort.Search(len(c.doc.Cuts), func(i int) bool { return c.doc.Cuts[i].At > start })
	at := c.advance(c.behind[i], start)
	s.Start, s.StartLine, s.StartColumn = c.doc.Offset+int64(start+at.left), at.line, at.column
	i = sort.Search(len(c.doc.Cuts), func(i int) bool { return c.doc.Cuts[i].At >= end })
	at = c.advance(c.behind[i], end)
	s.End, s.EndLine, s.EndColumn = c.doc.Offset+int64(end+at.left), at.line, at.column
	return s
}
