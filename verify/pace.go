package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer holds back requests, host by host: so many a second, so many at a time, none
// while a host asks to wait, none to a host that has stopped answering.
type pacer struct {
	rate    rate.Limit
	atOnce  int
	maxWait time.Duration
	all     chan struct{} // bounds the requests to all hosts together

	mu    sync.Mutex
	hosts map[string]*lane
}

// lane is what the pacer knows of one host.
type lane struct {
	limiter *rate.Limiter
	slots   chan struct{}

	mu      sync.Mutex
	until   time.Time // no request before
	faults  int       // in a row
	limited int       // refusals for too many requests, in a row
	tripped bool      // the host got a pause after many faults, and has not answered since
	broken  string    // why the host is not asked any more
}

const (
	// breakAfter is how many faults in a row make a host rest, and how many refusals for
	// too many requests make it be given up.
	breakAfter = 6
	// rest is how long a host that stopped answering is left alone before it is tried
	// once more.
	rest = 15 * time.Second
	// firstPause is the pause after a refusal that names none; it doubles.
	firstPause = time.Second
)

// brokenError says that a host is not asked any more in this run.
type brokenError struct{ reason string }

func (e brokenError) Error() string { return e.reason }

// waitError says that a host asked for a pause that is longer than a run should wait.
type waitError struct{ pause time.Duration }

func (e waitError) Error() string {
	return fmt.Sprintf("it asks to wait for %s", e.pause.Round(time.Second))
}

// errBudget says that the run's time for verification is used up.
var errBudget = errors.New("the time for verification was used up before it could be asked")

func newPacer(perSecond float64, atOnce, all int, maxWait time.Duration) *pacer {
	return &pacer{
		rate: rate.Limit(perSecond), atOnce: atOnce, maxWait: maxWait,
		all: make(chan struct{}, all), hosts: make(map[string]*lane),
	}
}

func (p *pacer) lane(host string) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.hosts[host]
	if l == nil {
		l = &lane{limiter: rate.NewLimiter(p.rate, 1), slots: make(chan struct{}, p.atOnce)}
		p.hosts[host] = l
	}
	return l
}

// enter waits until a request may go to host. The caller must call leave with what
// came of it.
func (p *pacer) enter(ctx context.Context, host string) (leave func(outcome), err error) {
	l := p.lane(host)
	if err := acquire(ctx, l.slots); err != nil {
		return nil, err
	}
	if err := p.await(ctx, l); err != nil {
		<-l.slots
		return nil, err
	}
	if err := acquire(ctx, p.all); err != nil {
		<-l.slots
		return nil, err
	}
	return func(o outcome) {
		<-p.all
		l.note(o)
		<-l.slots
	}, nil
}

// await waits for the host's pause to end and for its rate to allow a request.
func (p *pacer) await(ctx context.Context, l *lane) error {
	for {
		l.mu.Lock()
		pause, broken := time.Until(l.until), l.broken
		l.mu.Unlock()
		switch {
		case broken != "":
			return brokenError{broken}
		case pause > p.maxWait:
			return waitError{pause}
		case pause > 0:
			if err := sleep(ctx, pause); err != nil {
				return err
			}
			continue
		}
		if err := l.limiter.Wait(ctx); err != nil {
			return budget(ctx, err)
		}
		l.mu.Lock()
		again := time.Until(l.until) > 0 || l.broken != ""
		l.mu.Unlock()
		if !again {
			return nil
		}
	}
}

// outcome is what came of a request, as far as it concerns the host.
type outcome struct {
	// fault: no whole answer, or one that says the server is in trouble.
	fault bool
	// limited: too many requests; pause is what the host asks for, 0 if it does not say.
	limited bool
	pause   time.Duration
}

func (l *lane) note(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case o.limited:
		l.limited++
		if o.pause == 0 {
			o.pause = firstPause << min(l.limited-1, 6)
		}
		// Some of a second more: not all clients that were refused shall come back at once.
		l.pause(o.pause + rand.N(time.Second))
		if l.limited >= breakAfter {
			l.broken = "it kept refusing with too many requests, and was not asked any more"
		}
	case o.fault:
		l.faults++
		switch {
		case l.tripped:
			l.broken = "it did not answer properly many times in a row, and was not asked any more"
		case l.faults >= breakAfter:
			l.tripped = true
			l.pause(rest)
		}
	default:
		l.faults, l.limited, l.tripped = 0, 0, false
	}
}

func (l *lane) pause(d time.Duration) {
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// acquire takes a slot, or gives up with ctx.
func acquire(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return budget(ctx, ctx.Err())
	}
}

// sleep waits, or gives up with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return budget(ctx, ctx.Err())
	}
}

// budget tells the end of the run's time from a cancelled run. The limiter reports in
// words of its own that a deadline lies before the next turn.
func budget(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if _, has := ctx.Deadline(); has {
		return errBudget
	}
	return err
}

// backoff is how long to wait before attempt n, counted from 1, of a request that met
// a fault: half a second, doubled each time, less up to half of it by chance.
func backoff(n int) time.Duration {
	d := 500 * time.Millisecond << min(n-1, 5)
	return d/2 + rand.N(d/2)
}
