package reporters

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stanchsec/stanch/detector"
)

// gitlabVersion is the version of GitLab's schema that the report follows:
// https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/blob/v15.2.1/dist/secret-detection-report-format.json
const gitlabVersion = "15.2.1"

// Limits of the schema, in characters.
const (
	gitlabMaxName     = 255
	gitlabMaxSolution = 7000
)

type (
	gitlabReport struct {
		Version         string     `json:"version"`
		Schema          string     `json:"schema"`
		Scan            gitlabScan `json:"scan"`
		Vulnerabilities []struct{} `json:"vulnerabilities"` // written one by one
	}
	gitlabScan struct {
		Analyzer  gitlabTool      `json:"analyzer"`
		Scanner   gitlabTool      `json:"scanner"`
		Type      string          `json:"type"`
		StartTime string          `json:"start_time"`
		EndTime   string          `json:"end_time"`
		Status    string          `json:"status"`
		Messages  []gitlabMessage `json:"messages,omitempty"`
	}
	gitlabTool struct {
		ID      string       `json:"id"`
		Name    string       `json:"name"`
		URL     string       `json:"url,omitempty"`
		Version string       `json:"version"`
		Vendor  gitlabVendor `json:"vendor"`
	}
	gitlabVendor struct {
		Name string `json:"name"`
	}
	gitlabMessage struct {
		Level string `json:"level"`
		Value string `json:"value"`
	}
	gitlabVulnerability struct {
		ID          string                  `json:"id"`
		Name        string                  `json:"name"`
		Description string                  `json:"description"`
		Severity    string                  `json:"severity"`
		Solution    string                  `json:"solution"`
		Identifiers []gitlabIdentifier      `json:"identifiers"`
		Links       []gitlabLink            `json:"links,omitempty"`
		Details     map[string]gitlabDetail `json:"details"`
		Tracking    gitlabTracking          `json:"tracking"`
		Location    gitlabLocation          `json:"location"`
		Raw         string                  `json:"raw_source_code_extract,omitempty"`
	}
	gitlabIdentifier struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
	gitlabLink struct {
		URL string `json:"url"`
	}
	gitlabDetail struct {
		Name  string         `json:"name,omitempty"`
		Type  string         `json:"type"`
		Value string         `json:"value,omitempty"`
		Items []gitlabDetail `json:"items,omitempty"`
	}
	gitlabTracking struct {
		Type  string               `json:"type"`
		Items []gitlabTrackingItem `json:"items"`
	}
	gitlabTrackingItem struct {
		File       string            `json:"file"`
		StartLine  int               `json:"start_line"`
		EndLine    int               `json:"end_line"`
		Signatures []gitlabSignature `json:"signatures"`
	}
	gitlabSignature struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"value"`
	}
	gitlabLocation struct {
		File      string       `json:"file"`
		Commit    gitlabCommit `json:"commit"`
		StartLine int          `json:"start_line"`
		EndLine   int          `json:"end_line"`
	}
	gitlabCommit struct {
		SHA    string `json:"sha"`
		Author string `json:"author,omitempty"`
		Date   string `json:"date,omitempty"`
	}
)

// writeGitLab writes GitLab's security report of secret detection. There is one
// vulnerability for a finding and file. Suppressed findings are left out, since the format
// has no field for them and GitLab would list them; a message of the scan counts them.
func writeGitLab(w *bufio.Writer, r *Report, _ Options) error {
	t := count(r)
	tool := gitlabTool{
		ID: "stanch", Name: r.Tool.Name, Version: cmp.Or(r.Tool.Version, "unknown"), Vendor: gitlabVendor{"stanch"},
	}
	if isWeb(r.Tool.InfoURI) {
		tool.URL = r.Tool.InfoURI
	}
	doc := gitlabReport{
		Version: gitlabVersion,
		Schema: "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v" + gitlabVersion +
			"/dist/secret-detection-report-format.json",
		Scan: gitlabScan{
			Analyzer: tool, Scanner: tool, Type: "secret_detection", Status: "success",
			StartTime: gitlabTime(r.Run.Started), EndTime: gitlabTime(r.Run.Ended),
		},
		Vulnerabilities: []struct{}{},
	}
	for _, s := range r.Skipped {
		if s.Incomplete {
			doc.Scan.Messages = append(doc.Scan.Messages,
				gitlabMessage{"warn", "Not scanned: " + visible(s.Location.Name()) + ": " + visible(s.Reason)})
		}
	}
	if t.suppressed > 0 {
		doc.Scan.Messages = append(doc.Scan.Messages,
			gitlabMessage{"info", plural(t.suppressed, "suppressed finding") + " left out."})
	}
	items, dropped := (&sarifWriter{report: r}).items(Options{OmitSuppressed: true})
	if dropped > 0 {
		doc.Scan.Messages = append(doc.Scan.Messages,
			gitlabMessage{"warn", plural(dropped, "finding") + " left out, the mildest."})
	}
	return writeDocument(w, doc, "vulnerabilities", func(yield func(any) bool) {
		for _, i := range items {
			if !yield(vulnerability(r, i)) {
				return
			}
		}
	})
}

// gitlabTime is a time as the schema wants it, in UTC without saying so. The field is
// required, so what is not known is the beginning of Unix time.
func gitlabTime(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

// isWeb reports whether an address fits where the schema wants one of the web.
func isWeb(address string) bool {
	return absoluteURI(address) != "" &&
		(strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://"))
}

func vulnerability(r *Report, i sarifItem) *gitlabVulnerability {
	f, place := i.finding, i.places[0]
	g := region(place.Span)
	if len(place.Location.Members) > 0 {
		g.StartLine, g.EndLine = 1, 1 // the lines are those of the archive's member
	}
	file := visible(place.Location.Path)
	title := cmp.Or(visible(f.Rule.Title), visible(f.Rule.ID), "Credential")
	v := &gitlabVulnerability{
		// The same in every run, as long as the credential is in that file.
		ID:   uuid.NewSHA1(uuid.NameSpaceURL, []byte("stanch:"+f.Rule.ID+"\x00"+f.Fingerprint.String()+"\x00"+i.file)).String(),
		Name: shortened(title, gitlabMaxName),
		Description: list("", "\n\n",
			markdownText(title)+" "+code(visible(f.Secret.Redacted()))+" stands in "+cmp.Or(code(placeName(place)), "the input")+".",
			markdownText(oneLine(f.Rule.Description))),
		Severity: gitlabSeverity(gravity(f)),
		Solution: shortened(list("", " ",
			"Replace the credential at its provider and make the old one invalid; taking it out of the text is not enough.",
			markdownAdvice(f)), gitlabMaxSolution),
		// The first identifier is the one by which GitLab tells findings apart.
		Identifiers: []gitlabIdentifier{
			{Type: "stanch_rule_id", Name: "stanch rule " + visible(f.Rule.ID), Value: cmp.Or(visible(f.Rule.ID), "unknown")},
			{Type: "cwe", Name: "CWE-798", Value: "798", URL: "https://cwe.mitre.org/data/definitions/798.html"},
		},
		Details:  gitlabDetails(r, i),
		Location: gitlabLocation{File: file, Commit: gitlabCommitOf(r, place), StartLine: g.StartLine, EndLine: g.EndLine},
	}
	v.Tracking = gitlabTracking{"source", []gitlabTrackingItem{{file, g.StartLine, g.EndLine,
		[]gitlabSignature{{"hash", f.Fingerprint.String()}}}}}
	for _, address := range append([]string{f.Rule.Rotate}, f.Rule.Docs...) {
		if isWeb(address) {
			v.Links = append(v.Links, gitlabLink{address})
		}
	}
	if r.Reveal {
		v.Raw = f.Secret.Reveal() // asked for with Report.Reveal
	}
	return v
}

// gitlabSeverity is the band of a score on the scale to 10 that bears GitLab's name.
func gitlabSeverity(score float64) string {
	switch {
	case score >= 9:
		return "Critical"
	case score >= 7:
		return "High"
	case score >= 4:
		return "Medium"
	}
	return "Low"
}

// gitlabCommitOf is the commit of a place. The schema requires one; zeros, as git writes
// them for none, stand for one that is not known.
func gitlabCommitOf(r *Report, p *detector.Place) gitlabCommit {
	if p.Location.Commit != "" {
		return gitlabCommit{visible(p.Location.Commit), visible(p.Location.Author), visible(p.Location.Date)}
	}
	return gitlabCommit{SHA: cmp.Or(visible(r.Run.Revision), strings.Repeat("0", 40))}
}

// gitlabDetails are what the schema has no field for, shown as a list on GitLab's page.
func gitlabDetails(r *Report, i sarifItem) map[string]gitlabDetail {
	f, place := i.finding, i.places[0]
	details := map[string]gitlabDetail{}
	add := func(key, name, value string) {
		if value != "" {
			details[key] = gitlabDetail{Name: name, Type: "text", Value: value}
		}
	}
	add("redacted", "Credential", f.Secret.Redacted())
	add("confidence", "Confidence", reasonsText(f))
	add("verification", "The provider says", verificationText(f))
	add("parts", "Other parts", partsText(f, r.Reveal))
	add("origin", "How it came there", originText(place))
	add("line", "Line", excerptText(place))
	if r.Run.Baseline {
		add("status", "Compared with the baseline", status(f))
	}
	if f.Fingerprint != (detector.Fingerprint{}) {
		add("fingerprint", "Fingerprint", f.Fingerprint.String())
	}
	if len(f.Places) > 1 {
		all := gitlabDetail{Name: "All places", Type: "list"}
		for j := range f.Places {
			if j == sarifMaxRelated {
				all.Items = append(all.Items, gitlabDetail{Type: "text", Value: fmt.Sprintf("and %d more", len(f.Places)-j)})
				break
			}
			all.Items = append(all.Items, gitlabDetail{Type: "text", Value: placeName(&f.Places[j])})
		}
		details["places"] = all
	}
	return details
}
