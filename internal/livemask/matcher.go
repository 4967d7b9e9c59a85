package livemask

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/stanchsec/stanch/internal/prefilter"
)

// matcher finds known values in all their forms. It does not change after newMatcher. A nil
// matcher finds nothing.
type matcher struct {
	filter  *prefilter.Filter
	needles []string // sorted, no two equal
	values  [][]int  // of each needle: the indexes of the values it is a form of
	longest int
	first   [256]bool // bytes that a needle begins with
}

// span is a part of a text that is to be hidden.
type span struct{ start, end int }

// newMatcher returns nil if there is nothing to look for.
func newMatcher(values []Value) *matcher {
	byForm := map[string][]int{}
	for i, v := range values {
		for _, f := range Forms(v.Text) {
			byForm[f] = append(byForm[f], i)
		}
	}
	if len(byForm) == 0 {
		return nil
	}
	m := &matcher{}
	for f := range byForm {
		m.needles = append(m.needles, f)
		m.longest = max(m.longest, len(f))
		m.first[f[0]] = true
	}
	slices.Sort(m.needles)
	anchors := make([]prefilter.Anchor, len(m.needles))
	for i, n := range m.needles {
		m.values = append(m.values, byForm[n])
		anchors[i] = prefilter.Anchor{Lit: n}
	}
	m.filter = prefilter.New(anchors)
	return m
}

// find lists the needles in text that begin before limit, in order. A long text is looked
// through by several goroutines, each with events of its own.
func (m *matcher) find(text []byte, limit int, evs *[]prefilter.Events) []prefilter.Hit {
	if m == nil {
		return nil
	}
	n := shares(limit)
	for len(*evs) < n {
		*evs = append(*evs, prefilter.Events{})
	}
	inParallel(limit, func(i, lo, hi int) { m.filter.Scan(text, lo, hi, &(*evs)[i]) })
	hits := (*evs)[0].Hits
	for i := 1; i < n; i++ {
		hits = append(hits, (*evs)[i].Hits...)
	}
	return hits
}

// undecided is where in text a needle may begin that the text cuts off; len(text) if nowhere.
func (m *matcher) undecided(text []byte) int {
	if m == nil {
		return len(text)
	}
	from := max(0, len(text)-m.longest+1)
	from += bytes.LastIndexByte(text[from:], '\n') + 1 // no needle goes over a line's end
	for i := from; i < len(text); i++ {
		if m.first[text[i]] && m.begins(string(text[i:])) {
			return i
		}
	}
	return len(text)
}

// begins reports whether a needle begins with head and goes on behind it.
func (m *matcher) begins(head string) bool {
	i := sort.SearchStrings(m.needles, head)
	if i < len(m.needles) && m.needles[i] == head {
		i++
	}
	return i < len(m.needles) && strings.HasPrefix(m.needles[i], head)
}
