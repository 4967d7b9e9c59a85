package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/internal/gittest"
)

// history fills a repository with files that change a little in each of n commits.
func history(r *gittest.Repo, n int) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	files := map[string][]string{}
	var snapshots []gittest.Snapshot
	for i := range n {
		snapshot := gittest.Snapshot{Message: fmt.Sprintf("commit %d", i), Files: map[string]string{}}
		for _, name := range []string{"a.txt", "dir/b.txt", "dir/sub/c.txt"} {
			lines := files[name]
			for range 1 + rng.IntN(4) {
				at := 0
				if len(lines) > 0 {
					at = rng.IntN(len(lines))
				}
				lines = slices.Insert(lines, at, fmt.Sprintf("line %d of %d: %x\n", i, n, rng.Uint64()))
			}
			if len(lines) > 40 && rng.IntN(5) == 0 {
				lines = slices.Delete(lines, 10, 20)
			}
			files[name] = lines
			snapshot.Files[name] = strings.Join(lines, "")
		}
		if i >= 3 {
			snapshot.Files["large.bin"] = strings.Repeat("0123456789abcdef", 1<<14)
			snapshot.Files["empty"] = ""
		}
		snapshots = append(snapshots, snapshot)
	}
	r.Import(snapshots)
	r.Git("tag", "-a", "-m", "a tag", "v1")
}

// walkAll reads all objects of a store by its walks and its loose objects.
func walkAll(t *testing.T, s *Store, jobs int) (map[string]gittest.Object, []*ObjectError) {
	t.Helper()
	all := map[string]gittest.Object{}
	var damaged []*ObjectError
	var mu sync.Mutex
	for _, p := range s.Packs() {
		err := p.Forest().Walk(context.Background(), s, jobs, Visitor{
			Want: func(Type) bool { return true },
			Visit: func(o *Object) (any, error) {
				data := bytes.Clone(o.Data)
				if o.Stream != nil {
					var err error
					if data, err = io.ReadAll(o.Stream); err != nil {
						return nil, err
					}
				}
				if o.Ops != nil {
					checkOps(t, o, o.Base.([]byte))
				}
				mu.Lock()
				defer mu.Unlock()
				if int64(len(data)) != o.Size {
					t.Errorf("object %s has %d bytes and says %d", o.ID, len(data), o.Size)
				}
				all[o.ID.String()] = gittest.Object{Type: o.Type.String(), Data: data}
				return data, nil
			},
			Damaged: func(e *ObjectError) {
				mu.Lock()
				defer mu.Unlock()
				damaged = append(damaged, e)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	loose, err := s.Loose()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range loose {
		typ, data, err := s.Object(id)
		if err != nil {
			t.Fatal(err)
		}
		all[id.String()] = gittest.Object{Type: typ.String(), Data: data}
	}
	return all, damaged
}

// checkOps sees that an object is made from its base as its steps say.
func checkOps(t *testing.T, o *Object, base []byte) {
	at := 0
	for _, op := range o.Ops {
		if op.From >= 0 && !bytes.Equal(base[op.From:op.From+op.Len], o.Data[at:at+op.Len]) {
			t.Errorf("object %s is not copied from its base at %d", o.ID, at)
		}
		at += op.Len
	}
	if at != len(o.Data) {
		t.Errorf("the steps of object %s make up %d of %d bytes", o.ID, at, len(o.Data))
	}
}

// compare holds what a store yields to what git prints.
func compare(t *testing.T, r *gittest.Repo, gitDir string) {
	t.Helper()
	s, err := Open(gitDir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Damaged()) > 0 {
		t.Errorf("damaged: %v", s.Damaged())
	}
	want := r.Objects()
	if len(want) < 10 {
		t.Fatalf("only %d objects: the test tells little", len(want))
	}
	for _, jobs := range []int{1, 3} {
		got, damaged := walkAll(t, s, jobs)
		if len(damaged) > 0 {
			t.Errorf("damaged: %v", damaged)
		}
		if !maps.EqualFunc(got, want, func(a, b gittest.Object) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }) {
			t.Errorf("%d jobs: the walk yields %d objects and git %d, or others", jobs, len(got), len(want))
		}
	}
	for id, o := range want {
		parsed, err := ParseID(id)
		if err != nil {
			t.Fatal(err)
		}
		typ, data, err := s.Object(parsed)
		if err != nil || typ.String() != o.Type || !bytes.Equal(data, o.Data) {
			t.Errorf("object %s: %v, %s of %d bytes; git has a %s of %d", id, err, typ, len(data), o.Type, len(o.Data))
		}
	}
	if _, _, err := s.Object(ID{1, 2, 3}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an object that is not there: %v", err)
	}
}

func TestObjects(t *testing.T) {
	for _, test := range []struct {
		name  string
		store func(r *gittest.Repo)
	}{
		{"loose", func(r *gittest.Repo) {
			pack := filepath.Join(r.GitDir(), "objects", "pack")
			aside := r.GitDir() + "-aside"
			if err := os.Rename(pack, aside); err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(aside)
			names, _ := filepath.Glob(filepath.Join(aside, "*.pack"))
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				r.Input(data, "unpack-objects", "-q")
			}
		}},
		{"one pack", func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50") }},
		{"long chains", func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-f", "--depth=4000", "--window=100") }},
		{"no deltas", func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-f", "--depth=0") }},
		{"deltas by id", func(r *gittest.Repo) {
			r.Git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f", "--depth=50")
		}},
		{"packs and loose", func(r *gittest.Repo) {
			r.Git("repack", "-q", "-d")
			r.Write("more", "more")
			r.Commit("more")
			r.Git("repack", "-q", "-d")
			r.Write("and more", "and more")
			r.Commit("and more")
		}},
		{"multi-pack-index", func(r *gittest.Repo) {
			r.Git("repack", "-q", "-d")
			r.Write("more", "more")
			r.Commit("more")
			r.Git("repack", "-q", "-d")
			r.Git("multi-pack-index", "write")
		}},
		{"bitmaps", func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-b") }},
		{"index version 1 is made anew", func(r *gittest.Repo) { r.Git("-c", "pack.indexVersion=2", "gc", "-q") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := gittest.New(t)
			history(r, 30)
			test.store(r)
			compare(t, r, r.GitDir())
		})
	}
}

// TestMultiPackIndex reads repositories of several packs that have one index more: the packs'
// own are read, and those have all.
func TestMultiPackIndex(t *testing.T) {
	for name, flags := range map[string][]string{
		"plain":       nil,
		"with bitmap": {"--bitmap"},
		"in layers":   {"--incremental"},
	} {
		t.Run(name, func(t *testing.T) {
			r := gittest.New(t)
			history(r, 10)
			r.Git("repack", "-q", "-d")
			for _, file := range []string{"more", "and more"} {
				r.Write(file, file)
				r.Commit(file)
				r.Git("repack", "-q", "-d")
				cmd := exec.Command("git", append([]string{"-C", r.Dir, "multi-pack-index", "write"}, flags...)...)
				if out, err := cmd.CombinedOutput(); err != nil && strings.Contains(string(out), "unknown option") {
					t.Skipf("this git writes no multi-pack-index %s", name)
				} else if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			dir := filepath.Join(r.GitDir(), "objects", "pack")
			one, _ := filepath.Glob(filepath.Join(dir, "multi-pack-index*"))
			layers, _ := filepath.Glob(filepath.Join(dir, "multi-pack-index.d", "*.midx"))
			if packs, _ := filepath.Glob(filepath.Join(dir, "*.pack")); len(packs) < 3 || len(one)+len(layers) == 0 {
				t.Fatalf("there are %d packs, and the indexes %v %v: the test tells little", len(packs), one, layers)
			}
			compare(t, r, r.GitDir())
		})
	}
}

// TestPackWithoutIndex names a pack whose index is gone: git reads none of its objects either.
func TestPackWithoutIndex(t *testing.T) {
	r := gittest.New(t)
	history(r, 5)
	r.Git("repack", "-q", "-a", "-d")
	r.Git("multi-pack-index", "write")
	names, err := filepath.Glob(filepath.Join(r.GitDir(), "objects", "pack", "*.idx"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	s, err := Open(r.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Damaged()) != 1 || !strings.Contains(s.Damaged()[0].Error(), ".idx") {
		t.Errorf("damaged: %v", s.Damaged())
	}
}

func TestBareClone(t *testing.T) {
	r := gittest.New(t)
	history(r, 8)
	bare := gittest.At(t, t.TempDir())
	bare.Git("clone", "-q", "--mirror", r.Dir, ".")
	dir, tree, err := Locate(bare.Dir)
	if err != nil || tree != "" {
		t.Fatalf("Locate gives %q, %q, %v", dir, tree, err)
	}
	compare(t, bare, dir)
}

func TestWorktreeAndSubmodule(t *testing.T) {
	r := gittest.New(t)
	history(r, 8)
	tree := filepath.Join(t.TempDir(), "tree")
	r.Git("worktree", "add", "-q", tree)
	sub := gittest.New(t)
	history(sub, 5)
	r.Git("submodule", "--quiet", "add", sub.Dir, "sub")

	dir, workTree, err := Locate(tree)
	if err != nil || workTree != tree {
		t.Fatalf("Locate gives %q, %q, %v", dir, workTree, err)
	}
	compare(t, r, dir)
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if branch, id, err := s.Head(); err != nil || branch != "refs/heads/tree" || id.String() != r.Git("rev-parse", "HEAD") {
		t.Errorf("HEAD of the worktree is %q, %s, %v", branch, id, err)
	}
	dir, _, err = Locate(filepath.Join(r.Dir, "sub"))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, sub, dir)
}

func TestAlternates(t *testing.T) {
	r := gittest.New(t)
	history(r, 8)
	r.Git("repack", "-q", "-a", "-d")
	borrower := gittest.At(t, t.TempDir())
	borrower.Git("clone", "-q", "--shared", r.Dir, ".")
	borrower.Write("own", "own")
	borrower.Commit("own")
	compare(t, borrower, borrower.GitDir())

	if err := os.RemoveAll(filepath.Join(r.GitDir(), "objects")); err != nil {
		t.Fatal(err)
	}
	s, err := Open(borrower.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.Damaged()) != 1 || !strings.Contains(s.Damaged()[0].Error(), "alternate") {
		t.Errorf("an alternate that is gone: %v", s.Damaged())
	}
}

// TestThinPack has a pack whose deltas have their bases elsewhere, which git itself only
// sends but a reader may meet.
func TestThinPack(t *testing.T) {
	r := gittest.New(t)
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("line %x of many\n", i*0x9e3779b1))
	}
	var snapshots []gittest.Snapshot
	for i := range 20 { // from a larger file to a smaller, the way that git makes deltas
		snapshots = append(snapshots, gittest.Snapshot{Message: "less", Files: map[string]string{"a": strings.Join(lines[2*i:], "")}})
	}
	r.Import(snapshots)
	old := r.Git("rev-parse", "HEAD~10")
	r.Git("repack", "-q", "-a", "-d", "-f")
	pack := r.Input([]byte("HEAD\n^"+old+"\n"), "pack-objects", "--thin", "--revs", "--stdout", "-q", "--no-reuse-delta", "--window=50", "--depth=50")
	all := r.Objects()

	thin := gittest.New(t)
	for id, o := range all {
		if got := string(bytes.TrimSpace(thin.Input(o.Data, "hash-object", "-w", "-t", o.Type, "--stdin"))); got != id {
			t.Fatalf("object %s became %s", id, got)
		}
	}
	index(t, thin.GitDir(), pack)
	s, err := Open(thin.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := s.Packs()[0].Forest()
	if !slices.Contains(f.base, otherPack) {
		t.Fatal("the pack is not thin")
	}
	got, damaged := walkAll(t, s, 2)
	if len(damaged) > 0 || !maps.EqualFunc(got, all, func(a, b gittest.Object) bool { return a.Type == b.Type && bytes.Equal(a.Data, b.Data) }) {
		t.Errorf("%d of %d objects, damaged: %v", len(got), len(all), damaged)
	}
}

// TestNeed visits few objects and builds no more than those are made from.
func TestNeed(t *testing.T) {
	r := gittest.New(t)
	history(r, 30)
	r.Git("repack", "-q", "-a", "-d", "-f", "--depth=50")
	s, err := Open(r.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[string]bool{r.Git("rev-parse", "HEAD~20:a.txt"): true, r.Git("rev-parse", "HEAD~3:dir/b.txt"): true}
	got := map[string]bool{}
	var done int64
	err = s.Packs()[0].Forest().Walk(context.Background(), s, 1, Visitor{
		Want: func(typ Type) bool { return typ == Blob },
		Need: func(id ID) bool { return want[id.String()] },
		Visit: func(o *Object) (any, error) {
			if all := r.Git("cat-file", "-p", o.ID.String()); all != strings.TrimSuffix(string(o.Data), "\n") {
				t.Errorf("object %s is another one", o.ID)
			}
			got[o.ID.String()] = true
			return "state", nil
		},
		Damaged: func(e *ObjectError) { t.Error(e) },
		Done:    func(n int64) { done += n },
	})
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("visited %v, want %v: %v", got, want, err)
	}
	if size := s.Packs()[0].Size() - packHeader - packTrailer; done != size {
		t.Errorf("%d bytes done, of %d", done, size)
	}
}

func TestLocateErrors(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Locate(dir); !errors.Is(err, ErrNoRepository) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, text := range []string{"nonsense", "gitdir: nowhere", ""} {
		if err := os.WriteFile(filepath.Join(dir, ".git"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Locate(dir); err == nil || !strings.Contains(err.Error(), ".git") {
			t.Errorf("a .git file of %q: %v", text, err)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for name, flags := range map[string][]string{"sha256": {"--object-format=sha256"}} {
		r := gittest.New(t, flags...)
		var u *UnsupportedError
		if _, err := Open(r.GitDir()); !errors.As(err, &u) || !strings.Contains(u.Reason, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefs(t *testing.T) {
	r := gittest.New(t)
	history(r, 3)
	r.Git("branch", "packed", "HEAD~1")
	r.Git("pack-refs", "--all")
	r.Git("branch", "loose", "HEAD~2")
	r.Git("branch", "-f", "packed", "HEAD")
	s, err := Open(r.GitDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	refs, err := s.Refs()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/") {
			got[ref.Name] = ref.ID.String()
		}
	}
	want := map[string]string{}
	for line := range strings.Lines(r.Git("for-each-ref", "--format=%(refname) %(objectname)")) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		want[name] = id
	}
	if !maps.Equal(got, want) {
		t.Errorf("refs %v, git has %v", got, want)
	}
	r.Git("reset", "-q", "--hard", "HEAD~1")
	ids, err := s.Reflogs()
	if err != nil {
		t.Fatal(err)
	}
	if lost, _ := ParseID(r.Git("rev-parse", "HEAD@{1}")); !slices.Contains(ids, lost) {
		t.Errorf("the reflog lacks %s", lost)
	}
}
