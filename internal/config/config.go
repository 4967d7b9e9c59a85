// Package config reads .stanch.toml and tells what holds for a run and for each file.
//
// In go the targets of a run; out comes a [Tree]. [Tree.Run] gives what is set once for
// the whole run, [Tree.Select] the rules to run with, and [Tree.Folder] what holds for
// the files of a folder. docs/configuration.md describes the keys.
//
// # Where configurations come from
//
// Every folder may have one. Those in the folder of a target and above it, up to the
// root of the repository (the first folder with a .git) or of the file system, are read
// by [Load]; those below a target when a file near them is met.
//
// # How they combine
//
// For a file all configurations count from its folder up to the outermost. What an
// outer one says cannot be switched off further in; an attempt has no effect and gives a
// warning.
//
//   - include: the file must fit the include globs of each configuration that has any.
//   - exclude: the file must fit none of any.
//   - enable-rules, disable-rules: the outermost that names a rule decides about it;
//     where one does both, enable-rules wins. A rule that none names is on.
//   - min-confidence: the lowest value.
//   - ignore: an entry of any.
//   - rules: the files of all that [Load] reads.
//   - jobs, max-file-size, max-archive-..., fail-on, baseline, fingerprint: the one nearest to
//     the target. These and rules have no effect below the target, which gives a warning.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/glob"
	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/internal/triage"
	"github.com/stanchsec/stanch/rules"
)

// Name is the name of configuration files.
const Name = ".stanch.toml"

// Setting is a value that is set for a whole run.
type Setting[T any] struct {
	Value T
	// Position is where it is set; without a line it is not set, and Value is zero.
	Position rules.Position
}

// IsSet reports whether the value is set.
func (s Setting[T]) IsSet() bool { return s.Position.Line > 0 }

// file is one configuration.
type file struct {
	name string // as messages give it

	include, exclude []setGlob
	enable, disable  []setName
	minConfidence    Setting[rules.Confidence]
	ignores          []*triage.Entry
	run              Run

	// What it took away, for [Tree.Notes].
	leftOut, dropped atomic.Int64
}

// setGlob and setName are globs and where they stand.
type (
	setGlob = Setting[glob.Pattern]
	setName = Setting[glob.Name]
)

// read reads a configuration. name is how messages call it, dir what paths in it are
// relative to.
func read(name, dir string, data []byte) (*file, error) {
	doc, err := tomlread.Parse(name, data)
	if err != nil {
		return nil, err
	}
	r := reader{Table: doc.Root, file: &file{name: name}, dir: dir}
	r.all()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return r.file, nil
}

// reader takes a file out of its table.
type reader struct {
	*tomlread.Table
	file *file
	dir  string
}

func (r *reader) all() {
	f := r.file
	f.include = r.globs("include")
	f.exclude = r.globs("exclude")
	f.enable = r.parseNames(r.Table, "enable-rules", r.Strings("enable-rules"))
	f.disable = r.parseNames(r.Table, "disable-rules", r.Strings("disable-rules"))
	if s, ok := r.String("min-confidence"); ok {
		c, err := ParseConfidence(s)
		if err != nil {
			r.Faultf("min-confidence", nil, "min-confidence %v", err)
		}
		f.minConfidence = set(r, "min-confidence", c)
	}
	for _, t := range r.Tables("ignore") {
		f.ignores = append(f.ignores, r.ignore(t))
	}
	r.ruleFiles()
	r.failOn()
	if s, ok := r.String("baseline"); ok {
		if s == "" {
			r.Faultf("baseline", nil, "baseline is empty: leave it out instead")
		}
		f.run.Baseline = set(r, "baseline", r.path(s))
	}
	r.fingerprint()
	if n, ok := r.IntOrString("max-file-size", ParseSize); ok {
		if n < 0 {
			r.Faultf("max-file-size", nil, "max-file-size must not be negative: 0 is for no limit")
		}
		f.run.MaxFileSize = set(r, "max-file-size", n)
	}
	if n, ok := r.Int("jobs"); ok {
		if n < 1 || n > maxJobs {
			r.Faultf("jobs", nil, "jobs must be from 1 to %d", maxJobs)
		}
		f.run.Jobs = set(r, "jobs", int(n))
	}
	r.archives()
	r.RejectRest()
}

// archives reads the limits of archives.
func (r *reader) archives() {
	a := &r.file.run.Archives
	for key, to := range map[string]*Setting[int]{
		"max-archive-depth": &a.Depth, "max-archive-members": &a.Members, "max-archive-ratio": &a.Ratio,
	} {
		if n, ok := r.Int(key); ok {
			if n < 1 || n > math.MaxInt32 {
				r.Faultf(key, nil, "%s must be from 1 to %d", key, math.MaxInt32)
			}
			*to = set(r, key, int(n))
		}
	}
	if n, ok := r.IntOrString("max-archive-size", ParseSize); ok {
		if n < 1 {
			r.Faultf("max-archive-size", nil, "max-archive-size must be 1 byte or more")
		}
		a.Size = set(r, "max-archive-size", n)
	}
}

// maxJobs is more than any machine has use for.
const maxJobs = 1024

// set makes a Setting of the value of a key, or of an element in it.
func set[T any](r *reader, key string, value T, inner ...any) Setting[T] {
	return Setting[T]{value, r.position(r.Table, key, inner...)}
}

func (r *reader) position(t *tomlread.Table, key string, inner ...any) rules.Position {
	line, col := t.Place(key, inner...)
	return rules.Position{File: r.file.name, Line: line, Column: col}
}

// path makes a path relative to the configuration one that can be opened.
func (r *reader) path(p string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.dir, p)
}

// globs reads an array of path globs.
func (r *reader) globs(key string) []setGlob {
	var list []setGlob
	for i, text := range r.Strings(key) {
		p, err := glob.Parse(text)
		if err != nil {
			r.Faultf(key, []any{i}, "%s glob %q: %v", key, text, err)
		}
		list = append(list, set(r, key, p, i))
	}
	return list
}

// parseNames reads the globs over rule ids that a key holds.
func (r *reader) parseNames(t *tomlread.Table, key string, texts []string) []setName {
	var list []setName
	for i, text := range texts {
		n, err := glob.ParseName(text)
		if err != nil {
			t.Faultf(key, t.Inner(key, i), "%s glob %q: %v", key, text, err)
		}
		list = append(list, setName{n, r.position(t, key, t.Inner(key, i)...)})
	}
	return list
}

// ruleFiles reads the paths of rule files, which must be there.
func (r *reader) ruleFiles() {
	for i, s := range r.Strings("rules") {
		path := r.path(s)
		if s == "" {
			r.Faultf("rules", []any{i}, "rules holds an empty path")
		} else if _, err := os.Stat(path); err != nil {
			r.Faultf("rules", []any{i}, "rules %q cannot be read: %v", s, unwrapPath(err))
		}
		r.file.run.Rules = append(r.file.run.Rules, set(r, "rules", path, i))
	}
}

// unwrapPath takes the path out of an error whose message names it anyway.
func unwrapPath(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (r *reader) failOn() {
	words := r.OneOrMore("fail-on")
	if words == nil {
		return
	}
	// Of an empty array the gate says that it is empty.
	g, err := triage.ParseGate(strings.Join(words, ","))
	if err != nil {
		r.Faultf("fail-on", nil, "%v", err)
	}
	r.file.run.FailOn = set(r, "fail-on", g)
}

func (r *reader) fingerprint() {
	t := r.Table.Table("fingerprint")
	if t == nil {
		return
	}
	k := KeySource{Position: r.position(r.Table, "fingerprint")}
	var env, file bool
	k.Env, env = t.String("key-env")
	k.File, file = t.String("key-file")
	switch {
	case env && file:
		t.Faultf("key-file", nil, "fingerprint has key-env and key-file: the key can only come from one of them")
	case k.Env == "" && k.File == "" && (env || file || len(t.Rest()) == 0):
		t.Missingf("fingerprint names no key: set key-env or key-file")
	case file:
		k.File = r.path(k.File)
	}
	t.RejectRest()
	r.file.run.Key = set(r, "fingerprint", k)
}

// ignore reads an [[ignore]].
func (r *reader) ignore(t *tomlread.Table) *triage.Entry {
	e := &triage.Entry{Position: r.position(t, "")}
	var hasReason bool
	e.Reason, hasReason = t.String("reason")
	e.Owner, _ = t.String("owner")
	for i, text := range r.selector(t, "fingerprint") {
		f, err := detector.ParseFingerprint(text)
		if err != nil {
			// What stands there may be the secret itself.
			t.Faultf("fingerprint", t.Inner("fingerprint", i), "fingerprint must be the 32 hexadecimal digits that reports show")
		}
		e.Fingerprints = append(e.Fingerprints, f)
	}
	for _, n := range r.parseNames(t, "rule", r.selector(t, "rule")) {
		e.Rules = append(e.Rules, n.Value)
	}
	for i, text := range r.selector(t, "path") {
		p, err := glob.Parse(text)
		if err != nil {
			t.Faultf("path", t.Inner("path", i), "path glob %q: %v", text, err)
		}
		e.Paths = append(e.Paths, p)
	}
	if date, ok := t.Date("expires"); ok {
		e.Expires = date
	}
	if strings.TrimSpace(e.Reason) == "" && (hasReason || !t.Has("reason")) {
		t.Missingf("ignore lacks a reason: say why these findings are no problem")
	}
	if !t.Has("fingerprint") && !t.Has("rule") && !t.Has("path") {
		t.Missingf("ignore selects nothing: set fingerprint, rule or path")
	}
	t.RejectRest()
	return e
}

// selector takes what an ignore entry selects by. An empty array would select
// everything, which nobody means.
func (r *reader) selector(t *tomlread.Table, key string) []string {
	list := t.OneOrMore(key)
	if list != nil && len(list) == 0 {
		t.Faultf(key, nil, "%s is an empty array: leave it out, or name something", key)
	}
	return list
}

// ParseConfidence reads low, medium or high.
func ParseConfidence(s string) (rules.Confidence, error) {
	for _, c := range rules.Confidences {
		if s == string(c) {
			return c, nil
		}
	}
	return "", fmt.Errorf("is %q: want low, medium or high", s)
}

// ParseSize reads a number of bytes, "500kB", "10 MiB", "1GB" (1 kB is 1000 bytes, 1 KiB
// is 1024); 0 is for no limit.
func ParseSize(s string) (int64, error) {
	n, err := humanize.ParseBytes(s)
	if err != nil || n > 1<<62 {
		return 0, fmt.Errorf("is %q: want a size such as 500kB, 10MiB or 1GB", s)
	}
	return int64(n), nil
}
