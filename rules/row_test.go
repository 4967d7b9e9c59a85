package rules

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/shape"
)

// Whatever a rule can match begins with one of the rows of its plan.
func TestRowsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	known := 0
	for _, r := range Builtin() {
		if r.Plan.Rows == nil {
			continue
		}
		known++
		s, err := shape.Parse(r.Regex)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			text := s.Sample(rng).Text
			for _, behind := range []string{"", "\"", "\n", " 7", "\\n"} {
				if n := CountRows([]byte(text + behind)); !r.Plan.MayBegin(&n) {
					t.Errorf("%s: %q is passed over: %v are none of %v", r.ID, text+behind, n, r.Plan.Rows)
				}
			}
		}
	}
	if known == 0 {
		t.Error("no rule has rows")
	}
}

func TestCountRows(t *testing.T) {
	hex := strings.Repeat("0a", 150)
	for _, test := range []struct {
		text string
		set  string // that the row is to consist of
		want int
	}{
		{"", "0123456789", 0},
		{"12ab-CD_e", "0123456789", 2},
		{"12ab-CD_e", "0123456789abcdef", 4},
		{"12ab-CD_e", "-0123456789abcdef", 5},
		{"12ab-CD_e f", "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", 9},
		{hex, "0123456789abcdef", MaxRow},
		{"!", "0123456789", 0},
	} {
		found := false
		for k, set := range rowKinds {
			if string(set.Bytes()) == test.set {
				found = true
				if got := CountRows([]byte(test.text)); int(got[k]) != test.want {
					t.Errorf("%q begins with %d of %s, want %d", test.text, got[k], test.set, test.want)
				}
			}
		}
		if !found {
			t.Errorf("there is no kind %s", test.set)
		}
	}
}
