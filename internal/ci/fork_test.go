package ci

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMayBeFork holds that what is not told to be the repository's own counts as a fork's.
func TestMayBeFork(t *testing.T) {
	const own = `"repository": {"full_name": "octo/app"}`
	for text, want := range map[string]bool{
		`{` + own + `}`: false,
		`{` + own + `, "pull_request": {"head": {"repo": {"full_name": "octo/app"}}}}`:               false,
		`{` + own + `, "pull_request": {"head": {"repo": {"full_name": "eve/app", "fork": true}}}}`:  true,
		`{` + own + `, "pull_request": {"head": {"repo": {"full_name": "octo/app", "fork": true}}}}`: true,
		`{` + own + `, "pull_request": {"head": {"repo": null}}}`:                                    true,
		`{` + own + `, "workflow_run": {"head_repository": {"full_name": "octo/app"}}}`:              false,
		`{` + own + `, "workflow_run": {"head_repository": {"full_name": "eve/app"}}}`:               true,
		`{` + own + `, "workflow_run": {"head_repository": null}}`:                                   true,
		`{`: true,
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := MayBeFork(env(map[string]string{"GITHUB_EVENT_PATH": file})); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	if MayBeFork(env(nil)) {
		t.Error("without an event")
	}
	if !MayBeFork(env(map[string]string{"GITHUB_EVENT_PATH": filepath.Join(t.TempDir(), "none")})) {
		t.Error("an event that cannot be read")
	}
}
