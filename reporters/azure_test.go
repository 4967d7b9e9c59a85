package reporters

import (
	"strings"
	"testing"
)

// parseIssues reads lines as the agent does
// (https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Command.cs): the
// first "##vso[" of a line begins a command, the next "]" ends its head. It holds that each is an issue.
func parseIssues(t testing.TB, text []byte) []command {
	t.Helper()
	var list []command
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		before, rest, ok := strings.Cut(line, "##vso[")
		if !ok {
			if strings.Contains(line, "##[") {
				t.Errorf("the agent acts upon %q", line)
			}
			continue
		}
		head, message, ok := strings.Cut(rest, "]")
		properties, isIssue := strings.CutPrefix(head, "task.logissue ")
		if before != "" || !ok || !isIssue || strings.Contains(message, "##vso[") {
			t.Errorf("line %q", line)
			continue
		}
		c := command{message: strings.NewReplacer("%0D", "\r", "%0A", "\n", "%AZP25", "%").Replace(message), properties: map[string]string{}}
		for p := range strings.SplitSeq(strings.TrimSuffix(properties, ";"), ";") {
			name, value, ok := strings.Cut(p, "=")
			if !ok || !strings.Contains(" type code sourcepath linenumber columnnumber ", " "+name+" ") || c.properties[name] != "" {
				t.Errorf("property %q in %q", p, line)
			}
			c.properties[name] = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%5D", "]", "%3B", ";", "%AZP25", "%").Replace(value)
		}
		list = append(list, c)
	}
	return list
}

func TestAzure(t *testing.T) {
	issues := parseIssues(t, write(t, "azure", sample(), Options{}))
	var kinds []string
	for _, c := range issues {
		kinds = append(kinds, c.properties["type"])
	}
	if got, want := strings.Join(kinds, " "), "warning error error error warning warning"; got != want {
		t.Errorf("kinds %s, want %s", got, want)
	}
	if c := issues[1]; c.properties["sourcepath"] != "deploy/values.yml" || c.properties["linenumber"] != "12" ||
		c.properties["columnnumber"] != "11" || c.properties["code"] != "github-pat-classic" {
		t.Errorf("the gravest: %+v", c)
	}
	if c := issues[5]; c.properties["sourcepath"] != "" {
		t.Errorf("in a log: %+v", c)
	}
}

// No text from outside ends a command, begins one, or adds a property.
func TestAzureInjection(t *testing.T) {
	for _, evil := range []string{
		"a]##vso[task.setvariable variable=PATH]b", "a\n##vso[task.complete]", "a;type=x", "##[command]x", "%0A##vso[x]", "%5D",
	} {
		for _, c := range parseIssues(t, write(t, "azure", hostileReport(evil, evil, 0, 0), Options{})) {
			want := azureNested.Replace(visible(evil))
			if p := c.properties["sourcepath"]; p != "" && p != want {
				t.Errorf("path %q, want %q", p, want)
			}
		}
	}
}
