package livemask

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// buildLog is what a build writes: commands, compilers, tests, downloads.
func buildLog(size int) []byte {
	rng := rand.New(rand.NewPCG(8, 8))
	var b bytes.Buffer
	word := func() string {
		return []string{"server", "client", "parse", "render", "config", "worker", "handler", "store", "token", "cache"}[rng.IntN(10)]
	}
	for b.Len() < size {
		switch rng.IntN(6) {
		case 0:
			fmt.Fprintf(&b, "gcc -O2 -Wall -Iinclude -Isrc/%s -c src/%s/%s_%d.c -o build/obj/%s_%d.o\n", word(), word(), word(), rng.IntN(99), word(), rng.IntN(99))
		case 1:
			fmt.Fprintf(&b, "--- PASS: Test%s%s (%d.%02ds)\n", word(), word(), rng.IntN(3), rng.IntN(100))
		case 2:
			fmt.Fprintf(&b, "ok  \tgithub.com/example/%s/internal/%s\t%d.%03ds\tcoverage: %d.%d%% of statements\n", word(), word(), rng.IntN(9), rng.IntN(1000), rng.IntN(100), rng.IntN(10))
		case 3:
			fmt.Fprintf(&b, "2026-05-%02dT%02d:%02d:%02d.%03dZ INFO  [%s-%d] com.example.%s - processed %d records in %d ms\n",
				1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), rng.IntN(1000), word(), rng.IntN(8), word(), rng.IntN(1e5), rng.IntN(500))
		case 4:
			fmt.Fprintf(&b, "Downloading %s-%s-%d.%d.%d.tar.gz (%d kB)\n", word(), word(), rng.IntN(9), rng.IntN(20), rng.IntN(20), rng.IntN(9000))
		case 5:
			fmt.Fprintf(&b, "src/%s/%s.ts(%d,%d): warning TS%d: '%s' is declared but its value is never read.\n", word(), word(), rng.IntN(999), rng.IntN(99), rng.IntN(9999), word())
		}
	}
	return b.Bytes()[:size]
}

func benchMasker(b *testing.B) *Masker {
	d, err := detector.New(rules.Builtin())
	if err != nil {
		b.Fatal(err)
	}
	var known []Value
	for i := range 20 {
		known = append(known, Value{fmt.Sprint("V", i), randomText(rand.New(rand.NewPCG(9, uint64(i))), 24)})
	}
	return New(Options{Known: known, Detector: d})
}

// BenchmarkStream is the throughput with 20 known values and all rules.
func BenchmarkStream(b *testing.B) {
	text := buildLog(8 << 20)
	m := benchMasker(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := m.NewStream(io.Discard, "stdout")
		if err := Copy(s, bytes.NewReader(text), nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKnown is the throughput of the search for 20 known values alone.
func BenchmarkKnown(b *testing.B) {
	text := buildLog(8 << 20)
	m := benchMasker(b)
	m.options.Detector = nil
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := m.NewStream(io.Discard, "stdout")
		for piece := range slices.Chunk(text, 256<<10) {
			if _, err := s.Write(piece); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkLatency is how long one line, and a prompt without an end, take to get through.
func BenchmarkLatency(b *testing.B) {
	for _, text := range []string{"a line of a log\n", "Continue? [y/N] "} {
		b.Run(fmt.Sprintf("%d-bytes", len(text)), func(b *testing.B) {
			r, w := io.Pipe()
			out, in := io.Pipe()
			s := benchMasker(b).NewStream(in, "stdout")
			go func() { in.CloseWithError(Copy(s, r, nil)) }()
			got := make([]byte, len(text))
			var worst time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := io.WriteString(w, text); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(out, got); err != nil {
					b.Fatal(err)
				}
				worst = max(worst, time.Since(start))
			}
			b.ReportMetric(worst.Seconds()*1e3, "worst-ms")
			w.Close()
		})
	}
}

// randomText is a value of n letters and digits.
func randomText(rng *rand.Rand, n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}
