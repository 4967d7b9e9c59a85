package gitleaksimport

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// tomlWriter writes TOML as people do.
type tomlWriter struct{ bytes.Buffer }

func (w *tomlWriter) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// text writes a key with a string, if there is one.
func (w *tomlWriter) text(key, value string) {
	if value != "" {
		w.line("%s = %s", key, basic(value))
	}
}

// raw writes a key with an expression.
func (w *tomlWriter) raw(key, value string) { w.line("%s = %s", key, literalString(value)) }

// list writes a key with an array: on one line if it is short, else one element a line.
func (w *tomlWriter) list(key string, values []string, quote func(string) string) {
	if len(values) == 0 {
		return
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	const width = 100
	if short := fmt.Sprintf("%s = [%s]", key, strings.Join(quoted, ", ")); len(short) <= width {
		w.line("%s", short)
		return
	}
	w.line("%s = [", key)
	for _, q := range quoted {
		w.line("  %s,", q)
	}
	w.line("]")
}

// basic writes a string in double quotes.
func basic(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literalString writes a string between triple quotes, in which nothing is escaped, if
// that is possible.
func literalString(s string) string {
	plain := !strings.Contains(s, "'''") && !strings.HasSuffix(s, "'") && strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' || r == 0x7f || r == '\ufffd'
	}) < 0
	if plain {
		return "'''" + s + "'''"
	}
	return basic(s)
}

// header begins a rule file.
func (im *importer) header(w *tomlWriter) { w.text("provider", im.options.Provider) }

// ruleFile writes all rules, nil if there are none.
func (im *importer) ruleFile() []byte {
	if len(im.out) == 0 {
		return nil
	}
	var w tomlWriter
	w.line("# Imported from %s.", oneLine(im.file))
	w.line("#")
	w.line("# gitleaks has neither severities nor examples. Set the severity of each rule to the harm that a leak")
	w.line("# does, and add match and no-match; then \"stanch rules test\" proves the rules.")
	w.line("")
	im.header(&w)
	for _, r := range im.out {
		w.line("")
		im.writeRule(&w, r)
	}
	return w.Bytes()
}

func (im *importer) writeRule(w *tomlWriter, r *ruleOut) {
	w.line("[[rule]]")
	w.text("id", r.id)
	w.text("title", r.title)
	w.text("description", r.description)
	w.text("severity", string(im.options.Severity))
	w.text("confidence", string(rules.ConfidenceMedium))
	w.raw("regex", r.regex)
	w.text("boundary", string(rules.BoundaryNone))
	w.list("anchors", r.anchors, basic)
	w.list("context", r.context, basic)
	if len(r.context) > 0 {
		w.line("near = %d", contextNear)
		w.line("digits = 0")
	}
	if r.entropy > 0 {
		w.line("entropy = %s", strconv.FormatFloat(r.entropy, 'f', -1, 64))
	}
	w.list("paths", r.paths, basic)
	w.list("allow", r.allow, literalString)
	w.list("tags", r.tags, basic)
}

// configFile writes the addition to .stanch.toml, nil if there is none.
func (im *importer) configFile() []byte {
	if len(im.exclude)+len(im.ignores) == 0 {
		return nil
	}
	var w tomlWriter
	w.line("# Imported from %s.", oneLine(im.file))
	w.list("exclude", im.exclude, basic)
	for _, e := range im.ignores {
		w.line("")
		w.line("[[ignore]]")
		w.list("rule", e.rules, basic)
		w.list("path", e.paths, basic)
		w.text("reason", e.reason)
	}
	return w.Bytes()
}

// oneLine keeps a file name from ending the comment it stands in.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
