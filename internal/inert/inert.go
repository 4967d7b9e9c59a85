// Package inert takes their power from the commands of build systems in what a program prints.
//
// What runs as a step of a pipeline has its output read for commands, and a file that was
// scanned, or its name, may hold some. GitHub's runner acts upon lines that begin with "::" and
// upon "##[" anywhere
// (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs), Azure
// Pipelines upon "##vso[" and "##[", TeamCity upon "##teamcity[". In goes such text; out
// comes one that reads the same but for a backslash, or in JSON an escape, that breaks them.
package inert

import (
	"bytes"
	"io"
)

// Kind is what becomes of commands.
type Kind struct {
	// Bracket stands in place of the "[" of a command.
	Bracket string
	// Colons says that lines which begin with "::" are commands to be broken, too.
	Colons bool
}

var (
	// Plain is for text that people read.
	Plain = Kind{Bracket: `\[`, Colons: true}
	// JSON is for JSON, in which "##" stands in strings alone: they stay what they are.
	JSON = Kind{Bracket: `\u005b`}
	// Commands is for lines of GitHub's own commands, which are meant.
	Commands = Kind{Bracket: `\[`}
	// None is for lines of Azure's own commands, whose writer sees to what stands in them.
	None = Kind{Bracket: "["}
)

// starts are what commands begin with.
var starts = [][]byte{[]byte("##["), []byte("##vso["), []byte("##teamcity[")}

// Text returns text that holds no command.
func (k Kind) Text(text string) string {
	var b bytes.Buffer
	w := k.Writer(&b)
	_, _ = io.WriteString(w, text) // a buffer takes everything
	_ = w.Flush()
	return b.String()
}

// Writer returns a writer to w that lets no command through. It writes line by line; call
// [Writer.Flush] after the last.
func (k Kind) Writer(w io.Writer) *Writer { return &Writer{w: w, kind: k} }

// Writer is a writer that lets no command through. Make one with [Kind.Writer].
type Writer struct {
	w    io.Writer
	kind Kind
	line []byte // what has come of the current line
	err  error
}

// Write implements [io.Writer]. An error of the underlying writer is returned by this and all
// further calls.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for w.err == nil {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			w.line = append(w.line, p...)
			break
		}
		w.line = append(w.line, p[:i+1]...)
		p = p[i+1:]
		_ = w.Flush()
	}
	if w.err != nil {
		return 0, w.err
	}
	return n, nil
}

// Flush writes what has come of a line without its end.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.line) == 0 {
		return w.err
	}
	line := w.line
	if bytes.Contains(line, []byte("##")) {
		for _, start := range starts {
			broken := append(bytes.Clone(start[:len(start)-1]), w.kind.Bracket...)
			line = bytes.ReplaceAll(line, start, broken)
		}
	}
	if bare := bytes.TrimLeft(line, " \t"); w.kind.Colons && bytes.HasPrefix(bare, []byte("::")) {
		line = append(append(bytes.Clone(line[:len(line)-len(bare)]), '\\'), bare...)
	}
	_, w.err = w.w.Write(line)
	w.line = w.line[:0]
	return w.err
}
