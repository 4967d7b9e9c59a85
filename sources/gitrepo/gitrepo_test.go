package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sourcegraph/conc"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/internal/gittest"
	"github.com/stanchsec/stanch/rules"
)

// secret makes a line with a made-up credential: a different one for each number.
func secret(t testing.TB, n uint64) string {
	t.Helper()
	for _, r := range rules.Builtin() {
		if r.ID != "github-pat-classic" {
			continue
		}
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := m.Fill("token: {{secret}}", rand.New(rand.NewPCG(n, n)))
		if err != nil {
			t.Fatal(err)
		}
		return text + "\n"
	}
	t.Fatal("the rule is gone")
	return ""
}

// at gives the places of findings without the repository's folder, as "path:line commit".
func at(t testing.TB, s *testSink, r *gittest.Repo) []string {
	t.Helper()
	var list []string
	for _, p := range s.places() {
		p = strings.TrimPrefix(p, "github-pat-classic ")
		list = append(list, strings.TrimSpace(strings.TrimPrefix(p, filepath.ToSlash(r.Dir)+"/")))
	}
	slices.Sort(list)
	return list
}

func short(id string) string { return id[:8] }

func wantPlaces(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestWhole has a credential in each of the places that a repository has.
func TestWhole(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.txt", "first\n"+secret(t, 1))
	a := r.Commit("a file")
	r.Write("a.txt", "first\n")
	r.Write("b/moved.txt", "x\n"+secret(t, 2))
	b := r.Commit("removed, and another one")
	r.Git("mv", "b/moved.txt", "c.txt")
	r.Commit("moved")
	message := r.Commit("a message\n\n" + secret(t, 3))
	r.Git("tag", "-a", "v1", "-m", "a tag with "+secret(t, 4))
	tag := r.Git("rev-parse", "v1")
	r.Git("notes", "add", "-m", "a note with "+secret(t, 5))
	note := r.Git("rev-parse", "refs/notes/commits")
	r.Write("c.txt", secret(t, 6))
	r.Git("stash")
	stash := r.Git("rev-parse", "stash")
	r.Write("lost.txt", secret(t, 7))
	lost := r.Commit("to be lost")
	r.Git("reset", "-q", "--hard", "HEAD~1")
	r.Write("staged.txt", secret(t, 8))
	r.Git("add", "staged.txt")
	r.Write("c.txt", "changed\n\n"+secret(t, 9))
	r.Write("new/untracked.txt", secret(t, 10))
	r.Write(".gitignore", "ignored.txt\n")
	r.Write("ignored.txt", secret(t, 11))
	dangling := strings.TrimSpace(string(r.Input([]byte(secret(t, 12)), "hash-object", "-w", "--stdin")))

	want := []string{
		"a.txt:2 " + short(a), "b/moved.txt:2 " + short(b), "c.txt:2 " + short(r.Git("rev-parse", "v1^{commit}~1")),
		".git/commit/" + message + ":5 " + short(message), ".git/tag/" + tag + ":6", r.Git("rev-parse", "HEAD") + ":1 " + short(note),
		"c.txt:1 " + short(stash), "lost.txt:1 " + short(lost), "staged.txt:1", "c.txt:3", "new/untracked.txt:1",
	}
	s := walkRepo(t, r.Dir, Options{})
	// The files in the middle commit know the path that the credential moved to.
	got := at(t, s, r)
	wantPlaces(t, withoutLines(got), withoutLines(want)...)
	if len(s.incomplete()) > 0 {
		t.Errorf("incomplete: %v", s.incomplete())
	}
	if len(s.notes) != 1 || !strings.Contains(s.notes[0], "--unreachable") {
		t.Errorf("notes: %q", s.notes)
	}
	all := walkRepo(t, r.Dir, Options{Unreachable: true})
	if got := at(t, all, r); !slices.Contains(got, ".git/blob/"+dangling+":1") {
		t.Errorf("the dangling blob is not among %v", got)
	}
	for _, f := range s.findings {
		l := f.Places[0].Location
		if strings.HasSuffix(l.Path, "/c.txt") && l.Commit != "" && f.Secret == secretOf(t, secret(t, 2)) {
			if !l.History.InTip || !l.History.InWorkTree || len(l.History.Paths) != 2 || l.Author != "A U Thor" ||
				l.Email != "author@test.invalid" || !strings.HasPrefix(l.Date, "2020-01-01T00:0") || l.Blob == "" {
				t.Errorf("the history of %s is %+v of %+v", l.Path, l.History, l)
			}
		}
	}
}

// secretOf is the credential in a line that secret made.
func secretOf(t testing.TB, line string) detector.Secret {
	t.Helper()
	found, err := theDetector(t).Scan(context.Background(), detector.Document{Data: []byte(line)})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	return found[0].Secret
}

// withoutLines takes the numbers of lines away, which in messages depend on the header.
func withoutLines(list []string) []string {
	out := slices.Clone(list)
	for i, s := range out {
		if strings.HasPrefix(s, ".git/") {
			name, rest, _ := strings.Cut(s, ":")
			_, commit, _ := strings.Cut(rest, " ")
			out[i] = strings.TrimSpace(name + " " + commit)
		}
	}
	slices.Sort(out)
	return out
}

// TestMerge has a credential that only the merge commit brought.
func TestMerge(t *testing.T) {
	r := gittest.New(t)
	ids := r.Import([]gittest.Snapshot{
		{Message: "base", Files: map[string]string{"a": "a\n"}},
		{Message: "left", Files: map[string]string{"a": "a\n", "l": "l\n"}},
		{Message: "right", Files: map[string]string{"a": "a\n", "r": "r\n"}, Parents: []int{0}},
		{Message: "merge", Files: map[string]string{"a": "a\n", "l": "l\n", "r": "r\n" + secret(t, 1)}, Parents: []int{1, 2}},
		{Message: "gone", Files: map[string]string{"a": "a\n", "l": "l\n", "r": "r\n"}},
	})
	s := walkRepo(t, r.Dir, Options{})
	wantPlaces(t, at(t, s, r), "r:2 "+short(ids[3]))
	if h := s.findings[0].Places[0].Location.History; h.InTip || h.InWorkTree || h.Commits != 1 {
		t.Errorf("history: %+v", h)
	}
}

func TestLinks(t *testing.T) {
	r := gittest.New(t)
	r.Write("dir/a b#.txt", "one\n"+secret(t, 1))
	id := r.Commit("a")
	for origin, want := range map[string]string{
		"https://user:pass@github.com/owner/name.git": "https://github.com/owner/name/blob/" + id + "/dir/a%20b%23.txt#L2",
		"git@gitlab.example.org:group/sub/name.git":   "https://gitlab.example.org/group/sub/name/-/blob/" + id + "/dir/a%20b%23.txt#L2",
		"ssh://git@github.com:22/owner/name":          "https://github.com/owner/name/blob/" + id + "/dir/a%20b%23.txt#L2",
		"/some/folder":                                "",
		"https://git.example.org/owner/name":          "",
	} {
		r.Git("config", "remote.origin.url", origin)
		s := walkRepo(t, r.Dir, Options{NoWorkTree: true})
		if len(s.findings) != 1 || s.findings[0].Places[0].Location.URL != want {
			t.Errorf("%s: %q, want %q", origin, s.findings[0].Places[0].Location.URL, want)
		}
	}
}

// TestDamagedPack overwrites bytes of a blob: it is named, the others are scanned.
func TestDamagedPack(t *testing.T) {
	r := gittest.New(t)
	files := map[string]string{}
	for i := range 20 {
		files[string(rune('a'+i))] = strings.Repeat("text of the file ", i) + "\n" + secret(t, uint64(i))
	}
	r.Import([]gittest.Snapshot{{Message: "all", Files: files}})
	r.Git("repack", "-q", "-a", "-d", "-f", "--depth=0")
	names, err := filepath.Glob(filepath.Join(r.GitDir(), "objects", "pack", "*.pack"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(names[0], 0o666); err != nil {
		t.Fatal(err)
	}
	blobs := 0
	for at := 40; at < len(data)-20; at += 100 { // in blobs, the tree and the commit
		bad := bytes.Clone(data)
		bad[at] ^= 0xff
		if err := os.WriteFile(names[0], bad, 0o666); err != nil {
			t.Fatal(err)
		}
		s := walkRepo(t, r.Dir, Options{NoWorkTree: true})
		lost := s.incomplete()
		if len(lost) == 0 || !strings.Contains(lost[0], "object ") || len(s.findings) < 19 || len(s.findings) == 20 && len(lost) < 2 {
			t.Errorf("byte %d: %d findings, lost: %v", at, len(s.findings), lost)
		}
		blobs += 20 - len(s.findings)
	}
	if blobs == 0 {
		t.Error("no blob was damaged: the test tells little")
	}
}

// TestForeign scans a repository with SHA-256 ids, and finds the same.
func TestForeign(t *testing.T) {
	var got [2][]string
	for i, format := range []string{"sha1", "sha256"} {
		r := gittest.New(t, "--object-format="+format)
		r.Write("a/b.txt", "one\n"+secret(t, 1))
		r.Commit("a file")
		r.Write("a/b.txt", "one\n")
		r.Commit("removed\n\n" + secret(t, 2))
		r.Write("c.txt", secret(t, 3))
		r.Git("tag", "-a", "-m", secret(t, 4), "v1")
		s := walkRepo(t, r.Dir, Options{})
		if format == "sha256" && (len(s.notes) != 1 || !strings.Contains(s.notes[0], "through git")) {
			t.Errorf("notes: %q", s.notes)
		}
		if len(s.incomplete()) > 0 {
			t.Errorf("incomplete: %v", s.incomplete())
		}
		for _, f := range s.findings {
			path := f.Places[0].Location.Path
			if _, message, ok := strings.Cut(path, "/.git/"); ok {
				path = strings.Split(message, "/")[0]
			}
			got[i] = append(got[i], strings.TrimPrefix(path, filepath.ToSlash(r.Dir)+"/")+" "+f.Fingerprint.String())
		}
		slices.Sort(got[i])
	}
	if len(got[0]) != 4 || !slices.Equal(got[0], got[1]) {
		t.Errorf("found %v, and with SHA-256 %v", got[0], got[1])
	}
}

// TestCache scans twice and more: what holds nothing is looked through once, findings stay,
// and other rules begin anew.
func TestCache(t *testing.T) {
	r := gittest.New(t)
	r.Import(evolve(t, rand.New(rand.NewPCG(4, 4)), 12))
	r.Git("repack", "-q", "-a", "-d", "-f")
	dir := t.TempDir()
	opts := Options{NoWorkTree: true, Cache: dir, RuleSet: "one"}
	first := walkRepo(t, r.Dir, opts)
	second := walkRepo(t, r.Dir, opts)
	if second.versions >= first.versions || second.versions == 0 {
		t.Errorf("%d objects looked through at first, then %d", first.versions, second.versions)
	}
	if !slices.Equal(first.places(), second.places()) || len(first.places()) == 0 {
		t.Errorf("the second scan finds %v, the first %v", second.places(), first.places())
	}
	r.Write("new.txt", secret(t, 99))
	r.Commit("new")
	third := walkRepo(t, r.Dir, opts)
	if third.versions > second.versions+2 || len(third.places()) != len(second.places())+1 {
		t.Errorf("with a new commit %d objects and %d places, before %d and %d", third.versions, len(third.places()),
			second.versions, len(second.places()))
	}
	opts.RuleSet = "two"
	if other := walkRepo(t, r.Dir, opts); other.versions < first.versions {
		t.Errorf("with other rules only %d objects are looked through", other.versions)
	}
	// Damaged files are passed over.
	opts.RuleSet = "one"
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.ids"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data[:len(data)/2], 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if again := walkRepo(t, r.Dir, opts); !slices.Equal(again.places(), third.places()) || again.versions < first.versions {
		t.Errorf("with a damaged cache %d objects are looked through", again.versions)
	}
	for range cacheFiles + 2 {
		r.Write("new.txt", r.Git("rev-parse", "HEAD"))
		r.Commit("more")
		walkRepo(t, r.Dir, opts)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(names) > cacheFiles+4 {
		t.Errorf("the cache has %d files", len(names))
	}
}

// TestCacheShared lets runs share a cache at the same time, among what a run left that crashed
// while it wrote, and sees that no credential gets into it.
func TestCacheShared(t *testing.T) {
	r := gittest.New(t)
	r.Import(evolve(t, rand.New(rand.NewPCG(4, 4)), 12))
	dir := t.TempDir()
	opts := Options{NoWorkTree: true, Cache: dir, RuleSet: "one"}
	first := walkRepo(t, r.Dir, opts)
	names, err := filepath.Glob(filepath.Join(dir, "*", "*.ids"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(names[0]), "half-written"), []byte(cacheMagic+"x"), 0o666); err != nil {
		t.Fatal(err)
	}
	r.Write("new.txt", "nothing\n"+secret(t, 98))
	r.Commit("new")
	sinks := make([]*testSink, 4)
	errs := make([]error, len(sinks))
	var wg conc.WaitGroup
	for i := range sinks {
		src, err := New(r.Dir, opts)
		if err != nil {
			t.Fatal(err)
		}
		sinks[i] = newSink(t)
		wg.Go(func() { errs[i] = src.Walk(context.Background(), sinks[i]) })
	}
	wg.Wait()
	for i, s := range sinks {
		if errs[i] != nil || s.versions >= first.versions || len(s.places()) != len(first.places())+1 {
			t.Errorf("run %d looks through %d objects and finds %d places, the first %d and %d: %v",
				i, s.versions, len(s.places()), first.versions, len(first.places()), errs[i])
		}
	}
	err = filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		for _, f := range sinks[0].findings {
			if bytes.Contains(data, []byte(f.Secret.Reveal())) {
				t.Errorf("%s holds the credential of a finding of %s", name, f.Rule.ID)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestNewErrors(t *testing.T) {
	if _, err := New(t.TempDir(), Options{}); !errors.Is(err, gitstore.ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	r := gittest.New(t)
	for name, o := range map[string]Options{
		"jobs":  {Jobs: -1},
		"range": {Range: Range{Revisions: "main"}},
		"dash":  {Range: Range{Revisions: "-x..y"}},
		"both":  {Range: Range{Revisions: "a..b", Branch: "c"}},
		"stage": {Range: Range{Staged: true, Since: "yesterday"}},
		"cache": {Cache: "x"},
	} {
		if _, err := New(r.Dir, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestEmpty scans a repository without commits.
func TestEmpty(t *testing.T) {
	r := gittest.New(t)
	s := walkRepo(t, r.Dir, Options{})
	r.Write("a", secret(t, 1))
	files := walkRepo(t, r.Dir, Options{})
	if len(s.findings) != 0 || len(s.incomplete()) != 0 || len(files.findings) != 1 {
		t.Errorf("%d findings, %v; %d in the files", len(s.findings), s.incomplete(), len(files.findings))
	}
}

// TestSubmodule scans the history of a submodule, too.
func TestSubmodule(t *testing.T) {
	sub := gittest.New(t)
	sub.Write("s.txt", secret(t, 1))
	id := sub.Commit("s")
	sub.Write("s.txt", "gone\n")
	sub.Commit("gone")
	r := gittest.New(t)
	r.Git("submodule", "--quiet", "add", sub.Dir, "libs/sub")
	r.Write("a.txt", secret(t, 2))
	a := r.Commit("a")
	wantPlaces(t, at(t, walkRepo(t, r.Dir, Options{}), r), "a.txt:1 "+short(a), "libs/sub/s.txt:1 "+short(id))

	clone := gittest.At(t, t.TempDir())
	clone.Git("clone", "-q", r.Dir, ".")
	s := walkRepo(t, clone.Dir, Options{})
	wantPlaces(t, at(t, s, clone), "a.txt:1 "+short(a))
	if len(s.skips) != 1 || !strings.Contains(s.skips[0].Reason, "git submodule update") || s.skips[0].Incomplete {
		t.Errorf("skipped: %+v", s.skips)
	}
}
