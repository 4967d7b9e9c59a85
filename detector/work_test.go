package detector

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// hostile lists texts that are repeated to make a scan work: the anchors, secrets and
// context words of every rule, whole and broken, and nested encodings.
func hostile(t testing.TB, set []*rules.Rule) map[string]string {
	rng := rand.New(rand.NewPCG(5, 5))
	units := map[string]string{
		"percent": "%2525", "escapes": `\u005c\u005c`, "entities": "&#38;#38;", "quoted-printable": "=3D=3D\n", "slashes": "://",
		"words": "okta token aws_secret datadog paypal ", "newlines": "\n", "quotes": `"'"'`,
	}
	text := strings.Repeat("the token hello ", 8)
	percent := "a%41%42 "
	for i := range 5 {
		text, percent = base64.StdEncoding.EncodeToString([]byte(text)), url.QueryEscape(percent)
		units[fmt.Sprintf("base64 %d", i)], units[fmt.Sprintf("percent %d", i)] = text+" ", percent
	}
	units["hex"] = hex.EncodeToString([]byte(strings.Repeat("ghp_ token ", 9))) + " "
	for _, r := range set {
		for _, a := range r.Plan.Anchors {
			units["anchor "+a.Lit], units["anchor and line "+a.Lit] = a.Lit, a.Lit+"\n"
		}
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := m.Secret(rng)
		if err != nil {
			t.Fatal(err)
		}
		before := ""
		if len(r.Context) > 0 {
			before = r.Context[rng.IntN(len(r.Context))] + "="
		}
		units["secret of "+r.ID] = before + secret + " "
		units["half a secret of "+r.ID] = before + secret[:len(secret)/2+1] + "\n"
	}
	return units
}

// maxWork is how much may be done for each byte of a text; ordinary source takes less
// than one.
const maxWork = 400

// TestWorkIsBounded holds the work on hostile texts to their length: it is bounded for
// each byte, and twice the text takes twice the work.
func TestWorkIsBounded(t *testing.T) {
	set := rules.Builtin()
	d, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	const size = 8 << 10
	for name, unit := range hostile(t, set) {
		one := work(t, d, strings.Repeat(unit, size/len(unit)+1)[:size])
		if one > maxWork*size {
			t.Errorf("%s: %d for each byte", name, one/size)
		}
		if two := work(t, d, strings.Repeat(unit, 2*size/len(unit)+1)[:2*size]); two > 3*one+16*size {
			t.Errorf("%s: %d for a text, %d for one twice as long", name, one, two)
		}
	}
}

func work(t *testing.T, d *Detector, text string) int {
	s := newScan(d)
	if err := s.document(context.Background(), &Document{Data: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	return s.work
}
