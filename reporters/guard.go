package reporters

import (
	"bytes"
	"io"
)

// guard is a writer between a report and its reader that takes their power from the commands
// of build systems: what runs as a step of a pipeline has its output read for them, and a
// scanned file or a path may hold some. GitHub's runner acts upon lines that begin with
// "::" and upon "##[" anywhere
// (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs), Azure
// Pipelines upon "##vso[" and "##[", TeamCity upon "##teamcity[". A backslash, or in JSON an
// escape that reads back as the same text, breaks them.
type guard struct {
	w       io.Writer
	bracket string // in place of the "[" of a command
	colons  bool   // lines that begin with "::" are commands, too
	line    []byte // what has come of the current line
	err     error
}

// guardedStarts are what commands begin with, but for their bracket.
var guardedStarts = [][]byte{[]byte("##["), []byte("##vso["), []byte("##teamcity[")}

func newGuard(w io.Writer, format string) *guard {
	g := &guard{w: w, bracket: `\[`, colons: true}
	switch format {
	case "json", "jsonl", "sarif", "gitlab":
		g.bracket = `\u005b` // "##" stands in strings alone
	case "github":
		g.colons = false // its commands are meant
	}
	return g
}

// Write implements [io.Writer]. Errors are kept and returned by the next call.
func (g *guard) Write(p []byte) (int, error) {
	n := len(p)
	for g.err == nil {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			g.line = append(g.line, p...)
			break
		}
		g.line = append(g.line, p[:i+1]...)
		p = p[i+1:]
		g.flush()
	}
	return n, g.err
}

// flush writes the line that has come so far.
func (g *guard) flush() error {
	if g.err != nil || len(g.line) == 0 {
		return g.err
	}
	line := g.line
	if bytes.Contains(line, []byte("##")) {
		for _, start := range guardedStarts {
			broken := append(bytes.Clone(start[:len(start)-1]), g.bracket...)
			line = bytes.ReplaceAll(line, start, broken)
		}
	}
	if g.colons {
		if bare := bytes.TrimLeft(line, " "); bytes.HasPrefix(bare, []byte("::")) {
			line = append(append(bytes.Clone(line[:len(line)-len(bare)]), '\\'), bare...)
		}
	}
	_, g.err = g.w.Write(line)
	g.line = g.line[:0]
	return g.err
}
