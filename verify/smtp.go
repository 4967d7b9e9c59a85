package verify

import (
	"context"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// checkSMTP logs in to a mail server: RFC 4954. No message is sent.
func checkSMTP(ctx context.Context, c *call) (verdict, error) {
	t, err := c.target("587")
	if err != nil {
		return verdict{}, err
	}
	if _, port, _ := net.SplitHostPort(t.address); port == "465" {
		t.secure = true
	}
	return c.talk(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		if t.secure {
			if conn, err = c.secure(ctx, conn, t); err != nil {
				return verdict{}, err
			}
		}
		return converseSMTP(c, t, conn)
	})
}

func converseSMTP(c *call, t target, conn net.Conn) (verdict, error) {
	s, err := smtp.NewClient(conn, t.name)
	if err != nil {
		return verdict{}, notSMTP(err)
	}
	defer s.Quit() // says good-bye; what the server thinks of it does not matter
	if ok, _ := s.Extension("STARTTLS"); ok && !t.secure {
		if err := s.StartTLS(c.tlsFor(t)); err != nil {
			return verdict{}, notSMTP(err)
		}
	}
	if _, secure := s.TLSConnectionState(); !secure && !t.secure && !t.trusted {
		return verdict{}, askError{errCleartext}
	}
	_, mechanisms := s.Extension("AUTH")
	user, password := c.text("username"), c.text("secret")
	var auth smtp.Auth
	for _, m := range strings.Fields(mechanisms) {
		switch strings.ToUpper(m) {
		case "PLAIN":
			auth = plainAuth{user, password}
		case "LOGIN":
			if auth == nil {
				auth = &loginAuth{user: user, password: password}
			}
		}
	}
	if auth == nil {
		return unknown(t.name + " does not let anybody log in"), nil
	}
	err = s.Auth(auth)
	var answer *textproto.Error
	switch {
	case err == nil:
		return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
	case errors.As(err, &answer) && answer.Code == 535:
		return dead(t.name + " does not accept it"), nil
	case errors.As(err, &answer):
		return unknown(t.name + " refuses for a reason that proves neither"), nil
	}
	return verdict{}, err
}

// notSMTP tells a server that refuses or speaks something else from a broken
// connection.
func notSMTP(err error) error {
	var answer *textproto.Error
	var form textproto.ProtocolError
	if errors.As(err, &answer) || errors.As(err, &form) {
		return askError{errProtocol}
	}
	return err
}

// plainAuth is SASL PLAIN (RFC 4616). That of the standard library would have the
// check for TLS, which is made before, once more and in its own way.
type plainAuth struct{ user, password string }

func (a plainAuth) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
}

func (a plainAuth) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, askError{errProtocol}
	}
	return nil, nil
}

// loginAuth is LOGIN, which some servers have instead: user, then password.
type loginAuth struct {
	user, password string
	sent           int
}

func (a *loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (a *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	a.sent++
	switch a.sent {
	case 1:
		return []byte(a.user), nil
	case 2:
		return []byte(a.password), nil
	}
	return nil, askError{errProtocol}
}
