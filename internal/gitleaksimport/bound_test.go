package gitleaksimport

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestBound(t *testing.T) {
	for _, test := range []struct {
		expr, want string
		used       int
	}{
		{`abc{3}d{1,4}e?`, `abc{3}d{1,4}e?`, 0},
		{`a*b+c{5,}`, `a{0,200}b{1,200}c{5,205}`, 200},
		{`a*?b+?c{5,}?`, `a{0,200}?b{1,200}?c{5,205}?`, 200},
		{`[*+{2,}]+`, `[*+{2,}]{1,200}`, 200},
		{`[]*]*[^]+]+`, `[]*]{0,200}[^]+]{1,200}`, 200},
		{`[[:alpha:]+\]*]+`, `[[:alpha:]+\]*]{1,200}`, 200},
		{`\*\++\\*`, `\*\+{1,200}\\{0,200}`, 200},
		{`\Qa*b+\E*`, `\Qa*b+\E{0,200}`, 200},
		{`\x{2a}*\p{Greek}+\pL+`, `\x{2a}{0,200}\p{Greek}{1,200}\pL{1,200}`, 200},
		{`a{,3}b{x}*`, `a{,3}b{x}{0,200}`, 200},
		{`(?:a+b)+`, `(?:a{1,30}b){1,30}`, 30},
		{`(?:(?:a+b)+c)+`, `(?:(?:a{1,10}b){1,10}c){1,10}`, 10},
		{`(?i)x(?P<name>y*)`, `(?i)x(?P<name>y{0,200})`, 200},
		{`.*.*.*.*.*.*.*.*.*.*.*.*x`, strings.Repeat(`.{0,100}`, 12) + `x`, 100},
		{`a{900,}`, `a{900,1000}`, 200},
	} {
		got, used, err := bound(test.expr)
		if got != test.want || used != test.used || err != nil {
			t.Errorf("%s: %s, %d, %v\nwant %s, %d", test.expr, got, used, err, test.want, test.used)
		}
	}
	for expr, want := range map[string]string{
		`(a`:                        "the expression is not valid",
		`(?:.{1000}){1000}`:         "the expression is not valid",
		strings.Repeat(`.{999}`, 9): "its matches could be longer than 8192 bytes even if no repetition went beyond 5",
	} {
		if got, _, err := bound(expr); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %q, %v", expr, got, err)
		}
	}
}

func TestNameGroup(t *testing.T) {
	for _, test := range []struct {
		expr   string
		number int
		want   string
	}{
		{`a(b)(c)`, 1, `a(?P<secret>b)(c)`},
		{`a(b)(c)`, 2, `a(b)(?P<secret>c)`},
		{`\((?:x)([(])(?i:y)(z)`, 2, `\((?:x)([(])(?i:y)(?P<secret>z)`},
		{`(?P<a>b)(?<c>d)`, 2, `(?P<a>b)(?P<secret>d)`},
		{`(?P<secret>b)(c(d))`, 3, `(b)(c(?P<secret>d))`},
		{`(a(b))`, 1, `(?P<secret>a(b))`},
		{`(?P<secret>a)(b)`, 0, `(a)(b)`},
	} {
		got := nameGroup(test.expr, test.number)
		if got != test.want {
			t.Errorf("%s, %d: %s, want %s", test.expr, test.number, got, test.want)
		}
		if re := regexp.MustCompile(got); max(re.SubexpIndex("secret"), 0) != test.number {
			t.Errorf("%s: the secret is group %d", got, re.SubexpIndex("secret"))
		}
	}
}

func TestAlwaysSays(t *testing.T) {
	for expr, want := range map[string]string{ // the numbers of the groups that do
		`a(b)(c)`: "1 2", `a(b)?(c)`: "2", `a(b*)(c)`: "2", `(a)|(b)`: "", `x(?:(a)|b)(c)`: "2",
		`(?:(a)){2}(b)`: "1 2", `(?:(a)b)+(c)`: "1 2", `((a)b)`: "1 2", `(?:(a)){0,2}(b)`: "2", `((a)|b)`: "1",
	} {
		var got []string
		for n := 1; n <= 3; n++ {
			if alwaysSays(expr, n) {
				got = append(got, strconv.Itoa(n))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

// FuzzBound: what is bounded compiles, matches nothing that the expression does not, and
// all short texts that it does.
func FuzzBound(f *testing.F) {
	f.Add(`a*(b+|[c*]{2,})?`, "aabbcc")
	f.Add(`\Qa+\E*[]x+]+`, "a+]x")
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 60 || len(text) > 5 {
			return
		}
		bounded, used, err := bound(expr)
		if err != nil {
			return
		}
		before, after := regexp.MustCompile(expr), regexp.MustCompile(bounded)
		if a, b := before.FindString(text), after.FindString(text); a != b {
			t.Errorf("%q became %q; in %q they find %q and %q", expr, bounded, text, a, b)
		}
		if used == 0 && bounded != expr {
			t.Errorf("%q became %q without saying so", expr, bounded)
		}
		for n := 1; n <= before.NumSubexp(); n++ {
			if named := regexp.MustCompile(nameGroup(expr, n)); named.SubexpIndex("secret") != n {
				t.Errorf("%q: group %d is not named", expr, n)
			}
		}
	})
}
