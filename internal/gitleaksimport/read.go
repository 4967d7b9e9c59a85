package gitleaksimport

import (
	"strings"

	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/rules"
)

// ruleIn is a rule of gitleaks.
type ruleIn struct {
	id, description, regex, path string
	group                        int64
	entropy                      float64
	keywords, tags               []string
	skipReport                   bool
	required                     []rules.Position
	allowlists                   []*allowIn

	at, atRegex, atPath, atGroup rules.Position

	out *ruleOut // what became of it, nil if it was left out
}

// allowIn is an allowlist of gitleaks, of a rule or for all.
type allowIn struct {
	description, condition, target         string
	commits, paths, regexes, stopwords     []string
	targetRules                            []string
	at, atCommits, atPaths, atRegexes      rules.Position
	atStopwords, atTarget, atTargetRuleIDs rules.Position
}

// read takes everything out of the configuration.
func (im *importer) read(t *tomlread.Table) {
	// What the file is called and which gitleaks reads it says nothing about secrets.
	for _, key := range []string{"title", "description", "minVersion"} {
		t.Has(key)
	}
	im.readExtend(t.Table("extend"))
	for _, r := range t.Tables("rules") {
		im.rules = append(im.rules, im.readRule(r))
	}
	im.allowlists = im.readAllowlists(t, "", true)
	im.rest(t, "")
}

func (im *importer) readExtend(t *tomlread.Table) {
	if t == nil {
		return
	}
	if use, _ := t.Bool("useDefault"); use {
		im.left(im.position(t, "useDefault"), "", "the rules that come with gitleaks: stanch has its own, which are on by default")
	}
	for _, key := range []string{"path", "url"} {
		if from, ok := t.String(key); ok {
			im.left(im.position(t, key), "", "what %q holds: import that file too", from)
		}
	}
	if disabled := t.Strings("disabledRules"); len(disabled) > 0 {
		im.left(im.position(t, "disabledRules"), "", "that %s are off: the ids of stanch's rules are others; see \"stanch rules "+
			"list\" and disable-rules", strings.Join(disabled, ", "))
	}
	im.rest(t, "")
}

func (im *importer) readRule(t *tomlread.Table) *ruleIn {
	r := &ruleIn{
		at: im.position(t, ""), atRegex: im.position(t, "regex"), atPath: im.position(t, "path"),
		atGroup: im.position(t, "secretGroup"),
	}
	r.id, _ = t.String("id")
	r.description, _ = t.String("description")
	r.regex, _ = t.String("regex")
	r.path, _ = t.String("path")
	r.group, _ = t.Int("secretGroup")
	r.entropy, _ = t.Float("entropy")
	r.keywords = t.Strings("keywords")
	r.tags = t.Strings("tags")
	r.skipReport, _ = t.Bool("skipReport")
	for _, other := range t.Tables("required") {
		r.required = append(r.required, im.position(other, ""))
		for _, key := range []string{"id", "withinLines", "withinColumns"} {
			other.Has(key)
		}
		im.rest(other, r.id)
	}
	r.allowlists = im.readAllowlists(t, r.id, false)
	im.rest(t, r.id)
	return r
}

// readAllowlists reads the allowlists of a table, in both the old form and the new.
func (im *importer) readAllowlists(t *tomlread.Table, rule string, global bool) []*allowIn {
	tables := t.Tables("allowlists")
	if old := t.Table("allowlist"); old != nil {
		tables = append(tables, old)
	}
	var list []*allowIn
	for _, t := range tables {
		a := &allowIn{
			at: im.position(t, ""), atCommits: im.position(t, "commits"), atPaths: im.position(t, "paths"),
			atRegexes: im.position(t, "regexes"), atStopwords: im.position(t, "stopwords"),
			atTarget: im.position(t, "regexTarget"), atTargetRuleIDs: im.position(t, "targetRules"),
		}
		a.description, _ = t.String("description")
		a.condition, _ = t.String("condition")
		a.target, _ = t.String("regexTarget")
		a.commits = t.Strings("commits")
		a.paths = t.Strings("paths")
		a.regexes = t.Strings("regexes")
		a.stopwords = t.Strings("stopwords")
		if global {
			a.targetRules = t.Strings("targetRules")
		}
		im.rest(t, rule)
		list = append(list, a)
	}
	return list
}

// both reports whether all criteria must hold at once, and there are several.
func (a *allowIn) both() bool {
	kinds := 0
	for _, list := range [][]string{a.commits, a.paths, a.regexes, a.stopwords} {
		if len(list) > 0 {
			kinds++
		}
	}
	condition := strings.ToUpper(a.condition)
	return kinds > 1 && (condition == "AND" || condition == "&&")
}
