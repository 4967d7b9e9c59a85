package reporters

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// prepared returns the report as formats get it: the findings gravest first, and in
// every text that somebody else wrote the credentials hidden. r is not changed.
func prepared(r *Report) *Report {
	out := *r
	out.Tool.Name = cmp.Or(r.Tool.Name, "stanch")
	out.Findings = slices.Clone(r.Findings)
	slices.SortStableFunc(out.Findings, func(a, b detector.Finding) int { return order(&a, &b) })

	var v *veil
	if !r.Reveal {
		v = newVeil(out.Findings)
	}
	for i := range out.Findings {
		v.finding(&out.Findings[i])
	}
	out.Skipped = slices.Clone(r.Skipped)
	for i := range out.Skipped {
		s := &out.Skipped[i]
		v.location(&s.Location)
		s.Reason = v.text(s.Reason)
	}
	out.Run.Targets = slices.Clone(r.Run.Targets)
	for i, t := range out.Run.Targets {
		out.Run.Targets[i] = v.name(withoutPassword(t))
	}
	out.Run.Repository = v.name(withoutPassword(r.Run.Repository))
	out.Run.Revision = v.name(r.Run.Revision)
	out.Run.Branch = v.name(r.Run.Branch)
	out.Run.Category = v.name(r.Run.Category)
	out.Run.ID = v.name(r.Run.ID)
	return &out
}

// root changes the paths of a prepared report.
func (r *Report) root(rooted func(path string) string) {
	for i := range r.Findings {
		for j := range r.Findings[i].Places {
			at := &r.Findings[i].Places[j].Location
			at.Path = rooted(at.Path)
		}
	}
	for i := range r.Skipped {
		r.Skipped[i].Location.Path = rooted(r.Skipped[i].Location.Path)
	}
}

// order compares findings for the order in which reports list them: what counts before
// what is suppressed, the gravest first, then the likeliest, then by place. It leaves
// nothing to the order in which a parallel scan happened to find them.
func order(a, b *detector.Finding) int {
	return cmp.Or(
		compareBool(a.Suppression != nil, b.Suppression != nil),
		cmp.Compare(gravity(b), gravity(a)),
		cmp.Compare(b.Rule.Severity.Rank(), a.Rule.Severity.Rank()),
		cmp.Compare(b.Confidence, a.Confidence),
		comparePlaces(a.Places, b.Places),
		strings.Compare(a.Rule.ID, b.Rule.ID),
		bytes.Compare(a.Fingerprint[:], b.Fingerprint[:]),
	)
}

func comparePlaces(as, bs []detector.Place) int {
	if len(as) == 0 || len(bs) == 0 {
		return cmp.Compare(len(as), len(bs))
	}
	a, b := &as[0], &bs[0]
	return cmp.Or(
		strings.Compare(a.Location.Name(), b.Location.Name()),
		cmp.Compare(a.Span.StartLine, b.Span.StartLine),
		cmp.Compare(a.Span.StartColumn, b.Span.StartColumn),
		strings.Compare(a.Location.Commit, b.Location.Commit),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// gravity says on a scale to 10 how bad a finding is: by its rule's severity, a step up
// for what the provider accepts, and at the bottom what the provider says is dead.
func gravity(f *detector.Finding) float64 {
	g := severityScore(f.Rule.Severity, live(f))
	if f.Verification != nil && f.Verification.State == detector.Dead {
		g = min(g, severityScore(rules.Low, false))
	}
	return g
}

// severityScore puts a severity on the scale of the Common Vulnerability Scoring System, in
// the middle of the band that bears its name there
// (https://www.first.org/cvss/v3.1/specification-document, section 5). A credential that is
// live counts as the next band up.
func severityScore(s rules.Severity, live bool) float64 {
	rank := s.Rank()
	if rank == 0 {
		rank = rules.Medium.Rank() // nobody knows that severity
	}
	if live {
		rank++
	}
	return []float64{1: 2.5, 2: 5.5, 3: 8.0, 4: 9.5, 5: 10.0}[rank]
}

// live reports whether the provider accepts the credential.
func live(f *detector.Finding) bool {
	return f.Verification != nil && f.Verification.State == detector.Live
}

// withoutPassword takes what stands before the "@" out of an address, but for the user's
// name of ssh, which is no secret.
func withoutPassword(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		return address
	}
	user, host := "", rest[at+1:]
	if name, _, _ := strings.Cut(rest[:at], ":"); strings.HasSuffix(scheme, "ssh") {
		user = name + "@"
	}
	return scheme + "://" + user + host
}

// tally counts a report.
type tally struct {
	fresh      int // findings neither suppressed nor known to the baseline
	known      int
	suppressed int
	live       int // of those that are not suppressed
	severity   map[rules.Severity]int
	incomplete int // inputs that should have been scanned
	passedOver int // inputs that need not
}

func count(r *Report) tally {
	t := tally{severity: map[rules.Severity]int{}}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Suppression != nil {
			t.suppressed++
			continue
		}
		if live(f) {
			t.live++
		}
		if f.Known {
			t.known++
			continue
		}
		t.fresh++
		t.severity[f.Rule.Severity]++
	}
	for _, s := range r.Skipped {
		if s.Incomplete {
			t.incomplete++
		} else {
			t.passedOver++
		}
	}
	return t
}
