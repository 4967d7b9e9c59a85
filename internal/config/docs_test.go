package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocs: the examples of the manual can be read, and it names every key there is.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(examples) < 4 {
		t.Errorf("only %d examples were found", len(examples))
	}
	for _, e := range examples {
		if _, err := read("example", ".", []byte(e[1])); err != nil {
			t.Errorf("%v\nin\n%s", err, e[1])
		}
	}
	for _, wrong := range []string{"x = 1", "[fingerprint]\nx = 1", "[[ignore]]\nreason = 'x'\npath = 'x'\nx = 1"} {
		_, err := read("c", ".", []byte(wrong))
		if err == nil {
			t.Fatalf("%s: no error", wrong)
		}
		_, known, _ := strings.Cut(err.Error(), "known here: ")
		for key := range strings.SplitSeq(known, ", ") {
			if !strings.Contains(text, "\n| `"+key+"` | ") && !strings.Contains(text, "`"+key+"`, ") {
				t.Errorf("the manual has no row for %q", key)
			}
		}
	}
}
