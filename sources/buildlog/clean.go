package buildlog

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
)

// cleaner takes out of a log what is none of its text. It is used for one piece after the
// other, which begin and end with lines.
type cleaner struct {
	text  []byte
	cuts  []detector.Cut
	steps []step
	lines []line
	// hashes are those of the lines that are to be remembered.
	hashes []uint64
	step   string // at the end of what was cleaned
	fixed  bool   // the step is known, whatever the text says
	// section is what GitLab's marks on the line say, if there are any.
	section   string
	sectioned bool
	// has says what is anywhere in the text at hand: what is not need not be looked for in each line.
	has struct{ sections, escapes, zeros bool }
}

// step says that a step begins.
type step struct {
	name      string
	text, raw int // offsets
	line      int // number of line feeds before it
}

// line is one that stands in the text: where it begins there and in the raw log, and how
// many line feeds are before it.
type line struct{ text, raw, number int }

// clean replaces what the cleaner holds by the text of raw.
func (c *cleaner) clean(raw []byte) {
	c.text, c.cuts, c.lines = c.text[:0], c.cuts[:0], c.lines[:0]
	c.steps = append(c.steps[:0], step{name: c.step})
	c.has.sections = bytes.Contains(raw, []byte("section_"))
	c.has.escapes, c.has.zeros = bytes.IndexByte(raw, 0x1b) >= 0, bytes.IndexByte(raw, 0) >= 0
	number := 0
	for at := 0; at < len(raw); number++ {
		end := len(raw)
		if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		c.line(raw, at, end, number)
		at = end
	}
}

// line cleans raw[at:end].
func (c *cleaner) line(raw []byte, at, end, number int) {
	prefix, continues := prefixLen(raw[at:end])
	if continues && len(c.text) > 0 && c.text[len(c.text)-1] == '\n' && at > 0 {
		c.text = c.text[:len(c.text)-1]
		c.cut(raw[at-1 : at+prefix])
		c.body(raw[at+prefix : end])
		return
	}
	from := line{len(c.text), at, number}
	c.cut(raw[at : at+prefix])
	marked := c.body(raw[at+prefix : end])
	c.lines = append(c.lines, from)
	if c.sectioned {
		c.sectioned = false
		c.begin(c.section, from)
		return
	}
	head := c.text[from.text:min(len(c.text), from.text+maxName)]
	if len(head) == 0 || !marked && head[0] != '#' && head[0] != '[' && head[0] != 't' {
		return
	}
	if name, ok := stepName(string(bytes.TrimRight(head, "\r\n")), marked); ok {
		c.begin(name, from)
	}
}

// maxName bounds what is looked at for the name of a step, in bytes.
const maxName = 512

// begin begins a step.
func (c *cleaner) begin(name string, at line) {
	if c.fixed {
		return
	}
	c.step = name
	s := step{name, at.text, at.raw, at.number}
	if last := &c.steps[len(c.steps)-1]; last.text == at.text {
		*last = s
		return
	}
	c.steps = append(c.steps, s)
}

// cut leaves out what comes next.
func (c *cleaner) cut(out []byte) {
	if len(out) == 0 {
		return
	}
	k := detector.Cut{At: len(c.text), Bytes: len(out), Columns: columns(out)}
	if out[0] == '\n' {
		k.Lines, k.Columns = 1, columns(out[1:])
	}
	if n := len(c.cuts); n > 0 && c.cuts[n-1].At == k.At {
		last := &c.cuts[n-1]
		last.Bytes += k.Bytes
		if k.Lines > 0 {
			last.Lines, last.Columns = last.Lines+k.Lines, 0
		}
		last.Columns += k.Columns
		return
	}
	c.cuts = append(c.cuts, k)
}

// columns counts UTF-16 code units.
func columns(b []byte) int {
	n := 0
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	b = b[n:]
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			n++
			continue
		}
		r, size := utf8.DecodeRune(b)
		if b = b[size:]; r > 0xffff {
			n++
		}
		n++
	}
	return n
}

// body takes in a line behind its prefix. It reports whether Buildkite marked it.
func (c *cleaner) body(b []byte) (marked bool) {
	if c.has.sections && bytes.Contains(b, []byte("section_")) {
		b = c.sections(b)
	}
	for {
		i := -1
		if c.has.escapes {
			i = bytes.IndexByte(b, 0x1b)
		}
		if c.has.zeros {
			end := len(b)
			if i >= 0 {
				end = i
			}
			if j := bytes.IndexByte(b[:end], 0); j >= 0 {
				i = j
			}
		}
		if i < 0 {
			c.text = append(c.text, b...)
			return marked
		}
		c.text = append(c.text, b[:i]...)
		n := 1
		if b[i] == 0x1b {
			n = escapeLen(b[i:])
			marked = marked || bytes.HasPrefix(b[i:], []byte("\x1b_bk;"))
		}
		c.cut(b[i : i+n])
		b = b[i+n:]
	}
}

// sectionMark is how GitLab's runner begins and ends a section.
var sectionMark = regexp.MustCompile(`(?:\x1b\[0K)?section_(start|end):[0-9]+:([0-9A-Za-z_.-]+)(?:\[[^\]\n]*\])?\r(?:\x1b\[0K)?`)

// sections takes in the line up to the last mark of a section, without the marks, and
// returns the rest.
func (c *cleaner) sections(b []byte) []byte {
	at := 0
	for _, m := range sectionMark.FindAllSubmatchIndex(b, -1) {
		c.text = append(c.text, b[at:m[0]]...)
		c.cut(b[m[0]:m[1]])
		at = m[1]
		c.section, c.sectioned = "", true
		if string(b[m[2]:m[3]]) == "start" {
			c.section = string(b[m[4]:m[5]])
		}
	}
	return b[at:]
}

// escapeLen is the length of the escape sequence that b begins with, 0 if it is none
// (ECMA-48, section 5).
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	switch b[1] {
	case '[':
		if bytes.HasPrefix(b, []byte("\x1b[8mha:")) { // a console note of Jenkins
			if end := bytes.Index(b, []byte("\x1b[0m")); end > 0 {
				return end + len("\x1b[0m")
			}
		}
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				return i + 1
			}
			if b[i] < 0x20 || b[i] > 0x7e {
				return i
			}
		}
		return len(b)
	case ']', '_', 'P', '^', 'X': // strings up to BEL or ST
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] == 7:
				return i + 1
			case b[i] == 0x1b && i+1 < len(b) && b[i+1] == '\\':
				return i + 2
			case b[i] == '\n':
				return 2 // no string at all
			}
		}
		return 2
	}
	if b[1] >= 0x20 && b[1] <= 0x7e {
		return 2
	}
	return 1
}

// buildKit is what docker puts before the output of a build's step: its number and the time.
var buildKit = regexp.MustCompile(`^#[0-9]{1,4} [0-9]{1,6}\.[0-9]{1,3} `)

// prefixLen is the length of what is none of the line's text, and whether the line continues
// the one before.
func prefixLen(b []byte) (n int, continues bool) {
	n = len(b) - len(stamp(b))
	// GitLab puts the number of the stream behind the stamp, O or E, and "+" if the line
	// continues.
	if f := b[n:]; n > 20 && len(f) > 3 && digit(f[0]) && digit(f[1]) && (f[2] == 'O' || f[2] == 'E') && (f[3] == ' ' || f[3] == '+') {
		n += 4
		continues = f[3] == '+'
	}
	if n < len(b) && b[n] == '#' {
		n += len(buildKit.Find(b[n:min(len(b), n+40)]))
	}
	return n, continues
}

// stamp returns the line behind the time at its beginning: "2006-01-02T15:04:05.999Z ", with
// a blank for the T or an offset for the Z, or "15:04:05 ", either in brackets or not.
func stamp(line []byte) []byte {
	b, open := bytes.CutPrefix(line, []byte("["))
	if rest, ok := digits(b, "0000-00-00"); ok && len(rest) > 0 && (rest[0] == 'T' || rest[0] == ' ') {
		b = rest[1:]
	}
	b, ok := digits(b, "00:00:00")
	if !ok {
		return line
	}
	if len(b) > 1 && (b[0] == '.' || b[0] == ',') && digit(b[1]) {
		// Some runners wrote NUL bytes here.
		n := 1
		for n < len(b) && (digit(b[n]) || b[n] == 0) {
			n++
		}
		b = b[n:]
	}
	switch {
	case len(b) > 0 && b[0] == 'Z':
		b = b[1:]
	case len(b) > 0 && (b[0] == '+' || b[0] == '-'):
		if rest, ok := digits(b[1:], "00:00"); ok {
			b = rest
		} else if rest, ok := digits(b[1:], "0000"); ok {
			b = rest
		}
	}
	if open {
		if b, ok = bytes.CutPrefix(b, []byte("]")); !ok {
			return line
		}
	}
	switch {
	case len(b) == 0 || b[0] == '\n' || b[0] == '\r':
		return b
	case b[0] != ' ':
		return line
	}
	return b[1:]
}

// digits takes away what has the form of like, in which "0" is any digit.
func digits(b []byte, like string) (rest []byte, ok bool) {
	if len(b) < len(like) {
		return b, false
	}
	for i, c := range []byte(like) {
		if c == '0' && !digit(b[i]) || c != '0' && b[i] != c {
			return b, false
		}
	}
	return b[len(like):], true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// stepName is the name of the step that a line begins. marked says that Buildkite marked it.
func stepName(text string, marked bool) (string, bool) {
	for _, p := range []string{"##[group]", "##[section]Starting: ", "[Pipeline] { (", "travis_fold:start:"} {
		rest, ok := strings.CutPrefix(text, p)
		if !ok {
			continue
		}
		switch p {
		case "##[group]":
			if !strings.HasPrefix(rest, "Run ") {
				return "", false // a part of a step
			}
		case "[Pipeline] { (":
			rest = strings.TrimSuffix(rest, ")")
		case "travis_fold:start:":
			rest, _, _ = strings.Cut(rest, "\r")
		}
		return rest, true
	}
	if marked && len(text) > 4 && (text[:4] == "--- " || text[:4] == "+++ " || text[:4] == "~~~ ") {
		return text[4:], true
	}
	return "", false
}
