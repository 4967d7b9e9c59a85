package judge

import (
	"github.com/stanchsec/stanch/internal/assign"
)

// MinValue is the length below which nothing is taken for a credential.
const MinValue = 4

// Trivial says, without measuring, of most values that they are no credential: names
// and expressions of programs, templates, words. It is for speed; what it lets pass is
// judged.
func Trivial(buf []byte, v assign.Value) bool {
	s := buf[v.Start:v.End]
	if len(s) < MinValue {
		return true
	}
	if s[0] == '$' && len(s) > 1 && (s[1] == '{' || s[1] == '(') || s[0] == '{' && s[1] == '{' || s[0] == '<' && (s[1] == '%' || s[1] == '?') {
		return true
	}
	letters, digits, blanks, other := 0, 0, 0, 0
	for _, c := range s {
		switch k := charKind(c); {
		case k <= 2:
			letters++
		case k == 3:
			digits++
		case k == 5:
			blanks++
		case c != '_' && c != '-' && c != '.' && c != ':':
			other++
		}
	}
	if letters+digits < 3 || letters+digits+blanks == 0 {
		return true
	}
	if v.Quote == 0 && digits == 0 && other == 0 {
		// A bare word: a name in the program, unless it is like no word at all.
		return allWords(s)
	}
	if blanks >= 2 && digits == 0 || blanks >= 6 { // a sentence
		return true
	}
	return false
}

// allWords reports whether all runs of letters of a text are words, or pieces of words
// run together.
func allWords(s []byte) bool {
	lex := lexicon()
	var run [maxRun]byte
	n := 0
	flush := func() bool {
		defer func() { n = 0 }()
		if n == 0 || n < minWord {
			return true
		}
		covered, pieces, _ := lex.cover(run[:n])
		return covered*10 >= n*8 && pieces*4 <= n+2
	}
	for i, c := range s {
		k := charKind(c)
		if k != 1 && k != 2 || k == 2 && i > 0 && charKind(s[i-1]) == 1 {
			if !flush() {
				return false
			}
		}
		if k == 1 || k == 2 {
			if n == maxRun {
				return false
			}
			run[n] = c | 0x20
			n++
		}
	}
	return flush()
}
