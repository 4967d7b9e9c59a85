package buildlog

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

// GitHub fetches logs and artifacts of runs of GitHub Actions. Make one with [NewGitHub].
type GitHub struct {
	caller
	client      *github.Client
	owner, repo string
	run         int64 // 0 for all
}

var _ sources.Source = (*GitHub)(nil)

var githubTarget = regexp.MustCompile(`^github://([0-9A-Za-z-]+)/([0-9A-Za-z_.-]+)/actions(?:/runs/([0-9]{1,18}))?/?(?:\?since=([0-9A-Za-z:+.-]+))?$`)

// IsRemote reports whether a target is an address for [NewGitHub] or [NewGitLab].
func IsRemote(target string) bool {
	return strings.HasPrefix(target, "github://") || strings.HasPrefix(target, "gitlab://")
}

// NewGitHub makes a source of one run, "github://owner/repo/actions/runs/ID", or of all runs
// of a repository, "github://owner/repo/actions", which "?since=2006-01-02" bounds as
// [Remote].Since does. It connects to nothing.
func NewGitHub(target string, r Remote) (*GitHub, error) {
	m := githubTarget.FindStringSubmatch(target)
	if m == nil {
		return nil, fmt.Errorf("target %q: want github://OWNER/REPO/actions/runs/ID or github://OWNER/REPO/actions?since=DATE", target)
	}
	g := &GitHub{owner: m[1], repo: m[2]}
	if m[3] != "" {
		g.run, _ = strconv.ParseInt(m[3], 10, 64)
	}
	if m[4] != "" {
		var err error
		if r.Since, err = time.Parse(time.DateOnly, m[4]); err != nil {
			if r.Since, err = time.Parse(time.RFC3339, m[4]); err != nil {
				return nil, fmt.Errorf("target %q: since %q is no date such as 2006-01-02", target, m[4])
			}
		}
	}
	base, err := apiURL(cmp.Or(r.API, "https://api.github.com"))
	if err != nil {
		return nil, err
	}
	g.caller = caller{r, base.Host}
	g.client = github.NewClient(&http.Client{Transport: &g.caller})
	g.client.BaseURL = base
	return g, nil
}

// apiURL is an address that others are built upon.
func apiURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no address of an interface: want https://HOST/PATH", address)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	return u, nil
}

// Walk implements [sources.Source].
func (g *GitHub) Walk(ctx context.Context, sink sources.Sink) error {
	if g.run != 0 {
		run, _, err := g.client.Actions.GetWorkflowRunByID(ctx, g.owner, g.repo, g.run)
		if err != nil {
			return g.failed(ctx, fmt.Sprintf("run %d", g.run), err)
		}
		return g.scan(ctx, sink, run)
	}
	options := &github.ListWorkflowRunsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	if !g.Since.IsZero() {
		options.Created = ">=" + g.Since.UTC().Format(time.RFC3339)
	}
	seen := 0
	for {
		page, resp, err := g.client.Actions.ListRepositoryWorkflowRuns(ctx, g.owner, g.repo, options)
		if err != nil {
			return g.failed(ctx, "the list of runs", err)
		}
		for _, run := range page.WorkflowRuns {
			if err := g.scan(ctx, sink, run); err != nil {
				return err
			}
		}
		if seen += len(page.WorkflowRuns); resp.NextPage == 0 {
			if seen < page.GetTotalCount() { // a query gives 1,000 at most
				sink.Skip(sources.Skip{Location: detector.Location{Path: g.path("")}, Incomplete: true,
					Reason: fmt.Sprintf("the server listed %d of %d runs: narrow them with --since", seen, page.GetTotalCount())})
			}
			return nil
		}
		options.Page = resp.NextPage
	}
}

func (g *GitHub) path(rest string) string {
	return "github://" + g.owner + "/" + g.repo + "/actions" + rest
}

// failed says why the target cannot be read, and what to do.
func (g *GitHub) failed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	hint := ""
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		switch answer.Response.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			hint = "; private repositories need GITHUB_TOKEN with the permission actions: read"
		}
		err = &statusError{answer.Response.StatusCode}
	}
	return fmt.Errorf("cannot read %s of %s/%s: %w%s", what, g.owner, g.repo, withoutAddress(err), hint)
}

// scan looks through the logs and the artifacts of a run.
func (g *GitHub) scan(ctx context.Context, sink sources.Sink, run *github.WorkflowRun) error {
	at := detector.Location{Path: g.path("/runs/" + strconv.FormatInt(run.GetID(), 10)), URL: run.GetHTMLURL()}
	if err := g.logs(ctx, sink, run.GetID(), at); err != nil {
		return err
	}
	return g.artifacts(ctx, sink, run.GetID(), at)
}

// logs looks through the archive of a run's logs, and through the logs of the jobs that are
// not in it (https://github.com/cli/cli/issues/11172).
func (g *GitHub) logs(ctx context.Context, sink sources.Sink, run int64, at detector.Location) error {
	present := map[string]bool{}
	f, size, err := g.fetch(ctx, func() (*url.URL, *github.Response, error) {
		return g.client.Actions.GetWorkflowRunLogs(ctx, g.owner, g.repo, run, 1)
	})
	if err == nil {
		defer discard(f)
		if z, broken := zip.NewReader(f, size); broken == nil {
			for _, e := range z.File {
				if m := jobFile.FindStringSubmatch(e.Name); m != nil {
					present[plainName(m[2])] = true
				} else if job, _, ok := strings.Cut(e.Name, "/"); ok {
					present[plainName(job)] = true
				}
			}
			if err := (&reader{sink: sink}).zip(ctx, f, size, at); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	options := &github.ListWorkflowJobsOptions{Filter: "latest", ListOptions: github.ListOptions{PerPage: 100}}
	for {
		page, resp, err := g.client.Actions.ListWorkflowJobs(ctx, g.owner, g.repo, run, options)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			lost(sink, at, "list of jobs", answerOf(err))
			return nil
		}
		for _, job := range page.Jobs {
			if present[plainName(job.GetName())] || job.GetConclusion() == "skipped" {
				continue
			}
			if err := g.job(ctx, sink, job, at); err != nil {
				return err
			}
		}
		if resp.NextPage == 0 {
			return nil
		}
		options.Page = resp.NextPage
	}
}

// plainName is a job's name without what archives cannot have in names.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|_ .`, r) {
			return -1
		}
		return r
	}, s)
}

// job looks through the log of one job.
func (g *GitHub) job(ctx context.Context, sink sources.Sink, job *github.WorkflowJob, at detector.Location) error {
	at.Job, at.URL = job.GetName(), cmp.Or(job.GetHTMLURL(), at.URL)
	f, size, err := g.fetch(ctx, func() (*url.URL, *github.Response, error) {
		return g.client.Actions.GetWorkflowJobLogs(ctx, g.owner, g.repo, job.GetID(), 1)
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lost(sink, at, "log", err)
		return nil
	}
	defer discard(f)
	return (&reader{sink: sink}).any(ctx, f, size, at)
}

// fetch asks for the address of something and downloads it at once: the address is good for
// a minute.
func (g *GitHub) fetch(ctx context.Context, ask func() (*url.URL, *github.Response, error)) (*os.File, int64, error) {
	u, resp, err := ask()
	if err != nil {
		if resp != nil && resp.Response != nil {
			return nil, 0, &statusError{resp.StatusCode}
		}
		return nil, 0, answerOf(err)
	}
	if u.Scheme != "https" && u.Scheme != g.client.BaseURL.Scheme {
		return nil, 0, errors.New("the server led to an address without TLS")
	}
	return g.download(ctx, u.String())
}

// answerOf is the status of an error of the client, which else quotes what it was told.
func answerOf(err error) error {
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		return &statusError{answer.Response.StatusCode}
	}
	return withoutAddress(err)
}

// artifacts looks through the artifacts of a run.
func (g *GitHub) artifacts(ctx context.Context, sink sources.Sink, run int64, at detector.Location) error {
	options := &github.ListOptions{PerPage: 100}
	for {
		page, resp, err := g.client.Actions.ListWorkflowRunArtifacts(ctx, g.owner, g.repo, run, options)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			lost(sink, at, "list of artifacts", answerOf(err))
			return nil
		}
		for _, a := range page.Artifacts {
			here := at
			here.Members = []string{a.GetName() + ".zip"}
			if a.GetExpired() {
				lost(sink, here, "artifact", &statusError{http.StatusGone})
				continue
			}
			f, size, err := g.fetch(ctx, func() (*url.URL, *github.Response, error) {
				return g.client.Actions.DownloadArtifact(ctx, g.owner, g.repo, a.GetID(), 1)
			})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				lost(sink, here, "artifact", err)
				continue
			}
			err = g.artifact(ctx, f, size, here, sink)
			discard(f)
			if err != nil {
				return err
			}
		}
		if resp.NextPage == 0 {
			return nil
		}
		options.Page = resp.NextPage
	}
}
