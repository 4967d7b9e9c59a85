// Package hook installs git hooks that run stanch, and removes them again.
//
// In goes a folder of a repository and which hooks; out come files in the folder that git
// looks for hooks in, which "core.hooksPath" may have moved. A hook that somebody else
// wrote is never changed: the error says what to add to it.
//
// What the hooks scan:
//
//   - pre-commit: what is staged;
//   - pre-push: of each ref that is pushed, the commits that the remote lacks;
//   - pre-receive, for servers: of each ref that is received, the commits that are new.
//
// See githooks(5) for what git gives each of them.
package hook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is a kind of hook, by git's name.
type Kind string

// The kinds.
const (
	PreCommit  Kind = "pre-commit"
	PrePush    Kind = "pre-push"
	PreReceive Kind = "pre-receive"
)

// Kinds lists all.
var Kinds = []Kind{PreCommit, PrePush, PreReceive}

// ParseKind reads the name of a hook.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); slices.Contains(Kinds, k) {
		return k, nil
	}
	return "", fmt.Errorf("hook %q: want pre-commit, pre-push or pre-receive", s)
}

// mark is the line that tells a hook of ours.
const mark = "# This hook is stanch's: \"stanch hook uninstall\" removes it."

// commands are what hooks do; "$stanch" is the program.
var commands = map[Kind]string{
	PreCommit: `exec "$stanch" scan --staged .`,
	PrePush: `status=0
while read -r local_ref local_id remote_ref remote_id; do
	case $local_id in *[!0]*) ;; *) continue ;; esac # a ref that is removed
	"$stanch" scan --range "$remote_id..$local_id" . </dev/null || status=$?
done
exit $status`,
	PreReceive: `status=0
while read -r old_id new_id ref; do
	case $new_id in *[!0]*) ;; *) continue ;; esac # a ref that is removed
	"$stanch" scan --range "$old_id..$new_id" . </dev/null || status=$?
done
exit $status`,
}

// Script is the text of a hook. program is the path of stanch; where there is no such
// file when the hook runs, the one in the search path is taken.
func Script(k Kind, program string) string {
	return "#!/bin/sh\n" + mark + "\nstanch=" + quote(program) + "\n[ -x \"$stanch\" ] || stanch=stanch\n" + commands[k] + "\n"
}

// quote makes a word of the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// ForeignError says that there is a hook that is not ours.
type ForeignError struct {
	Path string
	Kind Kind
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is there and not stanch's: it is left as it is; \"stanch hook install --print %s\" shows what to add to it",
		e.Path, e.Kind)
}

// Folder is where git looks for the hooks of the repository that folder is in.
func Folder(folder string) (string, error) {
	cmd := exec.Command("git", "rev-parse", "--git-path", "hooks")
	cmd.Dir = folder
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("looking for hooks: %w: install git", err)
	}
	if err != nil {
		return "", fmt.Errorf("looking for the hooks of %s: %s", folder, strings.TrimSpace(errs.String()))
	}
	dir := strings.TrimSuffix(string(out), "\n")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(folder, dir)
	}
	return dir, nil
}

// Install writes a hook and returns its path. One of ours is written anew; one of somebody
// else's gives a [*ForeignError].
func Install(folder string, k Kind, program string) (string, error) {
	dir, err := Folder(folder)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, string(k))
	if _, err := ours(path, k); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return path, err
	}
	f, err := os.CreateTemp(dir, string(k)+".*")
	if err != nil {
		return path, err
	}
	_, err = f.WriteString(Script(k, program))
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return path, errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(f.Name()))
	}
	return path, nil
}

// Uninstall removes a hook and returns its path. removed is false if there is none.
func Uninstall(folder string, k Kind) (path string, removed bool, err error) {
	dir, err := Folder(folder)
	if err != nil {
		return "", false, err
	}
	path = filepath.Join(dir, string(k))
	if _, err := ours(path, k); errors.Is(err, fs.ErrNotExist) {
		return path, false, nil
	} else if err != nil {
		return path, false, err
	}
	return path, true, os.Remove(path)
}

// ours reads a hook, which is a [*ForeignError] if it is not ours.
func ours(path string, k Kind) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(text, []byte(mark)) {
		return nil, &ForeignError{path, k}
	}
	return text, nil
}
