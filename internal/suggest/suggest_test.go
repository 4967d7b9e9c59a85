package suggest

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	names := slices.Values([]string{"include", "exclude", "rules", "fail-on", "min-confidence", "jobs", "nobs"})
	for name, want := range map[string]string{
		"exlude":         "exclude",
		"rule":           "rules",
		"Rules":          "rules",
		"fail_on":        "fail-on",
		"failon":         "fail-on",
		"min-confidense": "min-confidence",
		"min_confidence": "min-confidence",
		"obs":            "jobs",
		"baseline":       "",
		"xy":             "",
		"":               "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	if got, want := DidYouMean("rulse", slices.Values([]string{"rules"})), `: did you mean "rules"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := DidYouMean("rulse", slices.Values([]string(nil))); got != "" {
		t.Errorf("got %q without candidates", got)
	}
}
