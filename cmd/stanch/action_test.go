package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/stanchsec/stanch/reporters"
)

// TestActionFile holds what the runner does not check in action.yml
// (https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax), and that no
// input gets into the text of a script, where it would be run.
func TestActionFile(t *testing.T) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Name, Description, Author string
		Branding                  map[string]string
		Inputs                    map[string]struct {
			Description string
			Default     *string
		}
		Outputs map[string]struct{ Description, Value string }
		Runs    struct {
			Using string
			Steps []struct {
				Name, ID, If, Uses, Shell, Run string
				Env, With                      map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &action, yaml.Strict()); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	if action.Runs.Using != "composite" || action.Name == "" || action.Description == "" {
		t.Errorf("%+v", action)
	}
	used := map[string]bool{}
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`)
	input := regexp.MustCompile(`^\$\{\{ inputs\.([\w-]+) \}\}$`)
	variable := regexp.MustCompile(`^[A-Z_]+$`)
	script := regexp.MustCompile(`^"\$GITHUB_ACTION_PATH/(action/\w+\.sh)"$`)
	var environment []string
	for _, s := range action.Runs.Steps {
		switch {
		case s.Uses != "":
			if !pinned.MatchString(s.Uses) {
				t.Errorf("step %q: %s is not pinned to a commit", s.Name, s.Uses)
			}
		case s.Shell != "bash" || !script.MatchString(s.Run):
			t.Errorf("step %q: shell %q, run %q; want a script of ours, and nothing in the text that is run", s.Name, s.Shell, s.Run)
		default:
			info, err := os.Stat("../../" + script.FindStringSubmatch(s.Run)[1])
			if err != nil {
				t.Errorf("step %q: %v", s.Name, err)
			} else if info.Mode()&0o111 == 0 && os.PathSeparator == '/' {
				t.Errorf("step %q: the script cannot be run", s.Name)
			}
		}
		for name, value := range s.Env {
			if !variable.MatchString(name) {
				t.Errorf("step %q: variable %q", s.Name, name)
			}
			environment = append(environment, name)
			if m := input.FindStringSubmatch(value); m != nil {
				if _, ok := action.Inputs[m[1]]; !ok {
					t.Errorf("step %q: there is no input %s", s.Name, m[1])
				}
				used[m[1]] = true
			}
		}
	}
	for name, in := range action.Inputs {
		if !used[name] || in.Description == "" || in.Default == nil {
			t.Errorf("input %s: used %v, %+v", name, used[name], in)
		}
	}
	scripts := ""
	for _, name := range []string{"find", "build", "run"} {
		text, err := os.ReadFile("../../action/" + name + ".sh")
		if err != nil {
			t.Fatal(err)
		}
		scripts += string(text)
	}
	for _, name := range environment {
		if name != "GITHUB_TOKEN" && !strings.Contains(scripts, name) {
			t.Errorf("no script reads $%s", name)
		}
	}

	var given []string
	for _, o := range stepOutputs(&ciFlags{}, 0, 0, &reporters.Report{}) {
		given = append(given, o.Name)
		if got, want := action.Outputs[o.Name].Value, "${{ steps.scan.outputs."+o.Name+" }}"; got != want {
			t.Errorf("output %s has value %q, want %q", o.Name, got, want)
		}
	}
	for name := range action.Outputs {
		if !slices.Contains(given, name) {
			t.Errorf("nothing writes the output %s", name)
		}
	}
}
