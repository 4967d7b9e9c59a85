package files

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// globs decide by path which files are read.
type globs struct{ include, exclude []glob }

// glob is one pattern.
type glob struct {
	pattern string
	name    bool // compared with the last element alone
	folder  bool // fits folders alone
}

func newGlobs(include, exclude []string) (globs, error) {
	var g globs
	var err error
	if g.include, err = parseGlobs("include", include); err != nil {
		return g, err
	}
	g.exclude, err = parseGlobs("exclude", exclude)
	return g, err
}

func parseGlobs(option string, patterns []string) ([]glob, error) {
	var list []glob
	for _, p := range patterns {
		g := glob{pattern: strings.TrimPrefix(p, "./")}
		if trimmed := strings.TrimSuffix(g.pattern, "/"); trimmed != g.pattern {
			g.pattern, g.folder = trimmed, true
		}
		if g.pattern == "" {
			return nil, fmt.Errorf("%s glob %q is empty: \"**\" fits everything", option, p)
		}
		if !doublestar.ValidatePattern(g.pattern) {
			return nil, fmt.Errorf("%s glob %q: brackets, braces or backslashes do not pair up", option, p)
		}
		g.name = !strings.Contains(g.pattern, "/")
		list = append(list, g)
	}
	return list, nil
}

// fits reports whether a glob of list fits path, as it is or behind its first
// prefix bytes, which are the target's.
func fits(list []glob, path string, prefix int, isFolder bool) bool {
	for _, g := range list {
		switch {
		case g.folder && !isFolder:
		case g.name:
			if doublestar.MatchUnvalidated(g.pattern, path[strings.LastIndexByte(path, '/')+1:]) {
				return true
			}
		case doublestar.MatchUnvalidated(g.pattern, path):
			return true
		case prefix > 0 && doublestar.MatchUnvalidated(g.pattern, path[prefix:]):
			return true
		}
	}
	return false
}

// file reports whether a file is read that lies in a folder which is. included says
// that an include glob fits a folder above it.
func (g *globs) file(path string, prefix int, included bool) bool {
	if len(g.include) > 0 && !included && !fits(g.include, path, prefix, false) {
		return false
	}
	return !fits(g.exclude, path, prefix, false)
}

// target reports whether a file is read that is itself a target: the folders in its
// path count as far as the user typed them in a relative path.
func (g *globs) target(path string) bool {
	included := false
	if !strings.HasPrefix(path, "/") {
		for i := range len(path) {
			if path[i] != '/' {
				continue
			}
			if fits(g.exclude, path[:i], 0, true) {
				return false
			}
			included = included || fits(g.include, path[:i], 0, true)
		}
	}
	return g.file(path, 0, included)
}

// any reports whether there are globs at all.
func (g *globs) any() bool { return len(g.include)+len(g.exclude) > 0 }
