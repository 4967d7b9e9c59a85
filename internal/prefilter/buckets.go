package prefilter

// The vector code tells anchors from other text by a fingerprint of up to four bytes.
// Fingerprints share buckets, eight to a register: a place is reported if its bytes
// agree with some bucket, each byte with any fingerprint's byte at that index. How many
// places are reported in vain therefore depends on which anchors share a bucket, and
// which of its bytes stand for an anchor.

// fingerprintLen is how many bytes stand for an anchor; one of three bytes has but three.
const fingerprintLen = 4

// bucket is a set of fingerprints: the halves of their bytes.
type bucket struct {
	// lo and hi count the fingerprints that have a half at an index.
	lo, hi [fingerprintLen][16]uint16
	size   int
	// row is the share of bytes of ordinary text that have a given high half and one of
	// the low halves, column of those that have a given low half and one of the high ones.
	row, column [fingerprintLen][16]float32
	// pass is the share of bytes that agree with the bucket at an index.
	pass [fingerprintLen]float32
}

// cost is the share of places that agree with the bucket, were all bytes independent.
func (b *bucket) cost() float32 {
	if b.size == 0 {
		return 0
	}
	return b.pass[0] * b.pass[1] * b.pass[2] * b.pass[3]
}

// costWith is the cost of the bucket with one more fingerprint.
func (b *bucket) costWith(fingerprint string, fold bool) float32 {
	cost := float32(1)
	for k := range fingerprintLen {
		if k >= len(fingerprint) {
			break
		}
		c := fingerprint[k]
		lo, hi := c&15, c>>4
		pass := b.pass[k]
		isNew := b.lo[k][lo] == 0
		if isNew {
			pass += b.column[k][lo]
		}
		for {
			if b.hi[k][hi] == 0 {
				pass += b.row[k][hi]
				if isNew {
					pass += shares[hi][lo]
				}
			}
			if !fold || !isLower(c) || hi != c>>4 {
				break
			}
			hi ^= 2 // the upper-case letter
		}
		cost *= pass
	}
	return cost
}

// change adds a fingerprint to the bucket, or takes it out.
func (b *bucket) change(fingerprint string, fold, add bool) {
	by := -1
	if add {
		by = 1
	}
	b.size += by
	for k := range fingerprintLen {
		if k >= len(fingerprint) {
			b.pass[k] = 1
			continue
		}
		c := fingerprint[k]
		b.lo[k][c&15] += uint16(by)
		b.hi[k][c>>4] += uint16(by)
		if fold && isLower(c) {
			b.hi[k][c>>4^2] += uint16(by)
		}
		b.sum(k)
	}
}

// sum works out the shares at an index anew.
func (b *bucket) sum(k int) {
	b.row[k], b.column[k], b.pass[k] = [16]float32{}, [16]float32{}, 0
	for l, n := range b.lo[k] {
		if n > 0 {
			for h := range 16 {
				b.row[k][h] += shares[h][l]
			}
		}
	}
	for h, n := range b.hi[k] {
		if n > 0 {
			b.pass[k] += b.row[k][h]
			for l := range 16 {
				b.column[k][l] += shares[h][l]
			}
		}
	}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// shares is share by high and low half.
var shares = func() (t [16][16]float32) {
	for c := range 256 {
		t[c>>4][c&15] = share(byte(c))
	}
	return t
}()

// fingerprints puts some anchors into buckets and chooses an offset for each, all of the same
// least length, so that few places of ordinary text agree with a bucket. It is
// deterministic.
func fingerprints(anchors []Anchor, buckets []bucket) (offsets []int) {
	offsets = make([]int, len(anchors))
	in := make([]int, len(anchors))
	at := func(i, off int) string {
		lit := anchors[i].Lit
		return lit[off:min(len(lit), off+fingerprintLen)]
	}
	// Each anchor goes where it costs least; in a second pass each may go elsewhere, now
	// that the others are known. A third gains little.
	for pass := range 2 {
		for i, a := range anchors {
			if pass > 0 {
				buckets[in[i]].change(at(i, offsets[i]), a.Fold, false)
			}
			best := float32(-1)
			for n := range buckets {
				b := &buckets[n]
				was := b.cost()
				for off := 0; off == 0 || off+fingerprintLen <= len(a.Lit); off++ {
					if more := b.costWith(at(i, off), a.Fold) - was; best < 0 || more < best {
						best, in[i], offsets[i] = more, n, off
					}
				}
			}
			buckets[in[i]].change(at(i, offsets[i]), a.Fold, true)
		}
	}
	return offsets
}
