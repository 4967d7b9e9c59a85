package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/ci"
	"github.com/stanchsec/stanch/internal/engine"
	"github.com/stanchsec/stanch/reporters"
)

// ciFlags say what a run in a pipeline scans and hands on.
type ciFlags struct {
	mode, base, head string
	sarif, upload    string
	comment          bool
}

// Values of --mode and --upload besides those of [ci.Modes].
const (
	auto   = "auto"
	always = "always"
	never  = "never"
)

func (f *ciFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.mode, "mode", auto, "scan the diff of the event's commits, the whole history, or the checked-out tree; auto\n"+
		"takes what the event is about")
	fs.StringVar(&f.base, "base", "", "scan what came since `REVISION`")
	fs.StringVar(&f.head, "head", "", "scan up to `REVISION` (default: what the event is about, or what is checked out)")
	fs.StringVar(&f.sarif, "sarif", "", "write SARIF to `FILE`, too")
	fs.StringVar(&f.upload, "upload", never, "upload SARIF to GitHub code scanning: auto (where it is allowed), always or never")
	fs.BoolVar(&f.comment, "comment", false, "comment on the GitHub pull request, and keep the comment up to date")
	modes := []string{auto}
	for _, m := range ci.Modes {
		modes = append(modes, string(m))
	}
	complete(cmd, "mode", modes...)
	complete(cmd, "upload", auto, always, never)
}

func (p *program) ciCommand() *cobra.Command {
	var flags ciFlags
	var scan scanFlags
	var report reportFlags
	cmd := &cobra.Command{
		Use:   "ci [flags] [TARGET]",
		Short: "Scan in a pipeline what a push or pull request brings",
		Long: `Find out from the environment what a run in a pipeline is about, fetch what a shallow clone
lacks of it, and scan that: the commits of a push, pull request or merge group, the whole
history on a schedule. TARGET is the clone, by default the current folder.

It knows GitHub Actions, GitLab CI, Azure Pipelines, Bitbucket Pipelines, CircleCI, Buildkite,
Drone, Travis CI and Jenkins; elsewhere --base or --mode says what to scan. On GitHub it also
writes annotations, the summary and the outputs of the step, uploads SARIF and comments on
the pull request, the latter two with the token in GITHUB_TOKEN.`,
		Example: `  stanch ci                                        what the event is about
  stanch ci --sarif stanch.sarif --upload auto     with alerts on GitHub
  stanch ci --base origin/main                     what the branch brings, wherever it runs
  stanch ci --report gitlab=gl-secret-detection-report.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.runCI(cmd, &flags, &scan, &report, args) },
		Args: cobra.MaximumNArgs(1),
	}
	flags.add(cmd)
	report.add(cmd)
	scan.add(cmd)
	for _, name := range []string{"reveal", "range", "since", "branch", "staged", "no-history", "list-hosts"} {
		_ = cmd.Flags().MarkHidden(name) // the run, or --mode, --base and --head, say it
	}
	return cmd
}

// check refuses what makes no sense in a pipeline.
func (f *ciFlags) check(cmd *cobra.Command) (ci.Mode, error) {
	if cmd.Flags().Changed("reveal") {
		return "", errors.New("--reveal: stanch ci never shows raw secrets, for many can read the logs of a pipeline")
	}
	for _, name := range []string{"range", "since", "branch", "staged", "no-history"} {
		if cmd.Flags().Changed(name) {
			return "", fmt.Errorf("--%s: stanch ci takes --mode, --base and --head instead", name)
		}
	}
	if cmd.Flags().Changed("list-hosts") {
		return "", errors.New("--list-hosts: \"stanch scan --list-hosts\" prints them")
	}
	if !slices.Contains([]string{auto, always, never}, f.upload) {
		return "", fmt.Errorf("--upload %q: want auto, always or never", f.upload)
	}
	mode := ci.Mode(f.mode)
	switch {
	case f.mode == auto:
		return "", nil
	case !slices.Contains(ci.Modes, mode):
		return "", fmt.Errorf("--mode %q: want auto, diff, history or tree", f.mode)
	}
	return mode, nil
}

// runCI scans what the run is about, reports, and hands the outcome to GitHub.
func (p *program) runCI(cmd *cobra.Command, f *ciFlags, scan *scanFlags, r *reportFlags, targets []string) error {
	mode, err := f.check(cmd)
	if err != nil {
		return err
	}
	plan, err := ci.Detect(p.lookupEnv)
	if err != nil && !errors.Is(err, ci.ErrUnknown) {
		return err
	}
	if plan, err = ci.Choose(plan, mode, f.base, f.head); err != nil {
		return err
	}
	if len(targets) == 0 {
		targets = []string{"."}
	}
	report, err := p.carryOut(cmd, plan, f, scan, r, targets)
	if g := plan.GitHub; g != nil {
		if err != nil {
			p.code = codeOf(err)
		}
		if report == nil { // those after this step may still ask for the code
			return errors.Join(err, g.WriteOutputs([]ci.Output{{Name: exitCodeOutput, Value: strconv.Itoa(p.code)}}))
		}
		g.Token, _ = p.lookupEnv("GITHUB_TOKEN")
		return errors.Join(err, p.handOn(cmd.Context(), g, f, r.category, report))
	}
	if err == nil && (f.comment || f.upload == always) {
		slog.Warn("--comment and --upload are for GitHub Actions alone")
	}
	return err
}

// carryOut scans what a plan says, writes the reports and does what the policy of --respond says.
// With an error there may be a report: what was found, though not all was done about it.
func (p *program) carryOut(cmd *cobra.Command, plan *ci.Plan, f *ciFlags, scan *scanFlags, r *reportFlags, targets []string) (
	*reporters.Report, error,
) {
	ctx := cmd.Context()
	if err := plan.Prepare(ctx, targets[0]); err != nil {
		return nil, &codedError{exitIncomplete, err}
	}
	for _, note := range plan.Notes {
		slog.Log(ctx, levelNote, note)
	}
	slog.Log(ctx, levelNote, plan.String())

	outputs, err := p.outputs(cmd, r)
	if err != nil {
		return nil, err
	}
	if f.sarif != "" {
		o, err := p.sarifOutput(f.sarif)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, o)
	}
	// Annotations go where a person reads, not behind a report that a program reads.
	if plan.Annotations != "" && (outputs[0].file != "" || r.format == "text") {
		annotations, err := reporters.New(plan.Annotations, reporters.Options{})
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output{annotations, ""})
	}
	policy, err := r.policy()
	if err != nil {
		return nil, err
	}
	s, err := p.scanPlan(ctx, plan, scan, r, targets)
	if err != nil {
		return nil, err
	}
	report := s.report(r, p.code)
	scene := p.scene()
	if g := plan.GitHub; g != nil {
		report.Run.Repository = g.Server + "/" + g.Repository
		report.Run.Revision = cmp.Or(plan.Head, g.SHA)
		report.Run.ID = g.RunID
		scene.Fork = scene.Fork || g.FromFork
	}
	if err := p.report(outputs, report); err != nil {
		return report, err
	}
	if policy != nil && scene.Fork { // a run for a fork is no mistake, as it would be by hand
		slog.Log(ctx, levelNote, "nothing is revoked for a pull request from a fork")
		return report, nil
	}
	return report, p.react(ctx, policy, s, r, scene)
}

// scanPlan scans what a plan says and sets the exit code.
func (p *program) scanPlan(ctx context.Context, plan *ci.Plan, scan *scanFlags, r *reportFlags, targets []string) (*scanned, error) {
	gate, given, err := r.gate()
	if err != nil {
		return nil, err
	}
	if plan.Mode == ci.Nothing {
		now := time.Now()
		return &scanned{Result: &engine.Result{Started: now, Ended: now}, targets: targets}, nil
	}
	// The one place where the plan becomes a scan.
	scan.git.Revisions = plan.Revisions()
	scan.git.noHistory = plan.Mode == ci.Tree
	s, err := p.judged(ctx, scan, r, targets, gate, given)
	if err == nil && scan.stats {
		writeStats(p.stderr, s)
	}
	return s, err
}

// sarifOutput is SARIF as GitHub's code scanning takes it.
func (p *program) sarifOutput(file string) (output, error) {
	_, onGitHub := p.lookupEnv("GITHUB_ACTIONS")
	sarif, err := reporters.New("sarif", reporters.Options{OmitSuppressed: onGitHub})
	return output{sarif, file}, err
}

// handOn gives the outcome to GitHub: the step's summary and outputs, code scanning, and the
// pull request. What GitHub refuses is noted and changes nothing else: the report, the
// annotations and the exit code are there in any case.
func (p *program) handOn(ctx context.Context, g *ci.GitHub, f *ciFlags, category string, r *reporters.Report) error {
	var errs []error
	if room := g.SummaryRoom(); room > 1024 {
		text, err := render("markdown", reporters.Options{MaxBytes: room}, r)
		if err == nil {
			err = g.WriteSummary(string(text))
		}
		errs = append(errs, err)
	}
	errs = append(errs, g.WriteOutputs(stepOutputs(f, p.code, p.revoked, r)))
	if f.upload != never {
		err := upload(ctx, g, r)
		var refused *ci.RefusedError
		if err != nil && (f.upload == always || !errors.As(err, &refused)) {
			errs = append(errs, err)
		} else if err != nil {
			slog.Log(ctx, levelNote, err.Error())
		}
	}
	if f.comment && g.PullRequest != 0 {
		err := comment(ctx, g, category, r)
		var refused *ci.RefusedError
		if errors.As(err, &refused) {
			slog.Log(ctx, levelNote, err.Error())
		} else {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &codedError{exitIncomplete, err}
	}
	return nil
}

func render(format string, o reporters.Options, r *reporters.Report) ([]byte, error) {
	reporter, err := reporters.New(format, o)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = reporter.Write(&b, r)
	return b.Bytes(), err
}

func upload(ctx context.Context, g *ci.GitHub, r *reporters.Report) error {
	sarif, err := render("sarif", reporters.Options{OmitSuppressed: true}, r)
	if err != nil {
		return err
	}
	done, err := g.UploadSARIF(ctx, sarif, r.Run.Started)
	if err == nil && !done {
		slog.Log(ctx, levelNote, "GitHub has taken the report and is still processing it")
	}
	return err
}

// comment writes about new findings, and otherwise only where an earlier run did.
func comment(ctx context.Context, g *ci.GitHub, category string, r *reporters.Report) error {
	text, err := render("markdown", reporters.Options{MaxBytes: ci.MaxComment}, r)
	if err != nil {
		return err
	}
	if fresh(r) > 0 {
		return g.Comment(ctx, category, string(text), "")
	}
	return g.Comment(ctx, category, "", string(text))
}

// fresh is the number of findings that are neither suppressed nor known to the baseline.
func fresh(r *reporters.Report) int {
	n := 0
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Suppression == nil && !f.Known {
			n++
		}
	}
	return n
}

// exitCodeOutput is the output that is there in any case.
const exitCodeOutput = "exit-code"

// stepOutputs are numbers and paths only: GitHub withholds outputs in which it sees a secret.
func stepOutputs(f *ciFlags, code, revoked int, r *reporters.Report) []ci.Output {
	var all, live, dead int
	for i := range r.Findings {
		found := &r.Findings[i]
		if found.Suppression != nil {
			continue
		}
		all++
		if v := found.Verification; v != nil {
			switch v.State {
			case detector.Live:
				live++
			case detector.Dead:
				dead++
			}
		}
	}
	sarif := f.sarif
	if _, err := os.Stat(sarif); err != nil {
		sarif = ""
	}
	return []ci.Output{
		{Name: "findings", Value: strconv.Itoa(all)},
		{Name: "new", Value: strconv.Itoa(fresh(r))},
		{Name: "live", Value: strconv.Itoa(live)},
		{Name: "dead", Value: strconv.Itoa(dead)},
		{Name: "revoked", Value: strconv.Itoa(revoked)},
		{Name: "sarif-file", Value: sarif},
		{Name: exitCodeOutput, Value: strconv.Itoa(code)},
	}
}
