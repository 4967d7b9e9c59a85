package detector_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// The built-in rules look through a line of configuration.
func Example() {
	d, err := detector.New(rules.Builtin())
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := d.Scan(context.Background(), detector.Document{
		Data:     []byte("GITHUB_TOKEN=" + madeUp("github-pat-classic") + "\n"),
		Location: detector.Location{Path: "app.env"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range found {
		at := f.Places[0]
		fmt.Printf("%s:%d:%d: %s (%s, %s confidence): %s\n", at.Location.Path, at.Span.StartLine, at.Span.StartColumn,
			f.Rule.Title, f.Rule.Severity, detector.Level(f.Confidence), f.Secret)
	}
	// Output: app.env:1:14: GitHub personal access token (classic) (critical, high confidence): ghp_…r2
}

// Rules may be anybody's, and a finding may be wanted only if it is sure.
func ExampleNew() {
	set, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-key"
title = "Acme key"
severity = "high"
regex = '''acme_[0-9a-f]{16}'''
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := detector.New(set, detector.WithMinConfidence(detector.HighConfidence))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := d.Scan(context.Background(), detector.Document{Data: []byte("key: acme_" + "58c0e6d1b2f94a37")})
	fmt.Println(len(found), err)
	// Output: 1 <nil>
}

// madeUp is a credential of a rule's shape that nobody was ever issued.
func madeUp(rule string) string {
	for _, r := range rules.Builtin() {
		if r.ID != rule {
			continue
		}
		maker, err := rules.NewMaker(r)
		if err != nil {
			panic(err)
		}
		secret, err := maker.Secret(rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			panic(err)
		}
		return secret
	}
	panic("no rule " + rule)
}
