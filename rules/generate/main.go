// Command generate prepares the built-in rules at build time: it reads builtin/*.toml,
// works out the plan of each rule and writes all of it as Go data to builtin_rules.go,
// so that a start of stanch parses neither TOML nor expressions. It also writes the table
// of them in docs/rules.md. Run it by go generate in the folder of package rules.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"

	"github.com/stanchsec/stanch/internal/golit"
	"github.com/stanchsec/stanch/rules"
)

func main() {
	text, err := render("builtin")
	if err == nil {
		err = os.WriteFile("builtin_rules.go", text, 0o644)
	}
	if err == nil {
		if text, err = page("builtin"); err == nil {
			err = os.WriteFile("../docs/rules.md", text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate: preparing the built-in rules:", err)
		os.Exit(1)
	}
}

const head = `// Code generated from builtin/*.toml by go generate; DO NOT EDIT.

package rules

var builtinRules = `

// render is the file for the rules in a folder.
func render(folder string) ([]byte, error) {
	set, err := rules.Load(folder)
	if err != nil {
		return nil, err
	}
	list := make([]rules.Rule, len(set))
	for i, r := range set {
		list[i] = *r
	}
	var text bytes.Buffer
	text.WriteString(head)
	if err := golit.Write(&text, "rules", list); err != nil {
		return nil, err
	}
	return format.Source(text.Bytes())
}
