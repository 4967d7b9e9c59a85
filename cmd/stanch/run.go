package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/joho/godotenv"
	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/engine"
	"github.com/stanchsec/stanch/internal/livemask"
	"github.com/stanchsec/stanch/internal/liverun"
	"github.com/stanchsec/stanch/internal/triage"
	"github.com/stanchsec/stanch/reporters"
)

// runFlags are the flags of run.
type runFlags struct {
	ruleFlags
	envFiles      []string
	names         []string
	noEnviron     bool
	knownOnly     bool
	minConfidence string
	report        reportFlags
}

func (p *program) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARGUMENT ...]",
		Short: "Run a build step and hide the secrets in its output",
		Long: `Run a command and pass its output on as it comes, with *** in place of secrets.

Hidden are the values of environment variables whose names say that they hold a
secret (TOKEN, SECRET, PASSWORD, KEY and their like, from 8 bytes on), of those that
--mask names and of all that --env files set; as they are, line by line, and in
base64, hexadecimal, percent-encoded, escaped for JSON, XML or a shell, or reversed.
Hidden is, too, what the rules find, also if no list knows it.

Signals, terminal and exit code are those of the command. When it has ended, a report
of what the rules found goes to standard error. The exit code is that of the command if
it failed (128 and the signal's number if a signal ended it, 127 if there is no such
command); else 1 if findings fail the gate; 0 otherwise. Known values that were
hidden are counted and fail nothing.

A line is judged by itself and what stands before it, since it cannot wait for the
next one. To find all, scan the log.`,
		Example: `  stanch run -- make test
  stanch run --env .env --mask DEPLOY_PASSPHRASE -- ./deploy.sh
  stanch run --fail-on critical --report sarif=run.sarif -- npm ci`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{errors.New("which command? Put it behind \"--\""), cmd.CommandPath()}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.runLive(cmd, &f, args) },
	}
	f.ruleFlags.add(cmd)
	fs := cmd.Flags()
	fs.SetInterspersed(false)
	fs.StringArrayVar(&f.envFiles, "env", nil, "hide all values that the `FILE` of NAME=value lines sets (repeatable)")
	fs.StringArrayVar(&f.names, "mask", nil, "hide the value of the environment variable `NAME` (repeatable)")
	fs.BoolVar(&f.noEnviron, "no-environment", false, "do not hide environment variables because of their names")
	fs.BoolVar(&f.knownOnly, "known-only", false, "hide known values only, and look for no others")
	fs.StringVar(&f.minConfidence, "min-confidence", "", "the confidence a finding needs: low, medium or high (default medium)")
	fs.StringArrayVar(&f.report.reports, "report", nil, "write a further report: `FORMAT=FILE` (repeatable)")
	fs.StringVar(&f.report.baseline, "baseline", "", "the `FILE` of known findings; see \"stanch baseline\"")
	fs.StringVar(&f.report.failOn, "fail-on", "", "exit with 1 on these findings, as for \"stanch scan\" (default any, with a baseline new)")
	fs.StringVar(&f.report.category, "category", "stanch-run", "the `NAME` of this scan in SARIF")
	complete(cmd, "min-confidence", "low", "medium", "high")
	return cmd
}

// runLive runs the command, reports and sets the exit code.
func (p *program) runLive(cmd *cobra.Command, f *runFlags, args []string) error {
	f.report.format = "text"
	outputs, err := p.outputs(cmd, &f.report)
	if err != nil {
		return err
	}
	var options livemask.Options
	if options.Known, err = p.known(f); err != nil {
		return err
	}
	var given []string
	if f.report.failOn != "" {
		given = append(given, "fail-on")
	}
	if f.report.baseline != "" {
		given = append(given, "baseline")
	}
	tree, set, err := f.load([]string{"."}, given)
	if err != nil {
		return err
	}
	gate, err := triage.ParseGate(f.report.failOn)
	if f.report.failOn != "" && err != nil {
		return fmt.Errorf("--fail-on: %w", err)
	}
	s := &scanned{targets: []string{"output of " + args[0]}, tree: tree, rules: len(set), Result: &engine.Result{Files: 1}}
	if s.baseline, err = loadBaseline(f.report.baseline, tree.Run()); err != nil {
		return err
	}
	if f.report.failOn == "" {
		gate = triage.DefaultGate(s.baseline != nil)
		if set := tree.Run().FailOn; set.IsSet() {
			gate = set.Value
		}
	}
	if !f.knownOnly {
		least, err := confidenceOf(tree, f.minConfidence, ".")
		if err != nil {
			return err
		}
		key, err := tree.Run().Key.Value.Load(p.lookupEnv)
		if err != nil {
			return err
		}
		options.Detector, err = detector.New(set, detector.WithKey(key), detector.WithMinConfidence(engine.Least(least)))
		if err != nil {
			return err
		}
	}
	folder, err := tree.Folder(".")
	if err != nil {
		return err
	}
	options.Drops = func(f *detector.Finding) bool { return folder.Drops(f.Rule.ID) }
	options.Suppress = func(f *detector.Finding) *detector.Suppression {
		return folder.Suppress(f.Rule.ID, f.Fingerprint, f.Places[0].Location.Path)
	}

	masker := livemask.New(options)
	s.Started = time.Now()
	status, err := liverun.Run(liverun.Command{Args: args, Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr, Masker: masker})
	var start *liverun.StartError
	if errors.As(err, &start) {
		return &codedError{start.Code, err}
	}
	if err != nil {
		slog.Error(err.Error())
	}
	s.Ended = time.Now()
	if status.Detached {
		slog.Warn("the command left a process behind that still holds its output; what it writes from now on is lost")
	}
	result := masker.Result()
	s.Findings, s.Bytes = result.Findings, result.Bytes
	if len(result.GaveUp) > 0 {
		s.Incomplete = true
		slog.Error(fmt.Sprintf("gave up on slow expressions of %s: a secret may have passed", strings.Join(result.GaveUp, ", ")))
	}
	for _, h := range result.Hidden {
		slog.Info(fmt.Sprintf("hid the value of %s %s", h.Name, count(h.Times, "time")))
	}
	if s.baseline != nil {
		s.baseline.Mark(s.Findings)
	}
	p.code = status.Code
	if p.code == exitOK {
		p.code = exitCode(gate, s, gate.NeedsVerification() && len(s.Findings) > 0)
	}
	if err != nil && p.code == exitOK {
		p.code = exitIncomplete
	}
	report := s.report(&f.report, p.code)
	if len(s.Findings) > 0 {
		fmt.Fprintln(p.stderr)
		r, err := reporters.New("text", reporters.Options{Color: p.colour(p.stderr), Width: width(p.stderr)})
		if err != nil {
			return err
		}
		if err := r.Write(p.stderr, report); err != nil {
			return &codedError{max(p.code, exitIncomplete), fmt.Errorf("standard error: %w", err)}
		}
	}
	return p.report(outputs[1:], report)
}

// known lists the values to hide that are known beforehand.
func (p *program) known(f *runFlags) ([]livemask.Value, error) {
	var list []livemask.Value
	if !f.noEnviron {
		list = livemask.Environ(os.Environ())
	}
	for _, name := range f.names {
		value, ok := p.lookupEnv(name)
		if !ok {
			return nil, fmt.Errorf("--mask %s: there is no such environment variable", name)
		}
		if len(value) < livemask.MinValue {
			return nil, fmt.Errorf("--mask %s: its value has %s; one of fewer than %d cannot be hidden, since it stands everywhere",
				name, count(len(value), "byte"), livemask.MinValue)
		}
		list = append(list, livemask.Value{Name: name, Text: value})
	}
	for _, file := range f.envFiles {
		values, err := envFile(file)
		if err != nil {
			return nil, err
		}
		list = append(list, values...)
	}
	return list, nil
}

// envFile reads the values that a file of NAME=value lines sets, in the order of their names.
func envFile(file string) ([]livemask.Value, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--env: %w", err)
	}
	values, err := godotenv.UnmarshalBytes(text)
	if err != nil {
		// The error quotes what it does not understand, which may be a secret.
		return nil, fmt.Errorf("--env %s: this is no file of NAME=value lines", file)
	}
	// Readers of such files differ in what they make of "$" and quotes: what is written
	// there is hidden as well.
	written := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, "=")
		name = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), "export "))
		if value = strings.Trim(value, " \t\r\n\"'"); value != values[name] {
			written[name] = value
		}
	}
	var list []livemask.Value
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range []string{values[name], written[name]} {
			switch n := len(value); {
			case n >= livemask.MinValue:
				list = append(list, livemask.Value{Name: name, Text: value})
			case n > 0:
				slog.Warn(fmt.Sprintf("%s: a value of %s is too short to be hidden: it would stand everywhere", file, name))
			}
		}
	}
	return list, nil
}
