//go:build unix

package readfile

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFIFODoesNotHang(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := Regular(path, 5); err == nil || !strings.Contains(err.Error(), "is no regular file but a FIFO") {
		t.Errorf("a FIFO: %v", err)
	}
}
