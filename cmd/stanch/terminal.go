package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminal returns the terminal that w writes to, nil if it is none.
func terminal(w io.Writer) *os.File {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// colour reports whether what is written to w may be coloured: w is a terminal that can,
// and its user did not refuse (https://no-color.org).
func (p *program) colour(w io.Writer) bool {
	if v, _ := p.lookupEnv("NO_COLOR"); v != "" {
		return false
	}
	if v, _ := p.lookupEnv("TERM"); v == "dumb" {
		return false
	}
	return terminal(w) != nil
}

// width is the number of columns of what w writes to, 0 if it has none.
func width(w io.Writer) int {
	f := terminal(w)
	if f == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
