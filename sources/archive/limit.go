package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
)

// errStop ends the walk of one file, the reason having been named.
var errStop = errors.New("limit reached")

// limitError says that something unpacks to too much.
type limitError struct{ reason string }

func (e *limitError) Error() string { return e.reason }

// damage is what went wrong in a decompressor. Readers above hand it on as it is, so that it is known again.
type damage struct{ err error }

func (e *damage) Error() string { return e.err.Error() }
func (e *damage) Unwrap() error { return e.err }

// guard reads what a decompressor yields, within the limits.
type guard struct {
	w    *walk
	r    io.Reader
	in   func() int64 // how many compressed bytes were read for it so far
	out  int64
	err  error // sticky
	free bool  // what comes out counts only as far as it is more than went in
}

// unpacked guards the decompressor r.
func (w *walk) unpacked(r io.Reader, in func() int64) *guard { return &guard{w: w, r: r, in: in} }

// Read implements io.Reader. It never panics, whatever the decompressor does.
func (g *guard) Read(p []byte) (n int, err error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err = g.read(p)
	g.out += int64(n)
	grown := int64(n)
	if g.free {
		grown = min(grown, max(0, g.out-g.in()))
	}
	g.w.expanded += grown
	switch o := g.w.opts; {
	case err != nil && err != io.EOF:
		if _, ok := errors.AsType[*damage](err); !ok {
			err = &damage{err}
		}
	case g.w.expanded > o.MaxSize:
		err = &limitError{fmt.Sprintf("all that is compressed in this file unpacks to more than %s; "+
			"raise --max-archive-size if it is to be scanned", humanize.IBytes(uint64(o.MaxSize)))}
		g.w.tooLarge = true
	case g.out > o.RatioFrom && g.out/int64(o.MaxRatio) > g.in():
		err = &limitError{fmt.Sprintf("unpacks to more than %d times its size, as archives do that are made to "+
			"exhaust a reader; raise --max-archive-ratio if it is to be scanned", o.MaxRatio)}
	}
	g.err = err
	return n, err
}

func (g *guard) read(p []byte) (n int, err error) {
	defer caught(&err)
	return g.r.Read(p)
}

// caught makes a panic of a decompressor an error. It stands in a defer.
func caught(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("the reader of this format gave up (%T)", v)
	}
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) count() int64 { return c.n }

// always is a count that is known beforehand.
func always(n int64) func() int64 { return func() int64 { return n } }
