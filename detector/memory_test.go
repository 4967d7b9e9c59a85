package detector

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stanchsec/stanch/rules"
)

// sightings lists what a scan of a version found.
func sightings(t *testing.T, d *Detector, text string, base *Memory, copies []Copy) ([]string, *Memory) {
	t.Helper()
	m, err := d.ScanVersion(context.Background(), Document{Data: []byte(text)}, base, copies)
	if err != nil {
		t.Fatal(err)
	}
	hits := d.Hits(m)
	var out []string
	for _, s := range d.judged(hits, nil) {
		out = append(out, fmt.Sprintf("%d %s %q", s.Start(), s.Rule().ID, s.Secret().Reveal()))
	}
	return out, m
}

// versionPieces are what the texts of the test are put together from.
func versionPieces(t *testing.T, rng *rand.Rand) []string {
	pieces := []string{
		"\n", " ", "=", "\"", "'", ": ", "x", "\\n", "%20", "%3D", "&quot;", "\\u003d", "\\/", "acme", "ACME_KEY=", "acme_pin: ",
		token(1), token(2), token(1)[:20], random(2, 32, lowerHex), random(3, 16, lowerHex), "493817",
		"AC." + random(3, 22, alnum) + "." + random(4, 40, alnum), "id=AID12345678", "AID87654321",
		"akey_" + random(5, 24, "0123456789abcdef"), "acmedb://bob:s3cr3tpw@db.acme",
		"-----BEGIN ACME KEY-----\n", random(6, 64, alnum) + "\n", "-----END ACME KEY-----", "-----BEGIN ",
		strings.Repeat("some plain words in a line of text\n", 20), strings.Repeat("longword", 80),
		strings.ReplaceAll(token(3), "_", "%5F"), strings.ReplaceAll(token(4), "_", `\u005f`),
		wrap(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("text around ", 20)+token(5)+strings.Repeat(" and behind", 20))), 76) + "\n",
		base64.StdEncoding.EncodeToString([]byte("a short one: " + token(6) + " there")),
		base64.StdEncoding.EncodeToString([]byte(strings.Repeat("long one line ", 300) + token(7) + strings.Repeat(" tail", 100))),
	}
	for _, r := range rules.Builtin() {
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range r.Match {
			text, _, err := m.Fill(example, rng)
			if err != nil {
				t.Fatal(err)
			}
			pieces = append(pieces, text)
		}
	}
	return pieces
}

// TestScanVersion makes chains of versions by random edits, and compares what is
// found in each with what a look at the whole text finds.
func TestScanVersion(t *testing.T) {
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
	d.forgetful = os.Getenv("FORGET") != ""
	rng := testRand()
	pieces := versionPieces(t, rng)
	put := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	found, inherited := 0, 0
	for range loops {
		text := put(5 + rng.IntN(120))
		_, m := sightings(t, d, text, nil, nil)
		for range 12 {
			copies, next := edit(rng, text, put)
			got, version := sightings(t, d, next, m, copies)
			want, _ := sightings(t, plain, next, nil, nil)
			if !slices.Equal(got, want) {
				t.Fatalf("a version by the copies %v of %d bytes: -want +got\n%s\naround: %q", copies, len(text),
					cmp.Diff(want, got), around(next, want, got))
			}
			sameFindings(t, d, next, version)
			found += len(got)
			for _, h := range version.cands {
				if h.shift != 0 {
					inherited++
				}
			}
			text, m = next, version
		}
	}
	if found < 1000 || inherited < 300 {
		t.Errorf("only %d sightings, %d inherited: the test tells little", found, inherited)
	}
}

// sameFindings compares what a memory makes of a text with what a scan finds in it.
func sameFindings(t *testing.T, d *Detector, text string, m *Memory) {
	t.Helper()
	doc := Document{Data: []byte(text), Location: Location{Path: "config/database.yml"}, Offset: 3}
	want, err := d.Scan(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	got := d.Findings(doc, d.Hits(m), nil)
	// A candidate that counts for nothing hides its parts in a scan's excerpts alone.
	ignore := cmpopts.IgnoreFields(Place{}, "Excerpt", "MarkStart", "MarkEnd")
	if diff := cmp.Diff(want, got, ignore, cmp.Comparer(func(a, b *rules.Rule) bool { return a == b }),
		cmp.Comparer(func(a, b Secret) bool { return a == b })); diff != "" {
		t.Fatalf("findings of a version: -want +got\n%s", diff)
	}
}

// around is the text around the first sighting that only one of two lists has.
func around(text string, a, b []string) string {
	for _, s := range append(slices.Clone(a), b...) {
		if slices.Contains(a, s) != slices.Contains(b, s) {
			var at int
			fmt.Sscanf(s, "%d", &at)
			return text[max(0, at-800):min(len(text), at+300)]
		}
	}
	return ""
}

// loops is how many chains of versions are made.
var loops = 60

// edit makes a version: pieces of the text copied, most in order, with new text
// between, now and then one moved, doubled or cut in an odd place.
func edit(rng *rand.Rand, text string, put func(int) string) (copies []Copy, next string) {
	var b strings.Builder
	add := func(s string) {
		if s != "" {
			copies = append(copies, Copy{-1, len(s)})
			b.WriteString(s)
		}
	}
	take := func(lo, hi int) {
		if lo < hi {
			copies = append(copies, Copy{lo, hi - lo})
			b.WriteString(text[lo:hi])
		}
	}
	at := 0
	for range 1 + rng.IntN(4) {
		if len(text) == 0 {
			break
		}
		cut := at + rng.IntN(len(text)-at+1)
		take(at, cut)
		at = min(len(text), cut+[]int{0, 0, 1, 7, 60, 700}[rng.IntN(6)]) // what is left out
		switch rng.IntN(4) {
		case 0:
			add(put(1 + rng.IntN(3)))
		case 1:
			add("\n")
		case 2:
			from := rng.IntN(len(text))
			take(from, from+rng.IntN(min(4000, len(text)-from)+1))
		}
	}
	if rng.IntN(8) > 0 {
		take(at, len(text))
	}
	return copies, b.String()
}
