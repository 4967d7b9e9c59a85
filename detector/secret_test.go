package detector

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestRedacted(t *testing.T) {
	for _, test := range []struct {
		value  string
		prefix int
		want   string
	}{
		{"", 0, ""},
		{"short", 0, "…"},
		{"sevenxx", 3, "s…"},
		{"eightxyz", 0, "…yz"},
		{"pre_" + strings.Repeat("x", 36), 4, "pre_…xx"},
		{"pre_" + strings.Repeat("x", 12), 4, "pr…xx"}, // a quarter of 16
		{"-----BEGIN X-----\n" + strings.Repeat("x", 80) + "\n", 11, "-----BEGIN …"},
		{"日本語日本語日本語", 9, "日本…"},
	} {
		got := NewSecret(test.value, test.prefix).Redacted()
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.value, got, test.want)
		}
		if shown := len(strings.ReplaceAll(got, "…", "")); shown*4 > len(test.value) {
			t.Errorf("%q: %q shows more than a quarter", test.value, got)
		}
	}
}

// TestSecretNeverShows tries the ways in which values are printed.
func TestSecretNeverShows(t *testing.T) {
	raw := strings.Repeat("k7Q", 12)
	s := NewSecret("acme_"+raw, 5)
	type holder struct {
		S   Secret
		P   *Secret
		Any any
		m   map[string]Secret
	}
	h := holder{s, &s, s, map[string]Secret{"x": s}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%T %[1]v"} {
		for _, v := range []any{s, &s, h, &h, []Secret{s}, map[Secret]int{s: 1}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, s, &s)
	fmt.Fprintln(&out, errors.Join(fmt.Errorf("bad: %w", fmt.Errorf("%v", s))))
	text, err := json.Marshal([]any{s, h, map[Secret]string{s: "v"}, map[string]any{"s": &s}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("found", "secret", s, "holder", h, "pointer", &s, "group", slog.GroupValue(slog.Any("s", s)))
	}
	func() {
		defer func() { fmt.Fprintln(&out, recover()) }()
		panic(s)
	}()
	for i := 0; i+5 <= len(raw); i++ {
		if strings.Contains(out.String(), raw[i:i+5]) {
			t.Fatalf("%q of the secret shows in\n%s", raw[i:i+5], out.String())
		}
	}
	if strings.Contains(strings.ToLower(out.String()), fmt.Sprintf("%x", raw[:5])) {
		t.Fatal("the secret shows in hexadecimal digits")
	}
}

func TestFingerprint(t *testing.T) {
	s := NewSecret("one", 0)
	var none Key
	if none.Fingerprint("p", s) != DefaultKey.Fingerprint("p", s) {
		t.Error("no key is not the default key")
	}
	if none.Fingerprint("p", s) == none.Fingerprint("q", s) || none.Fingerprint("p", s) == Key("k").Fingerprint("p", s) {
		t.Error("provider or key are no part of the fingerprint")
	}
	pem := "-----BEGIN X KEY-----\nAAAA\nBBBB\n-----END X KEY-----\n"
	for _, other := range []string{
		strings.ReplaceAll(pem, "\n", "\r\n"), strings.ReplaceAll(pem, "\n", `\n`), strings.ReplaceAll(pem, "\n", "\n   "),
	} {
		if none.Fingerprint("p", NewSecret(pem, 0)) != none.Fingerprint("p", NewSecret(other, 0)) {
			t.Errorf("%q has another fingerprint", other)
		}
	}
	f := none.Fingerprint("p", s)
	back, err := ParseFingerprint(f.String())
	if err != nil || back != f {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{"", "12", f.String() + "0", strings.Repeat("g", 32)} {
		if _, err := ParseFingerprint(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
