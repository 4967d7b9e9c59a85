package reporters

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// plants are credentials of several shapes.
func plants() map[string]detector.Secret {
	begin, end := "-----BEGIN RSA PRIVATE"+" KEY-----", "-----END RSA PRIVATE"+" KEY-----"
	var key strings.Builder
	for i := range 25 {
		key.WriteString("\n" + made(64, uint64(100+i)))
	}
	header := made(36, 50) // as web tokens share theirs
	return map[string]detector.Secret{
		"token":        detector.NewSecret("ghp"+"_"+made(36, 51), 4),
		"no prefix":    detector.NewSecret(made(40, 52), 0),
		"web token":    detector.NewSecret(header+"."+made(80, 53)+"."+made(43, 54), 0),
		"web token 2":  detector.NewSecret(header+"."+made(80, 55)+"."+made(43, 56), 0),
		"two lines":    detector.NewSecret(made(30, 57)+"\n"+made(30, 58), 0),
		"private key":  detector.NewSecret(begin+key.String()+"\n"+end, len(begin)),
		"long":         detector.NewSecret(made(6000, 59), 0),
		"unicode":      detector.NewSecret("pässwörd-日本-"+made(14, 60), 0),
		"no UTF-8":     detector.NewSecret("\xff\xfe"+made(30, 61)+"\x80", 0),
		"all prefix":   detector.NewSecret("https://hooks.chat.test/"+made(24, 62), 24),
		"quotes in it": detector.NewSecret(made(12, 63)+`"<&'\`+made(12, 64), 0),
	}
}

// infest makes a report in which a secret stands wherever something from outside does, raw.
func infest(secret detector.Secret) *Report {
	raw := secret.Reveal()
	dirty := detector.Location{
		Path: "dir/" + raw + ".txt", Members: []string{raw, "m/" + raw}, Commit: sampleCommit,
		Author: "A " + raw, Email: raw + "@example.com", Date: "2026-01-01", Job: raw, Step: "step " + raw,
		URL: "https://user:" + raw + "@example.com/x",
	}
	f := finding(githubRule, secret, "", 3, "", "")
	f.Parts = []detector.Part{{Name: "other", Value: secret, Secret: true}}
	f.Reasons = append(f.Reasons, detector.Reason{Name: "odd", Text: "it says " + raw})
	f.Verification = &detector.Verification{
		State:  detector.Live,
		Reason: "body: {" + raw + "}",
		Identity: detector.Identity{Owner: raw, Account: raw, Scopes: []string{"a", raw},
			Created: raw, Expires: raw, LastUsed: raw},
	}
	f.Suppression = &detector.Suppression{Kind: "inline", Reason: "not " + raw, Owner: raw, Expires: raw}
	f.Places = nil
	for _, excerpt := range []string{
		"x = " + raw + ";", raw, raw + raw, raw[:len(raw)/2], "cut " + raw[len(raw)/3:],
		strings.ReplaceAll(raw, "\n", " "), "\xff" + raw + "\xff",
	} {
		for _, marks := range [][2]int{{0, 0}, {4, len(excerpt)}, {5, 9}, {-1, 1 << 20}} {
			f.Places = append(f.Places, detector.Place{Location: dirty, Excerpt: excerpt, MarkStart: marks[0], MarkEnd: marks[1]})
		}
	}
	// What breaks UTF-8 in a path is kept as base64, which must not keep more.
	f.Places = append(f.Places, detector.Place{Location: detector.Location{Path: "\xff" + raw}})

	plain := finding(awsRule, detector.NewSecret(made(40, 99), 0), "dir/other", 1, "", "")
	plain.Places[0].Excerpt = "beside " + raw
	plain.Places[0].Location = dirty
	return &Report{
		Findings: []detector.Finding{plain, f},
		Skipped:  []Skip{{Location: dirty, Reason: "open " + raw, Incomplete: true}, {Location: dirty, Reason: raw}},
		Run: Run{
			Targets: []string{"https://x:" + raw + "@example.com", raw}, Repository: "https://" + raw + "@example.com/o/r",
			Revision: raw, Branch: "b/" + raw, Category: raw, ID: raw,
		},
	}
}

// leaked returns a piece of eight bytes of a secret, other than what its redacted form
// shows, that stands in a report; empty if none does.
func leaked(report []byte, secret detector.Secret) string {
	raw := secret.Reveal()
	shown, _, _ := strings.Cut(secret.Redacted(), "…")
	for i := 0; i+pieceLen <= len(raw); i++ {
		piece := raw[i : i+pieceLen]
		if strings.Contains(shown, piece) || strings.Trim(piece, "-") == "" {
			continue
		}
		if bytes.Contains(report, []byte(piece)) {
			return piece
		}
	}
	return ""
}

func TestNoLeaks(t *testing.T) {
	for name, secret := range plants() {
		for _, format := range Formats() {
			for _, o := range []Options{{}, {Color: true}, {All: true, Width: 100_000}, {All: true, Color: true}} {
				t.Run(fmt.Sprintf("%s/%s/%+v", name, format, o), func(t *testing.T) {
					report := write(t, format, infest(secret), o)
					if piece := leaked(report, secret); piece != "" {
						t.Errorf("%q stands in the report", piece)
					}
				})
			}
		}
	}
}

// JSON keeps the bytes of paths that are no UTF-8 as base64: they have no secret either.
func TestNoLeaksInBase64(t *testing.T) {
	for name, secret := range plants() {
		r := prepared(infest(secret))
		for _, p := range r.Findings[1].Places {
			if piece := leaked([]byte(p.Location.Path), secret); piece != "" {
				t.Errorf("%s: %q stands in path %q", name, piece, p.Location.Path)
			}
		}
	}
}

func TestNoLeaksInLines(t *testing.T) {
	for name, secret := range plants() {
		for _, f := range infest(secret).Findings[1:] {
			var b bytes.Buffer
			if err := WriteLine(&b, &f, false); err != nil {
				t.Fatal(err)
			}
			if piece := leaked(b.Bytes(), secret); piece != "" {
				t.Errorf("%s: %q stands in the line", name, piece)
			}
		}
	}
}

// Reveal gives the whole credential, in every format.
func TestReveal(t *testing.T) {
	secret := detector.NewSecret(made(60, 70), 0)
	part := detector.NewSecret(made(50, 71), 0)
	f := finding(githubRule, secret, "a", 1, "", "")
	f.Parts = []detector.Part{{Name: "p", Value: part, Secret: true}}
	for _, format := range Formats() {
		for _, reveal := range []bool{true, false} {
			report := write(t, format, &Report{Findings: []detector.Finding{f}, Reveal: reveal}, Options{})
			for _, s := range []detector.Secret{secret, part} {
				if got := bytes.Contains(report, []byte(s.Reveal())); got != reveal {
					t.Errorf("%s, reveal %v: a credential is there: %v", format, reveal, got)
				}
			}
		}
	}
}

// What is no secret of a credential stays readable: one needs it to find the right key.
func TestPlainParts(t *testing.T) {
	f := finding(awsRule, detector.NewSecret(made(40, 72), 0), "a", 1, "", "")
	f.Parts = []detector.Part{{Name: "user", Value: detector.NewSecret("deployment-robot", 0)}}
	for _, format := range Formats() {
		report := write(t, format, &Report{Findings: []detector.Finding{f}}, Options{})
		if !bytes.Contains(report, []byte("deployment-robot")) {
			t.Errorf("%s does not tell the user:\n%s", format, report)
		}
	}
}

// Writing a report changes nothing in it.
func TestReportUntouched(t *testing.T) {
	secret := plants()["token"]
	r := infest(secret)
	before := fmt.Sprintf("%+v %+v %+v", r.Findings[1].Places, r.Skipped, *r.Findings[1].Verification)
	for _, format := range Formats() {
		write(t, format, r, Options{All: true})
	}
	if after := fmt.Sprintf("%+v %+v %+v", r.Findings[1].Places, r.Skipped, *r.Findings[1].Verification); after != before {
		t.Errorf("was %s\nis  %s", before, after)
	}
}

func TestVeil(t *testing.T) {
	token := "tok" + "_" + made(20, 80)
	v := newVeil([]detector.Finding{
		{Rule: &rules.Rule{}, Secret: detector.NewSecret(token, 4)},
		{Rule: &rules.Rule{}, Secret: detector.NewSecret("password"+"1234", 0)},
		{Rule: &rules.Rule{}, Secret: detector.NewSecret("short", 0)},
	})
	shown := detector.NewSecret(token, 4).Redacted()
	for _, test := range []struct{ in, text, name string }{
		{"", "", ""},
		{"nothing of note", "nothing of note", "nothing of note"},
		{"a " + token + " b " + token, "a " + shown + " b " + shown, "a " + shown + " b " + shown},
		// Of a token a piece tells; of a password it is a word like any other, and in the
		// name of a file, too.
		{"cut: " + token[:15], "cut: …", "cut: " + token[:15]},
		{"DB_password: password" + "1234", "DB_password: …34", "DB_password: password" + "1234"},
		{"short", "short", "short"},
	} {
		if got := v.text(test.in); got != test.text {
			t.Errorf("text %q: %q, want %q", test.in, got, test.text)
		}
		if got := v.name(test.in); got != test.name {
			t.Errorf("name %q: %q, want %q", test.in, got, test.name)
		}
	}

	start, end := 2, 2+len(token)
	if got := v.text("x="+token+";", &start, &end); got[start:end] != shown {
		t.Errorf("marks lie on %q", got[start:end])
	}
	before := token + " x = "
	start, end = len(before), len(before)+3
	if got := v.text(before+"abc", &start, &end); got[start:end] != "abc" {
		t.Errorf("marks behind a secret lie on %q", got[start:end])
	}
}

func TestWithoutPassword(t *testing.T) {
	for address, want := range map[string]string{
		"https://user:" + "pw@example.com/a@b": "https://example.com/a@b",
		"https://" + "tok@example.com":         "https://example.com",
		"https://a@b:c" + "@example.com?x=@":   "https://example.com?x=@",
		"ssh://git@example.com:22/r":           "ssh://git@example.com:22/r",
		"git+ssh://git:" + "pw@example.com/r":  "git+ssh://git@example.com/r",
		"https://example.com/x":                "https://example.com/x",
		"git@example.com:o/r":                  "git@example.com:o/r",
		"":                                     "", ".": ".",
	} {
		if got := withoutPassword(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
