package detector

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/rules"
)

// testRand is a source of random numbers; STANCH_SEED, if set, is its seed.
func testRand() *rand.Rand {
	seed, err := strconv.ParseUint(os.Getenv("STANCH_SEED"), 10, 64)
	if err != nil {
		seed = 5
	}
	return rand.New(rand.NewPCG(seed, 5))
}

// blocks makes pieces of text that texts of a test share: lines with credentials and parts
// of some in them, long ones, encoded ones.
func blocks(rng *rand.Rand, pieces []string, n int) []string {
	var out []string
	for range n {
		var b strings.Builder
		for b.Len() < 200 {
			switch rng.IntN(8) {
			case 0:
				b.WriteString(pieces[rng.IntN(len(pieces))])
			case 1:
				p := pieces[rng.IntN(len(pieces))]
				b.WriteString(p[:rng.IntN(len(p)+1)])
			case 2:
				b.WriteString(random(rng.Uint64(), 90+rng.IntN(400), []string{alnum, lowerHex}[rng.IntN(2)]))
			case 3:
				b.WriteString(strings.Repeat(random(rng.Uint64(), 64, alnum)+"\n", rng.IntN(20)))
			}
			for range 1 + rng.IntN(9) {
				b.WriteString("\t" + random(rng.Uint64(), 4+rng.IntN(8), "abcdefghij") + " := some.ordinary(line, of) // text\n")
			}
		}
		out = append(out, b.String())
	}
	return out
}

// TestKnown scans texts made of the same blocks in ever other order, with odd cuts, and
// compares what is found in each with what a detector finds that remembers nothing.
func TestKnown(t *testing.T) {
	acme, err := rules.Parse("acme.toml", []byte(testRules))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(append(rules.Builtin(), acme...))
	if err != nil {
		t.Fatal(err)
	}
	plain := d.With()
	plain.forgetful = true
	rng := testRand()
	pieces := versionPieces(t, rng)
	found, skipped, total := 0, 0, 0
	for range loops / 4 {
		pool := blocks(rng, pieces, 12)
		for range 25 {
			var b strings.Builder
			for range 5 + rng.IntN(25) {
				p := pool[rng.IntN(len(pool))]
				if rng.IntN(6) == 0 {
					p = p[rng.IntN(len(p)):]
				}
				b.WriteString(p)
			}
			text := b.String()
			want, _ := sightings(t, plain, text, nil, nil)
			got, m := sightings(t, d, text, nil, nil)
			if !slices.Equal(got, want) {
				t.Fatalf("a text of %d bytes: -want +got\n%s\naround: %q", len(text), cmp.Diff(want, got), around(text, want, got))
			}
			sameFindings(t, plain, text, m)
			found += len(got)
			total += len(text)
			skipped += len(text) - covered(unknownOf(d, text))
		}
	}
	if found < 500 || skipped < total/4 {
		t.Errorf("%d sightings, %d bytes of %d known: the test tells little", found, skipped, total)
	}
}

// unknownOf lists what of a text is not known.
func unknownOf(d *Detector, text string) []Range {
	s := newScan(d)
	v := version{scan: s, doc: &Document{Data: []byte(text)}}
	return v.unknown(nil)
}

// TestKnownAsks sees that what lies around a cell counts, as far as it may matter.
func TestKnownAsks(t *testing.T) {
	d := testDetector(t)
	rng := rand.New(rand.NewPCG(1, 2))
	line := func() string { return random(rng.Uint64(), 40, "abcdefghijklmnop ") + ".\n" }
	var lines []string
	for range 400 {
		lines = append(lines, line())
	}
	text := strings.Join(lines, "")
	if n := len(unknownOf(d, text)); n != 1 {
		t.Fatalf("a text that was not seen has %d unknown ranges, want 1", n)
	}
	if got, _ := sightings(t, d, text, nil, nil); len(got) > 0 {
		t.Fatalf("found %v in plain text", got)
	}
	if u := unknownOf(d, text); len(u) > 0 {
		t.Errorf("%v is unknown in a text that was seen", u)
	}
	at := len(text) / 2
	changed := text[:at] + "#" + text[at+1:]
	u := unknownOf(d, changed)
	if len(u) != 1 || u[0].Start > at-nearTail || u[0].End < at+1+nearLead || u[0].End-u[0].Start > 4*longestCell {
		t.Errorf("with a change at %d, %v is unknown", at, u)
	}
	if u := unknownOf(d, text[:at]); len(u) != 1 || u[0].Start > at-nearTail || u[0].End != at {
		t.Errorf("of the text up to %d, %v is unknown", at, u)
	}
	if u := unknownOf(d, text[at:]); len(u) != 1 || u[0].Start != 0 || u[0].End < nearLead {
		t.Errorf("of the text from %d, %v is unknown", at, u)
	}
	binary := version{scan: newScan(d), doc: &Document{Data: []byte(text), Binary: true}}
	if got := covered(binary.unknown(nil)); got != len(text) {
		t.Errorf("of the text as binary %d bytes are unknown, want %d", got, len(text))
	}
}
