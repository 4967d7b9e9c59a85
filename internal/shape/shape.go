// Package shape tells what can be known of a regular expression without running
// it: how long a match can be, which literals stand in it, which runs of token
// characters it must contain; and it makes random matches.
//
// In goes the text of an expression, in the syntax of [regexp] or, with
// look-around, in that of .NET; out comes a [Shape]. The rule loader, the linter,
// the example generator and the detector all build on it.
package shape

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unbounded is the length of what has no end.
const Unbounded = -1

// Shape is what is known of an expression.
type Shape struct {
	// Expr is the expression as written.
	Expr string
	// LookAround says that Expr needs a backtracking engine; its look-around is left
	// out of everything below.
	LookAround bool
	// Min and Max are the least and greatest length of a match in bytes; Max may be
	// [Unbounded].
	Min, Max int
	// Variants are the sequences of plain items that together match what Expr
	// matches, in order of preference; nil where Expr is not as simple as that.
	Variants []Variant
	// Groups are the names of the capture groups by number; [0] is empty.
	Groups []string

	re *syntax.Regexp
}

// Parse reads an expression. The error tells what is wrong with it.
func Parse(expr string) (*Shape, error) {
	plain, look, err := stripLookAround(expr)
	if err != nil {
		return nil, err
	}
	re, err := syntax.Parse(plain, syntax.Perl)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) {
			return nil, fmt.Errorf("%s: %q", se.Code, se.Expr)
		}
		return nil, err
	}
	s := &Shape{Expr: expr, LookAround: look, Groups: re.CapNames(), re: re}
	s.Min, s.Max = lengths(re)
	if !look {
		if vs, ok := flatten(re); ok {
			s.Variants = vs
		}
	}
	return s, nil
}

// Group returns the number of the named group, 0 (the whole match) if there is none.
func (s *Shape) Group(name string) int {
	for i, n := range s.Groups {
		if n == name {
			return i
		}
	}
	return 0
}

// GroupShape returns the shape of the named group's content, or s itself when
// there is no such group.
func (s *Shape) GroupShape(name string) *Shape {
	re := findGroup(s.re, name)
	if re == nil {
		return s
	}
	g := &Shape{Expr: re.String(), Groups: []string{""}, re: re}
	g.Min, g.Max = lengths(re)
	if vs, ok := flatten(re); ok {
		g.Variants = vs
	}
	return g
}

func findGroup(re *syntax.Regexp, name string) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Name == name {
		return re.Sub[0]
	}
	for _, sub := range re.Sub {
		if g := findGroup(sub, name); g != nil {
			return g
		}
	}
	return nil
}

// LeadsOptional reports whether the expression begins with a piece that may as well be
// missing: a?b, [ab]*c. Where it begins a line or a word it is another matter, as it is
// where the group "secret" stands behind the piece: that tells what may stand before.
func (s *Shape) LeadsOptional() bool {
	re := s.re
	for {
		switch re.Op {
		case syntax.OpCapture:
			re = re.Sub[0]
		case syntax.OpConcat:
			if s.Group("secret") > 0 && findGroup(re.Sub[0], "secret") == nil && re.Sub[0].Name != "secret" {
				return false
			}
			re = re.Sub[0]
		case syntax.OpQuest, syntax.OpStar:
			return true
		case syntax.OpRepeat:
			return re.Min == 0
		default:
			return false
		}
	}
}

// stripLookAround takes (?=…), (?!…), (?<=…), (?<!…) and atomic groups' marks out
// of an expression, and says whether there were any.
func stripLookAround(expr string) (plain string, found bool, err error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case c == '\\' && i+1 < len(expr):
			b.WriteString(expr[i : i+2])
			i++
			continue
		case inClass:
			inClass = c != ']' || expr[i-1] == '[' || strings.HasSuffix(expr[:i], "[^")
		case c == '[':
			inClass = true
		case c == '(':
			if strings.HasPrefix(expr[i:], "(?>") {
				found = true
				b.WriteString("(?:")
				i += 2
				continue
			}
			if n := lookAround(expr[i:]); n > 0 {
				end := closing(expr, i)
				if end < 0 {
					return "", false, fmt.Errorf("missing closing ): %q", expr[i:])
				}
				found = true
				b.WriteString("(?:)")
				i = end
				continue
			}
		}
		b.WriteByte(c)
	}
	return b.String(), found, nil
}

// lookAround returns the length of the mark that opens a look-around group, or 0.
func lookAround(s string) int {
	for _, mark := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(s, mark) {
			return len(mark)
		}
	}
	return 0
}

// closing returns the index of the parenthesis that closes the one at open, or -1.
func closing(expr string, open int) int {
	depth, inClass := 0, false
	for i := open; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\':
			i++
		case inClass:
			inClass = c != ']' || expr[i-1] == '['
		case c == '[':
			inClass = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// lengths computes the least and greatest length of a match in bytes.
func lengths(re *syntax.Regexp) (lo, hi int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			n, m := utf8.RuneLen(r), utf8.RuneLen(r)
			if re.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					n, m = min(n, utf8.RuneLen(f)), max(m, utf8.RuneLen(f))
				}
			}
			lo, hi = lo+n, hi+m
		}
		return lo, hi
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return 0, 0
		}
		return utf8.RuneLen(re.Rune[0]), utf8.RuneLen(re.Rune[len(re.Rune)-1])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return lengths(re.Sub[0])
	case syntax.OpStar:
		return 0, Unbounded
	case syntax.OpPlus:
		lo, _ = lengths(re.Sub[0])
		return lo, Unbounded
	case syntax.OpQuest:
		_, hi = lengths(re.Sub[0])
		return 0, hi
	case syntax.OpRepeat:
		lo, hi = lengths(re.Sub[0])
		lo *= re.Min
		if re.Max < 0 || hi == Unbounded {
			return lo, Unbounded
		}
		return lo, hi * re.Max
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			l, h := lengths(sub)
			lo += l
			if h == Unbounded || hi == Unbounded {
				hi = Unbounded
			} else {
				hi += h
			}
		}
		return lo, hi
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			l, h := lengths(sub)
			if i == 0 {
				lo, hi = l, h
				continue
			}
			lo = min(lo, l)
			if h == Unbounded || hi == Unbounded {
				hi = Unbounded
			} else {
				hi = max(hi, h)
			}
		}
		return lo, hi
	}
	return 0, 0 // empty-width operators
}
