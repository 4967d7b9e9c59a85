package workflow

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// job is what is known of a job while its steps are gone through.
type job struct {
	*checker
	name string
	// target says that the workflow runs for pull requests of strangers, with secrets.
	target bool
	env    []variable
	// written are the files that hold a secret, with its name.
	written map[string]string
	// head is the line that a stranger's code was checked out on, and ref what says so.
	head int
	ref  string
	// token is the line of a checkout that left its token in .git; 0 if there is none.
	token int
}

// variable is an environment variable that holds a secret.
type variable struct{ name, secret string }

var (
	secretRef  = regexp.MustCompile(`\$\{\{\s*(secrets\.[A-Za-z_][0-9A-Za-z_]*|secrets\[['"][^'"\]]+['"]\])\s*\}\}`)
	onlySecret = regexp.MustCompile(`^\s*` + secretRef.String() + `\s*$`)
	headRef    = regexp.MustCompile(`github\.event\.pull_request\.head\.|github\.head_ref|refs/pull/.*/(?:head|merge)`)
)

// secretEnv lists the variables of a mapping whose value is a secret.
func secretEnv(env *yaml.Node) []variable {
	var list []variable
	if env != nil && env.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(env.Content); i += 2 {
			if m := onlySecret.FindStringSubmatch(env.Content[i+1].Value); m != nil {
				list = append(list, variable{env.Content[i].Value, m[1]})
			}
		}
	}
	return list
}

// step checks one step.
func (j *job) step(s *yaml.Node) {
	if run := get(s, "run"); run != nil && run.Kind == yaml.ScalarNode {
		j.runs()
		j.script(run, append(secretEnv(get(s, "env")), j.env...))
		return
	}
	uses := get(s, "uses")
	if uses == nil {
		return
	}
	action, version, _ := strings.Cut(uses.Value, "@")
	with := get(s, "with")
	switch {
	case strings.HasPrefix(action, "./"):
		j.runs()
	case action == "actions/checkout":
		j.checkout(uses.Line, version, with)
	case action == "actions/upload-artifact", action == "actions/cache", action == "actions/cache/save":
		j.upload(action, version, with)
	}
}

// runs is called where the job runs what may have been checked out.
func (j *job) runs() {
	if j.head > 0 {
		j.report(headCheckout, j.head, j.ref, "pull_request_target", j.name)
	}
}

func (j *job) checkout(line int, version string, with *yaml.Node) {
	if ref := get(with, "ref"); j.target && ref != nil && headRef.MatchString(ref.Value) {
		j.head, j.ref = ref.Line, headRef.FindString(ref.Value)
	}
	// From version 6 on the token is kept outside the workspace. Of a commit's id the
	// version is not known.
	major, err := strconv.Atoi(strings.TrimPrefix(strings.SplitN(version, ".", 2)[0], "v"))
	if err == nil && major < 6 && value(with, "persist-credentials") != "false" && value(with, "path") == "" {
		j.token = line
	}
}

// upload checks a step that keeps files.
func (j *job) upload(action, version string, with *yaml.Node) {
	node := get(with, "path")
	if node == nil || node.Kind != yaml.ScalarNode {
		return
	}
	// Hidden files are left out since version 4.4, unless they are asked for
	// (https://github.com/actions/upload-artifact/releases/tag/v4.4.0).
	hidden := value(with, "include-hidden-files") == "true"
	if major := strings.SplitN(version, ".", 2)[0]; major == "v1" || major == "v2" || major == "v3" {
		hidden = true
	}
	for i, entry := range strings.Split(node.Value, "\n") {
		entry = strings.TrimSpace(entry)
		if entry == "" || strings.HasPrefix(entry, "!") {
			continue
		}
		line := node.Line
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			line += i + 1
		}
		dir := cleaned(entry)
		if action == "actions/upload-artifact" && j.token > 0 && dir == "." && hidden && !strings.Contains(node.Value, "!") {
			j.report(packedToken, line, entry, "token of actions/checkout", j.name)
		}
		for file, secret := range j.written {
			base := path.Base(file)
			if strings.HasPrefix(base, ".") && action == "actions/upload-artifact" && !hidden {
				continue
			}
			if (file == dir || dir == "." && !path.IsAbs(file) || strings.HasPrefix(file, dir+"/")) && !strings.Contains(node.Value, "!") {
				j.report(stored, line, entry, secret, j.name+" "+file)
			}
		}
	}
}

// cleaned is a path without what makes no difference, "." for the whole workspace.
func cleaned(p string) string {
	p = strings.TrimPrefix(strings.ReplaceAll(p, " ", ""), "${{github.workspace}}")
	p = strings.TrimPrefix(p, "/")
	for _, all := range []string{"**/*", "**", "*"} {
		p = strings.TrimSuffix(p, all)
	}
	return path.Clean("./" + p)
}
