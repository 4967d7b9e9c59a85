package detector

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/stanchsec/stanch/internal/assign"
	"github.com/stanchsec/stanch/internal/judge"
	"github.com/stanchsec/stanch/internal/prefilter"
	"github.com/stanchsec/stanch/rules"
)

// candidate is a match on its way to become a finding.
type candidate struct {
	rule *compiled
	// text is the secret, decoded; prefix the length of its telling start.
	text   string
	prefix int
	// start and end are the extent of the secret in the document's data. For what
	// was found in decoded text it is that of the encoded piece.
	start, end int
	// matchStart and matchEnd are the extent of the whole match there.
	matchStart, matchEnd int
	// reach is the part of the data that had a say in the candidate: while it stays as
	// it is, so does the candidate. It may stick out of the data at either end.
	reach      Range
	decoding   []string
	parts      []partFound
	confidence float64
	reasons    []Reason
	// unsure says that the text lacks the checksum that others of its kind have.
	unsure bool
	// refused says why the rule knows the text as no credential, so that no rule for the
	// values of names takes it for one; empty if it does not.
	refused string
	// measured is what a value of a telling name is judged by, to be judged anew where
	// the path comes to be known; nil for all others.
	measured *measured
}

type partFound struct {
	part       *compiledPart
	text       string
	start, end int
}

// scan is the work on one document. It is reused.
type scan struct {
	d      *Detector
	doc    *Document
	layers []*layer // free ones
	cands  []candidate
	gaveUp []string
	fresh  Range // of the document, in which findings may start
	budget int   // bytes that may still be decoded
	// file is what the document's path tells, once it is known.
	file      judge.File
	fileKnown bool
	// work counts what was done beyond the filter: expressions tried, places looked at
	// for words, parts and ends. Tests hold it to the length of the text.
	work int

	// reach is what of the document had a say in the decoded text at hand.
	reach Range
	// marks are noted if remember is set; see Memory.
	remember bool
	marks    []mark

	// Memory to be used again by ScanVersion.
	copies []Copy
	ranges []Range
	unseen []Range
	cells  []cell
	open   []openCell
	// stains are where cells are not to be remembered; see known.
	stains, matches []Range
}

// layer is a text that is looked through: the document's own, or one that was
// decoded from a piece of it.
type layer struct {
	*scan
	buf    []byte
	binary bool
	depth  int
	// decoding and source tell how the text came about and where it comes from:
	// source[i] is the offset in the document's data of what became buf[i], and
	// has one entry more than buf. Both are nil for the document's own text.
	decoding []string
	source   []int32

	ev prefilter.Events
	// hits are the context words found so far, in order; all that begin before
	// wordsTo are among them, from wordsFrom on.
	hits               []wordHit
	wordsFrom, wordsTo int
	starts             []int
	woken              []int32                 // rules woken by words at the place at hand
	tried              []triedFor              // by the number of the use of an anchor
	barren             map[*compiledPart]Range // where the last search for a part found nothing
	// wakers are the words found that wake rules, roughly in order; values behind them
	// begin before valuesTo, and those before valuedTo have been looked at.
	wakers             []wordHit
	valuesTo, valuedTo int
	valued             map[int32]int // where the last match of a rule behind its word begins
	seen               map[seenKey]struct{}
	values             []assign.Value
	nameFrom, nameTo   int // the name that was looked at last
	matched            int // the end of the last match of an expression
	// lo and hi bound the starts of matches: a piece of the fresh range or all of a
	// decoded text.
	lo, hi int
	// decodedTo is the end of the run that was decoded last, stretchedTo that of the
	// stretch, so that none is decoded twice.
	decodedTo, stretchedTo int
	// plainTo is the end of the last run that was found to be no encoded text.
	plainTo int
}

type seenKey struct {
	rule  int32
	start int
}

func newScan(d *Detector) *scan { return &scan{d: d} }

func (s *scan) reset() {
	s.doc = nil
	clear(s.cands)
	s.cands = s.cands[:0]
	s.gaveUp = nil
	s.work = 0
	s.remember, s.marks, s.stains = false, s.marks[:0], s.stains[:0]
	s.matches = s.matches[:0]
}

// maxDecoded bounds what may be decoded of a document, in bytes: this much and
// twice its own length.
const maxDecoded = 1 << 16

// document looks through the fresh parts of a document.
func (s *scan) document(ctx context.Context, doc *Document) error {
	s.doc = doc
	s.fileKnown = false
	s.budget = maxDecoded + 2*len(doc.Data)
	l := s.layer()
	defer s.free(l)
	l.buf, l.binary = doc.Data, doc.Binary
	if doc.Fresh == nil {
		return l.all(ctx, 0, len(doc.Data))
	}
	for _, r := range doc.Fresh {
		if err := l.all(ctx, r.Start, r.End); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) layer() *layer {
	if n := len(s.layers); n > 0 {
		l := s.layers[n-1]
		s.layers = s.layers[:n-1]
		return l
	}
	return &layer{
		scan: s, seen: make(map[seenKey]struct{}), tried: make([]triedFor, s.d.uses), barren: make(map[*compiledPart]Range),
		valued: make(map[int32]int),
	}
}

func (s *scan) free(l *layer) {
	l.buf, l.source, l.decoding = nil, nil, nil
	l.hits = l.hits[:0]
	l.wordsFrom, l.wordsTo, l.decodedTo, l.stretchedTo, l.plainTo = 0, 0, 0, 0, 0
	l.depth, l.binary, l.valuedTo = 0, false, 0
	clear(l.valued)
	clear(l.tried)
	clear(l.barren)
	if len(l.seen) > 0 {
		clear(l.seen)
	}
	s.layers = append(s.layers, l)
}

// stride is how much of a text is filtered before its events are looked at: little
// enough for it to be still in the cache.
const stride = 256 << 10

// all looks for matches that start between lo and hi.
func (l *layer) all(ctx context.Context, lo, hi int) error {
	if l.source == nil {
		l.fresh = Range{lo, hi}
		if l.remember { // what is decoded is looked at whole
			l.fresh = Range{0, len(l.buf)}
		}
	}
	for at := lo; at < hi; at += stride {
		if err := ctx.Err(); err != nil {
			return err
		}
		l.part(at, min(at+stride, hi))
	}
	return nil
}

// part looks for matches that start between lo and hi. What wakes them may lie up
// to the detector's reach on either side.
func (l *layer) part(lo, hi int) {
	l.lo, l.hi = lo, hi
	l.nameFrom, l.nameTo = 0, 0
	l.wakers, l.valuesTo = l.wakers[:0], 0
	d := l.d
	from, to := max(0, lo-d.reach), min(len(l.buf), hi+d.reach)
	if d.timing == nil {
		d.filter.Scan(l.buf, from, to, &l.ev)
	} else {
		start := time.Now()
		d.filter.Scan(l.buf, from, to, &l.ev)
		d.timing.prefilter.Add(int64(time.Since(start)))
	}
	runs, hits := l.ev.Runs, l.ev.Hits
	for len(runs) > 0 || len(hits) > 0 {
		if len(hits) == 0 || len(runs) > 0 && runs[0].Start <= hits[0].Pos {
			l.run(runs[0])
			runs = runs[1:]
		} else {
			l.hit(hits[0])
			hits = hits[1:]
		}
	}
	l.valuesUpTo(hi)
}

// maxLead is how far before a run a token may begin.
const maxLead = 32

// run handles a run of token characters: it looks for prefixes where a token can
// begin, and for context words where a value does.
func (l *layer) run(r prefilter.Run) {
	buf := l.buf
	if r.End-r.Start > longRun {
		l.stain(Range{r.Start, r.End})
	}
	start := r.Start
	for start > 0 && r.Start-start < maxLead && rules.Dotted(buf[start-1]) {
		start--
	}
	l.starts = l.starts[:0]
	// Escapes hold a backslash, a percent sign or a bracket. Only the percent sign can
	// stand behind start, where the walk back went over it.
	escaped := start > 0 && isEscapeMark(buf[start-1]) || start < r.Start && bytes.IndexByte(buf[start:r.Start], '%') >= 0
	inside := start > 0 && folded[buf[start-1]] != 0 // the byte before is a letter or digit
	for p := start; p+2 < r.End; p++ {
		c := folded[buf[p]]
		fresh := !inside || escaped && p-start < maxLead+8 && escapeBefore(buf, p)
		inside = c != 0
		if !fresh {
			continue
		}
		if c != 0 {
			if g := tokenGram(c, buf[p+1], buf[p+2]); l.d.prefixes.has[g>>6]>>(g&63)&1 != 0 {
				l.prefix(g, p)
			}
		}
		if r.Digit && valueStart(buf, p) {
			l.starts = append(l.starts, p)
		}
	}
	if l.binary {
		return
	}
	for _, p := range l.starts {
		l.behindWords(p)
	}
	if l.d.decode {
		l.decodeRun(r)
	}
}

// prefix tries the rules with a prefix that stands at p.
func (l *layer) prefix(g uint16, p int) {
	for _, use := range l.d.prefixes.lists[l.d.prefixes.byGram[g]] {
		if p+len(use.lit) <= len(l.buf) && sameText(l.buf[p:p+len(use.lit)], use.lit, use.fold) {
			l.try(use.rule, p)
		}
	}
}

// wordSlack is by how many bytes context words may be out of order in layer.hits.
const wordSlack = 32

// behindWords wakes the rules whose context word stands close before p.
func (l *layer) behindWords(p int) {
	rows := rules.CountRows(l.buf[p:])
	near := l.d.nearness.of(&rows)
	if l.d.trace != nil {
		near = l.d.words.near // to tell what is not of the right shape
	}
	if near == 0 || l.continues(p) {
		return
	}
	l.findWords(max(0, p-near-l.d.words.longest), p)
	farthest := near + l.d.words.longest + wordSlack
	l.woken = l.woken[:0]
	for i := len(l.hits) - 1; i >= 0 && l.hits[i].start >= p-farthest; i-- {
		h := l.hits[i]
		if h.end > p {
			continue
		}
		w := &l.d.words.words[h.word]
		for _, n := range w.rules {
			if p-h.end <= l.d.rules[n].near && l.mayMatch(n, &rows) {
				l.woken = append(l.woken, n)
			}
		}
		known := len(l.woken)
		for _, n := range w.named {
			if l.mayMatch(n, &rows) {
				l.woken = append(l.woken, n)
			}
		}
		if len(l.woken) > known && !belongs(l.buf, h.start, h.end, p) {
			l.woken = l.woken[:known]
		}
	}
	for _, n := range l.woken {
		l.try(n, p)
	}
}

// mayMatch reports whether a rule waits for words, and may match where rows of such
// lengths begin.
func (l *layer) mayMatch(n int32, rows *rules.RowCounts) bool {
	p := l.d.rules[n].plan
	return p.Wake == rules.WakeContext && (p.MayBegin(rows) || l.d.trace != nil)
}

// continues reports whether the text at p continues lines of encoded data: it is no
// value then, and no word stands before it.
func (l *layer) continues(p int) bool {
	end := unwrapped(l.buf, p)
	return end > 0 && noise(l.buf[end-minWrapped:end])
}

// findWords makes sure that the context words beginning between from and to are
// among l.hits.
func (l *layer) findWords(from, to int) {
	if from > l.wordsTo || from < l.wordsFrom {
		l.hits = l.hits[:0]
		l.wordsFrom, l.wordsTo = from, from
	}
	if to > l.wordsTo {
		l.work += to - l.wordsTo
		l.hits = l.d.words.scan(l.buf, l.wordsTo, to, l.hits)
		l.wordsTo = to
	}
}

// wordBefore reports whether a context word of the rule stands close before p.
func (l *layer) wordBefore(n int32, p int) bool {
	if l.continues(p) {
		return false
	}
	c := l.d.rules[n]
	farthest := c.wordNear() + l.d.words.longest + wordSlack
	l.findWords(max(0, p-farthest), p)
	for i := len(l.hits) - 1; i >= 0 && l.hits[i].start >= p-farthest; i-- {
		h := l.hits[i]
		if h.end > p {
			continue
		}
		w := &l.d.words.words[h.word]
		if p-h.end <= c.near && slices.Contains(w.rules, n) {
			return true
		}
		if slices.Contains(w.named, n) && belongs(l.buf, h.start, h.end, p) {
			return true
		}
	}
	return false
}

// hit handles an anchor.
func (l *layer) hit(h prefilter.Hit) {
	use := &l.d.byAnchor[h.Anchor]
	if use.decoder != 0 {
		l.decodeAt(use.decoder, h.Pos)
	}
	if l.binary {
		return
	}
	for _, u := range use.rules {
		l.around(u, h.Pos)
	}
	if use.back > 0 {
		l.afterWord(h.Pos, use.back)
	}
	if use.named > 0 {
		l.named(h.Pos, use.named)
	}
}

// around tries a rule wherever a match of it that contains the anchor at pos may begin.
// The anchors of one use come in ascending order, so that what was tried for an earlier
// one need not be tried again.
func (l *layer) around(u literalUse, pos int) {
	state := &l.tried[u.number]
	from := max(0, pos-u.max)
	if state.start >= from && state.end > pos {
		l.passedOver(u.rule, Range{from, pos - u.min + 1}, state.start)
		return // the match of an earlier anchor contains this one
	}
	for p := max(from, state.next, l.lo); p <= pos-u.min && p < l.hi; p++ {
		state.next = p + 1
		before := len(l.cands)
		if !l.try(u.rule, p) {
			continue
		}
		if from < p { // it depends on matches that begin before it
			l.stain(Range{p, p + 1})
		}
		if l.coveredBefore(u, from, pos) {
			l.cands = l.cands[:before]
		}
		// A match that ends before the anchor is another one, of an earlier anchor.
		state.start, state.end = p, l.matched
		if l.matched > pos {
			l.passedOver(u.rule, Range{p + 1, pos - u.min + 1}, p)
			return
		}
	}
}

// passedOver notes that a rule was not tried somewhere because of a match that begins at
// match: it is to be, if that match comes to nothing in a version of the text.
func (l *layer) passedOver(rule int32, where Range, match int) {
	if c := l.d.rules[rule]; l.remember && l.source == nil && c.farSighted() && where.Start < where.End {
		l.note(where, Range{min(match, where.Start) - c.lead, where.End + c.tail})
	}
}

// triedFor is how far one use of an anchor was tried: all places before next. start
// and end are the extent of the last match.
type triedFor struct{ next, start, end int }

// afterWord notes the words of rules, woken by words, of which a piece stands at pos: the
// values behind them are to be looked at. Anchors come in order, so that the values before
// pos can be, now that all words before these are known.
func (l *layer) afterWord(pos, back int) {
	l.valuesUpTo(pos)
	known := len(l.wakers)
	l.wakers = l.d.wakers.scan(l.buf, max(0, pos-back), min(pos+1, len(l.buf)), l.wakers)
	fresh := l.wakers[known:]
	l.wakers = l.wakers[:known]
	for _, h := range fresh {
		if !slices.Contains(l.wakers[max(0, len(l.wakers)-8):], h) {
			l.wakers = append(l.wakers, h)
			l.valuesTo = max(l.valuesTo, h.end+l.d.wakers.near+1)
		}
	}
}

// valuesUpTo looks at the values behind words that begin before end.
func (l *layer) valuesUpTo(end int) {
	end = min(end, l.hi)
	for p := max(l.valuedTo, l.lo); p < min(end, l.valuesTo); p++ {
		l.work++
		if valueStart(l.buf, p) {
			l.valueAt(p)
		}
	}
	l.valuedTo = max(l.valuedTo, end)
}

// valueAt tries the rules that are woken by a word and have one close before p. Of the
// values behind a word a rule takes the first that it matches.
func (l *layer) valueAt(p int) {
	farthest := l.d.wakers.near + 2*l.d.wakers.longest + wordSlack
	l.woken = l.woken[:0]
	for i := len(l.wakers) - 1; i >= 0 && l.wakers[i].start >= p-farthest; i-- {
		h := l.wakers[i]
		if h.end > p {
			continue
		}
		for _, n := range l.d.wakers.words[h.word].rules {
			if p-h.end > l.d.rules[n].near || slices.Contains(l.woken, n) {
				continue
			}
			if at, ok := l.valued[n]; !ok || at < h.end {
				l.woken = append(l.woken, n)
			} else {
				l.stain(Range{p, p + 1})
			}
		}
	}
	if len(l.woken) == 0 || l.continues(p) {
		return
	}
	rows := rules.CountRows(l.buf[p:])
	for _, n := range l.woken {
		before := len(l.cands)
		if !l.d.rules[n].plan.MayBegin(&rows) && l.d.trace == nil || !l.try(n, p) {
			continue
		}
		l.valued[n] = p
		l.stain(Range{p, p + 1}) // it depends on matches that begin before it
		if l.valuedBefore(n, p) {
			l.cands = l.cands[:before]
		}
	}
}

// try matches a rule at p and keeps the match as a candidate if it stands where it
// may and its text passes. It reports whether the expression matched.
func (l *layer) try(n int32, p int) bool {
	c := l.d.rules[n]
	if p < l.lo || p >= l.hi {
		return false
	}
	if t := l.d.timing; t != nil {
		start := time.Now()
		matched := l.tryHere(c, n, p)
		t.tried(n, start, matched)
		return matched
	}
	return l.tryHere(c, n, p)
}

// tryHere is try for a place where findings may start.
func (l *layer) tryHere(c *compiled, n int32, p int) bool {
	if err := c.ready(); err != nil {
		l.gaveUp = append(l.gaveUp, c.ID)
		return false
	}
	l.work++
	m, ok, timedOut := c.expr.matchAt(l.buf, p)
	if timedOut {
		l.gaveUp = append(l.gaveUp, c.ID)
	}
	if l.remember && l.source == nil && c.farSighted() {
		l.noteTry(c, p, m, ok || timedOut)
	}
	if !ok {
		if l.d.trace != nil {
			at, _ := l.origin(p, p)
			l.d.trace.Woken(c.Rule, at, l.decoding)
		}
		return false
	}
	l.matched = m.end
	l.matchedIn(Range{p, max(m.end, p+1)})
	key := seenKey{n, m.groupStart}
	if _, dup := l.seen[key]; dup {
		return true
	}
	m, why := l.settle(c, m, p)
	if why == "" || why == wordBehind {
		l.seen[key] = struct{}{} // what is misplaced leaves the secret to a match that begins elsewhere
	}
	if why == wordBehind && c.rank >= rankPrefix {
		l.refuse(&candidate{rule: c, text: string(l.buf[m.groupStart:m.groupEnd]), decoding: l.decoding}, m, m.groupEnd, why)
	}
	if why != "" {
		l.traced(c, m, why)
		return false
	}
	if c.needsWord && c.plan.Wake != rules.WakeContext && !l.wordBefore(n, m.groupStart) {
		l.traced(c, m, "no context word close before it")
		return false
	}
	l.keep(c, m)
	return true
}

// settle says why a match at p does not stand where its rule wants it to, empty if it or
// that of another variant does.
func (l *layer) settle(c *compiled, m extent, p int) (extent, string) {
	why := l.misplaced(c, m)
	for why != "" && m.variant+1 < len(c.expr.variants) { // another may end where a token does
		next, ok := c.expr.variantAt(l.buf, p, m.variant+1)
		if !ok {
			break
		}
		if m.variant = next.variant; l.misplaced(c, next) == "" {
			return next, ""
		}
	}
	return m, why
}

// untilCost is how many bytes are looked at for the end of a secret in the time of
// one attempt to match, roughly.
const untilCost = 16

// keep makes a candidate of a match.
func (l *layer) keep(c *compiled, m extent) {
	end := m.groupEnd
	if c.until != nil {
		rest := l.buf[m.end:min(len(l.buf), m.end+rules.MaxSecret)]
		l.work += len(rest) / untilCost
		if loc := c.until.FindIndex(rest); loc != nil {
			l.work -= (len(rest) - loc[1]) / untilCost
			end = m.end + loc[1]
			m.end = end
		}
	}
	cand := candidate{rule: c, text: string(l.buf[m.groupStart:end]), decoding: l.decoding}
	cand.prefix = telling(c, l.buf, m)
	if why := l.unfit(c, cand.text); why != "" {
		if why == allowed {
			l.refuse(&cand, m, end, why)
		}
		l.traced(c, m, why)
		return
	}
	if !l.findParts(&cand, m) {
		l.traced(c, m, "a required part is missing")
		return
	}
	l.judge(&cand, m)
	l.place(&cand, m, end)
	if l.source != nil {
		for i := range cand.parts {
			p := &cand.parts[i]
			p.start, p.end = l.origin(p.start, p.end)
		}
	}
	l.cands = append(l.cands, cand)
}

// place says where a candidate stands.
func (l *layer) place(c *candidate, m extent, end int) {
	c.start, c.end = l.origin(m.groupStart, end)
	c.matchStart, c.matchEnd = l.origin(m.start, m.end)
	c.reach = Range{m.start - c.rule.lead, m.start + c.rule.tail}
	if l.source != nil {
		c.reach = l.scan.reach
	}
}

// refuse keeps what is no credential of a rule, for it not to be taken for another's. It
// is never reported.
func (l *layer) refuse(c *candidate, m extent, end int, why string) {
	if c.rule.Generic {
		return
	}
	c.refused, c.confidence = why, never
	l.place(c, m, end)
	l.cands = append(l.cands, *c)
}

// never is the confidence of what is not reported, however little is asked for.
const never = -1

// origin maps an extent of the layer's text to one of the document's data.
func (l *layer) origin(start, end int) (int, int) {
	if l.source == nil {
		return start, end
	}
	from, to := int(l.source[start]), int(l.source[end])
	if to <= from { // text that cannot be mapped byte for byte
		to = int(l.source[len(l.source)-1])
	}
	return from, to
}

// telling is how many bytes at the start of the secret merely tell its kind.
func telling(c *compiled, buf []byte, m extent) int {
	if m.start != m.groupStart {
		return 0
	}
	for _, a := range c.plan.Anchors {
		end := m.start + a.Min + len(a.Lit)
		if a.Min == 0 && a.Max == 0 && end <= len(buf) && sameText(buf[m.start:end], a.Lit, a.Fold) {
			return len(a.Lit)
		}
	}
	return 0
}
