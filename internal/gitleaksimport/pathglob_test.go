package gitleaksimport

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/stanchsec/stanch/internal/glob"
)

func TestPathGlobs(t *testing.T) {
	for expr, want := range map[string]string{
		`gitleaks\.toml`:               `*gitleaks.toml*`,
		`(.*?)(jpg|gif)$`:              `*jpg *gif`,
		`go\.(mod|sum)$`:               `*go.mod *go.sum`,
		`(^|/)vendor/`:                 `vendor/`,
		`(?:^|/)node_modules(?:/.*)?$`: `node_modules node_modules/`,
		`^vendor/`:                     `/vendor/`,
		`/testdata/`:                   `testdata/`,
		`(?i)\.Png$`:                   `*.[pP][nN][gG]`,
		`test/.*\.json$`:               `**/*test/**/*.json`,
		`^a/.*/b$`:                     `/a/*/**/b`,
		`a.*b$`:                        `*a*b **/*a*/**/*b`,
		`^src/[^/]+/x\.go$`:            `/src/?*/x.go`,
		`file[0-9]\.txt$`:              `*file[0-9].txt`,
		`v\d{2}\.lock`:                 `*v[0-9][0-9].lock*`,
		`._\.json$`:                    `*?_.json`,
		`what\?\[x\]`:                  `*what\?\[x\]*`,
		`^LICENSE$`:                    `/LICENSE`,
		`(docs|samples)/`:              `*docs/ *samples/`,
	} {
		got, err := pathGlobs(expr)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %s, %v, want %s", expr, strings.Join(got, " "), err, want)
		}
	}
	for expr, want := range map[string]error{
		`[a-z]+\.go`: errPathClass, `(ab)*c`: errPathClass, `[^x]\.go`: errPathClass, `é{2,3}`: errPathClass,
		`\bx`: errPathAnchor, `.*`: errPathEmpty, ``: errPathEmpty, `^`: errPathEmpty, `.`: errPathEmpty,
		`(aa|bb|cc|dd|ee)(aa|bb|cc|dd|ee)(aa|bb|cc|dd|ee)`: errPathMany, `^/abs/x`: errPathRoot, `a$b`: errPathNever,
		strings.Repeat(`x.*`, 40): errPathNever,
	} {
		if got, err := pathGlobs(expr); err != want {
			t.Errorf("%s: %q, %v, want %v", expr, got, err, want)
		}
	}
	if _, err := pathGlobs("(a"); err == nil {
		t.Error("an invalid expression is taken")
	}
}

// TestGlobsFitWhatTheExpressionFits holds globs and expressions against each other on
// paths of many forms.
func TestGlobsFitWhatTheExpressionFits(t *testing.T) {
	var paths []string
	names := []string{"a", "b", "vendor", "xvendor", "vendors", "docs", "a.json", "x_.json", "test", "mytest", "go.sum", "B.PNG"}
	for _, x := range names {
		paths = append(paths, x)
		for _, y := range names {
			paths = append(paths, x+"/"+y)
			for _, z := range names {
				paths = append(paths, x+"/"+y+"/"+z)
			}
		}
	}
	for _, expr := range []string{
		`vendor`, `^vendor/`, `(^|/)vendor/`, `endor/`, `(^|/)vendor(/|$)`, `vendor$`, `^docs/.*\.json$`, `docs/.*json`, `docs/.*/a`,
		`(?i)\.png$`, `test/a`, `^[^/]*/test`, `t.*o`, `.*\.json$`, `^a$`, `^.*sum$`, `a/b|docs/test`, `(my)?test/`, `x?vendors?/`, `^a/.*b`,
		`d[no]`, `(docs|test)/(a|b)$`,
	} {
		re := regexp.MustCompile(expr)
		whole, err := pathGlobs(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		forRules, rooted, err := ruleGlobs(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if rooted != strings.HasPrefix(expr, "^") && !strings.HasPrefix(expr, "^.*") {
			t.Errorf("%s: rooted is %t", expr, rooted)
		}
		hits := 0
		for _, path := range paths {
			want := re.MatchString(path)
			if want {
				hits++
			}
			covered := want
			if strings.HasSuffix(expr, "$") {
				// A folder that fits takes all in it along; expressions do not say so.
				for i := range len(path) {
					covered = covered || path[i] == '/' && re.MatchString(path[:i])
				}
			}
			if got := covers(t, whole, path); got != covered {
				t.Errorf("%s: %q as %q: %t, want %t", expr, path, whole, got, covered)
			}
			if got := matches(forRules, path); got != want && !rooted {
				t.Errorf("%s: %q as %q for a rule: %t, want %t", expr, path, forRules, got, want)
			} else if want && !got {
				t.Errorf("%s: %q as %q for a rule: not met", expr, path, forRules)
			}
		}
		if hits == 0 || hits == len(paths) {
			t.Errorf("%s: the test tells nothing, it fits %d of %d", expr, hits, len(paths))
		}
	}
}

func covers(t *testing.T, globs []string, path string) bool {
	t.Helper()
	for _, g := range globs {
		p, err := glob.Parse(g)
		if err != nil {
			t.Fatal(err)
		}
		if p.Covers(path) {
			return true
		}
	}
	return false
}

func matches(globs []string, path string) bool {
	for _, g := range globs {
		if ok, _ := doublestar.Match(g, path); ok {
			return true
		}
	}
	return false
}
