package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/ci"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/reporters"
	"github.com/stanchsec/stanch/respond"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// defaultJournal is where acts are recorded if nothing else is said.
const defaultJournal = "stanch-journal.jsonl"

// respondFlags say what is done about findings.
type respondFlags struct {
	policy, journal, signOff string
	yes, dryRun, retry       bool
}

func (f *respondFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&f.yes, "yes", false, "carry out the plan; without it nothing is done")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the plan and do nothing, which is the default")
	fs.StringVar(&f.journal, "journal", defaultJournal, "record what is done in `FILE`, and do nothing again that it has")
	fs.StringVar(&f.signOff, "sign-off", "", "the `FILE` in which somebody signed off this plan")
	fs.BoolVar(&f.retry, "retry-doubtful", false, "act again on what may have been done and is still live")
	cmd.MarkFlagsMutuallyExclusive("yes", "dry-run")
}

// acting is what it takes to act at a provider.
type acting struct {
	verifier *verify.Verifier
	journal  *respond.Journal
	save     func() error // of the verifier's cache
}

func (f *respondFlags) open(v *verifyFlags, key detector.Key) (*acting, error) {
	verifier, save, err := v.verifier(key, nil)
	if err != nil {
		return nil, err
	}
	journal, err := respond.OpenJournal(f.journal, key)
	if err != nil {
		return nil, err
	}
	return &acting{verifier, journal, save}, nil
}

// close ends it; what was done stands in the journal already, so that trouble is only
// worth a warning.
func (a *acting) close() {
	if err := errors.Join(a.save(), a.journal.Close()); err != nil {
		slog.Warn(err.Error())
	}
}

func (p *program) revokeCommand() *cobra.Command {
	var f respondFlags
	var v verifyFlags
	var r ruleFlags
	var identity string
	var undo int
	var fork bool
	var branch string
	cmd := &cobra.Command{
		Use:   "revoke --policy FILE [flags] REPORT",
		Short: "Make leaked credentials worthless, as a policy says",
		Long: `Make the credentials of a report worthless at their providers, as a policy says. The
report is one in json or jsonl. Without --yes the plan is printed and nothing is done.

A report holds no secrets: they are opened with --identity where the scan sealed them
(stanch scan --seal), else read again at the place the report names, and taken only if
the fingerprint agrees.`,
		Example: `  stanch revoke --policy policy.toml report.json
  stanch revoke --policy policy.toml --identity key.txt --yes report.json
  stanch revoke --policy policy.toml --undo 12`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.policy == "" {
				return &usageError{errors.New("--policy says what is to be done"), cmd.CommandPath()}
			}
			policy, err := respond.LoadPolicy(f.policy)
			if err != nil {
				return err
			}
			tree, set, err := r.load(nil, nil)
			if err != nil {
				return err
			}
			key, err := tree.Run().Key.Value.Load(p.lookupEnv)
			if err != nil {
				return err
			}
			undoing := cmd.Flags().Changed("undo")
			var findings []detector.Finding
			if len(args) > 0 || !undoing {
				if err := oneArgument("the report")(cmd, args); err != nil {
					return err
				}
				if findings, err = p.readReport(args[0], set); err != nil {
					return err
				}
				if err := openSecrets(cmd.Context(), findings, identity, key, set); err != nil {
					return err
				}
			}
			if undoing {
				return p.undo(cmd.Context(), policy, undo, &f, &v, key, set, findings)
			}
			scene := p.scene()
			scene.Fork = scene.Fork || fork
			scene.Branch = cmp.Or(branch, scene.Branch)
			return p.respond(cmd.Context(), policy, findings, scene, &f, &v, key)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.policy, "policy", "", "the policy `FILE`; see docs/revocation.md")
	fs.StringVar(&identity, "identity", "", "open sealed secrets with the keys in `FILE`")
	fs.IntVar(&undo, "undo", 0, "take back the act of this `ENTRY` of the journal; some take the report, too")
	fs.StringVar(&branch, "branch", "", "the branch that was scanned (default as the build system says)")
	fs.BoolVar(&fork, "fork", false, "the report is that of a pull request from a fork: nothing is revoked")
	f.add(cmd)
	v.add(cmd)
	r.add(cmd)
	return cmd
}

// readReport reads the findings of a report, "-" for standard input.
func (p *program) readReport(name string, set []*rules.Rule) ([]detector.Finding, error) {
	byID := map[string]*rules.Rule{}
	for _, r := range set {
		byID[r.ID] = r
	}
	in := p.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	findings, err := reporters.Read(in, func(id string) *rules.Rule { return byID[id] })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return findings, nil
}

// openSecrets puts the credentials into findings that were read from a report.
func openSecrets(ctx context.Context, findings []detector.Finding, identity string, key detector.Key, set []*rules.Rule) error {
	var ids []age.Identity
	if identity != "" {
		var err error
		if ids, err = respond.ReadIdentities(identity); err != nil {
			return err
		}
	}
	d, err := detector.New(set, detector.WithKey(key), detector.WithMinConfidence(0))
	if err != nil {
		return err
	}
	var errs []error
	for i := range findings {
		f := &findings[i]
		switch {
		case f.Suppression != nil:
		case f.Sealed != "" && ids != nil:
			errs = append(errs, respond.Open(f, f.Sealed, key, ids...))
		default:
			errs = append(errs, readAgain(ctx, d, f))
		}
	}
	return errors.Join(errs...)
}

// readAgain takes a credential from the first of its places that still holds it.
func readAgain(ctx context.Context, d *detector.Detector, f *detector.Finding) error {
	var errs []error
	for i := range f.Places {
		at := f.Places[i].Location
		doc, err := document(ctx, at)
		if err == nil {
			err = respond.Reread(ctx, d, doc, f)
		}
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("%w\nScan with --seal to have the secrets in the report", errors.Join(errs...))
}

// document reads what a place names.
func document(ctx context.Context, at detector.Location) (detector.Document, error) {
	doc := detector.Document{Location: at}
	if len(at.Members) > 0 || at.Job != "" || at.Path == "-" {
		return doc, fmt.Errorf("%s cannot be read again", at.Name())
	}
	var data []byte
	var err error
	if at.Blob != "" {
		cmd := exec.CommandContext(ctx, "git", "cat-file", "-p", at.Blob)
		cmd.Dir = existingFolder(at.Path)
		if data, err = cmd.Output(); err != nil {
			return doc, fmt.Errorf("%s: git does not give the object %s: %w", at.Name(), at.Blob, err)
		}
	} else if data, err = readfile.Regular(at.Path, maxExplained); err != nil {
		return doc, err
	}
	err = decode(&doc, data)
	return doc, err
}

// existingFolder is the innermost folder of a path that is there.
func existingFolder(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

// scene is where the build system says that this run takes place.
func (p *program) scene() respond.Scene {
	var s respond.Scene
	s.Branch, _ = p.lookupEnv("GITHUB_REF_NAME")
	if s.Branch == "" {
		s.Branch, _ = p.lookupEnv("CI_COMMIT_BRANCH")
	}
	s.Fork = ci.MayBeFork(p.lookupEnv)
	return s
}

// respond prints the plan and, with --yes, carries it out.
func (p *program) respond(
	ctx context.Context, policy *respond.Policy, findings []detector.Finding, scene respond.Scene,
	f *respondFlags, v *verifyFlags, key detector.Key,
) error {
	plan, err := respond.NewPlan(policy, findings, scene)
	if err != nil {
		return err
	}
	if len(plan.Items) == 0 {
		_, err := fmt.Fprintln(p.stdout, "The policy wants nothing done about these findings.")
		return err
	}
	if err := plan.WriteTable(p.stdout); err != nil {
		return err
	}
	if !f.yes {
		_, err := fmt.Fprintf(p.stdout, "\nPlan %s. Nothing was done; --yes carries it out.\n", plan.Digest())
		return err
	}
	act, err := f.open(v, key)
	if err != nil {
		return err
	}
	defer act.close()
	o := respond.RunOptions{Verifier: act.verifier, Journal: act.journal, Act: true, Approve: p.approver(), RetryDoubtful: f.retry}
	if f.signOff != "" {
		if o.SignOff, err = respond.LoadSignOff(f.signOff); err != nil {
			return err
		}
	}
	outcomes, err := respond.Run(ctx, plan, o)
	// A run that ended early is told about, too: what it had begun may be done.
	settled := slices.DeleteFunc(slices.Clone(outcomes), func(out respond.Outcome) bool { return out.Status == "" })
	p.writeOutcomes(settled)
	for _, out := range settled {
		switch out.Status {
		case respond.Dead, respond.Unconfirmed:
			p.revoked++
		case respond.Failed, respond.InDoubt, respond.Alive:
			p.code = exitFindings
		}
	}
	telling, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := respond.Tell(telling, policy, settled); err != nil {
		slog.Warn(err.Error())
	}
	if err != nil {
		return &codedError{exitIncomplete, err}
	}
	return nil
}

func (p *program) writeOutcomes(list []respond.Outcome) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(p.stdout)
	t := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CREDENTIAL\tRULE\tOUTCOME\tDETAIL")
	for _, out := range list {
		f := out.Item.Finding
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.Secret.Redacted(), f.Rule.ID, out.Status, out.Detail)
	}
	t.Flush()
}

// approver asks the person at the terminal; nil if there is nobody.
func (p *program) approver() func(*respond.Item) (bool, error) {
	in, ok := p.stdin.(*os.File)
	if !ok || terminal(p.stderr) == nil || terminal(in) == nil {
		return nil
	}
	lines := bufio.NewReader(in)
	return func(it *respond.Item) (bool, error) {
		fmt.Fprintf(p.stderr, "%s %s (%s)? [y/N] ", it.Action, it.Finding.Secret.Redacted(), it.Finding.Rule.Title)
		answer, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		answer = strings.ToLower(strings.TrimSpace(answer))
		return answer == "y" || answer == "yes", nil
	}
}

func (p *program) undo(
	ctx context.Context, policy *respond.Policy, entry int, f *respondFlags, v *verifyFlags, key detector.Key, set []*rules.Rule,
	findings []detector.Finding,
) error {
	act, err := f.open(v, key)
	if err != nil {
		return err
	}
	defer act.close()
	o := respond.UndoOptions{Verifier: act.verifier, Journal: act.journal, Rules: set, Policy: policy, Findings: findings}
	if err := respond.Undo(ctx, entry, o); err != nil {
		return &codedError{exitIncomplete, err}
	}
	_, err = fmt.Fprintf(p.stdout, "took back entry %d\n", entry)
	return err
}
