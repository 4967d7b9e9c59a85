package liverun

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/livemask"
)

// helpers are the commands that tests run: this test program with the name of one in the
// environment. Some of them run a command themselves, since they are to be signalled.
var helpers = map[string]func(){
	"echo": func() {
		io.Copy(os.Stdout, os.Stdin)
		fmt.Fprintln(os.Stderr, "to the other output")
		os.Exit(7)
	},
	"mixed": func() {
		for i := range 200 {
			fmt.Fprintln([]*os.File{os.Stdout, os.Stderr}[i%2], i)
		}
	},
	"pour": func() {
		line := []byte(strings.Repeat("0123456789abcde ", 8) + "\n")
		for {
			if _, err := os.Stdout.Write(line); err != nil {
				os.Exit(9)
			}
		}
	},
}

const helperVariable = "LIVERUN_TEST_HELPER"

func TestMain(m *testing.M) {
	if f := helpers[os.Getenv(helperVariable)]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper is the command that runs a helper.
func helper(t *testing.T, name string) []string {
	t.Helper()
	if helpers[name] == nil {
		t.Fatalf("no helper %s", name)
	}
	t.Setenv(helperVariable, name)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{exe}
}

const secret = "made-up-value-0123"

func masker() *livemask.Masker {
	return livemask.New(livemask.Options{Known: []livemask.Value{{Name: "S", Text: secret}}})
}

// TestRun holds that input, outputs and exit code are passed on, with the secret hidden.
func TestRun(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status, err := Run(Command{
		Args: helper(t, "echo"), Stdin: strings.NewReader("in " + secret + "\nno end"), Stdout: &stdout, Stderr: &stderr, Masker: masker(),
	})
	if err != nil || status.Code != 7 || status.Detached {
		t.Errorf("status %+v, error %v", status, err)
	}
	if stdout.String() != "in ***\nno end" || stderr.String() != "to the other output\n" {
		t.Errorf("outputs %q and %q", stdout.String(), stderr.String())
	}
}

// TestOrder holds that the outputs keep their order where they lead to one file.
func TestOrder(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Run(Command{Args: helper(t, "mixed"), Stdout: f, Stderr: f, Masker: masker()}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range 200 {
		fmt.Fprintln(&want, i)
	}
	if string(got) != want.String() {
		t.Errorf("output %q", got)
	}
}

func TestStartErrors(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		code int
	}{{"no-such-command-anywhere", CodeNotFound}, {file + "-not", CodeNotFound}, {file, CodeNotExecutable}} {
		_, err := Run(Command{Args: []string{c.name}, Stdout: io.Discard, Stderr: io.Discard, Masker: masker()})
		var start *StartError
		if !errors.As(err, &start) || start.Code != c.code || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

type full struct{}

var errFull = errors.New("no space")

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestClosedOutput holds that a command whose output goes nowhere is told so, and that the
// caller is told why.
func TestClosedOutput(t *testing.T) {
	status, err := Run(Command{Args: helper(t, "pour"), Stdout: full{}, Stderr: io.Discard, Masker: masker()})
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "stdout") || status.Code == 0 {
		t.Errorf("status %+v, error %v", status, err)
	}
}
