package detector

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/stanchsec/stanch/internal/shape"
	"github.com/stanchsec/stanch/rules"
)

// unfit says why a text of the right shape is no credential of the rule at all;
// empty if it may be one. What it says has to be certain.
func (l *layer) unfit(c *compiled, text string) string {
	if c.Digits > 0 && !rules.DigitsInRun(text, c.Digits) {
		return fmt.Sprintf("fewer than %d digits", c.Digits)
	}
	if c.Entropy > 0 && rules.Entropy(text) < c.Entropy {
		return fmt.Sprintf("entropy %.2f below %.2f bits a byte", rules.Entropy(text), c.Entropy)
	}
	for _, re := range c.allow {
		if re.MatchString(text) {
			return allowed
		}
	}
	return ""
}

// allowed is what unfit says of a text on the rule's list of those that are no secret.
const allowed = "the rule knows it as no secret"

// isToken reports whether c is one of the characters that runs are made of.
func isToken(c byte) bool { return shape.Token.Has(c) }

// Where a rule's word about its own confidence begins.
var startConfidence = map[rules.Confidence]float64{
	rules.ConfidenceHigh:   0.95,
	rules.ConfidenceMedium: 0.7,
	rules.ConfidenceLow:    0.35,
}

// judge gives a candidate its confidence and the reasons for it.
func (l *layer) judge(c *candidate, m extent) {
	c.confidence = startConfidence[c.rule.Confidence]
	switch {
	case c.rule.rank >= rankPrefix:
		c.because("shape", "it has the shape of a "+c.rule.Title, c.confidence)
	default:
		c.because("context", "it has the shape of a "+c.rule.Title+" and stands close behind its name", c.confidence)
	}
	if c.rule.sum != nil {
		if c.rule.sum.Valid(c.text) {
			c.raise("checksum", "its checksum is right", 0.99)
		} else if c.rule.sum.Observed() {
			c.unsure = true
			c.lowerTo("checksum", "its checksum is not that of other such tokens", startConfidence[rules.ConfidenceMedium])
		} else {
			c.lowerTo("checksum", "its checksum is wrong", 0.02)
			return
		}
	}
	if why := c.placeholder(); why != "" {
		c.lowerTo("placeholder", why, 0.05)
		if !c.rule.Generic && why != countsUp { // a row may well be a piece of a password
			c.refused = why
		}
		return
	}
	if c.rule.rank == rankContext {
		l.judgeName(c, m)
	}
	for _, p := range c.parts {
		if p.part.group > 0 {
			continue // the shape alone promises it
		}
		c.raise("part", "its "+p.part.Name+" stands close by", min(1, c.confidence+0.1))
	}
	if c.rule.Password {
		c.judgePassword()
	}
}

func (c *candidate) because(name, text string, weight float64) {
	c.reasons = append(c.reasons, Reason{name, text, weight})
}

func (c *candidate) raise(name, text string, to float64) {
	if to > c.confidence {
		c.because(name, text, to-c.confidence)
		c.confidence = to
	}
}

func (c *candidate) lowerTo(name, text string, to float64) {
	if to < c.confidence {
		c.because(name, text, to-c.confidence)
		c.confidence = to
	}
}

// placeholder says why a candidate is a stand-in for a credential rather than one;
// empty if it looks like one. Nobody writes words into a token and gets its sum right,
// but a structure may well hold a row of zeros, and a mere form words, too.
func (c *candidate) placeholder() string {
	body := c.text[min(c.prefix, len(c.text)):]
	if c.rule.until != nil {
		if inner := armour.ReplaceAllString(c.text, ""); len(inner) < len(c.text) {
			body = strings.Join(strings.Fields(inner), "")
		}
	}
	if len(body) < 6 {
		return ""
	}
	summed := c.rule.sum != nil && !c.unsure
	if !summed || c.rule.sum.Form() {
		if why := placeholderWord(body); why != "" {
			return why
		}
	}
	if summed && !c.rule.sum.Structure() {
		return ""
	}
	return monotony(body, c.rule.row)
}

// armour is a line of dashes that begins or ends a block of text.
var armour = regexp.MustCompile(`-{4,5} ?(?:BEGIN|END) [0-9A-Za-z /]{1,60}-{4,5}`)

// placeholderWord says which word of placeholders a text contains; empty if none.
func placeholderWord(body string) string {
	lower := strings.ToLower(body)
	for _, w := range placeholderWords {
		if strings.Contains(lower, w) {
			return fmt.Sprintf("it contains %q", w)
		}
	}
	return ""
}

// monotony says why a text is too regular for a credential; empty if it is not. A row
// of one character of the length ownRow is part of every credential of the rule.
func monotony(body string, ownRow int) string {
	longest, distinct := repetition(body)
	if longest >= ownRow {
		longest -= ownRow
	}
	switch {
	case longest >= 6 && longest*3 >= len(body) || longest >= 10:
		return "one character is repeated over and over"
	case len(body) >= 12 && distinct <= 3:
		return "it is made of hardly any different characters"
	case sequence(strings.ToLower(body)) >= max(9, len(body)/2):
		return countsUp
	}
	return ""
}

// countsUp is what monotony says of rows of characters in order.
const countsUp = "it counts up or follows the keyboard"

// placeholderWords are words that people put where a credential belongs. Each has
// at least seven letters or an unlikely sign, so that none comes up by chance in
// random text.
var placeholderWords = []string{
	"example", "sample_", "_sample", "-sample", "placeholder", "changeme", "change_me", "change-me", "your_", "your-",
	"yourtoken", "yoursecret", "yourapikey", "yourpassword", "replaceme", "replace_me", "replace-me", "insert_", "insert-",
	"redacted", "dummytoken", "dummy_", "dummy-", "_dummy", "fake_", "fake-", "_fake", "mytoken", "mysecret", "my_token",
	"my_secret", "notreal", "not-real", "not_real", "xxxxxx", "secret_here", "token_here", "key_here", "goes-here", "goes_here",
	"deadbeefdeadbeef", "00000000000", "abcdefghijklm", "test_token", "testtoken", "somesecret", "some_secret",
}

// repetition returns the length of the longest row of one character and the number
// of different characters. Blanks are no repetition: a key may be indented.
func repetition(s string) (longest, distinct int) {
	var seen [256]bool
	row := 0
	for i := range len(s) {
		if !seen[s[i]] {
			seen[s[i]] = true
			distinct++
		}
		if i > 0 && s[i] == s[i-1] && s[i] != ' ' && s[i] != '\t' {
			row++
		} else {
			row = 1
		}
		longest = max(longest, row)
	}
	return longest, distinct
}

// sequence returns the length of the longest row of characters that count up or
// down by one or go along a row of the keyboard.
func sequence(s string) int {
	longest, up, down, along := 0, 1, 1, 1
	for i := 1; i < len(s); i++ {
		up = grow(up, s[i] == s[i-1]+1 || s[i] == '0' && s[i-1] == '9' || s[i] == 'a' && s[i-1] == '9')
		down = grow(down, s[i]+1 == s[i-1])
		along = grow(along, strings.Contains(keyboard, s[i-1:i+1]))
		longest = max(longest, up, down, along)
	}
	return longest
}

const keyboard = "qwertyuiop asdfghjkl zxcvbnm 1234567890"

func grow(n int, goesOn bool) int {
	if goesOn {
		return n + 1
	}
	return 1
}
