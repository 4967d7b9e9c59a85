package main

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// TestBuiltinRulesAreFresh fails when a rule file was changed, or how it is read,
// without preparing the rules anew.
func TestBuiltinRulesAreFresh(t *testing.T) {
	t.Chdir("..")
	want, err := render("builtin")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("builtin_rules.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("rules/builtin_rules.go is stale: run go generate ./rules")
	}
	if want, err = page("builtin"); err != nil {
		t.Fatal(err)
	}
	if got, err = os.ReadFile("../docs/rules.md"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("docs/rules.md is stale: run go generate ./rules")
	}
	loaded, err := rules.Load("builtin")
	if err != nil {
		t.Fatal(err)
	}
	built := rules.Builtin()
	if len(built) != len(loaded) {
		t.Fatalf("%d rules are built in, %d are in the files", len(built), len(loaded))
	}
	for i := range built {
		if !reflect.DeepEqual(built[i], loaded[i]) {
			t.Errorf("rule %s: built in\n%+v\nloaded\n%+v", loaded[i].ID, built[i], loaded[i])
		}
	}
}
