package baseline

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const (
	one = "0123456789abcdef0123456789abcdef"
	two = "fedcba9876543210fedcba9876543210"
)

func TestParse(t *testing.T) {
	const canonical = `{
  "` + one + `": {"rule": "a", "since": "2026-11-23", "note": "ä \"b\" <c>"},
  "` + two + `": {"rule": "b"},
  "version": 1
}
`
	for name, text := range map[string]string{
		"as written": canonical,
		"CRLF":       strings.ReplaceAll(canonical, "\n", "\r\n"),
		"by hand": `{"version":1,"` + strings.ToUpper(two) + `":{"rule":"b"},
			"` + one + `": {"note": "ä \"b\" \u003cc>", "since": "2026-11-23", "rule": "a"}}`,
		"twice": strings.Replace(canonical, `  "version"`, `  "`+two+`": {"rule": "b"},`+"\n"+`  "version"`, 1),
	} {
		b, err := Parse("f", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(b.Encode()); got != canonical {
			t.Errorf("%s: written again it is\n%s\nwant\n%s", name, got, canonical)
		}
	}
	b, err := Parse("f", []byte("{\"version\": 1}"))
	if err != nil || string(b.Encode()) != "{\n  \"version\": 1\n}\n" {
		t.Errorf("empty: %s, %v", b.Encode(), err)
	}
}

// TestParseTwice: a merge that keeps both sides loses neither the earlier date nor a note.
func TestParseTwice(t *testing.T) {
	for _, test := range []struct{ first, second, want string }{
		{`{"rule": "a", "since": "2026-02-01", "note": "x"}`, `{"rule": "a", "since": "2026-01-01", "note": "y"}`,
			`{"rule": "a", "since": "2026-01-01", "note": "x; y"}`},
		{`{"rule": "a", "since": "2026-01-01", "note": "x"}`, `{"rule": "a", "since": "2026-02-01", "note": "x"}`,
			`{"rule": "a", "since": "2026-01-01", "note": "x"}`},
		{`{"rule": "b", "note": "x"}`, `{"rule": "a", "since": "2026-02-01"}`,
			`{"rule": "a", "since": "2026-02-01", "note": "x"}`},
		{`{"rule": "a", "since": "2026-02-01"}`, `{"rule": "b", "note": "y"}`,
			`{"rule": "a", "since": "2026-02-01", "note": "y"}`},
	} {
		text := `{"` + one + `": ` + test.first + `, "` + one + `": ` + test.second + `, "version": 1}`
		b, err := Parse("f", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if want := "{\n  \"" + one + "\": " + test.want + ",\n  \"version\": 1\n}\n"; string(b.Encode()) != want {
			t.Errorf("%s gives\n%s\nwant\n%s", text, b.Encode(), want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	entry := func(e string) string { return "{\n  \"" + one + "\": " + e + ",\n  \"version\": 1\n}\n" }
	for text, want := range map[string]string{
		"":                                "f:1:1: the file ends too early",
		"{\n":                             "f:2:1: the file ends too early",
		"[]":                              `f:1:1: a baseline is a JSON object that begins with "{"`,
		"{}":                              `f:1:1: "version" is missing: this is no baseline of stanch`,
		"{\"version\": 2}":                "f:1:13: version is 2, this stanch reads 1: use the one that wrote the file",
		"{\n\"version\": \"1\"}":          "f:2:12: the value has the wrong type: it is a string",
		"{\"version\": 1} x":              "f:1:16: invalid character 'x' after top-level value",
		"{\"version\": 1}\n{}":            "f:2:1: invalid character '{' after top-level value",
		"{\"ä\": {}}":                     `f:1:2: a key is neither "version" nor a fingerprint of 32 hexadecimal digits`,
		"{\n \"findings\": []}":           `f:2:2: a key is neither "version" nor a fingerprint of 32 hexadecimal digits`,
		"{\"version\": 1,\n  oops}":       "f:2:3: invalid character 'o'",
		"{\"version\": 1\n \"a\": 1":      "f:2:2: invalid character '\"' after object key:value pair",
		entry(`{"rule": "a" "b"}`):        "f:2:52: invalid character '\"' after object key:value pair",
		entry(`{"rule": "\x"}`):           "f:2:50: invalid character 'x' in string escape code",
		"\xff":                            "f: is no UTF-8, so it is no baseline",
		entry(`{}`):                       "f:2:39: the entry lacks its rule",
		entry(`[]`):                       "f:2:39: the value has the wrong type: it is an array",
		entry(`{"rule": 1}`):              "f:2:39: rule has the wrong type: it is a number",
		entry(`{"rule": "a", "line": 3}`): `f:2:39: unknown key "line": want rule, since, note`,
		entry(`{"rule": "a", "since": "gestern"}`):                                                          "f:2:39: since is no date: want YYYY-MM-DD",
		"{\n<<<<<<< HEAD\n  \"" + one + "\": {\"rule\": \"a\"},\n=======\n>>>>>>> b\n  \"version\": 1\n}\n": "f:2:1: there is an unresolved merge conflict",
	} {
		b, err := Parse("f", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || b != nil {
			t.Errorf("%q\ngives  %v\nwanted %s", text, err, want)
		}
	}
}

// TestParseShowsNoKey: what stands in the place of a fingerprint may be the secret.
func TestParseShowsNoKey(t *testing.T) {
	secret := "tok_" + strings.Repeat("x9", 16)
	_, err := Parse("f", []byte(`{"`+secret+`": {"rule": "a"}, "version": 1}`))
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.json")
	_, err := Load(path)
	want := "baseline " + path + ` is not there: create it with "stanch baseline create"`
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
	if _, err := Load(filepath.Dir(path)); err == nil || !strings.HasPrefix(err.Error(), "baseline: "+filepath.Dir(path)) {
		t.Errorf("a folder: %v", err)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "b.json")
	b, _ := (&Baseline{}).Update(found("a r", "b r"), day, false)
	for range 2 {
		if err := b.WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := Load(path)
	if err != nil || !bytes.Equal(loaded.Encode(), b.Encode()) {
		t.Fatalf("%v", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.json")
		if err := os.Symlink("b.json", link); err != nil {
			t.Fatal(err)
		}
		if err := (&Baseline{}).WriteFile(link); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Error("the link was replaced, not what it points to")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("the mode is %v, %v", info.Mode(), err)
		}
		if loaded, err = Load(path); err != nil || loaded.Len() != 0 {
			t.Errorf("%d entries, %v", loaded.Len(), err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, ".stanch-*"))
	if err != nil || len(files) > 0 {
		t.Errorf("left behind: %q, %v", files, err)
	}
	missing := filepath.Join(dir, "none", "b.json")
	if err := b.WriteFile(missing); err == nil || !strings.HasPrefix(err.Error(), "write baseline "+missing+": ") {
		t.Errorf("into a missing folder: %v", err)
	}
}

// FuzzParse: no text makes it panic; what it accepts it writes so that it reads the same
// again, and errors about content have a place within the text.
func FuzzParse(f *testing.F) {
	f.Add([]byte("{\"" + one + "\": {\"rule\": \"a\"}, \"version\": 1}"))
	f.Add([]byte("{\"" + one + "\": {\"rule\": \"a\", \"note\": \"\\ud800\"},\n\"" + one + "\": {\"rule\": \"b\"}, \"version\": 1}"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse("f", data)
		if err != nil {
			return
		}
		written := b.Encode()
		again, err := Parse("f", written)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", data, written, err)
		}
		if !bytes.Equal(again.Encode(), written) {
			t.Errorf("%q then %q", written, again.Encode())
		}
	})
}
