package reporters

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"plain":                      "plain",
		"a :: b\n::error::x\n":       "a :: b\n\\::error::x\n",
		"   ::add-mask::x":           "   \\::add-mask::x",
		"x ##[warning]y ##[":         "x ##\\[warning]y ##\\[",
		"##vso[a]##teamcity[b]":      "##vso\\[a]##teamcity\\[b]",
		"## [x] #[y] ##other[z]\n\n": "## [x] #[y] ##other[z]\n\n",
	} {
		var b bytes.Buffer
		g := newGuard(&b, "text")
		// In pieces of any size.
		if _, err := io.Copy(g, iotest.OneByteReader(bytes.NewReader([]byte(in)))); err != nil {
			t.Fatal(err)
		}
		if err := g.flush(); err != nil || b.String() != want {
			t.Errorf("%q: %q, %v, want %q", in, b.String(), err, want)
		}
	}
}
