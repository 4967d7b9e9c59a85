package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// Rule says what one type of credential looks like, how to prove that the rule
// works, how to check a credential of that type and how to revoke it.
//
// A Rule is data: [Load] and [Builtin] fill it, nobody changes it afterwards.
type Rule struct {
	// ID names the rule, in lower case with hyphens: "github-pat-classic".
	ID string
	// Provider is whom the credential opens: "github". Rules of one provider share
	// a file, and the provider is part of a finding's fingerprint.
	Provider string
	// Title names the credential for a person: "GitHub personal access token (classic)".
	Title string
	// Description says what the credential can do, in a sentence. May be empty.
	Description string
	// Severity says how much harm the credential can do. See [Severity].
	Severity Severity
	// Confidence is how sure a match is before it is judged.
	Confidence Confidence

	// Regex is the expression that a credential matches, in RE2 syntax, or with
	// look-around in that of .NET. The group named "secret" is the credential;
	// without such a group the whole match is.
	Regex string
	// Until, if set, is an expression that ends the secret: it goes on from the match
	// to the end of the first match of Until within [MaxSecret] bytes. Where there is
	// none, the secret is the match alone.
	Until string
	// Anchors are literals of which at least one stands in every match, in the
	// same letter case. They wake the rule. Where there are none the loader takes
	// them from Regex.
	Anchors []string
	// Context are words of which one must stand close before the match. Letter
	// case and the separators "_", "-", "." and blank are ignored in them and in
	// the text. Empty for a credential that tells itself.
	Context []string
	// Named are words that name the provider but mean other things, too ("railway"). One
	// counts as a context word only if the value is plainly given to it: "railway = …",
	// "railway_token: …", a section or an element of that name. They are for rules that are
	// woken by their context.
	Named []string
	// Near is how many bytes may lie between the context word and the match,
	// 0 for [DefaultNear].
	Near int
	// Boundary says what must surround a match.
	Boundary Boundary
	// Checksum names the function that tells a real credential from a made-up one;
	// see [Checksums]. Empty for none.
	Checksum string
	// Entropy is the least Shannon entropy of the secret in bits per byte, 0 for any.
	Entropy float64
	// Digits is the least number of decimal digits in the secret. The loader sets
	// 1 for rules that live by their context.
	Digits int
	// Password says that a person may have chosen the secret: templates, words for a
	// password and stock passwords are judged as what they are, and so are the hosts
	// that nobody can reach. See the detector's password.go.
	Password bool
	// Generic says that the rule tells a form of credential but not whose it is (a
	// password in a URL, a private key, a JWT). It gives way to every other rule that
	// matches the same text.
	Generic bool
	// Assigned says that the rule is for the values of names that hold one of its context
	// words ("password = …", --token …), whatever the language. Regex then says what such
	// a value looks like as a whole, and how likely it is a credential is judged by
	// internal/judge.
	Assigned bool
	// Paths are globs of which one must fit the document's path, if there are any.
	Paths []string
	// Allow are expressions for secrets that are known to be none, such as the
	// samples of a provider's documentation.
	Allow []string
	// Parts are the other parts of a credential that has several.
	Parts []Part

	// Docs are the addresses of the provider's own description.
	Docs []string
	// Rotate is the address of the page on which a person replaces the credential.
	Rotate string
	// Tags group rules: "cloud", "ci", "payment".
	Tags []string

	// Match and NoMatch prove the rule: each text of Match holds exactly one finding
	// of it, none of NoMatch holds any. "{{secret}}" in them stands for a value made
	// from the rule's own shape, and "{{NAME}}" for that of the part NAME.
	Match   []string
	NoMatch []string
	// Overlaps lists rules that also match this rule's examples, with reason.
	Overlaps []string

	// Verify tells how to ask the provider; nil when there is no way.
	Verify *Verify
	// Revoke tells how to make the credential worthless; nil when there is no way.
	Revoke *Revoke

	// Position is where the rule stands.
	Position Position

	// Plan is how the detector looks for the rule; the loader fills it.
	Plan *Plan
}

// Part is another part of a credential: the user name of a password, the id of a
// key. It is reported in the finding of its rule, never alone.
type Part struct {
	// Name is how "{{name}}" in requests and examples calls it.
	Name string
	// Regex is the expression it matches; its group "part" is the value, without
	// one the whole match is. Where the rule's own expression has a group of the part's
	// name, the loader takes that group's expression: the part is found there alone.
	Regex string
	// Context are words of which one must stand close before it, as in [Rule.Context].
	Context []string
	// Within is how many bytes may lie between the part and the secret, on either
	// side, 0 for [DefaultWithin].
	Within int
	// Required drops findings that lack the part.
	Required bool
	// Secret says that the part is to be kept as secret as the credential.
	Secret bool
}

// MaxSecret is how far Until may stretch a secret, in bytes.
const MaxSecret = 16384

const (
	// DefaultNear is the distance in bytes between a context word and a match.
	DefaultNear = 48
	// DefaultWithin is the distance in bytes between the parts of a credential.
	DefaultWithin = 300
)

// Severity is how much harm a credential can do in the wrong hands.
type Severity string

// The severities, gravest first.
const (
	// Critical credentials act on their own, with wide power.
	Critical Severity = "critical"
	// High credentials act on their own in a part of the provider's service.
	High Severity = "high"
	// Medium credentials are narrow, short-lived, or need something beside them.
	Medium Severity = "medium"
	// Low marks what helps an attacker but opens nothing: a publishable key.
	Low Severity = "low"
)

// Severities lists all, gravest first.
var Severities = []Severity{Critical, High, Medium, Low}

// Rank orders severities: 4 for critical down to 1 for low, 0 for anything else.
func (s Severity) Rank() int {
	for i, t := range Severities {
		if s == t {
			return len(Severities) - i
		}
	}
	return 0
}

// Confidence is how likely a finding is a real credential, in words.
type Confidence string

// The levels of confidence.
const (
	ConfidenceHigh   Confidence = "high"
	ConfidenceMedium Confidence = "medium"
	ConfidenceLow    Confidence = "low"
)

// Confidences lists all, surest first.
var Confidences = []Confidence{ConfidenceHigh, ConfidenceMedium, ConfidenceLow}

// Boundary says what must stand on both sides of a match.
type Boundary string

// The boundaries.
const (
	// BoundaryToken wants no letter or digit before the match, and behind it no
	// byte that its last class would take too. Escapes such as \n and %20 count as
	// space. It is the default.
	BoundaryToken Boundary = "token"
	// BoundaryValue wants the match to stand as a value does: between quotes,
	// blanks, brackets, separators. It is the default of rules with Context.
	BoundaryValue Boundary = "value"
	// BoundaryNone asks nothing; the expression has its own marks.
	BoundaryNone Boundary = "none"
)

// Position is a place in a rule file. Line and Column are 1-based; 0 is unknown.
type Position struct {
	File   string
	Line   int
	Column int
}

// String gives file:line:column, as compilers print it.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Verify tells how to find out whether a credential works, without changing
// anything at the provider.
type Verify struct {
	// None is the reason why there is no check; the rest is empty then.
	None string
	// Protocol names a check in Go for what HTTP cannot say, such as "postgres".
	Protocol string
	// Steps are the requests, one after the other; the last one decides. Empty with
	// Protocol.
	Steps []Step
	// Live and Dead are the answers that prove the credential live or dead; of each
	// list one must hold. Any other answer leaves it unknown.
	Live, Dead []Condition
	// Limited are the answers that refuse for too many requests, beside those with status
	// 429, which always do.
	Limited []Condition
	// Identity tells where the last answer names whose credential it is.
	Identity Identity
}

// Step is one request, and what later steps need of its answer.
type Step struct {
	Request Request
	// Extract fills placeholders for later steps from the answer: "json:a.b",
	// "header:name".
	Extract []Pair
}

// Request is an HTTP request with placeholders such as {{secret}}, {{basic user secret}}.
type Request struct {
	Method  string
	URL     string
	Headers []Pair
	Query   []Pair
	Form    []Pair
	// JSON is a JSON text; placeholders in its strings are escaped for JSON.
	JSON string
	// Body is sent as it is.
	Body string
}

// Pair is a name and its value, kept in the order of the names.
type Pair struct{ Name, Value string }

// Condition is something an answer must fulfil; all that is set must hold.
type Condition struct {
	// Status lists the status codes of which one must be there; empty for any.
	Status []int
	// JSON lists conditions on the body: "ok = true", "user.id" (is there),
	// "error != x".
	JSON []string
	// Header lists conditions of the same form on headers.
	Header []string
	// Body lists texts that must all occur in the body; Lacks texts that must not.
	Body, Lacks []string
}

// Identity tells where to find whose credential it is: each is "json:a.b" or
// "header:name", or empty.
type Identity struct {
	Owner    string
	Account  string
	Scopes   string
	Created  string
	Expires  string
	LastUsed string
}

// Revoke tells how to make a credential worthless.
type Revoke struct {
	// None is the reason why there is no way; Manual then says what a person does.
	None   string
	Manual string
	// Protocol names a way in Go, as in [Verify].
	Protocol string
	// Auth says whose authority the request needs.
	Auth Authority
	// Steps are the requests; the last one revokes.
	Steps []Step
	// Done are the answers that prove it; one must hold.
	Done []Condition
	// Reversible says that the step can be undone, by Undo.
	Reversible bool
	Undo       []Step
	// Then are requests for after the credential was found dead, where Steps only disable
	// it: they delete it, which cannot be undone.
	Then []Step
	// Effect says what else the call takes down. May be empty.
	Effect string
}

// FromList reports whether a step takes something by its place in a list. A list of keys
// does not tell which of them was found: whoever revokes the first destroys somebody
// else's.
func (r *Revoke) FromList() bool {
	for _, s := range r.Steps {
		for _, e := range s.Extract {
			for name := range strings.SplitSeq(strings.TrimPrefix(e.Value, "json:"), ".") {
				if _, err := strconv.Atoi(name); err == nil {
					return true
				}
			}
		}
	}
	return false
}

// Authority is whose credential a revocation needs.
type Authority string

// The authorities.
const (
	// AuthoritySelf: the found credential is enough.
	AuthoritySelf Authority = "self"
	// AuthorityNone: the call needs no credential at all.
	AuthorityNone Authority = "anonymous"
	// AuthorityAdmin: a stronger credential must be configured.
	AuthorityAdmin Authority = "admin"
	// AuthorityClient: the OAuth client's id and secret must be configured.
	AuthorityClient Authority = "client"
)

// Checks reports whether there is a way to ask the provider about a credential of the
// rule.
func (r *Rule) Checks() bool {
	return r.Verify != nil && (len(r.Verify.Steps) > 0 || r.Verify.Protocol != "")
}

// Revokes reports whether there is a call that makes a credential of the rule worthless;
// where there is none a person has to do it.
func (r *Rule) Revokes() bool {
	return r.Revoke != nil && (len(r.Revoke.Steps) > 0 || r.Revoke.Protocol != "")
}
