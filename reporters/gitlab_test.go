package reporters

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

var gitlabSchemaOnce = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("../testdata/gitlab/secret-detection-15.2.1.json")
})

type parsedGitLab struct {
	Scan            gitlabScan
	Vulnerabilities []gitlabVulnerability
}

// parseGitLab validates a report against the schema.
func parseGitLab(t testing.TB, text []byte) parsedGitLab {
	t.Helper()
	schema, err := gitlabSchemaOnce()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("not valid: %#v", err)
	}
	if file := os.Getenv("STANCH_GITLAB_SCHEMA"); file != "" { // GitLab's own; see testdata/gitlab/README.md
		own, err := jsonschema.NewCompiler().Compile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := own.Validate(doc); err != nil {
			t.Errorf("GitLab would refuse it: %#v", err)
		}
	}
	var r parsedGitLab
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGitLabValid(t *testing.T) {
	revealed := sample()
	revealed.Reveal = true
	long := finding(&rules.Rule{ID: "x", Title: strings.Repeat("long ", 100), Revoke: &rules.Revoke{
		Manual: strings.Repeat("very long ", 1000)}}, detector.NewSecret(made(40, 15), 0), "a", 1, "", "")
	for name, r := range map[string]*Report{
		"sample": sample(), "empty": {}, "revealed": revealed,
		"bare": {Findings: []detector.Finding{{Rule: &rules.Rule{}}, {Rule: &rules.Rule{ID: "y"}, Places: []detector.Place{{}}}}},
		"long": {Findings: []detector.Finding{long}},
	} {
		t.Run(name, func(t *testing.T) { parseGitLab(t, write(t, "gitlab", r, Options{})) })
	}
}

func TestGitLab(t *testing.T) {
	r := parseGitLab(t, write(t, "gitlab", sample(), Options{}))
	ids := map[string]bool{}
	severities := map[string]string{}
	for _, v := range r.Vulnerabilities {
		if ids[v.ID] {
			t.Errorf("two vulnerabilities %s", v.ID)
		}
		ids[v.ID] = true
		if v.Identifiers[0].Value == "stripe-publishable-key" && v.Location.File == "web/index.html" {
			t.Error("a suppressed finding is listed")
		}
		if v.Raw != "" {
			t.Error("a raw credential is in the report")
		}
		severities[v.Details["redacted"].Value] = v.Severity
	}
	if len(ids) != 10 {
		t.Errorf("%d vulnerabilities, want one for each finding and file: 10", len(ids))
	}
	if severities["ghp_…Gc"] != "Critical" || severities["ghp_…Vb"] != "Low" {
		t.Errorf("severities of a live and of a dead credential: %v", severities)
	}
	if n := len(r.Scan.Messages); n != 3 {
		t.Errorf("%d messages, want 2 of what was not scanned and one of what is suppressed", n)
	}
	// Another line of the same file is the same vulnerability to GitLab.
	moved := sample()
	for i := range moved.Findings {
		for j := range moved.Findings[i].Places {
			moved.Findings[i].Places[j].Span.StartLine += 7
		}
	}
	for _, v := range parseGitLab(t, write(t, "gitlab", moved, Options{})).Vulnerabilities {
		if !ids[v.ID] {
			t.Errorf("%s in %s has another id after it moved", v.Name, v.Location.File)
		}
	}
}
