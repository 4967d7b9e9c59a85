package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/suggest"
)

// Protocol is a check in Go for what an HTTP table cannot say.
type Protocol struct {
	// Name is what "protocol" in a rule calls it.
	Name string
	// Needs are the parts that it works with; it asks nobody where a needed one was
	// not found. Uses are parts that it can do without.
	Needs, Uses []string
	// Hosts are whom it may contact whatever was found. Empty where the host is a part.
	Hosts []string
}

// VerifyProtocols are the protocols that verify tables may name. Package verify has
// the code of each.
var VerifyProtocols = []Protocol{
	{Name: "amqp", Needs: []string{"username", "host"}},
	{
		Name: "aws-sts", Needs: []string{"access_key_id"}, Uses: []string{"session_token"},
		Hosts: []string{"sts.amazonaws.com", "sts.us-gov-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn"},
	},
	{Name: "azure-storage", Needs: []string{"account_name"}},
	{Name: "github-app", Needs: []string{"app_id"}, Hosts: []string{"api.github.com"}},
	{Name: "google-service-account", Needs: []string{"client_email"}, Uses: []string{"private_key_id", "project_id"}, Hosts: []string{"oauth2.googleapis.com"}},
	{Name: "jwt"},
	{Name: "ldap", Needs: []string{"username", "host"}},
	{Name: "mongodb", Needs: []string{"username", "host"}, Uses: []string{"database", "auth_source"}},
	{Name: "mysql", Needs: []string{"username", "host"}},
	{Name: "postgres", Needs: []string{"username", "host"}},
	{Name: "redis", Needs: []string{"host"}, Uses: []string{"username"}},
	{Name: "smtp", Needs: []string{"username", "host"}},
	{Name: "ssh", Hosts: []string{"github.com", "gitlab.com", "bitbucket.org"}},
}

// RevokeProtocols are the protocols that revoke tables may name. Package respond has
// the code of each.
var RevokeProtocols = []Protocol{
	{Name: "aws-iam", Needs: []string{"access_key_id"}, Uses: []string{"session_token"}, Hosts: []string{"iam.amazonaws.com"}},
}

// ProtocolByName returns the protocol of that name, or nil.
func ProtocolByName(list []Protocol, name string) *Protocol {
	if i := slices.IndexFunc(list, func(p Protocol) bool { return p.Name == name }); i >= 0 {
		return &list[i]
	}
	return nil
}

// protocol notes a protocol that does not exist, or that works with parts which the
// rule does not have.
func (p *parser) protocol(name string, list []Protocol, parts []Part, table string) {
	if name == "" {
		return
	}
	proto := ProtocolByName(list, name)
	if proto == nil {
		var names []string
		for _, known := range list {
			names = append(names, known.Name)
		}
		hint := "known are " + strings.Join(names, ", ")
		if near := suggest.Nearest(name, slices.Values(names)); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.problem(hint, fmt.Sprintf("there is no protocol %q", name), table, "protocol")
		return
	}
	for _, need := range proto.Needs {
		if !slices.ContainsFunc(parts, func(part Part) bool { return part.Name == need }) {
			p.problem("add [[rule.part]] of that name", fmt.Sprintf("the protocol %q needs a part called %q", name, need), table, "protocol")
		}
	}
}
