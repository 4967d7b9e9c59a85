package buildlog

import (
	"bytes"
	"slices"

	"github.com/stanchsec/stanch/detector"
)

// widths are the usual ones of terminals, in columns.
var widths = []int{80, 100, 120, 132, 160}

// leastBroken is the least length of what may be the beginning of a broken token, in bytes.
const leastBroken = 4

// wraps makes a document of each stretch of lines between start and end that a terminal may
// have broken within a token, with the line feeds left out. Only what begins in the token
// is to be looked for, and only if it is fresh (counted from start). Offset and FirstLine
// count from the start of the raw piece.
func (c *cleaner) wraps(start, end int, fresh []detector.Range) []detector.Document {
	var list []detector.Document
	i, _ := slices.BinarySearchFunc(c.lines, start, func(l line, at int) int { return l.text - at })
	for ; i < len(c.lines) && c.lines[i].text < end; i++ {
		j := i
		for j+1 < len(c.lines) && c.lines[j+1].text < end && c.broken(j) {
			j++
		}
		if j == i {
			continue
		}
		doc := c.joined(i, j)
		for _, r := range doc.Fresh {
			at := c.lines[i].text + r.Start - start
			if slices.ContainsFunc(fresh, func(f detector.Range) bool { return f.Start <= at && at < f.End }) {
				list = append(list, doc)
				break
			}
		}
		i = j
	}
	return list
}

// lineText is line i without its end.
func (c *cleaner) lineText(i int) []byte {
	end := len(c.text)
	if i+1 < len(c.lines) {
		end = c.lines[i+1].text
	}
	return bytes.TrimRight(c.text[c.lines[i].text:end], "\r\n")
}

// broken reports whether a terminal may have broken the text between line i and the next
// within a token.
func (c *cleaner) broken(i int) bool {
	a := c.lineText(i)
	if len(a) < widths[0] || !slices.Contains(widths, columns(a)) || tokenTail(a) < leastBroken {
		return false
	}
	b := c.lineText(i + 1)
	return len(b) > 0 && tokenByte(b[0])
}

// tokenTail is how many bytes of token a line ends with.
func tokenTail(b []byte) int {
	n := 0
	for n < len(b) && tokenByte(b[len(b)-1-n]) {
		n++
	}
	return n
}

func tokenByte(c byte) bool {
	return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || bytes.IndexByte([]byte("_+/=-."), c) >= 0
}

// joined is the document of lines i to j without the breaks between.
func (c *cleaner) joined(i, j int) detector.Document {
	doc := detector.Document{Offset: int64(c.lines[i].raw), FirstLine: c.lines[i].number, Partial: true}
	for k := i; k <= j; k++ {
		from := c.lines[k].text
		content := c.lineText(k)
		cuts := c.cutsIn(from, from+len(content))
		if k > i {
			// What stood between the lines is cut out before this one's first byte.
			before := c.lines[k-1].text + len(c.lineText(k-1))
			gap := detector.Cut{At: len(doc.Data), Bytes: from - before, Lines: 1}
			for _, x := range c.cutsIn(before, from) { // colours at the end of the line before
				gap.Bytes += x.Bytes
			}
			if len(cuts) > 0 && cuts[0].At == 0 {
				gap.Bytes, gap.Columns = gap.Bytes+cuts[0].Bytes, cuts[0].Columns
				cuts = cuts[1:]
			}
			doc.Cuts = append(doc.Cuts, gap)
		}
		for _, x := range cuts {
			x.At += len(doc.Data)
			doc.Cuts = append(doc.Cuts, x)
		}
		doc.Data = append(doc.Data, content...)
		if k < j {
			doc.Fresh = append(doc.Fresh, detector.Range{Start: len(doc.Data) - tokenTail(content), End: len(doc.Data)})
		}
	}
	return doc
}
