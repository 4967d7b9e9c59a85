package detector

import (
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// detectorFor makes a detector of one rule: acme-key, with the given keys.
func detectorFor(t testing.TB, keys string, options ...Option) *Detector {
	t.Helper()
	set, err := rules.Parse("acme.toml", []byte("[[rule]]\nid = \"acme-key\"\ntitle = \"Acme key\"\nseverity = \"high\"\n"+keys))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(set, options...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A match may begin with quotes and blanks that no walk back from its run goes over,
// and a run may lack the digit by which runs are told: the context word wakes those.
func TestContextRuleIsWoken(t *testing.T) {
	hexKey, letters := random(2, 32, lowerHex), random(3, 32, "abcdefghijklmnopqrstuvwxyz")
	for _, test := range []struct {
		name, keys, text, want string
		wake                   rules.Wake
	}{
		{"the run leads", "regex = '''[0-9a-f]{32}'''", "acme=" + hexKey, hexKey, rules.WakeContext},
		{"a dotted lead", "regex = '''[0-9]{1,2}[.:](?P<secret>[0-9a-f]{32})'''", "acme=7:" + hexKey, hexKey, rules.WakeContext},
		{"quotes lead", `regex = '''["' ]{1,3}(?P<secret>[0-9a-f]{32})'''`, `acme="` + hexKey + `"`, hexKey, rules.WakeWord},
		{"no digit is asked for", "regex = '''[a-z]{32}'''\ndigits = 0", "acme=" + letters, letters, rules.WakeWord},
	} {
		d := detectorFor(t, "context = [\"acme\"]\n"+test.keys)
		if got := d.rules[0].plan.Wake; got != test.wake {
			t.Errorf("%s: it is woken by %d, want %d", test.name, got, test.wake)
		}
		if got := describe(scanText(t, d, test.text)); got != "acme-key="+test.want {
			t.Errorf("%s: %q gives %q", test.name, test.text, got)
		}
	}
}

// Of several forms that match, the one counts that ends where a token does.
func TestVariantThatFits(t *testing.T) {
	long := random(1, 45, alnum)
	for _, test := range []struct{ name, keys, text, want string }{
		{"long", "regex = '''ak_(?:[0-9A-Za-z]{37}|[0-9A-Za-z]{45})'''", "ak_" + long, "acme-key=ak_" + long},
		{"short", "regex = '''ak_(?:[0-9A-Za-z]{37}|[0-9A-Za-z]{45})'''", "ak_" + long[:37], "acme-key=ak_" + long[:37]},
		{"neither", "regex = '''ak_(?:[0-9A-Za-z]{37}|[0-9A-Za-z]{45})'''", "ak_" + long[:41], ""},
		{"a value", "regex = '''[0-9A-Za-z]{37}|[0-9A-Za-z]{45}'''\ncontext = [\"acme\"]", "acme: " + long, "acme-key=" + long},
	} {
		if got := describe(scanText(t, detectorFor(t, test.keys), test.text)); got != test.want {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// A match in which the secret takes no part is none, whatever engine finds it.
func TestSecretTakesNoPart(t *testing.T) {
	for name, expr := range map[string]string{
		"direct":      `legacy-(?:(?P<secret>[0-9]{8})|pin-([0-9]{4}))`,
		"regexp":      `legacy-(?:(?P<secret>[0-9]{8})|pin-([0-9]{4})|(?:a.?){1,3}[0-9]{1,4}x)`,
		"look-around": `legacy-(?:(?P<secret>[0-9]{8})|pin-([0-9]{4}))(?!x)`,
	} {
		d := detectorFor(t, "regex = '''"+expr+"'''\nboundary = \"none\"")
		if got, want := describe(scanText(t, d, "legacy-pin-4711 and legacy-83017264 here")), "acme-key=83017264"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A text is filtered in strides; a word may stand in one and its value in the next.
func TestAcrossStrides(t *testing.T) {
	hexKey, letters := random(2, 32, lowerHex), random(3, 32, "abcdefghijklmnopqrstuvwxyz")
	for _, test := range []struct{ keys, value string }{
		{"regex = '''[0-9a-f]{32}'''", hexKey},                  // woken by the value
		{"regex = '''[a-z]{32}'''\ndigits = 0", letters},        // woken by the word
		{"regex = '''(?P<secret>[0-9a-f]{32})'''", hexKey},      // by its group
		{"regex = '''[\"]?(?P<secret>[0-9a-f]{32})'''", hexKey}, // by the word, within quotes
	} {
		d := detectorFor(t, "context = [\"acme\"]\n"+test.keys)
		line := "acme = \"" + test.value + "\"\n"
		for at := stride - len(line); at <= stride; at++ {
			text := strings.Repeat("text\n", at/5) + strings.Repeat(" ", at%5) + line + "acme (a word that comes later)\n"
			if got, want := describe(scanText(t, d, text)), "acme-key="+test.value; got != want {
				t.Errorf("%s: with the line at %d: %q, want %q", test.keys, at, got, want)
			}
		}
	}
}
