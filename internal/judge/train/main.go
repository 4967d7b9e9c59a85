// Command train rebuilds what package judge embeds, the model and the lexicon:
//
//	go run ./internal/judge/train -data DIR       the model, its figures and docs/accuracy.svg
//	go run ./internal/judge/train -data DIR -cases FILE   the same, with short texts as samples, too
//	go run ./internal/judge/train -lexicon -translations DIR   the lexicon, with Symfony's translations
//
// DIR is the labelled archive, unpacked: data/ and meta/. Training is deterministic: the
// same data and the same version of Go, whose source tree serves as code that holds no
// credentials, give the same files.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/build"
	"os"
	"path/filepath"

	"github.com/stanchsec/stanch/internal/judge"
)

func main() {
	data := flag.String("data", "", "folder of the unpacked archive")
	texts := flag.String("cases", "", "short texts with and without credentials, JSON lines; empty for none")
	lexicon := flag.Bool("lexicon", false, "rebuild the lexicon instead")
	translations := flag.String("translations", "", "folder of a checkout of Symfony, for -lexicon")
	errors := flag.Bool("errors", false, "list what cross-validation gets wrong (holds values of the archive)")
	out := flag.String("out", "internal/judge/model.gz", "the model's file; empty to measure only")
	picture := flag.String("picture", "docs/accuracy.svg", "the precision-recall curve; empty for none")
	o := defaults
	flag.IntVar(&o.trees, "trees", o.trees, "number of trees")
	flag.IntVar(&o.leaves, "leaves", o.leaves, "leaves of a tree")
	flag.Float64Var(&o.rate, "rate", o.rate, "rate of learning")
	flag.Float64Var(&o.minWeight, "min-weight", o.minWeight, "least weight of a leaf")
	flag.Float64Var(&o.features, "features", o.features, "share of the features that a tree looks at")
	flag.Float64Var(&o.pathless, "pathless", o.pathless, "share of the trees that do not look at the path")
	flag.Float64Var(&o.unlabelled, "unlabelled", o.unlabelled, "weight of a case that nobody labelled, as false")
	flag.Float64Var(&o.code, "code", o.code, "weight of a case of Go's source tree, as false")
	flag.Float64Var(&o.human, "human", o.human, "weight of a made-up password of the kind that people choose, as true")
	flag.Float64Var(&o.id, "id", o.id, "weight of an id, a salt or the name of a bucket, as false")
	flag.Float64Var(&o.spoilt, "spoilt", o.spoilt, "weight of a token with a sign in it that none holds, as false")
	flag.Float64Var(&o.renamed, "renamed", o.renamed, "weight of a token under a name of something public, as false")
	flag.Float64Var(&o.text, "text", o.text, "weight of a case of a short text")
	flag.IntVar(&o.early, "early", o.early, "number of trees that look at the value alone")
	flag.Float64Var(&o.trivial, "trivial", o.trivial, "weight of a labelled case that is told to be none without a model")
	flag.Parse()
	if err := run(*data, *texts, *translations, *lexicon, *errors, *out, *picture, o); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// defaults were chosen by cross-validation.
var defaults = options{
	trees: 300, early: 20, leaves: 8, rate: 0.08, minWeight: 1, l2: 2, features: 0.5, rows: 0.8, pathless: 0.6, seed: 1,
	unlabelled: 0.2, code: 0.2, human: 0.3, trivial: 1, id: 0.5, text: 0.5, spoilt: 0.15, renamed: 0.3,
}

func run(data, texts, translations string, lexicon, listErrors bool, out, picture string, o options) error {
	if lexicon {
		return buildLexicon("internal/judge/lexicon.gz", translations)
	}
	files, err := load(data)
	if err != nil {
		return err
	}
	var short []*text
	if texts != "" {
		if short, err = loadTexts(texts); err != nil {
			return err
		}
	}
	code, lines, err := unlabelled(filepath.Join(build.Default.GOROOT, "src"))
	if err != nil {
		return err
	}
	describe(files, code, lines)
	v := validate(files, short, code, o)
	v.print(os.Stdout)
	if listErrors {
		v.printErrors(os.Stdout)
	}
	if picture != "" {
		if err := os.WriteFile(picture, v.curve(), 0o644); err != nil {
			return err
		}
	}
	if out == "" {
		return nil
	}
	m := boost(append(samplesOf(files, code, o, everything), samplesOfTexts(short, o, everything)...), o)
	m.Knots, m.Cut = calibrate(v.scored), v.cut
	var buf bytes.Buffer
	if err := judge.WriteModel(&buf, m); err != nil {
		return err
	}
	fmt.Printf("%s: %d trees, %d bytes\n", out, len(m.Trees), buf.Len())
	return os.WriteFile(out, buf.Bytes(), 0o644)
}

func everything(string) bool { return true }

// describe tells how many cases there are, and how many labels have none.
func describe(files []*file, code []labelled, lines int) {
	cases := make(map[byte]int)
	var all tally
	for _, f := range files {
		for _, c := range f.cases {
			if !c.trivial {
				cases[c.truth]++
			}
		}
		all.add(score(f, func(i int) bool { return !f.cases[i].trivial }).tally)
	}
	fmt.Printf("%d files; cases: %d true, %d false, %d beside a true one, %d unlabelled; %d in %d lines of Go\n",
		len(files), cases['T'], cases['F'], cases['-'], cases[0], len(code), lines)
	fmt.Printf("labels with a case or another rule's finding: %.1f %%\n", 100*all.recall())
}
