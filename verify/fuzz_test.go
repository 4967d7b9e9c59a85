package verify

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/stanchsec/stanch/rules"
)

// Whatever stands beside a credential, the request goes to the rule's host, or is not
// made; and no error tells the value.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{"", "x", "a.test", "a.test/b", "..", "a@b", "%2e%2e/", "\r\nX: y", "a.test#", "a.test?b", "[::1]:80", "\xff", `"}`, "{{secret}}"} {
		f.Add(s, s)
	}
	v, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	rule := &rules.Rule{ID: "acme-key", Provider: "acme"}
	f.Fuzz(func(t *testing.T, secret, part string) {
		values := Values{"secret": secret, "part": part}
		q := rules.Request{
			Method: "POST", URL: "https://{{part}}.acme.test/v1/{{secret}}/x?k={{secret}}", JSON: `{"a":"{{secret}}"}`,
			Headers: []rules.Pair{{Name: "X-Key", Value: "{{secret}}"}},
		}
		req, err := v.buildRequest(context.Background(), rule, &q, values)
		if err != nil {
			if len(secret) > 8 && strings.Contains(err.Error(), secret) {
				t.Fatalf("the error tells the secret: %v", err)
			}
			return
		}
		if req.URL.Scheme != "https" || !strings.HasSuffix(req.URL.Hostname(), ".acme.test") || req.URL.User != nil || req.URL.Fragment != "" {
			t.Fatalf("it goes to %s", req.URL)
		}
		if !strings.HasPrefix(req.URL.Path, "/v1/") || !strings.HasSuffix(req.URL.Path, "/x") || req.URL.Query().Get("k") != secret {
			t.Fatalf("it goes to %s", req.URL)
		}
		var wire bytes.Buffer
		if err := req.Write(&wire); err != nil {
			return // Go refuses some header values that we let pass
		}
		if head, _, _ := bytes.Cut(wire.Bytes(), []byte("\r\n\r\n")); bytes.Count(head, []byte("\r\n")) > 6 {
			t.Fatalf("a header more: %q", head)
		}
	})
}

// No answer of a server makes the readers fail otherwise than with an error.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce"), "a.0.b = c", "2026-01-01 00:00:00 UTC")
	f.Add([]byte(`{"a":[{"b":"c"}]}`), "a.0.b", "1767225600")
	f.Fuzz(func(t *testing.T, data []byte, test, when string) {
		readAMQP(bytes.NewReader(data))
		m := &mongo{conn: canned{bytes.NewReader(data)}}
		m.run(bson.D{{Key: "hello", Value: 1}})
		a := &Answer{Status: 200, Header: http.Header{"Retry-After": {when}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {when}}, Body: data}
		a.meets(rules.Condition{JSON: []string{test}, Header: []string{test}})
		a.identity(rules.Identity{Owner: "json:" + test, Scopes: "json:" + test, Expires: "header:retry-after"})
		if pause := outcomeOf(a).pause; pause < 0 {
			t.Fatalf("a pause of %s", pause)
		}
		if s := tidy(date(when)); strings.ContainsAny(s, "\n\r\x00\x1b") || len(s) > maxText+len("…") {
			t.Fatalf("%q is not fit for a report", s)
		}
		rsaKey(string(data))
		readJWT(string(data))
		awsErrorOf(a)
	})
}

// canned is a connection that answers with what was prepared.
type canned struct{ *bytes.Reader }

func (canned) Write(b []byte) (int, error)      { return len(b), nil }
func (canned) Close() error                     { return nil }
func (canned) LocalAddr() net.Addr              { return nil }
func (canned) RemoteAddr() net.Addr             { return nil }
func (canned) SetDeadline(time.Time) error      { return nil }
func (canned) SetReadDeadline(time.Time) error  { return nil }
func (canned) SetWriteDeadline(time.Time) error { return nil }
