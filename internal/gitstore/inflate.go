package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
)

// inflater undoes zlib streams one after the other with the same memory.
type inflater struct {
	src bytes.Reader
	z   io.ReadCloser // of zlib streams
	raw io.ReadCloser // of what is in them
}

// open starts a stream.
func (f *inflater) open(compressed []byte) error {
	f.src.Reset(compressed)
	if f.z == nil {
		z, err := zlib.NewReader(&f.src)
		if err != nil {
			return fmt.Errorf("its compressed bytes are damaged: %w", err)
		}
		f.z = z
		return nil
	}
	if err := f.z.(zlib.Resetter).Reset(&f.src, nil); err != nil {
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	return nil
}

// inflate fills dst, which must be as long as the inflated bytes.
func (f *inflater) inflate(dst, compressed []byte) error {
	if err := f.open(compressed); err != nil {
		return err
	}
	if _, err := io.ReadFull(f.z, dst); err != nil {
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	return f.end()
}

// inflateChecked is inflate for bytes that a checksum has shown to be good: that at the
// end of the stream, which costs a look at each byte that comes out, is left alone.
func (f *inflater) inflateChecked(dst, compressed []byte) error {
	const methodDeflate, preset = 8, 1 << 5 // RFC 1950, section 2.2
	if len(compressed) < 2 || compressed[0]&0x0f != methodDeflate || compressed[1]&preset != 0 ||
		(uint(compressed[0])<<8|uint(compressed[1]))%31 != 0 {
		return errors.New("its compressed bytes are damaged: they have no zlib header")
	}
	f.src.Reset(compressed[2:])
	if f.raw == nil {
		f.raw = flate.NewReader(&f.src)
	} else if err := f.raw.(flate.Resetter).Reset(&f.src, nil); err != nil {
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	if _, err := io.ReadFull(f.raw, dst); err != nil {
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	return end(f.raw)
}

// end sees that the stream ends here, with the right sum.
func (f *inflater) end() error { return end(f.z) }

func end(r io.Reader) error {
	var more [1]byte
	switch n, err := r.Read(more[:]); {
	case n > 0:
		return errors.New("it is longer than its header says")
	case err != io.EOF:
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	return nil
}
