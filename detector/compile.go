package detector

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/stanchsec/stanch/internal/prefilter"
	"github.com/stanchsec/stanch/internal/shape"
	"github.com/stanchsec/stanch/rules"
)

// compiled is a rule made ready. Its expressions are compiled when the rule is
// woken for the first time: most never are.
type compiled struct {
	*rules.Rule
	plan *rules.Plan
	near int
	// needsWord says that a context word must stand close before a match.
	needsWord bool
	// rank orders rules by how telling they are: of two on one span the higher wins.
	rank int
	sum  *rules.Checksum
	// lead and tail are how far before and behind the start of a match the text may
	// matter, in bytes.
	lead, tail int
	// row is the length of the longest row of one character that the expression spells
	// out, 0 if that is no long one.
	row int

	once  sync.Once
	expr  *expr
	until *regexp.Regexp
	allow []*regexp.Regexp
	parts []compiledPart
	err   error
}

type compiledPart struct {
	*rules.Part
	within int
	expr   *expr          // to look for candidates at each place, if that is cheap
	find   *regexp.Regexp // to look for them otherwise
	// anywhere says that it does not matter to what is found where a search begins.
	anywhere bool
	words    []string // context, plain
	// group is the number of the group of the rule's own expression that holds the
	// part; 0 if there is none and the part is looked for.
	group int
	// needles are literals of which one stands in every match; nil if there are none.
	needles [][]byte
}

// aroundMarks finds what in an expression may ask for something around a match: ^, $
// and \b outside of a class, and some escaped signs that look alike.
var aroundMarks = regexp.MustCompile(`(?:^|[^\[])\^|\$|\\[bBAz]`)

// ready compiles the expressions. The loader has checked them, so that an error
// here means a rule that did not come from it.
func (c *compiled) ready() error {
	c.once.Do(func() {
		if c.expr, c.err = compile(c.Regex, "secret"); c.err != nil {
			return
		}
		if c.Until != "" {
			if c.until, c.err = regexp.Compile(c.Until); c.err != nil {
				return
			}
		}
		for _, text := range c.Allow {
			re, err := regexp.Compile(text)
			if err != nil {
				c.err = err
				return
			}
			c.allow = append(c.allow, re)
		}
		for i := range c.Parts {
			p := compiledPart{Part: &c.Parts[i], within: c.Parts[i].Within, group: c.expr.groups[c.Parts[i].Name]}
			if p.within == 0 {
				p.within = rules.DefaultWithin
			}
			if p.expr, c.err = compile(p.Regex, "part"); c.err != nil {
				return
			}
			if p.expr.variants == nil {
				if p.find, c.err = regexp.Compile(p.Regex); c.err != nil {
					return
				}
			}
			p.needles = needles(p.Regex)
			p.anywhere = p.expr.max >= 0 && (p.find == nil || !aroundMarks.MatchString(p.Regex))
			for _, w := range p.Context {
				p.words = append(p.words, plainWord(w))
			}
			c.parts = append(c.parts, p)
		}
	})
	return c.err
}

// needles are literals of which every match of an expression contains one; nil if there
// are none that can be looked for as they are.
func needles(expr string) [][]byte {
	s, err := shape.Parse(expr)
	if err != nil {
		return nil
	}
	var list [][]byte
	for _, a := range s.Anchors(3) {
		if a.Fold {
			return nil
		}
		list = append(list, []byte(a.Lit))
	}
	if len(list) > 4 {
		return nil // the expression is as fast
	}
	return list
}

// Ranks of rules.
const (
	rankAssigned = 0 // told by the name it is given to
	rankContext  = 1 // told by a word close by
	rankPrefix   = 2 // told by its own text
	rankSum      = 3 // proven by a checksum
)

// anchorUse is what an anchor of the filter stands for.
type anchorUse struct {
	// rules are those woken by the anchor as a literal of theirs.
	rules []literalUse
	// back is how far before the anchor words may begin that wake rules and of which it
	// is a piece, and 1 more; 0 if it is of none.
	back int
	// named is the length of the anchor if it is a word that names of credentials hold.
	named int
	// decoder is an encoding that the anchor speaks for.
	decoder decoderID
}

// literalUse is a rule and how far before the anchor its match may begin.
type literalUse struct {
	rule     int32
	min, max int
	number   int // of all uses
}

// builder fills a Detector's tables.
type builder struct {
	d       *Detector
	anchors []prefilter.Anchor
	index   map[prefilter.Anchor]int
}

func newBuilder(d *Detector) *builder {
	return &builder{d: d, index: make(map[prefilter.Anchor]int)}
}

// anchor returns the use of an anchor of the filter, adding it if it is new.
func (b *builder) anchor(a prefilter.Anchor) *anchorUse {
	n, ok := b.index[a]
	if !ok {
		n = len(b.anchors)
		b.index[a] = n
		b.anchors = append(b.anchors, a)
		b.d.byAnchor = append(b.d.byAnchor, anchorUse{})
	}
	return &b.d.byAnchor[n]
}

func (b *builder) add(r *rules.Rule) error {
	if r.Plan == nil {
		return errors.New("it has no plan: load it with package rules")
	}
	d := b.d
	n := int32(len(d.rules))
	c := &compiled{Rule: r, plan: r.Plan, near: r.Near, needsWord: len(r.Context) > 0, rank: rankPrefix}
	if row, _ := repetition(r.Regex); row >= 6 {
		c.row = row
	}
	if c.near == 0 {
		c.near = rules.DefaultNear
	}
	if r.Checksum != "" {
		c.sum = rules.ChecksumByName(r.Checksum)
		c.rank = rankSum
	}
	c.lead, c.tail = sight(c)
	d.rules = append(d.rules, c)
	d.reach = max(d.reach, wakeReach(c))

	switch r.Plan.Wake {
	case rules.WakePrefix:
		for _, a := range r.Plan.Anchors {
			d.prefixes.add(a, n)
		}
	case rules.WakeLiteral:
		for _, a := range r.Plan.Anchors {
			use := b.anchor(prefilter.Anchor{Lit: a.Lit, Fold: a.Fold})
			use.rules = append(use.rules, literalUse{n, a.Min, a.Max, d.uses})
			d.uses++
		}
	case rules.WakeContext:
		c.rank = rankContext
		d.nearness.add(c)
	case rules.WakeAssigned:
		b.addAssigned(c, n)
		return nil
	case rules.WakeWord:
		c.rank = rankContext
		for _, w := range r.Context {
			piece := rules.WordPiece(w)
			if piece == "" {
				return errors.New("the context word " + w + " is too short to be looked for")
			}
			use := b.anchor(prefilter.Anchor{Lit: piece, Fold: true})
			use.back = max(use.back, strings.Index(strings.ToLower(w), piece)+wordSlack)
			d.wakers.add(w, n)
		}
		d.wakers.near = max(d.wakers.near, c.near)
	}
	for _, w := range r.Context {
		d.words.add(w, n)
	}
	for _, w := range r.Named {
		d.words.addNamed(w, n)
	}
	d.words.near = max(d.words.near, c.wordNear())
	return nil
}

// sight is how far before and behind the start of a match the text may matter to a
// rule, the text of its decoders left aside.
func sight(c *compiled) (lead, tail int) {
	lead, tail = maxLead+lookBehind, c.plan.Max+margin+2
	if len(c.Context)+len(c.Named) > 0 {
		lead = max(lead, c.wordNear()+nameSight)
	}
	for _, p := range c.Parts {
		within := p.Within
		if within == 0 {
			within = rules.DefaultWithin
		}
		lead = max(lead, within+partSight)
		tail = max(tail, c.plan.Max+within+partSight)
	}
	if c.Until != "" {
		tail += rules.MaxSecret
	}
	return lead, tail
}

// nameSight and partSight are how far a name on the left of a value, and the context
// of a part, may reach, in bytes.
const (
	nameSight = 160
	partSight = 160
)

// Up to these distances a change in a text is looked at again as a matter of course;
// rules that see farther are far-sighted and leave a mark.
const (
	nearLead = 256
	nearTail = 384
)

func (c *compiled) farSighted() bool { return c.lead > nearLead || c.tail > nearTail }

// wordNear is how far before a match one of the rule's words may stand, in bytes.
func (c *compiled) wordNear() int {
	if len(c.Named) > 0 {
		return max(c.near, namedNear)
	}
	return c.near
}

// wakerSlack is room for a word that wakes rules, in bytes.
const wakerSlack = 64

// wakeReach is how far from the start of a match that may lie which wakes its rule,
// in bytes, on either side.
func wakeReach(c *compiled) int {
	switch c.plan.Wake {
	case rules.WakeLiteral:
		far := 0
		for _, a := range c.plan.Anchors {
			far = max(far, a.Max+len(a.Lit))
		}
		return far
	case rules.WakeWord:
		return c.near + wakerSlack
	case rules.WakeAssigned:
		return assignedReach
	}
	return 2*maxLead + rules.RunLength
}

func (b *builder) finish() {
	if b.d.decode {
		for _, a := range decoderAnchors {
			b.anchor(prefilter.Anchor{Lit: strings.ToLower(a.lit), Fold: true}).decoder = a.id
		}
	}
	b.d.filter = prefilter.New(b.anchors)
}

// prefixTable leads from the first three bytes of a token to the rules with such a
// prefix.
type prefixTable struct {
	has    [1 << 9]uint64 // a bit for each gram
	byGram []uint16       // indexes of lists
	lists  [][]prefixUse
}

type prefixUse struct {
	lit  string
	fold bool
	rule int32
}

// tokenGram folds three bytes to 15 bits, so that both cases of a letter agree.
func tokenGram(a, b, c byte) uint16 {
	return uint16(a&31) | uint16(b&31)<<5 | uint16(c&31)<<10
}

func (t *prefixTable) add(a rules.Anchor, rule int32) {
	if t.lists == nil {
		t.byGram, t.lists = make([]uint16, 1<<15), make([][]prefixUse, 1)
	}
	use := prefixUse{a.Lit, a.Fold, rule}
	if len(a.Lit) >= 3 {
		t.put(tokenGram(a.Lit[0], a.Lit[1], a.Lit[2]), use)
		return
	}
	for c := range byte(32) { // whatever comes third
		t.put(tokenGram(a.Lit[0], a.Lit[1], c), use)
	}
}

func (t *prefixTable) put(g uint16, use prefixUse) {
	t.has[g>>6] |= 1 << (g & 63)
	if t.byGram[g] == 0 {
		t.byGram[g] = uint16(len(t.lists))
		t.lists = append(t.lists, nil)
	}
	list := &t.lists[t.byGram[g]]
	*list = append(*list, use)
}
