package engine

import (
	"bytes"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/internal/linehash"
	"github.com/stanchsec/stanch/internal/triage"
)

// take puts what was found in a document to the configuration and the comments of the
// text, and keeps what is left. base is the name of the file.
func (e *Engine) take(folder *config.Folder, base string, doc *detector.Document, found []detector.Finding) {
	// A log takes no comments, and its positions are not those in doc.Data.
	marked := len(doc.Cuts) == 0 && triage.Marked(doc.Data)
	hashes := lineHashes(doc, found)
	for i := range found {
		f := &found[i]
		if folder.Drops(f.Rule.ID) {
			continue
		}
		place := &f.Places[0]
		place.LineHash = hashes[place.Span.StartLine]
		s := folder.Suppress(f.Rule.ID, f.Fingerprint, base)
		if s == nil && marked {
			s = inline(doc, found, i)
		}
		if doc.Partial {
			e.found.claim(f)
		}
		e.found.add(f, s)
	}
}

// lineHashes computes the hashes of the lines that findings begin in, if the document is
// a whole file.
func lineHashes(doc *detector.Document, found []detector.Finding) map[int]string {
	if doc.Partial || doc.Binary || len(doc.Cuts) > 0 {
		return nil
	}
	lines := make([]int, len(found))
	for i := range found {
		lines[i] = found[i].Places[0].Span.StartLine
	}
	return linehash.Of(doc.Data, lines...)
}

// inline is the suppression of found[i] by a comment on the line it begins or ends in, or
// on the line before.
func inline(doc *detector.Document, found []detector.Finding, i int) *detector.Suppression {
	f := &found[i]
	span := f.Places[0].Span
	start, end := int(span.Start-doc.Offset), int(span.End-doc.Offset)
	first := lineAround(doc.Data, start, start)
	ends := []extent{first}
	if last := lineAround(doc.Data, max(start, end-1), end); last.start != first.start {
		ends = append(ends, last)
	}
	for _, line := range ends {
		before := extent{line.start, line.start}
		if line.start > 0 && doc.Data[line.start-1] == '\n' {
			before = lineAround(doc.Data, line.start-1, line.start-1)
		}
		text := string(doc.Data[line.start:line.end])
		s, _ := triage.Inline(text, string(doc.Data[before.start:before.end]), f.Rule.ID, secretsIn(doc, found, before.start, line.end)...)
		if s != nil {
			return s
		}
	}
	return nil
}

type extent struct{ start, end int }

// surround is how far from a finding its line is looked at for a comment, in bytes.
const surround = 2048

// lineAround is the line of data that holds the bytes from lo to hi, or what of a long
// line surrounds them, without the line's end.
func lineAround(data []byte, lo, hi int) extent {
	from, to := max(0, lo-surround), min(len(data), hi+surround)
	if i := bytes.LastIndexByte(data[from:lo], '\n'); i >= 0 {
		from += i + 1
	}
	if i := bytes.IndexByte(data[hi:to], '\n'); i >= 0 {
		to = hi + i
	}
	return extent{from, to}
}

// secretsIn lists what was found between two offsets, as it is and as it stands there.
func secretsIn(doc *detector.Document, found []detector.Finding, from, to int) []detector.Secret {
	var list []detector.Secret
	for i := range found {
		span := found[i].Places[0].Span
		start, end := int(span.Start-doc.Offset), int(span.End-doc.Offset)
		if end <= from || start >= to {
			continue
		}
		list = append(list, found[i].Secret)
		for _, p := range found[i].Parts {
			if p.Secret {
				list = append(list, p.Value)
			}
		}
		if written := string(doc.Data[max(0, start):min(len(doc.Data), end)]); written != found[i].Secret.Reveal() {
			list = append(list, detector.NewSecret(written, 0))
		}
	}
	return list
}
