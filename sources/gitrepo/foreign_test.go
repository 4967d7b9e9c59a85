package gitrepo

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

// TestPartialClone scans clones that lack a part of the objects: what is there is scanned, what
// is not is counted, and nothing is fetched.
func TestPartialClone(t *testing.T) {
	r := gittest.New(t)
	r.Git("config", "uploadpack.allowFilter", "true")
	r.Write("a/old.txt", secret(t, 1))
	r.Commit("a file")
	r.Remove("a/old.txt")
	r.Write("b/new.txt", secret(t, 2))
	said := r.Commit("another\n\n" + secret(t, 3))
	first := r.Git("rev-parse", "HEAD~1")

	for _, test := range []struct {
		name    string
		clone   []string
		missing string // "" for none
		want    []string
	}{
		{"no blobs", []string{"--filter=blob:none", "--no-checkout"}, "2 objects", []string{".git/commit/" + said + ":6 " + short(said)}},
		{"the blobs of the tip", []string{"--filter=blob:none"}, "1 object",
			[]string{"b/new.txt:1 " + short(said), ".git/commit/" + said + ":6 " + short(said)}},
		{"no trees", []string{"--filter=tree:0", "--no-checkout"}, "2 objects", []string{".git/commit/" + said + ":6 " + short(said)}},
		{"all, though a part was asked for", []string{"--filter=blob:limit=1m"}, "", []string{
			"a/old.txt:1 " + short(first), "b/new.txt:1 " + short(said), ".git/commit/" + said + ":6 " + short(said),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			clone := gittest.At(t, t.TempDir())
			clone.Git(append(append([]string{"clone", "-q"}, test.clone...), "file://"+filepath.ToSlash(r.Dir), ".")...)
			clone.Git("config", "user.name", "test") // a line behind that of the promisor
			before := clone.Git("count-objects", "-v")
			s := walkRepo(t, clone.Dir, Options{NoWorkTree: true})
			if after := clone.Git("count-objects", "-v"); after != before {
				t.Errorf("the scan fetched objects: there were\n%s\nthen\n%s", before, after)
			}
			wantPlaces(t, at(t, s, clone), test.want...)
			if len(s.notes) == 0 || !strings.Contains(s.notes[0], "partial clone") || !strings.Contains(s.notes[0], "through git") {
				t.Errorf("notes: %q", s.notes)
			}
			switch lost := s.incomplete(); {
			case test.missing == "" && len(lost) > 0:
				t.Errorf("incomplete: %q", lost)
			case test.missing != "" && (len(lost) == 0 || !strings.Contains(lost[0], ": "+test.missing+" that the history needs")):
				t.Errorf("%q were lost, want %s", lost, test.missing)
			}
		})
	}
}

// TestReftable scans a repository whose refs are kept in tables, as git of version 2.45 and
// later can; with an older git the error tells what git says.
func TestReftable(t *testing.T) {
	r := gittest.New(t)
	cmd := exec.Command("git", "init", "-q", "-b", "main", "--ref-format=reftable", t.TempDir())
	if err := cmd.Run(); err != nil {
		r.Git("config", "core.repositoryFormatVersion", "1")
		r.Git("config", "extensions.refStorage", "reftable")
		src, err := New(r.Dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "refstorage") {
			t.Errorf("with a git that knows no reftables: %v", err)
		}
		t.Skip("this git makes no reftables: their refs were not read, only the error was looked at")
	}
	r = gittest.New(t, "--ref-format=reftable")
	r.Write("a/b.txt", "one\n"+secret(t, 1))
	one := r.Commit("a file")
	r.Git("checkout", "-q", "-b", "side")
	r.Write("side.txt", secret(t, 2))
	two := r.Commit("aside")
	r.Git("checkout", "-q", "main")
	r.Write("lost.txt", secret(t, 3))
	three := r.Commit("for the reflog")
	r.Git("reset", "-q", "--hard", "HEAD~1")
	s := walkRepo(t, r.Dir, Options{NoWorkTree: true})
	wantPlaces(t, at(t, s, r), "a/b.txt:2 "+short(one), "side.txt:1 "+short(two), "lost.txt:1 "+short(three))
	if len(s.notes) != 1 || !strings.Contains(s.notes[0], "reftable") || len(s.incomplete()) > 0 {
		t.Errorf("notes %q, incomplete %q", s.notes, s.incomplete())
	}
}
