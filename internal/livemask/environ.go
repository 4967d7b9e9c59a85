package livemask

import (
	"slices"
	"strings"
)

// leastGuessed is the least length in bytes of a value that is taken for a secret by the name
// of its variable alone.
const leastGuessed = 8

// Environ picks the variables of an environment ("NAME=value") whose names say that they
// hold a secret, in their order. The name contains TOKEN, SECRET, PASSWORD, PASSWD,
// PASSPHRASE, CREDENTIAL, APIKEY or PRIVATE, or one of its words, parted by "_", is KEY, PASS,
// PAT or AUTH, and its last word is none that tells what is about a secret, such as URL,
// FILE or ID. Letter case makes no difference.
//
// Left out are values of fewer than eight bytes, and those that are no secret by their looks:
// paths, addresses without a password, and words such as "disabled".
func Environ(environ []string) []Value {
	var list []Value
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if secretName(name) && secretLooks(value) {
			list = append(list, Value{name, value})
		}
	}
	return list
}

var (
	nameParts = []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "PRIVATE"}
	nameWords = []string{"KEY", "PASS", "PAT", "AUTH"}
	// lastWords end names of what is about a secret and none.
	lastWords = []string{
		"URL", "URI", "ENDPOINT", "HOST", "PORT", "SOCK", "FILE", "PATH", "DIR", "ID", "NAME", "USER", "TYPE", "METHOD",
		"MODE", "LENGTH", "SIZE", "VERSION", "TTL", "EXPIRY", "EXPIRES", "ENABLED", "LAYOUT",
	}
)

func secretName(name string) bool {
	words := strings.Split(strings.ToUpper(name), "_")
	if slices.Contains(lastWords, words[len(words)-1]) {
		return false
	}
	for _, w := range words {
		if slices.Contains(nameWords, w) || slices.ContainsFunc(nameParts, func(p string) bool { return strings.Contains(w, p) }) {
			return true
		}
	}
	return false
}

func secretLooks(value string) bool {
	if len(value) < leastGuessed {
		return false
	}
	if _, rest, ok := strings.Cut(value, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return strings.Contains(host, "@")
	}
	for _, start := range []string{"/", "./", "../", "~/", `C:\`, `D:\`} {
		// base64 may begin with a slash, too, and has no dot.
		if strings.HasPrefix(value, start) && (start != "/" || strings.Count(value, "/") > 1 && !strings.ContainsAny(value, "+=")) {
			return false
		}
	}
	return !slices.Contains([]string{"disabled", "required", "optional", "undefined"}, strings.ToLower(value))
}
