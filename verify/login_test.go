package verify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// identityFiles writes a certificate for localhost and its key, and returns a pool
// that trusts it.
func identityFiles(t *testing.T, folder string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stanch test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pool = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), pool
}

// tlsConfig is the server's side of identityFiles.
func tlsConfig(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	cert, key, pool := identityFiles(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, pool
}

// password makes one up, with characters that need care on their way.
func password() string { return "p@ss w\u00f6rd:" + rand.Text()[:12] + `\"'%` }

// protocolRule is a rule that asks with a protocol.
func protocolRule(name string) *rules.Rule {
	return &rules.Rule{ID: "test-" + name, Provider: "test", Verify: &rules.Verify{Protocol: name}}
}

// ask asks about a credential at an endpoint.
func ask(t *testing.T, o Options, protocol, endpoint, secret string, parts ...string) detector.Verification {
	t.Helper()
	if endpoint != "" {
		o.Endpoints = []Endpoint{endpointAt(t, "test", endpoint)}
	}
	if o.Retries == 0 {
		o.Retries = -1
	}
	o.Proxy = noProxy
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	f := findingOf(protocolRule(protocol), secret, parts...)
	r := v.Ask(context.Background(), &f)
	if strings.Contains(r.Reason, secret) {
		t.Errorf("the reason tells the secret")
	}
	return r
}

// expect checks a state, and why.
func expect(t *testing.T, what string, r detector.Verification, want detector.State, failed bool) {
	t.Helper()
	if r.State != want || r.Failed != failed {
		t.Errorf("%s: %s, failed %t: %s; want %s, failed %t", what, r.State, r.Failed, r.Reason, want, failed)
	}
}

// logins asks with the right and with wrong credentials, in the clear and over TLS,
// and with a server that does not prove who it is.
func logins(t *testing.T, protocol, clear, secure string, pool *x509.CertPool, user, secret string) {
	t.Helper()
	trusting := Options{RootCAs: pool}
	if clear != "" {
		expect(t, "right, in the clear", ask(t, trusting, protocol, clear, secret, "username", user), detector.Live, false)
		expect(t, "wrong, in the clear", ask(t, trusting, protocol, clear, "wrong-"+secret, "username", user), detector.Dead, false)
	}
	right := ask(t, trusting, protocol, secure, secret, "username", user)
	expect(t, "right, over TLS", right, detector.Live, false)
	if right.Identity.Owner != user {
		t.Errorf("the owner is %q", right.Identity.Owner)
	}
	expect(t, "wrong, over TLS", ask(t, trusting, protocol, secure, "wrong-"+secret, "username", user), detector.Dead, false)
	expect(t, "a certificate nobody trusts", ask(t, Options{}, protocol, secure, secret, "username", user), detector.Unknown, true)
	// Whom the user did not name is not connected to on this machine.
	host := strings.TrimPrefix(secure[strings.Index(secure, "://"):], "://")
	inside := ask(t, trusting, protocol, "", secret, "username", user, "host", host)
	expect(t, "not named by the user", inside, detector.Unknown, false)
	if !strings.Contains(inside.Reason, "internal address") {
		t.Errorf("not named by the user: %s", inside.Reason)
	}
}
