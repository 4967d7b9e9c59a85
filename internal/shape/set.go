package shape

import "math/bits"

// Set is a set of bytes.
type Set [4]uint64

// Has reports whether b is in the set.
func (s *Set) Has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

// Add puts the bytes from lo to hi, both included, into the set.
func (s *Set) Add(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s[c>>6] |= 1 << (c & 63)
	}
}

// Len is the number of bytes in the set.
func (s *Set) Len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// Within reports whether every byte of s is in t.
func (s *Set) Within(t *Set) bool {
	for i := range s {
		if s[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

// Meets reports whether s and t share a byte.
func (s *Set) Meets(t *Set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

// Bytes lists the set in ascending order.
func (s *Set) Bytes() []byte {
	var out []byte
	for c := range 256 {
		if s.Has(byte(c)) {
			out = append(out, byte(c))
		}
	}
	return out
}

// newSet makes a set of a class's ranges of runes; it reports false if the class
// goes beyond ASCII. The few non-ASCII letters that fold to ASCII ones (ſ, K) are
// left out.
func newSet(ranges []rune) (*Set, bool) {
	var s Set
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if lo == hi && (lo == 'ſ' || lo == 'K') {
			continue
		}
		if hi > 0x7f {
			return nil, false
		}
		s.Add(byte(lo), byte(hi))
	}
	return &s, true
}

// singleton is the set of one byte, or of both cases of a letter.
func singleton(b byte, fold bool) *Set {
	var s Set
	s.Add(b, b)
	if fold && 'a' <= b && b <= 'z' {
		s.Add(b-'a'+'A', b-'a'+'A')
	}
	return &s
}

// Token is the set of the characters that tokens are made of.
var Token = func() *Set {
	var s Set
	s.Add('0', '9')
	s.Add('A', 'Z')
	s.Add('a', 'z')
	for _, c := range []byte("_+/=-") {
		s.Add(c, c)
	}
	return &s
}()

// Alnum is the set of ASCII letters and digits.
var Alnum = func() *Set {
	var s Set
	s.Add('0', '9')
	s.Add('A', 'Z')
	s.Add('a', 'z')
	return &s
}()
