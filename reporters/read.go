package reporters

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Read reads the findings of a report in json or jsonl, for programs that act on them.
// rule gives the rule of an id, nil if there is none: that is an error, as acting on the
// finding would need it. Reports hold no credentials: Secret is empty, and so are the
// parts that are secret, unless the report was made with [Report.Reveal].
func Read(r io.Reader, rule func(id string) *rules.Rule) ([]detector.Finding, error) {
	d := json.NewDecoder(r)
	var list []detector.Finding
	for {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("this is no report in json or jsonl: %w", err)
		}
		var document struct {
			Version  int           `json:"version"`
			Findings []jsonFinding `json:"findings"`
			Finding  string        `json:"fingerprint"`
		}
		if err := json.Unmarshal(raw, &document); err != nil || document.Version == 0 {
			return nil, errors.New("this is no report in json or jsonl of stanch")
		}
		if document.Version > jsonVersion {
			return nil, fmt.Errorf("the report has version %d, this program reads %d", document.Version, jsonVersion)
		}
		if document.Finding != "" {
			var one jsonFinding
			if err := json.Unmarshal(raw, &one); err != nil {
				return nil, err
			}
			document.Findings = []jsonFinding{one}
		}
		for i := range document.Findings {
			f, err := document.Findings[i].finding(rule)
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
	}
	return list, nil
}

// finding is the opposite of findingJSON.
func (j *jsonFinding) finding(rule func(id string) *rules.Rule) (detector.Finding, error) {
	f := detector.Finding{Rule: rule(j.Rule), Confidence: j.Confidence, Known: j.Known, Sealed: j.Sealed}
	if f.Rule == nil {
		return f, fmt.Errorf("finding %s: there is no rule %q; name its file with --rules", j.Fingerprint, j.Rule)
	}
	var err error
	if f.Fingerprint, err = detector.ParseFingerprint(j.Fingerprint); err != nil {
		return f, err
	}
	secret := j.Secret
	if j.SecretBase64 != "" {
		data, err := base64.StdEncoding.DecodeString(j.SecretBase64)
		if err != nil {
			return f, fmt.Errorf("finding %s: secret_base64: %w", j.Fingerprint, err)
		}
		secret = string(data)
	}
	f.Secret = detector.NewSecret(secret, 0)
	for _, p := range j.Parts {
		value, hidden := p.Value, false
		if p.Value == "" {
			value, hidden = p.Secret, true
		}
		f.Parts = append(f.Parts, detector.Part{Name: p.Name, Value: detector.NewSecret(value, 0), Secret: hidden})
	}
	for i := range j.Places {
		p := &j.Places[i]
		f.Places = append(f.Places, detector.Place{
			Location: p.location(),
			Span: detector.Span{
				Start: p.StartOffset, End: p.EndOffset, StartLine: p.StartLine, StartColumn: p.StartColumn,
				EndLine: p.EndLine, EndColumn: p.EndColumn,
			},
			Decoding: p.Decoding, Excerpt: p.Excerpt, MarkStart: p.MarkStart, MarkEnd: p.MarkEnd, LineHash: p.LineHash,
		})
	}
	if len(f.Places) == 0 {
		return f, fmt.Errorf("finding %s has no place", j.Fingerprint)
	}
	if s := j.Suppression; s != nil {
		f.Suppression = &detector.Suppression{Kind: s.Kind, Reason: s.Reason, Owner: s.Owner, Expires: s.Expires}
	}
	if v := j.Verification; v != nil {
		f.Verification = &detector.Verification{State: detector.State(v.State), Reason: v.Reason}
		f.Verification.Checked, _ = time.Parse(time.RFC3339, v.Checked)
		if id := v.Identity; id != nil {
			f.Verification.Identity = detector.Identity{
				Owner: id.Owner, Account: id.Account, Scopes: id.Scopes, Created: id.Created, Expires: id.Expires, LastUsed: id.LastUsed,
			}
		}
	}
	return f, nil
}

// location is the opposite of locationJSON.
func (j *jsonLocation) location() detector.Location {
	path := j.Path
	if data, err := base64.StdEncoding.DecodeString(j.PathBase64); err == nil && len(bytes.TrimSpace(data)) > 0 {
		path = string(data)
	}
	return detector.Location{
		Path: path, Members: j.Members, Commit: j.Commit, Author: j.Author, Email: j.Email, Date: j.Date, Blob: j.Blob,
		Job: j.Job, Step: j.Step, URL: j.URL,
	}
}
