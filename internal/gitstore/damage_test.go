package gitstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

// TestDamage overwrites bytes of a pack: the objects hit, and those made from them, are
// named, and all others read.
func TestDamage(t *testing.T) {
	r := gittest.New(t)
	history(r, 25)
	r.Git("repack", "-q", "-a", "-d", "-f", "--depth=50")
	want := r.Objects()
	names, err := filepath.Glob(filepath.Join(r.GitDir(), "objects", "pack", "*.pack"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	good, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(names[0], 0o666); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{packHeader, packHeader + 1, len(good) / 3, len(good) / 2, len(good) - packTrailer - 5} {
		bad := bytes.Clone(good)
		for i := range 4 {
			bad[at+i] ^= 0x5a
		}
		if err := os.WriteFile(names[0], bad, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Open(r.GitDir())
		if err != nil {
			t.Fatal(err)
		}
		got, damaged := walkAll(t, s, 2)
		if len(damaged) == 0 {
			t.Errorf("bytes at %d overwritten, and nothing is damaged", at)
		}
		for _, e := range damaged {
			if _, known := want[e.ID.String()]; !known || e.File != filepath.Base(names[0]) {
				t.Errorf("the error names %s in %s", e.ID, e.File)
			}
			if _, read := got[e.ID.String()]; read {
				t.Errorf("object %s is damaged and read", e.ID)
			}
		}
		if len(got)+len(damaged) != len(want) {
			t.Errorf("bytes at %d: %d objects read and %d damaged, of %d", at, len(got), len(damaged), len(want))
		}
		for id, o := range got {
			if !bytes.Equal(o.Data, want[id].Data) {
				t.Errorf("bytes at %d: object %s has other content", at, id)
			}
		}
		checked := map[ID]bool{}
		s.Packs()[0].Forest().Check(func(Type) bool { return true }, func(e *ObjectError) { checked[e.ID] = true })
		if len(checked) == 0 && at > packHeader+1 { // what has no header has no type
			t.Errorf("bytes at %d: the checksums agree", at)
		}
		s.Close()
	}
}

// TestBrokenIndex has a second pack whose index makes no sense: it is named, and the first
// is read.
func TestBrokenIndex(t *testing.T) {
	r := gittest.New(t)
	history(r, 8)
	r.Git("repack", "-q", "-a", "-d")
	dir := filepath.Join(r.GitDir(), "objects", "pack")
	for name, text := range map[string]string{"pack-x.pack": "PACK nonsense", "pack-x.idx": "nonsense", "pack-y.pack": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(r.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Damaged()) != 2 {
		t.Errorf("damaged: %v", s.Damaged())
	}
	if all, _ := walkAll(t, s, 2); len(all) != len(r.Objects()) {
		t.Errorf("%d objects", len(all))
	}
}

// TestDamagedLoose cuts a loose object short.
func TestDamagedLoose(t *testing.T) {
	r := gittest.New(t)
	r.Write("a", "some text in a file\n")
	r.Commit("a")
	id, err := ParseID(r.Git("rev-parse", "HEAD:a"))
	if err != nil {
		t.Fatal(err)
	}
	name := loosePath(filepath.Join(r.GitDir(), "objects"), id)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Open(r.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range len(data) {
		if err := os.WriteFile(name, data[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Object(id); err == nil {
			t.Errorf("the first %d of %d bytes are an object", n, len(data))
		}
	}
}

// fuzzPack gives packs and their indexes to start from.
func fuzzPack(f testing.TB) (pack, idx []byte) {
	r := gittest.New(f)
	history(r, 6)
	r.Git("repack", "-q", "-a", "-d", "-f", "--depth=10")
	names, err := filepath.Glob(filepath.Join(r.GitDir(), "objects", "pack", "pack-*.pack"))
	if err != nil || len(names) != 1 {
		f.Fatal(names, err)
	}
	if pack, err = os.ReadFile(names[0]); err != nil {
		f.Fatal(err)
	}
	if idx, err = os.ReadFile(names[0][:len(names[0])-len("pack")] + "idx"); err != nil {
		f.Fatal(err)
	}
	return pack, idx
}

// FuzzPack reads packs and indexes of any content. The checksums are made to agree, or
// nothing behind them would be reached.
func FuzzPack(f *testing.F) {
	pack, idx := fuzzPack(f)
	f.Add(pack, idx, true)
	f.Add(pack, idx, false)
	f.Fuzz(readHostile)
}

// TestMutatedPack reads packs with some bytes changed in them or in their index, their
// checksums mended and not.
func TestMutatedPack(t *testing.T) {
	pack, idx := fuzzPack(t)
	rng := rand.New(rand.NewPCG(7, 7))
	for range 400 {
		p, i := bytes.Clone(pack), bytes.Clone(idx)
		for range 1 + rng.IntN(3) {
			p[rng.IntN(len(p))] ^= byte(1 + rng.IntN(255))
		}
		if rng.IntN(3) == 0 {
			i[rng.IntN(len(i))] ^= byte(1 + rng.IntN(255))
		}
		if rng.IntN(10) == 0 {
			p = p[:rng.IntN(len(p))]
		}
		readHostile(t, p, i, rng.IntN(4) > 0)
	}
}

// readHostile reads a pack of any content and sees that each of its objects is either
// visited or named as damaged.
func readHostile(t *testing.T, pack, idx []byte, mend bool) {
	p := &Pack{Name: "fuzz.pack", data: pack, idx: bytes.Clone(idx), unmap: func() {}}
	if p.check() != nil {
		return
	}
	byOffset, offsets := p.order()
	if mend {
		for k, i := range byOffset {
			if from, to := offsets[k], offsets[k+1]; from >= packHeader && to <= int64(len(pack)-packTrailer) && from < to {
				binary.BigEndian.PutUint32(p.crcs[4*i:], crc32.ChecksumIEEE(pack[from:to]))
			}
		}
	}
	s := &Store{packs: []*Pack{p}}
	visited, damaged := 0, 0
	err := p.Forest().Walk(context.Background(), s, 1, Visitor{
		Want: func(Type) bool { return true },
		Visit: func(o *Object) (any, error) {
			visited++
			at := 0
			for _, op := range o.Ops {
				at += op.Len
			}
			if o.Ops != nil && at != len(o.Data) {
				t.Errorf("steps make up %d of %d bytes", at, len(o.Data))
			}
			return o.ID, nil
		},
		Damaged: func(*ObjectError) { damaged++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if visited+damaged != p.Len() {
		t.Errorf("%d objects visited and %d damaged, of %d", visited, damaged, p.Len())
	}
	for i := range min(p.Len(), 20) {
		_, _, _ = s.Object(p.id(i))
	}
}

// FuzzDelta applies deltas of any content.
func FuzzDelta(f *testing.F) {
	f.Add([]byte("some base text"), []byte{14, 9, 0x90, 4, 5, 'w', 'o', 'r', 'd', 's'})
	f.Add([]byte("some base text"), []byte{14, 0xff, 0xff, 0xff, 0x7f, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		size, err := deltaResult(delta)
		if err != nil {
			return
		}
		if limit := int64(len(delta)+1) << 24; size > limit {
			t.Fatalf("a delta of %d bytes claims %d", len(delta), size)
		}
		if size > 1<<20 {
			return
		}
		dst := make([]byte, size)
		ops, err := apply(dst, base, delta, nil)
		if err != nil {
			return
		}
		at := 0
		for _, op := range ops {
			if op.From >= 0 && !bytes.Equal(dst[at:at+op.Len], base[op.From:op.From+op.Len]) {
				t.Errorf("step %v is no copy", op)
			}
			at += op.Len
		}
		if at != len(dst) {
			t.Errorf("steps make up %d of %d bytes", at, len(dst))
		}
	})
}
