package detector

import (
	"strings"
	"testing"
)

// TestNamed holds which texts give a value to a name that means other things, too.
func TestNamed(t *testing.T) {
	d := detectorFor(t, "regex = '''[0-9a-z]{32}'''\ncontext = [\"railway_token\"]\nnamed = [\"railway\"]")
	key := random(12, 31, lowerHex) + "7"
	for text, want := range map[string]int{
		"railway = 'KEY'":                                 1,
		"railway: KEY":                                    1,
		"railway 'KEY'":                                   1,
		"railway PRIVATE KEY":                             1,
		"RAILWAY_PROD_API_KEY=KEY":                        1,
		"railway-secret-KEY":                              1,
		"railwaySECRET_KEY":                               1,
		"[railway]\napi_key = KEY\n":                      1,
		"railway:\n  token: KEY\n":                        1,
		"client = railway.Client(api_key=\"KEY\")":        1,
		`{"railway": {"enabled": true, "apiKey": "KEY"}}`: 1,
		"<id>railway</id>\n\t<secret>{KEY}</secret>":      1,
		"railway_token_of_staging = KEY":                  1, // the context word
		"railway KEY":                                     0,
		"railway\nKEY\n":                                  0,
		"the railway station at KEY":                      0,
		"railway_digest = KEY":                            0,
		"railway/KEY":                                     0,
		`{"railway": {"enabled": true, "image": "KEY"}}`:  0,
		`{"railway": {"enabled": true}, "apiKey": "KEY"}`: 0,
		"railway = true\napi_key = KEY\n":                 0,
		"railways = 'KEY'":                                0,
		"railway: 12345\ntoken: KEY":                      0,
		"railway-asset-KEY":                               0,
	} {
		text = strings.ReplaceAll(text, "_KEY=KEY", "_\x00=KEY")
		text = strings.ReplaceAll(strings.ReplaceAll(text, "KEY", key), "\x00", "KEY")
		if found := scanText(t, d, text); len(found) != want {
			t.Errorf("%d findings in %q, want %d", len(found), strings.ReplaceAll(text, key, "…"), want)
		}
	}
}

// TestOwnName: what is called like the provider, and no more, is likely its credential.
func TestOwnName(t *testing.T) {
	d := detectorFor(t, "regex = '''[0-9a-f]{40}'''\nconfidence = \"low\"\ncontext = [\"acmecorp\"]")
	key := random(13, 40, lowerHex)
	for text, want := range map[string]int{
		"acmecorp = ":            1,
		"acmecorp ":              1,
		"acmecorp ACCESS ":       1,
		"acmecorp token 1 == ":   1,
		"acmecorp-api: ":         1,
		"acmecorp-size: ":        0,
		"acmecorp_commit = ":     0,
		"acmecorp archive from ": 0,
	} {
		if found := scanText(t, d, text+key); len(found) != want {
			t.Errorf("%q: %d findings, want %d", text, len(found), want)
		}
	}
}
