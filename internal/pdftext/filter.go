package pdftext

import (
	"bytes"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// content is what a stream unpacks to, as far as it can be read.
func (f *File) content(s stream) []byte {
	r := f.reader(s)
	if r == nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(r, maxStream+1))
	if err != nil {
		f.fail(err)
	}
	if len(b) > maxStream {
		f.fail(fmt.Errorf("a stream of more than %d bytes", maxStream))
		b = b[:maxStream]
	}
	return b
}

// maxFilters is how often a stream may be packed.
const maxFilters = 4

// reader undoes the filters of a stream: section 7.4. It returns nil if one of them is for pictures or not known.
func (f *File) reader(s stream) io.Reader {
	var filters []any
	switch v := f.resolve(s.dict["Filter"]).(type) {
	case name:
		filters = []any{v}
	case []any:
		filters = v
	}
	if f.read += int64(len(s.raw)); f.read > maxReads*int64(len(f.data)) {
		f.fail(errors.New("streams that share their bytes"))
		return nil
	}
	if len(filters) > maxFilters {
		f.fail(fmt.Errorf("a stream that is packed %d times", len(filters)))
		return nil
	}
	var r io.Reader = bytes.NewReader(s.raw)
	for _, v := range filters {
		switch v := f.resolve(v); v {
		case name("FlateDecode"), name("Fl"):
			r = f.limit(&lazy{begin: zlib.NewReader, src: r}, int64(len(s.raw)))
		case name("ASCIIHexDecode"), name("AHx"):
			b, err := io.ReadAll(io.LimitReader(r, maxStream))
			if err != nil {
				f.fail(err)
			}
			p := parser{b: append([]byte{'<'}, b...)}
			r = bytes.NewReader(p.hex().(text))
		case name("ASCII85Decode"), name("A85"):
			b, err := io.ReadAll(io.LimitReader(r, maxStream))
			if err != nil {
				f.fail(err)
			}
			b, _, _ = bytes.Cut(b, []byte("~>"))
			r = ascii85.NewDecoder(bytes.NewReader(b))
		case name("DCTDecode"), name("DCT"), name("JPXDecode"), name("JBIG2Decode"), name("CCITTFaxDecode"), name("CCF"):
			return nil
		default:
			f.fail(fmt.Errorf("a stream packed by the filter %v, which is not known", v))
			return nil
		}
	}
	return r
}

// lazy begins to unpack when it is read from.
type lazy struct {
	begin func(io.Reader) (io.ReadCloser, error)
	src   io.Reader
	r     io.Reader
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.begin(l.src)
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}
