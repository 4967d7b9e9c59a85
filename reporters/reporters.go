// Package reporters writes down what a scan found.
//
// In goes a [Report]: the findings, merged so that each credential is there once with
// all its places, what was not scanned, and what the run was. Out comes one of the
// formats: text for a person at a terminal, html for one at a browser, csv for spreadsheets,
// json and jsonl for programs, sarif for code scanning, and for pipelines junit, GitLab's
// security report, annotations of GitHub and Azure, and markdown for summaries and comments. [New]
// picks the format, [Reporter.Write] writes it:
//
//	reporter, err := reporters.New("sarif", reporters.Options{})
//	if err != nil {
//		return err
//	}
//	return reporter.Write(file, &reporters.Report{Findings: findings})
//
// # What a report never shows
//
// No format shows a raw credential unless [Report.Reveal] asks for it. What is known to be
// a secret is shown as [detector.Secret.Redacted] does. And because copies of it may stand
// where nobody looks for them, in a file's name, in a provider's answer, in the line
// around another finding, every such text is searched for the credentials of the report
// before any format sees it.
//
// Names and lines come from whoever wrote what was scanned. No format lets their control
// characters or their broken UTF-8 through: what a terminal would act upon is written out.
// Nor does one hold a command that GitHub's runner, Azure Pipelines or TeamCity would act
// upon, but for those that the github format is made of.
//
// # SARIF
//
// SARIF is written with structs of our own. github.com/owenrumney/go-sarif/v3 (3.3.1) cannot
// say that a result is not suppressed: it drops an empty "suppressions", and the standard
// wants the field on all results of a run or on none (3.27.23). It also writes the dozen
// empty lists of every result, which count towards GitHub's limit of 10 MB, and links
// a JSON schema validator into the program.
//
// # Another format
//
// A format is one function in one file, and one line in the table of formats below. It gets
// the report sorted, gravest first, and with the secrets gone.
package reporters

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/inert"
)

// Report is what a run found and how it went.
type Report struct {
	Tool Tool
	Run  Run
	// Findings are the credentials, each once. They may be in any order; reports
	// sort them. Nothing in them is changed. May be empty.
	Findings []detector.Finding
	// Skipped is what was not looked through, or not all of it. May be empty.
	Skipped []Skip
	// Reveal writes the raw credentials into the report.
	Reveal bool
}

// Tool is the program that made the report. Empty fields are left out, but for the
// name, which is "stanch" then.
type Tool struct {
	Name    string
	Version string
	// InfoURI is the address of its home page.
	InfoURI string
}

// Run is what is known of a run. All fields may be zero, and are left out then.
type Run struct {
	Started, Ended time.Time
	// Targets are what was scanned, as the user named it. Passwords in addresses
	// are taken out.
	Targets []string
	// Files and Bytes were looked through, with so many rules.
	Files, Bytes int64
	Rules        int

	// Category and ID name the run to GitHub's code scanning, which replaces the
	// results of an earlier run of the same category: "stanch/history". The ID tells
	// runs of a category apart and may be empty.
	Category, ID string
	// Repository is the address of what was scanned, where it is a repository;
	// Revision and Branch say which state of it.
	Repository, Revision, Branch string

	// Rooted, if set, makes of the path of a place, which is as the target was named, the one
	// that counts from the root of the repository; it returns any other path as it is. Code
	// hosts know files by that path, so the formats made for them have it: sarif, gitlab,
	// github and azure.
	Rooted func(path string) string

	// Baseline says that the findings were compared with a baseline, so that
	// [detector.Finding.Known] tells something.
	Baseline bool
	// ExitCode is what the program is going to return; nil if that is not known.
	ExitCode *int
}

// Skip is something that was not looked through.
type Skip struct {
	Location detector.Location
	// Reason says in a few words why.
	Reason string
	// Incomplete says that it should have been scanned and could not be.
	Incomplete bool
}

// Reporter writes reports in one format. It is safe for concurrent use.
type Reporter interface {
	// Write writes the whole report. An error is one of w, or says what in the
	// report cannot be written; what was written by then is no valid report.
	Write(w io.Writer, r *Report) error
}

// Options are how a report looks. The zero value is fine for every format.
type Options struct {
	// Color lets text use the terminal's colours. Whether there is a terminal, and
	// whether its user wants them (https://no-color.org), is for the caller to find out.
	Color bool
	// Width is how many columns text may take, 0 for 80.
	Width int
	// All makes text show what it merely counts otherwise: findings that are
	// suppressed or known to the baseline, and everything that was passed over.
	All bool
	// OmitSuppressed leaves suppressed findings out of sarif. GitHub's code scanning
	// opens alerts for them all the same
	// (https://github.com/github/codeql-action/issues/1230), so set it for what is
	// uploaded there.
	OmitSuppressed bool
	// MaxBytes is how long a markdown report may be, 0 for 1 MiB. What does not fit is
	// counted. A few hundred bytes are needed in any case.
	MaxBytes int
}

// A format writes a report that is [prepared]. Errors of the writer need not be
// looked for: it keeps the first.
type format func(w *bufio.Writer, r *Report, o Options) error

// formats are all there are, the default first.
var formats = []struct {
	name  string
	write format
}{
	{"text", writeText},
	{"json", writeJSON},
	{"jsonl", writeJSONL},
	{"sarif", writeSARIF},
	{"csv", writeCSV},
	{"junit", writeJUnit},
	{"html", writeHTML},
	{"gitlab", writeGitLab},
	{"github", writeGitHub},
	{"azure", writeAzure},
	{"markdown", writeMarkdown},
}

// forHosts are the formats that code hosts read.
var forHosts = map[string]bool{"sarif": true, "gitlab": true, "github": true, "azure": true}

// inertness is how commands of build systems are broken in a format.
func inertness(format string) inert.Kind {
	switch format {
	case "json", "jsonl", "sarif", "gitlab":
		return inert.JSON
	case "github":
		return inert.Commands
	case "azure":
		return inert.None
	}
	return inert.Plain
}

// Formats lists the names that [New] takes, the default first.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// New returns the reporter of a format. The error for an unknown one lists those there are.
func New(name string, o Options) (Reporter, error) {
	for _, f := range formats {
		if f.name == name {
			return reporter{f.name, f.write, o}, nil
		}
	}
	return nil, fmt.Errorf("report format %q: there is no such format; use one of %s",
		name, strings.Join(Formats(), ", "))
}

type reporter struct {
	name    string
	write   format
	options Options
}

// Write implements [Reporter].
func (p reporter) Write(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	guard := inertness(p.name).Writer(out)
	buffered := bufio.NewWriter(guard)
	ready := prepared(r)
	if r.Run.Rooted != nil && forHosts[p.name] {
		ready.root(r.Run.Rooted)
	}
	err := p.write(buffered, ready, p.options)
	for _, flush := range []func() error{buffered.Flush, guard.Flush, out.Flush} {
		if err == nil {
			err = flush()
		}
	}
	if err != nil {
		return fmt.Errorf("write the %s report: %w", p.name, err)
	}
	return nil
}
