package files

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// Stream reads one stream. Make one with [Stdin].
type Stream struct {
	r             io.Reader
	size, overlap int // as in chunk.New
	expander      sources.Expander
}

var _ sources.Source = (*Stream)(nil)

// Stdin makes a source of r, which is standard input; its path is "-". Documents
// come when a piece is full or r ends, not line by line. r must not be nil.
//
// If ctx is cancelled, Walk returns even while r.Read blocks; that Read goes on and
// what it yields is lost.
func Stdin(r io.Reader) *Stream { return &Stream{r: r} }

// Expand has e look into the stream if it is an archive or another file that e knows.
// It returns s.
func (s *Stream) Expand(e sources.Expander) *Stream {
	s.expander = e
	return s
}

// Walk implements [sources.Source]. It can be called once, as r can be read once.
func (s *Stream) Walk(ctx context.Context, sink sources.Sink) error {
	split, err := chunk.New(s.size, s.overlap)
	if err != nil {
		return err
	}
	sink.Progress(sources.Progress{FilesFound: 1})
	return handStream(ctx, sink, split, s.r, detector.Location{Path: "-"}, s.expander)
}

// handStream hands over what r yields, as hand does, and does not wait for a Read
// that blocks when ctx is cancelled. Pieces are worked at in parallel.
func handStream(ctx context.Context, sink sources.Sink, split *chunk.Splitter, r io.Reader, at detector.Location,
	e sources.Expander,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error // the first of a piece
	var once sync.Once
	p := pool.New()
	free := make(chan struct{}, runtime.GOMAXPROCS(0)-1)
	offer := func(doc detector.Document) bool {
		select {
		case free <- struct{}{}:
		default:
			return false
		}
		doc.Data = bytes.Clone(doc.Data)
		p.Go(func() {
			defer func() { <-free }()
			if err := sink.Document(ctx, doc); err != nil {
				once.Do(func() { failed = err })
				cancel() // ends the reading
			}
		})
		return true
	}
	err := handOrExpand(ctx, sink, split, newPump(ctx, r), at, offer, e)
	p.Wait()
	return cmp.Or(failed, err)
}

// handOrExpand hands over what r yields, or has e do so if it is for e.
func handOrExpand(ctx context.Context, sink sources.Sink, split *chunk.Splitter, r io.Reader, at detector.Location,
	offer func(detector.Document) bool, e sources.Expander,
) error {
	if e == nil {
		return hand(ctx, sink, split, r, at, 0, offer, nil)
	}
	b := bufio.NewReaderSize(r, pumpSize)
	head, _ := b.Peek(sources.ExpandHead) // an error comes again
	if !e.Expands(at.Path, head) {
		return hand(ctx, sink, split, b, at, 0, offer, nil)
	}
	err := e.Expand(ctx, offering{sink, offer}, sources.File{Location: at, Reader: b})
	sink.Progress(sources.Progress{FilesDone: 1})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// fifo reads a FIFO that is a target. The non-blocking open makes one without a
// writer end at once instead of waiting for one that may never come.
func (w *worker) fifo(t *target) error {
	f, err := os.OpenFile(t.open, os.O_RDONLY|nonblock, 0)
	if err != nil {
		w.skipFile(t.show, reason(err), true)
		return nil
	}
	defer f.Close()
	in := &counted{r: f}
	if err := handStream(w.ctx, w.sink, w.split, in, detector.Location{Path: t.show}, w.opts.Expand); err != nil {
		return err
	}
	if !in.any {
		w.skip(t.show, "FIFO without a writer", true)
	}
	return nil
}

// counted remembers whether anything was read.
type counted struct {
	r   io.Reader
	any bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.any = c.any || n > 0
	return n, err
}

// pumpSize is how much a pump reads ahead, twice.
const pumpSize = 256 << 10

// pump reads in a goroutine of its own, so that its Read can return when ctx is
// cancelled although the reader's blocks.
type pump struct {
	ctx    context.Context
	full   chan portion
	empty  chan []byte
	now    portion // being handed out
	unread []byte  // the rest of now.data
}

type portion struct {
	data []byte
	err  error
	// panicked is the panic of the reader; it goes on in the goroutine that wants the
	// data, where the program can catch it.
	panicked *panics.Recovered
}

func newPump(ctx context.Context, r io.Reader) *pump {
	p := &pump{ctx: ctx, full: make(chan portion), empty: make(chan []byte, 2)}
	p.empty <- make([]byte, pumpSize)
	p.empty <- make([]byte, pumpSize)
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	for {
		var buf []byte
		select {
		case buf = <-p.empty:
		case <-p.ctx.Done():
			return
		}
		var n int
		var err error
		panicked := panics.Try(func() { n, err = r.Read(buf[:pumpSize]) })
		select {
		case p.full <- portion{buf[:n], err, panicked}:
		case <-p.ctx.Done():
			return
		}
		if err != nil || panicked != nil {
			return
		}
	}
}

func (p *pump) Read(b []byte) (int, error) {
	for len(p.unread) == 0 {
		if p.now.err != nil {
			return 0, p.now.err
		}
		if p.now.data != nil {
			p.empty <- p.now.data
		}
		select {
		case p.now = <-p.full:
			if p.now.panicked != nil {
				panic(p.now.panicked)
			}
			p.unread = p.now.data
		case <-p.ctx.Done():
			p.now = portion{err: p.ctx.Err()}
		}
	}
	n := copy(b, p.unread)
	p.unread = p.unread[n:]
	return n, nil
}
