package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestScanRun scans a run of GitHub Actions at the address that --endpoint gives, and holds
// that the token of the environment goes there.
func TestScanRun(t *testing.T) {
	const run = "/repos/acme/shop/actions/runs/5"
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/storage" && r.Header.Get("Authorization") != "Bearer from-the-environment" {
			t.Errorf("%s without the token", r.URL.Path)
		}
		switch r.URL.Path {
		case run:
			fmt.Fprint(w, `{"id":5}`)
		case run + "/jobs":
			fmt.Fprint(w, `{"total_count":1,"jobs":[{"id":1,"name":"build"}]}`)
		case run + "/artifacts":
			fmt.Fprint(w, `{}`)
		case "/repos/acme/shop/actions/jobs/1/logs":
			http.Redirect(w, r, server.URL+"/storage", http.StatusFound)
		case "/storage":
			fmt.Fprint(w, "nothing to see\n")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	var stdout, stderr strings.Builder
	p := &program{stdout: &stdout, stderr: &stderr, lookupEnv: func(name string) (string, bool) {
		return "from-the-environment", name == "GH_TOKEN"
	}}
	code := p.run([]string{"scan", "--no-config", "--endpoint", "github=" + server.URL, "github://acme/shop/actions/runs/5"})
	if code != exitOK || !strings.Contains(stdout.String(), "No secrets found") {
		t.Errorf("exit code %d, output %q, %q", code, stdout.String(), stderr.String())
	}
}
