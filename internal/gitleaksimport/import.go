// Package gitleaksimport turns a configuration of gitleaks into what stanch reads.
//
// In goes the text of a .gitleaks.toml. Out comes a [Result]: a rule file, an addition to
// .stanch.toml for the allowlists, and a list of all that has no equal here or had to be
// changed, each with its place and the reason. Nothing is left out without being listed.
//
// The format is described at https://github.com/gitleaks/gitleaks#configuration.
package gitleaksimport

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/rules"
)

// Options say what a configuration of gitleaks does not.
type Options struct {
	// Provider is the provider of all rules, a part of their findings' fingerprints.
	// Empty means "imported".
	Provider string
	// Severity is that of all rules. Empty means [rules.High].
	Severity rules.Severity
	// Taken reports whether there is a rule of an id already; such a rule gets another
	// id. Nil means that there is none.
	Taken func(id string) bool
}

// Result is what an import gives.
type Result struct {
	// Rules is a rule file, nil if no rule could be carried over. It has none of the
	// mistakes that [rules.Parse] knows.
	Rules []byte
	// Config is to be added to .stanch.toml, nil if there is nothing to add.
	Config []byte
	// Remarks lists what was changed or left out, in the order of the file.
	Remarks []Remark
	// Count is the number of rules in Rules.
	Count int
}

// Remark is something that was changed or left out.
type Remark struct {
	Position rules.Position
	// Rule is the id that the rule has in gitleaks' configuration; empty if it is about
	// none.
	Rule string
	// Left says that it was left out; otherwise it was changed.
	Left bool
	// Text says what and why.
	Text string
}

// String gives one line.
func (r Remark) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", r.Position)
	if r.Rule != "" {
		fmt.Fprintf(&b, "rule %s: ", r.Rule)
	}
	if r.Left {
		b.WriteString("not carried over: ")
	} else {
		b.WriteString("changed: ")
	}
	b.WriteString(r.Text)
	return b.String()
}

// Import reads a configuration; file is how remarks and errors name it. The error is
// that of a text that is no TOML or has keys of the wrong type.
func Import(file string, data []byte, o Options) (*Result, error) {
	doc, err := tomlread.Parse(file, data)
	if err != nil {
		return nil, err
	}
	doc.Root.FoldCase() // as gitleaks does
	o.Provider = cmp.Or(o.Provider, "imported")
	o.Severity = cmp.Or(o.Severity, rules.High)
	im := &importer{file: file, options: o, ids: map[string]bool{}}
	im.read(doc.Root)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	im.convert()
	slices.SortStableFunc(im.remarks, func(a, b Remark) int {
		return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return &Result{
		Rules: im.ruleFile(), Config: im.configFile(), Remarks: im.remarks, Count: len(im.out),
	}, nil
}

// importer holds one configuration on its way.
type importer struct {
	file    string
	options Options

	rules      []*ruleIn
	allowlists []*allowIn

	out     []*ruleOut
	ids     map[string]bool // of out
	exclude []string        // globs for .stanch.toml
	ignores []ignoreOut
	remarks []Remark
}

// position is where a key of a table stands.
func (im *importer) position(t *tomlread.Table, key string) rules.Position {
	line, col := t.Place(key)
	return rules.Position{File: im.file, Line: line, Column: col}
}

// left remarks that something is left out, changed that it is not as it was.
func (im *importer) left(pos rules.Position, rule, format string, args ...any) {
	im.remarks = append(im.remarks, Remark{pos, rule, true, fmt.Sprintf(format, args...)})
}

func (im *importer) changed(pos rules.Position, rule, format string, args ...any) {
	im.remarks = append(im.remarks, Remark{pos, rule, false, fmt.Sprintf(format, args...)})
}

// rest remarks the keys of a table that nobody asked for.
func (im *importer) rest(t *tomlread.Table, rule string) {
	for _, key := range t.Rest() {
		im.left(im.position(t, key), rule, "the key %q is not known", key)
	}
}

// IgnoreFile lists the entries of a .gitleaksignore, none of which can be carried over:
// they name places, and a fingerprint here names the credential.
func IgnoreFile(file string, data []byte) []Remark {
	var list []Remark
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		list = append(list, Remark{
			Position: rules.Position{File: file, Line: n, Column: 1}, Left: true,
			Text: "the entry names a place, and stanch ignores credentials by what they are: scan, then take " +
				"the findings into a baseline (\"stanch baseline create\") or ignore their fingerprints",
		})
	}
	return list
}
