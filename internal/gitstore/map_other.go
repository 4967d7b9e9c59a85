//go:build !unix

package gitstore

import (
	"io"
	"os"
)

// mapOpen reads the whole file.
func mapOpen(f *os.File, size int64) (data []byte, unmap func(), err error) {
	data = make([]byte, size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, nil, err
	}
	return data, func() {}, nil
}
