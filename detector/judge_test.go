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
