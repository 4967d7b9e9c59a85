package rules

import (
	"embed"
	"fmt"
	"path"
	"sync"
)

//go:embed builtin/*.toml
var builtinFiles embed.FS

// Builtin returns the rules that come with stanch, in order of their files' names.
// The slice is the caller's, the rules are shared.
func Builtin() []*Rule {
	return append([]*Rule(nil), builtin()...)
}

var builtin = sync.OnceValue(func() []*Rule {
	files, err := builtinFiles.ReadDir("builtin")
	if err != nil {
		panic(err) // it is part of the binary
	}
	var all []*Rule
	for _, f := range files {
		name := path.Join("builtin", f.Name())
		data, err := builtinFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		set, err := Parse(name, data)
		if err != nil {
			panic(fmt.Sprintf("built-in rules: %v", err)) // the tests see to it that this never happens
		}
		all = append(all, set...)
	}
	return all
})
