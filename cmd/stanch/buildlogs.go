package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/buildlog"
)

// buildLogs makes the source of the logs and artifacts that an address leads to. Token and
// address of the interface are those of the environment, as the build systems set them for
// their own jobs; --endpoint goes before.
func (p *program) buildLogs(f *scanFlags, target string, expand sources.Expander) (sources.Source, error) {
	r := buildlog.Remote{Expand: expand}
	if since := f.git.Since; since != "" {
		var err error
		if r.Since, err = time.Parse(time.DateOnly, since); err != nil {
			if r.Since, err = time.Parse(time.RFC3339, since); err != nil {
				return nil, fmt.Errorf("--since %s: want a date such as 2006-01-02 for %s", since, target)
			}
		}
	}
	env := func(name string) string {
		v, _ := p.lookupEnv(name)
		return v
	}
	if strings.HasPrefix(target, "gitlab://") {
		r.Token, r.API = env("GITLAB_TOKEN"), cmp.Or(f.endpoint("gitlab"), env("CI_API_V4_URL"))
		return buildlog.NewGitLab(target, r)
	}
	r.Token, r.API = cmp.Or(env("GITHUB_TOKEN"), env("GH_TOKEN")), cmp.Or(f.endpoint("github"), env("GITHUB_API_URL"))
	return buildlog.NewGitHub(target, r)
}

// endpoint is the address that --endpoint gives a provider; empty if it gives none.
func (f *scanFlags) endpoint(provider string) string {
	if f.endpoints == nil {
		return ""
	}
	for _, e := range *f.endpoints {
		if name, address, ok := strings.Cut(e, "="); ok && name == provider {
			return address
		}
	}
	return ""
}
