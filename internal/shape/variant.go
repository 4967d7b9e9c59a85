package shape

import (
	"regexp/syntax"
	"strings"
)

// Kind is what an [Item] does.
type Kind uint8

// The kinds of items.
const (
	// Literal takes Item.Lit, ignoring the case of ASCII letters if Item.Fold.
	Literal Kind = iota
	// Class takes from Item.Min to Item.Max bytes of Item.Set.
	Class
	// Open and Close mark the bounds of the group Item.Group.
	Open
	Close
	// WordBoundary, NoWordBoundary, LineStart, LineEnd, TextStart and TextEnd take nothing.
	WordBoundary
	NoWordBoundary
	LineStart
	LineEnd
	TextStart
	TextEnd
)

// Item is one step of a [Variant].
type Item struct {
	Kind     Kind
	Lit      string
	Fold     bool
	Set      *Set
	Min, Max int // Max may be Unbounded
	Group    int
}

// Variant is a sequence of items that match one after the other, greedily.
type Variant []Item

// Limits on how far an expression is unrolled.
const (
	maxVariants = 64
	maxItems    = 128
)

// flatten turns an expression into variants. It reports false where the
// expression nests too much, is lazy, or has classes beyond ASCII, whose bytes
// cannot be counted one by one.
func flatten(re *syntax.Regexp) ([]Variant, bool) {
	vs, ok := flat(re)
	if !ok {
		return nil, false
	}
	for i, v := range vs {
		vs[i] = join(v)
	}
	return vs, true
}

func flat(re *syntax.Regexp) ([]Variant, bool) {
	one := func(it Item) ([]Variant, bool) { return []Variant{{it}}, true }
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []Variant{nil}, true
	case syntax.OpLiteral:
		lit := string(re.Rune)
		fold := re.Flags&syntax.FoldCase != 0
		if fold {
			for _, r := range re.Rune {
				if r >= 0x80 {
					return nil, false
				}
			}
			lit = strings.ToLower(lit)
		}
		return one(Item{Kind: Literal, Lit: lit, Fold: fold})
	case syntax.OpCharClass:
		set, ok := newSet(re.Rune)
		if !ok {
			return nil, false
		}
		return one(Item{Kind: Class, Set: set, Min: 1, Max: 1})
	case syntax.OpWordBoundary:
		return one(Item{Kind: WordBoundary})
	case syntax.OpNoWordBoundary:
		return one(Item{Kind: NoWordBoundary})
	case syntax.OpBeginLine:
		return one(Item{Kind: LineStart})
	case syntax.OpEndLine:
		return one(Item{Kind: LineEnd})
	case syntax.OpBeginText:
		return one(Item{Kind: TextStart})
	case syntax.OpEndText:
		return one(Item{Kind: TextEnd})
	case syntax.OpCapture:
		sub, ok := flat(re.Sub[0])
		if !ok {
			return nil, false
		}
		for i, v := range sub {
			w := Variant{{Kind: Open, Group: re.Cap}}
			sub[i] = append(append(w, v...), Item{Kind: Close, Group: re.Cap})
		}
		return sub, true
	case syntax.OpConcat:
		vs := []Variant{nil}
		for _, sub := range re.Sub {
			next, ok := flat(sub)
			if !ok {
				return nil, false
			}
			if vs, ok = product(vs, next); !ok {
				return nil, false
			}
		}
		return vs, true
	case syntax.OpAlternate:
		var vs []Variant
		for _, sub := range re.Sub {
			next, ok := flat(sub)
			if !ok || len(vs)+len(next) > maxVariants {
				return nil, false
			}
			vs = append(vs, next...)
		}
		return vs, true
	case syntax.OpStar:
		return repeat(re, 0, Unbounded)
	case syntax.OpPlus:
		return repeat(re, 1, Unbounded)
	case syntax.OpQuest:
		return repeat(re, 0, 1)
	case syntax.OpRepeat:
		return repeat(re, re.Min, re.Max)
	}
	return nil, false // OpAnyChar and friends, OpNoMatch
}

// repeat flattens a repetition: of a single class as one item, of anything else by
// writing it out.
func repeat(re *syntax.Regexp, lo, hi int) ([]Variant, bool) {
	sub, ok := flat(re.Sub[0])
	if !ok || re.Flags&syntax.NonGreedy != 0 {
		return nil, false
	}
	if len(sub) == 1 && len(sub[0]) == 1 {
		it := sub[0][0]
		if it.Kind == Literal && len(it.Lit) == 1 {
			it = Item{Kind: Class, Set: singleton(it.Lit[0], it.Fold), Min: 1, Max: 1}
		}
		if it.Kind == Class && it.Min == 1 && it.Max == 1 {
			it.Min, it.Max = lo, hi
			return []Variant{{it}}, true
		}
	}
	if hi == Unbounded {
		return nil, false
	}
	var vs []Variant
	for n := hi; n >= lo; n-- { // the greedy choice first
		seq := []Variant{nil}
		for range n {
			if seq, ok = product(seq, sub); !ok {
				return nil, false
			}
		}
		if vs = append(vs, seq...); len(vs) > maxVariants {
			return nil, false
		}
	}
	return vs, true
}

// product appends each of next to each of vs.
func product(vs, next []Variant) ([]Variant, bool) {
	if len(vs)*len(next) > maxVariants {
		return nil, false
	}
	out := make([]Variant, 0, len(vs)*len(next))
	for _, v := range vs {
		for _, n := range next {
			if len(v)+len(n) > maxItems {
				return nil, false
			}
			out = append(out, append(append(Variant(nil), v...), n...))
		}
	}
	return out, true
}

// join melts neighbouring literals into one.
func join(v Variant) Variant {
	var out Variant
	for _, it := range v {
		if it.Kind == Class && it.Max == 0 {
			continue
		}
		if n := len(out); n > 0 && it.Kind == Literal && out[n-1].Kind == Literal && out[n-1].Fold == it.Fold {
			out[n-1].Lit += it.Lit
			continue
		}
		out = append(out, it)
	}
	return out
}

// Lengths returns the least and greatest number of bytes that the variant takes.
func (v Variant) Lengths() (lo, hi int) {
	for _, it := range v {
		l, h := it.Lengths()
		lo += l
		if h == Unbounded || hi == Unbounded {
			hi = Unbounded
		} else {
			hi += h
		}
	}
	return lo, hi
}

// Lengths returns the least and greatest number of bytes that the item takes.
func (it Item) Lengths() (lo, hi int) {
	switch it.Kind {
	case Literal:
		return len(it.Lit), len(it.Lit)
	case Class:
		return it.Min, it.Max
	}
	return 0, 0
}
