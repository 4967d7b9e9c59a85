package judge

import (
	"bytes"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/assign"
)

// medium is what a finding of medium confidence has; see the package detector.
const medium = 0.65

// first is the judgement of the first value of a text that is given to a name which
// holds the word; -1 if there is none, or none that is worth one.
func first(t *testing.T, text, word string) float64 {
	t.Helper()
	pos := strings.Index(text, word)
	for _, v := range assign.Find([]byte(text), pos, len(word), nil) {
		if Trivial([]byte(text), v) {
			continue
		}
		c := NewCase([]byte(text), v)
		features := Measure(&c)
		return Default().Judge(&features)
	}
	return -1
}

func TestJudge(t *testing.T) {
	random := "q7Zk" + "P2vX" + "9mLd" + "W4tR" + "8bNc"
	for _, text := range []string{
		`password = "` + random + `"`,
		`password: ` + random,
		`export DB_PASSWORD=` + random,
		`"token": "` + random + `",`,
		`String secret = "` + random + `";`,
		`<password>` + random + `</password>`,
	} {
		word := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
		for _, w := range word {
			if w == "password" || w == "token" || w == "secret" || w == "key" {
				at := strings.Index(strings.ToLower(text), w)
				if p := first(t, text, text[at:at+len(w)]); p < medium {
					t.Errorf("%s: %.2f, want at least %.2f", text, p, medium)
				}
				break
			}
		}
	}
	for _, c := range []struct{ text, word string }{
		{`password = "password"`, "pass"},
		{`password = "changeme"`, "pass"},
		{`password = "${DB_PASSWORD}"`, "pass"},
		{`password = getpass("Password: ")`, "pass"},
		{`password: "Please enter your password"`, "pass"},
		{`token = "your-token-here"`, "token"},
		{`token = lexer.next_token()`, "token"},
		{`api_key = "YOUR_API_KEY"`, "key"},
		{`key = "user.name.first"`, "key"},
		{`"key-file": "/etc/ssl/private/server.pem"`, "key"},
		{`secretName: database-credentials`, "secret"},
		{`KEY_SIZE = 0x2000`, "KEY"},
		{`public_key = "MIIBIjAN` + strings.Repeat("Bgkq", 30) + `"`, "key"},
	} {
		if p := first(t, c.text, c.word); p >= medium {
			t.Errorf("%s: %.2f, want less than %.2f", c.text, p, medium)
		}
	}
}

func TestTelling(t *testing.T) {
	for text, want := range map[string]bool{
		"auth": true, "oauth": true, "authToken": true, "authorization": true, "author": false, "AUTHORS": false,
		"userAuth": true, "inside": false, "sid": true, "PHPSESSID": true, "keyword": true, "hotkey": true,
		"Siddham": false, "ftintrpwd": false, "dbPwd": true, "userpwd": true, "PROXYUSERPWD": true, "otpozadi": false, "totp": true, "keyframes": false, "passages": false,
		"signingkey": true, "monkeys": false,
	} {
		for _, word := range []string{"auth", "sid", "key", "pwd", "otp", "pass"} {
			if pos := strings.Index(strings.ToLower(text), word); pos >= 0 {
				if got := Telling([]byte(" "+text+" "), pos+1, len(word)); got != want {
					t.Errorf("%q in %q: telling is %v, want %v", word, text, got, want)
				}
				break
			}
		}
	}
}

// TestSameEverywhere holds the measures of some cases to those of the machine that they
// were taken on: they must not depend on how a processor rounds.
func TestSameEverywhere(t *testing.T) {
	h := fnv.New64a()
	for i := range 400 {
		value := make([]byte, 4+i%60)
		for j := range value {
			value[j] = byte(33 + (i*31+j*j*7+i*j)%94)
		}
		c := Case{Name: "db_password", Value: string(value), Quote: '"', Before: "  ", Between: ` = "`, After: `";`}
		v := Measure(&c)
		for _, n := range v {
			h.Write([]byte{byte(n), byte(n >> 8)})
		}
	}
	for _, n := range logs {
		h.Write([]byte{byte(n), byte(n >> 8)})
	}
	const want = 0x76cade4baf586227
	if got := h.Sum64(); got != want {
		t.Errorf("the measures add up to %#x, not %#x: where they were changed, change this number, too", got, uint64(want))
	}
}

func TestAtMost(t *testing.T) {
	m := Default()
	for i := range 200 {
		value := make([]byte, 6+i%20)
		for j := range value {
			value[j] = "abcdefgh12345XYZ-_"[(i*7+j*j*3+i*j)%18]
		}
		c := Case{Name: "api_token", Value: string(value), Quote: '"', Between: ` = "`, After: `"`}
		v := Measure(&c)
		most := m.AtMost(&v)
		for _, path := range []string{"", "a.go", "test/a.py", "docs/readme.md", "conf/app.yml", "a.json", "examples/run.sh"} {
			there := v.In(FileOf(path))
			if p := m.Judge(&there); p > most+1e-9 {
				t.Fatalf("%q at %q: %.3f, more than the most, %.3f", value, path, p, most)
			}
		}
	}
}

func TestReasonsAddUp(t *testing.T) {
	c := Case{Name: "password", Value: "tq" + "8Xz!" + "w3Lp", Quote: '"', Between: ` = "`, After: `"`}
	v := Measure(&c)
	m := Default()
	sum := 0.0
	reasons := m.Reasons(c.Name, &v)
	for _, r := range reasons {
		sum += r.Weight
		if strings.Contains(r.Text, c.Value) {
			t.Errorf("the reason %q tells the secret", r.Text)
		}
	}
	_, base := m.contributions(&v)
	if want := m.Judge(&v) - m.Probability(base); math.Abs(sum-want) > 1e-6 {
		t.Errorf("the reasons add up to %.4f, want %.4f", sum, want)
	}
	if len(reasons) == 0 {
		t.Error("there are no reasons")
	}
}

func TestModelRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteModel(&buf, Default()); err != nil {
		t.Fatal(err)
	}
	again, err := ReadModel(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Name: "token", Value: "a1b2" + "c3d4e5", Between: "="}
	v := Measure(&c)
	if a, b := Default().Score(&v), again.Score(&v); a != b {
		t.Errorf("the score is %d after writing and reading, was %d", b, a)
	}
	if _, err := ReadModel(buf.Bytes()[:buf.Len()/2]); err == nil {
		t.Error("half a model is read without an error")
	}
}

func TestFileOf(t *testing.T) {
	for path, want := range map[string]File{
		"":                       {},
		"a/b.go":                 {Kind: Code},
		"test/b.py":              {Kind: Script, Test: true},
		"docs/readme.md":         {Kind: Prose, Sample: true},
		"config/app.YML":         {Kind: Config},
		".env":                   {Kind: Config},
		"Dockerfile":             {Kind: Shell},
		"spec/fixtures/x.json":   {Kind: Data, Test: true},
		"latest/contest.unheard": {},
	} {
		if got := FileOf(path); got != want {
			t.Errorf("%q: %+v, want %+v", path, got, want)
		}
	}
}

func BenchmarkWeigh(b *testing.B) {
	text := []byte(`  db_password = "` + "kq83hfz" + `"  # of the test server` + "\n")
	v := assign.Find(text, 5, 4, nil)[0]
	for b.Loop() {
		Default().Weigh(text, v)
	}
}
