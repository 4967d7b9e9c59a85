package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/internal/baseline"
	"github.com/stanchsec/stanch/internal/config"
)

// defaultBaseline is the baseline file where neither flag nor configuration names one.
const defaultBaseline = "stanch-baseline.json"

func (p *program) baselineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep a file of findings that a project knows of",
		Long: `Keep a file of findings that a project knows of. A scan with that file fails on new
findings only. The file names credentials by fingerprint and holds neither secrets
nor positions; see docs/configuration.md.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.baselineWrite("create"), p.baselineWrite("update"), p.baselineShow())
	return cmd
}

// baselineWrite is the command create or update.
func (p *program) baselineWrite(name string) *cobra.Command {
	var f scanFlags
	var file string
	var keep bool
	cmd := &cobra.Command{
		Use:     "create [flags] [TARGET ...]",
		Short:   "Scan, and write all findings into a new baseline",
		Example: "  stanch baseline create\n  stanch baseline create --baseline known.json src",
	}
	if name == "update" {
		cmd.Use = "update [flags] [TARGET ...]"
		cmd.Short = "Scan, add what is new to the baseline and drop what is gone"
		cmd.Example = "  stanch baseline update\n  stanch baseline update --keep src"
		cmd.Flags().BoolVar(&keep, "keep", false, "keep what was not found, as it should be when the scan sees only a part of the project")
	}
	cmd.RunE = func(cmd *cobra.Command, targets []string) error {
		path, err := baselinePath(file, &f.ruleFlags, targets)
		if err != nil {
			return err
		}
		old, err := baseline.Load(path)
		switch {
		case err == nil && name == "create":
			return fmt.Errorf("%s is there already: \"stanch baseline update\" brings it up to date", path)
		case errors.Is(err, fs.ErrNotExist) && name == "update":
			return fmt.Errorf("there is no %s: \"stanch baseline create\" makes it", path)
		case errors.Is(err, fs.ErrNotExist):
			old = new(baseline.Baseline)
		case err != nil:
			return err
		}
		s, err := p.scan(cmd.Context(), &f, targets, []string{"baseline", "fail-on"}, "")
		if err != nil {
			return err
		}
		if s.Incomplete && !keep {
			if name == "update" {
				keep = true
				slog.Warn("the scan is incomplete: what was not found stays in the baseline")
			}
			for _, k := range s.Skipped {
				if k.Incomplete {
					slog.Warn("not scanned: " + k.Location.Name() + ": " + k.Reason)
				}
			}
			p.code = exitIncomplete
		}
		next, change := old.Update(s.Findings, time.Now(), keep)
		if err := next.WriteFile(path); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s: %s, %d added, %d dropped\n", path, count(next.Len(), "finding"), len(change.Added), len(change.Dropped))
		return err
	}
	f.add(cmd)
	addBaselineFlag(cmd, &file)
	return cmd
}

func addBaselineFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "baseline", "", "the baseline `FILE` (default that of the configuration, else "+defaultBaseline+")")
}

// baselinePath is the file to work with.
func baselinePath(flag string, f *ruleFlags, targets []string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	tree, err := config.Load(targets, config.Options{File: f.config, None: f.noConfig, Now: time.Now()})
	if err != nil {
		return "", err
	}
	return cmp.Or(tree.Run().Baseline.Value, defaultBaseline), nil
}

func (p *program) baselineShow() *cobra.Command {
	var f ruleFlags
	var file string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "List what is in the baseline",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			path, err := baselinePath(file, &f, nil)
			if err != nil {
				return err
			}
			b, err := baseline.Load(path)
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("there is no %s: \"stanch baseline create\" makes it", path)
			}
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "FINGERPRINT\tSINCE\tRULE\tNOTE")
			for _, e := range b.Entries() {
				fmt.Fprintf(t, "%s\t%s\t%s\t%q\n", e.Fingerprint, cmp.Or(e.Since, "-"), e.Rule, e.Note)
			}
			return t.Flush()
		},
	}
	addBaselineFlag(cmd, &file)
	cmd.Flags().StringVar(&f.config, "config", "", "read this `FILE` instead of all .stanch.toml")
	cmd.Flags().BoolVar(&f.noConfig, "no-config", false, "read no configuration")
	return cmd
}
