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
