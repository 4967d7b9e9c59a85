package rules

import (
	"math/bits"
	"slices"

	"github.com/stanchsec/stanch/internal/shape"
)

// Row says how every match of an expression, or of one of its alternatives, begins: with
// at least Min bytes of one kind in a row. If the match is over where they are, there are
// at most Max of them; else Max is [MaxRow]. The detector counts the bytes of each kind
// once for all rules, and so passes over nearly all that no rule can match.
type Row struct {
	Kind     uint8 // an index of [RowKinds]
	Min, Max int
}

// MaxRow is how many bytes of a row are counted.
const MaxRow = 255

// RowKinds is the number of kinds of bytes.
const RowKinds = len(rowKinds)

// rowKinds are the alphabets of which credentials are made, a narrower one before those
// that contain it.
var rowKinds = [...]*shape.Set{
	set("09"), set("09", "af"), set("09", "af", "AF"), set("09", "af", "--"), set("09", "af", "AF", "--"),
	set("09", "az"), set("09", "AZ"), set("09", "az", "AZ"), set("09", "az", "AZ", "--"), set("09", "az", "AZ", "__"),
	set("09", "az", "AZ", "__", "--"),
	loose: set("09", "az", "AZ", "++", "//"), set("09", "az", "AZ", "++", "//", "=="),
	set("09", "az", "AZ", "__", "--", ".."), shape.Token,
	endless: dotted,
}

const (
	// loose is the first of the kinds that hold ".", "/" or "=": a value may end before one
	// of these, if it ends before the next byte, too.
	loose = 11
	// endless is the kind with bytes of which any may stand behind a value.
	endless = 15
)

func set(spans ...string) *shape.Set {
	var s shape.Set
	for _, span := range spans {
		s.Add(span[0], span[1])
	}
	return &s
}

// kindsOf is a bit for each kind that a byte is of.
var kindsOf = func() (t [256]uint16) {
	for c := range t {
		for k, s := range rowKinds {
			if s.Has(byte(c)) {
				t[c] |= 1 << k
			}
		}
	}
	return t
}()

// RowCounts are, for each of the kinds, how many bytes of it stand in a row.
type RowCounts [RowKinds]uint8

// CountRows counts, for each kind, the bytes of it in a row at the start of text, up to
// [MaxRow].
func CountRows(text []byte) (n RowCounts) {
	text = text[:min(len(text), MaxRow)]
	open := uint16(1<<RowKinds - 1)
	for i, c := range text {
		if over := open &^ kindsOf[c]; over != 0 {
			if open &^= over; open == 0 {
				for ; over != 0; over &= over - 1 {
					n[bits.TrailingZeros16(over)] = uint8(i)
				}
				return n
			}
			for ; over != 0; over &= over - 1 {
				n[bits.TrailingZeros16(over)] = uint8(i)
			}
		}
	}
	for ; open != 0; open &= open - 1 {
		n[bits.TrailingZeros16(open)] = uint8(len(text))
	}
	return n
}

// MayBegin reports whether a match of the plan's expression may begin with the rows of
// the given lengths.
func (p *Plan) MayBegin(n *RowCounts) bool {
	if p.Rows == nil {
		return true
	}
	for _, r := range p.Rows {
		if r.Fits(n) {
			return true
		}
	}
	return false
}

// Fits reports whether the counts of [CountRows] agree with the row.
func (r Row) Fits(n *RowCounts) bool {
	return int(n[r.Kind]) >= r.Min && int(n[r.Kind]) <= r.Max
}

// rows finds the rows that the matches of a rule begin with; nil if that is not known.
func rows(r *Rule, s *shape.Shape) []Row {
	var out []Row
	for _, v := range s.Variants {
		row, ok := rowOf(r, v)
		if !ok {
			return nil
		}
		if !slices.Contains(out, row) {
			out = append(out, row)
		}
	}
	return out
}

// rowOf finds the row of one kind that tells most.
func rowOf(r *Rule, v shape.Variant) (row Row, ok bool) {
	var best float64
	for k, kind := range rowKinds {
		least, whole := 0, true
		for _, it := range v {
			lo, _ := it.Lengths()
			if lo == 0 && it.Kind != shape.Class {
				continue
			}
			within, n := itemWithin(it, kind)
			least += n
			if !within {
				whole = false
				break
			}
		}
		if least = min(least, MaxRow); least == 0 {
			continue
		}
		most := MaxRow
		if _, longest := v.Lengths(); whole && longest < MaxRow-1 && rowEnds(r, k) {
			if most = longest; k >= loose {
				most++
			}
		}
		// A byte of a narrow alphabet tells more; a row that must end tells a good deal.
		worth := float64(least) / float64(kind.Len())
		if most < MaxRow {
			worth *= 4
		}
		if !ok || worth > best {
			row, ok, best = Row{uint8(k), least, most}, true, worth
		}
	}
	return row, ok
}

// rowEnds reports whether a match that consists of one kind of bytes ends where the row
// does: the rule has no use for one behind which another such byte stands.
func rowEnds(r *Rule, kind int) bool {
	switch r.Boundary {
	case BoundaryNone:
		return false
	case BoundaryValue:
		return kind < endless
	}
	return r.Until == "" && rowKinds[kind].Within(shape.Alnum)
}

// itemWithin reports whether an item takes nothing but bytes of a set, and how many of
// those it takes at least.
func itemWithin(it shape.Item, kind *shape.Set) (bool, int) {
	if it.Kind == shape.Class {
		if it.Set.Within(kind) {
			return true, it.Min
		}
		return false, 0
	}
	for i, c := range []byte(it.Lit) {
		if !kind.Has(c) || it.Fold && 'a' <= c && c <= 'z' && !kind.Has(c-'a'+'A') {
			return false, i
		}
	}
	return true, len(it.Lit)
}
