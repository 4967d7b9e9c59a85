package gitstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Pack is a pack with its index.
type Pack struct {
	// Name is the pack's file name without folder.
	Name string

	data []byte // the pack file
	idx  []byte // the index file
	n    int    // number of objects

	names, crcs, offsets32, offsets64 []byte // tables of idx

	unmap func()

	sortOnce sync.Once
	sorted   []int64 // the offsets in ascending order, and the end of the last entry
}

const (
	packHeader  = 12
	packTrailer = 20
	idxHeader   = 8
	fanout      = 256 * 4
)

var idxMagic = []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}

// openPack maps a pack and its index and checks their outer form.
func openPack(path string) (*Pack, error) {
	idxPath := strings.TrimSuffix(path, ".pack") + ".idx"
	data, unmapData, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	idx, unmapIdx, err := mapFile(idxPath)
	if err != nil {
		unmapData()
		return nil, err
	}
	p := &Pack{Name: filepath.Base(path), data: data, idx: idx, unmap: func() { unmapData(); unmapIdx() }}
	if err := p.check(); err != nil {
		p.unmap()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// check reads the headers and finds the tables of the index.
func (p *Pack) check() error {
	if len(p.data) < packHeader+packTrailer || string(p.data[:4]) != "PACK" {
		return errors.New("not a pack")
	}
	if v := binary.BigEndian.Uint32(p.data[4:]); v != 2 && v != 3 {
		return fmt.Errorf("pack version %d is unknown", v)
	}
	if len(p.idx) < idxHeader+fanout || !bytes.HasPrefix(p.idx, idxMagic) {
		return errors.New("its index is not of version 2")
	}
	n := int64(binary.BigEndian.Uint32(p.idx[idxHeader+fanout-4:]))
	at := int64(idxHeader + fanout)
	if at+n*28+2*packTrailer > int64(len(p.idx)) {
		return errors.New("its index is cut short")
	}
	p.n = int(n)
	p.names = p.idx[at : at+20*n]
	p.crcs = p.idx[at+20*n : at+24*n]
	p.offsets32 = p.idx[at+24*n : at+28*n]
	p.offsets64 = p.idx[at+28*n : len(p.idx)-2*packTrailer]
	last := uint32(0)
	for i := range 256 {
		v := binary.BigEndian.Uint32(p.idx[idxHeader+4*i:])
		if v < last {
			return errors.New("the fan-out table of its index is damaged")
		}
		last = v
	}
	return nil
}

// Len is the number of objects.
func (p *Pack) Len() int { return p.n }

// Size is the length of the pack file in bytes.
func (p *Pack) Size() int64 { return int64(len(p.data)) }

// id returns the id of the i-th object in order of ids.
func (p *Pack) id(i int) ID { return ID(p.names[20*i : 20*i+20]) }

// offset returns where the i-th object in order of ids begins, -1 if the index does
// not tell.
func (p *Pack) offset(i int) int64 {
	v := binary.BigEndian.Uint32(p.offsets32[4*i:])
	if v&(1<<31) == 0 {
		return int64(v)
	}
	at := int(v&^(1<<31)) * 8
	if at+8 > len(p.offsets64) {
		return -1
	}
	return int64(binary.BigEndian.Uint64(p.offsets64[at:]) &^ (1 << 63))
}

// find returns the number of an object in order of ids, -1 if the pack lacks it.
func (p *Pack) find(id ID) int {
	lo := 0
	if id[0] > 0 {
		lo = int(binary.BigEndian.Uint32(p.idx[idxHeader+4*(int(id[0])-1):]))
	}
	hi := min(int(binary.BigEndian.Uint32(p.idx[idxHeader+4*int(id[0]):])), p.n)
	if lo > hi {
		return -1
	}
	i := lo + sort.Search(hi-lo, func(i int) bool { return bytes.Compare(p.names[20*(lo+i):20*(lo+i)+20], id[:]) >= 0 })
	if i < hi && p.id(i) == id {
		return i
	}
	return -1
}

// entryHeader is what stands before an object's compressed bytes.
type entryHeader struct {
	typ      Type
	size     int64 // of the inflated bytes
	base     int64 // offset of the base, for ofsDelta
	baseID   ID    // for refDelta
	data     int64 // where the compressed bytes begin
	compress int64 // how many bytes they are at most
}

// header reads the header of the entry at offset; end is where the next one begins.
func (p *Pack) header(offset, end int64) (h entryHeader, err error) {
	if offset < packHeader || end > int64(len(p.data))-packTrailer || offset >= end {
		return h, errors.New("the index points outside the pack")
	}
	b := p.data[offset:end]
	i := 1
	c := b[0]
	h.typ = Type(c >> 4 & 7)
	size, shift := uint64(c&15), 4
	for c&0x80 != 0 {
		if i >= len(b) || shift > 57 {
			return h, errors.New("its header is damaged")
		}
		c = b[i]
		i++
		size |= uint64(c&0x7f) << shift
		shift += 7
	}
	switch h.typ {
	case Commit, Tree, Blob, Tag:
	case ofsDelta:
		if i >= len(b) {
			return h, errors.New("its header is damaged")
		}
		c = b[i]
		i++
		back := int64(c & 0x7f)
		for c&0x80 != 0 {
			if i >= len(b) || back > 1<<55 {
				return h, errors.New("its header is damaged")
			}
			c = b[i]
			i++
			back = (back+1)<<7 | int64(c&0x7f)
		}
		h.base = offset - back
		if back <= 0 || h.base < packHeader {
			return h, errors.New("its base lies outside the pack")
		}
	case refDelta:
		if i+20 > len(b) {
			return h, errors.New("its header is damaged")
		}
		h.baseID = ID(b[i : i+20])
		i += 20
	default:
		return h, fmt.Errorf("its type %d is unknown", h.typ)
	}
	h.data = offset + int64(i)
	h.compress = end - h.data
	// Deflate cannot shrink anything to less than a 1,032nd.
	if size > uint64(h.compress+1)*1032+64 {
		return h, fmt.Errorf("its size of %d bytes cannot come from %d compressed ones", size, h.compress)
	}
	h.size = int64(size)
	return h, nil
}

// checkSum compares the entry between offset and end with the sum in the index.
func (p *Pack) checkSum(i int, offset, end int64) error {
	if crc32.ChecksumIEEE(p.data[offset:end]) != binary.BigEndian.Uint32(p.crcs[4*i:]) {
		return errors.New("its bytes do not agree with the checksum in the index")
	}
	return nil
}

// order returns the numbers of the objects, by id, in order of their offsets, and
// the offsets; where offsets[k] ends is offsets[k+1].
func (p *Pack) order() (byOffset []int32, offsets []int64) {
	type at struct {
		offset int64
		i      int32
	}
	all := make([]at, p.n)
	for i := range all {
		all[i] = at{p.offset(i), int32(i)}
	}
	slices.SortFunc(all, func(a, b at) int {
		switch {
		case a.offset < b.offset:
			return -1
		case a.offset > b.offset:
			return 1
		}
		return int(a.i) - int(b.i)
	})
	byOffset = make([]int32, p.n)
	offsets = make([]int64, p.n+1)
	for k, a := range all {
		byOffset[k], offsets[k] = a.i, a.offset
	}
	offsets[p.n] = int64(len(p.data)) - packTrailer
	return byOffset, offsets
}

// mapFile maps a file into memory, or reads it where that is not possible.
func mapFile(path string) (data []byte, unmap func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() == 0 {
		return nil, func() {}, nil
	}
	return mapOpen(f, info.Size())
}
