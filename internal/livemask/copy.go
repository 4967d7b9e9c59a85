package livemask

import (
	"errors"
	"io"
	"sync"
	"time"
)

// Copy reads r to its end and writes it to s, which it flushes when r has been silent for
// [Hold] in the middle of a line. It does not close s. While s is busy, reading goes on, up
// to about a mebibyte.
//
// When stop is closed, Copy takes what was read by then and returns; nil is fine. If the
// writer of s fails, Copy returns its error at once. In both cases r is still to be closed,
// which ends the goroutine that reads it. An error of r is returned once what came before is
// written.
func Copy(s *Stream, r io.Reader, stop <-chan struct{}) error {
	in := newInbox()
	go in.fill(r)
	defer in.leave()
	short, long := newAlarm(Hold), newAlarm(LongHold)
	var spare []byte
	for {
		var failed error
		select {
		case <-in.ready:
			data, err := in.take(spare)
			if _, failed := s.Write(data); failed != nil {
				return failed
			}
			spare = data
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				return err
			}
			if !s.Waits() {
				short.stop()
				long.stop()
			} else {
				short.set()
			}
		case <-stop:
			data, _ := in.take(nil)
			_, err := s.Write(data)
			return err
		case <-short.C:
			short.armed = false
			if failed = s.Flush(false); s.Waits() {
				long.set()
			}
		case <-long.C:
			long.armed = false
			failed = s.Flush(true)
		}
		if failed != nil {
			return failed
		}
	}
}

// alarm goes off so long after it was set first.
type alarm struct {
	*time.Timer
	after time.Duration
	armed bool
}

func newAlarm(after time.Duration) *alarm {
	a := &alarm{Timer: time.NewTimer(after), after: after}
	a.Stop()
	return a
}

func (a *alarm) set() {
	if !a.armed {
		a.armed = true
		a.Reset(a.after)
	}
}

func (a *alarm) stop() {
	a.armed = false
	a.Stop()
}

// inbox takes in what is read until it is fetched.
type inbox struct {
	ready chan struct{} // something is there, or the end
	mu    sync.Mutex
	room  sync.Cond
	data  []byte
	err   error
	left  bool // nobody fetches any more
}

const readSize = 256 << 10

func newInbox() *inbox {
	in := &inbox{ready: make(chan struct{}, 1)}
	in.room.L = &in.mu
	return in
}

func (in *inbox) fill(r io.Reader) {
	buf := make([]byte, readSize)
	for {
		n, err := r.Read(buf)
		in.mu.Lock()
		for len(in.data) >= batch && !in.left {
			in.room.Wait()
		}
		in.data = append(in.data, buf[:n]...)
		in.err = err
		done := err != nil || in.left
		in.mu.Unlock()
		select {
		case in.ready <- struct{}{}:
		default:
		}
		if done {
			return
		}
	}
}

// take returns what is there and the error of the reader, and leaves it spare to fill.
func (in *inbox) take(spare []byte) ([]byte, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	data := in.data
	in.data = spare[:0]
	in.room.Signal()
	return data, in.err
}

func (in *inbox) leave() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.left = true
	in.room.Signal()
}
