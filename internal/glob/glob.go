// Package glob decides whether a path fits a pattern, in one way for everything that
// is configured by patterns.
//
// A pattern is written as for github.com/bmatcuk/doublestar: "*" is any text without
// a slash, "**" any number of folders, "?" one character, "[a-z]" one of a class,
// "{a,b}" either. Paths and patterns have forward slashes on every system and are
// relative to a base folder.
//
//   - A pattern without a slash is compared with the last element of the path:
//     "*.min.js", "vendor".
//   - Any other is compared with the whole path. A leading "/" or "./" is allowed and
//     does just that: "/vendor" is the folder at the base alone.
//   - A trailing slash makes it fit folders only: "build/".
//   - A pattern that fits a folder fits all that is in it.
package glob

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Pattern is one glob. Make it with [Parse]; the zero Pattern fits nothing.
type Pattern struct {
	text    string
	pattern string
	name    bool // compared with the last element alone
	folder  bool // fits folders alone
}

// Parse reads a pattern. The error tells what is wrong without repeating the pattern.
func Parse(text string) (Pattern, error) {
	p := Pattern{text: text}
	s, dotted := strings.CutPrefix(text, "./")
	s, rooted := strings.CutPrefix(s, "/")
	s, p.folder = strings.CutSuffix(s, "/")
	p.pattern, p.name = s, !rooted && !dotted && !strings.Contains(s, "/")
	switch {
	case strings.HasPrefix(text, "!"):
		return Pattern{}, errors.New(`"!" does not take back what another glob says`)
	case s == "":
		return Pattern{}, errors.New(`it is empty: "**" fits everything`)
	case s == ".." || strings.HasPrefix(s, "../") || strings.HasSuffix(s, "/..") || strings.Contains(s, "/../"):
		return Pattern{}, errors.New(`".." leads out of the folder that the glob starts from`)
	case !doublestar.ValidatePattern(s):
		return Pattern{}, errNoPair
	case alternatives(s) > maxAlternatives:
		return Pattern{}, errTooMany
	}
	return p, nil
}

// maxAlternatives is how many texts the braces of one pattern may spell out. Matching
// tries them all, and a pattern can come with a repository that nobody trusts.
const maxAlternatives = 1000

var (
	errNoPair  = errors.New("its brackets, braces or backslashes do not pair up")
	errTooMany = fmt.Errorf("its braces spell out more than %d texts: write several globs", maxAlternatives)
)

// alternatives returns how many texts the braces of a valid pattern spell out, or more
// where braces are nested; it counts no further than beyond the maximum.
func alternatives(pattern string) int {
	all := 1
	var open []int // alternatives of each open brace so far
	for i := 0; i < len(pattern) && all <= maxAlternatives; i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '{':
			open = append(open, 1)
		case c == ',' && len(open) > 0:
			open[len(open)-1]++
		case c == '}' && len(open) > 0:
			all *= open[len(open)-1]
			open = open[:len(open)-1]
		}
	}
	return all
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Fits reports whether the pattern fits path itself, which is a folder or a file.
// Whether it fits a folder above is not looked at; see [Pattern.Covers].
func (p Pattern) Fits(path string, folder bool) bool {
	if p.pattern == "" || p.folder && !folder {
		return false
	}
	if p.name {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	return doublestar.MatchUnvalidated(p.pattern, path)
}

// Covers reports whether the pattern fits the file at path or a folder above it.
func (p Pattern) Covers(path string) bool {
	for i := range len(path) {
		if path[i] == '/' && p.Fits(path[:i], true) {
			return true
		}
	}
	return p.Fits(path, false)
}

// List is several patterns of which one is enough.
type List []Pattern

// Covers reports whether a pattern fits the file at path or a folder above it.
func (l List) Covers(path string) bool {
	for _, p := range l {
		if p.Covers(path) {
			return true
		}
	}
	return false
}

// Name is a glob over names that are no paths, such as the ids of rules: "*", "?",
// "[a-z]" and "{a,b}" as in a [Pattern]. The zero Name fits nothing.
type Name struct{ text string }

// ParseName reads a glob over names.
func ParseName(text string) (Name, error) {
	switch {
	case text == "":
		return Name{}, errors.New(`it is empty: "*" fits every name`)
	case strings.Contains(text, "/"):
		return Name{}, errors.New("no name has a slash")
	case !doublestar.ValidatePattern(text):
		return Name{}, errNoPair
	case alternatives(text) > maxAlternatives:
		return Name{}, errTooMany
	}
	return Name{text: text}, nil
}

// ParseNames reads several globs over names. The error names the wrong one.
func ParseNames(texts []string) ([]Name, error) {
	var list []Name
	for _, text := range texts {
		n, err := ParseName(text)
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w", text, err)
		}
		list = append(list, n)
	}
	return list, nil
}

// String returns the glob as it was written.
func (n Name) String() string { return n.text }

// Fits reports whether the glob fits name.
func (n Name) Fits(name string) bool {
	return n.text != "" && doublestar.MatchUnvalidated(n.text, name)
}
