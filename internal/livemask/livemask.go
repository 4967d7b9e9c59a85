// Package livemask hides secrets in the output of a running program.
//
// In goes what the program writes, in whatever pieces it writes it; out comes the same
// text, byte for byte, with [Mask] in place of each secret, and at the end a [Result]: what
// was found and how often each known value was hidden. A [Masker] knows what to hide, a
// [Stream] is one output that goes through it.
//
// # Known and unknown secrets
//
// Known values are looked for as they are and in disguise; see [Forms]. They may be cut in
// pieces by the program's writes. Where two overlap, all of both is hidden. What is left goes
// to the detector, line by line, with the 4 KiB before the line as context: a line has to
// leave before the next one is there. So what is told only by what follows it is not told
// here; a scan of the whole log does.
//
// The lines of a private key in PEM are hidden one by one, from the line that begins it,
// whatever prefixes the log puts before them.
//
// # Time
//
// Whole lines leave at once. The beginning of one is held back until [Stream.Flush] is
// called, which [Copy] does after [Hold]. What by then looks like the first bytes of a known
// value stays for another [LongHold] if it is long enough to be no accident. If a secret's
// beginning had to leave, the rest is hidden all the same.
//
// Without Flush the output depends on the text alone, not on how writes cut it.
package livemask

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// Mask stands in the output for what was hidden.
const Mask = "***"

const (
	// Hold is how long the beginning of a line is held back, and so the most that a prompt
	// is delayed.
	Hold = 10 * time.Millisecond
	// LongHold is how long the beginning of a known value is held back, if it has at least
	// [tellingPrefix] bytes.
	LongHold = time.Second
)

// suspicion is the confidence from which a line is looked at closely. What stands behind it
// may have made something in it this much less likely.
const suspicion = 0.3

// Options say what to hide. The zero value hides nothing.
type Options struct {
	// Known are the values to hide. May be empty.
	Known []Value
	// Detector finds what is not known; nil for nothing.
	Detector *detector.Detector
	// Drops and Suppress, if set, are asked about each finding: what is dropped or
	// suppressed is not hidden, and what is dropped not reported either. They are called
	// from several goroutines.
	Drops    func(*detector.Finding) bool
	Suppress func(*detector.Finding) *detector.Suppression
}

// Masker hides secrets. Make one with [New]; it is safe for concurrent use.
type Masker struct {
	options Options
	known   *matcher
	// suspicious is the detector that reports what is less likely, too.
	suspicious *detector.Detector

	mu     sync.Mutex
	found  map[sighting]detector.Finding
	counts []int
	bytes  int64
	gaveUp map[string]bool
}

// sighting tells findings apart. What a later line made longer takes the place of what was
// found before.
type sighting struct {
	path, rule string
	start      int64
}

// New makes a masker.
func New(o Options) *Masker {
	m := &Masker{
		options: o, known: newMatcher(o.Known), counts: make([]int, len(o.Known)),
		found: map[sighting]detector.Finding{}, gaveUp: map[string]bool{},
	}
	if o.Detector != nil {
		m.suspicious = o.Detector.With(detector.WithMinConfidence(suspicion))
	}
	return m
}

// Result is what a masker met.
type Result struct {
	// Findings are the unknown secrets, each once with all its places. Suppressed ones
	// are among them.
	Findings []detector.Finding
	// Hidden says how often each known value was hidden, in the order of [Options.Known];
	// those of 0 times are left out.
	Hidden []Hidden
	// Bytes is how much went through.
	Bytes int64
	// GaveUp lists rules that were too slow on some line, so that a secret may have been
	// missed. Sorted.
	GaveUp []string
}

// Hidden is how often a known value was hidden.
type Hidden struct {
	Name  string
	Times int
}

// Result is what was met so far. Call it when all streams are closed.
func (m *Masker) Result() Result {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Result{Bytes: m.bytes, GaveUp: slices.Sorted(maps.Keys(m.gaveUp))}
	for i, n := range m.counts {
		if n > 0 {
			r.Hidden = append(r.Hidden, Hidden{m.options.Known[i].Name, n})
		}
	}
	type key struct {
		rule        string
		fingerprint detector.Fingerprint
	}
	at := map[key]int{}
	order := slices.SortedFunc(maps.Keys(m.found), func(a, b sighting) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.start, b.start), cmp.Compare(a.rule, b.rule))
	})
	for _, s := range order {
		f := m.found[s]
		k := key{f.Rule.ID, f.Fingerprint}
		if i, ok := at[k]; ok {
			r.Findings[i].Places = append(r.Findings[i].Places, f.Places...)
			continue
		}
		at[k] = len(r.Findings)
		r.Findings = append(r.Findings, f)
	}
	return r
}

// scan runs the detector. The findings are good whatever the error, which is noted.
func (m *Masker) scan(d *detector.Detector, doc detector.Document) []detector.Finding {
	found, err := d.Scan(context.Background(), doc)
	if slow, ok := err.(*detector.GaveUpError); ok {
		m.mu.Lock()
		for _, id := range slow.Rules {
			m.gaveUp[id] = true
		}
		m.mu.Unlock()
	}
	if m.options.Drops != nil {
		found = slices.DeleteFunc(found, func(f detector.Finding) bool { return m.options.Drops(&f) })
	}
	return found
}

// note keeps a finding for the result and reports whether it is to be hidden.
func (m *Masker) note(f detector.Finding) bool {
	if m.options.Suppress != nil {
		f.Suppression = m.options.Suppress(&f)
	}
	p := &f.Places[0]
	m.mu.Lock()
	m.found[sighting{p.Location.Path, f.Rule.ID, p.Span.Start}] = f
	m.mu.Unlock()
	return f.Suppression == nil
}
