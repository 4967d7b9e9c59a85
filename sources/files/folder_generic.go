//go:build unix && (!linux || stanch_generic) && !stanch_os

package files

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// folder is an open folder.
type folder struct {
	fd  int
	dir *os.File // owns fd
}

// newFolder takes the folder fd at rel below the folder at path.
func newFolder(fd int, path string, rel []byte) folder {
	return folder{fd: fd, dir: os.NewFile(uintptr(fd), path+"/"+string(rel))}
}

func (f folder) close() { f.dir.Close() }

// openFolder opens the folder path below the folder at without following any
// symbolic link on the way.
func openFolder(at int, path string) (int, error) { return openSteps(at, path) }

// open opens a file of f. name ends in a zero byte.
func (h *handle) open(f folder, name []byte) (err error) {
	h.fd, err = openat(f.fd, string(name[:len(name)-1]), fileFlags|unix.O_NOFOLLOW)
	return err
}

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
