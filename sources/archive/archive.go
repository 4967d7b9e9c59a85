// Package archive looks into files that hold other files or whose text is not what their bytes show: archives,
// packages, container images, office documents, PDF files, notebooks and databases.
//
// In goes one such file ([Expander.Expand]); out come the documents in it (see [sources.Sink]), each with the way
// to it in Location.Members: "app.tar.gz" with the members "lib/x.jar" and "config.properties". What looks like an
// archive in an archive is opened in turn.
//
// # Streams and files
//
// Most formats are read as a stream, so memory does not depend on the size of what is read. Those that need to be
// read at any place (zip, 7z, PDF, SQLite) are, when they stand in another archive, kept in memory if they are
// small and in a temporary file otherwise. On Unix such a file has no name from the moment it is made, elsewhere
// it is removed as soon as it was read.
//
// # Hostile input
//
// What cannot be read is named with [sources.Skip], and everything else is scanned. What unpacks to more than
// [Options] allow is not read any further. A decompressor that panics has met damaged data, and no more.
//
// # Libraries
//
// github.com/mholt/archives (read in version 0.1.5) puts one interface over many formats; this package uses the
// libraries below it instead, because through it the following cannot be had:
//
//   - members of which one is damaged: its extractors end at the first error, or with ContinueOnError write to the
//     standard logger and go on; that of tar then asks a reader for ever whose error stays;
//   - the limits: that of the memory which rar and xz take cannot be chosen, and nothing is counted;
//   - formats by their first bytes alone: Identify also goes by any ".gz" or the like in a name, in the random order of a
//     map, takes three bytes for bzip2, and decompresses the beginning anew for each format that it tries;
//   - ar, deb, cpio and rpm, LZMA in zip archives, and what stands behind the end of a tar archive.
//
// What would be left, the decoders of zstd and gzip, is one call each of the same libraries, and the module brings eight
// others with it.
package archive

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// The defaults of [Options].
const (
	DefaultMaxDepth   = 8
	DefaultMaxSize    = 10 << 30
	DefaultMaxRatio   = 200
	DefaultRatioFrom  = 100 << 20
	DefaultMaxMembers = 1_000_000
)

// Options are limits. 0 stands for the default.
type Options struct {
	// MaxDepth is how many archives may stand in one another.
	MaxDepth int
	// MaxSize is how many bytes all compressed data in one file may unpack to.
	MaxSize int64
	// MaxRatio is how many times its size compressed data may unpack to. It counts when that are more than
	// RatioFrom bytes: a log of nothing but one line harms nobody.
	MaxRatio  int
	RatioFrom int64
	// MaxMembers is how many members may be in one file, those of archives in it included.
	MaxMembers int
	// MaxMemberSize is the size in bytes above which a member is skipped; 0 means no limit.
	MaxMemberSize int64
	// TempDir is the folder for temporary files; "" means the one of the system.
	TempDir string
	// ChunkSize and Overlap are those of [chunk.New].
	ChunkSize, Overlap int
}

// Expander looks into files. Make one with [New].
type Expander struct {
	opts   Options
	splits sync.Pool // of *chunk.Splitter
}

var _ sources.Expander = (*Expander)(nil)

// New makes an expander. It returns an error that names the option which makes no sense.
func New(o Options) (*Expander, error) {
	for _, l := range []struct {
		name  string
		value int64
	}{
		{"archive depth", int64(o.MaxDepth)}, {"archive size", o.MaxSize}, {"archive ratio", int64(o.MaxRatio)},
		{"archive size for the ratio", o.RatioFrom}, {"archive members", int64(o.MaxMembers)}, {"size of members", o.MaxMemberSize},
	} {
		if l.value < 0 {
			return nil, fmt.Errorf("limit of %s %d: must be 1 or more, or 0 for the default", l.name, l.value)
		}
	}
	if _, err := chunk.New(o.ChunkSize, o.Overlap); err != nil {
		return nil, err
	}
	o.MaxDepth = orElse(o.MaxDepth, DefaultMaxDepth)
	o.MaxSize = orElse(o.MaxSize, DefaultMaxSize)
	o.MaxRatio = orElse(o.MaxRatio, DefaultMaxRatio)
	o.RatioFrom = orElse(o.RatioFrom, DefaultRatioFrom)
	o.MaxMembers = orElse(o.MaxMembers, DefaultMaxMembers)
	e := &Expander{opts: o}
	e.splits.New = func() any {
		s, _ := chunk.New(o.ChunkSize, o.Overlap) // was tried above
		return s
	}
	return e, nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Expands implements [sources.Expander].
func (e *Expander) Expands(path string, head []byte) bool { return identify(path, head) != nil }

// Expand implements [sources.Expander]. What Expands would not take is handed over as it is.
func (e *Expander) Expand(ctx context.Context, sink sources.Sink, f sources.File) error {
	w := &walk{ctx: ctx, sink: sink, opts: &e.opts, split: e.splits.Get().(*chunk.Splitter)}
	defer e.splits.Put(w.split)
	name := f.Location.Path
	if n := len(f.Location.Members); n > 0 {
		name = f.Location.Members[n-1]
	}
	in := &input{at: f.Location, name: name, stream: f.Reader, file: f.At, size: f.Size}
	if f.At != nil {
		in.stream = io.NewSectionReader(f.At, 0, f.Size)
	} else {
		in.size = unknown
	}
	if err := w.open(in); err != errStop {
		return err
	}
	return nil
}

// within is a location in the archive at.
func within(at detector.Location, member string) detector.Location {
	at.Members = append(at.Members[:len(at.Members):len(at.Members)], member)
	return at
}
