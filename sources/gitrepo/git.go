package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// git runs the system's git in the repository and returns what it prints. It asks nobody
// for a password, takes no locks and lets the repository's configuration start no program
// that watches files. The error has git's own words.
func (s *Source) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := s.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, gitError(args, err, errs.String())
	}
	return out.Bytes(), nil
}

func (s *Source) command(ctx context.Context, args ...string) *exec.Cmd {
	dir := s.workTree
	if dir == "" {
		dir = s.gitDir
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C")
	return cmd
}

// gitError makes an error of a failed run: git's last line says most.
func gitError(args []string, err error, stderr string) error {
	verb := strings.Join(args[:min(1, len(args))], " ")
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("git %s: %w: install git to scan this", verb, err)
	}
	if text := strings.TrimSpace(stderr); text != "" {
		return fmt.Errorf("git %s: %s", verb, strings.ReplaceAll(text, "\n", "; "))
	}
	return fmt.Errorf("git %s: %w", verb, err)
}
