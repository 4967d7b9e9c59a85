package files_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/files"
)

// nullSink counts and looks at nothing.
type nullSink struct{ bytes, documents, skips atomic.Int64 }

func (n *nullSink) Document(_ context.Context, doc detector.Document) error {
	n.documents.Add(1)
	if doc.Fresh != nil {
		n.bytes.Add(int64(doc.Fresh[0].End - doc.Fresh[0].Start))
		return nil
	}
	n.bytes.Add(int64(len(doc.Data)))
	return nil
}

func (n *nullSink) Skip(sources.Skip)         { n.skips.Add(1) }
func (n *nullSink) Progress(sources.Progress) {}

// BenchmarkWalk walks and reads the folder that STANCH_BENCH_DIR names, or a made-up
// tree of 4,000 files in 400 folders.
func BenchmarkWalk(b *testing.B) {
	dir := os.Getenv("STANCH_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
		random := rand.New(rand.NewPCG(1, 2))
		line := []byte("	if err := something(ctx, argument); err != nil { return err }\n")
		for i := range 4000 {
			sub := filepath.Join(dir, fmt.Sprint("folder", i%20), fmt.Sprint("sub", i%400))
			var text []byte
			for range 1 + random.IntN(300) {
				text = append(text, line...)
			}
			if err := os.MkdirAll(sub, 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%d.go", i)), text, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	source, err := files.New([]string{dir}, files.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var sink nullSink
	for b.Loop() {
		sink = nullSink{}
		if err := source.Walk(context.Background(), &sink); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(sink.bytes.Load())
	b.ReportMetric(float64(sink.documents.Load()), "documents")
	b.ReportMetric(float64(sink.skips.Load()), "skips")
}
