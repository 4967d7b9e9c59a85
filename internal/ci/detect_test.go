package ci

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ids of commits as the payloads in testdata have them.
var (
	idA = strings.Repeat("a", 40)
	idB = strings.Repeat("b", 40)
	idC = strings.Repeat("c", 40)
	idS = strings.Repeat("5", 40) // GITHUB_SHA
)

func env(values map[string]string) Env {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func onGitHub(event, file string) Env {
	return env(map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": filepath.Join("testdata", "events", file+".json"),
		"GITHUB_SHA": idS, "GITHUB_REF": "refs/heads/ref-of-the-run", "GITHUB_REPOSITORY": "octo/app", "GITHUB_RUN_ID": "99",
	})
}

func TestGitHubEvents(t *testing.T) {
	type want struct {
		mode      Mode
		revisions string
		notes     int
		// what uploads belong to
		sha, ref string
		pr       int
		fork     bool
	}
	const runRef = "refs/heads/ref-of-the-run"
	for _, test := range []struct {
		event, file string
		want        want
	}{
		{"push", "push", want{Diff, idA + ".." + idB, 0, idS, runRef, 0, false}},
		{"push", "push-first", want{Diff, zeros + ".." + idB, 0, idS, runRef, 0, false}},
		{"push", "push-forced", want{Diff, idA + ".." + idB, 1, idS, runRef, 0, false}},
		{"push", "push-removed", want{Nothing, "", 1, idS, runRef, 0, false}},
		{"push", "push-tag", want{Diff, zeros + ".." + idS, 0, idS, runRef, 0, false}},
		{"pull_request", "pull_request", want{Diff, idA + "..." + idB, 0, idS, runRef, 7, false}},
		{"pull_request", "pull_request-synchronize", want{Diff, idA + "..." + idB, 0, idS, runRef, 7, false}},
		{"pull_request", "pull_request-fork", want{Diff, idA + "..." + idB, 0, idS, runRef, 7, true}},
		// The run is for the base branch: results must not become its alerts.
		{"pull_request_target", "pull_request-fork", want{Diff, idA + "..." + idB, 0, idB, "refs/pull/7/head", 7, true}},
		{"merge_group", "merge_group", want{Diff, idA + ".." + idB, 0, idS, runRef, 0, false}},
		{"schedule", "schedule", want{History, "", 0, idS, runRef, 0, false}},
		{"workflow_dispatch", "workflow_dispatch", want{History, "", 0, idS, runRef, 0, false}},
		{"workflow_run", "workflow_run", want{Diff, idA + "..." + idB, 0, idB, "refs/pull/7/head", 7, false}},
		// A fork's "main" must not pass for ours.
		{"workflow_run", "workflow_run-fork", want{Diff, zeros + ".." + idB, 0, "", "", 0, true}},
		{"workflow_run", "workflow_run-branch", want{Diff, zeros + ".." + idB, 0, idB, "refs/heads/topic", 0, false}},
		{"workflow_run", "workflow_run-default", want{History, "", 1, idB, "refs/heads/main", 0, false}},
		{"create", "create", want{Diff, zeros + ".." + idS, 0, idS, runRef, 0, false}},
		{"delete", "delete", want{Nothing, "", 1, idS, runRef, 0, false}},
		{"issues", "issues", want{Tree, "", 1, idS, runRef, 0, false}},
	} {
		t.Run(test.event+" "+test.file, func(t *testing.T) {
			p, err := Detect(onGitHub(test.event, test.file))
			if err != nil {
				t.Fatal(err)
			}
			g := p.GitHub
			got := want{p.Mode, p.Revisions(), len(p.Notes), g.SHA, g.Ref, g.PullRequest, g.FromFork}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("-want +got\n%s\nnotes %q", diff, p.Notes)
			}
			if p.DefaultBranch != "main" || p.System != "GitHub Actions" || g.API != "https://api.github.com" || g.RunID != "99" {
				t.Errorf("%+v %+v", p, g)
			}
		})
	}
}

func TestGitHubEventErrors(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, e := range map[string]Env{
		`"--upload-pack=touch x" is not the id of a commit`:           onGitHub("push", "push-hostile"),
		`the payload of the event "pull_request" has no pull request`: onGitHub("pull_request", "pull_request-empty"),
		`the payload of the event "merge_group" has no merge group`:   onGitHub("merge_group", "push"),
		`the payload of the event "workflow_run" has no workflow run`: onGitHub("workflow_run", "push"),
		`the payload of the event "create" has no kind of ref`:        onGitHub("create", "push"),
		`the payload of the event "push" has no commit`:               onGitHub("push", "issues"),
		`read the event's payload: open testdata`:                     onGitHub("push", "no-such-file"),
		`GITHUB_EVENT_PATH is not set`:                                env(map[string]string{"GITHUB_ACTIONS": "true"}),
		`event.json: unexpected end of JSON input`:                    env(map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": broken}),
		`GitLab CI, push: "main; rm -rf /" is not the id of a commit`: env(map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": "main; rm -rf /"}),
	} {
		if _, err := Detect(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := Detect(env(nil)); !errors.Is(err, ErrUnknown) {
		t.Errorf("no system: %v", err)
	}
}

func TestSystems(t *testing.T) {
	type want struct {
		system, event string
		mode          Mode
		revisions     string
		branch        string
	}
	for _, test := range []struct {
		env  map[string]string
		want want
	}{
		{map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": idA, "CI_COMMIT_SHA": idB},
			want{"GitLab CI", "push", Diff, idA + ".." + idB, ""}},
		{map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": zeros, "CI_COMMIT_SHA": idB},
			want{"GitLab CI", "push", Diff, zeros + ".." + idB, ""}},
		{map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "3",
			"CI_COMMIT_BEFORE_SHA": zeros, "CI_COMMIT_SHA": idB, "CI_MERGE_REQUEST_DIFF_BASE_SHA": idA,
			"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
			want{"GitLab CI", "merge request", Diff, idA + "..." + idB, "main"}},
		{map[string]string{"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_SHA": idB},
			want{"GitLab CI", "schedule", History, "", ""}},
		{map[string]string{"TF_BUILD": "True", "BUILD_REASON": "PullRequest", "BUILD_SOURCEVERSION": idC,
			"SYSTEM_PULLREQUEST_SOURCECOMMITID": idB, "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
			want{"Azure Pipelines", "pull request", Diff, zeros + ".." + idB, "main"}},
		{map[string]string{"TF_BUILD": "True", "BUILD_REASON": "IndividualCI", "BUILD_SOURCEVERSION": idB},
			want{"Azure Pipelines", "push", Diff, zeros + ".." + idB, ""}},
		{map[string]string{"TF_BUILD": "True", "BUILD_REASON": "Schedule", "BUILD_SOURCEVERSION": idB},
			want{"Azure Pipelines", "schedule", History, "", ""}},
		{map[string]string{"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_COMMIT": idB, "BITBUCKET_PR_ID": "4",
			"BITBUCKET_PR_DESTINATION_BRANCH": "main", "BITBUCKET_PR_DESTINATION_COMMIT": "abcdef123456"},
			want{"Bitbucket Pipelines", "pull request", Diff, zeros + ".." + idB, "main"}},
		{map[string]string{"BITBUCKET_BUILD_NUMBER": "1", "BITBUCKET_COMMIT": idB},
			want{"Bitbucket Pipelines", "push", Diff, zeros + ".." + idB, ""}},
		{map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": idB, "STANCH_BASE": idA},
			want{"CircleCI", "push", Diff, idA + ".." + idB, ""}},
		{map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": idB, "CIRCLE_PULL_REQUEST": "https://github.com/o/r/pull/1"},
			want{"CircleCI", "push to a pull request", Diff, zeros + ".." + idB, ""}},
		{map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": idB, "BUILDKITE_PULL_REQUEST": "9", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
			want{"Buildkite", "pull request", Diff, zeros + ".." + idB, "main"}},
		{map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_SOURCE": "ui"},
			want{"Buildkite", "push", Diff, zeros + "..HEAD", ""}},
		{map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": idB, "BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_SOURCE": "schedule"},
			want{"Buildkite", "schedule", History, "", ""}},
		{map[string]string{"DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_COMMIT_BEFORE": idA, "DRONE_COMMIT_SHA": idB},
			want{"Drone", "push", Diff, idA + ".." + idB, ""}},
		{map[string]string{"DRONE": "true", "DRONE_BUILD_EVENT": "pull_request", "DRONE_TARGET_BRANCH": "main", "DRONE_COMMIT_SHA": idB},
			want{"Drone", "pull request", Diff, zeros + ".." + idB, "main"}},
		{map[string]string{"DRONE": "true", "DRONE_BUILD_EVENT": "cron", "DRONE_COMMIT_SHA": idB}, want{"Drone", "schedule", History, "", ""}},
		{map[string]string{"DRONE": "true", "DRONE_BUILD_EVENT": "tag", "DRONE_COMMIT_SHA": idB}, want{"Drone", "tag", Diff, zeros + ".." + idB, ""}},
		{map[string]string{"TRAVIS": "true", "TRAVIS_EVENT_TYPE": "push", "TRAVIS_COMMIT_RANGE": idA + "..." + idB, "TRAVIS_COMMIT": idB},
			want{"Travis CI", "push", Diff, idA + ".." + idB, ""}},
		{map[string]string{"TRAVIS": "true", "TRAVIS_EVENT_TYPE": "pull_request", "TRAVIS_COMMIT_RANGE": idA + "..." + idC,
			"TRAVIS_COMMIT": idC, "TRAVIS_PULL_REQUEST_SHA": idB, "TRAVIS_BRANCH": "main"},
			want{"Travis CI", "pull request", Diff, idA + "..." + idB, "main"}},
		{map[string]string{"TRAVIS": "true", "TRAVIS_EVENT_TYPE": "cron", "TRAVIS_COMMIT": idB}, want{"Travis CI", "schedule", History, "", ""}},
		{map[string]string{"JENKINS_URL": "https://ci.example.com", "CHANGE_ID": "2", "CHANGE_TARGET": "main", "GIT_COMMIT": idB},
			want{"Jenkins", "pull request", Diff, zeros + ".." + idB, "main"}},
		{map[string]string{"JENKINS_URL": "https://ci.example.com", "GIT_COMMIT": idB, "GIT_PREVIOUS_SUCCESSFUL_COMMIT": idA, "GIT_PREVIOUS_COMMIT": idC},
			want{"Jenkins", "push", Diff, idA + ".." + idB, ""}},
		{map[string]string{"JENKINS_URL": "https://ci.example.com"}, want{"Jenkins", "push", Diff, zeros + "..HEAD", ""}},
	} {
		p, err := Detect(env(test.env))
		if err != nil {
			t.Errorf("%v: %v", test.env, err)
			continue
		}
		got := want{p.System, p.Event, p.Mode, p.Revisions(), p.BaseBranch}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%v: -want +got\n%s", test.env, diff)
		}
	}
}
