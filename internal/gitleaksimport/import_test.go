package gitleaksimport

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/rules"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("%s differs; is\n%s", name, got)
	}
}

func TestImport(t *testing.T) {
	data, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Import("full.toml", data, Options{Provider: "acme", Taken: func(id string) bool { return id == "taken" }})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "full.rules.toml", r.Rules)
	golden(t, "full.stanch.toml", r.Config)
	var remarks bytes.Buffer
	for _, m := range r.Remarks {
		fmt.Fprintln(&remarks, m)
	}
	golden(t, "full.remarks.txt", remarks.Bytes())

	set, err := rules.Parse("acme.toml", r.Rules)
	if err != nil || len(set) != r.Count || r.Count == 0 {
		t.Errorf("%d rules of %d can be loaded: %v", len(set), r.Count, err)
	}
	loads(t, r.Config)
}

// loads sees that a configuration is one.
func loads(t *testing.T, data []byte) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, config.Name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load([]string{dir}, config.Options{File: path}); err != nil {
		t.Errorf("%v\nin\n%s", err, data)
	}
}

func TestNothingToCarryOver(t *testing.T) {
	r, err := Import("f", []byte("title = 'x'\n"), Options{})
	if err != nil || r.Rules != nil || r.Config != nil || r.Remarks != nil || r.Count != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"[[rules]]\nid = ":               "f:2:5: unexpected EOF",
		"[[rules]]\nid = 1":              "f:2:6: id must be a string, not a whole number",
		"[rules]":                        "f:1:2: rules must be an array of tables, [[rules]], not a table",
		"[[rules]]\nkeywords = ['a', 2]": "f:2:18: keywords must be an array of strings, but holds a whole number",
	} {
		if r, err := Import("f", []byte(text), Options{}); err == nil || !strings.HasPrefix(err.Error(), want) || r != nil {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestKeysInAnyLetterCase(t *testing.T) {
	r, err := Import("f", []byte("[[Rules]]\nID = 'a'\nREGEX = 'prefix-([0-9]{20})(x)'\nsecretgroup = 1\n"), Options{})
	if err != nil || r.Count != 1 || len(r.Remarks) > 0 || !strings.Contains(string(r.Rules), "prefix-(?P<secret>[0-9]{20})(x)") {
		t.Errorf("%s\n%v, %v", r.Rules, r.Remarks, err)
	}
}

func TestIgnoreFile(t *testing.T) {
	list := IgnoreFile(".gitleaksignore", []byte("# comment\n\nc0ffee:a/b.go:some-rule:3\r\n  a/b.go:some-rule:3\n"+strings.Repeat("x", 1<<17)))
	var got []string
	for _, r := range list {
		got = append(got, strings.SplitN(r.String(), ": ", 3)[0]+" "+fmt.Sprint(r.Left))
	}
	if s := strings.Join(got, ", "); s != ".gitleaksignore:3:1 true, .gitleaksignore:4:1 true, .gitleaksignore:5:1 true" {
		t.Error(s)
	}
	if list := IgnoreFile("f", nil); list != nil {
		t.Errorf("%v", list)
	}
}

// FuzzImport: what comes out can be loaded, whatever came in.
func FuzzImport(f *testing.F) {
	data, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	for _, rule := range strings.Split(string(data), "\n\n[[rules]]") {
		f.Add("[[rules]]" + rule)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Import("f\n", []byte(text), Options{})
		if err != nil {
			return
		}
		set, err := rules.Parse("f.toml", r.Rules)
		if err != nil || len(set) != r.Count {
			t.Errorf("%q gives\n%s\nwhich is no rule file: %v", text, r.Rules, err)
		}
		if r.Config != nil {
			loads(t, r.Config)
		}
	})
}
