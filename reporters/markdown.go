package reporters

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// markdownMost is how many bytes a report has unless [Options.MaxBytes] says otherwise: GitHub
// takes 1 MiB as the summary of a step and refuses more
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
const markdownMost = 1 << 20

// markdownPlaces is how many further places of a finding are listed.
const markdownPlaces = 3

// writeMarkdown writes a page for the summary of a job or a comment. Only new findings are
// listed, the gravest first, as many as fit; the others are counted.
func writeMarkdown(w *bufio.Writer, r *Report, o Options) error {
	most := o.MaxBytes
	if most <= 0 {
		most = markdownMost
	}
	t := count(r)
	head, foot := markdownHead(r, t), markdownFoot(r, t)
	// So much is kept free for the line that says what did not fit.
	const reserve = 200
	room := most - len(head) - len(foot) - reserve

	w.WriteString(head)
	listed := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if !counts(f) {
			continue
		}
		item := markdownFinding(f, r.Reveal)
		if len(item) > room {
			break
		}
		room -= len(item)
		listed++
		w.WriteString(item)
	}
	if left := t.fresh - listed; left > 0 {
		fmt.Fprintf(w, "- and %s, which the other reports of this run list\n", plural(left, "more finding"))
	}
	w.WriteString(foot)
	return nil
}

// markdownHead is the headline, and the line that counts by severity.
func markdownHead(r *Report, t tally) string {
	var b strings.Builder
	switch {
	case t.fresh > 0:
		fmt.Fprintf(&b, "## %s\n\n", plural(t.fresh, "leaked credential"))
	case t.incomplete > 0:
		b.WriteString("## No secrets found, but not everything was scanned\n\n")
	case t.known+t.suppressed > 0:
		b.WriteString("## No new secrets found\n\n")
	default:
		b.WriteString("## No secrets found\n\n")
	}
	switch {
	case t.live == 1:
		b.WriteString("**1 credential is live: its provider accepts it.**\n\n")
	case t.live > 1:
		fmt.Fprintf(&b, "**%s credentials are live: their providers accept them.**\n\n", humanize.Comma(int64(t.live)))
	}
	if t.fresh > 0 {
		var names, rule, numbers []string
		for _, s := range rules.Severities {
			names = append(names, string(s))
			rule = append(rule, "---:")
			numbers = append(numbers, humanize.Comma(int64(t.severity[s])))
		}
		for _, row := range [][]string{names, rule, numbers} {
			b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		}
		b.WriteString("\nWhoever can read these places has the credentials. Replace each at its provider first, then take it " +
			"out of the text; taking it out alone does not help, history keeps it.\n\n")
	}
	return b.String()
}

// markdownFinding is a finding as an item of a list.
func markdownFinding(f *detector.Finding, reveal bool) string {
	place := firstPlace(f)
	var b strings.Builder
	mark := ""
	if live(f) {
		mark = " **LIVE**"
	}
	fmt.Fprintf(&b, "- **%s**%s %s, %s\n", markdownText(string(f.Rule.Severity)), mark, markdownText(f.Rule.Title), markdownPlace(place))
	shown := excerptText(place)
	if shown == "" {
		shown = visible(f.Secret.Redacted())
	}
	fmt.Fprintf(&b, "  <br>%s\n", code(shown))
	if reveal {
		fmt.Fprintf(&b, "  <br>secret: %s\n", code(visible(f.Secret.Reveal()))) // asked for with Report.Reveal
	}
	line := func(text string) {
		if text != "" {
			fmt.Fprintf(&b, "  <br>%s\n", text)
		}
	}
	line(markdownText(reasonsText(f)))
	if v := verificationText(f); v != "" {
		line(code(v))
	}
	if p := partsText(f, reveal); p != "" {
		line("with " + code(p))
	}
	if o := originText(place); o != "" {
		line(code(o))
	}
	var also []string
	for i := range f.Places {
		if i > 0 && i <= markdownPlaces {
			also = append(also, markdownPlace(&f.Places[i]))
		}
	}
	if more := len(f.Places) - 1 - len(also); more > 0 {
		also = append(also, plural(more, "more place"))
	}
	line(list("also in ", ", ", also...))
	line(markdownAdvice(f))
	fmt.Fprintf(&b, "  <br>`%s`, fingerprint `%s`\n", strings.ReplaceAll(visible(f.Rule.ID), "`", ""), f.Fingerprint)
	return b.String()
}

// markdownAdvice says how to replace a credential, with an address as a link.
func markdownAdvice(f *detector.Finding) string {
	manual, address := "", ""
	if f.Rule.Revoke != nil {
		manual = markdownText(oneLine(f.Rule.Revoke.Manual))
	}
	if a := replaceAt(f.Rule); isWeb(a) {
		address = addressLabel(f.Rule) + " <" + a + ">"
	}
	return list("", " ", manual, address)
}

// markdownPlace names a place, as a link if it has an address on the web.
func markdownPlace(p *detector.Place) string {
	name := placeName(p)
	if name == "" {
		return "(no place)"
	}
	if isWeb(p.Location.URL) {
		return "[" + code(name) + "](<" + p.Location.URL + ">)"
	}
	return code(name)
}

// markdownFoot says what is not listed, what was not scanned and how much was.
func markdownFoot(r *Report, t tally) string {
	var b strings.Builder
	line := func(text string) { b.WriteString("\n" + text + "\n") }
	var hidden []string
	if t.known > 0 {
		hidden = append(hidden, humanize.Comma(int64(t.known))+" known to the baseline")
	}
	if t.suppressed > 0 {
		hidden = append(hidden, humanize.Comma(int64(t.suppressed))+" suppressed")
	}
	if len(hidden) > 0 {
		line("Not listed: " + strings.Join(hidden, ", ") + ".")
	}
	if t.incomplete > 0 {
		line("**The scan is incomplete:** " + plural(t.incomplete, "input") + " could not be scanned.")
		b.WriteByte('\n')
		shown := 0
		for _, s := range r.Skipped {
			if s.Incomplete && shown < textSkips {
				shown++
				fmt.Fprintf(&b, "- %s: %s\n", code(shortened(visible(s.Location.Name()), 500)), code(shortened(visible(s.Reason), 500)))
			}
		}
		if more := t.incomplete - shown; more > 0 {
			fmt.Fprintf(&b, "- and %s more\n", humanize.Comma(int64(more)))
		}
	}
	if t.fresh > 0 {
		line("Not a secret? Say so in a comment on its line, `stanch:ignore RULE reason`, or enter its fingerprint in `.stanch.toml`.")
	}
	if scope := scopeText(r.Run); scope != "" {
		line("Scanned: " + scope + ".")
	}
	return b.String()
}

// code puts text that is [visible] into a span of code, in which nothing is markup, no
// address becomes a link and no name a mention. The fence is longer than any run of
// backticks in the text (https://spec.commonmark.org/0.31.2/#code-spans).
func code(text string) string {
	if text == "" {
		return ""
	}
	longest, run := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || strings.Trim(text, " ") != text {
		text = " " + text + " " // one blank on each side is taken away again
	}
	return fence + text + fence
}

// markdownText makes text of rules fit for running text: what marks up Markdown and HTML is
// escaped, and the empty comment keeps GitHub from taking a name for a mention or a number
// for an issue.
func markdownText(text string) string {
	var b strings.Builder
	text = visible(text)
	for i, r := range text {
		switch {
		case r == '@' || r == '#':
			b.WriteString("\\" + string(r) + "<!-- -->")
		case r == ':':
			b.WriteString(":<!-- -->") // no address becomes a link
		case r == '.' && i >= 3 && strings.EqualFold(text[i-3:i], "www"):
			b.WriteString("<!-- -->.") // nor one without a scheme
		case strings.ContainsRune("\\`*_{}[]<>()!|~&$", r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
