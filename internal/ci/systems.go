package ci

import (
	"strings"
)

// system is a build system, known by its environment.
type system struct {
	name string
	// runs reports whether it runs this.
	runs func(Env) bool
	// plan fills in the plan, whose mode is [Diff].
	plan func(Env, *Plan) error
}

// set makes a test of a variable's presence.
func set(name string) func(Env) bool {
	return func(e Env) bool { return e.get(name) != "" }
}

// systems are all that are known. Each variable is described where the comment points.
var systems = []system{
	// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
	{"GitHub Actions", set("GITHUB_ACTIONS"), planGitHub},
	// https://docs.gitlab.com/ci/variables/predefined_variables/
	{"GitLab CI", set("GITLAB_CI"), planGitLab},
	// https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
	{"Azure Pipelines", set("TF_BUILD"), planAzure},
	// https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
	{"Bitbucket Pipelines", set("BITBUCKET_BUILD_NUMBER"), planBitbucket},
	// https://circleci.com/docs/reference/variables/
	{"CircleCI", set("CIRCLECI"), planCircle},
	// https://buildkite.com/docs/pipelines/configure/environment-variables
	{"Buildkite", set("BUILDKITE"), planBuildkite},
	// https://docs.drone.io/pipeline/environment/reference/
	{"Drone", set("DRONE"), planDrone},
	// https://docs.travis-ci.com/user/environment-variables/
	{"Travis CI", set("TRAVIS"), planTravis},
	// https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, and of its
	// git plugin https://plugins.jenkins.io/git/
	{"Jenkins", set("JENKINS_URL"), planJenkins},
}

// pullRequest plans what a branch brings that goes into another one.
func (p *Plan) pullRequest(branch, base, head string) {
	p.Event, p.Fork = "pull request", true
	p.BaseBranch, p.Base, p.Head = branchName(branch), base, head
}

// push plans what came since a commit, or if there is none what the default branch lacks.
func (p *Plan) push(base, head string) {
	p.Event, p.Base, p.Head = "push", base, head
}

// scheduled plans a run that nothing new set off.
func (p *Plan) scheduled() { p.Event, p.Mode = "schedule", History }

// branchName takes the beginning of a ref of a branch away.
func branchName(ref string) string { return strings.TrimPrefix(ref, "refs/heads/") }

func planGitLab(e Env, p *Plan) error {
	p.DefaultBranch = e.get("CI_DEFAULT_BRANCH")
	head := e.get("CI_COMMIT_SHA")
	switch {
	case e.get("CI_MERGE_REQUEST_IID") != "":
		// CI_COMMIT_BEFORE_SHA is zeros here (https://gitlab.com/gitlab-org/gitlab/-/issues/493695).
		p.pullRequest(e.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"), e.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"), head)
		p.Event = "merge request"
	case e.get("CI_PIPELINE_SOURCE") == "schedule":
		p.scheduled()
	default:
		p.push(e.get("CI_COMMIT_BEFORE_SHA"), head)
	}
	return nil
}

func planAzure(e Env, p *Plan) error {
	head := e.get("BUILD_SOURCEVERSION")
	switch e.get("BUILD_REASON") {
	case "PullRequest":
		if id := e.get("SYSTEM_PULLREQUEST_SOURCECOMMITID"); id != "" {
			head = id // what is checked out is the merge
		}
		p.pullRequest(e.get("SYSTEM_PULLREQUEST_TARGETBRANCH"), "", head)
	case "Schedule":
		p.scheduled()
	default:
		p.push("", head)
	}
	return nil
}

func planBitbucket(e Env, p *Plan) error {
	head := e.get("BITBUCKET_COMMIT")
	if e.get("BITBUCKET_PR_ID") != "" {
		// Ids come in a short form, too (https://jira.atlassian.com/browse/BCLOUD-20338): the branch
		// says the same.
		base := e.get("BITBUCKET_PR_DESTINATION_COMMIT")
		if !isCommit(base) {
			base = ""
		}
		p.pullRequest(e.get("BITBUCKET_PR_DESTINATION_BRANCH"), base, head)
		return nil
	}
	p.push("", head)
	return nil
}

func planCircle(e Env, p *Plan) error {
	// The commit before a push is a value of the pipeline, "<< pipeline.git.base_revision >>", which
	// the job has to hand on; it is no variable.
	p.push(e.get("STANCH_BASE"), e.get("CIRCLE_SHA1"))
	if e.get("CIRCLE_PULL_REQUEST") != "" {
		p.Event = "push to a pull request"
	}
	return nil
}

func planBuildkite(e Env, p *Plan) error {
	p.DefaultBranch = e.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH")
	head := e.get("BUILDKITE_COMMIT")
	if !isCommit(head) {
		head = "" // "HEAD", of a build that was started by hand
	}
	switch pr := e.get("BUILDKITE_PULL_REQUEST"); {
	case pr != "" && pr != "false":
		p.pullRequest(e.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), "", head)
	case e.get("BUILDKITE_SOURCE") == "schedule":
		p.scheduled()
	default:
		p.push("", head)
	}
	return nil
}

func planDrone(e Env, p *Plan) error {
	p.DefaultBranch = e.get("DRONE_REPO_BRANCH")
	head := e.get("DRONE_COMMIT_SHA")
	switch e.get("DRONE_BUILD_EVENT") {
	case "pull_request":
		p.pullRequest(e.get("DRONE_TARGET_BRANCH"), "", head)
	case "cron":
		p.scheduled()
	case "push":
		p.push(e.get("DRONE_COMMIT_BEFORE"), head)
	default:
		p.push("", head)
		p.Event = e.get("DRONE_BUILD_EVENT")
	}
	return nil
}

func planTravis(e Env, p *Plan) error {
	// The range is written "A...B" for pushes, too, and is empty for a new branch.
	before, _, _ := strings.Cut(e.get("TRAVIS_COMMIT_RANGE"), "...")
	if !isCommit(before) {
		before = "" // the short form of a commit that a forced push took away, perhaps
	}
	head := e.get("TRAVIS_COMMIT")
	switch e.get("TRAVIS_EVENT_TYPE") {
	case "pull_request":
		if id := e.get("TRAVIS_PULL_REQUEST_SHA"); id != "" {
			head = id // what is checked out is the merge
		}
		p.pullRequest(e.get("TRAVIS_BRANCH"), before, head)
	case "cron":
		p.scheduled()
	default:
		p.push(before, head)
	}
	return nil
}

func planJenkins(e Env, p *Plan) error {
	head := e.get("GIT_COMMIT")
	if e.get("CHANGE_ID") != "" {
		p.pullRequest(e.get("CHANGE_TARGET"), "", head)
		return nil
	}
	// What the last good build had: a failed one may have brought a secret that is still there.
	before := e.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT")
	p.push(before, head)
	return nil
}
