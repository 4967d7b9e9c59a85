package detector

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// exhaustive finds the candidates of some rules in a text by trying them at every byte,
// without the prefilter.
func exhaustive(d *Detector, data []byte, some []int) []candidate {
	s := newScan(d)
	s.doc = &Document{Data: data}
	l := s.layer()
	l.buf, l.hi = data, len(data)
	for _, n := range some {
		c := d.rules[n]
		for p := range data {
			if c.plan.Wake == rules.WakeContext && !l.wordBefore(int32(n), p) {
				continue
			}
			l.try(int32(n), p)
		}
	}
	return s.cands
}

func candidateList(cands []candidate) []string {
	var out []string
	for _, c := range cands {
		out = append(out, fmt.Sprintf("%s %d-%d %.2f", c.rule.ID, c.start, c.end, c.confidence))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// filtered finds the candidates of some rules in a text as a scan does.
func filtered(t *testing.T, d *Detector, data []byte, some []int) []candidate {
	t.Helper()
	s := newScan(d)
	if err := s.document(context.Background(), &Document{Data: data}); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(s.cands, func(c candidate) bool {
		return !slices.ContainsFunc(some, func(n int) bool { return d.rules[n] == c.rule })
	})
}

// TestNothingSlipsThrough holds the prefilter against trying rules everywhere, over texts
// put together from credentials of all rules, their context words and what may stand
// around them. For each text its own rule is tried and some others.
func TestNothingSlipsThrough(t *testing.T) {
	set := rules.Builtin()
	d, err := New(set, WithoutDecoding(), WithMinConfidence(0))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(11, 4))
	glue := []string{" ", "\n", `"`, "'", "=", ": ", "-", "_", "/", ".", "\\n", "%20", "\\u003d", ",", "<", ">", "x", "Q7", "\x1b[31m",
		"\t", "export ", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", "0123456789abcdef0", "é", "\xff", "key", "${", "}", "://", "@"}
	const others = 60
	for own, r := range set {
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			var b bytes.Buffer
			for range 1 + rng.IntN(3) {
				secret, err := m.Secret(rng)
				if err != nil {
					t.Fatal(err)
				}
				for range rng.IntN(4) {
					b.WriteString(glue[rng.IntN(len(glue))])
				}
				if len(r.Context) > 0 {
					b.WriteString(disguise(r.Context[rng.IntN(len(r.Context))], rng))
					b.WriteString([]string{"=", "_KEY: ", `": "`, " ", "\n  value: "}[rng.IntN(5)])
				}
				if len(r.Match) > 0 && rng.IntN(2) == 0 {
					text, _, err := m.Fill(r.Match[rng.IntN(len(r.Match))], rng)
					if err != nil {
						t.Fatal(err)
					}
					b.WriteString(text)
				} else {
					b.WriteString(secret)
				}
				for range rng.IntN(3) {
					b.WriteString(glue[rng.IntN(len(glue))])
				}
			}
			some := []int{own}
			for range others {
				some = append(some, rng.IntN(len(set)))
			}
			want, got := whole(exhaustive(d, b.Bytes(), some)), whole(filtered(t, d, b.Bytes(), some))
			if !slices.Equal(want, got) {
				t.Fatalf("rule %s: the prefilter gives\n%s\nand trying everywhere\n%s\nin %q", r.ID,
					strings.Join(got, "\n"), strings.Join(want, "\n"), b.String())
			}
		}
	}
}

// whole leaves out what is but the rest of another candidate of its rule: behind an escape
// that can be read as a part of the credential, a rule may match twice.
func whole(cands []candidate) []string {
	return candidateList(slices.DeleteFunc(slices.Clone(cands), func(c candidate) bool {
		return slices.ContainsFunc(cands, func(o candidate) bool {
			return o.rule == c.rule && o.start < c.start && o.end == c.end && strings.HasSuffix(o.text, c.text)
		})
	}))
}

// disguise writes a context word in one of the ways it may be written.
func disguise(word string, rng *rand.Rand) string {
	switch rng.IntN(4) {
	case 0:
		return strings.ToUpper(word)
	case 1:
		return strings.ReplaceAll(word, "_", "-")
	case 2:
		return strings.ReplaceAll(word, "_", ".")
	}
	return word
}
