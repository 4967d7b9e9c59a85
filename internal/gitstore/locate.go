package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoRepository says that a folder is no git repository.
var ErrNoRepository = errors.New("not a git repository")

// maxGitFile bounds what is read of a file that only names a folder.
const maxGitFile = 64 << 10

// Locate finds the git directory of a folder, which is a work tree, the git directory
// itself or a bare repository. workTree is empty where there is none. Folders above are
// not looked at. The error is [ErrNoRepository], or says what is wrong with a .git file.
func Locate(folder string) (gitDir, workTree string, err error) {
	dot := filepath.Join(folder, ".git")
	info, err := os.Stat(dot)
	switch {
	case err == nil && info.IsDir():
		if isGitDir(dot) {
			return dot, folder, nil
		}
	case err == nil && info.Mode().IsRegular():
		gitDir, err := follow(dot)
		if err != nil {
			return "", "", err
		}
		return gitDir, folder, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", "", err
	}
	if !isGitDir(folder) {
		return "", "", ErrNoRepository
	}
	if filepath.Base(filepath.Clean(folder)) == ".git" {
		return folder, filepath.Dir(filepath.Clean(folder)), nil
	}
	return folder, "", nil
}

// follow reads a .git file, which names the git directory of a worktree or submodule
// (gitrepository-layout(5)).
func follow(name string) (string, error) {
	text, err := readSmall(name)
	if err != nil {
		return "", err
	}
	dir, ok := strings.CutPrefix(text, "gitdir:")
	if !ok {
		return "", fmt.Errorf("%s: want \"gitdir: FOLDER\" in it", name)
	}
	if dir = strings.TrimSpace(dir); !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(name), filepath.FromSlash(dir))
	}
	if !isGitDir(dir) {
		return "", fmt.Errorf("%s leads to %s, which is no git repository", name, dir)
	}
	return dir, nil
}

// isGitDir asks for what git itself asks for: HEAD, objects and refs, the latter two
// perhaps in the repository that a worktree belongs to.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	common := CommonDir(dir)
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(common, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// CommonDir is the directory that the worktrees of a repository share.
func CommonDir(gitDir string) string {
	text, err := readSmall(filepath.Join(gitDir, "commondir"))
	if err != nil {
		return gitDir
	}
	dir := filepath.FromSlash(strings.TrimSpace(text))
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(gitDir, dir)
}

// readSmall reads a file of a line or two.
func readSmall(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxGitFile {
		return "", fmt.Errorf("%s: not a file of a line or two", name)
	}
	b, err := os.ReadFile(name)
	return string(b), err
}
