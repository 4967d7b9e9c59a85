package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
)

// Range narrows a scan to a part of the history. Revisions, dates and branches are what
// git takes them for (gitrevisions(7)), so that it needs the system's git.
//
// Of a range every blob is scanned that a commit in it brought, side branches and merges
// included: what one commit adds and the next removes is found. Reported is what is new:
// not what a file held before the commit, nor what the commit moved from another file.
// Where the range cannot be had as it was asked for, more is scanned rather than less and
// a note says so.
type Range struct {
	// Revisions is "A..B", the commits that B has and A has not, or "A...B", those since
	// B left A. B may be left out for HEAD. An A of zeros, as CI gives it for a new
	// branch, stands for where the branch left the default branch; a B of zeros, for a
	// branch that was removed, for nothing.
	Revisions string
	// Since is a date: the commits that are younger.
	Since string
	// Branch is a ref: what it leads to, together with Since if that is set.
	Branch string
	// Staged is what the index has and HEAD has not.
	Staged bool
}

func (r Range) isZero() bool { return r == Range{} }

// check sees that what is asked for makes sense.
func (r Range) check() error {
	switch {
	case r.Staged && (r.Revisions != "" || r.Since != "" || r.Branch != ""):
		return errors.New("what is staged has no commits: leave out the range, the date and the branch, or --staged")
	case r.Revisions != "" && (r.Since != "" || r.Branch != ""):
		return errors.New("a range says where it begins and ends: leave out the date and the branch, or the range")
	case r.Revisions != "" && !strings.Contains(r.Revisions, ".."):
		return fmt.Errorf("range %q: want A..B or A...B", r.Revisions)
	}
	for _, s := range []string{r.Revisions, r.Branch} {
		if strings.HasPrefix(s, "-") {
			return fmt.Errorf("revision %q: must not begin with \"-\"", s)
		}
	}
	return nil
}

// ends takes a range apart.
func (r Range) ends() (a, b string, fork bool) {
	a, b, _ = strings.Cut(r.Revisions, "..")
	if b, fork = strings.CutPrefix(b, "."); b == "" {
		b = "HEAD"
	}
	if a == "" {
		a = "HEAD"
	}
	return a, b, fork
}

// change is a file that a commit made or changed, compared with one of its parents.
type change struct {
	commit   int32 // position; -1 for the index
	parent   int   // number of the parent
	old, new oid   // zero where there is none
	path     string
}

// selection is what a range comes to.
type selection struct {
	commits []oid
	parents []int // of each commit: how many
	changes []change
	tip     string   // the revision at its end; empty for the index
	behind  []string // commits that it is told to begin behind
}

// ranged scans a part of the history.
func (w *walk) ranged(ctx context.Context) error {
	var sel *selection
	var err error
	switch r := w.opts.Range; {
	case r.Staged:
		sel, err = w.staged(ctx)
	case r.Revisions != "":
		var args []string
		if args, err = w.resolve(ctx); err == nil && args != nil {
			sel, err = w.log(ctx, args[0], args...)
		}
	case r.Since != "":
		sel, err = w.since(ctx)
	default:
		return w.branch(ctx)
	}
	if err != nil || sel == nil {
		return err
	}
	if len(sel.commits) == 0 && !w.opts.Range.Staged {
		w.sink.Note("the range has no commits: nothing to scan")
		return nil
	}
	return w.scanSelection(ctx, sel)
}

// branch scans all that a ref leads to.
func (w *walk) branch(ctx context.Context) error {
	id, err := w.revision(ctx, w.opts.Range.Branch)
	if err != nil {
		return err
	}
	if id.isZero() {
		return fmt.Errorf("there is no branch or other revision %q here: \"git fetch\" may bring it", w.opts.Range.Branch)
	}
	w.refs.roots = []root{{id, w.opts.Range.Branch}}
	w.refs.softly, w.refs.tip = nil, id
	w.opts.NoWorkTree = true
	w.otherwise = true
	return w.whole(ctx)
}

// revision looks up a commit, zero if there is none.
func (w *walk) revision(ctx context.Context, name string) (oid, error) {
	out, err := w.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if ctx.Err() != nil {
		return oid{}, ctx.Err()
	}
	if err != nil {
		if _, failed := w.git(ctx, "rev-parse", "--git-dir"); failed != nil {
			return oid{}, failed // git does not work here at all
		}
		return oid{}, nil
	}
	return parseOID(strings.TrimSpace(string(out)))
}

func isZeros(s string) bool { return len(s) >= 40 && strings.Trim(s, "0") == "" }

// resolve turns the revisions into arguments of git log; nil for nothing to scan. Each
// special case is noted.
func (w *walk) resolve(ctx context.Context) ([]string, error) {
	first, last, fork := w.opts.Range.ends()
	if isZeros(last) {
		w.sink.Note("the end of the range is all zeros, so the branch was removed: nothing to scan")
		return nil, nil
	}
	b, err := w.revision(ctx, last)
	if err != nil {
		return nil, err
	}
	if b.isZero() {
		return nil, fmt.Errorf("the end of the range, %q, is not in the repository: fetch it (actions/checkout: fetch-depth: 0)", last)
	}
	end := b.text(w.objects.idLen())
	if isZeros(first) {
		return w.newBranch(ctx, end, "the range begins with zeros, so the branch is new")
	}
	a, err := w.revision(ctx, first)
	if err != nil {
		return nil, err
	}
	if a.isZero() {
		return w.newBranch(ctx, end, fmt.Sprintf("the begin of the range, %s, is not in the repository "+
			"(after a forced push, or in a clone that is cut off: actions/checkout: fetch-depth: 0)", first))
	}
	if a == b {
		w.sink.Note("the range begins and ends at the same commit: nothing to scan")
		return nil, nil
	}
	begin := a.text(w.objects.idLen())
	base, err := w.git(ctx, "merge-base", begin, end)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		w.sink.Note(fmt.Sprintf("%s and %s have no commit in common%s: all commits of the second that the first lacks are scanned",
			first, last, w.cutHint()))
		return []string{end, "^" + begin}, nil
	}
	common := strings.TrimSpace(string(base))
	if fork {
		return []string{end, "^" + common}, nil
	}
	if common != begin {
		w.sink.Note(fmt.Sprintf("%s does not lead to %s, as after a forced push: scanned are the commits that the first lacks", last, first))
	}
	return []string{end, "^" + begin}, nil
}

// cutHint tells of a shallow clone.
func (w *walk) cutHint() string {
	if len(w.refs.shallow) == 0 {
		return ""
	}
	return " in this shallow clone (actions/checkout: fetch-depth: 0)"
}

// newBranch gives the commits up to end that are not in the default branch, or in no
// other branch of a remote.
func (w *walk) newBranch(ctx context.Context, end, why string) ([]string, error) {
	for _, name := range []string{"refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"} {
		tip, err := w.revision(ctx, name)
		if err != nil {
			return nil, err
		}
		if id := tip.text(w.objects.idLen()); !tip.isZero() && id != end {
			w.sink.Note(why + ": scanned is what the default branch (" + name + ") lacks")
			return []string{end, "^" + id}, nil
		}
	}
	others := "refs/remotes"
	if w.workTree == "" { // a server's: what is received has no ref yet
		others = "refs/heads"
	}
	out, err := w.git(ctx, "for-each-ref", "--format=%(objectname)", others)
	if err != nil {
		return nil, err
	}
	args := []string{end}
	for _, id := range strings.Fields(string(out)) {
		if id != end {
			args = append(args, "^"+id)
		}
	}
	if len(args) > 1 {
		w.sink.Note(why + ": scanned is what no other branch of " + others + " has")
	} else {
		w.sink.Note(why + ": scanned is all that it leads to")
	}
	return args, nil
}

// since gives the commits that are younger than a date.
func (w *walk) since(ctx context.Context) (*selection, error) {
	args := []string{"--since=" + w.opts.Range.Since}
	if name := w.opts.Range.Branch; name != "" {
		id, err := w.revision(ctx, name)
		if err != nil {
			return nil, err
		}
		if id.isZero() {
			return nil, fmt.Errorf("there is no branch or other revision %q here: \"git fetch\" may bring it", name)
		}
		tip := id.text(w.objects.idLen())
		return w.log(ctx, tip, append(args, tip)...)
	}
	return w.log(ctx, "HEAD", append(args, "--all")...)
}

// log has git list the commits of a range, oldest first, with what they change. tip is
// the revision at its end.
func (w *walk) log(ctx context.Context, tip string, args ...string) (*selection, error) {
	args = append([]string{
		"log", "--topo-order", "--reverse", "-m", "--root", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-show-signature",
		"--no-notes", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "--format=%x01%H %P",
	}, args...)
	out, err := w.git(ctx, append(args, "--")...)
	if err != nil {
		return nil, err
	}
	sel := &selection{tip: tip}
	for _, a := range args {
		if id, ok := strings.CutPrefix(a, "^"); ok {
			sel.behind = append(sel.behind, id)
		}
	}
	parent := 0
	for len(out) > 0 {
		var token []byte
		token, out, _ = bytes.Cut(out, []byte{0})
		token = bytes.TrimLeft(token, "\n")
		if len(token) == 0 {
			continue
		}
		if token[0] == 1 {
			ids := strings.Fields(string(token[1:]))
			id, err := parseOID(ids[0])
			if err != nil {
				return nil, fmt.Errorf("git log: %w", err)
			}
			if n := len(sel.commits); n > 0 && sel.commits[n-1] == id { // a merge, compared with its next parent
				parent++
				continue
			}
			parent = 0
			sel.commits = append(sel.commits, id)
			sel.parents = append(sel.parents, max(1, len(ids)-1))
			continue
		}
		var path []byte
		path, out, _ = bytes.Cut(out, []byte{0})
		c, ok, err := parseRaw(string(token), string(path))
		if err != nil || len(sel.commits) == 0 {
			return nil, fmt.Errorf("git log printed %q", token)
		}
		if ok {
			c.commit, c.parent = int32(len(sel.commits)-1), parent
			sel.changes = append(sel.changes, c)
		}
	}
	return sel, nil
}

// parseRaw reads a line of git's raw output: ":mode mode id id status" (git-diff(1), "Raw
// output format"). ok is false for what has no text, such as a submodule.
func parseRaw(line, path string) (c change, ok bool, err error) {
	fields := strings.Fields(strings.TrimPrefix(line, ":"))
	if len(fields) != 5 {
		return c, false, errors.New("not a line of raw output")
	}
	if c.old, err = parseOID(fields[2]); err != nil {
		return c, false, err
	}
	if c.new, err = parseOID(fields[3]); err != nil {
		return c, false, err
	}
	const link = "160000"
	if fields[0] == link {
		c.old = oid{}
	}
	if fields[1] == link {
		c.new = oid{}
	}
	c.path = path
	return c, c.old != oid{} || c.new != oid{}, nil
}

// staged lists what the index has and HEAD has not.
func (w *walk) staged(ctx context.Context) (*selection, error) {
	head, err := w.revision(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	against := head.text(w.objects.idLen())
	if head.isZero() { // no commit yet
		out, err := w.git(ctx, "hash-object", "-t", "tree", "--stdin")
		if err != nil {
			return nil, err
		}
		against = strings.TrimSpace(string(out))
	}
	out, err := w.git(ctx, "diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", against, "--")
	if err != nil {
		return nil, err
	}
	sel := new(selection)
	for len(out) > 0 {
		var line, path []byte
		line, out, _ = bytes.Cut(out, []byte{0})
		path, out, _ = bytes.Cut(out, []byte{0})
		c, ok, err := parseRaw(string(line), string(path))
		if err != nil {
			return nil, fmt.Errorf("git diff-index printed %q", line)
		}
		if ok {
			c.commit = -1
			sel.changes = append(sel.changes, c)
		}
	}
	return sel, nil
}

// scanSelection scans what commits brought and what they replaced, and reports what is in
// the one and not in the other.
func (w *walk) scanSelection(ctx context.Context, sel *selection) error {
	brought, err := w.brought(ctx, sel)
	if err != nil {
		return err
	}
	need := map[oid]bool{}
	for _, c := range brought {
		need[c.new] = true
	}
	touched := map[int32]bool{}
	for _, c := range brought {
		touched[c.commit] = true
	}
	for _, c := range sel.changes {
		if touched[c.commit] && !c.old.isZero() {
			need[c.old] = true
		}
	}
	for _, id := range sel.commits {
		need[id] = true
	}
	s := newScan(w.sink, nil)
	if err := some(ctx, w.objects, w.opts.Jobs, need, tour{
		want:  holdsText,
		visit: func(o *object) (any, error) { return s.visit(ctx, o) },
	}); err != nil {
		return err
	}
	cut := 0
	for _, id := range sel.commits {
		if w.refs.shallow[id] {
			cut++
		}
	}
	if cut > 0 {
		w.lost(detector.Location{Path: w.prefix + ".git"}, fmt.Sprintf("the range reaches the end of a shallow clone at %d %s, "+
			"which seem to bring all of their files: fetch more (actions/checkout: fetch-depth: 0)", cut, plural(cut, "commit")))
	}
	if len(s.suspects) == 0 {
		return nil
	}
	return w.attributeSelection(ctx, sel, brought, s.suspects)
}

// brought lists the changes that brought a blob: one that no parent of the commit has at
// the path, nor the commits that the range begins behind anywhere.
func (w *walk) brought(ctx context.Context, sel *selection) ([]change, error) {
	type entry struct {
		commit int32
		path   string
		id     oid
	}
	seen := map[entry]int{}
	for _, c := range sel.changes {
		seen[entry{c.commit, c.path, c.new}]++
	}
	var list []change
	for _, c := range sel.changes {
		if c.new.isZero() || c.new == c.old || c.parent != 0 || c.commit >= 0 && seen[entry{c.commit, c.path, c.new}] < sel.parents[c.commit] {
			continue
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, nil
	}
	older, err := w.older(ctx, sel)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(c change) bool { return older[c.new] }), nil
}

// maxBoundaries is how many commits are looked at that a range begins behind.
const maxBoundaries = 8

// older lists the blobs of the commits that a range begins behind.
func (w *walk) older(ctx context.Context, sel *selection) (map[oid]bool, error) {
	inside := map[oid]bool{}
	for _, id := range sel.commits {
		inside[id] = true
	}
	boundary := slices.Clone(sel.behind[:min(len(sel.behind), maxBoundaries)])
	if len(sel.commits) == 0 {
		if head, err := w.revision(ctx, "HEAD"); err == nil && !head.isZero() {
			boundary = []string{head.text(w.objects.idLen())}
		}
	}
	for _, id := range sel.commits {
		_, data, err := w.objects.get(id)
		if err != nil {
			continue // told when it is scanned
		}
		c, err := parseCommit(data)
		if err != nil || w.refs.shallow[id] {
			continue
		}
		for _, p := range c.parents {
			if name := p.text(w.objects.idLen()); !inside[p] && !slices.Contains(boundary, name) && len(boundary) < maxBoundaries {
				boundary = append(boundary, name)
			}
		}
	}
	older := map[oid]bool{}
	for _, name := range boundary {
		if err := w.eachFile(ctx, name, func(id oid, _ string) { older[id] = true }); err != nil {
			return nil, err
		}
	}
	return older, nil
}

// eachFile calls do for each file of a revision.
func (w *walk) eachFile(ctx context.Context, revision string, do func(id oid, path string)) error {
	out, err := w.git(ctx, "ls-tree", "-r", "-z", "--full-tree", revision)
	if err != nil {
		return err
	}
	for line := range bytes.SplitSeq(out, []byte{0}) {
		info, path, ok := strings.Cut(string(line), "\t")
		fields := strings.Fields(info)
		if !ok || len(fields) != 3 || fields[1] != "blob" {
			continue
		}
		id, err := parseOID(fields[2])
		if err != nil {
			return fmt.Errorf("git ls-tree: %w", err)
		}
		do(id, path)
	}
	return nil
}

// attributeSelection reports what is new in a range.
func (w *walk) attributeSelection(ctx context.Context, sel *selection, brought []change, suspects map[oid]*suspect) error {
	a := w.attribution(suspects)
	leaves := make(map[oid]int32, len(a.ids))
	for i, id := range a.ids {
		leaves[id] = int32(i)
	}
	f := newForest(w.objects.idLen())
	f.seek(leaves)
	a.g = newGraph(f, w.refs.shallow)
	a.g.order = sel.commits
	for i, id := range sel.commits {
		a.g.position[id] = int32(i)
	}
	isNew := map[oid]bool{}
	for _, c := range brought {
		isNew[c.new] = true
		if leaf, ok := leaves[c.new]; ok {
			s := a.g.see(leaf, c.path, c.commit)
			s.tree = s.tree || w.opts.Range.Staged
		}
	}
	if sel.tip != "" {
		err := w.eachFile(ctx, sel.tip, func(id oid, path string) {
			if leaf, ok := leaves[id]; ok && len(a.g.sights[leaf]) > 0 {
				if _, known := a.g.byPlace[place{leaf, a.g.pathNumber(path)}]; known {
					a.g.see(leaf, path, -1).tip = true
				}
			}
		})
		if err != nil {
			return err
		}
	}
	old := w.oldCredentials(sel, suspects, isNew)
	type at struct {
		path int32
		credential
	}
	known := map[at]bool{}
	a.blobs(func(_ int32, s sight, c credential) bool {
		key := at{s.path, c}
		if !known[key] && (old[before{s.first, ""}][c] || old[before{-2, a.g.byPath[s.path]}][c]) {
			return false
		}
		known[key] = true
		return true
	})
	a.messages(func(id oid) bool { _, ok := a.g.position[id]; return ok })
	return a.deliver(ctx, w.sink)
}

// before names what was there before: of all files that a commit changes, or, with the
// commit -2, of a file before the range.
type before struct {
	commit int32
	path   string
}

// oldCredentials lists the credentials that were there before.
func (w *walk) oldCredentials(sel *selection, suspects map[oid]*suspect, isNew map[oid]bool) map[before]map[credential]bool {
	old := map[before]map[credential]bool{}
	for _, c := range sel.changes {
		k := suspects[c.old]
		if k == nil || k.hits == nil {
			continue
		}
		keys := []before{{c.commit, ""}}
		if !isNew[c.old] {
			keys = append(keys, before{-2, c.path})
		}
		for _, s := range w.sink.Judge(k.hits, detector.Location{Path: w.prefix + c.path}) {
			for _, key := range keys {
				if old[key] == nil {
					old[key] = map[credential]bool{}
				}
				old[key][credential{s.Rule(), s.Secret()}] = true
			}
		}
	}
	return old
}

// some visits the objects of a set.
func some(ctx context.Context, o objects, jobs int, need map[oid]bool, t tour) error {
	if len(need) > manyObjects {
		t.need = func(id oid) bool { return need[id] }
		return o.walk(ctx, jobs, t)
	}
	ids := make([]oid, 0, len(need))
	for id := range need {
		ids = append(ids, id)
	}
	return each(ctx, jobs, ids, func(id oid) error {
		typ, data, err := o.get(id)
		if err != nil {
			if errors.Is(err, gitstore.ErrNotFound) {
				return fmt.Errorf("object %s: %w: is this a partial clone?", id.text(o.idLen()), err)
			}
			return nil // told
		}
		if !t.want(typ) {
			return nil
		}
		_, err = t.visit(&object{id: id, typ: typ, size: int64(len(data)), data: data})
		return err
	})
}

// manyObjects is from how many on a walk is the faster way: it looks at the header of
// every object first.
const manyObjects = 200
