package detector

import (
	"regexp"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/stanchsec/stanch/internal/shape"
)

// An expr matches an expression at a given place of a text. It has one of three
// engines: the direct matcher for sequences of literals and counted classes, regexp
// for other RE2 syntax, regexp2 where there is look-around.
type expr struct {
	min, max int // length of a match
	group    int // number of the group that is of interest, 0 for the whole match
	// groupName is its name for re2, which numbers groups in another way.
	groupName string
	groups    map[string]int // the numbers of all named groups; nil if there are none

	variants []shape.Variant
	// last[i] is the set whose bytes may not follow a match of variant i, if its
	// end is to be a token's end; nil if a letter or digit may not.
	last []*shape.Set
	// first is the set of the bytes that a match may begin with; nil for any.
	first *shape.Set

	re  *regexp.Regexp  // anchored at the start of the text it is given
	re2 *regexp2.Regexp // likewise
}

// extent is a match: of the whole expression and of the group of interest.
type extent struct {
	start, end           int
	groupStart, groupEnd int
	last                 *shape.Set // see expr.last
	variant              int        // the one of expr.variants that matched
	// seen is how far the text may have had a say in that there is no match.
	seen int
}

// matchTimeout bounds how long an expression with look-around may work on one
// window.
const matchTimeout = 50 * time.Millisecond

// margin is how many bytes behind the longest match an expression gets to see, for
// its \b and $.
const margin = 8

// lookBehind is how many bytes before a match look-behind gets to see.
const lookBehind = 64

// compile prepares an expression whose group of the given name is of interest.
func compile(text, group string) (*expr, error) {
	s, err := shape.Parse(text)
	if err != nil {
		return nil, err
	}
	e := &expr{min: s.Min, max: s.Max, group: s.Group(group)}
	for i, name := range s.Groups {
		if name == "" {
			continue
		}
		if e.groups == nil {
			e.groups = make(map[string]int)
		}
		e.groups[name] = i
	}
	if direct(s.Variants) {
		e.variants = s.Variants
		e.last = make([]*shape.Set, len(s.Variants))
		for i, v := range s.Variants {
			e.last[i] = lastSet(v)
		}
		e.first = firstSet(s.Variants)
		return e, nil
	}
	if s.LookAround {
		if e.re2, err = s.Backtracking(`\G`); err != nil {
			return nil, err
		}
		e.re2.MatchTimeout = matchTimeout
		e.groupName = s.Groups[e.group]
		return e, nil
	}
	e.re, err = regexp.Compile(`\A(?:` + text + `)`)
	return e, err
}

// direct reports whether the direct matcher does well with the variants: at most
// one item of each has a choice of lengths that what follows can contradict, so
// that its work stays linear in the length of the match.
func direct(variants []shape.Variant) bool {
	if variants == nil {
		return false
	}
	for _, v := range variants {
		choices := 0
		for i, it := range v {
			if it.Kind == shape.Class && it.Min != it.Max && ambiguous(it.Set, v[i+1:]) {
				choices++
			}
		}
		if choices > 1 {
			return false
		}
	}
	return true
}

// ambiguous reports whether what follows a repeated class can begin with one of
// the class's bytes, so that the longest repetition need not be the right one.
func ambiguous(set *shape.Set, rest shape.Variant) bool {
	for _, it := range rest {
		switch it.Kind {
		case shape.Literal:
			c := it.Lit[0]
			return set.Has(c) || it.Fold && set.Has(upper(c))
		case shape.Class:
			if set.Meets(it.Set) {
				return true
			}
			if it.Min > 0 {
				return false
			}
		case shape.Open, shape.Close:
		default:
			return true
		}
	}
	return false
}

// lastSet is the set of the class that ends a variant, nil if a literal does.
func lastSet(v shape.Variant) *shape.Set {
	for i := len(v) - 1; i >= 0; i-- {
		switch v[i].Kind {
		case shape.Class:
			return v[i].Set
		case shape.Literal:
			return nil
		}
	}
	return nil
}

// firstSet is the set of the bytes with which some variant begins, nil if that is
// not known.
func firstSet(variants []shape.Variant) *shape.Set {
	var s shape.Set
	for _, v := range variants {
		if !addFirst(&s, v) {
			return nil
		}
	}
	return &s
}

func addFirst(s *shape.Set, v shape.Variant) bool {
	for _, it := range v {
		switch it.Kind {
		case shape.Literal:
			s.Add(it.Lit[0], it.Lit[0])
			if it.Fold {
				u := upper(it.Lit[0])
				s.Add(u, u)
			}
			return true
		case shape.Class:
			for i := range s {
				s[i] |= it.Set[i]
			}
			if it.Min > 0 {
				return true
			}
		}
	}
	return false
}

// matchAt matches at exactly position p of buf. The text before p counts for \b. A
// match in which the group of interest took no part is none. timedOut says that an
// expression with look-around gave up.
func (e *expr) matchAt(buf []byte, p int) (m extent, ok, timedOut bool) {
	if e.first != nil && p < len(buf) && !e.first.Has(buf[p]) {
		return extent{seen: p + 1}, false, false
	}
	if p+e.min > len(buf) {
		return extent{seen: p + e.min}, false, false
	}
	if e.variants != nil {
		m, ok = e.variantAt(buf, p, 0)
		return m, ok, false
	}
	window := buf[p:]
	if e.max >= 0 {
		window = buf[p:min(len(buf), p+e.max+margin)]
	}
	m.seen = len(buf)
	if e.max >= 0 {
		m.seen = p + e.max + margin
	}
	if e.re != nil {
		loc := e.re.FindSubmatchIndex(window)
		if loc == nil {
			return m, false, false
		}
		g := 2 * e.group
		if loc[g] < 0 {
			return m, false, false
		}
		return extent{start: p, end: p + loc[1], groupStart: p + loc[g], groupEnd: p + loc[g+1]}, true, false
	}
	found, ok, timedOut := e.lookAround(buf, p, window)
	found.seen = m.seen
	return found, ok, timedOut
}

// variantAt matches at p with the first of the variants from number from on that
// does.
func (e *expr) variantAt(buf []byte, p, from int) (m extent, ok bool) {
	d := directMatch{buf: buf, group: e.group, seen: p}
	for i := from; i < len(e.variants); i++ {
		d.groupStart, d.groupEnd = -1, -1
		end, ok := d.run(e.variants[i], p)
		if !ok {
			continue
		}
		if e.group == 0 {
			d.groupStart, d.groupEnd = p, end
		}
		if d.groupEnd >= 0 {
			return extent{p, end, d.groupStart, d.groupEnd, e.last[i], i, d.seen}, true
		}
	}
	return extent{seen: d.seen}, false
}

// groupAt is the extent of a named group in a match, ok is false if the group took no
// part in it.
func (e *expr) groupAt(buf []byte, m extent, number int, name string) (start, end int, ok bool) {
	other := *e
	other.group, other.groupName = number, name
	var found extent
	if e.variants != nil {
		other.variants = e.variants[:m.variant+1]
		found, ok = other.variantAt(buf, m.start, m.variant)
	} else {
		found, ok, _ = other.matchAt(buf, m.start)
	}
	return found.groupStart, found.groupEnd, ok
}

// lookAround matches with regexp2 at position p. The text given to it begins a
// little earlier, for look-behind.
func (e *expr) lookAround(buf []byte, p int, window []byte) (m extent, ok, timedOut bool) {
	from := max(0, p-lookBehind)
	text := string(buf[from : p+len(window)])
	found, err := e.re2.FindStringMatchStartingAt(text, p-from)
	if err != nil {
		return m, false, true
	}
	if found == nil {
		return m, false, false
	}
	_, n := found.ByteRange()
	m = extent{start: p, end: p + n, groupStart: p, groupEnd: p + n}
	if e.group > 0 {
		g := found.GroupByName(e.groupName)
		if g == nil || len(g.Captures) == 0 {
			return extent{}, false, false
		}
		at, n := g.ByteRange()
		m.groupStart, m.groupEnd = from+at, from+at+n
	}
	return m, true, false
}

// directMatch is one run of the direct matcher.
type directMatch struct {
	buf                  []byte
	group                int
	groupStart, groupEnd int
	seen                 int // how far was looked
}

// run matches the items of v one after the other from position p.
func (d *directMatch) run(v shape.Variant, p int) (end int, ok bool) {
	buf := d.buf
	for i := range v {
		it := &v[i]
		switch it.Kind {
		case shape.Literal:
			d.seen = max(d.seen, p+len(it.Lit))
			if len(buf)-p < len(it.Lit) || !sameText(buf[p:p+len(it.Lit)], it.Lit, it.Fold) {
				return 0, false
			}
			p += len(it.Lit)
		case shape.Class:
			limit := len(buf) - p
			if it.Max >= 0 && it.Max < limit {
				limit = it.Max
			}
			n := 0
			for n < limit && it.Set.Has(buf[p+n]) {
				n++
			}
			d.seen = max(d.seen, p+n+1)
			if n < it.Min {
				return 0, false
			}
			if it.Min == it.Max || n == it.Min || !ambiguous(it.Set, v[i+1:]) {
				p += n
				continue
			}
			for ; n >= it.Min; n-- {
				if end, ok := d.run(v[i+1:], p+n); ok {
					return end, true
				}
			}
			return 0, false
		case shape.Open:
			if it.Group == d.group {
				d.groupStart = p
			}
		case shape.Close:
			if it.Group == d.group {
				d.groupEnd = p
			}
		case shape.WordBoundary:
			if wordAt(buf, p-1) == wordAt(buf, p) {
				return 0, false
			}
		case shape.NoWordBoundary:
			if wordAt(buf, p-1) != wordAt(buf, p) {
				return 0, false
			}
		case shape.LineStart:
			if p > 0 && buf[p-1] != '\n' {
				return 0, false
			}
		case shape.LineEnd:
			if p < len(buf) && buf[p] != '\n' {
				return 0, false
			}
		case shape.TextStart:
			if p > 0 {
				return 0, false
			}
		case shape.TextEnd:
			if p < len(buf) {
				return 0, false
			}
		}
	}
	return p, true
}

// sameText compares text with a literal, ignoring the case of ASCII letters if fold.
func sameText(text []byte, lit string, fold bool) bool {
	if !fold {
		return string(text) == lit
	}
	for i, c := range text {
		if lower(c) != lit[i] {
			return false
		}
	}
	return true
}

// wordAt reports whether there is a byte at i and it is a word character for \b.
func wordAt(buf []byte, i int) bool {
	return i >= 0 && i < len(buf) && (isAlnum(buf[i]) || buf[i] == '_')
}

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLetter(c byte) bool {
	c |= 0x20
	return 'a' <= c && c <= 'z'
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}
