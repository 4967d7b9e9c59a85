package ci

import (
	"errors"
	"testing"
)

func TestChoose(t *testing.T) {
	push := Plan{System: "S", Event: "push", Mode: Diff, Base: idA, Head: idB, Notes: []string{"x"}}
	nightly := Plan{System: "S", Event: "schedule", Mode: History}
	for _, test := range []struct {
		name       string
		plan       *Plan
		mode       Mode
		base, head string
		want       Mode
		revisions  string
		fails      bool
	}{
		{name: "what the event says", plan: &push, want: Diff, revisions: idA + ".." + idB},
		{name: "another mode", plan: &push, mode: Tree, want: Tree},
		{name: "the mode that it is anyway", plan: &push, mode: Diff, want: Diff, revisions: idA + ".." + idB},
		{name: "a base", plan: &push, base: "origin/main", want: Diff, revisions: "origin/main...HEAD"},
		{name: "a head", plan: &push, head: "topic", want: Diff, revisions: idA + "..topic"},
		{name: "both", plan: &nightly, base: "a", head: "b", want: Diff, revisions: "a...b"},
		{name: "a range that there is not", plan: &nightly, mode: Diff, fails: true},
		{name: "a head without a range", plan: &nightly, head: "b", fails: true},
		{name: "a base and a mode without one", plan: &push, mode: History, base: "a", fails: true},
		{name: "an option for a base", plan: &push, base: "--output=x", fails: true},
		{name: "an option for a head", plan: &push, base: "a", head: "-x", fails: true},
		{name: "no system, a mode", mode: History, want: History},
		{name: "no system, a base", base: "a", want: Diff, revisions: "a...HEAD"},
		{name: "no system", fails: true},
		{name: "no system, and a range that nobody tells", mode: Diff, fails: true},
		{name: "no system, a head alone", head: "b", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := test.plan
			if plan != nil {
				c := *plan
				plan = &c
			}
			got, err := Choose(plan, test.mode, test.base, test.head)
			if test.fails {
				if err == nil {
					t.Errorf("no error, but %+v", got)
				}
				if test.plan == nil && !errors.Is(err, ErrUnknown) {
					t.Errorf("error %v, want %v", err, ErrUnknown)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode != test.want || got.Revisions() != test.revisions {
				t.Errorf("mode %s, revisions %q, want %s, %q", got.Mode, got.Revisions(), test.want, test.revisions)
			}
		})
	}
}
