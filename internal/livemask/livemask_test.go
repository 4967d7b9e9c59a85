package livemask

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func newDetector(t testing.TB) *detector.Detector {
	t.Helper()
	d, err := detector.New(rules.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// token makes up a credential of a built-in rule.
func token(t testing.TB, rng *mathrand.Rand, id string) string {
	t.Helper()
	for _, r := range rules.Builtin() {
		if r.ID == id {
			maker, err := rules.NewMaker(r)
			if err != nil {
				t.Fatal(err)
			}
			s, err := maker.Secret(rng)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatalf("no rule %s", id)
	return ""
}

// rsaKey makes up a private key, in PEM.
func rsaKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// through sends pieces through a stream of m.
func through(t testing.TB, m *Masker, pieces ...string) string {
	t.Helper()
	var out strings.Builder
	s := m.NewStream(&out, "stdout")
	for _, p := range pieces {
		if n, err := s.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// cut cuts text at random places into pieces of up to most bytes.
func cut(rng *mathrand.Rand, text string, most int) []string {
	var pieces []string
	for len(text) > 0 {
		n := min(len(text), 1+rng.IntN(most))
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

// piece returns a piece of secret with more than a quarter of it, eight bytes at least,
// that text holds.
func piece(text, secret string) string {
	n := max(8, len(secret)/4+1)
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+n]) {
			return secret[i : i+n]
		}
	}
	return ""
}

// TestSplits holds that output, findings and counts are the same however writes cut the text,
// and that no secret is in the output.
func TestSplits(t *testing.T) {
	d := newDetector(t)
	key := rsaKey(t)
	for seed := range uint64(12) {
		rng := mathrand.New(mathrand.NewPCG(seed, 1))
		known := []Value{
			{"A", randomText(rng, 20)}, {"B", "p@ss 'w\"rd\\" + randomText(rng, 12)}, {"C", randomText(rng, 60)},
			{"D", randomText(rng, 9) + "\n" + randomText(rng, 9)},
		}
		unknown := []string{
			token(t, rng, "github-pat-classic"), token(t, rng, "slack-bot-token"), token(t, rng, "npm-access-token"),
		}
		var forms []string
		for _, v := range known {
			forms = append(forms, Forms(v.Text)...)
		}
		var b strings.Builder
		put := func(s string) {
			if rng.IntN(3) == 0 {
				b.WriteString("\x1b[32m" + s + "\x1b[0m")
			} else {
				b.WriteString(s)
			}
		}
		for b.Len() < 60<<10 {
			switch rng.IntN(14) {
			case 0, 1, 2:
				put(forms[rng.IntN(len(forms))])
			case 3:
				f := forms[rng.IntN(len(forms))]
				put(f[:rng.IntN(len(f))]) // a beginning that comes to nothing
				b.WriteString("~")
			case 4:
				put("TOKEN=" + unknown[rng.IntN(len(unknown))] + " ")
			case 5:
				for line := range strings.Lines(key) {
					b.WriteString("2026-01-02T03:04:05.678Z " + strings.TrimSuffix(line, "\n") + "\r\n")
				}
			case 6:
				b.WriteString(strings.Repeat("long line ", rng.IntN(2500)))
			case 7:
				b.WriteString(strings.Repeat("x", rng.IntN(20000)))
				b.WriteString(" ")
			case 8:
				b.WriteString("\xff\xfe\x00é世")
			default:
				put(string(buildLog(50 + rng.IntN(300))))
				b.WriteString("\n")
			}
		}
		text := b.String()
		whole := New(Options{Known: known, Detector: d})
		want := through(t, whole, text)
		if want == text {
			t.Fatal("nothing was hidden")
		}
		for _, v := range known {
			for line := range strings.Lines(v.Text) {
				if strings.Contains(want, strings.TrimSpace(line)) {
					t.Errorf("seed %d: the output holds %s", seed, v.Name)
				}
			}
		}
		for _, s := range append(unknown, strings.Split(key, "\n")[1:26]...) {
			if piece(want, s) != "" {
				t.Errorf("seed %d: the output holds a secret of %d bytes", seed, len(s))
			}
		}
		for _, most := range []int{3, 50, 3000, 70000} {
			m := New(Options{Known: known, Detector: d})
			if got := through(t, m, cut(rng, text, most)...); got != want {
				i := 0
				for i < min(len(got), len(want)) && got[i] == want[i] {
					i++
				}
				t.Fatalf("seed %d, pieces of up to %d bytes: output differs at byte %d", seed, most, i)
			}
			if diff := cmp.Diff(summary(whole.Result()), summary(m.Result())); diff != "" {
				t.Errorf("seed %d, pieces of up to %d bytes: -whole +cut\n%s", seed, most, diff)
			}
		}
	}
}

// summary says what a result holds, without secrets.
func summary(r Result) []string {
	list := []string{fmt.Sprint(r.Bytes, r.Hidden, r.GaveUp)}
	for _, f := range r.Findings {
		for _, p := range f.Places {
			list = append(list, fmt.Sprintf("%s %v %+v %s", f.Rule.ID, f.Fingerprint, p.Span, p.Excerpt))
		}
	}
	return list
}

// TestUnchanged holds that text without secrets comes out as it went in, also if it is none.
func TestUnchanged(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	text := string(buildLog(100<<10)) + "\r\n\x00\xff\xc3" + strings.Repeat("\r 10%", 5000) + strings.Repeat("\n", 100) +
		strings.Repeat("=", 200<<10) + "the end without a line feed"
	m := New(Options{Known: []Value{{"A", randomText(rng, 20)}}, Detector: newDetector(t)})
	if got := through(t, m, cut(rng, text, 10000)...); got != text {
		t.Error("the text was changed")
	}
	if r := m.Result(); len(r.Findings) > 0 || len(r.Hidden) > 0 || r.Bytes != int64(len(text)) {
		t.Errorf("result %v", summary(r))
	}
	none := New(Options{})
	if got := through(t, none, text); got != text {
		t.Error("the text was changed without anything to hide")
	}
}

// TestDisguises writes a value in many ways and looks for what is left of it.
func TestDisguises(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(3, 3))
	value := randomText(rng, 13) + "/+ &'\"\\é" + randomText(rng, 12)
	std, web := base64.StdEncoding.EncodeToString, base64.URLEncoding.EncodeToString
	wrapped := func(s string, n int) string {
		var b strings.Builder
		for p := range strings.SplitSeq(s, "") {
			if b.Len()%(n+1) == n {
				b.WriteString("\n")
			}
			b.WriteString(p)
		}
		return b.String()
	}
	long := strings.Repeat(value, 4)
	for _, c := range []struct{ name, value, text, want string }{
		{"plain", value, "a " + value + " b", "a *** b"},
		{"base64", value, std([]byte(value)), "***"},
		{"base64 of echo", value, std([]byte(value + "\n")), "***"},
		{"base64url", value, web([]byte(value)), "***"},
		{"base64 twice", value, std([]byte(std([]byte(value+"\n")) + "\n")), ""},
		{"base64 at 1", value, std([]byte("u" + value + ":tail")), ""},
		{"base64 at 2", value, std([]byte("us" + value + ":t")), ""},
		{"base64 at 3", value, std([]byte("use" + value + ":tai")), ""},
		{"base64url at 4", value, web([]byte("user" + value + ":tai")), ""},
		{"base64 wrapped at 76", long, wrapped(std([]byte(long)), 76), "***\n***\n***"},
		{"base64 wrapped at 64", long, wrapped(std([]byte(long)), 64), "***\n***\n***"},
		{"hex", value, "0x" + hex.EncodeToString([]byte(value)), "0x***"},
		{"HEX", value, strings.ToUpper(hex.EncodeToString([]byte(value))), "***"},
		{"query", value, "?q=" + url.QueryEscape(value) + "&r", "?q=***&r"},
		{"path", value, url.PathEscape(value), "***"},
		{"lower escapes", value, strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%5C", "%5c", "%C3%A9", "%c3%a9").Replace(url.QueryEscape(value)), "***"},
		{"every byte", value, percentAll(value), "***"},
		{"JSON", value, fmt.Sprintf("{%q: %q}", "k", value), `{"k": "***"}`},
		{"JSON in JSON", value, fmt.Sprintf("%q", fmt.Sprintf("{%q: %q}", "k", value)), `"{\"k\": \"***\"}"`},
		{"XML", value, "<p>" + strings.NewReplacer("&", "&amp;", "'", "&#39;", `"`, "&#34;").Replace(value) + "</p>", "<p>***</p>"},
		{"set -x", value, "+ run '" + strings.ReplaceAll(value, "'", `'\''`) + "'", "+ run '***'"},
		{"reversed", value, reversed(value), "***"},
		{"twice", value, value + value, "***"},
		{"apart", value, value + "," + value, "***,***"},
	} {
		m := New(Options{Known: []Value{{"V", c.value}}})
		got := through(t, m, cut(rng, c.text, 5)...)
		if c.want != "" && got != c.want {
			t.Errorf("%s: %d bytes came out as %d; want %q", c.name, len(c.text), len(got), c.want)
		}
		if !strings.Contains(got, Mask) || len(got) > len(c.text)/2 && c.name != "plain" && len(c.text) > 60 {
			t.Errorf("%s: %d of %d bytes are left", c.name, len(got), len(c.text))
		}
		if r := m.Result(); len(r.Hidden) != 1 || r.Hidden[0].Name != "V" {
			t.Errorf("%s: hidden %v", c.name, r.Hidden)
		}
	}
}

// TestOverlap holds that all of overlapping values is hidden.
func TestOverlap(t *testing.T) {
	m := New(Options{Known: []Value{{"A", "abcdefgh"}, {"B", "fghijklm"}, {"C", "cdef"}, {"short", "abc"}}})
	if got := through(t, m, "xabcde", "fghij", "klmy abcdefgh abcd abc"); got != "x***y *** abcd abc" {
		t.Errorf("output %q", got)
	}
	if diff := cmp.Diff([]Hidden{{"A", 2}, {"B", 1}, {"C", 2}}, m.Result().Hidden); diff != "" {
		t.Error(diff)
	}
}

// TestRelease holds that the rest of a secret is hidden if its beginning had to leave.
func TestRelease(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(4, 4))
	value, unknown := randomText(rng, 30), token(t, rng, "github-pat-classic")
	d := newDetector(t)
	for _, c := range []struct {
		secret string
		at     int
		all    bool
		want   string // of what is out after the flush
	}{
		{value, 3, false, value[:3]},
		{value, 12, false, ""},
		{value, 12, true, value[:12]},
		{unknown, 12, false, unknown[:12]},
		{unknown, len(unknown), false, Mask},
	} {
		var out bytes.Buffer
		s := New(Options{Known: []Value{{"V", value}}, Detector: d}).NewStream(&out, "stdout")
		io.WriteString(s, "see "+c.secret[:c.at])
		if err := s.Flush(c.all); err != nil {
			t.Fatal(err)
		}
		before := "see " + c.want
		if out.String() != before {
			t.Errorf("%d of %d bytes, flushed: %d bytes are out, want %d", c.at, len(c.secret), out.Len(), len(before))
		}
		if waits := c.want == ""; s.Waits() != waits {
			t.Errorf("waits %t", s.Waits())
		}
		io.WriteString(s, c.secret[c.at:]+" rest\nnext\n")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := "see " + c.want + Mask + " rest\nnext\n"
		if c.want == Mask {
			want = "see *** rest\nnext\n"
		}
		if out.String() != want {
			t.Errorf("%d of %d bytes, then the rest: output of %d bytes, want %d", c.at, len(c.secret), out.Len(), len(want))
		}
	}
}

// TestKeys holds that private keys are hidden line by line and reported once, where they begin.
func TestKeys(t *testing.T) {
	key := rsaKey(t)
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(short)
	if err != nil {
		t.Fatal(err)
	}
	small := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	m := New(Options{Detector: newDetector(t)})
	var b strings.Builder
	b.WriteString("before\n")
	for line := range strings.Lines(key + small) {
		b.WriteString("12:00:00 \x1b[36mapp |\x1b[0m " + line)
	}
	b.WriteString("after the key\nplain words\n")
	got := through(t, m, b.String())
	for line := range strings.Lines(key + small) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") && strings.Contains(got, line) {
			t.Errorf("a line of %d bytes is left", len(line))
		}
	}
	if strings.Count(got, "\n") != strings.Count(b.String(), "\n") || !strings.HasSuffix(got, "-----\nafter the key\nplain words\n") {
		t.Errorf("output\n%s", got)
	}
	r := m.Result()
	if len(r.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	f := r.Findings[0]
	if len(f.Places) != 1 || f.Places[0].Span.StartLine != 2 || !strings.Contains(f.Rule.ID, "private-key") {
		t.Errorf("%d findings; %s at %+v", len(r.Findings), f.Rule.ID, f.Places)
	}
}

// TestPlaces holds that findings are where they are in the output, behind long lines too.
func TestPlaces(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(5, 5))
	secret := token(t, rng, "github-pat-classic")
	long := strings.Repeat("word ", 10000)
	text := "one\n" + long + secret + "\n" + strings.Repeat("line\n", 5000) + "x " + secret + "\n"
	m := New(Options{Detector: newDetector(t)})
	if got := through(t, m, cut(rng, text, 9000)...); got != strings.ReplaceAll(text, secret, Mask) {
		t.Error("the output is not the text with the secret hidden")
	}
	r := m.Result()
	if len(r.Findings) != 1 || len(r.Findings[0].Places) != 2 {
		t.Fatalf("findings %v", summary(r))
	}
	a, b := r.Findings[0].Places[0].Span, r.Findings[0].Places[1].Span
	if a.StartLine != 2 || a.StartColumn != len(long)+1 || b.StartLine != 5003 || b.StartColumn != 3 || b.Start != int64(strings.LastIndex(text, secret)) {
		t.Errorf("places %+v, %+v", a, b)
	}
}

// TestDropped holds that what the configuration drops or suppresses is not hidden.
func TestDropped(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(6, 6))
	dropped, suppressed, kept := token(t, rng, "npm-access-token"), token(t, rng, "slack-bot-token"), token(t, rng, "github-pat-classic")
	m := New(Options{
		Detector: newDetector(t),
		Drops:    func(f *detector.Finding) bool { return f.Secret.Reveal() == dropped },
		Suppress: func(f *detector.Finding) *detector.Suppression {
			if f.Secret.Reveal() == suppressed {
				return &detector.Suppression{Kind: "config"}
			}
			return nil
		},
	})
	text := dropped + "\n" + suppressed + "\n" + kept + "\n"
	if got := through(t, m, text); got != strings.ReplaceAll(text, kept, Mask) {
		t.Errorf("%d bytes came out as %d", len(text), len(got))
	}
	r := m.Result()
	if len(r.Findings) != 2 || r.Findings[0].Suppression == nil || r.Findings[1].Suppression != nil {
		t.Errorf("findings %v", summary(r))
	}
}

type failing struct{ after int }

var errFull = errors.New("no space")

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestCopy holds that what is no whole line comes out although nothing follows, and that
// errors on both sides end the copying.
func TestCopy(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(7, 7))
	value := randomText(rng, 24)
	m := New(Options{Known: []Value{{"V", value}}, Detector: newDetector(t)})
	r, w := io.Pipe()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		s := m.NewStream(in, "stdout")
		err := errors.Join(Copy(s, r, nil), s.Close())
		in.Close()
		done <- err
	}()
	got := make([]byte, len("Go on? ***"))
	io.WriteString(w, "Go on? "+value[:20])
	if _, err := io.ReadFull(out, got[:7]); err != nil || string(got[:7]) != "Go on? " {
		t.Fatalf("%q, %v", got[:7], err)
	}
	go io.WriteString(w, value[20:])
	if _, err := io.ReadFull(out, got[7:]); err != nil {
		t.Fatal(err)
	}
	w.Close()
	rest, err := io.ReadAll(out)
	if err != nil || <-done != nil {
		t.Fatal(err)
	}
	// If this machine was so slow that the beginning had to leave, the rest is hidden.
	if all := string(got[7:]) + string(rest); !strings.Contains(all, Mask) || strings.Contains(all, value[20:]) {
		t.Errorf("%d bytes behind the prompt", len(all))
	}

	if err := Copy(m.NewStream(&failing{5}, "stdout"), strings.NewReader("a\nb\nc\nd\n"), nil); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	broken := io.MultiReader(strings.NewReader("the beginning\n"), &brokenReader{})
	var b bytes.Buffer
	if err := Copy(m.NewStream(&b, "stdout"), broken, nil); !errors.Is(err, errBroken) || b.String() != "the beginning\n" {
		t.Errorf("error %v, output %q", err, b.String())
	}
}

var errBroken = errors.New("cable cut")

type brokenReader struct{}

func (*brokenReader) Read([]byte) (int, error) { return 0, errBroken }
