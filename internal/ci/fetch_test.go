package ci

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// world is a repository on a server, and one in which somebody works.
type world struct {
	t            *testing.T
	server, work string
	n            int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	root := t.TempDir()
	w := &world{t: t, server: filepath.Join(root, "server.git"), work: filepath.Join(root, "work")}
	w.git(root, "init", "--quiet", "--bare", "--initial-branch=main", w.server)
	// As GitHub and GitLab do.
	w.git(w.server, "config", "uploadpack.allowAnySHA1InWant", "true")
	w.git(root, "clone", "--quiet", w.server, w.work)
	w.git(w.work, "symbolic-ref", "HEAD", "refs/heads/main")
	w.commit("first")
	w.push("main")
	return w
}

// git runs git and returns what it prints.
func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
		fmt.Sprintf("GIT_AUTHOR_DATE=%d +0000", 1700000000+w.n), fmt.Sprintf("GIT_COMMITTER_DATE=%d +0000", 1700000000+w.n))
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits a change of a file of that name and returns its id.
func (w *world) commit(name string) string {
	w.t.Helper()
	w.n++
	if err := os.WriteFile(filepath.Join(w.work, name), fmt.Appendln(nil, name, w.n), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.git(w.work, "add", "-A")
	w.git(w.work, "commit", "--quiet", "-m", name)
	return w.git(w.work, "rev-parse", "HEAD")
}

// commits makes n commits of that name on the branch that is checked out, in one go.
func (w *world) commits(name string, n int) (last string) {
	w.t.Helper()
	branch := w.git(w.work, "symbolic-ref", "HEAD")
	var b strings.Builder
	for i := range n {
		w.n++
		content, who := fmt.Sprintln(name, w.n), fmt.Sprintf("A <a@example.com> %d +0000\n", 1700000000+w.n)
		fmt.Fprintf(&b, "commit %s\nauthor %scommitter %sdata %d\n%s", branch, who, who, len(name), name)
		if i == 0 {
			fmt.Fprintf(&b, "\nfrom %s^0", branch)
		}
		fmt.Fprintf(&b, "\nM 100644 inline %s\ndata %d\n%s\n", name, len(content), content)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = w.work, strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("git fast-import: %v: %s", err, out)
	}
	w.git(w.work, "reset", "--quiet", "--hard")
	return w.git(w.work, "rev-parse", "HEAD")
}

func (w *world) push(branch string) { w.git(w.work, "push", "--quiet", "--force", "origin", branch) }

// clone makes a clone as pipelines do: cut to depth commits, 0 for all, with one ref checked out.
func (w *world) clone(depth int, ref string) string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "clone")
	w.git(w.work, "init", "--quiet", "--initial-branch=main", dir)
	w.git(dir, "remote", "add", "origin", "file://"+filepath.ToSlash(w.server))
	args := []string{"fetch", "--quiet", "--no-tags"}
	if depth > 0 {
		args = append(args, fmt.Sprintf("--depth=%d", depth))
	}
	w.git(dir, append(args, "origin", "+"+ref+":refs/remotes/ci/head")...)
	w.git(dir, "checkout", "--quiet", "--detach", "refs/remotes/ci/head")
	w.git(dir, "update-ref", "-d", "refs/remotes/ci/head")
	return dir
}

// revisions are the range of a plan as git takes it: to git "A...B" is another thing.
func (w *world) revisions(dir string, p *Plan) string {
	w.t.Helper()
	if a, b, ok := strings.Cut(p.Revisions(), "..."); ok {
		return w.git(dir, "merge-base", a, b) + ".." + b
	}
	return p.Revisions()
}

// list is what the range of a plan comes to in a clone, oldest first, by their messages.
func (w *world) list(dir string, p *Plan) []string {
	w.t.Helper()
	return strings.Fields(w.git(dir, "log", "--reverse", "--format=%s", w.revisions(dir, p), "--"))
}

// whole reports whether a range meets no commit at which the clone is cut.
func (w *world) whole(dir string, p *Plan) bool {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, ".git", "shallow"))
	if err != nil {
		return true
	}
	ids := strings.Fields(w.git(dir, "rev-list", w.revisions(dir, p)))
	return !slices.ContainsFunc(strings.Fields(string(text)), func(id string) bool { return slices.Contains(ids, id) })
}

// prepare prepares a plan in a clone and holds that its range is whole.
func (w *world) prepare(dir string, p *Plan) {
	w.t.Helper()
	if err := p.Prepare(context.Background(), dir); err != nil {
		w.t.Fatal(err)
	}
	if p.Mode == Diff && !w.whole(dir, p) {
		w.t.Errorf("the clone is cut off within %s", p.Revisions())
	}
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("commits %q, want %q", got, want)
	}
}

// times is a word n times over.
func times(word string, n int) []string { return slices.Repeat([]string{word}, n) }

func TestPreparePush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.commits("old", 70)
	after := w.commits("new", 60)
	w.push("main")
	for _, depth := range []int{0, 1, 10} {
		dir := w.clone(depth, "refs/heads/main")
		p := &Plan{Mode: Diff, Base: before, Head: after}
		w.prepare(dir, p)
		same(t, w.list(dir, p), times("new", 60))
		if len(p.Notes) != 0 {
			t.Errorf("depth %d: notes %q", depth, p.Notes)
		}
	}
	// What is not needed is not fetched, and a full clone is left alone.
	dir := w.clone(1, "refs/heads/main")
	w.prepare(dir, &Plan{Mode: Diff, Base: after, Head: after})
	if n := w.git(dir, "rev-list", "--count", "HEAD"); n != "1" {
		t.Errorf("%s commits were fetched for an empty range", n)
	}
}

// A branch merges another one: its commits are in the range, too.
func TestPrepareMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.commit("old")
	w.git(w.work, "checkout", "--quiet", "-b", "side", "HEAD~1")
	w.commits("side", 5)
	w.git(w.work, "checkout", "--quiet", "main")
	w.commit("new")
	w.git(w.work, "merge", "--quiet", "--no-ff", "-m", "merged", "side")
	after := w.git(w.work, "rev-parse", "HEAD")
	w.push("main")
	dir := w.clone(1, "refs/heads/main")
	p := &Plan{Mode: Diff, Base: before, Head: after}
	w.prepare(dir, p)
	got := w.list(dir, p)
	slices.Sort(got)
	same(t, got, append([]string{"merged", "new"}, times("side", 5)...))
}

// The range of a pull request begins where it left its base, which has gone on since; what is
// checked out is the merge that GitHub makes.
func TestPreparePullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commits("old", 80)
	w.git(w.work, "checkout", "--quiet", "-b", "topic")
	head := w.commits("topic", 3)
	w.git(w.work, "checkout", "--quiet", "main")
	base := w.commits("later", 60)
	w.push("main")
	w.git(w.work, "push", "--quiet", "origin", "topic:refs/pull/7/head")
	w.git(w.work, "merge", "--quiet", "--no-ff", "-m", "merge of 7", "topic")
	w.git(w.work, "push", "--quiet", "origin", "HEAD:refs/pull/7/merge")
	for _, depth := range []int{1, 2, 0} {
		dir := w.clone(depth, "refs/pull/7/merge")
		p := &Plan{Mode: Diff, Base: base, Head: head, Fork: true}
		w.prepare(dir, p)
		same(t, w.list(dir, p), times("topic", 3))
	}
	// A system that tells the base's name alone.
	dir := w.clone(1, "refs/pull/7/merge")
	p := &Plan{Mode: Diff, BaseBranch: "main", Head: head, Fork: true}
	w.prepare(dir, p)
	same(t, w.list(dir, p), times("topic", 3))
}

// A new branch brings what the default branch has not, be it named by the event or not.
func TestPrepareNewBranch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commits("old", 60)
	w.push("main")
	w.git(w.work, "checkout", "--quiet", "-b", "topic")
	head := w.commits("topic", 4)
	w.push("topic")
	for _, name := range []string{"main", ""} {
		for _, depth := range []int{0, 1} {
			dir := w.clone(depth, "refs/heads/topic")
			p := &Plan{Mode: Diff, Base: zeros, Head: head, DefaultBranch: name}
			w.prepare(dir, p)
			same(t, w.list(dir, p), times("topic", 4))
			if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "default branch main") {
				t.Errorf("notes %q", p.Notes)
			}
		}
	}
}

// The first push of a repository brings all of it.
func TestPrepareFirstPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.commits("more", 3)
	w.push("main")
	dir := w.clone(1, "refs/heads/main")
	p := &Plan{Mode: Diff, Base: zeros, Head: head, DefaultBranch: "main"}
	w.prepare(dir, p)
	if p.Mode != History || len(p.Notes) != 1 {
		t.Errorf("mode %s, notes %q", p.Mode, p.Notes)
	}
	if n := w.git(dir, "rev-list", "--count", "HEAD"); n != "4" {
		t.Errorf("%s commits in the clone, want all 4", n)
	}
}

// What a forced push took away can still be had for a while; then it is gone.
func TestPrepareForcedPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commits("old", 3)
	w.push("main")
	w.git(w.work, "checkout", "--quiet", "-b", "topic")
	w.commit("kept")
	before := w.commit("dropped")
	w.push("topic")
	w.git(w.work, "reset", "--quiet", "--hard", "HEAD~1")
	after := w.commits("rewritten", 2)
	w.push("topic")

	dir := w.clone(1, "refs/heads/topic")
	p := &Plan{Mode: Diff, Base: before, Head: after, DefaultBranch: "main"}
	w.prepare(dir, p)
	same(t, w.list(dir, p), times("rewritten", 2))

	w.git(w.server, "reflog", "expire", "--expire=now", "--all")
	w.git(w.server, "gc", "--quiet", "--prune=now")
	dir = w.clone(1, "refs/heads/topic")
	p = &Plan{Mode: Diff, Base: before, Head: after, DefaultBranch: "main"}
	w.prepare(dir, p)
	same(t, w.list(dir, p), []string{"kept", "rewritten", "rewritten"})
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "is gone") {
		t.Errorf("notes %q", p.Notes)
	}
}

// A tag on a commit of the default branch brings nothing; one on a side branch what that has.
func TestPrepareTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit("released")
	w.git(w.work, "tag", "-a", "-m", "v1", "v1")
	old := w.git(w.work, "rev-parse", "v1") // of the tag, not of the commit
	w.commits("later", 2)
	w.push("main")
	w.git(w.work, "push", "--quiet", "origin", "v1")
	dir := w.clone(1, "refs/tags/v1")
	p := &Plan{Mode: Diff, Base: zeros, Head: old, DefaultBranch: "main"}
	w.prepare(dir, p)
	same(t, w.list(dir, p), nil)
}

func TestPrepareHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commits("old", 5)
	w.push("main")
	w.git(w.work, "checkout", "--quiet", "-b", "other")
	other := w.commit("other")
	w.push("other")
	dir := w.clone(1, "refs/heads/main")
	p := &Plan{Mode: History}
	w.prepare(dir, p)
	if n := w.git(dir, "rev-list", "--count", "--all"); n != "7" {
		t.Errorf("%s commits in the clone, want all 7", n)
	}
	if got := w.git(dir, "rev-parse", "refs/remotes/origin/other"); got != other {
		t.Errorf("branch other is at %s", got)
	}
}

func TestPrepareTroubles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.commits("more", 3)
	w.push("main")
	ctx := context.Background()

	// The commit to scan is nowhere.
	dir := w.clone(1, "refs/heads/main")
	err := (&Plan{Mode: Diff, Base: zeros, Head: idA}).Prepare(ctx, dir)
	if err == nil || !strings.Contains(err.Error(), "commit "+idA+" is not in the clone") || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("a head that is nowhere: %v", err)
	}

	// The server is gone: the plan stands, and says that it is cut off.
	w.git(w.work, "checkout", "--quiet", "-b", "topic")
	topic := w.commits("topic", 3)
	w.push("topic")
	dir = w.clone(2, "refs/heads/topic")
	w.git(dir, "remote", "set-url", "origin", "file://"+filepath.ToSlash(filepath.Join(t.TempDir(), "gone")))
	p := &Plan{Mode: Diff, Base: zeros, Head: topic, DefaultBranch: "main"}
	if err := p.Prepare(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if len(p.Notes) != 2 || !strings.Contains(p.Notes[0], "default branch main cannot be had") ||
		!strings.Contains(p.Notes[1], "cut off within the range and cannot be deepened") {
		t.Errorf("notes %q", p.Notes)
	}

	// No repository.
	p = &Plan{Mode: Diff, Base: zeros}
	if err := p.Prepare(ctx, t.TempDir()); err != nil || p.Mode != Tree || len(p.Notes) != 1 {
		t.Errorf("no repository: mode %s, notes %q, %v", p.Mode, p.Notes, err)
	}
	if err := (&Plan{Mode: Diff, Base: idA, Head: idB}).Prepare(ctx, t.TempDir()); err == nil {
		t.Error("a range without a repository is no error")
	}

	// A branch whose name looks like an option is but a branch.
	dir = w.clone(0, "refs/heads/main")
	p = &Plan{Mode: Diff, BaseBranch: "--upload-pack=touch hacked", Head: head, DefaultBranch: "main"}
	if err := p.Prepare(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "hacked")); err == nil {
		t.Error("the name of a branch was run")
	}

	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if err := (&Plan{Mode: Diff, Base: zeros, Head: head}).Prepare(ctx, dir); err == nil {
		t.Error("no error of a context that has ended")
	}
}
