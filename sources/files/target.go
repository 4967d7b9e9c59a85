package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// target is one path that the user named.
type target struct {
	open string // the path as it was typed, to open it with
	show string // the path to show; for a folder what stands before those in it: "src/", "" for "."
	mode fs.FileMode

	// nested holds what is a target of its own below this folder, by its path
	// relative to it, with forward slashes.
	nested map[string]bool

	// base is the opened folder, kept open while refs, the number of folders and
	// batches of files below it that wait or are worked at, is not zero.
	base base
	refs atomic.Int64
}

// resolve looks the paths up and drops what leads to the same place as another.
func resolve(paths []string) ([]*target, error) {
	var targets []*target
	var errs []error
	folders := 0
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot scan %s: %w", p, cause(err)))
			continue
		}
		t := &target{open: p, show: filepath.ToSlash(filepath.Clean(p)), mode: info.Mode()}
		if info.IsDir() {
			folders++
			if t.show == "." {
				t.show = ""
			} else if !strings.HasSuffix(t.show, "/") {
				t.show += "/"
			}
		}
		targets = append(targets, t)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(targets) == 1 {
		return targets, nil
	}
	return untangle(targets, folders > 0), nil
}

// untangle drops targets that occur twice, and notes in each folder which targets
// are below it. Without folders it compares the paths shown and no more, which
// spares a look-up for each of thousands of files that a hook may pass.
func untangle(targets []*target, folders bool) []*target {
	real := make([]string, 0, len(targets))
	byPath := make(map[string]*target, len(targets))
	kept := targets[:0]
	for _, t := range targets {
		path := t.show
		if folders {
			path = realPath(t.open)
		}
		if byPath[path] == nil {
			byPath[path] = t
			kept = append(kept, t)
			real = append(real, path)
		}
	}
	if !folders {
		return kept
	}
	for _, path := range real {
		for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
			if above := byPath[dir]; above != nil && dir != path {
				rel := strings.TrimLeft(path[len(dir):], string(filepath.Separator))
				if above.nested == nil {
					above.nested = make(map[string]bool)
				}
				above.nested[filepath.ToSlash(rel)] = true
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return kept
}

// realPath is the absolute path without symbolic links. Where there is none, as for
// the pipe behind /dev/fd/63, it is the path itself.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if p, err := filepath.EvalSymlinks(path); err == nil {
		path = p
	}
	return path
}
