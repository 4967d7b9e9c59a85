package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The kinds of pages in a tree. Tables are trees of the second kind; those without row ids, of the first.
const (
	interiorIndex = 2
	interiorTable = 5
	leafIndex     = 10
	leafTable     = 13
)

// treeWalk visits the rows of one tree.
type treeWalk struct {
	f     *File
	yield func(Row, error) bool
	left  int64 // pages that may be read still: each is once at most, or they lead in a circle
}

// failed tells of an error and reports whether to go on.
func (w *treeWalk) failed(number uint32, err error) bool {
	return w.yield(Row{}, fmt.Errorf("page %d: %w", number, err))
}

// page visits a page and those below it, and reports whether to go on.
func (w *treeWalk) page(number uint32, depth int) bool {
	if w.left--; w.left < 0 || depth > maxDepth {
		w.yield(Row{}, errors.New("the pages of a table lead in a circle"))
		return false
	}
	page, err := w.f.read(number)
	if err != nil {
		return w.yield(Row{}, err)
	}
	at := 0 // of the page's header
	if number == 1 {
		at = 100
	}
	kind, cells := page[at], int(binary.BigEndian.Uint16(page[at+3:]))
	pointers := at + 8
	interior := kind == interiorIndex || kind == interiorTable
	if interior {
		pointers = at + 12
	} else if kind != leafIndex && kind != leafTable {
		return w.failed(number, fmt.Errorf("of kind %d, which no table has", kind))
	}
	if pointers+2*cells > len(page) {
		return w.failed(number, fmt.Errorf("%d rows do not fit", cells))
	}
	for i := range cells {
		cell := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if cell < pointers || cell+4 > w.f.usable {
			if !w.failed(number, fmt.Errorf("row %d stands at %d", i+1, cell)) {
				return false
			}
			continue
		}
		b := page[cell:w.f.usable]
		if interior {
			if !w.page(binary.BigEndian.Uint32(b), depth+1) {
				return false
			}
			b = b[4:]
		}
		if kind == interiorTable { // holds no rows
			continue
		}
		row, err := w.row(b, kind == leafTable)
		if err != nil {
			err = fmt.Errorf("page %d, row %d: %w", number, i+1, err)
		}
		if !w.yield(row, err) {
			return false
		}
	}
	if interior {
		return w.page(binary.BigEndian.Uint32(page[at+8:]), depth+1)
	}
	return true
}

// row reads the row whose cell begins b.
func (w *treeWalk) row(b []byte, table bool) (Row, error) {
	size, n := varint(b)
	b = b[n:]
	var row Row
	if table {
		id, n := varint(b)
		row.ID, b = int64(id), b[n:]
	}
	if n == 0 || size > MaxRow {
		return Row{}, fmt.Errorf("of %d bytes", size)
	}
	payload, err := w.payload(b, int(size), table)
	if err != nil {
		return Row{}, err
	}
	row.Values, err = w.f.values(payload)
	return row, err
}

// payload collects size bytes that begin in b and may go on in overflow pages. How many stand in b is told in
// section 1.6 of the format.
func (w *treeWalk) payload(b []byte, size int, table bool) ([]byte, error) {
	u := w.f.usable
	most := u - 35
	if !table {
		most = (u-12)*64/255 - 23
	}
	if size <= most {
		if size > len(b) {
			return nil, errors.New("ends beyond its page")
		}
		return b[:size], nil
	}
	least := (u-12)*32/255 - 23
	here := least + (size-least)%(u-4)
	if here > most {
		here = least
	}
	if here+4 > len(b) {
		return nil, errors.New("ends beyond its page")
	}
	out := append(make([]byte, 0, min(size, 4*u)), b[:here]...)
	for next := binary.BigEndian.Uint32(b[here:]); len(out) < size; {
		if w.left--; w.left < 0 {
			return nil, errors.New("its pages lead in a circle")
		}
		page, err := w.f.read(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(page)
		out = append(out, page[4:4+min(size-len(out), u-4)]...)
	}
	return out, nil
}

// values decodes a record: section 2.1 of the format.
func (f *File) values(b []byte) ([]any, error) {
	size, n := varint(b)
	if n == 0 || size > uint64(len(b)) || size < uint64(n) {
		return nil, errors.New("a record without a header")
	}
	kinds, b := b[n:size], b[size:]
	var values []any
	for len(kinds) > 0 {
		kind, n := varint(kinds)
		if n == 0 {
			return values, errors.New("a record whose header is cut off")
		}
		kinds = kinds[n:]
		length, ok := sizeOf(kind)
		if !ok || length > uint64(len(b)) {
			return values, errors.New("a value that ends beyond its row")
		}
		values = append(values, f.value(kind, b[:length]))
		b = b[length:]
	}
	return values, nil
}

// sizeOf is the size in bytes of a value.
func sizeOf(kind uint64) (uint64, bool) {
	switch {
	case kind <= 4:
		return kind, true
	case kind == 5:
		return 6, true
	case kind == 6, kind == 7:
		return 8, true
	case kind == 8, kind == 9:
		return 0, true
	case kind < 12:
		return 0, false
	}
	return (kind - 12) / 2, true
}

func (f *File) value(kind uint64, b []byte) any {
	switch {
	case kind == 0:
		return nil
	case kind == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case kind == 8:
		return int64(0)
	case kind == 9:
		return int64(1)
	case kind < 7:
		n := int64(int8(b[0]))
		for _, c := range b[1:] {
			n = n<<8 | int64(c)
		}
		return n
	case kind%2 == 0:
		return append([]byte{}, b...)
	}
	return f.text(b)
}

// varint reads a number of one to nine bytes, the most significant first, and returns how many it has; 0 if b ends
// before.
func varint(b []byte) (v uint64, n int) {
	for i, c := range b[:min(len(b), 9)] {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
