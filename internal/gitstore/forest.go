package gitstore

import (
	"errors"
	"runtime/debug"
	"sort"
)

// Forest is a pack as trees of deltas: each object below the one it is made from.
type Forest struct {
	Pack *Pack

	offsets  []int64 // of entry k, and one more: the end
	byOffset []int32 // number of entry k in order of ids

	base   []int32 // entry that k is made from, or one of the values below
	typ    []Type
	weight []int32 // entries in the tree below k, k included
	first  []int32 // first child of k, -1 for none
	next   []int32 // next child of k's base
	errs   map[int32]error
}

// Values of Forest.base.
const (
	noBase      = -1 // stored whole
	otherPack   = -2 // the base is elsewhere in the repository
	damagedBase = -3 // see errs
)

// Forest reads the header of every object of the pack. What is damaged is noted and
// reported by [Forest.Walk].
func (p *Pack) Forest() *Forest {
	f := &Forest{
		Pack: p, base: make([]int32, p.n), typ: make([]Type, p.n), weight: make([]int32, p.n),
		first: make([]int32, p.n), next: make([]int32, p.n), errs: make(map[int32]error),
	}
	f.byOffset, f.offsets = p.order()
	var position []int32 // of the i-th object in order of ids; only needed for refDelta
	for k := range f.base {
		f.first[k], f.next[k], f.weight[k] = -1, -1, 1
		h, err := f.header(k)
		if err != nil {
			f.damage(k, err)
			continue
		}
		f.typ[k] = h.typ
		f.base[k] = noBase
		switch h.typ {
		case ofsDelta:
			b := sort.Search(k, func(i int) bool { return f.offsets[i] >= h.base })
			if b == k || f.offsets[b] != h.base {
				f.damage(k, errors.New("no object begins where its base should"))
				continue
			}
			f.base[k] = int32(b)
		case refDelta:
			i := p.find(h.baseID)
			if i < 0 {
				f.base[k] = otherPack
				continue
			}
			if position == nil {
				position = make([]int32, p.n)
				for k, i := range f.byOffset {
					position[i] = int32(k)
				}
			}
			f.base[k] = position[i]
		}
	}
	f.link()
	return f
}

// Check compares each object of the types that check says with its checksum, without
// building it, and tells damaged of those that do not agree. It is for types that are not
// walked.
func (f *Forest) Check(check func(Type) bool, damaged func(*ObjectError)) {
	for k := range f.base {
		if f.base[k] < noBase || !check(f.typ[k]) {
			continue
		}
		if err := f.sum(k); err != nil {
			damaged(&ObjectError{f.id(k), f.Pack.Name, err})
		}
	}
}

// sum compares entry k with its checksum.
func (f *Forest) sum(k int) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer fault(&err)
	return f.Pack.checkSum(int(f.byOffset[k]), f.offsets[k], f.offsets[k+1])
}

func (f *Forest) damage(k int, err error) {
	f.base[k] = damagedBase
	f.errs[int32(k)] = err
}

// header reads the header of entry k. Its type may be a delta's.
func (f *Forest) header(k int) (entryHeader, error) {
	return f.Pack.header(f.offsets[k], f.offsets[k+1])
}

// ID is the id of entry k.
func (f *Forest) id(k int) ID { return f.Pack.id(int(f.byOffset[k])) }

// link makes the lists of children and carries the types down. A loop of deltas is
// damage.
func (f *Forest) link() {
	const open, done = 1, 2
	state := make([]uint8, len(f.base))
	var path []int32
	for k := range f.base {
		// Follow the bases up to what is known.
		path = path[:0]
		at := int32(k)
		for at >= 0 && state[at] == 0 {
			state[at] = open
			path = append(path, at)
			at = f.base[at]
		}
		loop := at >= 0 && state[at] == open
		for i := len(path) - 1; i >= 0; i-- {
			e := path[i]
			state[e] = done
			b := f.base[e]
			switch {
			case loop:
				f.damage(int(e), errors.New("its deltas lead back to itself"))
				if e == at {
					loop = false // what leads into the loop from outside is made from damage
				}
			case b >= 0:
				f.typ[e] = f.typ[b]
			}
		}
	}
	for k := len(f.base) - 1; k >= 0; k-- {
		if b := f.base[k]; b >= 0 {
			f.next[k] = f.first[b]
			f.first[b] = int32(k)
			f.weight[b] += f.weight[k]
		}
	}
}
