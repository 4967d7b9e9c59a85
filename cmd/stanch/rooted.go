package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// rooted returns what makes of a path in a report the one that counts from the root of the repository of its target;
// see [reporters.Run]. It is nil if no target stands in a repository. The path of a file in a submodule counts from the
// repository that has the submodule, as long as that is the target.
func rooted(targets []string) func(path string) string {
	var roots []string
	for _, t := range targets {
		if root := repositoryOf(t); root != "" && !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	if len(roots) == 0 {
		return nil
	}
	return func(path string) string {
		if path == "" || path == "-" || strings.Contains(path, "://") {
			return path
		}
		abs, err := filepath.Abs(filepath.FromSlash(path))
		if err != nil {
			return path
		}
		for _, root := range roots {
			if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
				return filepath.ToSlash(rel)
			}
		}
		return path
	}
}

// repositoryOf is the root of the repository that a target stands in, as an absolute path; empty if there is none.
func repositoryOf(target string) string {
	if target == "-" || strings.Contains(target, "://") {
		return ""
	}
	dir, err := filepath.Abs(target)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
