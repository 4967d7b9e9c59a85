//go:build unix && !stanch_os

package files

import (
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// TestShortReadIsNoEnd reads from a pipe, which yields less than asked for as some
// file systems do: only together with the size that stat told is that the end.
func TestShortReadIsNoEnd(t *testing.T) {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		t.Fatal(err)
	}
	f := file{handle: handle{fd: ends[0]}}
	defer f.close()
	f.limit(5, 7)
	buf := make([]byte, 100)
	for _, step := range []struct {
		write string
		err   error
	}{{"abc", nil}, {"d", nil}, {"e", io.EOF}, {"f", nil}, {"gh", errGrown}} {
		if _, err := unix.Write(ends[1], []byte(step.write)); err != nil {
			t.Fatal(err)
		}
		n, err := f.Read(buf)
		if want := step.write[:1]; string(buf[:1]) != want || !errors.Is(err, step.err) {
			t.Errorf("after %q: %q, %v, want %v", step.write, buf[:n], err, step.err)
		}
	}
	unix.Close(ends[1])
	f.limit(5, 7)
	if n, err := f.Read(buf); n != 0 && err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}
