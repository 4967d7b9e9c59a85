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

// TestCompoundWordsBegin holds that a word with separators stands where a word begins, and
// one without anywhere.
func TestCompoundWordsBegin(t *testing.T) {
	x := newWordIndex()
	x.add("box_token", 1)
	x.add("acmecorp", 2)
	for text, want := range map[string]int{
		"BOX_TOKEN": 1, "my_box_token": 1, "myBoxToken": 1, "MYBoxToken": 1, "2box-token": 1, "\tboxToken": 1,
		"SANDBOX_TOKEN": 0, "sandboxToken": 0, "inbox-token": 0,
		"myacmecorp": 1, "THEACMECORP": 1,
	} {
		if got := x.scan([]byte(text), 0, len(text), nil); len(got) != want {
			t.Errorf("%s: %d words, want %d", text, len(got), want)
		}
	}
}
