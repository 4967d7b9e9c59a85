//go:build linux && !stanch_generic && !stanch_os

package files

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestKindsThatTheFileSystemDoesNotTell looks up entries of no type.
func TestKindsThatTheFileSystemDoesNotTell(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o644),
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
		os.Symlink("folder", filepath.Join(dir, "link")),
		unix.Mkfifo(filepath.Join(dir, "fifo"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := openBase(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	f := folder{fd: b.fd}
	for name, want := range map[string]kind{
		"file": kindFile, "folder": kindFolder, "link": kindLink, "fifo": kindFIFO, "none": kindGone,
	} {
		if got := kindOfEntry(f, unix.DT_UNKNOWN, []byte(name)); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestWithoutOpenat2 opens folders as on systems that lack the call: with the same
// result.
func TestWithoutOpenat2(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a/b/c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	b, err := openBase(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	defer noOpenat2.Store(noOpenat2.Load())
	for _, without := range []bool{false, true} {
		noOpenat2.Store(without)
		for rel, wantError := range map[string]bool{
			"": false, "a/": false, "a/b/": false, "a/b/c/": false, "link/": true, "link/b/": true, "none/": true,
		} {
			f, err := b.open([]byte(rel))
			if (err != nil) != wantError {
				t.Errorf("without openat2 %v: %q: %v", without, rel, err)
			}
			if err == nil {
				f.close()
			}
		}
	}
}

func TestLongPathsAreOpenedInPieces(t *testing.T) {
	b, err := openBase(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	_, err = b.open([]byte(strings.Repeat("x/", 3000)))
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("%v, want that the first folder is not there, not that the path is too long", err)
	}
}
