package ruletest

import (
	"testing"

	"github.com/stanchsec/stanch/rules"
)

func TestBuiltin(t *testing.T) {
	set := rules.Builtin()
	problems, err := Run(set, set)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}
