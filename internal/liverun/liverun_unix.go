//go:build unix

package liverun

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// system is what a run has on Unix.
type system struct {
	caught  chan os.Signal
	goOn    chan os.Signal // SIGCONT
	done    chan struct{}
	release sync.Once
	// ours is this end of the command's terminal; nil if it has none of its own.
	ours *os.File
	// screen is the terminal that it stands for.
	screen *os.File
	// keys is the terminal that is read; nil if none is. cooked is its state before, as
	// long as it is in another one.
	keys     *os.File
	mu       sync.Mutex
	cooked   *term.State
	keyboard func()
	// shared says that the keyboard signals the command itself.
	shared bool
}

// connect gives the command its outputs, and its input if that is to be a terminal.
func (r *run) connect() error {
	in, out, errs := tty(r.Stdin), tty(r.Stdout), tty(r.Stderr)
	if out == nil && errs == nil {
		r.shared = in != nil
		return r.pipes()
	}
	ours, theirs, err := pty.Open()
	if err != nil {
		return err
	}
	r.theirs = append(r.theirs, theirs)
	r.ours, r.screen = ours, out
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	if out == nil {
		r.screen = errs
		r.cmd.SysProcAttr.Ctty = 2
	}
	_ = pty.InheritSize(r.screen, ours) // a terminal without a size is one all the same
	r.add("stdout", ours, r.screen)
	if out != nil {
		r.cmd.Stdout = theirs
	}
	if errs != nil {
		r.cmd.Stderr = theirs
	}
	if in != nil {
		r.cmd.Stdin = theirs
		r.keys = in
		r.keyboard = func() { _, _ = io.Copy(ours, in) }
		r.raw()
	}
	return r.pipes()
}

// tty is the terminal that v is; nil if it is none.
func tty(v any) *os.File {
	if f, ok := v.(*os.File); ok && f != nil && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// raw lets every key through to the command's own terminal, which makes of it what is to
// be made.
func (r *run) raw() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys != nil && r.cooked == nil {
		r.cooked, _ = term.MakeRaw(int(r.keys.Fd())) // else keys come a line at a time
	}
}

// cook gives the keyboard back as it was.
func (r *run) cook() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cooked != nil {
		_ = term.Restore(int(r.keys.Fd()), r.cooked)
		r.cooked = nil
	}
}

// restore undoes what connect did.
func (r *run) restore() {
	r.cook()
	if r.ours != nil {
		r.ours.Close()
	}
}

// takeSignals begins to catch signals, before the command is there, until the function that
// it returns is called.
func (r *run) takeSignals() func() {
	r.caught, r.goOn, r.done = make(chan os.Signal, 32), make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(r.goOn, syscall.SIGCONT)
	list := []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
		// Writing to an output that is closed is to fail, not to end this process.
		syscall.SIGPIPE,
	}
	if !r.shared {
		list = append(list, syscall.SIGTSTP)
	}
	for _, s := range list {
		if !signal.Ignored(s) {
			signal.Notify(r.caught, s)
		}
	}
	return func() {
		signal.Stop(r.caught)
		signal.Stop(r.goOn)
		r.release.Do(func() { close(r.done) })
	}
}

// signals passes on what is caught.
func (r *run) signals() {
	for {
		select {
		case <-r.done:
			return
		case s := <-r.caught:
			r.signal(s)
		}
	}
}

func (r *run) signal(s os.Signal) {
	switch {
	case s == syscall.SIGPIPE:
	case s == syscall.SIGWINCH && r.ours != nil:
		_ = pty.InheritSize(r.screen, r.ours) // the kernel tells the command
	case r.shared && (s == syscall.SIGINT || s == syscall.SIGQUIT || s == syscall.SIGWINCH):
	case s == syscall.SIGTSTP:
		r.suspend()
	default:
		_ = r.cmd.Process.Signal(s) // fails only if it has ended
	}
}

// suspend stops the command and this process, until somebody has this process go on.
func (r *run) suspend() {
	_ = r.cmd.Process.Signal(syscall.SIGTSTP)
	r.cook()
	select {
	case <-r.goOn: // of an earlier stop
	default:
	}
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	// The signal may reach another thread first, so this one is not stopped yet.
	select {
	case <-r.goOn:
	case <-r.done:
	}
	r.raw()
	_ = r.cmd.Process.Signal(syscall.SIGCONT)
}

// hangup reports whether reading failed because nobody holds the other end of a terminal.
func hangup(err error) bool { return errors.Is(err, syscall.EIO) }

func exitCode(state *os.ProcessState) int {
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return state.ExitCode()
}
