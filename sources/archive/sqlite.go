package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/stanchsec/stanch/internal/sqlite"
)

// shortestBlob is the least size in bytes of a value that is no text and yet looked at: no credential is shorter,
// and what is, is mostly a UUID.
const shortestBlob = 20

// openSQLite hands each table over as lines of JSON, a row a line in the order of the row ids; then each value that
// is no text, which may be an archive; then the pages that hold what was deleted. In the file itself rows are cut
// into pages, and have no names of columns beside them, which tell a password from a word.
func openSQLite(w *walk, in *input) error {
	f, err := sqlite.Open(in.file, in.size)
	if err != nil {
		return &notOpened{err}
	}
	tables, err := f.Tables()
	if err != nil {
		if err := w.damaged(in, &format{name: "database"}, err); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if err := w.table(in, f, t); err != nil {
			return err
		}
	}
	next, stop := iter.Pull2(f.FreePages())
	defer stop()
	return w.text(within(in.at, "(free pages)"), &pageReader{next: next})
}

// table looks through one table.
func (w *walk) table(in *input, f *sqlite.File, t sqlite.Table) error {
	if err := w.count(in); err != nil {
		return err
	}
	table := &input{at: within(in.at, t.Name), name: t.Name, depth: in.depth + 1}
	next, stop := iter.Pull2(f.Rows(t))
	defer stop()
	rows := &rowReader{next: next, columns: t.Columns}
	// Rows of a hostile file may share their bytes.
	guarded := w.unpacked(rows, always(in.size))
	if err := w.text(table.at, guarded); err != nil {
		return err
	}
	if rows.failed != nil {
		if err := w.damaged(table, &format{name: "table"}, rows.failed); err != nil {
			return err
		}
	}
	if !rows.blobs || guarded.err != io.EOF {
		return nil
	}
	for row, err := range f.Rows(t) {
		if err != nil {
			continue // named above
		}
		for i, v := range row.Values {
			b, ok := v.([]byte)
			if !ok || utf8.Valid(b) || len(b) < shortestBlob {
				continue
			}
			name := fmt.Sprintf("row %d %s", row.ID, columnName(t.Columns, i))
			if err := w.member(table, name, w.unpacked(bytes.NewReader(b), always(in.size)), int64(len(b))); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowReader writes rows out.
type rowReader struct {
	next    func() (sqlite.Row, error, bool)
	columns []string
	line    bytes.Buffer
	blobs   bool  // there are values that are no text
	failed  error // the first of what could not be read
}

// Read implements io.Reader.
func (r *rowReader) Read(p []byte) (int, error) {
	for r.line.Len() == 0 {
		row, err, ok := r.next()
		switch {
		case !ok:
			return 0, io.EOF
		case err != nil:
			if r.failed == nil {
				r.failed = err
			}
		default:
			r.write(row.Values)
		}
	}
	return r.line.Read(p)
}

// write writes a row as JSON, of which it leaves out what has no text.
func (r *rowReader) write(values []any) {
	r.line.WriteByte('{')
	for i, v := range values {
		switch b, ok := v.([]byte); {
		case v == nil:
			continue
		case ok && !utf8.Valid(b):
			r.blobs = r.blobs || len(b) >= shortestBlob
			continue
		case ok:
			v = string(b)
		}
		if r.line.Len() > 1 {
			r.line.WriteByte(',')
		}
		r.value(columnName(r.columns, i))
		r.line.WriteByte(':')
		r.value(v)
	}
	r.line.WriteString("}\n")
}

// value writes one value.
func (r *rowReader) value(v any) {
	e := json.NewEncoder(&r.line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // a number that JSON does not have
		r.line.WriteString("null\n")
	}
	r.line.Truncate(r.line.Len() - 1) // the end of the line
}

func columnName(columns []string, i int) string {
	if i < len(columns) {
		return columns[i]
	}
	return "column " + strconv.Itoa(i+1)
}

// pageReader reads pages one behind the other.
type pageReader struct {
	next func() ([]byte, error, bool)
	page []byte
}

// Read implements io.Reader.
func (r *pageReader) Read(p []byte) (int, error) {
	for len(r.page) == 0 {
		page, err, ok := r.next()
		if !ok {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		r.page = page
	}
	n := copy(p, r.page)
	r.page = r.page[n:]
	return n, nil
}
