// Package files is the source for folders, single files and standard input.
//
// In go paths as a user types them ([New]) or a stream ([Stdin]); out come documents
// (see [sources.Source]). Every file below a folder is read, hidden ones and binary
// ones too, from several goroutines, each of which hands over what it reads itself.
// The order is arbitrary.
//
// # Paths
//
// Location.Path is the path relative to the working directory as the user typed it:
// the target "src" gives "src/a.go", "." gives "a.go", an absolute target gives
// absolute paths. Slashes are forward on every system. Standard input is "-".
//
// # What is read
//
// Symbolic links inside a folder are not followed: what they lead to within the
// target is read where it really is, and what is outside was not asked for. A link
// that is itself a target is followed. Devices, sockets and FIFOs inside a folder are
// not opened. A FIFO that is a target is read if it has a writer, so that
// "stanch scan <(command)" works. Folders named ".git" are not entered unless asked
// for. Each of these is noted as a [sources.Skip] that leaves the scan complete; what
// was asked for and cannot be read is one that does not.
//
// A file is read as it is found: what is appended while it is read may or may not be
// seen, and a file that is gone by the time it is opened is noted and no loss.
//
// # Encodings and large files
//
// UTF-16 and UTF-32 become UTF-8. Files of more than about 4 MiB come in overlapping
// pieces, in any order and from several goroutines at once, so memory is bounded by the number of goroutines. An empty file gives no
// document. What offsets and columns mean is told in the package internal/chunk:
// Document.Offset counts bytes of the file, or of its UTF-8 text if it was transcoded.
package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// Options say how to walk. The zero value reads everything but .git folders.
type Options struct {
	// Jobs is the number of goroutines that read; 0 means GOMAXPROCS.
	Jobs int

	// Include and Exclude are globs as github.com/bmatcuk/doublestar reads them, with
	// "**" for any number of folders. Where there are Include globs a file is read
	// only if it fits one; a file that fits an Exclude glob is not read.
	//
	// A glob without a slash is compared with the name of the file ("*.min.js"), any
	// other with its path, both as Location.Path has it and relative to the target.
	// A glob that fits a folder below the target holds for all in it; one that ends
	// in a slash fits folders alone. Folders that are targets are always entered.
	Include, Exclude []string

	// MaxFileSize is the size in bytes above which a file is skipped, and the scan
	// incomplete; 0 means no limit.
	MaxFileSize int64

	// ChunkSize is how many bytes a piece of a large file adds to the one before,
	// Overlap how many bytes of context it has on both sides. 0 means
	// [chunk.DefaultSize] and [chunk.DefaultOverlap]. A goroutine needs
	// ChunkSize + 2*Overlap bytes, twice that if it meets UTF-16.
	ChunkSize, Overlap int

	// GitDirs enters folders named ".git" too.
	GitDirs bool

	// Enter, if set, is asked before a folder below a target is read, with its path
	// as Location.Path would have it; on false nothing in it is read. It is called
	// from several goroutines, for a folder once and always before those in it.
	Enter func(dir string) bool

	// Want, if set, is asked before a file is read, in the same way: with the folder as
	// for Enter and the file's name. On false the file is not opened.
	Want func(dir, base string) bool

	// Expand, if set, gets the files that it knows, such as archives, instead of the sink.
	Expand sources.Expander
}

// Source reads folders and files. Make one with [New].
type Source struct {
	paths []string
	opts  Options
	globs globs
}

var _ sources.Source = (*Source)(nil)

// New makes a source of one or more folders and files. Paths that lead to the same
// place are read once, and a target within another one is read once too, under its
// own name. New touches no file; it returns an error that names the option or the
// path that makes no sense.
func New(paths []string, opts Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("nothing to scan: name a folder or a file")
	}
	for i, p := range paths {
		if p == "" {
			return nil, fmt.Errorf("target %d is an empty path: name a folder or a file, \".\" for this folder", i+1)
		}
	}
	if opts.Jobs < 0 {
		return nil, fmt.Errorf("jobs %d: must be 1 or more, or 0 for one a processor", opts.Jobs)
	}
	if opts.Jobs == 0 {
		opts.Jobs = runtime.GOMAXPROCS(0)
	}
	if opts.MaxFileSize < 0 {
		return nil, fmt.Errorf("largest file size %d: must be 1 or more, or 0 for no limit", opts.MaxFileSize)
	}
	if _, err := chunk.New(opts.ChunkSize, opts.Overlap); err != nil {
		return nil, err
	}
	g, err := newGlobs(opts.Include, opts.Exclude)
	if err != nil {
		return nil, err
	}
	return &Source{paths: paths, opts: opts, globs: g}, nil
}

// cause takes away the path that an error of the system names, since those who report
// it name the target or have it in the Skip.
func cause(err error) error {
	var p *fs.PathError
	for errors.As(err, &p) {
		err = p.Err
	}
	var s *os.SyscallError
	if errors.As(err, &s) {
		err = s.Err
	}
	return err
}

// reason says in a few words why something could not be read.
func reason(err error) string { return cause(err).Error() }

// Walk implements [sources.Source]. It returns an error before it reads anything if
// a target does not exist or cannot be looked up; the error names all of them.
func (s *Source) Walk(ctx context.Context, sink sources.Sink) error {
	targets, err := resolve(s.paths)
	if err != nil {
		return err
	}
	return walk(ctx, targets, &s.opts, &s.globs, sink)
}
