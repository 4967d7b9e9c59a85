package detector

import (
	"time"

	"github.com/stanchsec/stanch/rules"
)

// Finding is one leaked credential and every place it was seen in.
type Finding struct {
	// Rule is the rule that found it. Never nil.
	Rule *rules.Rule
	// Secret is the credential.
	Secret Secret
	// Fingerprint names it without telling it.
	Fingerprint Fingerprint
	// Confidence is how likely this is a real credential, from 0 to 1, and Reasons
	// what speaks for and against it, weightiest first.
	Confidence float64
	Reasons    []Reason
	// Parts are the other parts of the credential, in the order of the rule.
	Parts []Part
	// Places is where it was seen, the first place first. Never empty.
	Places []Place

	// Verification is what the provider said; nil if it was not asked.
	Verification *Verification
	// Suppression says why the finding counts for nothing; nil if it counts.
	Suppression *Suppression
	// Known says that the baseline has it.
	Known bool
	// Sealed is the credential, encrypted for whoever is to revoke it, in base64; empty
	// if nobody is. See the package respond.
	Sealed string
}

// Place is where a credential was seen.
type Place struct {
	Location Location
	Span     Span
	// Decoding lists the encodings that were undone to find it there, outermost
	// first: "base64", "gzip". Empty for plain text.
	Decoding []string
	// Excerpt is the line, or what of a long line surrounds the credential, with
	// every secret in it redacted; the bytes from MarkStart to MarkEnd of it are the
	// redacted credential.
	Excerpt            string
	MarkStart, MarkEnd int
	// LineHash is the hash of the line as GitHub's code scanning computes it for
	// "primaryLocationLineHash"; empty where the whole file was not at hand.
	LineHash string
}

// Span is an extent of text. Lines and columns are 1-based; columns count UTF-16
// code units, as SARIF wants them, and EndColumn is one past the last.
type Span struct {
	Start, End             int64 // byte offsets in the file; End is one past the last
	StartLine, StartColumn int
	EndLine, EndColumn     int
}

// Part is another part of a credential, such as the id of a key.
type Part struct {
	Name  string
	Value Secret
	// Secret says that the value is to be kept as secret as the credential itself; a
	// user name, for example, is not.
	Secret bool
	// Location and Span are where it stands, for the place of the finding that told most.
	Location Location
	Span     Span
}

// Reason is something that raised or lowered the confidence.
type Reason struct {
	// Name is short and fixed: "checksum", "placeholder".
	Name string
	// Text says it to a person: "the checksum is right".
	Text string
	// Weight is what it added to the confidence.
	Weight float64
}

// The confidences from which a finding is called high and medium.
const (
	HighConfidence   = 0.85
	MediumConfidence = 0.65
)

// Level puts a confidence into a word; see [HighConfidence] and [MediumConfidence].
func Level(confidence float64) rules.Confidence {
	switch {
	case confidence >= HighConfidence:
		return rules.ConfidenceHigh
	case confidence >= MediumConfidence:
		return rules.ConfidenceMedium
	}
	return rules.ConfidenceLow
}

// State is what is known of a credential's validity.
type State string

// The states.
const (
	// Live: the provider accepts it.
	Live State = "live"
	// Dead: the provider knows that it is no longer or never was valid.
	Dead State = "dead"
	// Unknown: the provider was not reached, or gave no clear answer.
	Unknown State = "unknown"
)

// Verification is the outcome of asking a provider.
type Verification struct {
	State State
	// Reason says in words how the state came about.
	Reason string
	// Checked is when; zero if the provider was not asked.
	Checked time.Time
	// Failed says that the provider was to be asked and gave no answer, through no fault
	// of the credential: an outage, a rate limit, the end of the run's budget. The state
	// is [Unknown] then.
	Failed bool
	// Identity is whose credential it is, as far as the answer told.
	Identity Identity
}

// Identity is whose credential it is. Empty fields are unknown.
type Identity struct {
	Owner    string
	Account  string
	Scopes   []string
	Created  string
	Expires  string
	LastUsed string
}

// Suppression is a decision to ignore a finding.
type Suppression struct {
	// Kind is "inline" for a comment in the text, "config" for an entry of the
	// configuration.
	Kind string
	// Reason, Owner and Expires (a date, YYYY-MM-DD) are what the entry says. May be empty.
	Reason, Owner, Expires string
}
