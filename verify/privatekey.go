package verify

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/ssh"

	"github.com/stanchsec/stanch/rules"
)

// errKey says that a found key cannot be read.
var errKey = askError{errors.New("the key cannot be read: it may be cut short or mangled")}

// armour brings an armoured key back into the form that parsers take.
func armour(text string) (*pem.Block, error) {
	kind, der := rules.KeyBytes(text)
	if kind == "" || len(der) == 0 {
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
