// Package liverun runs a command as if nothing stood between it and its caller, but for the
// secrets in its output, which a [livemask.Masker] hides.
//
// In goes a [Command]; out come its masked output, live, and a [Status]. Standard input goes
// straight to the command. If an output is a terminal the command gets a terminal of its own
// (a pty), so that it colours, pages and asks as it would; elsewhere it gets a pipe, and one
// for both outputs if both lead to the same place, which keeps their order. Windows has
// pipes only.
//
// # Signals
//
// SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 and SIGWINCH go on to the command; on
// SIGTSTP it and this process stop, and go on together. Where the command shares the terminal
// from which it is interrupted, because only its output is redirected, the terminal itself
// signals both, and what comes from the keyboard is not passed on a second time. Signals
// that this process was started to ignore, as nohup does, stay ignored.
//
// Whoever runs a command in a process group and signals the whole group reaches the command
// twice: directly and through this process.
package liverun

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stanchsec/stanch/internal/livemask"
)

// Command is what to run and where it reads and writes.
type Command struct {
	// Args are the program and its arguments; at least one.
	Args []string
	// Stdin, Stdout and Stderr are those of the caller. Files are passed on or looked at
	// for what they are; others are read and written.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Masker hides secrets in both outputs.
	Masker *livemask.Masker
}

// Status is how a command ended.
type Status struct {
	// Code is its exit code; 128 and the signal's number if a signal ended it, as shells
	// have it.
	Code int
	// Detached says that the command left a process behind that still held an output, and
	// that what this one wrote later is lost.
	Detached bool
}

// The exit codes for what could not be started, as shells and env have them.
const (
	CodeNotExecutable = 126
	CodeNotFound      = 127
)

// StartError says that a command could not be started.
type StartError struct {
	Code int // CodeNotExecutable or CodeNotFound
	name string
	err  error
}

func (e *StartError) Error() string { return fmt.Sprintf("cannot run %s: %v", e.name, e.err) }

func (e *StartError) Unwrap() error { return e.err }

// silence is how long an output must be silent after the command's end to be given up on,
// if something else still holds it. Tests shorten it.
var silence = 2 * time.Second

// Run runs a command to its end. The error is a [StartError], or says which output could
// not be written or read; the status is good in that case.
func Run(c Command) (Status, error) {
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Stdin = c.Stdin
	cmd.WaitDelay = silence // for a Stdin that is no file and does not end
	r := &run{Command: c, cmd: cmd, stop: make(chan struct{})}
	if err := r.connect(); err != nil {
		r.close()
		return Status{}, fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	defer r.close()
	release := r.takeSignals()
	defer release()
	if err := cmd.Start(); err != nil {
		code := CodeNotExecutable
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			code = CodeNotFound
		}
		var at *exec.Error
		if errors.As(err, &at) {
			err = at.Err
		}
		return Status{}, &StartError{code, c.Args[0], err}
	}
	for _, f := range r.theirs {
		f.Close()
	}
	r.theirs = nil
	go r.signals()
	if r.keyboard != nil {
		go r.keyboard()
	}
	for _, o := range r.outputs {
		r.copying.Go(func() { o.copy(r.stop) })
	}
	// The error of Wait repeats the exit code, but for trouble with a Stdin that is no
	// file, which is the command's business as soon as it ends.
	_ = cmd.Wait()
	status := Status{Code: exitCode(cmd.ProcessState), Detached: r.drain()}
	var errs []error
	for _, o := range r.outputs {
		if o.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.name, o.err))
		}
	}
	return status, errors.Join(errs...)
}

// run is a command that runs.
type run struct {
	Command
	cmd     *exec.Cmd
	outputs []*output
	theirs  []*os.File // the command's ends, to be closed here once it has them
	stop    chan struct{}
	copying sync.WaitGroup
	system
}

// output is an output on its way from the command.
type output struct {
	name   string
	from   *os.File
	stream *livemask.Stream
	read   atomic.Int64
	err    error
}

// add makes an output of what is read from from.
func (r *run) add(name string, from *os.File, to io.Writer) {
	r.outputs = append(r.outputs, &output{name: name, from: from, stream: r.Masker.NewStream(to, name)})
}

// pipe connects an output of the command by a pipe and returns the command's end.
func (r *run) pipe(name string, to io.Writer) (*os.File, error) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r.theirs = append(r.theirs, theirs)
	widen(theirs)
	r.add(name, ours, to)
	return theirs, nil
}

// pipes connects the outputs that are not connected yet.
func (r *run) pipes() (err error) {
	if r.cmd.Stdout == nil {
		if r.cmd.Stdout, err = r.pipe("stdout", r.Stdout); err != nil {
			return err
		}
		if r.cmd.Stderr == nil && same(r.Stdout, r.Stderr) {
			r.cmd.Stderr = r.cmd.Stdout
		}
	}
	if r.cmd.Stderr == nil {
		r.cmd.Stderr, err = r.pipe("stderr", r.Stderr)
	}
	return err
}

// same reports whether two writers are the same file.
func same(a, b io.Writer) bool {
	f, ok := a.(*os.File)
	g, ok2 := b.(*os.File)
	if !ok || !ok2 {
		return false
	}
	i, err := f.Stat()
	j, err2 := g.Stat()
	return err == nil && err2 == nil && os.SameFile(i, j)
}

// copy passes an output on until it ends or stop is closed.
func (o *output) copy(stop <-chan struct{}) {
	err := livemask.Copy(o.stream, o, stop)
	// Whoever writes to it now is told that nobody reads any more, as if this process
	// were not there.
	o.from.Close()
	o.err = errors.Join(err, o.stream.Close())
	if err != nil && o.err != nil {
		o.err = err
	}
}

// Read reads from the command, for [livemask.Copy].
func (o *output) Read(p []byte) (int, error) {
	n, err := o.from.Read(p)
	o.read.Add(int64(n))
	if err != nil && (hangup(err) || errors.Is(err, fs.ErrClosed)) {
		err = io.EOF
	}
	return n, err
}

// drain waits for the outputs to end, or to fall silent. It reports whether one had to be
// given up on.
func (r *run) drain() bool {
	done := make(chan struct{})
	go func() {
		r.copying.Wait()
		close(done)
	}()
	for before := int64(-1); ; {
		select {
		case <-done:
			return false
		case <-time.After(silence):
		}
		var now int64
		for _, o := range r.outputs {
			now += o.read.Load()
		}
		if now == before {
			close(r.stop)
			<-done
			return true
		}
		before = now
	}
}

func (r *run) close() {
	for _, f := range r.theirs {
		f.Close()
	}
	r.theirs = nil
	r.restore()
}
