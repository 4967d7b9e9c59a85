package archive

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/stanchsec/stanch/detector"
)

// unknown is the size of a stream.
const unknown = -1

// input is a file or a member on its way to be looked through.
type input struct {
	at    detector.Location
	name  string // what its kind may be told by
	depth int    // of archives it stands in

	stream io.Reader   // the content from its beginning
	file   io.ReaderAt // the same, if it can be read at any place
	size   int64       // in bytes; unknown for most streams
}

// maxInMemory is up to which size in bytes a member is kept in memory that is to be read at any place.
const maxInMemory = 8 << 20

// random makes in.file and in.size known, if need be by copying the stream, and returns what gives up the copy.
func (w *walk) random(in *input) (release func(), err error) {
	if in.file != nil {
		return func() {}, nil
	}
	var small bytes.Buffer
	n, err := io.Copy(&small, io.LimitReader(in.stream, maxInMemory+1))
	if err != nil {
		return nil, err
	}
	if n <= maxInMemory {
		in.file, in.size = bytes.NewReader(small.Bytes()), n
		return func() {}, nil
	}
	f, remove, err := tempFile(w.opts.TempDir)
	if err != nil {
		return nil, fmt.Errorf("no temporary file to unpack it to: %w", pathless(err))
	}
	release = func() {
		f.Close()
		remove()
	}
	size, err := io.Copy(f, io.MultiReader(&small, &patient{w, in.stream}))
	if err != nil {
		release()
		return nil, err
	}
	in.file, in.size = f, size
	return release, nil
}

// patient ends a long copy when the walk is cancelled.
type patient struct {
	w *walk
	r io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.w.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// createTemp makes a temporary file.
func createTemp(dir string) (*os.File, error) { return os.CreateTemp(dir, "stanch-*.tmp") }
