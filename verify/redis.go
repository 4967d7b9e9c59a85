package verify

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// checkRedis sends AUTH: https://redis.io/docs/latest/commands/auth/
// The exchange is two lines, which no client library would make shorter.
func checkRedis(ctx context.Context, c *call) (verdict, error) {
	port := "6379"
	if strings.HasSuffix(c.values["host"], ".redis.cache.windows.net") {
		port = "6380" // https://learn.microsoft.com/en-us/azure/azure-cache-for-redis/cache-configure
	}
	t, err := c.target(port)
	if err != nil {
		return verdict{}, err
	}
	return c.talkSecure(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		answers := bufio.NewReaderSize(conn, 4096)
		auth := func(args ...string) (string, error) {
			var out strings.Builder
			fmt.Fprintf(&out, "*%d\r\n$4\r\nAUTH\r\n", 1+len(args))
			for _, a := range args {
				fmt.Fprintf(&out, "$%d\r\n%s\r\n", len(a), a)
			}
			if _, err := conn.Write([]byte(out.String())); err != nil {
				return "", err
			}
			line, err := answers.ReadSlice('\n')
			return strings.TrimSpace(string(line)), err
		}
		user, password := c.text("username"), c.text("secret")
		var line string
		var err error
		if user != "" {
			line, err = auth(user, password)
		}
		// Where there are no users the name in the address is anything, and before
		// Redis 6 two arguments are an error.
		if err == nil && (user == "" || strings.HasPrefix(line, "-WRONGPASS") || strings.Contains(line, "wrong number of arguments")) {
			var alone string
			if alone, err = auth(password); alone == "+OK" || user == "" || strings.HasPrefix(line, "-ERR") {
				line = alone
			}
		}
		switch {
		case err != nil:
			return verdict{}, err
		case line == "+OK":
			return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
		case strings.HasPrefix(line, "-WRONGPASS"), line == "-ERR invalid password":
			return dead(t.name + " does not accept it"), nil
		case strings.Contains(line, "without any password configured"):
			return unknown(t.name + " asks nobody for a password"), nil
		}
		return unknown(t.name + " gives an answer that proves neither"), nil
	})
}
