package detector

import (
	"strings"
	"testing"
)

// A word that comes up by chance within encoded data or a hash is none.
func TestWordsInNoise(t *testing.T) {
	d := detectorFor(t, "regex = '''[0-9a-f]{32}'''\ncontext = [\"okta\", \"paypal\"]")
	key := random(2, 32, lowerHex)
	left, right := random(1, 20, alnum)+"9", "7"+random(5, 20, alnum)
	for _, test := range []struct {
		name, before string
		want         int
	}{
		{"a name", "OKTA_TOKEN=", 1},
		{"a name in a name", "myServicePaypalProductionKey = ", 1},
		{"a path", "https://okta/" + right + " ", 1},
		{"behind a hash", left + "/okta: ", 1},
		{"base64", left + "xOkta" + right + " ", 0},
		{"base64, long word", left + "payPal" + right + " ", 0},
		{"a name in capitals", "COMPANYPAYPALAPIKEYFORTESTS=", 1},
	} {
		if found := scanText(t, d, test.before+key); len(found) != test.want {
			t.Errorf("%s: %d findings in %q, want %d", test.name, len(found), test.before+key, test.want)
		}
	}
	if strings.Contains(left, "okta") {
		t.Fatal("the noise has a word of its own")
	}
}
