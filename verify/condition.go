package verify

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// Answer is what a server said, without its address.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Elsewhere is the host that the answer pointed to and that was not asked; empty if
	// there was none.
	Elsewhere string

	parsed bool
	tree   any // of the body, if it is JSON
}

// json decodes the body; nil if it is not one whole JSON value.
func (a *Answer) json() any {
	if a.parsed {
		return a.tree
	}
	a.parsed = true
	dec := json.NewDecoder(bytes.NewReader(a.Body))
	dec.UseNumber()
	var tree any
	if dec.Decode(&tree) == nil && !dec.More() {
		a.tree = tree
	}
	return a.tree
}

// meetsAny reports whether an answer fulfils one of the conditions.
func (a *Answer) meetsAny(list []rules.Condition) bool {
	return slices.ContainsFunc(list, a.meets)
}

// meets reports whether an answer fulfils all of a condition.
func (a *Answer) meets(c rules.Condition) bool {
	if len(c.Status) > 0 && !slices.Contains(c.Status, a.Status) {
		return false
	}
	for _, test := range c.JSON {
		if !fulfils(test, a.fromJSON) {
			return false
		}
	}
	for _, test := range c.Header {
		if !fulfils(test, a.fromHeader) {
			return false
		}
	}
	for _, text := range c.Body {
		if !bytes.Contains(a.Body, []byte(text)) {
			return false
		}
	}
	for _, text := range c.Lacks {
		if bytes.Contains(a.Body, []byte(text)) {
			return false
		}
	}
	return true
}

// fromJSON looks up a path; there is false for what is null or missing.
func (a *Answer) fromJSON(path string) (text string, there bool) {
	node := walk(a.json(), path)
	text, _ = scalar(node)
	return text, node != nil
}

func (a *Answer) fromHeader(name string) (text string, there bool) {
	values := a.Header.Values(name)
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// fulfils works out "path", "path = value" and "path != value". All ask that there is
// something at the path: an answer without it proves nothing.
func fulfils(test string, get func(string) (string, bool)) bool {
	if path, want, ok := strings.Cut(test, " != "); ok {
		got, there := get(strings.TrimSpace(path))
		return there && got != strings.TrimSpace(want)
	}
	if path, want, ok := strings.Cut(test, " = "); ok {
		got, there := get(strings.TrimSpace(path))
		return there && got == strings.TrimSpace(want)
	}
	_, there := get(strings.TrimSpace(test))
	return there
}
