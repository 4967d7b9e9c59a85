package verify

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// Endpoint points a provider, a rule or a host to another base address: a GitHub
// Enterprise server, a GitLab of one's own, a test server. Being named by the user,
// that address may be an internal one.
type Endpoint struct {
	// For is a provider ("github"), a rule's id ("github-pat-classic") or a host
	// ("api.github.com"); the rule wins over the provider, and both over the host.
	For string
	// URL is the base: scheme, host, and a path that goes before the rule's own. Of the
	// protocols that are not HTTP only host and scheme count: tls, amqps, ldaps, rediss
	// and smtps ask for TLS, any other (tcp, postgres, redis) lets a password go in the
	// clear where the protocol sends it so.
	URL *url.URL
}

// ParseEndpoint reads "github=https://github.example.com/api/v3".
func ParseEndpoint(text string) (Endpoint, error) {
	name, address, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return Endpoint{}, fmt.Errorf("endpoint %q: write PROVIDER=URL, such as github=https://github.example.com/api/v3", text)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return Endpoint{}, fmt.Errorf("endpoint for %s: want a whole address, such as https://github.example.com/api/v3", name)
	case u.User != nil:
		return Endpoint{}, fmt.Errorf("endpoint for %s: the address must not hold a user or password", name)
	case u.RawQuery != "" || u.Fragment != "":
		return Endpoint{}, fmt.Errorf("endpoint for %s: the address must not hold a query or fragment", name)
	}
	return Endpoint{For: strings.ToLower(name), URL: u}, nil
}

// endpoint is the address that was given for a rule, or for the host that its address
// names literally; nil if none was.
func (v *Verifier) endpoint(r *rules.Rule, authority string) *url.URL {
	for _, name := range []string{r.ID, r.Provider} {
		if u := v.endpoints[name]; u != nil {
			return u
		}
	}
	return v.endpointOfHost(authority)
}

func (v *Verifier) endpointOfHost(host string) *url.URL { return v.endpoints[strings.ToLower(host)] }

// addressOf is host and port of an address.
func addressOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		switch u.Scheme {
		case "http":
			port = "80"
		default:
			port = "443"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
