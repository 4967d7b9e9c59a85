package buildlog

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// Remote says how to reach a build system.
type Remote struct {
	// Token is sent to the host of API and to no other. May be empty for what is public.
	Token string
	// API is the address of the interface; empty for that of the public service:
	// "https://api.github.com", "https://gitlab.com/api/v4".
	API string
	// Since, if set, leaves out runs created before.
	Since time.Time
	// Expand, if set, looks into artifacts. If not, the members of the zip archive are
	// scanned as files, and archives among them are not opened.
	Expand sources.Expander
	// Transport makes requests; nil means [http.DefaultTransport].
	Transport http.RoundTripper
	// Wait waits between attempts; nil means to sleep. Tests need not.
	Wait func(ctx context.Context, d time.Duration) error
}

const (
	// attempts is how often a request is made, and firstWait the time before the second;
	// it doubles with each. The server may ask for longer, up to maxWait.
	attempts  = 4
	firstWait = time.Second
	maxWait   = 2 * time.Minute
	// maxDownload bounds what is fetched at once, in bytes.
	maxDownload = 8 << 30
)

// caller makes requests, again if they fail for reasons that pass. It authenticates to one
// host.
type caller struct {
	Remote
	host string
}

// RoundTrip implements [http.RoundTripper] for requests without a body.
func (c *caller) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if c.Token != "" && req.URL.Host == c.host {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	wait := firstWait
	for n := 1; ; n++ {
		resp, err := next.RoundTrip(req)
		pause, again := wait, err != nil
		if err == nil {
			pause, again = retry(resp, wait)
		}
		if !again || n == attempts || req.Context().Err() != nil || pause > maxWait {
			return resp, err
		}
		if err == nil {
			resp.Body.Close()
		}
		if err := c.wait(req.Context(), pause); err != nil {
			return nil, err
		}
		wait *= 2
	}
}

// retry tells whether an answer calls for another attempt, and when
// (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
func retry(resp *http.Response, wait time.Duration) (time.Duration, bool) {
	limited := resp.StatusCode == http.StatusTooManyRequests
	if resp.StatusCode == http.StatusForbidden {
		limited = resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-Ratelimit-Remaining") == "0"
	}
	if !limited {
		return wait, resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		return max(wait, time.Duration(s)*time.Second), true
	}
	if at, err := strconv.ParseInt(resp.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
		return max(wait, time.Until(time.Unix(at, 0))), true
	}
	return wait, true
}

func (c *caller) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// statusError is an answer that is none of what was asked for.
type statusError struct{ code int }

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
}

// gone reports whether a server says that something is not there any more.
func gone(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.code == http.StatusGone || s.code == http.StatusNotFound)
}

// download fetches into a temporary file, which discard removes.
func (c *caller) download(ctx context.Context, address string) (f *os.File, size int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, errors.New("the server gave an address that is none")
	}
	resp, err := (&http.Client{Transport: c}).Do(req)
	if err != nil {
		return nil, 0, withoutAddress(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, 0, &statusError{resp.StatusCode}
	}
	if f, err = os.CreateTemp("", "stanch-*"); err != nil {
		return nil, 0, err
	}
	size, err = io.Copy(f, io.LimitReader(resp.Body, maxDownload+1))
	if err == nil && size > maxDownload {
		err = fmt.Errorf("larger than %d bytes", int64(maxDownload))
	}
	if err != nil {
		discard(f)
		return nil, 0, withoutAddress(err)
	}
	return f, size, nil
}

// withoutAddress takes away the address that an error of package http names: those of
// downloads hold signatures that open them.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// lost notes something that could not be fetched. What has expired is no loss that another
// attempt would make good.
func lost(sink sources.Sink, at detector.Location, what string, err error) {
	if gone(err) {
		sink.Skip(sources.Skip{Location: at, Reason: what + " expired or deleted"})
		return
	}
	sink.Skip(sources.Skip{Location: at, Reason: "cannot fetch the " + what + ": " + err.Error(), Incomplete: true})
}

// artifact hands over what an artifact holds.
func (r *Remote) artifact(ctx context.Context, f *os.File, size int64, at detector.Location, sink sources.Sink) error {
	if r.Expand != nil {
		sink.Progress(sources.Progress{FilesFound: 1})
		defer sink.Progress(sources.Progress{FilesDone: 1})
		return r.Expand.Expand(ctx, sink, sources.File{Location: at, At: f, Size: size})
	}
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		sink.Skip(sources.Skip{Location: at, Reason: "no readable zip archive: " + err.Error(), Incomplete: true})
		return nil
	}
	split, err := chunk.New(0, 0)
	if err != nil {
		return err
	}
	for i, e := range z.File {
		if i == maxEntries {
			sink.Skip(sources.Skip{Location: at, Incomplete: true, Reason: fmt.Sprintf("%d members: only the first %d were read", len(z.File), maxEntries)})
			break
		}
		if strings.HasSuffix(e.Name, "/") {
			continue
		}
		if err := member(ctx, e, at, split, sink); err != nil {
			return err
		}
	}
	return nil
}

// member hands over one member of an artifact.
func member(ctx context.Context, e *zip.File, at detector.Location, split *chunk.Splitter, sink sources.Sink) error {
	at.Members = append(at.Members[:len(at.Members):len(at.Members)], e.Name)
	content, err := e.Open()
	if err != nil {
		sink.Skip(sources.Skip{Location: at, Reason: err.Error(), Incomplete: true})
		return nil
	}
	defer content.Close()
	sink.Progress(sources.Progress{FilesFound: 1})
	defer sink.Progress(sources.Progress{FilesDone: 1})
	split.Reset(limit(content, maxLog))
	for {
		var doc detector.Document
		ok, err := split.Next(&doc)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !ok {
			n := split.Consumed()
			sink.Progress(sources.Progress{BytesFound: n, BytesDone: n})
			if err != nil {
				sink.Skip(sources.Skip{Location: at, Reason: "only in part: " + err.Error(), Incomplete: true})
			}
			return nil
		}
		doc.Location = at
		if err := sink.Document(ctx, doc); err != nil {
			return err
		}
	}
}
