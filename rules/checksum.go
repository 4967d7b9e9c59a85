package rules

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"slices"
	"strings"
	"unicode/utf8"
)

// Checksum tells a real credential from a made-up one by its own text.
type Checksum struct {
	Name string
	// About says how it is computed and where that is known from.
	About string
	// sum computes what must stand in secret[start:end]; ok is false where the
	// secret has not the shape for it.
	sum func(secret string) (start, end int, want string, ok bool)
	// check is for what is a structure rather than a sum, and build puts that
	// structure into a secret.
	check func(secret string) bool
	form  bool // check passes what was written by hand
	// observed says that the provider does not tell how it is computed.
	observed bool
	build    func(secret string) string
}

// Structure reports whether the checksum asks for a structure rather than a sum over
// every character, so that the text within may be anything.
func (c *Checksum) Structure() bool { return c.check != nil }

// Observed reports whether the sum is known from real tokens alone, not from the provider:
// a wrong one is a reason for doubt, since others may be formed otherwise, but no proof.
func (c *Checksum) Observed() bool { return c.observed }

// Form reports whether it asks for so little that a text written by hand has it.
func (c *Checksum) Form() bool { return c.form }

// Valid reports whether the secret carries the right sum.
func (c *Checksum) Valid(secret string) bool {
	if c.check != nil {
		return c.check(secret)
	}
	start, end, want, ok := c.sum(secret)
	return ok && secret[start:end] == want
}

// Fix puts the right sum into a made-up secret of the right shape.
func (c *Checksum) Fix(secret string) string {
	if c.build != nil {
		return c.build(secret)
	}
	start, end, want, ok := c.sum(secret)
	if !ok {
		return secret
	}
	return secret[:start] + want + secret[end:]
}

// ChecksumByName returns the checksum of that name, nil if there is none.
func ChecksumByName(name string) *Checksum {
	for i := range checksums {
		if checksums[i].Name == name {
			return &checksums[i]
		}
	}
	return nil
}

// Checksums lists all checksums.
func Checksums() []Checksum { return slices.Clone(checksums) }

var checksums = []Checksum{
	{
		Name: "crc32-base62",
		About: "The last 6 characters are the CRC-32 of those between the last underscore before them and themselves, " +
			"in base 62 with digits 0-9A-Za-z. " +
			"https://github.blog/engineering/behind-githubs-new-authentication-token-formats/",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 6, func(body string) string {
				return base62(crc32.ChecksumIEEE([]byte(afterLast(body, '_'))), digits62)
			})
		},
	},
	{
		Name:     "crc32-base62-observed",
		About:    "The same as crc32-base62, seen in tokens whose provider does not tell their form.",
		observed: true,
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 6, func(body string) string {
				return base62(crc32.ChecksumIEEE([]byte(afterLast(body, '_'))), digits62)
			})
		},
	},
	{
		Name:  "crc32-base62-whole",
		About: "The last 6 characters are the CRC-32 of everything before them, in base 62 with digits 0-9A-Za-z.",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 6, func(body string) string { return base62(crc32.ChecksumIEEE([]byte(body)), digits62) })
		},
	},
	{
		Name:  "crc32-base62-lower",
		About: "The last 6 characters are the CRC-32 of everything before them, in base 62 with digits 0-9a-zA-Z.",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 6, func(body string) string { return base62(crc32.ChecksumIEEE([]byte(body)), digits62Lower) })
		},
	},
	{
		Name: "crc32-hex-upper",
		About: "The last 8 characters are the CRC-32 of everything before them, in upper-case hexadecimal digits. Seen in tokens of " +
			"Atlassian, which calls their form its own affair: " +
			"https://community.developer.atlassian.com/t/about-the-format-of-atlassian-security-tokens/62553",
		observed: true,
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 8, func(body string) string {
				return strings.ToUpper(hexOf(crc32.ChecksumIEEE([]byte(body))))
			})
		},
	},
	{
		Name: "crc32-hex",
		About: "The last 8 characters are the CRC-32 of the 40 before them, in lower-case hexadecimal digits. " +
			"https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 8, func(body string) string {
				return hexOf(crc32.ChecksumIEEE([]byte(body[max(0, len(body)-40):])))
			})
		},
	},
	{
		Name: "crc32-hex-segment",
		About: "The last 8 characters, behind an underscore, are the CRC-32 of the segment before it, in hexadecimal digits. Zuplo " +
			"tells that its keys end with a checksum, not how it is computed: https://zuplo.com/docs/articles/api-key-best-practices",
		observed: true,
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 8, func(body string) string {
				return hexOf(crc32.ChecksumIEEE([]byte(afterLast(strings.TrimSuffix(body, "_"), '_'))))
			})
		},
	},
	{
		Name: "crc32-hex-little",
		About: "The last 8 characters, behind an underscore, are the CRC-32 of everything before it, as the " +
			"hexadecimal digits of its little-endian bytes.",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 8, func(body string) string {
				sum := crc32.ChecksumIEEE([]byte(strings.TrimSuffix(body, "_")))
				return hex.EncodeToString(binary.LittleEndian.AppendUint32(nil, sum))
			})
		},
	},
	{
		Name:  "crc32-base64-little",
		About: "The last 6 characters are the unpadded base64 form of the little-endian CRC-32 of the 54 before them.",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 6, func(body string) string {
				sum := crc32.ChecksumIEEE([]byte(body[max(0, len(body)-54):]))
				return base64.RawStdEncoding.EncodeToString(binary.LittleEndian.AppendUint32(nil, sum))
			})
		},
	},
	{
		Name:  "crc32-base36",
		About: "The last 7 characters are the CRC-32 of everything before them, in base 36 with digits 0-9a-z.",
		sum: func(s string) (int, int, string, bool) {
			return tail(s, 7, func(body string) string {
				return inBase(crc32.ChecksumIEEE([]byte(body)), digits36, 7)
			})
		},
	},
	{
		Name: "github-fine-grained",
		About: "Characters 78 to 85 are the first 8 of the base32 form of the SHA-256 of the 77 before them; " +
			"8 more follow.",
		sum: func(s string) (int, int, string, bool) {
			if len(s) < 85 {
				return 0, 0, "", false
			}
			h := sha256.Sum256([]byte(s[:77]))
			return 77, 85, base32.StdEncoding.EncodeToString(h[:])[:8], true
		},
	},
	{
		Name:  "bech32",
		About: "BIP-173: the last 6 characters are the checksum over the part before the last '1' and the data behind it.",
		sum:   bech32Sum,
	},
	{
		Name: "jwt",
		About: "RFC 7519: three parts, or five, between dots, the last not empty; the first is the base64url form of a JSON " +
			"object with a member alg or enc, or the second that of one with a registered claim.",
		check: jwtShape,
		form:  true,
		build: func(s string) string {
			_, rest, _ := strings.Cut(s, ".")
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + rest
		},
	},
	{
		Name:  "basic-auth",
		About: "RFC 7617: the base64 form of a user name, a colon and a password, all visible text.",
		check: basicAuth,
		form:  true,
		build: func(s string) string {
			fill := strings.Map(alnumOnly, s)
			return base64.StdEncoding.EncodeToString([]byte("ci:" + fill))
		},
	},
	{
		Name:  "pem",
		About: "A private key, armoured or not, that is about as long as its first bytes say: DER, OpenSSH or OpenPGP.",
		check: pemWhole,
		build: pemBuild,
	},
	{
		Name:  "base64-text",
		About: "The whole is the base64 form of visible text, with its padding.",
		check: func(s string) bool {
			text, ok := base64Visible(s)
			return ok && text != ""
		},
		form: true,
		build: func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte(strings.Map(alnumOnly, s)))
		},
	},
	{
		Name:  "base64-json",
		About: "What begins with eyJ is, up to the next underscore, dot or dash, the base64 form of a JSON object.",
		check: base64JSON,
		form:  true,
		build: func(s string) string {
			start, end, ok := jsonPart(s)
			if !ok {
				return s
			}
			// A filling that makes the text as long as it was, in units of three bytes.
			fill := strings.Map(alnumOnly, s[start+3:end])
			n := max(0, (end-start)/4*3-len(`{"n":""}`))
			text := `{"n":"` + (fill + strings.Repeat("a", n))[:n] + `"}`
			return s[:start] + base64.RawStdEncoding.EncodeToString([]byte(text)) + s[end:]
		},
	},
}

const (
	digits36      = "0123456789abcdefghijklmnopqrstuvwxyz"
	digits62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits62Lower = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// tail is a sum in the last n bytes over what stands before them.
func tail(s string, n int, sum func(body string) string) (start, end int, want string, ok bool) {
	if len(s) <= n {
		return 0, 0, "", false
	}
	at := len(s) - n
	return at, len(s), sum(s[:at]), true
}

func afterLast(s string, sep byte) string { return s[strings.LastIndexByte(s, sep)+1:] }

func base62(n uint32, digits string) string { return inBase(n, digits, 6) }

// inBase writes n with the given digits, filled up with zeros to width.
func inBase(n uint32, digits string, width int) string {
	out := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		out[i] = digits[n%uint32(len(digits))]
		n /= uint32(len(digits))
	}
	return string(out)
}

func hexOf(n uint32) string { return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, n)) }

// bech32Sum is the checksum of BIP-173. The whole must be in one letter case.
func bech32Sum(s string) (start, end int, want string, ok bool) {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	lower := strings.ToLower(s)
	sep := strings.LastIndexByte(lower, '1')
	if sep < 1 || len(lower)-sep-1 < 6 {
		return 0, 0, "", false
	}
	step := func(chk uint32, v byte) uint32 {
		top := chk >> 25
		chk = chk&0x1ffffff<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 != 0 {
				chk ^= g
			}
		}
		return chk
	}
	chk := uint32(1)
	for i := range sep {
		chk = step(chk, lower[i]>>5)
	}
	chk = step(chk, 0)
	for i := range sep {
		chk = step(chk, lower[i]&31)
	}
	for _, c := range []byte(lower[sep+1 : len(lower)-6]) {
		v := strings.IndexByte(charset, c)
		if v < 0 {
			return 0, 0, "", false
		}
		chk = step(chk, byte(v))
	}
	for range 6 {
		chk = step(chk, 0)
	}
	chk ^= 1
	sum := make([]byte, 6)
	for i := range sum {
		sum[i] = charset[chk>>(5*(5-i))&31]
	}
	want = string(sum)
	if s != lower {
		want = strings.ToUpper(want)
	}
	return len(s) - 6, len(s), want, true
}

// jwtShape reports whether a text is a signed or encrypted JWT in full, as far as can
// be seen without a key.
func jwtShape(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 && len(parts) != 5 || parts[len(parts)-1] == "" {
		return false
	}
	h := jwtObject(parts[0])
	_, alg := h["alg"].(string)
	_, enc := h["enc"].(string)
	if alg || enc {
		return true
	}
	// A header must name an algorithm, but not every one does.
	if h == nil || len(parts) != 3 {
		return false
	}
	for claim := range jwtObject(parts[1]) {
		if strings.Contains(" iss sub aud exp nbf iat jti ", " "+claim+" ") {
			return true
		}
	}
	return false
}

// jwtObject decodes a part of a JWT that is a JSON object; it is nil if it is none.
func jwtObject(part string) (object map[string]any) {
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil || json.Unmarshal(text, &object) != nil {
		return nil
	}
	return object
}

// basicAuth reports whether a text is what stands behind "Authorization: Basic".
func basicAuth(s string) bool {
	text, ok := base64Visible(s)
	_, password, colon := strings.Cut(text, ":")
	return ok && colon && password != ""
}

// base64Visible decodes padded base64; it reports false if what comes out is not
// UTF-8 text without control characters other than line ends and tabs.
func base64Visible(s string) (string, bool) {
	text, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(text) {
		return "", false
	}
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return "", false
		}
	}
	return string(text), true
}

// jsonPart finds the part of a token that is a JSON object in base64.
func jsonPart(s string) (start, end int, ok bool) {
	start = strings.Index(s, "eyJ")
	if start < 0 {
		return 0, 0, false
	}
	end = len(s)
	if i := strings.IndexAny(s[start:], "_.-="); i > 0 {
		end = start + i
	}
	return start, end, true
}

// base64JSON reports whether a token holds a JSON object: "glc_eyJ…", "sntrys_eyJ…_sig".
func base64JSON(s string) bool {
	start, end, ok := jsonPart(s)
	if !ok {
		return false
	}
	text, err := base64.RawStdEncoding.DecodeString(s[start:end])
	var obj map[string]any
	return err == nil && json.Unmarshal(text, &obj) == nil
}

// alnumOnly drops what is no ASCII letter or digit.
func alnumOnly(r rune) rune {
	if r|0x20 >= 'a' && r|0x20 <= 'z' || '0' <= r && r <= '9' {
		return r
	}
	return -1
}
