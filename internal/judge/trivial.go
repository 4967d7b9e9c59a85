package judge

import (
	"bytes"
	"strings"

	"github.com/stanchsec/stanch/internal/assign"
)

// MinValue is the length below which nothing is taken for a credential.
const MinValue = 4

const (
	minNumber   = 5  // digits of a number that may be a password
	maxVersion  = 8  // digits of a version or a date
	maxConstant = 19 // bytes of a hexadecimal constant of 64 bits, and its sign or its suffix
)

// Trivial says, without measuring, of most values that they are no credential: names
// and expressions of programs, templates, words. It is for speed; what it lets pass is
// judged.
func Trivial(buf []byte, v assign.Value) bool {
	s := buf[v.Start:v.End]
	if len(s) < MinValue {
		return true
	}
	if s[0] == '$' && len(s) > 1 && (s[1] == '{' || s[1] == '(') || s[0] == '{' && s[1] == '{' || s[0] == '<' && (s[1] == '%' || s[1] == '?') {
		return true
	}
	if v.Quote == 0 && (s[0] == ':' && charKind(s[1]) <= 2 || s[0] == '\\' && s[1] == '&') { // a symbol of Ruby, a reference of Perl
		return true
	}
	if s[0] == '$' && v.Quote != '\'' && variable(s[1:]) || s[0] == '-' && s[1] == '-' && s[2] != '-' {
		return true // or a flag
	}
	if public(s) || bytes.HasSuffix(s, []byte("...")) || bytes.HasSuffix(s, []byte("…")) {
		return true
	}
	letters, digits, blanks, other := 0, 0, 0, 0
	for _, c := range s {
		switch k := charKind(c); {
		case k <= 2:
			letters++
		case k == 3:
			digits++
		case k == 5:
			blanks++
		case c != '_' && c != '-' && c != '.' && c != ':':
			other++
		}
	}
	if letters+digits < 3 || letters+digits+blanks == 0 {
		return true
	}
	if len(s) == uuidLength && s[8] == '-' && isUUID(asciiLower(string(s))) && recordID(buf[v.NameStart:v.NameEnd]) {
		return true // the key of a record, not one that opens something
	}
	if longestRow(s)*2 > len(s) { // xxxxxxxx, or a token blanked out
		return true
	}
	few := 1 // digits behind words that make a name of them: value2, uint64
	if v.Quote == 0 {
		few = 4
	}
	switch {
	case digits == len(s):
		return digits < minNumber
	case other == 0 && digits <= few && digits < letters:
		if allWords(s) { // a name in a program or what is said to people
			return true
		}
	case letters == 0 && blanks == 0 && digits <= maxVersion && numberLike(string(s)) > 0:
		return true
	case v.Quote == 0 && len(s) <= maxConstant && (s[0] == '0' || s[0] == '-') && strings.Contains(string(s[:3]), "0x"):
		return true
	}
	if blanks >= 2 && digits == 0 || blanks >= 6 { // a sentence
		return true
	}
	if namedPublic(s, letters+digits == len(s), buf[v.NameStart:v.NameEnd]) || coordinate(buf, v) {
		return true
	}
	return notation(s)
}

// longestRow is the length of the longest row of one character.
func longestRow(s []byte) int {
	longest, row := 0, 0
	for i, c := range s {
		if i == 0 || c != s[i-1] {
			row = 0
		}
		row++
		longest = max(longest, row)
	}
	return longest
}

// Telling reports whether the word of n bytes at pos means there what it says: the
// "auth" of "author" and the "sid" of "inside" do not.
func Telling(buf []byte, pos, n int) bool {
	start, end := pos, pos+n
	for start > 0 && pos-start < maxWord && charKind(buf[start-1]) <= 2 && !(charKind(buf[start]) == 2 && charKind(buf[start-1]) == 1) {
		start--
	}
	for end < len(buf) && end-pos < maxWord && charKind(buf[end]) <= 2 && !(charKind(buf[end]) == 2 && charKind(buf[end-1]) == 1) {
		end++
	}
	if end-start == n || end-start > maxWord {
		return true
	}
	var word [maxWord]byte
	for i, c := range buf[start:end] {
		word[i] = c | 0x20
	}
	w := word[:end-start]
	if wordClasses[string(w)] != nil {
		return true
	}
	if n == 3 && word[pos-start] != 'k' { // of sid, otp, psw and pwd there are many by chance
		return knownPart(w[:pos-start]) && knownPart(w[pos-start+n:])
	}
	return !lexicon().has(w) && !otherWords[string(w)]
}

// knownPart reports whether what stands before or behind a short word makes the two a
// name: userotp, proxyuserpwd, not otpozadi.
func knownPart(s []byte) bool {
	if len(s) <= 1 || wordClasses[string(s)] != nil || stock[string(s)] || lexicon().has(s) {
		return true
	}
	covered, pieces, _ := lexicon().cover(s)
	return covered*10 >= len(s)*8 && pieces <= 2
}

// public reports whether a text is the public half of a key: a SubjectPublicKeyInfo in
// base64 (RFC 5280, section 4.1.2.7) of RSA or of the common curves, a key of SSH (RFC 4253, section 6.6), or
// an NKEY other than a seed (https://docs.nats.io/running-a-nats-service/nats_admin/security/jwt).
func public(s []byte) bool {
	for _, start := range [...]string{
		"MIGfMA0G", "MIIBIjAN", "MIICIjAN", "MFkwEwYH", "MFYwEAYH", "MHYwEAYH", "MIGbMBAG", "MCowBQYD", "AAAAB3NzaC1yc2E", "AAAAC3NzaC1lZDI1NTE5", "AAAAE2VjZHNhLXNoYTIt", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-",
		"-----BEGIN PUBLIC", "-----BEGIN CERT", "-----BEGIN RSA PUBLIC"} {
		if len(s) > len(start) && string(s[:len(start)]) == start {
			return true
		}
	}
	if len(s) != nkeyLength || !bytes.ContainsAny(s[:1], "UAONCX") {
		return false
	}
	for _, c := range s {
		if !('A' <= c && c <= 'Z' || '2' <= c && c <= '7') {
			return false
		}
	}
	return true
}

const uuidLength = 36

// namedPublic reports whether a value is public though its name holds a word of
// credentials: the id or the fingerprint of a key of GPG, the token of an assembly's public
// key (https://learn.microsoft.com/dotnet/standard/assembly/strong-named), the nonce of a
// WebSocket (RFC 6455, section 4.1), the MD5 of a key.
func namedPublic(s []byte, alphanumeric bool, name []byte) bool {
	switch {
	case alphanumeric && (len(s) == 8 || len(s) == 16 || len(s) == 40):
		for _, c := range s {
			if !isHex(c) {
				return false
			}
		}
		low := asciiLower(string(name))
		return contains(low, "gpg", "pgp", "recv-key", "keyserver", "ppa_key", "ppa-key", "apt-key", "apt_key", "publickeytoken")
	case len(s) == 24 && s[22] == '=':
		return contains(asciiLower(string(name)), "websocket-key", "websocketkey", "websocket_key", "md5")
	}
	return false
}

// coordinate reports whether name and value are the two halves of the coordinate of a
// package, as Maven writes it: org.acme.webtoken:token-core.
func coordinate(buf []byte, v assign.Value) bool {
	if v.Start != v.NameEnd+1 || buf[v.NameEnd] != ':' || charKinds[buf[v.NameStart]] != 1 {
		return false
	}
	dots := 0
	last := v.NameStart
	for i, c := range buf[v.NameStart:v.NameEnd] {
		switch {
		case c == '.':
			dots++
			last = v.NameStart + i + 1
		case charKinds[c] != 1 && charKinds[c] != 3 && c != '-':
			return false
		}
	}
	if dots == 0 {
		return false
	}
	switch string(buf[last:v.NameEnd]) {
	case "password", "passwd", "pass", "pwd", "secret", "token", "key": // settings
		return false
	}
	for _, c := range buf[v.Start:v.End] {
		if charKinds[c] != 1 && charKinds[c] != 3 && c != '-' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

// variable reports whether a text is written like the name of a variable, digits at its
// end at most.
func variable(s []byte) bool {
	digits := 0
	for _, c := range s {
		switch k := charKinds[c]; {
		case k == 3:
			digits++
		case k != 1 && k != 2 && c != '_' || digits > 0:
			return false
		}
	}
	return digits <= 1
}

// recordID reports whether a UUID under this name is the key of a record: the name says
// that it is an id, or a code of an error, or speaks of nothing but a key.
func recordID(name []byte) bool {
	if !secretive(name) {
		return true
	}
	// Tokens that say which request or which page is meant.
	for _, end := range [...]string{"requesttoken", "clienttoken", "changetoken", "actiontoken", "idempotencytoken", "nexttoken", "pagetoken", "continuationtoken"} {
		if k := len(name) - len(end); k >= 0 && bytes.EqualFold(name[k:], []byte(end)) {
			return true
		}
	}
	for _, end := range [...]string{"id", "ids", "error", "code", "type", "name"} {
		if k := len(name) - len(end); k >= 0 && bytes.EqualFold(name[k:], []byte(end)) {
			before := bytes.TrimRight(name[:k], "_-.")
			for _, w := range [...]string{"secret", "token"} { // these may be what opens something
				if n := len(before) - len(w); n >= 0 && bytes.EqualFold(before[n:], []byte(w)) {
					return false
				}
			}
			return k == 0 || len(before) < k || charKind(name[k]) == 2 && charKind(name[k-1]) == 1
		}
	}
	return false
}

// secretive reports whether a name speaks of more than a key.
func secretive(name []byte) bool {
	return contains(asciiLower(string(name)), "pass", "pwd", "secret", "token", "auth", "api", "cred", "access", "licen", "subscription")
}

// nkeyLength is the length of a public NKEY, in characters of base32.
const nkeyLength = 56

// allWords reports whether all runs of letters of a text are words, or pieces of words
// run together.
func allWords(s []byte) bool {
	lex := lexicon()
	var run [maxRun]byte
	n := 0
	flush := func() bool {
		defer func() { n = 0 }()
		if n == 0 || n < minWord {
			return true
		}
		covered, pieces, _ := lex.cover(run[:n])
		return covered*10 >= n*8 && pieces*4 <= n+2
	}
	for i, c := range s {
		k := charKind(c)
		if k != 1 && k != 2 || k == 2 && i > 0 && charKind(s[i-1]) == 1 {
			if !flush() {
				return false
			}
		}
		if k == 1 || k == 2 {
			if n == maxRun {
				return false
			}
			run[n] = c | 0x20
			n++
		}
	}
	return flush()
}
