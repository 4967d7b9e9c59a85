package buildlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/text"
	"github.com/stanchsec/stanch/sources"
)

const (
	// pieceSize is how much of a log is looked through at once, and around how much of
	// it is context on both sides, in bytes.
	pieceSize = 4 << 20
	around    = 64 << 10
)

// reader hands over logs.
type reader struct {
	sink sources.Sink
	// seen, if set, are lines that need not be looked at; remember adds to them.
	seen     *lineSet
	remember bool
}

// Cleaners that are not in use, and buffers to read into (*[]byte).
var cleaners, buffers sync.Pool

// log hands over one log. The error is that of the sink or of ctx.
func (l *reader) log(ctx context.Context, r io.Reader, at detector.Location) error {
	l.sink.Progress(sources.Progress{FilesFound: 1})
	defer l.sink.Progress(sources.Progress{FilesDone: 1})
	kept, _ := buffers.Get().(*[]byte)
	if kept == nil {
		kept = new(make([]byte, 0, pieceSize+2*around))
	}
	defer buffers.Put(kept)
	buf := (*kept)[:0]
	head := make([]byte, text.HeadSize)
	n := 0
	var err error
	for n < len(head) && err == nil { // io.ReadFull does not tell a short log from a broken one
		var m int
		m, err = r.Read(head[n:])
		n += m
	}
	var offset int64
	switch form := text.Detect(head[:n]); {
	case form.Encoding != text.ASCII:
		if err != nil {
			r = broken{err}
		}
		r = text.NewReader(io.MultiReader(bytes.NewReader(head[form.BOM:n]), r), form.Encoding)
		err = nil
	default:
		offset = int64(form.BOM)
		buf = append(buf, head[form.BOM:n]...)
	}
	// Pieces are cleaned one after the other, and looked through at the same time.
	work := pool.New().WithContext(ctx).WithMaxGoroutines(runtime.GOMAXPROCS(0)).WithCancelOnError().WithFirstError()
	var failed atomic.Bool
	own, number, name := 0, 1, at.Step // where in buf begins what is to be looked at; the line and the step of buf[0]
	for first := true; ; first = false {
		for len(buf) < cap(buf) && err == nil {
			n, err = r.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			l.sink.Progress(sources.Progress{BytesFound: int64(n), BytesDone: int64(n)})
		}
		end, next := len(buf), len(buf)
		if err == nil {
			end = lineStart(buf, len(buf))
			next = lineStart(buf, max(own+1, end-around))
			if next <= own {
				next = end
			}
		}
		c, _ := cleaners.Get().(*cleaner)
		if c == nil {
			c = new(cleaner)
		}
		c.step, c.fixed = name, at.Step != ""
		c.clean(buf[:end])
		fresh := l.fresh(c, buf[:end], own, next)
		var drop int
		if err == nil {
			drop = lineStart(buf, max(0, next-around))
			for _, s := range c.steps {
				if s.raw <= drop {
					name = s.name
				}
			}
		}
		from, line := offset, number
		look := func(ctx context.Context) error {
			defer cleaners.Put(c)
			err := l.documents(ctx, c, fresh, at, from, line)
			if err != nil {
				failed.Store(true)
			}
			return err
		}
		if first && err != nil {
			if err := look(ctx); err != nil {
				return err
			}
			break
		}
		work.Go(look)
		if err != nil || failed.Load() || ctx.Err() != nil {
			break
		}
		number += bytes.Count(buf[:drop], []byte{'\n'})
		offset += int64(drop)
		own = next - drop
		buf = append(buf[:0], buf[drop:]...)
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if !errors.Is(err, io.EOF) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.sink.Skip(sources.Skip{Location: at, Reason: "only in part: " + err.Error(), Incomplete: true})
	}
	return nil
}

// lineStart is where the last line begins that begins before or at end; end if it is longer
// than all of buf.
func lineStart(buf []byte, end int) int {
	if i := bytes.LastIndexByte(buf[:end], '\n'); i >= 0 {
		return i + 1
	}
	if end < around {
		return 0
	}
	return end
}

// documents hands over what was cleaned, a document for each step, of which the fresh ranges
// are to be looked at. offset and number are the offset and the line of the piece.
func (l *reader) documents(ctx context.Context, c *cleaner, fresh []detector.Range, at detector.Location, offset int64, number int) error {
	for i, s := range c.steps {
		end := len(c.text)
		if i+1 < len(c.steps) {
			end = c.steps[i+1].text
		}
		doc := detector.Document{
			Data: c.text[s.text:end], Location: at, Offset: offset + int64(s.raw), FirstLine: number + s.line,
			Partial: true, Fresh: within(fresh, s.text, end), Cuts: c.cutsIn(s.text, end),
		}
		doc.Location.Step = s.name
		if len(doc.Fresh) == 0 {
			continue
		}
		if err := l.sink.Document(ctx, doc); err != nil {
			return err
		}
		for _, w := range c.wraps(s.text, end, doc.Fresh) {
			w.Location = doc.Location
			w.Offset += offset
			w.FirstLine += number
			if err := l.sink.Document(ctx, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// fresh lists the parts of the text that are to be looked at: of the lines from own up to
// next of raw those that were not seen.
func (l *reader) fresh(c *cleaner, raw []byte, own, next int) []detector.Range {
	var list []detector.Range
	c.hashes = c.hashes[:0]
	for i, from := range c.lines {
		end, rawEnd := len(c.text), len(raw)
		if i+1 < len(c.lines) {
			end, rawEnd = c.lines[i+1].text, c.lines[i+1].raw
		}
		if from.raw+1 <= own && rawEnd <= own || from.raw >= next && from.raw > 0 {
			continue
		}
		if l.seen != nil {
			h := lineHash(raw[from.raw:rawEnd])
			if l.remember {
				c.hashes = append(c.hashes, h)
			} else if l.seen.has(h) {
				continue
			}
		}
		if n := len(list); n > 0 && list[n-1].End == from.text {
			list[n-1].End = end
		} else if end > from.text {
			list = append(list, detector.Range{Start: from.text, End: end})
		}
	}
	l.seen.add(c.hashes)
	return list
}

// within is the part of ranges between start and end, counted from start.
func within(list []detector.Range, start, end int) []detector.Range {
	out := []detector.Range{}
	for _, r := range list {
		if lo, hi := max(r.Start, start), min(r.End, end); lo < hi {
			out = append(out, detector.Range{Start: lo - start, End: hi - start})
		}
	}
	return out
}

// cutsIn are the cuts of the text between start and end, counted from start. A cut at end
// belongs to what follows.
func (c *cleaner) cutsIn(start, end int) []detector.Cut {
	less := func(k detector.Cut, at int) int { return k.At - at }
	i, _ := slices.BinarySearchFunc(c.cuts, start, less)
	j, _ := slices.BinarySearchFunc(c.cuts, end, less)
	out := slices.Clone(c.cuts[i:j])
	for i := range out {
		out[i].At -= start
	}
	return out
}

// broken is a reader that yields an error.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
