package gitrepo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

// branches makes a repository in which a branch leaves main, adds and removes a
// credential, adds another one, and merges a side branch and main.
//
//	0 - 1 - 2 ------- 7     main
//	     \             \
//	      3 - 4 - 5 --- 8 - 9   topic
//	           \       /
//	            6 -----
func branches(t *testing.T) (r *gittest.Repo, ids []string) {
	r = gittest.New(t)
	old := "old\n" + secret(t, 1)
	base := map[string]string{"old.txt": old, "move.txt": secret(t, 2)}
	with := func(files map[string]string, more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range files {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			if out[more[i]] = more[i+1]; more[i+1] == "" {
				delete(out, more[i])
			}
		}
		return out
	}
	s := make([]gittest.Snapshot, 10)
	s[0] = gittest.Snapshot{Files: base}
	s[1] = gittest.Snapshot{Files: with(base, "plain", "1\n")}
	s[2] = gittest.Snapshot{Files: with(s[1].Files, "main.txt", secret(t, 3))}
	s[3] = gittest.Snapshot{Files: with(s[1].Files, "fleeting.txt", secret(t, 4)), Parents: []int{1}}
	s[4] = gittest.Snapshot{Files: with(s[1].Files, "old.txt", "changed\n"+old)}
	s[5] = gittest.Snapshot{Files: with(s[4].Files, "move.txt", "", "moved.txt", secret(t, 2)+"and more\n")}
	s[6] = gittest.Snapshot{Files: with(s[4].Files, "side.txt", secret(t, 5)), Parents: []int{4}}
	s[7] = gittest.Snapshot{Files: with(s[2].Files, "main2.txt", secret(t, 6)), Parents: []int{2}}
	merged := with(s[5].Files, "side.txt", secret(t, 5), "main.txt", secret(t, 3), "main2.txt", secret(t, 6))
	s[8] = gittest.Snapshot{Files: with(merged, "merge.txt", secret(t, 7)), Parents: []int{5, 6, 7}}
	s[9] = gittest.Snapshot{Files: with(merged, "plain", "9\n", "old.txt", "changed\n"+old+secret(t, 8)), Message: secret(t, 9)}
	for i := range s {
		if s[i].Message == "" {
			s[i].Message = "a commit"
		}
	}
	ids = r.Import(s)
	r.Git("update-ref", "refs/heads/topic", ids[9])
	r.Git("update-ref", "refs/heads/main", ids[7])
	r.Git("reset", "-q", "--hard")
	return r, ids
}

func TestRange(t *testing.T) {
	r, ids := branches(t)
	sighted := map[string]string{
		"fleeting": "fleeting.txt:1 " + short(ids[3]), "side": "side.txt:1 " + short(ids[6]), "merge": "merge.txt:1 " + short(ids[8]),
		"own": "old.txt:4 " + short(ids[9]), "message": ".git/commit/" + ids[9] + " " + short(ids[9]), "main": "main.txt:1 " + short(ids[2]),
		"main2": "main2.txt:1 " + short(ids[7]),
	}
	for revisions, want := range map[string]string{
		"main..topic":                "fleeting side merge own message",
		"main...topic":               "fleeting side merge own message",
		"topic..main":                "",
		ids[2] + ".." + ids[7]:       "main2",
		ids[1] + ".." + ids[3]:       "fleeting",
		ids[1] + ".." + ids[4]:       "fleeting",
		ids[3] + ".." + ids[5]:       "",
		ids[8] + ".." + ids[9]:       "own message",
		ids[5] + ".." + ids[8]:       "side merge main main2",
		ids[2] + "..." + ids[6]:      "fleeting side",
		"main~1..":                   "main2",
		ids[1] + "..refs/heads/main": "main main2",
	} {
		t.Run(revisions, func(t *testing.T) {
			s := walkRepo(t, r.Dir, Options{Range: Range{Revisions: revisions}})
			var all []string
			for _, name := range strings.Fields(want) {
				all = append(all, sighted[name])
			}
			wantPlaces(t, withoutLines(at(t, s, r)), withoutLines(all)...)
			if len(s.incomplete()) > 0 {
				t.Errorf("incomplete: %v", s.incomplete())
			}
		})
	}
}

// TestRangeInTip sees that what is still there at the end of the range is told from what
// is not.
func TestRangeInTip(t *testing.T) {
	r, _ := branches(t)
	for _, f := range walkRepo(t, r.Dir, Options{Range: Range{Revisions: "main..topic"}}).findings {
		l := f.Places[0].Location
		gone := strings.HasSuffix(l.Path, "fleeting.txt") || strings.HasSuffix(l.Path, "merge.txt") || strings.Contains(l.Path, ".git/")
		if l.History.InTip == gone {
			t.Errorf("%s is in the tip: %v", l.Path, l.History.InTip)
		}
	}
}

// TestRangeNotes has the special cases that CI systems come with.
func TestRangeNotes(t *testing.T) {
	r, ids := branches(t)
	zeros := strings.Repeat("0", 40)
	unknown := strings.Repeat("1234", 10)
	r.Git("update-ref", "refs/remotes/origin/topic", ids[9])
	r.Git("update-ref", "refs/remotes/origin/other", ids[2])
	root := r.Git("commit-tree", "-m", "another root", ids[0]+"^{tree}")
	for name, test := range map[string]struct {
		revisions, note string
		findings        int
	}{
		"new branch":          {zeros + "..topic", "no other branch of refs/remotes", 6},
		"removed branch":      {"main.." + zeros, "was removed", 0},
		"same":                {"main..main", "same commit", 0},
		"empty":               {"topic.." + ids[4], "forced push", 0},
		"unknown begin":       {unknown + "..topic", "not in the repository", 6},
		"rewritten":           {ids[6] + "..main", "forced push", 2},
		"nothing in common":   {root + "...main", "no commit in common", 2},
		"new, default branch": {zeros + "..topic", "default branch", 5},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "new, default branch" {
				r.Git("update-ref", "refs/remotes/origin/main", ids[7])
				defer r.Git("update-ref", "-d", "refs/remotes/origin/main")
			}
			s := walkRepo(t, r.Dir, Options{Range: Range{Revisions: test.revisions}})
			if len(s.findings) != test.findings || !strings.Contains(strings.Join(s.notes, "\n"), test.note) {
				t.Errorf("%d findings, want %d, and notes %q, want one of %q\n%v", len(s.findings), test.findings, s.notes, test.note, at(t, s, r))
			}
		})
	}
	src, err := New(r.Dir, Options{Range: Range{Revisions: "main..nowhere"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("an end that is not there: %v", err)
	}
}

func TestSinceAndBranch(t *testing.T) {
	r, ids := branches(t)
	// Commits are a minute apart from 2020-01-01T00:01.
	s := walkRepo(t, r.Dir, Options{Range: Range{Since: "2020-01-01T00:08:00Z", Branch: "main"}})
	wantPlaces(t, at(t, s, r), "main2.txt:1 "+short(ids[7]))
	s = walkRepo(t, r.Dir, Options{Range: Range{Branch: "main~1"}})
	wantPlaces(t, at(t, s, r), "main.txt:1 "+short(ids[2]), "move.txt:1 "+short(ids[0]), "old.txt:2 "+short(ids[0]))
	src, err := New(r.Dir, Options{Range: Range{Branch: "nowhere"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a branch that is not there: %v", err)
	}
}

func TestStaged(t *testing.T) {
	r := gittest.New(t)
	r.Write("first.txt", secret(t, 1))
	r.Git("add", "-A")
	s := walkRepo(t, r.Dir, Options{Range: Range{Staged: true}})
	wantPlaces(t, at(t, s, r), "first.txt:1")
	r.Commit("first")
	r.Write("first.txt", "more\n"+secret(t, 1))
	r.Write("second.txt", "x\n"+secret(t, 2))
	r.Git("add", "-A")
	r.Write("second.txt", "not staged "+secret(t, 3))
	r.Write("third.txt", secret(t, 4))
	s = walkRepo(t, r.Dir, Options{Range: Range{Staged: true}})
	wantPlaces(t, at(t, s, r), "second.txt:2")
	if !s.findings[0].Places[0].Location.History.InWorkTree {
		t.Error("what is staged is not in the index")
	}
}

// TestShallow scans a clone that is cut off.
func TestShallow(t *testing.T) {
	r, ids := branches(t)
	clone := gittest.At(t, t.TempDir())
	clone.Git("clone", "-q", "--depth=1", "--branch=topic", "file://"+r.Dir, ".")
	s := walkRepo(t, clone.Dir, Options{NoWorkTree: true})
	if len(s.findings) == 0 || !strings.Contains(strings.Join(s.notes, "\n"), "shallow") {
		t.Errorf("%d findings, notes %q", len(s.findings), s.notes)
	}
	if len(s.incomplete()) > 0 {
		t.Errorf("incomplete: %v", s.incomplete())
	}
	s = walkRepo(t, clone.Dir, Options{Range: Range{Revisions: ids[1] + ".." + ids[9]}})
	if !strings.Contains(strings.Join(s.notes, "\n"), "fetch-depth: 0") || len(s.incomplete()) == 0 {
		t.Errorf("a range that is cut off: notes %q, incomplete %v", s.notes, s.incomplete())
	}
}

// TestPreReceive scans what a server has received and not let in yet.
func TestPreReceive(t *testing.T) {
	server := gittest.New(t, "--bare")
	r := gittest.New(t)
	r.Write("a.txt", secret(t, 1))
	r.Commit("a")
	r.Git("push", "-q", server.Dir, "main")
	r.Write("b.txt", secret(t, 2))
	id := r.Commit("b")
	// As receive-pack does it: objects in a folder of their own below the objects.
	quarantine := filepath.Join(server.Dir, "objects", "tmp_objdir-incoming-x")
	pack := r.Input([]byte(id+"\n^"+id+"~1\n"), "pack-objects", "-q", "--revs", "--stdout")
	if err := os.MkdirAll(filepath.Join(quarantine, "pack"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_QUARANTINE_PATH", quarantine)
	t.Setenv("GIT_OBJECT_DIRECTORY", quarantine)
	t.Setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", filepath.Join(server.Dir, "objects"))
	cmd := exec.Command("git", "index-pack", "--stdin", "--fix-thin")
	cmd.Dir, cmd.Stdin = server.Dir, bytes.NewReader(pack)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, begin := range []string{strings.Repeat("0", 40), id + "~1"} {
		s := walkRepo(t, server.Dir, Options{Range: Range{Revisions: begin + ".." + id}})
		if got := s.places(); len(got) != 1 || got[0] != "github-pat-classic b.txt:1 "+short(id) {
			t.Errorf("from %s: %q, notes %q", begin, got, s.notes)
		}
	}
}
