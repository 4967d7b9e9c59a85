package reporters

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// rendered is the page that a report becomes.
func rendered(t testing.TB, report []byte) string {
	t.Helper()
	var b bytes.Buffer
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := gfm.Convert(report, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var tags = regexp.MustCompile(`<[^>]*>`)

// ourTags are the tags of which a report is made when no text of it is taken for markup.
var ourTags = regexp.MustCompile(`^</?(h2|p|ul|li|code|strong|table|thead|tbody|tr|th|td)( style="text-align:right")?>$|^<br>$|^<!-- -->$|` +
	`^<a href="https://(github\.com/settings/tokens|docs\.aws\.amazon\.com/[^"]*|dashboard\.stripe\.com/apikeys|ci\.example\.com/[^"]*)">$|^</a>$`)

func checkMarkdown(t testing.TB, report []byte) {
	t.Helper()
	for _, tag := range tags.FindAllString(rendered(t, report), -1) {
		if !ourTags.MatchString(tag) {
			t.Errorf("%s is none of our tags; the report:\n%s", tag, report)
		}
	}
}

// No text from outside becomes markup, a link or a mention.
func TestMarkdownInert(t *testing.T) {
	checkMarkdown(t, write(t, "markdown", sample(), Options{}))
	for _, evil := range append(hostile,
		"`", "``` ` ``", "`a`", "*a*", "_a_", "![a](https://evil.example/x.png)", "see https://evil.example now", "www.evil.example", "mail a@b.example",
		"<img src=x>", "&lt;b&gt;", "| a | b |", "- a", "1. a", "# a", "@someone", "#1", "<!--", "~~a~~", `\`, "a\\`b", "[x]: y",
	) {
		r := hostileReport(evil, evil, 0, len(evil))
		rule := *awsRule
		rule.ID, rule.Title, rule.Description, rule.Revoke = evil, evil, evil, &rules.Revoke{Manual: evil}
		for i := range r.Findings {
			r.Findings[i].Rule = &rule
		}
		report := write(t, "markdown", r, Options{})
		checkMarkdown(t, report)
		page := rendered(t, report)
		outside := regexp.MustCompile(`(?s)<code>.*?</code>`).ReplaceAllString(page, "")
		if regexp.MustCompile(`[@#]\w`).MatchString(outside) {
			t.Errorf("%q may mention somebody:\n%s", evil, outside)
		}
	}
}

func TestCode(t *testing.T) {
	for _, text := range []string{"a", "`", "``", "a`b``c", " a", "a ", "`a`", `\`, "<b>", "a|b"} {
		if got, want := rendered(t, []byte("x "+code(text)+" y")), "<p>x <code>"; !strings.HasPrefix(got, want) ||
			!strings.HasSuffix(got, "</code> y</p>\n") {
			t.Errorf("%q became %s", text, got)
		}
	}
}

// A report keeps to the size asked for and counts what it leaves out.
func TestMarkdownLimit(t *testing.T) {
	r := &Report{Skipped: make([]Skip, 50)}
	for i := range r.Skipped {
		r.Skipped[i] = Skip{Location: detector.Location{Path: strings.Repeat("long/", 300)}, Reason: "gone", Incomplete: true}
	}
	for i := range 500 {
		r.Findings = append(r.Findings, finding(awsRule, detector.NewSecret(made(40, uint64(300+i)), 0), fmt.Sprint(i), 1, "", ""))
	}
	for _, most := range []int{10_000, 65_536, 1 << 20} {
		text := write(t, "markdown", r, Options{MaxBytes: most})
		if len(text) > most {
			t.Errorf("%d bytes, want at most %d", len(text), most)
		}
		listed := strings.Count(string(text), "- **high**")
		counted := strings.Contains(string(text), fmt.Sprintf("\n- and %s, which", plural(500-listed, "more finding")))
		if listed == 0 || counted != (listed < 500) {
			t.Errorf("%d bytes: %d of 500 findings listed, the others counted: %v", most, listed, counted)
		}
	}
}
