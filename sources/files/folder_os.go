//go:build !unix || stanch_os

package files

import (
	"errors"
	"io"
	"os"
	"strings"
)

// nonblock is the flag to open a FIFO without waiting; there is none.
const nonblock = 0

// base is a folder that is a target.
type base struct{ path string }

func openBase(path string) (base, error) {
	if !os.IsPathSeparator(path[len(path)-1]) {
		path += string(os.PathSeparator)
	}
	return base{path}, nil
}

func (b *base) close() {}

// open opens the folder at rel below b, each of whose names ends in a separator.
func (b *base) open(rel []byte) (folder, error) {
	path := b.path + string(rel)
	dir, err := os.Open(strings.TrimRight(path, string(os.PathSeparator)) + string(os.PathSeparator))
	return folder{path: path, dir: dir}, err
}

// folder is an open folder.
type folder struct {
	path string
	dir  *os.File
}

func (f folder) close() { f.dir.Close() }

// handle is an open file.
type handle struct{ f *os.File }

// open opens a file of f. name ends in a zero byte.
func (h *handle) open(f folder, name []byte) error {
	return h.openTarget(f.path + string(name[:len(name)-1]))
}

func (h *handle) openTarget(path string) (err error) {
	h.f, err = os.Open(path)
	return err
}

func (h *handle) stat() (size int64, k kind, err error) {
	info, err := h.f.Stat()
	if err != nil {
		return 0, kindOther, err
	}
	return info.Size(), kindOf(info.Mode()), nil
}

func (h *handle) read(p []byte) (int, error) { return h.f.Read(p) }

func (h *handle) readAt(p []byte, off int64) (int, error) { return h.f.ReadAt(p, off) }

func (h *handle) close() { h.f.Close() }

func isLink(error) bool { return false }

func isSocket(error) bool { return false }

// lister lists folders.
type lister struct{ name []byte }

func (l *lister) reset(folder) {}

// listed is how many entries are read at once.
const listed = 512

// next calls visit for some of the entries of f and reports whether there may be
// more. The name is valid during the call.
func (l *lister) next(f folder, visit func(name []byte, k kind)) (more bool, err error) {
	entries, err := f.dir.ReadDir(listed)
	for _, e := range entries {
		l.name = append(l.name[:0], e.Name()...)
		visit(l.name, kindOf(e.Type()))
	}
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return err == nil, err
}
