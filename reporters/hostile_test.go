package reporters

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/stanchsec/stanch/detector"
)

// hostile are texts that do something to a terminal, or to a program that reads reports.
var hostile = []string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\a", "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
	"\x9b31m", "\u009b31m", "a\rb", "a\nb", "a\tb", "a\bb", "\x00", "\x7f", "\u0085", "\u2028\u2029",
	"\u202eexe.txt", "\u2066x\u2069", "\u200b\u200d\ufeff", "\U000e0041\U000e007f",
	"\xff\xfe", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	"日本語", "e\u0301\u0301\u0301", "👩\u200d👩\u200d👧",
	`"quoted"`, `back\slash`, "<script>alert(1)</script>", "::error::x", "##vso[task.setvariable variable=x]y", "##[command]x", "##teamcity[x]", "%0a", "{0}", "[a](b)",
	"${{ secrets.X }}", "a  b", " ",
}

// sgr is what the text format itself sends to terminals.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// runnerCommand is what build systems act upon.
var runnerCommand = regexp.MustCompile(`##(vso|teamcity)?\[|(?m)^ *::`)

// clean reports whether there is nothing in a report but visible text and line ends.
func clean(report []byte) bool {
	return utf8.Valid(report) && !bytes.ContainsFunc(report, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) })
}

func hostileReport(file, text string, start, end int) *Report {
	secret := detector.NewSecret(made(40, 90), 0)
	l := detector.Location{
		Path: file, Members: []string{text}, Commit: text, Author: text, Email: text, Date: text,
		Job: text, Step: text, URL: text, Blob: text,
	}
	f := finding(awsRule, secret, "", 1, "", "")
	f.Parts = []detector.Part{
		{Name: text, Value: detector.NewSecret(text, 1)},
		{Name: "s", Value: detector.NewSecret("\x1b[2J\xff\u202e"+made(30, 95), 9), Secret: true},
	}
	f.Reasons = append(f.Reasons, detector.Reason{Name: text, Text: text})
	f.Verification = &detector.Verification{
		State: detector.State(text), Reason: text,
		Identity: detector.Identity{
			Owner: text, Account: text, Scopes: []string{text}, Created: text, Expires: text, LastUsed: text,
		},
	}
	p := detector.Place{Location: l, Excerpt: text, MarkStart: start, MarkEnd: end, Decoding: []string{text}, LineHash: text,
		Span: detector.Span{StartLine: start, StartColumn: end}}
	f.Places = []detector.Place{p, {Location: detector.Location{Path: file}, Excerpt: text, MarkStart: start, MarkEnd: end}}

	g := f
	g.Suppression = &detector.Suppression{Kind: text, Reason: text, Owner: text, Expires: text}
	return &Report{
		Tool:     Tool{Name: text, Version: text, InfoURI: text},
		Findings: []detector.Finding{f, g},
		Skipped:  []Skip{{Location: l, Reason: text, Incomplete: true}, {Location: l, Reason: text}},
		Run: Run{Targets: []string{text}, Category: text, ID: text, Repository: text, Revision: text, Branch: text,
			Files: int64(start), Bytes: int64(end)},
	}
}

func checkHostile(t *testing.T, file, text string, start, end int) {
	r := hostileReport(file, text, start, end)
	for _, format := range Formats() {
		for _, o := range []Options{{}, {Color: true, All: true, Width: 20}} {
			for _, r.Reveal = range []bool{false, true} {
				report := write(t, format, r, o)
				if m := runnerCommand.Find(report); m != nil && (format != "github" || m[0] == '#') && format != "azure" {
					t.Errorf("%s lets a command of a build system through: %q", format, m)
				}
				if format == "text" && o.Color {
					report = sgr.ReplaceAll(report, nil)
				}
				if !clean(report) {
					t.Errorf("%s lets something through: %q", format, report)
				}
			}
		}
	}
	r.Reveal = false
	parseCSV(t, write(t, "csv", r, Options{}))
	parseJUnit(t, write(t, "junit", r, Options{}))
	parseGitLab(t, write(t, "gitlab", r, Options{}))
	parseCommands(t, write(t, "github", r, Options{}))
	parseIssues(t, write(t, "azure", r, Options{}))
	checkMarkdown(t, write(t, "markdown", r, Options{}))

	var doc struct {
		Findings []struct {
			Places []struct {
				Path               string
				PathBase64         string `json:"path_base64"`
				Excerpt            string
				MarkStart, MarkEnd int
			}
		}
	}
	if err := json.Unmarshal(write(t, "json", r, Options{}), &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Findings[0].Places {
		name := p.Path
		if p.PathBase64 != "" {
			raw, err := base64.StdEncoding.DecodeString(p.PathBase64)
			if err != nil {
				t.Fatal(err)
			}
			name = string(raw)
		}
		if name != file {
			t.Errorf("json has path %q, want %q", name, file)
		}
		if utf8.ValidString(text) && p.Excerpt != text {
			t.Errorf("json has excerpt %q, want %q", p.Excerpt, text)
		}
		if p.MarkStart < 0 || p.MarkStart > p.MarkEnd || p.MarkEnd > len(p.Excerpt) ||
			!utf8.ValidString(p.Excerpt[:p.MarkStart]) || !utf8.ValidString(p.Excerpt[p.MarkStart:p.MarkEnd]) {
			t.Errorf("marks %d to %d in %q", p.MarkStart, p.MarkEnd, p.Excerpt)
		}
	}

	log := parseSARIF(t, write(t, "sarif", r, Options{}))
	uri := log.Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI
	if back, err := url.PathUnescape(strings.TrimPrefix(uri, "file://")); err != nil {
		t.Errorf("sarif has uri %q: %v", uri, err)
	} else if file != "" && strings.TrimPrefix(back, "/") != strings.TrimPrefix(path.Clean(file), "/") {
		t.Errorf("sarif has uri %q for path %q", uri, file)
	}
}

func TestHostile(t *testing.T) {
	for i, text := range hostile {
		next := hostile[(i+1)%len(hostile)]
		checkHostile(t, text+"/"+next, "before "+text+" after "+next, 7, 7+len(text))
	}
}

func FuzzHostile(f *testing.F) {
	for i, text := range hostile[:5] {
		f.Add(text, hostile[(i+7)%len(hostile)], i-2, 2*i)
	}
	f.Fuzz(checkHostile)
}

func TestVisible(t *testing.T) {
	for s, want := range map[string]string{
		"plain, ünïcode 日本 and … stay": "plain, ünïcode 日本 and … stay",
		"\x1b[31m":                     `\x1b[31m`,
		"a\r\n\tb":                     `a\r\n\tb`,
		"\x7f\u009b":                   `\x7f\x9b`,
		"\u202e\ufeff":                 `\u202e\ufeff`,
		"\U000e0041":                   `\U000e0041`,
		"\xff\xc3":                     `\xff\xc3`,
		"\ufffd":                       "\ufffd",
		"\u00a0":                       "\u00a0",
	} {
		if got := visible(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestVisibleJSON(t *testing.T) {
	for _, s := range append(hostile, "\U0010ffff", "\x7f", "\u0080") {
		plain, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		shown := visibleJSON(plain)
		var want, got string
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(shown, &got); err != nil || got != want {
			t.Errorf("%q: %s reads back as %q, %v", s, shown, got, err)
		}
		if !clean(shown) {
			t.Errorf("%q: %q is not clean", s, shown)
		}
	}
}

// An excerpt keeps to its width, and the marked piece stays in it.
func TestFit(t *testing.T) {
	for _, mark := range []string{"", "…", "ghp_…x9", "日本…語", strings.Repeat("m", 30)} {
		for _, before := range []string{"", "\t\tkey = ", strings.Repeat("日本", 40), strings.Repeat("ab ", 40)} {
			for _, after := range append(hostile, "", strings.Repeat("cd ", 40), strings.Repeat("é語", 40)) {
				p := detector.Place{Excerpt: before + mark + after, MarkStart: len(before), MarkEnd: len(before) + len(mark)}
				(*veil)(nil).excerpt(&p)
				for _, width := range []int{8, 20, 33, 74, 500} {
					b, m, a := fit(&p, width)
					if got := displaywidth.String(b + m + a); got > width {
						t.Errorf("%d columns instead of %d: %q", got, width, b+m+a)
					}
					if displaywidth.String(mark) <= width && m != visible(mark) {
						t.Errorf("width %d: the mark is %q, want %q", width, m, mark)
					}
					if width == 500 && b != visible(strings.TrimLeft(strings.ReplaceAll(before, "\t", "    "), " ")) {
						t.Errorf("before %q became %q", before, b)
					}
				}
			}
		}
	}
}

// The marks under an excerpt stand under the credential, whatever stands before it.
func TestUnderline(t *testing.T) {
	for _, before := range []string{
		"", "key: ", "\t\tkey: ", "日本語 = ", "e\u0301 = ", "\x1b[31m = ", "\xff\xfe = ", strings.Repeat("語", 60),
	} {
		f := finding(awsRule, detector.NewSecret(made(40, 91), 0), "f", 1, before, " and more")
		redacted := f.Secret.Redacted()
		lines := strings.Split(string(write(t, "text", &Report{Findings: []detector.Finding{f}}, Options{})), "\n")
		excerpt, marks := lines[2], lines[3]
		start := strings.Index(excerpt, redacted)
		if start < 0 {
			t.Errorf("%q: no %q in %q", before, redacted, excerpt)
			continue
		}
		want := strings.Repeat(" ", displaywidth.String(excerpt[:start])) + strings.Repeat("^", displaywidth.String(redacted))
		if marks != want {
			t.Errorf("%q:\n%s\n%s, want\n%s", before, excerpt, marks, want)
		}
	}
}
