//go:build !unix

package liverun

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// system is what a run has on Windows.
type system struct {
	caught   chan os.Signal
	keyboard func()
}

func (r *run) connect() error { return r.pipes() }

func (r *run) restore() {}

// takeSignals keeps this process alive when the console interrupts it: the command is
// interrupted itself.
func (r *run) takeSignals() func() {
	r.caught = make(chan os.Signal, 1)
	signal.Notify(r.caught, os.Interrupt)
	return func() { signal.Stop(r.caught) }
}

func (r *run) signals() {}

// hangup reports whether reading failed because the other end of a pipe was closed.
func hangup(err error) bool { return errors.Is(err, syscall.Errno(109)) } // ERROR_BROKEN_PIPE

func exitCode(state *os.ProcessState) int { return state.ExitCode() }
