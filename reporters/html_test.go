package reporters

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts a headless Chromium; the test is skipped where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser: left out with -short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here; on Debian: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// serve serves a page and counts what else is asked for.
func serve(t *testing.T, page []byte) (address string, others func() int) {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/report.html" {
			if r.URL.Path != "/favicon.ico" { // the browser asks for it of its own accord
				n++
			}
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/report.html", func() int { s.Close(); return n }
}

// evaluate returns the value of an expression in the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// visibleArticles counts the findings that the page shows.
const visibleArticles = `Array.from(document.querySelectorAll('article')).filter(a => a.checkVisibility()).length`

// The page works in a browser: its filters filter and count, it breaks no rule of its own
// policy, and it loads nothing.
func TestHTMLInBrowser(t *testing.T) {
	ctx := browser(t)
	address, others := serve(t, write(t, "html", sample(), Options{}))
	var mu sync.Mutex
	var problems, requests []string
	if err := chromedp.Listen(ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			if !strings.Contains(ev.Entry.URL, "favicon") {
				problems = append(problems, ev.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			problems = append(problems, ev.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			requests = append(requests, ev.Request.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.Query("#filters", chromedp.NodeVisible)); err != nil {
		t.Fatal(err)
	}
	title := evaluate[string](t, ctx, `document.querySelector('h1').textContent`)
	border := evaluate[string](t, ctx, `getComputedStyle(document.querySelector('article')).borderLeftStyle`)
	if title != "5 leaked credentials" || border != "solid" {
		t.Errorf("title %q, border %q: is the style applied?", title, border)
	}
	widths := evaluate[[]float64](t, ctx,
		`Array.from(document.querySelectorAll('[aria-labelledby=by-rule] rect')).map(r => r.getBoundingClientRect().width)`)
	if len(widths) != 5 || widths[0] < 1.9*widths[1] || widths[1] < 1 {
		t.Errorf("bars of widths %v, want the first twice as wide as the others", widths)
	}

	for _, step := range []struct {
		fields map[string]string
		count  int
		says   string
	}{
		{nil, 7, "7 of 7 findings shown"},
		{map[string]string{"severity": "critical"}, 2, "2 of 7 findings shown"},
		{map[string]string{"severity": "critical", "state": "dead"}, 1, "1 of 7 findings shown"},
		{map[string]string{"state": "live"}, 1, "1 of 7 findings shown"},
		{map[string]string{"status": "suppressed"}, 1, "1 of 7 findings shown"},
		{map[string]string{"rule": "stripe-publishable-key"}, 2, "2 of 7 findings shown"},
		{map[string]string{"text": "日本"}, 2, "2 of 7 findings shown"},
		{map[string]string{"text": "VALUES.yml   octocat"}, 1, "1 of 7 findings shown"},
		{map[string]string{"rule": "aws-access-key", "text": "octocat"}, 0, "0 of 7 findings shown"},
	} {
		if err := chromedp.Do(ctx, chromedp.Click("button[type=reset]")); err != nil {
			t.Fatal(err)
		}
		// The form is reset in a turn of its own; wait until the page has counted again.
		const all = visibleArticles + ` === 7 && document.getElementById('shown').value === '7 of 7 findings shown'`
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](all)); err != nil {
			t.Fatal(err)
		}
		for field, value := range step.fields { // as a person sets them
			evaluate[bool](t, ctx, fmt.Sprintf(`(() => { const e = document.getElementById('filters').elements[%q];
				e.value = %q; return e.dispatchEvent(new Event('input', {bubbles: true})); })()`, field, value))
		}
		count := evaluate[int](t, ctx, visibleArticles)
		says := evaluate[string](t, ctx, `document.getElementById('shown').value`)
		if count != step.count || says != step.says {
			t.Errorf("%v: %d shown, the page says %q; want %q", step.fields, count, says, step.says)
		}
	}

	// Every field has a label, and every heading its level.
	unlabelled := evaluate[int](t, ctx,
		`Array.from(document.querySelectorAll('select, input')).filter(e => e.labels.length === 0).length`)
	headings := evaluate[string](t, ctx, `Array.from(document.querySelectorAll('h1,h2,h3,h4')).map(h => h.tagName[1]).join('')`)
	if unlabelled != 0 || headings != "1222233333332" {
		t.Errorf("%d fields without a label, headings of levels %s", unlabelled, headings)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range requests {
		if r != address && !strings.HasSuffix(r, "/favicon.ico") {
			t.Errorf("the page asks for %s", r)
		}
	}
	if n := others(); n != 0 || len(problems) != 0 {
		t.Errorf("%d other requests; the browser says %q", n, problems)
	}
}

// Without scripts all findings are there, and no form that does nothing.
func TestHTMLWithoutScripts(t *testing.T) {
	ctx := browser(t)
	address, _ := serve(t, write(t, "html", sample(), Options{}))
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{}); err != nil {
		t.Fatal(err) // the page's own did not run; now it can be asked
	}
	articles := evaluate[int](t, ctx, visibleArticles)
	form := evaluate[bool](t, ctx, `document.getElementById('filters').checkVisibility()`)
	text := evaluate[string](t, ctx, `document.querySelector('main').innerText`)
	if articles != 7 || form || !strings.Contains(text, "deploy/values.yml:12:11") {
		t.Errorf("%d findings, a form: %v, text %q", articles, form, text)
	}
}

// Nothing that a scanned file says is run, even if it looks like the page's own.
func TestHTMLHostileInBrowser(t *testing.T) {
	ctx := browser(t)
	const evil = `"><script>document.title='owned'</script><img src=/x onerror="document.title='owned'"><style>body{display:none}</style>` +
		`{{.JS}}<a href="javascript:document.title='owned'">x</a>`
	r := hostileReport(evil, evil, 0, len(evil))
	rule := *awsRule
	rule.ID, rule.Title, rule.Rotate = evil, evil, "javascript:document.title='owned'"
	for i := range r.Findings {
		r.Findings[i].Rule = &rule
	}
	address, others := serve(t, write(t, "html", r, Options{}))
	if err := chromedp.Do(ctx, chromedp.Navigate(address), chromedp.Query("#filters", chromedp.NodeVisible)); err != nil {
		t.Fatal(err)
	}
	title := evaluate[string](t, ctx, `document.title`)
	odd := evaluate[int](t, ctx,
		`document.querySelectorAll('img, iframe, object, script:not(:last-of-type), a[href^="javascript:"]').length`)
	filters := evaluate[string](t, ctx, `document.getElementById('filters').elements.rule.options[1].value`)
	if n := others(); title != "1 leaked credential" || odd != 0 || n != 0 || filters != evil {
		t.Errorf("title %q, %d elements that are not ours, %d other requests, filter %q", title, odd, n, filters)
	}
}

// The policy allows the page's style and script and nothing else, and nothing else is there.
func TestHTMLPolicy(t *testing.T) {
	page := string(write(t, "html", sample(), Options{}))
	between := func(start, end string) string {
		_, rest, _ := strings.Cut(page, start)
		text, _, ok := strings.Cut(rest, end)
		if !ok {
			t.Fatalf("no %s in the page", start)
		}
		return text
	}
	want := "default-src 'none'; style-src '" + sourceHash(between("<style>", "</style>")) + "'; script-src '" +
		sourceHash(between("<script>", "</script>")) + "'; base-uri 'none'; form-action 'none'"
	if got := strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(between(`Security-Policy" content="`, `"`)); got != want {
		t.Errorf("policy\n%s, want\n%s", got, want)
	}
	if m := regexp.MustCompile(`(?i)\s(src|style|on[a-z]+)=|@import|url\(`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
}

func TestHTMLAges(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for date, want := range map[string]string{
		"": unknownAge, "yesterday": unknownAge, "2026-03-01T13:00:00Z": "up to a day", // a clock that goes wrong
		"2026-03-01T00:00:00Z": "up to a day", "2026-02-27T12:00:00+02:00": "up to a week", "2026-02-20T12:00:00Z": "up to a month",
		"2025-12-01T00:00:00Z": "up to a year", "1999-01-01T00:00:00Z": "older",
	} {
		f := sample().Findings[3]
		f.Places[0].Location.Date = date
		if got := ageOf(&f, now); got != want {
			t.Errorf("%q: %s, want %s", date, got, want)
		}
	}
	f := sample().Findings[5] // the first of several commits counts
	f.Places[1].Location.Date, f.Places[3].Location.Date = "2026-02-28T13:00:00Z", "2020-01-01T00:00:00Z"
	if got := ageOf(&f, now); got != "older" {
		t.Errorf("of several places: %s, want older", got)
	}
	if got := ageOf(&f, time.Time{}); got != unknownAge {
		t.Errorf("without the time of the scan: %s", got)
	}
}
