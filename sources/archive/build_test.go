package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// member is a file to be put into an archive.
type member struct{ name, text string }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func makeZip(t testing.TB, list ...member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range list {
		w := must(z.Create(m.name))(t)
		must(io.WriteString(w, m.text))(t)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func makeTar(t testing.TB, list ...member) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range list {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		must(io.WriteString(w, m.text))(t)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// through gives what w makes of data.
func through(t testing.TB, data []byte, begin func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := must(begin(&b))(t)
	must(w.Write(data))(t)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func makeGzip(t testing.TB, data []byte) []byte {
	return through(t, data, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func makeXz(t testing.TB, data []byte) []byte {
	return through(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func makeLZMA(t testing.TB, data []byte) []byte {
	return through(t, data, func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) })
}

func makeZstd(t testing.TB, data []byte) []byte {
	return through(t, data, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

// makeBzip2 needs the program, since no writer in Go is kept up.
func makeBzip2(t testing.TB, data []byte) []byte {
	t.Helper()
	path, err := exec.LookPath("bzip2")
	if err != nil {
		t.Skip("bzip2 is not installed")
	}
	cmd := exec.Command(path, "-c")
	cmd.Stdin = bytes.NewReader(data)
	return must(cmd.Output())(t)
}

// makeAr writes ar(5) as GNU does: long names in a member of their own.
func makeAr(t testing.TB, list ...member) []byte {
	b := bytes.NewBufferString("!<arch>\n")
	add := func(name, text string) {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", name, 0, 0, 0, "100644", len(text), text)
		if len(text)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	var names string
	short := make([]string, len(list))
	for i, m := range list {
		short[i] = m.name + "/"
		if len(m.name) > 15 {
			short[i] = fmt.Sprintf("/%d", len(names))
			names += m.name + "/\n"
		}
	}
	if names != "" {
		add("//", names)
	}
	for i, m := range list {
		add(short[i], m.text)
	}
	return b.Bytes()
}

func makeCpio(t testing.TB, list ...member) []byte {
	var b bytes.Buffer
	pad := func() {
		for b.Len()%4 != 0 {
			b.WriteByte(0)
		}
	}
	for _, m := range append(list, member{"TRAILER!!!", ""}) {
		mode := 0o100644
		fmt.Fprintf(&b, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
			1, mode, 0, 0, 1, 0, len(m.text), 0, 0, 0, 0, len(m.name)+1, 0, m.name)
		pad()
		b.WriteString(m.text)
		pad()
	}
	return b.Bytes()
}

// makeRPM writes what rpm needs to find the files; script is a string among the values of the header.
func makeRPM(t testing.TB, script string, payload []byte) []byte {
	lead := make([]byte, 96)
	copy(lead, "\xed\xab\xee\xdb\x03\x00")
	header := func(values string) []byte {
		const entries = 1
		b := append([]byte("\x8e\xad\xe8\x01\x00\x00\x00\x00"), 0, 0, 0, entries)
		b = binary.BigEndian.AppendUint32(b, uint32(len(values)))
		b = append(b, make([]byte, 16*entries)...)
		return append(b, values...)
	}
	b := append(lead, header("signature")...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	b = append(b, header("a-package\x001.0\x00"+script+"\x00")...)
	return append(b, payload...)
}

func makeDeb(t testing.TB, list ...member) []byte {
	return makeAr(t,
		member{"debian-binary", "2.0\n"},
		member{"control.tar.gz", string(makeGzip(t, makeTar(t, member{"./control", "Package: made-up\n"})))},
		member{"data.tar.xz", string(makeXz(t, makeTar(t, list...)))},
	)
}

// makeRar writes version 5 without compression: https://www.rarlab.com/technote.htm
func makeRar(t testing.TB, locked bool, list ...member) []byte {
	b := bytes.NewBufferString("Rar!\x1a\x07\x01\x00")
	block := func(fields []byte, data string) {
		sized := append(binary.AppendUvarint(nil, uint64(len(fields))), fields...)
		b.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized)))
		b.Write(sized)
		b.WriteString(data)
	}
	numbers := func(list ...uint64) (out []byte) {
		for _, n := range list {
			out = binary.AppendUvarint(out, n)
		}
		return out
	}
	block(numbers(1, 0, 0), "") // main header
	for _, m := range list {
		const crcPresent, dataArea, extraArea = 4, 2, 1
		var extra []byte
		flags := uint64(dataArea)
		if locked { // record of encryption: version, flags, count of the derivation, salt, initial vector
			record := append(numbers(1, 0, 0), append([]byte{15}, make([]byte, 32)...)...)
			extra = append(numbers(uint64(len(record))), record...)
			flags |= extraArea
		}
		fields := numbers(2, flags)
		if locked {
			fields = append(fields, numbers(uint64(len(extra)))...)
		}
		fields = append(fields, numbers(uint64(len(m.text)), crcPresent, uint64(len(m.text)), 0o100644)...)
		fields = binary.LittleEndian.AppendUint32(fields, crc32.ChecksumIEEE([]byte(m.text)))
		fields = append(fields, numbers(0, 1, uint64(len(m.name)))...)
		fields = append(append(fields, m.name...), extra...)
		block(fields, m.text)
	}
	block(numbers(5, 0, 0), "") // end
	return b.Bytes()
}

// make7z writes one folder for each member without compression; see 7zFormat.txt of https://www.7-zip.org/sdk.html
func make7z(t testing.TB, list ...member) []byte {
	var packed, h []byte
	for _, m := range list {
		packed = append(packed, m.text...)
	}
	number := func(n int) { // of up to 14 bits
		if n < 0x80 {
			h = append(h, byte(n))
			return
		}
		h = append(h, byte(0x80|n>>8), byte(n))
	}
	h = append(h, 0x01, 0x04) // header, main streams
	h = append(h, 0x06, 0)    // pack info at position 0
	number(len(list))
	h = append(h, 0x09) // sizes
	for _, m := range list {
		number(len(m.text))
	}
	h = append(h, 0)
	h = append(h, 0x07, 0x0b) // coders, folders
	number(len(list))
	h = append(h, 0) // not external
	for range list {
		h = append(h, 1, 1, 0) // one coder, id of one byte, which is that of copying
	}
	h = append(h, 0x0c)
	for _, m := range list {
		number(len(m.text))
	}
	h = append(h, 0)             // end of the coders
	h = append(h, 0x08, 0x0a, 1) // one stream a folder; all sums are defined
	for _, m := range list {
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.text)))
	}
	h = append(h, 0, 0) // end of these, of all streams
	h = append(h, 0x05) // files
	number(len(list))
	var names []byte
	for _, m := range list {
		for _, c := range m.name {
			names = append(names, byte(c), 0)
		}
		names = append(names, 0, 0)
	}
	h = append(h, 0x11)
	number(len(names) + 1)
	h = append(append(h, 0), names...)
	h = append(h, 0, 0) // end of files, of the header

	start := binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(h)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(h))
	b := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))...)
	return append(append(append(b, start...), packed...), h...)
}
