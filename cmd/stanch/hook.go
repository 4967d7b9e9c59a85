package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/internal/hook"
)

func (p *program) hookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Install or remove git hooks that scan before a commit, a push or a receive",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.hookInstall(), p.hookUninstall())
	return cmd
}

// hookArgs are the kinds of hooks that arguments name; none stands for pre-commit.
func hookArgs(args []string) ([]hook.Kind, error) {
	if len(args) == 0 {
		return []hook.Kind{hook.PreCommit}, nil
	}
	var list []hook.Kind
	for _, a := range args {
		k, err := hook.ParseKind(a)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, nil
}

func hookNames() []string {
	var names []string
	for _, k := range hook.Kinds {
		names = append(names, string(k))
	}
	return names
}

func (p *program) hookInstall() *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "install [pre-commit] [pre-push] [pre-receive]",
		Short: "Install hooks in the repository of the current folder (default pre-commit)",
		Long: `Install hooks in the repository of the current folder: pre-commit scans what is staged,
pre-push what the remote does not have yet, pre-receive, on a server, what is new. A
hook that is there already and is not stanch's is left as it is.`,
		Example:   "  stanch hook install\n  stanch hook install pre-commit pre-push",
		ValidArgs: hookNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			kinds, err := hookArgs(args)
			if err != nil {
				return err
			}
			program, err := os.Executable()
			if err != nil {
				return err
			}
			for _, k := range kinds {
				if show {
					if _, err := io.WriteString(p.stdout, hook.Script(k, program)); err != nil {
						return err
					}
					continue
				}
				path, err := hook.Install(".", k, program)
				if err != nil {
					return err
				}
				fmt.Fprintf(p.stdout, "installed %s\n", path)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&show, "print", false, "print the hooks instead of installing them")
	return cmd
}

func (p *program) hookUninstall() *cobra.Command {
	return &cobra.Command{
		Use:       "uninstall [pre-commit] [pre-push] [pre-receive]",
		Short:     "Remove stanch's hooks from the repository of the current folder (default all)",
		ValidArgs: hookNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			kinds := hook.Kinds
			if len(args) > 0 {
				var err error
				if kinds, err = hookArgs(args); err != nil {
					return err
				}
			}
			for _, k := range kinds {
				path, removed, err := hook.Uninstall(".", k)
				if err != nil {
					return err
				}
				if removed {
					fmt.Fprintf(p.stdout, "removed %s\n", path)
				}
			}
			return nil
		},
	}
}
