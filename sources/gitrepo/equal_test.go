package gitrepo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gittest"
	"github.com/stanchsec/stanch/internal/linehash"
	"github.com/stanchsec/stanch/rules"
)

// fakes makes made-up credentials of many rules, each in a line of its own.
func fakes(t testing.TB, rng *rand.Rand, n int) []string {
	t.Helper()
	var lines []string
	all := rules.Builtin()
	for range n {
		r := all[rng.IntN(len(all))]
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := m.Fill(r.Match[rng.IntN(len(r.Match))], rng)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, text+"\n")
	}
	return lines
}

// evolve makes versions of files: pieces are put in, taken out, moved and cut in odd
// places, so that deltas copy parts of credentials and put new text next to old.
func evolve(t testing.TB, rng *rand.Rand, versions int) []gittest.Snapshot {
	pieces := fakes(t, rng, 60)
	filler := func() string {
		return fmt.Sprintf("ordinary line %x of text, number %d\n", rng.Uint64(), rng.IntN(100)) +
			strings.Repeat("some more words that make up a file of usual length\n", rng.IntN(12))
	}
	files := map[string]string{}
	names := []string{"a.txt", "config/app.yml", "deep/er/still/x.env", "src/main.go", "bom.txt"}
	for _, name := range names {
		for range 20 {
			files[name] += filler()
		}
	}
	files["bom.txt"] = "\ufeff" + files["bom.txt"]
	var out []gittest.Snapshot
	for v := range versions {
		for _, name := range names {
			text := files[name]
			cut := func() int { return rng.IntN(len(text) + 1) }
			switch rng.IntN(9) {
			case 0, 1, 2:
				at := cut()
				text = text[:at] + pieces[rng.IntN(len(pieces))] + text[at:]
			case 3:
				at := cut()
				piece := pieces[rng.IntN(len(pieces))]
				text = text[:at] + piece[:rng.IntN(len(piece))] + text[at:]
			case 4:
				from := cut()
				text = text[:from] + text[min(len(text), from+rng.IntN(300)):]
			case 5:
				from := cut()
				to := min(len(text), from+rng.IntN(1000))
				at := cut()
				text = text[:at] + text[from:to] + text[at:]
			case 6:
				at := cut()
				text = text[:at] + filler() + text[at:]
			case 7:
				if at := strings.IndexByte(text, '\n'); at > 0 { // the first line goes
					text = text[at+1:]
				}
			}
			files[name] = text
		}
		out = append(out, gittest.Snapshot{Message: fmt.Sprintf("version %d\n\n%s", v, pieces[rng.IntN(len(pieces))]), Files: maps.Clone(files)})
	}
	return out
}

// everyVersion is a sink that knows whether anything was made from a base.
type everyVersion struct {
	*testSink
	fromBase atomic.Bool
}

func (s *everyVersion) Version(ctx context.Context, doc detector.Document, base *detector.Memory, copies []detector.Copy) (
	*detector.Memory, *detector.Hits, error,
) {
	if base != nil {
		s.fromBase.Store(true)
	}
	return s.testSink.Version(ctx, doc, base, copies)
}

// TestEquality compares, finding for finding, what the walk over deltas finds with what a
// look at every object as a whole does, for packs of several kinds.
func TestEquality(t *testing.T) {
	for name, pack := range map[string]func(r *gittest.Repo){
		"deep deltas": func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-f", "--depth=200", "--window=30") },
		"flat deltas": func(r *gittest.Repo) { r.Git("repack", "-q", "-a", "-d", "-f", "--depth=2", "--window=5") },
		"by id": func(r *gittest.Repo) {
			r.Git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f")
		},
		"as imported": func(*gittest.Repo) {},
		"two packs": func(r *gittest.Repo) {
			half := r.Git("rev-parse", "HEAD~20")
			r.Input([]byte(half+"\n"), "pack-objects", "-q", "--revs", r.GitDir()+"/objects/pack/pack")
			r.Git("repack", "-q", "-d")
		},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, uint64(len(name))))
			r := gittest.New(t)
			r.Import(evolve(t, rng, 40))
			pack(r)
			compareWithWhole(t, r.GitDir())
		})
	}
}

// compareWithWhole holds the scan of a repository's objects to that of each as a whole.
func compareWithWhole(t *testing.T, gitDir string) {
	t.Helper()
	src, err := New(gitDir, Options{Jobs: 3, NoWorkTree: true})
	if err != nil {
		t.Fatal(err)
	}
	sink := &everyVersion{testSink: newSink(t)}
	w := &walk{Source: src, sink: sink}
	if err := w.open(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer w.objects.close()
	s := newScan(sink, nil, nil)
	if err := s.run(context.Background(), 3, w.objects, nil); err != nil {
		t.Fatal(err)
	}
	if !sink.fromBase.Load() {
		t.Error("nothing was looked through by what is new: the test tells little")
	}
	total := 0
	at := detector.Location{Path: "config/settings.py"}
	err = w.objects.walk(context.Background(), 1, tour{want: holdsText, visit: func(o *object) (any, error) {
		if o.stream != nil {
			return nil, nil
		}
		doc := detector.Document{Data: messageOf(nil, o.data)}
		if o.typ.String() == "blob" {
			c, err := contentOf(o.data)
			if err != nil {
				return nil, err
			}
			doc = c.doc
		}
		doc.Location = at
		want, err := sink.d.Scan(context.Background(), doc)
		if err != nil {
			return nil, err
		}
		var got []detector.Finding
		if k := s.suspects[o.id]; k != nil {
			got = sink.d.Findings(doc, k.hits, nil)
		}
		if a, b := list(want), list(got); !slices.Equal(a, b) {
			t.Errorf("%s %s: found\n%s\nwant\n%s", o.typ, o.id.text(20), strings.Join(b, "\n"), strings.Join(a, "\n"))
		}
		total += len(want)
		return nil, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d findings in all versions", total)
	if total < 100 && os.Getenv("STANCH_REPOSITORY") == "" {
		t.Errorf("only %d findings: the test tells little", total)
	}
}

// list describes findings.
func list(found []detector.Finding) []string {
	var out []string
	for _, f := range found {
		s := f.Places[0].Span
		out = append(out, fmt.Sprintf("%s %s %d-%d %d:%d %v %.3f", f.Rule.ID, f.Fingerprint, s.Start, s.End, s.StartLine, s.StartColumn,
			f.Places[0].Decoding, f.Confidence))
	}
	return out
}

// TestEqualityOfRepository does the same for the repository that STANCH_REPOSITORY names.
func TestEqualityOfRepository(t *testing.T) {
	dir := os.Getenv("STANCH_REPOSITORY")
	if dir == "" {
		t.Skip("STANCH_REPOSITORY names none")
	}
	compareWithWhole(t, filepath.Clean(dir))
}

// TestPlaces sees that of each credential and path the first commit is reported, by
// looking at every commit's files as a whole.
func TestPlaces(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	snapshots := evolve(t, rng, 45)
	// A side branch from version 9, merged as version 25 with something of its own.
	snapshots[20].Parents = []int{9}
	snapshots[25].Parents = []int{24, 19}
	r := gittest.New(t)
	ids := r.Import(snapshots)
	r.Git("repack", "-q", "-a", "-d", "-f", "--depth=50")

	d := theDetector(t)
	type key struct{ rule, fingerprint, path string }
	first, commits := map[key]string{}, map[string]int{}
	order := strings.Fields(r.Git("rev-list", "--reverse", "--date-order", "HEAD"))
	for _, id := range order {
		files := snapshots[slices.Index(ids, id)].Files
		here := map[string]bool{}
		for path, text := range files {
			data := strings.TrimPrefix(text, "\ufeff")
			found, err := d.Scan(context.Background(), detector.Document{Data: []byte(data), Location: detector.Location{Path: path}})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				k := key{f.Rule.ID, f.Fingerprint.String(), path}
				if first[k] == "" {
					first[k] = id
				}
				here[f.Rule.ID+f.Secret.Reveal()] = true
			}
		}
		for k := range here {
			commits[k]++
		}
	}
	s := walkRepo(t, r.Dir, Options{NoWorkTree: true})
	got := map[key]string{}
	least := map[key]int{}
	for _, f := range s.findings {
		p := f.Places[0]
		if strings.HasPrefix(strings.TrimPrefix(p.Location.Path, filepath.ToSlash(r.Dir)+"/"), ".git/") {
			continue
		}
		k := key{f.Rule.ID, f.Fingerprint.String(), strings.TrimPrefix(p.Location.Path, filepath.ToSlash(r.Dir)+"/")}
		h := p.Location.History
		if old, seen := least[k]; !seen || h.Order < old {
			got[k], least[k] = p.Location.Commit, h.Order
		}
		if want := commits[f.Rule.ID+f.Secret.Reveal()]; h.Commits != want {
			t.Errorf("%v stands in %d commits, want %d", k, h.Commits, want)
		}
		text := r.Git("show", p.Location.Commit+":"+k.path)
		if line := strings.Split(text, "\n")[p.Span.StartLine-1]; !strings.Contains(text, f.Secret.Reveal()) && len(p.Decoding) == 0 && line != "" {
			t.Errorf("%v is not in the commit that is said to have brought it", k)
		}
		if l := linehash.Of([]byte(text), p.Span.StartLine); l[p.Span.StartLine] == "" {
			t.Errorf("%v: the file has no line %d", k, p.Span.StartLine)
		}
	}
	if len(first) < 50 || !maps.Equal(got, first) {
		for k, id := range first {
			if got[k] != id {
				t.Errorf("%v: first in %q, want %s", k, got[k], id)
			}
		}
		t.Errorf("%d places, want %d", len(got), len(first))
	}
}
