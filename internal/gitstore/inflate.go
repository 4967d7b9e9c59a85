package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
)

// inflater undoes zlib streams one after the other with the same memory.
type inflater struct {
	src bytes.Reader
	z   io.ReadCloser
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

// end sees that the stream ends here, with the right sum.
func (f *inflater) end() error {
	var more [1]byte
	switch n, err := f.z.Read(more[:]); {
	case n > 0:
		return errors.New("it is longer than its header says")
	case err != io.EOF:
		return fmt.Errorf("its compressed bytes are damaged: %w", err)
	}
	return nil
}
