package detector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Fingerprint names a credential without telling it: an HMAC-SHA256 over the
// provider and the normalised secret. It is the same wherever the credential is
// found and however often it is moved; where it stands is no part of it.
type Fingerprint [16]byte

// Key is the HMAC key of fingerprints. Repositories that share the key share
// fingerprints, and with them baselines and ignore entries.
type Key []byte

// DefaultKey is used where no key is configured. It is public, so a weak password
// can be guessed from its fingerprint; teams that publish baselines set their own.
var DefaultKey = Key("stanch fingerprint v1")

// Fingerprint computes the fingerprint of a provider's secret. provider is the
// rule's provider, such as "github"; a nil key means [DefaultKey].
func (k Key) Fingerprint(provider string, s Secret) Fingerprint {
	if k == nil {
		k = DefaultKey
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(provider))
	mac.Write([]byte{0})
	mac.Write([]byte(normalise(s.Reveal())))
	var f Fingerprint
	copy(f[:], mac.Sum(nil))
	return f
}

// normalise takes away what varies between copies of one credential: the line
// structure of armoured keys, written out or as escapes, and space around.
func normalise(s string) string {
	if !strings.HasPrefix(s, "-----BEGIN ") {
		return strings.TrimSpace(s)
	}
	s = strings.NewReplacer(`\r`, "", `\n`, "").Replace(s)
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\\\"',", r) {
			return -1
		}
		return r
	}, s)
}

// String returns 32 lower-case hexadecimal digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// MarshalText returns the form of [Fingerprint.String].
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the form of [Fingerprint.String].
func (f *Fingerprint) UnmarshalText(text []byte) error {
	p, err := ParseFingerprint(string(text))
	if err == nil {
		*f = p
	}
	return err
}

// ParseFingerprint reads 32 hexadecimal digits.
func ParseFingerprint(s string) (Fingerprint, error) {
	var f Fingerprint
	if len(s) != 2*len(f) {
		return f, fmt.Errorf("fingerprint %q: want %d hexadecimal digits, got %d characters", s, 2*len(f), len(s))
	}
	if _, err := hex.Decode(f[:], []byte(s)); err != nil {
		return Fingerprint{}, fmt.Errorf("fingerprint %q: %w", s, err)
	}
	return f, nil
}
