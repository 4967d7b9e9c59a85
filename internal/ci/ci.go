// Package ci works out what a run in a pipeline is to scan, and hands the outcome to the
// system that runs it.
//
// In go the environment of the run and, on GitHub, the event's payload; [Detect] makes a
// [Plan] of them: which commits the run is about. [Plan.Prepare] sees to it that these commits
// are in the clone, which pipelines like to cut short. Afterwards [GitHub] uploads SARIF,
// comments on the pull request and writes the step's outputs and summary.
//
// What the environment and payloads say comes in part from whoever opened the pull request.
// Names of commits are held to be such, names of branches reach git as parts of
// refspecs alone, and nothing reaches a shell.
package ci

import (
	"errors"
	"fmt"
	"strings"
)

// Mode is how much of a repository is scanned.
type Mode string

// The modes.
const (
	// Diff is what the commits of a range brought.
	Diff Mode = "diff"
	// History is all of it.
	History Mode = "history"
	// Tree is the files that are checked out.
	Tree Mode = "tree"
	// Nothing is for events that bring nothing, such as the removal of a branch.
	Nothing Mode = "nothing"
)

// Modes lists the modes that a user may ask for.
var Modes = []Mode{Diff, History, Tree}

// Plan is what a run is to scan.
type Plan struct {
	// System is the name of what runs it, such as "GitHub Actions"; Event is what happened, in
	// the system's words.
	System, Event string
	Mode          Mode
	// Base and Head are the ends of the range of [Diff]: ids of commits, or what a user gave.
	// Base may be zeros or empty where the system knows none; Head may be empty for what is
	// checked out.
	Base, Head string
	// BaseBranch is the branch that the range begins at, where the system tells its name and
	// no commit.
	BaseBranch string
	// Fork says that the range begins where the two parted, as a pull request does: its base
	// may have gone on since.
	Fork bool
	// DefaultBranch is the repository's, if known. What a new branch brings is what this one
	// lacks.
	DefaultBranch string
	// Notes say in one line each how the plan came about where that may surprise.
	Notes []string
	// Annotations is the format of reports that the system shows beside the code if it is printed;
	// empty if it knows none.
	Annotations string
	// GitHub is set on GitHub Actions.
	GitHub *GitHub
}

// Revisions is the range as package gitrepo takes it: "A..B", or "A...B" for what came since
// the two parted. Empty unless the mode is [Diff].
func (p *Plan) Revisions() string {
	if p.Mode != Diff {
		return ""
	}
	base, head := p.Base, p.Head
	if base == "" {
		base = zeros
	}
	if head == "" {
		head = "HEAD"
	}
	if p.Fork && !isZeros(base) {
		return base + "..." + head
	}
	return base + ".." + head
}

// String says in a line what is scanned.
func (p *Plan) String() string {
	what := map[Mode]string{
		History: "the whole history", Tree: "the files that are checked out", Nothing: "nothing",
	}[p.Mode]
	if p.Mode == Diff {
		what = "the commits " + p.Revisions()
	}
	if p.System == "" {
		return "scanning " + what
	}
	return fmt.Sprintf("%s, %s: scanning %s", p.System, p.Event, what)
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// zeros is how git and build systems write that there is no commit.
const zeros = "0000000000000000000000000000000000000000"

func isZeros(id string) bool { return id != "" && strings.Trim(id, "0") == "" }

// isCommit reports whether s is the full id of a commit, in SHA-1 or SHA-256. Zeros are.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// checkCommits holds that the ends of the range are ids of commits: they come from outside.
func (p *Plan) checkCommits() error {
	for _, id := range []string{p.Base, p.Head} {
		if id != "" && !isCommit(id) {
			return fmt.Errorf("%s, %s: %q is not the id of a commit", p.System, p.Event, id)
		}
	}
	return nil
}

// annotations are the formats of the systems that have annotations.
var annotations = map[string]string{"GitHub Actions": "github", "Azure Pipelines": "azure"}

// Env looks up a variable of the environment, as [os.LookupEnv] does.
type Env func(name string) (string, bool)

// Choose is the plan of a user who says what to scan: a mode, or the ends of a range, of which the
// second may be left out. Whatever is empty is left to the system's plan p, which is changed; nil
// where there is none.
func Choose(p *Plan, mode Mode, base, head string) (*Plan, error) {
	for _, revision := range []string{base, head} {
		if strings.HasPrefix(revision, "-") {
			return nil, fmt.Errorf("revision %q: must not begin with \"-\"", revision)
		}
	}
	if p == nil {
		if mode == "" && base == "" || mode == Diff && base == "" {
			return nil, ErrUnknown
		}
		p = &Plan{Mode: Diff}
	}
	if base == "" && head == "" {
		if mode == Diff && p.Mode != Diff {
			return nil, fmt.Errorf("%s has no range of commits for the event %q: give --base", p.System, p.Event)
		}
		if mode != "" {
			p.Mode, p.Notes = mode, nil
		}
		return p, nil
	}
	if mode != "" && mode != Diff {
		return nil, fmt.Errorf("--base and --head are the ends of a range, which mode %s has not", mode)
	}
	if base == "" && p.Mode != Diff {
		return nil, errors.New("--head wants --base where the event has no range of commits")
	}
	p.Mode, p.Notes = Diff, nil
	if base != "" {
		p.Base, p.BaseBranch, p.Fork, p.Head = base, "", true, ""
	}
	if head != "" {
		p.Head = head
	}
	return p, nil
}

// get is the value of a variable, empty if it is not set.
func (e Env) get(name string) string {
	v, _ := e(name)
	return v
}

// ErrUnknown is the error of [Detect] where no known system runs.
var ErrUnknown = errors.New("no build system is recognised by its environment: give --base and --head, or --mode tree or history")

// Detect makes the plan of the run that the environment tells of. The error is [ErrUnknown],
// or names what the system says that makes no sense. Nothing is read but the event's payload.
func Detect(env Env) (*Plan, error) {
	for _, s := range systems {
		if !s.runs(env) {
			continue
		}
		p := &Plan{System: s.name, Mode: Diff, Annotations: annotations[s.name]}
		if err := s.plan(env, p); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if err := p.checkCommits(); err != nil {
			return nil, err
		}
		return p, nil
	}
	return nil, ErrUnknown
}
