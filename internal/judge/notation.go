package judge

import (
	"bytes"
	"strings"
)

// Some texts are letters and digits that no word covers, and yet public: they are
// written in a notation of their own.

// notation reports whether a text is the scope of a signature of AWS, a regular expression, a version, a digest that
// says so, the name of an algorithm, or text in escapes.
func notation(s []byte) bool {
	return bytes.HasSuffix(s, []byte("/aws4_request")) || // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
		bytes.Count(s, []byte(`\x00`)) > 1 || // numbers of a format
		pattern(s) || digest(s) || version(s) || algorithm(s) || escapedText(s)
}

// pattern reports whether a text holds what only regular expressions and patterns of
// their kind do (https://github.com/google/re2/wiki/Syntax).
func pattern(s []byte) bool {
	signs := 0
	for i, c := range s {
		rest := s[i+1:]
		switch c {
		case '[':
			if begins(rest, "^", "a-z", "A-Z", "0-9", "\\w", "\\d", "\\s", "\\x", "a-f", "A-F", ":alnum:", ":alpha:") {
				signs += 2
			}
		case '(':
			if begins(rest, "?:", "?i", "?=", "?!", "?<", "?P<", "?s)", "?m)") {
				signs += 2
			}
		case '\\':
			if begins(rest, "w+", "w*", "d+", "d*", "s+", "s*", "S+", "d{", "w{", "b(", ".", "-", "/", "(", "[") {
				signs++
			}
		case '.':
			if begins(rest, "*)", "+)", "*?", "+?", "*$", "+$") {
				signs++
			}
		case '|':
			// Words that a program tells apart: get|put|post.
			if i > 1 && len(rest) > 1 && letterAt(s, i-1) && letterAt(s, i-2) && letterAt(rest, 0) && letterAt(rest, 1) {
				signs++
			}
		}
	}
	return signs >= 2
}

func begins(s []byte, texts ...string) bool {
	for _, t := range texts {
		if len(s) >= len(t) && string(s[:len(t)]) == t {
			return true
		}
	}
	return false
}

func letterAt(s []byte, i int) bool { k := charKinds[s[i]]; return k == 1 || k == 2 }

// digest reports whether a text says of itself that it is a hash: that of a resource
// (https://www.w3.org/TR/SRI/), of an image, of a Go module
// (https://go.dev/ref/mod#go-sum-files).
func digest(s []byte) bool {
	switch {
	case len(s) == 47 && begins(s, "h1:"):
		return true
	case begins(s, "sha", "SHA", "md5"):
		i := bytes.IndexAny(s, "-:/") // curl has sha256//
		return i > 2 && i <= 6 && len(s)-i-1 >= 24 && oneWord(s[i+1:])
	}
	return false
}

// oneWord reports whether a text is of letters, digits and the signs of base64.
func oneWord(s []byte) bool {
	for _, c := range s {
		if base64Values[c] > 63 && c != '=' {
			return false
		}
	}
	return true
}

// version reports whether a text is the version of a package or a range of such
// (https://semver.org, https://go.dev/ref/mod#pseudo-versions), with the package's name
// before it or without.
func version(s []byte) bool {
	if i := bytes.IndexByte(s, ':'); i > 0 && i+1 < len(s) { // npm:^1.2.3, jjwt-api:0.11.2
		for j, c := range s[:i] {
			if charKinds[c] != 1 && charKinds[c] != 3 && c != '-' && c != '.' || j == 0 && charKinds[c] != 1 {
				return false
			}
		}
		s = s[i+1:]
		if string(s) == "*" {
			return true
		}
	}
	i := 0
	for i < len(s) && strings.IndexByte("^~<>= v", s[i]) >= 0 {
		i++
	}
	numbers := 0
	for numbers < 4 {
		start := i
		for i < len(s) && charKinds[s[i]] == 3 {
			i++
		}
		if i == start || i-start > 5 {
			return false
		}
		numbers++
		if i == len(s) || s[i] != '.' {
			break
		}
		i++
	}
	if numbers < 3 {
		return false
	}
	if i == len(s) || s[i] == ' ' { // or a range: ^5.0.0 || ^6.0.0
		return true
	}
	// What is done to it: -rc.1, +build, -0.20210920133722-c8aef6fb66ef, /go.mod.
	return (s[i] == '-' || s[i] == '+' || s[i] == '.') && len(s)-i <= 48 && !bytes.ContainsAny(s[i:], "!$%&*@#")
}

// algorithms are the pieces of the names of algorithms.
var algorithms = set("aes des tripledes rc rsa dsa dss ecdsa eddsa ed curve sha shake keccak md ripemd rmd hmac hs rs es ps scram ssh ssl tls " +
	"gcm ccm cbc ctr ecb cfb ofb xts siv kw cts pkcs oaep pss mgf padding nopadding argon argon2id argon2i id bcrypt scrypt pbkdf crypt chacha poly " +
	"blowfish twofish camellia cast idea salsa xsalsa xchacha xxh xxhash crc adler blake secp prime brainpool nist nistp ecdh ecdhe dh dhe " +
	"kyber mlkem dilithium mldsa with and enc encryption mac wrap md5 sha1 etm openssh com edwards modp group exchange kdf hkdf wpa wep psk openssl " +
	"gost sm aria seed fnv murmur city spooky siphash bit bits")

// algorithm reports whether a text is the name of an algorithm: its words are those of
// such, one of them of three letters or more, and it has a number; or it is one of two
// letters and three digits (RFC 7518, section 3.1).
func algorithm(s []byte) bool {
	if len(s) > 40 || charKinds[s[0]] != 1 && charKinds[s[0]] != 2 {
		return false
	}
	var word [12]byte
	n, longest, digits := 0, 0, 0
	for i := 0; i <= len(s); i++ {
		k := uint8(0)
		if i < len(s) {
			k = charKinds[s[i]]
		}
		if k == 1 || k == 2 {
			if n == len(word) {
				return false
			}
			word[n] = s[i] | 0x20
			n++
			longest = max(longest, n)
			continue
		}
		if n > 0 && !algorithms[string(word[:n])] {
			return false
		}
		n = 0
		switch {
		case k == 3:
			digits++
		case k != 0 && k != 11 && k != 12 && k != 10 && s[i] != '@' && s[i] != ' ':
			return false
		}
	}
	return digits > 0 && digits <= 8 && (longest >= 3 || longest == 2 && digits == 3 && len(s) == 5)
}

// escapedText reports whether a text is words of a language that is not written in
// Latin letters, in the escapes of JSON and of Java's properties: \u4e2d\u6587.
func escapedText(s []byte) bool {
	escapes, others := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+5 < len(s) && (s[i+1] == 'u' || s[i+1] == 'U') && isHex(s[i+2]) && isHex(s[i+3]) && isHex(s[i+4]) && isHex(s[i+5]) {
			if s[i+2] != '0' || s[i+3] != '0' || s[i+4] >= '8' {
				escapes++
			}
			i += 5
			continue
		}
		if k := charKinds[s[i]]; k == 3 || k > 10 {
			others++
		}
	}
	return escapes > 0 && (others == 0 || escapes >= 3)
}
