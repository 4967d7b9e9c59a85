package reporters

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// writeAzure writes logging commands that Azure Pipelines makes issues of its run from
// (https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#logissue-log-an-error-or-warning):
// one for each new finding, an error for what the github format calls one, else a warning.
// Where nothing is wrong it writes a single line that is no command.
func writeAzure(w *bufio.Writer, r *Report, _ Options) error {
	written := false
	if lost := lostText(r.Skipped); lost != "" {
		logIssue(w, "warning", nil, "Not everything was scanned: "+strings.ReplaceAll(lost, "\n", "; "))
		written = true
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !counts(f) {
			continue
		}
		kind := "warning"
		if levelOf(gravity(f)) == "error" {
			kind = "error"
		}
		place := firstPlace(f)
		properties := []string{"code", visible(f.Rule.ID)}
		if l := place.Location; l.Path != "" && l.Job == "" && len(l.Members) == 0 {
			g := region(place.Span)
			properties = append(properties, "sourcepath", visible(l.Path),
				"linenumber", strconv.Itoa(g.StartLine), "columnnumber", strconv.Itoa(g.StartColumn))
		}
		// An issue is one line.
		message := visible(f.Rule.Title) + ": " + strings.ReplaceAll(githubMessage(f, r.Reveal), "\n", "; ")
		logIssue(w, kind, properties, message)
		written = true
	}
	if !written {
		fmt.Fprintln(w, "No new secrets found.")
	}
	return nil
}

// The escapes of logging commands
// (https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/taskcommand.ts).
var (
	azureData     = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	azureProperty = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", "]", "%5D", ";", "%3B")
	// A second command in a message is none to the agent, but to a reader of another log it may be.
	azureNested = strings.NewReplacer("##[", `##\[`, "##vso[", `##vso\[`, "##teamcity[", `##teamcity\[`)
)

// logIssue writes a command. properties are names and values in turn.
func logIssue(w *bufio.Writer, kind string, properties []string, message string) {
	var b strings.Builder
	fmt.Fprintf(&b, "type=%s;", kind)
	for i := 0; i+1 < len(properties); i += 2 {
		fmt.Fprintf(&b, "%s=%s;", properties[i], azureProperty.Replace(azureNested.Replace(properties[i+1])))
	}
	fmt.Fprintf(w, "##vso[task.logissue %s]%s\n", b.String(), azureData.Replace(azureNested.Replace(message)))
}
