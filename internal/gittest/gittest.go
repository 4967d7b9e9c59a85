// Package gittest makes git repositories for tests, with the system's git. In goes a
// testing.TB, out come repositories in its temporary folder that know nothing of the
// user's configuration and whose commits have fixed authors and dates. Tests are skipped
// where there is no git.
package gittest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Repo is a repository. Dir is its work tree, or the bare repository itself.
type Repo struct {
	Dir  string
	t    testing.TB
	tick int
}

// New makes an empty repository with the branch main. flags go to git init.
func New(t testing.TB, flags ...string) *Repo {
	t.Helper()
	r := At(t, t.TempDir())
	r.Git(append([]string{"init", "-q", "-b", "main"}, flags...)...)
	return r
}

// At is the repository in a folder that exists.
func At(t testing.TB, dir string) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	return &Repo{Dir: dir, t: t}
}

// start is the date of the first commit; each has a minute more.
var start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Environ is the environment of git commands that minds no configuration but the
// repository's own.
func Environ(at time.Time) []string {
	date := at.Format(time.RFC3339)
	env := []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "HOME=" + os.DevNull, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@test.invalid", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=C Mitter", "GIT_COMMITTER_EMAIL=committer@test.invalid", "GIT_COMMITTER_DATE=" + date,
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "HOME=") && !strings.HasPrefix(v, "LC_ALL=") {
			env = append(env, v)
		}
	}
	return env
}

// Git runs git in the repository and returns what it prints, without the last newline.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return strings.TrimSuffix(string(r.Input(nil, args...)), "\n")
}

// Input runs git with the given standard input and returns what it prints.
func (r *Repo) Input(in []byte, args ...string) []byte {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir, cmd.Stdin = r.Dir, bytes.NewReader(in)
	cmd.Env = Environ(start.Add(time.Duration(r.tick) * time.Minute))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.Bytes()
}

// Write writes a file of the work tree, with the folders above it.
func (r *Repo) Write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

// Remove removes a file of the work tree.
func (r *Repo) Remove(name string) {
	r.t.Helper()
	if err := os.Remove(filepath.Join(r.Dir, filepath.FromSlash(name))); err != nil {
		r.t.Fatal(err)
	}
}

// Commit commits all of the work tree and returns the id of the commit.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.tick++
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "-m", message)
	return r.Git("rev-parse", "HEAD")
}

// GitDir is the git directory.
func (r *Repo) GitDir() string {
	dir := filepath.Join(r.Dir, ".git")
	if _, err := os.Stat(dir); err != nil {
		return r.Dir
	}
	return dir
}

// Object is an object as git prints it.
type Object struct {
	Type string
	Data []byte
}

// Objects lists all objects of the repository by id.
func (r *Repo) Objects() map[string]Object {
	r.t.Helper()
	out := r.Input(nil, "cat-file", "--batch-all-objects", "--batch")
	objects := map[string]Object{}
	for len(out) > 0 {
		var id, typ string
		var size int
		end := bytes.IndexByte(out, '\n')
		if _, err := fmt.Sscanf(string(out[:end]), "%s %s %d", &id, &typ, &size); err != nil {
			r.t.Fatalf("git cat-file printed %q: %v", out[:end], err)
		}
		objects[id] = Object{typ, out[end+1 : end+1+size]}
		out = out[end+1+size+1:]
	}
	return objects
}

// Snapshot is a commit to [Repo.Import]: all files, by name, and the parents as numbers
// of snapshots before it; nil parents mean the one before.
type Snapshot struct {
	Message string
	Files   map[string]string
	Parents []int
}

// Import makes many commits at once, on the branch main, and sets the work tree to the
// last one if there is one. It returns the ids of the commits.
func (r *Repo) Import(snapshots []Snapshot) []string {
	r.t.Helper()
	var in bytes.Buffer
	for i, s := range snapshots {
		r.tick++
		when := start.Add(time.Duration(r.tick) * time.Minute).Unix()
		fmt.Fprintf(&in, "commit refs/heads/import\nmark :%d\n", i+1)
		fmt.Fprintf(&in, "author A U Thor <author@test.invalid> %d +0000\n", when)
		fmt.Fprintf(&in, "committer C Mitter <committer@test.invalid> %d +0000\n", when)
		fmt.Fprintf(&in, "data %d\n%s\n", len(s.Message), s.Message)
		parents := s.Parents
		if parents == nil && i > 0 {
			parents = []int{i - 1}
		}
		if len(parents) == 0 && i > 0 {
			fmt.Fprintf(&in, "from %s\n", strings.Repeat("0", 40))
		}
		for n, p := range parents {
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge"}[min(n, 1)], p+1)
		}
		in.WriteString("deleteall\n")
		for _, name := range slices.Sorted(maps.Keys(s.Files)) {
			fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", name, len(s.Files[name]), s.Files[name])
		}
	}
	marks := filepath.Join(r.t.TempDir(), "marks")
	r.Input(in.Bytes(), "fast-import", "--quiet", "--force", "--export-marks="+marks)
	text, err := os.ReadFile(marks)
	if err != nil {
		r.t.Fatal(err)
	}
	ids := make([]string, len(snapshots))
	for line := range strings.Lines(string(text)) {
		var n int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &n, &id); err != nil {
			r.t.Fatal(err)
		}
		ids[n-1] = id
	}
	r.Git("update-ref", "refs/heads/main", "refs/heads/import")
	r.Git("update-ref", "-d", "refs/heads/import")
	if r.GitDir() != r.Dir {
		r.Git("reset", "-q", "--hard")
	}
	return ids
}
