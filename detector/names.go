package detector

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/stanchsec/stanch/rules"
)

// What a value is called decides about credentials that have no shape of their own. It
// is told from the text before the value, without knowing its language.

// judgeName looks at the name that the value of a context rule is assigned to: a
// digest, an id or a version is no credential even if it stands near the word. Where no
// name stands before the value, the words there tell instead.
func (l *layer) judgeName(c *candidate, m extent) {
	name := assignedTo(l.buf, m.start)
	if strings.IndexFunc(name, unicode.IsLetter) < 0 {
		name = "" // "token 1 = …", "list[0] = …"
	}
	words := nameWords(name)
	if name == "" {
		words = wordsBefore(l.buf, m.start)
	}
	if own := ownName(c.rule, words); own != "" && (name == "" || strings.EqualFold(plainWord(name), own)) {
		c.raise("name", fmt.Sprintf("it is given to %q", own), startConfidence[rules.ConfidenceMedium])
		return
	}
	for _, w := range words {
		if secretNames[w] {
			if name == "" {
				c.raise("name", fmt.Sprintf("it stands behind %q", w), 0.85)
			} else {
				c.raise("name", fmt.Sprintf("it is assigned to %q", name), 0.85)
			}
			return
		}
		if name == "" && otherNames[w] {
			c.lowerTo("name", fmt.Sprintf("it stands behind %q, which names no credential", w), 0.3)
			return
		}
		if likelyNames[w] {
			c.raise("name", fmt.Sprintf("it stands behind %q", w), startConfidence[rules.ConfidenceMedium])
			return
		}
	}
	for _, w := range words {
		if otherNames[w] {
			c.lowerTo("name", fmt.Sprintf("it is assigned to %q, which names no credential", name), 0.3)
			return
		}
	}
}

// ownName returns the context word of a rule that the first of some words is, or that they
// begin with together; empty if there is none. The nearest of the words come first.
func ownName(c *compiled, words []string) string {
	if len(words) == 0 {
		return ""
	}
	for _, list := range [][]string{c.Context, c.Named} {
		for _, w := range list {
			if plain := plainWord(w); plain == words[0] || len(words) > 1 && (plain == words[0]+words[1] || plain == words[1]+words[0]) {
				return plain
			}
		}
	}
	return ""
}

// assignedTo returns the name on the left of the assignment whose value begins at
// p, empty if none is seen. An element of XML may stand on the line before its text.
func assignedTo(buf []byte, p int) string {
	i := p
	skip := func(set string) {
		for i > 0 && p-i < nameSight/2 && strings.IndexByte(set, buf[i-1]) >= 0 {
			i--
		}
	}
	skip(" \t\"'`\\")
	line := i
	skip(" \t\r\n")
	if i == 0 || buf[i-1] != '>' {
		i = line
	}
	before := i
	skip("=:>~")
	if i == before {
		return ""
	}
	skip(" \t\"'`\\])") // of a key in quotes, or before +=
	skip(".+|?!")
	skip(" \t\"'`\\])")
	end := i
	for i > 0 && end-i < nameSight/2-1 && (isAlnum(buf[i-1]) || strings.IndexByte("_-.", buf[i-1]) >= 0) {
		i--
	}
	return string(buf[i:end])
}

// wordSight is how far before a value the words are looked at that stand in for its
// name, in bytes.
const wordSight = 48

// wordsBefore lists the words of the same line before p, the nearest first: of a line
// of a log or a command, or of prose.
func wordsBefore(buf []byte, p int) []string {
	from := max(0, p-wordSight)
	if i := bytes.LastIndexByte(buf[from:p], '\n'); i >= 0 {
		from += i + 1
	} else {
		for from > 0 && from < p && isAlnum(buf[from-1]) && isAlnum(buf[from]) { // a piece of a word
			from++
		}
	}
	words := nameWords(string(buf[from:p]))
	slices.Reverse(words)
	return words
}

// nameWords splits a name into lower-case words at separators and changes of case.
func nameWords(name string) []string {
	var words []string
	start := 0
	add := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := range len(name) {
		switch {
		case !isAlnum(name[i]):
			add(i)
			start = i + 1
		case i > start && isUpper(name[i]) && !isUpper(name[i-1]):
			add(i)
			start = i
		}
	}
	add(len(name))
	return words
}

var secretNames = wordSet("key apikey privatekey token secret password passwd pwd pass auth authorization credential credentials " +
	"accesskey secretkey authtoken accesstoken bearer pat")

// likelyNames are words that credentials are called by, beside other things.
var likelyNames = wordSet("access private api")

var otherNames = wordSet("sha sha1 sha256 sha512 md5 hash digest checksum integrity commit revision rev version etag uuid guid " +
	"id ids sum fingerprint thumbprint sri ref image layer blob oid tree parent sitekey publickey pubkey public salt nonce " +
	"trace span request color colour size width height url uri href src path file filename name email user username")

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
