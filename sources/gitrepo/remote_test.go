package gitrepo

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

func TestIsURL(t *testing.T) {
	for target, want := range map[string]bool{
		"https://host/owner/name": true, "ssh://git@host:22/x": true, "git@host:owner/name.git": true, "file:///x": true,
		".": false, "folder/file": false, `C:\folder`: false, "a:b": false, "ftp://host/x": false, "-oProxy@x:y": false, "x@y": false,
	} {
		if IsURL(target) != want {
			t.Errorf("%q is an address: %v", target, !want)
		}
	}
}

// TestRemote mirrors a repository from a file URL; the mirror is gone afterwards.
func TestRemote(t *testing.T) {
	r := gittest.New(t)
	r.Write("dir/a.txt", secret(t, 1))
	id := r.Commit("a")
	r.Git("update-ref", "refs/pull/1/head", r.Git("commit-tree", "-m", "from a fork\n\n"+secret(t, 2), "HEAD^{tree}"))
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	src, err := NewRemote("file://"+r.Dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := newSink(t)
	if err := src.Walk(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	got := s.places()
	if len(got) != 2 || got[1] != "github-pat-classic dir/a.txt:1 "+short(id) {
		t.Errorf("found %q", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := src.Walk(ctx, s); err == nil {
		t.Error("a cancelled walk has no error")
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRemoteErrors(t *testing.T) {
	password := "not" + "real" + "pw"
	src, err := NewRemote("file://user:"+password+"@localhost/there/is/none", Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = src.Walk(context.Background(), newSink(t))
	if err == nil || !strings.Contains(err.Error(), "there/is/none") || strings.Contains(err.Error(), password) {
		t.Errorf("the error is %v", err)
	}
	if _, err := NewRemote("file:///x", Options{Range: Range{Staged: true}}); err == nil {
		t.Error("staged elsewhere: no error")
	}
}
