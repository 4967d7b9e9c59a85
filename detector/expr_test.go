package detector

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/shape"
)

// exprs are expressions of every kind that the direct matcher takes.
var exprs = []string{
	`ghp_[0-9A-Za-z]{36}`,
	`gh[pousr]_[0-9a-z]{4,8}`,
	`(?:sk|rk)_(?:live|test)_[0-9a-zA-Z]{4,10}`,
	`xox[bp]-(?P<secret>[0-9]{2,4}-[0-9a-f]{4})`,
	`(?i)api[_-]?key`,
	`[a-z]{2,5}[0-9]{2}`,
	`[a-z0-9]{2,5}0[a-z]`, // the class takes what follows
	`a{2,3}b?c*d`,
	`\bkey\b`,
	`(?:[0-9a-f]{2}:){3}[0-9a-f]{2}`,
	`[0-9a-f]{4}(?:-[0-9a-f]{2}){1,3}`,
	`(?m)^x=[a-z]+$`,
	`[^a-z\x80-\x{10ffff}]{3}`,
}

func FuzzExpr(f *testing.F) {
	for _, text := range []string{"ghp_" + strings.Repeat("a1", 18), "x=abc\nx=d", "sk_live_abcdEF12", "12:ab:cd:ef 12:34", "aab aaac key"} {
		f.Add(text)
	}
	var direct []*expr
	var plain []reference
	for _, text := range exprs {
		e, err := compile(text, "secret")
		if err != nil {
			f.Fatal(err)
		}
		if e.variants == nil {
			f.Fatalf("%s is not for the direct matcher", text)
		}
		direct = append(direct, e)
		plain = append(plain, newReference(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 || strings.ContainsAny(text, "ſK") {
			return // letters that fold into ASCII are left out on purpose
		}
		for i, ref := range plain {
			for p := range len(text) {
				want := ref.matchAt(text, p)
				got, ok, _ := direct[i].matchAt([]byte(text), p)
				if ok != (want != nil) || ok && (got.start != want[0] || got.end != want[1]) {
					t.Fatalf("%s in %q at %d: got %v %v, want %v", exprs[i], text, p, got, ok, want)
				}
				if g := 2 * direct[i].group; ok && (got.groupStart != want[g] || got.groupEnd != want[g+1]) {
					t.Fatalf("%s in %q at %d: group %v, want %v", exprs[i], text, p, got, want)
				}
			}
		}
	})
}

// reference finds the match of an expression that begins at p, with regexp.
type reference struct{ first, later *regexp.Regexp }

func newReference(text string) reference {
	return reference{regexp.MustCompile(`\A(?:` + text + `)`), regexp.MustCompile(`\A(?s:.)(?:` + text + `)`)}
}

// matchAt puts one character before the text at p that is to \b and ^ what the byte
// before p is.
func (r reference) matchAt(text string, p int) []int {
	if p == 0 {
		return r.first.FindStringSubmatchIndex(text)
	}
	before := "."
	switch {
	case text[p-1] == '\n':
		before = "\n"
	case wordAt([]byte(text), p-1):
		before = "w"
	}
	loc := r.later.FindStringSubmatchIndex(before + text[p:])
	for i := range loc {
		loc[i] += p - 1
	}
	if loc != nil {
		loc[0] = p
	}
	return loc
}

func TestLookAround(t *testing.T) {
	e, err := compile(`(?<=key=)[a-z]{3}(?!x)`, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if e.re2 == nil {
		t.Fatal("look-around did not reach the backtracking engine")
	}
	for text, want := range map[string]bool{"key=abc ": true, "key=abcx": false, "kay=abc ": false, "é\xffkey=abc": true} {
		p := strings.Index(text, "abc")
		m, ok, timedOut := e.matchAt([]byte(text), p)
		if ok != want || timedOut || ok && (m.start != p || m.end != p+3) {
			t.Errorf("%q: got %v %v", text, m, ok)
		}
	}
}

func TestSlowLookAroundGivesUp(t *testing.T) {
	e, err := compile(`(?:a|aa|aaa){0,500}(?=b)`, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, timedOut := e.matchAt([]byte(strings.Repeat("a", 4000)), 0); ok || !timedOut {
		t.Errorf("ok %v, timed out %v", ok, timedOut)
	}
}

func TestDirectNeverBacktracksTwice(t *testing.T) {
	s, err := shape.Parse(`[a-z]{1,9}[a-z0-9]{1,9}[a-z]{1,9}x`)
	if err != nil {
		t.Fatal(err)
	}
	if direct(s.Variants) {
		t.Error("two choices of length that depend on each other are not for the direct matcher")
	}
}
