package respond

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"github.com/stanchsec/stanch/detector"
)

// sealed is what is encrypted: a credential with its parts, and of which finding.
type sealed struct {
	Fingerprint detector.Fingerprint `json:"fingerprint"`
	Secret      string               `json:"secret"`
	Parts       map[string]string    `json:"parts,omitempty"`
}

// ParseRecipient reads whom to seal for: an age public key ("age1…") or a line of an
// SSH public key.
func ParseRecipient(text string) (age.Recipient, error) {
	text = strings.TrimSpace(text)
	var r age.Recipient
	var err error
	switch {
	case strings.HasPrefix(text, "age1pq1"):
		r, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "ssh-"):
		r, err = agessh.ParseRecipient(text)
	default:
		r, err = age.ParseX25519Recipient(text)
	}
	if err != nil {
		return nil, errors.New("no age public key (age1…) and no SSH one; age-keygen makes one")
	}
	return r, nil
}

// Seal encrypts a finding's credential for recipients, for a report: the result is
// base64, of a few hundred characters.
func Seal(f *detector.Finding, recipients ...age.Recipient) (string, error) {
	content := sealed{Fingerprint: f.Fingerprint, Secret: f.Secret.Reveal()}
	for _, p := range f.Parts {
		if content.Parts == nil {
			content.Parts = make(map[string]string)
		}
		content.Parts[p.Name] = p.Value.Reveal()
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("sealing a credential: %w", err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return "", fmt.Errorf("sealing a credential: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return "", fmt.Errorf("sealing a credential: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("sealing a credential: %w", err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// ReadIdentities reads the keys that open seals from a file of age-keygen or from an
// SSH private key without a passphrase.
func ReadIdentities(path string) ([]age.Identity, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the identity: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")) {
		id, err := agessh.ParseIdentity(data)
		if err != nil {
			return nil, fmt.Errorf("%s: no SSH private key without a passphrase", path)
		}
		return []age.Identity{id}, nil
	}
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		// age's own error may repeat a line of the file.
		return nil, fmt.Errorf("%s: no identity file of age-keygen", path)
	}
	return ids, nil
}

// maxSealed is the greatest size of an opened seal in bytes: a secret may have 16 KiB.
const maxSealed = 256 << 10

// Open decrypts what Seal made for a finding and puts secret and parts into it. The
// key makes sure that the seal is this finding's: it is the project's key for
// fingerprints, nil for [detector.DefaultKey].
func Open(f *detector.Finding, text string, key detector.Key, ids ...age.Identity) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("the seal of %s is no base64", f.Fingerprint)
	}
	r, err := age.Decrypt(bytes.NewReader(raw), ids...)
	if err != nil {
		return fmt.Errorf("the seal of %s does not open with this identity", f.Fingerprint)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxSealed))
	if err != nil {
		return fmt.Errorf("the seal of %s is damaged", f.Fingerprint)
	}
	var content sealed
	if json.Unmarshal(plain, &content) != nil {
		return fmt.Errorf("the seal of %s holds no credential", f.Fingerprint)
	}
	secret := detector.NewSecret(content.Secret, 0)
	if content.Fingerprint != f.Fingerprint || key.Fingerprint(f.Rule.Provider, secret) != f.Fingerprint {
		return fmt.Errorf("the seal of %s holds another credential, or the fingerprints have another key", f.Fingerprint)
	}
	f.Secret = secret
	f.Parts = nil
	for _, p := range f.Rule.Parts {
		if value, ok := content.Parts[p.Name]; ok {
			f.Parts = append(f.Parts, detector.Part{Name: p.Name, Value: detector.NewSecret(value, 0), Secret: p.Secret})
		}
	}
	return nil
}
