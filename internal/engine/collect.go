package engine

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/triage"
)

// Limits of a report. What goes beyond them is counted.
const (
	maxFindings = 200_000
	maxPlaces   = 1_000 // of one finding
)

// collector merges what documents yield into findings. The same documents give the same
// findings in whatever order they come.
type collector struct {
	mu    sync.Mutex
	byKey map[findingKey]*merged
	// parts are the parts of findings in pieces of large files: a piece does not show
	// that what is found at its edge is a part of a finding in the next.
	parts   map[placeKey]partOf
	dropped atomic.Int64
}

type findingKey struct {
	rule        string
	fingerprint detector.Fingerprint
}

type placeKey struct {
	file  string
	start int64
}

type partOf struct {
	text        string
	rule        string
	fingerprint detector.Fingerprint
}

// merged is a finding at all its places.
type merged struct {
	best   detector.Finding // the surest sighting, with its place
	places []placed
}

type placed struct {
	place       detector.Place
	suppression *detector.Suppression
	secret      detector.Secret
}

func (c *collector) init() {
	c.byKey, c.parts = map[findingKey]*merged{}, map[placeKey]partOf{}
}

// claim notes the parts of a finding in a piece of a file.
func (c *collector) claim(f *detector.Finding) {
	if len(f.Parts) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range f.Parts {
		k := placeKey{f.Places[0].Location.Name(), p.Span.Start}
		c.parts[k] = partOf{p.Value.Reveal(), f.Rule.ID, f.Fingerprint}
	}
}

// add takes in a finding at one place.
func (c *collector) add(f *detector.Finding, s *detector.Suppression) {
	k := findingKey{f.Rule.ID, f.Fingerprint}
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.byKey[k]
	if m == nil {
		if len(c.byKey) >= maxFindings {
			c.dropped.Add(1)
			return
		}
		m = &merged{best: *f}
		c.byKey[k] = m
	} else if better(f, &m.best) {
		m.best = *f
	}
	m.places = append(m.places, placed{f.Places[0], s, f.Secret})
	if len(m.places) >= 2*maxPlaces {
		m.cut()
	}
}

// better reports whether the sighting a tells more than b: it has more parts, is surer,
// or comes first.
func better(a, b *detector.Finding) bool {
	return cmp.Or(
		cmp.Compare(len(b.Parts), len(a.Parts)),
		cmp.Compare(b.Confidence, a.Confidence),
		comparePlaces(&a.Places[0], &b.Places[0]),
	) < 0
}

// comparePlaces orders places by age, as far as a history tells it, file and position.
func comparePlaces(a, b *detector.Place) int {
	return cmp.Or(
		cmp.Compare(age(a), age(b)),
		strings.Compare(a.Location.Path, b.Location.Path),
		slices.Compare(a.Location.Members, b.Location.Members),
		strings.Compare(a.Location.Commit, b.Location.Commit),
		strings.Compare(a.Location.Blob, b.Location.Blob),
		strings.Compare(a.Location.Job, b.Location.Job),
		strings.Compare(a.Location.Step, b.Location.Step),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Span.End, b.Span.End),
		slices.Compare(a.Decoding, b.Decoding),
	)
}

// age is the number of the commit that brought a place; what no commit brought comes last.
func age(p *detector.Place) int {
	if h := p.Location.History; h != nil {
		return h.Order
	}
	return math.MaxInt
}

// cut keeps the first places: of those that are not suppressed, and of the others.
func (m *merged) cut() {
	slices.SortFunc(m.places, func(a, b placed) int {
		if (a.suppression == nil) != (b.suppression == nil) {
			if a.suppression == nil {
				return -1
			}
			return 1
		}
		return comparePlaces(&a.place, &b.place)
	})
	m.places = m.places[:min(len(m.places), maxPlaces)]
}

// findings are all that came in.
func (c *collector) findings() []detector.Finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(c.byKey), func(a, b findingKey) int {
		return cmp.Or(strings.Compare(a.rule, b.rule), slices.Compare(a.fingerprint[:], b.fingerprint[:]))
	})
	list := make([]detector.Finding, 0, len(keys))
	for _, k := range keys {
		m := c.byKey[k]
		if len(c.parts) > 0 {
			m.places = slices.DeleteFunc(m.places, func(p placed) bool { return c.claimed(k, p) })
			if len(m.places) == 0 {
				continue
			}
		}
		m.cut()
		slices.SortFunc(m.places, func(a, b placed) int { return comparePlaces(&a.place, &b.place) })
		f := m.best
		f.Suppression = m.places[0].suppression
		f.Places = make([]detector.Place, len(m.places))
		for i, p := range m.places {
			f.Places[i] = p.place
			f.Suppression = triage.Both(f.Suppression, p.suppression)
		}
		list = append(list, f)
	}
	return list
}

// claimed reports whether what was found at a place is but a part of another finding.
func (c *collector) claimed(k findingKey, p placed) bool {
	part, ok := c.parts[placeKey{p.place.Location.Name(), p.place.Span.Start}]
	return ok && part.text == p.secret.Reveal() && (findingKey{part.rule, part.fingerprint}) != k
}
