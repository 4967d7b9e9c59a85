package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// payload is what is read of an event's payload
// (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
type payload struct {
	Action  string `json:"action"`
	Before  string `json:"before"`
	After   string `json:"after"`
	Ref     string `json:"ref"`
	RefType string `json:"ref_type"`
	Created bool   `json:"created"`
	Deleted bool   `json:"deleted"`
	Forced  bool   `json:"forced"`

	PullRequest *struct {
		Number int  `json:"number"`
		Base   side `json:"base"`
		Head   side `json:"head"`
	} `json:"pull_request"`
	MergeGroup *struct {
		BaseSHA string `json:"base_sha"`
		HeadSHA string `json:"head_sha"`
	} `json:"merge_group"`
	WorkflowRun *struct {
		Event          string `json:"event"`
		HeadSHA        string `json:"head_sha"`
		HeadBranch     string `json:"head_branch"`
		HeadRepository repo   `json:"head_repository"`
		PullRequests   []struct {
			Number int  `json:"number"`
			Base   side `json:"base"`
			Head   side `json:"head"`
		} `json:"pull_requests"`
	} `json:"workflow_run"`
	Repository repo `json:"repository"`
}

type side struct {
	Ref  string `json:"ref"`
	SHA  string `json:"sha"`
	Repo repo   `json:"repo"`
}

type repo struct {
	FullName      string `json:"full_name"`
	DefaultBranch string `json:"default_branch"`
	Private       bool   `json:"private"`
	Fork          bool   `json:"fork"`
}

// planGitHub plans by the event's payload.
func planGitHub(e Env, p *Plan) error {
	p.Event = e.get("GITHUB_EVENT_NAME")
	ev, err := readPayload(e)
	if err != nil {
		return err
	}
	p.DefaultBranch = ev.Repository.DefaultBranch
	p.GitHub = newGitHub(e, ev)
	return p.githubEvent(e.get("GITHUB_SHA"), ev)
}

// readPayload reads the payload of the event that the run is for.
func readPayload(e Env) (*payload, error) {
	file := e.get("GITHUB_EVENT_PATH")
	if file == "" {
		return nil, errors.New("GITHUB_EVENT_PATH is not set: the event's payload is not to be had")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the event's payload: %w", err)
	}
	ev := new(payload)
	if err := json.Unmarshal(text, ev); err != nil {
		return nil, fmt.Errorf("read the event's payload, %s: %w", file, err)
	}
	return ev, nil
}

// githubEvent plans what an event brought. sha is the commit that the run is for.
func (p *Plan) githubEvent(sha string, ev *payload) error {
	missing := func(what string) error {
		return fmt.Errorf("the payload of the event %q has no %s", p.Event, what)
	}
	switch p.Event {
	case "push":
		switch {
		case ev.Deleted || isZeros(ev.After):
			p.Mode = Nothing
			p.note("%s was removed", ev.Ref)
			return nil
		case ev.After == "":
			return missing("commit")
		}
		p.Base, p.Head = ev.Before, ev.After
		if strings.HasPrefix(ev.Ref, "refs/tags/") {
			// Where the tag stood before tells nothing; "after" may be the tag itself.
			p.Base, p.Event = zeros, "push of a tag"
			if sha != "" {
				p.Head = sha
			}
		} else if ev.Forced {
			p.note("the push was forced: scanned is what the branch has now and had not before")
		}
	case "pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment":
		pr := ev.PullRequest
		if pr == nil || pr.Base.SHA == "" || pr.Head.SHA == "" {
			return missing("pull request")
		}
		// All of it, not only what the last push added: what one commit adds and the next
		// removes is leaked all the same.
		p.Base, p.Head, p.Fork = pr.Base.SHA, pr.Head.SHA, true
	case "merge_group":
		if ev.MergeGroup == nil || ev.MergeGroup.HeadSHA == "" {
			return missing("merge group")
		}
		p.Base, p.Head = ev.MergeGroup.BaseSHA, ev.MergeGroup.HeadSHA
	case "workflow_run":
		run := ev.WorkflowRun
		if run == nil || run.HeadSHA == "" {
			return missing("workflow run")
		}
		p.Base, p.Head = zeros, run.HeadSHA
		switch {
		case len(run.PullRequests) > 0:
			// The pull request may have gone on since; the run was for its commit.
			p.Base, p.Fork = run.PullRequests[0].Base.SHA, true
		case run.HeadRepository.FullName == ev.Repository.FullName && run.HeadBranch == ev.Repository.DefaultBranch:
			p.Mode = History
			p.note("the event does not tell what the run on %s was for: the whole history is scanned", run.HeadBranch)
		}
	case "create":
		if ev.RefType == "tag" || ev.RefType == "branch" {
			p.Base, p.Head = zeros, sha
			return nil
		}
		return missing("kind of ref")
	case "delete":
		p.Mode = Nothing
		p.note("%s was removed", ev.Ref)
	case "schedule", "workflow_dispatch", "repository_dispatch":
		p.Mode = History
	default:
		p.Mode = Tree
		p.note("the event %q has no commits: the files that are checked out are scanned", p.Event)
	}
	return nil
}

// newGitHub gathers what calls of GitHub's API and the files of the step need.
func newGitHub(e Env, ev *payload) *GitHub {
	g := &GitHub{
		API: e.get("GITHUB_API_URL"), Server: e.get("GITHUB_SERVER_URL"), Repository: e.get("GITHUB_REPOSITORY"),
		SHA: e.get("GITHUB_SHA"), Ref: e.get("GITHUB_REF"), Private: ev.Repository.Private,
		OutputFile: e.get("GITHUB_OUTPUT"), SummaryFile: e.get("GITHUB_STEP_SUMMARY"), RunID: e.get("GITHUB_RUN_ID"),
	}
	if g.API == "" {
		g.API = "https://api.github.com"
	}
	if g.Server == "" {
		g.Server = "https://github.com"
	}
	own := func(r repo) bool { return r.FullName == "" || strings.EqualFold(r.FullName, g.Repository) }
	switch event := e.get("GITHUB_EVENT_NAME"); {
	case ev.PullRequest != nil:
		g.PullRequest = ev.PullRequest.Number
		g.FromFork = !own(ev.PullRequest.Head.Repo)
		if event != "pull_request" {
			// The run is for the base branch, whose alerts must not become those of the pull request.
			g.Ref, g.SHA = "refs/pull/"+strconv.Itoa(g.PullRequest)+"/head", ev.PullRequest.Head.SHA
		}
	case ev.WorkflowRun != nil:
		run := ev.WorkflowRun
		g.FromFork = !own(run.HeadRepository)
		g.SHA, g.Ref = run.HeadSHA, "refs/heads/"+run.HeadBranch
		switch {
		case len(run.PullRequests) > 0:
			g.PullRequest = run.PullRequests[0].Number
			g.Ref = "refs/pull/" + strconv.Itoa(g.PullRequest) + "/head"
		case g.FromFork:
			// A fork's "main" is not ours.
			g.Ref, g.SHA = "", ""
		}
	}
	return g
}
