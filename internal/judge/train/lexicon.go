package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/judge"
)

// buildLexicon counts the words and the letters of the Go source tree, test data left
// out, and the letters of translations, and writes what package judge embeds.
func buildLexicon(out, translations string) error {
	foreign, err := translated(translations)
	if err != nil {
		return err
	}
	counts := make(map[string]int)
	root := filepath.Join(build.Default.GOROOT, "src")
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "testdata" {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "tables.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// Each file counts once for a word, so that no single table of names weighs much.
		for word := range wordsOf(data) {
			counts[word]++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("counting the words of %s: %w", root, err)
	}
	var buf bytes.Buffer
	words := commonWords(counts)
	if err := judge.WriteLexicon(&buf, surprise(counts), surprise(foreign), words); err != nil {
		return err
	}
	fmt.Printf("lexicon: %d words, %d bytes\n", len(words), buf.Len())
	return os.WriteFile(out, buf.Bytes(), 0o644)
}

// translated counts the words of the translations, in XLIFF, below a folder. English is
// left out.
func translated(root string) (map[string]int, error) {
	if root == "" {
		return nil, errors.New("the lexicon needs -translations: the folder of a checkout of Symfony")
	}
	counts := make(map[string]int)
	files := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xlf" || strings.HasSuffix(path, ".en.xlf") ||
			!strings.Contains(filepath.ToSlash(path), "/Resources/translations/") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, target := range target.FindAllSubmatch(data, -1) {
			for word := range wordsOf(field.ReplaceAll(target[1], nil)) {
				counts[word]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("counting the words of %s: %w", root, err)
	}
	if files == 0 {
		return nil, fmt.Errorf("%s holds no Resources/translations/*.xlf", root)
	}
	return counts, nil
}

var (
	target = regexp.MustCompile(`(?s)<target[^>]*>(.*?)</target>`)
	field  = regexp.MustCompile(`\{\{.*?\}\}|%[a-z_]+%|&[a-z]+;`)
)

// wordsOf is the set of words of a text: runs of letters, split where the case changes.
func wordsOf(data []byte) map[string]bool {
	set := make(map[string]bool)
	start := 0
	add := func(end int) {
		if w := strings.ToLower(string(data[start:end])); len(w) >= 2 && len(w) <= 20 {
			set[w] = true
		}
	}
	for i := 0; i <= len(data); i++ {
		letter := i < len(data) && 'a' <= data[i]|0x20 && data[i]|0x20 <= 'z'
		switch {
		case !letter:
			add(i)
			start = i + 1
		case i > start && data[i] <= 'Z' && data[i-1] >= 'a':
			add(i)
			start = i
		}
	}
	return set
}

// commonWords are those that several files have; the shorter, the more.
func commonWords(counts map[string]int) []string {
	var out []string
	for w, n := range counts {
		if len(w) == 3 && n >= 60 || len(w) == 4 && n >= 8 || len(w) >= 5 && len(w) <= 14 && n >= 3 {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// surprise turns the counts into how surprising each letter is behind two others, in
// eighths of a bit. A word weighs by the logarithm of its count.
func surprise(counts map[string]int) []uint8 {
	var tri [27][27][27]float64
	var bi [27][27]float64
	words := make([]string, 0, len(counts))
	for w, n := range counts {
		if n >= 3 {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	for _, w := range words {
		weight := math.Log2(float64(counts[w]))
		a, b := 0, 0
		for i := 0; i <= len(w); i++ {
			c := 0
			if i < len(w) {
				c = int(w[i]-'a') + 1
			}
			tri[a][b][c] += weight
			bi[b][c] += weight
			a, b = b, c
		}
	}
	out := make([]uint8, 27*27*27)
	for a := range 27 {
		for b := range 27 {
			sum, biSum := 0.0, 0.0
			for c := range 27 {
				sum += tri[a][b][c]
				biSum += bi[b][c]
			}
			for c := range 27 {
				const prior = 8 // as if so much had been seen, as the last two letters have it
				p := (tri[a][b][c] + prior*(bi[b][c]+0.3)/(biSum+0.3*27)) / (sum + prior)
				out[(a*27+b)*27+c] = uint8(min(255, math.Round(-math.Log2(p)*8)))
			}
		}
	}
	return out
}
