package judge

import (
	"path"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
)

// Case is a value that a text gives to a name, with what stands around it.
type Case struct {
	Name, Value string
	Form        assign.Form
	Quote       byte // the quotation mark around the value, 0 for none
	Index       int  // of several values of one name, from 0
	Next        bool // the value stands below the line of its name
	// Before is the line up to the name, Between what joins the two, After the line
	// behind the value. Above and Below are the lines around. Each may be cut.
	Before, Between, After string
	Above, Below           string
}

// Limits of a case's surroundings, in bytes.
const (
	sideSight = 96 // of the line, before and behind
	lineSight = 96 // of the line above and of that below
)

// Lead and Tail are how far before the name and behind the value the text may matter,
// in bytes.
const (
	Lead = sideSight + lineSight + 2
	Tail = sideSight + lineSight + 2
)

// NewCase takes a value and its surroundings from a text.
func NewCase(buf []byte, v assign.Value) Case {
	lineStart := lineBefore(buf, v.NameStart, sideSight)
	lineEnd := lineAfter(buf, v.End, sideSight)
	c := Case{
		Name: string(buf[v.NameStart:v.NameEnd]), Value: string(buf[v.Start:v.End]),
		Form: v.Form, Quote: v.Quote, Index: v.Index, Next: v.Next,
		Before: string(buf[lineStart:v.NameStart]), After: string(buf[v.End:lineEnd]),
	}
	if v.NameEnd < v.Start {
		c.Between = string(buf[v.NameEnd:v.Start])
	}
	if lineStart > 0 && buf[lineStart-1] == '\n' {
		c.Above = string(buf[lineBefore(buf, lineStart-1, lineSight) : lineStart-1])
	}
	if lineEnd < len(buf) && buf[lineEnd] == '\n' {
		c.Below = string(buf[lineEnd+1 : lineAfter(buf, lineEnd+1, lineSight)])
	}
	return c
}

// lineBefore is where the line that p is in begins, or p-sight if that is nearer.
func lineBefore(buf []byte, p, sight int) int {
	i := p
	for i > 0 && p-i < sight && buf[i-1] != '\n' {
		i--
	}
	return i
}

// lineAfter is where the line that p is in ends, or p+sight if that is nearer.
func lineAfter(buf []byte, p, sight int) int {
	i := p
	for i < len(buf) && i-p < sight && buf[i] != '\n' {
		i++
	}
	return i
}

// File is what the path of a file says about it.
type File struct {
	Kind FileKind
	// Test says that the path holds a folder or a name of tests, Sample one of examples
	// or documentation.
	Test, Sample bool
}

// FileKind is the kind of a file, by its name.
type FileKind uint8

// The kinds of files.
const (
	Unknown FileKind = iota
	Code             // of a compiled or typed language
	Script           // of a language that is often used for configuration, too
	Shell
	Config // bare values
	Data   // JSON and the like
	Markup
	Prose
	fileKinds
)

// FileKinds is how many there are.
const FileKinds = int(fileKinds)

var kindOf = kinds(map[FileKind]string{
	Code:   "go java kt scala c cc cpp cxx h hpp hh m mm cs rs swift dart hs fs vb pas erl ex exs clj ml sol d zig proto thrift",
	Script: "js jsx ts tsx mjs cjs vue svelte py rb php pl pm lua groovy r jl coffee cr tcl gradle rake gemspec",
	Shell:  "sh bash zsh fish ps1 psm1 bat cmd ksh dockerfile makefile mk",
	Config: "yml yaml toml ini conf cfg cnf config properties env tf tfvars hcl editorconfig service nix rc example dist template sample",
	Data:   "json json5 jsonl ndjson har ipynb lock postman_collection csv tsv sql",
	Markup: "html htm xml xhtml svg plist storyboard xib xaml csproj erb ejs haml pug slim hbs tmpl tpl jsp aspx cshtml",
	Prose:  "md markdown rst txt adoc asciidoc org tex log rdoc",
})

func kinds(lists map[FileKind]string) map[string]FileKind {
	m := make(map[string]FileKind)
	for kind, list := range lists {
		for ext := range strings.FieldsSeq(list) {
			m[ext] = kind
		}
	}
	return m
}

// FileOf says what a path tells. An empty path tells nothing.
func FileOf(name string) File {
	lower := strings.ToLower(name)
	base := path.Base(lower)
	ext := strings.TrimPrefix(path.Ext(base), ".")
	f := File{Kind: kindOf[ext]}
	if ext == "" || f.Kind == Unknown {
		stem, _, _ := strings.Cut(strings.TrimPrefix(base, "."), ".")
		f.Kind = kindOf[stem]
	}
	for word := range strings.FieldsFuncSeq(lower, func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch word {
		case "test", "tests", "testing", "testdata", "spec", "specs", "mock", "mocks", "fixture", "fixtures", "cassettes":
			f.Test = true
		case "example", "examples", "sample", "samples", "demo", "docs", "doc", "documentation", "tutorial", "template", "templates", "readme":
			f.Sample = true
		}
	}
	return f
}
