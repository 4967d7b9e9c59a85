package gitstore

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Ref is a name for an object.
type Ref struct {
	// Name is the full name: "refs/heads/main", "HEAD".
	Name string
	ID   ID
}

// maxSymbolic is how many symbolic refs may lead to each other, as in git.
const maxSymbolic = 5

// Refs lists the refs of the repository with what HEAD of it and of each of its worktrees
// is at. It is what is found by reading files: the error names those that could not be
// read or make no sense, and the list is good in any case.
func (s *Store) Refs() ([]Ref, error) {
	var c refCollector
	c.seen = map[string]bool{}
	for _, dir := range s.gitDirs() {
		c.folder(dir, "refs") // a worktree has refs of its own, such as refs/bisect
		for _, name := range []string{"HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD"} {
			c.pseudo(dir, name)
		}
	}
	c.packed(filepath.Join(s.CommonDir, "packed-refs"))
	return c.refs, errors.Join(c.errs...)
}

// gitDirs lists the git directories of the repository and of its worktrees.
func (s *Store) gitDirs() []string {
	dirs := []string{s.CommonDir}
	folder := filepath.Join(s.CommonDir, "worktrees")
	entries, _ := os.ReadDir(folder) // most repositories have none
	for _, e := range entries {
		dirs = append(dirs, filepath.Join(folder, e.Name()))
	}
	return dirs
}

// Head tells what HEAD is at: the name of a branch, empty if it is detached, and the
// commit, zero if the branch has none yet.
func (s *Store) Head() (branch string, id ID, err error) {
	text, err := readSmall(filepath.Join(s.GitDir, "HEAD"))
	if err != nil {
		return "", ID{}, err
	}
	text = strings.TrimSpace(text)
	name, symbolic := strings.CutPrefix(text, "ref:")
	if !symbolic {
		id, err := ParseID(text)
		return "", id, err
	}
	name = strings.TrimSpace(name)
	id, _ = s.Ref(name)
	return name, id, nil
}

// Ref looks up one ref by its full name, following symbolic ones. ok is false if there
// is none.
func (s *Store) Ref(name string) (id ID, ok bool) {
	for range maxSymbolic {
		if !safeRef(name) {
			return id, false
		}
		text, err := readSmall(filepath.Join(s.CommonDir, filepath.FromSlash(name)))
		if err != nil {
			return s.packedRef(name)
		}
		text = strings.TrimSpace(text)
		next, symbolic := strings.CutPrefix(text, "ref:")
		if !symbolic {
			id, err := ParseID(text)
			return id, err == nil
		}
		name = strings.TrimSpace(next)
	}
	return id, false
}

// packedRef looks up a ref in packed-refs.
func (s *Store) packedRef(name string) (ID, bool) {
	c := refCollector{seen: map[string]bool{}}
	c.packed(filepath.Join(s.CommonDir, "packed-refs"))
	for _, r := range c.refs {
		if r.Name == name {
			return r.ID, true
		}
	}
	return ID{}, false
}

// safeRef reports whether a name stays within the git directory.
func safeRef(name string) bool {
	return strings.HasPrefix(name, "refs/") && filepath.IsLocal(filepath.FromSlash(name))
}

// refCollector gathers refs; the first of a name counts.
type refCollector struct {
	refs []Ref
	seen map[string]bool
	errs []error
}

func (c *refCollector) add(name, id string) bool {
	parsed, err := ParseID(id)
	if err != nil {
		return false
	}
	if !c.seen[name] {
		c.seen[name] = true
		c.refs = append(c.refs, Ref{name, parsed})
	}
	return true
}

// folder reads the loose refs below a folder of a git directory.
func (c *refCollector) folder(gitDir, name string) {
	err := filepath.WalkDir(filepath.Join(gitDir, name), func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			c.errs = append(c.errs, err)
			return nil
		case e.IsDir() || strings.HasSuffix(path, ".lock"):
			return nil
		}
		text, err := readSmall(path)
		if err != nil {
			c.errs = append(c.errs, err)
			return nil
		}
		rel, err := filepath.Rel(gitDir, path)
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "ref:") { // what it leads to is listed, too
			return nil
		}
		if !c.add(filepath.ToSlash(rel), text) {
			c.errs = append(c.errs, fmt.Errorf("%s: no object id in it", path))
		}
		return nil
	})
	if err != nil {
		c.errs = append(c.errs, err)
	}
}

// pseudo reads a file such as HEAD or FETCH_HEAD: each line begins with an id.
func (c *refCollector) pseudo(dir, name string) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		id, _, _ := strings.Cut(strings.TrimSpace(lines.Text()), "\t")
		c.add(fmt.Sprintf("%s/%s#%d", filepath.ToSlash(dir), name, n), id)
	}
}

// packed reads the file packed-refs: "id name" a line, what a tag leads to below it
// behind "^".
func (c *refCollector) packed(name string) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || line[0] == '^' {
			continue
		}
		id, ref, _ := strings.Cut(line, " ")
		if !c.add(ref, id) {
			c.errs = append(c.errs, fmt.Errorf("%s:%d: no object id in it", name, n))
		}
	}
	if err := lines.Err(); err != nil {
		c.errs = append(c.errs, fmt.Errorf("%s: %w", name, err))
	}
}

// Reflogs lists the ids that the reflogs name, each once, in no particular order.
func (s *Store) Reflogs() ([]ID, error) {
	seen := map[ID]bool{{}: true}
	var ids []ID
	var errs []error
	read := func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			line := lines.Text()
			for range 2 { // the old and the new id
				word, rest, _ := strings.Cut(line, " ")
				if id, err := ParseID(word); err == nil && !seen[id] {
					seen[id] = true
					ids = append(ids, id)
				}
				line = rest
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	for _, dir := range s.gitDirs() {
		err := filepath.WalkDir(filepath.Join(dir, "logs"), func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				err = read(path)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
			return nil
		})
		if err != nil {
			errs = append(errs, err)
		}
	}
	return ids, errors.Join(errs...)
}

// Shallow lists the commits whose parents a shallow clone left out.
func (s *Store) Shallow() (map[ID]bool, error) {
	name := filepath.Join(s.CommonDir, "shallow")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids := map[ID]bool{}
	for line := range strings.Lines(string(text)) {
		id, err := ParseID(strings.TrimSpace(line))
		if err != nil {
			return ids, fmt.Errorf("%s: %w", name, err)
		}
		ids[id] = true
	}
	return ids, nil
}
