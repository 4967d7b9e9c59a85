package judge

import (
	"cmp"
	"fmt"
	"slices"
)

// Reason is something that spoke for or against a case.
type Reason struct {
	// Name is short and fixed, Text says it to a person.
	Name, Text string
	// Weight is what it added to the probability.
	Weight float64
}

// group is a kind of reason, of several features.
type group uint8

const (
	groupLength group = iota
	groupRandom
	groupStandIn
	groupTemplate
	groupKind
	groupName
	groupForm
	groupLine
	groupNear
	groupPath
	groups
)

var groupOf = func() (t [featureCount]group) {
	for f := range featureCount {
		switch f := feature(f); {
		case f >= feature(OfFile):
			t[f] = groupPath
		case f >= fUserNear && f <= fLocalNear || f == fAboveSame || f == fSecretNear || f == fWordsNear:
			t[f] = groupNear
		case f >= fComment:
			t[f] = groupLine
		case f >= fForm:
			t[f] = groupForm
		case f >= fNameLength:
			t[f] = groupName
		case f == fHint || f == fStock || f == fMasked || f == fRow || f == fSequence || f == fKeyboard || f == fRising || f == fKnownText || f == fInName || f == fNameIn:
			t[f] = groupStandIn
		case f == fTemplate || f == fCallSigns || f == fBraces || f == fPercents || f == fBackslashes || f == fEscapes:
			t[f] = groupTemplate
		case f == fHexDigest || f == fUUID || f == fBase64Text || f == fPath || f == fURL || f == fVersion || f == fAddress || f == fJWT ||
			f == fKnownPrefix || f == fSlashes || f == fDots || f == fDashes || f == fUnderscores || f == fEquals:
			t[f] = groupKind
		case f == fEntropy || f == fEntropyShare || f == fDistinct || f >= fChanges && f <= fLongestRun || f == fHex || f == fBase64 || f == fShape || f == fForeignSurprise:
			t[f] = groupRandom
		default:
			t[f] = groupLength
		}
	}
	return t
}()

// groupTexts are what a group says when it speaks for a case, and when against it.
var groupTexts = [groups]struct{ name, pros, cons string }{
	groupLength:   {"length", "it has the length and the characters of a credential", "its length and characters are rare among credentials"},
	groupRandom:   {"randomness", "it looks random", "it looks like words or a name in a program"},
	groupStandIn:  {"placeholder", "it does not look like a placeholder", "it looks like a placeholder"},
	groupTemplate: {"template", "it has no syntax of templates or expressions", "it looks like a template or an expression"},
	groupKind:     {"kind", "it is no path, address, version or hash", "it looks like a path, an address, a version or a hash"},
	groupName:     {"name", "it is assigned to %q, a name that holds secrets", "it is assigned to %q, a name that rarely holds secrets"},
	groupForm:     {"form", "it stands where values do", "it stands where values rarely do"},
	groupLine:     {"line", "its line looks like one that holds a credential", "its line looks like one that holds none"},
	groupNear:     {"surroundings", "what stands around it goes with a credential", "what stands around it does not go with a credential"},
	groupPath:     {"path", "files of this kind hold credentials", "files of this kind rarely hold credentials"},
}

// Reasons tells what spoke for and against a case of which the features are v,
// weightiest first. Together the weights lead from the probability of a case of which
// nothing is known to that of this one.
func (m *Model) Reasons(name string, v *Vector) []Reason {
	byFeature, score := m.contributions(v)
	var sums [groups]int
	for f, n := range byFeature {
		sums[groupOf[f]] += n
	}
	order := make([]group, groups)
	for i := range order {
		order[i] = group(i)
	}
	slices.SortStableFunc(order, func(a, b group) int { return cmp.Compare(abs(sums[b]), abs(sums[a])) })
	var out []Reason
	p := m.Probability(score)
	for _, g := range order {
		if sums[g] == 0 {
			continue
		}
		score += sums[g]
		next := m.Probability(score)
		t := groupTexts[g]
		text := t.pros
		if sums[g] < 0 {
			text = t.cons
		}
		if g == groupName {
			text = fmt.Sprintf(text, name)
		}
		out = append(out, Reason{t.name, text, next - p})
		p = next
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(absf(b.Weight), absf(a.Weight)) })
	return out
}

// contributions is what each feature added to the score, and the score before.
func (m *Model) contributions(v *Vector) (byFeature [featureCount]int, base int) {
	for _, t := range m.Trees {
		n := &t[0]
		base += int(n.Value)
		for n.Left != 0 {
			i := n.Left
			if v[n.Feature] > n.Threshold {
				i++
			}
			byFeature[n.Feature] += int(t[i].Value) - int(n.Value)
			n = &t[i]
		}
	}
	return byFeature, base
}

// Details lists all features of a case that are not 0 or had a say, as a person reads
// them, with what each added to the sum, in logits.
func (m *Model) Details(v *Vector) []Reason {
	byFeature, _ := m.contributions(v)
	var out []Reason
	for f, n := range byFeature {
		if n != 0 || v[f] != 0 {
			out = append(out, Reason{"feature", fmt.Sprintf("%s: %d", featureNames[f], v[f]), float64(n) / ScoreUnit})
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(absf(b.Weight), absf(a.Weight)) })
	return out
}

func abs(n int) int { return max(n, -n) }

func absf(x float64) float64 { return max(x, -x) }
