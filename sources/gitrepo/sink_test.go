package gitrepo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
)

// testSink keeps what a source yields.
type testSink struct {
	d *detector.Detector

	mu       sync.Mutex
	findings []detector.Finding
	skips    []sources.Skip
	notes    []string
	versions int
}

var _ sources.VersionSink = (*testSink)(nil)

func newSink(t testing.TB) *testSink { return &testSink{d: theDetector(t)} }

var theDetector = func() func(testing.TB) *detector.Detector {
	make := sync.OnceValues(func() (*detector.Detector, error) { return detector.New(rules.Builtin()) })
	return func(t testing.TB) *detector.Detector {
		d, err := make()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}()

func (s *testSink) Version(ctx context.Context, doc detector.Document, base *detector.Memory, copies []detector.Copy) (
	*detector.Memory, *detector.Hits, error,
) {
	m, err := s.d.ScanVersion(ctx, doc, base, copies)
	if m == nil {
		return nil, nil, err
	}
	s.mu.Lock()
	s.versions++
	s.mu.Unlock()
	return m, s.d.Hits(m), err
}

func (s *testSink) Judge(h *detector.Hits, at detector.Location) []detector.Sighting {
	return s.d.Judge(h, at)
}

func (s *testSink) Found(_ context.Context, doc detector.Document, h *detector.Hits, keep func(detector.Sighting) bool) error {
	s.add(s.d.Findings(doc, h, keep))
	return nil
}

func (s *testSink) Document(ctx context.Context, doc detector.Document) error {
	found, err := s.d.Scan(ctx, doc)
	s.add(found)
	return err
}

func (s *testSink) add(found []detector.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings = append(s.findings, found...)
}

func (s *testSink) Skip(k sources.Skip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skips = append(s.skips, k)
}

func (s *testSink) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
}

func (s *testSink) Progress(sources.Progress) {}

// incomplete lists what was lost.
func (s *testSink) incomplete() []string {
	var list []string
	for _, k := range s.skips {
		if k.Incomplete {
			list = append(list, k.Location.Path+": "+k.Reason)
		}
	}
	return list
}

// places lists where something was found, as "rule path:line commit", sorted.
func (s *testSink) places() []string {
	var list []string
	for _, f := range s.findings {
		p := f.Places[0]
		list = append(list, fmt.Sprintf("%s %s:%d %.8s", f.Rule.ID, p.Location.Path, p.Span.StartLine, p.Location.Commit))
	}
	slices.Sort(list)
	return list
}

// walkRepo scans a repository.
func walkRepo(t testing.TB, dir string, opts Options) *testSink {
	t.Helper()
	s := newSink(t)
	src, err := New(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Walk(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s
}
