package verify

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// errKey says that a found key cannot be read.
var errKey = askError{errors.New("the key cannot be read: it may be cut short or mangled")}

// armour brings an armoured key back into the form that parsers take: as found it may
// have its line ends written out, be indented, quoted or put together from pieces.
func armour(text string) (*pem.Block, error) {
	text = strings.NewReplacer(`\\n`, "\n", `\n`, "\n", `\\r`, "", `\r`, "", `\t`, "").Replace(text)
	_, after, ok := strings.Cut(text, "-----BEGIN ")
	if !ok {
		return nil, errKey
	}
	kind, after, ok := strings.Cut(after, "-----")
	if !ok {
		return nil, errKey
	}
	body, _, ok := strings.Cut(after, "-----END")
	if !ok {
		return nil, errKey
	}
	body = strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '+' || c == '/' {
			return c
		}
		return -1
	}, body)
	der, err := base64.RawStdEncoding.DecodeString(body)
	if err != nil {
		return nil, errKey
	}
	return &pem.Block{Type: kind, Bytes: der}, nil
}

// rsaKey reads an RSA key in PKCS #1 or PKCS #8.
func rsaKey(text string) (*rsa.PrivateKey, error) {
	block, err := armour(text)
	if err != nil {
		return nil, err
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	var key crypto.PrivateKey
	if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		return nil, errKey
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, askError{errors.New("the key is no RSA key")}
}

// sshSigner reads a private key of any form that OpenSSH writes.
func sshSigner(block *pem.Block) (ssh.Signer, error) {
	return ssh.ParsePrivateKey(pem.EncodeToMemory(block))
}
