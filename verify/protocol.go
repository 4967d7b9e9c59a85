package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// check asks about one credential in a protocol of its own. Its error is one of the
// network or of pacing; whatever the server answers is a verdict.
type check func(ctx context.Context, c *call) (verdict, error)

// checks are the protocols by name, those of [rules.VerifyProtocols].
var checks = map[string]check{
	"amqp":                   checkAMQP,
	"aws-sts":                checkAWS,
	"azure-storage":          checkAzureStorage,
	"github-app":             checkGitHubApp,
	"google-service-account": checkGoogleServiceAccount,
	"jwt":                    checkJWT,
	"ldap":                   checkLDAP,
	"mongodb":                checkMongoDB,
	"mysql":                  checkMySQL,
	"postgres":               checkPostgres,
	"redis":                  checkRedis,
	"smtp":                   checkSMTP,
	"ssh":                    checkSSH,
}

// call is what a check works with.
type call struct {
	v        *Verifier
	rule     *rules.Rule
	values   Values   // its own copy
	endpoint *url.URL // nil if the user named none
}

// protocol asks with the protocol of the rule.
func (v *Verifier) protocol(ctx context.Context, f *detector.Finding) (verdict, error) {
	name := f.Rule.Verify.Protocol
	fn := checks[name]
	if fn == nil {
		return unknown(fmt.Sprintf("there is no protocol %q", name)), nil
	}
	c := &call{v: v, rule: f.Rule, values: ValuesOf(f), endpoint: v.endpoint(f.Rule, "")}
	for _, need := range rules.ProtocolByName(rules.VerifyProtocols, name).Needs {
		if c.values[need] == "" && (need != "host" || c.endpoint == nil) {
			return unknown(missingError{need}.Error()), nil
		}
	}
	return fn(ctx, c)
}

// protocolHost is the host that a protocol asks first.
func (v *Verifier) protocolHost(f *detector.Finding, values Values) string {
	if u := v.endpoint(f.Rule, ""); u != nil {
		return u.Host
	}
	if f.Rule.Verify.Protocol == "azure-storage" && values["account_name"] != "" {
		return values["account_name"] + azureBlobHost
	}
	if host := values["host"]; host != "" {
		return strings.ToLower(host)
	}
	p := rules.ProtocolByName(rules.VerifyProtocols, f.Rule.Verify.Protocol)
	if p == nil || len(p.Hosts) == 0 {
		return f.Rule.Provider
	}
	return p.Hosts[0]
}

// base is the address of a protocol's host, or of the endpoint in its place, without
// a slash at the end.
func (c *call) base(host string) string {
	u := c.endpoint
	if u == nil {
		u = c.v.endpointOfHost(host)
	}
	if u == nil {
		return "https://" + host
	}
	return strings.TrimSuffix(u.String(), "/")
}

// send sends a request of a protocol over HTTP; trouble of the server is an error.
func (c *call) send(req *http.Request) (*Answer, error) {
	req.Header.Set("User-Agent", c.v.opts.UserAgent)
	a, err := c.v.do(req, nil, nil)
	if err != nil {
		return nil, err
	}
	if o := outcomeOf(a); o.limited || o.fault {
		return nil, statusError{a.Status, o.limited}
	}
	return a, nil
}

// neither is the verdict on an answer that proves nothing.
func neither(host string, a *Answer) verdict {
	return unknown(fmt.Sprintf("%s answers with status %d and something that proves neither", host, a.Status))
}

// target is the server that a credential of a database or the like opens.
type target struct {
	// name is the host without port, address has both.
	name, address string
	// trusted says that the user named it: it may be internal, and a password may go
	// to it in the clear.
	trusted bool
	// secure says that TLS begins with the first byte.
	secure bool
}

// tlsSchemes are the schemes of endpoints that ask for TLS from the first byte.
var tlsSchemes = map[string]bool{"tls": true, "https": true, "amqps": true, "ldaps": true, "rediss": true, "smtps": true}

// errHost says that what stands beside a credential is no host.
var errHost = askError{errors.New("what stands beside the credential is no host")}

// target works out whom to ask: the endpoint, or the part called host.
func (c *call) target(port string) (target, error) {
	t := target{address: c.values["host"]}
	if c.endpoint != nil {
		t.address, t.trusted = c.endpoint.Host, true
		t.secure = tlsSchemes[c.endpoint.Scheme]
	}
	if !hostForm.MatchString(t.address) {
		return t, errHost
	}
	if name, own, err := net.SplitHostPort(t.address); err == nil {
		t.name, port = name, own
	} else {
		t.name = strings.Trim(t.address, "[]")
	}
	t.address = net.JoinHostPort(t.name, port)
	return t, nil
}

// errCleartext says that a password would be readable on its way.
var errCleartext = errors.New("it takes the password in the clear only, and that is not sent; an endpoint named by --endpoint would allow it")

// dial connects to a target when the pace allows. leave must be called when the
// conversation is over, with its error.
func (c *call) dial(ctx context.Context, t target) (conn net.Conn, leave func(error), err error) {
	if !t.trusted && !c.v.allowed(t.name, t.address) {
		return nil, nil, notAllowedError{t.address}
	}
	done, err := c.v.pace.enter(ctx, t.address)
	if err != nil {
		return nil, nil, err
	}
	leave = func(err error) { done(outcome{fault: err != nil && isFault(err)}) }
	dialer := c.v.dialGuarded
	if t.trusted {
		dialer = c.v.dialOpen
	}
	c.v.requests.Add(1)
	conn, err = dialer.DialContext(ctx, "tcp", t.address)
	if err != nil {
		leave(err)
		return nil, nil, plain(err)
	}
	return conn, leave, nil
}

// talk dials and holds a conversation within the time that a host has for an answer.
// An error of the conversation is one of the network unless it is an [askError].
func (c *call) talk(ctx context.Context, t target, converse func(ctx context.Context, conn net.Conn) (verdict, error)) (verdict, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, leave, err := c.dial(ctx, t)
	if err != nil {
		return verdict{}, err
	}
	defer conn.Close()
	ctx, stop := context.WithTimeout(ctx, c.v.opts.Timeout)
	defer stop()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			leave(err)
			return verdict{}, plain(err)
		}
	}
	o, err := converse(ctx, conn)
	leave(err)
	if err != nil && !errors.As(err, new(askError)) {
		return verdict{}, plain(err)
	}
	return o, err
}

// tlsFor is how TLS is spoken with a target: always verified.
func (c *call) tlsFor(t target) *tls.Config {
	return &tls.Config{ServerName: t.name, RootCAs: c.v.opts.RootCAs, MinVersion: tls.VersionTLS12}
}

// secure puts TLS on a connection.
func (c *call) secure(ctx context.Context, conn net.Conn, t target) (*tls.Conn, error) {
	s := tls.Client(conn, c.tlsFor(t))
	if err := s.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// talkSecure is talk with TLS from the first byte. In the clear it talks to a server
// only that the user named without asking for TLS.
func (c *call) talkSecure(ctx context.Context, t target, converse func(ctx context.Context, conn net.Conn) (verdict, error)) (verdict, error) {
	return c.talk(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		if t.trusted && !t.secure {
			return converse(ctx, conn)
		}
		s, err := c.secure(ctx, conn, t)
		var record tls.RecordHeaderError
		if errors.As(err, &record) {
			return verdict{}, askError{errCleartext}
		}
		if err != nil {
			return verdict{}, err
		}
		return converse(ctx, s)
	})
}

// text is a value as it is meant: in a URL characters may stand as %40.
func (c *call) text(name string) string {
	value := c.values[name]
	if strings.Contains(c.rule.Regex, "://") {
		if plain, err := url.PathUnescape(value); err == nil {
			return plain
		}
	}
	return value
}
