package detector

import (
	"slices"

	"github.com/stanchsec/stanch/rules"
)

// Where only a part of a text is looked through, matches that begin before it are not tried;
// but some would keep others, that begin in it, from being tried. So where one is found it is
// seen after whether there is such a match: that is seldom, and cheaper than to try them all.

// matches reports whether a rule's expression matches at p, where the rule wants it to, and
// where the match ends.
func (l *layer) matches(n int32, p int) (end int, ok bool) {
	c := l.d.rules[n]
	if c.ready() != nil {
		return 0, false
	}
	l.work++
	m, ok, timedOut := c.expr.matchAt(l.buf, p)
	if timedOut {
		l.gaveUp = append(l.gaveUp, c.ID)
	}
	if !ok {
		return 0, false
	}
	end = m.end
	m, why := l.settle(c, m, p)
	if why != "" || c.needsWord && c.plan.Wake != rules.WakeContext && !l.wordBefore(n, m.groupStart) {
		return 0, false
	}
	return end, true
}

// coveredBefore reports whether a match of a rule that begins at from or behind it, but
// before what is looked through, contains the anchor at pos; see around.
func (l *layer) coveredBefore(u literalUse, from, pos int) bool {
	for p := from; p < l.lo && p <= pos-u.min; p++ {
		if end, ok := l.matches(u.rule, p); ok && end > pos {
			return true
		}
	}
	return false
}

// valuedBefore reports whether of the values behind the word that woke a rule at p an earlier
// one matches, before what is looked through; see valueAt.
func (l *layer) valuedBefore(n int32, p int) bool {
	if l.lo == 0 {
		return false
	}
	word := 0 // the end of the last word
	farthest := l.d.wakers.near + 2*l.d.wakers.longest + wordSlack
	for i := len(l.wakers) - 1; i >= 0 && l.wakers[i].start >= p-farthest; i-- {
		h := l.wakers[i]
		if h.end > p || p-h.end > l.d.rules[n].near || h.end <= word {
			continue
		}
		if slices.Contains(l.d.wakers.words[h.word].rules, n) {
			word = h.end
		}
	}
	for q := word; q < l.lo; q++ {
		if !valueStart(l.buf, q) || l.continues(q) {
			continue
		}
		if _, ok := l.matches(n, q); ok {
			return true
		}
	}
	return false
}
