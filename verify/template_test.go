package verify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stanchsec/stanch/rules"
)

func TestRender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where the time is midnight of 2000-01-01, UTC
		values := Values{"secret": "s3/cr+t", "user": "me", "key": "k"}
		mac := hmac.New(sha256.New, []byte("k"))
		mac.Write([]byte("mes3/cr+t"))
		tests := []struct{ text, want string }{
			{"Bearer {{secret}}", "Bearer s3/cr+t"},
			{"{{ secret }}{{user}}", "s3/cr+tme"},
			{`{{basic user secret}}`, base64.StdEncoding.EncodeToString([]byte("me:s3/cr+t"))},
			{`{{basic "api" secret}}`, base64.StdEncoding.EncodeToString([]byte("api:s3/cr+t"))},
			{`{{basic secret}}`, base64.StdEncoding.EncodeToString([]byte("s3/cr+t:"))},
			{`{{base64 user ":" secret}}`, base64.StdEncoding.EncodeToString([]byte("me:s3/cr+t"))},
			{`{{base64url secret}}`, "czMvY3IrdA"},
			{`{{hex user}}`, "6d65"},
			{`{{sha256 ""}}`, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
			{`{{sha1 ""}}`, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
			{`{{md5 ""}}`, "d41d8cd98f00b204e9800998ecf8427e"},
			{`{{hmac key user secret}}`, hex.EncodeToString(mac.Sum(nil))},
			{`{{hmac-base64 key user secret}}`, base64.StdEncoding.EncodeToString(mac.Sum(nil))},
			{`{{urlquery secret}}`, "s3%2Fcr%2Bt"},
			{`{{now}}`, "946684800"},
			{`{{now "ms"}}`, "946684800000"},
			{`{{now "rfc3339"}}`, "2000-01-01T00:00:00Z"},
			{`{{now "http"}}`, "Sat, 01 Jan 2000 00:00:00 GMT"},
		}
		for _, test := range tests {
			if got, err := render(test.text, values, verbatim); err != nil || got != test.want {
				t.Errorf("%s: got %q, %v; want %q", test.text, got, err, test.want)
			}
		}
	})
	for _, text := range []string{"{{}}", "{{nobody secret}}", `{{base64 "open}}`, `{{now "stardate"}}`, "{{host}}", "{{basic host secret}}"} {
		_, err := render(text, Values{"secret": "x"}, verbatim)
		if err == nil {
			t.Errorf("%s: no error", text)
		}
		if missing := (missingError{}); strings.Contains(text, "host") != errors.As(err, &missing) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Every function that the linter lets pass exists, and the other way round.
func TestFunctions(t *testing.T) {
	for name := range rules.RequestFuncs {
		if functions[name] == nil {
			t.Errorf("the linter knows %q, which does not exist", name)
		}
	}
	for name := range functions {
		if _, ok := rules.RequestFuncs[name]; !ok {
			t.Errorf("the linter does not know %q", name)
		}
	}
}

// Every protocol that the loader lets pass exists.
func TestProtocols(t *testing.T) {
	for _, p := range rules.VerifyProtocols {
		if checks[p.Name] == nil {
			t.Errorf("there is no code for the protocol %q", p.Name)
		}
	}
	if len(checks) != len(rules.VerifyProtocols) {
		t.Errorf("%d protocols have code, %d are known to the loader", len(checks), len(rules.VerifyProtocols))
	}
}

func request(t *testing.T, v *Verifier, q rules.Request, values Values) (url, body string, err error) {
	t.Helper()
	if q.Method == "" {
		q.Method = "POST"
	}
	req, err := v.buildRequest(context.Background(), &rules.Rule{ID: "acme-key", Provider: "acme"}, &q, values)
	if err != nil {
		return "", "", err
	}
	data, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	return req.URL.String(), string(data), nil
}

func TestRequestEscapes(t *testing.T) {
	v, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	hostile := "a\"b\\c&d=e?f#g/h%i\u20ac"
	tests := []struct {
		name      string
		q         rules.Request
		url, body string
	}{
		{"JSON", rules.Request{URL: "https://acme.test/", JSON: `{"a":["{{secret}}",1],"b":"{{base64 \"x\"}}"}`},
			"https://acme.test/", `{"a":["a\"b\\c&d=e?f#g/h%i€",1],"b":"eA=="}`},
		{"form", rules.Request{URL: "https://acme.test/", Form: []rules.Pair{{Name: "k", Value: "{{secret}}"}}},
			"https://acme.test/", "k=a%22b%5Cc%26d%3De%3Ff%23g%2Fh%25i%E2%82%AC"},
		{"body", rules.Request{URL: "https://acme.test/", Body: "k {{secret}}"}, "https://acme.test/", "k " + hostile},
		{"path", rules.Request{URL: "https://acme.test/{{secret}}/x"}, "https://acme.test/a%22b%5Cc&d=e%3Ff%23g/h%25i%E2%82%AC/x", ""},
		{"query", rules.Request{URL: "https://acme.test/?a={{secret}}&b={{urlquery secret}}", Query: []rules.Pair{{Name: "c", Value: "{{secret}}"}}},
			"https://acme.test/?a=a%22b%5Cc%26d%3De%3Ff%23g%2Fh%25i%E2%82%AC&b=a%22b%5Cc%26d%3De%3Ff%23g%2Fh%25i%E2%82%AC&c=a%22b%5Cc%26d%3De%3Ff%23g%2Fh%25i%E2%82%AC", ""},
	}
	for _, test := range tests {
		url, body, err := request(t, v, test.q, Values{"secret": hostile})
		if err != nil || url != test.url || body != test.body {
			t.Errorf("%s: %v\n%s\n%s\n%s\n%s", test.name, err, url, test.url, body, test.body)
		}
	}
}

// What stands beside a credential cannot send it somewhere else.
func TestRequestHostIsKept(t *testing.T) {
	v, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{
		"evil.test/x", "evil.test?", "evil.test#", "user@evil.test", "a\nb", "evil.test\\", " evil.test", "evil.test:1:2", "[::1", "", ".", "-",
		"evil.test:443@good.test", "%65vil.test",
	} {
		for _, url := range []string{"https://{{host}}.acme.test/a", "https://{{host}}/a"} {
			got, _, err := request(t, v, rules.Request{URL: url}, Values{"secret": "x", "host": host})
			// A part that is a whole host may bring a path of its own, but not another host.
			if err == nil && !(url == "https://{{host}}/a" && strings.HasPrefix(got, "https://evil.test/")) {
				t.Errorf("%q in %s gives %s", host, url, got)
			}
		}
	}
	for name, q := range map[string]rules.Request{
		"plain HTTP":    {URL: "http://{{host}}/"},
		"dots":          {URL: "https://acme.test/a/{{secret}}/b"},
		"header breaks": {URL: "https://acme.test/", Headers: []rules.Pair{{Name: "X", Value: "{{host}}\r\nY: z"}}},
		"other scheme":  {URL: "{{file}}"},
	} {
		got, _, err := request(t, v, q, Values{"secret": "..", "host": "acme.test", "file": "file:///etc/passwd"})
		if err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
	got, _, err := request(t, v, rules.Request{URL: "https://{{secret}}"}, Values{"secret": "hooks.acme.test/services/T0/B0/x y"})
	if err != nil || got != "https://hooks.acme.test/services/T0/B0/x%20y" {
		t.Errorf("a secret that is an address: %s, %v", got, err)
	}
}

func TestEndpoints(t *testing.T) {
	parse := func(texts ...string) (list []Endpoint) {
		for _, text := range texts {
			e, err := ParseEndpoint(text)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
		return list
	}
	tests := []struct {
		endpoints []Endpoint
		url       string
		values    Values
		want      string
	}{
		{parse("acme=https://own.test/api/v3/"), "https://api.acme.test/user", nil, "https://own.test/api/v3/user"},
		{parse("acme-key=http://[::1]:80"), "https://api.acme.test/user?a=b", nil, "http://[::1]:80/user?a=b"},
		{parse("api.acme.test=https://own.test"), "https://api.acme.test/user", nil, "https://own.test/user"},
		{parse("other=https://own.test"), "https://api.acme.test/user", nil, "https://api.acme.test/user"},
		{parse("acme=https://own.test"), "https://{{host}}/user", nil, "https://own.test/user"},
		{parse("git.acme.test=https://own.test"), "https://{{host}}/user", Values{"host": "git.acme.test"}, "https://own.test/user"},
		{parse("acme=https://a.test", "acme-key=https://b.test"), "https://api.acme.test/", nil, "https://b.test/"},
	}
	for _, test := range tests {
		v, err := New(Options{Endpoints: test.endpoints})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := request(t, v, rules.Request{URL: test.url}, test.values)
		if err != nil || got != test.want {
			t.Errorf("%s: got %s, %v; want %s", test.url, got, err, test.want)
		}
	}
	for _, text := range []string{"", "acme", "=https://own.test", "acme=own.test", "acme=https://", "acme=https://u:p@own.test", "acme=https://own.test?x=y"} {
		if _, err := ParseEndpoint(text); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", text, err)
		}
	}
	v, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = request(t, v, rules.Request{URL: "https://{{host}}/user"}, Values{"secret": "x"})
	if err == nil || !strings.Contains(err.Error(), "--endpoint acme=URL") {
		t.Errorf("a missing host: %v", err)
	}
}
