package detector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stanchsec/stanch/internal/judge"
	"github.com/stanchsec/stanch/internal/prefilter"
	"github.com/stanchsec/stanch/rules"
)

// Detector looks for credentials in documents. It does not change after [New] and
// is safe for concurrent use.
type Detector struct {
	settings
	*index
	scratch   sync.Pool // of *scan
	known     known
	forgetful bool // nothing is known, for tests
}

// settings are what options change.
type settings struct {
	key           Key
	minConfidence float64
	decode        bool
	trace         Tracer
	timing        *Timing
}

// index is what is prepared of the rules.
type index struct {
	rules  []*compiled
	filter *prefilter.Filter
	// byAnchor leads from an anchor of the filter to the rules it wakes; its other
	// users are the decoders.
	byAnchor []anchorUse
	uses     int // how often rules use anchors
	prefixes prefixTable
	// named are the rules for the values of names, judged by model.
	named []named
	model *judge.Model
	// words are the context words of all rules, wakers those of rules that are woken
	// wherever such a word stands.
	words, wakers *wordIndex
	// nearness is how far before a value words matter, by what it begins with.
	nearness nearness
	// reach is how far from the start of a match that may lie which wakes its rule, in
	// bytes.
	reach int
}

// Option changes how a [Detector] works.
type Option func(*Detector)

// WithKey sets the key of fingerprints; without it, [DefaultKey] is used.
func WithKey(key Key) Option { return func(d *Detector) { d.key = key } }

// WithMinConfidence sets the confidence, from 0 to 1, below which nothing is
// reported; without it, [MediumConfidence].
func WithMinConfidence(c float64) Option { return func(d *Detector) { d.minConfidence = c } }

// WithoutDecoding leaves base64 and other encodings as they are.
func WithoutDecoding() Option { return func(d *Detector) { d.decode = false } }

// WithTracer reports to t what happens to each candidate. It slows the scan.
func WithTracer(t Tracer) Option { return func(d *Detector) { d.trace = t } }

// New makes a detector for a set of rules, as [rules.Load] and [rules.Builtin] give
// them. It fails if there are none, or if one has no plan.
func New(set []*rules.Rule, options ...Option) (*Detector, error) {
	if len(set) == 0 {
		return nil, errors.New("there are no rules to look for")
	}
	d := &Detector{settings: settings{minConfidence: MediumConfidence, decode: true}, index: &index{words: newWordIndex(), wakers: newWordIndex()}}
	for _, o := range options {
		o(d)
	}
	b := newBuilder(d)
	for _, r := range set {
		if err := b.add(r); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	b.finish()
	d.start()
	return d, nil
}

// GaveUpError says that an expression with look-around took too long on some text,
// so that a finding of its rule may be missing there.
type GaveUpError struct {
	Rules []string // ids, sorted
}

func (e *GaveUpError) Error() string {
	return fmt.Sprintf("gave up on slow expressions of %v", e.Rules)
}

// Scan looks through one document and returns what it finds, in order of position;
// each finding has one place. The error is a [*GaveUpError] or that of ctx; the
// findings are good in either case. doc.Data is not kept.
func (d *Detector) Scan(ctx context.Context, doc Document) ([]Finding, error) {
	s := d.scratch.Get().(*scan)
	defer func() {
		s.reset()
		d.scratch.Put(s)
	}()
	if d.timing != nil {
		defer func(start time.Time) { d.timing.total.Add(int64(time.Since(start))) }(time.Now())
	}
	if err := s.document(ctx, &doc); err != nil {
		return nil, err
	}
	return s.findings(), s.gaveUpError()
}

// gaveUpError is nil if no expression took too long.
func (s *scan) gaveUpError() error {
	if len(s.gaveUp) == 0 {
		return nil
	}
	slices.Sort(s.gaveUp)
	return &GaveUpError{slices.Compact(s.gaveUp)}
}
