package workflow

import (
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Files lists the workflows of a target, sorted, as its files are named in reports: those of
// the repository whose root the target is, or the target itself if it is one. What cannot be
// looked up has none.
func Files(target string) []string {
	if IsWorkflow(filepath.ToSlash(target)) {
		return []string{path.Clean(filepath.ToSlash(target))}
	}
	var list []string
	for _, pattern := range []string{"*.yml", "*.yaml"} {
		entries, err := os.ReadDir(filepath.Join(target, ".github", "workflows"))
		if err != nil {
			return nil
		}
		for _, e := range entries {
			if ok, _ := filepath.Match(pattern, e.Name()); ok && e.Type().IsRegular() {
				list = append(list, path.Join(filepath.ToSlash(target), ".github/workflows", e.Name()))
			}
		}
	}
	slices.Sort(list)
	return list
}
