package detector

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// Timing adds up where the time of scans went, over all goroutines. The zero Timing is
// ready for use; it belongs to one set of rules. See [WithTiming].
type Timing struct {
	prefilter, total atomic.Int64
	rules            []ruleTime
}

type ruleTime struct {
	id          string
	nanos       atomic.Int64
	tries, hits atomic.Int64
}

// RuleTime is what a rule took.
type RuleTime struct {
	ID   string
	Time time.Duration
	// Tries is how often it was woken, Matches how often its expression matched.
	Tries, Matches int64
}

// Prefilter is the time taken by looking for runs and anchors.
func (t *Timing) Prefilter() time.Duration { return time.Duration(t.prefilter.Load()) }

// Total is the time taken by scans as a whole.
func (t *Timing) Total() time.Duration { return time.Duration(t.total.Load()) }

// Rules lists what was woken, slowest first. The time includes judging what matched.
func (t *Timing) Rules() []RuleTime {
	var list []RuleTime
	for i := range t.rules {
		r := &t.rules[i]
		if n := r.tries.Load(); n > 0 {
			list = append(list, RuleTime{r.id, time.Duration(r.nanos.Load()), n, r.hits.Load()})
		}
	}
	slices.SortFunc(list, func(a, b RuleTime) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// WithTiming adds the time of every scan to t. It slows the scan.
func WithTiming(t *Timing) Option { return func(d *Detector) { d.timing = t } }

// With returns a detector for the same rules that differs by options. It costs next to
// nothing, since the two share what was prepared.
func (d *Detector) With(options ...Option) *Detector {
	n := &Detector{settings: d.settings, index: d.index}
	for _, o := range options {
		o(n)
	}
	n.start()
	return n
}

// start makes d ready for scans once its rules and options are.
func (d *Detector) start() {
	if t := d.timing; t != nil && len(t.rules) == 0 {
		t.rules = make([]ruleTime, len(d.rules))
		for i, r := range d.rules {
			t.rules[i].id = r.ID
		}
	}
	d.scratch.New = func() any { return newScan(d) }
}

// tried counts a try of a rule that began at start.
func (t *Timing) tried(rule int32, start time.Time, matched bool) {
	r := &t.rules[rule]
	r.nanos.Add(int64(time.Since(start)))
	r.tries.Add(1)
	if matched {
		r.hits.Add(1)
	}
}
