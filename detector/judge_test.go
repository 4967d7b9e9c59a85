package detector

import (
	"context"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// A row of one character that every credential of a rule has makes none of them a
// placeholder; a further one does.
func TestRowOfTheExpression(t *testing.T) {
	set, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-rowed"
title = "Acme token with a row"
severity = "high"
regex = '''acme_[0-9a-z]{8}ZZZZZZZZZZ[0-9A-Za-z]{20}'''
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	row := strings.Repeat("Z", 10)
	for text, want := range map[string]int{
		"acme_q1w8r5t2" + row + "k7Jd0sLw2Xn5Vb8Qm4Rt":                   1,
		"acme_q1w8r5t2" + row + "Z7Jd0sLw2Xn5Vb8Qm4Rt":                   1,
		"acme_q1w8r5t2" + row + strings.Repeat("x", 20):                  0,
		"acme_q1w8r5t2" + row + strings.Repeat("Z", 20):                  0,
		"acme_" + strings.Repeat("0", 8) + row + strings.Repeat("0", 20): 0,
	} {
		found, err := d.Scan(context.Background(), Document{Data: []byte("token: " + text)})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != want {
			t.Errorf("%s: %d findings, want %d", text, len(found), want)
		}
	}
}

// TestIndentedBlock holds that the indentation of a credential's lines does not make
// it look like a placeholder.
func TestIndentedBlock(t *testing.T) {
	body := random(1, 64, alnum)
	indent := "\n" + strings.Repeat(" ", 12)
	block := "-----BEGIN ACME KEY-----\n" + body + indent + body[:30] + "==" + indent + "-----END ACME KEY-----"
	found := scanText(t, testDetector(t), block)
	if len(found) != 1 || found[0].Rule.ID != "acme-block" || Level(found[0].Confidence) != "high" {
		t.Errorf("found %s", describe(found))
	}
}

// A right checksum outweighs a word that looks like a placeholder's, whereas a form
// that everyone can write does not.
func TestWordsAndChecksums(t *testing.T) {
	word := "sample_"
	for _, test := range []struct {
		name, keys, body string
		want             int
	}{
		{"none", "regex = '''ak_[0-9A-Za-z_]{36}'''", word + random(1, 29, alnum), 0},
		{"a sum", "regex = '''ak_[0-9A-Za-z_]{36}'''\nchecksum = \"crc32-base62-whole\"", word + random(1, 29, alnum), 1},
		{"a sum over a row", "regex = '''ak_[0-9A-Za-z_]{36}'''\nchecksum = \"crc32-base62-whole\"", strings.Repeat("0", 36), 1},
		{"a form", "regex = '''eyJ[0-9A-Za-z]{20,50}_[0-9A-Za-z_]{40}'''\nchecksum = \"base64-json\"", word + random(1, 33, alnum), 0},
		{"a form and no word", "regex = '''eyJ[0-9A-Za-z]{20,50}_[0-9A-Za-z_]{40}'''\nchecksum = \"base64-json\"", random(1, 40, alnum), 1},
	} {
		d := detectorFor(t, test.keys)
		secret := "ak_" + test.body
		if d.rules[0].sum != nil {
			if d.rules[0].sum.Form() {
				secret = "eyJ" + random(9, 25, alnum) + "_" + test.body
			}
			secret = d.rules[0].sum.Fix(secret)
		}
		if found := scanText(t, d, "token: "+secret); len(found) != test.want {
			t.Errorf("%s: %d findings, want %d", test.name, len(found), test.want)
		}
	}
}

// The dashes of armour say nothing about the key between them.
func TestArmourIsNotJudged(t *testing.T) {
	d := testDetector(t)
	block := func(body string) string {
		return "-----BEGIN ACME KEY-----\n" + body + "\n-----END ACME KEY-----"
	}
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"a key":            {random(1, 64, alnum), 1},
		"three characters": {strings.Repeat("abcacb", 12), 0},
	} {
		if found := scanText(t, d, block(test.body)); len(found) != test.want {
			t.Errorf("%s: %d findings, want %d", name, len(found), test.want)
		}
	}
}
