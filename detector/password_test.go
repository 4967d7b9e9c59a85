package detector

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

// formRules are rules that tell a form, and one that names a provider.
const formRules = `
provider = "acme"

[[rule]]
id = "acme-token"
title = "Acme token"
severity = "high"
confidence = "low"
regex = '''acme_[0-9A-Za-z]{32}'''

[[rule]]
id = "url-password"
title = "password in a URL"
severity = "high"
regex = '''://[a-z]{1,16}:(?P<secret>[!-?A-~]{1,60})@'''
boundary = "none"
password = true
generic = true
  [[rule.part]]
  name = "username"
  regex = '''://(?P<part>[a-z]{1,16}):'''
  [[rule.part]]
  name = "host"
  regex = '''@(?P<part>[0-9A-Za-z.-]{1,60}|\[[0-9a-f:]{2,40}\])'''

[[rule]]
id = "basic"
title = "Basic credentials"
severity = "high"
regex = '''Basic (?P<secret>[0-9A-Za-z+/]{4,200}={0,2})'''
checksum = "basic-auth"
password = true
generic = true
`

func formDetector(t *testing.T, options ...Option) *Detector {
	t.Helper()
	set, err := rules.Parse("acme.toml", []byte(formRules))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(set, append([]Option{WithMinConfidence(0)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPasswords(t *testing.T) {
	d := formDetector(t)
	strong := random(7, 14, alnum)
	tests := []struct {
		user, password, host string
		want                 rules.Confidence
		reason               string
	}{
		{"app", strong, "db.corp.io", rules.ConfidenceHigh, ""},
		{"app", "k7!" + strong[:3], "10.2.3.4", rules.ConfidenceHigh, ""},
		{"app", "kqzvwjx", "db", rules.ConfidenceHigh, ""},
		{"app", strong, "localhost", rules.ConfidenceMedium, "host"},
		{"app", strong, "127.0.0.1", rules.ConfidenceMedium, "host"},
		{"app", strong, "[::1]", rules.ConfidenceMedium, "host"},
		{"app", strong, "db.example.com", rules.ConfidenceLow, "host"},
		{"app", strong, "db.example", rules.ConfidenceLow, "host"},
		{"app", strong, "192.0.2.7", rules.ConfidenceLow, "host"},
		{"app", strong, "hostname", rules.ConfidenceLow, "host"},
		{"app", strong, "your-server.com", rules.ConfidenceLow, "host"},
		{"postgres", "postgres", "localhost", rules.ConfidenceLow, "password"},
		{"billing", "Billing", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "password", "db.corp.io", rules.ConfidenceLow, "placeholder"},
		{"app", "my_secret-pass", "db.corp.io", rules.ConfidenceLow, "placeholder"},
		{"app", "Passw0rd!", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "mytestpassword123", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "test_password_321", "db.corp.io", rules.ConfidenceLow, "password"},
		{"leaf", "pleaf", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "too-late-in-file", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "pass%20word", "db.corp.io", rules.ConfidenceLow, "placeholder"},
		{"app", "pa%3Fssword1", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "p%40ssw0rd", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "123456", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "bar", "db.corp.io", rules.ConfidenceLow, "placeholder"},
		{"app", "k7q", "db.corp.io", rules.ConfidenceLow, "password"},
		{"app", "841375", "db.corp.io", rules.ConfidenceHigh, ""},
		{"app", "${DB_PASSWORD}", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "$DB_PASSWORD", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "%DB_PASSWORD%", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "%(password)s", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "%s", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "#{pass}", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "{{.Password}}", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "%7Bpassword%7D", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "<password>", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "[password]", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "MY_DB_PASSWORD", "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", `"+password+"`, "db.corp.io", rules.ConfidenceLow, "template"},
		{"app", "********", "db.corp.io", rules.ConfidenceLow, "placeholder"},
		{"app", "abc***", "db.corp.io", rules.ConfidenceLow, "template"},
	}
	for _, tt := range tests {
		text := "url: x://" + tt.user + ":" + tt.password + "@" + tt.host + "/base"
		found := scanText(t, d, text)
		if len(found) != 1 || found[0].Secret.Reveal() != tt.password {
			t.Errorf("%s: found %s", text, describe(found))
			continue
		}
		f := found[0]
		if got := Level(f.Confidence); got != tt.want {
			t.Errorf("%s: confidence %.2f, %s; want %s", text, f.Confidence, got, tt.want)
		}
		named := false
		for _, r := range f.Reasons {
			named = named || r.Name == tt.reason
		}
		if tt.reason != "" && !named {
			t.Errorf("%s: reasons %v, want %q among them", text, f.Reasons, tt.reason)
		}
	}
}

func TestBasicCredentials(t *testing.T) {
	d := formDetector(t)
	tests := []struct {
		plain string
		want  rules.Confidence
	}{
		{"deploy:" + random(8, 16, alnum), rules.ConfidenceHigh},
		{":" + random(8, 16, alnum), rules.ConfidenceHigh},
		{"user:password", rules.ConfidenceLow},
		{"deploy:deploy", rules.ConfidenceLow},
		{"deploy:${TOKEN}", rules.ConfidenceLow},
		{"no colon in this text", rules.ConfidenceLow},
		{"deploy:", rules.ConfidenceLow},
		{"deploy:\x01\x02\x03\x04\x05", rules.ConfidenceLow},
	}
	for _, tt := range tests {
		found := scanText(t, d, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(tt.plain)))
		if len(found) != 1 {
			t.Errorf("%q: found %s", tt.plain, describe(found))
		} else if got := Level(found[0].Confidence); got != tt.want {
			t.Errorf("%q: confidence %.2f, %s; want %s", tt.plain, found[0].Confidence, got, tt.want)
		}
	}
}

// TestGenericGivesWay holds that a rule which names a provider is reported in place
// of a generic one, even where the generic one is surer and in plain text.
func TestGenericGivesWay(t *testing.T) {
	d := formDetector(t, WithMinConfidence(0.3))
	tok := token(9)
	for _, text := range []string{
		"git clone https://git:" + tok + "@git.corp.io/a.git",
		"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("git:"+tok)),
	} {
		if got, want := describe(scanText(t, d, text)), "acme-token="+tok; got != want {
			t.Errorf("%s:\n got %s\nwant %s", strings.ReplaceAll(text, tok, "TOKEN"), got, want)
		}
	}
	// One that is not sure enough to be reported takes no place.
	d = formDetector(t, WithMinConfidence(0.5))
	got := scanText(t, d, "git clone https://git:"+tok+"@git.corp.io/a.git")
	if len(got) != 1 || got[0].Rule.ID != "url-password" {
		t.Errorf("an unlikely token hides the password: found %s", describe(got))
	}
}
