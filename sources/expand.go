package sources

import (
	"context"
	"io"

	"github.com/stanchsec/stanch/detector"
)

// ExpandHead is how many bytes of the beginning of a file an [Expander] needs to know what it is.
const ExpandHead = 1024

// Expander looks into files that hold others or whose text is not what their bytes show: archives, images,
// documents, databases. Its methods are safe for concurrent use.
type Expander interface {
	// Expands reports whether a file is for Expand, by its path and its first [ExpandHead] bytes, or all if
	// it has fewer.
	Expands(path string, head []byte) bool

	// Expand hands all that f holds to sink, what cannot be read as a [Skip]. It reports bytes as progress, but
	// no files. It returns an error only if sink did or ctx was cancelled.
	Expand(ctx context.Context, sink Sink, f File) error
}

// File is what an [Expander] looks into.
type File struct {
	// Location is that of the file itself; what is in it goes into Location.Members.
	Location detector.Location
	// At is the content, Size its length in bytes. At may be nil: then Reader is the content, a stream of
	// unknown length.
	At     io.ReaderAt
	Size   int64
	Reader io.Reader
}
