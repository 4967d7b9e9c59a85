package rules_test

import (
	"fmt"

	"github.com/stanchsec/stanch/rules"
)

// A rule file is parsed, and a mistake in it has a place and a hint.
func Example() {
	_, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-key"
title = "Acme key"
severity = "hihg"
regex = '''acme_[0-9a-f]{16}'''
`))
	fmt.Println(err)

	for _, r := range rules.Builtin() {
		if r.ID == "github-pat-classic" {
			fmt.Println(r.Title, r.Severity, r.Checksum)
		}
	}
	// Output:
	// acme.toml:5:1: rule acme-key: severity is "hihg" (one of critical, high, medium, low)
	// GitHub personal access token (classic) critical crc32-base62
}
