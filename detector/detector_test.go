package detector

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"compress/gzip"

	"github.com/stanchsec/stanch/rules"
)

// testRules are rules of each way to be woken, for tests of the machinery.
const testRules = `
provider = "acme"

[[rule]]
id = "acme-token"
title = "Acme token"
severity = "high"
regex = '''acme_[0-9A-Za-z]{32}'''

[[rule]]
id = "acme-dotted"
title = "Acme dotted key"
severity = "high"
regex = '''AC\.[0-9A-Za-z_-]{20,24}\.[0-9A-Za-z_-]{40}'''

[[rule]]
id = "acme-hex"
title = "Acme hexadecimal key"
severity = "high"
regex = '''[0-9a-f]{32}'''
context = ["acme"]

[[rule]]
id = "acme-pin"
title = "Acme PIN"
severity = "low"
regex = '''[0-9]{6}'''
context = ["acme_pin"]

[[rule]]
id = "acme-pair"
title = "Acme key pair"
severity = "critical"
regex = '''akey_[0-9a-z]{24}'''
  [[rule.part]]
  name = "id"
  regex = '''AID[0-9]{8}'''

[[rule]]
id = "acme-user-key"
title = "Acme user key"
severity = "high"
regex = '''AUSR[0-9]{16}(?s:.{0,20}?)[ :](?P<secret>[a-z]{40})'''
  [[rule.part]]
  name = "user"
  regex = '''AUSR[0-9]{16}'''

[[rule]]
id = "acme-user"
title = "Acme user"
severity = "low"
regex = '''AUSR[0-9]{16}'''

[[rule]]
id = "acme-url"
title = "URL with a password"
severity = "high"
regex = '''acmedb://[a-z]{1,16}:(?P<secret>[^\s@'"]{4,64})@[a-z.]{1,60}'''

[[rule]]
id = "acme-block"
title = "Acme key block"
severity = "critical"
regex = '''-----BEGIN ACME KEY-----\s{1,4}[A-Za-z0-9+/]{16}'''
until = '''-----END ACME KEY-----'''
`

func testDetector(t testing.TB, options ...Option) *Detector {
	t.Helper()
	set, err := rules.Parse("acme.toml", []byte(testRules))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(set, options...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// random makes a text of n characters that looks random and is the same each time.
func random(seed uint64, n int, alphabet string) string {
	rng := rand.New(rand.NewPCG(seed, 99))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rng.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	alnum    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	lowerHex = "0123456789abcdef"
)

func token(seed uint64) string { return "acme_" + random(seed, 32, alnum) }

func scanText(t testing.TB, d *Detector, text string) []Finding {
	t.Helper()
	found, err := d.Scan(context.Background(), Document{Data: []byte(text), Location: Location{Path: "f"}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// describe gives "rule=secret" for each finding.
func describe(found []Finding) string {
	var out []string
	for _, f := range found {
		out = append(out, f.Rule.ID+"="+f.Secret.Reveal())
	}
	return strings.Join(out, " ")
}

func TestScan(t *testing.T) {
	d := testDetector(t)
	tok, hexKey := token(1), random(2, 32, lowerHex)
	dotted := "AC." + random(3, 22, alnum) + "." + random(4, 40, alnum)
	pair := "akey_" + random(5, 24, "0123456789abcdefghijklmnopqrstuvwxyz")
	for _, test := range []struct{ name, text, want string }{
		{"alone", tok, "acme-token=" + tok},
		{"assigned", "T=" + tok + "\n", "acme-token=" + tok},
		{"behind underscore", "MY_" + tok, "acme-token=" + tok},
		{"one too long", tok + "a", ""},
		{"one too short", tok[:len(tok)-1], ""},
		{"letter before", "x" + tok, ""},
		{"escaped line break before", `"a\n` + tok + `"`, "acme-token=" + tok},
		{"percent code before", "q=%20" + tok + "&x", "acme-token=" + tok},
		{"unicode escape before", `"\u003d` + tok + `"`, "acme-token=" + tok},
		{"colour before", "\x1b[1;32m" + tok + "\x1b[0m", "acme-token=" + tok},
		{"two", tok + " " + tok, "acme-token=" + tok + " acme-token=" + tok},
		{"dotted", "key: " + dotted, "acme-dotted=" + dotted},
		{"context on the line", "ACME_KEY=" + hexKey, "acme-hex=" + hexKey},
		{"context in camel case", `acmeKey = "` + hexKey + `"`, "acme-hex=" + hexKey},
		{"word with separators", "ACME.PIN 493817", "acme-pin=493817"},
		{"context on the line before", "<acme>\n  " + hexKey + "\n</acme>", "acme-hex=" + hexKey},
		{"context within a word", `"placmement": "` + hexKey + `"`, ""},
		{"context too far", "acme " + strings.Repeat("x ", 30) + " = " + hexKey, ""},
		{"no context", "KEY=" + hexKey, ""},
		{"digest beside the context", `"acme": {"sha256": "` + hexKey + `"}`, ""},
		{"part of a path", "https://acme/static/" + hexKey + "/logo.png", ""},
		{"word", "acme-pin: 493817", "acme-pin=493817"},
		{"word, too long", "acme-pin: 4938171", ""},
		{"pair", "id=AID12345678 key=" + pair, "acme-pair=" + pair},
		{"url", "x acmedb://bob:s3cr3tpw@db.acme.internal/x", "acme-url=s3cr3tpw"},
		{"placeholder", "acme_" + strings.Repeat("x", 32), ""},
		{"placeholder word", "acme_YOUR_TOKEN" + random(1, 22, alnum), ""},
	} {
		if got := describe(scanText(t, d, test.text)); got != test.want {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestBinaryGivesTellingTokensOnly(t *testing.T) {
	d := testDetector(t)
	text := "\x00\x01" + token(1) + "\x00acme " + random(2, 32, lowerHex) + "\x00acmedb://bob:s3cr3tpw@db\x00"
	found, err := d.Scan(context.Background(), Document{Data: []byte(text), Binary: true})
	if err != nil || describe(found) != "acme-token="+token(1) {
		t.Errorf("%s, %v", describe(found), err)
	}
}

func TestParts(t *testing.T) {
	d := testDetector(t)
	key := func(i uint64) string { return "akey_" + random(i, 24, "0123456789abcdefghijklmnopqrstuvwxyz") }
	text := fmt.Sprintf("a: AID11111111\nb: %s\n\nc: AID22222222\nd: %s\n%se: %s\n",
		key(1), key(2), strings.Repeat("-\n", 400), key(3))
	found := scanText(t, d, text)
	if len(found) != 3 {
		t.Fatalf("%d findings, want one for each secret: %s", len(found), describe(found))
	}
	for i, want := range []string{"AID11111111", "AID22222222", ""} {
		got := ""
		for _, p := range found[i].Parts {
			got += p.Value.Reveal()
		}
		if got != want {
			t.Errorf("secret %d has the parts %q, want %q", i, got, want)
		}
	}
	if s := found[1].Parts[0].Span; s.StartLine != 4 || s.StartColumn != 4 || s.EndColumn != 15 {
		t.Errorf("the part stands at %+v", s)
	}
}

// A part that a match begins with is no finding of its own, wherever it is cut.
func TestPartAloneAndNot(t *testing.T) {
	d := testDetector(t)
	user := func(i uint64) string { return "AUSR" + random(i, 16, "0123456789") }
	key := random(3, 40, "abcdefghijklmnopqrstuvwxyz")
	text := "first " + user(1) + "\nthen " + user(2) + " with " + key + "\n"
	want := "acme-user=" + user(1) + " acme-user-key=" + key
	if got := describe(scanText(t, d, text)); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	for cut := range text {
		var got []string
		for _, fresh := range []Range{{0, cut}, {cut, len(text)}} {
			found, err := d.Scan(context.Background(), Document{Data: []byte(text), Fresh: []Range{fresh}})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) > 0 {
				got = append(got, describe(found))
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("cut at %d:\ngot  %s\nwant %s", cut, got, want)
		}
	}
}

func TestBlock(t *testing.T) {
	d := testDetector(t)
	body := random(1, 64, alnum)
	block := "-----BEGIN ACME KEY-----\n" + body + "\n" + body[:30] + "==\n-----END ACME KEY-----"
	found := scanText(t, d, "x\n"+block+"\nrest")
	if describe(found) != "acme-block="+block {
		t.Fatalf("%q", describe(found))
	}
	s := found[0].Places[0].Span
	if s.StartLine != 2 || s.StartColumn != 1 || s.EndLine != 5 || s.EndColumn != 23 {
		t.Errorf("it stands at %+v", s)
	}
	cut := scanText(t, d, block[:80])
	if len(cut) != 1 || cut[0].Secret.Reveal() != block[:41] {
		t.Errorf("without an end: %q", describe(cut))
	}
}

func TestPositions(t *testing.T) {
	d := testDetector(t)
	tok := token(7)
	for _, line := range []string{"", "x = ", "\tтокен: ", "𝒳𝒴 ", "\xff\xfe ", strings.Repeat("long ", 100)} {
		for _, before := range []string{"", "\n", "a\r\nb\r\n", "é\n\n\n"} {
			text := before + line + tok + "\r\nrest"
			found := scanText(t, d, text)
			if len(found) != 1 {
				t.Fatalf("%q: %d findings", text, len(found))
			}
			s := found[0].Places[0].Span
			wantLine := strings.Count(before, "\n") + 1
			wantColumn := len(utf16.Encode([]rune(line))) + 1
			if s.StartLine != wantLine || s.EndLine != wantLine || s.StartColumn != wantColumn || s.EndColumn != wantColumn+len(tok) {
				t.Errorf("%q: it stands at %+v, want line %d, column %d", text, s, wantLine, wantColumn)
			}
			if got := text[s.Start:s.End]; got != tok {
				t.Errorf("%q: the offsets give %q", text, got)
			}
		}
	}
}

func TestPositionsOfAPiece(t *testing.T) {
	d := testDetector(t)
	doc := Document{Data: []byte("zzz " + token(1) + "\n" + token(2)), Offset: 1000, FirstLine: 50, FirstColumn: 400, Partial: true}
	found, err := d.Scan(context.Background(), doc)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	if s := found[0].Places[0].Span; s.StartLine != 50 || s.StartColumn != 404 || s.Start != 1004 {
		t.Errorf("first: %+v", s)
	}
	if s := found[1].Places[0].Span; s.StartLine != 51 || s.StartColumn != 1 {
		t.Errorf("second: %+v", s)
	}
}

// TestFreshTiles cuts a text in two fresh parts at every place: together they give
// each finding once.
func TestFreshTiles(t *testing.T) {
	d := testDetector(t)
	text := []byte("start " + token(1) + "\nACME_KEY=" + random(2, 32, lowerHex) + "\nacmedb://bob:s3cr3tpw@db.acme \n" +
		base64.StdEncoding.EncodeToString([]byte("the token is "+token(3)+" indeed")) + "\n" +
		"-----BEGIN ACME KEY-----\n" + random(4, 64, alnum) + "\n-----END ACME KEY-----\nid=AID12345678 key=akey_" +
		random(5, 24, "0123456789abcdef") + "\nu=https%3A%2F%2Fx%2F" + token(6) + "%20\n")
	want := describe(scanText(t, d, string(text)))
	if n := strings.Count(want, "="); n < 7 {
		t.Fatalf("only %d findings to begin with: %s", n, want)
	}
	for cut := range len(text) + 1 {
		var all []Finding
		for _, fresh := range [][]Range{{{0, cut}}, {{cut, len(text)}}} {
			found, err := d.Scan(context.Background(), Document{Data: text, Fresh: fresh})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found...)
		}
		if got := describe(all); got != want {
			t.Fatalf("cut at %d:\n got %s\nwant %s", cut, got, want)
		}
	}
	if found, _ := d.Scan(context.Background(), Document{Data: text, Fresh: []Range{}}); len(found) > 0 {
		t.Errorf("nothing is fresh, and yet: %s", describe(found))
	}
}

// TestLongBase64 hands a block of base64 that is longer than any segment over in
// pieces, as large files are: each secret in it is found once.
func TestLongBase64(t *testing.T) {
	d := testDetector(t)
	var plain strings.Builder
	var want []string
	for i := range uint64(60) {
		plain.WriteString(strings.Repeat("some words of text; ", 150+int(i)))
		plain.WriteString(token(i) + " ")
		want = append(want, "acme-token="+token(i))
	}
	block := base64.StdEncoding.EncodeToString([]byte(plain.String()))
	const fresh, overlap = 100_000, 64 << 10
	for name, text := range map[string]string{"one line": "x = " + block, "wrapped": "cert:\n" + wrap(block, 76)} {
		if got := describe(scanText(t, d, text)); got != strings.Join(want, " ") {
			t.Errorf("%s, whole: %d of %d found", name, strings.Count(got, "="), len(want))
		}
		var all []Finding
		for at := 0; at < len(text); at += fresh {
			lo, hi := max(0, at-overlap), min(len(text), at+fresh+overlap)
			found, err := d.Scan(context.Background(), Document{
				Data: []byte(text[lo:hi]), Offset: int64(lo), Partial: true,
				Fresh: []Range{{at - lo, min(at+fresh, len(text)) - lo}},
			})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, found...)
		}
		if got := describe(all); got != strings.Join(want, " ") {
			t.Errorf("%s, in pieces: %d of %d found", name, strings.Count(got, "="), len(want))
		}
	}
}

func wrap(s string, n int) string {
	var b strings.Builder
	for len(s) > n {
		b.WriteString("  " + s[:n] + "\n")
		s = s[n:]
	}
	return b.String() + "  " + s
}

func TestDecoding(t *testing.T) {
	d := testDetector(t)
	tok := token(1)
	line := "the token: " + tok + " and more text"
	b64 := base64.StdEncoding.EncodeToString([]byte(line))
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	zw.Write([]byte(line))
	zw.Close()
	for _, test := range []struct{ name, text, chain string }{
		{"base64", "data: " + b64 + "\n", "base64"},
		{"base64 in an assignment", "CONFIG=" + b64, "base64"},
		{"base64 without padding", strings.TrimRight(b64, "="), "base64"},
		{"base64url", base64.RawURLEncoding.EncodeToString([]byte("??>>~~" + line)), "base64"},
		{"base64, wrapped", "  " + b64[:40] + "\n  " + b64[40:80] + "\r\n  " + b64[80:] + "\n", "base64"},
		{"base64 twice", base64.StdEncoding.EncodeToString([]byte(b64)), "base64,base64"},
		{"gzip", base64.StdEncoding.EncodeToString(zipped.Bytes()), "base64,gzip"},
		{"hex", "x " + hex.EncodeToString([]byte(line)), "hex"},
		{"percent", "q=" + strings.ReplaceAll(url.QueryEscape("key_1="+tok), "_", "%5F"), "percent"},
		{"escapes", `{"v":"` + strings.ReplaceAll(tok, "_", `\u005f`) + `"}`, "escapes"},
		{"hexadecimal escapes", `"` + strings.ReplaceAll(tok, "_", `\x5f`) + `"`, "escapes"},
		{"html", "<a>" + strings.ReplaceAll(tok, "_", "&#95;") + "</a>", "html"},
		{"quoted-printable", "x=3D1 " + tok[:10] + "=\n" + tok[10:] + "\n", "quoted-printable"},
		{"percent in base64", base64.StdEncoding.EncodeToString([]byte("https%3A%2F%2Fh%2F" + strings.ReplaceAll(tok, "_", "%5F"))), "base64,percent"},
	} {
		found := scanText(t, d, test.text)
		if describe(found) != "acme-token="+tok {
			t.Errorf("%s: %q gives %q", test.name, test.text, describe(found))
			continue
		}
		if got := strings.Join(found[0].Places[0].Decoding, ","); got != test.chain {
			t.Errorf("%s: decoded by %s, want %s", test.name, got, test.chain)
		}
	}
}

// TestDecodedSpans sees that what is reported of encoded text is the piece that
// holds the secret, no more than a group of base64 beyond it.
func TestDecodedSpans(t *testing.T) {
	d := testDetector(t)
	tok := token(1)
	for pad := range 9 {
		before := strings.Repeat("b", 20+pad) + " "
		text := "first\nx: " + base64.StdEncoding.EncodeToString([]byte(before+tok+" some text behind"))
		found := scanText(t, d, text)
		if len(found) != 1 {
			t.Fatalf("%d findings in %q", len(found), text)
		}
		s := found[0].Places[0].Span
		piece := text[s.Start:s.End]
		if s.StartLine != 2 || len(piece) < len(tok)*4/3 || len(piece) > len(tok)*4/3+8 {
			t.Errorf("pad %d: %q at %+v", pad, piece, s)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	d := testDetector(t)
	text := []byte("token " + token(1) + " token")
	for range 12 {
		text = []byte(base64.StdEncoding.EncodeToString(text))
	}
	if found := scanText(t, d, string(text)); len(found) > 0 {
		t.Errorf("found at depth 12: %s", describe(found))
	}
}

func TestExcerptShowsNoSecret(t *testing.T) {
	d := testDetector(t)
	for _, text := range []string{
		"a " + token(1) + " b " + token(2) + " c\n",
		"id AID12345678 " + "akey_" + random(5, 24, "0123456789abcdef") + " " + token(3),
		strings.Repeat("x ", 200) + token(1) + strings.Repeat(" y", 200),
		token(1) + token(2) + " " + token(3) + "," + token(4),
		"-----BEGIN ACME KEY-----\n" + random(4, 64, alnum) + "\n-----END ACME KEY----- " + token(1),
		"x " + base64.StdEncoding.EncodeToString([]byte("see "+token(1)+" and "+token(2)+" there")) + " y " + token(4),
		"\xff\xfe " + token(1) + " \x80",
	} {
		found := scanText(t, d, text)
		if len(found) == 0 {
			t.Fatalf("nothing in %q", text)
		}
		for _, f := range found {
			p := f.Places[0]
			if p.Excerpt[p.MarkStart:p.MarkEnd] != f.Secret.Redacted() {
				t.Errorf("%q: the mark in %q is %q", text, p.Excerpt, p.Excerpt[p.MarkStart:p.MarkEnd])
			}
			for _, g := range found {
				raw := g.Secret.Reveal()
				for i := 0; i+8 <= len(raw); i++ {
					if piece := raw[i : i+8]; strings.Contains(p.Excerpt, piece) && !strings.Contains("-----BEGIN ACME KEY-----", piece) {
						t.Fatalf("%q of a secret shows in %q", piece, p.Excerpt)
					}
				}
			}
			if len(p.Excerpt) > 400 {
				t.Errorf("an excerpt of %d bytes", len(p.Excerpt))
			}
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := testDetector(t).Scan(ctx, Document{Data: []byte("x")}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(nil); err == nil {
		t.Error("no rules are accepted")
	}
	if _, err := New([]*rules.Rule{{ID: "x", Regex: "x"}}); err == nil {
		t.Error("a rule that was not loaded is accepted")
	}
}

func FuzzScan(f *testing.F) {
	d := testDetector(f, WithMinConfidence(0))
	f.Add([]byte(token(1)), 0, 5)
	f.Add([]byte("acme "+random(2, 32, lowerHex)+" %3D%2F \\u0041 &#65; =3D"), 3, 20)
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte("-----BEGIN ACME KEY-----\n"+random(4, 64, alnum)))), 0, 100)
	f.Fuzz(func(t *testing.T, data []byte, lo, hi int) {
		doc := Document{Data: data}
		if 0 <= lo && lo <= hi && hi <= len(data) {
			doc.Fresh = []Range{{lo, hi}}
		}
		before := bytes.Clone(data)
		found, err := d.Scan(context.Background(), doc)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, data) {
			t.Fatal("the data was changed")
		}
		for _, fd := range found {
			p := fd.Places[0]
			if p.Span.Start < 0 || p.Span.End > int64(len(data)) || p.Span.Start >= p.Span.End ||
				p.Span.EndLine < p.Span.StartLine || p.MarkEnd > len(p.Excerpt) || p.MarkStart > p.MarkEnd {
				t.Fatalf("%+v", p)
			}
		}
	})
}
