package detector

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
	"unique"
)

// Secret holds the bytes of a credential and refuses to show them by accident:
// every way in which Go prints, logs or marshals a value gives [Secret.Redacted].
// Only [Secret.Reveal] returns the bytes.
//
// The zero Secret is empty. Secrets are comparable; two are equal when their
// bytes and their telling prefix are.
type Secret struct {
	// handle keeps the bytes behind a pointer: package fmt prints the fields of
	// structs that it reaches through unexported fields without asking any method.
	handle unique.Handle[string]
	prefix int // length in bytes of the prefix that tells the kind, and no more
}

// NewSecret wraps value. prefix is the number of leading bytes that merely tell
// the kind of credential ("ghp_"), which the redacted form may show; 0 when there
// is none. A prefix beyond the value's length is cut to it.
func NewSecret(value string, prefix int) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{handle: unique.Make(value), prefix: min(max(prefix, 0), len(value))}
}

// Reveal returns the raw bytes of the credential. Each call is a place that can
// leak: keep them few.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.handle.Value()
}

// Len is the length of the credential in bytes.
func (s Secret) Len() int { return len(s.Reveal()) }

// IsZero reports whether there is no credential at all.
func (s Secret) IsZero() bool { return s == Secret{} }

// ellipsis stands in the redacted form for everything that is not shown.
const ellipsis = "…"

// Redacted gives the form that is fit to be shown: the first characters of a
// telling prefix, an ellipsis, and the last two characters. Never more than a
// quarter of the credential's bytes is shown; of a short one, nothing.
func (s Secret) Redacted() string {
	value := s.Reveal()
	if value == "" {
		return ""
	}
	budget := len(value) / 4
	tail := ""
	if budget >= 2 && plainTail(value) {
		tail = value[len(value)-2:]
		budget -= 2
	}
	head := value[:min(s.prefix, budget)]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	return strings.Map(printable, head) + ellipsis + tail
}

// plainTail reports whether the last two bytes are visible ASCII.
func plainTail(s string) bool {
	for _, c := range []byte(s[len(s)-2:]) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// printable replaces what would disturb a line of text.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// String returns the redacted form.
func (s Secret) String() string { return s.Redacted() }

// GoString returns the redacted form.
func (s Secret) GoString() string { return fmt.Sprintf("detector.Secret(%q)", s.Redacted()) }

// Format prints the redacted form for every verb, so that not even %x shows more.
func (s Secret) Format(f fmt.State, verb rune) {
	switch verb {
	case 'q':
		fmt.Fprintf(f, "%q", s.Redacted())
	case 'v':
		if f.Flag('#') {
			fmt.Fprint(f, s.GoString())
			return
		}
		fmt.Fprint(f, s.Redacted())
	default:
		fmt.Fprint(f, s.Redacted())
	}
}

// MarshalText returns the redacted form. encoding/json uses it too, for values
// and for map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.Redacted()), nil }

// MarshalJSON returns the redacted form as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%q", strings.ToValidUTF8(s.Redacted(), "")), nil
}

// LogValue gives [log/slog] the redacted form.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.Redacted()) }
