package text

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Position is a place in a text. Line and Column are 1-based, and columns count
// UTF-16 code units. A line ends behind "\n". A byte that is no UTF-8 counts as
// one unit.
type Position struct{ Line, Column int }

// Start is the position of the first byte.
var Start = Position{Line: 1, Column: 1}

// Advance moves the position behind the bytes of b. The text may come in pieces if
// it is cut where [Cut] says.
func (p *Position) Advance(b []byte) {
	if n := bytes.Count(b, newline); n > 0 {
		p.Line += n
		p.Column = 1
		b = b[bytes.LastIndexByte(b, '\n')+1:]
	}
	p.Column += units(b)
}

var newline = []byte{'\n'}

// units counts the UTF-16 code units of b, eight bytes at a time where they are ASCII.
func units(b []byte) int {
	n := 0
	for len(b) > 0 {
		if len(b) >= 8 && binary.LittleEndian.Uint64(b)&0x8080808080808080 == 0 {
			n += 8
			b = b[8:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		n++
		if r > 0xFFFF {
			n++
		}
		b = b[size:]
	}
	return n
}

// Cut returns the greatest place not behind i at which b may be cut without
// cutting a character of UTF-8: i, or up to three bytes less. Where b ends within
// what may become a character, that counts as one. Bytes that are no UTF-8 may be
// cut anywhere. i is from 0 to len(b).
func Cut(b []byte, i int) int {
	for j := i - 1; j >= 0 && j >= i-utf8.UTFMax+1; j-- {
		if !utf8.RuneStart(b[j]) {
			continue
		}
		if b[j] < utf8.RuneSelf {
			break
		}
		if _, size := utf8.DecodeRune(b[j:]); j+size > i || !utf8.FullRune(b[j:]) {
			return j
		}
		break
	}
	return i
}
