package rules

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

// Private keys stand in texts in many ways: as files, with \n for their line ends,
// as string literals joined by +, indented, behind log prefixes. What documentation
// shows of them is mostly the first line or two. pemWhole tells the two apart: a
// key says in its first bytes how long it is.

const (
	openSSHMagic = "openssh-key-v1\x00"
	// The least lengths of an OpenSSH key and of one encrypted as in RFC 1421, in
	// bytes; the shortest are Ed25519 keys and those on P-256.
	leastOpenSSH   = 180
	leastEncrypted = 90
)

// pemWhole reports whether a text, armoured or the bare base64, is a private key of
// the length that it says itself. A tenth may be missing, since what surrounds the
// lines can hide one.
func pemWhole(s string) bool {
	der := pemBytes(s)
	switch {
	case bytes.HasPrefix(der, []byte(openSSHMagic)):
		return len(der) >= leastOpenSSH
	case strings.Contains(s, "-----BEGIN PGP "):
		n, ok := openPGPLength(der)
		return ok && len(der) >= n-n/10
	case pemIV.MatchString(s):
		return len(der) >= leastEncrypted
	}
	n, ok := derLength(der)
	return ok && len(der) >= n-n/10
}

// openPGPLength is the length of the OpenPGP packet at the start of b, its head
// included; ok is false unless it holds a secret key (RFC 9580, sections 4.2 and 5.5).
func openPGPLength(b []byte) (n int, ok bool) {
	if len(b) < 6 {
		return 0, false
	}
	const secretKey = 5
	switch b[0] {
	case 0x80 | secretKey<<2: // the old format, by the size of the length
		return 2 + int(b[1]), true
	case 0x80 | secretKey<<2 | 1:
		return 3 + int(b[1])<<8 + int(b[2]), true
	case 0xc0 | secretKey: // the new format
		if b[1] < 192 {
			return 2 + int(b[1]), true
		}
		return 3 + int(b[1]-192)<<8 + int(b[2]) + 192, b[1] < 224
	}
	return 0, false
}

// derLength is the length of the DER sequence at the start of b, its head included.
func derLength(b []byte) (n int, ok bool) {
	if len(b) < 4 || b[0] != 0x30 {
		return 0, false
	}
	size := int(b[1])
	if size < 0x80 {
		return 2 + size, true
	}
	octets := size & 0x7f
	if octets == 0 || octets > 2 {
		return 0, false
	}
	size = 0
	for _, c := range b[2 : 2+octets] {
		size = size<<8 | int(c)
	}
	return 2 + octets + size, true
}

// The line that begins a key; what separates its lines, what one looks like; the last
// header of a key encrypted as in RFC 1421, and the headers of OpenPGP.
var (
	pemHead  = regexp.MustCompile(`-----BEGIN ([0-9A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?)-----`)
	pemBreak = regexp.MustCompile(`(?:\\+[nrt]|[\s"'` + "`" + `,;\\])+`)
	pemLine  = regexp.MustCompile(`^[0-9A-Za-z+/]*[0-9A-Za-z][0-9A-Za-z+/]*={0,2}$`)
	pemIV    = regexp.MustCompile(`DEK-Info: [0-9A-Z-]+,[0-9A-Fa-f]+`)
	pgpHead  = regexp.MustCompile(`(?:Version|Comment|Charset|MessageID|Hash):[^\r\n\\"']*`)
)

// pemBytes decodes what stands between the lines that begin and end a key, as far
// as it can. A text without such lines is taken for the body.
func pemBytes(s string) []byte {
	if head := pemHead.FindStringSubmatchIndex(s); head != nil {
		openPGP := strings.HasPrefix(s[head[2]:], "PGP ")
		s, _, _ = strings.Cut(s[head[1]:], "-----END")
		if openPGP {
			s = pgpHead.ReplaceAllString(s, "")
			if i := strings.LastIndex(s, "="); i >= 0 {
				s = s[:i] // the checksum is no part of the key
			}
		}
	}
	if iv := pemIV.FindStringIndex(s); iv != nil {
		s = s[iv[1]:]
	}
	var body strings.Builder
	for _, line := range pemBreak.Split(s, -1) {
		if pemLine.MatchString(line) {
			body.WriteString(strings.TrimRight(line, "="))
		}
	}
	text := body.String()
	if len(text)%4 == 1 {
		text = text[:len(text)-1] // a character that begins no byte
	}
	der := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, _ := base64.RawStdEncoding.Decode(der, []byte(text))
	return der[:n]
}

// KeyBytes decodes an armoured private key as it was found: with its line ends written
// out, indented, quoted, put together from pieces, behind the marks of a log. kind is
// what stands behind BEGIN: "RSA PRIVATE KEY"; empty if there is no such line.
func KeyBytes(text string) (kind string, der []byte) {
	if head := pemHead.FindStringSubmatch(text); head != nil {
		kind = head[1]
	}
	return kind, pemBytes(text)
}

// pemBuild gives a made-up key a body of the length that it says, with line ends of
// the kind that it had.
func pemBuild(s string) string {
	noise := strings.Map(alnumOnly, s)
	head := pemHead.FindStringSubmatch(s)
	if head == nil {
		s = s[:len(s)-len(strings.TrimLeft(s, noise+"+/"))]
		n, _ := derLength(pemBytes(s))
		for base64.StdEncoding.DecodedLen(len(s)) < n {
			s += noise
		}
		return s[:len(s)/4*4]
	}
	const size = 150
	body := bytes.Repeat([]byte(noise), 1+size/len(noise))[:size]
	kind := head[1]
	lines := []string{"-----BEGIN " + kind + "-----"}
	switch {
	case strings.HasPrefix(kind, "OPENSSH "):
		const none, cbc = "\x00\x00\x00\x04none", "\x00\x00\x00\x0aaes256-cbc\x00\x00\x00\x06bcrypt"
		how := none + none
		if !strings.Contains(s, "AAAAABG5vbmU") {
			how = cbc
		}
		body = append([]byte(openSSHMagic+how+"\x00\x00\x00\x00"), body...)
	case strings.HasPrefix(kind, "PGP "):
		body = append([]byte{0x95, 0, size}, body...)
		lines = append(lines, "")
	case pemIV.MatchString(s):
		lines = append(lines, "Proc-Type: 4,ENCRYPTED", pemIV.FindString(s), "")
	default:
		body = append([]byte{0x30, 0x81, size}, body...)
	}
	for chunk := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(body)), 64) {
		lines = append(lines, string(chunk))
	}
	sep := "\n"
	if strings.Contains(s, `\n`) {
		sep = `\n`
	}
	return strings.Join(append(lines, "-----END "+kind+"-----"), sep)
}
