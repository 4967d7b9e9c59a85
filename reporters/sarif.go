package reporters

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// What GitHub makes of a file, and its limits, are told at
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
// and https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit.
const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// GitHub rejects files with more results, shows the first 5,000 of them, and of the
	// related locations of a result 100. Tags beyond ten are not shown.
	sarifMaxResults = 25_000
	sarifMaxRelated = 100
	sarifMaxTags    = 10
	// Lengths in characters that GitHub takes of a rule.
	sarifMaxName        = 255
	sarifMaxDescription = 1024

	// sarifOtherFiles is how many further files a result points to. Each of them has a
	// result of its own, and to point from each to all others would grow with the square.
	sarifOtherFiles = 10
	// sarifMaxNotices is how many inputs that were not scanned are listed one by one.
	sarifMaxNotices = 1000
	// sarifLinks is how many further places the message of a result names.
	sarifLinks = 3
)

// The notifications there are, in the order of their descriptors.
const (
	notScanned = iota
	resultsCut
)

var sarifNotifications = []sarifDescriptor{
	notScanned: {ID: "not-scanned", ShortDescription: sarifText{Text: "Something was not scanned, or not all of it."}},
	resultsCut: {ID: "results-cut", ShortDescription: sarifText{Text: "There are more results than a file may have."}},
}

// A sarifItem is a result to be: a finding in one file, and which of its places lie there.
type sarifItem struct {
	finding *detector.Finding
	file    string
	rule    int // index of the rule's descriptor
	places  []*detector.Place
	hash    string // primaryLocationLineHash
}

func writeSARIF(w *bufio.Writer, r *Report, o Options) error {
	s := sarifWriter{report: r, rules: []sarifRule{}, ruleIndex: map[string]int{}}
	items, dropped := s.items(o)
	hashes := map[string]detector.Fingerprint{}
	for i := range items {
		items[i].rule = s.rule(items[i].finding)
		items[i].hash = lineHash(items[i], hashes)
	}
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name:           r.Tool.Name,
			Version:        r.Tool.Version,
			InformationURI: absoluteURI(r.Tool.InfoURI),
			Rules:          s.rules,
		}},
		AutomationDetails: automation(r.Run.Category, r.Run.ID),
		Invocations: []sarifInvocation{{
			// What is said here is not whether all was scanned: GitHub processes no
			// file whose invocation failed
			// (https://github.com/github/codeql-action/pull/1732), and what was
			// found must not be lost for what was not.
			ExecutionSuccessful:        true,
			ExitCode:                   r.Run.ExitCode,
			StartTimeUTC:               timestamp(r.Run.Started),
			EndTimeUTC:                 timestamp(r.Run.Ended),
			ToolExecutionNotifications: notifications(r.Skipped, dropped),
		}},
		VersionControlProvenance: provenance(r.Run),
		ColumnKind:               "utf16CodeUnits",
		Properties:               runProperties(r.Run),
		Results:                  []struct{}{},
	}
	if len(run.Invocations[0].ToolExecutionNotifications) > 0 {
		run.Tool.Driver.Notifications = sarifNotifications
	}
	for _, i := range items {
		s.suppressing = s.suppressing || i.finding.Suppression != nil
	}
	log := sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
	return writeDocument(w, log, "results", func(yield func(any) bool) {
		for _, i := range items {
			if !yield(s.result(i)) {
				return
			}
		}
	})
}

type sarifWriter struct {
	report    *Report
	rules     []sarifRule
	ruleIndex map[string]int
	// suppressing says that there are suppressed results, so that the others must say
	// that they are none.
	suppressing bool
}

// items are the results to be, in the report's order: one for a finding and file. dropped
// is how many there are beyond what a file may have.
func (s *sarifWriter) items(o Options) (items []sarifItem, dropped int) {
	for i := range s.report.Findings {
		f := &s.report.Findings[i]
		if o.OmitSuppressed && f.Suppression != nil {
			continue
		}
		places := f.Places
		if len(places) == 0 {
			places = []detector.Place{{}} // against the contract, and still not to be lost
		}
		at := map[string]int{}
		for j := range places {
			place := &places[j]
			file := artifactURI(place.Location.Path)
			k, ok := at[file.URI]
			if !ok {
				k = len(items)
				at[file.URI] = k
				items = append(items, sarifItem{finding: f, file: file.URI})
			}
			items[k].places = append(items[k].places, place)
		}
	}
	if len(items) > sarifMaxResults {
		dropped = len(items) - sarifMaxResults
		items = items[:sarifMaxResults]
	}
	return items, dropped
}

// rule returns the index of a finding's rule, which it describes when it comes for the
// first time. GitHub takes the severity from the rule alone, so what is live gets a rule
// of its own.
func (s *sarifWriter) rule(f *detector.Finding) int {
	id := ruleID(f)
	if i, ok := s.ruleIndex[id]; ok {
		return i
	}
	s.ruleIndex[id] = len(s.rules)
	s.rules = append(s.rules, describe(f.Rule, id, live(f)))
	return s.ruleIndex[id]
}

// levelOf is the level of a score on GitHub's scale.
func levelOf(score float64) string {
	switch {
	case score >= 7:
		return "error"
	case score >= 4:
		return "warning"
	}
	return "note"
}

func (s *sarifWriter) result(i sarifItem) *sarifResult {
	f, place := i.finding, i.places[0]
	r := &sarifResult{
		RuleID:              ruleID(f),
		RuleIndex:           i.rule,
		Level:               levelOf(gravity(f)),
		Locations:           []sarifLocation{location(place)},
		RelatedLocations:    related(i),
		Fingerprints:        map[string]string{"stanch/v1": f.Fingerprint.String()},
		PartialFingerprints: map[string]string{"primaryLocationLineHash": i.hash},
		Rank:                rounded(10 * gravity(f) * f.Confidence),
		Properties:          s.properties(i),
	}
	r.Message = sarifText{Text: resultMessage(i, r.RelatedLocations)}
	if s.report.Run.Baseline {
		r.BaselineState = "new"
		if f.Known {
			r.BaselineState = "unchanged"
		}
	}
	if s.suppressing {
		r.Suppressions = suppressions(f.Suppression)
	}
	return r
}

// lineHash is what GitHub recognises a result by, together with its rule and file. Where the
// line's own hash is not to be had, because the file was too large, or does not tell
// credentials apart, in an archive or where several stand on one line, the
// credential's fingerprint serves as well. taken are the hashes given so far.
func lineHash(i sarifItem, taken map[string]detector.Fingerprint) string {
	f, place := i.finding, i.places[0]
	own := f.Fingerprint.String()[:16] + ":1"
	if place.LineHash == "" || len(place.Location.Members) > 0 {
		return own
	}
	key := strings.Join([]string{ruleID(f), i.file, place.LineHash}, "\x00")
	if other, ok := taken[key]; ok && other != f.Fingerprint {
		return own
	}
	taken[key] = f.Fingerprint
	return place.LineHash
}

// resultMessage says it in words. GitHub shows the first sentence where there is little room.
func resultMessage(i sarifItem, related []sarifLocation) string {
	f, place := i.finding, i.places[0]
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.", message(f.Rule.Title), message(f.Secret.Redacted()))
	if v := f.Verification; v != nil {
		state := "Whether it works is not known"
		switch v.State {
		case detector.Live:
			state = "The provider accepts it"
		case detector.Dead:
			state = "The provider says that it does not work"
		}
		fmt.Fprintf(&b, " %s%s.", state, message(prefixed(": ", strings.TrimRight(v.Reason, ". "))))
	}
	if m := place.Location.Members; len(m) > 0 {
		fmt.Fprintf(&b, " It stands in member %s of the archive", message(strings.Join(m, "!")))
		if place.Span.StartLine > 0 {
			fmt.Fprintf(&b, ", line %d", place.Span.StartLine)
		}
		b.WriteByte('.')
	}
	if len(place.Decoding) > 0 {
		fmt.Fprintf(&b, " It is written in %s.", message(strings.Join(place.Decoding, ", in it ")))
	}
	if place.Location.Commit != "" {
		fmt.Fprintf(&b, " Commit %s brought it.", message(shortCommit(place.Location.Commit)))
	}
	var why []string
	for _, r := range f.Reasons {
		why = append(why, r.Text)
	}
	fmt.Fprintf(&b, " Confidence is %s%s.", detector.Level(f.Confidence), message(list(": ", "; ", why...)))

	var parts, places []string
	for _, l := range related {
		link := fmt.Sprintf("[%s](%d)", linkText(l.Message.Text), l.ID)
		if l.part {
			parts = append(parts, link)
		} else if len(places) < sarifLinks {
			places = append(places, link)
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, " With it stands %s.", strings.Join(parts, ", "))
	}
	if len(places) > 0 {
		fmt.Fprintf(&b, " It is also in %s", strings.Join(places, ", "))
		if more := len(f.Places) - 1 - len(places); more > 0 {
			fmt.Fprintf(&b, " and %s", plural(more, "more place"))
		}
		b.WriteByte('.')
	}
	return b.String()
}

// related are the further places in the same file, those of the credential's other parts
// there, and the first places in other files.
func related(i sarifItem) []sarifLocation {
	var out []sarifLocation
	seen := map[string]bool{}
	add := func(p *detector.Place) {
		// The same place in several commits is one.
		name := placeName(p)
		if len(out) < sarifMaxRelated && !seen[name] {
			seen[name] = true
			l := location(p)
			l.ID = len(out) + 1
			l.Message = &sarifText{Text: message(name)}
			out = append(out, l)
		}
	}
	seen[placeName(i.places[0])] = true
	for _, p := range i.places[1:] {
		add(p)
	}
	for _, part := range i.finding.Parts {
		if p := (detector.Place{Location: part.Location, Span: part.Span}); len(out) < sarifMaxRelated &&
			artifactURI(p.Location.Path).URI == i.file && !seen[placeName(&p)] {
			seen[placeName(&p)] = true
			l := location(&p)
			l.ID, l.part = len(out)+1, true
			l.Message = &sarifText{Text: message(part.Name)}
			out = append(out, l)
		}
	}
	files := map[string]bool{i.file: true}
	for k := range i.finding.Places {
		p := &i.finding.Places[k]
		if uri := artifactURI(p.Location.Path).URI; !files[uri] && len(files) <= sarifOtherFiles {
			files[uri] = true
			add(p)
		}
	}
	return out
}

// placeName names a place as "path:line:column".
func placeName(p *detector.Place) string {
	name := visible(p.Location.Name())
	if p.Span.StartLine > 0 {
		name += fmt.Sprintf(":%d:%d", p.Span.StartLine, p.Span.StartColumn)
	}
	return name
}

func location(p *detector.Place) sarifLocation {
	l := sarifLocation{PhysicalLocation: sarifPhysicalLocation{
		ArtifactLocation: artifactURI(p.Location.Path),
		Region:           region(p.Span),
	}}
	logical := func(names []string, separator string) {
		if len(names) > 0 {
			l.LogicalLocations = append(l.LogicalLocations, sarifLogicalLocation{
				Name:               names[len(names)-1],
				FullyQualifiedName: strings.Join(names, separator),
			})
		}
	}
	if m := p.Location.Members; len(m) > 0 {
		// Lines and columns are those of the member; of the archive there is the start.
		l.PhysicalLocation.Region = &sarifRegion{1, 1, 1, 2}
		logical(append([]string{p.Location.Path}, m...), "!")
	}
	job := slices.DeleteFunc([]string{p.Location.Job, p.Location.Step}, func(s string) bool { return s == "" })
	logical(job, "/")
	return l
}

// region gives all four values, which GitHub wants, and none below 1.
func region(s detector.Span) *sarifRegion {
	r := sarifRegion{max(1, s.StartLine), max(1, s.StartColumn), s.EndLine, s.EndColumn}
	r.EndLine = max(r.EndLine, r.StartLine)
	r.EndColumn = max(r.EndColumn, 1)
	if r.EndLine == r.StartLine {
		r.EndColumn = max(r.EndColumn, r.StartColumn+1)
	}
	return &r
}

func (s *sarifWriter) properties(i sarifItem) sarifResultProperties {
	f, place := i.finding, i.places[0]
	p := sarifResultProperties{
		Provider:        f.Rule.Provider,
		Severity:        string(f.Rule.Severity),
		Confidence:      rounded(f.Confidence),
		ConfidenceLevel: string(detector.Level(f.Confidence)),
		Redacted:        f.Secret.Redacted(),
		Places:          len(f.Places),
		Members:         place.Location.Members,
		Decoding:        place.Decoding,
		Commit:          place.Location.Commit,
		Author:          place.Location.Author,
		Email:           place.Location.Email,
		Date:            place.Location.Date,
		Job:             place.Location.Job,
		Step:            place.Location.Step,
		URL:             place.Location.URL,
	}
	if len(p.Members) > 0 {
		p.Region = region(place.Span)
	}
	if s.report.Reveal {
		p.Secret = f.Secret.Reveal() // asked for with Report.Reveal
	}
	for _, r := range f.Reasons {
		p.Reasons = append(p.Reasons, r.Text)
	}
	for _, part := range f.Parts {
		value, redacted, secret := partValue(part, s.report.Reveal)
		p.Parts = append(p.Parts, sarifPart{part.Name, value, redacted, secret})
	}
	if v := f.Verification; v != nil {
		id := v.Identity
		p.Verification = &sarifVerification{
			State:    string(v.State),
			Reason:   v.Reason,
			Checked:  timestamp(v.Checked),
			Owner:    id.Owner,
			Account:  id.Account,
			Scopes:   id.Scopes,
			Created:  id.Created,
			Expires:  id.Expires,
			LastUsed: id.LastUsed,
		}
	}
	return p
}

// suppressions is the list that a result carries: empty for one that counts.
func suppressions(s *detector.Suppression) *[]sarifSuppression {
	if s == nil {
		return &[]sarifSuppression{}
	}
	out := sarifSuppression{Kind: "external", Status: "accepted", Justification: s.Reason}
	if s.Kind == "inline" {
		out.Kind = "inSource"
	}
	if s.Owner+s.Expires != "" {
		out.Properties = &sarifSuppressionProperties{s.Owner, s.Expires}
	}
	return &[]sarifSuppression{out}
}

// notifications tell what is not in the results.
func notifications(skipped []Skip, dropped int) []sarifNotification {
	var out []sarifNotification
	notify := func(kind int, level, text string, locations ...sarifLocation) {
		out = append(out, sarifNotification{
			Descriptor: sarifReference{sarifNotifications[kind].ID, kind},
			Level:      level,
			Message:    sarifText{Text: message(text)},
			Locations:  locations,
		})
	}
	if dropped > 0 {
		notify(resultsCut, "warning", fmt.Sprintf("%s left out: GitHub takes no file with more than %d. "+
			"The gravest are here; the json report has all.", plural(dropped, "result"), sarifMaxResults))
	}
	unlisted := 0
	for _, incomplete := range []bool{true, false} { // the losses first
		for _, s := range skipped {
			if s.Incomplete != incomplete {
				continue
			}
			if len(out) >= sarifMaxNotices {
				unlisted++
				continue
			}
			// By the standard "error" would say that the results are not valid, a
			// warning that they are, but may not be all (3.58.6).
			level, what := "warning", "Not scanned"
			if !incomplete {
				level, what = "note", "Passed over"
			}
			where := sarifLocation{PhysicalLocation: sarifPhysicalLocation{
				ArtifactLocation: artifactURI(s.Location.Path),
			}}
			notify(notScanned, level, fmt.Sprintf("%s: %s: %s.", what, visible(s.Location.Name()), s.Reason), where)
		}
	}
	if unlisted > 0 {
		notify(notScanned, "warning", plural(unlisted, "more input")+" not scanned or passed over; the json report lists them.")
	}
	return out
}

func runProperties(r Run) *sarifRunProperties {
	if len(r.Targets) == 0 && r.Files == 0 && r.Bytes == 0 && r.Rules == 0 {
		return nil
	}
	return &sarifRunProperties{r.Targets, r.Files, r.Bytes, r.Rules}
}

// automation names the run as GitHub reads it: what stands behind the last slash is the id
// of the run, all before it the category.
func automation(category, id string) *sarifAutomation {
	category = strings.Trim(category, "/")
	id = strings.ReplaceAll(id, "/", "-")
	if category == "" && id == "" {
		return nil
	}
	if category == "" {
		return &sarifAutomation{id}
	}
	return &sarifAutomation{category + "/" + id}
}

// provenance says which state of which repository was scanned. Without an address the
// standard has no place for the rest.
func provenance(r Run) []sarifVersionControl {
	uri := repositoryURI(r.Repository)
	if uri == "" {
		return nil
	}
	return []sarifVersionControl{{
		RepositoryURI: uri,
		RevisionID:    r.Revision,
		Branch:        r.Branch,
		MappedTo:      &sarifArtifactLocation{URIBaseID: sourceRoot},
	}}
}
