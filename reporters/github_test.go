package reporters

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

type command struct {
	kind, message string
	properties    map[string]string
}

// parseCommands reads lines as the runner does
// (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs) and holds
// that each is an annotation, or says nothing to the runner.
func parseCommands(t testing.TB, text []byte) []command {
	t.Helper()
	data := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	property := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	var list []command
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "::")
		if !ok {
			if strings.Contains(line, "##[") {
				t.Errorf("the runner acts upon %q", line)
			}
			continue
		}
		head, message, ok := strings.Cut(rest, "::")
		if !ok {
			t.Errorf("no end of the command: %q", line)
			continue
		}
		kind, properties, _ := strings.Cut(head, " ")
		c := command{kind: kind, message: data.Replace(message), properties: map[string]string{}}
		if kind != "error" && kind != "warning" && kind != "notice" {
			t.Errorf("command %q", kind)
		}
		for p := range strings.SplitSeq(properties, ",") {
			name, value, ok := strings.Cut(p, "=")
			if !ok || !strings.Contains(" file line endLine col endColumn title ", " "+name+" ") || c.properties[name] != "" {
				t.Errorf("property %q in %q", p, line)
			}
			c.properties[name] = property.Replace(value)
		}
		list = append(list, c)
	}
	return list
}

func TestGitHub(t *testing.T) {
	commands := parseCommands(t, write(t, "github", sample(), Options{}))
	var kinds []string
	for _, c := range commands {
		kinds = append(kinds, c.kind)
	}
	if got, want := strings.Join(kinds, " "), "warning error error error notice notice"; got != want {
		t.Errorf("kinds %s, want %s", got, want)
	}
	if c := commands[1]; c.properties["file"] != "deploy/values.yml" || c.properties["line"] != "12" ||
		c.properties["title"] != "LIVE: GitHub personal access token (classic)" || !strings.HasPrefix(c.message, "ghp_…Gc") {
		t.Errorf("the gravest: %+v", c)
	}
	if c := commands[2]; c.properties["endLine"] != "4" || c.properties["col"] != "" {
		t.Errorf("over several lines: %+v", c)
	}
	if c := commands[5]; c.properties["file"] != "" {
		t.Errorf("in a log: %+v", c)
	}
}

func TestGitHubLimits(t *testing.T) {
	r := &Report{Skipped: []Skip{{Location: detector.Location{Path: "x"}, Reason: "gone", Incomplete: true}}}
	for i := range 100 {
		rule := []*rules.Rule{publishableRule, passwordRule, awsRule, githubRule}[i%4]
		r.Findings = append(r.Findings, finding(rule, detector.NewSecret(made(40, uint64(200+i)), 0), fmt.Sprint(i), 1, "", ""))
	}
	text := write(t, "github", r, Options{})
	kinds := map[string]int{}
	for _, c := range parseCommands(t, text) {
		kinds[c.kind]++
		if c.kind == "error" && !strings.Contains(c.message, "critical") {
			t.Errorf("there are critical ones that are not shown, but %q is", c.message)
		}
	}
	if kinds["error"] != 10 || kinds["warning"] != 10 || kinds["notice"] != 10 {
		t.Errorf("annotations %v, want 10 of each", kinds)
	}
	if !strings.Contains(string(text), "\n71 more findings not shown") {
		t.Errorf("what is left out is not counted: %s", text)
	}
}

// No text from outside ends a command, begins one, or adds a property.
func TestGitHubInjection(t *testing.T) {
	for _, evil := range []string{
		"a\n::add-mask::x", "a\r::set-output name=x::y", "a,title=b::c", "::stop-commands::x", "%0A::error::x", "##[set-env name=x]y",
		"a%0a::error::b", "file=x,line=2",
	} {
		for _, c := range parseCommands(t, write(t, "github", hostileReport(evil, evil, 0, 0), Options{})) {
			if c.kind != "warning" && c.kind != "error" || c.properties["file"] != visible(evil) && c.properties["title"] == "" {
				t.Errorf("%q became %+v", evil, c)
			}
		}
	}
}
