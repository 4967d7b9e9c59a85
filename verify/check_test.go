package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// world stands in for the Internet: it answers requests in the time of a bubble of
// package synctest, and notes when each came.
type world struct {
	answer func(w http.ResponseWriter, req *http.Request, n int) error

	mu     sync.Mutex
	came   map[string][]time.Time
	flying map[string]int
	most   map[string]int
}

func newWorld(answer func(w http.ResponseWriter, req *http.Request, n int) error) *world {
	return &world{answer: answer, came: map[string][]time.Time{}, flying: map[string]int{}, most: map[string]int{}}
}

func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	w.mu.Lock()
	w.came[host] = append(w.came[host], time.Now())
	n := len(w.came[host])
	w.flying[host]++
	w.most[host] = max(w.most[host], w.flying[host])
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.flying[host]--
		w.mu.Unlock()
	}()
	out := httptest.NewRecorder()
	if err := w.answer(out, req, n); err != nil {
		return nil, err
	}
	return out.Result(), nil
}

// says answers as a provider does: secrets that begin with "live" are live.
func says(w http.ResponseWriter, req *http.Request, _ int) error {
	if strings.HasPrefix(req.Header.Get("Authorization"), "Bearer live") {
		w.Header().Set("X-Scopes", "repo, gist")
		w.Header().Set("X-Expires", "2027-01-02 03:04:05 UTC")
		accepting(w, req)
		return nil
	}
	w.WriteHeader(401)
	io.WriteString(w, `{"message":"Bad credentials"}`)
	return nil
}

func within(t *testing.T, o Options, w *world) *Verifier {
	t.Helper()
	o.transport = w
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// 10,000 credentials of 50 hosts, with 5 % of all requests failing: all are answered,
// no host gets more than its rate, and the time is that of one host's share.
func TestTenThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hosts, each, perSecond, atOnce = 50, 200, 20, 4
		var mu sync.Mutex
		rng := rand.New(rand.NewPCG(1, 2))
		w := newWorld(func(out http.ResponseWriter, req *http.Request, n int) error {
			mu.Lock()
			fault, kind, took := rng.IntN(100) < 5, rng.IntN(3), time.Duration(rng.IntN(150))*time.Millisecond
			mu.Unlock()
			time.Sleep(took)
			if !fault {
				return says(out, req, n)
			}
			switch kind {
			case 0:
				out.WriteHeader(http.StatusBadGateway)
			case 1:
				return io.ErrUnexpectedEOF
			default:
				out.Header().Set("Retry-After", "1")
				out.WriteHeader(http.StatusTooManyRequests)
			}
			return nil
		})
		var findings []detector.Finding
		for i := range hosts * each {
			secret := "dead-"
			if i/hosts%4 == 0 {
				secret = "live-"
			}
			findings = append(findings, acmeAt(fmt.Sprintf("h%d.test", i%hosts), secret+strconv.Itoa(i)))
		}
		v := within(t, Options{Rate: perSecond, PerHost: atOnce, Concurrency: 200, Retries: 6}, w)
		begin := time.Now()
		sum, err := v.Check(context.Background(), findings)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(begin)
		if sum.Credentials != hosts*each || sum.Live != hosts*each/4 || sum.Dead != hosts*each*3/4 {
			t.Errorf("not all are answered: %+v", sum)
		}
		for _, f := range findings {
			if want := f.Secret.Reveal()[:4]; string(f.Verification.State) != want {
				t.Fatalf("a %s credential is %s: %s", want, f.Verification.State, f.Verification.Reason)
			}
		}
		slowest := 0
		for host, times := range w.came {
			slowest = max(slowest, len(times))
			if w.most[host] > atOnce {
				t.Errorf("%s got %d requests at a time", host, w.most[host])
			}
			for i := perSecond; i < len(times); i++ {
				if gap := times[i].Sub(times[i-perSecond]); gap < time.Second-time.Millisecond {
					t.Fatalf("%s got %d requests within %s", host, perSecond+1, gap)
				}
			}
		}
		// A host's share at its rate, and for each of its refusals a pause of up to two seconds.
		if most := time.Duration(slowest)*time.Second/perSecond + 60*time.Second; took > most {
			t.Errorf("it takes %s, more than the %s that the slowest host allows", took, most)
		}
	})
}

// Memory stays bounded: what a check allocates and keeps is small beside the findings.
func BenchmarkCheck(b *testing.B) {
	const hosts, each = 50, 200
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { says(w, r, 0) }))
	defer server.Close()
	var endpoints []Endpoint
	for i := range hosts {
		endpoints = append(endpoints, endpointAt(b, fmt.Sprintf("h%d.test", i), server.URL))
	}
	var findings []detector.Finding
	for i := range hosts * each {
		findings = append(findings, acmeAt(fmt.Sprintf("h%d.test", i%hosts), "live-"+strconv.Itoa(i)))
	}
	for b.Loop() {
		v, err := New(Options{Endpoints: endpoints, Rate: 1e6, PerHost: 16})
		if err != nil {
			b.Fatal(err)
		}
		sum, err := v.Check(context.Background(), findings)
		if err != nil || sum.Live != hosts*each {
			b.Fatalf("%+v, %v", sum, err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "heap-MB")
	b.ReportMetric(float64(b.N)*hosts*each/b.Elapsed().Seconds(), "credentials/s")
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for name, refusal := range map[string]func(http.ResponseWriter){
		"429 and seconds": func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) },
		"503 and a date": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", time.Now().Add(8*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		},
		"403 and a reset": func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(8*time.Second).Unix(), 10))
			w.WriteHeader(403)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(func(out http.ResponseWriter, req *http.Request, n int) error {
				if n == 1 {
					refusal(out)
					return nil
				}
				return says(out, req, n)
			})
			v := within(t, Options{PerHost: 1}, w)
			findings := []detector.Finding{acmeAt("a.test", "live-1"), acmeAt("a.test", "live-2"), acmeAt("b.test", "live-3")}
			sum, err := v.Check(context.Background(), findings)
			if err != nil || sum.Live != 3 {
				t.Errorf("%s: %+v, %v", name, sum, err)
			}
			if gap := w.came["a.test"][1].Sub(w.came["a.test"][0]); gap < 7*time.Second || gap > 10*time.Second {
				t.Errorf("%s: asked again after %s", name, gap)
			}
		})
	}
}

// A pause longer than a run should wait leaves the credentials of that host unknown, at
// once.
func TestLongPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(out http.ResponseWriter, req *http.Request, n int) error {
			if req.URL.Host == "a.test" {
				out.Header().Set("Retry-After", "3600")
				out.WriteHeader(429)
				return nil
			}
			return says(out, req, n)
		})
		v := within(t, Options{}, w)
		var findings []detector.Finding
		for i := range 100 {
			findings = append(findings, acmeAt("a.test", "live-"+strconv.Itoa(i)))
		}
		begin := time.Now()
		sum, err := v.Check(context.Background(), append(findings, acmeAt("b.test", "live")))
		if err != nil || sum.Failed != 100 || sum.Live != 1 {
			t.Errorf("%+v, %v", sum, err)
		}
		if took := time.Since(begin); took > 5*time.Minute {
			t.Errorf("it takes %s", took)
		}
		if n := len(w.came["a.test"]); n > DefaultPerHost {
			t.Errorf("asked %d times after it said no", n)
		}
		if r := findings[50].Verification; !strings.Contains(r.Reason, "wait") {
			t.Errorf("%s: %s", r.State, r.Reason)
		}
	})
}

// A host that does not answer is given up after a rest and another try; one that comes
// back is asked for all.
func TestBreaker(t *testing.T) {
	for _, back := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			w := newWorld(func(out http.ResponseWriter, req *http.Request, n int) error {
				if back && time.Since(begin) > 10*time.Second {
					return says(out, req, n)
				}
				return errors.New("connection refused")
			})
			v := within(t, Options{}, w)
			var findings []detector.Finding
			for i := range 500 {
				findings = append(findings, acmeAt("a.test", "live-"+strconv.Itoa(i)))
			}
			sum, err := v.Check(context.Background(), findings)
			if err != nil {
				t.Fatal(err)
			}
			asked := len(w.came["a.test"])
			if !back && (sum.Failed != 500 || asked > 2*breakAfter+DefaultPerHost) {
				t.Errorf("it stays away: %+v, asked %d times", sum, asked)
			}
			if back && sum.Live < 495 {
				t.Errorf("it comes back: %+v", sum)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(says)
		v := within(t, Options{Rate: 1, Budget: 10 * time.Second}, w)
		var findings []detector.Finding
		for i := range 100 {
			findings = append(findings, acmeAt("a.test", "live-"+strconv.Itoa(i)))
		}
		begin := time.Now()
		sum, err := v.Check(context.Background(), findings)
		if err != nil || sum.Live < 9 || sum.Live > 11 || sum.Failed != 100-sum.Live {
			t.Errorf("%+v, %v", sum, err)
		}
		if took := time.Since(begin); took > 11*time.Second {
			t.Errorf("it takes %s", took)
		}
	})
}

func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(says)
		v := within(t, Options{Rate: 1}, w)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(3*time.Second, cancel)
		findings := []detector.Finding{acmeAt("a.test", "live-1")}
		for i := range 20 {
			findings = append(findings, acmeAt("a.test", "live-"+strconv.Itoa(i)))
		}
		sum, err := v.Check(ctx, findings)
		if !errors.Is(err, context.Canceled) || sum.Failed == 0 {
			t.Errorf("%+v, %v", sum, err)
		}
		for _, f := range findings {
			if f.Verification == nil {
				t.Fatal("a finding has no outcome")
			}
		}
	})
}

// One question for each distinct credential; the same value beside another host is
// another credential.
func TestDistinct(t *testing.T) {
	w := newWorld(says)
	v := within(t, Options{Rate: 1e6}, w)
	findings := []detector.Finding{
		acmeAt("a.test", "live-1"), acmeAt("a.test", "live-1"), acmeAt("b.test", "live-1"), acmeAt("a.test", "dead-1"), acmeAt("a.test", "live-1"),
	}
	sum, err := v.Check(context.Background(), findings)
	if err != nil || sum.Credentials != 3 || sum.Requests != 3 || sum.Live != 2 || sum.Dead != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	r := findings[4].Verification
	if r.State != detector.Live || r.Identity.Owner != "octocat" || strings.Join(r.Identity.Scopes, "+") != "repo+gist" ||
		r.Identity.Expires != "2027-01-02T03:04:05Z" {
		t.Errorf("%+v", r)
	}
}

func TestNoTouch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-touch")
	f := acmeAt("a.test", "live-1")
	text := "# ours\n\n" + f.Fingerprint.String() + "  # laid out by the blue team\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := ReadNoTouch(file)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(says)
	v := within(t, Options{NoTouch: list}, w)
	findings := []detector.Finding{f, acmeAt("a.test", "live-2")}
	sum, err := v.Check(context.Background(), findings)
	if err != nil || sum.Live != 1 || sum.Requests != 1 || sum.Failed != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	if r := findings[0].Verification; r.State != detector.Unknown || !strings.Contains(r.Reason, "blue team") || !r.Checked.IsZero() {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(file, []byte(text+"beef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadNoTouch(file); err == nil || !strings.Contains(err.Error(), ":4:") {
		t.Errorf("a bad line: %v", err)
	}
}

func TestAWSAccount(t *testing.T) {
	// The id of AWS's own documentation, in two pieces.
	for id, want := range map[string]string{
		"AKIA" + "IOSFODNN7EXAMPLE": "581039954779",
		"AKIA" + "AAAAAAAAAAAAAAAA": "000000000000",
		"AKIA" + "IOSFODNN7EXAMPL":  "",
		"AKIA" + "IOSFODNN7EXAMPL1": "", // no base32
		"":                          "",
	} {
		if got := AWSAccount(id); got != want {
			t.Errorf("%s…: got %q, want %q", id[:min(4, len(id))], got, want)
		}
	}
}

// awsID makes an access key id of an account.
func awsID(account uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	bits := account<<7 | 1<<47 // the id's first bit is set in all that AWS gives out
	id := ""
	for i := range 16 {
		shift := 43 - 5*i
		switch {
		case shift >= 0:
			id += string(alphabet[bits>>shift&31])
		case shift > -5:
			id += string(alphabet[bits<<-shift&31])
		default:
			id += "A"
		}
	}
	return "AKIA" + id
}

func TestCanaries(t *testing.T) {
	rule := byID(t, "aws-access-key")
	w := newWorld(func(http.ResponseWriter, *http.Request, int) error { return errors.New("asked") })
	v := within(t, Options{Retries: -1}, w)
	for account := range canaryAccounts {
		n, err := strconv.ParseUint(account, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := AWSAccount(awsID(n)); got != account {
			t.Fatalf("made an id of %s, not %s", got, account)
		}
		f := findingOf(rule, strings.Repeat("aB3/", 10), "access_key_id", awsID(n))
		if r := v.Ask(context.Background(), &f); r.State != detector.Unknown || r.Failed || !strings.Contains(r.Reason, "canary") {
			t.Errorf("%s: %s: %s", account, r.State, r.Reason)
		}
	}
	if len(w.came) != 0 {
		t.Errorf("asked %v", w.came)
	}
	f := findingOf(rule, strings.Repeat("aB3/", 10), "access_key_id", awsID(123456789012))
	if r := v.Ask(context.Background(), &f); !r.Failed || len(w.came) == 0 {
		t.Errorf("another account: %s", r.Reason)
	}
}
