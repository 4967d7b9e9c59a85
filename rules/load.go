package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Load reads rule files: each path is a file or a folder, of which every *.toml
// below it is read. It returns the rules of all in order of their files' names, or
// [Problems], or the error of reading a file. No path, or folders without rules,
// give no rules and no error.
func Load(paths ...string) ([]*Rule, error) {
	var all []*Rule
	var problems Problems
	for _, path := range paths {
		files, err := ruleFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("reading rules: %w", err)
			}
			set, err := Parse(filepath.ToSlash(file), data)
			if err != nil && !errors.As(err, new(Problems)) {
				return nil, err
			}
			var ps Problems
			if errors.As(err, &ps) {
				problems = append(problems, ps...)
			}
			all = append(all, set...)
		}
	}
	problems = append(problems, duplicates(all)...)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return all, nil
}

// ruleFiles lists the rule files of a path, sorted.
func ruleFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.HasSuffix(p, ".toml") {
			files = append(files, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	slices.Sort(files)
	return files, nil
}

// duplicates finds rules with the same id.
func duplicates(set []*Rule) Problems {
	var ps Problems
	first := make(map[string]*Rule)
	for _, r := range set {
		if other, dup := first[r.ID]; dup {
			ps = append(ps, Problem{
				Position: r.Position, Rule: r.ID, Message: "a rule of that id is at " + other.Position.String(), Hint: "ids are unique",
			})
			continue
		}
		first[r.ID] = r
	}
	return ps
}
