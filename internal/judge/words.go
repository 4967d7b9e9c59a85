package judge

import "strings"

// The words of names and values that speak for or against a credential. They are
// picked by hand from how programs call things, not from any data set.

// nameClass is what a word in a name stands for.
type nameClass uint8

const (
	classPassword nameClass = iota
	classSecret
	classToken
	classKey
	classAuth
	classCredential
	classAPI
	classAccess
	classPrivate
	classSession
	classSignature
	classSalt
	classHash
	classIdentity // an id or a user
	classPlace    // a URL, a path, a file
	classKind     // a type, a name, a field, a label
	classText     // what is said to people
	classNumber   // a length, a time, a count
	classFlag     // is, has, enable
	classVerb     // reset, change, validate
	classPublic
	classTest
	classData // a map, a list, an index
	classCSRF
	classEncrypted
	classThing // a manager, a provider, a service
	classRepeat
	nameClasses
)

var classNames = [nameClasses]string{
	"password", "secret", "token", "key", "auth", "credential", "API", "access", "private", "session", "signature", "salt", "hash",
	"identity", "place", "kind", "text", "number", "flag", "verb", "public", "test", "data", "CSRF", "encryption", "thing", "repetition",
}

var classWords = [nameClasses]string{
	classPassword:   "pass password passwd pwd passphrase passcode psw pswd pw passwort passwords passw userpass userpassword pgpassword passin passout",
	classSecret:     "secret secrets secretkey clientsecret appsecret",
	classToken:      "token tokens authtoken accesstoken apitoken bearer jwt ticket pat",
	classKey:        "key keys keyid keyids apikey secretkey accesskey appkey keystring privkey psk",
	classAuth:       "auth oauth authorization authentication authenticate oauth2 login signin",
	classCredential: "cred creds credential credentials",
	classAPI:        "api apis rest sdk app application client consumer service services webhook",
	classAccess:     "access refresh admin root master user db database",
	classPrivate:    "private priv sign signing encryption hmac shared preshared",
	classSession:    "session sid cookie cookies sessionid phpsessid sess",
	classSignature:  "signature signatures sig signed",
	classSalt:       "salt nonce iv seed",
	classHash:       "hash hashes keyhash digest digests md5 sha sha1 sha256 checksum fingerprint thumbprint hashed etag",
	classIdentity:   "id ids user username name email uuid guid uid account owner keyid keyids kid",
	classPlace:      "url uri endpoint host path file dir filename folder location link href port src image img page route store keystore",
	classKind:       "type kind format field column label class tag attr attribute property prop param parameter params selector element input header",
	classText:       "title text message msg error err desc description placeholder hint help prompt tooltip info warning notice comment caption",
	classNumber:     "length len min max size count num number limit timeout expires expiry expire expiration ttl age date time timestamp days version bits index",
	classFlag:       "is has enable enabled enables use allow allowed require required requires disable disabled should can show hide with without",
	classVerb:       "reset forgot forgotten change changed validate validation verify confirm get set create update delete find check parse read load",
	classPublic:     "public pub publickey pubkey vkey site sitekey publishable",
	classTest:       "test tests testing example sample dummy fake mock demo stub expected invalid wrong",
	classData:       "next page paging pagination continuation idempotency cancellation sync resume map list array index primary foreign sort partition row item value values keyword keywords set table cache group",
	classCSRF:       "csrf xsrf authenticity antiforgery captcha recaptcha",
	classEncrypted:  "encrypted enc cipher encrypt decrypt crypt encoded",
	classThing:      "manager provider service handler controller factory policy strategy helper util middleware module config settings generator",
	classRepeat:     "confirmation repeat again old new current previous retype second repeated",
}

var wordClasses = func() map[string][]nameClass {
	m := make(map[string][]nameClass)
	for c, list := range classWords {
		for w := range strings.FieldsSeq(list) {
			m[w] = append(m[w], nameClass(c))
		}
	}
	return m
}()

// otherWords hold the word of a credential by chance, or one that means something else.
var otherWords = set("keyframe keyframes keyboard keyboards keystroke keystrokes keynote keynotes keyspace keyspaces keypad keypress keydown keyup " +
	"monkey monkeys donkey donkeys turkey hockey jockey whiskey lackey passage passages passenger passengers compass bypass bypassed bypasses passive passively " +
	"encompass encompasses surpass surpasses trespass passthrough passthru minipass overpass underpass passable passant passim passenv " +
	"secretary secretaries secretion cookiecutter cookiecutters author authors authored authoring authority authorities tokenizer tokenizers " +
	"tokenize tokenized tokenization tokenizes tokenise tokenised")

// stock are the words of which stand-ins and stock passwords consist. Pieces of a
// value that are among them count as known.
var stock = set("password pasword passwd passwort passphrase pass pwd secret secrets token tokens key keys apikey credential credentials cred creds " +
	"auth oauth access user username my your mine the some any this that here there db sample example dummy placeholder insert replace " +
	"change changeme changeit enter put please fill value val string text redacted hidden masked removed real not new old foo bar baz qux quux " +
	"todo fixme refresh bearer session hash salt pin code login name email mail admin root super superuser guest anonymous owner demo test " +
	"tests testing tester fake mock stub foobar lorem ipsum john jane doe bob alice invalid wrong bad good right correct incorrect valid default " +
	"temp temporary private public client server host local localhost prod production stage staging dev development random something whatever " +
	"first second third one two three long very short none null empty letmein welcome hello world qwerty asdf abc abcd abcdef abcdefg xyz " +
	"iloveyou monkey dragon hunter sesame correct horse battery staple encrypted plain simple basic consumer app api service id bla blah super")

// hints are words that say of a value that it is none.
var hints = []string{
	"example", "sample", "placeholder", "changeme", "change_me", "change-me", "change-this", "your", "replace", "insert", "redacted", "dummy",
	"fake", "xxxx", "secret_here", "goes-here", "todo", "enter", "****", "....", "1234", "abcd", "test", "foo", "bar", "my_", "my-", "mysecret",
	"mypass", "mytoken", "secret", "password", "token", "_key", "-key", "apikey", "lorem",
}

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
