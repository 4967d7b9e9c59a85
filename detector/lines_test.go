package detector

import (
	"bytes"
	"testing"
)

// Findings whose parts stand before them make the lines go back again and again: the
// work must stay in proportion to the text.
func TestLinesGoBack(t *testing.T) {
	for name, unit := range map[string]string{"one line": "id é key ", "lines": "id\né key\n"} {
		data := bytes.Repeat([]byte(unit), 20_000)
		l := newLines(&Document{Data: data})
		for at := 0; at < len(data); at += len(unit) {
			key, id := at+6, at
			got := l.span(key, key+3)
			part := l.span(id, id+2)
			n := at / len(unit)
			want := Span{StartLine: 1, StartColumn: n*9 + 6, EndLine: 1, EndColumn: n*9 + 9}
			wantPart := Span{StartLine: 1, StartColumn: n*9 + 1, EndLine: 1, EndColumn: n*9 + 3}
			if name == "lines" {
				want = Span{StartLine: 2*n + 2, StartColumn: 3, EndLine: 2*n + 2, EndColumn: 6}
				wantPart = Span{StartLine: 2*n + 1, StartColumn: 1, EndLine: 2*n + 1, EndColumn: 3}
			}
			want.Start, want.End, wantPart.Start, wantPart.End = int64(key), int64(key+3), int64(id), int64(id+2)
			if got != want || part != wantPart {
				t.Fatalf("%s, %d: %+v and %+v, want %+v and %+v", name, n, got, part, want, wantPart)
			}
		}
		if l.walked > 4*len(data) {
			t.Errorf("%s: %d bytes walked in a text of %d", name, l.walked, len(data))
		}
	}
}
