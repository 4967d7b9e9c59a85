package shape

import (
	"regexp/syntax"
	"strings"
)

// Anchor is a literal that a match contains, and how far behind the start of the
// match it begins, in bytes. Max may be [Unbounded].
type Anchor struct {
	Lit      string
	Fold     bool // ASCII letters in any case; Lit is lower case then
	Min, Max int
}

// maxExact is how many strings a part of an expression may stand for and still be
// written out as literals.
const maxExact = 48

// Anchors returns the most telling set of literals of which every match contains
// at least one, or nil if there is none of at least least bytes.
func (s *Shape) Anchors(least int) []Anchor {
	var best []Anchor
	for _, set := range anchorSets(s.re) {
		if ok := shortest(set) >= least; ok && (best == nil || quality(set) > quality(best)) {
			best = set
		}
	}
	return best
}

// Contains returns where the given literals stand: anchors of which every match
// contains at least one, each with one of lits as its literal. It returns nil if
// some match may lack all of lits.
func (s *Shape) Contains(lits []string) []Anchor {
	for _, set := range anchorSets(s.re) {
		var out []Anchor
		for _, a := range set {
			hit := false
			for _, lit := range lits {
				want := lit
				if a.Fold {
					want = strings.ToLower(lit)
				}
				if i := strings.Index(a.Lit, want); i >= 0 {
					b := a.shift(i, i)
					b.Lit = want
					out = append(out, b)
					hit = true
					break
				}
			}
			if !hit {
				out = nil
				break
			}
		}
		if out != nil {
			return dedupe(out)
		}
	}
	return nil
}

func (a Anchor) shift(lo, hi int) Anchor {
	a.Min += lo
	if hi == Unbounded || a.Max == Unbounded {
		a.Max = Unbounded
	} else {
		a.Max += hi
	}
	return a
}

func shortest(set []Anchor) int {
	n := 1 << 30
	for _, a := range set {
		n = min(n, len(a.Lit))
	}
	return n
}

// quality estimates how rare the commonest literal of a set is in text, in bits,
// less a little for each further literal and for a place that varies.
func quality(set []Anchor) float64 {
	worst := 1e9
	for _, a := range set {
		q := 0.0
		for _, c := range []byte(a.Lit) {
			q += rarity(c)
		}
		if a.Min != a.Max {
			q -= 4
		}
		if a.Min > 0 {
			q -= 2
		}
		worst = min(worst, min(q, 60))
	}
	return worst - 0.25*float64(len(set))
}

// rarity is the information of a byte in source text, in bits, roughly.
func rarity(c byte) float64 {
	switch {
	case strings.IndexByte("etaoinsrl ", c) >= 0:
		return 3.5
	case 'a' <= c && c <= 'z':
		return 5
	case '0' <= c && c <= '9', 'A' <= c && c <= 'Z':
		return 6
	case c == '-' || c == '/' || c == '=' || c == '*' || c == '#':
		return 3.5 // they come in rows
	}
	return 6
}

func dedupe(set []Anchor) []Anchor {
	var out []Anchor
next:
	for _, a := range set {
		for i, b := range out {
			if a.Lit == b.Lit && a.Fold == b.Fold {
				out[i].Min = min(a.Min, b.Min)
				if a.Max == Unbounded || b.Max == Unbounded {
					out[i].Max = Unbounded
				} else {
					out[i].Max = max(a.Max, b.Max)
				}
				continue next
			}
		}
		out = append(out, a)
	}
	return out
}

// anchorSets lists sets of literals of which, for each set, every match contains
// at least one.
func anchorSets(re *syntax.Regexp) [][]Anchor {
	if lits, fold, ok := exact(re); ok {
		return literalSet(lits, fold)
	}
	switch re.Op {
	case syntax.OpCapture:
		return anchorSets(re.Sub[0])
	case syntax.OpPlus:
		return anchorSets(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return anchorSets(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []Anchor
		for _, sub := range re.Sub {
			var best []Anchor
			for _, set := range anchorSets(sub) {
				if best == nil || quality(set) > quality(best) {
					best = set
				}
			}
			if best == nil {
				return nil
			}
			all = append(all, best...)
		}
		return [][]Anchor{dedupe(all)}
	case syntax.OpConcat:
		return concatSets(re.Sub)
	}
	return nil
}

// concatSets collects the sets of a sequence's parts, with neighbours that are
// literal taken together.
func concatSets(subs []*syntax.Regexp) [][]Anchor {
	var sets [][]Anchor
	lo, hi := 0, 0 // length of what stands before
	add := func(found [][]Anchor, lo, hi int) {
		for _, set := range found {
			moved := make([]Anchor, len(set))
			for i, a := range set {
				moved[i] = a.shift(lo, hi)
			}
			sets = append(sets, moved)
		}
	}
	for i := 0; i < len(subs); {
		lits, fold, ok := exact(subs[i])
		j := i + 1
		if !ok {
			add(anchorSets(subs[i]), lo, hi)
		} else {
			for ; j < len(subs); j++ {
				next, f, ok := exact(subs[j])
				if !ok || len(lits)*len(next) > maxExact || !sameFold(lits, fold, next, f) {
					break
				}
				lits, fold = cross(lits, next), fold || f
			}
			add(literalSet(lits, fold), lo, hi)
		}
		for ; i < j; i++ {
			l, h := lengths(subs[i])
			lo += l
			if h == Unbounded || hi == Unbounded {
				hi = Unbounded
			} else {
				hi += h
			}
		}
	}
	return sets
}

// sameFold reports whether two sets of literals can be joined: both fold or one of
// them has no letters.
func sameFold(a []string, fa bool, b []string, fb bool) bool {
	return fa == fb || !hasLetter(a) || !hasLetter(b)
}

func hasLetter(lits []string) bool {
	for _, l := range lits {
		for _, c := range []byte(l) {
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				return true
			}
		}
	}
	return false
}

func literalSet(lits []string, fold bool) [][]Anchor {
	set := make([]Anchor, 0, len(lits))
	for _, l := range lits {
		if l == "" {
			return nil
		}
		if fold {
			l = strings.ToLower(l)
		}
		set = append(set, Anchor{Lit: l, Fold: fold})
	}
	return [][]Anchor{dedupe(set)}
}

// exact lists the strings that an expression stands for, if they are few.
func exact(re *syntax.Regexp) (lits []string, fold, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary,
		syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return []string{""}, false, true
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, re.Flags&syntax.FoldCase != 0, true
	case syntax.OpCharClass:
		return exactClass(re.Rune)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min != re.Max || re.Min > 8 {
			return nil, false, false
		}
		unit, f, ok := exact(re.Sub[0])
		if !ok {
			return nil, false, false
		}
		lits = []string{""}
		for range re.Min {
			if len(lits)*len(unit) > maxExact {
				return nil, false, false
			}
			lits = cross(lits, unit)
		}
		return lits, f, true
	case syntax.OpConcat:
		lits = []string{""}
		for _, sub := range re.Sub {
			next, f, ok := exact(sub)
			if !ok || len(lits)*len(next) > maxExact || !sameFold(lits, fold, next, f) {
				return nil, false, false
			}
			lits, fold = cross(lits, next), fold || f
		}
		return lits, fold, true
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			next, f, ok := exact(sub)
			if !ok || len(lits)+len(next) > maxExact || i > 0 && !sameFold(lits, fold, next, f) {
				return nil, false, false
			}
			lits, fold = append(lits, next...), fold || f
		}
		return lits, fold, true
	}
	return nil, false, false
}

// exactClass writes a small class out; one letter in both cases counts as folding.
func exactClass(ranges []rune) (lits []string, fold, ok bool) {
	set, ok := newSet(ranges)
	if !ok || set.Len() > 12 {
		return nil, false, false
	}
	chars := set.Bytes()
	for _, c := range chars {
		lits = append(lits, string(rune(c)))
	}
	if len(chars) == 2 && chars[0]|0x20 == chars[1] && hasLetter(lits) {
		return lits[1:], true, true
	}
	return lits, false, true
}

func cross(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// Run is a stretch of at least some number of [Token] characters that every match
// contains; Min and Max are how far behind the start of the match it begins.
// Max may be [Unbounded].
type Run struct{ Min, Max int }

// Run looks for a run of at least n token characters.
func (s *Shape) Run(n int) (Run, bool) {
	if s.Variants == nil {
		return runIn(topLevel(s.re), n)
	}
	var all Run
	for i, v := range s.Variants {
		parts := make([]runInfo, 0, len(v))
		for _, it := range v {
			if info, ok := itemRun(it); ok {
				parts = append(parts, info)
			}
		}
		r, ok := runIn(parts, n)
		if !ok {
			return Run{}, false
		}
		if i == 0 {
			all = r
			continue
		}
		all.Min = min(all.Min, r.Min)
		if r.Max == Unbounded || all.Max == Unbounded {
			all.Max = Unbounded
		} else {
			all.Max = max(all.Max, r.Max)
		}
	}
	return all, len(s.Variants) > 0
}

// runInfo summarises what a part of an expression surely has of token characters:
// at its start, at its end, and whether it consists of them.
type runInfo struct {
	pure     bool
	pre, suf int
	lo, hi   int // length of the part
}

func itemRun(it Item) (runInfo, bool) {
	lo, hi := it.Lengths()
	switch it.Kind {
	case Literal:
		return literalRun(it.Lit), true
	case Class:
		if it.Set.Within(Token) {
			return runInfo{pure: true, pre: lo, suf: lo, lo: lo, hi: hi}, true
		}
		return runInfo{lo: lo, hi: hi}, true
	}
	return runInfo{}, false
}

func literalRun(lit string) runInfo {
	info := runInfo{lo: len(lit), hi: len(lit)}
	for info.pre < len(lit) && Token.Has(lit[info.pre]) {
		info.pre++
	}
	for info.suf < len(lit) && Token.Has(lit[len(lit)-1-info.suf]) {
		info.suf++
	}
	info.pure = info.pre == len(lit)
	return info
}

// runIn looks for n sure token characters in a row in a sequence of parts.
func runIn(parts []runInfo, n int) (Run, bool) {
	lo, hi := 0, 0 // offset of the part at hand
	var start Run  // offset of the row at hand
	row := 0
	for _, p := range parts {
		if row == 0 {
			start = Run{lo, hi}
		}
		if row+p.pre >= n {
			return start, true
		}
		if p.pure {
			row += p.pre
		} else {
			row = p.suf
			start = Run{lo + p.lo - p.suf, Unbounded}
			if hi != Unbounded && p.hi != Unbounded {
				start.Max = hi + p.hi - p.suf
			}
			if row >= n {
				return start, true
			}
		}
		lo += p.lo
		if hi == Unbounded || p.hi == Unbounded {
			hi = Unbounded
		} else {
			hi += p.hi
		}
	}
	return Run{}, false
}

// topLevel summarises the parts of the outermost sequence.
func topLevel(re *syntax.Regexp) []runInfo {
	switch re.Op {
	case syntax.OpConcat:
		var parts []runInfo
		for _, sub := range re.Sub {
			parts = append(parts, topLevel(sub)...)
		}
		return parts
	case syntax.OpCapture:
		return topLevel(re.Sub[0])
	}
	return []runInfo{summary(re)}
}

func summary(re *syntax.Regexp) runInfo {
	lo, hi := lengths(re)
	info := runInfo{lo: lo, hi: hi}
	switch re.Op {
	case syntax.OpLiteral:
		return literalRun(string(re.Rune))
	case syntax.OpCharClass:
		if set, ok := newSet(re.Rune); ok && set.Within(Token) {
			info.pure, info.pre, info.suf = true, 1, 1
		}
	case syntax.OpCapture:
		return summary(re.Sub[0])
	case syntax.OpPlus, syntax.OpStar, syntax.OpQuest, syntax.OpRepeat:
		if sub := summary(re.Sub[0]); sub.pure {
			info.pure, info.pre, info.suf = true, lo, lo
		}
	case syntax.OpConcat:
		info.pure = true
		for _, sub := range re.Sub {
			s := summary(sub)
			if info.pure {
				info.pre += s.pre
			}
			if s.pure {
				info.suf += s.suf
			} else {
				info.suf = s.suf
			}
			info.pure = info.pure && s.pure
		}
	case syntax.OpAlternate:
		info.pure = true
		for i, sub := range re.Sub {
			s := summary(sub)
			info.pure = info.pure && s.pure
			if i == 0 {
				info.pre, info.suf = s.pre, s.suf
			} else {
				info.pre, info.suf = min(info.pre, s.pre), min(info.suf, s.suf)
			}
		}
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary,
		syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		info.pure = true
	}
	return info
}

// Starts lists sets of literals of which, for each set, every match begins with
// one; the longest first.
func (s *Shape) Starts() [][]Anchor {
	var sets [][]Anchor
	for _, set := range anchorSets(s.re) {
		start := true
		for _, a := range set {
			start = start && a.Min == 0 && a.Max == 0
		}
		if start {
			sets = append(sets, set)
		}
	}
	return sets
}

// Rarity estimates the information of a literal in source text, in bits.
func Rarity(lit string) float64 {
	q := 0.0
	for _, c := range []byte(lit) {
		q += rarity(c)
	}
	return q
}
