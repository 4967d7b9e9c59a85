package verify

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// Host is somebody whom a run may contact.
type Host struct {
	// Name is the host, with its port where that is not the usual one. Where a part of
	// it is known only from what stands beside a credential, that part is in brackets:
	// "[dc].api.mailchimp.com".
	Name string
	// Rules are the ids of the rules that contact it, sorted.
	Rules []string
}

// Hosts lists every host that verification of findings of these rules may contact, and
// their revocation too if that is asked for, in order of the names, endpoints and allowed
// hosts taken into account.
func (v *Verifier) Hosts(set []*rules.Rule, revocation bool) []Host {
	found := make(map[string]map[string]bool)
	for _, r := range set {
		names := v.verifyHosts(r)
		if revocation {
			names = append(names, v.revokeHosts(r)...)
		}
		for _, name := range names {
			if found[name] == nil {
				found[name] = make(map[string]bool)
			}
			found[name][r.ID] = true
		}
	}
	var out []Host
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, Host{name, slices.Sorted(maps.Keys(found[name]))})
	}
	return out
}

// verifyHosts lists whom one rule's check contacts.
func (v *Verifier) verifyHosts(r *rules.Rule) []string {
	if r.Verify == nil || r.Verify.None != "" {
		return nil
	}
	var names []string
	if p := rules.ProtocolByName(rules.VerifyProtocols, r.Verify.Protocol); p != nil {
		names = slices.Clone(p.Hosts)
		switch {
		case r.Verify.Protocol == "azure-storage":
			names = []string{"{{account_name}}" + azureBlobHost}
		case r.Verify.Protocol == "jwt":
			names = []string{"{{iss}}"}
		case len(names) == 0:
			names = []string{"{{host}}"}
		}
		if u := v.endpoint(r, ""); u != nil {
			names = []string{u.Host}
		}
	}
	return v.permitted(append(names, v.authorities(r, r.Verify.Steps)...))
}

// revokeHosts lists whom one rule's revocation contacts.
func (v *Verifier) revokeHosts(r *rules.Rule) []string {
	if !r.Revokes() {
		return nil
	}
	var names []string
	if p := rules.ProtocolByName(rules.RevokeProtocols, r.Revoke.Protocol); p != nil {
		names = slices.Clone(p.Hosts)
		if u := v.endpoint(r, ""); u != nil {
			names = []string{u.Host}
		}
	}
	return v.permitted(append(names, v.authorities(r, slices.Concat(r.Revoke.Steps, r.Revoke.Undo, r.Revoke.Then))...))
}

// authorities are the hosts of steps, as their templates have them, at the endpoints.
func (v *Verifier) authorities(r *rules.Rule, steps []rules.Step) []string {
	var names []string
	for _, s := range steps {
		_, authority, _ := splitURL(s.Request.URL)
		if authority == "" {
			authority = s.Request.URL
		}
		if u := v.endpoint(r, authority); u != nil {
			authority = u.Host
		}
		names = append(names, authority)
	}
	return names
}

// permitted writes hosts for a person, without those that are not allowed.
func (v *Verifier) permitted(names []string) []string {
	var out []string
	for _, name := range names {
		name = placeholder.ReplaceAllString(name, "[$1]")
		if strings.Contains(name, "[") || v.allowed(hostname(name), name) || v.isEndpointHost(name) {
			out = append(out, strings.ToLower(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (v *Verifier) isEndpointHost(host string) bool {
	for _, e := range v.endpoints {
		if e.Host == host {
			return true
		}
	}
	return false
}

// hostname is a host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// allowed reports whether the allowed hosts have a host: by name, by name and port, or
// by "*.domain".
func (v *Verifier) allowed(name, withPort string) bool {
	if len(v.opts.AllowHosts) == 0 {
		return true
	}
	name, withPort = strings.ToLower(name), strings.ToLower(withPort)
	return slices.ContainsFunc(v.opts.AllowHosts, func(a string) bool {
		a = strings.ToLower(a)
		if suffix, ok := strings.CutPrefix(a, "*"); ok {
			return strings.HasPrefix(suffix, ".") && strings.HasSuffix(name, suffix)
		}
		return a == name || a == withPort
	})
}

// checkAllowHosts refuses what could not be meant.
func checkAllowHosts(list []string) error {
	for _, a := range list {
		if strings.ContainsAny(a, "/@ ") || cmp.Or(strings.TrimPrefix(a, "*."), "*") == "*" || strings.Contains(strings.TrimPrefix(a, "*."), "*") {
			return fmt.Errorf("allowed host %q: write a host, such as api.github.com, or *.example.com", a)
		}
	}
	return nil
}
