package hook

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

func TestInstall(t *testing.T) {
	r := gittest.New(t)
	for _, k := range Kinds {
		path, err := Install(r.Dir, k, "/opt/it's here/stanch")
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(r.Dir, ".git", "hooks", string(k)); path != want {
			t.Errorf("installed %s, want %s", path, want)
		}
		info, err := os.Stat(path)
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if out, err := exec.Command("sh", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", path, err, out)
		}
		if _, err := Install(r.Dir, k, "stanch"); err != nil {
			t.Errorf("installing again: %v", err)
		}
		if _, removed, err := Uninstall(r.Dir, k); err != nil || !removed {
			t.Errorf("uninstalling: %v, %v", removed, err)
		}
		if _, removed, err := Uninstall(r.Dir, k); err != nil || removed {
			t.Errorf("uninstalling what is not there: %v, %v", removed, err)
		}
	}
}

// TestForeign leaves the hook of somebody else alone, in a folder of the user's choice.
func TestForeign(t *testing.T) {
	r := gittest.New(t)
	r.Git("config", "core.hooksPath", "my hooks")
	r.Write("my hooks/pre-commit", "#!/bin/sh\nexit 0\n")
	var foreign *ForeignError
	path, err := Install(r.Dir, PreCommit, "stanch")
	if !errors.As(err, &foreign) || path != filepath.Join(r.Dir, "my hooks", "pre-commit") {
		t.Errorf("installing over it: %s, %v", path, err)
	}
	if _, removed, err := Uninstall(r.Dir, PreCommit); removed || !errors.As(err, &foreign) {
		t.Errorf("uninstalling it: %v, %v", removed, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "#!/bin/sh\nexit 0\n" {
		t.Errorf("the hook is now %q, %v", text, err)
	}
	if _, err := Install(r.Dir, PrePush, "stanch"); err != nil {
		t.Errorf("beside it: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(r.Dir, "my hooks", "*")); err != nil || len(left) != 2 {
		t.Errorf("in the folder: %v", left)
	}
}

func TestErrors(t *testing.T) {
	if _, err := ParseKind("post-commit"); err == nil {
		t.Error("a hook that there is none for: no error")
	}
	if _, err := Install(t.TempDir(), PreCommit, "stanch"); err == nil || !strings.Contains(err.Error(), "hooks of") {
		t.Errorf("no repository: %v", err)
	}
}

// TestRuns has git run the hooks with a program in stanch's place that notes how it was
// called, and fails.
func TestRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a script of the shell")
	}
	server := gittest.New(t, "--bare")
	r := gittest.New(t)
	log := filepath.Join(t.TempDir(), "log")
	program := filepath.Join(t.TempDir(), "stanch")
	write := func(status string) {
		t.Helper()
		if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$*\" >>"+log+"\nexit "+status+"\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	called := func() string {
		t.Helper()
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	for _, at := range []struct {
		repo *gittest.Repo
		kind Kind
	}{{r, PreCommit}, {r, PrePush}, {server, PreReceive}} {
		if _, err := Install(at.repo.Dir, at.kind, program); err != nil {
			t.Fatal(err)
		}
	}
	write("0")
	r.Write("a", "a")
	id := r.Commit("a")
	if got := called(); got != "scan --staged ." {
		t.Errorf("before a commit: %q", got)
	}
	r.Git("push", "-q", server.Dir, "main")
	zeros := strings.Repeat("0", 40)
	if got, want := called(), "scan --range "+zeros+".."+id+" ."; got != want+"\n"+want {
		t.Errorf("before a push and on the server: %q", got)
	}
	r.Git("push", "-q", server.Dir, "main:other")
	called()
	r.Git("push", "-q", server.Dir, ":other")
	if _, err := os.Stat(log); err == nil {
		t.Errorf("for a ref that is removed: %q", called())
	}
	write("1")
	r.Write("b", "b")
	r.Git("add", "b")
	cmd := exec.Command("git", "commit", "-q", "-m", "b")
	cmd.Dir = r.Dir
	if err := cmd.Run(); err == nil {
		t.Error("a commit goes through although the scan failed")
	}
}
