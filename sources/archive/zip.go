package archive

import (
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"
	"golang.org/x/text/encoding/charmap"
)

// encryptedBit is the flag of an encrypted member: section 4.4.4 of
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
const encryptedBit = 1

// The methods of section 4.4.5 there that package zip does not know.
const (
	methodBzip2 = 12
	methodLZMA  = 14
	methodZstd  = 93
	methodXz    = 95
)

func openZip(w *walk, in *input) error {
	z, err := zip.NewReader(in.file, in.size)
	if err != nil {
		return &notOpened{err}
	}
	for method, begin := range map[uint16]func(io.Reader) (io.Reader, func(), error){
		zip.Deflate: func(r io.Reader) (io.Reader, func(), error) { return flate.NewReader(r), nil, nil },
		methodBzip2: func(r io.Reader) (io.Reader, func(), error) { return bzip2.NewReader(r), nil, nil },
		methodXz:    func(r io.Reader) (io.Reader, func(), error) { return newXz(bufio.NewReader(r)) },
		methodZstd:  func(r io.Reader) (io.Reader, func(), error) { return newZstd(bufio.NewReader(r)) },
		methodLZMA:  newZipLZMA,
	} {
		z.RegisterDecompressor(method, func(r io.Reader) io.ReadCloser { return decompress(begin, r) })
	}
	if z.Comment != "" {
		if err := w.member(in, "(comment)", strings.NewReader(z.Comment), int64(len(z.Comment))); err != nil {
			return err
		}
	}
	var d *office
	if isOffice(z) {
		d = &office{zip: z}
	}
	var packed int64
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		name := zipName(f)
		if f.Flags&encryptedBit != 0 {
			if err := w.missed(in, name, errEncrypted); err != nil {
				return err
			}
			continue
		}
		packed += int64(min(f.CompressedSize64, 1<<62))
		if packed > in.size { // members overlap
			return &limitError{"its members share their bytes, as those of archives do that are made to exhaust a reader"}
		}
		if err := openZipMember(w, in, f, name, d); err != nil {
			return err
		}
	}
	if d != nil {
		return d.finish(w, in)
	}
	return nil
}

func openZipMember(w *walk, in *input, f *zip.File, name string, d *office) error {
	r, err := f.Open()
	switch {
	case err == zip.ErrAlgorithm:
		return w.missed(in, name, fmt.Errorf("%w: its compression (method %d) is not known", errUnsupported, f.Method))
	case err != nil:
		return w.missed(in, name, err)
	}
	defer r.Close()
	content := w.unpacked(r, always(int64(min(f.CompressedSize64, 1<<62))))
	size := int64(min(f.UncompressedSize64, 1<<62))
	if d != nil && d.takes(name) {
		return d.member(w, in, name, content, size)
	}
	return w.member(in, name, content, size)
}

// zipName is the name of a member. Without the flag that says UTF-8 it is in the code page of the first PCs, or
// that of another country; see appendix D of the specification.
func zipName(f *zip.File) string {
	if !f.NonUTF8 || utf8.ValidString(f.Name) {
		return strings.ReplaceAll(f.Name, `\`, "/") // by programs that do not know better
	}
	name, err := charmap.CodePage437.NewDecoder().String(f.Name)
	if err != nil {
		return strings.ToValidUTF8(f.Name, "\uFFFD")
	}
	return name
}

// closing is a decompressor with what ends it.
type closing struct {
	io.Reader
	close func()
}

func (c closing) Close() error {
	if c.close != nil {
		c.close()
	}
	return nil
}

// decompress begins to decompress when it is read from first, so that a failure is one of that member.
func decompress(begin func(io.Reader) (io.Reader, func(), error), r io.Reader) io.ReadCloser {
	out, closer, err := begin(r)
	if err != nil {
		return closing{Reader: failed{eofIsEarly(err)}}
	}
	return closing{out, closer}
}

// newZipLZMA reads the header that zip puts before LZMA data (section 5.8.8 of the specification) and hands the
// library the one that it expects, with an unknown size.
func newZipLZMA(r io.Reader) (io.Reader, func(), error) {
	var h [9]byte // version, length of the properties, properties
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, nil, err
	}
	if h[2] != 5 || h[3] != 0 {
		return nil, nil, fmt.Errorf("%d bytes of LZMA properties, want 5", int(h[2])|int(h[3])<<8)
	}
	return newLZMA(io.MultiReader(strings.NewReader(string(h[4:])+"\xff\xff\xff\xff\xff\xff\xff\xff"), r))
}

// newLZMA reads data with the header of the old lzma program.
func newLZMA(r io.Reader) (io.Reader, func(), error) {
	var h [lzma.HeaderLen]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, nil, err
	}
	if window := uint32(h[1]) | uint32(h[2])<<8 | uint32(h[3])<<16 | uint32(h[4])<<24; window > maxWindow {
		return nil, nil, zstd.ErrWindowSizeExceeded
	}
	out, err := lzma.NewReader(io.MultiReader(strings.NewReader(string(h[:])), r))
	return out, nil, err
}
