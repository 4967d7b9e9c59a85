package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/archive"
)

// nullSink looks at nothing.
type nullSink struct{ documents atomic.Int64 }

func (n *nullSink) Document(context.Context, detector.Document) error { n.documents.Add(1); return nil }
func (n *nullSink) Skip(sources.Skip)                                 {}
func (n *nullSink) Progress(sources.Progress)                         {}

// BenchmarkExpand unpacks and reads the file that STANCH_BENCH_ARCHIVE names, or 32 MiB of made-up files in each of
// some formats. The rate is that of the file, compressed as it is.
func BenchmarkExpand(b *testing.B) {
	files := map[string][]byte{}
	if path := os.Getenv("STANCH_BENCH_ARCHIVE"); path != "" {
		files[path] = must(os.ReadFile(path))(b)
	} else {
		text := noise(16 << 10)
		var list []member
		for i := range 2048 {
			list = append(list, member{fmt.Sprintf("folder%d/file%d.txt", i%50, i), text[i:]})
		}
		inner := makeTar(b, list...)
		files["tar"] = inner
		files["tar.gz"] = makeGzip(b, inner)
		files["tar.zst"] = makeZstd(b, inner)
		files["zip"] = makeZip(b, list...)
		files["tar in tar"] = makeTar(b, member{"layer.tar", string(inner)})
	}
	for name, data := range files {
		b.Run(name, func(b *testing.B) {
			e := must(archive.New(archive.Options{}))(b)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f := sources.File{Location: detector.Location{Path: "x"}, At: bytes.NewReader(data), Size: int64(len(data))}
				if err := e.Expand(b.Context(), new(nullSink), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
