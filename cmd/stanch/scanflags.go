package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/baseline"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/internal/engine"
	"github.com/stanchsec/stanch/internal/gitstore"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/buildlog"
	"github.com/stanchsec/stanch/sources/files"
	"github.com/stanchsec/stanch/sources/gitrepo"
	"github.com/stanchsec/stanch/sources/image"
)

// scanFlags are the flags of all commands that scan.
type scanFlags struct {
	ruleFlags
	include, exclude []string
	maxFileSize      string
	minConfidence    string
	jobs             int
	archives         archiveFlags
	progress         string
	stats            bool
	git              gitFlags
	logs             bool
	noWorkflows      bool
	endpoints        *[]string // those of the flags for verification, if the command has them
}

// gitFlags say what of a git repository to scan.
type gitFlags struct {
	noHistory, unreachable bool
	gitrepo.Range
	cache string
}

func (f *gitFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&f.noHistory, "no-history", false, "scan the files of a git repository only, not its history")
	fs.StringVar(&f.Revisions, "range", "", "scan what the commits `A..B` or A...B of a git repository brought")
	fs.StringVar(&f.Since, "since", "", "scan what the commits of a git repository since `DATE` brought")
	fs.StringVar(&f.Branch, "branch", "", "scan the history of one branch, tag or other `REF` only")
	fs.BoolVar(&f.Staged, "staged", false, "scan what is staged for the next commit")
	fs.BoolVar(&f.unreachable, "unreachable", false, "report what no branch or tag of a git repository leads to, too")
	fs.StringVar(&f.cache, "cache", "", "remember in the folder `DIR` which objects of git repositories hold nothing")
	for _, other := range []string{"range", "since", "branch", "staged", "unreachable"} {
		cmd.MarkFlagsMutuallyExclusive("no-history", other)
	}
}

// narrow reports whether flags are given that only a git repository understands.
func (f *gitFlags) narrow() bool { return f.Range != gitrepo.Range{} || f.unreachable }

func (f *scanFlags) add(cmd *cobra.Command) {
	f.ruleFlags.add(cmd)
	fs := cmd.Flags()
	fs.StringArrayVar(&f.include, "include", nil, "scan only files that fit the `GLOB` (repeatable)")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "do not scan files and folders that fit the `GLOB` (repeatable)")
	fs.StringVar(&f.maxFileSize, "max-file-size", "", "do not scan files larger than `SIZE`, such as 10MiB; 0 for no limit (default 0)")
	fs.StringVar(&f.minConfidence, "min-confidence", "", "the confidence a finding needs: low, medium or high (default medium)")
	fs.IntVar(&f.jobs, "jobs", 0, "scan `N` files at a time (default: the number of processors)")
	f.archives.add(cmd)
	fs.BoolVar(&f.logs, "logs", false, "the targets are logs of builds: files, zip archives of logs or \"-\"")
	fs.BoolVar(&f.noWorkflows, "no-workflow-checks", false, "do not look for mistakes in workflows of GitHub Actions by which secrets leak")
	fs.StringVar(&f.progress, "progress", "auto", "show progress: auto (on a terminal), always or never")
	fs.BoolVar(&f.stats, "stats", false, "print how much was scanned, how fast, and which rules took longest")
	f.git.add(cmd)
	complete(cmd, "min-confidence", "low", "medium", "high")
	complete(cmd, "progress", "auto", "always", "never")
}

// complete offers the values of a flag to the shell.
func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	})
}

// scanned is a scan that was run.
type scanned struct {
	*engine.Result
	targets []string
	rooted  func(path string) string // of [reporters.Run]
	tree    *config.Tree
	rules   int
	key     detector.Key
	// baseline is nil if there is none.
	baseline *baseline.Baseline
}

// scan scans targets. given lists the keys of the configuration that the command line
// decides besides those of the flags here; baselineFile is that of the command line.
func (p *program) scan(ctx context.Context, f *scanFlags, targets, given []string, baselineFile string) (*scanned, error) {
	if len(targets) == 0 {
		targets = []string{"."}
	}
	if !slices.Contains([]string{"auto", "always", "never"}, f.progress) {
		return nil, fmt.Errorf("--progress %q: want auto, always or never", f.progress)
	}
	if f.jobs < 0 {
		return nil, fmt.Errorf("--jobs %d: want 1 or more", f.jobs)
	}
	var options engine.Options
	if f.minConfidence != "" {
		c, err := config.ParseConfidence(f.minConfidence)
		if err != nil {
			return nil, fmt.Errorf("--min-confidence: %w", err)
		}
		options.MinConfidence = c
	}
	var maxFileSize int64
	if f.maxFileSize != "" {
		var err error
		if maxFileSize, err = config.ParseSize(f.maxFileSize); err != nil {
			return nil, fmt.Errorf("--max-file-size: %w", err)
		}
		given = append(given, "max-file-size")
	}
	if f.jobs > 0 {
		given = append(given, "jobs")
	}
	if baselineFile != "" {
		given = append(given, "baseline")
	}
	given = append(given, f.archives.given()...)
	tree, set, workflows, err := f.loadAll(targets, given)
	if err != nil {
		return nil, err
	}
	run := tree.Run()
	if f.maxFileSize == "" {
		maxFileSize = run.MaxFileSize.Value
	}
	if f.jobs == 0 {
		f.jobs = run.Jobs.Value
	}
	f.archives.configured(&run)
	s := &scanned{tree: tree, rules: len(set), rooted: rooted(targets)}
	for _, t := range targets {
		s.targets = append(s.targets, shownTarget(t))
	}
	if s.baseline, err = loadBaseline(baselineFile, run); err != nil {
		return nil, err
	}
	options.Rules, options.Config, options.Timing = set, tree, f.stats
	if options.Key, err = run.Key.Value.Load(p.lookupEnv); err != nil {
		return nil, err
	}
	s.key = options.Key
	if len(set) > 0 {
		err = p.look(ctx, f, s, targets, options, maxFileSize)
	} else { // all that is asked for is how workflows are
		now := time.Now()
		s.Result = &engine.Result{Started: now, Ended: now}
	}
	if err != nil {
		return nil, err
	}
	// Where only some commits are asked for, these are not.
	if !f.noWorkflows && !f.logs && len(workflows) > 0 && !f.git.narrow() {
		if err := s.checkWorkflows(targets, workflows); err != nil {
			return nil, err
		}
	}
	if s.baseline != nil {
		s.compare()
	}
	for _, note := range s.Notes {
		slog.Log(ctx, levelNote, note)
	}
	for _, w := range tree.Warnings() {
		slog.Warn(w.String())
	}
	for _, w := range tree.Notes() {
		slog.Info(w.String())
	}
	return s, nil
}

// look runs the engine over targets.
func (p *program) look(ctx context.Context, f *scanFlags, s *scanned, targets []string, options engine.Options, maxFileSize int64) error {
	e, err := engine.New(options)
	if err != nil {
		return err
	}
	expander, err := f.archives.expander(maxFileSize)
	if err != nil {
		return err
	}
	var ruleSet string
	if f.git.cache != "" {
		least := cmp.Or(options.MinConfidence, s.tree.MinConfidence())
		if ruleSet, err = ruleSetID(options.Rules, least); err != nil {
			return err
		}
	}
	list, err := p.sources(f, targets, gitrepo.Options{
		Jobs: f.jobs, Range: f.git.Range, Unreachable: f.git.unreachable, Want: e.WantPath,
		Cache: f.git.cache, RuleSet: ruleSet,
		Files: files.Options{
			Jobs: f.jobs, Include: f.include, Exclude: f.exclude, MaxFileSize: maxFileSize, Enter: e.Enter, Want: e.Want,
			Expand: expander,
		},
	})
	if err != nil {
		return err
	}
	done := p.showProgress(f.progress, e)
	s.Result, err = e.Run(ctx, list...)
	done()
	return err
}

// compare marks the findings that the baseline has.
func (s *scanned) compare() {
	c := s.baseline.Mark(s.Findings)
	if c.Known == 0 && c.Gone > 0 && c.New > 0 {
		slog.Warn(fmt.Sprintf("nothing of the baseline was found, but %d other findings: has the fingerprint key changed?", c.New))
	}
}

// loadBaseline reads the baseline; nil if there is none. One that only the configuration
// names need not be there yet.
func loadBaseline(flag string, run config.Run) (*baseline.Baseline, error) {
	if flag != "" {
		b, err := baseline.Load(flag)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--baseline %s: there is no such file; \"stanch baseline create\" makes one", flag)
		}
		return b, err
	}
	if !run.Baseline.IsSet() {
		return nil, nil
	}
	b, err := baseline.Load(run.Baseline.Value)
	if errors.Is(err, fs.ErrNotExist) {
		slog.Warn(fmt.Sprintf("%s: there is no baseline %s yet; \"stanch baseline create\" makes it", run.Baseline.Position, run.Baseline.Value))
		return nil, nil
	}
	return b, err
}

// sources makes the sources of targets.
func (p *program) sources(f *scanFlags, targets []string, o gitrepo.Options) ([]sources.Source, error) {
	var list []sources.Source
	var paths []string
	for _, t := range targets {
		switch {
		case buildlog.IsRemote(t):
			s, err := p.buildLogs(f, t, o.Files.Expand)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		case f.logs && strings.Contains(t, "://"):
			return nil, fmt.Errorf("target %s: --logs wants files; logs are fetched from github:// and gitlab:// addresses", shownTarget(t))
		case f.logs && t == "-":
			list = append(list, buildlog.Stream(p.stdin))
		case f.logs:
			s, err := buildlog.New([]string{t})
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		case t == "-":
			list = append(list, files.Stdin(p.stdin).Expand(o.Files.Expand))
		case strings.HasPrefix(t, image.Scheme):
			s, err := f.archives.image(t, o.Jobs, o.Files.Expand)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		case gitrepo.IsURL(t):
			s, err := gitrepo.NewRemote(t, o)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		case strings.Contains(t, "://"):
			return nil, fmt.Errorf("target %s: what is not the address of a git repository cannot be scanned", shownTarget(t))
		default:
			s, err := repository(t, o, &f.git)
			if err != nil {
				return nil, err
			}
			if s != nil {
				list = append(list, s)
			} else {
				paths = append(paths, t)
			}
		}
	}
	if len(paths) > 0 {
		s, err := files.New(paths, o.Files)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// repository makes the source of a target that is a git repository to be scanned as one;
// nil if it is not.
func repository(target string, o gitrepo.Options, git *gitFlags) (sources.Source, error) {
	if git.noHistory {
		return nil, nil
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		s, err := gitrepo.New(target, o)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, gitstore.ErrNoRepository) {
			return nil, err
		}
	}
	if git.narrow() {
		return nil, fmt.Errorf("%s is no git repository: --range, --since, --branch, --staged and --unreachable want one", target)
	}
	return nil, nil
}

// shownTarget is a target for messages and reports: an address without user and password.
func shownTarget(target string) string {
	if u, err := url.Parse(target); err == nil && u.Scheme != "" && u.Host != "" {
		u.User, u.RawQuery = nil, ""
		return u.String()
	}
	return target
}
