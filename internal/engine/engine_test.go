package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/internal/engine"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/files"
)

const testRules = `
[[rule]]
id = "acme-token"
title = "Acme token"
severity = "high"
regex = '''acme_[0-9a-z]{32}'''

[[rule]]
id = "acme-key"
title = "Acme key"
severity = "high"
regex = '''[0-9a-f]{40}'''
context = ["acme_key"]

  [[rule.part]]
  name = "user"
  regex = '''usr_[0-9a-z]{12}'''

[[rule]]
id = "acme-user"
title = "Acme user"
severity = "low"
regex = '''usr_[0-9a-z]{12}'''

[[rule]]
id = "acme-slow"
title = "Acme slow"
severity = "low"
regex = '''slow_(?=(x+)+$)x{3,60}'''
anchors = ["slow_"]
`

func ruleSet(t *testing.T) []*rules.Rule {
	t.Helper()
	set, err := rules.Parse("acme.toml", []byte(testRules))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// text makes up n characters of an alphabet.
func text(rng *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rng.IntN(len(alphabet))]
	}
	return string(b)
}

const lower = "0123456789abcdefghijklmnopqrstuvwxyz"

// run scans a folder with a fresh engine.
func run(t *testing.T, dir string, o files.Options) *engine.Result {
	t.Helper()
	tree, err := config.Load([]string{dir}, config.Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	set, err := tree.Select(ruleSet(t), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Rules: set, Config: tree})
	if err != nil {
		t.Fatal(err)
	}
	o.Enter, o.Want = e.Enter, e.Want
	source, err := files.New([]string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Run(context.Background(), sources.Source(source))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBoundaries plants a credential at every offset around the boundaries of the pieces
// that a large file is read in: each is found once, at its place.
func TestBoundaries(t *testing.T) {
	const size, overlap = 40 << 10, 20 << 10
	rng := rand.New(rand.NewPCG(1, 1))
	for shift := -48; shift <= 48; shift += 3 {
		dir := t.TempDir()
		var b bytes.Buffer
		want := map[int64]string{}
		for boundary := size; boundary <= 4*size; boundary += size {
			for b.Len() < boundary+shift {
				b.WriteString("some words of a text \n"[:min(22, boundary+shift-b.Len())])
			}
			token := "acme_" + text(rng, 32, lower)
			b.WriteByte(' ')
			want[int64(b.Len())] = token
			b.WriteString(token + "\n")
		}
		write(t, dir, "large.txt", b.String())
		r := run(t, dir, files.Options{ChunkSize: size, Overlap: overlap})
		got := map[int64]string{}
		for _, f := range r.Findings {
			if len(f.Places) != 1 {
				t.Errorf("shift %d: %d places of %v", shift, len(f.Places), f.Secret)
			}
			at := f.Places[0].Span
			got[at.Start] = f.Secret.Reveal()
			if line := 1 + strings.Count(b.String()[:at.Start], "\n"); at.StartLine != line {
				t.Errorf("shift %d: line %d, want %d", shift, at.StartLine, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("shift %d: -want +got\n%s", shift, diff)
		}
	}
}

// TestPartsAcrossPieces holds that what is a part of a finding in one piece of a file is
// none of its own in the next.
func TestPartsAcrossPieces(t *testing.T) {
	const size, overlap = 40 << 10, 20 << 10
	rng := rand.New(rand.NewPCG(2, 2))
	for shift := -400; shift <= 400; shift += 50 {
		dir := t.TempDir()
		pad := strings.Repeat("words of a text \n", 1+(size+shift)/17)[:size+shift]
		write(t, dir, "large.txt", pad+"\nacme_key = "+text(rng, 40, "0123456789abcdef")+"\n"+strings.Repeat("x", 150)+
			"\nusr_"+text(rng, 12, lower)+"\n"+pad)
		r := run(t, dir, files.Options{ChunkSize: size, Overlap: overlap})
		if len(r.Findings) != 1 || r.Findings[0].Rule.ID != "acme-key" || len(r.Findings[0].Parts) != 1 {
			t.Fatalf("shift %d: %d findings: %+v", shift, len(r.Findings), r.Findings)
		}
	}
}

// TestSameWhateverTheOrder scans a tree with one and with many goroutines.
func TestSameWhateverTheOrder(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(3, 3))
	var tokens []string
	for range 20 {
		tokens = append(tokens, "acme_"+text(rng, 32, lower))
	}
	for i := range 300 {
		comment := ""
		if i%3 == 0 {
			comment = " # stanch:ignore -- made up"
		}
		write(t, dir, fmt.Sprintf("d%d/f%d.txt", i%17, i), fmt.Sprintf("a\n\ntoken=%s%s\n", tokens[i*7%len(tokens)], comment))
	}
	one := run(t, dir, files.Options{Jobs: 1})
	if len(one.Findings) != len(tokens) || one.Files != 300 {
		t.Fatalf("%d findings in %d files", len(one.Findings), one.Files)
	}
	compare := cmp.Options{cmp.Comparer(func(a, b *rules.Rule) bool { return a.ID == b.ID }),
		cmp.Comparer(func(a, b detector.Secret) bool { return a.Reveal() == b.Reveal() })}
	for range 5 {
		many := run(t, dir, files.Options{Jobs: 8})
		if diff := cmp.Diff(one.Findings, many.Findings, compare); diff != "" {
			t.Fatalf("-one +many\n%s", diff)
		}
	}
}

// TestSuppressed holds that a finding is suppressed only if it is at all its places.
func TestSuppressed(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	one, two := "acme_"+text(rng, 32, lower), "acme_"+text(rng, 32, lower)
	dir := t.TempDir()
	write(t, dir, "a.py", "x = '"+one+"'  # stanch:ignore\ny = '"+two+"'  # stanch:ignore acme-*\n")
	write(t, dir, "b.py", "x = '"+one+"'\n# stanch:ignore acme-token -- revoked\ny = '"+two+"'\n")
	for _, f := range run(t, dir, files.Options{}).Findings {
		if suppressed := f.Secret.Reveal() == two; (f.Suppression != nil) != suppressed || len(f.Places) != 2 {
			t.Errorf("suppression %+v, %d places; want it %t", f.Suppression, len(f.Places), suppressed)
		}
	}
}

// TestConfiguration holds that a configuration below the target is heeded: excluded files
// are not read, rules are off, findings ignored.
func TestConfiguration(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	token := func() string { return "x = acme_" + text(rng, 32, lower) + "\n" }
	dir := t.TempDir()
	write(t, dir, "top.txt", token())
	write(t, dir, "off/.stanch.toml", "disable-rules = [\"acme-token\"]\n")
	write(t, dir, "off/a.txt", token())
	write(t, dir, "out/.stanch.toml", "exclude = [\"*.log\", \"deep/\"]\n")
	write(t, dir, "out/a.log", token())
	write(t, dir, "out/deep/a.txt", token())
	write(t, dir, "out/b.txt", token())
	r := run(t, dir, files.Options{})
	got := map[string]bool{}
	for _, f := range r.Findings {
		rel, _ := filepath.Rel(filepath.ToSlash(dir), f.Places[0].Location.Path)
		got[filepath.ToSlash(rel)] = true
	}
	if diff := cmp.Diff(map[string]bool{"top.txt": true, "out/b.txt": true}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if r.Files != 5 { // two texts, two configurations, and the file whose rule is off
		t.Errorf("%d files were read", r.Files)
	}
}

// TestBrokenConfiguration holds that a mistake below the target ends the run.
func TestBrokenConfiguration(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "sub/.stanch.toml", "exlude = []\n")
	tree, err := config.Load([]string{dir}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Rules: ruleSet(t), Config: tree})
	if err != nil {
		t.Fatal(err)
	}
	source, err := files.New([]string{dir}, files.Options{Enter: e.Enter, Want: e.Want})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), source); err == nil || !strings.Contains(err.Error(), `unknown key "exlude"`) {
		t.Errorf("error %v", err)
	}
}

// TestGaveUp holds that an expression which takes too long makes the scan incomplete, and
// names its rule.
func TestGaveUp(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.txt", "slow_"+strings.Repeat("x", 60)+"y\n")
	r := run(t, dir, files.Options{})
	if !r.Incomplete || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Reason, "acme-slow") {
		t.Errorf("incomplete %t, skipped %v", r.Incomplete, r.Skipped)
	}
}
