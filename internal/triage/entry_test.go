package triage

import (
	"reflect"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/glob"
)

func TestEntrySelects(t *testing.T) {
	ruleGlobs, err := glob.ParseNames([]string{"acme-*", "other"})
	if err != nil {
		t.Fatal(err)
	}
	path, err := glob.Parse("testdata")
	if err != nil {
		t.Fatal(err)
	}
	fp := detector.Fingerprint{1}
	for name, test := range map[string]struct {
		entry *Entry
		want  bool
	}{
		"fingerprint":        {&Entry{Fingerprints: []detector.Fingerprint{{9}, fp}}, true},
		"other fingerprint":  {&Entry{Fingerprints: []detector.Fingerprint{{9}}}, false},
		"rule":               {&Entry{Rules: ruleGlobs}, true},
		"other rule":         {&Entry{Rules: ruleGlobs[1:]}, false},
		"path":               {&Entry{Paths: glob.List{path}}, true},
		"all":                {&Entry{Fingerprints: []detector.Fingerprint{fp}, Rules: ruleGlobs, Paths: glob.List{path}}, true},
		"all but the rule":   {&Entry{Fingerprints: []detector.Fingerprint{fp}, Rules: ruleGlobs[1:], Paths: glob.List{path}}, false},
		"all but the number": {&Entry{Fingerprints: []detector.Fingerprint{{9}}, Rules: ruleGlobs, Paths: glob.List{path}}, false},
	} {
		if got := test.entry.Selects("acme-key", fp, "a/testdata/x"); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
	if e := (&Entry{Paths: glob.List{path}}); e.Selects("acme-key", fp, "a/x") {
		t.Error("another path is selected")
	}
}

func TestEntryExpires(t *testing.T) {
	ruleGlobs, err := glob.ParseNames([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	e := &Entry{
		Rules: ruleGlobs, Reason: "why", Owner: "who",
		Expires: time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC),
	}
	for at, want := range map[string]bool{
		"2026-02-28T23:59:59Z":      true,
		"2026-03-01T00:00:00Z":      false,
		"2026-03-01T00:30:00+02:00": true, // still the day before in UTC
		"2026-02-28T23:30:00-02:00": false,
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		var expect *detector.Suppression
		if want {
			expect = &detector.Suppression{Kind: KindConfig, Reason: "why", Owner: "who", Expires: "2026-02-28"}
		}
		if got := e.Suppress(now, "r", detector.Fingerprint{}, "p"); !reflect.DeepEqual(got, expect) {
			t.Errorf("at %s: %+v, want %+v", at, got, expect)
		}
	}
	if e.Hits() != 4 {
		t.Errorf("%d hits, want 4: an expired entry counts what it would have ignored", e.Hits())
	}
	forever := &Entry{Rules: ruleGlobs, Reason: "why"}
	if s := forever.Suppress(time.Unix(1<<40, 0), "r", detector.Fingerprint{}, "p"); s == nil || s.Expires != "" {
		t.Errorf("without a date: %+v", s)
	}
}
