package shape

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
)

// Sample is a random match and the extents of its groups: group i begins at
// Groups[2*i] and ends before Groups[2*i+1], -1 where it took no part.
type Sample struct {
	Text   string
	Groups []int
}

// Group returns the text of a group, and whether it took part.
func (s Sample) Group(i int) (string, bool) {
	if 2*i+1 >= len(s.Groups) || s.Groups[2*i] < 0 {
		return "", false
	}
	return s.Text[s.Groups[2*i]:s.Groups[2*i+1]], true
}

// Sample makes a random match. Open repetitions get a few bytes more than they
// need. Look-around is not minded: the caller checks the match.
func (s *Shape) Sample(rng *rand.Rand) Sample {
	g := generator{rng: rng, groups: make([]int, 2*len(s.Groups))}
	for i := range g.groups {
		g.groups[i] = -1
	}
	g.walk(s.re)
	g.groups[0], g.groups[1] = 0, g.out.Len()
	return Sample{g.out.String(), g.groups}
}

type generator struct {
	rng    *rand.Rand
	out    strings.Builder
	groups []int
}

func (g *generator) walk(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				r = lower(r)
			}
			g.out.WriteRune(r)
		}
	case syntax.OpCharClass:
		g.out.WriteRune(g.pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		g.out.WriteRune(g.pick([]rune{'0', '9', 'A', 'Z', 'a', 'z'}))
	case syntax.OpCapture:
		start := g.out.Len()
		g.walk(re.Sub[0])
		if 2*re.Cap+1 < len(g.groups) {
			g.groups[2*re.Cap], g.groups[2*re.Cap+1] = start, g.out.Len()
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			g.walk(sub)
		}
	case syntax.OpAlternate:
		g.walk(re.Sub[g.rng.IntN(len(re.Sub))])
	case syntax.OpStar:
		g.times(re.Sub[0], 0, Unbounded)
	case syntax.OpPlus:
		g.times(re.Sub[0], 1, Unbounded)
	case syntax.OpQuest:
		g.times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		g.times(re.Sub[0], re.Min, re.Max)
	}
}

func (g *generator) times(re *syntax.Regexp, lo, hi int) {
	if hi == Unbounded || hi > lo+24 {
		hi = lo + 24
	}
	for range lo + g.rng.IntN(hi-lo+1) {
		g.walk(re)
	}
}

// pick takes a character of a class: letters and digits alike where it has them.
func (g *generator) pick(ranges []rune) rune {
	if set := asciiPart(ranges); set.Len() > 0 {
		var alnum, print []byte
		for _, c := range set.Bytes() {
			if Alnum.Has(c) {
				alnum = append(alnum, c)
			}
			if c > ' ' && c < 0x7f {
				print = append(print, c)
			}
		}
		switch {
		case len(alnum) > 0 && g.rng.IntN(8) > 0:
			return rune(alnum[g.rng.IntN(len(alnum))])
		case len(print) > 0 && (len(alnum) == 0 || len(print) <= 70):
			return rune(print[g.rng.IntN(len(print))])
		case len(alnum) > 0:
			return rune(alnum[g.rng.IntN(len(alnum))])
		}
		all := set.Bytes()
		return rune(all[g.rng.IntN(len(all))])
	}
	i := 2 * g.rng.IntN(len(ranges)/2)
	return ranges[i]
}

func asciiPart(ranges []rune) *Set {
	var s Set
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] < 0x80 {
			s.Add(byte(ranges[i]), byte(min(ranges[i+1], 0x7f)))
		}
	}
	return &s
}

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
