// Package text tells what encoding a file is in and brings it to UTF-8.
//
// In go the first bytes of a file ([Detect]); out comes a [Form]: whether it is
// text, in which encoding, and how long its byte order mark is. UTF-16 and UTF-32
// are transcoded ([NewReader], [Form.Decode]). Everything that agrees with ASCII
// (UTF-8, Latin-1, Windows-1252, Shift JIS, GBK, ...) stays as it is, byte for byte.
//
// The package also counts lines and columns ([Position]) and finds places at which
// UTF-8 may be cut ([Cut]), for those who look at a text piece by piece.
package text

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Encoding is how characters are written as bytes.
type Encoding uint8

// The encodings.
const (
	// ASCII is UTF-8 or any other encoding in which the bytes below 0x80 are ASCII.
	ASCII Encoding = iota
	UTF16LE
	UTF16BE
	UTF32LE
	UTF32BE
)

// String returns the name that the IANA registry of character sets uses; ASCII and
// what agrees with it is "UTF-8".
func (e Encoding) String() string {
	switch e {
	case UTF16LE:
		return "UTF-16LE"
	case UTF16BE:
		return "UTF-16BE"
	case UTF32LE:
		return "UTF-32LE"
	case UTF32BE:
		return "UTF-32BE"
	}
	return "UTF-8"
}

// Form is what [Detect] found out.
type Form struct {
	Encoding Encoding
	// BOM is the length of the byte order mark in bytes, 0 without one.
	BOM int
	// Binary says that it is no text. Encoding is ASCII then.
	Binary bool
}

// HeadSize is how many bytes [Detect] looks at.
const HeadSize = 8 << 10

// The byte order marks: https://www.unicode.org/faq/utf_bom.html#bom4
var (
	markUTF8    = []byte{0xEF, 0xBB, 0xBF}
	markUTF16LE = []byte{0xFF, 0xFE}
	markUTF16BE = []byte{0xFE, 0xFF}
	markUTF32LE = []byte{0xFF, 0xFE, 0, 0}
	markUTF32BE = []byte{0, 0, 0xFE, 0xFF}
)

// Detect tells the form of a file from its first bytes: [HeadSize] of them, or all
// if it has fewer. An empty head is text.
//
// A mark of UTF-16 or UTF-32 is believed only if what follows can be that; ASCII
// behind a stray mark stays ASCII. UTF-16 without a mark is known by its zero
// bytes, which stand at every second place wherever there is ASCII in it. Other
// zero bytes and control characters make a file binary only if there are many: a
// log with a stray one, a list separated by zero bytes and a terminal recording
// are text.
func Detect(head []byte) Form {
	head = head[:min(len(head), HeadSize)]
	if bytes.HasPrefix(head, markUTF8) {
		return Form{BOM: len(markUTF8)}
	}
	hasNUL := bytes.IndexByte(head, 0) >= 0
	if !hasNUL && len(head) >= sampleSize && !hasLowControl(head[:sampleSize]) && head[0] < 0xFE {
		return Form{}
	}
	if f, ok := marked(head); ok {
		return f
	}
	if hasNUL {
		sample := head[:min(len(head), surveySize)]
		le, be := survey16(sample, binary.LittleEndian), survey16(sample, binary.BigEndian)
		if le.ascii >= be.ascii && le.unmarked() && survey16(head, binary.LittleEndian).unmarked() {
			return Form{Encoding: UTF16LE}
		}
		if be.unmarked() && survey16(head, binary.BigEndian).unmarked() {
			return Form{Encoding: UTF16BE}
		}
	}
	return Form{Binary: isBinary(head)}
}

// sampleSize is enough to know compressed or encrypted bytes from text: that not
// one byte of them is below 7 has a probability of (249/256)^1024, less than 1e-12.
const sampleSize = 1 << 10

// hasLowControl reports whether a byte below 7 stands in b, eight bytes at a time.
// No text has these; the controls that texts have begin at 7, the bell. The length
// of b must be a multiple of 8.
func hasLowControl(b []byte) bool {
	const ones = 0x0101010101010101
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if (x-7*ones)&^x&(0x80*ones) != 0 {
			return true
		}
	}
	return false
}

// marked looks for a mark of UTF-16 or UTF-32 and for text behind it.
func marked(head []byte) (Form, bool) {
	switch {
	case bytes.HasPrefix(head, markUTF32LE) && survey32(head[4:], binary.LittleEndian).marked():
		return Form{Encoding: UTF32LE, BOM: 4}, true
	case bytes.HasPrefix(head, markUTF32BE) && survey32(head[4:], binary.BigEndian).marked():
		return Form{Encoding: UTF32BE, BOM: 4}, true
	case bytes.HasPrefix(head, markUTF16LE) && survey16(head[2:], binary.LittleEndian).marked():
		return Form{Encoding: UTF16LE, BOM: 2}, true
	case bytes.HasPrefix(head, markUTF16BE) && survey16(head[2:], binary.BigEndian).marked():
		return Form{Encoding: UTF16BE, BOM: 2}, true
	}
	return Form{}, false
}

// surveySize is how much of the head is enough to tell that most binary files are not
// UTF-16. What may be is looked at as a whole.
const surveySize = 1 << 10

// survey counts what the units of a supposed UTF-16 or UTF-32 text are.
type survey struct {
	units int
	ascii int // visible ASCII and white space
	pairs int // the bytes of the unit would all be such ASCII: rather no UTF-16
	zero  int
	bad   int // what else no text has: control characters, lone surrogates, no characters
}

// marked reports whether the survey fits a text that a mark announces. A third of
// the ideographs are pairs (U+4E2D is "-N"), so of few units all may be.
func (s survey) marked() bool {
	return s.zero+s.bad <= s.units/50 && (s.pairs <= s.units*3/4 || s.units < 8)
}

// unmarked reports whether the survey fits a text that nothing announces. No zero is
// forgiven: it is what tells the code of Python, two bytes an instruction, from text.
// A third of the ideographs are pairs; of a list separated by zero bytes nearly all
// units that hold none are.
func (s survey) unmarked() bool {
	other := s.units - s.ascii
	return s.units >= 4 && s.zero == 0 && s.bad <= s.units/100 && s.ascii >= max(s.units/8, 1) &&
		(s.pairs <= s.units/16 || s.pairs <= other*3/5)
}

func survey16(b []byte, order binary.ByteOrder) survey {
	s := survey{units: len(b) / 2}
	for i := 0; i+1 < len(b); i += 2 {
		u := order.Uint16(b[i:])
		switch {
		case u < 0x80:
			s.count(rune(u))
		case u >= 0xD800 && u < 0xDC00:
			if i+3 < len(b) {
				if low := order.Uint16(b[i+2:]); low < 0xDC00 || low > 0xDFFF {
					s.bad++
					continue
				}
				i += 2
			}
		case u >= 0xDC00 && u < 0xE000, u >= 0xFFFE:
			s.bad++
		case class[byte(u)] == visible && class[byte(u>>8)] == visible:
			s.pairs++
		}
	}
	return s
}

func survey32(b []byte, order binary.ByteOrder) survey {
	s := survey{units: len(b) / 4}
	for i := 0; i+3 < len(b); i += 4 {
		u := order.Uint32(b[i:])
		switch {
		case u < 0x80:
			s.count(rune(u))
		case u > utf8.MaxRune || !utf8.ValidRune(rune(u)):
			s.bad++
		}
	}
	return s
}

func (s *survey) count(r rune) {
	switch class[byte(r)] {
	case visible:
		s.ascii++
	case odd:
		if r == 0 {
			s.zero++
		} else {
			s.bad++
		}
	}
}

// The classes of bytes.
const (
	high    = iota // 0x80 and above
	visible        // visible ASCII and white space
	control        // what terminals get: bell, backspace, escape
	odd            // zero and the other controls
)

var class = func() (t [256]uint8) {
	for c := range 0x80 {
		switch {
		case c >= ' ' && c < 0x7F, c >= '\t' && c <= '\r':
			t[c] = visible
		case c == '\a', c == '\b', c == 0x1B:
			t[c] = control
		default:
			t[c] = odd
		}
	}
	return t
}()

// isBinary judges bytes that are neither UTF-16 nor UTF-32. Of compressed or
// encrypted bytes a tenth is odd, of machine code more.
func isBinary(b []byte) bool {
	var nul, twins, others int // zero bytes, those of them that follow one, other odd bytes
	for i, c := range b {
		switch {
		case class[c] != odd:
		case c != 0:
			others++
		default:
			nul++
			if i > 0 && b[i-1] == 0 {
				twins++
			}
		}
	}
	if nul+others == 0 {
		return false
	}
	if !utf8.Valid(b[:Cut(b, len(b))]) {
		return nul+others > max(1, len(b)/100)
	}
	if others == 0 && twins == 0 && nul <= len(b)/4 {
		return false // separated by zero bytes, as a process's environment is
	}
	return nul+others > max(1, len(b)/32)
}
