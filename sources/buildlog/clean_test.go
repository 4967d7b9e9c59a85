package buildlog

import (
	"bytes"
	"testing"

	"github.com/stanchsec/stanch/detector"
)

// FuzzClean holds that text and cuts together are the log, byte for byte and line for line,
// also in the joined lines of a terminal's breaks.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"2025-04-07T12:57:33.2904078Z ##[group]Run x\n2025-04-07T12:57:33.2904078Z \x1b[36mtext\x1b[0m\r\n",
		"2024-05-22T12:43:46.962646Z 00O a\n2024-05-22T12:43:46.962650Z 01E+ b\n\n00:00:00 c",
		"\x1b[0Ksection_start:17:a[collapsed=true]\r\x1b[0KHeader\nsection_end:17:a\r\x1b[0Ksection_start:18:b\r\x1b[0K\n",
		"\x1b_bk;t=17\x07~~~ x\n\x1b[8mha:abc\x1b[0m[Pipeline] { (Stage)\n\x1b]0;title\x1b\\#12 0.3 y\n\x00\x1b",
		"x " + string(bytes.Repeat([]byte("a"), 78)) + "\n\x1b[1mb\x1b[0m\x1b[2m\n" + string(bytes.Repeat([]byte("é"), 76)) + "aaaa\r\nc",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c cleaner
		c.clean(raw)
		check(t, raw, 0, detector.Document{Data: c.text, Cuts: c.cuts})
		for i, s := range c.steps {
			end := len(c.text)
			if i+1 < len(c.steps) {
				end = c.steps[i+1].text
			}
			if end < s.text {
				t.Fatalf("step %d ends before it begins", i)
			}
			check(t, raw, s.line, detector.Document{Data: c.text[s.text:end], Cuts: c.cutsIn(s.text, end), Offset: int64(s.raw)})
			for _, w := range c.wraps(s.text, end, []detector.Range{{Start: 0, End: end - s.text}}) {
				check(t, raw, w.FirstLine, w)
			}
		}
	})
}

// check compares each byte of a document, and its line, with the log.
func check(t *testing.T, raw []byte, line int, doc detector.Document) {
	t.Helper()
	at, cut := int(doc.Offset), 0
	if want := bytes.Count(raw[:at], []byte{'\n'}); line != want {
		t.Fatalf("the document begins on line %d, want %d", line, want)
	}
	for i, b := range doc.Data {
		for cut < len(doc.Cuts) && doc.Cuts[cut].At <= i {
			k := doc.Cuts[cut]
			if k.At < i {
				t.Fatalf("the cut at %d comes late", k.At)
			}
			out := raw[at : at+k.Bytes]
			if n := bytes.Count(out, []byte{'\n'}); n != k.Lines {
				t.Fatalf("cut %d has %d lines, want %d", cut, k.Lines, n)
			}
			if n := columns(out[bytes.LastIndexByte(out, '\n')+1:]); n != k.Columns {
				t.Fatalf("cut %d has %d columns, want %d", cut, k.Columns, n)
			}
			at += k.Bytes
			cut++
		}
		if raw[at] != b {
			t.Fatalf("byte %d is %q, in the log at %d %q", i, b, at, raw[at])
		}
		at++
	}
}
