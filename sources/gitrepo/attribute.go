package gitrepo

import (
	"cmp"
	"maps"
	"slices"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/rules"
)

// A credential stands in every version of a file from the one that brought it to the one
// that removes it. Reported is, for each path, the version that came first, and what of
// it is still there: in the tip of the default branch, in the index.

// credential is what a rule found, wherever it stands.
type credential struct {
	rule   *rules.Rule
	secret detector.Secret
}

// report is a place that is handed to the sink: a suspect at a path, with those of its
// credentials that it stands for.
type report struct {
	at   detector.Location
	keep map[credential]bool // nil for all
}

// attribution works out what is reported of the suspects.
type attribution struct {
	*Source
	g        *graph
	objects  objects
	suspects map[oid]*suspect
	links    linker
	judge    func(*detector.Hits, detector.Location) []detector.Sighting

	ids     []oid // of the leaves
	people  map[oid]person
	numbers map[credential]int32
	names   []credential
	reports map[oid][]report
	left    int // suspects that nothing leads to
}

type person struct{ name, email, date string }

// blobs plans the reports of the suspects that are blobs. only, if set, says which
// credentials count at a path.
func (a *attribution) blobs(only func(leaf int32, s sight, c credential) bool) {
	first := map[[2]int32]int32{} // leaf, by number of the credential and of the path
	holds := make([][]int32, len(a.ids))
	type seen struct {
		leaf, order int32
		sight       int
		found       []int32
	}
	var all []seen
	for leaf, id := range a.ids {
		k, sights := a.suspects[id], a.g.sights[leaf]
		switch {
		case len(sights) == 0:
			a.left++
		case k.hits == nil: // too large, or not looked through
			a.plan(id, report{at: a.location(id, int32(leaf), a.earliest(sights))})
		default:
			for i := range sights {
				all = append(all, seen{leaf: int32(leaf), sight: i, order: a.orderOf(sights[i].first)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b seen) int { return cmp.Compare(a.order, b.order) })
	for i := range all {
		s := &all[i]
		at := a.g.sights[s.leaf][s.sight]
		path := a.prefix + a.g.byPath[at.path]
		if a.opts.Want != nil && !a.opts.Want(path) {
			continue
		}
		hits := a.suspects[a.ids[s.leaf]].hits
		s.found = a.number(s.leaf, at, a.judge(hits, detector.Location{Path: path}), only)
		holds[s.leaf] = append(holds[s.leaf], s.found...)
		for _, c := range s.found {
			key := [2]int32{c, at.path}
			if _, ok := first[key]; !ok {
				first[key] = s.leaf
			}
		}
	}
	counts := a.g.census(len(a.names), holds)
	for _, s := range all {
		at := a.g.sights[s.leaf][s.sight]
		byCount := map[int]map[credential]bool{}
		for _, c := range s.found {
			if first[[2]int32{c, at.path}] != s.leaf && !at.tip && !at.tree {
				continue
			}
			n := counts[c]
			if byCount[n] == nil {
				byCount[n] = map[credential]bool{}
			}
			byCount[n][a.names[c]] = true
		}
		for _, n := range slices.Sorted(maps.Keys(byCount)) {
			l := a.location(a.ids[s.leaf], s.leaf, s.sight)
			l.History.Commits = n
			a.plan(a.ids[s.leaf], report{l, byCount[n]})
		}
	}
}

// number gives the numbers of credentials, each once, in order.
func (a *attribution) number(leaf int32, at sight, sightings []detector.Sighting, only func(int32, sight, credential) bool) []int32 {
	var list []int32
	for _, s := range sightings {
		c := credential{s.Rule(), s.Secret()}
		if only != nil && !only(leaf, at, c) {
			continue
		}
		n, ok := a.numbers[c]
		if !ok {
			n = int32(len(a.names))
			a.numbers[c] = n
			a.names = append(a.names, c)
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// orderOf is the order of a commit by its position; what no commit has comes last.
func (a *attribution) orderOf(position int32) int32 {
	if position < 0 {
		return int32(len(a.g.order))
	}
	return position
}

// earliest is the sight that came first.
func (a *attribution) earliest(sights []sight) int {
	best := 0
	for i := range sights {
		if a.orderOf(sights[i].first) < a.orderOf(sights[best].first) {
			best = i
		}
	}
	return best
}

// maxPaths is how many paths of a blob are listed.
const maxPaths = 100

// location describes a suspect at one of its paths.
func (a *attribution) location(id oid, leaf int32, i int) detector.Location {
	s := a.g.sights[leaf][i]
	path := a.g.byPath[s.path]
	h := &detector.History{Order: int(a.orderOf(s.first)), InTip: s.tip, InWorkTree: s.tree}
	for _, other := range a.g.sights[leaf] {
		h.Paths = append(h.Paths, a.prefix+a.g.byPath[other.path])
	}
	slices.Sort(h.Paths)
	h.Paths = h.Paths[:min(len(h.Paths), maxPaths)]
	l := detector.Location{Path: a.prefix + path, Blob: id.text(a.objects.idLen()), History: h}
	if s.first >= 0 {
		a.sign(&l, a.g.order[s.first], "author")
		l.URL, l.LineURL = a.links.file(l.Commit, path)
	}
	return l
}

// sign says which commit brought something, or which tag says it.
func (a *attribution) sign(l *detector.Location, id oid, role string) {
	p, ok := a.people[id]
	if !ok {
		if _, data, err := a.objects.get(id); err == nil { // it was read a moment ago
			p.name, p.email, p.date = signature(data, role)
		}
		a.people[id] = p
	}
	l.Author, l.Email, l.Date = p.name, p.email, p.date
	if role == "author" {
		l.Commit = id.text(a.objects.idLen())
	}
}

// messages plans the reports of commits and tags.
func (a *attribution) messages(wanted func(oid) bool) {
	for id, k := range a.suspects {
		if k.typ != gitstore.Commit && k.typ != gitstore.Tag || wanted != nil && !wanted(id) {
			continue
		}
		position, reachable := a.g.position[id]
		name := id.text(a.objects.idLen())
		l := detector.Location{Path: a.prefix + ".git/" + k.typ.String() + "/" + name, Blob: name}
		switch {
		case k.typ == gitstore.Commit && reachable:
			a.sign(&l, id, "author")
			l.URL = a.links.commit(name)
			l.History = &detector.History{Order: int(position), Commits: 1}
		case k.typ == gitstore.Tag && (a.g.reached[id] || a.opts.Unreachable):
			a.sign(&l, id, "tagger")
			l.History = &detector.History{Order: len(a.g.order)}
		default:
			a.left++
			continue
		}
		a.plan(id, report{at: l})
	}
}

// orphans plans the reports of blobs that nothing leads to.
func (a *attribution) orphans() {
	for leaf, id := range a.ids {
		if len(a.g.sights[leaf]) == 0 {
			name := id.text(a.objects.idLen())
			a.plan(id, report{at: detector.Location{Path: a.prefix + ".git/blob/" + name, Blob: name,
				History: &detector.History{Order: len(a.g.order)}}})
		}
	}
	a.left = 0
}

func (a *attribution) plan(id oid, r report) { a.reports[id] = append(a.reports[id], r) }
