package main

import (
	"math"
	"slices"

	"github.com/stanchsec/stanch/internal/judge"
)

// Gradient boosting of decision trees for a yes or no (Friedman 2001,
// https://doi.org/10.1214/aos/1013203451), with second derivatives and histograms of
// the features' values as XGBoost and LightGBM have them. Nothing here is left to
// chance or to the order of maps: the same data gives the same trees.

type options struct {
	trees     int
	leaves    int
	rate      float64
	minWeight float64 // least sum of second derivatives in a leaf
	l2        float64
	features  float64 // share of the features that a tree may look at
	rows      float64 // share of the samples that a tree is built from
	seed      uint64
	early     int     // how many trees, the first ones, look at the value alone
	pathless  float64 // share of the trees that may not look at the path
	// Weights of samples beside the labelled ones; see samplesOf.
	unlabelled, code, human, trivial, id, text, spoilt, renamed float64
}

type sample struct {
	v      judge.Vector
	label  float64
	weight float64
}

const maxBins = 64

// binned are the samples with their features put into bins.
type binned struct {
	bins [][]uint8 // of each feature, the bin of each sample
	tops [][]int16 // of each feature, the greatest value in each bin
}

func bin(samples []sample) *binned {
	b := &binned{}
	values := make([]int16, len(samples))
	for f := range judge.FeatureCount {
		for i := range samples {
			values[i] = samples[i].v[f]
		}
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		distinct := slices.Compact(slices.Clone(sorted))
		var tops []int16
		if len(distinct) <= maxBins {
			tops = distinct
		} else {
			for k := 1; k <= maxBins; k++ {
				tops = append(tops, sorted[k*len(sorted)/maxBins-1])
			}
			tops = slices.Compact(tops)
		}
		bins := make([]uint8, len(samples))
		for i, v := range values {
			n, _ := slices.BinarySearch(tops, v)
			bins[i] = uint8(n)
		}
		b.bins = append(b.bins, bins)
		b.tops = append(b.tops, tops)
	}
	return b
}

type random uint64

// next is a number from 0 to 1 (SplitMix64, https://doi.org/10.1145/2714064.2660195).
func (r *random) next() float64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

type leaf struct {
	rows []int32
	node int
	g, h float64
	// The best split: its gain, feature and bin.
	gain    float64
	feature int
	bin     int
}

// boost grows trees. Their answers are in units of judge.ScoreUnit.
func boost(samples []sample, o options) *judge.Model {
	b := bin(samples)
	rng := random(o.seed)
	n := len(samples)
	score := make([]float64, n)
	sum, total := 0.0, 0.0
	for _, s := range samples {
		sum += s.label * s.weight
		total += s.weight
	}
	base := math.Log(sum / (total - sum))
	for i := range score {
		score[i] = base
	}
	m := &judge.Model{Trees: []judge.Tree{{{Value: unit(base)}}}, Early: 1 + o.early}
	grad, hess := make([]float64, n), make([]float64, n)
	for i := range o.trees {
		var rows []int32
		for i, s := range samples {
			p := 1 / (1 + math.Exp(-score[i]))
			grad[i] = (p - s.label) * s.weight
			hess[i] = max(p*(1-p), 1e-6) * s.weight
			if rng.next() < o.rows {
				rows = append(rows, int32(i))
			}
		}
		var features []int
		for f := range judge.FeatureCount {
			if f >= judge.OfValue && i < o.early {
				continue
			}
			if f >= judge.OfFile && float64(i) < o.pathless*float64(o.trees) {
				continue
			}
			if len(b.tops[f]) > 1 && rng.next() < o.features {
				features = append(features, f)
			}
		}
		g := grower{b: b, grad: grad, hess: hess, features: features, o: o}
		tree := g.grow(rows)
		m.Trees = append(m.Trees, tree)
		for i := range samples {
			score[i] += float64(tree.Answer(&samples[i].v)) / judge.ScoreUnit
		}
	}
	return m
}

func unit(x float64) int16 { return int16(math.Round(x * judge.ScoreUnit)) }

type grower struct {
	b          *binned
	grad, hess []float64
	features   []int
	o          options
}

// grow splits, again and again, the leaf that gains most.
func (g *grower) grow(rows []int32) judge.Tree {
	tree := judge.Tree{{}}
	root := &leaf{rows: rows}
	g.measure(root)
	leaves := []*leaf{root}
	for len(leaves) < g.o.leaves {
		best := -1
		for i, l := range leaves {
			if l.gain > 1e-3 && (best < 0 || l.gain > leaves[best].gain) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		l := leaves[best]
		tree[l.node].Value = g.answer(l)
		left, right := &leaf{node: len(tree)}, &leaf{node: len(tree) + 1}
		bins := g.b.bins[l.feature]
		for _, r := range l.rows {
			if int(bins[r]) <= l.bin {
				left.rows = append(left.rows, r)
			} else {
				right.rows = append(right.rows, r)
			}
		}
		n := &tree[l.node]
		n.Feature, n.Threshold, n.Left = uint8(l.feature), g.b.tops[l.feature][l.bin], uint16(left.node)
		tree = append(tree, judge.Node{}, judge.Node{})
		g.measure(left)
		g.measure(right)
		leaves[best] = left
		leaves = append(leaves, right)
	}
	for _, l := range leaves {
		tree[l.node].Value = g.answer(l)
	}
	return tree
}

func (g *grower) answer(l *leaf) int16 { return unit(-l.g / (l.h + g.o.l2) * g.o.rate) }

// measure sums up a leaf and finds its best split.
func (g *grower) measure(l *leaf) {
	for _, r := range l.rows {
		l.g += g.grad[r]
		l.h += g.hess[r]
	}
	if l.h < 2*g.o.minWeight {
		return
	}
	own := l.g * l.g / (l.h + g.o.l2)
	var hg, hh [maxBins]float64
	for _, f := range g.features {
		n := len(g.b.tops[f])
		clear(hg[:n])
		clear(hh[:n])
		bins := g.b.bins[f]
		for _, r := range l.rows {
			k := bins[r]
			hg[k] += g.grad[r]
			hh[k] += g.hess[r]
		}
		lg, lh := 0.0, 0.0
		for k := range n - 1 {
			lg += hg[k]
			lh += hh[k]
			rg, rh := l.g-lg, l.h-lh
			if lh < g.o.minWeight || rh < g.o.minWeight {
				continue
			}
			if gain := lg*lg/(lh+g.o.l2) + rg*rg/(rh+g.o.l2) - own; gain > l.gain {
				l.gain, l.feature, l.bin = gain, f, k
			}
		}
	}
}
