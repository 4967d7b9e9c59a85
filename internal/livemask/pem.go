package livemask

import (
	"bytes"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	// keyRun is the least length of what is a line of a key wherever it stands, in bytes.
	keyRun = 16
	// maxStrange is how many lines in a row may be none of the key: headers and an empty
	// line at its start, what others wrote meanwhile.
	maxStrange = 3
	// maxKey bounds what is kept of a key, in bytes; the longest in use have 13 KiB.
	maxKey = 64 << 10
)

// pemState follows a private key that is written over several lines, behind whatever the log
// puts before each.
type pemState struct {
	s       *Stream
	open    bool
	any     bool // a line of the key was there
	strange int
	text    []byte // the key without what is before its lines
	// Where it begins in the output.
	origin       int64
	line, column int
}

// take takes in a unit and reports whether it is one within a key.
func (p *pemState) take(u unit) bool {
	line := p.s.buf[u.start:u.end]
	if !p.open {
		p.begin(u, line)
		return false // what else is on the line is not the key's
	}
	if i := bytes.Index(line, []byte(pemEnd)); i >= 0 {
		p.keep(bytes.TrimRight(line[i:], "\r\n"))
		p.end()
		return true
	}
	run := longestRun(line)
	if len(run) >= keyRun {
		p.any, p.strange = true, 0
		p.keep(run)
		return true
	}
	if p.strange++; p.strange > maxStrange {
		p.end()
		return false
	}
	p.keep(tail(line))
	return true
}

// begin opens a key if one begins on the line and does not end there.
func (p *pemState) begin(u unit, line []byte) {
	i := bytes.LastIndex(line, []byte(pemBegin))
	if i < 0 {
		return
	}
	head := line[i:]
	j := bytes.Index(head, []byte("PRIVATE KEY"))
	if j < 0 || bytes.Contains(head, []byte(pemEnd)) {
		return
	}
	if k := bytes.Index(head[j:], []byte("-----")); k >= 0 {
		*p = pemState{s: p.s, open: true, text: p.text[:0], line: u.line, column: u.column + i + 1}
		p.origin = p.s.at + int64(u.start+i-p.s.start)
		p.keep(head[:j+k+len("-----")])
	}
}

func (p *pemState) keep(line []byte) {
	if len(line) > 0 && len(p.text)+len(line) < maxKey {
		p.text = append(append(p.text, line...), '\n')
	}
}

// hidden lists what is to be hidden in a unit within a key.
func (p *pemState) hidden(u unit) []span {
	line := p.s.buf[u.start:u.end]
	if bytes.Contains(line, []byte(pemEnd)) {
		return nil
	}
	run := longestRun(line)
	if len(run) < keyRun {
		if !p.any {
			return nil
		}
		run = tail(line)
	}
	if len(run) == 0 {
		return nil
	}
	at := u.start + bytes.LastIndex(line, run)
	return []span{{at, at + len(run)}}
}

// end closes the key and reports it, if it is one.
func (p *pemState) end() {
	if !p.open {
		return
	}
	p.open = false
	if !p.any {
		return
	}
	doc := detector.Document{
		Data: p.text, Location: p.s.loc, Partial: true, Offset: p.origin, FirstLine: p.line, FirstColumn: p.column,
	}
	for _, f := range p.s.m.scan(p.s.m.options.Detector, doc) {
		p.s.m.note(f)
	}
}

const base64Bytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// longestRun is the longest run of characters of base64 in a line, the last of equals.
func longestRun(line []byte) []byte {
	var best []byte
	for run := range bytes.FieldsFuncSeq(line, func(r rune) bool { return !strings.ContainsRune(base64Bytes, r) }) {
		if len(run) >= len(best) {
			best = run
		}
	}
	return best
}

// tail is the last word of a line if that may be the last of a key, which can be short; nil
// if not.
func tail(line []byte) []byte {
	fields := bytes.Fields(line)
	if len(fields) == 0 {
		return nil
	}
	word := bytes.Trim(fields[len(fields)-1], "\"'`,;+\\")
	if len(word) < 2 || len(bytes.Trim(word, base64Bytes)) > 0 {
		return nil
	}
	return word
}
