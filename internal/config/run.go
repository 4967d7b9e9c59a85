package config

import (
	"reflect"
	"slices"

	"github.com/stanchsec/stanch/internal/triage"
	"github.com/stanchsec/stanch/rules"
)

// Run is what configurations set for a whole run. Where none does, a setting is not set.
type Run struct {
	// Rules are files or folders of rules, outermost configuration first, as paths
	// that can be opened.
	Rules []Setting[string]
	// FailOn is the gate.
	FailOn Setting[triage.Gate]
	// Baseline is the path of the baseline file. It need not be there.
	Baseline Setting[string]
	// Key says where the fingerprint key comes from.
	Key Setting[KeySource]
	// MaxFileSize is in bytes, 0 for no limit.
	MaxFileSize Setting[int64]
	// Jobs is the number of files read at a time, at least 1.
	Jobs Setting[int]
	// Archives are limits of what archives hold, each at least 1; the size is in bytes.
	Archives struct {
		Depth, Ratio, Members Setting[int]
		Size                  Setting[int64]
	}
}

// single is a setting of a run that has one value, whatever its type.
type single struct {
	key    string
	value  any // comparable by reflect.DeepEqual
	pos    rules.Position
	copyTo func(*Run)
}

// singles lists the settings that are set.
func (r *Run) singles() []single {
	a := &r.Archives
	key := r.Key.Value
	key.Position = rules.Position{}
	all := []single{
		{"fail-on", r.FailOn.Value, r.FailOn.Position, func(to *Run) { to.FailOn = r.FailOn }},
		{"baseline", r.Baseline.Value, r.Baseline.Position, func(to *Run) { to.Baseline = r.Baseline }},
		{"fingerprint", key, r.Key.Position, func(to *Run) { to.Key = r.Key }},
		{"max-file-size", r.MaxFileSize.Value, r.MaxFileSize.Position, func(to *Run) { to.MaxFileSize = r.MaxFileSize }},
		{"jobs", r.Jobs.Value, r.Jobs.Position, func(to *Run) { to.Jobs = r.Jobs }},
		{"max-archive-depth", a.Depth.Value, a.Depth.Position, func(to *Run) { to.Archives.Depth = a.Depth }},
		{"max-archive-members", a.Members.Value, a.Members.Position, func(to *Run) { to.Archives.Members = a.Members }},
		{"max-archive-ratio", a.Ratio.Value, a.Ratio.Position, func(to *Run) { to.Archives.Ratio = a.Ratio }},
		{"max-archive-size", a.Size.Value, a.Size.Position, func(to *Run) { to.Archives.Size = a.Size }},
	}
	return slices.DeleteFunc(all, func(s single) bool { return s.pos.Line == 0 })
}

// runOf puts together what the configurations at or above all targets set, outermost
// first: the rule files of all, and each setting of the innermost. What an inner one
// replaces nobody should have to find out by wondering.
func (t *Tree) runOf(files []*file) Run {
	var run Run
	outer := map[string]single{}
	for _, f := range files {
		run.Rules = append(run.Rules, f.run.Rules...)
		for _, s := range f.run.singles() {
			if t.given(s.key) {
				continue
			}
			if o, ok := outer[s.key]; ok && !reflect.DeepEqual(o.value, s.value) {
				t.warn(s.pos, "%s takes the place of that at %s", s.key, o.pos)
			}
			outer[s.key] = s
			s.copyTo(&run)
		}
	}
	return run
}

// given reports whether the command line sets a key.
func (t *Tree) given(key string) bool { return slices.Contains(t.options.Given, key) }

// warnNoRun warns of what a configuration sets for a whole run though it does not cover
// all targets.
func (t *Tree) warnNoRun(f *file) {
	const text = "%s has no effect in this run: it holds for a whole run, which goes beyond this folder"
	for _, s := range f.run.singles() {
		if !t.given(s.key) {
			t.warn(s.pos, text, s.key)
		}
	}
	if len(f.run.Rules) > 0 {
		t.warn(f.run.Rules[0].Position, text, "rules")
	}
}
