package reporters

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// JUnit's format has no standard; these are the elements and attributes on which Jenkins,
// GitLab, Azure Pipelines and CircleCI agree (https://github.com/testmoapp/junitxml).
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		File      string        `xml:"file,attr,omitempty"`
		Line      string        `xml:"line,attr,omitempty"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Skipped   *junitProblem `xml:"skipped"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",cdata"`
	}
)

// writeJUnit writes a failed test for each finding, a skipped one for what is suppressed or
// known to the baseline, and an error for what should have been scanned and was not. Since
// some systems take a file without tests for a mistake, a scan with nothing to say is one
// test that passed.
func writeJUnit(w *bufio.Writer, r *Report, _ Options) error {
	s := junitSuite{Name: visible(r.Tool.Name), Time: "0"}
	if !r.Run.Started.IsZero() {
		s.Timestamp = r.Run.Started.UTC().Format("2006-01-02T15:04:05")
	}
	if took := r.Run.Ended.Sub(r.Run.Started); !r.Run.Started.IsZero() && took > 0 {
		s.Time = fmt.Sprintf("%.3f", took.Round(time.Millisecond).Seconds())
	}
	for i := range r.Findings {
		s.Cases = append(s.Cases, findingJUnit(&r.Findings[i], r.Reveal))
	}
	for _, k := range r.Skipped {
		if !k.Incomplete {
			continue
		}
		name := visible(k.Location.Name())
		s.Cases = append(s.Cases, junitCase{
			Name: name + " is scanned", Classname: "not-scanned", Time: "0", File: visible(k.Location.Path),
			Error: &junitProblem{Message: visible(k.Reason), Type: "not-scanned",
				Text: name + " could not be scanned: " + visible(k.Reason) + ". Nothing is known of what it holds."},
		})
	}
	if len(s.Cases) == 0 {
		s.Cases = []junitCase{{Name: "no secrets", Classname: s.Name, Time: "0"}}
	}
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all := junitSuites{Name: s.Name, Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Skipped: s.Skipped,
		Time: s.Time, Suites: []junitSuite{s}}
	w.WriteString(xml.Header)
	e := xml.NewEncoder(w)
	e.Indent("", indentation)
	if err := e.Encode(all); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

func findingJUnit(f *detector.Finding, reveal bool) junitCase {
	place := firstPlace(f)
	c := junitCase{
		Name:      cmp.Or(placeName(place), "(no place)") + " " + visible(f.Rule.Title),
		Classname: visible(f.Rule.ID),
		Time:      "0",
		File:      visible(place.Location.Path),
		Line:      positive(place.Span.StartLine),
	}
	shown := f.Secret.Redacted()
	if reveal {
		shown = f.Secret.Reveal() // asked for with Report.Reveal
	}
	lines := []string{
		visible(fmt.Sprintf("%s: %s", f.Rule.Title, shown)),
		prefixed("    ", excerptText(place)),
		prefixed("with ", partsText(f, reveal)),
		reasonsText(f),
		verificationText(f),
		suppressionText(f.Suppression),
		originText(place),
	}
	for i := range f.Places {
		if i > 0 {
			lines = append(lines, "also in "+placeName(&f.Places[i]))
		}
	}
	lines = append(lines, adviceText(f), "fingerprint "+f.Fingerprint.String())
	p := &junitProblem{
		Message: visible(fmt.Sprintf("%s: %s (%s)", f.Rule.Title, f.Secret.Redacted(), f.Rule.Severity)),
		Type:    visible(string(f.Rule.Severity)),
		Text:    list("", "\n", lines...),
	}
	if counts(f) {
		c.Failure = p
		return c
	}
	// Skipped tests have no type.
	p.Type, p.Message = "", strings.Join([]string{p.Message, status(f)}, ", ")
	c.Skipped = p
	return c
}
