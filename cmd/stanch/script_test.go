package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/stanchsec/stanch/rules"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stanch": main})
}

// TestScripts runs testdata/script. Besides the commands of testscript there are
//
//	secret NAME RULE    makes up a credential of a rule and sets the variable NAME to it
//	fill FILE...        puts the values of variables in place of ${NAME} in files
//	exits CODE COMMAND  runs a command and wants that exit code
//	stdout2env NAME     sets the variable NAME to what the last command printed
//	clean NAME...       wants that stdout, stderr or a file hold no credential made up so far
//	githubapi MODE      starts a server in place of GitHub's API, sets GITHUB_API_URL to its address and
//	                    has it note calls and bodies in $WORK/api.log; MODE is "ok" or "refuses"
//	reveals NAME...     wants that they hold all of them
//	provider NAME...    starts a stand-in for GitHub's API that accepts the credentials of
//	                    these variables until they are revoked, and sets PROVIDER to its address
//
// Credentials are the same in every run.
func TestScripts(t *testing.T) {
	byID := map[string]*rules.Rule{}
	for _, r := range rules.Builtin() {
		byID[r.ID] = r
	}
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Values[secretsKey{}] = map[string]string{}
			e.Setenv("NO_COLOR", "")
			root, err := filepath.Abs("../..")
			e.Setenv("ROOT", root)
			return err
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"secret": func(ts *testscript.TestScript, _ bool, args []string) {
				if len(args) != 2 || byID[args[1]] == nil {
					ts.Fatalf("usage: secret NAME RULE, with a rule that there is")
				}
				maker, err := rules.NewMaker(byID[args[1]])
				ts.Check(err)
				h := fnv.New64a()
				fmt.Fprint(h, args[0], args[1])
				value, err := maker.Secret(rand.New(rand.NewPCG(h.Sum64(), 1)))
				ts.Check(err)
				ts.Setenv(args[0], value)
				secrets(ts)[args[0]] = value
			},
			"fill": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, name := range args {
					text := os.Expand(ts.ReadFile(name), func(v string) string { return ts.Getenv(v) })
					ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
				}
			},
			"stdout2env": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
			},
			"githubapi": func(ts *testscript.TestScript, _ bool, args []string) {
				log, err := os.OpenFile(ts.MkAbs(ts.Getenv("WORK")+"/api.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
				ts.Check(err)
				s := httptest.NewServer(&githubAPI{log: log, refuses: args[0] == "refuses"})
				ts.Defer(func() { s.Close(); log.Close() })
				ts.Setenv("GITHUB_API_URL", s.URL)
			},
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				code := 0
				var exit *exec.ExitError
				if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
					code = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if code != want {
					ts.Fatalf("exit code %d, want %d", code, want)
				}
			},
			"clean": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, file := range args {
					text := ts.ReadFile(file)
					for name, value := range secrets(ts) {
						if piece := leak(text, value); piece != "" {
							ts.Fatalf("%s holds %d bytes of $%s", file, len(piece), name)
						}
					}
				}
			},
			"provider": func(ts *testscript.TestScript, _ bool, args []string) {
				live := map[string]bool{}
				for _, name := range args {
					live["Bearer "+ts.Getenv(name)] = true
				}
				var mu sync.Mutex
				answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					w.Header().Set("Content-Type", "application/json")
					if r.Method == http.MethodPost && r.URL.Path == "/credentials/revoke" {
						var body struct{ Credentials []string }
						_ = json.NewDecoder(r.Body).Decode(&body)
						for _, c := range body.Credentials {
							delete(live, "Bearer "+c)
						}
						w.WriteHeader(http.StatusAccepted)
						return
					}
					if r.URL.Path != "/user" || !live[r.Header.Get("Authorization")] {
						w.WriteHeader(http.StatusUnauthorized)
						fmt.Fprint(w, `{"message": "Bad credentials"}`)
						return
					}
					w.Header().Set("X-OAuth-Scopes", "repo, user")
					fmt.Fprint(w, `{"login": "octo", "id": 7, "node_id": "x", "type": "User"}`)
				})
				plain := httptest.NewServer(answer)
				ts.Defer(plain.Close)
				ts.Setenv("PROVIDER", plain.URL)
				// The same over TLS, by an authority of its own.
				private := httptest.NewUnstartedServer(answer)
				private.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who do not trust it
				private.StartTLS()
				ts.Defer(private.Close)
				ts.Setenv("PROVIDER_TLS", private.URL)
				authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: private.Certificate().Raw})
				ts.Check(os.WriteFile(ts.MkAbs("authority.pem"), authority, 0o600))
			},
			"reveals": func(ts *testscript.TestScript, _ bool, args []string) {
				for _, file := range args {
					text := ts.ReadFile(file)
					for name, value := range secrets(ts) {
						if !strings.Contains(text, value) {
							ts.Fatalf("%s does not hold $%s", file, name)
						}
					}
				}
			},
		},
	})
}

// githubAPI answers what "stanch ci" asks of GitHub's API.
type githubAPI struct {
	mu      sync.Mutex
	log     io.Writer
	refuses bool
	comment string // the body of the comment there is
}

func (g *githubAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var body struct{ Body, Ref, Sarif string }
	_ = json.NewDecoder(r.Body).Decode(&body) // not every call has one
	fmt.Fprintf(g.log, "%s %s %s %s\n", r.Method, r.URL.Path, body.Ref, body.Body)
	w.Header().Set("Content-Type", "application/json")
	switch call := r.Method + " " + r.URL.Path; {
	case g.refuses:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message": "Resource not accessible by integration"}`)
	case call == "POST /repos/octo/app/code-scanning/sarifs":
		packed, err := base64.StdEncoding.DecodeString(body.Sarif)
		if err != nil || len(packed) < 2 || packed[0] != 0x1f || packed[1] != 0x8b {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"id": "1"}`)
	case call == "GET /repos/octo/app/code-scanning/sarifs/1":
		fmt.Fprint(w, `{"processing_status": "complete"}`)
	case call == "GET /repos/octo/app/issues/7/comments":
		list := []map[string]any{}
		if g.comment != "" {
			list = append(list, map[string]any{"id": 42, "body": g.comment, "user": map[string]string{"type": "Bot"}})
		}
		_ = json.NewEncoder(w).Encode(list)
	case call == "POST /repos/octo/app/issues/7/comments", call == "PATCH /repos/octo/app/issues/comments/42":
		g.comment = body.Body
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, "{}")
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message": "Not Found"}`)
	}
}

type secretsKey struct{}

// secrets are the credentials that a script made up.
func secrets(ts *testscript.TestScript) map[string]string {
	return ts.Value(secretsKey{}).(map[string]string)
}

// leak returns a piece of the secret, more than a quarter of it and no shorter than eight
// bytes, that text holds; empty if there is none.
func leak(text, secret string) string {
	n := max(8, len(secret)/4+1)
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+n]) {
			return secret[i : i+n]
		}
	}
	return ""
}

// panicking panics with a text when it is read.
type panicking struct{ text string }

func (p panicking) Read([]byte) (int, error) { panic(p.text) }

// TestPanic holds that a crash shows where it happened and nothing of what was scanned,
// also if it happens in another goroutine.
func TestPanic(t *testing.T) {
	secret := "made-up-credential-that-must-not-be-shown"
	var stdout, stderr strings.Builder
	p := &program{
		stdin: panicking{secret}, stdout: &stdout, stderr: &stderr,
		lookupEnv: func(string) (string, bool) { return "", false },
	}
	if code := p.run([]string{"scan", "--no-config", "-"}); code != exitIncomplete {
		t.Errorf("exit code %d", code)
	}
	out := stdout.String() + stderr.String()
	if strings.Contains(out, secret) {
		t.Error("the value of the panic is shown")
	}
	if !strings.Contains(out, "internal error: string") || !strings.Contains(out, "stream.go:") {
		t.Errorf("output %q", out)
	}
}
