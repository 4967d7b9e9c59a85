package judge

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"sync"
)

// A Lexicon knows what natural words and names in programs look like: which letters
// follow each other in them, and the most common words themselves. Ours is counted from
// the source tree of Go (BSD licence, https://go.dev/LICENSE) and, for languages other
// than English, from the translations of Symfony (MIT licence,
// https://github.com/symfony/symfony), by "go run ./internal/judge/train -lexicon".
type Lexicon struct {
	// next[a][b][c] is how surprising it is to see letter c behind a and b, in eighths
	// of a bit; 0 stands for the start and the end of a word, 1 for a.
	next letterTable
	// foreign is the same of languages that are written in Latin letters.
	foreign letterTable
	words   map[uint32]struct{}
	// maybe has a bit for each word's hash: most of what is looked for is none.
	maybe [1 << 12]uint64
}

type letterTable [27][27][27]uint8

const tableSize = 27 * 27 * 27

//go:embed lexicon.gz
var lexiconFile []byte

var lexicon = sync.OnceValue(func() *Lexicon {
	l, err := ReadLexicon(lexiconFile)
	if err != nil {
		panic("judge: the embedded lexicon is broken: " + err.Error())
	}
	return l
})

// ReadLexicon reads what [WriteLexicon] wrote.
func ReadLexicon(data []byte) (*Lexicon, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the lexicon: %w", err)
	}
	data, err = io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("reading the lexicon: %w", err)
	}
	l := &Lexicon{words: make(map[uint32]struct{})}
	if len(data) < 2*tableSize {
		return nil, fmt.Errorf("reading the lexicon: it has only %d bytes", len(data))
	}
	for i := range tableSize {
		l.next[i/27/27][i/27%27][i%27] = data[i]
		l.foreign[i/27/27][i/27%27][i%27] = data[tableSize+i]
	}
	for word := range strings.FieldsSeq(string(data[2*tableSize:])) {
		h := wordHash(word)
		l.words[h] = struct{}{}
		l.maybe[h>>6&(1<<12-1)] |= 1 << (h & 63)
	}
	return l, nil
}

// WriteLexicon puts two tables of surprise, each 27 by 27 by 27 entries in eighths of a
// bit, and a list of words into the form of the embedded file.
func WriteLexicon(w io.Writer, next, foreign []uint8, words []string) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, table := range [][]uint8{next, foreign} {
		if _, err := z.Write(table); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(z, strings.Join(words, "\n")); err != nil {
		return err
	}
	return z.Close()
}

func wordHash(s string) uint32 {
	h := fnv.New32a()
	_, _ = io.WriteString(h, s)
	return h.Sum32()
}

// FNV-1a of 32 bits, byte by byte.
const (
	hashStart = 2166136261
	hashPrime = 16777619
)

func (l *Lexicon) has(word []byte) bool {
	h := uint32(hashStart)
	for _, c := range word {
		h = (h ^ uint32(c)) * hashPrime
	}
	return l.hasHash(h)
}

func (l *Lexicon) hasHash(h uint32) bool {
	if l.maybe[h>>6&(1<<12-1)]>>(h&63)&1 == 0 {
		return false
	}
	_, ok := l.words[h]
	return ok
}

// surprise is how unlike a word a run of lower-case letters is: eighths of a bit a
// letter.
func (t *letterTable) surprise(run []byte) int {
	if len(run) == 0 {
		return 0
	}
	a, b, sum := 0, 0, 0
	for _, c := range run {
		n := int(c-'a') + 1
		sum += int(t[a][b][n])
		a, b = b, n
	}
	sum += int(t[a][b][0])
	return sum / (len(run) + 1)
}

// Limits of the search for words within a run of letters.
const (
	minWord = 3
	maxWord = 14
	maxRun  = 48
)

// cover finds words within a run of lower-case letters: how many letters can be
// covered, by words of four letters and more and by shorter common ones, how many words
// that takes, and how long the longest is.
func (l *Lexicon) cover(run []byte) (covered, pieces, longest int) {
	run = run[:min(len(run), maxRun)]
	// A word is worth its letters less one, so that few long words beat many short.
	worth := func(b *partly) int { return b.letters*4 - b.pieces*3 }
	var best [maxRun + 1]partly
	for i := range run {
		b := best[i]
		if worth(&b) > worth(&best[i+1]) {
			best[i+1] = b
		}
		h := uint32(hashStart)
		for n := 1; n <= min(len(run)-i, maxWord); n++ {
			h = (h ^ uint32(run[i+n-1])) * hashPrime
			if n < minWord || !l.hasHash(h) {
				continue
			}
			with := partly{b.letters + n, b.pieces + 1, max(b.longest, n)}
			if worth(&with) > worth(&best[i+n]) {
				best[i+n] = with
			}
		}
	}
	b := best[len(run)]
	return b.letters, b.pieces, b.longest
}

// partly is what covers the start of a run.
type partly struct{ letters, pieces, longest int }
