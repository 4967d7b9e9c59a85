package detector

import (
	"bytes"
	"slices"
	"strings"
)

// Names of providers that mean other things, too, count as context only where a value is
// plainly given to them; see [rules.Rule.Named].

// How many bytes may lie between such a name and the value, and where the name is that of
// a section.
const (
	givenNear = 48
	namedNear = 90
)

// roleWords say what a value is to the one whose name stands before.
var roleWords = wordSet("connect const configure create export final init let new set setup static val var cfg conf ini json toml yaml yml " +
	"access account admin api apikey app application auth authorization authtoken bearer client cloud code config credential " +
	"credentials data default dev env header hook integration key live master oauth org pass pat personal private prod " +
	"production project public rest role sandbox secret secretkey server service signing staging string test token v1 v2 v3 value webhook")

// belongs reports whether the name from start to end is that of the value at p, or of the
// section in which it stands under a name for credentials.
func belongs(buf []byte, start, end, p int) bool {
	if p-end > namedNear || !wordBegin(buf, start) || !wordEnd(buf, end) {
		return false
	}
	return given(buf, end, p) || inSection(buf[end:p]) && slices.ContainsFunc(nameWords(assignedTo(buf, p)), isSecretName)
}

func isSecretName(word string) bool { return secretNames[word] }

// inSection reports whether a text between a name and a value opens a section of that
// name, a call or a table, and does not close it.
func inSection(text []byte) bool {
	text = bytes.TrimLeft(text, "\"'`")
	if len(text) == 0 || strings.IndexByte("]:={( \t.", text[0]) < 0 || bytes.Contains(text, []byte("\n\n")) {
		return false
	}
	depth, opened := 0, text[0] == ']'
	if opened {
		text = text[1:]
	}
	for i, c := range text {
		switch c {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			if depth--; depth < 0 {
				return false
			}
		case '\n':
			opened = opened || i > 0 && text[i-1] == ':'
			if !opened && depth == 0 {
				return false
			}
		}
	}
	return opened || depth > 0
}

// given reports whether the value at p is given to the name that ends at end: between
// them stand but words for what it is and the signs of an assignment, a call, a section
// or an element.
func given(buf []byte, end, p int) bool {
	if p-end > givenNear {
		return false
	}
	assigned, line, tag := false, false, false
	for i := end; i < p; i++ {
		switch c := buf[i]; {
		case isLetter(c):
			to := i + 1
			for to < p && isAlnum(buf[to]) && !(isUpper(buf[to]) && !isUpper(buf[to-1])) {
				to++
			}
			word := string(buf[i:to])
			element := i > end && (buf[i-1] == '<' || buf[i-1] == '/')
			if !roleWords[strings.ToLower(word)] && !element && (len(word) < 3 || strings.ToUpper(word) != word) {
				return false
			}
			assigned, line = true, false
			i = to - 1
		case isDigit(c):
			if i+2 < p && isDigit(buf[i+1]) && isDigit(buf[i+2]) {
				return false
			}
		case c == '\n':
			line = true
		case c == '<', c == '/' && buf[i-1] == '<':
			tag = true
		case c == '=', c == ':', c == '>', c == '"', c == '\'', c == '`':
			assigned = true
		case strings.IndexByte(" \t\r_-.{}[]()|,\\$", c) < 0:
			return false
		}
	}
	return assigned && (!line || tag)
}

// behindRole reports whether p stands behind a hyphen or an underscore that ties a value
// to a word for what it is: "acme-secret-…", "acmeKEY_…".
func behindRole(buf []byte, p int) bool {
	if p < 5 || buf[p-1] != '-' && buf[p-1] != '_' {
		return false
	}
	switch buf[p-2] | 0x20 {
	case 'y':
		return roleEnds(buf[:p-1], "key")
	case 't':
		return roleEnds(buf[:p-1], "secret")
	case 'n':
		return roleEnds(buf[:p-1], "token")
	case 's':
		return roleEnds(buf[:p-1], "access")
	case 'e':
		return roleEnds(buf[:p-1], "private")
	}
	return false
}

// roleEnds reports whether a text ends with a word, in any letter case, that begins where
// a word does.
func roleEnds(buf []byte, word string) bool {
	at := len(buf) - len(word)
	return at >= 0 && sameText(buf[at:], word, true)
}
