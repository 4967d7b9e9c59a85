package reporters

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// The parts of the page. The browser runs and applies only what bears their hashes, which
// the page's policy lists: nothing from a scanned file can be run, and nothing is fetched.
var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// Limits of what the page lists before it only counts, so that a browser can hold it.
const (
	htmlOthers  = 100
	htmlSkipped = 1000
	htmlRules   = 15
)

// What the template gets; all texts are [visible].
type (
	htmlPage struct {
		Policy      string
		CSS         template.CSS
		JS          template.JS
		Headline    string
		Scope       string
		Incomplete  string
		Figures     []htmlFigure
		Charts      []htmlChart
		Filters     []htmlFilter
		Findings    []htmlFinding
		Skipped     []htmlRow
		MoreSkipped string
		Tool        string
		Run         []htmlRow
	}
	htmlFigure struct{ Name, Count string }
	htmlRow    struct{ Name, Value string }
	htmlChart  struct {
		ID, Title, Caption string
		Bars               []htmlBar
	}
	htmlBar struct {
		Name, Count string
		// Share of the longest bar, from 0 to 100.
		Share string
	}
	htmlFilter struct {
		Label, Name string
		Values      []string
	}
	htmlPlace   struct{ Name, Address string }
	htmlFinding struct {
		Class                         string
		Severity, Rule, State, Status string
		Live                          bool
		Title                         string
		Place                         htmlPlace
		Excerpt                       bool
		Before, Marked, After         string
		Rows                          []htmlRow
		Others                        []htmlPlace
		MoreOthers                    string
		AddressLabel, Address         string
		Fingerprint                   string
	}
)

// writeHTML writes one page that needs nothing besides itself.
func writeHTML(w *bufio.Writer, r *Report, _ Options) error {
	t := count(r)
	page := htmlPage{
		Policy: "default-src 'none'; style-src '" + sourceHash(pageCSS) + "'; script-src '" + sourceHash(pageJS) +
			"'; base-uri 'none'; form-action 'none'",
		CSS:      template.CSS(pageCSS), // ours, not the scanned files'
		JS:       template.JS(pageJS),
		Headline: htmlHeadline(t),
		Scope:    scopeText(r.Run),
		Figures:  htmlFigures(t),
		Charts:   []htmlChart{byRule(r.Findings), byAge(r.Findings, r.Run.Ended)},
		Filters:  htmlFilters(r.Findings),
		Tool:     visible(strings.TrimSpace(r.Tool.Name + " " + r.Tool.Version)),
	}
	if t.incomplete > 0 {
		page.Incomplete = plural(t.incomplete, "input")
	}
	for i := range r.Findings {
		page.Findings = append(page.Findings, findingHTML(&r.Findings[i], r.Reveal))
	}
	for _, s := range r.Skipped {
		if !s.Incomplete {
			continue
		}
		if len(page.Skipped) < htmlSkipped {
			page.Skipped = append(page.Skipped, htmlRow{visible(s.Location.Name()), visible(s.Reason)})
		}
	}
	if more := t.incomplete - len(page.Skipped); more > 0 {
		page.MoreSkipped = "and " + humanize.Comma(int64(more)) + " more, which the json report lists"
	}
	row := func(name, value string) {
		if value != "" {
			page.Run = append(page.Run, htmlRow{name, visible(value)})
		}
	}
	row("Scanned", strings.Join(r.Run.Targets, ", "))
	row("Repository", r.Run.Repository)
	row("Branch", r.Run.Branch)
	row("Revision", r.Run.Revision)
	if !r.Run.Ended.IsZero() {
		row("Ended", r.Run.Ended.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return pageTemplate.Execute(w, page)
}

// sourceHash names a text as a content security policy does
// (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func htmlHeadline(t tally) string {
	switch {
	case t.fresh > 0:
		return plural(t.fresh, "leaked credential")
	case t.known+t.suppressed > 0:
		return "No new secrets found"
	case t.incomplete > 0:
		return "No secrets found, but not everything was scanned"
	}
	return "No secrets found"
}

func htmlFigures(t tally) []htmlFigure {
	figures := []htmlFigure{{"new", humanize.Comma(int64(t.fresh))}, {"live", humanize.Comma(int64(t.live))}}
	for _, s := range rules.Severities {
		figures = append(figures, htmlFigure{"new, " + string(s), humanize.Comma(int64(t.severity[s]))})
	}
	return append(figures,
		htmlFigure{"in the baseline", humanize.Comma(int64(t.known))},
		htmlFigure{"suppressed", humanize.Comma(int64(t.suppressed))},
		htmlFigure{"not scanned", humanize.Comma(int64(t.incomplete))})
}

// bars makes bars of counts, in the order of names.
func bars(names []string, counts map[string]int) []htmlBar {
	longest := 1
	for _, n := range counts {
		longest = max(longest, n)
	}
	var list []htmlBar
	for _, name := range names {
		n := counts[name]
		share := strconv.FormatFloat(100*float64(n)/float64(longest), 'f', 1, 64)
		list = append(list, htmlBar{name, humanize.Comma(int64(n)), share})
	}
	return list
}

// byRule counts the findings that are not suppressed by their rule, the most frequent first.
func byRule(findings []detector.Finding) htmlChart {
	counts := map[string]int{}
	var names []string
	for i := range findings {
		if findings[i].Suppression != nil {
			continue
		}
		id := visible(findings[i].Rule.ID)
		if counts[id] == 0 {
			names = append(names, id)
		}
		counts[id]++
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	if len(names) > htmlRules {
		const others = "all other rules"
		for _, name := range names[htmlRules:] {
			counts[others] += counts[name]
			delete(counts, name)
		}
		names = append(names[:htmlRules:htmlRules], others)
	}
	return htmlChart{"by-rule", "By rule", "Findings that are not suppressed", bars(names, counts)}
}

// ages are the classes of the chart by age, each with its upper bound.
var ages = []struct {
	name  string
	below time.Duration
}{
	{"up to a day", 24 * time.Hour},
	{"up to a week", 7 * 24 * time.Hour},
	{"up to a month", 30 * 24 * time.Hour},
	{"up to a year", 365 * 24 * time.Hour},
	{"older", 1<<63 - 1},
}

// unknownAge is the class of what no commit tells the age of.
const unknownAge = "unknown"

// byAge counts the findings that are not suppressed by the time since the first commit that
// has them.
func byAge(findings []detector.Finding, now time.Time) htmlChart {
	counts := map[string]int{}
	for i := range findings {
		if findings[i].Suppression == nil {
			counts[ageOf(&findings[i], now)]++
		}
	}
	var names []string
	for _, a := range ages {
		names = append(names, a.name)
	}
	return htmlChart{"by-age", "By age", "Since the first commit known to have it", bars(append(names, unknownAge), counts)}
}

func ageOf(f *detector.Finding, now time.Time) string {
	var first time.Time
	for i := range f.Places {
		t, err := time.Parse(time.RFC3339, f.Places[i].Location.Date)
		if err == nil && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if first.IsZero() || now.IsZero() {
		return unknownAge
	}
	for _, a := range ages {
		if now.Sub(first) <= a.below {
			return a.name
		}
	}
	return unknownAge
}

// htmlFilters are the filters with the values that occur.
func htmlFilters(findings []detector.Finding) []htmlFilter {
	var list []htmlFilter
	for _, c := range []struct {
		label, name string
		value       func(*detector.Finding) string
	}{
		{"Severity", "severity", func(f *detector.Finding) string { return visible(string(f.Rule.Severity)) }},
		{"Rule", "rule", func(f *detector.Finding) string { return visible(f.Rule.ID) }},
		{"State", "state", state},
		{"Status", "status", status},
	} {
		seen := map[string]bool{}
		filter := htmlFilter{Label: c.label, Name: c.name}
		for i := range findings {
			if v := c.value(&findings[i]); v != "" && !seen[v] {
				seen[v] = true
				filter.Values = append(filter.Values, v)
			}
		}
		if c.name == "severity" {
			slices.SortFunc(filter.Values, func(a, b string) int {
				return cmp.Or(cmp.Compare(rules.Severity(b).Rank(), rules.Severity(a).Rank()), strings.Compare(a, b))
			})
		} else {
			slices.Sort(filter.Values)
		}
		list = append(list, filter)
	}
	return list
}

func findingHTML(f *detector.Finding, reveal bool) htmlFinding {
	place := firstPlace(f)
	h := htmlFinding{
		Class:    "unknown",
		Severity: visible(string(f.Rule.Severity)), Rule: visible(f.Rule.ID), State: state(f), Status: status(f),
		Live:  live(f),
		Title: visible(f.Rule.Title), Place: placeHTML(place), Fingerprint: f.Fingerprint.String(),
		AddressLabel: addressLabel(f.Rule), Address: absoluteURI(replaceAt(f.Rule)),
	}
	if f.Rule.Severity.Rank() > 0 {
		h.Class = h.Severity
	}
	if strings.TrimSpace(place.Excerpt) != "" {
		h.Excerpt = true
		h.Before, h.Marked, h.After = fit(place, 1<<20) // as wide as it is: the page breaks the line
	}
	row := func(name, value string) {
		if value != "" {
			h.Rows = append(h.Rows, htmlRow{name, value})
		}
	}
	row("Credential", visible(f.Secret.Redacted()))
	if reveal {
		row("Secret", visible(f.Secret.Reveal())) // asked for with Report.Reveal
	}
	row("With", partsText(f, reveal))
	row("Confidence", reasonsText(f))
	row("Provider says", verificationText(f))
	row("Ignored", suppressionText(f.Suppression))
	if f.Known {
		row("Baseline", "known")
	}
	row("Origin", originText(place))
	if f.Rule.Revoke != nil {
		row("What to do", visible(oneLine(f.Rule.Revoke.Manual)))
	}
	for i := range f.Places {
		if i > 0 && i <= htmlOthers {
			h.Others = append(h.Others, placeHTML(&f.Places[i]))
		}
	}
	if more := len(f.Places) - 1 - len(h.Others); more > 0 {
		h.MoreOthers = plural(more, "more place")
	}
	return h
}

func placeHTML(p *detector.Place) htmlPlace {
	h := htmlPlace{Name: cmp.Or(placeName(p), "(no place)")}
	if p.Location.Commit != "" {
		h.Name += " (commit " + visible(shortCommit(p.Location.Commit)) + ")"
	}
	if isWeb(p.Location.URL) {
		h.Address = p.Location.URL
	}
	return h
}
