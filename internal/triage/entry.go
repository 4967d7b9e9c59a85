package triage

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/glob"
	"github.com/stanchsec/stanch/rules"
)

// Entry is an [[ignore]] of a configuration: which findings, why, and until when.
//
// Fingerprints, Rules and Paths select findings: one of each list that is not empty
// must fit. At least one list is not empty. There is no way to select by the value of
// a credential: it would put the credential, or a good part of it, into the file, and a
// pattern also fits the live credential that somebody commits next year. The
// fingerprint names the value and tells nothing.
//
// An Entry is shared by the goroutines of a scan and must not be copied.
type Entry struct {
	Fingerprints []detector.Fingerprint
	Rules        []glob.Name
	Paths        glob.List

	// Reason says why; it is never empty. Owner says who answers for it.
	Reason, Owner string
	// Expires is the last day, in UTC, on which the entry ignores anything; the zero
	// time is for ever.
	Expires time.Time

	// Position is where the entry stands.
	Position rules.Position

	hits atomic.Int64
}

// Expired reports whether the entry's last day is over at the time now.
func (e *Entry) Expired(now time.Time) bool {
	return !e.Expires.IsZero() && !now.Before(e.Expires.AddDate(0, 0, 1))
}

// Selects reports whether a finding is one of those the entry is about, expired or
// not. path is relative to the folder of the entry's configuration.
func (e *Entry) Selects(rule string, fingerprint detector.Fingerprint, path string) bool {
	return (len(e.Fingerprints) == 0 || slices.Contains(e.Fingerprints, fingerprint)) &&
		(len(e.Rules) == 0 || slices.ContainsFunc(e.Rules, func(n glob.Name) bool { return n.Fits(rule) })) &&
		(len(e.Paths) == 0 || e.Paths.Covers(path))
}

// Suppress returns the suppression of a finding at one place, nil if the entry is
// about others or expired at the time now. It counts what the entry is about; ask
// once for each place of a finding.
func (e *Entry) Suppress(
	now time.Time, rule string, fingerprint detector.Fingerprint, path string,
) *detector.Suppression {
	if !e.Selects(rule, fingerprint, path) {
		return nil
	}
	e.hits.Add(1)
	if e.Expired(now) {
		return nil
	}
	s := &detector.Suppression{Kind: KindConfig, Reason: e.Reason, Owner: e.Owner}
	if !e.Expires.IsZero() {
		s.Expires = e.Expires.Format(time.DateOnly)
	}
	return s
}

// Hits is how many places of findings the entry was about so far.
func (e *Entry) Hits() int64 { return e.hits.Load() }
