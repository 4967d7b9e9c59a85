package verify

import (
	"context"
	"errors"
	"net"

	"github.com/go-ldap/ldap/v3"

	"github.com/stanchsec/stanch/detector"
)

// checkLDAP binds as the user, a distinguished name: RFC 4511, section 4.2.
func checkLDAP(ctx context.Context, c *call) (verdict, error) {
	t, err := c.target("636")
	if err != nil {
		return verdict{}, err
	}
	return c.talkSecure(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		l := ldap.NewConn(conn, true)
		l.Start()
		defer l.Close()
		l.SetTimeout(c.v.opts.Timeout)
		user := c.text("username")
		err := l.Bind(user, c.text("secret"))
		var refusal *ldap.Error
		switch {
		case err == nil:
			return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
		case !errors.As(err, &refusal):
			return verdict{}, err
		case refusal.ResultCode == ldap.LDAPResultInvalidCredentials:
			return dead(t.name + " does not accept it"), nil
		case refusal.ResultCode == ldap.ErrorNetwork:
			return verdict{}, refusal.Err
		case refusal.ResultCode >= ldap.ErrorNetwork: // found by the library, not told by the server
			return verdict{}, askError{errProtocol}
		}
		return unknown(t.name + " refuses for a reason that proves neither"), nil
	})
}
