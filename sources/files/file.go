package files

import (
	"io"
	"math"
)

// file is the one file that a worker has open.
type file struct {
	handle
	size int64 // what stat said
	most int64 // how much may be read of it
	n    int64 // how much was read
}

// limit prepares for reading a file of size bytes of which at most most may be read.
func (f *file) limit(size, most int64) {
	f.size, f.most, f.n = size, min(most, math.MaxInt64-1), 0
}

// Read implements io.Reader. It returns io.EOF with the last bytes if the file is
// just as long as stat said, which spares a system call for nearly every file. A file
// that says it is empty is read nonetheless: those of /proc have content.
func (f *file) Read(p []byte) (int, error) {
	if room := f.most - f.n + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := f.read(p)
	f.n += int64(n)
	switch {
	case f.n > f.most:
		return n - int(f.n-f.most), errGrown
	case err != nil:
		return n, err
	case n == 0 && len(p) > 0, n < len(p) && f.n == f.size:
		return n, io.EOF
	}
	return n, nil
}
