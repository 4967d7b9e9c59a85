package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/internal/ruletest"
	"github.com/stanchsec/stanch/internal/workflow"
	"github.com/stanchsec/stanch/rules"
)

// ruleFlags say which rules and which configuration a command works with.
type ruleFlags struct {
	paths        []string
	noBuiltin    bool
	only, except []string
	config       string
	noConfig     bool
}

func (f *ruleFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.paths, "rules", nil, "further rules: a `PATH` of a TOML file or a folder of them (repeatable)")
	fs.BoolVar(&f.noBuiltin, "no-builtin-rules", false, "use only the rules that --rules and the configuration name")
	fs.StringArrayVar(&f.only, "rule", nil, "use only rules whose id fits the `GLOB` (repeatable)")
	fs.StringArrayVar(&f.except, "exclude-rule", nil, "leave out rules whose id fits the `GLOB` (repeatable)")
	fs.StringVar(&f.config, "config", "", "read this `FILE` instead of all .stanch.toml")
	fs.BoolVar(&f.noConfig, "no-config", false, "read no configuration")
	cmd.MarkFlagsMutuallyExclusive("config", "no-config")
	for _, name := range []string{"rule", "exclude-rule"} {
		_ = cmd.RegisterFlagCompletionFunc(name, completeRules)
	}
}

// completeRules completes the id of a rule.
func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, r := range slices.Concat(rules.Builtin(), workflow.Rules()) {
		ids = append(ids, r.ID+"\t"+r.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// load reads the configuration for targets and the rules that a run over them uses. given lists the keys of the
// configuration that the command line decides.
func (f *ruleFlags) load(targets, given []string) (*config.Tree, []*rules.Rule, error) {
	tree, set, _, err := f.loadAll(targets, given)
	return tree, set, err
}

// loadAll is load with the rules for mistakes in workflows, which are no rules of the detector.
func (f *ruleFlags) loadAll(targets, given []string) (tree *config.Tree, set, workflows []*rules.Rule, err error) {
	tree, err = config.Load(targets, config.Options{File: f.config, None: f.noConfig, Given: given, Now: time.Now()})
	if err != nil {
		return nil, nil, nil, err
	}
	paths := f.paths
	for _, s := range tree.Run().Rules {
		paths = append(paths, s.Value)
	}
	all, err := loadRules(paths, f.noBuiltin)
	if err != nil {
		return nil, nil, nil, err
	}
	if !f.noBuiltin {
		all = slices.Concat(all, workflow.Rules())
	}
	all, err = tree.Select(all, f.only, f.except)
	for _, r := range all {
		if slices.Contains(workflow.Rules(), r) {
			workflows = append(workflows, r)
		} else {
			set = append(set, r)
		}
	}
	return tree, set, workflows, err
}

// loadRules reads rule files, and proves what they say by their examples.
func loadRules(paths []string, noBuiltin bool) ([]*rules.Rule, error) {
	var set []*rules.Rule
	if !noBuiltin {
		set = rules.Builtin()
	}
	if len(paths) == 0 {
		return set, nil
	}
	own, err := rules.Load(paths...)
	if err != nil {
		return nil, err
	}
	builtin := map[string]bool{}
	for _, r := range set {
		builtin[r.ID] = true
	}
	for _, r := range own {
		if builtin[r.ID] {
			return nil, fmt.Errorf("%s: the rule %q is built in: give yours another id, or leave out the built-in one with "+
				"--no-builtin-rules", r.Position, r.ID)
		}
	}
	set = append(set[:len(set):len(set)], own...)
	problems, err := ruletest.Run(own, set)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return set, nil
}
