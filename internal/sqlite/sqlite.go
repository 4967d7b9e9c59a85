// Package sqlite reads the rows of SQLite databases, and nothing else of them.
//
// In goes a database file ([Open]); out come its tables ([File.Tables]), the rows of each ([File.Rows]), and the
// pages that deleted rows may still stand in ([File.FreePages]). No SQL is run and nothing is written. Changes that
// still wait in a separate "-wal" or "-journal" file are not seen.
//
// The file may be hostile: every page number, length and offset is checked, pages that lead in a circle end the
// reading of a table, and memory is bounded by [MaxRow] and the depth of the trees. The format is told at
// https://www.sqlite.org/fileformat2.html
package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf16"
)

// Magic is what every database begins with.
const Magic = "SQLite format 3\x00"

// MaxRow is the size in bytes of the largest row that is read.
const MaxRow = 64 << 20

// maxDepth is the depth of trees that is believed. A full one has billions of pages.
const maxDepth = 20

// File is an open database. It is not safe for concurrent use.
type File struct {
	r        io.ReaderAt
	pageSize int64
	usable   int // bytes of a page that hold data
	pages    uint32
	encoding uint32
	free     uint32 // the first page of the list of free ones
}

// The encodings of text.
const (
	utf8Text    = 1
	utf16LEText = 2
	utf16BEText = 3
)

// Open reads the header of a database of size bytes. A database whose last pages are missing is opened: reading
// what stands in them gives an error.
func Open(r io.ReaderAt, size int64) (*File, error) {
	var h [100]byte
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), h[:]); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if string(h[:len(Magic)]) != Magic {
		return nil, errors.New("header: not that of a SQLite database")
	}
	f := &File{r: r, pageSize: int64(binary.BigEndian.Uint16(h[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 1 << 16
	}
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 {
		return nil, fmt.Errorf("header: pages of %d bytes", f.pageSize)
	}
	f.usable = int(f.pageSize) - int(h[20])
	if f.usable < 480 {
		return nil, fmt.Errorf("header: %d bytes of each page are reserved", h[20])
	}
	f.pages = uint32(min((size+f.pageSize-1)/f.pageSize, 1<<32-2))
	f.free = binary.BigEndian.Uint32(h[32:])
	switch f.encoding = binary.BigEndian.Uint32(h[56:]); f.encoding {
	case 0: // of a database without tables
		f.encoding = utf8Text
	case utf8Text, utf16LEText, utf16BEText:
	default:
		return nil, fmt.Errorf("header: text encoding %d", f.encoding)
	}
	return f, nil
}

// Table is a table of rows.
type Table struct {
	Name string
	// Columns are their names in the order of the values of a row. There may be fewer, if the statement that
	// made the table is not understood.
	Columns []string
	// root is the first page.
	root uint32
}

// Row is a row of a table.
type Row struct {
	// ID is the number of the row; 0 in tables without.
	ID int64
	// Values are nil, int64, float64, string or []byte. A value that the row has no bytes for, because its
	// column was added later, is left out. They belong to the caller.
	Values []any
}

// Tables lists the tables by name and columns. With an error come the tables that could be read.
func (f *File) Tables() ([]Table, error) {
	var tables []Table
	var errs error
	for row, err := range f.rows(1) {
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		// type, name, table, root page, statement
		if len(row.Values) < 5 || row.Values[0] != "table" {
			continue
		}
		name, _ := row.Values[1].(string)
		root, _ := row.Values[3].(int64)
		sql, _ := row.Values[4].(string)
		if root <= 0 || root > int64(f.pages) { // 0 of virtual tables
			if root != 0 {
				errs = errors.Join(errs, fmt.Errorf("table %q: begins at page %d of %d", name, root, f.pages))
			}
			continue
		}
		tables = append(tables, Table{Name: name, Columns: columns(sql), root: uint32(root)})
	}
	return tables, errs
}

// Rows yields the rows of a table. An error tells of a part of it that cannot be read; what can follows.
func (f *File) Rows(t Table) iter.Seq2[Row, error] { return f.rows(t.root) }

func (f *File) rows(root uint32) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		w := &treeWalk{f: f, yield: yield, left: int64(f.pages)}
		w.page(root, 0)
	}
}

// FreePages yields the pages that are in no use, of which some hold rows that were deleted. The bytes are valid
// until the next one.
func (f *File) FreePages() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		left := int64(f.pages) // each page is read once at most
		buf := make([]byte, f.pageSize)
		for trunk := f.free; trunk != 0 && left > 0; left-- {
			page, err := f.read(trunk)
			if err != nil {
				yield(nil, fmt.Errorf("list of free pages: %w", err))
				return
			}
			next, n := binary.BigEndian.Uint32(page), binary.BigEndian.Uint32(page[4:])
			n = min(n, uint32(f.usable/4-2))
			for i := range n {
				if left--; left <= 0 {
					return
				}
				leaf := binary.BigEndian.Uint32(page[8+4*i:])
				if leaf == 0 || leaf > f.pages {
					yield(nil, fmt.Errorf("list of free pages: page %d of %d", leaf, f.pages))
					return
				}
				m, _ := f.r.ReadAt(buf, int64(leaf-1)*f.pageSize)
				if !yield(buf[:m], nil) {
					return
				}
			}
			if !yield(page[8+4*n:], nil) {
				return
			}
			trunk = next
		}
	}
}

// read reads a page, counted from 1.
func (f *File) read(number uint32) ([]byte, error) {
	if number == 0 || number > f.pages {
		return nil, fmt.Errorf("page %d of %d", number, f.pages)
	}
	page := make([]byte, f.pageSize)
	if n, err := f.r.ReadAt(page, int64(number-1)*f.pageSize); n < len(page) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("page %d: %w", number, err)
	}
	return page, nil
}

// text decodes a string.
func (f *File) text(b []byte) string {
	var order binary.ByteOrder = binary.LittleEndian
	switch f.encoding {
	case utf8Text:
		return string(b)
	case utf16BEText:
		order = binary.BigEndian
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
