package respond

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func TestSeal(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := ParseRecipient(" " + id.Recipient().String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	f := finding(adminRule, "tok-sealed\nwith lines \u20ac", "key_id", "k1")
	text, err := Seal(&f, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base64.StdEncoding.DecodeString(text); err != nil || strings.Contains(string(raw), "tok-sealed") || strings.ContainsAny(text, "\n ") {
		t.Errorf("the seal shows: %v", err)
	}
	// As a report has it: rule and fingerprint, no secret.
	reported := func() detector.Finding { return detector.Finding{Rule: adminRule, Fingerprint: f.Fingerprint} }
	got := reported()
	if err := Open(&got, text, nil, other, id); err != nil {
		t.Fatal(err)
	}
	if got.Secret.Reveal() != f.Secret.Reveal() || len(got.Parts) != 1 || got.Parts[0].Value.Reveal() != "k1" {
		t.Errorf("%v %v", got.Secret, got.Parts)
	}
	stranger := finding(adminRule, "tok-another")
	flipped := []byte(text)
	flipped[len(flipped)/2] ^= 1
	for name, open := range map[string]func(f *detector.Finding) error{
		"another identity": func(f *detector.Finding) error { return Open(f, text, nil, other) },
		"another key":      func(f *detector.Finding) error { return Open(f, text, detector.Key("x"), id) },
		"another finding":  func(f *detector.Finding) error { f.Fingerprint = stranger.Fingerprint; return Open(f, text, nil, id) },
		"another provider": func(f *detector.Finding) error { f.Rule = batchRule; return Open(f, text, nil, id) },
		"changed":          func(f *detector.Finding) error { return Open(f, string(flipped), nil, id) },
		"cut":              func(f *detector.Finding) error { return Open(f, text[:len(text)/2], nil, id) },
		"empty":            func(f *detector.Finding) error { return Open(f, "", nil, id) },
	} {
		got := reported()
		if err := open(&got); err == nil || !got.Secret.IsZero() || strings.Contains(err.Error(), "tok-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIdentities(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"age": {id.Recipient().String(), "# made by a test\n" + id.String() + "\n"},
		"ssh": {string(ssh.MarshalAuthorizedKey(key)), string(pem.EncodeToMemory(block))},
	} {
		recipient, err := ParseRecipient(pair[0])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ids, err := ReadIdentities(write(name, pair[1]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := finding(selfRule, "tok-1")
		text, err := Seal(&f, recipient)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := Open(&f, text, nil, ids...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "age1xyz", id.String(), "ssh-rsa AAAA"} {
		if _, err := ParseRecipient(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("recipient of %d characters: %v", len(bad), err)
		}
	}
	secret := strings.Replace(id.String(), "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1X", 1)
	if _, err := ReadIdentities(write("bad", secret)); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a mangled identity: %v", err)
	}
}

func TestReread(t *testing.T) {
	set, err := rules.Parse("acme.toml", []byte(`
[[rule]]
id = "acme-api-key"
title = "Acme key"
severity = "high"
regex = '''acme_live_[0-9a-z]{30}'''
match = ["{{secret}}"]
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := detector.New(set)
	if err != nil {
		t.Fatal(err)
	}
	made := func() string {
		n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(36), big.NewInt(30), nil))
		if err != nil {
			t.Fatal(err)
		}
		text := n.Text(36)
		return "acme_" + "live_" + strings.Repeat("7", 30-len(text)) + text
	}
	token, other := made(), made()
	doc := func(text string) detector.Document {
		return detector.Document{Data: []byte(text), Location: detector.Location{Path: "a.env"}}
	}
	found, err := d.Scan(context.Background(), doc("A="+other+"\nB="+token+"\n"))
	if err != nil || len(found) != 2 {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	f := detector.Finding{Rule: set[0], Fingerprint: found[1].Fingerprint}
	if err := Reread(context.Background(), d, doc("A="+other+"\n\nmoved B="+token+"\n"), &f); err != nil || f.Secret.Reveal() != token {
		t.Errorf("%v", err)
	}
	f = detector.Finding{Rule: set[0], Fingerprint: found[1].Fingerprint}
	if err := Reread(context.Background(), d, doc("B="+other+"\n"), &f); err == nil || !f.Secret.IsZero() {
		t.Errorf("another credential is accepted: %v", err)
	}
}
