package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// RPM packages are a lead of 96 bytes, a header with signatures, a header with all that is known of the package,
// and the files as a compressed cpio archive: https://rpm-software-management.github.io/rpm/manual/format_v4.html

const (
	rpmLead = 96
	// maxRPMHeader is the limit of rpm itself, in bytes.
	maxRPMHeader = 256 << 20
	// maxRPMText is how much of a header's text is looked at, in bytes; of the packages of distributions it is
	// names of files, but for some scripts.
	maxRPMText = 64 << 20
)

var rpmHeaderMagic = []byte{0x8e, 0xad, 0xe8, 0x01}

func openRPM(w *walk, in *input) error {
	if err := skipBytes(in.stream, rpmLead); err != nil {
		return &notOpened{err}
	}
	size, err := rpmHeader(in.stream)
	if err != nil {
		return &notOpened{err}
	}
	if err := skipBytes(in.stream, size+-size&7); err != nil {
		return err
	}
	if size, err = rpmHeader(in.stream); err != nil {
		return err
	}
	text := &arMember{r: in.stream, left: size}
	// Values stand one behind the other; strings end in a zero byte. A script has lines of its own.
	if err := w.member(in, "(header)", &lines{io.LimitReader(text, maxRPMText)}, size); err != nil {
		return err
	}
	if text.left > 0 {
		if size > maxRPMText {
			w.skip(within(in.at, "(header)"), "scanned only in part: it is larger than "+bytesOf(maxRPMText))
		}
		if err := skipBytes(in.stream, text.left); err != nil {
			return err
		}
	}
	payload := &input{at: in.at, name: in.name, depth: in.depth + 1, stream: in.stream, size: unknown}
	defer w.peek(payload)()
	if head := w.head(payload); bytes.HasPrefix(head, []byte{0x5d, 0, 0}) { // no magic, but what old packages have
		return w.enter(&format{name: "lzma data", open: compressed(func(r *bufio.Reader) (io.Reader, func(), error) {
			return newLZMA(r)
		})}, payload)
	}
	return w.opened(payload)
}

// rpmHeader reads the beginning of a header with its index, and returns the size of the values that follow, in
// bytes.
func rpmHeader(r io.Reader) (int64, error) {
	var b [16]byte // magic 4, reserved 4, number of entries 4, size of the values 4
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, eofIsEarly(err)
	}
	if !bytes.Equal(b[:4], rpmHeaderMagic) {
		return 0, fmt.Errorf("no header where one should begin")
	}
	entries, size := int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:]))
	if entries*16+size > maxRPMHeader {
		return 0, fmt.Errorf("a header of %s", bytesOf(entries*16+size))
	}
	return size, skipBytes(r, entries*16)
}

// lines puts line ends in place of zero bytes.
type lines struct{ r io.Reader }

func (l *lines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == 0 {
			p[i] = '\n'
		}
	}
	return n, err
}
