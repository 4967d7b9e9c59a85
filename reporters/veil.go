package reporters

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
)

// veil hides what of a report's credentials stands in texts where it has no business:
// the names of files, the lines around findings, what providers answered. It is a second
// net below the detector, which redacts what it knows of. A nil veil hides nothing.
//
// It looks for pieces of eight bytes, so that a credential that was cut off is found, too.
type veil struct {
	secrets []detector.Secret
	pieces  map[uint64][]origin
}

// origin is where a piece stands in a secret.
type origin struct{ secret, offset int32 }

const (
	// pieceLen is the length in bytes of the pieces that are looked for.
	pieceLen = 8
	// wordy is the length in bytes below which a secret is hidden only where all of it
	// stands: pieces of passwords are words that stand elsewhere, too.
	wordy = 16
	// telling is the length in bytes from which a secret is hidden in names, and there as
	// a whole only: a report that misnames a file is of no use.
	telling = 20
	// everyPiece is the length up to which all pieces of a secret are kept, and stride how
	// far apart those of longer ones are. It bounds the memory that keys take.
	everyPiece = 256
	stride     = 8
	// mostOrigins bounds how many secrets with a common piece, such as the header of web
	// tokens, are told apart.
	mostOrigins = 16
)

// newVeil returns a veil over the credentials of findings and those of their parts that
// are secret.
func newVeil(findings []detector.Finding) *veil {
	v := &veil{pieces: map[uint64][]origin{}}
	for i := range findings {
		v.add(findings[i].Secret)
		for _, p := range findings[i].Parts {
			if p.Secret {
				v.add(p.Value)
			}
		}
	}
	return v
}

func (v *veil) add(s detector.Secret) {
	value := s.Reveal() // stays in here: it is what must not come out
	if len(value) < pieceLen {
		return
	}
	// What the redacted form shows may stand anywhere.
	shown, _, _ := strings.Cut(s.Redacted(), "…")
	if !strings.HasPrefix(value, shown) {
		shown = ""
	}
	step := 1
	if len(value) > everyPiece {
		step = stride
	}
	id := int32(len(v.secrets))
	v.secrets = append(v.secrets, s)
	for i := 0; i+pieceLen <= len(value); i += step {
		piece := value[i : i+pieceLen]
		if strings.Contains(shown, piece) || strings.Count(piece, piece[:1]) == pieceLen {
			continue // shown anyway, or a line of dashes
		}
		key := binary.LittleEndian.Uint64([]byte(piece))
		if at := v.pieces[key]; len(at) < mostOrigins {
			v.pieces[key] = append(at, origin{id, int32(i)})
		}
	}
}

// text hides secrets and pieces of them. marks are positions in s, which it moves to
// where they belong in the result.
func (v *veil) text(s string, marks ...*int) string {
	return v.hide(s, func(length, whole int) bool { return length == whole || whole >= wordy }, marks)
}

// name hides in the name of something whole secrets that are long enough to be no
// part of a name by chance.
func (v *veil) name(s string) string {
	return v.hide(s, func(length, whole int) bool { return length == whole && whole >= telling }, nil)
}

// hide replaces what stands in s of any secret if must says so of its length and that of
// the whole secret.
func (v *veil) hide(s string, must func(length, whole int) bool, marks []*int) string {
	if v == nil || len(v.pieces) == 0 || len(s) < pieceLen {
		return s
	}
	var out strings.Builder
	at := 0 // s is done up to here
	moves := make([]int, len(marks))
	for p := 0; p+pieceLen <= len(s); {
		start, end, shown := v.longest(s, at, p, must)
		if end == 0 {
			p++
			continue
		}
		out.WriteString(s[at:start])
		for i, m := range marks {
			switch {
			case *m >= end:
				moves[i] += len(shown) - (end - start)
			case *m > start:
				// Inside of what is hidden: a start moves to its start, an end to its end.
				if i%2 == 0 {
					moves[i] += start - *m
				} else {
					moves[i] += start + len(shown) - *m
				}
			}
		}
		out.WriteString(shown)
		at, p = end, end
	}
	if at == 0 {
		return s
	}
	out.WriteString(s[at:])
	for i, m := range marks {
		*m += moves[i]
	}
	return out.String()
}

// longest finds the longest stretch of a secret in s around position p, not reaching
// below from, that must be hidden, and what to show in its place; end is 0 if there
// is none.
func (v *veil) longest(s string, from, p int, must func(length, whole int) bool) (start, end int, shown string) {
	for _, o := range v.pieces[binary.LittleEndian.Uint64([]byte(s[p:p+pieceLen]))] {
		secret := v.secrets[o.secret]
		value := secret.Reveal() // only compared
		a, b := int(o.offset), int(o.offset)+pieceLen
		i, j := p, p+pieceLen
		for a > 0 && i > from && value[a-1] == s[i-1] {
			a, i = a-1, i-1
		}
		for b < len(value) && j < len(s) && value[b] == s[j] {
			b, j = b+1, j+1
		}
		if !must(j-i, len(value)) || j-i <= end-start {
			continue
		}
		start, end, shown = i, j, "…"
		if j-i == len(value) {
			shown = secret.Redacted()
		}
	}
	return start, end, shown
}

// finding hides secrets in all texts of a finding that are not its own. What the finding
// shares with its original is copied first.
func (v *veil) finding(f *detector.Finding) {
	f.Reasons = slices.Clone(f.Reasons)
	for i := range f.Reasons {
		f.Reasons[i].Text = v.text(f.Reasons[i].Text)
	}
	f.Places = slices.Clone(f.Places)
	for i := range f.Places {
		p := &f.Places[i]
		v.location(&p.Location)
		v.excerpt(p)
	}
	if f.Verification != nil {
		c := *f.Verification
		c.Reason = v.text(c.Reason)
		id := &c.Identity
		id.Scopes = slices.Clone(id.Scopes)
		for i := range id.Scopes {
			id.Scopes[i] = v.text(id.Scopes[i])
		}
		for _, s := range []*string{&id.Owner, &id.Account, &id.Created, &id.Expires, &id.LastUsed} {
			*s = v.text(*s)
		}
		f.Verification = &c
	}
	if f.Suppression != nil {
		c := *f.Suppression
		for _, s := range []*string{&c.Reason, &c.Owner, &c.Expires} {
			*s = v.text(*s)
		}
		f.Suppression = &c
	}
}

func (v *veil) location(l *detector.Location) {
	l.Path = v.name(l.Path)
	l.Members = slices.Clone(l.Members)
	for i := range l.Members {
		l.Members[i] = v.name(l.Members[i])
	}
	if l.History != nil {
		h := *l.History
		h.Paths = slices.Clone(h.Paths)
		for i := range h.Paths {
			h.Paths[i] = v.name(h.Paths[i])
		}
		l.History = &h
	}
	l.URL = v.name(withoutPassword(l.URL))
	for _, s := range []*string{&l.Author, &l.Email, &l.Job, &l.Step} {
		*s = v.text(*s)
	}
}

// excerpt hides secrets in the line of a place, makes it valid UTF-8, and sees to it that
// the marks lie in it, on the bounds of characters, and in order.
func (v *veil) excerpt(p *detector.Place) {
	p.Excerpt = v.text(p.Excerpt, &p.MarkStart, &p.MarkEnd)

	text := p.Excerpt
	start := min(max(p.MarkStart, 0), len(text))
	end := min(max(p.MarkEnd, start), len(text))
	start, _ = around(text, start)
	_, end = around(text, end)
	const replacement = "\ufffd"
	before := strings.ToValidUTF8(text[:start], replacement)
	marked := strings.ToValidUTF8(text[start:end], replacement)
	p.Excerpt = before + marked + strings.ToValidUTF8(text[end:], replacement)
	p.MarkStart, p.MarkEnd = len(before), len(before)+len(marked)
}

// around returns the bounds of the character that position i lies inside of; i itself where
// one begins, or where there are bytes that are none.
func around(s string, i int) (start, end int) {
	for j := i - 1; j >= 0 && j > i-utf8.UTFMax; j-- {
		if utf8.RuneStart(s[j]) {
			if _, size := utf8.DecodeRuneInString(s[j:]); j+size > i {
				return j, j + size
			}
			break
		}
	}
	return i, i
}
