package engine

import (
	"context"
	"errors"
	"path"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/sources"
)

// Version implements [sources.VersionSink]. Where a configuration below the target asks
// for less confidence than those at the targets, that holds for documents alone.
func (s *sink) Version(ctx context.Context, doc detector.Document, base *detector.Memory, copies []detector.Copy) (
	*detector.Memory, *detector.Hits, error,
) {
	e := (*Engine)(s)
	m, err := e.least.ScanVersion(ctx, doc, base, copies)
	var gaveUp *detector.GaveUpError
	if errors.As(err, &gaveUp) {
		e.skip(sources.Skip{Location: doc.Location, Reason: gaveUp.Error(), Incomplete: true})
	}
	if m == nil {
		return nil, nil, err
	}
	e.read.Add(1)
	return m, e.least.Hits(m), err
}

// folder is what holds for a file. A broken configuration holds for nothing: the error
// comes with the first document below it.
func (e *Engine) folder(file string) (*config.Folder, string, error) {
	dir, base := path.Split(file)
	f, err := e.options.Config.Folder(path.Clean(dir))
	return f, base, err
}

// Judge implements [sources.VersionSink].
func (s *sink) Judge(hits *detector.Hits, at detector.Location) []detector.Sighting {
	e := (*Engine)(s)
	f, _, err := e.folder(at.Path)
	if err != nil {
		return e.least.Judge(hits, at)
	}
	return e.detector(f).Judge(hits, at)
}

// Found implements [sources.VersionSink].
func (s *sink) Found(_ context.Context, doc detector.Document, hits *detector.Hits, keep func(detector.Sighting) bool) error {
	e := (*Engine)(s)
	f, base, err := e.folder(doc.Location.Path)
	if err != nil {
		return err
	}
	if found := e.detector(f).Findings(doc, hits, keep); len(found) > 0 {
		e.take(f, base, &doc, found)
	}
	return nil
}

// Note implements [sources.VersionSink].
func (s *sink) Note(text string) {
	e := (*Engine)(s)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, text)
}

// WantPath is [Engine.Want] for a whole path.
func (e *Engine) WantPath(file string) bool {
	f, base, err := e.folder(file)
	return err != nil || f.Wants(base)
}
