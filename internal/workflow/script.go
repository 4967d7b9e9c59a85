package workflow

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	hereDocument = regexp.MustCompile(`<<-?\s*\\?['"]?([A-Za-z_][0-9A-Za-z_]*)['"]?`)
	assignment   = regexp.MustCompile(`^(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)*)?[A-Za-z_][0-9A-Za-z_]*=`)
	redirection  = regexp.MustCompile(`[^0-9&>]>>?\s*(["']?)([^\s"'|&;<>]+)`)
)

// shellWords are commands that start no process, so that what they are given is on no command
// line that others see.
var shellWords = []string{
	"echo", "printf", "[", "[[", "if", "elif", "while", "until", "test", "case", "for", "read", "set", ":", "then", "else", "return", "eval", "{", "(", "!",
}

// script checks the commands of a step. env are the variables that hold secrets there.
func (j *job) script(run *yaml.Node, env []variable) {
	first := run.Line
	if run.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		first++
	}
	end := "" // of the here-document that the line is in
	lines := strings.Split(run.Value, "\n")
	for i := 0; i < len(lines); i++ {
		line := first + i
		text := lines[i]
		if end != "" {
			if strings.TrimSpace(text) == end {
				end = ""
			}
			continue
		}
		for strings.HasSuffix(text, "\\") && i+1 < len(lines) {
			i++
			text = text[:len(text)-1] + " " + strings.TrimSpace(lines[i])
		}
		if m := hereDocument.FindStringSubmatch(text); m != nil {
			end = m[1]
			continue
		}
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		j.command(line, text, env)
	}
}

// command checks one line of a script, which begins on the given line of the file.
func (j *job) command(line int, text string, env []variable) {
	word := strings.Fields(text)[0]
	prints := (word == "echo" || word == "printf") && !strings.Contains(text, "::add-mask::")
	// A line of several commands, or with a substitution, is left alone, but for where it
	// writes to.
	simple := !strings.ContainsAny(text, "|;&`") && !strings.Contains(text, "$(")
	target := ""
	if m := redirection.FindStringSubmatch(text); m != nil {
		target = m[2]
	}
	for _, m := range secretRef.FindAllStringSubmatch(text, -1) {
		switch {
		case prints && simple && target == "":
			j.report(printed, j.lineOf(line, m[0]), m[0], m[1], j.name+" "+word)
		case prints && target != "":
			j.writes(target, m[1])
		case simple && !assignment.MatchString(text) && !slices.Contains(shellWords, word):
			j.report(argument, j.lineOf(line, m[0]), m[0], m[1], j.name+" "+word)
		}
	}
	if !prints {
		return
	}
	for _, v := range env {
		ref := regexp.MustCompile(`\$(?:\{` + regexp.QuoteMeta(v.name) + `\}|` + regexp.QuoteMeta(v.name) + `\b)`)
		m := ref.FindStringIndex(text)
		if m == nil || strings.Count(text[:m[0]], "'")%2 == 1 && strings.Count(text[:m[0]], `"`)%2 == 0 {
			continue // it is not there, or between single quotes, where the shell leaves it
		}
		if m[0] > 0 && text[m[0]-1] == '\\' {
			continue
		}
		switch {
		case target != "":
			j.writes(target, v.secret)
		case simple:
			at := text[m[0]:m[1]]
			j.report(printed, j.lineOf(line, at), at, v.secret, j.name+" "+word)
		}
	}
}

// lineOf is the line of the file, from the given one on, on which mark stands: a command may
// go over several.
func (j *job) lineOf(line int, mark string) int {
	const most = 50
	for i := line; i <= len(j.lines) && i < line+most; i++ {
		if strings.Contains(j.lines[i-1], mark) {
			return i
		}
	}
	return line
}

// writes notes that a file of the workspace gets a secret.
func (j *job) writes(file, secret string) {
	if strings.ContainsAny(file, "$~") || strings.HasPrefix(file, "/") {
		return // the runner's own files, and what is outside
	}
	j.written[path.Clean(file)] = secret
}
