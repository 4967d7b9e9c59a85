package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/internal/atomicfile"
	"github.com/stanchsec/stanch/internal/gitleaksimport"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/ruletest"
	"github.com/stanchsec/stanch/internal/suggest"
	"github.com/stanchsec/stanch/internal/tomlread"
	"github.com/stanchsec/stanch/internal/workflow"
	"github.com/stanchsec/stanch/rules"
)

func (p *program) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List, show, check and test rules, and import those of gitleaks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.rulesList(), p.rulesShow(), p.rulesCheck(), p.rulesTest(), p.rulesImport())
	return cmd
}

func (p *program) rulesList() *cobra.Command {
	var f ruleFlags
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the rules that a scan of the current folder uses",
		Example: `  stanch rules list
  stanch rules list --rule 'aws-*'
  stanch rules list --format json | jq '.[] | select(.revoke)'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, set, workflows, err := f.loadAll(nil, nil)
			if err != nil {
				return err
			}
			set = append(set, workflows...)
			set = slices.SortedFunc(slices.Values(set), func(a, b *rules.Rule) int { return strings.Compare(a.ID, b.ID) })
			switch format {
			case "text":
				return listText(p.stdout, set)
			case "json":
				return listJSON(p.stdout, set)
			}
			return fmt.Errorf("--format %q: want text or json", format)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	complete(cmd, "format", "text", "json")
	return cmd
}

func listText(w io.Writer, set []*rules.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tSEVERITY\tVERIFY\tREVOKE\tKIND\tTITLE")
	for _, r := range set {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, yes(r.Checks()), yes(r.Revokes()), kind(r), r.Title)
	}
	return t.Flush()
}

// kind is what a rule finds: a credential, or a mistake in a workflow by which secrets leak.
func kind(r *rules.Rule) string {
	if slices.Contains(workflow.Rules(), r) {
		return "workflow"
	}
	return "credential"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "-"
}

func listJSON(w io.Writer, set []*rules.Rule) error {
	type row struct {
		ID         string           `json:"id"`
		Provider   string           `json:"provider"`
		Title      string           `json:"title"`
		Severity   rules.Severity   `json:"severity"`
		Confidence rules.Confidence `json:"confidence"`
		Verify     bool             `json:"verify"`
		Revoke     bool             `json:"revoke"`
		Kind       string           `json:"kind"`
	}
	list := make([]row, len(set))
	for i, r := range set {
		list[i] = row{r.ID, r.Provider, r.Title, r.Severity, r.Confidence, r.Checks(), r.Revokes(), kind(r)}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(list)
}

func (p *program) rulesShow() *cobra.Command {
	var f ruleFlags
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show all there is to know of a rule",
		Example: `  stanch rules show github-pat-classic`,
		Args:    oneArgument("the id of a rule"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, at string) ([]string, cobra.ShellCompDirective) {
			return completeRules(cmd, args, at)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			_, set, workflows, err := f.loadAll(nil, nil)
			if err != nil {
				return err
			}
			set = append(set, workflows...)
			var ids []string
			for _, r := range set {
				if r.ID == args[0] {
					return showRule(p.stdout, r)
				}
				ids = append(ids, r.ID)
			}
			hint := suggest.DidYouMean(args[0], slices.Values(ids))
			return fmt.Errorf("there is no rule %q%s", args[0], cmp.Or(hint, ": \"stanch rules list\" shows all"))
		},
	}
	f.add(cmd)
	return cmd
}

// showRule writes a rule for a person.
func showRule(w io.Writer, r *rules.Rule) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n", r.ID, r.Title)
	if r.Description != "" {
		fmt.Fprintf(&b, "%s\n", r.Description)
	}
	b.WriteByte('\n')
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name string, values ...string) {
		for _, v := range values {
			if v != "" {
				fmt.Fprintf(t, "%s\t%s\n", name, v)
				name = ""
			}
		}
	}
	row("kind", kind(r))
	row("provider", r.Provider)
	row("severity", string(r.Severity))
	row("confidence", string(r.Confidence))
	if r.Position.Line > 0 {
		row("from", r.Position.String())
	}
	row("regex", r.Regex)
	row("until", r.Until)
	row("anchors", quoted(r.Anchors))
	row("context", quoted(r.Context))
	row("named", quoted(r.Named))
	if len(r.Context) > 0 {
		row("within", fmt.Sprintf("%d bytes before", cmp.Or(r.Near, rules.DefaultNear)))
	}
	row("boundary", string(r.Boundary))
	row("checksum", r.Checksum)
	if r.Entropy > 0 {
		row("entropy", fmt.Sprintf("at least %g bits per character", r.Entropy))
	}
	row("paths", r.Paths...)
	for _, part := range r.Parts {
		need := "optional"
		if part.Required {
			need = "required"
		}
		row("part", fmt.Sprintf("%s (%s): %s", part.Name, need, part.Regex))
	}
	row("verify", verification(r.Verify)...)
	row("revoke", revocation(r.Revoke)...)
	row("rotate", r.Rotate)
	row("docs", r.Docs...)
	row("tags", strings.Join(r.Tags, ", "))
	row("found in", r.Match...)
	row("not in", r.NoMatch...)
	t.Flush()
	_, err := w.Write(b.Bytes())
	return err
}

// count says how many there are of something.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return humanize.Comma(int64(n)) + " " + what
}

func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%q", s))
	}
	return strings.Join(out, " ")
}

func verification(v *rules.Verify) []string {
	switch {
	case v == nil:
		return []string{"no"}
	case v.None != "":
		return []string{"no: " + v.None}
	case v.Protocol != "":
		return []string{"protocol " + v.Protocol}
	}
	return requests(v.Steps)
}

func revocation(v *rules.Revoke) []string {
	if v == nil {
		return []string{"no"}
	}
	var list []string
	switch {
	case v.None != "":
		list = append(list, "no: "+v.None)
	case v.Protocol != "":
		list = append(list, "protocol "+v.Protocol)
	}
	list = append(list, requests(v.Steps)...)
	return append(list, v.Effect, v.Manual)
}

func requests(steps []rules.Step) []string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Request.Method+" "+s.Request.URL)
	}
	return list
}

func (p *program) rulesCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check [PATH ...]",
		Short: "Check rule files for mistakes",
		Long: `Check rule files, or folders of them, for mistakes: each is told with file, line,
column and a hint. Without a PATH the built-in rules are checked.`,
		Example: `  stanch rules check my-rules.toml`,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := ruleFiles(args)
			if err != nil {
				return err
			}
			if mistakes := p.lint(set); len(mistakes) > 0 {
				return mistakes
			}
			_, err = fmt.Fprintf(p.stdout, "%s, no mistakes\n", count(len(set), "rule"))
			return err
		},
	}
}

func (p *program) rulesTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test [PATH ...]",
		Short: "Run the examples of rules",
		Long: `Check rule files, or folders of them, and run their examples: each text of "match"
must hold exactly one finding of its rule and none of any other, those of "no-match"
none. Without a PATH the built-in rules are tested.`,
		Example: `  stanch rules test my-rules.toml
  stanch rules test rules/builtin`,
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := ruleFiles(args)
			if err != nil {
				return err
			}
			mistakes := p.lint(set)
			failed, err := ruletest.Run(set, set)
			if err != nil {
				return err
			}
			if mistakes = append(mistakes, failed...); len(mistakes) > 0 {
				return mistakes
			}
			examples := 0
			for _, r := range set {
				examples += len(r.Match) + len(r.NoMatch)
			}
			_, err = fmt.Fprintf(p.stdout, "%s, %s, all as they should be\n", count(len(set), "rule"), count(examples, "example"))
			return err
		},
	}
}

// lint returns the mistakes in rules, and tells advice on standard error.
func (p *program) lint(set []*rules.Rule) rules.Problems {
	var mistakes rules.Problems
	for _, problem := range rules.Lint(set) {
		if problem.Advice {
			slog.Warn(problem.Error())
			continue
		}
		mistakes = append(mistakes, problem)
	}
	return mistakes
}

// ruleFiles reads rule files, or the built-in ones where none is named.
func ruleFiles(paths []string) ([]*rules.Rule, error) {
	if len(paths) == 0 {
		return rules.Builtin(), nil
	}
	set, err := rules.Load(paths...)
	if err == nil && len(set) == 0 {
		return nil, fmt.Errorf("%s: there are no rules", strings.Join(paths, ", "))
	}
	return set, err
}

func (p *program) rulesImport() *cobra.Command {
	var provider, severity, output, configOut string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Turn a configuration of gitleaks into rules",
		Long: `Turn the configuration of gitleaks in FILE into a rule file, which is written to
standard output or to --output, and its allowlists into an addition to .stanch.toml.
What has no equal, or had to be changed, is listed on standard error.`,
		Example: `  stanch rules import .gitleaks.toml --output rules.toml --config-output stanch-ignore.toml`,
		Args:    oneArgument("the configuration of gitleaks"),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := readfile.Regular(args[0], tomlread.MaxSize)
			if err != nil {
				return err
			}
			if severity != "" && !slices.Contains(rules.Severities, rules.Severity(severity)) {
				return fmt.Errorf("--severity %q: want critical, high, medium or low", severity)
			}
			taken := map[string]bool{}
			for _, r := range rules.Builtin() {
				taken[r.ID] = true
			}
			result, err := gitleaksimport.Import(args[0], data, gitleaksimport.Options{
				Provider: provider, Severity: rules.Severity(severity), Taken: func(id string) bool { return taken[id] },
			})
			if err != nil {
				return err
			}
			remarks := result.Remarks
			ignore := filepath.Join(filepath.Dir(args[0]), ".gitleaksignore")
			if data, err := readfile.Regular(ignore, tomlread.MaxSize); err == nil {
				remarks = append(remarks, gitleaksimport.IgnoreFile(ignore, data)...)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			for _, r := range remarks {
				fmt.Fprintln(p.stderr, r)
			}
			fmt.Fprintf(p.stderr, "%s carried over, %s\n", count(result.Count, "rule"), count(len(remarks), "remark"))
			if err := p.writeImport(output, result.Rules); err != nil {
				return err
			}
			if len(result.Config) > 0 && configOut == "" {
				fmt.Fprintln(p.stderr, "The allowlists are left out: --config-output FILE writes what to add to .stanch.toml.")
				return nil
			}
			if configOut == "" {
				return nil
			}
			return p.writeImport(configOut, result.Config)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&provider, "provider", "imported", "the provider of the rules")
	fs.StringVar(&severity, "severity", "high", "the severity of the rules")
	fs.StringVarP(&output, "output", "o", "", "write the rules to `FILE` instead of standard output")
	fs.StringVar(&configOut, "config-output", "", "write the addition to .stanch.toml to `FILE`")
	complete(cmd, "severity", "critical", "high", "medium", "low")
	return cmd
}

// writeImport writes to a new file, or to standard output without a name.
func (p *program) writeImport(file string, data []byte) error {
	if file == "" || file == "-" {
		_, err := p.stdout.Write(data)
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s is there already: name another file", file)
	}
	return atomicfile.Write(file, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
