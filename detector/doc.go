// Package detector finds credentials in bytes.
//
// In go a [Document] and a set of rules; out come [Finding]s: what was found, how likely
// it is a real credential and why, and where it stands. The package reads no files, asks
// no provider and has no state: a [Detector] is made once and used by any number of
// goroutines.
//
//	d, err := detector.New(rules.Builtin())
//	if err != nil {
//		return err
//	}
//	found, err := d.Scan(ctx, detector.Document{Data: data, Location: detector.Location{Path: "app.env"}})
//
// A finding holds the credential as a [Secret], which shows itself redacted however it is
// printed, logged or marshalled.
//
// # How it works
//
// One pass over the bytes (package internal/prefilter) finds runs of characters that
// tokens are made of, and the few literals that have no such run. They wake rules, by a
// prefix that stands there or a context word close before it (scan.go), and each rule
// looks at a small window only (expr.go). What matches is put to tests of its
// surroundings (boundary.go), its checksum, entropy and shape (judge.go, password.go), and
// its other parts are looked up (parts.go). Encoded text is decoded and looked at in the
// same way, its positions mapped back (decode.go, base64.go). Of several candidates for
// one piece of text the most telling is reported (assemble.go).
//
// [Detector.ScanVersion] looks only at what is new in a version of a text and inherits
// the rest, with the same outcome as a scan of the whole (memory.go).
package detector
