package ci

import "strings"

// MayBeFork reports whether a run of GitHub Actions may be for a fork, whose author chose
// what is scanned: the head of the pull request, or of the run that a workflow_run followed,
// is in another repository or in none that is told, or the event cannot be read. Where there
// is no event it is not.
func MayBeFork(e Env) bool {
	if e.get("GITHUB_EVENT_PATH") == "" {
		return false
	}
	ev, err := readPayload(e)
	if err != nil {
		return true
	}
	foreign := func(r repo) bool {
		return r.Fork || r.FullName == "" || !strings.EqualFold(r.FullName, ev.Repository.FullName)
	}
	return ev.PullRequest != nil && foreign(ev.PullRequest.Head.Repo) || ev.WorkflowRun != nil && foreign(ev.WorkflowRun.HeadRepository)
}
