package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"strconv"
)

const tarBlock = 512

// isTar checks the sum over the header, which all kinds of tar have; see "ustar Interchange Format" in
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html. Old ones computed it with signed bytes.
func isTar(_ string, head []byte) bool {
	if len(head) < tarBlock || head[0] == 0 {
		return false
	}
	const at, length = 148, 8
	digits := bytes.Trim(head[at:at+length], " \x00")
	want, err := strconv.ParseInt(string(digits), 8, 32)
	if err != nil {
		return false
	}
	var sum, signed int64
	for i, c := range head[:tarBlock] {
		if i >= at && i < at+length {
			c = ' '
		}
		sum += int64(c)
		signed += int64(int8(c))
	}
	return want == sum || want == signed
}

func openTar(w *walk, in *input) error {
	ahead, release := buffered(in.stream)
	defer release()
	raw := &counter{r: ahead}
	var src io.Reader = raw
	for {
		t := tar.NewReader(src)
		for {
			h, err := t.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse {
				continue
			}
			before := raw.n
			// What is not there but in a sparse file's table may be without end.
			content := w.unpacked(t, func() int64 { return raw.n - before })
			content.free = true
			if err := w.member(in, h.Name, content, h.Size); err != nil {
				return err
			}
		}
		block, err := behindEnd(raw)
		if err != nil || block == nil {
			return err
		}
		src = io.MultiReader(bytes.NewReader(block), raw)
		if !isTar("", block) {
			return w.member(in, "(behind the end)", src, unknown)
		}
	}
}

// behindEnd skips what fills a tar archive up, and returns the first block of what else follows, as "tar -A" and
// Alpine's packages have it; nil if nothing does.
func behindEnd(r io.Reader) ([]byte, error) {
	block := make([]byte, tarBlock)
	for {
		n, err := io.ReadFull(r, block)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		if len(bytes.Trim(block[:n], "\x00")) > 0 {
			return block[:n], nil
		}
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
