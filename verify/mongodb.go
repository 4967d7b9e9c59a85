package verify

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/stanchsec/stanch/detector"
)

// The driver keeps pools and watches whole clusters; a login is four messages, which
// are put together here from its BSON and the library that it uses for SCRAM.

const (
	mongoMessage = 2013 // OP_MSG: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
	mongoMaxSize = 1 << 20
	// The codes of a refused login, the second Atlas's.
	mongoAuthFailed, mongoAtlasError = 18, 8000
)

// checkMongoDB logs in with SCRAM to each database that may know the user: the one
// named as authSource, the one in the address, and admin.
func checkMongoDB(ctx context.Context, c *call) (verdict, error) {
	if c.endpoint == nil {
		c.values = mongoSeed(ctx, c.values)
	}
	t, err := c.target("27017")
	if err != nil {
		return verdict{}, err
	}
	return c.talkSecure(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		user := c.text("username")
		sources := []string{c.values["auth_source"], c.values["database"], "admin"}
		slices.Sort(sources)
		o := unknown(t.name + " gives an answer that proves neither")
		for _, source := range slices.Compact(sources) {
			if source == "" {
				continue
			}
			m := &mongo{conn: conn}
			code, err := m.login(source, user, c.text("secret"))
			switch {
			case err != nil:
				return verdict{}, err
			case code == 0:
				return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
			case code == mongoAuthFailed || code == mongoAtlasError && strings.HasSuffix(t.name, ".mongodb.net"):
				o = dead(t.name + " does not accept it")
			default:
				return unknown(t.name + " refuses for a reason that proves neither"), nil
			}
		}
		return o, nil
	})
}

// mongoSeed puts a server in the place of a cluster's name: a host without a port that
// has a record of its servers.
func mongoSeed(ctx context.Context, values Values) Values {
	host := values["host"]
	if strings.Contains(host, ":") || !strings.HasSuffix(host, ".mongodb.net") {
		return values
	}
	_, records, err := net.DefaultResolver.LookupSRV(ctx, "mongodb", "tcp", host)
	if err != nil || len(records) == 0 || !strings.HasSuffix(strings.TrimSuffix(records[0].Target, "."), ".mongodb.net") {
		return values
	}
	out := Values{}
	for k, v := range values {
		out[k] = v
	}
	out["host"] = net.JoinHostPort(strings.TrimSuffix(records[0].Target, "."), "27017")
	return out
}

// mongo speaks to a server.
type mongo struct {
	conn net.Conn
	id   uint32
}

// mongoAnswer is what answers to logins hold.
type mongoAnswer struct {
	OK             float64     `bson:"ok"`
	Code           int32       `bson:"code"`
	ConversationID any         `bson:"conversationId"`
	Done           bool        `bson:"done"`
	Payload        bson.Binary `bson:"payload"`
	Mechanisms     []string    `bson:"saslSupportedMechs"`
}

// login returns the code of the refusal, 0 if there is none.
func (m *mongo) login(source, user, password string) (code int32, err error) {
	hello, err := m.run(bson.D{{Key: "hello", Value: 1}, {Key: "saslSupportedMechs", Value: source + "." + user}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return 0, err
	}
	mechanism, hash := "SCRAM-SHA-256", scram.SHA256
	if len(hello.Mechanisms) > 0 && !slices.Contains(hello.Mechanisms, mechanism) {
		// SCRAM-SHA-1 goes over the MD5 of the password.
		mechanism, hash, password = "SCRAM-SHA-1", scram.SHA1, mongoDigest(user, password)
	}
	client, err := hash.NewClient(user, password, "")
	if mechanism == "SCRAM-SHA-1" {
		client, err = hash.NewClientUnprepped(user, password, "")
	}
	if err != nil {
		return 0, askError{errors.New("the password does not fit into the protocol")}
	}
	talk := client.NewConversation()
	first, err := talk.Step("")
	if err != nil {
		return 0, askError{errProtocol}
	}
	a, err := m.run(bson.D{
		{Key: "saslStart", Value: 1}, {Key: "mechanism", Value: mechanism}, {Key: "payload", Value: bson.Binary{Data: []byte(first)}},
		{Key: "options", Value: bson.D{{Key: "skipEmptyExchange", Value: true}}}, {Key: "$db", Value: source},
	})
	for range 4 {
		switch {
		case err != nil:
			return 0, err
		case a.OK != 1:
			if a.Code == 0 {
				return 0, askError{errProtocol}
			}
			return a.Code, nil
		}
		next, stepErr := talk.Step(string(a.Payload.Data))
		if stepErr != nil && !talk.Done() {
			// The server must prove that it knows the password, too.
			return 0, askError{errProtocol}
		}
		if a.Done {
			if !talk.Valid() {
				return 0, askError{errProtocol}
			}
			return 0, nil
		}
		a, err = m.run(bson.D{
			{Key: "saslContinue", Value: 1}, {Key: "conversationId", Value: a.ConversationID},
			{Key: "payload", Value: bson.Binary{Data: []byte(next)}}, {Key: "$db", Value: source},
		})
	}
	return 0, askError{errProtocol}
}

// run sends a command and reads its answer.
func (m *mongo) run(command bson.D) (mongoAnswer, error) {
	body, err := bson.Marshal(command)
	if err != nil {
		return mongoAnswer{}, askError{errors.New("the credential does not fit into the protocol")}
	}
	m.id++
	var out []byte
	out = binary.LittleEndian.AppendUint32(out, uint32(21+len(body)))
	out = binary.LittleEndian.AppendUint32(out, m.id)
	out = binary.LittleEndian.AppendUint32(out, 0)
	out = binary.LittleEndian.AppendUint32(out, mongoMessage)
	out = append(out, 0, 0, 0, 0, 0) // no flags; a section of one document
	if _, err := m.conn.Write(append(out, body...)); err != nil {
		return mongoAnswer{}, err
	}
	var head [16]byte
	if _, err := io.ReadFull(m.conn, head[:]); err != nil {
		return mongoAnswer{}, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size < 26 || size > mongoMaxSize || binary.LittleEndian.Uint32(head[12:]) != mongoMessage {
		return mongoAnswer{}, askError{errProtocol}
	}
	rest := make([]byte, size-16)
	if _, err := io.ReadFull(m.conn, rest); err != nil {
		return mongoAnswer{}, err
	}
	var a mongoAnswer
	if rest[4] != 0 || bson.Unmarshal(rest[5:], &a) != nil {
		return mongoAnswer{}, askError{errProtocol}
	}
	return a, nil
}

// mongoDigest is what SCRAM-SHA-1 takes for the password.
func mongoDigest(user, password string) string {
	sum := md5.Sum([]byte(user + ":mongo:" + password))
	return hex.EncodeToString(sum[:])
}
