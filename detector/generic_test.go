package detector

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/rules"
)

func scanAt(t *testing.T, path, text string, options ...Option) []Finding {
	t.Helper()
	d, err := New(rules.Builtin(), options...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Scan(context.Background(), Document{Data: []byte(text), Location: Location{Path: path}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGeneric(t *testing.T) {
	value := random(71, 24, alnum)
	for text, id := range map[string]string{
		`db_password = "` + value + `"`:            "generic-password",
		`client_secret: ` + value:                  "generic-secret",
		`"access_token": "` + value + `"`:          "generic-token",
		`api_key = '` + value + `'`:                "generic-key",
		`secret_token_key = "` + value + `"`:       "generic-secret", // the first rule that has a word of it
		`githubToken = "ghp_` + value[:20] + `x1"`: "generic-token",  // no token of the vendor's: too short
	} {
		found := scanAt(t, "app.py", text+"\n")
		if len(found) != 1 || found[0].Rule.ID != id {
			t.Errorf("%s: found %v, want one %s", strings.ReplaceAll(text, value, "…"), found, id)
			continue
		}
		f := found[0]
		if !strings.Contains(text, f.Secret.Reveal()) || len(f.Reasons) == 0 || f.Confidence < MediumConfidence {
			t.Errorf("%s: secret %s, confidence %.2f, %d reasons", id, f.Secret, f.Confidence, len(f.Reasons))
		}
		if strings.Contains(f.Places[0].Excerpt, f.Secret.Reveal()) {
			t.Errorf("%s: the excerpt tells the secret", id)
		}
	}
}

// TestAssignedGivesWay: what a vendor's rule reports is not reported again.
func TestAssignedGivesWay(t *testing.T) {
	for _, r := range rules.Builtin() {
		if r.Generic || len(r.Match) == 0 {
			continue
		}
		m, err := rules.NewMaker(r)
		if err != nil {
			t.Fatal(err)
		}
		text, secret, err := m.Fill(`api_key = "{{secret}}"`, rand.New(rand.NewPCG(3, 3)))
		if err != nil {
			t.Fatal(err)
		}
		found := scanAt(t, "app.py", text)
		vendor := false
		for _, f := range found {
			vendor = vendor || !f.Rule.Generic && f.Secret.Reveal() == secret
		}
		for _, f := range found {
			if vendor && f.Rule.Assigned {
				t.Errorf("rule %s: reported again by %s", r.ID, f.Rule.ID)
			}
		}
	}
}

// TestRefused: what a rule knows as a sample is not reported by a generic one instead.
// Nor is a token with a further word behind it, whereas a wrong length says little.
func TestRefused(t *testing.T) {
	set, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-token"
title = "Acme token"
severity = "high"
regex = '''acme_[0-9A-Za-z]{24}'''
allow = ['''KNOWN$''']
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(append(set, rules.Builtin()...))
	if err != nil {
		t.Fatal(err)
	}
	value := random(73, 24, alnum)
	for text, want := range map[string]string{
		"acme_" + value:                                 "acme-token",
		"acme_" + value[:19] + "KNOWN":                  "",
		"acme_" + value[:14] + "EXAMPLE" + value[14:17]: "",
		"acme_" + value + "_extra":                      "",
		"acme_" + value + "_":                           "acme-token",
		"acme_" + value[:20]:                            "generic-token",
	} {
		doc := Document{Data: []byte(`api_token = "` + text + "\"\n"), Location: Location{Path: "app.py"}}
		found, err := d.Scan(context.Background(), doc)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range found {
			got += f.Rule.ID
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", strings.ReplaceAll(text, value, "…"), got, want)
		}
		m, err := d.ScanVersion(context.Background(), doc, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if later := d.Findings(doc, d.Hits(m), nil); cmp.Diff(inWords(found), inWords(later)) != "" {
			t.Errorf("%s: the scan finds %d, the memory %d", strings.ReplaceAll(text, value, "…"), len(found), len(later))
		}
	}
}

// TestLongValue: of a value that is longer than what is looked at nothing is left over.
func TestLongValue(t *testing.T) {
	value := random(72, 1200, alnum)
	found := scanAt(t, "app.py", `session_token = "`+value+"\"\n")
	if len(found) != 1 || found[0].Secret.Reveal() != value {
		t.Fatalf("found %v, want the whole value", found)
	}
}

// TestUnknownPath: what is found before the path is known comes to the same, once it is,
// as if it had been known.
func TestUnknownPath(t *testing.T) {
	d, err := New(rules.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	reported := 0
	for i := range 200 {
		text := []string{"password = ", "token: ", "export API_KEY=", `"secret": `}[i%4] + `"` + random(uint64(100+i), 5+i%12, alnum) + "\"\n"
		doc := Document{Data: []byte(text)}
		m, err := d.ScanVersion(context.Background(), doc, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		hits := d.Hits(m)
		for _, path := range []string{"a.go", "test/a.py", "docs/readme.md", "conf/app.yml", "a.json"} {
			doc.Location.Path = path
			found, err := d.Scan(context.Background(), doc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(inWords(found), inWords(d.Findings(doc, hits, nil))); diff != "" {
				t.Errorf("%s: -with the path known, +later\n%s", path, diff)
			}
			if n := len(d.Judge(hits, doc.Location)); n != len(found) {
				t.Errorf("%s: %d sightings, %d findings", path, n, len(found))
			}
			reported += len(found)
		}
	}
	if reported < 100 {
		t.Errorf("only %d findings: the test tells little", reported)
	}
}

// inWords lists what findings say, their secrets left out.
func inWords(found []Finding) (out []string) {
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s %+v %.4f %v", f.Rule.ID, f.Places[0].Span, f.Confidence, f.Reasons))
	}
	return out
}
