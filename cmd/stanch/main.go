// Command stanch finds leaked credentials in files and reports them.
//
// Each command has a file of its own here. They read flags, put the packages together
// and turn the outcome into an exit code; what the program can do is in the packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/sourcegraph/conc/panics"

	"github.com/stanchsec/stanch/internal/inert"
)

// The exit codes. Scripts depend on them.
const (
	exitOK         = 0 // nothing that fails the gate
	exitFindings   = 1 // findings that fail the gate
	exitUsage      = 2 // wrong usage or configuration
	exitIncomplete = 3 // something that should have been scanned was not
	exitUnverified = 4 // verification was required and could not be done
)

// program is what the commands work with; tests give their own.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookupEnv      func(string) (string, bool)
	// code is the exit code of the command that ran.
	code int
	// revoked is how many credentials it revoked.
	revoked int
}

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		// What lives long is small next to the buffers that come and go.
		debug.SetGCPercent(400)
	}
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookupEnv: os.LookupEnv}
	os.Exit(p.run(os.Args[1:]))
}

// run runs the program with arguments and returns its exit code.
func (p *program) run(args []string) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	defer func() {
		if v := recover(); v != nil {
			p.crashed(v)
			code = exitIncomplete
		}
	}()
	cmd := p.root()
	cmd.SetArgs(args)
	switch err := cmd.ExecuteContext(ctx); {
	case err == nil:
		return p.code
	case ctx.Err() != nil:
		fmt.Fprintln(p.stderr, "stanch: interrupted; nothing was reported")
		return exitIncomplete
	default:
		fmt.Fprintf(p.stderr, "stanch: %s\n", inert.Plain.Text(strings.TrimRight(err.Error(), "\n")))
		return codeOf(err)
	}
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	var coded *codedError
	if errors.As(err, &coded) {
		return coded.code
	}
	return exitUsage
}

// codedError is an error that ends the program with a certain code; others end it with
// [exitUsage].
type codedError struct {
	code int
	error
}

func (e *codedError) Unwrap() error { return e.error }

// crashed tells of a panic. The value of a panic may hold a piece of what was scanned, so
// only what the runtime says of its own accord is shown.
func (p *program) crashed(v any) {
	what := fmt.Sprintf("%T", v)
	stack := debug.Stack()
	if caught, ok := v.(*panics.Recovered); ok { // from another goroutine
		v, stack = caught.Value, caught.Stack
		what = fmt.Sprintf("%T", v)
	}
	if err, ok := v.(runtime.Error); ok {
		what = err.Error()
	}
	fmt.Fprintf(p.stderr, "stanch: internal error: %s\n", what)
	for line := range strings.Lines(string(stack)) {
		if strings.HasPrefix(line, "\t") { // file and line; the lines between show arguments
			if at, _, ok := strings.Cut(strings.TrimSpace(line), " +0x"); ok {
				fmt.Fprintf(p.stderr, "\t%s\n", at)
			}
		}
	}
	fmt.Fprintln(p.stderr, "This is a bug in stanch. Please report it with the lines above; they hold nothing of what was scanned.")
}
