package linehash

import (
	"bytes"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/unicode"
)

// The hashes that GitHub publishes for these texts:
// https://github.com/github/codeql-action, src/fingerprints.test.ts.
func TestPublished(t *testing.T) {
	greetings := []string{
		"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1",
		"b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
	}
	for text, want := range map[string][]string{
		"":                   {"c129715d7a2bc9a3:1"},
		" a\nb\n  \t\tc\n d": {"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"},
		greeting("\n", false): {
			"8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1",
			"c6805c5e1288b612:1", "b86d3392aea1be30:1", "e6ceba753e1a442:1",
		},
		greeting("\n", true):   greetings,
		greeting("\r", true):   greetings,
		greeting("\r\n", true): greetings,
		strings.Repeat("Lorem ipsum dolor sit amet.\n", 10): {
			"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4",
			"a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1",
			"55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1",
		},
	} {
		got := Of([]byte(text), upTo(len(want)+1)...)
		if len(got) != len(want) {
			t.Errorf("%q: %d lines, want %d", text, len(got), len(want))
		}
		for i, w := range want {
			if got[i+1] != w {
				t.Errorf("%q: line %d: %s, want %s", text, i+1, got[i+1], w)
			}
		}
	}
}

// greeting is a text with the given line ends.
func greeting(end string, last bool) string {
	text := strings.Join([]string{" hello; \t", "world!!!", "", "", "  \t\tGreetings", " End"}, end)
	if last {
		text += end
	}
	return text
}

func upTo(n int) []int {
	var lines []int
	for i := range n {
		lines = append(lines, i+1)
	}
	return lines
}

// slow says the definition word by word: it takes the text apart into lines, and
// works out each hash by itself, as a sum of powers of 37 in whole numbers.
func slow(content []byte) []string {
	decoded, err := unicode.UTF8.NewDecoder().Bytes(content)
	if err != nil {
		panic(err)
	}
	text := string(decoded)
	// A CR before an LF makes one line end with it; any other CR is one by itself.
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	lines := strings.SplitAfter(text, "\n")

	var results []string
	for i := range lines {
		tail := strings.Join(lines[i:min(len(lines), i+window+1)], "")
		tail = strings.NewReplacer(" ", "", "\t", "").Replace(tail)
		units := append(utf16.Encode([]rune(tail)), endOfText)
		units = append(units, make([]uint16, window)...)

		sum := new(big.Int)
		for k, u := range units[:window] {
			power := new(big.Int).Exp(big.NewInt(37), big.NewInt(int64(window-1-k)), nil)
			sum.Add(sum, power.Mul(power, big.NewInt(int64(u))))
		}
		hash := fmt.Sprintf("%x", sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 64)))
		same := 1
		for _, r := range results {
			if strings.HasPrefix(r, hash+":") {
				same++
			}
		}
		results = append(results, fmt.Sprintf("%s:%d", hash, same))
	}
	return results
}

func agree(t *testing.T, content []byte) {
	t.Helper()
	want := slow(content)
	got := Of(content, upTo(len(want)+1)...)
	if len(got) != len(want) {
		t.Fatalf("%q: %d lines, want %d", content, len(got), len(want))
	}
	for i, w := range want {
		if got[i+1] != w {
			t.Fatalf("%q: line %d: %s, want %s", content, i+1, got[i+1], w)
		}
	}
}

// pieces are what texts of the tests are made of.
var pieces = []string{
	"\n", "\n", "\r\n", "\r", "\r \n", " ", "\t", "a", "key: value", "same\n", "same\n", strings.Repeat("x", 150),
	"é", "日本", "\U0001f511", "\ufeff", "\ufffd", "\x00", "\u00a0", "\v",
	"\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x94", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80", "\xf4\x90\x80\x80", "\xe0\x80",
}

func TestAgainstDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var text []byte
		for range random.IntN(60) {
			text = append(text, pieces[random.IntN(len(pieces))]...)
		}
		agree(t, text)
	}
}

func FuzzAgainstDefinition(f *testing.F) {
	for _, p := range pieces {
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 2000 {
			t.Skip("the definition is slow")
		}
		agree(t, content)
	})
}

// What is computed for a line does not depend on which others were asked for.
func TestSomeLines(t *testing.T) {
	content := []byte(strings.Repeat("one\ntwo two\n\none\n", 40))
	all := Of(content, upTo(161)...)
	if len(all) != 161 {
		t.Fatalf("%d lines", len(all))
	}
	for n, want := range all {
		if got := Of(content, n); len(got) != 1 || got[n] != want {
			t.Errorf("line %d alone: %v, among all: %s", n, got, want)
		}
	}
	if got := Of(content, 7, 3, 7, 500, 0, -1); !maps.Equal(got, map[int]string{3: all[3], 7: all[7]}) {
		t.Errorf("lines 3 and 7: %v", got)
	}
	if got := Of(content); got != nil {
		t.Errorf("no lines: %v", got)
	}
}

// Lines put on top do not change the hash: that is what it is for.
func TestMoved(t *testing.T) {
	below := []byte("alpha = 1\nbeta = 2\ngamma = 3\n")
	before, after := Of(below, 2), Of(slices.Concat([]byte("// note\r\n\r\n"), below), 4)
	if before[2] != after[4] {
		t.Errorf("%s became %s", before[2], after[4])
	}
	indented := Of(bytes.ReplaceAll(below, []byte("\n"), []byte("\n\t  ")), 2)
	if before[2] != indented[2] {
		t.Errorf("indented: %s became %s", before[2], indented[2])
	}
}

func TestAllocations(t *testing.T) {
	small := []byte(strings.Repeat("x\n", 100))
	large := []byte(strings.Repeat("x\n", 100_000))
	few := testing.AllocsPerRun(5, func() { Of(small, 50) })
	many := testing.AllocsPerRun(5, func() { Of(large, 50_000) })
	if many > few+2 {
		t.Errorf("%.0f allocations for a large file, %.0f for a small one", many, few)
	}
}

func BenchmarkOf(b *testing.B) {
	content := []byte(strings.Repeat("\tfmt.Println(\"some line of source text\", value)\n\n// and a comment\n", 50_000))
	last := bytes.Count(content, []byte("\n"))
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		Of(content, 10, last/2, last)
	}
}
