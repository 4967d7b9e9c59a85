package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"sync"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/sources"
)

// deliver reads the objects that are to be reported once more and hands them over.
func (a *attribution) deliver(ctx context.Context, sink sources.VersionSink) error {
	if len(a.reports) == 0 {
		return nil
	}
	var mu sync.Mutex
	types := map[gitstore.Type]bool{}
	for id := range a.reports {
		types[a.suspects[id].typ] = true
	}
	take := func(id oid) []report {
		mu.Lock()
		defer mu.Unlock()
		list := a.reports[id]
		delete(a.reports, id) // it may stand in another pack, too
		return list
	}
	wanted := make(map[oid]bool, len(a.reports))
	for id := range a.reports {
		wanted[id] = true
	}
	visit := func(o *object) (any, error) {
		list := take(o.id)
		if len(list) == 0 {
			return nil, nil
		}
		return nil, hand(ctx, sink, o, a.suspects[o.id], list, a.opts.Files.Expand)
	}
	// Few objects are read one by one: a walk looks at the header of every object first.
	if len(wanted) <= fewObjects {
		for id := range wanted {
			typ, data, err := a.objects.get(id)
			if err != nil {
				continue // told
			}
			if _, err := visit(&object{id: id, typ: typ, size: int64(len(data)), data: data}); err != nil {
				return err
			}
		}
		return nil
	}
	return a.objects.walk(ctx, a.opts.Jobs, tour{
		want:  func(t gitstore.Type) bool { return types[t] },
		need:  func(id oid) bool { return wanted[id] },
		visit: visit,
	})
}

// fewObjects is how many objects are rather read one by one.
const fewObjects = 8

// hand hands one object over, at each of the places that are reported of it.
func hand(ctx context.Context, sink sources.VersionSink, o *object, k *suspect, list []report, e sources.Expander) error {
	if k.reason != "" {
		sink.Skip(sources.Skip{Location: list[0].at, Reason: k.reason, Incomplete: true})
	}
	if k.whole {
		return handWhole(ctx, sink, o, list[0].at, e)
	}
	var doc detector.Document
	if k.typ == gitstore.Blob {
		c, err := contentOf(o.data)
		if err != nil {
			return nil // k.reason
		}
		doc = c.doc
	} else {
		doc.Data = messageOf(nil, o.data)
	}
	for _, r := range list {
		doc.Location = r.at
		var keep func(detector.Sighting) bool
		if r.keep != nil {
			keep = func(s detector.Sighting) bool { return r.keep[credential{s.Rule(), s.Secret()}] }
		}
		if err := sink.Found(ctx, doc, k.hits, keep); err != nil {
			return err
		}
	}
	return nil
}

// handWhole hands over what is in an archive, or else an object that is too large for
// memory, in pieces.
func handWhole(ctx context.Context, sink sources.VersionSink, o *object, at detector.Location, e sources.Expander) error {
	r := o.reader()
	if e != nil {
		b := bufio.NewReader(r)
		head, _ := b.Peek(sources.ExpandHead) // an error comes again
		if e.Expands(at.Path, head) {
			f := sources.File{Location: at, Reader: b}
			if o.stream == nil {
				f.At, f.Size = bytes.NewReader(o.data), int64(len(o.data))
			}
			return e.Expand(ctx, sink, f)
		}
		r = b
	}
	split, err := chunk.New(0, 0)
	if err != nil {
		return err
	}
	split.Reset(r)
	for {
		var doc detector.Document
		ok, err := split.Next(&doc)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !ok {
			if err != nil {
				sink.Skip(sources.Skip{Location: at, Reason: "only in part: " + err.Error(), Incomplete: true})
			}
			return nil
		}
		doc.Location = at
		if err := sink.Document(ctx, doc); err != nil {
			return err
		}
	}
}
