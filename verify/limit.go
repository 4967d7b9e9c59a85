package verify

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// outcomeOf tells what an answer says about the server.
func outcomeOf(a *Answer) outcome {
	switch {
	case a.Status == http.StatusTooManyRequests, a.tooMany:
		return outcome{limited: true, pause: a.pause()}
	case a.Status == http.StatusServiceUnavailable && retryAfter(a.Header) > 0,
		// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
		a.Status == http.StatusForbidden && (retryAfter(a.Header) > 0 || usedUp(a.Header)):
		return outcome{limited: true, pause: a.pause()}
	case a.Status >= 500:
		return outcome{fault: true}
	}
	return outcome{}
}

// pause is how long a server that refuses for too many requests asks to be left alone:
// by Retry-After, by one of the headers that say when the limit starts anew, or in the
// body. 0 if it does not say.
func (a *Answer) pause() time.Duration {
	if d := retryAfter(a.Header); d > 0 {
		return d
	}
	for _, name := range resetHeaders {
		if d := until(a.Header.Get(name)); d > 0 {
			return d
		}
	}
	if d := seconds(parameter(a.Header.Get("Ratelimit"), "t")); d > 0 {
		return d
	}
	for _, path := range resetBodies {
		if text, there := a.fromJSON(path); there {
			return seconds(text)
		}
	}
	return 0
}

// retryAfter reads RFC 9110, section 10.2.3. 0 if it is not there.
func retryAfter(h http.Header) time.Duration {
	s := h.Get("Retry-After")
	if t, err := http.ParseTime(s); err == nil {
		return max(time.Until(t), 0)
	}
	return seconds(s)
}

// resetHeaders say when a limit starts anew: as a moment, or as the time until then.
var resetHeaders = []string{
	"X-Ratelimit-Reset-After",      // https://discord.com/developers/docs/topics/rate-limits
	"X-Ratelimit-Reset",            // GitHub, Vercel, Twitter: a moment; Datadog: seconds; Atlassian: RFC 3339
	"X-Rate-Limit-Reset",           // https://developer.okta.com/docs/reference/rl-best-practices/
	"Ratelimit-Reset",              // DigitalOcean, Hetzner, GitLab: a moment; PagerDuty, Buildkite: seconds
	"X-Contentful-Ratelimit-Reset", // https://www.contentful.com/developers/docs/references/content-management-api/
	"X-Ratelimit-Reset-Requests",   // https://platform.openai.com/docs/guides/rate-limits: "6m0s"
	"X-Ratelimit-Requests-Reset",   // https://linear.app/developers/rate-limiting: a moment
	"X-Retry-After",                // https://docs.docker.com/reference/api/hub/latest/#tag/rate-limiting: a moment
	"X-Sentry-Rate-Limit-Reset",    // https://docs.sentry.io/api/ratelimits/
	"Fastly-Ratelimit-Reset",       // https://www.fastly.com/documentation/reference/api/#rate-limiting
}

// resetBodies are where a body says for how many seconds to wait.
var resetBodies = []string{
	"retry_after",            // https://discord.com/developers/docs/topics/rate-limits
	"parameters.retry_after", // https://core.telegram.org/bots/api#responseparameters
}

// usedUp reports whether the headers say that nothing is left of a limit.
func usedUp(h http.Header) bool {
	return h.Get("X-Ratelimit-Remaining") == "0" || h.Get("Ratelimit-Remaining") == "0"
}

// until reads a moment (seconds or milliseconds since 1970, or RFC 3339) or the time until
// then (seconds, or "6m0s").
func until(s string) time.Duration {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e8 {
		moment := time.Unix(n, 0)
		if n > 1e11 {
			moment = time.UnixMilli(n)
		}
		return max(time.Until(moment), 0)
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return max(time.Until(t), 0)
		}
	}
	if d, err := time.ParseDuration(s); err == nil {
		return max(d, 0)
	}
	return seconds(s)
}

// seconds reads a number of seconds, which may have a fraction. 0 for anything else.
func seconds(s string) time.Duration {
	if n, err := strconv.ParseFloat(s, 64); err == nil && n > 0 && n < 1e8 {
		return time.Duration(n * float64(time.Second))
	}
	return 0
}

// parameter takes a parameter from the first item of a structured header field, such as t
// from `"api";r=0;t=55`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
func parameter(field, name string) string {
	item, _, _ := strings.Cut(field, ",")
	for p := range strings.SplitSeq(item, ";") {
		if key, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && key == name {
			return value
		}
	}
	return ""
}
