package buildlog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/buildlog"
)

const apiToken = "made-up-api-token"

// server is an API and, at another address, the storage that it redirects to, which must
// not be given the token.
type server struct {
	t            *testing.T
	api, storage *httptest.Server
	mu           sync.Mutex
	fail         map[string]int // path: how often it fails with 503 first
	files        map[string][]byte
	bodies       map[string]string // of the API
	redirects    map[string]string // of the API to the storage
	status       map[string]int
	next         map[string]string // X-Next-Page
	asked        []string
}

func newServer(t *testing.T) *server {
	s := &server{t: t, fail: map[string]int{}, files: map[string][]byte{}, bodies: map[string]string{}, redirects: map[string]string{},
		status: map[string]int{}, next: map[string]string{}}
	s.storage = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the storage was given the token for %s", r.URL.Path)
		}
		s.answer(w, r, func(path string) bool {
			data, ok := s.files[path]
			w.Write(data)
			return ok
		})
	}))
	s.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+apiToken {
			t.Errorf("no token for %s", r.URL.Path)
		}
		s.answer(w, r, func(path string) bool {
			if to := s.redirects[path]; to != "" {
				http.Redirect(w, r, s.storage.URL+to+"?sig=abc", http.StatusFound)
				return true
			}
			w.Header().Set("X-Next-Page", s.next[path])
			body, ok := s.bodies[path]
			if ok {
				fmt.Fprint(w, body)
			}
			return ok
		})
	}))
	t.Cleanup(s.api.Close)
	t.Cleanup(s.storage.Close)
	return s
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, answer func(path string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.EscapedPath()
	if p := r.URL.Query().Get("page"); p != "" && p != "1" {
		path += "?page=" + p
	}
	if c := r.URL.Query().Get("created"); c != "" {
		path += "?created=" + c
	}
	s.asked = append(s.asked, path)
	if s.fail[path] > 0 {
		s.fail[path]--
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if code := s.status[path]; code != 0 {
		w.WriteHeader(code)
		return
	}
	if !answer(path) {
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) remote() buildlog.Remote {
	return buildlog.Remote{Token: apiToken, API: s.api.URL + "/api", Wait: func(context.Context, time.Duration) error { return nil }}
}

func reasons(skips []sources.Skip) []string {
	var list []string
	for _, k := range skips {
		list = append(list, fmt.Sprintf("%s|%s|%t", k.Location.Name(), k.Reason, k.Incomplete))
	}
	return list
}

const runPath = "/api/repos/o/r/actions/runs/5"

// TestGitHub fetches a run whose archive lacks jobs, from a server that is busy at first.
func TestGitHub(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	a, b, c := token(t, rng), token(t, rng), token(t, rng)
	s := newServer(t)
	s.bodies[runPath] = `{"id":5,"html_url":"https://example.com/run/5"}`
	s.redirects[runPath+"/logs"] = "/logs.zip"
	s.files["/logs.zip"] = archive(t, "0_build - linux.txt", "2025-04-07T12:57:33.2904078Z T="+a+"\n")
	s.bodies[runPath+"/jobs"] = `{"total_count":4,"jobs":[{"id":1,"name":"build / linux"},{"id":2,"name":"lost","html_url":"https://example.com/job/2"},
		{"id":3,"name":"old"},{"id":4,"name":"not run","conclusion":"skipped"}]}`
	s.bodies[runPath+"/jobs"] = strings.Replace(s.bodies[runPath+"/jobs"], "build / linux", "build - linux", 1)
	s.redirects["/api/repos/o/r/actions/jobs/2/logs"] = "/job2"
	s.files["/job2"] = []byte("\ufeff2025-04-07T12:57:33.2904078Z ##[group]Run x\n2025-04-07T12:57:33.2904078Z T=" + b + "\n")
	s.status["/api/repos/o/r/actions/jobs/3/logs"] = http.StatusGone
	s.bodies[runPath+"/artifacts"] = `{"total_count":3,"artifacts":[{"id":7,"name":"dist"},{"id":8,"name":"gone","expired":true},{"id":9,"name":"broken"}]}`
	s.redirects["/api/repos/o/r/actions/artifacts/7/zip"] = "/dist.zip"
	s.files["/dist.zip"] = archive(t, "conf/", "", "conf/app.env", "T="+c+"\n")
	s.redirects["/api/repos/o/r/actions/artifacts/9/zip"] = "/broken.zip"
	s.files["/broken.zip"] = s.files["/dist.zip"][:40]
	s.fail["/logs.zip"], s.fail[runPath] = 2, 3

	src, err := buildlog.NewGitHub("github://o/r/actions/runs/5", s.remote())
	if err != nil {
		t.Fatal(err)
	}
	k := newSink(t)
	if err := src.Walk(context.Background(), k); err != nil {
		t.Fatal(err)
	}
	want := []string{"github-pat-classic build - linux||1:32", "github-pat-classic lost|Run x|2:32", "github-pat-classic ||1:3"}
	if diff := cmp.Diff(want, k.secrets()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	const at = "github://o/r/actions/runs/5"
	if diff := cmp.Diff([]string{
		at + "|log expired or deleted|false", at + "!gone.zip|artifact expired or deleted|false",
		at + "!broken.zip|no readable zip archive: zip: not a valid zip file|true",
	}, reasons(k.skips)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if l := k.found[2].Places[0].Location; l.Name() != at+"!dist.zip!conf/app.env" || l.URL != "https://example.com/run/5" {
		t.Errorf("location %+v", l)
	}
	if l := k.found[1].Places[0].Location; l.URL != "https://example.com/job/2" {
		t.Errorf("location %+v", l)
	}
}

// TestGitHubWithoutArchive holds that the jobs' own logs are read if the archive is gone or
// broken, and that what fails is named.
func TestGitHubWithoutArchive(t *testing.T) {
	a := token(t, rand.New(rand.NewPCG(12, 1)))
	for _, broken := range []string{"gone", "corrupt"} {
		s := newServer(t)
		s.bodies[runPath] = `{"id":5}`
		if broken == "corrupt" {
			s.redirects[runPath+"/logs"] = "/logs.zip"
			s.files["/logs.zip"] = []byte("PK\x03\x04 and nothing more")
		}
		s.bodies[runPath+"/jobs"] = `{"total_count":2,"jobs":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}`
		s.redirects["/api/repos/o/r/actions/jobs/1/logs"] = "/job1"
		s.files["/job1"] = []byte("T=" + a + "\n")
		s.status["/api/repos/o/r/actions/jobs/2/logs"] = http.StatusInternalServerError
		s.bodies[runPath+"/artifacts"] = `{}`
		src, err := buildlog.NewGitHub("github://o/r/actions/runs/5", s.remote())
		if err != nil {
			t.Fatal(err)
		}
		k := newSink(t)
		if err := src.Walk(context.Background(), k); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"github-pat-classic a||1:3"}, k.secrets()); diff != "" {
			t.Errorf("%s: -want +got\n%s", broken, diff)
		}
		if got := reasons(k.skips); len(got) != 1 || !strings.Contains(got[0], "500") || !strings.HasSuffix(got[0], "|true") {
			t.Errorf("%s: skipped %v", broken, got)
		}
	}
}

// TestGitHubRuns lists the runs since a day, and says if it could not list all.
func TestGitHubRuns(t *testing.T) {
	s := newServer(t)
	s.bodies["/api/repos/o/r/actions/runs?created=>=2026-01-02T00:00:00Z"] = `{"total_count":3,"workflow_runs":[{"id":1},{"id":2}]}`
	for _, id := range []string{"1", "2"} {
		s.bodies["/api/repos/o/r/actions/runs/"+id+"/jobs"] = `{}`
		s.bodies["/api/repos/o/r/actions/runs/"+id+"/artifacts"] = `{}`
	}
	src, err := buildlog.NewGitHub("github://o/r/actions?since=2026-01-02", s.remote())
	if err != nil {
		t.Fatal(err)
	}
	k := newSink(t)
	if err := src.Walk(context.Background(), k); err != nil {
		t.Fatal(err)
	}
	if got := reasons(k.skips); len(got) != 1 || !strings.Contains(got[0], "2 of 3 runs") {
		t.Errorf("skipped %v", got)
	}
	if !slices.Contains(s.asked, "/api/repos/o/r/actions/runs/2/artifacts") {
		t.Errorf("asked for %v", s.asked)
	}
}

// TestGitHubErrors holds that what is wrong with the target or the server is said, and that
// no attempt is made again for ever.
func TestGitHubErrors(t *testing.T) {
	for _, target := range []string{"github://o", "github://o/r/pulls", "github://o/r/actions/runs/x", "github://o/r/actions?since=lately"} {
		if _, err := buildlog.NewGitHub(target, buildlog.Remote{}); err == nil || !strings.Contains(err.Error(), target) {
			t.Errorf("%s: error %v", target, err)
		}
	}
	if _, err := buildlog.NewGitHub("github://o/r/actions", buildlog.Remote{API: "ftp://x"}); err == nil {
		t.Error("no error for an address that is none")
	}
	s := newServer(t)
	src, err := buildlog.NewGitHub("github://o/r/actions/runs/5", s.remote())
	if err != nil {
		t.Fatal(err)
	}
	err = src.Walk(context.Background(), newSink(t))
	if err == nil || !strings.Contains(err.Error(), "404") || !strings.Contains(err.Error(), "GITHUB_TOKEN") || strings.Contains(err.Error(), apiToken) {
		t.Errorf("error %v", err)
	}
	s.fail[runPath] = 100
	if err := src.Walk(context.Background(), newSink(t)); err == nil || s.fail[runPath] != 96 {
		t.Errorf("error %v after %d attempts", err, 100-s.fail[runPath])
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := src.Walk(ctx, newSink(t)); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

// TestGitLab fetches the jobs of a pipeline, page by page.
func TestGitLab(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 1))
	a, b := token(t, rng), token(t, rng)
	s := newServer(t)
	const project = "/api/projects/g%2Fsub%2Fp"
	s.bodies[project+"/pipelines/4/jobs"] = `[{"id":1,"name":"build","web_url":"https://example.com/1"}]`
	s.next[project+"/pipelines/4/jobs"] = "2"
	s.bodies[project+"/pipelines/4/jobs?page=2"] = `[{"id":2,"name":"test","artifacts_file":{"filename":"artifacts.zip"}}]`
	s.bodies[project+"/jobs/1/trace"] = "\x1b[0Ksection_start:1700000000:script\r\x1b[0Kx\nT=" + a + "\n"
	s.redirects[project+"/jobs/2/artifacts"] = "/artifacts.zip"
	s.files["/artifacts.zip"] = archive(t, "out.txt", "T="+b)
	src, err := buildlog.NewGitLab("gitlab://g/sub/p/-/pipelines/4", s.remote())
	if err != nil {
		t.Fatal(err)
	}
	k := newSink(t)
	if err := src.Walk(context.Background(), k); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"github-pat-classic build|script|2:3", "github-pat-classic test||1:3"}, k.secrets()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gitlab://g/sub/p/-/jobs/2|trace expired or deleted|false"}, reasons(k.skips)); diff != "" {
		t.Error(diff)
	}

	if _, err := buildlog.NewGitLab("gitlab://g/p/jobs/1", buildlog.Remote{}); err == nil {
		t.Error("no error for a target that is none")
	}
	src, err = buildlog.NewGitLab("gitlab://g/sub/p/-/jobs/9", s.remote())
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
	s.bodies[project+"/jobs/9"] = "<html>"
	if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "answer") {
		t.Errorf("error %v", err)
	}
}
