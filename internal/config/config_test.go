package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/rules"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// write makes files in a folder of their own, goes there and cleans up; a name that ends
// in a slash is a folder.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// TestErrors holds every message about the content of a configuration.
func TestErrors(t *testing.T) {
	write(t, map[string]string{"rules.toml": ""})
	for _, test := range []struct{ text, want string }{
		// Keys and types.
		{`baselien = "x"`, `c:1:1: unknown key "baselien": did you mean "baseline"?`},
		{`Exclude = []`, `c:1:1: unknown key "Exclude": did you mean "exclude"?`},
		{"jobs = 2\n\nzzz.y = 1", `c:3:1: unknown key "zzz"; known here: baseline, disable-rules, enable-rules, exclude, ` +
			`fail-on, fingerprint, ignore, include, jobs, max-archive-depth, max-archive-members, max-archive-ratio, max-archive-size, ` +
			`max-file-size, min-confidence, rules`},
		{`include = "src"`, `c:1:11: include must be an array of strings, not a string`},
		{`exclude = ["a", 1]`, `c:1:17: exclude must be an array of strings, but holds a whole number`},
		{`enable-rules = "a"`, `c:1:16: enable-rules must be an array of strings, not a string`},
		{`rules = {}`, `c:1:9: rules must be an array of strings, not a table`},
		{`min-confidence = 1`, `c:1:18: min-confidence must be a string, not a whole number`},
		{`fail-on = true`, `c:1:11: fail-on must be a string or an array of strings, not true or false`},
		{`baseline = ["a"]`, `c:1:12: baseline must be a string, not an array`},
		{`max-file-size = 1.5`, `c:1:17: max-file-size must be a whole number or a string, not a number`},
		{`jobs = "all"`, `c:1:8: jobs must be a whole number, not a string`},
		{`fingerprint = "x"`, `c:1:15: fingerprint must be a table, not a string`},
		{`[ignore]`, `c:1:2: ignore must be an array of tables, [[ignore]], not a table`},
		{`jobs = `, `c:1:7: unexpected EOF; expected value`},

		// Values.
		{`exclude = ["ok", "[a"]`, `c:1:18: exclude glob "[a": its brackets, braces or backslashes do not pair up`},
		{`exclude = ["../x"]`, `c:1:12: exclude glob "../x": ".." leads out of the folder that the glob starts from`},
		{`include = ["!a"]`, `c:1:12: include glob "!a": "!" does not take back what another glob says`},
		{`disable-rules = ["a/b"]`, `c:1:18: disable-rules glob "a/b": no name has a slash`},
		{`enable-rules = [""]`, `c:1:17: enable-rules glob "": it is empty: "*" fits every name`},
		{`min-confidence = "hgih"`, `c:1:18: min-confidence is "hgih": want low, medium or high`},
		{`fail-on = "hihg"`, `c:1:11: fail-on has no value "hihg": did you mean "high"? (want one or more of none, any, ` +
			`new, live, low, medium, high, critical, separated by commas)`},
		{`fail-on = ["none", "new"]`, `c:1:11: fail-on "none,new": none cannot stand beside other values`},
		{`fail-on = []`, `c:1:11: fail-on "" has an empty value: want one or more of none, any, new, live, low, medium, ` +
			`high, critical, separated by commas`},
		{`baseline = ""`, `c:1:12: baseline is empty: leave it out instead`},
		{`max-archive-depth = 0`, `c:1:21: max-archive-depth must be from 1 to 2147483647`},
		{`max-archive-members = -1`, `c:1:23: max-archive-members must be from 1 to 2147483647`},
		{`max-archive-ratio = "x"`, `c:1:21: max-archive-ratio must be a whole number, not a string`},
		{`max-archive-size = 0`, `c:1:20: max-archive-size must be 1 byte or more`},
		{`max-archive-size = "much"`, `c:1:20: max-archive-size is "much": want a size such as 500kB, 10MiB or 1GB`},
		{`max-file-size = "ten"`, `c:1:17: max-file-size is "ten": want a size such as 500kB, 10MiB or 1GB`},
		{`max-file-size = "9000PB"`, `c:1:17: max-file-size is "9000PB": want a size such as 500kB, 10MiB or 1GB`},
		{`max-file-size = -1`, `c:1:17: max-file-size must not be negative: 0 is for no limit`},
		{`jobs = 0`, `c:1:8: jobs must be from 1 to 1024`},
		{`jobs = 5000`, `c:1:8: jobs must be from 1 to 1024`},
		{`rules = ["rules.toml", "none.toml"]`, `c:1:24: rules "none.toml" cannot be read: no such file or directory`},
		{`rules = [""]`, `c:1:10: rules holds an empty path`},
		{"[fingerprint]", `c:1:2: fingerprint names no key: set key-env or key-file`},
		{"[fingerprint]\nkey-env = \"\"", `c:1:2: fingerprint names no key: set key-env or key-file`},
		{"[fingerprint]\nkey = \"x\"", `c:2:1: unknown key "key"; known here: key-env, key-file`},
		{"[fingerprint]\nkey-env = \"A\"\nkey-file = \"b\"", `c:3:12: fingerprint has key-env and key-file: the key can only ` +
			`come from one of them`},

		// Ignore entries.
		{"[[ignore]]\npath = \"a\"", `c:1:1: ignore lacks a reason: say why these findings are no problem`},
		{"[[ignore]]\npath = \"a\"\nreason = \" \"", `c:1:1: ignore lacks a reason: say why these findings are no problem`},
		{"[[ignore]]\nreason = \"x\"\n[[ignore]]\npath = \"a\"\nreason = \"x\"", `c:1:1: ignore selects nothing: set fingerprint, rule or path`},
		{"[[ignore]]\nreason = \"x\"\npath = []", `c:3:8: path is an empty array: leave it out, or name something`},
		{"[[ignore]]\nreason = \"x\"\nrule = []", `c:3:8: rule is an empty array: leave it out, or name something`},
		{"[[ignore]]\nreason = \"x\"\nrule = [\"a\", \"{\"]", `c:3:14: rule glob "{": its brackets, braces or backslashes do not pair up`},
		{"[[ignore]]\nreason = \"x\"\npath = \"{\"", `c:3:8: path glob "{": its brackets, braces or backslashes do not pair up`},
		{"[[ignore]]\nreason = \"x\"\nfingerprint = [\"" + strings.Repeat("0", 32) + "\", \"a token\"]",
			`c:3:52: fingerprint must be the 32 hexadecimal digits that reports show`},
		{"[[ignore]]\nreason = \"x\"\npath = \"a\"\nexpires = \"soon\"", `c:4:11: expires = "soon" is no date: write YYYY-MM-DD`},
		{"[[ignore]]\nreason = 1\npath = \"a\"\nexpires = 2026-02-30", `c:4:11: invalid datetime: "2026-02-30"`},
		{"[[ignore]]\nreason = 1\npath = \"a\"", `c:2:10: reason must be a string, not a whole number`},
		{"[[ignore]]\nreason = \"x\"\npath = \"a\"\nsecret-regex = \"a\"", `c:4:1: unknown key "secret-regex"; known here: expires, ` +
			`fingerprint, owner, path, reason, rule`},

		// All faults of a file come at once.
		{"jobs = 0\nfoo = 1\nmin-confidence = 'x'", "c:1:8: jobs must be from 1 to 1024\n" +
			"c:2:1: unknown key \"foo\"; known here: baseline, disable-rules, enable-rules, exclude, fail-on, fingerprint, " +
			"ignore, include, jobs, max-archive-depth, max-archive-members, max-archive-ratio, max-archive-size, max-file-size, " +
			"min-confidence, rules\n" +
			"c:3:18: min-confidence is \"x\": want low, medium or high"},
	} {
		f, err := read("c", ".", []byte(test.text))
		if err == nil || f != nil {
			t.Errorf("%s\ngives no error", test.text)
			continue
		}
		if got := portable(err.Error()); got != test.want {
			t.Errorf("%s\ngives  %s\nwanted %s", test.text, got, test.want)
		}
		if !errors.As(err, new(*tomlread.Fault)) {
			t.Errorf("%s: the error is no fault", test.text)
		}
	}
}

// portable puts the words of Unix in place of those of Windows.
func portable(message string) string {
	return strings.ReplaceAll(message, "The system cannot find the file specified.", "no such file or directory")
}

// TestErrorsShowNoValue: what was put in place of a fingerprint may be the secret.
func TestErrorsShowNoValue(t *testing.T) {
	secret := "tok_" + strings.Repeat("x9", 14)
	_, err := read("c", ".", []byte("[[ignore]]\nreason = 'x'\nfingerprint = '"+secret+"'"))
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}

func TestRead(t *testing.T) {
	write(t, map[string]string{"conf/more.toml": ""})
	f, err := read("conf/c", "conf", []byte(`
include = ["src/**"]
exclude = ["vendor", "*.min.js"]
enable-rules = ["acme-*"]
disable-rules = ["generic-*"]
min-confidence = "low"
fail-on = ["new", "live"]
baseline = "../base.json"
rules = ["more.toml"]
max-file-size = "10 MiB"
jobs = 3
max-archive-depth = 4
max-archive-size = "1kB"
max-archive-ratio = 5
max-archive-members = 6

[fingerprint]
key-file = "key"

[[ignore]]
fingerprint = "`+strings.Repeat("ab", 16)+`"
rule = ["acme-key", "b-*"]
path = "testdata"
reason = "made up"
owner = "team-a"
expires = 2026-12-24
`))
	if err != nil {
		t.Fatal(err)
	}
	r, a := f.run, f.run.Archives
	got := fmt.Sprintln(f.include[0].Value, f.exclude[1].Value, f.exclude[1].Position, f.enable[0].Value, f.disable[0].Value,
		f.minConfidence.Value, r.FailOn.Value, filepath.ToSlash(r.Baseline.Value), filepath.ToSlash(r.Rules[0].Value),
		r.MaxFileSize.Value, r.Jobs.Value, a.Depth.Value, a.Size.Value, a.Ratio.Value, a.Members.Value, filepath.ToSlash(r.Key.Value.File), r.Key.Position)
	want := "src/** *.min.js conf/c:3:22 acme-* generic-* low new,live base.json conf/more.toml 10485760 3 4 1000 5 6 conf/key conf/c:17:2\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	e := f.ignores[0]
	got = fmt.Sprintln(e.Fingerprints, e.Rules, e.Paths, e.Reason, e.Owner, e.Expires.Format(time.DateOnly), e.Position)
	want = "[" + strings.Repeat("ab", 16) + "] [acme-key b-*] [testdata] made up team-a 2026-12-24 conf/c:20:1\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if empty, err := read("c", ".", nil); err != nil || len(empty.run.singles()) > 0 || empty.minConfidence.IsSet() {
		t.Errorf("an empty file: %+v, %v", empty, err)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "12": 12, "1kB": 1000, "1 KiB": 1024, "2MB": 2e6, "1.5GiB": 3 << 29} {
		if n, err := ParseSize(text); n != want || err != nil {
			t.Errorf("%q is %d, %v, want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"", "-1", "1 elephant", "MB", "16EiB", "nan"} {
		if n, err := ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func TestParseConfidence(t *testing.T) {
	if c, err := ParseConfidence("high"); c != rules.ConfidenceHigh || err != nil {
		t.Errorf("%q, %v", c, err)
	}
	if _, err := ParseConfidence("HIGH"); err == nil {
		t.Error("letter case is ignored")
	}
}

func TestKeySource(t *testing.T) {
	key := strings.Repeat("k", 20)
	write(t, map[string]string{"key": key + "\n", "short": "k\n", "dir/": ""})
	env := map[string]string{"KEY": key, "SHORT": "p4ss!", "EMPTY": ""}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	at := rules.Position{File: "c", Line: 3, Column: 2}
	for source, want := range map[KeySource]string{
		{}:                            "",
		{Env: "KEY", Position: at}:    key,
		{File: "key", Position: at}:   key,
		{Env: "NONE", Position: at}:   "!c:3:2: the fingerprint key should be in the environment variable NONE, which is not set",
		{Env: "EMPTY", Position: at}:  "!c:3:2: the fingerprint key should be in the environment variable EMPTY, which is not set",
		{Env: "SHORT", Position: at}:  "!c:3:2: the fingerprint key in the environment variable SHORT has 5 bytes, want 16 or more",
		{File: "short", Position: at}: "!c:3:2: the fingerprint key in the file short has 1 bytes, want 16 or more",
		{File: "dir", Position: at}:   "!c:3:2: the fingerprint key cannot be read: dir: is no regular file but a folder",
	} {
		got, err := source.Load(lookup)
		if message, fails := strings.CutPrefix(want, "!"); fails {
			if err == nil || !strings.HasPrefix(err.Error(), message) || strings.Contains(err.Error(), "p4ss!") {
				t.Errorf("%+v: %v, want %s", source, err, message)
			}
		} else if string(got) != want || err != nil || want == "" && got != nil {
			t.Errorf("%+v: %q, %v", source, got, err)
		}
	}
}

// FuzzRead: no text makes it panic, and what it accepts can be used.
func FuzzRead(f *testing.F) {
	f.Add([]byte("include = ['a']\nexclude=['b/']\njobs = 1\n[[ignore]]\nrule='*'\nreason='x'\nexpires=2026-01-01\n"))
	f.Add([]byte("disable-rules=['a*']\nmin-confidence='low'\nfail-on='none'\n[fingerprint]\nkey-env='A'\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := read("c", ".", data)
		if err != nil {
			return
		}
		folder := &Folder{tree: &Tree{options: Options{Now: now}}}
		folder.add(c, "a/b/")
		sub := folder.below("c")
		sub.Wants("file")
		sub.Enabled("rule")
		sub.MinConfidence()
		if s := sub.Suppress("rule", [16]byte{1}, "file"); s != nil && s.Reason == "" {
			t.Error("ignored without a reason")
		}
	})
}
