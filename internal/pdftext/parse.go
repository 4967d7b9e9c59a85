package pdftext

import (
	"strconv"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// The kinds of values besides bool, float64, nil and []any: section 7.3.
type (
	name    string
	text    []byte
	ref     int // to an object
	dict    map[string]any
	keyword string // an operator, or what else is no value
)

// decode brings a string to UTF-8: section 7.9.2.2. What is not UTF-16 is nearly Windows-1252.
func (t text) decode() string {
	if len(t) >= 2 && t[0] == 0xFE && t[1] == 0xFF {
		return decodeUTF16(t[2:])
	}
	if len(t) >= 3 && string(t[:3]) == "\xEF\xBB\xBF" {
		return string(t[3:])
	}
	return decode1252(t)
}

func decodeUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

func decode1252(b []byte) string {
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return string(b)
	}
	return string(s)
}

// maxDepth is how deep values may stand in each other.
const maxDepth = 50

// end is what a parser yields at the end.
const end = keyword("")

// parser reads values. It never fails: what makes no sense is skipped.
type parser struct {
	b  []byte
	at int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// skipSpace skips white space and comments.
func (p *parser) skipSpace() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case isSpace(c):
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// word reads what has neither white space nor delimiters in it.
func (p *parser) word() string {
	p.skipSpace()
	from := p.at
	for p.at < len(p.b) && !isSpace(p.b[p.at]) && !isDelimiter(p.b[p.at]) {
		p.at++
	}
	return string(p.b[from:p.at])
}

// value reads the next value or keyword.
func (p *parser) value(depth int) any {
	p.skipSpace()
	if p.at >= len(p.b) {
		return end
	}
	c := p.b[p.at]
	if depth > maxDepth {
		p.at++
		return keyword(string(c))
	}
	switch {
	case c == '/':
		p.at++
		return name(unescape(p.word0()))
	case c == '(':
		return p.literal()
	case c == '<' && p.at+1 < len(p.b) && p.b[p.at+1] == '<':
		p.at += 2
		return p.dict(depth)
	case c == '<':
		return p.hex()
	case c == '[':
		p.at++
		return p.array(depth)
	case c == '>' && p.at+1 < len(p.b) && p.b[p.at+1] == '>':
		p.at += 2
		return keyword(">>")
	case isDelimiter(c):
		p.at++
		return keyword(string(c))
	}
	word := p.word()
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil || word[0] != '-' && word[0] != '+' && word[0] != '.' && (word[0] < '0' || word[0] > '9') {
		return keyword(word)
	}
	if r, ok := p.reference(n); ok {
		return r
	}
	return n
}

// word0 is word without white space before it.
func (p *parser) word0() string {
	if p.at < len(p.b) && isSpace(p.b[p.at]) {
		return ""
	}
	return p.word()
}

// reference reads on after a number if it begins "12 0 R".
func (p *parser) reference(n float64) (ref, bool) {
	if n < 0 || n > 1<<31 || n != float64(int(n)) {
		return 0, false
	}
	q := *p
	generation := q.word()
	if generation == "" || len(generation) > 5 || generation[0] < '0' || generation[0] > '9' || q.word() != "R" {
		return 0, false
	}
	p.at = q.at
	return ref(int(n)), true
}

func (p *parser) dict(depth int) any {
	d := dict{}
	for {
		key := p.value(depth + 1)
		k, ok := key.(name)
		if key == end || key == keyword(">>") || key == keyword("endobj") || key == keyword("stream") {
			return d
		}
		if !ok {
			continue
		}
		v := p.value(depth + 1)
		if w, ok := v.(keyword); ok {
			if w == ">>" || w == end {
				return d
			}
			continue
		}
		d[string(k)] = v
	}
}

func (p *parser) array(depth int) any {
	list := []any{}
	for {
		v := p.value(depth + 1)
		if w, ok := v.(keyword); ok {
			if w == "]" || w == end || w == "endobj" {
				return list
			}
			continue
		}
		list = append(list, v)
	}
}

// literal reads a string in parentheses: section 7.3.4.2.
func (p *parser) literal() any {
	p.at++
	var out text
	for open := 1; p.at < len(p.b); p.at++ {
		c := p.b[p.at]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.at++
				return out
			}
		case '\r': // stands for a line feed, also with one
			if p.at+1 < len(p.b) && p.b[p.at+1] == '\n' {
				continue
			}
			c = '\n'
		case '\\':
			p.at++
			if p.at >= len(p.b) {
				return out
			}
			switch c = p.b[p.at]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case '\n':
				continue
			case '\r':
				if p.at+1 < len(p.b) && p.b[p.at+1] == '\n' {
					p.at++
				}
				continue
			case '0', '1', '2', '3', '4', '5', '6', '7':
				n := 0
				for i := 0; i < 3 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; i++ {
					n = n<<3 | int(p.b[p.at]-'0')
					p.at++
				}
				p.at--
				c = byte(n)
			}
		}
		out = append(out, c)
	}
	return out
}

// hex reads a string of hexadecimal digits: section 7.3.4.3.
func (p *parser) hex() any {
	p.at++
	var out text
	half, high := false, byte(0)
	for ; p.at < len(p.b) && p.b[p.at] != '>'; p.at++ {
		d, ok := digit(p.b[p.at])
		switch {
		case !ok:
		case half:
			out = append(out, high<<4|d)
			half = false
		default:
			high, half = d, true
		}
	}
	p.at++
	if half {
		out = append(out, high<<4)
	}
	return out
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// unescape undoes "#20" in a name.
func unescape(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			h, ok1 := digit(s[i+1])
			l, ok2 := digit(s[i+2])
			if ok1 && ok2 {
				out = append(out, h<<4|l)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
