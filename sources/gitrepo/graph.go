package gitrepo

import (
	"bytes"
	"cmp"
	"container/heap"
	"errors"
	"slices"
)

var errTree = errors.New("its entries are damaged")

// sight is a path at which a suspect stands, and the first commit that brought it there.
type sight struct {
	path  int32 // number of the path
	first int32 // position of the commit; -1 for the index
	tip   bool  // the tip of the default branch has it
	tree  bool  // the index or the work tree has it
}

// graph tells which commits brought a suspect, and where.
type graph struct {
	*forest
	missing map[oid]bool // trees and commits that should be there and are not
	cut     map[oid]bool // commits whose parents a shallow clone left out
	shallow int          // how many of these were met

	order    []oid         // reachable commits, each behind its parents
	position map[oid]int32 // of a commit in order
	live     []int8        // of each tree: does it lead to a suspect

	paths   map[string]int32
	byPath  []string
	sights  [][]sight       // of each suspect that is a blob
	reached map[oid]bool    // tags
	byPlace map[place]int32 // index in sights of the suspect
	steps   int             // entries compared so far
	full    bool            // a limit was reached
}

type place struct{ leaf, path int32 }

func newGraph(f *forest, cut map[oid]bool) *graph {
	return &graph{
		forest: f, missing: map[oid]bool{}, cut: cut, position: map[oid]int32{}, live: make([]int8, len(f.entries)),
		paths: map[string]int32{}, sights: make([][]sight, len(f.leaves)), reached: map[oid]bool{}, byPlace: map[place]int32{},
	}
}

// peel follows tags. Tags that lead to each other end it.
func (g *graph) peel(id oid) oid {
	for range len(g.tags) + 1 {
		next, ok := g.tags[id]
		if !ok {
			break
		}
		g.reached[id] = true
		id = next
	}
	return id
}

// root is something from which history is followed: a commit, or what else a ref is at.
type root struct {
	id   oid
	name string // stands for the path of a blob that is no file
}

// connect puts the commits that roots lead to in order, each behind its parents, of
// several the oldest first, and finds out where they brought suspects. It may be called
// again: what was in order stays there, what is new comes behind.
func (g *graph) connect(roots []root) {
	var start []oid
	for _, r := range roots {
		id := g.peel(r.id)
		if g.commits[id] != nil {
			start = append(start, id)
			continue
		}
		if leaf, ok := g.leaves[id]; ok { // a ref to a blob
			g.see(leaf, r.name, -1)
			continue
		}
		if tree, ok := g.trees[id]; ok && g.read[tree] {
			g.diff(tree, nil, r.name+"/", -1, 0)
			continue
		}
		if !id.isZero() {
			g.missing[id] = true
		}
	}
	from := len(g.order)
	g.sort(start)
	for i := from; i < len(g.order); i++ {
		c := g.commits[g.order[i]]
		var olds []int32
		if !g.cut[g.order[i]] {
			for _, p := range c.parents {
				if parent := g.commits[p]; parent != nil {
					olds = append(olds, g.treeNumber(parent.tree))
				}
			}
		}
		g.diff(g.treeNumber(c.tree), olds, "", int32(i), 0)
	}
}

// treeNumber is the number of a tree, -1 if there is none.
func (g *graph) treeNumber(id oid) int32 {
	n, ok := g.trees[id]
	if !ok || !g.read[n] {
		g.missing[id] = true
		return -1
	}
	return n
}

// sort appends the commits that lead from start to g.order.
func (g *graph) sort(start []oid) {
	waiting := map[oid]int{} // how many parents are not in order yet
	children := map[oid][]oid{}
	var ready commitQueue
	var open []oid
	enter := func(id oid) {
		if _, known := waiting[id]; known {
			return
		}
		if _, done := g.position[id]; !done {
			waiting[id] = 0
			open = append(open, id)
		}
	}
	for _, id := range start {
		enter(id)
	}
	for len(open) > 0 {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		c := g.commits[id]
		if g.cut[id] {
			g.shallow++
		} else {
			for i, p := range c.parents {
				if slices.Contains(c.parents[:i], p) {
					continue
				}
				if g.commits[p] == nil {
					g.missing[p] = true
					continue
				}
				if _, done := g.position[p]; done {
					continue
				}
				enter(p)
				waiting[id]++
				children[p] = append(children[p], id)
			}
		}
		if waiting[id] == 0 {
			ready = append(ready, queued{c.when, id})
		}
	}
	heap.Init(&ready)
	for len(ready) > 0 {
		id := heap.Pop(&ready).(queued).id
		g.position[id] = int32(len(g.order))
		g.order = append(g.order, id)
		for _, child := range children[id] {
			if waiting[child]--; waiting[child] == 0 {
				heap.Push(&ready, queued{g.commits[child].when, child})
			}
		}
	}
}

// queued is a commit whose parents are all in order.
type queued struct {
	when int64
	id   oid
}

type commitQueue []queued

func (q commitQueue) Len() int { return len(q) }
func (q commitQueue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].when, q[j].when), bytes.Compare(q[i].id[:], q[j].id[:])) < 0
}
func (q commitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *commitQueue) Push(x any)   { *q = append(*q, x.(queued)) }
func (q *commitQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// maxDepth is how deep folders may lie in each other.
const maxDepth = 2048

// States of graph.live.
const (
	liveUnknown = iota
	liveOpen
	liveNo
	liveYes
)

// leads reports whether a suspect stands anywhere below a tree.
func (g *graph) leads(tree int32, depth int) bool {
	switch g.live[tree] {
	case liveYes:
		return true
	case liveNo, liveOpen: // a tree that holds itself is made up
		return false
	}
	if !g.read[tree] {
		g.missing[g.treeIDs[tree]] = true
		g.live[tree] = liveNo
		return false
	}
	if depth > maxDepth {
		return false
	}
	g.live[tree] = liveOpen
	kept := g.entries[tree][:0]
	for _, e := range g.entries[tree] {
		if !e.folder || g.leads(e.target, depth+1) {
			kept = append(kept, e)
		}
	}
	g.entries[tree] = slices.Clip(kept)
	g.live[tree] = liveNo
	if len(kept) > 0 {
		g.live[tree] = liveYes
	}
	return g.live[tree] == liveYes
}

// Limits for histories that are made to have no end: a few trees that hold each other many
// times over make more paths than can be listed.
const (
	maxPlaces = 1 << 21
	maxSteps  = 1 << 30
)

// diff notes the suspects of a tree that none of the old ones has at the same path.
func (g *graph) diff(tree int32, olds []int32, path string, commit int32, depth int) {
	if tree < 0 || slices.Contains(olds, tree) || depth > maxDepth || !g.leads(tree, depth) {
		return
	}
	if len(g.byPlace) >= maxPlaces || g.steps >= maxSteps {
		g.full = true
		return
	}
	g.steps += len(g.entries[tree])
	var below []int32
	for _, e := range g.entries[tree] {
		below = below[:0]
		same := false
		for _, old := range olds {
			if old < 0 || !g.leads(old, depth) {
				continue
			}
			for _, o := range g.entries[old] {
				if o.name == e.name && o.folder == e.folder {
					same = same || o.target == e.target
					below = append(below, o.target)
				}
			}
		}
		switch {
		case same:
		case e.folder:
			g.diff(e.target, slices.Clone(below), path+g.byName[e.name]+"/", commit, depth+1)
		default:
			g.see(e.target, path+g.byName[e.name], commit)
		}
	}
}

// see notes that a commit brought a suspect to a path.
func (g *graph) see(leaf int32, path string, commit int32) *sight {
	n := g.pathNumber(path)
	at, ok := g.byPlace[place{leaf, n}]
	if !ok {
		at = int32(len(g.sights[leaf]))
		g.byPlace[place{leaf, n}] = at
		g.sights[leaf] = append(g.sights[leaf], sight{path: n, first: commit})
	}
	s := &g.sights[leaf][at]
	if s.first < 0 {
		s.first = commit
	}
	return s
}

// pathNumber gives the number of a path.
func (g *graph) pathNumber(path string) int32 {
	n, ok := g.paths[path]
	if !ok {
		n = int32(len(g.byPath))
		g.paths[path] = n
		g.byPath = append(g.byPath, path)
	}
	return n
}

// eachLeaf calls do for each suspect below a tree.
func (g *graph) eachLeaf(tree int32, path string, depth int, do func(leaf int32, path string)) {
	if tree < 0 || depth > maxDepth || len(g.byPlace) >= maxPlaces || !g.leads(tree, depth) {
		return
	}
	for _, e := range g.entries[tree] {
		if e.folder {
			g.eachLeaf(e.target, path+g.byName[e.name]+"/", depth+1, do)
		} else {
			do(e.target, path+g.byName[e.name])
		}
	}
}

// credentials is a set of numbers, sorted. Sets that are equal are one slice.
type credentials struct{ list []int32 }

// census counts the commits that hold each of n credentials. holds tells which
// credentials a suspect has, sorted.
func (g *graph) census(n int, holds [][]int32) []int {
	known := map[string]*credentials{}
	ofTree := map[int32]*credentials{}
	intern := func(list []int32) *credentials {
		slices.Sort(list)
		list = slices.Compact(list)
		key := make([]byte, 0, 4*len(list))
		for _, v := range list {
			key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		}
		c := known[string(key)]
		if c == nil {
			c = &credentials{slices.Clone(list)}
			known[string(key)] = c
		}
		return c
	}
	var of func(tree int32, depth int) *credentials
	of = func(tree int32, depth int) *credentials {
		if c, ok := ofTree[tree]; ok {
			return c
		}
		if depth > maxDepth || !g.leads(tree, depth) {
			return nil
		}
		var list []int32
		for _, e := range g.entries[tree] {
			if !e.folder {
				list = append(list, holds[e.target]...)
			} else if below := of(e.target, depth+1); below != nil {
				list = append(list, below.list...)
			}
		}
		c := intern(list)
		ofTree[tree] = c
		return c
	}
	commits := map[*credentials]int{}
	for _, id := range g.order {
		c := g.commits[id]
		if c == nil {
			continue // of a range the commits are known, not the trees
		}
		if tree, ok := g.trees[c.tree]; ok && g.read[tree] {
			if c := of(tree, 0); c != nil {
				commits[c]++
			}
		}
	}
	counts := make([]int, n)
	for c, times := range commits {
		for _, v := range c.list {
			counts[v] += times
		}
	}
	return counts
}
