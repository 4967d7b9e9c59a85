// Package gitrepo is the source for git repositories: all of their history, straight from
// the pack files.
//
// In goes a folder that is a git repository ([New]); out come versions of texts and, in
// the end, findings with the commits that brought them (see [sources.VersionSink]).
//
// # How it goes
//
//  1. Scan. Every blob, commit message and tag is looked through, not along the history
//     but along the trees of deltas in the packs: a blob that is made from another one
//     only by what is new in it. What has hits is a suspect. Paths and commits do not
//     matter yet.
//  2. Attribution, if there are suspects. Commits and trees are read, the trees reduced to
//     what leads to suspects. Going from the oldest commit to the newest, each commit's
//     tree is compared with those of its parents: what none of them has at a path was
//     brought by that commit, merges included.
//  3. Report. A credential stands in every version of a file; for each path the version
//     that came first is reported, and those that are in the tip of the default branch,
//     the index or the work tree. Rules that are for certain paths are held to them only
//     here ([sources.VersionSink.Judge]). The blobs that are reported are read once more.
//  4. The files of the work tree that differ from the index, and those that git does not
//     know and does not ignore, are handed over as documents. Submodules that are there are
//     scanned as repositories of their own.
//
// The outcome is that of looking at every blob whole under each of its paths; tests hold
// it to that.
//
// # Places
//
// Location.Path is the path in the work tree, as the source of files would give it; that
// of a commit message is ".git/commit/ID", of a tag ".git/tag/ID", of a blob that nothing
// leads to ".git/blob/ID". Offsets and lines of a message count the lines of its header
// but for ids and signatures, then the message.
//
// # What is left out
//
// Objects that no ref, reflog, index or stash leads to, unless [Options.Unreachable] is
// set: a note says that there were some. Where commits or trees are damaged or missing they
// are reported in any case, since these may have led to them. Replacements (git-replace(1)) are not applied,
// so that what they hide is seen.
//
// Repositories that package gitstore does not read go through "git cat-file", which a note
// says.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/files"
)

// Options say what of a repository to scan. The zero value is all of it.
type Options struct {
	// Jobs is the number of goroutines that scan; 0 means GOMAXPROCS.
	Jobs int
	// Range narrows the scan; see [Range]. The zero value is the whole history.
	Range Range
	// Unreachable reports what nothing leads to, too.
	Unreachable bool
	// NoWorkTree leaves index and work tree alone.
	NoWorkTree bool
	// Want, if set, says which paths are to be reported, as Location.Path has them.
	Want func(path string) bool
	// Files are the options for files of the work tree. Jobs is overwritten.
	Files files.Options
	// Cache, if set, is a folder that remembers which objects hold nothing to report, and
	// RuleSet what that depends on: rules and their versions. See the file cache.go.
	Cache, RuleSet string
}

// Source reads one repository. Make one with [New].
type Source struct {
	target           string
	prefix           string // of paths
	gitDir, workTree string
	opts             Options
	above            []string // git directories of the repositories that this is a submodule of
}

var _ sources.Source = (*Source)(nil)

// New makes a source of a folder that is a git repository: a work tree, a git directory, a
// bare repository. The error wraps [gitstore.ErrNoRepository] if it is none, and names the
// option that makes no sense otherwise.
func New(target string, opts Options) (*Source, error) {
	if opts.Jobs < 0 {
		return nil, fmt.Errorf("jobs %d: must be 1 or more, or 0 for one a processor", opts.Jobs)
	}
	if opts.Jobs == 0 {
		opts.Jobs = runtime.GOMAXPROCS(0)
	}
	if err := opts.Range.check(); err != nil {
		return nil, err
	}
	if opts.Cache != "" && opts.RuleSet == "" {
		return nil, errors.New("a cache needs to know the set of rules")
	}
	gitDir, workTree, err := gitstore.Locate(target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	s := &Source{target: target, gitDir: gitDir, workTree: workTree, opts: opts}
	if p := filepath.ToSlash(filepath.Clean(target)); p != "." && workTree != "" {
		s.prefix = strings.TrimSuffix(p, "/") + "/"
		if path.Base(p) == ".git" {
			s.prefix = strings.TrimSuffix(s.prefix, ".git/")
		}
	}
	return s, nil
}

// Walk implements [sources.Source]; sink must be a [sources.VersionSink].
func (s *Source) Walk(ctx context.Context, sink sources.Sink) error {
	v, ok := sink.(sources.VersionSink)
	if !ok {
		return fmt.Errorf("scanning %s: the sink takes no versions", s.target)
	}
	w := &walk{Source: s, sink: v, links: newLinker(s.commonDir())}
	if err := w.open(ctx); err != nil {
		return fmt.Errorf("scanning %s: %w", s.target, err)
	}
	defer w.objects.close()
	var err error
	if s.opts.Range.isZero() {
		err = w.whole(ctx)
	} else {
		err = w.ranged(ctx)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("scanning %s: %w", s.target, err)
	}
	return err
}

// commonDir is what the worktrees of the repository share.
func (s *Source) commonDir() string { return gitstore.CommonDir(s.gitDir) }

// walk is the work on one repository.
type walk struct {
	*Source
	sink    sources.VersionSink
	links   linker
	objects objects
	refs    refs
	// otherwise says that only a part of the refs is asked for, so that it is nothing to
	// note if something is led to by others.
	otherwise bool
}

// refs are where history begins.
type refs struct {
	roots   []root // refs and what HEAD is at
	softly  []root // reflogs and the like: it is no loss if they lead nowhere
	tip     oid    // of the default branch; zero if there is none
	shallow map[oid]bool
}

// open makes the objects readable.
func (w *walk) open(ctx context.Context) error {
	store, err := gitstore.Open(w.gitDir)
	var unsupported *gitstore.UnsupportedError
	if errors.As(err, &unsupported) {
		return w.openForeign(ctx, unsupported)
	}
	if err != nil {
		return err
	}
	store.Borrow(w.quarantine()...)
	for _, err := range store.Damaged() {
		w.lost(detector.Location{Path: w.prefix + ".git"}, err.Error())
	}
	w.objects = newNative(store, w.damage)
	return w.nativeRefs(store)
}

// quarantine lists the folders in which git keeps received objects until the hook
// pre-receive has let them in (git-receive-pack(1), "Quarantine environment").
func (w *walk) quarantine() []string {
	dir := os.Getenv("GIT_QUARANTINE_PATH")
	if dir == "" {
		return nil
	}
	if same, err := filepath.Abs(w.commonDir()); err != nil || !strings.HasPrefix(filepath.Clean(dir), same) {
		return nil // that of another repository
	}
	return []string{dir}
}

// lost notes something that was to be scanned and could not be.
func (w *walk) lost(at detector.Location, reason string) {
	w.sink.Skip(sources.Skip{Location: at, Reason: reason, Incomplete: true})
}

// damage notes an object that cannot be read.
func (w *walk) damage(id oid, reason string) {
	l := detector.Location{Path: w.prefix + ".git/objects"}
	if !id.isZero() {
		l.Blob = id.text(w.objects.idLen())
	}
	w.lost(l, reason)
}

// nativeRefs reads the refs.
func (w *walk) nativeRefs(store *gitstore.Store) error {
	list, err := store.Refs()
	if err != nil {
		w.lost(detector.Location{Path: w.prefix + ".git/refs"}, err.Error())
	}
	for _, r := range list {
		to := root{fromSHA1(r.ID), r.Name}
		if strings.HasPrefix(r.Name, "refs/") || strings.HasSuffix(r.Name, "/HEAD#0") {
			w.refs.roots = append(w.refs.roots, to)
		} else {
			w.refs.softly = append(w.refs.softly, to)
		}
	}
	ids, err := store.Reflogs()
	if err != nil {
		w.lost(detector.Location{Path: w.prefix + ".git/logs"}, err.Error())
	}
	for _, id := range ids {
		w.refs.softly = append(w.refs.softly, root{fromSHA1(id), "reflog"})
	}
	shallow, err := store.Shallow()
	if err != nil {
		return err
	}
	w.refs.shallow = map[oid]bool{}
	for id := range shallow {
		w.refs.shallow[fromSHA1(id)] = true
	}
	w.refs.tip = nativeTip(store)
	return nil
}

// nativeTip is the tip of the default branch: that of origin, else where HEAD is.
func nativeTip(store *gitstore.Store) oid {
	if id, ok := store.Ref("refs/remotes/origin/HEAD"); ok {
		return fromSHA1(id)
	}
	if _, id, err := store.Head(); err == nil {
		return fromSHA1(id)
	}
	return oid{}
}

// whole scans all of the history.
func (w *walk) whole(ctx context.Context) error {
	var c *cache
	if w.opts.Cache != "" {
		var err error
		if c, err = openCache(w.opts.Cache, w.opts.RuleSet); err != nil {
			return err
		}
	}
	s := newScan(w.sink, c)
	s.forest = newForest(w.objects.idLen())
	if err := s.run(ctx, w.opts.Jobs, w.objects, nil); err != nil {
		return err
	}
	if n, ok := w.objects.(*native); ok {
		n.check(func(t gitstore.Type) bool { return t == gitstore.Tree })
	}
	if c != nil {
		if err := c.save(); err != nil {
			w.sink.Note("the cache could not be written, so that the next scan takes as long: " + err.Error())
		}
	}
	tree, err := w.readWorkTree(ctx)
	if err != nil {
		return err
	}
	if len(s.suspects) > 0 {
		if err := w.attribute(ctx, s, tree); err != nil {
			return err
		}
	} else if n := len(w.refs.shallow); n > 0 {
		w.noteShallow(n)
	}
	if err := w.handFiles(ctx, tree); err != nil {
		return err
	}
	return w.walkModules(ctx, tree)
}

func (w *walk) noteShallow(n int) {
	w.sink.Note(fmt.Sprintf("the history is cut off at %d %s: this is a shallow clone; "+
		"\"git fetch --unshallow\" brings the rest", n, plural(n, "commit")))
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// attribute finds out where suspects come from, and reports them.
func (w *walk) attribute(ctx context.Context, s *scan, tree *workTree) error {
	a := w.attribution(s.suspects)
	if err := a.grow(ctx, s, w.refs.shallow); err != nil {
		return err
	}
	g := a.g
	g.connect(w.refs.roots)
	missing := len(g.missing)
	first := firstOf(g.missing)
	g.connect(w.refs.softly)
	if tree != nil {
		for _, e := range tree.entries {
			if leaf, ok := g.leaves[e.id]; ok {
				g.see(leaf, e.path, -1).tree = true
			}
		}
	}
	reachable := len(g.order)
	if w.opts.Unreachable {
		var rest []root
		for id := range g.commits {
			if _, known := g.position[id]; !known {
				rest = append(rest, root{id: id})
			}
		}
		g.connect(rest)
	}
	if tip := g.commits[g.peel(w.refs.tip)]; tip != nil {
		g.eachLeaf(g.treeNumber(tip.tree), "", 0, func(leaf int32, path string) { g.see(leaf, path, -1).tip = true })
	}
	a.blobs(nil)
	a.messages(nil)
	if w.opts.Unreachable || missing > 0 { // what is missing may have led to them
		a.orphans()
	}
	if n := a.left; n > 0 && !w.otherwise {
		w.sink.Note(fmt.Sprintf("%d %s with findings that no ref, reflog or index leads to %s left out; --unreachable reports them",
			n, plural(n, "object"), map[bool]string{true: "is", false: "are"}[n == 1]))
	}
	if g.shallow > 0 {
		w.noteShallow(g.shallow)
	}
	if missing > 0 {
		w.lost(detector.Location{Path: w.prefix + ".git/objects", Blob: first.text(w.objects.idLen())}, fmt.Sprintf(
			"%d %s that the history of %d commits needs, this one among them, cannot be read: \"git fsck\" tells more",
			missing, plural(missing, "object"), reachable))
	}
	if g.full {
		w.lost(detector.Location{Path: w.prefix + ".git"}, "the trees of the history have no end of paths: not all are in the report")
	}
	return a.deliver(ctx, w.sink)
}

// firstOf is the least id of a set.
func firstOf(set map[oid]bool) (first oid) {
	for id := range set {
		if first.isZero() || slices.Compare(id[:], first[:]) < 0 {
			first = id
		}
	}
	return first
}

// attribution begins one.
func (w *walk) attribution(suspects map[oid]*suspect) *attribution {
	a := &attribution{
		Source: w.Source, objects: w.objects, suspects: suspects, links: w.links, judge: w.sink.Judge,
		people: map[oid]person{}, numbers: map[credential]int32{}, reports: map[oid][]report{},
	}
	for id, k := range suspects {
		if k.typ == gitstore.Blob {
			a.ids = append(a.ids, id)
		}
	}
	slices.SortFunc(a.ids, func(a, b oid) int { return slices.Compare(a[:], b[:]) })
	return a
}

// grow reads the trees, and the commits that the scan has not read.
func (a *attribution) grow(ctx context.Context, s *scan, shallow map[oid]bool) error {
	leaves := make(map[oid]int32, len(a.ids))
	for i, id := range a.ids {
		leaves[id] = int32(i)
	}
	f := s.forest
	f.seek(leaves)
	err := a.objects.walk(ctx, a.opts.Jobs, tour{
		want: func(t gitstore.Type) bool { return t == gitstore.Tree || t != gitstore.Blob && !s.hasCommits },
		visit: func(o *object) (any, error) {
			if err := f.visit(o); err != nil && !errors.Is(err, errCommit) && !errors.Is(err, errTree) {
				return nil, err
			}
			return nil, nil // what it leads to is then missing
		},
	})
	a.g = newGraph(f, shallow)
	return err
}
