package config

import (
	"slices"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Folder is what holds for the files of a folder. Its methods may be called from several
// goroutines.
type Folder struct {
	tree   *Tree
	layers []layer // outermost first

	excluded   bool           // the folder as a whole
	excludedBy rules.Position // the glob that did it

	minConfidence Setting[rules.Confidence]
}

// layer is a configuration and how it sees the folder.
type layer struct {
	*file
	// prefix leads from the folder of the configuration to this one: "" or with a
	// slash at the end.
	prefix string
	// included says that an include glob fits the folder or one above it.
	included bool
}

// add puts a configuration into the folder, the innermost of all. prefix leads from its
// folder to this one.
func (f *Folder) add(own *file, prefix string) {
	l := layer{file: own, prefix: prefix}
	for i := range len(prefix) {
		if prefix[i] == '/' {
			f.see(&l, prefix[:i])
		}
	}
	f.layers = append(f.layers, l)
	f.addConfidence(own.minConfidence)
}

// see looks at the folder at path, relative to the configuration of l: f itself or one
// above it.
func (f *Folder) see(l *layer, path string) {
	l.included = l.included || fits(l.include, path, true) != nil
	if g := fits(l.exclude, path, true); g != nil && !f.excluded {
		f.excluded, f.excludedBy = true, g.Position
		l.leftOut.Add(1)
	}
}

// fits returns the glob of list that fits path, nil if none does.
func fits(list []setGlob, path string, folder bool) *setGlob {
	for i := range list {
		if list[i].Value.Fits(path, folder) {
			return &list[i]
		}
	}
	return nil
}

// below makes the folder called base in f, with the configurations of f.
func (f *Folder) below(base string) *Folder {
	b := &Folder{
		tree: f.tree, layers: slices.Clone(f.layers),
		excluded: f.excluded, excludedBy: f.excludedBy, minConfidence: f.minConfidence,
	}
	for i := range b.layers {
		l := &b.layers[i]
		b.see(l, l.prefix+base)
		l.prefix += base + "/"
	}
	return b
}

// Excluded reports whether the folder is left out with all that is in it.
func (f *Folder) Excluded() bool { return f.excluded }

// Wants reports whether the file called base is to be read. It counts those that are
// not; ask once for each file.
func (f *Folder) Wants(base string) bool {
	by, _, out := f.leavesOut(base)
	if out && by != nil {
		by.leftOut.Add(1)
	}
	return !out
}

// leavesOut reports whether a file is left out, and by what; by is nil where it is
// because of the folder, which was counted already. Without a base it is about the
// folder itself.
func (f *Folder) leavesOut(base string) (by *file, pos rules.Position, out bool) {
	if f.excluded {
		return nil, f.excludedBy, true
	}
	if base == "" {
		return nil, rules.Position{}, false
	}
	for i := range f.layers {
		l := &f.layers[i]
		path := l.prefix + base
		if g := fits(l.exclude, path, false); g != nil {
			return l.file, g.Position, true
		}
		if len(l.include) > 0 && !l.included && fits(l.include, path, false) == nil {
			return l.file, l.include[0].Position, true
		}
	}
	return nil, rules.Position{}, false
}

// Enabled reports whether a rule is on in the folder.
func (f *Folder) Enabled(rule string) bool {
	on, _, _ := f.decide(rule)
	return on
}

// Drops reports whether a finding of a rule is to be dropped because the rule is off in
// the folder. It counts those that are; ask once for each finding.
func (f *Folder) Drops(rule string) bool {
	on, _, by := f.decide(rule)
	if !on {
		by.dropped.Add(1)
	}
	return !on
}

// decide tells whether a rule is on, and the glob and the configuration that say so: the
// outermost that name it. Both are nil where none does.
func (f *Folder) decide(rule string) (on bool, glob *setName, by *file) {
	for i := range f.layers {
		l := &f.layers[i]
		if g := named(l.enable, rule); g != nil {
			return true, g, l.file
		}
		if g := named(l.disable, rule); g != nil {
			return false, g, l.file
		}
	}
	return true, nil, nil
}

// named returns the glob of list that fits a rule, nil if none does.
func named(list []setName, rule string) *setName {
	for i := range list {
		if list[i].Value.Fits(rule) {
			return &list[i]
		}
	}
	return nil
}

// MinConfidence is the confidence that findings in the folder need; ok is false where no
// configuration says.
func (f *Folder) MinConfidence() (c rules.Confidence, ok bool) {
	return f.minConfidence.Value, f.minConfidence.IsSet()
}

// MinConfidence is the least confidence that findings at any of the targets need, as far as
// configurations there say; empty if none does.
func (t *Tree) MinConfidence() rules.Confidence {
	var least rules.Confidence
	for i, f := range t.roots {
		c, ok := f.MinConfidence()
		if !ok {
			c = rules.ConfidenceMedium
		}
		if i == 0 || sureness(c) < sureness(least) {
			least = c
		}
	}
	return least
}

// addConfidence takes over what a further configuration says, unless one further out
// asks for less.
func (f *Folder) addConfidence(s Setting[rules.Confidence]) {
	if !s.IsSet() {
		return
	}
	if f.minConfidence.IsSet() && sureness(s.Value) > sureness(f.minConfidence.Value) {
		f.tree.warn(s.Position, "min-confidence %q has no effect: %s wants all from %q up",
			s.Value, f.minConfidence.Position, f.minConfidence.Value)
		return
	}
	f.minConfidence = s
}

// sureness orders levels of confidence.
func sureness(c rules.Confidence) int { return -slices.Index(rules.Confidences, c) }

// Suppress tells whether an ignore entry is about a finding in the file called base; nil
// if none is. Ask once for each place of a finding: entries count what they match.
func (f *Folder) Suppress(rule string, fingerprint detector.Fingerprint, base string) *detector.Suppression {
	var found *detector.Suppression
	for i := range f.layers {
		l := &f.layers[i]
		for _, e := range l.ignores {
			if s := e.Suppress(f.tree.options.Now, rule, fingerprint, l.prefix+base); s != nil && found == nil {
				found = s
			}
		}
	}
	return found
}
