package glob

import (
	"strings"
	"testing"
)

func TestCovers(t *testing.T) {
	for pattern, paths := range map[string]struct{ yes, no string }{
		"vendor":         {"vendor a/vendor vendor/x a/vendor/b/x", "vendors a/xvendor vendor.go"},
		"/vendor":        {"vendor vendor/x", "a/vendor a/vendor/x"},
		"./vendor":       {"vendor vendor/x", "a/vendor"},
		"*.min.js":       {"a.min.js x/y/a.min.js d.min.js/inside", "a.js"},
		"build/":         {"build/x a/build/x", "build a/build"},
		"/build/":        {"build/x", "build a/build/x"},
		"docs/*.md":      {"docs/a.md", "a/docs/a.md docs/b/a.md docs/a.txt"},
		"docs/**":        {"docs/a docs/b/c", "a/docs/b docsx/a"},
		"**/test/*.go":   {"test/a.go x/y/test/b.go", "test/x/a.go"},
		"**":             {"a a/b", ""},
		"a/{b,c}/?.[tx]": {"a/b/1.t a/c/2.x", "a/d/1.t a/b/12.t a/b/1.y"},
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		for path := range strings.FieldsSeq(paths.yes) {
			if !p.Covers(path) {
				t.Errorf("%q does not cover %q", pattern, path)
			}
		}
		for path := range strings.FieldsSeq(paths.no) {
			if p.Covers(path) {
				t.Errorf("%q covers %q", pattern, path)
			}
		}
	}
}

func TestFitsLooksAtThePathAlone(t *testing.T) {
	p, err := Parse("vendor")
	if err != nil {
		t.Fatal(err)
	}
	if p.Fits("vendor/x", false) || !p.Fits("a/vendor", true) {
		t.Error("Fits looks at the folders above, or not at the path itself")
	}
	if (Pattern{}).Fits("", false) {
		t.Error("the zero Pattern fits")
	}
}

func TestErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                          "empty",
		"/":                         "empty",
		"!a":                        "take back",
		"../a":                      "leads out",
		"a/../b":                    "leads out",
		"a/..":                      "leads out",
		"..":                        "leads out",
		"[a":                        "pair up",
		"{a,b":                      "pair up",
		"a/b\\":                     "pair up",
		"a/[z-":                     "pair up",
		strings.Repeat("{a,a}", 10): "spell out",
	} {
		if _, err := Parse(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want an error with %q", pattern, err, want)
		}
	}
	for name, want := range map[string]string{"": "empty", "a/b": "slash", "{a": "pair up", strings.Repeat("{a,b}", 10): "spell out"} {
		if _, err := ParseName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseName(%q): %v, want an error with %q", name, err, want)
		}
	}
	for _, fine := range []string{strings.Repeat("{a,b}", 9), `\{a,b\,c` + strings.Repeat(",", 2000)} {
		if _, err := Parse(fine); err != nil {
			t.Errorf("Parse(%.20q...): %v", fine, err)
		}
	}
	if _, err := ParseNames([]string{"ok", "{"}); err == nil || !strings.Contains(err.Error(), `"{"`) {
		t.Errorf("ParseNames does not name the wrong one: %v", err)
	}
}

func TestName(t *testing.T) {
	names, err := ParseNames([]string{"aws-*", "github-{pat,app}"})
	if err != nil {
		t.Fatal(err)
	}
	if !names[0].Fits("aws-key") || names[0].Fits("xaws-key") || !names[1].Fits("github-app") || names[1].Fits("github-") {
		t.Error("wrong names fit")
	}
	if (Name{}).Fits("") {
		t.Error("the zero Name fits")
	}
}

// FuzzPattern: what Parse accepts never panics, and a pattern that fits a folder
// covers what is in it.
func FuzzPattern(f *testing.F) {
	f.Add("a/**/b*", "a/x/bc/d")
	f.Add("{a,b}/[!x]?", "a/y1")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		if p.Fits(path, true) && path != "" && !p.Covers(path+"/below") {
			t.Errorf("%q fits the folder %q but not what is in it", pattern, path)
		}
	})
}
