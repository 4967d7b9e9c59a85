package triage

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
)

func TestComments(t *testing.T) {
	for _, test := range []struct {
		line, before string
		want         []Comment
	}{
		{"x = 1 # stanch:ignore", "", []Comment{{}}},
		{"x = 1 //stanch:ignore", "", []Comment{{}}},
		{"x = 1 # stanch:ignore -- a test token", "", []Comment{{nil, "a test token"}}},
		{"x = 1 # stanch:ignore acme-key", "", []Comment{{[]string{"acme-key"}, ""}}},
		{"x = 1 # stanch:ignore Acme-Key,b-* revoked, see A-1", "",
			[]Comment{{[]string{"acme-key", "b-*"}, "revoked, see A-1"}}},
		{"x = 1 # stanch:ignore a , b,c -- why not", "", []Comment{{[]string{"a", "b", "c"}, "why not"}}},
		{"x = 1 # stanch:ignore: a: why", "", []Comment{{[]string{"a"}, "why"}}},
		{"x /* stanch:ignore a -- b */ y = 2", "", []Comment{{[]string{"a"}, "b"}}},
		{"<a><!--stanch:ignore--> c", "", []Comment{{}}},
		{"<a><!-- stanch:ignore a --> c", "", []Comment{{[]string{"a"}, ""}}},
		{"{{/* stanch:ignore a */}} {{ x }}", "", []Comment{{[]string{"a"}, ""}}},
		{`{"k": "v", "note": "stanch:ignore a -- b, c", "z": "y"}`, "", []Comment{{[]string{"a"}, "b, c"}}},
		{`{"k": "v", "stanch:ignore": true}`, "", []Comment{{}}},
		{"x # stanch:ignore a -- one stanch:ignore b -- two", "",
			[]Comment{{[]string{"a"}, "one"}, {[]string{"b"}, "two"}}},
		{"x # gitleaks:allow", "", []Comment{{nil, "gitleaks:allow"}}},
		{"x # gitleaks:allow stanch:ignore a", "", []Comment{{[]string{"a"}, ""}, {nil, "gitleaks:allow"}}},
		{"x # stanch:ignored", "", nil},
		{"x # stanch:ignore-file", "", nil},
		{"x # stanch:ignore_a", "", nil},
		{"x # my-stanch:ignore", "", nil},
		{"x # Stanch:Ignore", "", nil},
		{"x # stanch: ignore", "", nil},

		{"x", "  # stanch:ignore a -- why\r", []Comment{{[]string{"a"}, "why"}}},
		{"x", "//stanch:ignore", []Comment{{}}},
		{"x", "/* stanch:ignore a */", []Comment{{[]string{"a"}, ""}}},
		{"x", " * stanch:ignore a", []Comment{{[]string{"a"}, ""}}},
		{"x", "<!-- stanch:ignore a -->  ", []Comment{{[]string{"a"}, ""}}},
		{"x", "-- stanch:ignore", []Comment{{}}},
		{"x", "REM stanch:ignore a", []Comment{{[]string{"a"}, ""}}},
		{"x", "/* stanch:ignore a */ y = 1", nil},
		{"x", "y = 1 # stanch:ignore a", nil},
		{"x", "# y = 1 stanch:ignore a", nil},
		{"x", "stanch:ignore a", nil},
		{"x", "# stanch:ignored", nil},
		{"x", "# gitleaks:allow", nil},
		{"x # stanch:ignore a", "# stanch:ignore b", []Comment{{[]string{"a"}, ""}, {[]string{"b"}, ""}}},
	} {
		if got := Comments(test.line, test.before); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q behind %q: %+q, want %+q", test.line, test.before, got, test.want)
		}
		if len(test.want) > 0 && !Marked([]byte(test.before+"\n"+test.line)) {
			t.Errorf("%q behind %q is not marked", test.line, test.before)
		}
	}
	if Marked([]byte("stanch : ignore, gitleaks allow")) {
		t.Error("marked without a marker")
	}
}

func TestInline(t *testing.T) {
	for _, test := range []struct {
		line   string
		want   *detector.Suppression
		others string
	}{
		{"x # stanch:ignore acme-key -- why", &detector.Suppression{Kind: KindInline, Reason: "why"}, ""},
		{"x # stanch:ignore acme-*", &detector.Suppression{Kind: KindInline}, ""},
		{"x # stanch:ignore b,acme-key why", &detector.Suppression{Kind: KindInline, Reason: "why"}, ""},
		{"x # stanch:ignore b stanch:ignore acme-key", &detector.Suppression{Kind: KindInline}, ""},
		{"x # gitleaks:allow", &detector.Suppression{Kind: KindInline, Reason: "gitleaks:allow"}, ""},
		{"x # stanch:ignore acme", nil, "acme"},
		{"x # stanch:ignore test token", nil, "test"},
		{"x # stanch:ignore a,b", nil, "a b"},
		{"x", nil, ""},
	} {
		got, others := Inline(test.line, "", "acme-key")
		if !reflect.DeepEqual(got, test.want) || strings.Join(others, " ") != test.others {
			t.Errorf("%q: %+v, others %q, want %+v, others %q", test.line, got, others, test.want, test.others)
		}
	}
}

func TestReasonShowsNoSecret(t *testing.T) {
	token := strings.Repeat("q7X", 12)
	phrase := "correct horse"
	secrets := []detector.Secret{
		detector.NewSecret(phrase, 0), detector.NewSecret(phrase+" battery", 0), detector.NewSecret("tok_"+token, 4),
	}
	for reason, want := range map[string]string{
		"was tok_" + token:                                            "was tok_…7X",
		"it is " + phrase + " battery now":                            "it is …ry now",
		"other " + token + "== too":                                   "other … too",
		"see https://example.com/browse/SEC-1234, revoked 2026-01-01": "see https://example.com/browse/SEC-1234, revoked 2026-01-01",
		"tab\tand\x1b[31mred\xff\u202e":                               "tab and [31mred",
		strings.Repeat("ä", 300):                                      strings.Repeat("ä", 199) + "…",
	} {
		s, _ := Inline("x # stanch:ignore -- "+reason, "", "any", secrets...)
		if s == nil {
			t.Errorf("%q: not ignored", reason)
			continue
		}
		if s.Reason != want {
			t.Errorf("%q became %q, want %q", reason, s.Reason, want)
		}
	}
}

// FuzzInline: no text makes it panic, and a reason is short, printable and without the
// secret that stands in the line.
func FuzzInline(f *testing.F) {
	f.Add("x = S # stanch:ignore a -- was S", "// stanch:ignore")
	f.Add("stanch:ignore , , a*", "<!-- stanch:ignore -->")
	secret := detector.NewSecret("Zq"+strings.Repeat("8w", 9), 2)
	f.Fuzz(func(t *testing.T, line, before string) {
		line = strings.ReplaceAll(line, "S", secret.Reveal())
		before = strings.ReplaceAll(before, "S", secret.Reveal())
		s, others := Inline(line, before, "a", secret)
		if s == nil {
			return
		}
		if others != nil {
			t.Errorf("ignored, and yet %q instead", others)
		}
		if strings.Contains(s.Reason, secret.Reveal()) || len([]rune(s.Reason)) > maxReason || strings.ContainsAny(s.Reason, "\x00\n\x1b") {
			t.Errorf("reason %q", s.Reason)
		}
		if !Marked([]byte(line + "\n" + before)) {
			t.Error("the check before would have missed it")
		}
	})
}
