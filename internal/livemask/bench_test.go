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
	"github.com/stanchsec/stanch/internal/logtest"
	"github.com/stanchsec/stanch/rules"
)

// buildLog is what a build writes: compilers, tests, downloads.
func buildLog(size int) []byte { return logtest.Text(8, size) }

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
