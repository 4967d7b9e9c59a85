package detector

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Passwords need another eye than tokens: people choose them, so entropy tells
// little, and texts are full of stand-ins for them. Rules with password = true are
// judged here: what a template fills in and what merely says "password" is no
// credential; a stock password, or one for a host that no one can reach, is hardly
// worth a report. Parts called "username" and "host" are looked at with it.

// Confidences that a password is lowered to.
const (
	passwordTemplate = 0.02 // it is filled in from elsewhere
	passwordStandIn  = 0.1  // it says that a password belongs there
	passwordExample  = 0.1  // the host is reserved for examples
	passwordStock    = 0.35 // low: everyone knows it
	passwordLocal    = 0.7  // medium: only of use on that machine
)

// minPassword is the length below which a password is taken for a stand-in.
const minPassword = 4

func (c *candidate) judgePassword() {
	user, host, password := c.partText("username"), c.partText("host"), c.text
	switch c.rule.Checksum {
	case "basic-auth":
		user, password = basicCredentials(c.text)
	case "base64-text":
		password = fromBase64(c.text)
	}
	plain := unescaped(password)
	if why := template(plain); why != "" {
		c.lowerTo("template", why, passwordTemplate)
		return
	}
	switch {
	case ofWords(strings.ToLower(plain), standInWords, 0):
		c.lowerTo("placeholder", "it only says that a password belongs there", passwordStandIn)
	case reservedHost(host):
		c.lowerTo("host", "its host is reserved for examples", passwordExample)
	case len(plain) < minPassword:
		c.lowerTo("password", "it is too short for a password", passwordStock)
	case likeUser(plain, unescaped(user)):
		c.lowerTo("password", "it is the name of the user", passwordStock)
	case phrase.MatchString(plain):
		c.lowerTo("password", "it reads like a phrase", passwordStock)
	case stockPassword(plain):
		c.lowerTo("password", "it is a stock password", passwordStock)
	case standInHost(host):
		c.lowerTo("host", "its host is a stand-in", passwordStock)
	case localHost(host):
		c.lowerTo("host", "its host is the machine itself", passwordLocal)
	}
}

// phrase is three words or more with a sign between them: a name in the code or a joke
// in a test far more often than a passphrase.
var phrase = regexp.MustCompile(`^[a-z]{1,12}(?:[-_.][a-z]{1,12}){2,}$`)

// likeUser reports whether a password is the user's name and up to three characters
// more.
func likeUser(password, user string) bool {
	const more = 3
	return user != "" && len(password) <= len(user)+more && strings.Contains(strings.ToLower(password), strings.ToLower(user))
}

// partText is the text of a part, empty if it was not found.
func (c *candidate) partText(name string) string {
	for _, p := range c.parts {
		if p.part.Name == name {
			return p.text
		}
	}
	return ""
}

// unescaped undoes the escapes of a URL, where there are some and they are right.
func unescaped(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// basicCredentials splits what stands behind "Authorization: Basic" (RFC 7617).
func basicCredentials(s string) (user, password string) {
	user, password, _ = strings.Cut(fromBase64(s), ":")
	return user, password
}

// fromBase64 decodes a text as far as it is base64.
func fromBase64(s string) string {
	text, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return string(text)
}

// templates are the forms of text that is filled in later, and of expressions.
var templates = []struct {
	re  *regexp.Regexp
	why string
}{
	{regexp.MustCompile(`^\$[A-Za-z_]\w*$|^%[A-Za-z_]\w*%$|^:[a-z_]+$|^@[A-Za-z_.]+@$`), "it is the name of a variable"},
	{regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$`), "it is written like the name of a constant"},
	{regexp.MustCompile(`[$#%]\{|\{\{|\$\(|\$\[\[|%\(\w+\)s|<%|\{%`), "it is a template"},
	{regexp.MustCompile(`^<[A-Za-z_]|^(?:\[.*\]|\{.*\}|__\w+__)$`), "it is a template"},
	{regexp.MustCompile(`^%[-+#0-9.]*[sdvqxr]$`), "it is a verb of a format"},
	{regexp.MustCompile(`["'` + "`" + `]\s*[+.]|[+.]\s*["'` + "`" + `]`), "it is an expression"},
	{regexp.MustCompile(`^(?:\*+|[xX]+|\.{2,}|-+|_+|…+|•+|#+|\?+)$|\*{3}|\.\.\.|…`), "it is blanked out"},
	{regexp.MustCompile(`^(?:process\.env|os\.environ|System\.|ENV\[|getenv|env\(|self\.|this\.|config\.|settings\.|var\.|local\.|data\.|module\.|secrets\.)`),
		"it is an expression"},
	{regexp.MustCompile(`^(?i:null|nil|none|true|false|undefined)$`), "it is no text"},
}

// template says why a text is filled in from elsewhere; empty if it is not.
func template(s string) string {
	for _, t := range templates {
		if t.re.MatchString(s) {
			return t.why
		}
	}
	return ""
}

// standInWords are the words of which stand-ins for a password consist, stockWords
// those of stock passwords. Those of three letters or more also count as pieces of a
// longer word ("mytestpassword").
var (
	standInWords = wordSet(standIns)
	stockWords   = wordSet(standIns + stock)
)

const standIns = "password pasword passwd word passwort passphrase pass pwd pw psw psswd passw secret secrets token key keys apikey " +
	"credential credentials cred creds auth oauth access user username usr uname my your yours the some any this that db " +
	"sample example dummy placeholder insert replace change changeme changeit enter put please set fill here there value val " +
	"string text redacted hidden masked removed real not new old it me foo bar baz qux quux x xx xxx xyz todo fixme "

const stock = "refresh bearer session hash salt pin code " +
	"login name email mail admin administrator adm root superuser sa guest anonymous anon owner member " +
	"demo test tests testing tester fake mock stub foobar lorem ipsum john jane doe " +
	"postgres postgresql pgsql mysql mariadb mssql mongo mongodb redis rabbit rabbitmq amqp minio elastic elasticsearch kibana " +
	"kafka nats oracle sqlserver sql neo clickhouse cassandra couch couchdb memcached vertica zookeeper " +
	"database app application web api service svc server host client backend frontend dev devel develop developer " +
	"development local localhost prod production stage staging docker compose kube kubernetes vagrant ansible jenkins " +
	"django flask rails laravel symfony spring wordpress drupal magento keycloak grafana airflow superset metabase hasura " +
	"supabase sonar nexus artifactory gitea github gitlab bitbucket git deploy registry proxy http https ftp smtp ssh ldap " +
	"you our first last wrong invalid bad good right incorrect default temp temporary tmp private public super top strong " +
	"secure secured safe very none null empty var env config unknown random something whatever " +
	"letmein welcome hello world goodbye qwerty qwertyuiop asdf asdfgh zxcv abc abcd abcde abcdef iloveyou monkey dragon master " +
	"shadow hunter trustno sesame open aladdin correct horse battery staple sunshine princess football baseball " +
	"tiger scott manager cisco system y z a b c d u p un o"

// stockPassword reports whether a password is one that everybody would try, or
// merely says that it is a password: known words and a few digits.
func stockPassword(s string) bool {
	lower := strings.ToLower(s)
	const digits = 4 // beside the words
	return ofWords(lower, stockWords, digits) || ofWords(unleet(lower), stockWords, digits) || plainNumber(s) ||
		ofWords(strings.Map(alnumOnly, lower), stockWords, digits)
}

func alnumOnly(r rune) rune {
	if r < 0x80 && isAlnum(byte(r)) {
		return r
	}
	return -1
}

// leet maps the digits and signs that stand for letters.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// unleet undoes that, but for the digits and signs at the end.
func unleet(s string) string {
	end := len(s)
	for end > 0 && !isLetter(s[end-1]) {
		end--
	}
	return leet.Replace(s[:end]) + s[end:]
}

// ofWords reports whether a text in lower case consists of words of a set, signs and
// at most so many digits that are no plain row.
func ofWords(s string, words map[string]bool, maxDigits int) bool {
	digits, letters := 0, false
	for i := 0; i < len(s); {
		j := i + 1
		switch {
		case isLetter(s[i]):
			for j < len(s) && isLetter(s[j]) {
				j++
			}
			if !words[s[i:j]] && !segmented(s[i:j], words) {
				return false
			}
			letters = true
		case isDigit(s[i]):
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			if maxDigits == 0 || !plainNumber(s[i:j]) {
				digits += j - i
			}
		case s[i] >= 0x80:
			return false
		}
		i = j
	}
	return letters && digits <= maxDigits
}

// plainNumber reports whether a text is digits that repeat, count up or down or go
// along the keyboard.
func plainNumber(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	longest, _ := repetition(s)
	return s != "" && (longest == len(s) || sequence(s) == len(s))
}

// segmented reports whether a word consists of words of a set, of three letters and
// more, one after the other; "my" and "db" may begin it.
func segmented(word string, words map[string]bool) bool {
	const least, longest = 3, 40
	if len(word) > longest {
		return false
	}
	reached := make([]bool, len(word)+1)
	reached[0] = true
	if strings.HasPrefix(word, "my") || strings.HasPrefix(word, "db") {
		reached[2] = true
	}
	for i := range word {
		if !reached[i] {
			continue
		}
		for j := i + least; j <= len(word); j++ {
			reached[j] = reached[j] || words[word[i:j]]
		}
	}
	return reached[len(word)]
}

// hostName is a host without port and brackets, in lower case.
func hostName(host string) string {
	host = strings.ToLower(host)
	if strings.HasPrefix(host, "[") {
		host, _, _ = strings.Cut(host[1:], "]")
		return host
	}
	if strings.Count(host, ":") == 1 {
		host, _, _ = strings.Cut(host, ":")
	}
	return strings.TrimSuffix(host, ".")
}

// reservedHost reports whether a host is one of those that RFC 2606 and RFC 5737
// set aside for examples.
func reservedHost(host string) bool {
	host = hostName(host)
	if addr, err := netip.ParseAddr(host); err == nil {
		return slices.ContainsFunc(exampleNets, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	labels := strings.Split(host, ".")
	switch n := len(labels); labels[n-1] {
	case "example", "invalid", "test":
		return true
	case "com", "net", "org":
		return n >= 2 && labels[n-2] == "example"
	}
	return false
}

var exampleNets = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}

// hostStandIns are names that documentation gives to hosts.
var hostStandIns = wordSet("host hostname somehost myhost yourhost yourhostname otherhost hostn server servername myserver yourserver " +
	"domain mydomain yourdomain somedomain address addr ip url uri foo bar baz")

// standInHost reports whether a host only says that one belongs there: "host",
// "your-server.com".
func standInHost(host string) bool {
	host = hostName(host)
	for _, end := range []string{".com", ".net", ".org", ".io", ".tld"} {
		host = strings.TrimSuffix(host, end)
	}
	host = strings.NewReplacer("-", "", "_", "", ".", "").Replace(host)
	return hostStandIns[strings.TrimRight(host, "0123456789")]
}

// localHost reports whether a host is the machine itself.
func localHost(host string) bool {
	host = hostName(host)
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback() || addr.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "host.docker.internal"
}
