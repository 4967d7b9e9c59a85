package detector

import (
	"slices"
	"strings"
)

// wordIndex finds context words in text. Letter case does not count, nor do the
// separators "_", "-", "." and blank: the word "dd_api_key" stands in DD_API_KEY,
// ddApiKey and "dd-api-key" alike.
//
// A word of up to four letters must stand alone: bounded by what is neither letter
// nor digit or by a change of case. Longer ones may be part of a longer name; but one
// that has separators itself begins where a word does, so that "box_token" does not stand
// in SANDBOX_TOKEN.
type wordIndex struct {
	words []indexedWord
	// grams has a bit for each hash of the first four characters of a long word, byHash
	// leads from there to the words: it holds indexes of lists.
	grams  [1 << gramBits / 64]uint64
	byHash []uint16
	lists  []gramWords
	// short leads from a short word to its number.
	short    map[uint32]int32
	hasShort [maxShort + 1]bool
	// shortPairs has a bit for each pair of bytes that a short word begins with.
	shortPairs [1 << 4]uint64
	// longest is the length of the longest word, with room for separators; near is the
	// greatest distance at which one matters, in bytes.
	longest, near int
}

type indexedWord struct {
	text  string // lower case, without separators
	begin bool   // it stands only where a word begins
	rules []int32
	// named are the rules that take it only for the name that a value is given to.
	named []int32
}

// gramWords are the long words with the same first four characters, or whose hash
// is the same.
type gramWords struct {
	words []int32
	// fifth has a bit for the hash of each fifth character.
	fifth uint32
}

// wordHit is a context word in the text.
type wordHit struct {
	start, end int
	word       int32
}

// maxShort is the length up to which a word must stand alone.
const maxShort = 4

// newWordIndex takes the context words of each rule, by rule number. Rules with the
// same word share an entry.
func newWordIndex() *wordIndex {
	return &wordIndex{byHash: make([]uint16, 1<<gramBits), lists: make([]gramWords, 1), short: make(map[uint32]int32)}
}

// add puts a rule's word into the index. Words of less than two characters, separators left out,
// are ignored; the loader refuses them.
func (x *wordIndex) add(word string, rule int32) {
	w := x.entry(word)
	if w == nil {
		return
	}
	w.begin = w.begin && len(w.text) > maxShort && strings.ContainsAny(word[1:], separators)
	w.rules = appendNew(w.rules, rule)
}

// addNamed puts a word into the index that a rule takes only for the name of its value.
func (x *wordIndex) addNamed(word string, rule int32) {
	if w := x.entry(word); w != nil {
		w.named = appendNew(w.named, rule)
	}
}

// entry is the place of a word in the index; nil for one that is too short.
func (x *wordIndex) entry(word string) *indexedWord {
	text := plainWord(word)
	if len(text) < 2 {
		return nil
	}
	n := x.find(text)
	if n < 0 {
		n = int32(len(x.words))
		x.words = append(x.words, indexedWord{text: text, begin: true})
		x.longest = max(x.longest, len(text)+8)
		if len(text) <= maxShort {
			x.short[shortKey(text)] = n
			x.hasShort[len(text)] = true
			h := shortPair(text[0], text[1])
			x.shortPairs[h>>6] |= 1 << (h & 63)
		} else {
			h := gramHash(gramOf(text))
			x.grams[h>>6] |= 1 << (h & 63)
			if x.byHash[h] == 0 {
				x.byHash[h] = uint16(len(x.lists))
				x.lists = append(x.lists, gramWords{})
			}
			list := &x.lists[x.byHash[h]]
			list.words = append(list.words, n)
			list.fifth |= 1 << (text[4] & 31)
		}
	}
	return &x.words[n]
}

// appendNew appends a rule to a list that does not hold it yet.
func appendNew(list []int32, rule int32) []int32 {
	if slices.Contains(list, rule) {
		return list
	}
	return append(list, rule)
}

func (x *wordIndex) find(text string) int32 {
	if len(text) <= maxShort {
		if n, ok := x.short[shortKey(text)]; ok {
			return n
		}
		return -1
	}
	for _, n := range x.lists[x.byHash[gramHash(gramOf(text))]].words {
		if x.words[n].text == text {
			return n
		}
	}
	return -1
}

// plainWord takes the separators out of a word and makes it lower case.
func plainWord(word string) string {
	return strings.Map(func(r rune) rune {
		if isSeparator(byte(r)) && r < 0x80 {
			return -1
		}
		return r
	}, strings.ToLower(word))
}

// separators are the bytes for which isSeparator holds.
const separators = "_-. "

func isSeparator(c byte) bool { return c == '_' || c == '-' || c == '.' || c == ' ' }

func shortKey(s string) uint32 {
	k := uint32(0)
	for _, c := range []byte(s) {
		k = k<<8 | uint32(c)
	}
	return k
}

// gramOf is the first four characters of a long word.
func gramOf(s string) uint32 { return shortKey(s[:4]) }

const gramBits = 16

func gramHash(g uint32) uint32 { return g * 0x9e3779b1 >> (32 - gramBits) }

// scan appends to hits the words that begin in buf[from:to], in order of the end of
// their first four characters. A word may end behind to, as far as buf goes.
func (x *wordIndex) scan(buf []byte, from, to int, hits []wordHit) []wordHit {
	// The last four characters, separators left out; something that is neither character
	// nor separator makes them zero, which no word has.
	var key uint32
	prev := byte(0)
	if from > 0 {
		prev = buf[from-1]
	}
	for i, b := range buf[from:to] {
		c := wordFold[b]
		if c <= foldSeparator {
			if c == foldOther {
				key = 0
			}
			prev = b
			continue
		}
		if i += from; (wordFold[prev] <= foldSeparator || isUpper(b) && !isUpper(prev)) && i+1 < len(buf) && x.mayBeShort(c, buf[i+1]) {
			if w, end := x.alone(buf, i); w >= 0 && !inNoise(buf, i, end) {
				hits = append(hits, wordHit{i, end, w})
			}
		}
		prev = b
		key = key<<8 | uint32(c)
		if h := gramHash(key); x.grams[h>>6]>>(h&63)&1 != 0 && key>>24 != 0 {
			hits = x.long(buf, i, h, hits)
		}
	}
	// Of a word that begins before to, up to three of the first four characters may stand
	// behind it.
	for i, n := to, 0; i < len(buf) && n < 3; i++ {
		c := wordFold[buf[i]]
		if c == foldOther {
			break
		}
		if c == foldSeparator {
			continue
		}
		n++
		key = key<<8 | uint32(c)
		if h := gramHash(key); x.grams[h>>6]>>(h&63)&1 != 0 && key>>24 != 0 {
			hits = x.long(buf, i, h, hits)
		}
	}
	return hits
}

// long appends the long words whose first four characters, of which h is the hash, end
// at i.
func (x *wordIndex) long(buf []byte, i int, h uint32, hits []wordHit) []wordHit {
	list := &x.lists[x.byHash[h]]
	next := i + 1
	for next < len(buf) && wordFold[buf[next]] == foldSeparator {
		next++
	}
	if next == len(buf) || list.fifth>>(wordFold[buf[next]]&31)&1 == 0 {
		return hits
	}
	start := i
	for n := 1; n < 4; {
		if start--; wordFold[buf[start]] > foldSeparator {
			n++
		}
	}
	for _, w := range list.words {
		word := &x.words[w]
		if end := x.extend(buf, start, word.text); end > 0 && (!word.begin || wordBegin(buf, start)) && !inNoise(buf, start, end) {
			hits = append(hits, wordHit{start, end, w})
		}
	}
	return hits
}

// wordFold is the lower-case form of letters and digits, foldSeparator for separators and
// foldOther for everything else.
var wordFold = func() (t [256]byte) {
	for c := range 256 {
		if isAlnum(byte(c)) {
			t[c] = lower(byte(c))
		} else if isSeparator(byte(c)) {
			t[c] = foldSeparator
		}
	}
	return t
}()

const (
	foldOther     = 0
	foldSeparator = 1
)

// Classes of bytes, by which words are told apart.
const (
	classOther = iota
	classSeparator
	classDigit
	classLower
	classUpper
)

var wordClass = func() (t [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case isSeparator(b):
			t[c] = classSeparator
		case isDigit(b):
			t[c] = classDigit
		case isUpper(b):
			t[c] = classUpper
		case isLetter(b):
			t[c] = classLower
		}
	}
	return t
}()

// mayBeShort reports whether a short word may begin with c, in lower case, and next.
func (x *wordIndex) mayBeShort(c, next byte) bool {
	h := shortPair(c, next)
	return x.shortPairs[h>>6]>>(h&63)&1 != 0
}

func shortPair(a, b byte) uint16 { return uint16(a&31) | uint16(b&31)<<5 }

// folded is the lower-case form of letters and digits, 0 for everything else.
var folded = func() (t [256]byte) {
	for c := range 256 {
		if isAlnum(byte(c)) {
			t[c] = lower(byte(c))
		}
	}
	return t
}()

// extend compares a word with the text at i, passing separators. It returns where the
// word ends, 0 if the text differs.
func (x *wordIndex) extend(buf []byte, i int, text string) int {
	for k := 0; k < len(text); i++ {
		if i >= len(buf) {
			return 0
		}
		if c := wordFold[buf[i]]; c == text[k] {
			k++
		} else if c != foldSeparator {
			return 0
		}
	}
	return i
}

// alone looks for a short word that begins at i, where a word may begin (after what is
// neither letter nor digit, or where lower case changes to upper), and stands alone.
func (x *wordIndex) alone(buf []byte, i int) (word int32, end int) {
	word = -1
	key := uint32(0)
	for n := 1; n <= maxShort && i+n <= len(buf) && isAlnum(buf[i+n-1]); n++ {
		key = key<<8 | uint32(lower(buf[i+n-1]))
		if x.hasShort[n] && wordEnd(buf, i+n) {
			if w, ok := x.short[key]; ok {
				word, end = w, i+n
			}
		}
	}
	return word, end
}

// How much random text on both sides of a word tells that it came up by chance.
const (
	leastNoise = 8
	noiseSight = 24
)

// inNoise reports whether what looks like a word from start to end is a piece of
// random text: a hash, a key or encoded data.
func inNoise(buf []byte, start, end int) bool {
	lo := start
	for lo > 0 && start-lo < noiseSight && wrapsWith(buf[lo-1]) {
		lo--
	}
	if start-lo < leastNoise || !noise(buf[lo:start]) {
		return false
	}
	hi := end
	for hi < len(buf) && hi-end < noiseSight && wrapsWith(buf[hi]) {
		hi++
	}
	return hi-end >= leastNoise && noise(buf[end:hi])
}

// noise reports whether a text changes between digits, signs and letters of either
// case more often than names do: in three of ten places.
func noise(text []byte) bool {
	changes := 0
	for i := 1; i < len(text); i++ {
		if wordClass[text[i]] != wordClass[text[i-1]] {
			changes++
		}
	}
	return changes*10 >= 3*len(text)
}

// wordBegin reports whether a word begins at i: behind what is no letter, or where the
// case changes.
func wordBegin(buf []byte, i int) bool {
	if i == 0 || !isLetter(buf[i-1]) {
		return true
	}
	return isUpper(buf[i]) && (!isUpper(buf[i-1]) || i+1 < len(buf) && isLetter(buf[i+1]) && !isUpper(buf[i+1]))
}

// wordEnd reports whether a word ends before i: before what is neither letter nor
// digit, or before an upper-case letter that begins the next word.
func wordEnd(buf []byte, i int) bool {
	if i == len(buf) || !isAlnum(buf[i]) {
		return true
	}
	return isUpper(buf[i]) && (!isUpper(buf[i-1]) || i+1 < len(buf) && isLetter(buf[i+1]) && !isUpper(buf[i+1]))
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
