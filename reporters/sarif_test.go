package reporters

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

var sarifSchemaOnce = sync.OnceValues(func() (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c.Compile("../testdata/sarif/sarif-schema-2.1.0.json")
})

// A parsedLog is what a test looks at in a SARIF log.
type parsedLog struct {
	Runs []struct {
		sarifRun
		Results []sarifResult `json:"results"`
	} `json:"runs"`
}

// parseSARIF validates a log against the schema and what GitHub asks for beyond it.
func parseSARIF(t testing.TB, text []byte) parsedLog {
	t.Helper()
	schema, err := sarifSchemaOnce()
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
	var log parsedLog
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	checkGitHub(t, log)
	return log
}

// checkGitHub checks what code scanning asks for:
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
func checkGitHub(t testing.TB, log parsedLog) {
	t.Helper()
	run := log.Runs[0]
	used := map[string]bool{}
	for i, r := range run.Results {
		if r.RuleIndex < 0 || r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: rule %s is not at index %d", i, r.RuleID, r.RuleIndex)
		}
		used[r.RuleID] = true
		if r.Message.Text == "" || len(r.Locations) == 0 || r.PartialFingerprints["primaryLocationLineHash"] == "" {
			t.Errorf("result %d lacks a message, a location or a hash: %+v", i, r)
		}
		if len(r.RelatedLocations) > sarifMaxRelated {
			t.Errorf("result %d has %d related locations", i, len(r.RelatedLocations))
		}
		if (r.Suppressions == nil) != (run.Results[0].Suppressions == nil) {
			t.Errorf("result %d: suppressions are on some results and not on others (3.27.23)", i)
		}
		ids := map[int]bool{}
		for _, l := range slices.Concat(r.Locations, r.RelatedLocations) {
			g := l.PhysicalLocation.Region
			if g == nil || g.StartLine < 1 || g.StartColumn < 1 || g.EndLine < g.StartLine || g.EndColumn < 1 ||
				g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn {
				t.Errorf("result %d: region %+v", i, g)
			}
			if a := l.PhysicalLocation.ArtifactLocation; a.URIBaseID != "" &&
				(strings.HasPrefix(a.URI, "/") || strings.Contains(a.URI, "://")) {
				t.Errorf("result %d: %q is not relative", i, a.URI)
			}
			if l.ID != 0 && ids[l.ID] {
				t.Errorf("result %d: two locations %d", i, l.ID)
			}
			ids[l.ID] = true
		}
	}
	for _, r := range run.Tool.Driver.Rules {
		if !used[r.ID] {
			t.Errorf("rule %s has no result", r.ID)
		}
		if r.ShortDescription.Text == "" || r.FullDescription.Text == "" || r.Help.Text == "" || r.Help.Markdown == "" {
			t.Errorf("rule %s lacks a text", r.ID)
		}
		if utf8.RuneCountInString(r.ShortDescription.Text) > 1024 || utf8.RuneCountInString(r.FullDescription.Text) > 1024 ||
			utf8.RuneCountInString(r.Name) > 255 {
			t.Errorf("rule %s: a text is too long", r.ID)
		}
		if n, err := strconv.ParseFloat(r.Properties.SecuritySeverity, 64); err != nil || n <= 0 || n > 10 {
			t.Errorf("rule %s: security-severity %q", r.ID, r.Properties.SecuritySeverity)
		}
		if !slices.Contains([]string{"very-high", "high", "medium", "low"}, r.Properties.Precision) {
			t.Errorf("rule %s: precision %q", r.ID, r.Properties.Precision)
		}
		if len(r.Properties.Tags) > 10 {
			t.Errorf("rule %s: %d tags", r.ID, len(r.Properties.Tags))
		}
	}
}

func TestSARIFValid(t *testing.T) {
	revealed := sample()
	revealed.Reveal = true
	bare := &Report{Findings: []detector.Finding{
		{Rule: &rules.Rule{ID: "x"}}, // nothing of what should be there
		{Rule: &rules.Rule{ID: "y", Severity: "dreadful"}, Places: []detector.Place{{}}},
	}}
	for name, r := range map[string]*Report{"sample": sample(), "empty": {}, "revealed": revealed, "bare": bare} {
		t.Run(name, func(t *testing.T) {
			parseSARIF(t, write(t, "sarif", r, Options{}))
		})
	}
}

// Each credential has one result for a file, and points to the rest.
func TestSARIFPlaces(t *testing.T) {
	secret := detector.NewSecret(made(40, 11), 0)
	f := finding(awsRule, secret, "a.txt", 1, "", "")
	for i := range 150 {
		f.Places = append(f.Places, place(secret, "a.txt", 2+i, "", ""))
	}
	again := place(secret, "a.txt", 2, "", "")
	again.Location.Commit = sampleCommit
	f.Places = append(f.Places, again)
	for i := range 30 {
		f.Places = append(f.Places, place(secret, fmt.Sprintf("f%02d", i), 7, "", ""))
	}
	results := parseSARIF(t, write(t, "sarif", &Report{Findings: []detector.Finding{f}}, Options{})).Runs[0].Results
	if len(results) != 31 {
		t.Fatalf("%d results for 31 files", len(results))
	}
	first, second := results[0], results[1]
	if n := len(first.RelatedLocations); n != sarifMaxRelated {
		t.Errorf("%d related locations in the first file", n)
	}
	if got := uris(second.RelatedLocations); len(got) != sarifOtherFiles || got[0] != "a.txt" || slices.Contains(got, "f00") {
		t.Errorf("the second file points to %q", got)
	}
	if want := "[a.txt:3:1](2), [a.txt:4:1](3) and 178 more places."; !strings.HasSuffix(first.Message.Text, want) {
		t.Errorf("message %q does not end in %q", first.Message.Text, want)
	}
}

func uris(locations []sarifLocation) (uris []string) {
	for _, l := range locations {
		uris = append(uris, l.PhysicalLocation.ArtifactLocation.URI)
	}
	return uris
}

// Beyond what GitHub takes, the mildest results are left out, and the file says so.
func TestSARIFLimits(t *testing.T) {
	r := &Report{}
	for i := range sarifMaxResults + 7 {
		rule := publishableRule
		if i >= 100 {
			rule = githubRule
		}
		r.Findings = append(r.Findings, detector.Finding{Rule: rule, Places: []detector.Place{
			{Location: detector.Location{Path: strconv.Itoa(i)}}}})
	}
	s := sarifWriter{report: prepared(r)}
	items, dropped := s.items(Options{})
	if len(items) != sarifMaxResults || dropped != 7 {
		t.Fatalf("%d results, %d dropped", len(items), dropped)
	}
	mild := 0
	for _, i := range items {
		if i.finding.Rule == publishableRule {
			mild++
		}
	}
	if mild != 93 {
		t.Errorf("%d of 100 mild results left, want 93", mild)
	}

	skipped := make([]Skip, sarifMaxNotices+3)
	skipped[sarifMaxNotices+2].Incomplete = true // the one that matters comes last
	notes := notifications(skipped, dropped)
	if notes[0].Descriptor.ID != "results-cut" || !strings.HasPrefix(notes[0].Message.Text, "7 results left out") {
		t.Errorf("first notification: %+v", notes[0])
	}
	if notes[1].Level != "warning" || notes[2].Level != "note" {
		t.Errorf("levels %s, %s: the loss does not come first", notes[1].Level, notes[2].Level)
	}
	if last := notes[len(notes)-1]; !strings.HasPrefix(last.Message.Text, "4 more inputs") {
		t.Errorf("last notification: %+v", last)
	}
}

func TestSARIFSuppressed(t *testing.T) {
	r := sample()
	all := parseSARIF(t, write(t, "sarif", r, Options{})).Runs[0].Results
	open := parseSARIF(t, write(t, "sarif", r, Options{OmitSuppressed: true})).Runs[0].Results
	last := all[len(all)-1]
	if len(all) != len(open)+1 || last.Suppressions == nil || len(*last.Suppressions) != 1 {
		t.Errorf("%d results, %d not suppressed; the last: %+v", len(all), len(open), last)
	}
	for _, o := range open {
		if o.Suppressions != nil {
			t.Errorf("suppressions in a log that has none: %+v", o)
		}
	}
	external := *suppressions(&detector.Suppression{Kind: "config", Reason: "x"})
	if external[0].Kind != "external" {
		t.Errorf("kind %s of an entry of the configuration", external[0].Kind)
	}
}

// GitHub takes results of one rule, file and line hash for the same.
func TestSARIFLineHashes(t *testing.T) {
	line := func(seed uint64, column int) detector.Finding {
		f := finding(awsRule, detector.NewSecret(made(40, seed), 0), "one-line.json", 1, strings.Repeat(" ", column), "")
		f.Places[0].LineHash = "abc:1"
		return f
	}
	member := line(3, 50)
	member.Places[0].Location.Members = []string{"m"}
	unknown := line(4, 60)
	unknown.Places[0].LineHash = ""
	r := &Report{Findings: []detector.Finding{line(1, 2), line(2, 30), member, unknown}}
	hashes := map[string]bool{}
	results := parseSARIF(t, write(t, "sarif", r, Options{})).Runs[0].Results
	for _, r := range results {
		hashes[r.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	if len(hashes) != 4 || !hashes["abc:1"] {
		t.Errorf("hashes of four credentials: %v", hashes)
	}
}

func TestArtifactURI(t *testing.T) {
	for file, want := range map[string]sarifArtifactLocation{
		"a/b.go":             {"a/b.go", sourceRoot},
		"./a//b.go":          {"a/b.go", sourceRoot},
		"../up.txt":          {"../up.txt", sourceRoot},
		"a b/ü#?.md":         {"a%20b/%C3%BC%23%3F.md", sourceRoot},
		"c:d":                {"c%3Ad", sourceRoot},
		"100%":               {"100%25", sourceRoot},
		`back\slash`:         {"back%5Cslash", sourceRoot},
		"latin\xe9":          {"latin%E9", sourceRoot},
		"-":                  {"-", sourceRoot},
		"/abs/x y":           {"file:///abs/x%20y", ""},
		"C:/Users/me/x y.md": {"file:///C:/Users/me/x%20y.md", ""},
		"":                   {"", sourceRoot},
	} {
		if got := artifactURI(file); got != want {
			t.Errorf("%q: %+v, want %+v", file, got, want)
		}
		u, err := url.Parse(artifactURI(file).URI)
		if err != nil {
			t.Errorf("%q: %v", file, err)
		} else if file != "" && strings.TrimPrefix(u.Path, "/") != strings.TrimPrefix(path.Clean(file), "/") {
			t.Errorf("%q reads back as %q", file, u.Path)
		}
	}
}

func TestRepositoryURI(t *testing.T) {
	for address, want := range map[string]string{
		"https://github.com/o/r.git":  "https://github.com/o/r.git",
		"git@github.com:o/r.git":      "ssh://git@github.com/o/r.git",
		"ssh://git@example.com:22/r":  "ssh://git@example.com:22/r",
		"/srv/git/r.git":              "",
		`C:\repos\r`:                  "",
		"":                            "",
		"https://exa mple.com/\x1b[m": "",
	} {
		if got := repositoryURI(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestAutomation(t *testing.T) {
	for _, test := range []struct{ category, id, want string }{
		{"stanch/history", "17", "stanch/history/17"},
		{"stanch/history/", "a/b", "stanch/history/a-b"},
		{"stanch", "", "stanch/"},
		{"", "17", "17"},
		{"", "", ""},
	} {
		got := ""
		if a := automation(test.category, test.id); a != nil {
			got = a.ID
		}
		if got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.category, test.id, got, test.want)
		}
	}
}

// Names that look like markup of messages do not become any.
func TestSARIFMessages(t *testing.T) {
	f := finding(awsRule, detector.NewSecret(made(40, 12), 0), "x", 1, "", "")
	f.Places[0].Location.Members = []string{"[click](https://evil.example)", "{0}"}
	f.Places = append(f.Places, place(f.Secret, `[a](9)\{{b}}`, 2, "", ""))
	r := parseSARIF(t, write(t, "sarif", &Report{Findings: []detector.Finding{f}}, Options{})).Runs[0].Results[0]
	want := "AWS access key: " + f.Secret.Redacted() + ". It stands in member [click] (https://evil.example)!{{0}} " +
		"of the archive, line 1. Confidence is high: the prefix tells its kind. " +
		`It is also in [\[a\] (9)\\{{{{b}}}}:2:1](1).`
	if diff := cmp.Diff(want, r.Message.Text); diff != "" {
		t.Error(diff)
	}
}
