package triage

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/glob"
)

// Marker is the text that ignores the findings on its line, or on the line after if its
// own line is nothing but that comment:
//
//	stanch:ignore                          all findings
//	stanch:ignore -- reason                all findings, with a reason
//	stanch:ignore RULE[,RULE...]           those of the rules, in which * and ? are wildcards
//	stanch:ignore RULE[,RULE...] reason    the same with a reason; "--" before it is optional
//
// The first word is always taken for a rule. If it is none, nothing is ignored.
const Marker = "stanch:ignore"

// foreignMarker is what gitleaks heeds, on the line of the finding alone.
// See "gitleaks:allow" in https://github.com/gitleaks/gitleaks#gitleaksallow.
const foreignMarker = "gitleaks:allow"

// Marked reports whether text has a marker at all. It is cheap; where it is false
// there is no need to cut out lines for [Inline].
func Marked(text []byte) bool {
	return bytes.Contains(text, []byte(Marker)) || bytes.Contains(text, []byte(foreignMarker))
}

// Comment is a marker with what belongs to it.
type Comment struct {
	// Rules are the rules it is about, in lower case, "*" and "?" being wildcards; empty for all.
	Rules []string
	// Reason is the text behind, as it stands there: it may hold anything.
	Reason string
}

// Covers reports whether the comment is about the findings of a rule.
func (c Comment) Covers(rule string) bool {
	return len(c.Rules) == 0 || slices.ContainsFunc(c.Rules, func(name string) bool {
		n, err := glob.ParseName(name)
		return err == nil && n.Fits(rule)
	})
}

// Inline tells whether a comment ignores a finding of a rule. line is the line that the
// finding stands on, or what of a long line surrounds it, and before the line before,
// "" if there is none; of a finding that stretches over several lines, line may be the
// first or the last. secrets is all that was found in the two lines, decoded and as it
// stands there: the reason never shows any of it.
//
// Where the answer is no, others lists the rules that comments name instead.
func Inline(line, before, rule string, secrets ...detector.Secret) (s *detector.Suppression, others []string) {
	for _, c := range Comments(line, before) {
		if c.Covers(rule) {
			return &detector.Suppression{Kind: KindInline, Reason: clean(c.Reason, secrets)}, nil
		}
		others = append(others, c.Rules...)
	}
	return nil, others
}

// Comments lists the markers that hold for a line, its own first; before is the line
// before.
func Comments(line, before string) []Comment {
	list := onLine(line)
	if rest, ok := onlyMarker(before); ok {
		list = append(list, parseComment(rest))
	}
	return list
}

// onLine lists the markers within a line.
func onLine(line string) []Comment {
	var list []Comment
	for rest := line; ; {
		i := strings.Index(rest, Marker)
		if i < 0 {
			break
		}
		tail := rest[i+len(Marker):]
		if standsAlone(rest[:i], tail) {
			own := quoted(rest[:i], tail)
			if next := strings.Index(own, Marker); next >= 0 {
				own = own[:next]
			}
			list = append(list, parseComment(own))
		}
		rest = tail
	}
	if strings.Contains(line, foreignMarker) {
		list = append(list, Comment{Reason: foreignMarker})
	}
	return list
}

// quoted cuts the text behind a marker where the string literal ends that the marker
// begins, as in JSON, which has no comments.
func quoted(before, tail string) string {
	before = strings.TrimRight(before, " ")
	if before == "" || !strings.Contains("\"'`", before[len(before)-1:]) {
		return tail
	}
	inside, _, _ := strings.Cut(tail, before[len(before)-1:])
	return inside
}

// standsAlone reports whether a marker between the two texts is a word of its own.
func standsAlone(before, after string) bool {
	b, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(before, "-"))
	a, _ := utf8.DecodeRuneInString(strings.TrimPrefix(after, "-"))
	return !isWord(b) && !isWord(a)
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// leaders are the characters that comments begin with, and leaderWords the words.
const leaders = "#/*;%'!<-{(@.:"

var leaderWords = []string{"rem ", "dnl "}

// closers end a comment before its line ends.
var closers = []string{"--%>", "--}}", "-->", "*/", "#}", "*)", "-}", "%>", "*@", "}}", "#>"}

// onlyMarker reports whether a line is a comment that begins with the marker, with
// nothing behind the comment, and returns what follows the marker. A comment that has
// something else before it speaks of that, not of the next line.
func onlyMarker(line string) (rest string, ok bool) {
	line = strings.TrimSpace(line)
	body := strings.TrimLeft(line, leaders)
	for _, w := range leaderWords {
		if len(line) >= len(w) && strings.EqualFold(line[:len(w)], w) {
			body = line[len(w):]
		}
	}
	if body == line {
		return "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(body), Marker)
	if !ok || !standsAlone("", rest) {
		return "", false
	}
	_, behind, closed := cutCloser(rest)
	return rest, !closed || strings.TrimSpace(behind) == ""
}

// cutCloser cuts s where a comment ends first.
func cutCloser(s string) (inside, behind string, closed bool) {
	at, length := len(s), 0
	for _, c := range closers {
		if i := strings.Index(s, c); i >= 0 && (i < at || i == at && len(c) > length) {
			at, length = i, len(c)
		}
	}
	return s[:at], s[at+length:], length > 0
}

// parseComment reads what follows a marker.
func parseComment(rest string) Comment {
	rest, _, _ = cutCloser(rest)
	rest = strings.TrimSpace(strings.TrimPrefix(rest, ":"))
	var c Comment
	for rest != "" && !strings.HasPrefix(rest, "-") {
		end := strings.IndexFunc(rest, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("-*?", r) })
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			break
		}
		c.Rules = append(c.Rules, strings.ToLower(rest[:end]))
		behind := strings.TrimLeft(rest[end:], " \t")
		next, more := strings.CutPrefix(behind, ",")
		rest = strings.TrimSpace(next)
		if !more {
			break
		}
	}
	c.Reason = strings.TrimFunc(rest, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("-–—:#/;", r)
	})
	return c
}

// maxReason is how many characters of a reason are kept.
const maxReason = 200

// clean makes a reason fit to be shown: without the secrets, without anything else that
// is shaped like one, on one line and of bounded length.
func clean(reason string, secrets []detector.Secret) string {
	for _, s := range longestFirst(secrets) {
		if !s.IsZero() {
			reason = strings.ReplaceAll(reason, s.Reveal(), s.Redacted())
		}
	}
	reason = maskRuns(strings.ToValidUTF8(reason, ""))
	reason = strings.Join(strings.FieldsFunc(reason, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(reason); len(runes) > maxReason {
		reason = string(runes[:maxReason-1]) + "…"
	}
	return reason
}

// longestFirst orders secrets so that one within another leaves nothing of the outer.
func longestFirst(secrets []detector.Secret) []detector.Secret {
	sorted := slices.Clone(secrets)
	slices.SortStableFunc(sorted, func(a, b detector.Secret) int { return b.Len() - a.Len() })
	return sorted
}

// minRun is the length from which a run of letters and digits may be a secret.
const minRun = 16

// maskRuns replaces what could be a secret that no rule found, or the encoded form of
// one: long runs of letters and digits with at least one of both.
func maskRuns(s string) string {
	inRun := func(r rune) bool {
		return r < utf8.RuneSelf && (isWord(r) || r == '+' || r == '=')
	}
	var b strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, func(r rune) bool { return !inRun(r) })
		if end < 0 {
			end = len(s)
		}
		run := s[:end]
		if len(run) >= minRun && strings.ContainsFunc(run, unicode.IsDigit) && strings.ContainsFunc(run, unicode.IsLetter) {
			run = "…"
		}
		b.WriteString(run)
		s = s[end:]
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}
