// Package triage decides which findings count.
//
// A finding is set aside by an [Entry] of the configuration or by a comment beside it
// (see [Comments]); both come out as a [detector.Suppression]. What is left meets the
// [Gate] of --fail-on, which decides whether the run fails.
//
// A credential may be seen in many places, and is ignored only if it is in all of
// them: see [Both]. Nothing in here reads files or a clock.
package triage

import "github.com/stanchsec/stanch/detector"

// The kinds of [detector.Suppression].
const (
	KindInline = "inline"
	KindConfig = "config"
)

// Both gives the suppression of a finding of which some places have one and some the
// other: one of the two if both are set, nil if either is not.
func Both(a, b *detector.Suppression) *detector.Suppression {
	if a == nil || b == nil {
		return nil
	}
	return a
}

// Overrule takes the suppression from the findings of which keep says that they must
// not be ignored, such as those that are proved live. It returns their number.
func Overrule(findings []detector.Finding, keep func(*detector.Finding) bool) int {
	n := 0
	for i := range findings {
		if f := &findings[i]; f.Suppression != nil && keep(f) {
			f.Suppression = nil
			n++
		}
	}
	return n
}
