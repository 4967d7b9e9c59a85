package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// page is docs/rules.md: a table of all built-in rules.
func page(folder string) ([]byte, error) {
	set, err := rules.Load(folder)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(set, func(a, b *rules.Rule) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.ID, b.ID))
	})
	providers := map[string]bool{}
	checks, revokes := 0, 0
	for _, r := range set {
		providers[r.Provider] = true
		if r.Checks() {
			checks++
		}
		if r.Revokes() {
			revokes++
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!-- Made from rules/builtin by go generate ./rules; do not edit. -->

# Built-in rules

%d rules for the credentials of %d providers; %d can be checked at the provider (`+"`--verify`"+`), %d revoked there. [Writing rules](writing-rules.md)
says what the severities mean; `+"`stanch rules show ID`"+` shows all of a rule.

| provider | rule | credential | severity | checks | revokes |
|---|---|---|---|---|---|
`, len(set), len(providers), checks, revokes)
	for _, r := range set {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s |\n", r.Provider, r.ID, strings.ReplaceAll(r.Title, "|", "\\|"),
			r.Severity, yes(r.Checks()), yes(r.Revokes()))
	}
	return b.Bytes(), nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
