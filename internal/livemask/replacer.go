package livemask

import "github.com/stanchsec/stanch/internal/prefilter"

// tellingPrefix is how many bytes at the beginning of a known value are no accident.
const tellingPrefix = 8

// replacer hides known values. What it lets through it appends to what next points to.
type replacer struct {
	m    *matcher
	next *[]byte
	// held is the text from where a value may begin that is not all there yet. Its first
	// out bytes have left nevertheless, and up to masked of it a mask stands for; -1 if
	// none does.
	held        []byte
	out, masked int
	evs         []prefilter.Events // of the goroutines that look
	counts      []int              // of each value: how often it was hidden
}

// write takes in text; final says that nothing follows.
func (r *replacer) write(p []byte, final bool) {
	text := p
	if len(r.held) > 0 {
		r.held = append(r.held, p...)
		text = r.held
	}
	settled := len(text)
	if !final {
		settled = r.m.undecided(text)
	}
	r.emit(text, settled, true)
	r.held = append(r.held[:0], text[settled:]...)
	r.out -= settled
	r.masked = max(r.masked-settled, -1)
}

// release lets out what is held back if it has no more than longest bytes.
func (r *replacer) release(longest int) {
	if len(r.held) <= longest {
		r.emit(r.held, len(r.held), false)
	}
}

// waits reports whether something is held back.
func (r *replacer) waits() bool { return r.out < len(r.held) }

// emit lets out text up to limit, with the values that begin before it hidden. They are
// counted if limit is where the text is settled.
func (r *replacer) emit(text []byte, limit int, settled bool) {
	var last span
	var seen []int
	for _, h := range r.m.find(text, limit, &r.evs) {
		s := span{h.Pos, h.Pos + len(r.m.needles[h.Anchor])}
		if settled {
			if s.start >= last.end {
				seen = seen[:0]
			}
			last.end = max(last.end, s.end)
			seen = r.count(h.Anchor, seen)
		}
		if s.end <= r.out {
			continue
		}
		if s.start > r.out {
			*r.next = append(*r.next, text[r.out:s.start]...)
			r.out = s.start
		}
		if r.masked != r.out {
			*r.next = append(*r.next, Mask...)
		}
		r.out, r.masked = s.end, s.end
	}
	if r.out < limit {
		*r.next = append(*r.next, text[r.out:limit]...)
		r.out = limit
	}
}

// count counts the values of a needle that are not among those seen.
func (r *replacer) count(needle int, seen []int) []int {
next:
	for _, v := range r.m.values[needle] {
		for _, s := range seen {
			if s == v {
				continue next
			}
		}
		r.counts[v]++
		seen = append(seen, v)
	}
	return seen
}
