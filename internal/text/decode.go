package text

import (
	"fmt"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// decoder gives the transformer to UTF-8, nil for ASCII. The mark must be gone by
// then: one that comes later is a character of the text.
func (e Encoding) decoder() transform.Transformer {
	var enc encoding.Encoding
	switch e {
	case UTF16LE:
		enc = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		enc = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case UTF32LE:
		enc = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case UTF32BE:
		enc = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	default:
		return nil
	}
	return enc.NewDecoder().Transformer
}

// NewReader returns a reader of UTF-8 over src, which is in encoding e and stands
// behind its byte order mark. What is no character becomes U+FFFD; there are no
// errors but those of src. For ASCII it returns src itself.
func NewReader(src io.Reader, e Encoding) io.Reader {
	t := e.decoder()
	if t == nil {
		return src
	}
	return transform.NewReader(src, t)
}

// Decode brings a whole file of form f to UTF-8, without its byte order mark. The
// result shares data's memory where nothing has to be transcoded.
func (f Form) Decode(data []byte) ([]byte, error) {
	data = data[min(f.BOM, len(data)):]
	t := f.Encoding.decoder()
	if t == nil {
		return data, nil
	}
	out, _, err := transform.Bytes(t, data)
	if err != nil {
		return nil, fmt.Errorf("decoding %s: %w", f.Encoding, err)
	}
	return out, nil
}
