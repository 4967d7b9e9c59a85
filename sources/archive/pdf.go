package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stanchsec/stanch/internal/pdftext"
)

// maxPDF is how large a PDF file may be, in bytes, to be taken apart, which is done in memory. A larger one is mostly
// pictures.
const maxPDF = 64 << 20

// openPDF hands over the text of each page, what is in the strings of other objects, such as the targets of links,
// and what is attached. Nearly all of it is compressed in the file.
func openPDF(w *walk, in *input) error {
	if in.size > maxPDF {
		w.skip(in.at, fmt.Sprintf("larger than %s: only its bytes are scanned, not the text in it", bytesOf(maxPDF)))
		return w.leaf(&input{at: in.at, stream: io.NewSectionReader(in.file, 0, in.size)})
	}
	data := make([]byte, in.size)
	if _, err := io.ReadFull(io.NewSectionReader(in.file, 0, in.size), data); err != nil {
		return err
	}
	f, err := pdftext.Open(data, func(r io.Reader, n int64) io.Reader { return w.unpacked(r, always(n)) })
	switch {
	case errors.Is(err, pdftext.ErrEncrypted):
		return errEncrypted
	case err != nil:
		return &notOpened{err}
	}
	for t := range f.Texts() {
		if err := w.pdfText(in, t.Name, t.Text); err != nil {
			return err
		}
	}
	if s := f.Strings(); s != "" {
		if err := w.pdfText(in, "(strings)", s); err != nil {
			return err
		}
	}
	for name, r := range f.Streams() {
		if err := w.member(in, name, r, unknown); err != nil {
			return err
		}
	}
	return f.Err()
}

// pdfText hands over text under a name.
func (w *walk) pdfText(in *input, name, text string) error {
	if err := w.count(in); err != nil {
		return err
	}
	return w.text(within(in.at, name), strings.NewReader(text))
}
