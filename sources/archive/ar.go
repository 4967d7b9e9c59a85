package archive

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Archives of ar(5) hold the parts of Debian packages (deb(5)) and object files. System V and GNU end names in a
// slash and keep long ones in a member of their own, "//"; BSD puts them before the content and says "#1/LENGTH".

const (
	arMagic = "!<arch>\n"
	// maxArNames is more than any list of long names takes, in bytes.
	maxArNames = 16 << 20
)

// arHeader is what stands before a member.
type arHeader struct {
	name string
	size int64
}

func openAr(w *walk, in *input) error {
	r := in.stream
	if _, err := io.ReadFull(r, make([]byte, len(arMagic))); err != nil {
		return &notOpened{err}
	}
	var names []byte // long ones
	for {
		h, err := readArHeader(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		content := &arMember{r: r, left: h.size}
		if h.name == "//" {
			if h.size > maxArNames {
				return fmt.Errorf("%d bytes of member names", h.size)
			}
			if names, err = io.ReadAll(content); err != nil {
				return err
			}
		} else if h.name != "/" && h.name != "/SYM64/" { // of these, tables of symbols, nobody has secrets
			name, err := arName(h.name, names, content)
			if err != nil {
				return err
			}
			if err := w.member(in, name, content, content.left); err != nil {
				return err
			}
		}
		if err := content.finish(h.size); err != nil {
			return err
		}
	}
}

// readArHeader reads the 60 bytes before a member: name 16, date 12, owner 6, group 6, mode 8, size 10, end 2.
func readArHeader(r io.Reader) (arHeader, error) {
	var b [60]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return arHeader{}, err // io.EOF only before the first byte
	}
	if string(b[58:]) != "`\n" {
		return arHeader{}, fmt.Errorf("no header where the next member should begin")
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(b[48:58])), 10, 64)
	if err != nil || size < 0 {
		return arHeader{}, fmt.Errorf("the size of a member is no number")
	}
	return arHeader{strings.TrimRight(string(b[:16]), " "), size}, nil
}

// arName is the full name of a member.
func arName(name string, names []byte, content *arMember) (string, error) {
	if digits, ok := strings.CutPrefix(name, "#1/"); ok { // BSD
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > min(content.left, maxArNames) {
			return "", fmt.Errorf("the length of a member's name is %q", digits)
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(content, b); err != nil {
			return "", err
		}
		return string(bytes.TrimRight(b, "\x00")), nil
	}
	if digits, ok := strings.CutPrefix(name, "/"); ok {
		at, err := strconv.Atoi(digits)
		if err != nil || at < 0 || at >= len(names) {
			return "", fmt.Errorf("the name of a member stands at %q of %d bytes of names", digits, len(names))
		}
		name, _, _ := strings.Cut(string(names[at:]), "\n")
		return strings.TrimSuffix(name, "/"), nil
	}
	return strings.TrimSuffix(name, "/"), nil
}

// arMember is the content of a member.
type arMember struct {
	r    io.Reader
	left int64
}

func (m *arMember) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	if err == io.EOF && m.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// finish skips what was not read, and the byte that makes the size even.
func (m *arMember) finish(size int64) error {
	if _, err := io.Copy(io.Discard, m); err != nil {
		return err
	}
	if size%2 == 1 {
		if _, err := io.ReadFull(m.r, make([]byte, 1)); err != nil && err != io.EOF { // some leave the last one out
			return err
		}
	}
	return nil
}
