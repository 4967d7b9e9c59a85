package judge

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// A Model turns a [Vector] into a probability. It is a sum of decision trees and a
// table that turns the sum into how often such a case was a credential. All of it is
// arithmetic of whole numbers, so that every machine comes to the same result.
type Model struct {
	Trees []Tree
	// Knots lead from sums to probabilities, in ascending order of both; between them
	// lies a straight line.
	Knots []Knot

	// The first Early trees ask for nothing but the value; if they come to less than Cut,
	// the case is none.
	Early, Cut int

	pathless int // how many trees, the first ones, do not ask for the path
	most     int // what the others can add up to at most
}

// Tree is a decision tree, its root first.
type Tree []Node

// Node is a question or, if Left is 0, an answer.
type Node struct {
	Feature   uint8
	Threshold int16  // up to it, go left
	Left      uint16 // the right child follows the left one
	// Value is the answer, in units of which ScoreUnit make one logit; of a question, what
	// the answer would be without it.
	Value int16
}

// ScoreUnit is how many units of a sum make one logit.
const ScoreUnit = 1024

// Knot is a point of the table: a sum and a probability in 1/10000.
type Knot struct {
	Sum         int32
	Probability uint16
}

// Score is the sum of the trees' answers.
func (m *Model) Score(v *Vector) int { return sum(m.Trees, v) }

// AtMost is how likely a case is a credential at the path that speaks most for it.
func (m *Model) AtMost(v *Vector) float64 {
	own := sum(m.Trees[:m.pathless], v)
	if p := m.Probability(own + m.most); p < hopeless {
		return p
	}
	best := -1 << 31
	for kind := range fileKinds {
		for _, test := range [...]bool{false, true} {
			for _, sample := range [...]bool{false, true} {
				there := v.In(File{Kind: kind, Test: test, Sample: sample})
				best = max(best, sum(m.Trees[m.pathless:], &there))
			}
		}
	}
	return m.Probability(own + best)
}

// hopeless is the probability below which it is not worked out which path is the best.
const hopeless = 0.05

// Answer is what the tree says of a case, in units of which ScoreUnit make one logit.
func (t Tree) Answer(v *Vector) int16 {
	n := &t[0]
	for n.Left != 0 {
		i := n.Left
		if v[n.Feature] > n.Threshold {
			i++
		}
		n = &t[i]
	}
	return n.Value
}

func sum(trees []Tree, v *Vector) int {
	sum := 0
	for _, t := range trees {
		sum += int(t.Answer(v))
	}
	return sum
}

// Probability is what a sum says.
func (m *Model) Probability(score int) float64 {
	k := m.Knots
	i := 0
	for i < len(k) && int(k[i].Sum) < score {
		i++
	}
	switch {
	case len(k) == 0:
		return 0
	case i == 0:
		return float64(k[0].Probability) / 10000
	case i == len(k):
		return float64(k[i-1].Probability) / 10000
	}
	a, b := k[i-1], k[i]
	p := int(a.Probability) + (int(b.Probability)-int(a.Probability))*(score-int(a.Sum))/max(1, int(b.Sum)-int(a.Sum))
	return float64(p) / 10000
}

// Judge is how likely a measured case is a credential, from 0 to 1.
func (m *Model) Judge(v *Vector) float64 { return m.Probability(m.Score(v)) }

//go:embed model.gz
var modelFile []byte

// Default is the model that is built in.
var Default = sync.OnceValue(func() *Model {
	m, err := ReadModel(modelFile)
	if err != nil {
		panic("judge: the embedded model is broken: " + err.Error())
	}
	return m
})

// modelForm is the first number of a model's file; it changes with what features mean.
const modelForm = 3

// WriteModel writes a model for [ReadModel]. The same model gives the same bytes.
func WriteModel(w io.Writer, m *Model) error {
	var b []byte
	le := binary.LittleEndian
	b = le.AppendUint16(b, modelForm)
	b = le.AppendUint16(b, uint16(FeatureCount))
	b = le.AppendUint16(b, uint16(m.Early))
	b = le.AppendUint16(b, uint16(m.Cut))
	b = le.AppendUint16(b, uint16(len(m.Knots)))
	for _, k := range m.Knots {
		b = le.AppendUint32(b, uint32(k.Sum))
		b = le.AppendUint16(b, k.Probability)
	}
	b = le.AppendUint16(b, uint16(len(m.Trees)))
	for _, t := range m.Trees {
		b = le.AppendUint16(b, uint16(len(t)))
		for _, n := range t {
			f := n.Feature
			if n.Left == 0 {
				f = 0xff
			}
			b = append(b, f)
			b = le.AppendUint16(b, uint16(n.Value))
			if n.Left == 0 {
				continue
			}
			b = le.AppendUint16(b, uint16(n.Threshold))
			b = le.AppendUint16(b, n.Left)
		}
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(b); err != nil {
		return err
	}
	return z.Close()
}

// ReadModel reads what [WriteModel] wrote. It fails if the features are not those of
// this version.
func ReadModel(data []byte) (*Model, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("reading the model: %w", err)
	}
	r := reader{b: b}
	if form, n := r.u16(), r.u16(); form != modelForm || int(n) != FeatureCount {
		return nil, fmt.Errorf("the model is of form %d with %d features, not %d with %d: train it anew", form, n, modelForm, FeatureCount)
	}
	m := &Model{Early: int(r.u16()), Cut: int(int16(r.u16()))}
	m.Knots = make([]Knot, r.u16())
	for i := range m.Knots {
		low, high := r.u16(), r.u16()
		m.Knots[i] = Knot{int32(uint32(low) | uint32(high)<<16), r.u16()}
	}
	m.Trees = make([]Tree, r.u16())
	r.bad = r.bad || m.Early > len(m.Trees)
	for i := range m.Trees {
		t := make(Tree, r.u16())
		for j := range t {
			f := r.u8()
			t[j].Value = int16(r.u16())
			if f != 0xff {
				t[j].Feature, t[j].Threshold, t[j].Left = f, int16(r.u16()), r.u16()
				if int(f) >= FeatureCount || int(t[j].Left) <= j || int(t[j].Left)+1 >= len(t) {
					r.bad = true
				}
			}
		}
		if r.bad || len(t) == 0 {
			return nil, errors.New("reading the model: it is cut short or damaged")
		}
		m.Trees[i] = t
	}
	if r.bad {
		return nil, errors.New("reading the model: it is cut short or damaged")
	}
	m.prepare()
	return m, nil
}

// EarlySum is what the first trees say of a case.
func (m *Model) EarlySum(v *Vector) int { return sum(m.Trees[:m.Early], v) }

// prepare puts the trees that do not ask for the path first; a sum has no order.
func (m *Model) prepare() { // those of the value alone are among the first and stay there
	slices.SortStableFunc(m.Trees, func(a, b Tree) int { return btoi(a.asksPath()) - btoi(b.asksPath()) })
	for _, t := range m.Trees {
		if !t.asksPath() {
			m.pathless++
			continue
		}
		most := -1 << 15
		for _, n := range t {
			if n.Left == 0 {
				most = max(most, int(n.Value))
			}
		}
		m.most += most
	}
}

func (t Tree) asksPath() bool {
	return slices.ContainsFunc(t, func(n Node) bool { return n.Left != 0 && int(n.Feature) >= OfFile })
}

func btoi(b bool) int { return int(bit(b)) }

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) u8() uint8 {
	if len(r.b) < 1 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) u16() uint16 {
	low := uint16(r.u8())
	return low | uint16(r.u8())<<8
}
