package livemask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// Value is something to hide, under the name it goes by, such as that of an environment
// variable. A value of fewer than [MinValue] bytes is ignored.
type Value struct{ Name, Text string }

const (
	// MinValue is the least length in bytes of a value that can be hidden: shorter ones
	// stand everywhere by chance.
	MinValue = 4
	// minForm is the least length in bytes of a disguised form.
	minForm = 8
)

// Forms lists how a value may stand in a log: as it is, line by line; in base64 and its URL
// alphabet, wherever in the encoded data it begins, wrapped to lines of 64 or 76 or encoded
// twice; in hexadecimal; percent-encoded; escaped as in JSON, XML and by shells; reversed.
// None holds a line feed. A value too short to be hidden has none.
func Forms(value string) []string {
	value = strings.Trim(value, "\r\n")
	if len(value) < MinValue {
		return nil
	}
	var f forms
	for line := range strings.Lines(value) {
		line = strings.TrimSpace(line)
		// The frame of a PEM file is no secret, and others have the same.
		if len(line) >= MinValue && !strings.HasPrefix(line, "-----") {
			f.add(MinValue, line)
			f.add(minForm, reversed(line))
			f.escaped(line)
		}
	}
	if strings.Contains(value, "\n") {
		f.escaped(value)
	}
	f.base64(value)
	once := base64.StdEncoding.EncodeToString([]byte(value))
	f.base64(once)
	f.base64(base64.StdEncoding.EncodeToString([]byte(value + "\n")))
	inHex := hex.EncodeToString([]byte(value))
	f.add(minForm, inHex, strings.ToUpper(inHex))
	slices.Sort(f)
	return slices.Compact(f)
}

type forms []string

func (f *forms) add(least int, list ...string) {
	for _, s := range list {
		if len(s) >= least && !strings.Contains(s, "\n") {
			*f = append(*f, s)
		}
	}
}

// escaped adds what escaping makes of a text.
func (f *forms) escaped(s string) {
	query, path, every := url.QueryEscape(s), url.PathEscape(s), percentAll(s)
	f.add(minForm, query, path, every, lowerEscapes(query), lowerEscapes(path), lowerEscapes(every))
	for _, asJSON := range []string{inJSON(s, true), inJSON(s, false)} {
		f.add(minForm, asJSON, inJSON(asJSON, false), strings.ReplaceAll(asJSON, "/", `\/`))
	}
	f.add(minForm, html.EscapeString(s))
	// As a POSIX shell shows it in traces, and as printf %q does.
	f.add(minForm, strings.ReplaceAll(s, "'", `'\''`), strings.ReplaceAll(s, "'", `'"'"'`), backslashed(s))
}

// base64 adds the encodings of a text.
func (f *forms) base64(s string) {
	for _, tail := range []string{"", "\n"} {
		whole := base64.StdEncoding.EncodeToString([]byte(s + tail))
		f.add(minForm, whole, base64.URLEncoding.EncodeToString([]byte(s+tail)))
		for _, width := range []int{64, 76} {
			if len(whole) > width {
				for line := range slices.Chunk([]byte(whole), width) {
					f.add(minForm, string(line))
				}
			}
		}
	}
	// With so many bytes before it in its group of three; the characters that other bytes
	// have a part in are left off.
	for before, head := range [3]int{0, 2, 3} {
		data := append(make([]byte, before), s...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(data)
			if len(data)%3 != 0 {
				text = text[:len(text)-1]
			}
			if len(text) > head {
				f.add(minForm, text[head:])
			}
		}
	}
}

func reversed(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// percentAll writes every byte as %XX.
func percentAll(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

// lowerEscapes writes the digits of %XX in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
			i += 2
		}
	}
	return string(b)
}

// inJSON is a text as it stands between the quotes of a JSON string.
func inJSON(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil {
		return ""
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return text[1 : len(text)-1]
}

// backslashed puts a backslash before what is special to a shell.
func backslashed(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte(" !\"#$&'()*,;<>?[\\]^`{|}~", c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
