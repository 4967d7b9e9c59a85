package reporters

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"time"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
)

// jsonVersion is the version of the json and jsonl formats. Fields may be added to a
// version; taking one away or changing what it means makes a new one.
const jsonVersion = 1

// The fields are described for users in docs/reports.md.
type (
	jsonReport struct {
		Version  int         `json:"version"`
		Tool     jsonTool    `json:"tool"`
		Run      jsonRun     `json:"run"`
		Summary  jsonSummary `json:"summary"`
		Skipped  []jsonSkip  `json:"skipped"`
		Findings []struct{}  `json:"findings"` // written one by one
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		InfoURI string `json:"info_uri,omitempty"`
	}
	jsonRun struct {
		Started    string   `json:"started,omitempty"`
		Ended      string   `json:"ended,omitempty"`
		Targets    []string `json:"targets,omitempty"`
		Files      int64    `json:"files"`
		Bytes      int64    `json:"bytes"`
		Rules      int      `json:"rules"`
		Category   string   `json:"category,omitempty"`
		ID         string   `json:"id,omitempty"`
		Repository string   `json:"repository,omitempty"`
		Revision   string   `json:"revision,omitempty"`
		Branch     string   `json:"branch,omitempty"`
		Baseline   bool     `json:"baseline"`
		ExitCode   *int     `json:"exit_code,omitempty"`
	}
	jsonSummary struct {
		New        int          `json:"new"`
		BySeverity jsonSeverity `json:"new_by_severity"`
		Known      int          `json:"known"`
		Suppressed int          `json:"suppressed"`
		Live       int          `json:"live"`
		Incomplete int          `json:"incomplete"`
		PassedOver int          `json:"passed_over"`
	}
	jsonSeverity struct {
		Critical int `json:"critical"`
		High     int `json:"high"`
		Medium   int `json:"medium"`
		Low      int `json:"low"`
	}
	jsonSkip struct {
		jsonLocation
		Reason     string `json:"reason"`
		Incomplete bool   `json:"incomplete"`
	}
	jsonFinding struct {
		Version         int               `json:"version,omitempty"` // in jsonl alone
		Fingerprint     string            `json:"fingerprint"`
		Rule            string            `json:"rule"`
		Title           string            `json:"title"`
		Provider        string            `json:"provider"`
		Severity        string            `json:"severity"`
		Confidence      float64           `json:"confidence"`
		ConfidenceLevel string            `json:"confidence_level"`
		Reasons         []jsonReason      `json:"reasons"`
		Redacted        string            `json:"redacted"`
		Secret          string            `json:"secret,omitempty"`
		SecretBase64    string            `json:"secret_base64,omitempty"`
		Parts           []jsonPart        `json:"parts,omitempty"`
		Places          []jsonPlace       `json:"places"`
		Verification    *jsonVerification `json:"verification,omitempty"`
		Suppression     *jsonSuppression  `json:"suppression,omitempty"`
		Known           bool              `json:"known"`
		Sealed          string            `json:"sealed,omitempty"`
		Rotate          string            `json:"rotate,omitempty"`
		Docs            []string          `json:"docs,omitempty"`
		Tags            []string          `json:"tags,omitempty"`
	}
	jsonReason struct {
		Name   string  `json:"name"`
		Text   string  `json:"text"`
		Weight float64 `json:"weight"`
	}
	jsonPart struct {
		Name        string `json:"name"`
		Value       string `json:"value,omitempty"`
		Redacted    string `json:"redacted,omitempty"`
		Secret      string `json:"secret,omitempty"`
		StartLine   int    `json:"start_line"`
		StartColumn int    `json:"start_column"`
		EndLine     int    `json:"end_line"`
		EndColumn   int    `json:"end_column"`
	}
	jsonPlace struct {
		jsonLocation
		StartLine   int      `json:"start_line"`
		StartColumn int      `json:"start_column"`
		EndLine     int      `json:"end_line"`
		EndColumn   int      `json:"end_column"`
		StartOffset int64    `json:"start_offset"`
		EndOffset   int64    `json:"end_offset"`
		Decoding    []string `json:"decoding,omitempty"`
		Excerpt     string   `json:"excerpt"`
		MarkStart   int      `json:"mark_start"`
		MarkEnd     int      `json:"mark_end"`
		LineHash    string   `json:"line_hash,omitempty"`
	}
	// jsonLocation is a [detector.Location], and the path's bytes where they are no UTF-8.
	jsonLocation struct {
		detector.Location
		PathBase64 string `json:"path_base64,omitempty"`
	}
	jsonVerification struct {
		State    string        `json:"state"`
		Reason   string        `json:"reason,omitempty"`
		Checked  string        `json:"checked,omitempty"`
		Identity *jsonIdentity `json:"identity,omitempty"`
	}
	jsonIdentity struct {
		Owner    string   `json:"owner,omitempty"`
		Account  string   `json:"account,omitempty"`
		Scopes   []string `json:"scopes,omitempty"`
		Created  string   `json:"created,omitempty"`
		Expires  string   `json:"expires,omitempty"`
		LastUsed string   `json:"last_used,omitempty"`
	}
	jsonSuppression struct {
		Kind    string `json:"kind"`
		Reason  string `json:"reason,omitempty"`
		Owner   string `json:"owner,omitempty"`
		Expires string `json:"expires,omitempty"`
	}
)

func writeJSON(w *bufio.Writer, r *Report, _ Options) error {
	t := count(r)
	doc := jsonReport{
		Version: jsonVersion,
		Tool:    jsonTool(r.Tool),
		Run: jsonRun{
			Started:    timestamp(r.Run.Started),
			Ended:      timestamp(r.Run.Ended),
			Targets:    r.Run.Targets,
			Files:      r.Run.Files,
			Bytes:      r.Run.Bytes,
			Rules:      r.Run.Rules,
			Category:   r.Run.Category,
			ID:         r.Run.ID,
			Repository: r.Run.Repository,
			Revision:   r.Run.Revision,
			Branch:     r.Run.Branch,
			Baseline:   r.Run.Baseline,
			ExitCode:   r.Run.ExitCode,
		},
		Summary: jsonSummary{
			New: t.fresh,
			BySeverity: jsonSeverity{
				Critical: t.severity["critical"],
				High:     t.severity["high"],
				Medium:   t.severity["medium"],
				Low:      t.severity["low"],
			},
			Known:      t.known,
			Suppressed: t.suppressed,
			Live:       t.live,
			Incomplete: t.incomplete,
			PassedOver: t.passedOver,
		},
		Skipped:  []jsonSkip{},
		Findings: []struct{}{},
	}
	for _, s := range r.Skipped {
		doc.Skipped = append(doc.Skipped, jsonSkip{locationJSON(s.Location), s.Reason, s.Incomplete})
	}
	return writeDocument(w, doc, "findings", func(yield func(any) bool) {
		for i := range r.Findings {
			if !yield(findingJSON(&r.Findings[i], r.Reveal)) {
				return
			}
		}
	})
}

// findingJSON is a finding of a prepared report as json and jsonl have it.
func findingJSON(f *detector.Finding, reveal bool) *jsonFinding {
	j := &jsonFinding{
		Fingerprint:     f.Fingerprint.String(),
		Rule:            f.Rule.ID,
		Title:           f.Rule.Title,
		Provider:        f.Rule.Provider,
		Severity:        string(f.Rule.Severity),
		Confidence:      rounded(f.Confidence),
		ConfidenceLevel: string(detector.Level(f.Confidence)),
		Reasons:         []jsonReason{},
		Redacted:        f.Secret.Redacted(),
		Places:          []jsonPlace{},
		Known:           f.Known,
		Sealed:          f.Sealed,
		Rotate:          f.Rule.Rotate,
		Docs:            f.Rule.Docs,
		Tags:            f.Rule.Tags,
	}
	if reveal {
		j.Secret = f.Secret.Reveal() // asked for with Report.Reveal
		j.SecretBase64 = base64IfNoText(j.Secret)
	}
	for _, r := range f.Reasons {
		j.Reasons = append(j.Reasons, jsonReason{r.Name, r.Text, rounded(r.Weight)})
	}
	for _, p := range f.Parts {
		part := jsonPart{
			Name:        p.Name,
			StartLine:   p.Span.StartLine,
			StartColumn: p.Span.StartColumn,
			EndLine:     p.Span.EndLine,
			EndColumn:   p.Span.EndColumn,
		}
		part.Value, part.Redacted, part.Secret = partValue(p, reveal)
		j.Parts = append(j.Parts, part)
	}
	for _, p := range f.Places {
		j.Places = append(j.Places, jsonPlace{
			jsonLocation: locationJSON(p.Location),
			StartLine:    p.Span.StartLine,
			StartColumn:  p.Span.StartColumn,
			EndLine:      p.Span.EndLine,
			EndColumn:    p.Span.EndColumn,
			StartOffset:  p.Span.Start,
			EndOffset:    p.Span.End,
			Decoding:     p.Decoding,
			Excerpt:      p.Excerpt,
			MarkStart:    p.MarkStart,
			MarkEnd:      p.MarkEnd,
			LineHash:     p.LineHash,
		})
	}
	j.Verification = verificationJSON(f.Verification)
	if s := f.Suppression; s != nil {
		j.Suppression = &jsonSuppression{s.Kind, s.Reason, s.Owner, s.Expires}
	}
	return j
}

// partValue is how a part is shown: as it is if it is no secret, else redacted, with
// the secret itself if it is to be revealed.
func partValue(p detector.Part, reveal bool) (value, redacted, secret string) {
	if !p.Secret {
		return p.Value.Reveal(), "", "" // a user's name, the id of a key
	}
	if reveal {
		secret = p.Value.Reveal() // asked for with Report.Reveal
	}
	return "", p.Value.Redacted(), secret
}

func verificationJSON(v *detector.Verification) *jsonVerification {
	if v == nil {
		return nil
	}
	j := &jsonVerification{State: string(v.State), Reason: v.Reason, Checked: timestamp(v.Checked)}
	id := jsonIdentity(v.Identity)
	if id.Owner+id.Account+id.Created+id.Expires+id.LastUsed != "" || len(id.Scopes) > 0 {
		j.Identity = &id
	}
	return j
}

func locationJSON(l detector.Location) jsonLocation {
	return jsonLocation{l, base64IfNoText(l.Path)}
}

// base64IfNoText keeps what JSON, whose strings are Unicode, cannot say.
func base64IfNoText(s string) string {
	if utf8.ValidString(s) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// rounded keeps the noise of floating point out of reports.
func rounded(f float64) float64 { return math.Round(f*1e4) / 1e4 }

// timestamp is a time as RFC 3339 has it, in UTC; empty for the zero time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// indentation is that of a level in JSON documents.
const indentation = "  "

// writeDocument writes doc as indented JSON. The items go into the list of that name, which
// is empty in doc; none is held in memory longer than it takes to write it.
func writeDocument(w *bufio.Writer, doc any, list string, items iter.Seq[any]) error {
	text, err := marshal(doc, "", indentation)
	if err != nil {
		return err
	}
	// Quotation marks within strings are escaped, so this can only be the list.
	head, tail, ok := bytes.Cut(text, fmt.Appendf(nil, "%q: []", list))
	if !ok {
		return fmt.Errorf("no empty list %q in the document", list)
	}
	outer := head[bytes.LastIndexByte(head, '\n')+1:]
	inner := string(outer) + indentation

	fmt.Fprintf(w, "%s%q: [", head, list)
	n := 0
	for item := range items {
		text, err := marshal(item, inner, indentation)
		if err != nil {
			return err
		}
		if n > 0 {
			w.WriteByte(',')
		}
		n++
		fmt.Fprintf(w, "\n%s%s", inner, text)
	}
	if n > 0 {
		fmt.Fprintf(w, "\n%s", outer)
	}
	fmt.Fprintf(w, "]%s\n", tail)
	return nil
}

// marshal returns v as JSON that is safe to print: see [visibleJSON]. Without indent it is
// one line.
func marshal(v any, prefix, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return visibleJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// writeLine writes v as a line of JSON.
func writeLine(w io.Writer, v any) error {
	line, err := marshal(v, "", "")
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
