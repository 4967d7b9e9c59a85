// Package workflow finds mistakes in workflows of GitHub Actions by which secrets leak.
//
// In goes the text of a workflow file; out come findings. They are no credentials, but go
// the way of those: a finding's rule names the mistake and says how to mend it, its secret is
// empty, and its fingerprint tells the mistake, what is at risk, the job and the file. So
// baselines, the gate, ignore entries and all reports work for them as they are. There is
// nothing to ask a provider about and nothing to revoke.
//
// The checks know what is certain and no more: a secret that is passed on by a script that
// the workflow calls, for example, is not seen.
package workflow

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Provider is that of the rules of this package.
const Provider = "workflow"

const docs = "https://docs.github.com/en/actions/reference/security/secure-use"

func rule(id string, severity rules.Severity, title, fix string) *rules.Rule {
	return &rules.Rule{
		ID: "workflow-" + id, Provider: Provider, Title: title, Description: fix, Severity: severity,
		Confidence: rules.ConfidenceHigh, Docs: []string{docs}, Tags: []string{"ci"},
	}
}

// The rules. Descriptions say how to mend what was found.
var (
	printed = rule("secret-printed", rules.High, "Workflow step prints a secret",
		"Remove the command. To tell whether the secret is set, print that it is, not its value.")
	argument = rule("secret-argument", rules.Low, "Workflow passes a secret on a command line",
		"Put the secret into the step's env and refer to it as a shell variable, or pass it by standard input: arguments "+
			"are visible to all processes, and the expression is pasted into the script as text.")
	stored = rule("secret-stored", rules.High, "Workflow packs a file with a secret into an artifact or cache",
		"Leave the file out of the path, or delete it before the upload: who can read the repository can download it.")
	headCheckout = rule("untrusted-checkout", rules.Critical, "Workflow runs a stranger's code with the repository's secrets",
		"Use pull_request instead of pull_request_target, or do not check out the head of the pull request where the job "+
			"runs anything.")
	allSecrets = rule("all-secrets", rules.High, "Workflow hands over all secrets at once",
		"Name the secrets that are needed instead of toJSON(secrets).")
	packedToken = rule("checkout-token-packed", rules.High, "Workflow packs the checkout's token into an artifact",
		"Set persist-credentials: false for actions/checkout, or upload single folders instead of the whole workspace with "+
			"its .git folder.")
)

// Rules lists the rules of this package.
func Rules() []*rules.Rule {
	return []*rules.Rule{printed, argument, stored, headCheckout, allSecrets, packedToken}
}

// IsWorkflow reports whether a path, with forward slashes, is that of a workflow.
func IsWorkflow(name string) bool {
	dir, base := path.Split("/" + name)
	ok := strings.HasSuffix(base, ".yml") || strings.HasSuffix(base, ".yaml")
	return ok && strings.HasSuffix(dir, "/.github/workflows/")
}

// Check looks through a workflow. The error says that the text is no YAML; text that is, but
// no workflow, has no findings. A nil key means [detector.DefaultKey].
func Check(name string, text []byte, key detector.Key) ([]detector.Finding, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: no valid YAML", name)
	}
	c := &checker{name: name, key: key, lines: strings.Split(string(text), "\n")}
	if len(root.Content) == 1 {
		c.workflow(root.Content[0])
	}
	return c.found, nil
}

type checker struct {
	name  string
	key   detector.Key
	lines []string
	found []detector.Finding
}

// report reports a mistake on a line, 1-based, where mark stands; subject is what is at
// risk. What stands there twice is told once.
func (c *checker) report(r *rules.Rule, line int, mark, subject, where string) {
	text := ""
	if line >= 1 && line <= len(c.lines) {
		text = strings.TrimRight(c.lines[line-1], "\r")
	}
	start := max(0, strings.Index(text, mark))
	end := start
	if strings.HasPrefix(text[start:], mark) {
		end += len(mark)
	}
	offset := 0
	for _, l := range c.lines[:min(max(0, line-1), len(c.lines))] {
		offset += len(l) + 1
	}
	// Where the mistake is made is part of what it is: else all uses of a secret were one.
	identity := detector.NewSecret(r.ID+"\x00"+c.name+"\x00"+where+"\x00"+subject, 0)
	f := detector.Finding{
		Rule: r, Fingerprint: c.key.Fingerprint(Provider, identity),
		Confidence: 1, Reasons: []detector.Reason{{Name: "workflow", Text: subject + ": " + r.Description, Weight: 1}},
		Places: []detector.Place{{
			Location: detector.Location{Path: c.name},
			Span: detector.Span{
				Start: int64(offset + start), End: int64(offset + end),
				StartLine: line, StartColumn: columns(text[:start]) + 1, EndLine: line, EndColumn: columns(text[:end]) + 1,
			},
			Excerpt: text, MarkStart: start, MarkEnd: end,
		}},
	}
	for _, g := range c.found {
		if g.Rule == r && g.Fingerprint == f.Fingerprint {
			return
		}
	}
	c.found = append(c.found, f)
}

func columns(s string) int { return len(utf16.Encode([]rune(s))) }

// get is the value of a key of a mapping; nil if there is none.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v := n.Content[i+1]
			if v.Kind == yaml.AliasNode {
				v = v.Alias
			}
			return v
		}
	}
	return nil
}

func value(n *yaml.Node, keys ...string) string {
	for _, k := range keys {
		n = get(n, k)
	}
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// has reports whether a trigger is among those of the workflow.
func has(on *yaml.Node, trigger string) bool {
	if on == nil {
		return false
	}
	if on.Kind == yaml.ScalarNode {
		return on.Value == trigger
	}
	step := 1
	if on.Kind == yaml.MappingNode {
		step = 2
	}
	for i := 0; i < len(on.Content); i += step {
		if on.Content[i].Value == trigger {
			return true
		}
	}
	return false
}

var everySecret = regexp.MustCompile(`(?i)\$\{\{[^}]*\btoJSON\(\s*secrets\s*\)`)

// workflow checks all.
func (c *checker) workflow(root *yaml.Node) {
	jobs := get(root, "jobs")
	if jobs == nil || jobs.Kind != yaml.MappingNode {
		return
	}
	for i, text := range c.lines {
		if m := everySecret.FindString(text); m != "" && !strings.HasPrefix(strings.TrimSpace(text), "#") {
			c.report(allSecrets, i+1, m, "toJSON(secrets)", strings.TrimSpace(text))
		}
	}
	target := has(get(root, "on"), "pull_request_target")
	for i := 0; i+1 < len(jobs.Content); i += 2 {
		j := &job{checker: c, name: jobs.Content[i].Value, target: target, written: map[string]string{}}
		j.env = append(secretEnv(get(root, "env")), secretEnv(get(jobs.Content[i+1], "env"))...)
		if steps := get(jobs.Content[i+1], "steps"); steps != nil && steps.Kind == yaml.SequenceNode {
			for _, s := range steps.Content {
				if s.Kind == yaml.AliasNode {
					s = s.Alias
				}
				j.step(s)
			}
		}
	}
}
