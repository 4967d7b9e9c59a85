package triage

import (
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// finding makes one of what its fields say: "high known live suppressed".
func finding(words string) detector.Finding {
	f := detector.Finding{Rule: &rules.Rule{ID: "r"}}
	for w := range strings.FieldsSeq(words) {
		switch w {
		case "known":
			f.Known = true
		case "live", "dead", "unknown":
			f.Verification = &detector.Verification{State: detector.State(w)}
		case "suppressed":
			f.Suppression = &detector.Suppression{Kind: KindConfig}
		default:
			f.Rule.Severity = rules.Severity(w)
		}
	}
	return f
}

func TestGate(t *testing.T) {
	for _, test := range []struct{ gate, finding, want string }{
		{"none", "critical live", "passes"},
		{"any", "low", "fails"},
		{"any", "low known", "fails"},
		{"any", "critical live suppressed", "passes"},
		{"new", "low", "fails"},
		{"new", "critical known", "passes"},
		{"new", "critical suppressed", "passes"},
		{"live", "low", "passes"},
		{"live", "low live", "fails"},
		{"live", "low live known", "fails"},
		{"live", "critical dead", "passes"},
		{"live", "critical unknown", "passes"},
		{"live", "low live suppressed", "passes"},
		{"low", "low", "fails"},
		{"medium", "low", "passes"},
		{"medium", "medium", "fails"},
		{"high", "medium live", "passes"},
		{"high", "critical", "fails"},
		{"high", "critical known", "passes"},
		{"critical", "high", "passes"},
		{"critical", "critical", "fails"},
		{"critical,live", "low live known", "fails"},
		{"critical,live", "high", "passes"},
		{" Critical , LIVE,live ", "critical", "fails"},
	} {
		g, err := ParseGate(test.gate)
		if err != nil {
			t.Fatal(err)
		}
		f := finding(test.finding)
		if got := map[bool]string{true: "fails", false: "passes"}[g.Fails(&f)]; got != test.want {
			t.Errorf("%q %s with --fail-on %q", test.finding, got, test.gate)
		}
	}
}

func TestParseGate(t *testing.T) {
	for text, want := range map[string]string{
		"new, live": "new,live",
		"none":      "none",
		"HIGH,high": "high",
	} {
		g, err := ParseGate(text)
		if err != nil || g.String() != want {
			t.Errorf("ParseGate(%q) = %q, %v, want %q", text, g, err, want)
		}
	}
	const all = "one or more of none, any, new, live, low, medium, high, critical, separated by commas"
	for text, want := range map[string]string{
		"":          `fail-on "" has an empty value: want ` + all,
		"new,":      `fail-on "new," has an empty value: want ` + all,
		"hihg":      `fail-on has no value "hihg": did you mean "high"? (want ` + all + ")",
		"severe":    `fail-on has no value "severe" (want ` + all + ")",
		"none,live": `fail-on "none,live": none cannot stand beside other values`,
	} {
		if _, err := ParseGate(text); err == nil || err.Error() != want {
			t.Errorf("ParseGate(%q): %v, want %s", text, err, want)
		}
	}
	if got := (Gate{}).String(); got != "none" {
		t.Errorf("the zero Gate is %q", got)
	}
}

func TestDefaultGate(t *testing.T) {
	if got := DefaultGate(false).String() + " " + DefaultGate(true).String(); got != "any new" {
		t.Errorf("defaults without and with a baseline: %s", got)
	}
}

func TestNeedsVerification(t *testing.T) {
	for text, want := range map[string]bool{"any": false, "critical,live": true} {
		if g, err := ParseGate(text); err != nil || g.NeedsVerification() != want {
			t.Errorf("%s: NeedsVerification is %t, %v", text, g.NeedsVerification(), err)
		}
	}
}

func TestJudge(t *testing.T) {
	findings := []detector.Finding{
		finding("low"), finding("high known"), finding("critical"), finding("critical known suppressed"),
	}
	g, err := ParseGate("high")
	if err != nil {
		t.Fatal(err)
	}
	v := g.Judge(findings)
	if want := (Verdict{Failing: 1, Known: 1, Suppressed: 1, Total: 4}); v != want || !v.Fails() {
		t.Errorf("%+v, want %+v", v, want)
	}
	if v := g.Judge(nil); v.Fails() {
		t.Errorf("no finding, and yet %+v", v)
	}
}

func TestBoth(t *testing.T) {
	a, b := &detector.Suppression{Reason: "a"}, &detector.Suppression{Reason: "b"}
	if Both(a, b) != a || Both(a, nil) != nil || Both(nil, b) != nil {
		t.Error("a finding is ignored that is not ignored everywhere, or the other way round")
	}
}
