package gitstore

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// entryAt is an object of a pack that a test indexes.
type entryAt struct {
	id         ID
	start, end int64
}

// writeIndex makes an index of version 2 (gitformat-pack(5)) for entries of a pack.
func writeIndex(pack []byte, entries []entryAt) []byte {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b entryAt) int { return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.start, b.start)) })
	out := slices.Clone(idxMagic)
	for first := range 256 {
		n := 0
		for _, e := range entries {
			if int(e.id[0]) <= first {
				n++
			}
		}
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	for _, e := range entries {
		out = append(out, e.id[:]...)
	}
	for _, e := range entries {
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(pack[e.start:e.end]))
	}
	for _, e := range entries {
		out = binary.BigEndian.AppendUint32(out, uint32(e.start))
	}
	out = append(out, pack[len(pack)-packTrailer:]...)
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

// index writes a thin pack and an index for it into the object folder of a repository
// that has all the bases.
func index(t *testing.T, gitDir string, pack []byte) {
	t.Helper()
	p := &Pack{data: pack}
	var entries []entryAt
	for at := int64(packHeader); at < int64(len(pack)-packTrailer); {
		h, err := p.header(at, int64(len(pack)-packTrailer))
		if err != nil {
			t.Fatal(err)
		}
		r := bytes.NewReader(pack[h.data:])
		z, err := zlib.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			t.Fatal(err)
		}
		end := int64(len(pack) - r.Len())
		entries = append(entries, entryAt{ID(sha1.Sum(pack[at:end])), at, end}) // for now
		at = end
	}
	base := filepath.Join(gitDir, "objects", "pack", "pack-thin")
	write := func() {
		for ext, data := range map[string][]byte{".pack": pack, ".idx": writeIndex(pack, entries)} {
			if err := os.WriteFile(base+ext, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	write()
	s, err := Open(gitDir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		typ, data, err := s.Object(entries[i].id)
		if err != nil {
			t.Fatal(err)
		}
		entries[i].id = sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", typ, len(data), data))
	}
	s.Close()
	write()
}
