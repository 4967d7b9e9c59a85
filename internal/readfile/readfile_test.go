package readfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRegular(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := Regular(path, 5); err != nil || string(data) != "12345" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := Regular(path, 4); err == nil || err.Error() != path+": is larger than 4 bytes" {
		t.Errorf("above the limit: %v", err)
	}
	if _, err := Regular(dir, 5); err == nil || err.Error() != dir+": is no regular file but a folder" {
		t.Errorf("a folder: %v", err)
	}
	missing := filepath.Join(dir, "none")
	if _, err := Regular(missing, 5); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: %v", err)
	}
}
