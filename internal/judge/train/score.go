package main

import "slices"

// tally counts as the scorer of the labelled archive does: a label is found if a
// finding lies on one of its lines; a finding is false if it lies on labelled lines
// none of which is true.
type tally struct{ found, wrong, missed int }

func (t tally) precision() float64 { return ratio(t.found, t.found+t.wrong) }
func (t tally) recall() float64    { return ratio(t.found, t.found+t.missed) }
func (t tally) f1() float64        { return ratio(2*t.found, 2*t.found+t.wrong+t.missed) }

func (t *tally) add(o tally) {
	t.found += o.found
	t.wrong += o.wrong
	t.missed += o.missed
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// verdict is the outcome of a file: the tally, and by category what was found and missed.
type verdict struct {
	tally
	categories map[string][2]int
}

// score compares a file's labels with what is reported of it. An empty predicate
// reports nothing but what other rules find.
func score(f *file, report func(i int) bool) verdict {
	findings := slices.Clone(f.others)
	for i := range f.cases {
		if report != nil && report(i) {
			findings = append(findings, f.cases[i].lineRange)
		}
	}
	v := verdict{categories: make(map[string][2]int)}
	for _, l := range f.labels {
		if l.truth != 'T' {
			continue
		}
		ok := slices.ContainsFunc(findings, func(r lineRange) bool { return r.start <= l.end && l.start <= r.end })
		for _, c := range l.categories {
			n := v.categories[c]
			if ok {
				n[0]++
			} else {
				n[1]++
			}
			v.categories[c] = n
		}
		if ok {
			v.found++
		} else {
			v.missed++
		}
	}
	slices.SortFunc(findings, func(a, b lineRange) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.end - b.end
	})
	for _, r := range slices.Compact(findings) {
		touched, good := false, false
		for _, l := range f.labels {
			if l.end < r.start || l.start > r.end {
				continue
			}
			touched = true
			good = good || l.truth == 'T' || l.truth == '-'
		}
		if touched && !good {
			v.wrong++
		}
	}
	return v
}
