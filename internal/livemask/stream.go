package livemask

import (
	"bytes"
	"io"
	"slices"
	"sort"

	"github.com/stanchsec/stanch/detector"
)

// Stream is one output on its way through a [Masker]. It is not safe for concurrent use; see
// [Copy] for how to drive it.
type Stream struct {
	m      *Masker
	w      io.Writer
	loc    detector.Location
	values replacer
	err    error // of w

	// buf holds up to context bytes that were done with, and from start on what was not:
	// the lines that came in and the beginning of one. Known values in it are hidden.
	buf   []byte
	start int
	// out is up to where buf has left. In what has not left yet up to masked, a mask that
	// has left stands for it; -1 if none does.
	out, masked int
	// at is where buf[start] stands in the output; behind a cut of a long line, column is
	// how far into the line that is.
	at     int64
	line   int
	column int

	pem     pemState
	units   []int // ends of the units at hand
	hide    []span
	flagged []uint8
	written []byte
}

const (
	// contextSize is how many bytes before a line the detector sees.
	contextSize = 4 << 10
	// longLine is the length from which a line is taken in pieces that end where no token
	// does, and longestUnit that at which a piece ends anyhow, in bytes.
	longLine    = 16 << 10
	longestUnit = 64 << 10
	// batch bounds what is looked through at once.
	batch = 1 << 20
)

// NewStream makes a stream that writes to w. name says which output it is: "stdout"; it is the
// path of findings.
func (m *Masker) NewStream(w io.Writer, name string) *Stream {
	s := &Stream{m: m, w: w, loc: detector.Location{Path: name}, masked: -1, line: 1}
	s.values = replacer{m: m.known, next: &s.buf, masked: -1, counts: make([]int, len(m.options.Known))}
	s.pem.s = s
	return s
}

// Write takes in text and writes what can leave. The error is that of the writer, which is
// not written to again.
func (s *Stream) Write(p []byte) (int, error) {
	for piece := range slices.Chunk(p, batch) {
		s.values.write(piece, false)
		s.lines(false)
		s.m.mu.Lock()
		s.m.bytes += int64(len(piece))
		s.m.mu.Unlock()
	}
	return len(p), s.err
}

// Waits reports whether text is held back.
func (s *Stream) Waits() bool { return s.values.waits() || s.out < len(s.buf) }

// Flush lets out what is held back. Only with all set does it let out what may be the
// beginning of a known value, and of some length.
func (s *Stream) Flush(all bool) error {
	longest := tellingPrefix - 1
	if all {
		longest = len(s.values.held)
	}
	s.values.release(longest)
	s.lines(false)
	if s.out < len(s.buf) {
		s.partial()
	}
	return s.err
}

// Close lets out all that is left. It does not close the writer.
func (s *Stream) Close() error {
	s.values.write(nil, true)
	s.lines(true)
	s.pem.end()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for i, n := range s.values.counts {
		s.m.counts[i] += n
		s.values.counts[i] = 0
	}
	return s.err
}

// lines works off the units that are whole.
func (s *Stream) lines(final bool) {
	s.units = s.units[:0]
	for at := s.start; ; {
		end, ok := unitEnd(s.buf, at)
		if !ok {
			if !final || at == len(s.buf) {
				break
			}
			end = len(s.buf)
		}
		s.units = append(s.units, end)
		at = end
	}
	if len(s.units) == 0 {
		return
	}
	end := s.units[len(s.units)-1]
	s.hide = s.hide[:0]
	if s.m.options.Detector != nil {
		s.detect(end)
	}
	s.emit(end)
	s.advance(end)
}

// unitEnd is where the unit that begins at start ends: a line, or a piece of a long one. It
// is the same whatever follows.
func unitEnd(buf []byte, start int) (end int, ok bool) {
	text := buf[start:min(len(buf), start+longestUnit)]
	if i := bytes.IndexByte(text[:min(len(text), longLine)], '\n'); i >= 0 {
		return start + i + 1, true
	}
	for i := longLine; i < len(text); i++ {
		if !tokenByte(text[i]) {
			return start + i + 1, true
		}
	}
	return start + longestUnit, len(text) == longestUnit
}

// tokenByte reports whether c may be a part of a token.
func tokenByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80 || bytes.IndexByte([]byte("_+/=-.~%\\"), c) >= 0
}

// detect lists in s.hide what is to be hidden in the units at hand, the last of which ends
// at end. All are looked through at once to find those that may hold anything. What exactly
// is then decided for each with no more than what stands before it: whether the next line
// was there already must make no difference.
func (s *Stream) detect(end int) {
	s.flagged = slices.Grow(s.flagged[:0], len(s.units))[:len(s.units)]
	clear(s.flagged)
	for _, at := range s.suspects(end) {
		i := sort.SearchInts(s.units, at.start+1) // the unit it begins in
		for first := i; i < len(s.units) && (i == first || s.units[i-1] < at.end); i++ {
			s.flagged[i] |= here
			if i > first || at.start < s.start {
				s.flagged[i] |= before
			}
		}
	}
	keys := s.pem.open || bytes.Contains(s.buf[s.start:end], []byte(pemBegin))
	u := s.first()
	for i, to := range s.units {
		u.end = to
		if keys && s.pem.take(u) {
			s.hide = append(s.hide, s.pem.hidden(u)...)
		} else if s.flagged[i] != 0 {
			s.hide = append(s.hide, s.judge(u, s.flagged[i]&before != 0)...)
		}
		u = s.next(u)
	}
}

// What may have to be hidden begins in the unit, or before it.
const (
	here = 1 << iota
	before
)

// unit is a line, or a piece of a long one, in buf: where it is in the output, on which
// line, and how many bytes into that.
type unit struct {
	start, end   int
	line, column int
}

// first is the unit at the start, without its end.
func (s *Stream) first() unit { return unit{start: s.start, line: s.line, column: s.column} }

// next is the unit behind u, without its end.
func (s *Stream) next(u unit) unit {
	if s.buf[u.end-1] == '\n' {
		return unit{start: u.end, line: u.line + 1}
	}
	return unit{start: u.end, line: u.line, column: u.column + u.end - u.start}
}

// suspects lists what may have to be hidden up to end, at least that.
func (s *Stream) suspects(end int) []span {
	size := end - s.start
	lists := make([][]span, shares(size))
	inParallel(size, func(i, lo, hi int) {
		lo, hi = s.start+lo, s.start+hi
		from, to := max(0, lo-contextSize), min(end, hi+contextSize)
		doc := detector.Document{
			Data: s.buf[from:to], Location: s.loc, Partial: true, Fresh: []detector.Range{{Start: lo - from, End: hi - from}},
		}
		for _, f := range s.m.scan(s.m.suspicious, doc) {
			lists[i] = appendSpans(lists[i], &f, from)
		}
	})
	return slices.Concat(lists...)
}

// appendSpans appends where a finding and its secret parts stand in a document that begins
// at from, which is its offset 0.
func appendSpans(list []span, f *detector.Finding, from int) []span {
	at := f.Places[0].Span
	list = append(list, span{from + int(at.Start), from + int(at.End)})
	for _, p := range f.Parts {
		if p.Secret {
			list = append(list, span{from + int(p.Span.Start), from + int(p.Span.End)})
		}
	}
	return list
}

// judge lists what is to be hidden in one unit; earlier says that it may begin before.
func (s *Stream) judge(u unit, earlier bool) []span {
	from := max(0, u.start-contextSize)
	origin := s.at + int64(from-s.start) // where from is in the output
	doc := detector.Document{
		Data: s.buf[from:u.end], Location: s.loc, Partial: true, Offset: origin,
		FirstLine: u.line - bytes.Count(s.buf[from:u.start], []byte{'\n'}), FirstColumn: max(1, u.column-(u.start-from)+1),
	}
	if !earlier {
		doc.Fresh = []detector.Range{{Start: u.start - from, End: u.end - from}}
	}
	var hide []span
	for _, f := range s.m.scan(s.m.options.Detector, doc) {
		mine := hide
		for _, h := range appendSpans(nil, &f, from-int(origin)) {
			if h.end > u.start {
				mine = append(mine, h)
			}
		}
		if len(mine) > len(hide) && s.m.note(f) {
			hide = mine
		}
	}
	return s.clipped(hide, u)
}

// clipped cuts spans to what is in a unit, without its line's end, and puts them in order.
func (s *Stream) clipped(list []span, u unit) []span {
	end := u.start + len(bytes.TrimRight(s.buf[u.start:u.end], "\r\n"))
	for i := range list {
		list[i].start, list[i].end = max(list[i].start, u.start), min(list[i].end, end)
	}
	list = slices.DeleteFunc(list, func(h span) bool { return h.start >= h.end })
	slices.SortFunc(list, func(a, b span) int { return a.start - b.start })
	return list
}

// partial lets out the beginning of a line.
func (s *Stream) partial() {
	u := s.first()
	u.end = len(s.buf)
	s.hide = s.hide[:0]
	switch {
	case s.m.options.Detector == nil:
	case s.pem.open:
		s.hide = s.pem.hidden(u)
	default:
		s.hide = s.judge(u, true)
	}
	s.emit(u.end)
}

// emit writes buf up to end, but for what is to be hidden.
func (s *Stream) emit(end int) {
	text := s.buf[s.out:end]
	if len(s.hide) > 0 {
		w := s.written[:0]
		for _, h := range s.hide {
			if h.end <= s.out {
				continue
			}
			if h.start > s.out {
				w = append(w, s.buf[s.out:h.start]...)
				s.out = h.start
			}
			if s.masked != s.out {
				w = append(w, Mask...)
			}
			s.out, s.masked = h.end, h.end
		}
		w = append(w, s.buf[s.out:end]...)
		text, s.written = w, w
	}
	s.out = end
	if s.err == nil && len(text) > 0 {
		_, s.err = s.w.Write(text)
	}
}

// advance makes end the start. Everything before it has left.
func (s *Stream) advance(end int) {
	u := s.first()
	for _, u.end = range s.units {
		u = s.next(u)
	}
	s.line, s.column = u.line, u.column
	s.at += int64(end - s.start)
	drop := max(0, end-contextSize)
	s.buf = append(s.buf[:0], s.buf[drop:]...)
	s.start, s.out = end-drop, s.out-drop
	s.masked = max(s.masked-drop, -1)
}
