package baseline

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

var day = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// found makes a finding of each "fingerprint rule"; a "!" in front suppresses it.
func found(list ...string) []detector.Finding {
	var findings []detector.Finding
	for _, s := range list {
		name, rule, _ := strings.Cut(s, " ")
		f := detector.Finding{Rule: &rules.Rule{ID: rule}}
		if rest, ok := strings.CutPrefix(name, "!"); ok {
			name = rest
			f.Suppression = &detector.Suppression{Kind: "inline"}
		}
		f.Fingerprint = detector.Key("test").Fingerprint("p", detector.NewSecret(name, 0))
		findings = append(findings, f)
	}
	return findings
}

func print1(name string) string { return found(name + " r")[0].Fingerprint.String() }

func TestUpdateKeepsAndDrops(t *testing.T) {
	first, change := (&Baseline{}).Update(found("a one", "b two", "!c three"), day, false)
	if len(change.Added) != 2 || len(change.Dropped) != 0 || first.Len() != 2 {
		t.Fatalf("%d entries, %+v", first.Len(), change)
	}
	text := strings.Replace(string(first.Encode()), `"2026-11-23"}`, `"2026-11-23", "note": "see <A-1>"}`, 2)
	noted, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}

	later := day.AddDate(0, 1, 0)
	second, change := noted.Update(found("b two", "d four"), later, false)
	if len(change.Added) != 1 || change.Added[0].Rule != "four" || len(change.Dropped) != 1 || change.Dropped[0].Rule != "one" {
		t.Errorf("%+v", change)
	}
	got := map[string]Entry{}
	for _, e := range second.Entries() {
		got[e.Rule] = Entry{Since: e.Since, Note: e.Note}
	}
	if want := (map[string]Entry{"two": {Since: "2026-11-23", Note: "see <A-1>"}, "four": {Since: "2026-12-23"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !strings.Contains(string(second.Encode()), "see <A-1>") {
		t.Error("the note is not written as it was")
	}
	if noted.Len() != 2 {
		t.Error("Update changed its receiver")
	}

	kept, change := noted.Update(found("d four"), later, true)
	if kept.Len() != 3 || len(change.Dropped) != 0 || len(change.Added) != 1 {
		t.Errorf("keeping: %d entries, %+v", kept.Len(), change)
	}
}

// TestStable: the order of the findings, and writing them again, makes no difference.
func TestStable(t *testing.T) {
	findings := found("a one", "a two", "a three", "b one", "c one", "d one", "e one", "!f one")
	old, err := Parse("f", []byte(`{"`+print1("a")+`": {"rule": "two"}, "version": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, start := range map[string]*Baseline{"new": {}, "old": old} {
		b, _ := start.Update(findings, day, false)
		want := b.Encode()
		for range 50 {
			random.Shuffle(len(findings), func(i, j int) { findings[i], findings[j] = findings[j], findings[i] })
			b, _ := start.Update(findings, day, false)
			if got := b.Encode(); !bytes.Equal(got, want) {
				t.Fatalf("%s: another order gives\n%s\nnot\n%s", name, got, want)
			}
			again, _ := b.Update(findings, day.AddDate(1, 0, 0), false)
			if got := again.Encode(); !bytes.Equal(got, want) {
				t.Fatalf("%s: a second update gives\n%s\nnot\n%s", name, got, want)
			}
		}
		wantRule := map[string]string{"new": "one", "old": "two"}[name]
		if e := b.entries[found("a r")[0].Fingerprint]; e.Rule != wantRule {
			t.Errorf("%s: the rule is %s, want %s", name, e.Rule, wantRule)
		}
	}
}

// TestOneLineEach: an entry more is a line more, and all other lines stay, wherever it
// comes. That is what makes branches merge.
func TestOneLineEach(t *testing.T) {
	names := []string{"a r", "b r", "c r", "d r", "e r"}
	all, _ := (&Baseline{}).Update(found(names...), day, false)
	for i := range names {
		without, _ := (&Baseline{}).Update(found(slices.Delete(slices.Clone(names), i, i+1)...), day, false)
		lines := strings.SplitAfter(string(all.Encode()), "\n")
		extra := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, print1(names[i][:1])) })
		if got, want := string(without.Encode()), strings.Join(slices.Delete(lines, extra, extra+1), ""); got != want {
			t.Errorf("without %s:\n%s\nwant\n%s", names[i], got, want)
		}
	}
}

func TestMark(t *testing.T) {
	b, _ := (&Baseline{}).Update(found("a r", "b r", "c r"), day, false)
	findings := found("a r", "a other", "d r", "!b r", "!e r")
	got := b.Mark(findings)
	if want := (Comparison{Known: 1, New: 1, Gone: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for i, want := range []bool{true, true, false, true, false} {
		if findings[i].Known != want {
			t.Errorf("finding %d: Known is %t", i, findings[i].Known)
		}
	}
	findings[0].Known = true
	if got := (&Baseline{}).Mark(findings); got != (Comparison{New: 2}) || findings[0].Known {
		t.Errorf("an empty baseline: %+v, Known %t", got, findings[0].Known)
	}
}

func TestNoSecretAndNoPosition(t *testing.T) {
	secret := "tok_" + strings.Repeat("x9", 16)
	f := detector.Finding{
		Rule:        &rules.Rule{ID: "acme"},
		Secret:      detector.NewSecret(secret, 4),
		Fingerprint: detector.DefaultKey.Fingerprint("acme", detector.NewSecret(secret, 4)),
		Places: []detector.Place{{
			Location: detector.Location{Path: "some/where.go", Commit: "c0ffee"},
			Span:     detector.Span{StartLine: 4711}, Excerpt: "excerpt",
		}},
	}
	b, _ := (&Baseline{}).Update([]detector.Finding{f}, day, false)
	for _, s := range []string{secret, secret[4:], "where", "c0ffee", "4711", "excerpt"} {
		if strings.Contains(string(b.Encode()), s) {
			t.Errorf("the baseline has %q", s)
		}
	}
}
