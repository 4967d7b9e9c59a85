package rules

import "math"

// Entropy is the Shannon entropy of a text in bits a byte; 0 for an empty one.
func Entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	h := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// DigitsInRun reports whether a text has at least n decimal digits, and, if it has
// runs of [RunLength] token characters, a digit in one of them: the detector passes
// over runs without digits.
func DigitsInRun(text string, n int) bool {
	all, run, inRun, runs, ok := 0, 0, 0, 0, false
	for i := 0; i <= len(text); i++ {
		if i < len(text) && tokenByte(text[i]) {
			run++
			if '0' <= text[i] && text[i] <= '9' {
				all++
				inRun++
			}
			continue
		}
		if run >= RunLength {
			runs++
			ok = ok || inRun > 0
		}
		run, inRun = 0, 0
	}
	return all >= n && (ok || runs == 0)
}

func tokenByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '+' || c == '/' || c == '=' || c == '-'
}
