package rules

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const plainRule = "[[rule]]\nid = \"acme-key\"\ntitle = \"Acme key\"\nseverity = \"high\"\nregex = 'ak_[0-9a-f]{32}'\n"

// Hostile files get an error that tells the place, whatever they make of the decoder.
func TestParseHostile(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nested arrays", plainRule + "tags = " + strings.Repeat("[", 1<<16) + strings.Repeat("]", 1<<16), "x.toml:6"},
		{"nested tables", plainRule + "verify = " + strings.Repeat("{a=", 1<<16) + "1" + strings.Repeat("}", 1<<16), "x.toml:6"},
		{"dotted key", plainRule + strings.Repeat("a.", 1<<17) + "a = 1", "x.toml:6"},
		{"too large", plainRule + strings.Repeat("# long\n", MaxFile/7), "at most"},
		{"long expression", strings.Replace(plainRule, "ak_", strings.Repeat("a", 1<<16), 1), "x.toml:5:1: rule acme-key: the expression has 65548 bytes"},
		{"deep look-around", strings.Replace(plainRule, "ak_", "ak_(?="+strings.Repeat("(", 5000), 1), "x.toml:5:1: rule acme-key: regex"},
		{"table for a text", strings.Replace(plainRule, `"acme-key"`, "{ a = 1 }", 1), "x.toml:"},
		{"unknown protocol", plainRule + "[rule.verify]\nprotocol = 'postgre'", `x.toml:7:1: rule acme-key: there is no protocol "postgre" (did you mean "postgres"?)`},
		{"protocol without its parts", plainRule + "[rule.verify]\nprotocol = 'postgres'", `needs a part called "username"`},
		{"UTF-16", "\xff\xfe[\x00[\x00", "x.toml:1"},
	} {
		set, err := Parse("x.toml", []byte(test.text))
		if len(set) > 0 || !errors.As(err, new(Problems)) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d rules, %.200v; want %q", test.name, len(set), err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("builtin/*.toml")
	if err != nil || len(files) == 0 {
		f.Fatalf("%v, %d files", err, len(files))
	}
	for _, name := range files[:8] {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		first, _, _ := bytes.Cut(data, []byte("\n[[rule]]\nid")) // the head alone, and one rule
		f.Add(first)
		f.Add(data[:min(len(data), 3000)])
	}
	f.Add([]byte("rule = [1, {id=2}]\n[rule.verify]\nlive=[1]"))
	f.Add([]byte(plainRule + "docs = [1]\n[rule.verify]\nlive = 1\nrequest = { json = [nan] }\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := Parse("f.toml", data)
		if err != nil && !errors.As(err, new(Problems)) {
			t.Fatalf("the error is of type %T: %v", err, err)
		}
		for _, r := range set {
			if r.Plan == nil || r.Plan.Max > MaxWindow || r.Plan.Min > r.Plan.Max {
				t.Fatalf("rule %q has the plan %+v", r.ID, r.Plan)
			}
		}
		Lint(set)
	})
}
