package gitleaksimport

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/rules"
)

// ruleOut is a rule as stanch has it.
type ruleOut struct {
	was   string // its id in gitleaks' configuration
	id    string
	title string
	// description is empty where the title says it all.
	description string
	regex       string
	grouped     bool // the secret is a group, not the whole match
	entropy     float64
	tags        []string
	paths       []string
	allow       []string
	// anchors or context is set where the expression alone does not wake the rule.
	anchors, context []string
}

// ignoreOut is an [[ignore]] entry of .stanch.toml.
type ignoreOut struct {
	rules, paths []string
	reason       string
}

// convert turns what was read into what is written.
func (im *importer) convert() {
	for _, in := range im.rules {
		if in.out = im.rule(in); in.out != nil {
			im.out = append(im.out, in.out)
			im.ids[in.out.id] = true
		}
	}
	for _, in := range im.rules {
		for _, a := range in.allowlists {
			im.allowlist(a, in.id, in.out, false)
		}
	}
	for _, a := range im.allowlists {
		im.global(a)
	}
}

// find returns what became of the rule of an id, nil if nothing did.
func (im *importer) find(id string) *ruleOut {
	for _, r := range im.out {
		if r.was == id {
			return r
		}
	}
	return nil
}

// rule turns a rule into one of ours, nil if that cannot be.
func (im *importer) rule(in *ruleIn) *ruleOut {
	switch {
	case strings.TrimSpace(in.id) == "":
		im.left(in.at, "", "a rule without an id")
		return nil
	case im.find(in.id) != nil:
		im.left(in.at, in.id, "there is another rule of that id")
		return nil
	case in.regex == "" && in.path != "":
		im.left(in.atPath, in.id, "it is about files by their name alone, and stanch looks for credentials")
		return nil
	case in.regex == "":
		im.left(in.at, in.id, "it changes a rule that comes with gitleaks; stanch has its own rules")
		return nil
	case in.skipReport:
		im.left(in.at, in.id, "skipReport: it only serves other rules; with stanch it would be a [[rule.part]] of theirs")
		return nil
	}
	r := &ruleOut{was: in.id, entropy: in.entropy}
	if !im.expression(in, r) {
		return nil
	}
	im.name(in, r)
	im.paths(in, r)
	for _, tag := range in.tags {
		if tag != "" && !slices.Contains(r.tags, tag) {
			r.tags = append(r.tags, tag)
		}
	}
	for _, pos := range in.required {
		im.left(pos, in.id, "that another rule must match nearby: the rule now reports on its own; [[rule.part]] with "+
			"required = true does that in stanch")
	}
	if !im.wake(in, r) {
		return nil
	}
	return r
}

// expression turns the expression into one of ours: with an end, and with the secret as
// a named group.
func (im *importer) expression(in *ruleIn, r *ruleOut) bool {
	expr, used, err := bound(in.regex)
	if err != nil {
		im.left(in.atRegex, in.id, "%v", err)
		return false
	}
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		im.left(in.atRegex, in.id, "the expression is not valid: %v", err)
		return false
	}
	groups := re.MaxCap()
	switch {
	case in.group < 0 || in.group > int64(groups):
		im.left(in.atGroup, in.id, "its secretGroup is %d, and the expression has %d groups", in.group, groups)
		return false
	case groups == 0:
	case alwaysSays(expr, max(int(in.group), 1)):
		// Without a secretGroup gitleaks takes the first group that is not empty.
		expr, r.grouped = nameGroup(expr, max(int(in.group), 1)), true
	default:
		expr = nameGroup(expr, 0)
		im.changed(in.atRegex, in.id, "the secret is the whole match, since not every match has the group that gitleaks takes")
	}
	if used > 0 {
		im.changed(in.atRegex, in.id, "repetitions without an end now end at %d", used)
	}
	r.regex = expr
	return true
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// name gives the rule an id and a title.
func (im *importer) name(in *ruleIn, r *ruleOut) {
	r.id = strings.Trim(notID.ReplaceAllString(strings.ToLower(in.id), "-"), "-")
	if r.id == "" {
		r.id = "rule"
	}
	taken := func(id string) bool {
		return im.ids[id] || im.options.Taken != nil && im.options.Taken(id)
	}
	if taken(r.id) {
		base := im.options.Provider + "-" + r.id
		r.id = base
		for n := 2; taken(r.id); n++ {
			r.id = fmt.Sprintf("%s-%d", base, n)
		}
	}
	if r.id != in.id {
		im.changed(in.at, in.id, "the id is now %s", r.id)
	}
	r.title = strings.Join(strings.Fields(in.description), " ")
	if r.title == "" {
		r.title = in.id
	}
	const maxTitle = 70
	if len([]rune(r.title)) > maxTitle {
		r.title, r.description = in.id, r.title
	}
	r.title = strings.TrimSuffix(r.title, ".")
}

// paths turns the path expression of a rule into globs.
func (im *importer) paths(in *ruleIn, r *ruleOut) {
	if in.path == "" {
		return
	}
	globs, rooted, err := ruleGlobs(in.path)
	if err != nil {
		im.left(in.atPath, in.id, "the path: %v; the rule now looks at all files", err)
		return
	}
	if rooted {
		im.changed(in.atPath, in.id, "the path may now begin at any folder, not only at the root")
	}
	r.paths = globs
}

// wake finds what wakes the rule, and sees that the loader takes it. In gitleaks one of
// the keywords must stand anywhere in the file, in any letter case; here the loader finds
// literals in the expression, which is as good and needs no list. Only where there are
// none do the keywords count.
func (im *importer) wake(in *ruleIn, r *ruleOut) bool {
	first := im.problem(r)
	if first == nil {
		return true
	}
	if r.anchors = in.keywords; len(r.anchors) > 0 && im.problem(r) == nil {
		return true
	}
	r.anchors = nil
	for _, word := range in.keywords {
		r.context = append(r.context, word)
		if im.problem(r) != nil {
			r.context = r.context[:len(r.context)-1]
		}
	}
	if len(r.context) == 0 {
		im.left(in.at, in.id, "%s", message(first))
		return false
	}
	im.changed(in.at, in.id, "of the keywords %s one must now stand within %d bytes before the match, not anywhere in the file",
		strings.Join(r.context, ", "), contextNear)
	return true
}

// contextNear is the greatest distance that the loader allows.
const contextNear = 200

// problem is what the loader has against a rule.
func (im *importer) problem(r *ruleOut) error {
	var b tomlWriter
	im.header(&b)
	im.writeRule(&b, r)
	_, err := rules.Parse("imported.toml", b.Bytes())
	return err
}

// message is the loader's message without the place in a file that does not exist.
func message(err error) string {
	var problems rules.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		return err.Error()
	}
	p := problems[0]
	if p.Hint != "" {
		return p.Message + " (" + p.Hint + ")"
	}
	return p.Message
}

// global carries over an allowlist that is for several rules or all.
func (im *importer) global(a *allowIn) {
	if len(a.targetRules) == 0 {
		im.allowlist(a, "", nil, true)
		return
	}
	for _, id := range a.targetRules {
		own := im.find(id)
		if own == nil {
			im.left(a.atTargetRuleIDs, id, "an allowlist for it: the rule was not carried over either")
			continue
		}
		im.allowlist(a, id, own, false)
	}
}
