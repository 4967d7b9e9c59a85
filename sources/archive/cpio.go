package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Archives of cpio, in the "new ASCII" format, are what RPM packages and the first file systems of Linux hold:
// https://www.kernel.org/doc/html/latest/driver-api/early-userspace/buffer-format.html

const (
	cpioHeader = 110 // bytes: magic 6, then 13 numbers of 8 hexadecimal digits
	cpioEnd    = "TRAILER!!!"
	// maxCpioName is the longest name in bytes that is believed; systems have 4096 at most.
	maxCpioName = 64 << 10
	// The kind of a file in its mode, and that of a regular one: inode(7).
	cpioKind, cpioRegular = 0o170000, 0o100000
)

func isCpio(_ string, head []byte) bool {
	_, err := parseCpio(head)
	return err == nil
}

// cpioMember is what a header says of a member.
type cpioMember struct{ mode, size, nameSize int64 }

func parseCpio(b []byte) (cpioMember, error) {
	if len(b) < cpioHeader || (string(b[:6]) != "070701" && string(b[:6]) != "070702") {
		return cpioMember{}, errors.New("no header where the next member should begin")
	}
	var field [13]int64
	for i := range field {
		n, err := strconv.ParseUint(string(b[6+8*i:14+8*i]), 16, 32)
		if err != nil {
			return cpioMember{}, errors.New("a header that holds something else than numbers")
		}
		field[i] = int64(n)
	}
	m := cpioMember{mode: field[1], size: field[6], nameSize: field[11]}
	if m.nameSize == 0 || m.nameSize > maxCpioName {
		return cpioMember{}, fmt.Errorf("a name of %d bytes", m.nameSize)
	}
	return m, nil
}

func openCpio(w *walk, in *input) error {
	r, release := buffered(in.stream)
	defer release()
	for {
		var header [cpioHeader]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return eofIsEarly(err)
		}
		m, err := parseCpio(header[:])
		if err != nil {
			return err
		}
		name := make([]byte, m.nameSize)
		if _, err := io.ReadFull(r, name); err != nil {
			return eofIsEarly(err)
		}
		if err := skipBytes(r, -(cpioHeader+m.nameSize)&3); err != nil {
			return err
		}
		name = name[:len(name)-1] // a zero byte
		if string(name) == cpioEnd {
			more, err := behindCpio(r)
			if err != nil || !more {
				return err
			}
			if head, _ := r.Peek(cpioHeader); isCpio("", head) { // as first file systems have it, after the microcode
				continue
			}
			return w.member(in, "(behind the end)", r, unknown)
		}
		content := &arMember{r: r, left: m.size}
		if m.mode&cpioKind == cpioRegular && m.size > 0 {
			if err := w.member(in, string(name), content, m.size); err != nil {
				return err
			}
		}
		if err := skipBytes(r, content.left+-m.size&3); err != nil {
			return err
		}
	}
}

// behindCpio skips the zero bytes that fill an archive up, and reports whether something else follows.
func behindCpio(r *bufio.Reader) (bool, error) {
	for {
		switch c, err := r.ReadByte(); {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case c != 0:
			return true, r.UnreadByte()
		}
	}
}

// skipBytes reads n bytes and forgets them.
func skipBytes(r io.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return eofIsEarly(err)
}
