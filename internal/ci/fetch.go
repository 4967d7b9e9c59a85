package ci

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// deepenings are the numbers of commits by which a shallow clone is deepened, one after the
// other, until the range is whole; after them all of it is fetched.
var deepenings = []int{50, 200, 1000}

// Prepare sees to it that what the plan names is in the clone at dir: it fetches commits that
// are missing, deepens a shallow clone as far as the range needs, and resolves branches to
// commits. A full clone is never cut. What cannot be had is noted, and the plan changed to
// scan more rather than less. The error is ctx's, or says that the commit to scan is not there.
func (p *Plan) Prepare(ctx context.Context, dir string) error {
	if p.Mode != Diff && p.Mode != History {
		return nil
	}
	c := clone{dir: dir, plan: p}
	if _, err := c.git(ctx, "rev-parse", "--git-dir"); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, exec.ErrNotFound) || p.Base != "" && !isZeros(p.Base) {
			return err
		}
		p.Mode = Tree
		p.note("%s is no git repository (%v): its files are scanned", dir, err)
		return nil
	}
	c.remote = c.remoteName(ctx)
	if p.Mode == History {
		return c.whole(ctx)
	}
	if err := c.findHead(ctx); err != nil {
		return err
	}
	if err := c.findBase(ctx); err != nil || p.Mode != Diff {
		return err
	}
	return c.deepen(ctx)
}

// clone is the repository that a run works in.
type clone struct {
	dir    string
	remote string // empty if there is none
	plan   *Plan
}

// git runs git and returns what it prints, without the line end.
func (c *clone) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "-c", "protocol.version=2"}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", fmt.Errorf("git %s: %w: install git", args[0], err)
		}
		text, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n") // the first line says what, the others what one may try
		if text == "" {
			text = err.Error()
		}
		return "", fmt.Errorf("git %s: %s", args[0], text)
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

func (c *clone) remoteName(ctx context.Context) string {
	list, _ := c.git(ctx, "remote")
	names := strings.Fields(list)
	for _, n := range names {
		if n == "origin" {
			return n
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return ""
}

// resolve gives the id of a commit; empty if it is not there.
func (c *clone) resolve(ctx context.Context, revision string) string {
	id, err := c.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return ""
	}
	return id
}

func (c *clone) shallow(ctx context.Context) bool {
	s, _ := c.git(ctx, "rev-parse", "--is-shallow-repository")
	return s == "true"
}

// fetch gets something from the remote. In a full clone it never asks for a depth: that would
// cut it.
func (c *clone) fetch(ctx context.Context, args ...string) error {
	if c.remote == "" {
		return errors.New("the repository has no remote to fetch from")
	}
	_, err := c.git(ctx, append([]string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules"}, args...)...)
	return err
}

// get has a commit in the clone, if need be by fetching it.
func (c *clone) get(ctx context.Context, id string) error {
	if c.resolve(ctx, id) != "" {
		return nil
	}
	if !isCommit(id) {
		return errors.New("there is no such revision in the clone, and only full ids of commits can be fetched")
	}
	args := []string{c.remote, id}
	if c.shallow(ctx) {
		args = append([]string{"--depth=1"}, args...)
	}
	if err := c.fetch(ctx, args...); err != nil {
		return err
	}
	if c.resolve(ctx, id) == "" {
		return fmt.Errorf("%s was fetched and is no commit", id)
	}
	return nil
}

// branch has a branch of the remote in the clone and returns its commit. The name stands
// in a refspec, where git takes it for nothing else.
func (c *clone) branch(ctx context.Context, name string) (string, error) {
	ref := "refs/remotes/" + c.remote + "/" + name
	args := []string{c.remote, "+refs/heads/" + name + ":" + ref}
	if c.shallow(ctx) {
		if id := c.resolve(ctx, ref); id != "" {
			return id, nil // to fetch it with a depth would cut it, and without one bring all of it
		}
		args = append([]string{"--depth=1"}, args...)
	}
	err := c.fetch(ctx, args...)
	if id := c.resolve(ctx, ref); id != "" {
		return id, nil // what was there from the clone will do if it cannot be fetched again
	}
	if err == nil {
		err = fmt.Errorf("%s is no commit", ref)
	}
	return "", err
}

// fullDepth tells users what spares all the fetching.
const fullDepth = "have the pipeline clone the whole history (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"

func (c *clone) findHead(ctx context.Context) error {
	p := c.plan
	if p.Head == "" {
		if p.Head = c.resolve(ctx, "HEAD"); p.Head == "" {
			return errors.New("nothing is checked out: there is no commit to scan")
		}
		return nil
	}
	if err := c.get(ctx, p.Head); err != nil {
		return fmt.Errorf("commit %s is not in the clone and cannot be fetched: %w; %s", p.Head, err, fullDepth)
	}
	p.Head = c.resolve(ctx, p.Head)
	return ctx.Err()
}

// findBase has the begin of the range in the clone. Where there is none, or where it is gone, the
// range begins where the branch left the default branch.
func (c *clone) findBase(ctx context.Context) error {
	p := c.plan
	why := "the branch is new"
	switch {
	case p.Base != "" && !isZeros(p.Base):
		err := c.get(ctx, p.Base)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			p.Base = c.resolve(ctx, p.Base)
			return nil
		}
		if !isCommit(p.Base) { // a user's word, not a system's
			return fmt.Errorf("%q, at which the range begins: %w", p.Base, err)
		}
		why = fmt.Sprintf("commit %s, at which the range begins, is gone (%v)", p.Base, err)
	case p.BaseBranch != "":
		id, err := c.branch(ctx, p.BaseBranch)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			p.Base = id
			return nil
		}
		why = fmt.Sprintf("branch %s, at which the range begins, cannot be had (%v)", p.BaseBranch, err)
	}
	return c.fromDefault(ctx, why)
}

// fromDefault begins the range where its end left the default branch.
func (c *clone) fromDefault(ctx context.Context, why string) error {
	p := c.plan
	p.Base = zeros
	name := p.DefaultBranch
	if name == "" && c.remote != "" {
		// "ref: refs/heads/main\tHEAD"
		text, _ := c.git(ctx, "ls-remote", "--symref", c.remote, "HEAD")
		for line := range strings.Lines(text) {
			if ref, ok := strings.CutPrefix(line, "ref: refs/heads/"); ok {
				name, _, _ = strings.Cut(ref, "\t")
			}
		}
	}
	if name == "" {
		p.note("%s, and the default branch is not known: all that it leads to is scanned", why)
		return ctx.Err()
	}
	id, err := c.branch(ctx, name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		p.note("%s, and the default branch %s cannot be had (%v): all that it leads to is scanned", why, name, err)
	case id == p.Head:
		// It is the default branch itself: there is nothing to compare with.
		p.note("%s, and what it leads to is the default branch: all of it is scanned", why)
		p.Mode, p.Base = History, ""
		return c.whole(ctx)
	default:
		p.Base, p.Fork = id, true
		p.note("%s: scanned is what it has and the default branch %s has not", why, name)
	}
	return nil
}

// deepen fetches history until no commit of the range is one at which the clone is cut: such
// a commit seems to bring every file it has.
func (c *clone) deepen(ctx context.Context) error {
	if !c.shallow(ctx) {
		return ctx.Err()
	}
	p := c.plan
	ends := []string{p.Head}
	if !isZeros(p.Base) {
		ends = append(ends, p.Base)
	}
	for round := 0; c.cut(ctx); round++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		depth := "--unshallow"
		if round < len(deepenings) {
			depth = "--deepen=" + strconv.Itoa(deepenings[round])
		}
		err := c.fetch(ctx, append([]string{depth, c.remote}, ends...)...)
		if err != nil && depth != "--unshallow" {
			// A server that gives no single commits gives branches.
			err = c.fetch(ctx, depth, c.remote, "+refs/heads/*:refs/remotes/"+c.remote+"/*")
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.note("the clone is cut off within the range and cannot be deepened (%v): %s", err, fullDepth)
			return nil
		case depth == "--unshallow":
			return nil
		}
	}
	return ctx.Err()
}

// cut reports whether the clone is cut off within the range.
func (c *clone) cut(ctx context.Context) bool {
	p := c.plan
	file, err := c.git(ctx, "rev-parse", "--git-path", "shallow")
	if err != nil {
		return false
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.dir, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false // not shallow, or no longer
	}
	ends := map[string]bool{}
	for id := range strings.FieldsSeq(string(text)) {
		ends[id] = true
	}
	args := []string{"rev-list", p.Head}
	if !isZeros(p.Base) {
		if p.Base != p.Head {
			if _, err := c.git(ctx, "merge-base", p.Base, p.Head); err != nil {
				return true // they may meet further down
			}
		}
		args = append(args, "^"+p.Base)
	}
	list, err := c.git(ctx, args...)
	if err != nil {
		return true
	}
	for id := range strings.FieldsSeq(list) {
		if ends[id] {
			return true
		}
	}
	return false
}

// whole has all of the history in the clone, of all branches and tags.
func (c *clone) whole(ctx context.Context) error {
	if !c.shallow(ctx) {
		return ctx.Err()
	}
	_, err := c.git(ctx, "fetch", "--quiet", "--no-recurse-submodules", "--tags", "--unshallow", c.remoteOr(),
		"+refs/heads/*:refs/remotes/"+c.remoteOr()+"/*")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.plan.note("the clone is shallow and the rest of its history cannot be fetched (%v): %s", err, fullDepth)
	}
	return nil
}

func (c *clone) remoteOr() string {
	if c.remote == "" {
		return "origin"
	}
	return c.remote
}
