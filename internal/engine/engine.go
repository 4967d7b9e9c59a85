// Package engine runs a scan: it takes documents from sources, has a detector look
// through them, applies the configuration and comments of the text, and merges what is
// found.
//
// In go sources and [Options]; out comes a [Result], in which each credential is one
// finding with all its places, in an order that does not depend on how the work was
// spread over goroutines. The engine writes nothing and asks no provider.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
)

// Options say how to scan.
type Options struct {
	// Rules are what to look for; at least one.
	Rules []*rules.Rule
	// Config is the configuration of the targets. Never nil.
	Config *config.Tree
	// Key is that of fingerprints; nil means [detector.DefaultKey].
	Key detector.Key
	// MinConfidence, if set, is what findings need, whatever configurations say. Where
	// neither says, it is medium.
	MinConfidence rules.Confidence
	// Timing measures where the time goes, which slows the scan.
	Timing bool
}

// Engine scans. Make one with [New]; it is good for one [Engine.Run].
type Engine struct {
	options   Options
	detectors map[rules.Confidence]*detector.Detector
	least     *detector.Detector // what any of the targets' files need
	timing    *detector.Timing

	found collector

	filesFound, filesDone, bytesFound, bytesDone atomic.Int64
	scanned, read                                atomic.Int64

	mu      sync.Mutex
	notes   []string
	skipped []sources.Skip
	moreOff int // skips that were not kept
	lost    bool
}

// New makes an engine.
func New(o Options) (*Engine, error) {
	e := &Engine{options: o, detectors: map[rules.Confidence]*detector.Detector{}}
	options := []detector.Option{detector.WithKey(o.Key)}
	if o.Timing {
		e.timing = new(detector.Timing)
		options = append(options, detector.WithTiming(e.timing))
	}
	d, err := detector.New(o.Rules, options...)
	if err != nil {
		return nil, err
	}
	for _, c := range rules.Confidences {
		e.detectors[c] = d.With(detector.WithMinConfidence(Least(c)))
	}
	least := o.MinConfidence
	if least == "" {
		least = o.Config.MinConfidence()
	}
	e.least = e.detectors[cmp.Or(least, rules.ConfidenceMedium)]
	e.found.init()
	return e, nil
}

// Least is the least confidence that a level stands for; see [detector.Level].
func Least(c rules.Confidence) float64 {
	switch c {
	case rules.ConfidenceHigh:
		return detector.HighConfidence
	case rules.ConfidenceLow:
		return 0
	}
	return detector.MediumConfidence
}

// Result is what a scan found and how it went.
type Result struct {
	// Findings are the credentials, each once, in no particular order but always the
	// same.
	Findings []detector.Finding
	// Skipped is what was not looked through. Of very many only the first are kept;
	// NotListed counts the others.
	Skipped   []sources.Skip
	NotListed int
	// Notes are what the sources have to say, a line each.
	Notes []string
	// Incomplete says that something was not scanned that should have been.
	Incomplete bool
	// Files and Bytes were looked through.
	Files, Bytes   int64
	Started, Ended time.Time
	// Timing is nil unless [Options.Timing] asked for it.
	Timing *detector.Timing
}

// Run walks the sources one after the other. The error is that of a source which could
// not be read as a whole, of a configuration that was met below a target, or that of
// ctx; then there is no result.
func (e *Engine) Run(ctx context.Context, list ...sources.Source) (*Result, error) {
	r := &Result{Started: time.Now(), Timing: e.timing}
	for _, s := range list {
		if err := s.Walk(ctx, (*sink)(e)); err != nil {
			return nil, err
		}
	}
	r.Findings = e.found.findings()
	if n := e.found.dropped.Load(); n > 0 {
		e.skip(sources.Skip{Incomplete: true, Reason: fmt.Sprintf(
			"more than %d different credentials: %d places of further ones are not in the report", maxFindings, n)})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.Notes = e.notes
	r.Skipped, r.NotListed, r.Incomplete = e.skipped, e.moreOff, e.lost
	r.Files, r.Bytes = e.read.Load(), e.scanned.Load()
	r.Ended = time.Now()
	return r, nil
}

// Progress is how much was found and done so far. It may be called while Run runs.
func (e *Engine) Progress() sources.Progress {
	return sources.Progress{
		FilesFound: e.filesFound.Load(), FilesDone: e.filesDone.Load(),
		BytesFound: e.bytesFound.Load(), BytesDone: e.bytesDone.Load(),
	}
}

// Enter reports whether a folder is to be read, for sources that ask; see the package
// sources/files. A folder with a broken configuration is entered: the error comes with
// its first document.
func (e *Engine) Enter(dir string) bool {
	f, err := e.options.Config.Folder(dir)
	return err != nil || !f.Excluded()
}

// Want reports in the same way whether a file is to be read.
func (e *Engine) Want(dir, base string) bool {
	f, err := e.options.Config.Folder(dir)
	return err != nil || f.Wants(base)
}

// maxSkips bounds the list of what was skipped.
const maxSkips = 10_000

func (e *Engine) skip(s sources.Skip) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = e.lost || s.Incomplete
	if len(e.skipped) >= maxSkips && !s.Incomplete || len(e.skipped) >= 10*maxSkips {
		e.moreOff++
		return
	}
	e.skipped = append(e.skipped, s)
}

// sink is the engine as sources see it.
type sink Engine

var _ sources.VersionSink = (*sink)(nil)

// Document implements [sources.Sink].
func (s *sink) Document(ctx context.Context, doc detector.Document) error {
	e := (*Engine)(s)
	folder, base, err := e.folder(doc.Location.Path)
	if err != nil {
		return err
	}
	found, err := e.detector(folder).Scan(ctx, doc)
	var gaveUp *detector.GaveUpError
	switch {
	case errors.As(err, &gaveUp):
		e.skip(sources.Skip{Location: doc.Location, Reason: gaveUp.Error(), Incomplete: true})
	case err != nil:
		return err
	}
	if doc.Offset == 0 {
		e.read.Add(1)
	}
	if len(found) > 0 {
		e.take(folder, base, &doc, found)
	}
	return nil
}

// detector is the one for the files of a folder.
func (e *Engine) detector(folder *config.Folder) *detector.Detector {
	c := e.options.MinConfidence
	if c == "" {
		var ok bool
		if c, ok = folder.MinConfidence(); !ok {
			c = rules.ConfidenceMedium
		}
	}
	return e.detectors[c]
}

// Skip implements [sources.Sink].
func (s *sink) Skip(k sources.Skip) { (*Engine)(s).skip(k) }

// Progress implements [sources.Sink].
func (s *sink) Progress(p sources.Progress) {
	s.filesFound.Add(p.FilesFound)
	s.filesDone.Add(p.FilesDone)
	s.bytesFound.Add(p.BytesFound)
	s.bytesDone.Add(p.BytesDone)
	s.scanned.Add(p.BytesDone)
}
