package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
	"github.com/stanchsec/stanch/internal/judge"
)

// text is a short text with a credential of a provider in it, or with what merely looks
// like one. One line of the file of texts holds one.
type text struct {
	Provider string `json:"provider"`
	// Kind is "positive" or "negative".
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Secret is the credential; empty if it is not said.
	Secret string `json:"secret"`
	// Path is the name of the file, empty for none.
	Path string `json:"path"`
	// Placeholder says that the value plainly is no secret; it counts neither way.
	Placeholder bool `json:"placeholder"`

	file
	fold int
}

// loadTexts reads a file of texts and finds their cases.
func loadTexts(name string) ([]*text, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	finder := newFinder()
	var out []*text
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		t := &text{}
		if err := json.Unmarshal(lines.Bytes(), t); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if t.Kind != "positive" && t.Kind != "negative" {
			return nil, fmt.Errorf("%s:%d: kind is %q, not positive or negative", name, n, t.Kind)
		}
		t.data = []byte(t.Text)
		t.name = path.Base(cmp.Or(t.Path, "config.txt"))
		t.file.lines = lineStarts(t.data)
		if err := finder.fill(&t.file); err != nil {
			return nil, err
		}
		at := strings.Index(t.Text, t.Secret)
		if t.Secret == "" {
			at = -1
		}
		for i := range t.cases {
			c := &t.cases[i]
			c.truth = t.truthOf(c.value, at)
		}
		out = append(out, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// truthOf says what is known of a value: T if it is of the credential, which stands at
// at, F if the text has none, - if nothing is.
func (t *text) truthOf(v assign.Value, at int) byte {
	switch {
	case t.Placeholder:
		return '-'
	case t.Kind == "negative":
		return 'F'
	case at >= 0 && v.Start < at+len(t.Secret) && at < v.End:
		// A text around the credential is none.
		if inside := min(v.End, at+len(t.Secret)) - max(v.Start, at); 2*inside >= v.End-v.Start && 2*inside >= len(t.Secret) {
			return 'T'
		}
	}
	return '-'
}

// reported reports whether a finding counts: that of another rule or of a case that
// report says, on a line of the credential, or on any where it is not said.
func (t *text) reported(report func(i int) bool) bool {
	want := lineRange{1, len(t.file.lines)}
	if at := strings.Index(t.Text, t.Secret); t.Kind == "positive" && t.Secret != "" && at >= 0 {
		want = lineRange{t.line(at), t.line(at + len(t.Secret) - 1)}
	}
	counts := func(r lineRange) bool { return r.start <= want.end && want.start <= r.end }
	if slices.ContainsFunc(t.others, counts) {
		return true
	}
	for i := range t.cases {
		if c := &t.cases[i]; !c.trivial && counts(c.lineRange) && report(i) {
			return true
		}
	}
	return false
}

// foldsOf deals the providers out to the folds, like cards, the largest first: the texts of
// one resemble each other.
func foldsOf(texts []*text) map[string]int {
	n := make(map[string]int)
	for _, t := range texts {
		n[t.Provider]++
	}
	names := make([]string, 0, len(n))
	for p := range n {
		names = append(names, p)
	}
	sort.Slice(names, func(i, j int) bool { return cmp.Or(n[names[j]]-n[names[i]], cmp.Compare(names[i], names[j])) < 0 })
	fold := make(map[string]int)
	for i, p := range names {
		k := i % (2 * folds)
		fold[p] = min(k, 2*folds-1-k)
	}
	return fold
}

// samplesOfTexts turns the cases of the texts of the providers that use says into samples.
func samplesOfTexts(texts []*text, o options, use func(provider string) bool) []sample {
	var out []sample
	for _, t := range texts {
		if !use(t.Provider) {
			continue
		}
		for _, c := range t.cases {
			s := sample{v: c.v, weight: o.text}
			switch c.truth {
			case 'T':
				s.label = 1
				if h, ok := renamed(c, judge.FileOf(t.name)); ok && o.renamed > 0 && !c.trivial {
					out = append(out, sample{v: h, weight: o.renamed * o.text})
				}
				if h, ok := spoilt(c, judge.FileOf(t.name)); ok && o.spoilt > 0 && !c.trivial {
					out = append(out, sample{v: h, weight: o.spoilt * o.text})
				}
			case '-':
				continue
			}
			if c.trivial {
				s.weight *= o.trivial
			}
			if s.weight > 0 {
				out = append(out, s)
			}
		}
	}
	return out
}
