package gitleaksimport

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/internal/glob"
)

// allowlist carries over what it can of an allowlist: of the rule that own became, or of
// all if global is set.
func (im *importer) allowlist(a *allowIn, rule string, own *ruleOut, global bool) {
	switch {
	case own == nil && !global:
		im.left(a.at, rule, "its allowlist: the rule was not carried over either")
		return
	case a.both():
		im.left(a.at, rule, "an allowlist of which several conditions must hold at once")
		return
	case !slices.Contains([]string{"", "OR", "||", "AND", "&&"}, strings.ToUpper(a.condition)):
		im.left(a.at, rule, "an allowlist with the condition %q, which gitleaks does not know", a.condition)
		return
	}
	if len(a.commits) > 0 {
		im.left(a.atCommits, rule, "commits: stanch ignores findings, not commits; ignore their fingerprints")
	}
	targets := []*ruleOut{own}
	if global {
		targets = im.out
	}
	im.allowPaths(a, rule, own)
	im.allowRegexes(a, rule, targets)
	im.allowStopwords(a, rule, targets)
	if global && len(a.regexes)+len(a.stopwords) > 0 {
		im.changed(a.at, rule, "regexes and stopwords for all rules now hold for the rules of this file, not for those that "+
			"come with stanch")
	}
}

// allowPaths turns paths into an ignore entry of the rule, or for all into excludes.
func (im *importer) allowPaths(a *allowIn, rule string, own *ruleOut) {
	var globs []string
	for _, expr := range a.paths {
		list, err := pathGlobs(expr)
		if err == nil {
			err = parseAll(list)
		}
		if err != nil {
			im.left(a.atPaths, rule, "the path %q: %v", expr, err)
			continue
		}
		globs = append(globs, list...)
	}
	switch {
	case len(globs) == 0:
	case own == nil:
		for _, g := range globs {
			if !slices.Contains(im.exclude, g) {
				im.exclude = append(im.exclude, g)
			}
		}
	default:
		reason := cmp.Or(strings.Join(strings.Fields(a.description), " "), fmt.Sprintf("allowlist of gitleaks (%s)", a.at))
		im.ignores = append(im.ignores, ignoreOut{rules: []string{own.id}, paths: globs, reason: reason})
	}
}

// parseAll sees that .stanch.toml takes the globs.
func parseAll(globs []string) error {
	for _, g := range globs {
		if _, err := glob.Parse(g); err != nil {
			return fmt.Errorf("as the glob %q %w", g, err)
		}
	}
	return nil
}

// allowRegexes adds expressions for secrets that are none.
func (im *importer) allowRegexes(a *allowIn, rule string, targets []*ruleOut) {
	if len(a.regexes) == 0 {
		return
	}
	target := strings.ToLower(a.target)
	switch target {
	case "", "secret", "match":
	default:
		im.left(a.atRegexes, rule, "regexes for the whole line (regexTarget = %q): stanch looks at the secret alone", a.target)
		return
	}
	for _, expr := range a.regexes {
		if _, err := regexp.Compile(expr); err != nil {
			im.left(a.atRegexes, rule, "the allowed expression %q: %v", expr, err)
			continue
		}
		for _, r := range targets {
			if target == "match" && r.grouped {
				im.left(a.atTarget, r.was, "regexes for the whole match: its secret is only a part of the match")
				continue
			}
			r.addAllow(expr)
		}
	}
}

// allowStopwords adds words that no secret has, in any letter case.
func (im *importer) allowStopwords(a *allowIn, rule string, targets []*ruleOut) {
	for _, word := range a.stopwords {
		if word == "" {
			im.left(a.atStopwords, rule, "an empty stopword")
			continue
		}
		for _, r := range targets {
			r.addAllow("(?i)" + regexp.QuoteMeta(word))
		}
	}
}

func (r *ruleOut) addAllow(expr string) {
	if !slices.Contains(r.allow, expr) {
		r.allow = append(r.allow, expr)
	}
}
