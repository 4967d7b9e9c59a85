package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// walk is the way through one file and all that is in it, in one goroutine.
type walk struct {
	ctx   context.Context
	sink  sources.Sink
	opts  *Options
	split *chunk.Splitter
	heads [][]byte // buffers for beginnings that nobody uses now

	expanded int64 // bytes
	members  int
	tooLarge bool

	// end is what ended the walk: an error of the sink, that of the context, or errStop.
	end error
}

// open looks through in: into it if it is of a known format, else at it as it is. Like all methods of walk that
// take an input it returns an error only if the walk is at its end.
func (w *walk) open(in *input) error {
	if in.file == nil {
		defer w.peek(in)()
	}
	return w.opened(in)
}

// opened is open for an input whose beginning is known.
func (w *walk) opened(in *input) error {
	f := identify(in.name, w.head(in))
	if f == nil {
		return w.leaf(in)
	}
	if in.depth >= w.opts.MaxDepth {
		w.skip(in.at, fmt.Sprintf("%s, not opened: it is %d deep in others; raise --max-archive-depth if it is to be scanned",
			f.name, in.depth))
		return w.leaf(in)
	}
	return w.enter(f, in)
}

// peek takes the beginning of the stream without taking it away. The function that it returns is to be called
// when nothing is read from the stream any more.
func (w *walk) peek(in *input) (release func()) {
	var head []byte
	if n := len(w.heads); n > 0 {
		head, w.heads = w.heads[n-1], w.heads[:n-1]
	} else {
		head = make([]byte, sources.ExpandHead)
	}
	n, err := io.ReadFull(in.stream, head)
	begun := &begun{head: head[:n], r: in.stream}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		begun.r = failed{err}
	}
	in.stream = begun
	return func() { w.heads = append(w.heads, head) }
}

// head is the beginning of in.
func (w *walk) head(in *input) []byte {
	if b, ok := in.stream.(*begun); ok {
		return b.head
	}
	head := make([]byte, sources.ExpandHead)
	n, _ := in.file.ReadAt(head, 0) // what goes wrong does so again
	return head[:n]
}

// begun is a stream whose beginning was looked at.
type begun struct {
	head []byte
	n    int // bytes of head that were read
	r    io.Reader
}

func (b *begun) Read(p []byte) (int, error) {
	if b.n < len(b.head) {
		n := copy(p, b.head[b.n:])
		b.n += n
		return n, nil
	}
	return b.r.Read(p)
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// enter opens in as what f says and names what is wrong with it.
func (w *walk) enter(f *format, in *input) error {
	if f.random {
		release, err := w.random(in)
		if err != nil {
			return w.damaged(in, f, err)
		}
		defer release()
	}
	err := f.open(w, in)
	if w.end != nil || err == nil {
		return w.end
	}
	if _, ok := errors.AsType[*notOpened](err); ok && in.file != nil {
		// Nothing of it was seen; perhaps it is something else.
		w.damaged(in, f, err)
		if w.end != nil {
			return w.end
		}
		in.stream = io.NewSectionReader(in.file, 0, in.size)
		return w.leaf(in)
	}
	return w.damaged(in, f, err)
}

// notOpened is the error of what is not of the format that it seemed to be, or too damaged to tell.
type notOpened struct{ err error }

func (e *notOpened) Error() string { return e.err.Error() }
func (e *notOpened) Unwrap() error { return e.err }

// encrypted is the error of what needs a password.
var errEncrypted = errors.New("encrypted, not scanned")

// damaged names what is wrong with in.
func (w *walk) damaged(in *input, f *format, err error) error {
	if err := w.ctx.Err(); err != nil {
		w.end = err
		return err
	}
	w.skip(in.at, because(in, f.name, err))
	if w.tooLarge {
		w.end = errStop
	}
	return w.end
}

// because says in words why something was not read or not to its end.
func because(in *input, format string, err error) string {
	l, isLimit := errors.AsType[*limitError](err)
	_, closed := errors.AsType[*notOpened](err)
	switch {
	case isLimit:
		return "scanned only in part: " + l.reason
	case errors.Is(err, errEncrypted):
		return errEncrypted.Error()
	case needsMemory(err):
		return "not scanned: unpacking needs more than " + bytesOf(maxWindow) + " of memory"
	case errors.Is(err, errUnsupported):
		return cause(err).Error()
	case closed && in.file == nil:
		return fmt.Sprintf("damaged %s, not scanned: %s", format, cause(err))
	case closed:
		return fmt.Sprintf("damaged %s, scanned as bytes only: %s", format, cause(err))
	}
	return fmt.Sprintf("damaged %s, scanned only in part: %s", format, cause(err))
}

// errUnsupported is wrapped by errors that are not the fault of the data.
var errUnsupported = errors.New("not scanned")

// cause is err without what others put before it and without the paths of temporary files.
func cause(err error) error {
	for {
		switch e := err.(type) {
		case *notOpened:
			err = e.err
		case *damage:
			err = e.err
		default:
			return pathless(err)
		}
	}
}

func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func (w *walk) skip(at detector.Location, reason string) {
	w.sink.Skip(sources.Skip{Location: at, Reason: reason, Incomplete: true})
}

// member looks through a member of in that r yields, size bytes as far as that is known.
func (w *walk) member(in *input, name string, r io.Reader, size int64) error {
	if err := w.count(in); err != nil {
		return err
	}
	name = cleaned(name)
	at := within(in.at, name)
	if w.isTooLarge(at, size) {
		return nil
	}
	return w.open(&input{at: at, name: name, depth: in.depth + 1, stream: r, size: size})
}

// isTooLarge reports whether a member is not to be read, and names it then.
func (w *walk) isTooLarge(at detector.Location, size int64) bool {
	if w.opts.MaxMemberSize == 0 || size <= w.opts.MaxMemberSize {
		return false
	}
	w.skip(at, fmt.Sprintf("larger than the limit of %d bytes: %d bytes", w.opts.MaxMemberSize, size))
	return true
}

// count counts a member of in.
func (w *walk) count(in *input) error {
	if err := w.ctx.Err(); err != nil {
		w.end = err
		return err
	}
	w.members++
	if w.members > w.opts.MaxMembers {
		w.skip(in.at, fmt.Sprintf("scanned only in part: the whole file has more than %d members; raise --max-archive-members if "+
			"they are to be scanned", w.opts.MaxMembers))
		w.end = errStop
	}
	return w.end
}

// missed names a member of in that cannot be read.
func (w *walk) missed(in *input, name string, err error) error {
	if err := w.count(in); err != nil {
		return err
	}
	return w.damaged(&input{at: within(in.at, cleaned(name))}, &format{name: "member"}, err)
}

// cleaned is the name of a member without what only some programs put before it. Anything but a name that stands
// for itself is left alone: it is shown, never opened.
func cleaned(name string) string {
	if strings.HasPrefix(name, "./") {
		name = path.Clean(name)
	}
	if name == "" {
		return "(no name)"
	}
	return name
}

// leaf hands in over as it is.
func (w *walk) leaf(in *input) error { return w.text(in.at, in.stream) }

// text hands over what r yields.
func (w *walk) text(at detector.Location, r io.Reader) error {
	w.split.Reset(r)
	var done int64
	for {
		var doc detector.Document
		ok, err := w.split.Next(&doc)
		if err := w.ctx.Err(); err != nil {
			w.end = err
			return err
		}
		n := w.split.Consumed() - done
		done += n
		w.sink.Progress(sources.Progress{BytesFound: n, BytesDone: n})
		if !ok {
			if err != nil {
				return w.damaged(&input{at: at}, &format{name: "data"}, err)
			}
			return nil
		}
		doc.Location = at
		if err := w.sink.Document(w.ctx, doc); err != nil {
			w.end = err
			return err
		}
	}
}

// whole reads all of in if that is not too much to be kept in memory; else in is as it was.
func (w *walk) whole(in *input, most int64) (data []byte, ok bool, err error) {
	data, err = io.ReadAll(io.LimitReader(in.stream, most+1))
	if err != nil {
		return data, false, err
	}
	if int64(len(data)) > most {
		in.stream = &begun{head: data, r: in.stream}
		return nil, false, nil
	}
	return data, true, nil
}

// bytesOf puts a size into words.
func bytesOf(n int64) string { return humanize.IBytes(uint64(n)) }
