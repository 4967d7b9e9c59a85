package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/stanchsec/stanch/sources"
)

// IsURL reports whether a target is the address of a repository rather than a path: a URL
// that git understands, or "user@host:path".
func IsURL(target string) bool {
	if scheme, _, ok := strings.Cut(target, "://"); ok {
		switch scheme {
		case "http", "https", "ssh", "git", "file", "git+ssh", "ssh+git":
			return true
		}
		return false
	}
	host, _ := splitRemote(target)
	return strings.Contains(target, "@") && len(host) > 1 && !strings.HasPrefix(target, "-")
}

// Remote reads a repository at an address. Make one with [NewRemote].
type Remote struct {
	address string
	opts    Options
}

var _ sources.Source = (*Remote)(nil)

// NewRemote makes a source of a repository at an address, for which [IsURL] holds. All of
// its refs are mirrored into a temporary folder with the system's git, which takes
// credentials from its own helpers and asks nobody, and the folder is removed when
// [Remote.Walk] returns, be it because ctx was cancelled. Paths are those in the
// repository.
func NewRemote(address string, opts Options) (*Remote, error) {
	if !IsURL(address) {
		return nil, fmt.Errorf("%q is no address of a git repository", address)
	}
	if opts.Range.Staged {
		return nil, fmt.Errorf("%s: nothing is staged in a repository elsewhere: leave out --staged", withoutPassword(address))
	}
	if err := opts.Range.check(); err != nil {
		return nil, err
	}
	opts.NoWorkTree = true
	return &Remote{address, opts}, nil
}

// Walk implements [sources.Source]; sink must be a [sources.VersionSink].
func (r *Remote) Walk(ctx context.Context, sink sources.Sink) (err error) {
	temp, err := os.MkdirTemp("", "stanch-mirror-")
	if err != nil {
		return err
	}
	defer func() {
		if removal := os.RemoveAll(temp); removal != nil {
			err = errors.Join(err, fmt.Errorf("removing the mirror of %s: %w", withoutPassword(r.address), removal))
		}
	}()
	dir := filepath.Join(temp, "repository.git")
	if err := r.mirror(ctx, dir); err != nil {
		return err
	}
	s, err := New(dir, r.opts)
	if err != nil {
		return err
	}
	s.target = withoutPassword(r.address)
	return s.Walk(ctx, sink)
}

// stopDelay is how long git has to stop once it was told to.
const stopDelay = 5 * time.Second

// mirror clones the repository with all its refs.
func (r *Remote) mirror(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "git", "-c", "core.askPass=", "clone", "--mirror", "--quiet", "--", r.address, dir)
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE":
			// those of another repository, as in a hook
		default:
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "LC_ALL=C")
	if os.Getenv("GIT_SSH_COMMAND") == "" {
		cmd.Env = append(cmd.Env, "GIT_SSH_COMMAND=ssh -o BatchMode=yes")
	}
	cmd.WaitDelay = stopDelay
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text := strings.ReplaceAll(errs.String(), r.address, withoutPassword(r.address))
		if u, err := url.Parse(r.address); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok {
				text = strings.ReplaceAll(text, password, "…")
			}
			text = strings.ReplaceAll(text, u.User.String(), "…")
		}
		return fmt.Errorf("mirroring %s: %w", withoutPassword(r.address), gitError([]string{"clone"}, err, text))
	}
	return nil
}

// withoutPassword is an address without the user and password in it.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = nil
	return u.String()
}
