package reporters

import "strings"

var (
	messageEscapes = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (")
	linkEscapes    = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`)
)

// message makes text fit for a message: braces stand for placeholders there and are doubled
// (3.11.5), and what looks like a link is none (3.11.6).
func message(s string) string { return messageEscapes.Replace(visible(s)) }

// linkText makes the text of a message fit for the text of a link in it.
func linkText(s string) string { return linkEscapes.Replace(s) }

// escapedMarkdown takes their meaning from the characters that mark up Markdown, and from
// those of HTML, which a message must not contain (3.11.4).
func escapedMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*[]<>", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
