package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/judge"
)

// folds is how many parts the repositories are split into for cross-validation.
const folds = 5

// scored is a labelled case with the score of a model that never saw its repository.
type scored struct {
	score int
	true  bool
	fold  int
}

// validation is the outcome of cross-validation.
type validation struct {
	files  []*file
	repos  []string // by number of true labels, most first
	labels map[string]int
	fold   map[string]int
	// scores are those of each file's cases, by models that never saw the repository,
	// knots the calibration of each fold from the other folds' scores.
	scores map[*file][]int
	knots  [folds][]judge.Knot
	scored []scored
	// cut is the sum of the early trees below which a case is given up.
	cut int
	// texts are the short texts, in the folds of their providers, and textScores the scores
	// of their cases.
	texts      []*text
	textScores map[*text][]int
}

// validate trains five models, each without a fifth of the repositories, and scores
// what they did not see.
func validate(files []*file, texts []*text, code []labelled, o options) *validation {
	v := &validation{files: files, labels: make(map[string]int), fold: make(map[string]int), scores: make(map[*file][]int)}
	for _, f := range files {
		v.labels[f.repo] += 0
		for _, l := range f.labels {
			if l.truth == 'T' {
				v.labels[f.repo]++
			}
		}
	}
	for r := range v.labels {
		v.repos = append(v.repos, r)
	}
	slices.SortFunc(v.repos, func(a, b string) int { return cmp.Or(v.labels[b]-v.labels[a], cmp.Compare(a, b)) })
	for i, r := range v.repos { // dealt like cards, there and back
		k := i % (2 * folds)
		v.fold[r] = min(k, 2*folds-1-k)
	}
	v.texts, v.textScores = texts, make(map[*text][]int)
	providers := foldsOf(texts)
	type result struct {
		fold  int
		model *judge.Model
	}
	results := make(chan result)
	for k := range folds {
		go func() {
			samples := samplesOf(files, code, o, func(repo string) bool { return v.fold[repo] != k })
			samples = append(samples, samplesOfTexts(texts, o, func(provider string) bool { return providers[provider] != k })...)
			m := boost(samples, o)
			results <- result{k, m}
		}()
	}
	var models [folds]*judge.Model
	for range folds {
		r := <-results
		models[r.fold] = r.model
	}
	for _, f := range files {
		k := v.fold[f.repo]
		scores := make([]int, len(f.cases))
		for i := range f.cases {
			c := &f.cases[i]
			scores[i] = models[k].Score(&c.v)
			if !c.trivial && (c.truth == 'T' || c.truth == 'F') {
				v.scored = append(v.scored, scored{scores[i], c.truth == 'T', k})
			}
		}
		v.scores[f] = scores
	}
	v.cut = v.findCut(models)
	for _, f := range files {
		for i := range f.cases {
			if m := models[v.fold[f.repo]]; m.EarlySum(&f.cases[i].v) < v.cut {
				v.scores[f][i] = -12 * judge.ScoreUnit
			}
		}
	}
	for _, t := range texts {
		t.fold = providers[t.Provider]
		for i := range t.cases {
			c := &t.cases[i]
			score := models[t.fold].Score(&c.v)
			if models[t.fold].EarlySum(&c.v) < v.cut {
				score = -12 * judge.ScoreUnit
			}
			v.textScores[t] = append(v.textScores[t], score)
		}
	}
	for k := range folds {
		v.knots[k] = calibrate(slices.DeleteFunc(slices.Clone(v.scored), func(s scored) bool { return s.fold == k }))
	}
	return v
}

// givenUp is the share of true cases that may be lost by giving up early.
const givenUp = 0.002

// findCut is the greatest sum of the early trees below which hardly any true case lies.
func (v *validation) findCut(models [folds]*judge.Model) int {
	var sums []int
	for _, f := range v.files {
		for i := range f.cases {
			if c := &f.cases[i]; c.truth == 'T' && !c.trivial {
				sums = append(sums, models[v.fold[f.repo]].EarlySum(&c.v))
			}
		}
	}
	slices.Sort(sums)
	cut := sums[int(givenUp*float64(len(sums)))]
	below, all := 0, 0
	for _, f := range v.files {
		for i := range f.cases {
			if c := &f.cases[i]; c.truth != 'T' && !c.trivial {
				all++
				if models[v.fold[f.repo]].EarlySum(&c.v) < cut {
					below++
				}
			}
		}
	}
	fmt.Printf("given up early: %d of %d false or unlabelled cases\n", below, all)
	return cut
}

// probability is that of a case, by model and calibration that never saw its repository.
func (v *validation) probability(f *file, i int) float64 {
	if f.cases[i].trivial {
		return 0
	}
	m := judge.Model{Knots: v.knots[v.fold[f.repo]]}
	return m.Probability(v.scores[f][i])
}

// at counts with a given least confidence, in all and for each repository.
func (v *validation) at(least float64) (all verdict, byRepo map[string]tally) {
	byRepo = make(map[string]tally)
	all.categories = make(map[string][2]int)
	for _, f := range v.files {
		s := score(f, func(i int) bool { return v.probability(f, i) >= least })
		all.add(s.tally)
		t := byRepo[f.repo]
		t.add(s.tally)
		byRepo[f.repo] = t
		for c, n := range s.categories {
			m := all.categories[c]
			all.categories[c] = [2]int{m[0] + n[0], m[1] + n[1]}
		}
	}
	return all, byRepo
}

// minLabels is how many true labels a repository needs to count for macro-F1.
const minLabels = 5

func (v *validation) macro(byRepo map[string]tally) (f1 float64, n int) {
	for _, r := range v.repos {
		if v.labels[r] >= minLabels {
			f1 += byRepo[r].f1()
			n++
		}
	}
	return f1 / float64(max(1, n)), n
}

func (v *validation) print(w io.Writer) {
	all, byRepo := v.at(detector.MediumConfidence)
	macro, n := v.macro(byRepo)
	fmt.Fprintf(w, "cross-validated by repository, confidence 0.5: found %d, false %d, missed %d\n", all.found, all.wrong, all.missed)
	fmt.Fprintf(w, "precision %.3f  recall %.3f  F1 %.3f  macro-F1 %.3f over %d repositories\n", all.precision(), all.recall(), all.f1(), macro, n)
	for k := range folds {
		var t tally
		for r, u := range byRepo {
			if v.fold[r] == k {
				t.add(u)
			}
		}
		fmt.Fprintf(w, "  fold %d: precision %.3f  recall %.3f  F1 %.3f\n", k+1, t.precision(), t.recall(), t.f1())
	}
	fmt.Fprintln(w, "by least confidence:")
	for _, least := range []float64{0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 0.95} {
		all, byRepo := v.at(least)
		macro, _ := v.macro(byRepo)
		fmt.Fprintf(w, "  %.2f  precision %.3f  recall %.3f  F1 %.3f  macro-F1 %.3f\n", least, all.precision(), all.recall(), all.f1(), macro)
	}
	v.printTexts(w)
	v.reliability(w)
	fmt.Fprintln(w, "by category:")
	names := make([]string, 0, len(all.categories))
	for c := range all.categories {
		names = append(names, c)
	}
	size := func(c string) int { return all.categories[c][0] + all.categories[c][1] }
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(size(b)-size(a), cmp.Compare(a, b)) })
	for _, c := range names {
		fmt.Fprintf(w, "  %-32s %4d of %4d\n", c, all.categories[c][0], size(c))
	}
}

// reliability compares what is said to be how likely with how often it is true.
func (v *validation) reliability(w io.Writer) {
	fmt.Fprintln(w, "cases said to be so likely, and how many are true:")
	const step = 10
	var n, good [step]int
	var sum [step]float64
	for _, s := range v.scored {
		m := judge.Model{Knots: v.knots[s.fold]}
		p := m.Probability(s.score)
		b := min(int(p*step), step-1)
		n[b]++
		sum[b] += p
		if s.true {
			good[b]++
		}
	}
	for b := range step {
		if n[b] > 0 {
			fmt.Fprintf(w, "  %.1f to %.1f: %5d cases, said %.2f, true %.2f\n",
				float64(b)/step, float64(b+1)/step, n[b], sum[b]/float64(n[b]), float64(good[b])/float64(n[b]))
		}
	}
}

// printErrors lists the cases on the wrong side of 0.5.
func (v *validation) printErrors(w io.Writer) {
	for _, f := range v.files {
		for i, c := range f.cases {
			p := v.probability(f, i)
			if c.truth == 'T' && p < 0.5 || c.truth == 'F' && p >= 0.5 {
				fmt.Fprintf(w, "%c %.2f %s:%d form %d | %.50s | %.30q%.20q | %.70q\n", c.truth, p, f.name, c.start, c.c.Form, c.c.Before, c.c.Name, c.c.Between, c.c.Value)
			}
		}
	}
}

// printTexts tells how the short texts come out, all rules together.
func (v *validation) printTexts(w io.Writer) {
	if len(v.texts) == 0 {
		return
	}
	fmt.Fprintln(w, "short texts, cross-validated by provider, by least confidence:")
	for _, least := range []float64{0.35, 0.5, 0.65, 0.85} {
		var found, positive, wrong, negative int
		for _, t := range v.texts {
			hit := t.reported(func(i int) bool {
				m := judge.Model{Knots: v.knots[t.fold]}
				return m.Probability(v.textScores[t][i]) >= least
			})
			switch {
			case t.Kind == "negative":
				negative++
				wrong += count(hit)
			case !t.Placeholder:
				positive++
				found += count(hit)
			}
		}
		fmt.Fprintf(w, "  %.2f  recall %.3f (%d of %d)  false %.3f (%d of %d)\n", least,
			ratio(found, positive), found, positive, ratio(wrong, negative), wrong, negative)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// calibrate finds how often cases of a score are true: scores are put into groups of
// like size, and neighbours melted until the shares ascend (pool adjacent violators).
func calibrate(cases []scored) []judge.Knot {
	cases = slices.Clone(cases)
	slices.SortStableFunc(cases, func(a, b scored) int { return cmp.Or(a.score-b.score, cmp.Compare(a.fold, b.fold)) })
	type block struct{ score, n, good int }
	var blocks []block
	size := max(20, len(cases)/60)
	for start := 0; start < len(cases); start += size {
		part := cases[start:min(len(cases), start+size)]
		b := block{n: len(part)}
		for _, c := range part {
			b.score += c.score
			if c.true {
				b.good++
			}
		}
		blocks = append(blocks, b)
		for n := len(blocks); n > 1 && blocks[n-1].good*blocks[n-2].n <= blocks[n-2].good*blocks[n-1].n; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.score + b.score, a.n + b.n, a.good + b.good})
		}
	}
	var knots []judge.Knot
	for _, b := range blocks {
		// As if one more of each kind had been seen, so that nothing is ever sure.
		knots = append(knots, judge.Knot{Sum: int32(b.score / b.n), Probability: uint16(10000 * (2*b.good + 1) / (2*b.n + 2))})
	}
	return knots
}

// curve draws the precision-recall curve as SVG.
func (v *validation) curve() []byte {
	const width, height, left, top = 420, 420, 50, 20
	x := func(recall float64) float64 { return left + recall*width }
	y := func(precision float64) float64 { return top + (1-precision)*height }
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", left+width+20, top+height+50)
	fmt.Fprintf(&b, `<title>Precision and recall, cross-validated by repository</title>`+"\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for i := 0; i <= 10; i += 2 {
		t := float64(i) / 10
		fmt.Fprintf(&b, `<path d="M%.0f %.0fH%.0fM%.0f %.0fV%.0f" stroke="#ddd"/>`, x(0), y(t), x(1), x(t), y(0), y(1))
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="end">%.1f</text><text x="%.0f" y="%.0f" text-anchor="middle">%.1f</text>`+"\n",
			x(0)-6, y(t)+4, t, x(t), y(0)+18, t)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle">recall</text>`, x(0.5), y(0)+38)
	fmt.Fprintf(&b, `<text transform="translate(14 %.0f) rotate(-90)" text-anchor="middle">precision</text>`+"\n", y(0.5))
	fmt.Fprintf(&b, `<polyline fill="none" stroke="#0a58ca" stroke-width="2" points="`)
	for i := 1; i <= 99; i++ {
		all, _ := v.at(float64(i) / 100)
		fmt.Fprintf(&b, "%.1f,%.1f ", x(all.recall()), y(all.precision()))
	}
	fmt.Fprintln(&b, `"/>`)
	for _, mark := range []struct {
		least float64
		name  string
	}{{0.5, "medium"}, {0.85, "high"}} {
		all, _ := v.at(mark.least)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="#0a58ca"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n",
			x(all.recall()), y(all.precision()), x(all.recall())-8, y(all.precision())+16, mark.name)
	}
	fmt.Fprintln(&b, "</svg>")
	return b.Bytes()
}
