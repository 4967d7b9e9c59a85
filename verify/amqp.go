package verify

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"

	"github.com/stanchsec/stanch/detector"
)

// The client libraries do not announce that they understand a refused login, and
// RabbitMQ then hangs up without a word, which a broken network does too. So the
// first three frames of AMQP 0-9-1 are spoken here:
// https://www.rabbitmq.com/docs/auth-notification

// Methods of the class "connection":
// https://www.rabbitmq.com/amqp-0-9-1-reference#class.connection
const (
	amqpConnection = 10
	amqpStart      = 10
	amqpStartOK    = 11
	amqpTune       = 30
	amqpClose      = 50
	amqpFrameEnd   = 0xce
	amqpRefused    = 403 // the reply code of a wrong user or password
)

// errProtocol says that a server does not speak what was asked for.
var errProtocol = errors.New("it does not speak the protocol as it should")

// checkAMQP logs in with SASL PLAIN, and hangs up.
func checkAMQP(ctx context.Context, c *call) (verdict, error) {
	t, err := c.target("5671")
	if err != nil {
		return verdict{}, err
	}
	return c.talkSecure(ctx, t, func(ctx context.Context, conn net.Conn) (verdict, error) {
		if _, err := conn.Write([]byte("AMQP\x00\x00\x09\x01")); err != nil {
			return verdict{}, err
		}
		method, _, err := readAMQP(conn)
		if err != nil {
			return verdict{}, err
		}
		if method != amqpStart {
			return unknown(t.name + " does not speak AMQP 0-9-1"), nil
		}
		user := c.text("username")
		if err := writeAMQP(conn, amqpStartOK, amqpLogin(user, c.text("secret"))); err != nil {
			return verdict{}, err
		}
		method, args, err := readAMQP(conn)
		switch {
		case err != nil:
			return verdict{}, err
		case method == amqpTune:
			return live(t.name+" accepts it", detector.Identity{Owner: user}), nil
		case method == amqpClose && len(args) >= 2 && binary.BigEndian.Uint16(args) == amqpRefused:
			return dead(t.name + " does not accept it"), nil
		}
		return unknown(t.name + " ends the login with something that proves neither"), nil
	})
}

// amqpLogin makes the arguments of start-ok.
func amqpLogin(user, password string) []byte {
	var flags bytes.Buffer // "capabilities" of the client's properties
	amqpShort(&flags, "authentication_failure_close")
	flags.WriteString("t\x01")
	var properties bytes.Buffer
	amqpShort(&properties, "capabilities")
	properties.WriteByte('F')
	amqpLong(&properties, flags.Bytes())
	var out bytes.Buffer
	amqpLong(&out, properties.Bytes())
	amqpShort(&out, "PLAIN")
	amqpLong(&out, []byte("\x00"+user+"\x00"+password))
	amqpShort(&out, "en_US")
	return out.Bytes()
}

func amqpShort(w *bytes.Buffer, s string) {
	w.WriteByte(byte(len(s)))
	w.WriteString(s)
}

func amqpLong(w *bytes.Buffer, b []byte) {
	w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
	w.Write(b)
}

// writeAMQP writes a method of the class "connection", which is on channel 0.
func writeAMQP(w io.Writer, method uint16, args []byte) error {
	frame := []byte{1, 0, 0}
	frame = binary.BigEndian.AppendUint32(frame, uint32(4+len(args)))
	frame = binary.BigEndian.AppendUint16(frame, amqpConnection)
	frame = binary.BigEndian.AppendUint16(frame, method)
	frame = append(append(frame, args...), amqpFrameEnd)
	_, err := w.Write(frame)
	return err
}

// readAMQP reads such a method.
func readAMQP(r io.Reader) (method uint16, args []byte, err error) {
	var head [7]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[3:])
	if head[0] != 1 || size < 4 || size > maxHeader {
		return 0, nil, askError{errProtocol}
	}
	body := make([]byte, size+1)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, err
	}
	if body[size] != amqpFrameEnd || binary.BigEndian.Uint16(body) != amqpConnection {
		return 0, nil, askError{errProtocol}
	}
	return binary.BigEndian.Uint16(body[2:]), body[4:size], nil
}
