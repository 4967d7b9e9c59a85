package inert

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"plain":                      "plain",
		"a :: b\n::error::x\n":       "a :: b\n\\::error::x\n",
		" \t ::add-mask::x":          " \t \\::add-mask::x",
		"x ##[warning]y ##[":         "x ##\\[warning]y ##\\[",
		"##vso[a]##teamcity[b]":      "##vso\\[a]##teamcity\\[b]",
		"## [x] #[y] ##other[z]\n\n": "## [x] #[y] ##other[z]\n\n",
	} {
		var b bytes.Buffer
		w := Plain.Writer(&b)
		// In pieces of any size.
		if _, err := io.Copy(w, iotest.OneByteReader(bytes.NewReader([]byte(in)))); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil || b.String() != want {
			t.Errorf("%q: %q, %v, want %q", in, b.String(), err, want)
		}
		if got := Plain.Text(in); got != want {
			t.Errorf("%q as a whole: %q, want %q", in, got, want)
		}
	}
}

// Strings of JSON read back as they were.
func TestJSON(t *testing.T) {
	const text = "::x ##[a] ##vso[b]"
	in, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	out := JSON.Text(string(in))
	var back string
	if err := json.Unmarshal([]byte(out), &back); err != nil || back != text || bytes.Contains([]byte(out), []byte("##[")) {
		t.Errorf("%s reads back as %q, %v", out, back, err)
	}
}

func TestCommands(t *testing.T) {
	if got, want := Commands.Text("::error::x ##[y]\n"), "::error::x ##\\[y]\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	w := Plain.Writer(failing{broken})
	if _, err := w.Write([]byte("a\nb")); !errors.Is(err, broken) {
		t.Errorf("first: %v", err)
	}
	if err := w.Flush(); !errors.Is(err, broken) {
		t.Errorf("then: %v", err)
	}
}
