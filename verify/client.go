package verify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stanchsec/stanch/rules"
)

const (
	// maxBody is the greatest answer that is read, in bytes. What tells about a
	// credential is a few hundred; lists of models are tens of thousands.
	maxBody = 1 << 20
	// maxHeader is the same for an answer's headers.
	maxHeader = 64 << 10
	// maxRedirects is how often an answer may point elsewhere.
	maxRedirects = 5
)

// The answers that prove nothing about a credential.
var (
	errTooLarge  = fmt.Errorf("the answer is larger than %d KiB", maxBody>>10)
	errRedirects = errors.New("it redirects in a circle")
)

// statusError says that a server is in trouble or wants to be left alone.
type statusError struct {
	status  int
	limited bool
}

func (e statusError) Error() string {
	if e.limited {
		return fmt.Sprintf("it refuses for too many requests (status %d)", e.status)
	}
	return fmt.Sprintf("it answers with status %d", e.status)
}

// notAllowedError says that --allow-host does not have the host.
type notAllowedError struct{ host string }

func (e notAllowedError) Error() string { return e.host + " is not among the allowed hosts" }

// newTransports makes the three ways to the network.
func (v *Verifier) newTransports() {
	guarded := &net.Dialer{Timeout: v.opts.Timeout, Control: guardControl}
	open := &net.Dialer{Timeout: v.opts.Timeout}
	v.direct = v.newTransport(guarded)
	v.trusted = v.newTransport(open)
	v.proxied = v.newTransport(open)
	v.proxied.Proxy = v.opts.Proxy
	v.dialGuarded, v.dialOpen = guarded, open
}

func (v *Verifier) newTransport(d *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: v.opts.RootCAs, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    v.opts.PerHost,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    v.opts.Timeout,
		ResponseHeaderTimeout:  v.opts.Timeout,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// trip sends one request the way that its address asks for: to an endpoint that the
// user named without guard, by a proxy if there is one, else straight and guarded.
func (v *Verifier) trip(req *http.Request) (*http.Response, error) {
	if v.opts.transport != nil {
		return v.opts.transport.RoundTrip(req)
	}
	if v.isEndpoint(req.URL) {
		return v.trusted.RoundTrip(req)
	}
	proxy, err := v.opts.Proxy(req)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	if proxy == nil {
		return v.direct.RoundTrip(req)
	}
	if err := guardBeforeProxy(req.Context(), req.URL.Hostname()); err != nil {
		return nil, err
	}
	return v.proxied.RoundTrip(req)
}

// isEndpoint reports whether the user named this very scheme, host and port.
func (v *Verifier) isEndpoint(u *url.URL) bool {
	for _, e := range v.endpoints {
		if e.Scheme == u.Scheme && addressOf(e) == addressOf(u) {
			return true
		}
	}
	return false
}

// guardBeforeProxy refuses hosts that resolve to an internal address. A proxy resolves
// names by itself, and often nobody else in its network can: no answer is no refusal.
func guardBeforeProxy(ctx context.Context, host string) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		if !public(ip) {
			return privateError{ip}
		}
		return nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return privateError{netip.MustParseAddr("127.0.0.1")}
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if !public(a) {
			return privateError{a.Unmap()}
		}
	}
	return nil
}

// do sends a request and follows redirects to the hosts of own, which are those of the
// rule. limited are the answers that refuse for too many requests, beside the usual ones.
// Its errors never tell the address, which may hold the credential.
func (v *Verifier) do(req *http.Request, own []string, limited []rules.Condition) (*Answer, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, fmt.Errorf("reading the request's body: %w", err)
		}
	}
	for range maxRedirects {
		a, err := v.once(req, body, limited)
		if err != nil {
			return nil, err
		}
		next := redirect(req, a)
		if next == nil {
			return a, nil
		}
		if becomesGet(req.Method, a.Status) {
			a.Elsewhere = next.Host
			return a, nil
		}
		if next.Scheme != req.URL.Scheme || !slices.Contains(own, strings.ToLower(next.Host)) && next.Host != req.URL.Host {
			a.Elsewhere = next.Host
			return a, nil
		}
		req = req.Clone(req.Context())
		req.URL, req.Host = next, ""
	}
	return nil, errRedirects
}

// becomesGet reports whether a client that followed a redirect would ask something else
// than it was told to: what a page answers to a GET says nothing about a credential in a
// form, and least of all that a DELETE has happened. RFC 9110, section 15.4.
func becomesGet(method string, status int) bool {
	return method != http.MethodGet && method != http.MethodHead &&
		status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect
}

// redirect is where an answer points to; nil if nowhere.
func redirect(req *http.Request, a *Answer) *url.URL {
	switch a.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	next, err := req.URL.Parse(a.Header.Get("Location"))
	if err != nil || a.Header.Get("Location") == "" {
		return nil
	}
	return next
}

// once sends a request a single time, when the pace allows, and reads the answer.
func (v *Verifier) once(req *http.Request, body []byte, limited []rules.Condition) (*Answer, error) {
	if !v.allowed(req.URL.Hostname(), req.URL.Host) && !v.isEndpoint(req.URL) {
		return nil, notAllowedError{req.URL.Host}
	}
	leave, err := v.pace.enter(req.Context(), strings.ToLower(req.URL.Host))
	if err != nil {
		return nil, err
	}
	var o outcome
	defer func() { leave(o) }()
	ctx, cancel := context.WithTimeout(req.Context(), v.opts.Timeout)
	defer cancel()
	req = req.Clone(ctx)
	req.Body, req.ContentLength, req.GetBody = nil, 0, nil
	if len(body) > 0 {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	v.requests.Add(1)
	res, err := v.trip(req)
	if err != nil {
		o.fault = isFault(err)
		return nil, plain(err)
	}
	defer res.Body.Close()
	a := &Answer{Status: res.StatusCode, Header: res.Header}
	a.Body, err = io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		o.fault = true
		return nil, plain(err)
	case len(a.Body) > maxBody:
		return nil, errTooLarge
	}
	a.tooMany = a.meetsAny(limited)
	o = outcomeOf(a)
	return a, nil
}

// isFault tells trouble of the server or of the way to it from a refusal of our own.
func isFault(err error) bool {
	var private privateError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &private), errors.As(err, &cert), errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &dns) && dns.IsNotFound:
		return false
	}
	return true
}

// networkError is a fault in words that hold nothing of the request.
type networkError struct {
	text  string
	again bool // it may go better the next time
}

func (e networkError) Error() string { return e.text }

// Faults in which no request was sent.
const (
	noSuchHost = "there is no such host"
	notTrusted = "its certificate cannot be trusted"
	notReached = "it cannot be reached"
)

// plain puts an error of the network into words of our own: those of the standard
// library may hold the address, and with it the credential.
func plain(err error) error {
	var private privateError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var timeout net.Error
	var op *net.OpError
	switch {
	case errors.As(err, &private):
		return private
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &dns) && dns.IsNotFound:
		return networkError{noSuchHost, false}
	case errors.As(err, &dns):
		return networkError{"its name cannot be resolved", true}
	case errors.As(err, &cert):
		return networkError{notTrusted, false}
	case errors.As(err, &alert), errors.As(err, &record):
		return networkError{"it does not speak TLS as it should", false}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return networkError{"it does not answer in time", true}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return networkError{"its answer breaks off", true}
	case errors.As(err, &op) && op.Op == "dial":
		return networkError{notReached, true}
	}
	return networkError{"the connection broke", true}
}
