package reporters

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Limits of what text lists before it only counts; [Options.All] lifts them, but for the
// reasons.
const (
	textReasons = 3
	textPlaces  = 3
	textSkips   = 10
)

// body is the indentation below the first line of a finding.
const body = "      "

// textPage writes text for a terminal. Whatever comes from outside goes through [visible]
// before it is put on the page.
type textPage struct {
	*bufio.Writer
	*Report
	Options
}

// The terminal's styles (ECMA-48, SGR).
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	yellow = "33"
	cyan   = "36"
)

var severityStyles = map[rules.Severity]string{
	rules.Critical: bold + ";" + red,
	rules.High:     red,
	rules.Medium:   yellow,
	rules.Low:      cyan,
}

func writeText(w *bufio.Writer, r *Report, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	p := &textPage{w, r, o}
	var shown []*detector.Finding
	for i := range r.Findings {
		f := &r.Findings[i]
		if o.All || f.Suppression == nil && !f.Known {
			shown = append(shown, f)
		}
	}
	p.findings(shown)
	p.advice(shown)
	p.skipped()
	p.summary(len(shown))
	return nil
}

// style puts s, which is visible already, into a style.
func (p *textPage) style(style, s string) string {
	if !p.Color || style == "" || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// wrapped writes text as [textPage.flow] does, broken at its blanks.
func (p *textPage) wrapped(indent, style, text string) {
	if text != "" {
		p.flow(indent, style, strings.Split(text, " ")...)
	}
}

// flow writes words to lines that keep within the page, each with the given indentation. A
// word may have blanks in it, as names of files do.
func (p *textPage) flow(indent, style string, words ...string) {
	room := p.Width - len(indent)
	line, width := words[0], displaywidth.String(words[0])
	flush := func() { fmt.Fprintf(p, "%s%s\n", indent, p.style(style, line)) }
	for _, word := range words[1:] {
		n := displaywidth.String(word)
		if width+1+n > room {
			flush()
			line, width = word, n
			continue
		}
		line, width = line+" "+word, width+1+n
	}
	flush()
}

// findings writes them by the file of their first place.
func (p *textPage) findings(shown []*detector.Finding) {
	files := map[string][]*detector.Finding{}
	for _, f := range shown {
		name := ""
		if len(f.Places) > 0 {
			name = f.Places[0].Location.Name()
		}
		files[name] = append(files[name], f)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(p, "%s\n", p.style(bold, cmp.Or(visible(name), "(no place)")))
		for _, f := range files[name] {
			p.finding(f)
		}
	}
}

func (p *textPage) finding(f *detector.Finding) {
	p.headline(f)
	if len(f.Places) > 0 {
		p.excerpt(&f.Places[0])
	}
	if p.Reveal {
		fmt.Fprintf(p, "%ssecret %s\n", body, visible(f.Secret.Reveal())) // asked for with Report.Reveal
	}
	p.confidence(f)
	p.parts(f)
	p.verification(f)
	if s := f.Suppression; s != nil {
		p.wrapped(body, faint, suppressionText(s))
	}
	if f.Known {
		p.wrapped(body, faint, "known to the baseline")
	}
	if len(f.Places) > 0 {
		p.origin(&f.Places[0])
		p.alsoIn(f.Places)
	}
	p.wrapped(body, faint, "fingerprint "+f.Fingerprint.String())
	fmt.Fprintln(p)
}

// headline writes where the finding is and what: "12:18  critical  GitHub token  github-pat".
func (p *textPage) headline(f *detector.Finding) {
	position := ""
	if len(f.Places) > 0 {
		if s := f.Places[0].Span; s.StartLine > 0 {
			position = fmt.Sprintf("%d:%d", s.StartLine, s.StartColumn)
		}
	}
	title, id := visible(f.Rule.Title), visible(f.Rule.ID)
	mark := ""
	if live(f) {
		mark = "LIVE  "
	}
	severity := fmt.Sprintf("%-8s", visible(string(f.Rule.Severity)))
	fmt.Fprintf(p, "  %-6s  %s  %s", position, p.style(severityStyles[f.Rule.Severity], severity),
		p.style(bold+";"+red, mark))

	room := p.Width - (2 + max(6, len(position)) + 2 + displaywidth.String(severity) + 2 + len(mark))
	switch width := displaywidth.String(title); {
	case width+2+displaywidth.String(id) <= room:
		fmt.Fprintf(p, "%s  %s\n", p.style(bold, title), p.style(faint, id))
	case width <= room:
		fmt.Fprintf(p, "%s\n%s%s\n", p.style(bold, title), body, p.style(faint, id))
	default:
		fmt.Fprintln(p)
		p.wrapped(body, bold, title)
		p.wrapped(body, faint, id)
	}
}

// excerpt writes the line of a place with the credential underlined.
func (p *textPage) excerpt(place *detector.Place) {
	if strings.TrimSpace(place.Excerpt) == "" {
		return
	}
	before, marked, after := fit(place, p.Width-len(body))
	fmt.Fprintf(p, "%s%s%s%s\n", body, before, p.style(red, marked), after)
	if marked != "" {
		fmt.Fprintf(p, "%s%s%s\n", body, strings.Repeat(" ", displaywidth.String(before)),
			p.style(red, strings.Repeat("^", max(1, displaywidth.String(marked)))))
	}
}

func (p *textPage) confidence(f *detector.Finding) {
	var why []string
	for _, r := range f.Reasons[:min(len(f.Reasons), textReasons)] {
		why = append(why, r.Text)
	}
	text := fmt.Sprintf("%s confidence (%.2f)%s", detector.Level(f.Confidence), f.Confidence, list(": ", "; ", why...))
	p.wrapped(body, "", visible(text))
}

func (p *textPage) parts(f *detector.Finding) {
	var parts []string
	for _, part := range f.Parts {
		value, redacted, secret := partValue(part, p.Reveal)
		where := fmt.Sprintf("line %d", part.Span.StartLine)
		if name := part.Location.Name(); name != "" && name != f.Places[0].Location.Name() {
			where = fmt.Sprintf("%s:%d", name, part.Span.StartLine)
		}
		parts = append(parts, visible(fmt.Sprintf("%s %s (%s)", part.Name, cmp.Or(value, secret, redacted), where)))
	}
	p.wrapped(body, "", list("with ", ", ", parts...))
}

func (p *textPage) verification(f *detector.Finding) {
	v := f.Verification
	if v == nil {
		return
	}
	style := ""
	if v.State == detector.Live {
		style = bold + ";" + red
	}
	p.wrapped(body, style, verificationText(f))
}

// origin writes how the credential came to its first place.
func (p *textPage) origin(place *detector.Place) {
	if len(place.Decoding) > 0 {
		p.wrapped(body, faint, visible("written in "+strings.Join(place.Decoding, ", in it ")))
	}
	l := place.Location
	if l.Commit != "" {
		p.wrapped(body, faint, visible("commit "+shortCommit(l.Commit)+
			prefixed(" by ", l.Author)+prefixed(" on ", day(l.Date))))
	}
	if l.Job != "" || l.Step != "" {
		p.wrapped(body, faint, visible(list("", ", ", prefixed("job ", l.Job), prefixed("step ", l.Step))))
	}
	if l.URL != "" {
		p.wrapped(body, faint, visible(l.URL))
	}
}

func (p *textPage) alsoIn(places []detector.Place) {
	others := places[1:]
	if !p.All && len(others) > textPlaces {
		others = others[:textPlaces]
	}
	words := []string{"also in"}
	for _, o := range others {
		name := visible(o.Location.Name())
		if o.Span.StartLine > 0 {
			name += fmt.Sprintf(":%d:%d", o.Span.StartLine, o.Span.StartColumn)
		}
		if o.Location.Commit != "" {
			name += " (commit " + visible(shortCommit(o.Location.Commit)) + ")"
		}
		words = append(words, name+",")
	}
	if more := len(places) - 1 - len(others); more > 0 {
		words = append(words, plural(more, "more place"))
	}
	if len(words) > 1 {
		words[len(words)-1] = strings.TrimSuffix(words[len(words)-1], ",")
		p.flow(body, faint, words...)
	}
}

// advice writes what to do, once for each rule that has something to say.
func (p *textPage) advice(shown []*detector.Finding) {
	var order []*rules.Rule
	number := map[string]int{}
	for _, f := range shown {
		if f.Suppression != nil || f.Verification != nil && f.Verification.State == detector.Dead {
			continue
		}
		if number[f.Rule.ID] == 0 {
			order = append(order, f.Rule)
		}
		number[f.Rule.ID]++
	}
	if len(order) == 0 {
		return
	}
	fmt.Fprintf(p, "%s\n", p.style(bold, "What to do"))
	p.wrapped("  ", "", "Whoever can read these files has the credentials. Replace each at its provider "+
		"first, then take it out of the text; taking it out alone does not help, history keeps it.")
	fmt.Fprintln(p)
	for _, r := range order {
		manual, address := "", replaceAt(r)
		if r.Revoke != nil {
			manual = oneLine(r.Revoke.Manual)
		}
		if manual+address == "" {
			continue
		}
		fmt.Fprintf(p, "  %s  %s\n", visible(r.Title), p.style(faint, "× "+humanize.Comma(int64(number[r.ID]))))
		p.wrapped("    ", "", visible(manual))
		p.wrapped("    ", "", visible(address))
		fmt.Fprintln(p)
	}
	p.wrapped("  ", "", `Not a secret? Say so in a comment on its line, "stanch:ignore RULE reason", `+
		"or enter its fingerprint in .stanch.toml.")
	fmt.Fprintln(p)
}

// replaceAt is the page on which a credential is replaced, or else what tells about it.
func replaceAt(r *rules.Rule) string {
	if r.Rotate != "" || len(r.Docs) == 0 {
		return r.Rotate
	}
	return r.Docs[0]
}

// skipped writes what was not scanned: what should have been, and how much need not.
func (p *textPage) skipped() {
	var lost, passed []Skip
	for _, s := range p.Skipped {
		if s.Incomplete {
			lost = append(lost, s)
		} else {
			passed = append(passed, s)
		}
	}
	if len(lost) > 0 {
		fmt.Fprintf(p, "%s\n", p.style(bold+";"+yellow, "Not scanned"))
		p.skips(lost)
		fmt.Fprintln(p)
	}
	if len(passed) == 0 {
		return
	}
	if p.All {
		fmt.Fprintf(p, "%s\n", p.style(bold, "Passed over"))
		p.skips(passed)
		fmt.Fprintln(p)
		return
	}
	why := map[string]int{}
	for _, s := range passed {
		why[visible(s.Reason)]++
	}
	var reasons []string
	for _, r := range slices.Sorted(maps.Keys(why)) {
		reasons = append(reasons, fmt.Sprintf("%s × %s", cmp.Or(r, "no reason given"), humanize.Comma(int64(why[r]))))
	}
	p.wrapped("", faint, "Passed over: "+strings.Join(reasons, ", ")+".")
	fmt.Fprintln(p)
}

func (p *textPage) skips(skips []Skip) {
	listed := skips
	if !p.All && len(listed) > textSkips {
		listed = listed[:textSkips]
	}
	for _, s := range listed {
		p.flow("  ", "", append([]string{visible(s.Location.Name()) + ":"}, strings.Split(visible(s.Reason), " ")...)...)
	}
	if more := len(skips) - len(listed); more > 0 {
		p.wrapped("  ", "", "and "+humanize.Comma(int64(more))+" more, which the json report lists")
	}
}

func (p *textPage) summary(shown int) {
	t := count(p.Report)
	headline := "No secrets found."
	style := bold
	switch {
	case t.fresh > 0:
		var counts []string
		for _, s := range rules.Severities {
			if n := t.severity[s]; n > 0 {
				counts = append(counts, fmt.Sprintf("%s %s", humanize.Comma(int64(n)), s))
			}
		}
		headline = plural(t.fresh, "finding") + list(": ", ", ", counts...) + "."
		style = bold + ";" + red
	case t.known+t.suppressed > 0:
		headline = "No new secrets found."
	case t.incomplete > 0:
		headline = "No secrets found, but not everything was scanned."
	case p.Run.Files == 0:
		headline = "No secrets found: there was no file to scan."
	}
	p.wrapped("", style, headline)
	if t.live > 0 {
		says := "1 credential is live: its provider accepts it."
		if t.live > 1 {
			says = humanize.Comma(int64(t.live)) + " credentials are live: their providers accept them."
		}
		p.wrapped("", bold+";"+red, says)
	}
	if hidden := len(p.Findings) - shown; hidden > 0 {
		var counts []string
		if t.known > 0 {
			counts = append(counts, humanize.Comma(int64(t.known))+" known to the baseline")
		}
		if t.suppressed > 0 {
			counts = append(counts, humanize.Comma(int64(t.suppressed))+" suppressed")
		}
		p.wrapped("", "", "Not shown: "+strings.Join(counts, ", ")+".")
	}
	if t.incomplete > 0 {
		p.wrapped("", bold+";"+yellow, "The scan is incomplete: "+plural(t.incomplete, "input")+" could not be scanned.")
	}
	p.scope()
}

// scope writes how much was scanned.
func (p *textPage) scope() { p.wrapped("", faint, prefixed("Scanned: ", scopeText(p.Run))) }

// roundTo leaves three digits or so of a duration.
func roundTo(d time.Duration) time.Duration {
	switch {
	case d < time.Second:
		return time.Millisecond
	case d < time.Minute:
		return 10 * time.Millisecond
	}
	return time.Second
}

// list joins what of the texts is not empty, behind a prefix; no text gives nothing.
func list(prefix, separator string, texts ...string) string {
	texts = slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return s == "" })
	if len(texts) == 0 {
		return ""
	}
	return prefix + strings.Join(texts, separator)
}

// oneLine is a text of a rule file, where it may go over several lines, on one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// prefixed puts a prefix before a text that is not empty.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// plural gives a count with its noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return humanize.Comma(int64(n)) + " " + noun
}

// shortCommit is enough of a commit's id to find it.
func shortCommit(id string) string { return id[:min(len(id), 12)] }

// day is the date of a time in RFC 3339.
func day(date string) string {
	d, _, _ := strings.Cut(date, "T")
	return d
}
