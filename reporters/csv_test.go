package reporters

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
)

// parseCSV reads a report and holds that no cell is a formula.
func parseCSV(t testing.TB, text []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, c := range row {
			for piece := range strings.SplitSeq(c, ";") {
				if bare := strings.TrimLeft(piece, " \u00a0"); bare != "" && strings.ContainsRune(formulaStarts, []rune(bare)[0]) {
					t.Errorf("cell %q may be taken for a formula", c)
				}
			}
		}
	}
	return rows
}

func TestCSV(t *testing.T) {
	r := sample()
	rows := parseCSV(t, write(t, "csv", r, Options{}))
	want := 1
	for _, f := range r.Findings {
		want += len(f.Places)
	}
	if len(rows) != want {
		t.Errorf("%d lines, want one for each place and one of names: %d", len(rows), want)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	first := rows[1]
	for name, want := range map[string]string{
		"severity": "critical", "status": "new", "state": "live", "line": "12", "secret": "",
		"excerpt": `token: "ghp_…Gc"  # used by the release job`, "fingerprint": r.Findings[5].Fingerprint.String(),
	} {
		if got := first[column[name]]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestCSVFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1":                    "'=1+1",
		"+cmd|' /C calc'!A0":      "'+cmd|' /C calc'!A0",
		"-2":                      "'-2",
		"@SUM(A1)":                "'@SUM(A1)",
		"＝1":                      "'＝1",
		"  =1":                    "'  =1",
		`"=1`:                     `'"=1`,
		"\t=1":                    `\t=1`, // written out, so no blank
		"a;=1;b":                  "a;'=1;b",
		"a=b":                     "a=b",
		"mail@example.com, a-b+c": "mail@example.com, a-b+c",
		"":                        "",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, start := range []string{"=", "+", "-", "@"} {
		parseCSV(t, write(t, "csv", hostileReport(start+"1/a", start+"HYPERLINK(1)", 0, 1), Options{}))
	}
	f := finding(awsRule, detector.NewSecret("="+made(40, 13), 1), "=a", 1, "", "")
	parseCSV(t, write(t, "csv", &Report{Findings: []detector.Finding{f}, Reveal: true}, Options{}))
}
