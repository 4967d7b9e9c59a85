package detector

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestCuts holds that positions in a text that pieces were cut out of are those of the
// original, in whatever order they are asked for.
func TestCuts(t *testing.T) {
	const alphabet = "ab\né𝄞"
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 9))
		text := func() []byte {
			var b []byte
			for range rng.IntN(6) {
				b = append(b, string([]rune(alphabet)[rng.IntN(5)])...)
			}
			return b
		}
		var whole, left []byte
		var cuts []Cut
		var origin []int // where each byte that is left stood
		for range 8 {
			out := text()
			if len(out) > 0 {
				tail := out[bytes.LastIndexByte(out, '\n')+1:]
				cuts = append(cuts, Cut{At: len(left), Bytes: len(out), Lines: bytes.Count(out, []byte{'\n'}), Columns: utf16Len(tail)})
			}
			whole = append(whole, out...)
			in := append(text(), 'x')
			for i := range in {
				origin = append(origin, len(whole)+i)
			}
			whole, left = append(whole, in...), append(left, in...)
		}
		plain := &Document{Data: whole, Offset: 100, FirstLine: 7, FirstColumn: 3}
		cut := newLines(&Document{Data: left, Cuts: cuts, Offset: 100, FirstLine: 7, FirstColumn: 3})
		starts := rng.Perm(len(left))
		if seed%2 == 0 {
			slices.Sort(starts)
		}
		for _, start := range starts {
			end := start + 1 + rng.IntN(len(left)-start)
			if !utf8.RuneStart(left[start]) || end < len(left) && !utf8.RuneStart(left[end]) {
				continue // findings begin and end with characters
			}
			want := newLines(plain).span(origin[start], origin[end-1]+1)
			if diff := cmp.Diff(want, cut.span(start, end)); diff != "" {
				t.Fatalf("seed %d, bytes %d to %d of %q out of %q: -want +got\n%s", seed, start, end, left, whole, diff)
			}
		}
	}
}
