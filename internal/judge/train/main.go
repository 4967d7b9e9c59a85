package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/stanchsec/stanch/internal/judge"
)

func main() {
	data := flag.String("data", "", "")
	lex := flag.Bool("lexicon", false, "")
	trees := flag.Int("trees", 200, "")
	leaves := flag.Int("leaves", 16, "")
	rate := flag.Float64("rate", 0.08, "")
	minw := flag.Float64("minw", 1, "")
	feats := flag.Float64("features", 0.5, "")
	unl := flag.Float64("unl", 0.2, "weight of unlabelled")
	rw := flag.Float64("repow", 0, "")
	show := flag.Int("show", 0, "")
	seeds := flag.Int("seeds", 1, "")
	flag.Parse()
	if *lex {
		if err := buildLexicon("internal/judge/lexicon.gz"); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	t0 := time.Now()
	files, err := load(*data)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	n := map[byte]int{}
	repos := map[string]int{}
	var total verdict
	for _, f := range files {
		for _, c := range f.cases {
			n[c.truth]++
		}
		for _, l := range f.labels {
			if l.truth == 'T' {
				repos[f.repo]++
			} else {
				repos[f.repo] += 0
			}
		}
		v := score(f, func(int) bool { return true })
		total.add(v.tally)
	}
	fmt.Println("cases T", n['T'], "F", n['F'], "-", n['-'], "none", n[0], "recall with all", total.recall(), time.Since(t0))
	run(files, repos, options{trees: *trees, leaves: *leaves, rate: *rate, minWeight: *minw, l2: 2, features: *feats, rows: 0.8, seed: 1}, *unl, *rw, *show, *seeds)
}

func run(files []*file, repos map[string]int, o options, unl, rw float64, show, seeds int) {
	var names []string
	for r := range repos {
		names = append(names, r)
	}
	sort.Slice(names, func(i, j int) bool {
		if repos[names[i]] != repos[names[j]] {
			return repos[names[i]] > repos[names[j]]
		}
		return names[i] < names[j]
	})
	fold := map[string]int{}
	for i, r := range names {
		k := i % 10
		if k >= 5 {
			k = 9 - k
		}
		fold[r] = k
	}
	var total tally
	perRepo := map[string]tally{}
	cats := map[string][2]int{}
	type shown struct{ s string }
	for k := range 5 {
		t0 := time.Now()
		var samples []sample
		for _, f := range files {
			if fold[f.repo] == k {
				continue
			}
			samples = append(samples, samplesOf(f, unl)...)
		}
		var models []*judge.Model
		for s := range seeds {
			o.seed = uint64(s + 1)
			models = append(models, boost(samples, o))
		}
		var t tally
		for _, f := range files {
			if fold[f.repo] != k {
				continue
			}
			sc := make([]int, len(f.cases))
			for i := range f.cases {
				for _, m := range models {
					sc[i] += m.Score(&f.cases[i].v)
				}
			}
			v := score(f, func(i int) bool { return sc[i] > 0 })
			t.add(v.tally)
			p := perRepo[f.repo]
			p.add(v.tally)
			perRepo[f.repo] = p
			for c, n := range v.categories {
				x := cats[c]
				x[0] += n[0]
				x[1] += n[1]
				cats[c] = x
			}
			if show > 0 {
				for i, c := range f.cases {
					if c.truth == 'T' && sc[i] <= 0 || c.truth == 'F' && sc[i] > 0 {
						fmt.Printf("ERR %c %6d %s:%d form %d | %.60s | %.30q%.20q | %.70q\n", c.truth, sc[i]/seeds, f.name, c.start, c.c.Form, c.c.Before, c.c.Name, c.c.Between, c.c.Value)
					}
				}
			}
		}
		total.add(t)
		fmt.Printf("fold %d: %d samples P %.3f R %.3f F1 %.3f  %v\n", k, len(samples), t.precision(), t.recall(), t.f1(), time.Since(t0))
	}
	macro, n := 0.0, 0
	for _, r := range names {
		if repos[r] >= 5 {
			macro += perRepo[r].f1()
			n++
		}
	}
	fmt.Printf("all: found %d wrong %d missed %d P %.3f R %.3f F1 %.3f macro %.3f over %d\n", total.found, total.wrong, total.missed, total.precision(), total.recall(), total.f1(), macro/float64(n), n)
	if show > 1 {
		var cs []string
		for c := range cats {
			cs = append(cs, c)
		}
		sort.Slice(cs, func(i, j int) bool { return cats[cs[i]][0]+cats[cs[i]][1] > cats[cs[j]][0]+cats[cs[j]][1] })
		for _, c := range cs {
			fmt.Printf("  %-40s %d of %d\n", c, cats[c][0], cats[c][0]+cats[c][1])
		}
		for _, r := range names {
			t := perRepo[r]
			fmt.Printf("  %s %+v %.2f\n", r, t, t.f1())
		}
	}
}

func samplesOf(f *file, unl float64) []sample {
	var out []sample
	for _, c := range f.cases {
		s := sample{v: c.v, weight: 1}
		switch c.truth {
		case 'T':
			s.label = 1
		case 'F':
		case '-':
			continue
		default:
			if unl == 0 {
				continue
			}
			s.weight = unl
		}
		out = append(out, s)
	}
	return out
}
