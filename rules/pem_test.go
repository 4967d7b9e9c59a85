package rules

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
)

// madeUpKeys returns private keys in PEM, made on the spot, by what they are.
func madeUpKeys(t *testing.T) map[string]string {
	t.Helper()
	must := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	noise := func(n int) []byte {
		b := make([]byte, n)
		_, _ = rand.Read(b)
		return b
	}
	const none = "\x00\x00\x00\x04none"
	openSSH := slicesConcat([]byte(openSSHMagic+none+none), []byte{0, 0, 0, 0, 0, 0, 0, 1}, noise(220))
	keys := make(map[string]string)
	for kind, der := range map[string][]byte{
		"EC PRIVATE KEY":            must(x509.MarshalECPrivateKey(ec)),
		"PRIVATE KEY":               must(x509.MarshalPKCS8PrivateKey(ed)),
		"OPENSSH PRIVATE KEY":       openSSH,
		"PGP PRIVATE KEY BLOCK":     append([]byte{0x95, 300 >> 8, 300 & 0xff}, noise(300)...),
		"ENCRYPTED PRIVATE KEY":     append([]byte{0x30, 0x81, 200}, noise(200)...),
		"RSA PRIVATE KEY":           append([]byte{0x30, 0x82, 4, 0xa3}, noise(0x4a3)...),
		"PGP PRIVATE KEY BLOCK new": append([]byte{0xc5, 192 + (300-192)>>8, (300 - 192) & 0xff}, noise(300)...),
	} {
		kind = strings.TrimSuffix(kind, " new")
		text := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		if strings.HasPrefix(kind, "PGP ") {
			text = strings.Replace(text, "-----\n", "-----\nVersion: GnuPG v2\n\n", 1)
			text = strings.Replace(text, "\n-----END", "\n=abcd\n-----END", 1)
		}
		keys[kind+" "+string(der[:1])] = text
	}
	return keys
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestWholeKeys(t *testing.T) {
	sum := ChecksumByName("pem")
	forms := map[string]func(string) string{
		"file":     func(s string) string { return s },
		"CRLF":     func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"escaped":  func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) },
		"twice":    func(s string) string { return strings.ReplaceAll(s, "\n", `\\n`) },
		"indented": func(s string) string { return strings.ReplaceAll(s, "\n", "\n            ") },
		"joined":   func(s string) string { return strings.ReplaceAll(s, "\n", "\\n\" +\n    \"") },
		"list":     func(s string) string { return strings.ReplaceAll(s, "\n", "',\n  '") },
		"comment":  func(s string) string { return strings.ReplaceAll(s, "\n", "\n// ") },
		"log":      func(s string) string { return strings.ReplaceAll(s, "\n", "\n2026-01-02T03:04:05.678Z ") },
	}
	for kind, key := range madeUpKeys(t) {
		for name, form := range forms {
			if !sum.Valid(form(key)) {
				t.Errorf("%q, %s: not seen as whole", kind, name)
			}
		}
		// What documentation shows: the first bytes, an ellipsis, the end.
		lines := strings.Split(strings.TrimSpace(key), "\n")
		short := strings.Join(lines[:len(lines)/2], "\n") + "\n...\n" + lines[len(lines)-1]
		if len(lines) > 3 && sum.Valid(short) {
			t.Errorf("%q: the first lines alone are seen as whole", kind)
		}
		block, _ := pem.Decode([]byte(key))
		if block == nil || strings.Contains(kind, "PGP") {
			continue
		}
		bare := base64.StdEncoding.EncodeToString(block.Bytes)
		if !sum.Valid(bare) {
			t.Errorf("%q: not seen as whole without armour", kind)
		}
	}
	for _, no := range []string{
		"", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("s3cr3t", 30) + "\n-----END PRIVATE KEY-----",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE" + strings.Repeat("x", 200) + "\n-----END RSA PRIVATE KEY-----",
		"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + strings.Repeat("abcd", 60) + "\n-----END PGP PRIVATE KEY BLOCK-----",
	} {
		if sum.Valid(no) {
			t.Errorf("%.60q is seen as a whole key", no)
		}
	}
}

// TestEncryptedWholeKeys is about the keys of RFC 1421, whose body is no DER.
func TestEncryptedWholeKeys(t *testing.T) {
	head := "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC," + strings.Repeat("0A", 16) + "\n\n"
	noise := make([]byte, 128)
	_, _ = rand.Read(noise)
	body := base64.StdEncoding.EncodeToString(noise)
	sum := ChecksumByName("pem")
	if !sum.Valid(head + body + "\n-----END EC PRIVATE KEY-----") {
		t.Error("not seen as whole")
	}
	if sum.Valid(head + body[:64] + "\n...\n-----END EC PRIVATE KEY-----") {
		t.Error("the first line alone is seen as whole")
	}
}

func TestBasicAuth(t *testing.T) {
	sum := ChecksumByName("basic-auth")
	encode := base64.StdEncoding.EncodeToString
	for text, want := range map[string]bool{
		encode([]byte("user:pass word")):                     true,
		encode([]byte(":token")):                             true,
		encode([]byte("münchen:grüße")):                      true,
		encode([]byte("user:")):                              false,
		encode([]byte("no colon")):                           false,
		encode([]byte("user:\x00\x01")):                      false,
		strings.TrimRight(encode([]byte("user:passw")), "="): false,
		"authentication":                                     false,
		"":                                                   false,
		encode([]byte{0xff, 0xfe, ':', 'a', 'b', 'c', 'd', 1}): false,
	} {
		if sum.Valid(text) != want {
			t.Errorf("%q: valid is %v", text, !want)
		}
	}
}
