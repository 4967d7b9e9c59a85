package tomlpos_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/tomlpos"
)

const sample = `# a comment with [brackets] and "quotes
provider = "acme" # [not.a.table]
"quoted key" = 1
'literal.key' = { inner = [1, 2], deep.er = { x = true } }
dotted . key = '''
[[not.a.table]]
no = 1
'''

[[rule]]
id = "one"
  [[rule.part]]
  name = "first"
  [[rule.part]]
  name = "second"
  [rule.verify]
  request = { method = "GET",
     headers = { Accept = "x" } } # line breaks as in TOML 1.1

[[rule]]
id = """two"""""
match = [
  "ä", "b",   # a comment ]
  'c',
]

[a.b]
"\u00e9\x41" = 2026-01-31
[a]
ä = 1
z = 3
`

func TestLookup(t *testing.T) {
	pos := tomlpos.Index([]byte(sample))
	for _, test := range []struct {
		path       []any
		key, value string
	}{
		{[]any{"provider"}, "2:1", "2:12"},
		{[]any{"quoted key"}, "3:1", "3:16"},
		{[]any{"literal.key"}, "4:1", "4:17"},
		{[]any{"literal.key", "inner"}, "4:19", "4:27"},
		{[]any{"literal.key", "inner", 1}, "4:31", "4:31"},
		{[]any{"literal.key", "deep"}, "4:35", "4:35"},
		{[]any{"literal.key", "deep", "er", "x"}, "4:47", "4:51"},
		{[]any{"dotted"}, "5:1", "5:1"},
		{[]any{"dotted", "key"}, "5:10", "5:16"},
		{[]any{"not"}, "", ""},
		{[]any{"no"}, "", ""},
		{[]any{"rule"}, "10:3", "10:3"},
		{[]any{"rule", 0}, "10:1", "10:1"},
		{[]any{"rule", 0, "id"}, "11:1", "11:6"},
		{[]any{"rule", 0, "part", 0, "name"}, "13:3", "13:10"},
		{[]any{"rule", 0, "part", 1}, "14:3", "14:3"},
		{[]any{"rule", 0, "part", 1, "name"}, "15:3", "15:10"},
		{[]any{"rule", 0, "part", 2}, "", ""},
		{[]any{"rule", 0, "verify", "request", "headers", "Accept"}, "18:18", "18:27"},
		{[]any{"rule", 1, "id"}, "21:1", "21:6"},
		{[]any{"rule", 1, "match", 0}, "23:3", "23:3"},
		{[]any{"rule", 1, "match", 1}, "23:8", "23:8"},
		{[]any{"rule", 1, "match", 2}, "24:3", "24:3"},
		{[]any{"rule", 1, "part"}, "", ""},
		{[]any{"rule", -1}, "", ""},
		{[]any{"a"}, "27:2", "27:2"},
		{[]any{"a", "b"}, "27:4", "27:4"},
		{[]any{"a", "b", "éA"}, "28:1", "28:16"},
		{[]any{"a", "z"}, "31:1", "31:5"},
		{[]any{}, "", ""},
		{[]any{3.5}, "", ""},
	} {
		if got := show(pos.Lookup(test.path...)); got != test.key {
			t.Errorf("Lookup(%v) = %q, want %q", test.path, got, test.key)
		}
		if got := show(pos.Value(test.path...)); got != test.value {
			t.Errorf("Value(%v) = %q, want %q", test.path, got, test.value)
		}
	}
}

func TestNearest(t *testing.T) {
	pos := tomlpos.Index([]byte("x = 1\n[[rule]]\n\n[[rule]]\n  id = 'b'\n"))
	for _, test := range []struct {
		path []any
		want string
	}{
		{[]any{"rule", 1, "id"}, "5:3"},
		{[]any{"rule", 1, "regex"}, "4:1"},
		{[]any{"rule", 1, "part", 7, "name"}, "4:1"},
		{[]any{"rule", 5}, "2:3"},
		{[]any{"nothing"}, "1:1"},
		{nil, "1:1"},
	} {
		line, col := pos.Nearest(test.path...)
		if got := show(line, col, true); got != test.want {
			t.Errorf("Nearest(%v) = %q, want %q", test.path, got, test.want)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	if got := show(tomlpos.Index([]byte("\ufeffkey = 1\n")).Lookup("key")); got != "1:1" {
		t.Errorf("key behind a byte order mark is at %s, want 1:1", got)
	}
}

func TestTooDeep(t *testing.T) {
	many := 1 << 20
	for name, test := range map[string]struct{ text, want string }{
		"plain":      {"a = [[[1]]]\n[[b]]\n[b.c.d]\n", ""},
		"arrays":     {"ok = 1\na = " + strings.Repeat("[", many), "2:69"},
		"tables":     {"a = " + strings.Repeat("{a=", many), "1:197"},
		"header":     {"[a" + strings.Repeat(".a", many) + "]", "1:130"},
		"dotted key": {"a" + strings.Repeat(".a", many) + " = 1", "1:129"},
	} {
		if got := show(tomlpos.Index([]byte(test.text)).TooDeep()); got != test.want {
			t.Errorf("%s: too deep at %q, want %q", name, got, test.want)
		}
	}
}

// show gives line:column, or nothing where there is no such place.
func show(line, col int, ok bool) string {
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", line, col)
}
