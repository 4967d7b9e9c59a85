package verify

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/crypto/ssh"

	"github.com/stanchsec/stanch/detector"
)

// Protocols whose servers cannot be had here are asked against stand-ins that do what
// their documentation says.

// listen serves connections until the test ends, over TLS if config is not nil.
func listen(t *testing.T, config *tls.Config, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	var open sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			open.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return address
}

// mongoServer is the server's side of a login, for one user of the database admin.
func mongoServer(user, secret string, mechanism string) func(net.Conn) {
	hash, stored := scram.SHA256, secret
	if mechanism == "SCRAM-SHA-1" {
		hash, stored = scram.SHA1, mongoDigest(user, secret)
	}
	return func(conn net.Conn) {
		lookUp := func(name string) (scram.StoredCredentials, error) {
			if name != user {
				return scram.StoredCredentials{}, fmt.Errorf("no such user")
			}
			client, err := hash.NewClientUnprepped(user, stored, "")
			if err != nil {
				return scram.StoredCredentials{}, err
			}
			return client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "saltsaltsaltsalt", Iters: 4096})
		}
		server, err := hash.NewServer(lookUp)
		if err != nil {
			return
		}
		var talk *scram.ServerConversation
		for {
			var head [16]byte
			if _, err := io.ReadFull(conn, head[:]); err != nil {
				return
			}
			rest := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
			if _, err := io.ReadFull(conn, rest); err != nil {
				return
			}
			var command struct {
				Hello    int         `bson:"hello"`
				Start    int         `bson:"saslStart"`
				Database string      `bson:"$db"`
				Payload  bson.Binary `bson:"payload"`
			}
			if bson.Unmarshal(rest[5:], &command) != nil {
				return
			}
			refusal := bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(mongoAuthFailed)}, {Key: "errmsg", Value: "Authentication failed."}}
			var answer bson.D
			switch {
			case command.Hello == 1:
				answer = bson.D{{Key: "ok", Value: 1.0}, {Key: "saslSupportedMechs", Value: []string{mechanism}}}
			case command.Database != "admin":
				answer = refusal
			default:
				if command.Start == 1 {
					talk = server.NewConversation()
				}
				says, err := talk.Step(string(command.Payload.Data))
				if err != nil {
					answer = refusal
					break
				}
				answer = bson.D{
					{Key: "ok", Value: 1.0}, {Key: "conversationId", Value: int32(1)}, {Key: "done", Value: talk.Done()},
					{Key: "payload", Value: bson.Binary{Data: []byte(says)}},
				}
			}
			body, err := bson.Marshal(answer)
			if err != nil {
				return
			}
			out := binary.LittleEndian.AppendUint32(nil, uint32(21+len(body)))
			out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
			out = binary.LittleEndian.AppendUint32(out, mongoMessage)
			conn.Write(append(append(out, 0, 0, 0, 0, 0), body...))
		}
	}
}

func TestMongoDB(t *testing.T) {
	config, pool := tlsConfig(t)
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1"} {
		secret := password()
		serve := mongoServer("app", secret, mechanism)
		clear, secure := listen(t, nil, serve), listen(t, config, serve)
		logins(t, "mongodb", "mongodb://"+clear, "tls://"+secure, pool, "app", secret)
		// The user may belong to another database: all that could be are asked.
		parts := []string{"username", "app", "database", "shop", "auth_source", "other"}
		expect(t, "another database", ask(t, Options{}, "mongodb", "mongodb://"+clear, secret, parts...), detector.Live, false)
		expect(t, "no such user", ask(t, Options{}, "mongodb", "mongodb://"+clear, secret, "username", "nobody"), detector.Dead, false)
	}
	// A server that accepts anything does not prove that it knows the password.
	liar := listen(t, nil, func(conn net.Conn) {
		for {
			var head [16]byte
			if _, err := io.ReadFull(conn, head[:]); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, conn, int64(binary.LittleEndian.Uint32(head[:])-16)); err != nil {
				return
			}
			body, _ := bson.Marshal(bson.D{{Key: "ok", Value: 1.0}, {Key: "done", Value: true}})
			out := binary.LittleEndian.AppendUint32(nil, uint32(21+len(body)))
			out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
			out = binary.LittleEndian.AppendUint32(out, mongoMessage)
			conn.Write(append(append(out, 0, 0, 0, 0, 0), body...))
		}
	})
	expect(t, "a liar", ask(t, Options{}, "mongodb", "mongodb://"+liar, "secret-value", "username", "app"), detector.Unknown, false)
}

// smtpServer is the server's side of a login.
func smtpServer(config *tls.Config, mechanisms, user, secret string) func(net.Conn) {
	return func(conn net.Conn) {
		secure := config == nil
		r := bufio.NewReader(conn)
		say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
		say("220 mail.test ESMTP")
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			line = strings.TrimSpace(line)
			verb, args, _ := strings.Cut(line, " ")
			switch strings.ToUpper(verb) {
			case "EHLO":
				if secure {
					say("250-mail.test\r\n250 AUTH %s", mechanisms)
				} else {
					say("250-mail.test\r\n250 STARTTLS")
				}
			case "STARTTLS":
				say("220 go on")
				conn = tls.Server(conn, config)
				r, secure = bufio.NewReader(conn), true
			case "AUTH":
				var got string
				if kind, payload, _ := strings.Cut(args, " "); kind == "PLAIN" {
					raw, _ := base64.StdEncoding.DecodeString(payload)
					got = string(raw)
				} else {
					for _, prompt := range []string{"Username:", "Password:"} {
						say("334 %s", base64.StdEncoding.EncodeToString([]byte(prompt)))
						line, _ := r.ReadString('\n')
						raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
						got += "\x00" + string(raw)
					}
				}
				if got == "\x00"+user+"\x00"+secret {
					say("235 2.7.0 accepted")
				} else {
					say("535 5.7.8 authentication credentials invalid")
				}
			case "QUIT":
				say("221 bye")
				return
			default:
				say("502 what?")
			}
		}
	}
}

func TestSMTP(t *testing.T) {
	config, pool := tlsConfig(t)
	for _, mechanisms := range []string{"PLAIN LOGIN", "LOGIN"} {
		secret := password()
		upgraded := listen(t, nil, smtpServer(config, mechanisms, "app", secret))
		secure := listen(t, config, smtpServer(nil, mechanisms, "app", secret))
		logins(t, "smtp", "smtp://"+upgraded, "smtps://"+secure, pool, "app", secret)
		expect(t, "STARTTLS nobody trusts", ask(t, Options{}, "smtp", "smtp://"+upgraded, secret, "username", "app"), detector.Unknown, true)
	}
	none := listen(t, nil, smtpServer(nil, "GSSAPI", "app", "x"))
	expect(t, "no password taken", ask(t, Options{}, "smtp", "smtp://"+none, "secret-value", "username", "app"), detector.Unknown, false)
	other := listen(t, nil, func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	expect(t, "another protocol", ask(t, Options{}, "smtp", "smtp://"+other, "secret-value", "username", "app"), detector.Unknown, false)
}

// A server without TLS does not get to see a password, nor the user.
func TestNothingInTheClear(t *testing.T) {
	const secret, user = "secret-value-in-the-clear", "user-in-the-clear"
	for _, protocol := range []string{"redis", "amqp", "ldap", "mongodb", "smtp", "postgres", "mysql"} {
		var mu sync.Mutex
		var seen bytes.Buffer
		address := listen(t, nil, func(conn net.Conn) {
			conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
			switch protocol {
			case "smtp":
				io.WriteString(conn, "220 mail.test\r\n")
			case "postgres":
				io.WriteString(conn, "N") // no TLS
			case "mysql":
				// A greeting of protocol 10 without the flag for TLS.
				greeting := "\x0a5.7.0\x00\x01\x00\x00\x0012345678\x00\x00\x02\x21\x02\x00\x00\x00\x15" + strings.Repeat("\x00", 10) + "123456789012\x00"
				conn.Write(append([]byte{byte(len(greeting)), 0, 0, 0}, greeting...))
			default:
				io.WriteString(conn, "-ERR what is this\r\n")
			}
			buf := make([]byte, 4096)
			n, _ := conn.Read(buf)
			mu.Lock()
			seen.Write(buf[:n])
			mu.Unlock()
		})
		r := ask(t, Options{Timeout: 3 * time.Second}, protocol, "tls://"+address, secret, "username", user)
		if r.State != detector.Unknown {
			t.Errorf("%s: %s: %s", protocol, r.State, r.Reason)
		}
		mu.Lock()
		if bytes.Contains(seen.Bytes(), []byte(secret)) || bytes.Contains(seen.Bytes(), []byte(user)) {
			t.Errorf("%s: the server saw the credential", protocol)
		}
		mu.Unlock()
	}
}

// Servers that send rubbish, hang up or say nothing leave every credential unknown.
func TestProtocolsAgainstRubbish(t *testing.T) {
	rubbish := make([]byte, 4096)
	rand.Read(rubbish)
	for name, serve := range map[string]func(net.Conn){
		"hangs up": func(net.Conn) {},
		"silent":   func(conn net.Conn) { io.Copy(io.Discard, conn) },
		"random":   func(conn net.Conn) { conn.Write(rubbish); io.Copy(io.Discard, conn) },
		"zeros":    func(conn net.Conn) { conn.Write(make([]byte, 4096)); io.Copy(io.Discard, conn) },
		"HTTP": func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
			io.Copy(io.Discard, conn)
		},
		"SSH": func(conn net.Conn) { io.WriteString(conn, "SSH-2.0-x\r\n"); io.Copy(io.Discard, conn) },
	} {
		address := listen(t, nil, serve)
		var all sync.WaitGroup
		for protocol := range checks {
			secret := "secret-value"
			switch protocol {
			case "google-service-account", "github-app":
				secret = rsaPEM(t, 0)
			case "ssh":
				secret, _ = sshPEM(t)
			case "azure-storage":
				secret = base64.StdEncoding.EncodeToString([]byte(secret))
			}
			all.Go(func() {
				r := ask(t, Options{Timeout: 200 * time.Millisecond}, protocol, "http://"+address, secret, "username", "u", "host", "h.test",
					"access_key_id", awsID(123456789012), "account_name", "acme", "app_id", "1", "client_email", "a@b.test")
				if r.State != detector.Unknown {
					t.Errorf("%s, %s: %s: %s", name, protocol, r.State, r.Reason)
				}
			})
		}
		all.Wait()
	}
}

var rsaKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return keys
})

func rsaPEM(t *testing.T, i int) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(rsaKeys()[i])
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func sshPEM(t *testing.T) (string, ssh.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), key
}

// Keys are read in every form in which they are found.
func TestArmour(t *testing.T) {
	whole := rsaPEM(t, 0)
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKeys()[0])}))
	for name, text := range map[string]string{
		"as it is": whole, "PKCS #1": pkcs1, "DOS": strings.ReplaceAll(whole, "\n", "\r\n"), "escapes": strings.ReplaceAll(whole, "\n", `\n`),
		"escapes twice": strings.ReplaceAll(whole, "\n", `\\n`), "indented": strings.ReplaceAll(whole, "\n", "\n    "),
		"blanks": strings.ReplaceAll(whole, "\n", " "), "pieces": strings.ReplaceAll(whole, "\n", "\\n\" +\n  \""),
		"a log": strings.ReplaceAll(whole, "\n", "\n2026-01-02T03:04:05.678Z "),
	} {
		key, err := rsaKey(text)
		if err != nil || !key.Equal(rsaKeys()[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "cut": whole[:len(whole)/2], "half": whole[:len(whole)/2] + "\n-----END PRIVATE KEY-----", "no key": "-----BEGIN X-----\nAAAA\n-----END X-----",
	} {
		if _, err := rsaKey(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	text, public := sshPEM(t)
	block, err := armour(strings.ReplaceAll(text, "\n", `\n`))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sshSigner(block)
	if err != nil || !bytes.Equal(signer.PublicKey().Marshal(), public.Marshal()) {
		t.Errorf("OpenSSH: %v", err)
	}
}

// sshServer lets one key in and greets it.
func sshServer(t *testing.T, known ssh.PublicKey, greeting string) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	host, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(conn ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if conn.User() != "git" || !bytes.Equal(key.Marshal(), known.Marshal()) {
			return nil, fmt.Errorf("no")
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	return listen(t, nil, func(conn net.Conn) {
		server, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		defer server.Close()
		go ssh.DiscardRequests(requests)
		for c := range channels {
			channel, requests, err := c.Accept()
			if err != nil {
				return
			}
			for r := range requests {
				r.Reply(r.Type == "shell", nil)
				if r.Type == "shell" {
					io.WriteString(channel.Stderr(), greeting)
					channel.SendRequest("exit-status", false, []byte{0, 0, 0, 1})
					channel.Close()
				}
			}
		}
	})
}

func TestSSH(t *testing.T) {
	text, public := sshPEM(t)
	other, _ := sshPEM(t)
	for greeting, owner := range map[string]string{
		"Hi octocat! You've successfully authenticated, but there is no shell.\n": "octocat",
		"Hi octo-org/repo! You've successfully authenticated.\n":                  "octo-org/repo",
		"Welcome to GitLab, @tanuki!\n":                                           "tanuki",
		"authenticated via ssh key.\n\nlogged in as bucket.\n":                    "bucket",
		"": "",
	} {
		address := sshServer(t, public, greeting)
		r := ask(t, Options{}, "ssh", "ssh://"+address, text)
		if r.State != detector.Live || r.Identity.Owner != owner {
			t.Errorf("%q: %s: %s: owner %q", greeting, r.State, r.Reason, r.Identity.Owner)
		}
		expect(t, "another key", ask(t, Options{}, "ssh", "ssh://"+address, other), detector.Unknown, false)
	}
	expect(t, "no key", ask(t, Options{}, "ssh", "ssh://127.0.0.1:1", "rubbish"), detector.Unknown, false)
	// The published keys of hosts have the form that the library gives.
	for host, print := range sshHostKeys {
		raw, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(print, "SHA256:"))
		if err != nil || len(raw) != sha256.Size {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// web runs a handler as an endpoint and asks it.
func web(t *testing.T, protocol string, handler http.HandlerFunc, secret string, parts ...string) detector.Verification {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	return ask(t, Options{}, protocol, server.URL, secret, parts...)
}

// awsSignature computes a signature anew, as the documentation of version 4 says:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func awsSignature(req *http.Request, body, secret string) string {
	fields := map[string]string{}
	auth := req.Header.Get("Authorization")
	for _, f := range strings.Split(strings.TrimPrefix(auth, "AWS4-HMAC-SHA256 "), ", ") {
		k, v, _ := strings.Cut(f, "=")
		fields[k] = v
	}
	sum := sha256.Sum256([]byte(body))
	canonical := req.Method + "\n" + req.URL.EscapedPath() + "\n\n"
	for _, h := range strings.Split(fields["SignedHeaders"], ";") {
		value := req.Header.Get(h)
		switch h {
		case "host":
			value = req.Host
		case "content-length":
			value = fmt.Sprint(len(body))
		}
		canonical += h + ":" + value + "\n"
	}
	canonical += "\n" + fields["SignedHeaders"] + "\n" + hex.EncodeToString(sum[:])
	scope := strings.Split(fields["Credential"], "/")
	sum = sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + req.Header.Get("X-Amz-Date") + "\n" + strings.Join(scope[1:], "/") + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + secret)
	for _, part := range append(scope[1:], text) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// fakeSTS behaves as STS does: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
func fakeSTS(id, secret, session string, skew time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		refuse := func(status int, code, message string) {
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
			w.WriteHeader(status)
			fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
		}
		at, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
		form, _ := url.ParseQuery(string(body))
		auth := req.Header.Get("Authorization")
		switch {
		case err != nil, form.Get("Action") != "GetCallerIdentity", !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 "):
			refuse(400, "MissingParameter", "")
		case !strings.Contains(auth, "Credential="+id+"/"):
			refuse(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
		case session != req.Header.Get("X-Amz-Security-Token"):
			refuse(403, "InvalidClientTokenId", "The security token included in the request is invalid")
		case time.Since(at.Add(-skew)).Abs() > 5*time.Minute:
			refuse(403, "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z")
		case !strings.HasSuffix(auth, "Signature="+awsSignature(req, string(body), secret)):
			refuse(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
		default:
			io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
				`<Arn>arn:aws:iam::123456789012:user/ci</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		}
	}
}

func TestAWS(t *testing.T) {
	id, secret := awsID(123456789012), rand.Text()+rand.Text()[:14]
	right := web(t, "aws-sts", fakeSTS(id, secret, "", 0), secret, "access_key_id", id)
	expect(t, "right", right, detector.Live, false)
	if right.Identity.Owner != "arn:aws:iam::123456789012:user/ci" || right.Identity.Account != "123456789012" {
		t.Errorf("identity %+v", right.Identity)
	}
	expect(t, "wrong secret", web(t, "aws-sts", fakeSTS(id, secret, "", 0), "x"+secret, "access_key_id", id), detector.Dead, false)
	expect(t, "unknown id", web(t, "aws-sts", fakeSTS("other", secret, "", 0), secret, "access_key_id", id), detector.Dead, false)
	expect(t, "our clock is wrong", web(t, "aws-sts", fakeSTS(id, secret, "", time.Hour), secret, "access_key_id", id), detector.Live, false)
	expect(t, "and the secret too", web(t, "aws-sts", fakeSTS(id, secret, "", time.Hour), "x"+secret, "access_key_id", id), detector.Dead, false)
	temporary := "ASIA" + id[4:]
	expect(t, "without session", web(t, "aws-sts", fakeSTS(temporary, secret, "s", 0), secret, "access_key_id", temporary), detector.Unknown, false)
	expect(t, "with session", web(t, "aws-sts", fakeSTS(temporary, secret, "s", 0), secret, "access_key_id", temporary, "session_token", "s"), detector.Live, false)
	expect(t, "no id", web(t, "aws-sts", fakeSTS(id, secret, "", 0), secret), detector.Unknown, false)
	for name, h := range map[string]http.HandlerFunc{
		"OK":        func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") },
		"a page":    func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html><body>Hi</body></html>") },
		"other XML": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<GetCallerIdentityResponse/>") },
		"denied": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
		},
	} {
		expect(t, name, web(t, "aws-sts", h, secret, "access_key_id", id), detector.Unknown, false)
	}
	throttled := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>")
	}
	expect(t, "throttled", web(t, "aws-sts", throttled, secret, "access_key_id", id), detector.Unknown, true)
}

// A key that one partition does not know may be another's: all are asked before it is dead.
func TestAWSPartitions(t *testing.T) {
	id, secret := awsID(123456789012), rand.Text()+rand.Text()[:14]
	for home := range awsRegions {
		var asked []string
		transport := roundTrip(func(req *http.Request) (*http.Response, error) {
			asked = append(asked, req.URL.Host)
			w := httptest.NewRecorder()
			if len(asked)-1 == home {
				fakeSTS(id, secret, "", 0)(w, req)
			} else {
				fakeSTS("other", secret, "", 0)(w, req)
			}
			return w.Result(), nil
		})
		r := ask(t, Options{transport: transport, Rate: 1e6}, "aws-sts", "", secret, "access_key_id", id)
		if r.State != detector.Live || len(asked) != home+1 {
			t.Errorf("%s: %s, asked %q", awsRegions[home], r.State, asked)
		}
	}
}

func TestAzureStorage(t *testing.T) {
	raw := make([]byte, 64)
	rand.Read(raw)
	secret := base64.StdEncoding.EncodeToString(raw)
	raw[0]++
	wrong := base64.StdEncoding.EncodeToString(raw)
	raw[0]--
	fake := func(w http.ResponseWriter, req *http.Request) {
		// The text to sign, written out: https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key#blob-queue-and-file-services-shared-key-authorization
		text := "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + req.Header.Get("x-ms-date") + "\nx-ms-version:2021-08-06\n/acme/\ncomp:list\nmaxresults:1"
		h := hmac.New(sha256.New, raw)
		h.Write([]byte(text))
		if req.Header.Get("Authorization") != "SharedKey acme:"+base64.StdEncoding.EncodeToString(h.Sum(nil)) || req.URL.RequestURI() != "/?comp=list&maxresults=1" {
			w.Header().Set("x-ms-error-code", "AuthenticationFailed")
			w.WriteHeader(403)
			io.WriteString(w, `<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code></Error>`)
			return
		}
		io.WriteString(w, "\xef\xbb\xbf"+`<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://acme.blob.core.windows.net/"><MaxResults>1</MaxResults><Containers /><NextMarker /></EnumerationResults>`)
	}
	expect(t, "right", web(t, "azure-storage", fake, secret, "account_name", "acme"), detector.Live, false)
	expect(t, "wrong", web(t, "azure-storage", fake, wrong, "account_name", "acme"), detector.Dead, false)
	expect(t, "no account", web(t, "azure-storage", fake, secret), detector.Unknown, false)
	expect(t, "no key", web(t, "azure-storage", fake, "no base64!", "account_name", "acme"), detector.Unknown, false)
	for _, code := range []string{"KeyBasedAuthenticationNotPermitted", "AuthorizationFailure", "InsufficientAccountPermissions", ""} {
		refuse := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("x-ms-error-code", code)
			w.WriteHeader(403)
		}
		expect(t, code, web(t, "azure-storage", refuse, secret, "account_name", "acme"), detector.Unknown, false)
	}
	late := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-error-code", "AuthenticationFailed")
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(403)
	}
	expect(t, "our clock is wrong", web(t, "azure-storage", late, secret, "account_name", "acme"), detector.Unknown, false)
}

// verified parses a token signed with the first RSA key.
func verified(token string) (map[string]any, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	return claims, parsed.Claims(rsaKeys()[0].Public(), &claims)
}

func TestGoogleServiceAccount(t *testing.T) {
	refuse := func(w http.ResponseWriter, code, says string) {
		w.WriteHeader(400)
		json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": says})
	}
	fake := func(w http.ResponseWriter, req *http.Request) {
		claims, err := verified(req.PostFormValue("assertion"))
		switch {
		case req.URL.Path != "/token" || req.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
			refuse(w, "invalid_request", "")
		case err != nil:
			refuse(w, "invalid_grant", "Invalid JWT Signature.")
		case claims["iss"] != "ci@acme.iam.gserviceaccount.com":
			refuse(w, "invalid_grant", "Invalid grant: account not found")
		case claims["aud"] != "https://oauth2.googleapis.com/token" || claims["scope"] == nil:
			refuse(w, "invalid_grant", "Invalid JWT")
		default:
			io.WriteString(w, `{"access_token":"made-up","expires_in":3599,"token_type":"Bearer"}`)
		}
	}
	email := []string{"client_email", "ci@acme.iam.gserviceaccount.com", "private_key_id", "0123"}
	expect(t, "right", web(t, "google-service-account", fake, rsaPEM(t, 0), email...), detector.Live, false)
	expect(t, "escaped", web(t, "google-service-account", fake, strings.ReplaceAll(rsaPEM(t, 0), "\n", `\n`), email...), detector.Live, false)
	expect(t, "deleted key", web(t, "google-service-account", fake, rsaPEM(t, 1), email...), detector.Dead, false)
	expect(t, "deleted account", web(t, "google-service-account", fake, rsaPEM(t, 0), "client_email", "x@acme.iam.gserviceaccount.com"), detector.Dead, false)
	expect(t, "cut", web(t, "google-service-account", fake, rsaPEM(t, 0)[:500], email...), detector.Unknown, false)
	for _, says := range []string{"Invalid JWT: Token must be a short-lived token (60 minutes)", "Reauthentication required", ""} {
		h := func(w http.ResponseWriter, _ *http.Request) { refuse(w, "invalid_grant", says) }
		expect(t, says, web(t, "google-service-account", h, rsaPEM(t, 0), email...), detector.Unknown, false)
	}
	page := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>access_token</html>") }
	expect(t, "a page", web(t, "google-service-account", page, rsaPEM(t, 0), email...), detector.Unknown, false)
}

func TestGitHubApp(t *testing.T) {
	fake := func(w http.ResponseWriter, req *http.Request) {
		claims, err := verified(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
		switch {
		case err != nil:
			w.WriteHeader(401)
			io.WriteString(w, `{"message":"A JSON web token could not be decoded","documentation_url":"https://docs.github.com/rest","status":"401"}`)
		case claims["iss"] != "4711":
			w.WriteHeader(404)
			io.WriteString(w, `{"message":"Integration not found","status":"404"}`)
		default:
			io.WriteString(w, `{"id":4711,"slug":"octoapp","owner":{"login":"github"},"created_at":"2017-07-08T16:18:44-04:00"}`)
		}
	}
	r := web(t, "github-app", fake, rsaPEM(t, 0), "app_id", "4711")
	expect(t, "right", r, detector.Live, false)
	if r.Identity.Owner != "github" || r.Identity.Account != "octoapp (4711)" || r.Identity.Created != "2017-07-08T20:18:44Z" {
		t.Errorf("%+v", r.Identity)
	}
	expect(t, "another key", web(t, "github-app", fake, rsaPEM(t, 1), "app_id", "4711"), detector.Dead, false)
	expect(t, "another app", web(t, "github-app", fake, rsaPEM(t, 0), "app_id", "4712"), detector.Dead, false)
	expect(t, "no app", web(t, "github-app", fake, rsaPEM(t, 0)), detector.Unknown, false)
	ok := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id":1}`) }
	expect(t, "another answer", web(t, "github-app", ok, rsaPEM(t, 0), "app_id", "4711"), detector.Unknown, false)
}

func TestJWT(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	token := func(alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const issuer = "https://login.acme.test/tenant"
	claims := map[string]any{
		"iss": issuer, "sub": "ci", "iat": 1767225600, "exp": time.Now().Add(time.Hour).Unix(), "scope": "read write",
	}
	var server *httptest.Server
	asked := 0
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked++
		if strings.Contains(req.URL.String()+fmt.Sprint(req.Header), "eyJ") {
			t.Error("the token was sent")
		}
		switch req.URL.Path {
		case "/tenant/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": server.URL + "/keys"})
		case "/keys":
			json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
				{Key: ec.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}, {Key: rsaKeys()[0].Public(), KeyID: "two", Use: "sig"},
			}})
		default:
			w.WriteHeader(404)
		}
	}))
	defer server.Close()
	expired := map[string]any{"iss": issuer, "exp": time.Now().Add(-time.Hour).Unix()}
	alien := map[string]any{"iss": "https://other.acme.test", "exp": claims["exp"]}
	nobody := map[string]any{"sub": "ci"}
	for name, test := range map[string]struct {
		token string
		want  detector.State
	}{
		"ES256":          {token(jose.ES256, ec, "one", claims), detector.Live},
		"RS256":          {token(jose.RS256, rsaKeys()[0], "two", claims), detector.Live},
		"wrong key":      {token(jose.ES256, stranger, "one", claims), detector.Dead},
		"unknown key":    {token(jose.ES256, stranger, "three", claims), detector.Unknown},
		"shared key":     {token(jose.HS256, []byte(strings.Repeat("k", 32)), "one", claims), detector.Unknown},
		"expired":        {token(jose.ES256, ec, "one", expired), detector.Dead},
		"another issuer": {token(jose.ES256, ec, "one", alien), detector.Unknown},
		"no issuer":      {token(jose.ES256, ec, "one", nobody), detector.Unknown},
		"no token":       {"eyJ.eyJ.x", detector.Unknown},
	} {
		before := asked
		r := ask(t, Options{}, "jwt", server.URL, test.token)
		expect(t, name, r, test.want, false)
		if name == "expired" && asked != before {
			t.Error("an expired token needs no asking")
		}
		if test.want == detector.Live {
			id := r.Identity
			if id.Owner != "ci" || id.Account != issuer || strings.Join(id.Scopes, "+") != "read+write" || id.Created != "2026-01-01T00:00:00Z" {
				t.Errorf("%+v", id)
			}
		}
	}
}
