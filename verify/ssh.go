package verify

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// sshHostKeys are the keys by which git hosts prove themselves, as their pages have
// them: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints
// https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints
// https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/
var sshHostKeys = map[string]string{
	"github.com":    "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
	"gitlab.com":    "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
	"bitbucket.org": "SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM",
}

var errHostKey = errors.New("it does not prove itself with its published key")

// checkSSH logs in as git with a private key to the hosts of source code that most keys
// are for. That they all refuse proves nothing: the key may open any other host.
func checkSSH(ctx context.Context, c *call) (verdict, error) {
	block, err := armour(c.values["secret"])
	if err != nil {
		return verdict{}, err
	}
	signer, err := sshSigner(block)
	if err != nil {
		return verdict{}, errKey
	}
	hosts := rules.ProtocolByName(rules.VerifyProtocols, "ssh").Hosts
	if c.endpoint != nil {
		hosts = []string{c.endpoint.Host}
	}
	var trouble error
	for _, host := range hosts {
		c.values["host"] = host
		t, err := c.target("22")
		if err != nil {
			return verdict{}, err
		}
		o, err := c.talk(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) { return sshLogin(c, t, conn, signer) })
		switch {
		case err != nil:
			trouble = err
		case o.state == detector.Live:
			return o, nil
		}
	}
	if trouble != nil {
		return verdict{}, trouble
	}
	return unknown("no account of " + strings.Join(hosts, ", ") + " has it; where else it opens something is not known"), nil
}

func sshLogin(c *call, t target, conn net.Conn, signer ssh.Signer) (verdict, error) {
	config := &ssh.ClientConfig{
		User: "git", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, ClientVersion: "SSH-2.0-stanch",
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if !t.trusted && ssh.FingerprintSHA256(key) != sshHostKeys[t.name] {
				return errHostKey
			}
			return nil
		},
	}
	client, channels, requests, err := ssh.NewClientConn(conn, t.address, config)
	switch {
	case errors.Is(err, errHostKey):
		return verdict{}, askError{errHostKey}
	case err != nil && strings.Contains(err.Error(), "unable to authenticate"):
		return unknown(t.name + " does not know it"), nil
	case err != nil:
		return verdict{}, err
	}
	s := ssh.NewClient(client, channels, requests)
	defer s.Close()
	return live(t.name+" accepts it", detector.Identity{Owner: sshGreeting(s)}), nil
}

// sshGreetings are how the hosts greet who logs in without asking for a repository:
// "Hi NAME!" of GitHub, "Welcome to GitLab, @NAME!", "logged in as NAME." of Bitbucket.
var sshGreetings = regexp.MustCompile(`(?:^|\n)(?:Hi |Welcome to GitLab, @?|logged in as )([0-9A-Za-z_./-]{1,100}?)[!.]`)

// sshGreeting is the name that a host calls the key's owner by; empty if it tells none.
// The key works whatever comes of it.
func sshGreeting(s *ssh.Client) string {
	session, err := s.NewSession()
	if err != nil {
		return ""
	}
	defer session.Close()
	out, err := session.StdoutPipe()
	if err != nil {
		return ""
	}
	also, err := session.StderrPipe()
	if err != nil || session.Shell() != nil {
		return ""
	}
	// All of it is a line; a host that says more is cut off.
	const enough = 2048
	text, _ := io.ReadAll(io.LimitReader(io.MultiReader(also, out), enough))
	if m := sshGreetings.FindSubmatch(text); m != nil {
		return tidy(string(m[1]))
	}
	return ""
}
