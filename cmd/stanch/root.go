package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
)

// root is the command line.
func (p *program) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stanch",
		Short: "Find leaked credentials",
		Long: `stanch finds leaked credentials in source code, configuration, logs and whatever
else it is pointed at, and tells what to do about them.

Exit codes: 0 nothing that fails the gate, 1 findings that fail it, 2 wrong usage
or configuration, 3 the scan is incomplete, 4 verification was required and could
not be done.`,
		Example: `  stanch scan .
  stanch scan --format sarif --output stanch.sarif src
  kubectl get secret -o yaml | stanch scan -`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetIn(p.stdin)
	cmd.SetOut(p.stdout)
	cmd.SetErr(p.stderr)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err, cmd.CommandPath()}
	})
	var quiet bool
	var verbose int
	cmd.PersistentFlags().BoolVarP(&quiet, "quiet", "q", false, "write errors only, and no summary of what was not scanned")
	cmd.PersistentFlags().CountVarP(&verbose, "verbose", "v", "tell more; -vv tells what the program does")
	cmd.PersistentPreRunE = func(*cobra.Command, []string) error {
		level := levelNote
		switch {
		case quiet:
			level = slog.LevelError
		case verbose >= 2:
			level = slog.LevelDebug
		case verbose == 1:
			level = slog.LevelInfo
		}
		slog.SetDefault(slog.New(&logHandler{w: p.stderr, level: level, colour: p.colour(p.stderr)}))
		return nil
	}
	cmd.AddCommand(p.scanCommand(), p.ciCommand(), p.runCommand(), p.explainCommand(), p.rulesCommand(), p.baselineCommand(), p.verifyCommand(),
		p.revokeCommand(), p.hookCommand(), p.versionCommand())
	return cmd
}

// usageError is wrong usage of a command.
type usageError struct {
	error
	command string
}

func (e *usageError) Unwrap() error { return e.error }

func (e *usageError) Error() string {
	return e.error.Error() + "\nSee \"" + e.command + " --help\"."
}

// oneArgument wants one argument; what says what it is.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return &usageError{fmt.Errorf("want one argument: %s", what), cmd.CommandPath()}
		}
		return nil
	}
}
