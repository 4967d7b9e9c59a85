package tomlpos

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep arrays, inline tables and dotted keys are followed. Far more
// than a file written by hand has, far less than what exhausts a stack.
const maxDepth = 64

// Index reads a text. It never fails; see the package for what it makes of a text
// that is not TOML.
func Index(data []byte) *Positions {
	text := string(data)
	p := &Positions{text: text, lines: []int{0}, root: &node{key: none, value: none}, deepAt: none}
	for i := range len(text) {
		if text[i] == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	s := scanner{Positions: p}
	if strings.HasPrefix(text, byteOrderMark) {
		s.pos = len(byteOrderMark)
		p.lines[0] = s.pos // the mark takes no column
	}
	s.document()
	return p
}

const byteOrderMark = "\ufeff"

// scanner walks the text once.
type scanner struct {
	*Positions
	pos   int
	depth int
}

// document reads the lines of the text: headers, keys with values, comments.
func (s *scanner) document() {
	table := s.root
	for {
		s.skip()
		if s.pos >= len(s.text) {
			return
		}
		if s.text[s.pos] == '[' {
			table = s.header()
		} else {
			s.keyValue(table)
		}
		// What is left of the line can only be a comment, or an error.
		s.endLine()
	}
}

// header reads "[a.b]" or "[[a.b]]" and returns the table that it opens.
func (s *scanner) header() *node {
	start := s.pos
	s.pos++
	element := s.peek() == '['
	if element {
		s.pos++
	}
	keys := s.keys()
	for range 2 {
		if s.peek() == ']' {
			s.pos++
		}
	}
	if len(keys) == 0 {
		return &node{key: none, value: none}
	}
	parent := s.root.descend(keys[:len(keys)-1])
	last := keys[len(keys)-1]
	if !element {
		return parent.child(last).latest()
	}
	n := parent.child(last)
	table := &node{key: start, value: start}
	n.array = append(n.array, table)
	return table
}

// keyValue reads "a.b = value", and always moves on.
func (s *scanner) keyValue(table *node) {
	start := s.pos
	keys := s.keys()
	if len(keys) == 0 {
		if s.pos == start {
			s.pos++
		}
		return
	}
	n := table.descend(keys[:len(keys)-1]).child(keys[len(keys)-1])
	if s.peek() != '=' {
		return
	}
	s.pos++
	s.blanks()
	s.value(n)
}

// value reads a value and puts what it holds below n.
func (s *scanner) value(n *node) {
	n.value = s.pos
	switch s.peek() {
	case '"', '\'':
		s.str()
	case '[':
		s.nested(func() { s.array(n) })
	case '{':
		s.nested(func() { s.inlineTable(n) })
	default:
		// A number, a date, true or false: none has any of these within.
		for s.pos < len(s.text) && !strings.ContainsRune(",]}#\r\n", rune(s.text[s.pos])) {
			s.pos++
		}
	}
}

// nested reads with read what is one level deeper. Too deep, it gives up the text.
func (s *scanner) nested(read func()) {
	if s.depth++; s.depth > maxDepth {
		s.tooDeep(s.pos)
		return
	}
	read()
	s.depth--
}

func (s *scanner) tooDeep(at int) {
	if s.deepAt == none {
		s.deepAt = at
	}
	s.pos = len(s.text)
}

// array reads "[1, 2]", over several lines if need be.
func (s *scanner) array(n *node) {
	s.pos++
	for {
		s.skip()
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return
		case 0, '}':
			return
		default:
			start := s.pos
			elem := &node{key: start, value: start}
			s.value(elem)
			n.array = append(n.array, elem)
			if s.pos == start {
				return
			}
		}
	}
}

// inlineTable reads "{a = 1, b.c = 2}". TOML 1.1 allows line breaks and comments in it.
func (s *scanner) inlineTable(n *node) {
	s.pos++
	for {
		s.skip()
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return
		case 0, ']':
			return
		default:
			s.keyValue(n)
		}
	}
}

// key is one part of a dotted key.
type key struct {
	name string
	at   int
}

// keys reads a dotted key, blanks included: a . "b c" . 'd'.
func (s *scanner) keys() []key {
	var list []key
	for {
		s.blanks()
		k := key{at: s.pos}
		switch c := s.peek(); {
		case c == '"' || c == '\'':
			k.name = s.str()
		case isBare(c):
			for isBare(s.peek()) {
				s.pos++
			}
			k.name = s.text[k.at:s.pos]
		default:
			return list
		}
		if list = append(list, k); len(list) > maxDepth {
			s.tooDeep(k.at)
			return nil
		}
		s.blanks()
		if s.peek() != '.' {
			return list
		}
		s.pos++
	}
}

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// str reads a string of any of the four kinds and returns what it says if it is of one
// line; only such a string can be a key.
func (s *scanner) str() string {
	quote := s.text[s.pos]
	if triple := strings.Repeat(string(quote), 3); strings.HasPrefix(s.text[s.pos:], triple) {
		s.pos += 3
		for s.pos < len(s.text) && !strings.HasPrefix(s.text[s.pos:], triple) {
			s.character(quote)
		}
		s.pos = min(s.pos+3, len(s.text))
		for range 2 { // up to two quotes may stand before the closing ones
			if s.peek() == quote {
				s.pos++
			}
		}
		return ""
	}
	s.pos++
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos] != quote && s.text[s.pos] != '\n' {
		s.character(quote)
	}
	content := s.text[start:min(s.pos, len(s.text))]
	if s.peek() == quote {
		s.pos++
	}
	if quote == '"' {
		return unescape(content)
	}
	return content
}

// character moves past a byte of a string, or past an escape that could hide a quote.
func (s *scanner) character(quote byte) {
	if s.text[s.pos] == '\\' && quote == '"' {
		s.pos++
	}
	s.pos = min(s.pos+1, len(s.text))
}

// escapes are those of a single letter.
var escapes = map[byte]string{
	'b': "\b", 't': "\t", 'n': "\n", 'f': "\f", 'r': "\r", 'e': "\x1b", '"': `"`, '\\': `\`,
}

// unescape undoes the escapes of a basic string. A wrong one is left as it is.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i]]
		if plain, ok := escapes[s[i]]; ok {
			b.WriteString(plain)
		} else if code, err := strconv.ParseUint(s[i+1:min(i+1+digits, len(s))], 16, 32); err == nil &&
			utf8.ValidRune(rune(code)) {
			b.WriteRune(rune(code))
			i += digits
		} else {
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// blanks moves past blanks and tabs.
func (s *scanner) blanks() {
	for s.peek() == ' ' || s.peek() == '\t' {
		s.pos++
	}
}

// skip moves past blanks, comments and line ends.
func (s *scanner) skip() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '#':
			s.endLine()
		default:
			return
		}
	}
}

// endLine moves to the end of the line.
func (s *scanner) endLine() {
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		s.pos += i
	} else {
		s.pos = len(s.text)
	}
}

// child returns the node of a key, which it makes where it is the first to name it.
func (n *node) child(k key) *node {
	c := n.table[k.name]
	if c == nil {
		c = &node{key: k.at, value: k.at}
		if n.table == nil {
			n.table = make(map[string]*node)
		}
		n.table[k.name] = c
	}
	return c
}

// latest returns the last element where n is an array of tables, else n.
func (n *node) latest() *node {
	if len(n.array) > 0 {
		return n.array[len(n.array)-1]
	}
	return n
}

// descend follows keys, into the last element where one names an array of tables.
func (n *node) descend(keys []key) *node {
	for _, k := range keys {
		n = n.child(k).latest()
	}
	return n
}
