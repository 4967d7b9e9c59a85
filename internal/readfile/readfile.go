// Package readfile reads files that a scanned repository may have planted: only regular
// ones, and only up to a size. In goes a path, out comes the content.
package readfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Regular reads a regular file of at most limit bytes. What is none is never opened, so
// that a FIFO or a device cannot hang or flood the reader. A file that is not there
// gives an error that is [fs.ErrNotExist]. Every error names the path.
func Regular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file but %s", path, kind(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: is larger than %d bytes", path, limit)
	}
	return data, nil
}

// kind names what is no regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "of an unknown kind"
}
