package detector

import "testing"

// A part that is a named group of the rule's expression comes from the match, however
// near another text of its shape stands.
func TestPartOfTheMatch(t *testing.T) {
	key := random(1, 32, lowerHex)
	for name, expr := range map[string]string{
		"direct":      `[0-9a-f]{32}-(?P<dc>[a-z]{2}[0-9]{1,2})`,
		"regexp":      `[0-9a-f]{32}(?:-|(?:a.?){2,3})(?P<dc>[a-z]{2}[0-9]{1,2})`,
		"look-around": `[0-9a-f]{32}-(?P<dc>[a-z]{2}[0-9]{1,2})(?!x)`,
	} {
		d := detectorFor(t, "regex = '''"+expr+"'''\ncontext = [\"acme\"]\n[[rule.part]]\nname = \"dc\"\nrequired = true\n")
		found := scanText(t, d, "dc: eu9 acme "+key+"-us14 us3")
		if describe(found) != "acme-key="+key+"-us14" {
			t.Errorf("%s: found %q", name, describe(found))
			continue
		}
		if p := found[0].Parts; len(p) != 1 || p[0].Value.Reveal() != "us14" || p[0].Span.Start != 46 {
			t.Errorf("%s: parts %+v", name, p)
		}
	}
}
