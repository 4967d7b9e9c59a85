//go:build unix && !stanch_os

package files_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources/files"
)

func mkfifo(t testing.TB, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	tree(t, map[string]string{"d/a": "a"})
	mkfifo(t, "d/fifo")
	socket, err := net.Listen("unix", "d/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	r := walk(t, files.Options{}, "d")
	r.wantPaths("d/a")
	r.wantSkip("d/fifo", "FIFO", false)
	r.wantSkip("d/socket", "socket", false)
	if r.progress.FilesFound != 1 {
		t.Errorf("%d files found, want 1", r.progress.FilesFound)
	}

	r = walk(t, files.Options{}, "d/socket", "/dev/null", "d/fifo")
	r.wantPaths()
	r.wantSkip("d/socket", "socket", true)
	r.wantSkip("/dev/null", "character device", true)
	r.wantSkip("d/fifo", "FIFO without a writer", true)
}

func TestPipeAsTarget(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("needs /dev/fd: ", err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := fmt.Sprintf("/dev/fd/%d", in.Fd())
	tree(t, map[string]string{"d/a": "a"})
	go func() {
		for range 1000 {
			fmt.Fprintln(out, "some line of text that a command prints")
		}
		out.Close()
	}()
	r := walk(t, files.Options{}, path, "d")
	r.wantPaths(path, "d/a")
	r.wantNoLoss()
	if got := strings.Count(string(r.texts[path]), "some line of text that a command prints\n"); got != 1000 {
		t.Errorf("%d lines, want 1000", got)
	}
}

func TestPipeThatBlocksIsCancelled(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip("needs /dev/fd: ", err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	source, err := files.New([]string{fmt.Sprintf("/dev/fd/%d", in.Fd())}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- source.Walk(ctx, newRecorder(t)) }()
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// swap walks the folder "d" with one goroutine and puts something else in the place
// of what was listed and not yet opened, when the first file is handed over. It
// returns the paths of the files that were swapped.
func swap(t *testing.T, replace func(path string)) (*recorder, []string) {
	t.Helper()
	r := newRecorder(t)
	var swapped []string
	r.document = func(doc detector.Document) error {
		if swapped != nil {
			return nil
		}
		for _, path := range []string{"d/1", "d/2", "d/3"} {
			if path == doc.Location.Path {
				continue
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			replace(path)
			swapped = append(swapped, path)
		}
		return nil
	}
	walkTo(t, r, files.Options{Jobs: 1}, "d")
	if len(r.texts) != 1 {
		t.Errorf("read %q, want one file", r.paths())
	}
	return r, swapped
}

func TestSwappedIn(t *testing.T) {
	content := map[string]string{"d/1": "1", "d/2": "2", "d/3": "3", "out": "not asked for"}
	tests := []struct {
		name       string
		replace    func(path string)
		reason     string
		incomplete bool
	}{
		{"FIFO", func(path string) { mkfifo(t, path) }, "FIFO", false},
		{"link", func(path string) { symlink(t, "../out", path) }, "symbolic link", false},
		{"folder", func(path string) { mkdir(t, path) }, "became a folder", true},
		{"socket", func(path string) {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(fd)
			if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
				t.Fatal(err)
			}
		}, "socket", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree(t, content)
			r, swapped := swap(t, test.replace)
			for _, path := range swapped {
				r.wantSkip(path, test.reason, test.incomplete)
			}
		})
	}
}

// TestFolderSwappedForALink puts a symbolic link in the place of a folder that was
// listed, and of one above it.
func TestFolderSwappedForALink(t *testing.T) {
	tree(t, map[string]string{
		"d/a/first": "1", "d/a/b/c/deep": "2", "out/b/c/secret": "not asked for", "out/secret": "nor this",
	})
	r := newRecorder(t)
	r.document = func(doc detector.Document) error {
		if doc.Location.Path != "d/a/first" {
			return nil
		}
		if err := os.Rename("d/a", "moved"); err != nil {
			return err
		}
		return os.Symlink("../out", "d/a")
	}
	walkTo(t, r, files.Options{Jobs: 1}, "d")
	r.wantPaths("d/a/first")
	if len(r.skips) != 1 {
		t.Errorf("skips %+v, want one of d/a/b", r.skips)
	}
	if s := r.skips["d/a/b"]; s.Reason == "" {
		t.Errorf("d/a/b was not noted; skips %+v", r.skips)
	}
}

// TestPathsLongerThanTheSystemTakes nests folders until their path is several times
// as long as the system takes at once, and puts files at the bottom.
func TestPathsLongerThanTheSystemTakes(t *testing.T) {
	tree(t, nil)
	name := strings.Repeat("n", 200)
	fd, err := unix.Open(".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	const depth = 60
	for range depth {
		if err := unix.Mkdirat(fd, name, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		fd = next
	}
	defer unix.Close(fd)
	for _, file := range []string{"1", "2"} {
		out, err := unix.Openat(fd, file, unix.O_WRONLY|unix.O_CREAT, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(out, []byte("deep down")); err != nil {
			t.Fatal(err)
		}
		unix.Close(out)
	}
	for _, jobs := range []int{1, 4} {
		r := walk(t, files.Options{Jobs: jobs}, ".")
		below := strings.Repeat(name+"/", depth)
		r.wantPaths(below+"1", below+"2")
		r.wantNoLoss()
	}
}

func TestNamesOfAnyBytes(t *testing.T) {
	names := []string{"new\nline", "back\\slash", "sp ace", "*", "[", "ünï", "-", "..."}
	content := map[string]string{}
	for _, name := range names {
		content["d/"+name] = name
	}
	tree(t, content)
	r := walk(t, files.Options{}, "d")
	for _, name := range names {
		if string(r.texts["d/"+name]) != name {
			t.Errorf("%q: %q", name, r.texts["d/"+name])
		}
	}
}

// TestUnreadable needs a user whom permissions bind: if root runs it, it runs again
// as another one.
func TestUnreadable(t *testing.T) {
	const again = "STANCH_TEST_UNPRIVILEGED"
	if os.Geteuid() == 0 {
		if os.Getenv(again) == "" {
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, "-test.run=^TestUnreadable$", "-test.v")
			cmd.Env = append(os.Environ(), again+"=1", "TMPDIR=/tmp")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestUnreadable") {
				t.Fatalf("%v:\n%s", err, out)
			}
			return
		}
		const nobody = 65534
		if err := syscall.Setuid(nobody); err != nil {
			t.Fatal(err)
		}
	}
	tree(t, map[string]string{"d/a": "a", "d/file": "f", "d/folder/x": "x", "d/notraverse/y": "y"})
	chmod := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(path, 0o755) })
	}
	chmod("d/file", 0)
	chmod("d/folder", 0)
	chmod("d/notraverse", 0o600)

	r := walk(t, files.Options{}, "d")
	r.wantPaths("d/a")
	r.wantSkip("d/file", "permission denied", true)
	r.wantSkip("d/folder", "permission denied", true)
	r.wantSkip("d/notraverse/y", "permission denied", true)

	walk(t, files.Options{}, "d/file").wantSkip("d/file", "permission denied", true)
	walk(t, files.Options{}, "d/folder").wantSkip("d/folder", "permission denied", true)
}

// TestNoDescriptorStaysOpen walks often enough to run out of descriptors if walks
// that end early leave any.
func TestNoDescriptorStaysOpen(t *testing.T) {
	tree(t, map[string]string{"a/1": "1", "a/b/2": "2", "c/3": "3"})
	before := openDescriptors(t)
	for range 20 {
		walk(t, files.Options{Jobs: 3}, "a", "c")
		source, err := files.New([]string{"a", "c"}, files.Options{Jobs: 3})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r := newRecorder(t)
		r.document = func(detector.Document) error { cancel(); return nil }
		if err := source.Walk(ctx, r); err != context.Canceled {
			t.Fatal(err)
		}
	}
	if after := openDescriptors(t); after > before+3 { // the runtime opens some on its own
		t.Errorf("%d descriptors open, %d before", after, before)
	}
}

// TestTargetsAreClosedWhenDone counts the descriptors at each document.
func TestTargetsAreClosedWhenDone(t *testing.T) {
	content := map[string]string{}
	var targets []string
	for i := range 50 {
		targets = append(targets, fmt.Sprintf("t%d", i))
		content[fmt.Sprintf("t%d/sub/file", i)] = "text"
	}
	tree(t, content)
	before, most := openDescriptors(t), 0
	r := newRecorder(t)
	r.document = func(detector.Document) error {
		most = max(most, openDescriptors(t))
		return nil
	}
	walkTo(t, r, files.Options{Jobs: 1}, targets...)
	if len(r.texts) != 50 || most > before+10 {
		t.Errorf("%d descriptors open at most, %d before", most, before)
	}
}

func openDescriptors(t *testing.T) int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip("needs /dev/fd: ", err)
	}
	return len(entries)
}

func TestFilesOfProc(t *testing.T) {
	const path = "/proc/self/status"
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Skip("needs a file in /proc that says it is empty")
	}
	r := walk(t, files.Options{}, path)
	if got := string(r.texts[path]); !strings.Contains(got, "Name:") || !strings.HasSuffix(got, "\n") {
		t.Errorf("%s: %q", path, got)
	}
	r.wantNoLoss()
	if r.progress.BytesDone == 0 {
		t.Error("no bytes counted")
	}

	// Reading this one fails, for root too.
	const unreadable = "/proc/self/mem"
	r = walk(t, files.Options{}, unreadable)
	r.wantSkip(unreadable, "input/output error", true)

	abs, err := filepath.EvalSymlinks("/proc/self")
	if err != nil {
		t.Fatal(err)
	}
	r = walk(t, files.Options{MaxFileSize: 10}, abs+"/status")
	r.wantSkip(abs+"/status", "beyond the limit", true)
}
