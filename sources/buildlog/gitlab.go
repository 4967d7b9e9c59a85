package buildlog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

// GitLab fetches traces and artifacts of GitLab's jobs
// (https://docs.gitlab.com/api/jobs/). Make one with [NewGitLab].
type GitLab struct {
	caller
	base    *url.URL
	project string
	kind    string // "jobs" or "pipelines"
	id      int64
}

var _ sources.Source = (*GitLab)(nil)

var gitlabTarget = regexp.MustCompile(`^gitlab://([0-9A-Za-z_./-]+)/-/(jobs|pipelines)/([0-9]{1,18})/?$`)

// NewGitLab makes a source of one job, "gitlab://group/project/-/jobs/ID", or of all jobs of
// a pipeline, "gitlab://group/project/-/pipelines/ID". It connects to nothing.
func NewGitLab(target string, r Remote) (*GitLab, error) {
	m := gitlabTarget.FindStringSubmatch(target)
	if m == nil {
		return nil, fmt.Errorf("target %q: want gitlab://GROUP/PROJECT/-/jobs/ID or gitlab://GROUP/PROJECT/-/pipelines/ID", target)
	}
	base, err := apiURL(cmp.Or(r.API, "https://gitlab.com/api/v4"))
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(m[3], 10, 64)
	return &GitLab{caller{r, base.Host}, base, m[1], m[2], id}, nil
}

// gitlabJob is what is needed of a job.
type gitlabJob struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	URL    string `json:"web_url"`
	Status string `json:"status"`
	File   *struct {
		Name string `json:"filename"`
	} `json:"artifacts_file"`
}

// Walk implements [sources.Source].
func (g *GitLab) Walk(ctx context.Context, sink sources.Sink) error {
	rest := "/" + g.kind + "/" + strconv.FormatInt(g.id, 10)
	if g.kind == "jobs" {
		var job gitlabJob
		if _, err := g.get(ctx, rest, &job); err != nil {
			return g.failed(ctx, err)
		}
		return g.job(ctx, sink, job)
	}
	for page := "1"; page != ""; {
		var jobs []gitlabJob
		header, err := g.get(ctx, rest+"/jobs?include_retried=true&per_page=100&page="+page, &jobs)
		if err != nil {
			return g.failed(ctx, err)
		}
		for _, job := range jobs {
			if err := g.job(ctx, sink, job); err != nil {
				return err
			}
		}
		page = header.Get("X-Next-Page")
		if _, err := strconv.Atoi(page); page != "" && err != nil {
			return g.failed(ctx, fmt.Errorf("the server's next page is none: %w", err))
		}
	}
	return nil
}

func (g *GitLab) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("cannot read %s %d of %s: %w; what is private needs GITLAB_TOKEN with the scope read_api", g.kind, g.id, g.project, err)
}

func (g *GitLab) address(rest string) string {
	return g.base.String() + "projects/" + url.PathEscape(g.project) + rest
}

// get decodes an answer.
func (g *GitLab) get(ctx context.Context, rest string, to any) (http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.address(rest), nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: &g.caller}).Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{resp.StatusCode}
	}
	const maxAnswer = 64 << 20
	if err := json.NewDecoder(limit(resp.Body, maxAnswer)).Decode(to); err != nil {
		return nil, fmt.Errorf("the server's answer is no list of jobs: %w", err)
	}
	return resp.Header, nil
}

// job looks through the trace and the artifacts of a job.
func (g *GitLab) job(ctx context.Context, sink sources.Sink, job gitlabJob) error {
	id := strconv.FormatInt(job.ID, 10)
	at := detector.Location{Path: "gitlab://" + g.project + "/-/jobs/" + id, Job: job.Name, URL: job.URL}
	f, size, err := g.download(ctx, g.address("/jobs/"+id+"/trace"))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		lost(sink, at, "trace", err)
	} else {
		err = (&reader{sink: sink}).any(ctx, f, size, at)
		discard(f)
		if err != nil {
			return err
		}
	}
	if job.File == nil {
		return nil
	}
	at.Members = []string{cmp.Or(job.File.Name, "artifacts.zip")}
	f, size, err = g.download(ctx, g.address("/jobs/"+id+"/artifacts"))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		lost(sink, at, "artifacts", err)
		return nil
	}
	defer discard(f)
	return g.artifact(ctx, f, size, at, sink)
}
