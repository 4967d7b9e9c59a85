package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/files"
)

// workTree is what index and work tree have.
type workTree struct {
	entries []indexEntry
	changed []string // files that differ from the index, or that git does not know or ignore
	modules []string // paths of submodules
}

type indexEntry struct {
	id   oid
	path string
}

// submodule is the mode of an entry that is a repository of its own.
const submodule = "160000"

// readWorkTree lists what the index has and what of the work tree is not in it. It is nil
// without a work tree. What git has to say against it is noted.
func (w *walk) readWorkTree(ctx context.Context) (*workTree, error) {
	if w.workTree == "" || w.opts.NoWorkTree {
		return nil, nil
	}
	tree, err := w.listWorkTree(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		w.lost(detector.Location{Path: w.prefix}, "index and work tree: "+err.Error())
		return nil, nil
	}
	return tree, nil
}

func (w *walk) listWorkTree(ctx context.Context) (*workTree, error) {
	out, err := w.git(ctx, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, err
	}
	t := new(workTree)
	for line := range bytes.SplitSeq(out, []byte{0}) {
		info, path, ok := strings.Cut(string(line), "\t")
		fields := strings.Fields(info)
		if !ok || len(fields) < 3 {
			continue
		}
		id, err := parseOID(fields[1])
		if err != nil {
			return nil, fmt.Errorf("git ls-files: %w", err)
		}
		if fields[0] == submodule {
			t.modules = append(t.modules, path)
		} else {
			t.entries = append(t.entries, indexEntry{id, path})
		}
	}
	out, err = w.git(ctx, "ls-files", "--modified", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for line := range bytes.SplitSeq(out, []byte{0}) {
		path := string(line)
		if path == "" || seen[path] {
			continue
		}
		seen[path] = true
		if strings.HasSuffix(path, "/") { // its files are none of this repository's
			w.sink.Skip(sources.Skip{Location: detector.Location{Path: w.prefix + path}, Reason: "git repository, scanned if it is a target"})
			continue
		}
		info, err := os.Lstat(filepath.Join(w.workTree, filepath.FromSlash(path)))
		if err == nil && info.Mode().IsRegular() { // else it was removed, or is a link or a submodule
			t.changed = append(t.changed, path)
		}
	}
	return t, nil
}

// handFiles hands the files over that git does not have.
func (w *walk) handFiles(ctx context.Context, t *workTree) error {
	if t == nil || len(t.changed) == 0 {
		return nil
	}
	paths := make([]string, len(t.changed))
	for i, p := range t.changed {
		paths[i] = filepath.Join(w.workTree, filepath.FromSlash(p))
	}
	opts := w.opts.Files
	opts.Jobs = w.opts.Jobs
	source, err := files.New(paths, opts)
	if err != nil {
		return err
	}
	return source.Walk(ctx, w.sink)
}

// walkModules scans the submodules that are there, each as the repository that it is.
func (w *walk) walkModules(ctx context.Context, t *workTree) error {
	if t == nil {
		return nil
	}
	for _, path := range t.modules {
		at := detector.Location{Path: w.prefix + path}
		s, err := New(filepath.Join(w.workTree, filepath.FromSlash(path)), w.opts)
		if errors.Is(err, gitstore.ErrNoRepository) {
			w.sink.Skip(sources.Skip{Location: at, Reason: "submodule that is not here: \"git submodule update --init\" brings it"})
			continue
		}
		if err != nil {
			w.lost(at, "submodule: "+err.Error())
			continue
		}
		s.above = append(slices.Clone(w.above), w.gitDir)
		if slices.Contains(s.above, s.gitDir) {
			continue // made up: a repository within itself
		}
		if err := s.Walk(ctx, w.sink); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			w.lost(at, "submodule: "+err.Error())
		}
	}
	return nil
}
