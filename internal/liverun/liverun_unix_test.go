//go:build unix

package liverun

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

func init() {
	// signals says what it receives; SIGTERM is the last.
	helpers["signals"] = func() {
		c := make(chan os.Signal, 16)
		signal.Notify(c, syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGWINCH)
		fmt.Println("ready")
		for s := range c {
			fmt.Println("got", s)
			if s == syscall.SIGTSTP { // while nobody passes on what it says
				os.WriteFile(os.Getenv(noteVariable), nil, 0o600)
			}
			if s == syscall.SIGTERM {
				os.Exit(5)
			}
		}
	}
	// outer runs "signals" as stanch would, with its own outputs.
	helpers["outer"] = func() {
		os.Setenv(helperVariable, "signals")
		exe, _ := os.Executable()
		status, err := Run(Command{Args: []string{exe}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Masker: masker()})
		if err != nil {
			fmt.Println(err)
		}
		os.Exit(status.Code)
	}
	// terminal says what it sees of a terminal, and asks.
	helpers["terminal"] = func() {
		columns, rows, err := term.GetSize(1)
		fmt.Println(term.IsTerminal(0), term.IsTerminal(1), term.IsTerminal(2), columns, rows, err)
		fmt.Print("name? ")
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		fmt.Printf("hello %s, %s", secret, line)
	}
	helpers["outer terminal"] = func() {
		os.Setenv(helperVariable, "terminal")
		exe, _ := os.Executable()
		status, err := Run(Command{Args: []string{exe}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Masker: masker()})
		fmt.Println("status", status.Code, err)
	}
}

// noteVariable names the file that the command makes when it is told to stop.
const noteVariable = "LIVERUN_TEST_NOTE"

// TestSignals holds that a command gets the signals that this process gets, stops and goes
// on with it, and has its exit code.
func TestSignals(t *testing.T) {
	note := filepath.Join(t.TempDir(), "told")
	t.Setenv(noteVariable, note)
	cmd := exec.Command(helper(t, "outer")[0])
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
	}
	expect("ready")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGWINCH, syscall.SIGINT} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		expect("got " + s.String())
	}
	// What the command says of the stop is passed on once this process goes on.
	if err := cmd.Process.Signal(syscall.SIGTSTP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("it did not stop: %v, %v", status, err)
	}
	for { // going on would take back a stop that has not reached the command yet
		if _, err := os.Stat(note); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	expect("got " + syscall.SIGTSTP.String())
	expect("got " + syscall.SIGCONT.String())
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	expect("got " + syscall.SIGTERM.String())
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 5 {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
}

// TestKilled holds that the end by a signal gives the exit code that shells give it.
func TestKilled(t *testing.T) {
	status, err := Run(Command{Args: []string{"sh", "-c", "kill -9 $$"}, Stdout: io.Discard, Stderr: io.Discard, Masker: masker()})
	if err != nil || status.Code != 128+9 {
		t.Errorf("status %+v, error %v", status, err)
	}
}

// TestDetached holds that a process left behind does not keep this one.
func TestDetached(t *testing.T) {
	defer func(d time.Duration) { silence = d }(silence)
	silence = 20 * time.Millisecond
	var out bytes.Buffer
	status, err := Run(Command{Args: []string{"sh", "-c", "sleep 60 & echo done"}, Stdout: &out, Stderr: io.Discard, Masker: masker()})
	if err != nil || !status.Detached || status.Code != 0 || out.String() != "done\n" {
		t.Errorf("status %+v, error %v, output %q", status, err, out.String())
	}
}

// TestTerminal holds that a command on a terminal sees one, of the same size, and can ask.
func TestTerminal(t *testing.T) {
	cmd := exec.Command(helper(t, "outer terminal")[0])
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 101, Rows: 37})
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	defer screen.Close()
	in := bufio.NewReader(screen)
	read := func(until string) string {
		t.Helper()
		var b strings.Builder
		for !strings.HasSuffix(b.String(), until) {
			c, err := in.ReadByte()
			if err != nil {
				t.Fatalf("%q, then %v", b.String(), err)
			}
			b.WriteByte(c)
		}
		return b.String()
	}
	if got := read("name? "); got != "true true true 101 37 <nil>\r\nname? " {
		t.Errorf("output %q", got)
	}
	if _, err := screen.WriteString("Ann\r"); err != nil {
		t.Fatal(err)
	}
	if got := read("status 0 <nil>\r\n"); got != "Ann\r\nhello ***, Ann\r\nstatus 0 <nil>\r\n" {
		t.Errorf("output %q", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
