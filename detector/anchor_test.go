package detector

import (
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// TestNeighboursOfOneAnchor holds that a match found once does not hide the next one,
// whose anchor stands so close that the search for its start meets the first again.
func TestNeighboursOfOneAnchor(t *testing.T) {
	set, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-line"
title = "Acme line"
severity = "high"
regex = '''(?m)^[0-9a-z.*]{1,40}:acme:(?P<secret>[0-9A-Za-z]{12})'''
boundary = "none"
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := random(1, 12, alnum), random(2, 12, alnum), random(3, 12, alnum)
	text := "db.corp.io:acme:" + one + "\n*:acme:" + two + "\na:acme:" + three + "\n"
	if got, want := describe(scanText(t, d, text)), "acme-line="+one+" acme-line="+two+" acme-line="+three; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
