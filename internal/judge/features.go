package judge

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
)

// A Vector holds what is measured of a case, in whole numbers, so that it is the same
// on every machine. Features names them in order; those from OfFile on come from the path.
type Vector [featureCount]int16

type feature int

// The features. What each one counts is said in featureNames.
const (
	// Of the value.
	fLength feature = iota
	fLetters
	fDigits
	fUpper
	fLower
	fSigns
	fBlanks
	fForeign
	fEntropy
	fEntropyShare
	fDistinct
	fRow
	fSequence
	fKeyboard
	fChanges
	fCaseChanges
	fSurprise
	fWorstSurprise
	fCovered
	fCoveredShare
	fPieces
	fLongestWord
	fUncovered
	fVowels
	fConsonants
	fRuns
	fLongestRun
	fLongestDigits
	fEndDigits
	fHex
	fHexDigest
	fUUID
	fBase64
	fBase64Text
	fPath
	fURL
	fVersion
	fShape
	fTemplate
	fHint
	fStock
	fCallSigns
	fFirst
	fLast
	fInName
	fNameIn
	fMasked
	fAddress
	fJWT
	fKnownPrefix
	fSlashes
	fDots
	fDashes
	fUnderscores
	fEquals
	fPercents
	fBackslashes
	fBraces
	fOddSigns
	fForeignSurprise
	fRising
	fEscapes
	fKnownText
	fCut
	// Of the name.
	fNameLength
	fNameWords
	fNameCase
	fNameDots
	fNameClass0 // one for each class of words
)

const (
	// Of how the value is given.
	fForm = fNameClass0 + feature(nameClasses) + iota
	fQuote
	fIndex
	fNext
	fNameQuoted
	fGap
	fOperator
	fNextByte
	fAfterQuote
	fUnlikeToken
	// Of the line and its neighbours.
	fComment
	fDefinition
	fTestWords
	fExampleWords
	fEnvironment
	fUserNear
	fHostNear
	fLocalNear
	fProse
	fIndent
	fPairs
	fCommand
	fHTML
	fSQL
	fHeader
	fSameBefore
	fAboveSame
	fSecretNear
	fWordsNear
	// Of the path.
	fFileKind
	fFileTest
	fFileSample
	featureCountTyped
)

const featureCount = int(featureCountTyped)

// FeatureCount is the length of a [Vector], OfFile the first of the features that the
// path gives.
const (
	FeatureCount = featureCount
	OfFile       = int(fFileKind)
)

var featureNames = func() (names [featureCount]string) {
	for f, n := range map[feature]string{
		fLength: "length of the value", fLetters: "letters", fDigits: "digits", fUpper: "capital letters", fLower: "small letters",
		fSigns: "signs", fBlanks: "blanks", fForeign: "bytes beyond ASCII", fEntropy: "entropy, hundredths of a bit a byte",
		fEntropyShare: "entropy, percent of what its length allows", fDistinct: "different characters",
		fRow: "longest row of one character", fSequence: "longest row counting up or down", fKeyboard: "longest row of the keyboard",
		fChanges: "changes between letters, digits and signs", fCaseChanges: "changes of case within words",
		fSurprise: "unlike words, eighths of a bit a letter", fWorstSurprise: "the same of its worst run of letters",
		fCovered: "letters that words cover", fCoveredShare: "the same in percent", fPieces: "words that takes",
		fLongestWord: "longest word in it", fUncovered: "letters that no word covers", fVowels: "vowels, percent of letters",
		fConsonants: "longest row of consonants", fRuns: "runs of letters", fLongestRun: "longest run of letters",
		fLongestDigits: "longest run of digits", fEndDigits: "digits at the end", fHex: "all hexadecimal",
		fHexDigest: "length of a hash in hexadecimal", fUUID: "a UUID", fBase64: "the alphabet of base64",
		fBase64Text: "text in base64", fPath: "a path", fURL: "a URL", fVersion: "a version, date or number", fShape: "how it is written",
		fTemplate: "syntax of templates and variables", fHint: "words of placeholders", fStock: "letters of stock words, percent",
		fCallSigns: "signs of a call or an index", fFirst: "kind of its first character", fLast: "kind of its last character",
		fInName: "it stands in the name", fNameIn: "words of the name in it", fMasked: "blanked out", fAddress: "an e-mail address or a host",
		fJWT: "a JWT", fKnownPrefix: "a prefix of a vendor's token", fSlashes: "slashes", fDots: "full stops", fDashes: "dashes",
		fUnderscores: "underscores", fEquals: "equals signs", fPercents: "percent signs", fBackslashes: "backslashes", fBraces: "braces", fOddSigns: "signs that tokens do not hold",
		fForeignSurprise: "unlike words of other languages, eighths of a bit a letter", fRising: "letters that go up by a few, percent",
		fEscapes: "escapes", fKnownText: "stock words in text in base64, percent",
		fCut: "longer than is looked at", fNameLength: "length of the name", fNameWords: "words of the name",
		fNameCase: "how the name is written", fNameDots: "full stops in the name", fForm: "how the value is given", fQuote: "quotation mark",
		fIndex: "which of the name's values", fNext: "below the line of its name", fNameQuoted: "the name is quoted",
		fGap: "bytes between name and value", fOperator: "sign of the assignment", fNextByte: "what follows the value",
		fAfterQuote: "what follows its quotation mark", fUnlikeToken: "signs that tokens do not hold, though the name is a token's or a key's", fComment: "in a comment", fDefinition: "in a definition",
		fTestWords: "words of tests on the line", fExampleWords: "words of examples on the line", fEnvironment: "environment or settings are read",
		fUserNear: "a user is given near by", fHostNear: "a host is given near by", fLocalNear: "the machine itself is named near by",
		fProse: "words of prose before it", fIndent: "indentation", fPairs: "assignments on the line", fCommand: "a command line",
		fHTML: "tags on the line", fSQL: "SQL on the line", fHeader: "a header of HTTP", fSameBefore: "the value stands before its name, too",
		fWordsNear: "words and blanks on the lines near by",
		fAboveSame: "the line above is like this one", fSecretNear: "other credentials near by", fFileKind: "kind of file",
		fFileTest: "path of tests", fFileSample: "path of examples or documentation",
	} {
		names[f] = n
	}
	for c, n := range classNames {
		names[int(fNameClass0)+c] = "the name has a word for " + n
	}
	return names
}()

// Measure takes the features of a case; those of the path are left at 0.
func Measure(c *Case) Vector {
	m := measurer{c: c, lex: lexicon()}
	m.value()
	m.surroundings()
	return m.v
}

// Weigh measures a case as [Measure] does, but gives up, as most cases deserve, if the
// value alone tells the model that it is none.
func (m *Model) Weigh(buf []byte, v assign.Value) (features Vector, ok bool) {
	w := measurer{c: &Case{Value: string(buf[v.Start:v.End])}, lex: lexicon()}
	w.value()
	if sum(m.Trees[:m.Early], &w.v) < m.Cut {
		return w.v, false
	}
	c := NewCase(buf, v)
	w.c = &c
	w.surroundings()
	return w.v, true
}

// OfValue is the number of features that are of the value alone; they come first.
const OfValue = int(fNameLength)

func (m *measurer) surroundings() {
	m.name()
	m.joint()
	m.line()
}

// In fills in the features of the path.
func (v Vector) In(f File) Vector {
	v[fFileKind] = int16(f.Kind)
	v[fFileTest], v[fFileSample] = bit(f.Test), bit(f.Sample)
	return v
}

func bit(b bool) int16 {
	if b {
		return 1
	}
	return 0
}

type measurer struct {
	c   *Case
	lex *Lexicon
	v   Vector
	low []byte // the value in lower case
}

func (m *measurer) set(f feature, n int) { m.v[f] = int16(max(-32768, min(32767, n))) }

func (m *measurer) flag(f feature, b bool) { m.v[f] = bit(b) }

// charKind sorts characters: 0 none, 1 small, 2 capital, 3 digit, then signs by kind.
func charKind(c byte) int { return int(charKinds[c]) }

var charKinds = func() (t [256]uint8) {
	for c := range t {
		t[c] = uint8(kindOfChar(byte(c)))
	}
	return t
}()

func kindOfChar(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return 1
	case 'A' <= c && c <= 'Z':
		return 2
	case '0' <= c && c <= '9':
		return 3
	case c >= 0x80:
		return 4
	}
	switch c {
	case 0:
		return 0
	case ' ', '\t', '\n', '\r':
		return 5
	case '"', '\'', '`':
		return 6
	case ',', ';':
		return 7
	case ')', ']', '}':
		return 8
	case '(', '[', '{':
		return 9
	case '.', ':':
		return 10
	case '=', '+', '/':
		return 11
	case '_', '-':
		return 12
	case '<', '>':
		return 13
	case '$', '%', '@', '#', '!':
		return 14
	}
	return 15
}

func byteAt(s string, i int) byte {
	if i >= 0 && i < len(s) {
		return s[i]
	}
	return 0
}

func (m *measurer) value() {
	s := m.c.Value
	m.low = []byte(asciiLower(s))
	var counts [256]uint16
	var kinds [16]int
	changes, caseChanges := 0, 0
	for i := range len(s) {
		c := s[i]
		counts[c]++
		k := charKind(c)
		kinds[k]++
		if i > 0 {
			p := charKind(s[i-1])
			if (p <= 2) != (k <= 2) || (p == 3) != (k == 3) {
				changes++
			}
			if p == 1 && k == 2 {
				caseChanges++
			}
		}
	}
	letters := kinds[1] + kinds[2]
	m.set(fLength, len(s))
	m.set(fLetters, letters)
	m.set(fDigits, kinds[3])
	m.set(fUpper, kinds[2])
	m.set(fLower, kinds[1])
	m.set(fForeign, kinds[4])
	m.set(fBlanks, kinds[5])
	m.set(fSigns, len(s)-letters-kinds[3]-kinds[4]-kinds[5])
	distinct, sum := 0, 0
	done := counts
	for i := range len(s) {
		if n := int(done[s[i]]); n > 0 {
			distinct++
			sum += n * log2(n)
			done[s[i]] = 0
		}
	}
	m.set(fDistinct, distinct)
	e := 0 // of the bytes, in hundredths of a bit a byte
	if len(s) > 0 {
		e = (log2(len(s)) - sum/len(s)) / 10
	}
	m.set(fEntropy, e)
	if most := log2(len(s)); most > 0 {
		m.set(fEntropyShare, e*100*10/most)
	}
	m.set(fChanges, changes)
	m.set(fCaseChanges, caseChanges)
	m.set(fSlashes, int(counts['/']))
	m.set(fDots, int(counts['.']))
	m.set(fDashes, int(counts['-']))
	m.set(fUnderscores, int(counts['_']))
	m.set(fEquals, int(counts['=']))
	m.set(fPercents, int(counts['%']))
	m.set(fBackslashes, int(counts['\\']))
	m.set(fBraces, int(counts['{']+counts['}']+counts['<']+counts['>']))
	odd := 0
	for _, c := range []byte(oddSigns) {
		odd += int(counts[c])
	}
	m.set(fOddSigns, odd)
	m.set(fCallSigns, int(counts['(']+counts['[']+counts[')']+counts[']']))
	m.set(fFirst, charKind(byteAt(s, 0)))
	m.set(fLast, charKind(byteAt(s, len(s)-1)))
	m.flag(fCut, len(s) >= assign.MaxValue)
	row, sequence, keys := rows(m.low)
	rising, woven := risingLetters(m.low)
	sequence = max(sequence, woven)
	m.set(fRising, rising)
	m.set(fRow, row)
	m.set(fSequence, sequence)
	m.set(fKeyboard, keys)
	m.runs(letters)
	m.shapes()
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// oddSigns are those that passwords hold, but neither base64 nor the tokens that go into
// addresses and headers (RFC 6750, section 2.1), nor what joins the parts of these.
const oddSigns = "!\"#$&'()*,;<>?@[\\]^`{|}"

// logs holds the logarithms to base 2 of whole numbers, in thousandths of a bit.
var logs = func() (t [assign.MaxValue + 1]int) {
	for n := 2; n < len(t); n++ {
		t[n] = int(math.Round(math.Log2(float64(n)) * 1000))
	}
	return t
}()

func log2(n int) int { return logs[min(n, len(logs)-1)] }

// rows returns the longest rows of one character, of characters that count up or down,
// and of neighbours on the keyboard.
func rows(s []byte) (same, counting, keys int) {
	const keyboard = "qwertyuiop asdfghjkl zxcvbnm 1234567890"
	if len(s) == 0 {
		return 0, 0, 0
	}
	a, up, down, along := 1, 1, 1, 1
	same, counting, keys = 1, 1, 1
	for i := 1; i < len(s); i++ {
		p, c := s[i-1], s[i]
		a = grow(a, p == c)
		up = grow(up, c == p+1)
		down = grow(down, c+1 == p)
		k := strings.IndexByte(keyboard, p)
		along = grow(along, k >= 0 && k+1 < len(keyboard) && p != ' ' && keyboard[k+1] == c)
		same, counting, keys = max(same, a), max(counting, up, down), max(keys, along)
	}
	return same, counting, keys
}

// risingLetters looks at the letters alone: what percentage of them go up by one to three,
// as in "a1C4e7", and the longest row of those that go up by one.
func risingLetters(s []byte) (percent, longest int) {
	n, up, row := 0, 0, 1
	last := byte(0)
	for _, c := range s {
		if charKinds[c] != 1 {
			continue
		}
		if last != 0 {
			n++
			if c > last && c-last <= 3 {
				up++
			}
			row = grow(row, c == last+1)
			longest = max(longest, row)
		}
		last = c
	}
	if n < 5 {
		return 0, 0
	}
	return up * 100 / n, longest
}

func grow(n int, more bool) int {
	if more {
		return n + 1
	}
	return 1
}

// runs looks at the runs of letters: are they words?
func (m *measurer) runs(letters int) {
	s := m.c.Value
	runs, longest, sum, foreign, n, worst := 0, 0, 0, 0, 0, 0
	covered, pieces, longestWord, vowels, consonants, row := 0, 0, 0, 0, 0, 0
	digits, longestDigits := 0, 0
	known := 0
	for i := 0; i < len(s); {
		if '0' <= s[i] && s[i] <= '9' {
			digits++
			longestDigits = max(longestDigits, digits)
			i++
			continue
		}
		digits = 0
		if k := charKind(s[i]); k != 1 && k != 2 {
			i++
			continue
		}
		start := i
		// A run ends where the case changes from small to capital, as names do it, unless
		// that happens so often that the text is no name.
		for i++; i < len(s); i++ {
			k := charKind(s[i])
			if k != 1 && k != 2 || k == 2 && charKind(s[i-1]) == 1 {
				break
			}
		}
		run := m.low[start:i]
		runs++
		longest = max(longest, len(run))
		if len(run) >= 2 {
			h := m.lex.next.surprise(run)
			sum += h * len(run)
			foreign += m.lex.foreign.surprise(run) * len(run)
			n += len(run)
			if len(run) >= 3 {
				worst = max(worst, h)
			}
		}
		c, p, l := m.lex.cover(run)
		if len(run) < minWord && stock[string(run)] {
			c, p = len(run), 1
		}
		covered += c
		pieces += p
		longestWord = max(longestWord, l)
		known += m.stockLetters(run)
		row = 0
		for _, ch := range run {
			switch ch {
			case 'a', 'e', 'i', 'o', 'u', 'y':
				vowels++
				row = 0
			default:
				row++
				consonants = max(consonants, row)
			}
		}
	}
	m.set(fRuns, runs)
	m.set(fLongestRun, longest)
	if n > 0 {
		m.set(fSurprise, sum/n)
		m.set(fForeignSurprise, foreign/n)
	}
	m.set(fWorstSurprise, worst)
	m.set(fCovered, covered)
	m.set(fPieces, pieces)
	m.set(fLongestWord, longestWord)
	m.set(fUncovered, letters-covered)
	m.set(fConsonants, consonants)
	m.set(fLongestDigits, longestDigits)
	if letters > 0 {
		m.set(fCoveredShare, covered*100/letters)
		m.set(fVowels, vowels*100/letters)
		m.set(fStock, known*100/letters)
	}
	end := 0
	for end < len(s) && charKind(s[len(s)-1-end]) == 3 {
		end++
	}
	m.set(fEndDigits, end)
}

// stockLetters is how many letters of a run stock words make up, taken greedily.
func (m *measurer) stockLetters(run []byte) int {
	n := 0
	for i := 0; i < len(run); {
		step := 1
		h := uint32(hashStart)
		for l := 1; l <= min(len(run)-i, maxStock); l++ {
			h = (h ^ uint32(run[i+l-1])) * hashPrime
			if stockMaybe[h>>6&63]>>(h&63)&1 != 0 && (l > 2 || l == 2 && len(run) == 2) && stock[string(run[i:i+l])] {
				step = l
			}
		}
		if step > 1 {
			n += step
		}
		i += step
	}
	return n
}

// maxStock is the length of the longest stock word.
const maxStock = 12

// stockMaybe has a bit for each stock word's hash.
var stockMaybe = func() (t [64]uint64) {
	for w := range stock {
		h := wordHash(w)
		t[h>>6&63] |= 1 << (h & 63)
	}
	return t
}()

// vendorPrefixes begin tokens whose vendors made them easy to tell.
var vendorPrefixes = []string{
	"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "sk_live_", "sk_test_", "pk_live_", "rk_live_", "sk-", "AKIA", "ASIA",
	"AIza", "ya29.", "SG.", "key-", "npm_", "pypi-", "hf_", "dop_v1_", "shpat_", "glsa_", "glc_", "EAAC", "hvs.", "dapi", "NRAK-", "lin_api_",
}

func (m *measurer) shapes() {
	s, low := m.c.Value, string(m.low)
	v := &m.v
	hex := len(s) >= 8
	b64 := len(s) >= 8
	word := true // nothing but letters, digits, _ and - .
	for i := range len(s) {
		c := s[i]
		k := charKind(c)
		if k != 3 && (c|0x20 < 'a' || c|0x20 > 'f') {
			hex = false
		}
		if k > 3 && c != '+' && c != '/' && c != '=' && c != '-' && c != '_' {
			b64 = false
		}
		if k > 3 && c != '_' && c != '-' && c != '.' {
			word = false
		}
	}
	m.flag(fHex, hex && v[fDigits] > 0)
	if hex {
		switch len(s) {
		case 32, 40, 56, 64, 96, 128:
			m.set(fHexDigest, len(s))
		}
	}
	m.flag(fUUID, isUUID(low))
	m.flag(fBase64, b64)
	m.flag(fBase64Text, b64 && len(s) >= 12 && len(s)%4 == 0 && v[fChanges] > 1 && isBase64Text(s))
	if b64 && len(s) >= 8 {
		m.set(fKnownText, m.knownText(s))
	}
	escapes := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '\\' {
			escapes++
			i++
		}
	}
	m.set(fEscapes, escapes)
	m.flag(fURL, strings.Contains(s, "://") || strings.HasPrefix(low, "www."))
	m.flag(fPath, strings.HasPrefix(s, "/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "~/") || strings.HasPrefix(s, "../") ||
		strings.Contains(s, ":\\") || v[fSlashes] > 0 && v[fCoveredShare] > 70)
	m.set(fVersion, numberLike(s))
	m.set(fShape, written(s, word))
	m.set(fTemplate, templates(s))
	for i, h := range hints {
		if strings.Contains(low, h) {
			kind := 3 // a word that many values have
			switch {
			case i < 17:
				kind = 1
			case i < 23:
				kind = 2
			}
			m.set(fHint, kind)
			break
		}
	}
	stars := 0
	for i := range len(low) {
		if strings.IndexByte("*x.?-_•#", low[i]) >= 0 {
			stars++
		}
	}
	m.flag(fMasked, stars*10 >= len(s)*8)
	at := strings.IndexByte(s, '@')
	m.flag(fAddress, at > 0 && strings.IndexByte(s[at:], '.') > 0 && v[fBlanks] == 0 ||
		word && v[fDots] > 0 && (strings.HasSuffix(low, ".com") || strings.HasSuffix(low, ".org") || strings.HasSuffix(low, ".net") || strings.HasSuffix(low, ".io")))
	m.flag(fJWT, strings.HasPrefix(s, "eyJ"))
	for _, p := range vendorPrefixes {
		if strings.HasPrefix(s, p) {
			m.flag(fKnownPrefix, true)
		}
	}
}

func isUUID(low string) bool {
	if len(low) != 36 {
		return false
	}
	for i := range len(low) {
		c := low[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// knownText is what percentage of the letters are of stock words in a text in base64; 0
// if it is none.
func (m *measurer) knownText(s string) int {
	var text [48]byte
	n := decodeBase64(text[:], s)
	letters, known := 0, 0
	for i := 0; i < n; {
		c := text[i]
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c >= 0x7f {
			return 0
		}
		if k := charKind(c); k != 1 && k != 2 {
			i++
			continue
		}
		start := i
		for ; i < n && charKind(text[i]) <= 2 && charKind(text[i]) >= 1; i++ {
			text[i] |= 0x20
		}
		letters += i - start
		known += m.stockLetters(text[start:i])
	}
	if letters < 3 {
		return 0
	}
	return known * 100 / letters
}

// decodeBase64 decodes as much of a text, in either alphabet, as there is room for.
func decodeBase64(out []byte, s string) int {
	bits, n, at := uint(0), uint(0), 0
	for i := 0; i < len(s) && at < len(out); i++ {
		x := base64Values[s[i]]
		if x > 63 {
			break
		}
		bits, n = bits<<6|uint(x), n+6
		if n >= 8 {
			n -= 8
			out[at] = byte(bits >> n)
			at++
		}
	}
	return at
}

// base64Values are the values of the characters of both alphabets (RFC 4648, sections 4
// and 5), 64 for others.
var base64Values = func() (t [256]uint8) {
	for i := range t {
		t[i] = 64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = uint8(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// isBase64Text reports whether the start of a text is base64 of readable text.
func isBase64Text(s string) bool {
	var bits, n, good, total uint
	for i := 0; i < len(s) && i < 64; i++ {
		c := s[i]
		var x uint
		switch {
		case 'A' <= c && c <= 'Z':
			x = uint(c - 'A')
		case 'a' <= c && c <= 'z':
			x = uint(c-'a') + 26
		case '0' <= c && c <= '9':
			x = uint(c-'0') + 52
		case c == '+':
			x = 62
		case c == '/':
			x = 63
		default:
			continue
		}
		bits, n = bits<<6|x, n+6
		if n >= 8 {
			n -= 8
			b := byte(bits >> n)
			total++
			if b >= 0x20 && b < 0x7f || b == '\n' {
				good++
			}
		}
	}
	return total >= 8 && good == total
}

// numberLike says what a text without words counts: 1 a number, 2 a version or an
// address of numbers, 3 a date or time, 4 a number with a unit.
func numberLike(s string) int {
	digits, dots, dashes, letters, other := 0, 0, 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '.':
			dots++
		case c == '-' || c == ':' || c == '/' || c == 'T' || c == 'Z' || c == ' ' || c == '+':
			dashes++
		case charKind(c) <= 2:
			letters++
		default:
			other++
		}
	}
	switch {
	case digits == 0 || other > 0:
		return 0
	case digits == len(s):
		return 1
	case letters == 0 && dashes == 0:
		return 2
	case letters == 0 && dashes > 0 && dashes+dots <= 6:
		return 3
	case letters <= 2 && dots+dashes == 0 && charKind(s[0]) == 3 && charKind(s[len(s)-1]) != 3 && digits <= 6:
		return 4
	case letters <= 3 && dots >= 1 && digits <= 8:
		return 2
	}
	return 0
}

// written says how a text is written: 1 small letters, 2 capitals, 3 Capitalised,
// 4 camelCase, 5 snake_case, 6 SNAKE_CASE, 7 kebab-case, 8 dotted.name, 9 words and
// blanks, 10 letters and digits mixed, 11 with other signs.
func written(s string, word bool) int {
	var small, capital, digit, under, dash, dot, blank, other int
	for i := range len(s) {
		switch k, c := charKind(s[i]), s[i]; {
		case k == 1:
			small++
		case k == 2:
			capital++
		case k == 3:
			digit++
		case c == '_':
			under++
		case c == '-':
			dash++
		case c == '.':
			dot++
		case k == 5:
			blank++
		default:
			other++
		}
	}
	if len(s) == 0 {
		return 0
	}
	first := charKind(s[0])
	switch {
	case blank > 0:
		return 9
	case !word:
		return 11
	case digit > 0 && under+dash+dot == 0:
		return 10
	case under > 0 && capital == 0:
		return 5
	case under > 0 && small == 0:
		return 6
	case under > 0:
		return 12
	case dot > 0:
		return 8
	case dash > 0:
		return 7
	case capital == 0:
		return 1
	case small == 0:
		return 2
	case first == 2 && capital == 1:
		return 3
	}
	return 4
}

// templates says which syntax of templates, variables and formats a text has.
func templates(s string) int {
	switch {
	case strings.Contains(s, "${") || strings.Contains(s, "{{") || strings.Contains(s, "#{") || strings.Contains(s, "$(") ||
		strings.Contains(s, "<%") || strings.Contains(s, "{%") || strings.Contains(s, "%{") || strings.Contains(s, "$[[") || strings.Contains(s, "@{"):
		return 1
	case strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") || strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") ||
		strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") || strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__"):
		return 2
	case strings.HasPrefix(s, "$") || strings.HasPrefix(s, "%") && len(s) > 1 && charKind(s[len(s)-1]) <= 2 && len(s) < 4 ||
		strings.HasPrefix(s, "%") && strings.HasSuffix(s, "%"):
		return 3
	case strings.Contains(s, "%s") || strings.Contains(s, "%d") || strings.Contains(s, "%v") || strings.Contains(s, "%@"):
		return 4
	case strings.HasPrefix(s, "<") || strings.HasPrefix(s, "@") || strings.HasPrefix(s, ":") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "."):
		return 5
	case strings.Contains(s, "..."):
		return 6
	case strings.HasPrefix(s, "{") || strings.HasPrefix(s, "["):
		return 7
	}
	return 0
}

// nameWords splits a name into lower-case words.
func nameWords(name string) []string {
	var words []string
	start := 0
	add := func(end int) {
		if end > start {
			words = append(words, asciiLower(name[start:end]))
		}
	}
	for i := range len(name) {
		k := charKind(name[i])
		switch {
		case k > 3:
			add(i)
			start = i + 1
		case i > start && k == 2 && charKind(name[i-1]) != 2,
			i > start+1 && k == 1 && charKind(name[i-1]) == 2 && charKind(name[i-2]) == 2: // APIKey
			at := i
			if k == 1 {
				at = i - 1
			}
			add(at)
			start = at
		case i > start && k == 3 && charKind(name[i-1]) != 3:
			add(i)
			start = i
		case i > start && k != 3 && charKind(name[i-1]) == 3:
			start = i
		}
	}
	add(len(name))
	return words
}

func (m *measurer) name() {
	name := m.c.Name
	words := nameWords(name)
	m.set(fNameLength, len(name))
	m.set(fNameWords, len(words))
	m.set(fNameCase, written(name, true))
	m.set(fNameDots, strings.Count(name, "."))
	last := len(words) - 1
	for last > 0 && (words[last] == "" || charKind(words[last][0]) == 3) {
		last--
	}
	for i, w := range words {
		classes := wordClasses[w]
		if classes == nil { // several words in one: mysecretkey
			for _, c := range gluedClasses(w) {
				m.mark(c, i == last)
			}
		}
		for _, c := range classes {
			m.mark(c, i == last)
		}
	}
	// How many words of the name stand in the value, too.
	n := 0
	for _, w := range words {
		if len(w) >= 3 && bytes.Contains(m.low, []byte(w)) {
			n++
		}
	}
	m.set(fNameIn, n)
	plainName, plainValue := plain(asciiLower(name)), plain(string(m.low))
	m.set(fInName, int(bit(plainValue != "" && strings.Contains(plainName, plainValue)))+int(bit(plainName == plainValue)))
}

// mark notes a word of a class in the name: 2 if it is the last word, else 1.
func (m *measurer) mark(c nameClass, last bool) {
	n := int16(1)
	if last {
		n = 2
	}
	f := int(fNameClass0) + int(c)
	m.v[f] = max(m.v[f], n)
}

// gluedClasses are the classes of the telling words that another word begins or ends with.
func gluedClasses(w string) (out []nameClass) {
	for _, t := range [...]struct {
		text  string
		class nameClass
	}{
		{"password", classPassword}, {"passwd", classPassword}, {"passphrase", classPassword}, {"pass", classPassword}, {"pwd", classPassword},
		{"secret", classSecret}, {"token", classToken}, {"key", classKey}, {"api", classAPI}, {"auth", classAuth}, {"access", classAccess},
		{"cred", classCredential}, {"session", classSession}, {"id", classIdentity}, {"name", classIdentity}, {"url", classPlace},
		{"file", classPlace}, {"path", classPlace}, {"hash", classHash}, {"ids", classIdentity}, {"public", classPublic},
	} {
		if len(w) > len(t.text) && (strings.HasPrefix(w, t.text) || strings.HasSuffix(w, t.text)) {
			out = append(out, t.class)
		}
	}
	return out
}

// plain takes everything out of a text that is no letter or digit.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// joint looks at how the value is given to the name.
// unlikeToken counts the signs in the value that speak against a token, where its name
// says that it is one, or a key, and nothing of what people choose themselves.
func (m *measurer) unlikeToken() int {
	named := func(classes ...nameClass) bool {
		return slices.ContainsFunc(classes, func(k nameClass) bool { return m.v[fNameClass0+feature(k)] > 0 })
	}
	if !named(classToken, classKey) || named(classPassword, classSecret, classCredential, classEncrypted, classPrivate) {
		return 0
	}
	s := m.c.Value
	n := int(m.v[fOddSigns])
	for i := range len(s) - 1 {
		if s[i] == '=' && charKind(s[i+1]) <= 3 || s[i] == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])) {
			n++
		}
	}
	return n
}

// UnlikeToken reports whether the value is given to a token or a key and holds signs that
// these do not.
func UnlikeToken(v *Vector) bool { return v[fUnlikeToken] > 0 }

func (m *measurer) joint() {
	c := m.c
	m.set(fUnlikeToken, m.unlikeToken())
	m.set(fForm, int(c.Form))
	switch c.Quote {
	case '"':
		m.set(fQuote, 1)
	case '\'':
		m.set(fQuote, 2)
	case '`':
		m.set(fQuote, 3)
	case 0:
	default:
		m.set(fQuote, 4)
	}
	m.set(fIndex, c.Index)
	m.flag(fNext, c.Next)
	m.flag(fNameQuoted, strings.IndexByte("\"'`", byteAt(c.Before, len(c.Before)-1)) >= 0 && c.Before != "")
	m.set(fGap, len(c.Between))
	op := strings.Trim(c.Between, " \t\r\n\"'`\\()[]{}*&;")
	switch {
	case op == "=":
		m.set(fOperator, 1)
	case op == ":":
		m.set(fOperator, 2)
	case op == ":=":
		m.set(fOperator, 3)
	case op == "=>":
		m.set(fOperator, 4)
	case op == "==" || op == "===":
		m.set(fOperator, 5)
	case op == "!=" || op == "!==":
		m.set(fOperator, 6)
	case op == ",":
		m.set(fOperator, 7)
	case op == "":
		m.set(fOperator, 8)
	case op == ">":
		m.set(fOperator, 9)
	case op == "|":
		m.set(fOperator, 10)
	case strings.HasPrefix(op, "="):
		m.set(fOperator, 11)
	case strings.HasPrefix(op, ":"):
		m.set(fOperator, 12)
	case strings.HasSuffix(op, "="):
		m.set(fOperator, 13)
	default:
		m.set(fOperator, 14)
	}
	after := c.After
	m.set(fNextByte, charKind(byteAt(after, 0)))
	rest := after
	if c.Quote != 0 {
		rest = strings.TrimLeft(rest, "\\\"'`")
	}
	rest = strings.TrimLeft(rest, " \t\r")
	m.set(fAfterQuote, charKind(byteAt(rest, 0)))
}

// line looks at the line and its neighbours.
func (m *measurer) line() {
	c := m.c
	before, after := asciiLower(c.Before), asciiLower(c.After)
	above, below := asciiLower(c.Above), asciiLower(c.Below)
	trimmed := strings.TrimLeft(before, " \t")
	m.set(fIndent, len(before)-len(trimmed))
	comment := 0
	switch {
	case hasPrefix(trimmed, "#", "//", "--", "/*", "<!--", ";", "rem ", "%"):
		comment = 1
	case hasPrefix(trimmed, "* ", "*\t"):
		comment = 2
	case strings.Contains(before, " //") || strings.Contains(before, " #"):
		comment = 3
	}
	m.set(fComment, comment)
	m.flag(fDefinition, contains(before, "def ", "func ", "function ", "fn ", "class ", "interface ", "struct ", "=> {", "@param", "import ", "require("))
	m.set(fTestWords, count(before+" "+after, "assert", "expect", "should", "test", "mock", "spec", "equal", "it("))
	m.set(fExampleWords, count(before+" "+after+" "+above, "example", "sample", "e.g.", "usage", "demo", "dummy", "fake", "replace", "default"))
	m.flag(fEnvironment, contains(before+m.c.Between, "getenv", "environ", "process.env", "env[", "env.get", "env(", "config.get", "fetch("))
	near := above + "\n" + before + "\n" + after + "\n" + below
	m.set(fUserNear, min(3, count(near, "user", "login", "email", "account")))
	m.set(fHostNear, min(3, count(near, "host", "server", "url", "port", "database", "endpoint")))
	m.flag(fLocalNear, contains(near, "localhost", "127.0.0.1", "0.0.0.0"))
	words := 0
	for range strings.FieldsSeq(before) {
		words++
	}
	m.set(fProse, words)
	m.set(fPairs, strings.Count(before, "=")+strings.Count(before, ": ")+strings.Count(after, "=")+strings.Count(after, ": "))
	m.flag(fCommand, contains(before, " --", "curl ", "docker ", "export ", "mysql ", "psql ", "$ ", "set ", "sudo "))
	m.flag(fHTML, strings.Contains(before, "<") && strings.Contains(before+after, ">"))
	m.flag(fSQL, contains(before, "select ", "insert ", "update ", "alter ", "create user", "grant ", "create role"))
	m.flag(fHeader, contains(before+asciiLower(c.Name), "header", "authorization", "x-"))
	value := asciiLower(c.Value)
	m.flag(fSameBefore, len(value) >= 3 && strings.Contains(before, value))
	// Tables of names and values: the line above is built the same.
	own := skeleton(c.Before + c.Name + c.Between + c.Value + c.After)
	m.set(fAboveSame, int(bit(skeleton(c.Above) == own))+int(bit(c.Below != "" && skeleton(c.Below) == own)))
	m.set(fWordsNear, min(12, wordPairs(c.Above)+wordPairs(c.Below)))
	m.set(fSecretNear, min(4, count(above+"\n"+below, "password", "secret", "token", "key", "pwd", "passwd")))
}

// wordPairs is how often a word follows another behind a single blank: text for people,
// not names and signs.
func wordPairs(s string) int {
	n := 0
	for i := 2; i+2 < len(s); i++ {
		if s[i] == ' ' && isText(s[i-1]) && isText(s[i-2]) && isText(s[i+1]) && isText(s[i+2]) {
			n++
		}
	}
	return n
}

// isText reports whether a byte is of a letter, of any language.
func isText(c byte) bool { k := charKinds[c]; return k == 1 || k == 2 || k == 4 }

// skeleton is the order of a line's signs, up to a few.
func skeleton(s string) (b [12]byte) {
	n := 0
	for i := 0; i < len(s) && n < len(b); i++ {
		if k := charKind(s[i]); k > 5 && k != 12 {
			b[n] = s[i]
			n++
		}
	}
	return b
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func contains(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func count(s string, words ...string) int {
	n := 0
	for _, w := range words {
		if strings.Contains(s, w) {
			n++
		}
	}
	return n
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
