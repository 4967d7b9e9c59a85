package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/atomicfile"
	"github.com/stanchsec/stanch/internal/triage"
	"github.com/stanchsec/stanch/reporters"
	"github.com/stanchsec/stanch/respond"
)

// reportFlags say what becomes of the findings.
type reportFlags struct {
	format, output string
	reports        []string
	baseline       string
	failOn         string
	category       string
	reveal         bool
	verify         bool
	listHosts      bool
	verifyFlags
	seal    []string
	respond string
	respondFlags
}

func (f *reportFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "text", "the report's format: "+strings.Join(reporters.Formats(), ", "))
	fs.StringVarP(&f.output, "output", "o", "", "write the report to `FILE` instead of standard output")
	fs.StringArrayVar(&f.reports, "report", nil, "write a further report: `FORMAT=FILE` (repeatable)")
	fs.StringVar(&f.baseline, "baseline", "", "the `FILE` of known findings; see \"stanch baseline\"")
	fs.StringVar(&f.failOn, "fail-on", "", "exit with 1 on these findings: none, any, new, live, low, medium, high, critical;\n"+
		"comma-separated means either (default any, with a baseline new)")
	fs.StringVar(&f.category, "category", "stanch", "the `NAME` of this scan in SARIF: code scanning keeps the results of each apart")
	fs.BoolVar(&f.reveal, "reveal", false, "print raw secrets in the reports")
	fs.BoolVar(&f.verify, "verify", false, "ask the providers of what is found whether it works: sends each credential to its own provider")
	fs.BoolVar(&f.listHosts, "list-hosts", false, "print whom --verify, and --respond if it is given, may contact, and do nothing else")
	f.verifyFlags.add(cmd)
	fs.StringArrayVar(&f.seal, "seal", nil, "put each secret into json and jsonl reports, encrypted for an age or SSH public key: `RECIPIENT` (repeatable)")
	fs.StringVar(&f.respond, "respond", "", "do what the policy in `FILE` says about what --verify finds live; see \"stanch revoke\"")
	f.respondFlags.add(cmd)
	complete(cmd, "format", reporters.Formats()...)
	terms := make([]string, len(triage.Terms))
	for i, t := range triage.Terms {
		terms[i] = string(t)
	}
	complete(cmd, "fail-on", terms...)
}

func (p *program) scanCommand() *cobra.Command {
	var scan scanFlags
	var report reportFlags
	cmd := &cobra.Command{
		Use:   "scan [flags] [TARGET ...]",
		Short: "Look for leaked credentials",
		Long: `Look for leaked credentials in folders and files, or in standard input ("-"). Without a
TARGET the current folder is scanned.

A folder that is a git repository is scanned with its whole history: all branches, tags,
stashes, what is staged and what is not committed. --no-history scans its files only.
A TARGET may also be the address of a repository (https://host/owner/repo), an image
(docker://host/name:tag) or a run of a pipeline (github://owner/repo/actions/runs/ID).
Archives, packages, images and documents are looked into.

A .stanch.toml in the target's folder, above it up to the root of the repository, or
below it says what to leave out and what to ignore; see docs/configuration.md.`,
		Example: `  stanch scan                                      the current folder
  stanch scan src config/prod.yml                  a folder and a file
  docker logs app | stanch scan -                  standard input
  stanch scan --logs build.log                     a log, without its time stamps and colours
  stanch scan github://acme/shop/actions/runs/123  logs and artifacts of a run
  stanch scan --format sarif -o stanch.sarif .     a report for code scanning
  stanch scan --report json=all.json --fail-on high .
  stanch scan --rule 'github-*' --rule 'aws-*' .   some rules only
  stanch scan --baseline stanch-baseline.json .    fail on new findings only
  stanch scan --verify --fail-on live .            ask the providers, fail on what works`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.runScan(cmd, &scan, &report, args) },
	}
	report.add(cmd)
	scan.add(cmd)
	scan.endpoints = &report.endpoints
	return cmd
}

// runScan scans, reports and sets the exit code.
func (p *program) runScan(cmd *cobra.Command, f *scanFlags, r *reportFlags, targets []string) error {
	outputs, err := p.outputs(cmd, r)
	if err != nil {
		return err
	}
	gate, given, err := r.gate()
	if err != nil {
		return err
	}
	if r.listHosts {
		_, set, err := f.load(targets, given)
		if err != nil {
			return err
		}
		return p.listHosts(&r.verifyFlags, set, r.respond != "")
	}
	policy, err := r.policy()
	if err != nil {
		return err
	}
	s, err := p.judged(cmd.Context(), f, r, targets, gate, given)
	if err != nil {
		return err
	}
	if err := p.report(outputs, s.report(r, p.code)); err != nil {
		return err
	}
	if f.stats {
		writeStats(p.stderr, s)
	}
	return p.react(cmd.Context(), policy, s, r, p.scene())
}

// policy reads the policy of --respond; nil if there is none.
func (f *reportFlags) policy() (*respond.Policy, error) {
	if f.respond == "" {
		return nil, nil
	}
	if !f.verify {
		return nil, errors.New("--respond wants --verify: nothing is done about what nobody asked about")
	}
	return respond.LoadPolicy(f.respond)
}

// react does what the policy says about the findings; a nil policy says nothing.
func (p *program) react(ctx context.Context, policy *respond.Policy, s *scanned, r *reportFlags, scene respond.Scene) error {
	if policy == nil {
		return nil
	}
	code := p.code
	err := p.respond(ctx, policy, s.Findings, scene, &r.respondFlags, &r.verifyFlags, s.key)
	p.code = max(p.code, code)
	return err
}

// seal encrypts the secrets of findings for those who may revoke them.
func seal(findings []detector.Finding, recipients []string) error {
	if len(recipients) == 0 {
		return nil
	}
	var list []age.Recipient
	for _, text := range recipients {
		r, err := respond.ParseRecipient(text)
		if err != nil {
			return fmt.Errorf("--seal: %w", err)
		}
		list = append(list, r)
	}
	for i := range findings {
		var err error
		if findings[i].Sealed, err = respond.Seal(&findings[i], list...); err != nil {
			return err
		}
	}
	return nil
}

// judged scans, asks providers and seals secrets if that is wanted, and sets the exit code. gate is that of the
// command line, and given lists the keys of the configuration that it decides.
func (p *program) judged(ctx context.Context, f *scanFlags, r *reportFlags, targets []string, gate triage.Gate, given []string) (
	*scanned, error,
) {
	s, err := p.scan(ctx, f, targets, given, r.baseline)
	if err != nil {
		return nil, err
	}
	unanswered := len(s.Findings) > 0
	if r.verify {
		summary, err := p.verify(ctx, &r.verifyFlags, s, f.progress)
		if err != nil {
			return nil, err
		}
		unanswered = summary.Failed > 0
	}
	if err := seal(s.Findings, r.seal); err != nil {
		return nil, err
	}
	p.code = exitCode(r.orDefault(gate, s), s, unanswered)
	return s, nil
}

// gate is the gate of --fail-on, and the keys of the configuration that it decides.
func (f *reportFlags) gate() (gate triage.Gate, given []string, err error) {
	if f.failOn == "" {
		return triage.Gate{}, nil, nil
	}
	if gate, err = triage.ParseGate(f.failOn); err != nil {
		return triage.Gate{}, nil, fmt.Errorf("--fail-on: %w", err)
	}
	return gate, []string{"fail-on"}, nil
}

// orDefault is the gate of --fail-on, or that of the configuration, or the default.
func (f *reportFlags) orDefault(gate triage.Gate, s *scanned) triage.Gate {
	if f.failOn != "" {
		return gate
	}
	if set := s.tree.Run().FailOn; set.IsSet() {
		return set.Value
	}
	return triage.DefaultGate(s.baseline != nil)
}

// exitCode is the code of a scan that was run to its end. unanswered says that there are
// credentials about which no provider gave an answer.
func exitCode(gate triage.Gate, s *scanned, unanswered bool) int {
	switch {
	case s.Incomplete:
		return exitIncomplete
	case gate.Judge(s.Findings).Fails():
		return exitFindings
	case gate.NeedsVerification() && unanswered:
		return exitUnverified
	}
	return exitOK
}

// report is what the reporters get.
func (s *scanned) report(f *reportFlags, code int) *reporters.Report {
	r := &reporters.Report{
		Tool: reporters.Tool{Name: "stanch", Version: buildVersion(), InfoURI: "https://github.com/stanchsec/stanch"},
		Run: reporters.Run{
			Started: s.Started, Ended: s.Ended, Targets: s.targets, Files: s.Files, Bytes: s.Bytes, Rules: s.rules,
			Category: f.category, Baseline: s.baseline != nil, ExitCode: &code, Rooted: s.rooted,
		},
		Findings: s.Findings,
		Reveal:   f.reveal,
	}
	for _, k := range s.Skipped {
		r.Skipped = append(r.Skipped, reporters.Skip{Location: k.Location, Reason: k.Reason, Incomplete: k.Incomplete})
	}
	return r
}

// output is a report to be written.
type output struct {
	reporters.Reporter
	file string // empty for standard output
}

// outputs are the reports that flags ask for.
func (p *program) outputs(cmd *cobra.Command, f *reportFlags) ([]output, error) {
	verbose, _ := cmd.Flags().GetCount("verbose")
	_, onGitHub := p.lookupEnv("GITHUB_ACTIONS")
	make := func(flag, format, file string) (output, error) {
		o := reporters.Options{All: verbose > 0, OmitSuppressed: onGitHub}
		if file == "" {
			o.Color, o.Width = p.colour(p.stdout), width(p.stdout)
		}
		r, err := reporters.New(format, o)
		if err != nil {
			return output{}, fmt.Errorf("%s: %w", flag, err)
		}
		return output{r, file}, nil
	}
	file := f.output
	if file == "-" {
		file = ""
	}
	first, err := make("--format", f.format, file)
	if err != nil {
		return nil, err
	}
	list := []output{first}
	for _, text := range f.reports {
		format, file, ok := strings.Cut(text, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("--report %q: want FORMAT=FILE, such as sarif=stanch.sarif", text)
		}
		o, err := make("--report", format, file)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// report writes all reports, also if one of them cannot be.
func (p *program) report(list []output, r *reporters.Report) error {
	var errs []error
	for _, o := range list {
		if err := p.write(o, r); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return &codedError{exitIncomplete, errors.Join(errs...)}
	}
	return nil
}

func (p *program) write(o output, r *reporters.Report) error {
	if o.file != "" {
		err := atomicfile.Write(o.file, 0o644, func(w io.Writer) error { return o.Write(w, r) })
		if err != nil {
			return fmt.Errorf("write %s: %w", o.file, err)
		}
		return nil
	}
	w := bufio.NewWriter(p.stdout)
	if err := errors.Join(o.Write(w, r), w.Flush()); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
