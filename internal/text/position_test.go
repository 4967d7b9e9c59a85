package text

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// reference counts as the documentation of Position says, one character at a time.
func reference(b []byte) Position {
	p := Start
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		switch {
		case r == '\n':
			p.Line++
			p.Column = 1
		case size == 1:
			p.Column++
		default:
			p.Column += len(utf16.Encode([]rune{r}))
		}
	}
	return p
}

// mixture makes n pieces of text: ASCII, characters of every length, bytes that are
// no UTF-8, line ends.
func mixture(random *rand.Rand, n int) []byte {
	pieces := []string{
		"plain text, ", "é", "€", "🔑", "\xFF", "\x80\x80", "\xF0\x9F", "\xE2", "\n", "\r\n", "\x00", "中文",
	}
	var b []byte
	for range n {
		b = append(b, pieces[random.IntN(len(pieces))]...)
	}
	return b
}

func TestPosition(t *testing.T) {
	tests := []struct {
		text string
		want Position
	}{
		{"", Position{1, 1}},
		{"abc", Position{1, 4}},
		{"abc\n", Position{2, 1}},
		{"a\r\nb\r\n\r\nxy", Position{4, 3}},
		{"Größe", Position{1, 6}},
		{"🔑=", Position{1, 4}},
		{"a\nb\xFFc", Position{2, 4}},
		{strings.Repeat("x", 1000) + "\n" + strings.Repeat("é", 999), Position{2, 1000}},
	}
	for _, test := range tests {
		p := Start
		p.Advance([]byte(test.text))
		if p != test.want {
			t.Errorf("%.20q: %+v, want %+v", test.text, p, test.want)
		}
	}
}

func TestPositionAcrossCuts(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		b := mixture(random, 40)
		p := Start
		for rest := b; len(rest) > 0; {
			n := Cut(rest, random.IntN(len(rest)+1))
			if n == 0 {
				n = Cut(rest, min(len(rest), utf8.UTFMax+1))
			}
			if n == 0 {
				n = len(rest)
			}
			p.Advance(rest[:n])
			rest = rest[n:]
		}
		if want := reference(b); p != want {
			t.Fatalf("%q: %+v, want %+v", b, p, want)
		}
	}
}

func TestCut(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		b := mixture(random, 20)
		start := map[int]bool{len(b): true} // where characters begin
		for i := 0; i < len(b); {
			start[i] = true
			_, size := utf8.DecodeRune(b[i:])
			i += size
		}
		for i := 0; i <= len(b); i++ {
			want := i
			for !start[want] {
				want--
			}
			got := Cut(b, i)
			unfinished := i-got < utf8.UTFMax && start[got] && !utf8.FullRune(b[got:])
			if got != want && !unfinished {
				t.Fatalf("Cut(%q, %d) = %d, want %d", b, i, got, want)
			}
		}
	}
	for _, test := range []struct {
		text string
		want int
	}{{"ab\xF0\x9F\x94", 2}, {"ab\xE2\x82", 2}, {"ab\xC3", 2}, {"ab\x80\x80\x80", 5}, {"ab\xFF", 3}, {"", 0}} {
		if got := Cut([]byte(test.text), len(test.text)); got != test.want {
			t.Errorf("Cut(%q, end) = %d, want %d", test.text, got, test.want)
		}
	}
}
