package reporters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func ruleID(f *detector.Finding) string {
	if live(f) {
		return f.Rule.ID + "/live"
	}
	return f.Rule.ID
}

func describe(r *rules.Rule, id string, live bool) sarifRule {
	short, full := "Leaked credential: "+r.Title, oneLine(r.Description)
	if full == "" {
		full = "A credential of this kind stands where others can read it: " + r.Title + "."
	}
	precision := string(r.Confidence)
	switch {
	case live || r.Confidence == rules.ConfidenceHigh && r.Checksum != "":
		precision = "very-high"
	case precision == "":
		precision = "medium"
	}
	if live {
		short = "Leaked credential that works: " + r.Title
		full = "The provider accepts this credential. " + full
	}
	score := severityScore(r.Severity, live)
	return sarifRule{
		ID:                   id,
		Name:                 shortened(identifier(id), sarifMaxName),
		ShortDescription:     sarifText{Text: shortened(message(short), sarifMaxDescription)},
		FullDescription:      sarifText{Text: shortened(message(full), sarifMaxDescription)},
		Help:                 help(r, live),
		HelpURI:              absoluteURI(replaceAt(r)),
		DefaultConfiguration: sarifConfiguration{levelOf(score)},
		Properties: sarifRuleProperties{
			Tags:             ruleTags(r),
			Precision:        precision,
			SecuritySeverity: strconv.FormatFloat(score, 'f', 1, 64),
		},
	}
}

// ruleTags are "security", by which GitHub takes the rule for one, the weakness
// (https://cwe.mitre.org/data/definitions/798.html), and the rule's own.
func ruleTags(r *rules.Rule) []string {
	tags := []string{"security", "external/cwe/cwe-798", "secret"}
	for _, t := range append([]string{r.Provider}, r.Tags...) {
		if t != "" && !slices.Contains(tags, t) && len(tags) < sarifMaxTags {
			tags = append(tags, t)
		}
	}
	return tags
}

// help tells what to do, as plain text and as Markdown.
func help(r *rules.Rule, live bool) sarifText {
	var text, markdown strings.Builder
	both := func(s string) {
		text.WriteString(s)
		markdown.WriteString(s)
	}
	if live {
		both("The provider was asked and accepts this credential: it works for whoever reads it here.\n\n")
	}
	both("Whoever can read this text has the credential. Taking it out is not enough, for history and copies keep it.\n\n")
	steps := []string{"Replace the credential at the provider and make the old one invalid."}
	if r.Revoke != nil && r.Revoke.Manual != "" {
		steps = append(steps, oneLine(r.Revoke.Manual))
	}
	steps = append(steps,
		"Hand the new one to the program from a secret store or the environment, not in the text.",
		"Look through the provider's log for what the old one was used for.")
	for i, step := range steps {
		fmt.Fprintf(&text, "%d. %s\n", i+1, message(step))
		fmt.Fprintf(&markdown, "%d. %s\n", i+1, message(escapedMarkdown(step)))
	}
	addresses := func(label string, uris ...string) {
		for _, u := range uris {
			if u = absoluteURI(u); u != "" {
				fmt.Fprintf(&text, "\n%s: %s\n", label, u)
				fmt.Fprintf(&markdown, "\n%s: <%s>\n", label, u)
			}
		}
	}
	addresses("Replace it at", r.Rotate)
	addresses("About it", r.Docs...)
	return sarifText{Text: text.String(), Markdown: markdown.String()}
}

// identifier makes "github-pat-classic" to "GithubPatClassic", the form that the standard
// shows for names of rules.
func identifier(id string) string {
	var b strings.Builder
	up := true
	for _, r := range id {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		up = false
		b.WriteRune(r)
	}
	return b.String()
}

// shortened cuts s to so many characters.
func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + cut
}
