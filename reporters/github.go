package reporters

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// githubMost is how many annotations of each kind GitHub shows for a step; it drops the
// others without a word
// (https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations).
const githubMost = 10

// githubKinds are the kinds of annotations by the level of a finding in SARIF.
var githubKinds = map[string]string{"error": "error", "warning": "warning", "note": "notice"}

// writeGitHub writes workflow commands that GitHub makes annotations of
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands):
// one for each new finding, the gravest first, as many as are shown. Where nothing is wrong it
// writes a single line that is no command.
func writeGitHub(w *bufio.Writer, r *Report, _ Options) error {
	written := map[string]int{}
	left := 0
	if lost := lostText(r.Skipped); lost != "" {
		annotate(w, "warning", []string{"title", "Not everything was scanned"}, lost)
		written["warning"]++
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !counts(f) {
			continue
		}
		kind := githubKinds[levelOf(gravity(f))]
		if written[kind] == githubMost {
			left++
			continue
		}
		written[kind]++
		annotate(w, kind, githubProperties(f), githubMessage(f, r.Reveal))
	}
	if left > 0 {
		fmt.Fprintf(w, "%s not shown: GitHub shows %d annotations of each kind for a step. The other reports have them.\n",
			plural(left, "more finding"), githubMost)
	}
	if len(written) == 0 {
		fmt.Fprintln(w, "No new secrets found.")
	}
	return nil
}

// lostText says what should have been scanned and was not; empty if nothing.
func lostText(skipped []Skip) string {
	var lost []string
	more := 0
	for _, s := range skipped {
		switch {
		case !s.Incomplete:
		case len(lost) == textSkips:
			more++
		default:
			lost = append(lost, visible(s.Location.Name())+": "+visible(s.Reason))
		}
	}
	if more > 0 {
		lost = append(lost, "and "+strconv.Itoa(more)+" more")
	}
	return strings.Join(lost, "\n")
}

// githubProperties say where an annotation goes and what it is called.
func githubProperties(f *detector.Finding) []string {
	place := firstPlace(f)
	l, s := place.Location, place.Span
	title := visible(f.Rule.Title)
	if live(f) {
		title = "LIVE: " + title
	}
	if l.Path == "" || l.Job != "" {
		return []string{"title", title} // no file of the repository
	}
	properties := []string{"file", visible(l.Path)}
	if len(l.Members) > 0 {
		properties = append(properties, "line", "1") // the lines are those of the archive's member
		return append(properties, "title", title)
	}
	r := region(s)
	properties = append(properties, "line", strconv.Itoa(r.StartLine), "endLine", strconv.Itoa(r.EndLine))
	if r.StartLine == r.EndLine {
		// GitHub takes columns only where they are of one line.
		properties = append(properties, "col", strconv.Itoa(r.StartColumn), "endColumn", strconv.Itoa(r.EndColumn))
	}
	return append(properties, "title", title)
}

func githubMessage(f *detector.Finding, reveal bool) string {
	place := firstPlace(f)
	shown := f.Secret.Redacted()
	if reveal {
		shown = f.Secret.Reveal() // asked for with Report.Reveal
	}
	where := ""
	if len(place.Location.Members) > 0 || place.Location.Job != "" {
		where = "It stands in " + placeName(place) + "."
	}
	also := ""
	if more := len(f.Places) - 1; more > 0 {
		also = "It is in " + plural(more, "more place") + ", first " + placeName(&f.Places[1]) + "."
	}
	return list("", "\n",
		visible(shown)+" ("+visible(f.Rule.ID)+", "+visible(string(f.Rule.Severity))+")",
		where,
		prefixed("with ", partsText(f, reveal)),
		reasonsText(f),
		verificationText(f),
		originText(place),
		also,
		adviceText(f),
	)
}

// The escapes of workflow commands
// (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts). Without them a
// scanned file could end the command and begin one of its own.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// annotate writes a command. properties are names and values in turn.
func annotate(w *bufio.Writer, kind string, properties []string, message string) {
	var b strings.Builder
	for i := 0; i+1 < len(properties); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(properties[i] + "=" + githubProperty.Replace(properties[i+1]))
	}
	fmt.Fprintf(w, "::%s %s::%s\n", kind, b.String(), githubData.Replace(message))
}
