// Package tomlpos tells where in a TOML text the keys and values stand.
//
// github.com/BurntSushi/toml gives the position of a syntax error and of nothing
// else. Whoever checks what a file says (a key that nobody knows, a number out of
// range) needs the line for the message. In goes the text, out comes a [Positions] to
// ask by path:
//
//	pos := tomlpos.Index(data)
//	line, col, ok := pos.Lookup("rule", 2, "regex")
//
// The index is made for texts that the decoder accepts. Up to the first syntax error
// it reads any text as the decoder does, and it never fails; what stands behind an
// error is indexed as well as it goes.
package tomlpos

import (
	"sort"
	"unicode/utf8"
)

// Positions tells where the keys and values of one text stand.
type Positions struct {
	text   string
	lines  []int // offset of the start of each line
	root   *node
	deepAt int // offset of the first nesting beyond maxDepth, -1 if there is none
}

// node is a key, an array element or the whole text.
type node struct {
	key   int // offset of the key, or of what begins an array element
	value int // offset of the value; that of the key where it has no value of its own
	table map[string]*node
	array []*node
}

// none stands for an offset that is not known.
const none = -1

// Lookup returns the place of a key or array element, line and column 1-based, the
// column in characters. A path element is a key (string) or the index of an array
// element (int), of tables and of plain values alike. A key is where it is first
// written, an element of an array of tables at the "[[" that opens it. ok is false
// where the text has no such thing.
func (p *Positions) Lookup(path ...any) (line, col int, ok bool) {
	n, depth := p.find(path)
	if depth < len(path) || n.key == none {
		return 0, 0, false
	}
	line, col = p.place(n.key)
	return line, col, true
}

// Value returns the place where the value of a key or array element begins: its
// opening quote, bracket or brace, or first digit. A table with a header of its own
// is where the header's last key stands.
func (p *Positions) Value(path ...any) (line, col int, ok bool) {
	n, depth := p.find(path)
	if depth < len(path) || n.value == none {
		return 0, 0, false
	}
	line, col = p.place(n.value)
	return line, col, true
}

// Nearest returns the place of the longest leading part of path that the text has:
// for a key that is missing, the table that lacks it. It is 1:1 if there is nothing.
func (p *Positions) Nearest(path ...any) (line, col int) {
	for n, depth := p.find(path); depth > 0; n, depth = p.find(path[:depth-1]) {
		if n.key != none {
			return p.place(n.key)
		}
	}
	return 1, 1
}

// TooDeep returns the place where the text nests arrays, inline tables or dotted keys
// deeper than anyone would by hand. Such a text should not be given to a decoder: the
// decoder recurses as deep as the text does.
func (p *Positions) TooDeep() (line, col int, ok bool) {
	if p.deepAt == none {
		return 0, 0, false
	}
	line, col = p.place(p.deepAt)
	return line, col, true
}

// find follows path as far as the text goes and returns the last node and the number
// of path elements that led there.
func (p *Positions) find(path []any) (*node, int) {
	n := p.root
	for i, elem := range path {
		var next *node
		switch e := elem.(type) {
		case string:
			next = n.table[e]
		case int:
			if e >= 0 && e < len(n.array) {
				next = n.array[e]
			}
		}
		if next == nil {
			return n, i
		}
		n = next
	}
	return n, len(path)
}

// place turns an offset into line and column.
func (p *Positions) place(offset int) (line, col int) {
	line = sort.SearchInts(p.lines, offset+1)
	return line, utf8.RuneCountInString(p.text[p.lines[line-1]:offset]) + 1
}
