// Package suggest guesses what a mistyped name was meant to be, for the "did you
// mean" of error messages. In go the name and the names there are; out comes the
// nearest one, if it is near enough to be worth saying.
package suggest

import (
	"fmt"
	"iter"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns the candidate that differs least from name: by no more than a third
// of its letters, two at least. Letter case, "_" and "-" make no difference. Of equally
// near ones it is the first in alphabetical order; "" if none is near.
func Nearest(name string, candidates iter.Seq[string]) string {
	best, bestDistance := "", max(2, len(name)/3)+1
	for c := range candidates {
		d := levenshtein.ComputeDistance(plain(name), plain(c))
		if d >= len(c) {
			continue // nothing in common
		}
		if d < bestDistance || d == bestDistance && best != "" && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// DidYouMean is the end of an error message: `: did you mean "baseline"?`, or nothing.
func DidYouMean(name string, candidates iter.Seq[string]) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf(": did you mean %q?", n)
	}
	return ""
}

func plain(s string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
}
