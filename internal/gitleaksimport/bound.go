package gitleaksimport

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/stanchsec/stanch/internal/shape"
	"github.com/stanchsec/stanch/rules"
)

// bounds are what stands in for "without end", tried from the greatest on until the
// expression is one that both the regexp package and the rule loader accept: Go refuses
// nested repetitions of more than 1,000 in all, the loader matches that are too long.
var bounds = []int{200, 100, 50, 30, 20, 10, 5}

// bound gives every repetition of an expression an end, and returns the bound that it
// used, 0 if there was nothing to do. What the expression says else stays as written.
func bound(expr string) (bounded string, used int, err error) {
	if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
		return "", 0, fmt.Errorf("the expression is not valid: %w", err)
	}
	for _, n := range bounds {
		out, changed := boundAt(expr, n)
		s, err := shape.Parse(out)
		if err != nil || s.Max == shape.Unbounded || s.Max > rules.MaxWindow {
			continue
		}
		if !changed {
			n = 0
		}
		return out, n, nil
	}
	return "", 0, fmt.Errorf("its matches could be longer than %d bytes even if no repetition went beyond %d",
		rules.MaxWindow, bounds[len(bounds)-1])
}

// boundAt replaces "*", "+" and "{n,}" by repetitions that end.
func boundAt(expr string, n int) (out string, changed bool) {
	var b strings.Builder
	for i := 0; i < len(expr); {
		size, kind := element(expr[i:])
		text := expr[i : i+size]
		i += size
		switch kind {
		case star:
			text, changed = fmt.Sprintf("{0,%d}", n), true
		case plus:
			text, changed = fmt.Sprintf("{1,%d}", n), true
		case openRepeat:
			// The loader has seen the expression, so this is a number below 1,000.
			least, _ := strconv.Atoi(strings.Trim(text, "{,}"))
			text, changed = fmt.Sprintf("{%d,%d}", least, min(least+n, 1000)), true
		}
		b.WriteString(text)
	}
	return b.String(), changed
}

// elementKind is what a piece of an expression is, as far as it matters here.
type elementKind int

const (
	other elementKind = iota
	star
	plus
	openRepeat // {n,}
	capture    // the opening of a group that captures: "(" or "(?P<name>"
)

// element returns the length and kind of the piece that a valid expression begins with:
// an escape, a class, a quoted text, the opening of a group, a repetition or one byte.
func element(expr string) (size int, kind elementKind) {
	switch expr[0] {
	case '\\':
		return escape(expr), other
	case '[':
		return class(expr), other
	case '*':
		return 1, star
	case '+':
		return 1, plus
	case '{':
		if end := strings.IndexByte(expr, '}'); end > 2 {
			least, most, comma := strings.Cut(expr[1:end], ",")
			if _, err := strconv.Atoi(least); err == nil && comma && most == "" {
				return end + 1, openRepeat
			}
		}
	case '(':
		if !strings.HasPrefix(expr, "(?") {
			return 1, capture
		}
		if strings.HasPrefix(expr, "(?P<") || strings.HasPrefix(expr, "(?<") {
			return strings.IndexByte(expr, '>') + 1, capture
		}
	}
	return 1, other
}

// escape returns the length of an escape: \d, \pL, \p{Greek}, \x{10FFFF}, \Q...\E.
func escape(expr string) int {
	if len(expr) < 2 {
		return len(expr)
	}
	switch expr[1] {
	case 'Q':
		if end := strings.Index(expr, `\E`); end >= 0 {
			return end + 2
		}
		return len(expr)
	case 'p', 'P', 'x':
		if len(expr) > 2 && expr[2] == '{' {
			if end := strings.IndexByte(expr, '}'); end >= 0 {
				return end + 1
			}
		}
	}
	return 2
}

// class returns the length of a character class: [^]a-z[:alpha:]\]].
func class(expr string) int {
	i := 1
	if i < len(expr) && expr[i] == '^' {
		i++
	}
	if i < len(expr) && expr[i] == ']' {
		i++ // first of all it is a member
	}
	for i < len(expr) && expr[i] != ']' {
		switch {
		case expr[i] == '\\':
			i += escape(expr[i:])
		case strings.HasPrefix(expr[i:], "[:"):
			if end := strings.Index(expr[i:], ":]"); end >= 0 {
				i += end + 2
				continue
			}
			i++
		default:
			i++
		}
	}
	return min(i+1, len(expr))
}

// nameGroup gives the group of that number the name "secret". A group that is called so
// already loses the name.
func nameGroup(expr string, number int) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(expr); {
		size, kind := element(expr[i:])
		text := expr[i : i+size]
		i += size
		if kind == capture {
			n++
			switch {
			case n == number:
				text = "(?P<secret>"
			case text == "(?P<secret>" || text == "(?<secret>":
				text = "("
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// alwaysSays reports whether every match of the expression has some text in the group of
// that number.
func alwaysSays(expr string, number int) bool {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return false
	}
	for {
		switch re.Op {
		case syntax.OpCapture:
			if re.Cap == number {
				s, err := shape.Parse(re.Sub[0].String())
				return err == nil && s.Min > 0
			}
			re = re.Sub[0]
		case syntax.OpPlus:
			re = re.Sub[0]
		case syntax.OpRepeat:
			if re.Min == 0 {
				return false
			}
			re = re.Sub[0]
		case syntax.OpConcat:
			at := slices.IndexFunc(re.Sub, func(sub *syntax.Regexp) bool { return holds(sub, number) })
			if at < 0 {
				return false
			}
			re = re.Sub[at]
		default: // an alternative, or something optional
			return false
		}
	}
}

// holds reports whether the group of that number is somewhere in re.
func holds(re *syntax.Regexp, number int) bool {
	return re.Op == syntax.OpCapture && re.Cap == number ||
		slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return holds(sub, number) })
}
