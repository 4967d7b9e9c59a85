package verify

import (
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stanchsec/stanch/detector"
)

// checkPostgres logs in: https://www.postgresql.org/docs/current/errcodes-appendix.html
// has the codes.
func checkPostgres(ctx context.Context, c *call) (verdict, error) {
	t, err := c.target("5432")
	if err != nil {
		return verdict{}, err
	}
	user := c.text("username")
	return c.talk(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		// The library makes configurations only from a text and the environment; none of
		// the environment's is ours.
		config, err := pgconn.ParseConfig("host=localhost port=1 user=x password=x dbname=x sslmode=disable")
		if err != nil {
			return verdict{}, askError{errors.New("the environment's PG variables are not valid")}
		}
		config.Host, config.Port, config.User, config.Password = t.name, 5432, user, c.text("secret")
		config.Database = "postgres"
		config.RuntimeParams = map[string]string{"application_name": "stanch"}
		config.Fallbacks, config.ValidateConnect, config.AfterConnect, config.OnPgError = nil, nil, nil, nil
		config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
		used := false
		config.DialFunc = func(context.Context, string, string) (net.Conn, error) {
			if used {
				return nil, errProtocol
			}
			used = true
			return conn, nil
		}
		if !t.trusted || t.secure {
			config.TLSConfig = c.tlsFor(t)
		}
		pg, err := pgconn.ConnectConfig(ctx, config)
		if err == nil {
			pg.Close(ctx) // says good-bye
			return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
		}
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) {
			return verdict{}, refusedTLS(err)
		}
		switch refusal.Code {
		case "28P01": // invalid_password, of an unknown user too
			return dead(t.name + " does not accept it"), nil
		case "3D000", "42501": // no such database, or no right to connect to it: told after the password
			return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
		}
		return unknown(t.name + " refuses for a reason that proves neither (" + tidy(refusal.Code) + ")"), nil
	})
}

// refusedTLS tells a server without TLS from a broken connection.
func refusedTLS(err error) error {
	if unwrapped := errors.Unwrap(err); unwrapped != nil {
		for e := err; e != nil; e = errors.Unwrap(e) {
			if e.Error() == "server refused TLS connection" {
				return askError{errCleartext}
			}
		}
	}
	return err
}
