package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// verifyFlags say whom to ask about credentials, and how.
type verifyFlags struct {
	endpoints, allowHosts  []string
	noTouch, cache, caFile string
	budget                 time.Duration
}

func (f *verifyFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.endpoints, "endpoint", nil, "ask a provider, rule or host at another address: `PROVIDER=URL` (repeatable)")
	fs.StringArrayVar(&f.allowHosts, "allow-host", nil, "ask this `HOST` only, \"*.example.com\" for all below it (repeatable)")
	fs.StringVar(&f.noTouch, "no-touch", "", "ask nobody about the credentials whose fingerprints `FILE` lists")
	fs.StringVar(&f.cache, "verify-cache", "", "keep answers in `FILE` for the next run; it holds no secrets")
	fs.StringVar(&f.caFile, "ca-file", "", "trust the certificate authorities in `FILE` (PEM) beside the system's")
	fs.DurationVar(&f.budget, "verify-budget", 0, "stop asking after `DURATION`, such as 5m (default no limit)")
}

// verifier makes what asks providers, and what saves its cache.
func (f *verifyFlags) verifier(key detector.Key, progress func(done, total int)) (*verify.Verifier, func() error, error) {
	o := verify.Options{AllowHosts: f.allowHosts, Budget: f.budget, Key: key, Progress: progress}
	for _, text := range f.endpoints {
		e, err := verify.ParseEndpoint(text)
		if err != nil {
			return nil, nil, fmt.Errorf("--endpoint: %w", err)
		}
		o.Endpoints = append(o.Endpoints, e)
	}
	var err error
	if f.noTouch != "" {
		if o.NoTouch, err = verify.ReadNoTouch(f.noTouch); err != nil {
			return nil, nil, fmt.Errorf("--no-touch: %w", err)
		}
	}
	if f.caFile != "" {
		if o.RootCAs, err = authorities(f.caFile); err != nil {
			return nil, nil, fmt.Errorf("--ca-file: %w", err)
		}
	}
	save := func() error { return nil }
	if f.cache != "" {
		if o.Cache, err = verify.OpenCache(f.cache); err != nil {
			return nil, nil, fmt.Errorf("--verify-cache: %w", err)
		}
		save = o.Cache.Save
	}
	v, err := verify.New(o)
	return v, save, err
}

// authorities are the system's certificate authorities and those in a file.
func authorities(path string) (*x509.CertPool, error) {
	data, err := readfile.Regular(path, 16<<20)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("the system's certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	return pool, nil
}

// verify asks about all findings that are not suppressed.
func (p *program) verify(ctx context.Context, f *verifyFlags, s *scanned, progress string) (verify.Summary, error) {
	show, done := p.countProgress(progress, "asked about")
	v, save, err := f.verifier(s.key, show)
	if err != nil {
		return verify.Summary{}, err
	}
	var asked []detector.Finding
	var at []int
	for i := range s.Findings {
		if s.Findings[i].Suppression == nil {
			asked, at = append(asked, s.Findings[i]), append(at, i)
		}
	}
	summary, err := v.Check(ctx, asked)
	done()
	for i, n := range at {
		s.Findings[n].Verification = asked[i].Verification
	}
	if err := save(); err != nil {
		slog.Warn(fmt.Sprintf("--verify-cache: %v", err))
	}
	slog.Info(fmt.Sprintf("asked about %s: %d live, %d dead, %d unknown; %s, %d answers from the cache",
		count(summary.Credentials, "credential"), summary.Live, summary.Dead, summary.Unknown,
		count(int(summary.Requests), "request"), summary.Cached))
	return summary, err
}

// listHosts writes whom a run may contact.
func (p *program) listHosts(f *verifyFlags, set []*rules.Rule, revocation bool) error {
	v, _, err := f.verifier(nil, nil)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "HOST\tRULES")
	for _, h := range v.Hosts(set, revocation) {
		fmt.Fprintf(t, "%s\t%s\n", h.Name, strings.Join(h.Rules, ", "))
	}
	return t.Flush()
}

func (p *program) verifyCommand() *cobra.Command {
	var f ruleFlags
	var v verifyFlags
	var id string
	var parts []string
	cmd := &cobra.Command{
		Use:   "verify --rule ID [flags]",
		Short: "Ask the provider whether a credential works",
		Long: `Ask the provider whether a credential works, and whose it is. The credential is read
from standard input, so that it stands in no shell history. Exit code 0 means that
there was an answer, 4 that there was none.`,
		Example: `  pbpaste | stanch verify --rule github-pat-classic
  stanch verify --rule aws-access-key --part access_key_id=AKIA... < secret.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.only = []string{id}
			if id == "" {
				return &usageError{errors.New("--rule says whose credential it is"), cmd.CommandPath()}
			}
			tree, set, err := f.load(nil, nil)
			if err != nil {
				return err
			}
			if len(set) != 1 {
				return fmt.Errorf("--rule %s: name one rule, this fits %d", id, len(set))
			}
			data, err := io.ReadAll(io.LimitReader(p.stdin, rules.MaxSecret))
			if err != nil {
				return fmt.Errorf("standard input: %w", err)
			}
			secret := strings.TrimSpace(string(data))
			if secret == "" {
				return errors.New("standard input is empty: the credential is expected there")
			}
			key, err := tree.Run().Key.Value.Load(p.lookupEnv)
			if err != nil {
				return err
			}
			finding := detector.Finding{Rule: set[0], Secret: detector.NewSecret(secret, 0), Confidence: 1}
			finding.Fingerprint = key.Fingerprint(set[0].Provider, finding.Secret)
			for _, text := range parts {
				name, value, ok := strings.Cut(text, "=")
				if !ok {
					return fmt.Errorf("--part %q: want NAME=VALUE", name)
				}
				finding.Parts = append(finding.Parts, detector.Part{Name: name, Value: detector.NewSecret(value, 0)})
			}
			asker, save, err := v.verifier(key, nil)
			if err != nil {
				return err
			}
			list := []detector.Finding{finding}
			if _, err := asker.Check(cmd.Context(), list); err != nil {
				return err
			}
			if err := save(); err != nil {
				slog.Warn(fmt.Sprintf("--verify-cache: %v", err))
			}
			got := list[0].Verification
			if got.State == detector.Unknown {
				p.code = exitUnverified
			}
			return writeVerification(p.stdout, got)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&id, "rule", "", "the `ID` of the rule, which says whose credential it is")
	fs.StringArrayVar(&parts, "part", nil, "another part of the credential: `NAME=VALUE` (repeatable)")
	fs.StringArrayVar(&f.paths, "rules", nil, "further rules: a `PATH` of a TOML file or a folder of them (repeatable)")
	fs.StringVar(&f.config, "config", "", "read this `FILE` instead of all .stanch.toml")
	fs.BoolVar(&f.noConfig, "no-config", false, "read no configuration")
	_ = cmd.RegisterFlagCompletionFunc("rule", completeRules)
	v.add(cmd)
	return cmd
}

func writeVerification(w io.Writer, v *detector.Verification) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	row("state", string(v.State))
	row("reason", v.Reason)
	row("owner", v.Identity.Owner)
	row("account", v.Identity.Account)
	row("scopes", strings.Join(v.Identity.Scopes, ", "))
	row("created", v.Identity.Created)
	row("expires", v.Identity.Expires)
	row("last used", v.Identity.LastUsed)
	return t.Flush()
}
