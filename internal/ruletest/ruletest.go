// Package ruletest runs the examples of rules: each text of match must give exactly
// one finding of its rule with the secret that was put into it, each of no-match
// none. In go rules, out come [rules.Problems].
package ruletest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Run runs the examples of each rule of check against all rules of set, of which
// check is a part. The made-up secrets are the same in every run.
func Run(check, set []*rules.Rule) (rules.Problems, error) {
	d, err := detector.New(set, detector.WithMinConfidence(0.2))
	if err != nil {
		return nil, err
	}
	var problems rules.Problems
	for _, r := range check {
		m, err := rules.NewMaker(r)
		if err != nil {
			return nil, err
		}
		t := tester{d: d, rule: r, maker: m, rng: rand.New(rand.NewPCG(seed(r.ID), 0))}
		for _, text := range r.Match {
			t.match(text)
		}
		for _, text := range r.NoMatch {
			t.noMatch(text)
		}
		problems = append(problems, t.problems...)
	}
	return problems, nil
}

// seed makes a rule's random numbers depend on nothing but its id.
func seed(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

type tester struct {
	d        *detector.Detector
	rule     *rules.Rule
	maker    *rules.Maker
	rng      *rand.Rand
	problems rules.Problems
}

func (t *tester) problem(hint, format string, args ...any) {
	t.problems = append(t.problems, rules.Problem{
		Position: t.rule.Position, Rule: t.rule.ID, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// scan looks through an example as a document that the rule accepts.
func (t *tester) scan(example string) (found []detector.Finding, secret string, ok bool) {
	text, secret, err := t.maker.Fill(example, t.rng)
	if err != nil {
		t.problem("", "example %q: %v", example, err)
		return nil, "", false
	}
	doc := detector.Document{Data: []byte(text), Location: detector.Location{Path: pathFor(t.rule)}}
	found, err = t.d.Scan(context.Background(), doc)
	if err != nil {
		t.problem("make the expression simpler", "example %q: %v", example, err)
		return nil, "", false
	}
	return found, secret, true
}

func (t *tester) match(example string) {
	found, secret, ok := t.scan(example)
	if !ok {
		return
	}
	n := 0
	var others []string
	for _, f := range found {
		if f.Rule.ID != t.rule.ID {
			others = append(others, f.Rule.ID)
			continue
		}
		n++
		if secret != "" && f.Secret.Reveal() != secret {
			t.problem("name the credential's part of the expression (?P<secret>…)",
				"example %q: it finds %s, not the secret of %d bytes", example, f.Secret, len(secret))
		}
	}
	switch {
	case n == 0 && len(others) > 0:
		t.problem("stanch explain tells why", "example %q: found by %s instead", example, strings.Join(others, ", "))
	case n == 0:
		t.problem("stanch explain tells why", "example %q does not match", example)
	case n > 1:
		t.problem("", "example %q gives %d findings, not one", example, n)
	}
}

func (t *tester) noMatch(example string) {
	found, _, ok := t.scan(example)
	if !ok {
		return
	}
	for _, f := range found {
		if f.Rule.ID == t.rule.ID {
			t.problem("", "example %q of no-match matches", example)
			return
		}
	}
}

// pathFor is a path that the rule's globs accept.
func pathFor(r *rules.Rule) string {
	if len(r.Paths) == 0 {
		return "config.txt"
	}
	return strings.NewReplacer("**/", "", "*", "x", "?", "x", "{", "", "}", "").Replace(strings.SplitN(r.Paths[0], ",", 2)[0])
}
