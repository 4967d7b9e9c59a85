package verify

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// identity reads from an answer whose credential it is, where the rule says.
func (a *Answer) identity(from rules.Identity) detector.Identity {
	return detector.Identity{
		Owner:    tidy(a.text(from.Owner)),
		Account:  tidy(a.text(from.Account)),
		Scopes:   a.list(from.Scopes),
		Created:  date(tidy(a.text(from.Created))),
		Expires:  date(tidy(a.text(from.Expires))),
		LastUsed: date(tidy(a.text(from.LastUsed))),
	}
}

// text takes a value from "json:a.b" or "header:name"; empty if there is none.
func (a *Answer) text(from string) string {
	kind, path, _ := strings.Cut(from, ":")
	var text string
	switch kind {
	case "json":
		text, _ = a.fromJSON(path)
	case "header":
		text, _ = a.fromHeader(path)
	}
	return text
}

// maxScopes bounds what an answer may put into a report.
const maxScopes = 200

// list takes several values: a JSON list of texts or of objects with a name, or one
// text with commas or blanks between.
func (a *Answer) list(from string) []string {
	kind, path, _ := strings.Cut(from, ":")
	var raw []string
	if items, ok := walk(a.json(), path).([]any); kind == "json" && ok {
		for _, item := range items {
			raw = append(raw, named(item))
		}
	} else {
		raw = strings.FieldsFunc(a.text(from), func(c rune) bool { return c == ',' || c == ' ' || c == ';' })
	}
	var out []string
	for _, s := range raw {
		if s = tidy(s); s != "" && len(out) < maxScopes {
			out = append(out, s)
		}
	}
	return out
}

// named gives a list's element as text; an object by its name.
func named(node any) string {
	if text, ok := scalar(node); ok {
		return text
	}
	for _, key := range []string{"name", "handle", "id"} {
		if text, ok := scalar(walk(node, key)); ok {
			return text
		}
	}
	return ""
}

// maxText is the length in bytes to which a text from a provider is cut.
const maxText = 200

// tidy makes a text from a provider fit for a report: one line, without control
// characters, not long.
func tidy(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0x202a && c <= 0x202e ||
			c >= 0x2066 && c <= 0x2069 {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return strings.TrimSpace(s)
}

// dateLayouts are those in which providers write times, beside RFC 3339 and numbers.
var dateLayouts = []string{
	"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700", // GitHub's token expiration
	time.RFC1123Z, time.RFC1123, // Twilio
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", // no zone: UTC
}

// date puts a time into RFC 3339, in UTC; seconds and milliseconds since 1970 too.
// What is no time stays as it is.
func date(s string) string {
	if n, err := json.Number(s).Int64(); err == nil && n > 0 {
		if n > 1e11 {
			return time.UnixMilli(n).UTC().Format(time.RFC3339)
		}
		if n > 1e8 {
			return time.Unix(n, 0).UTC().Format(time.RFC3339)
		}
		return strconv.FormatInt(n, 10)
	}
	for _, layout := range append([]string{time.RFC3339Nano}, dateLayouts...) {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Format(time.RFC3339)
		}
	}
	return s
}
