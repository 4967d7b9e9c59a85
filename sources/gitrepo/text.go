package gitrepo

import (
	"bytes"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/internal/text"
)

// content is what of a blob is looked through.
type content struct {
	doc detector.Document // without its location
	// skipped is how many bytes of the blob stand before doc.Data; -1 says that doc.Data
	// was transcoded, so that its bytes are not those of the blob.
	skipped int
}

// contentOf makes a document of a blob, as the source of files does it of a file: a byte
// order mark is left out, UTF-16 and UTF-32 become UTF-8.
func contentOf(blob []byte) (content, error) {
	form := text.Detect(blob)
	c := content{doc: detector.Document{Data: blob[form.BOM:], Offset: int64(form.BOM), Binary: form.Binary}, skipped: form.BOM}
	if form.Encoding == text.ASCII {
		return c, nil
	}
	data, err := form.Decode(blob)
	if err != nil {
		return c, err
	}
	return content{doc: detector.Document{Data: data}, skipped: -1}, nil
}

// copies turns the steps that make a blob from its base into copies that make its content
// from the base's, where skipped bytes of the blob and baseSkipped of the base are left
// out.
func copies(buf []detector.Copy, ops []gitstore.Op, skipped, baseSkipped int) []detector.Copy {
	buf = buf[:0]
	for _, op := range ops {
		from, n := op.From, op.Len
		if cut := min(skipped, n); cut > 0 {
			skipped -= cut
			n -= cut
			if from >= 0 {
				from += cut
			}
		}
		if n == 0 {
			continue
		}
		if from >= 0 && from < baseSkipped { // the base's content lacks these bytes
			lost := min(baseSkipped-from, n)
			buf = append(buf, detector.Copy{From: -1, Len: lost})
			from += lost
			if n -= lost; n == 0 {
				continue
			}
		}
		if from >= 0 {
			from -= baseSkipped
		}
		buf = append(buf, detector.Copy{From: from, Len: n})
	}
	return buf
}

// headersLeftOut are the headers of commits that no person writes: ids, and signatures
// with what is signed.
var headersLeftOut = [][]byte{[]byte("tree "), []byte("parent "), []byte("gpgsig"), []byte("mergetag "), []byte("object ")}

// messageOf appends to buf what of a commit or tag is looked through: the lines of its
// header but for ids and signatures, and the message.
func messageOf(buf, data []byte) []byte {
	buf = buf[:0]
	keep := true
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		line := data[:end]
		if len(line) == 1 { // the empty line before the message
			return append(buf, data...)
		}
		if line[0] != ' ' { // else it goes on with the header before
			keep = true
			for _, h := range headersLeftOut {
				keep = keep && !bytes.HasPrefix(line, h)
			}
		}
		if keep {
			buf = append(buf, line...)
		}
		data = data[end:]
	}
	return buf
}
