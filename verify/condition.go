package verify

import (
	"bytes"
	"encoding/json"
	"mime"
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

	// tooMany says that the rule takes it for a refusal for too many requests.
	tooMany bool

	parsed, isJSON bool
	tree           any // of the body, if it is JSON
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
		a.tree, a.isJSON = tree, true
	}
	return a.tree
}

// meetsAny reports whether an answer fulfils one of the conditions.
func (a *Answer) meetsAny(list []rules.Condition) bool {
	return slices.ContainsFunc(list, a.meets)
}

// meets reports whether an answer fulfils all of a condition. A broken body fulfils
// none, and a page for a browser none that looks at the status alone: between us and
// an API there may be somebody who answers in its place.
func (a *Answer) meets(c rules.Condition) bool {
	if len(c.Status) > 0 && !slices.Contains(c.Status, a.Status) {
		return false
	}
	if a.broken() || len(c.JSON)+len(c.Header)+len(c.Body) == 0 && a.page() {
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

// broken reports whether the body is said to be JSON and is none.
func (a *Answer) broken() bool {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") || len(a.Body) == 0 {
		return false
	}
	a.json()
	return !a.isJSON
}

// page reports whether the body is HTML.
func (a *Answer) page() bool {
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return kind == "text/html" || strings.HasPrefix(http.DetectContentType(a.Body), "text/html")
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
