// Package tomlread reads a TOML file key by key and remembers everything that is wrong
// with it, each fault with file, line and column.
//
// In goes a file. Out come [Table]s to take the keys from; a key of the wrong type
// gives the zero value and a fault. When all known keys were taken, [Table.Rest]
// tells the unknown ones, and [Document.Err] all faults in the order of the file:
//
//	doc, err := tomlread.Parse("x.toml", data) // err: no TOML at all
//	jobs, ok := doc.Root.Int("jobs")
//	doc.Root.RejectRest()
//	err = doc.Err()
package tomlread

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/stanchsec/stanch/internal/tomlpos"
)

// MaxSize is the size in bytes above which callers should refuse a file. No file written
// by hand comes near it, and decoding takes many times the size in memory.
const MaxSize = 1 << 20

// Document is a TOML file that is being read.
type Document struct {
	// File is the name of the file as messages give it.
	File string
	// Root holds the keys of the top level.
	Root *Table

	pos    *tomlpos.Positions
	faults []*Fault
}

// Fault is something wrong at one place of a file.
type Fault struct {
	File         string
	Line, Column int // 1-based, the column in characters; 0 where no place is known
	Text         string
}

// Error gives file:line:column: text.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
}

// Faults are all that is wrong with a file, in the order of the file.
type Faults []*Fault

// Error gives one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets [errors.As] find each [Fault].
func (f Faults) Unwrap() []error {
	list := make([]error, len(f))
	for i, fault := range f {
		list[i] = fault
	}
	return list
}

// Parse reads TOML 1.1. file is how messages name it. The error, if any, is a [Fault].
func Parse(file string, data []byte) (*Document, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, &Fault{file, 1, 1, "the file is UTF-16: TOML must be saved as UTF-8"}
	}
	doc := &Document{File: file, pos: tomlpos.Index(data)}
	if line, col, deep := doc.pos.TooDeep(); deep {
		return nil, &Fault{file, line, col, "this is nested too deeply"}
	}
	values, err := decode(data)
	if err != nil {
		fault := &Fault{File: file, Text: err.Error()}
		if pe := (toml.ParseError{}); errors.As(err, &pe) {
			fault.Line, fault.Column = characters(data, pe.Position)
			fault.Text = pe.Message
		}
		return nil, fault
	}
	doc.Root = &Table{doc: doc, values: values, taken: map[string]bool{}}
	return doc, nil
}

// decode calls the decoder, which panics where it finds itself at a loss.
func decode(data []byte) (values map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("is no valid TOML, and the decoder cannot tell where")
		}
	}()
	_, err = toml.Decode(string(data), &values)
	return values, err
}

// characters turns the decoder's position, whose column counts bytes and which may lie
// outside the text where the text ends too early, into line and column.
func characters(data []byte, p toml.Position) (line, col int) {
	lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	line = min(max(p.Line, 1), len(lines))
	text := lines[line-1]
	return line, utf8.RuneCountInString(text[:min(max(p.Col-1, 0), len(text))]) + 1
}

// Faultf notes a fault at the value of a key or array element. The path is that of
// [tomlpos.Positions]; where the file has no such thing, the nearest that holds it.
func (d *Document) Faultf(path []any, format string, args ...any) {
	line, col, ok := d.pos.Value(path...)
	if !ok {
		line, col = d.pos.Nearest(path...)
	}
	d.faults = append(d.faults, &Fault{d.File, line, col, fmt.Sprintf(format, args...)})
}

// Err returns all faults noted so far in the order of the file as [Faults], nil if
// there are none.
func (d *Document) Err() error {
	if len(d.faults) == 0 {
		return nil
	}
	list := slices.Clone(d.faults)
	slices.SortStableFunc(list, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return Faults(list)
}
