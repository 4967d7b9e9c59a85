package reporters

import (
	"bufio"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// csvColumns are the columns, in order, each with what it holds of a finding at a place.
var csvColumns = []struct {
	name  string
	value func(f *detector.Finding, p *detector.Place, reveal bool) string
}{
	{"severity", func(f *detector.Finding, _ *detector.Place, _ bool) string { return string(f.Rule.Severity) }},
	{"rule", func(f *detector.Finding, _ *detector.Place, _ bool) string { return f.Rule.ID }},
	{"title", func(f *detector.Finding, _ *detector.Place, _ bool) string { return f.Rule.Title }},
	{"provider", func(f *detector.Finding, _ *detector.Place, _ bool) string { return f.Rule.Provider }},
	{"status", func(f *detector.Finding, _ *detector.Place, _ bool) string { return status(f) }},
	{"state", func(f *detector.Finding, _ *detector.Place, _ bool) string { return state(f) }},
	{"path", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Name() }},
	{"line", func(_ *detector.Finding, p *detector.Place, _ bool) string { return positive(p.Span.StartLine) }},
	{"column", func(_ *detector.Finding, p *detector.Place, _ bool) string { return positive(p.Span.StartColumn) }},
	{"redacted", func(f *detector.Finding, _ *detector.Place, _ bool) string { return f.Secret.Redacted() }},
	{"secret", func(f *detector.Finding, _ *detector.Place, reveal bool) string {
		if !reveal {
			return ""
		}
		return f.Secret.Reveal() // asked for with Report.Reveal
	}},
	{"parts", func(f *detector.Finding, _ *detector.Place, reveal bool) string { return partsText(f, reveal) }},
	{"confidence", func(f *detector.Finding, _ *detector.Place, _ bool) string {
		return strconv.FormatFloat(rounded(f.Confidence), 'f', -1, 64)
	}},
	{"reasons", func(f *detector.Finding, _ *detector.Place, _ bool) string { return reasonsText(f) }},
	{"verification", func(f *detector.Finding, _ *detector.Place, _ bool) string { return verificationText(f) }},
	{"suppression", func(f *detector.Finding, _ *detector.Place, _ bool) string { return suppressionText(f.Suppression) }},
	{"excerpt", func(_ *detector.Finding, p *detector.Place, _ bool) string { return excerptText(p) }},
	{"commit", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Commit }},
	{"author", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Author }},
	{"date", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Date }},
	{"job", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Job }},
	{"step", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.Step }},
	{"url", func(_ *detector.Finding, p *detector.Place, _ bool) string { return p.Location.URL }},
	{"rotate", func(f *detector.Finding, _ *detector.Place, _ bool) string { return replaceAt(f.Rule) }},
	{"fingerprint", func(f *detector.Finding, _ *detector.Place, _ bool) string { return f.Fingerprint.String() }},
}

// writeCSV writes a line for each place of each finding. What was not scanned is not in this
// format; json has it.
func writeCSV(w *bufio.Writer, r *Report, _ Options) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		cells[i] = c.name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		places := placesOf(f)
		for j := range places {
			for k, c := range csvColumns {
				cells[k] = cell(c.value(f, &places[j], r.Reveal))
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// positive is n in digits; empty below 1, which stands for not known.
func positive(n int) string {
	if n < 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// formulaStarts are the characters at which spreadsheets begin a formula, their wide forms
// included (https://owasp.org/www-community/attacks/CSV_Injection).
const formulaStarts = "=+-@＝＋－＠"

// cell makes text fit for a cell: one line that no spreadsheet takes for a formula. An
// apostrophe before it says so to them. They may split cells at semicolons, too, where
// that is the separator of the user's country.
func cell(text string) string {
	text = visible(text)
	if !strings.ContainsAny(text, formulaStarts) {
		return text
	}
	pieces := strings.Split(text, ";")
	for i, piece := range pieces {
		bare := strings.TrimLeft(piece, " \u00a0\"'")
		if bare != "" && strings.ContainsRune(formulaStarts, []rune(bare)[0]) {
			pieces[i] = "'" + piece
		}
	}
	return strings.Join(pieces, ";")
}
