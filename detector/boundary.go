package detector

import "github.com/stanchsec/stanch/rules"

// misplaced says why a match does not stand where its rule wants it to; empty if it
// does.
func (l *layer) misplaced(c *compiled, m extent) string {
	switch c.Boundary {
	case rules.BoundaryNone:
		return ""
	case rules.BoundaryValue:
		if !valueStart(l.buf, m.start) {
			return "it does not begin where a value does"
		}
		if !valueEnd(l.buf, m.end) {
			return "it does not end where a value does"
		}
		return ""
	}
	if m.start > 0 && isAlnum(l.buf[m.start-1]) && isAlnum(l.buf[m.start]) && !escapeBefore(l.buf, m.start) {
		return "a letter or digit stands before it"
	}
	if m.end < len(l.buf) && c.until == nil {
		next := l.buf[m.end]
		if m.last != nil && m.last.Has(next) || isAlnum(next) && isAlnum(l.buf[m.end-1]) {
			return "the token goes on behind it"
		}
		if next == '_' && m.end+1 < len(l.buf) && isAlnum(l.buf[m.end+1]) && isAlnum(l.buf[m.end-1]) {
			return wordBehind
		}
	}
	return ""
}

// wordBehind is what misplaced says of a match that is but the beginning of a name.
const wordBehind = "an underscore and a further word stand behind it"

// escapeBefore reports whether the letters or digits before p are the end of an
// escape sequence, such as \n, %20 or =, that stands for something else.
func escapeBefore(buf []byte, p int) bool {
	if p >= 2 && buf[p-2] == '\\' {
		switch buf[p-1] {
		case 'n', 'r', 't', 'b', 'f', 'v', '0':
			return true
		}
	}
	if p >= 3 && buf[p-3] == '%' && isHex(buf[p-1]) && isHex(buf[p-2]) {
		return true
	}
	if p >= 6 && buf[p-6] == '\\' && lower(buf[p-5]) == 'u' {
		for _, c := range buf[p-4 : p] {
			if !isHex(c) {
				return false
			}
		}
		return true
	}
	// A colour code of a terminal: ESC [ 31 m.
	if p >= 3 && buf[p-1] == 'm' {
		for i := p - 2; i >= 1 && i > p-10; i-- {
			if buf[i] == '[' {
				return buf[i-1] == 0x1b
			}
			if !isDigit(buf[i]) && buf[i] != ';' {
				return false
			}
		}
	}
	return false
}

// isEscapeMark reports whether c may be the last byte before the letters and digits
// of an escape sequence.
func isEscapeMark(c byte) bool { return c == '\\' || c == '%' || c == '[' || c == ';' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// What stands around values.
var beforeValue, afterValue = marks(" \t\r\n\f\v\x00\"'`=:,;([{<>|&?!#@*~"), marks(" \t\r\n\f\v\x00\"'`,;)]}<>|&@:#?\\!$*~%")

// unlikelyMark are those of these marks that between letters and digits are rather a part
// of a value than its edge; a question mark may stand behind one in an address.
var unlikelyMark = marks("?!*~$")

func marks(s string) (t [256]bool) {
	for _, c := range []byte(s) {
		t[c] = true
	}
	return t
}

// valueStart reports whether a value can begin at p: at the start of the text, after a
// quote, a blank, a bracket or a separator, or tied to a word for what it is.
func valueStart(buf []byte, p int) bool {
	if p == 0 || beforeValue[buf[p-1]] {
		return p < 2 || !unlikelyMark[buf[p-1]] || !isAlnum(buf[p-2])
	}
	return behindRole(buf, p) || escapeBefore(buf, p)
}

// valueEnd reports whether a value can end before p. A full stop counts if the text
// or the sentence ends with it, an equals sign if it pads base64.
func valueEnd(buf []byte, p int) bool {
	if p >= len(buf) || afterValue[buf[p]] {
		return p+1 >= len(buf) || !unlikelyMark[buf[p]] || buf[p] == '?' || !isAlnum(buf[p+1])
	}
	switch buf[p] {
	case '.', '/', '=', 0xe2: // the last begins … and curly quotes
		return p+1 == len(buf) || afterValue[buf[p+1]] || buf[p] == 0xe2
	}
	return false
}
