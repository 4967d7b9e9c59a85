package verify

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stanchsec/stanch/detector"
)

func openCache(t testing.TB, path string) *Cache {
	t.Helper()
	c, err := OpenCache(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCacheOutlivesTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(out http.ResponseWriter, req *http.Request, n int) error {
			if req.Header.Get("Authorization") == "Bearer odd" {
				out.WriteHeader(418)
				return nil
			}
			return says(out, req, n)
		})
		run := func() ([]detector.Finding, Summary) {
			c := openCache(t, path)
			v := within(t, Options{Cache: c, Key: detector.Key("ours")}, w)
			findings := []detector.Finding{acmeAt("a.test", "live-1"), acmeAt("a.test", "dead-1"), acmeAt("a.test", "odd")}
			sum, err := v.Check(context.Background(), findings)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Save(); err != nil {
				t.Fatal(err)
			}
			return findings, sum
		}
		first, sum := run()
		if sum.Requests != 3 || sum.Cached != 0 {
			t.Errorf("the first run: %+v", sum)
		}
		time.Sleep(time.Hour)
		second, sum := run()
		if sum.Requests != 1 || sum.Cached != 2 || sum.Live != 1 || sum.Dead != 1 || sum.Unknown != 1 {
			t.Errorf("the second run: %+v", sum)
		}
		a, b := first[0].Verification, second[0].Verification
		if a.State != b.State || a.Identity.Owner != b.Identity.Owner || !b.Checked.Equal(a.Checked.Truncate(time.Second)) {
			t.Errorf("%+v became %+v", a, b)
		}
		time.Sleep(LiveFor)
		if _, sum = run(); sum.Requests != 2 || sum.Cached != 1 {
			t.Errorf("when what is live must be asked again: %+v", sum)
		}
		time.Sleep(DeadFor)
		if _, sum = run(); sum.Requests != 3 {
			t.Errorf("when all must be asked again: %+v", sum)
		}
	})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"live-1", "dead-1"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the cache holds %s", secret)
		}
	}
}

// Who cannot make the project's HMAC cannot change what the cache says, nor ask it.
func TestCacheIsAuthenticated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	w := newWorld(says)
	ask := func(key detector.Key) Summary {
		c := openCache(t, path)
		v := within(t, Options{Cache: c, Key: key}, w)
		sum, err := v.Check(context.Background(), []detector.Finding{acmeAt("a.test", "live-1")})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Save(); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	ask(detector.Key("ours"))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(data, []byte(`"state":"live"`), []byte(`"state":"dead"`), 1)
	if bytes.Equal(forged, data) {
		t.Fatal("nothing to forge")
	}
	if err := os.WriteFile(path, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	if sum := ask(detector.Key("ours")); sum.Live != 1 || sum.Cached != 0 {
		t.Errorf("a forged entry is believed: %+v", sum)
	}
	if sum := ask(detector.Key("ours")); sum.Cached != 1 {
		t.Errorf("our own is not: %+v", sum)
	}
	if sum := ask(detector.Key("theirs")); sum.Cached != 0 {
		t.Errorf("another key finds our entries: %+v", sum)
	}
}

// A password could be guessed from its hash under the public key.
func TestCacheKeepsPasswordsOut(t *testing.T) {
	rule := *acme
	rule.Password = true
	for _, own := range []detector.Key{nil, detector.DefaultKey, detector.Key("ours")} {
		c := openCache(t, filepath.Join(t.TempDir(), "cache"))
		v := within(t, Options{Cache: c, Key: own}, newWorld(says))
		if _, err := v.Check(context.Background(), []detector.Finding{findingOf(&rule, "live-1", "host", "a.test")}); err != nil {
			t.Fatal(err)
		}
		if kept := len(c.entries) == 1; kept != (string(own) == "ours") {
			t.Errorf("key %q: kept %t", own, kept)
		}
	}
}

// Runs that save at the same time lose nothing of each other, in one process or several.
func TestCacheIsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	if os.Getenv("STANCH_TEST_CACHE") != "" {
		addToCache(t, os.Getenv("STANCH_TEST_CACHE"), os.Getenv("STANCH_TEST_NAME"))
		return
	}
	const processes, each = 3, 4
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestCacheIsShared$", "-test.count=1")
			cmd.Env = append(os.Environ(), "STANCH_TEST_CACHE="+path, fmt.Sprintf("STANCH_TEST_NAME=p%d", p))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		for i := range each {
			wg.Go(func() { addToCache(t, path, fmt.Sprintf("g%d-%d", p, i)) })
		}
	}
	wg.Wait()
	if n := len(openCache(t, path).entries); n != 5*processes*(1+each) {
		t.Errorf("%d entries of %d", n, 5*processes*(1+each))
	}
}

func addToCache(t *testing.T, path, name string) {
	c := openCache(t, path)
	for i := range 5 {
		c.put(fmt.Sprintf("%s-%d", name, i), detector.Verification{State: detector.Dead, Checked: time.Now()}, nil)
		if err := c.Save(); err != nil {
			t.Error(err)
		}
	}
}

func TestCacheBroken(t *testing.T) {
	for name, text := range map[string]string{
		"of another kind": "hello\n", "of another version": `{"stanch-verify-cache":2}` + "\n", "cut off": cacheHeader + "\n{\"id\":\"a",
	} {
		path := filepath.Join(t.TempDir(), "cache")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCache(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "delete") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := openCache(t, filepath.Join(t.TempDir(), "no", "such", "folder"))
	c.put("a", detector.Verification{State: detector.Live, Checked: time.Now()}, nil)
	if err := c.Save(); err == nil {
		t.Error("saving into a folder that does not exist: no error")
	}
}
