package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/glob"
	"github.com/stanchsec/stanch/internal/suggest"
	"github.com/stanchsec/stanch/rules"
)

// ErrNoRules is the error of a run, or of a part of one, without any rule: it would find
// nothing and look as if there were nothing.
var ErrNoRules = errors.New("no rule is left to scan with")

// Select returns the rules of a run: of all that were loaded those that fit one of the
// globs only (from --rule; none means all), fit none of except (from --exclude-rule) and
// are on at one of the targets. Below a target rules may be off; see [Folder.Enabled].
//
// A glob of the command line that fits no rule is an error, one of a configuration a
// warning. If no rule is left the error is [ErrNoRules] and tells what took them away.
// Call it before anything is scanned.
func (t *Tree) Select(all []*rules.Rule, only, except []string) ([]*rules.Rule, error) {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: none was loaded; leave out --no-builtin-rules, or name rule files with --rules "+
			"or \"rules\" in %s", ErrNoRules, Name)
	}
	wanted, err := commandGlobs("--rule", only, ids)
	if err != nil {
		return nil, err
	}
	unwanted, err := commandGlobs("--exclude-rule", except, ids)
	if err != nil {
		return nil, err
	}
	var left []*rules.Rule
	var off offCount
	for _, r := range all {
		switch {
		case len(wanted) > 0 && !fitsAny(wanted, r.ID):
			off.notWanted++
		case fitsAny(unwanted, r.ID):
			off.unwanted++
		case !t.enabledAnywhere(r.ID):
			off.disabled++
			if off.by.Line == 0 {
				_, g, _ := t.roots[0].decide(r.ID)
				off.by = g.Position
			}
		default:
			left = append(left, r)
		}
	}
	if len(left) == 0 {
		return nil, fmt.Errorf("%w: of %d loaded %s", ErrNoRules, len(all), off)
	}
	t.known = ids
	for _, f := range t.roots {
		for i := range f.layers {
			if err := t.checkRules(f, i); err != nil {
				return nil, err
			}
		}
	}
	return left, nil
}

// offCount is what took rules away.
type offCount struct {
	notWanted, unwanted, disabled int
	by                            rules.Position // of what disabled the first
}

func (o offCount) String() string {
	var parts []string
	if o.notWanted > 0 {
		parts = append(parts, fmt.Sprintf("%d do not fit --rule", o.notWanted))
	}
	if o.unwanted > 0 {
		parts = append(parts, fmt.Sprintf("%d fit --exclude-rule", o.unwanted))
	}
	if o.disabled > 0 {
		parts = append(parts, fmt.Sprintf("%d are switched off by disable-rules (%s)", o.disabled, o.by))
	}
	return strings.Join(parts, ", ")
}

// commandGlobs reads globs of the command line.
func commandGlobs(flag string, texts, ids []string) ([]glob.Name, error) {
	list, err := glob.ParseNames(texts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	for _, g := range list {
		if !slices.ContainsFunc(ids, g.Fits) {
			return nil, fmt.Errorf("%s %q fits no rule%s", flag, g, suggestRule(g, ids))
		}
	}
	return list, nil
}

// suggestRule is what follows a glob that fits no rule.
func suggestRule(g glob.Name, ids []string) string {
	if hint := suggest.DidYouMean(g.String(), slices.Values(ids)); hint != "" {
		return hint
	}
	return ": \"stanch rules list\" shows all"
}

func fitsAny(list []glob.Name, id string) bool {
	return slices.ContainsFunc(list, func(g glob.Name) bool { return g.Fits(id) })
}

// enabledAnywhere reports whether a rule is on at one of the targets.
func (t *Tree) enabledAnywhere(id string) bool {
	return len(t.roots) == 0 || slices.ContainsFunc(t.roots, func(f *Folder) bool { return f.Enabled(id) })
}

// checkRules warns of globs over rules in one of the configurations of a folder that fit
// none, or that one further out makes ineffective. It is an error if a configuration
// leaves no rule for the folder. Before [Tree.Select] it does nothing.
func (t *Tree) checkRules(f *Folder, index int) error {
	if t.known == nil {
		return nil
	}
	own := f.layers[index].file
	for _, list := range []struct {
		key   string
		globs []setName
		on    bool
	}{{"enable-rules", own.enable, true}, {"disable-rules", own.disable, false}} {
		for i := range list.globs {
			t.checkGlob(f, own, list.key, &list.globs[i], list.on)
		}
	}
	for _, e := range own.ignores {
		for _, g := range e.Rules {
			if !slices.ContainsFunc(t.known, g.Fits) {
				t.warn(e.Position, "the rule %q of this ignore entry fits no rule%s", g, suggestRule(g, t.known))
			}
		}
	}
	if len(own.disable) > 0 && !slices.ContainsFunc(t.known, f.Enabled) {
		return fmt.Errorf("%s: disable-rules: %w; to leave out the files instead, use exclude = [\"**\"]",
			own.disable[0].Position, ErrNoRules)
	}
	return nil
}

// checkGlob warns of a glob that has no effect on any rule it fits.
func (t *Tree) checkGlob(f *Folder, own *file, key string, g *setName, on bool) {
	fit, overruled := 0, 0
	var by rules.Position
	for _, id := range t.known {
		if !g.Value.Fits(id) {
			continue
		}
		fit++
		if is, decisive, file := f.decide(id); is != on && file != own {
			if overruled == 0 {
				by = decisive.Position
			}
			overruled++
		}
	}
	state := map[bool]string{true: "off", false: "on"}[on]
	switch {
	case fit == 0:
		t.warn(g.Position, "%s %q fits no rule%s", key, g.Value, suggestRule(g.Value, t.known))
	case overruled > 0:
		t.warn(g.Position, "%s %q has no effect on %d of %d rules: %s switches them %s", key, g.Value, overruled, fit, by, state)
	}
}
