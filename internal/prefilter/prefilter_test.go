package prefilter

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var testAnchors = []Anchor{
	{"-----BEGIN ", false}, {"://", false}, {"password", true}, {"pwd", true}, {"secret", true},
	{"token", true}, {"AccountKey=", true}, {"eyJ", false}, {"machine ", false}, {"Q~x", false},
}

// naive finds the events in the most obvious way.
func naive(f *Filter, buf []byte, lo, hi int) *Events {
	ev := new(Events)
	for i := lo; i < hi; {
		j := i
		digit := false
		for j < hi && classes[buf[j]]&classToken != 0 {
			digit = digit || '0' <= buf[j] && buf[j] <= '9'
			j++
		}
		if j-i >= MinRun {
			ev.Runs = append(ev.Runs, Run{i, j, digit})
		}
		i = max(j, i+1)
	}
	for i := lo; i < hi; i++ {
		for k, a := range f.anchors {
			end := i + len(a.Lit)
			if end > len(buf) {
				continue
			}
			text := string(buf[i:end])
			if text == a.Lit || a.Fold && asciiLower(text) == a.Lit {
				ev.Hits = append(ev.Hits, Hit{i, k})
			}
		}
	}
	return ev
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}

func check(t *testing.T, f *Filter, buf []byte, lo, hi int) {
	t.Helper()
	want := naive(f, buf, lo, hi)
	var plain, vector Events
	if f.plain == nil {
		f.plain = newPlainFilter(f.anchors)
	}
	f.scanPlain(buf, lo, hi, &plain)
	slices.SortFunc(plain.Hits, compareHits)
	compare(t, "plain", buf, lo, hi, &plain, want)
	if useVector && lo < hi {
		f.Scan(buf, lo, hi, &vector)
		compare(t, "vector", buf, lo, hi, &vector, want)
	}
}

func compare(t *testing.T, name string, buf []byte, lo, hi int, got, want *Events) {
	t.Helper()
	if len(got.Runs)+len(want.Runs) > 0 && !reflect.DeepEqual(got.Runs, want.Runs) {
		t.Fatalf("%s: runs of %q[%d:%d] are %v, want %v", name, buf, lo, hi, got.Runs, want.Runs)
	}
	if len(got.Hits)+len(want.Hits) > 0 && !reflect.DeepEqual(got.Hits, want.Hits) {
		t.Fatalf("%s: hits in %q[%d:%d] are %v, want %v", name, buf, lo, hi, got.Hits, want.Hits)
	}
}

func TestScanAgreesWithNaive(t *testing.T) {
	f := New(testAnchors)
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"password", "PassWord", "pwd", "-----BEGIN ", "https://", "aaaaaaaaaaaaaaaa", "0123456789abcdef", " ", "\n",
		"_", "x", "=", "token", "\x80", "é", "eyJ", "accountkey=", strings.Repeat("Ab3/", 20), strings.Repeat("z", 64)}
	for range 3000 {
		var b bytes.Buffer
		for range rng.IntN(30) {
			if rng.IntN(4) == 0 {
				b.WriteByte(byte(rng.IntN(256)))
			}
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		buf := b.Bytes()
		lo := rng.IntN(len(buf) + 1)
		hi := lo + rng.IntN(len(buf)-lo+1)
		check(t, f, buf, 0, len(buf))
		check(t, f, buf, lo, hi)
	}
}

func TestRunAtEveryOffset(t *testing.T) {
	f := New(testAnchors)
	for off := range 200 {
		for _, n := range []int{15, 16, 17, 63, 64, 65, 128, 129} {
			buf := []byte(strings.Repeat(" ", off) + strings.Repeat("a", n-1) + "7" + strings.Repeat(".", 70))
			check(t, f, buf, 0, len(buf))
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("password = aaaaaaaaaaaaaaaa0 token"), 0, 10)
	filter := New(testAnchors)
	f.Fuzz(func(t *testing.T, buf []byte, lo, n int) {
		if lo < 0 || lo > len(buf) || n < 0 || n > len(buf)-lo {
			lo, n = 0, len(buf)
		}
		check(t, filter, buf, lo, lo+n)
	})
}

func BenchmarkScan(b *testing.B) {
	text := sourceText(1 << 20)
	for _, n := range []int{10, 100, 1000} {
		anchors := testAnchors
		for i := len(anchors); i < n; i++ {
			anchors = append(anchors, Anchor{fmt.Sprintf("%c%cprovider%d", 'a'+i%26, 'z'-i%25, i), true})
		}
		f := New(anchors)
		f.plain = newPlainFilter(anchors)
		var ev Events
		b.Run(fmt.Sprintf("anchors=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f.Scan(text, 0, len(text), &ev)
			}
		})
		b.Run(fmt.Sprintf("plain/anchors=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ev.Runs, ev.Hits = ev.Runs[:0], ev.Hits[:0]
				f.scanPlain(text, 0, len(text), &ev)
			}
		})
	}
}

// sourceText makes text that resembles source code: words of a vocabulary, indents,
// operators, now and then a long identifier or a hash.
func sourceText(n int) []byte {
	rng := rand.New(rand.NewPCG(7, 7))
	words := strings.Fields("if return func err nil string buffer length := = != { } ( ) , . for range int64 append index value name type struct map key const var import package context request response // the of is a an and to not")
	var b bytes.Buffer
	for b.Len() < n {
		for range rng.IntN(5) {
			b.WriteByte('\t')
		}
		for range 2 + rng.IntN(8) {
			b.WriteString(words[rng.IntN(len(words))])
			b.WriteByte(" .(_"[rng.IntN(4)])
		}
		if rng.IntN(40) == 0 {
			fmt.Fprintf(&b, "%q", fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64()))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()[:n]
}
