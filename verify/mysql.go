package verify

import (
	"context"
	"errors"
	"net"

	"github.com/go-sql-driver/mysql"

	"github.com/stanchsec/stanch/detector"
)

// checkMySQL logs in to MySQL or MariaDB:
// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html has the codes.
func checkMySQL(ctx context.Context, c *call) (verdict, error) {
	t, err := c.target("3306")
	if err != nil {
		return verdict{}, err
	}
	user := c.text("username")
	return c.talk(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		config := mysql.NewConfig()
		config.Net, config.Addr, config.User, config.Passwd = "tcp", t.address, user, c.text("secret")
		config.Logger = &mysql.NopLogger{}
		config.DialFunc = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
		if !t.trusted || t.secure {
			config.TLS = c.tlsFor(t)
		}
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return verdict{}, askError{errors.New("the credential does not fit into the protocol")}
		}
		accepted := live(t.name+" accepts it", detector.Identity{Owner: user})
		db, err := connector.Connect(ctx)
		if err == nil {
			db.Close() // says good-bye
			return accepted, nil
		}
		var refusal *mysql.MySQLError
		switch {
		case errors.Is(err, mysql.ErrNoTLS):
			return verdict{}, askError{errCleartext}
		case !errors.As(err, &refusal):
			return verdict{}, err
		}
		switch refusal.Number {
		case 1045: // access denied: user or password
			return dead(t.name + " does not accept it"), nil
		case 1044, 1049, 1820, 1862: // the password is right: no right to the database, none such, or it has to be changed
			return accepted, nil
		}
		return unknown(t.name + " refuses for a reason that proves neither"), nil
	})
}
