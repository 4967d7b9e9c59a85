package detector

import (
	"bytes"
	"strings"
)

// findParts looks for the other parts of a credential: in the groups of the match
// that have their names, else around the match. Of several candidates the nearest is
// taken; what stands before the secret is preferred to what stands as near behind it.
// It reports false if a required part is missing.
func (l *layer) findParts(c *candidate, m extent) bool {
	for i := range c.rule.parts {
		p := &c.rule.parts[i]
		var found partFound
		var ok bool
		if p.group > 0 {
			found.start, found.end, ok = c.rule.expr.groupAt(l.buf, m, p.group, p.Name)
			found.part, found.text = p, string(l.buf[found.start:found.end])
		} else {
			found, ok = l.nearest(p, m)
		}
		if ok {
			c.parts = append(c.parts, found)
		} else if p.Required {
			return false
		}
	}
	return true
}

// nearest finds the part that stands closest to a match, outside it or, for parts
// that the match contains, inside.
func (l *layer) nearest(p *compiledPart, m extent) (partFound, bool) {
	lo := max(0, m.groupStart-p.within)
	hi := min(len(l.buf), m.groupEnd+p.within)
	var best partFound
	distance := -1
	l.occurrences(p, lo, hi, func(start, end int) {
		if start < m.groupEnd && end > m.groupStart {
			return // a piece of the secret itself
		}
		d := m.groupStart - end
		if d < 0 {
			d = start - m.groupEnd + 1
		}
		if (distance < 0 || d < distance) && l.bounded(start, end) && l.worded(p, start) {
			best, distance = partFound{p, string(l.buf[start:end]), start, end}, d
		}
	})
	return best, distance >= 0
}

// occurrences calls f for what matches a part's expression between lo and hi, in
// order.
func (l *layer) occurrences(p *compiledPart, lo, hi int, f func(start, end int)) {
	// Where the last search found nothing, only what its window cut off can match.
	at, from := lo, lo
	if b, ok := l.barren[p]; ok && p.anywhere && b.Start <= lo && lo < b.End {
		at, from = max(lo, min(b.End-p.expr.max, hi)), b.Start
	}
	if !l.holdsAny(at, hi, p.needles) {
		l.barren[p] = Range{from, hi}
		return
	}
	if p.find == nil {
		text, found := l.buf[:hi], false
		for ; at < hi; at++ {
			// A match may begin before the part does, but not within a word.
			if at > 0 && isAlnum(l.buf[at-1]) && isAlnum(l.buf[at]) && !escapeBefore(l.buf, at) {
				continue
			}
			l.work++
			if m, ok, _ := p.expr.matchAt(text, at); ok {
				found = true
				f(m.groupStart, m.groupEnd)
			}
		}
		if !found {
			l.barren[p] = Range{from, hi}
		}
		return
	}
	group := max(0, p.find.SubexpIndex("part"))
	for at < hi {
		loc := p.find.FindSubmatchIndex(l.buf[at:hi])
		l.work += (hi - at) / untilCost
		if loc == nil {
			l.barren[p] = Range{from, hi}
			return
		}
		if loc[2*group] >= 0 { // else it took no part
			f(at+loc[2*group], at+loc[2*group+1])
		}
		at += max(loc[1], loc[0]+1)
		from = at
	}
}

// holdsAny reports whether one of some literals stands between lo and hi, or there is none
// to look for.
func (l *layer) holdsAny(lo, hi int, needles [][]byte) bool {
	l.work += max(0, hi-lo) / untilCost * len(needles)
	for _, n := range needles {
		if lo < hi && bytes.Contains(l.buf[lo:hi], n) {
			return true
		}
	}
	return len(needles) == 0
}

// bounded reports whether no letter or digit goes on at either end of an extent.
func (l *layer) bounded(start, end int) bool {
	if start > 0 && isAlnum(l.buf[start-1]) && isAlnum(l.buf[start]) && !escapeBefore(l.buf, start) {
		return false
	}
	return end >= len(l.buf) || !isAlnum(l.buf[end]) || !isAlnum(l.buf[end-1])
}

// worded reports whether one of the part's context words stands on the same line
// before it, or there is none to ask for.
func (l *layer) worded(p *compiledPart, start int) bool {
	if len(p.words) == 0 {
		return true
	}
	const longest = 120
	from := max(0, start-longest)
	if i := bytes.LastIndexByte(l.buf[from:start], '\n'); i >= 0 {
		from += i
	}
	before := plainWord(string(l.buf[from:start]))
	for _, w := range p.words {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}
