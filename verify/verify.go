// Package verify asks providers whether found credentials still work, and whose they
// are.
//
// In go findings, out they come with [detector.Finding.Verification] filled: live,
// dead or unknown, why, and the identity that the provider told. What to ask stands in
// the rules: HTTP requests and the answers that prove something, or the name of a
// protocol that is code here, one file each. Only such an answer makes a credential
// live or dead; whatever else comes back leaves it unknown.
//
//	v, err := verify.New(verify.Options{})
//	if err != nil {
//		return err
//	}
//	summary, err := v.Check(ctx, findings)
//
// Every distinct credential is asked for once, however often it was found. Requests go
// to public addresses alone, unless an [Endpoint] names another; hosts are asked at a
// rate each, left alone when they say so, and given up when they do not answer. No
// error, reason or cache entry holds a credential.
package verify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// Options say how a [Verifier] works. The zero value asks the rules' own hosts.
type Options struct {
	// Endpoints point providers to other addresses; of two for the same name the last
	// counts.
	Endpoints []Endpoint
	// AllowHosts, if there are any, are the only hosts that are contacted, beside the
	// endpoints: "api.github.com", "*.example.com".
	AllowHosts []string
	// NoTouch are credentials that nobody is asked about, with the reason; see
	// [ReadNoTouch].
	NoTouch map[detector.Fingerprint]string
	// Cache keeps answers from run to run; nil for none.
	Cache *Cache
	// Key is the project's key for fingerprints, which the cache's entries are made
	// with; nil for [detector.DefaultKey].
	Key detector.Key

	// Budget is how long one [Verifier.Check] may take; 0 for as long as it takes.
	Budget time.Duration
	// Rate is how many requests a second a host gets, 0 for [DefaultRate]; PerHost how
	// many at a time, 0 for [DefaultPerHost]; Concurrency how many all hosts get
	// together, 0 for [DefaultConcurrency].
	Rate        float64
	PerHost     int
	Concurrency int
	// Timeout is how long a host may take for one answer, 0 for [DefaultTimeout].
	Timeout time.Duration
	// MaxWait is the longest pause of a host that is waited for, 0 for [DefaultMaxWait].
	MaxWait time.Duration
	// Retries is how often a request that met a fault is tried again, 0 for
	// [DefaultRetries], negative for never.
	Retries int

	// UserAgent names us to providers; empty for [DefaultUserAgent].
	UserAgent string
	// RootCAs are the certificate authorities that are trusted, nil for the system's.
	RootCAs *x509.CertPool
	// Proxy chooses a proxy for a request, nil for [http.ProxyFromEnvironment]. It is
	// for HTTP alone; other protocols go straight.
	Proxy func(*http.Request) (*url.URL, error)
	// Progress, if set, is told how many of how many credentials are done. It may be
	// called from several goroutines at once.
	Progress func(done, total int)

	// transport stands in for the network in tests.
	transport http.RoundTripper
}

// What applies where the options say nothing.
const (
	DefaultRate        = 10
	DefaultPerHost     = 4
	DefaultConcurrency = 64
	DefaultTimeout     = 10 * time.Second
	DefaultMaxWait     = time.Minute
	DefaultRetries     = 3
	DefaultUserAgent   = "stanch (secret scanner; +https://github.com/stanchsec/stanch)"
)

// Verifier asks providers. It is safe for concurrent use, and keeps what it learnt
// about hosts from one call to the next.
type Verifier struct {
	opts      Options
	endpoints map[string]*url.URL
	pace      *pacer
	tables    tableIDs

	direct, trusted, proxied *http.Transport
	dialGuarded, dialOpen    *net.Dialer

	requests atomic.Int64
}

// New prepares to ask. It contacts nobody.
func New(o Options) (*Verifier, error) {
	if err := checkAllowHosts(o.AllowHosts); err != nil {
		return nil, err
	}
	if o.Rate < 0 || o.PerHost < 0 || o.Concurrency < 0 || o.Timeout < 0 || o.MaxWait < 0 || o.Budget < 0 {
		return nil, errors.New("verification: rates, numbers and times are not negative")
	}
	o.Rate = cmp.Or(o.Rate, DefaultRate)
	o.PerHost = cmp.Or(o.PerHost, DefaultPerHost)
	o.Concurrency = cmp.Or(o.Concurrency, DefaultConcurrency)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.MaxWait = cmp.Or(o.MaxWait, DefaultMaxWait)
	o.Retries = max(cmp.Or(o.Retries, DefaultRetries), 0)
	o.UserAgent = cmp.Or(o.UserAgent, DefaultUserAgent)
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	v := &Verifier{opts: o, endpoints: make(map[string]*url.URL)}
	for _, e := range o.Endpoints {
		if e.URL == nil || e.For == "" {
			return nil, errors.New("verification: an endpoint lacks its provider or address")
		}
		v.endpoints[strings.ToLower(e.For)] = e.URL
	}
	v.pace = newPacer(o.Rate, o.PerHost, o.Concurrency, o.MaxWait)
	v.newTransports()
	return v, nil
}

// Summary counts what a [Verifier.Check] came to.
type Summary struct {
	// Credentials is the number of distinct ones; Live, Dead and Unknown add up to it.
	// Failed are those of Unknown whose provider gave no answer, and Cached those whose
	// answer came from the cache.
	Credentials, Live, Dead, Unknown, Failed, Cached int
	// Requests is how many were sent.
	Requests int64
}

// job is a distinct credential to be asked about.
type job struct {
	findings []int
	key      string
}

// Check fills in the Verification of every finding. It asks once for each distinct
// credential. The error is ctx's, if ctx was cancelled; what was not asked by then is
// unknown.
func (v *Verifier) Check(ctx context.Context, findings []detector.Finding) (Summary, error) {
	before := v.requests.Load()
	jobs, byKey := []*job(nil), make(map[string]*job)
	for i := range findings {
		key := v.key(&findings[i])
		j := byKey[key]
		if j == nil {
			j = &job{key: key}
			byKey[key] = j
			jobs = append(jobs, j)
		}
		j.findings = append(j.findings, i)
	}
	cached := v.work(ctx, jobs, findings)
	for _, t := range []*http.Transport{v.direct, v.trusted, v.proxied} {
		t.CloseIdleConnections()
	}

	sum := Summary{Credentials: len(jobs), Cached: cached, Requests: v.requests.Load() - before}
	for _, j := range jobs {
		switch r := findings[j.findings[0]].Verification; r.State {
		case detector.Live:
			sum.Live++
		case detector.Dead:
			sum.Dead++
		default:
			sum.Unknown++
			if r.Failed {
				sum.Failed++
			}
		}
	}
	return sum, ctx.Err()
}

// work does the jobs, host by host, and returns how many the cache had answered.
func (v *Verifier) work(ctx context.Context, jobs []*job, findings []detector.Finding) (cached int) {
	parent := ctx
	if v.opts.Budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, v.opts.Budget)
		defer cancel()
	}
	var done atomic.Int64
	finish := func(j *job, r detector.Verification) {
		for _, i := range j.findings {
			own := r
			own.Identity.Scopes = slices.Clone(r.Identity.Scopes)
			findings[i].Verification = &own
		}
		if n := done.Add(1); v.opts.Progress != nil {
			v.opts.Progress(int(n), len(jobs))
		}
	}
	lanes := make(map[string][]*job)
	for _, j := range jobs {
		f := &findings[j.findings[0]]
		if r, ok := v.offline(f); ok {
			finish(j, r)
			continue
		}
		if r, ok := v.opts.Cache.get(j.key, v.opts.Key); ok {
			cached++
			finish(j, r)
			continue
		}
		lane := v.laneOf(f)
		lanes[lane] = append(lanes[lane], j)
	}
	var wg sync.WaitGroup
	for _, queue := range lanes {
		var next atomic.Int64
		for range min(v.opts.PerHost, len(queue)) {
			wg.Go(func() {
				for {
					n := int(next.Add(1)) - 1
					if n >= len(queue) {
						return
					}
					j := queue[n]
					f := &findings[j.findings[0]]
					r := v.ask(ctx, f)
					if parent.Err() == nil && !keepOut(f, v.opts.Key) {
						v.opts.Cache.put(j.key, r, v.opts.Key)
					}
					finish(j, r)
				}
			})
		}
	}
	wg.Wait()
	return cached
}

// keepOut reports whether a finding must not be cached: a password that a person chose
// could be guessed from its hash where the key is the public one.
func keepOut(f *detector.Finding, key detector.Key) bool {
	return f.Rule.Password && (key == nil || bytes.Equal(key, detector.DefaultKey))
}

// offline answers what needs no asking, or must not be asked.
func (v *Verifier) offline(f *detector.Finding) (detector.Verification, bool) {
	switch {
	case f.Rule.Verify == nil:
		return unknown("the rule has no check").result(), true
	case f.Rule.Verify.None != "":
		return unknown("there is no check: " + f.Rule.Verify.None).result(), true
	}
	if reason, ok := v.opts.NoTouch[f.Fingerprint]; ok {
		return unknown("not asked: " + cmp.Or(reason, "it is on the list of credentials not to touch")).result(), true
	}
	if owner := canary(f); owner != "" {
		return unknown("not asked: it is a canary token of " + owner + ", and asking would set off its alarm").result(), true
	}
	return detector.Verification{}, false
}

// Ask asks about one finding now, whatever the cache has. It does not change it.
func (v *Verifier) Ask(ctx context.Context, f *detector.Finding) detector.Verification {
	if r, ok := v.offline(f); ok {
		return r
	}
	return v.ask(ctx, f)
}

// ask asks about one finding, again after a fault.
func (v *Verifier) ask(ctx context.Context, f *detector.Finding) detector.Verification {
	for attempt := 1; ; attempt++ {
		o, err := v.attempt(ctx, f)
		if err == nil {
			r := o.result()
			r.Checked = time.Now().UTC()
			return r
		}
		o = v.excuse(f, err)
		if attempt > v.opts.Retries || !again(err) || sleep(ctx, backoff(attempt)) != nil {
			return o.result()
		}
	}
}

// attempt asks once. Drivers that meet a hostile server may panic; one credential is
// no reason to lose the run.
func (v *Verifier) attempt(ctx context.Context, f *detector.Finding) (o verdict, err error) {
	defer func() {
		if recover() != nil {
			o, err = failed("the check broke down on the server's answer"), nil
		}
	}()
	if f.Rule.Verify.Protocol != "" {
		return v.protocol(ctx, f)
	}
	return v.steps(ctx, f)
}

// again reports whether another attempt may go better.
func again(err error) bool {
	var status statusError
	var network networkError
	switch {
	case errors.As(err, &status):
		return true
	case errors.As(err, &network):
		return network.again
	}
	return false
}

// excuse puts what went wrong into a verdict.
func (v *Verifier) excuse(f *detector.Finding, err error) verdict {
	var missing missingError
	var private privateError
	var notAllowed notAllowedError
	var network networkError
	where := v.laneOf(f)
	switch {
	case errors.Is(err, context.Canceled):
		return failed("the run was stopped before it could be asked")
	case errors.Is(err, errBudget):
		return failed(err.Error())
	case errors.As(err, &missing), errors.As(err, new(askError)):
		return unknown(err.Error())
	case errors.As(err, &private):
		return unknown(fmt.Sprintf("%s: not asked, since %v; --endpoint %s=URL allows it", where, private, f.Rule.Provider))
	case errors.As(err, &notAllowed):
		return unknown("not asked: " + err.Error())
	case errors.As(err, &network) && network.text == noSuchHost:
		return unknown(where + ": " + err.Error())
	case errors.Is(err, errTooLarge), errors.Is(err, errRedirects):
		return unknown(where + ": " + err.Error())
	}
	return failed(where + ": " + err.Error())
}

// askError says that nobody can be asked, for a reason that lies in the credential or
// the rule.
type askError struct{ error }

func (e askError) Unwrap() error { return e.error }

// verdict is the outcome of asking, before it has a time.
type verdict struct {
	state    detector.State
	reason   string
	failed   bool
	identity detector.Identity
}

func live(reason string, id detector.Identity) verdict {
	return verdict{state: detector.Live, reason: reason, identity: id}
}

func dead(reason string) verdict    { return verdict{state: detector.Dead, reason: reason} }
func unknown(reason string) verdict { return verdict{state: detector.Unknown, reason: reason} }
func failed(reason string) verdict {
	return verdict{state: detector.Unknown, reason: reason, failed: true}
}

func (o verdict) result() detector.Verification {
	return detector.Verification{State: o.state, Reason: o.reason, Failed: o.failed, Identity: o.identity}
}
