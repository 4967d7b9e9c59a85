// Package atomicfile writes files that are there as a whole or not at all, so that a run
// that is cut short leaves the old one. In go a path and what writes the content.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the file at path, or makes it with the given mode. A file that is there
// keeps its mode, and a symbolic link stays: what it leads to is replaced. What is no
// regular file, such as /dev/stderr or a FIFO, is written to as it is. Errors do not
// name the path.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	if err == nil {
		mode = info.Mode().Perm()
	}
	if err == nil && !info.Mode().IsRegular() {
		err = through(path, write)
	} else {
		err = replace(path, mode, write)
	}
	if err != nil {
		return cause(err)
	}
	return nil
}

// cause takes away the path that an error of the system names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// through writes to what is no regular file.
func through(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return finish(f, write, func() error { return nil })
}

// replace writes a file beside the one at path and gives it that name.
func replace(path string, mode fs.FileMode, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = finish(tmp, write, func() error { return errors.Join(tmp.Chmod(mode), tmp.Sync()) })
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// finish writes to f and closes it.
func finish(f *os.File, write func(io.Writer) error, last func() error) error {
	w := bufio.NewWriterSize(f, 64<<10)
	err := write(w)
	if err == nil {
		err = errors.Join(w.Flush(), last())
	}
	return errors.Join(err, f.Close())
}
