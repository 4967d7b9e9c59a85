package reporters

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/detector"
)

var update = flag.Bool("update", false, "write the golden files anew")

// write returns a report in a format.
func write(t testing.TB, format string, r *Report, o Options) []byte {
	t.Helper()
	reporter, err := New(format, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := reporter.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, test := range []struct {
		file, format string
		report       *Report
		options      Options
	}{
		{"sample.txt", "text", sample(), Options{}},
		{"sample-all.txt", "text", sample(), Options{All: true, Width: 120}},
		{"sample-color.txt", "text", sample(), Options{Color: true}},
		{"sample.json", "json", sample(), Options{}},
		{"sample.jsonl", "jsonl", sample(), Options{}},
		{"sample.sarif", "sarif", sample(), Options{}},
		{"sample.csv", "csv", sample(), Options{}},
		{"sample.junit.xml", "junit", sample(), Options{}},
		{"sample.html", "html", sample(), Options{}},
		{"sample.gitlab.json", "gitlab", sample(), Options{}},
		{"sample.github", "github", sample(), Options{}},
		{"sample.azure", "azure", sample(), Options{}},
		{"sample.md", "markdown", sample(), Options{}},
		{"empty.txt", "text", &Report{}, Options{}},
		{"empty.json", "json", &Report{}, Options{}},
		{"empty.jsonl", "jsonl", &Report{}, Options{}},
		{"empty.sarif", "sarif", &Report{}, Options{}},
		{"empty.csv", "csv", &Report{}, Options{}},
		{"empty.junit.xml", "junit", &Report{}, Options{}},
		{"empty.html", "html", &Report{}, Options{}},
		{"empty.gitlab.json", "gitlab", &Report{}, Options{}},
		{"empty.github", "github", &Report{}, Options{}},
		{"empty.azure", "azure", &Report{}, Options{}},
		{"empty.md", "markdown", &Report{}, Options{}},
	} {
		t.Run(test.file, func(t *testing.T) {
			got := write(t, test.format, test.report, test.options)
			file := filepath.Join("testdata", test.file)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s has changed (-want +got); if it should, run go test ./reporters -update:\n%s", file, diff)
			}
		})
	}
}

// The order in which a parallel scan happens to find things does not show.
func TestOrderOfFindings(t *testing.T) {
	for _, format := range Formats() {
		a, b := sample(), sample()
		for i, j := 0, len(b.Findings)-1; i < j; i, j = i+1, j-1 {
			b.Findings[i], b.Findings[j] = b.Findings[j], b.Findings[i]
		}
		if diff := cmp.Diff(string(write(t, format, a, Options{})), string(write(t, format, b, Options{}))); diff != "" {
			t.Errorf("%s differs:\n%s", format, diff)
		}
	}
}

// A line of text keeps to the width asked for, but where a single word is longer.
func TestTextWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100} {
		for line := range strings.Lines(string(write(t, "text", sample(), Options{Width: width}))) {
			line = strings.TrimRight(line, "\n")
			if n := len([]rune(line)); n > width && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("width %d: %d characters: %s", width, n, line)
			}
		}
	}
}

// The samples in the documentation are what the program writes.
func TestDocumentedSamples(t *testing.T) {
	const file = "../docs/reports.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats() {
		if format == "html" {
			continue // a page is to be looked at, not read; its golden file is in testdata
		}
		sample := regexp.MustCompile("(?s)(<!-- sample " + format + " -->\n(`{3,})[a-z]+\n)(.*?)(`{3,}\n)")
		m := sample.FindSubmatchIndex(text)
		if m == nil {
			t.Errorf("%s has no sample of %s", file, format)
			continue
		}
		got := write(t, format, documented(), Options{})
		if *update {
			text = slices.Concat(text[:m[6]], got, text[m[7]:])
			continue
		}
		if diff := cmp.Diff(string(text[m[6]:m[7]]), string(got)); diff != "" {
			t.Errorf("%s: the sample of %s is out of date (-want +got); run go test ./reporters -update:\n%s", file, format, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// documented is the report whose forms the documentation shows.
func documented() *Report {
	token := detector.NewSecret("ghp"+"_"+made(36, 1), 4)
	f := finding(githubRule, token, "deploy/values.yml", 12, `  token: "`, `"  # used by the release job`)
	f.Confidence = 0.97
	f.Reasons = []detector.Reason{
		{Name: "checksum", Text: "the checksum is right", Weight: 0.4},
		{Name: "prefix", Text: "the prefix tells its kind", Weight: 0.57},
	}
	f.Places[0].LineHash = "271789c17abda88f:1"
	f.Places = append(f.Places, place(token, "src/client.go", 3, "x = ", ""))
	started := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &Report{
		Tool: Tool{Name: "stanch", Version: "1.2.3"},
		Run: Run{
			Started: started, Ended: started.Add(412 * time.Millisecond),
			Targets: []string{"."}, Files: 1234, Bytes: 56_789_012, Rules: 62,
		},
		Findings: []detector.Finding{f},
		Skipped:  []Skip{{Location: detector.Location{Path: "secrets/key"}, Reason: "permission denied", Incomplete: true}},
	}
}
