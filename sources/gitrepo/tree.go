package gitrepo

import (
	"bytes"
	"sync"

	"github.com/stanchsec/stanch/internal/gitstore"
)

// A tree is kept reduced to what leads to suspects: entries for suspects themselves and,
// since it is not known yet what these hold, for all folders. The trees of a long history
// are many and nearly the same; reduced, they fit into memory whatever its length.

// leaf is an entry for a suspect, branch one for a folder. Both are numbers.
type treeEntry struct {
	name   int32 // number of the name
	target int32 // number of the suspect, or of the tree
	folder bool
}

// forest holds reduced trees and the graph of commits.
type forest struct {
	leaves map[oid]int32 // numbers of the suspects that are blobs
	filter [1 << 13]uint64
	idLen  int

	buffers sync.Pool // of *[]rawEntry

	mu      sync.Mutex
	trees   map[oid]int32
	entries [][]treeEntry // of each tree; nil if it was not read
	read    []bool
	treeIDs []oid
	names   map[string]int32
	byName  []string
	commits map[oid]*commit
	tags    map[oid]oid // what a tag leads to
}

func newForest(idLen int) *forest {
	return &forest{
		buffers: sync.Pool{New: func() any { return new([]rawEntry) }},
		idLen:   idLen, trees: map[oid]int32{}, names: map[string]int32{}, commits: map[oid]*commit{}, tags: map[oid]oid{},
	}
}

// seek tells which blobs trees are to lead to. It is called before trees are visited.
func (f *forest) seek(leaves map[oid]int32) {
	f.leaves = leaves
	for id := range leaves {
		h := filterHash(id[:])
		f.filter[h>>6] |= 1 << (h & 63)
	}
}

// filterHash is a number below 2^19 that an id gives.
func filterHash(id []byte) uint32 {
	return uint32(id[0]) | uint32(id[1])<<8 | uint32(id[2]&7)<<16
}

// tree gives the number of a tree. f.mu must be held.
func (f *forest) tree(id oid) int32 {
	n, ok := f.trees[id]
	if !ok {
		n = int32(len(f.entries))
		f.trees[id] = n
		f.entries = append(f.entries, nil)
		f.read = append(f.read, false)
		f.treeIDs = append(f.treeIDs, id)
	}
	return n
}

// visit takes in a commit, a tag or a tree.
func (f *forest) visit(o *object) error {
	switch o.typ {
	case gitstore.Commit:
		c, err := parseCommit(o.data)
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.commits[o.id] = &c
		f.mu.Unlock()
	case gitstore.Tag:
		target, err := parseOID(string(header(o.data, "object")))
		if err != nil {
			return errCommit
		}
		f.mu.Lock()
		f.tags[o.id] = target
		f.mu.Unlock()
	case gitstore.Tree:
		return f.reduce(o.id, o.data)
	}
	return nil
}

// rawEntry is an entry of a tree as it stands there.
type rawEntry struct {
	name   []byte
	id     []byte
	folder bool
}

// reduce reads a tree and keeps what leads to suspects.
func (f *forest) reduce(id oid, data []byte) error {
	buf := f.buffers.Get().(*[]rawEntry)
	keep := (*buf)[:0]
	defer func() { *buf = keep; f.buffers.Put(buf) }()
	err := eachEntry(data, f.idLen, func(mode, name, id []byte) {
		switch {
		case mode[0] == '4': // 40000
			keep = append(keep, rawEntry{name, id, true})
		case len(mode) == 6 && mode[1] == '6': // 160000, a submodule
		default:
			h := filterHash(id)
			if f.filter[h>>6]>>(h&63)&1 != 0 {
				keep = append(keep, rawEntry{name, id, false})
			}
		}
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.tree(id)
	if f.read[n] {
		return err
	}
	f.read[n] = true
	entries := make([]treeEntry, 0, len(keep))
	for _, e := range keep {
		var child oid
		copy(child[:], e.id)
		target, ok := f.leaves[child]
		if e.folder {
			target, ok = f.tree(child), true
		}
		if ok {
			entries = append(entries, treeEntry{f.name(e.name), target, e.folder})
		}
	}
	f.entries[n] = entries
	return err
}

// name gives the number of a name. f.mu must be held.
func (f *forest) name(b []byte) int32 {
	n, ok := f.names[string(b)]
	if !ok {
		n = int32(len(f.byName))
		f.byName = append(f.byName, string(b))
		f.names[string(b)] = n
	}
	return n
}

// eachEntry calls do for each entry of a tree: "mode name", a zero byte, the id. What is
// good before damage is called for.
func eachEntry(data []byte, idLen int, do func(mode, name, id []byte)) error {
	for len(data) > 0 {
		end := bytes.IndexByte(data, 0)
		blank := bytes.IndexByte(data[:max(end, 0)], ' ')
		if blank < 1 || end+1+idLen > len(data) {
			return errTree
		}
		do(data[:blank], data[blank+1:end], data[end+1:end+1+idLen])
		data = data[end+1+idLen:]
	}
	return nil
}
