package prefilter

// index leads from a fingerprint of four bytes to the anchors that have it.
type index struct {
	has   [1 << hashBits / 64]uint64 // a bit for the hash of each fingerprint
	list  []uint16                   // by the hash, into lists; nil if the index is empty
	lists [][]probe
}

const hashBits = 16

// hash is one of four bytes; both cases of a letter agree.
func hash(v uint32) uint32 { return (v & 0x1f1f1f1f) * 0x9e3779b1 >> (32 - hashBits) }

// add takes in an anchor by its number, with a fingerprint off bytes behind its start.
func (x *index) add(fingerprint uint32, anchor, off int) {
	if x.list == nil {
		x.list, x.lists = make([]uint16, 1<<hashBits), make([][]probe, 1)
	}
	h := hash(fingerprint)
	x.has[h>>6] |= 1 << (h & 63)
	if x.list[h] == 0 {
		x.list[h] = uint16(len(x.lists))
		x.lists = append(x.lists, nil)
	}
	list := &x.lists[x.list[h]]
	*list = append(*list, probe{anchor, off})
}

// mayHold reports whether an anchor has the fingerprint; it errs seldom.
func (x *index) mayHold(h uint32) bool { return x.has[h>>6]>>(h&63)&1 != 0 }

// at returns the anchors whose fingerprint has a hash that mayHold approved of.
func (x *index) at(h uint32) []probe { return x.lists[x.list[h]] }
