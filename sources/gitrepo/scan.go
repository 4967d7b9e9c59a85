package gitrepo

import (
	"context"
	"errors"
	"sync"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/sources"
)

// suspect is an object that holds something to report, or could not be looked through as
// a version.
type suspect struct {
	id   oid
	typ  gitstore.Type
	hits *detector.Hits
	// whole says that the object is too large for memory: it is handed over in pieces
	// once its place is known.
	whole bool
	// reason says why it was not looked through in full; empty if it was.
	reason string
}

// version is what the scan of a blob leaves for blobs that are made from it.
type version struct {
	memory  *detector.Memory
	skipped int
}

// scan looks through all objects that hold text and gathers those that matter.
type scan struct {
	sink  sources.VersionSink
	cache *cache // nil for none
	// forest takes in commits and tags on the way, nil if it is not needed. hasCommits says
	// that it has all of them.
	forest     *forest
	hasCommits bool

	mu       sync.Mutex
	suspects map[oid]*suspect

	buffers sync.Pool // of *scratch
}

// scratch is memory that is used again.
type scratch struct {
	copies  []detector.Copy
	message []byte
}

func newScan(sink sources.VersionSink, c *cache) *scan {
	return &scan{sink: sink, cache: c, suspects: map[oid]*suspect{}, buffers: sync.Pool{New: func() any { return new(scratch) }}}
}

// holdsText reports whether objects of a type are looked through.
func holdsText(t gitstore.Type) bool { return t != gitstore.Tree }

// run looks through the objects that need says, all if it is nil.
func (s *scan) run(ctx context.Context, jobs int, o objects, need func(oid) bool) error {
	s.sink.Progress(sources.Progress{BytesFound: o.size()})
	t := tour{
		want:  holdsText,
		need:  need,
		visit: func(o *object) (any, error) { return s.visit(ctx, o) },
		done:  func(n int64) { s.sink.Progress(sources.Progress{BytesDone: n}) },
	}
	if s.cache != nil {
		t.need = func(id oid) bool { return (need == nil || need(id)) && !s.cache.clean(id) }
	}
	s.hasCommits = s.forest != nil && t.need == nil
	return o.walk(ctx, jobs, t)
}

func (s *scan) visit(ctx context.Context, o *object) (any, error) {
	b := s.buffers.Get().(*scratch)
	defer s.buffers.Put(b)
	switch {
	case o.typ != gitstore.Blob:
		if s.forest != nil {
			_ = s.forest.visit(o) // what a damaged one leads to is then missing
		}
		b.message = messageOf(b.message, o.data)
		_, err := s.look(ctx, o, detector.Document{Data: b.message}, nil, nil)
		return nil, err
	case o.stream != nil:
		s.keep(&suspect{id: o.id, typ: o.typ, whole: true})
		return nil, nil
	}
	return s.blob(ctx, o, b)
}

// blob looks through a blob: of one that is made from another, through what is new.
func (s *scan) blob(ctx context.Context, o *object, b *scratch) (any, error) {
	c, err := contentOf(o.data)
	if err != nil {
		s.keep(&suspect{id: o.id, typ: o.typ, reason: err.Error()})
		return nil, nil
	}
	var memory *detector.Memory
	var steps []detector.Copy
	if base, ok := o.base.(*version); ok && c.skipped >= 0 {
		b.copies = copies(b.copies, o.ops, c.skipped, base.skipped)
		memory, steps = base.memory, b.copies
	}
	m, err := s.look(ctx, o, c.doc, memory, steps)
	if err != nil || c.skipped < 0 {
		return nil, err
	}
	return &version{m, c.skipped}, nil
}

// look has the sink look through a text and keeps what it found.
func (s *scan) look(ctx context.Context, o *object, doc detector.Document, base *detector.Memory, steps []detector.Copy,
) (*detector.Memory, error) {
	m, hits, err := s.sink.Version(ctx, doc, base, steps)
	var gaveUp *detector.GaveUpError
	switch {
	case errors.As(err, &gaveUp):
		s.keep(&suspect{id: o.id, typ: o.typ, hits: hits, reason: gaveUp.Error()})
	case err != nil:
		return nil, err
	case hits != nil:
		s.keep(&suspect{id: o.id, typ: o.typ, hits: hits})
	case s.cache != nil:
		s.cache.add(o.id)
	}
	return m, nil
}

func (s *scan) keep(k *suspect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspects[k.id] = k // the same if it stands in two packs
}
