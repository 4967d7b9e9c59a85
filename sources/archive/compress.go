package archive

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/nwaples/rardecode/v2"
)

// maxWindow is how much of what it yielded a decompressor may keep, in bytes. "xz -9" needs 64 MiB, "zstd --long"
// 128 MiB.
const maxWindow = 128 << 20

// readAhead is the size of the buffer before a decompressor.
const readAhead = 256 << 10

// aheads are buffers of that size (*bufio.Reader): archives of many small compressed files would else spend their
// time on making them.
var aheads = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readAhead) }}

// buffered reads r ahead. The function that it returns is to be called when nothing is read any more.
func buffered(r io.Reader) (ahead *bufio.Reader, release func()) {
	ahead = aheads.Get().(*bufio.Reader)
	ahead.Reset(r)
	return ahead, func() {
		ahead.Reset(nil)
		aheads.Put(ahead)
	}
}

// decompressor begins to decompress r. close may be nil.
type decompressor func(r *bufio.Reader) (out io.Reader, close func(), err error)

// compressed opens data that a decompressor makes one file of. If that is an archive which lists files, they count
// as members of the compressed file: nobody thinks of "x.tar" in "x.tar.gz".
func compressed(begin decompressor) func(w *walk, in *input) error {
	return func(w *walk, in *input) error {
		packed := &counter{r: in.stream}
		ahead, release := buffered(packed)
		defer release()
		out, closer, err := safely(begin, ahead)
		if err != nil {
			return &notOpened{err}
		}
		if closer != nil {
			defer closer()
		}
		content := &input{
			at: in.at, name: unpackedName(in.name), depth: in.depth + 1, stream: w.unpacked(out, packed.count), size: unknown,
		}
		defer w.peek(content)()
		if f := identify(content.name, w.head(content)); f == nil || !f.lists() {
			if err := w.count(in); err != nil {
				return err
			}
			content.at = within(in.at, content.name)
		} else {
			content.depth-- // it is one with its compression
		}
		return w.opened(content)
	}
}

// lists says that f is a mere list of files, often found compressed as a whole.
func (f *format) lists() bool { return f.name == "tar archive" || f.name == "cpio archive" }

// safely begins to decompress; a panic is an error.
func safely(begin decompressor, r *bufio.Reader) (out io.Reader, closer func(), err error) {
	defer caught(&err)
	return begin(r)
}

// gzipMembers reads gzip data that may consist of several parts, as RFC 1952 allows, and may end in zero bytes, as
// on tapes. The library would take those for damage.
type gzipMembers struct {
	in *bufio.Reader
	z  *gzip.Reader
}

var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

func newGzip(r *bufio.Reader) (io.Reader, func(), error) {
	z := gzips.Get().(*gzip.Reader)
	if err := z.Reset(r); err != nil {
		return nil, nil, eofIsEarly(err)
	}
	z.Multistream(false)
	return &gzipMembers{in: r, z: z}, func() { gzips.Put(z) }, nil
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		more, err := g.next()
		if err != nil {
			return 0, err
		}
		if !more {
			return 0, io.EOF
		}
	}
}

// next goes on to the next part, if there is one.
func (g *gzipMembers) next() (bool, error) {
	for {
		b, err := g.in.Peek(1)
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case b[0] == 0:
			g.in.Discard(1)
			continue
		}
		if err := g.z.Reset(g.in); err != nil {
			return false, fmt.Errorf("something else stands behind the compressed data: %w", eofIsEarly(err))
		}
		g.z.Multistream(false)
		return true, nil
	}
}

// eofIsEarly makes an end where a header should be an error that says so.
func eofIsEarly(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func newBzip2(r *bufio.Reader) (io.Reader, func(), error) { return bzip2.NewReader(r), nil, nil }

func newXz(r *bufio.Reader) (io.Reader, func(), error) {
	x, err := xz.NewReader(r, maxWindow)
	return x, nil, eofIsEarly(err)
}

// needsMemory reports whether a decompressor was denied the memory that it needs.
func needsMemory(err error) bool {
	for _, e := range []error{
		xz.ErrMemlimit, zstd.ErrWindowSizeExceeded, zstd.ErrDecoderSizeExceeded, rardecode.ErrDictionaryTooLarge,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func newZstd(r *bufio.Reader) (io.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, nil, err
	}
	return z, z.Close, nil
}
