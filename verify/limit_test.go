package verify

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Providers say in many ways for how long they want to be left alone.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock stands at the start of 2000
		for _, test := range []struct {
			name, value, body string
			want              time.Duration
		}{
			{"Retry-After", "30", "", 30 * time.Second},
			{"Retry-After", "0.5", "", 500 * time.Millisecond},
			{"Retry-After", "Sat, 01 Jan 2000 00:01:00 GMT", "", time.Minute},
			{"Retry-After", "Fri, 31 Dec 1999 00:01:00 GMT", "", 0},
			{"Retry-After", "-5", "", 0},
			{"Retry-After", "soon", "", 0},
			{"X-RateLimit-Reset", "946684860", "", time.Minute},
			{"X-RateLimit-Reset", "946684860000", "", time.Minute},
			{"X-RateLimit-Reset", "946684000", "", 0},
			{"X-RateLimit-Reset", "42", "", 42 * time.Second},
			{"X-RateLimit-Reset", "2000-01-01T00:02:00Z", "", 2 * time.Minute},
			{"X-RateLimit-Reset", "2000-01-01T00:02Z", "", 2 * time.Minute},
			{"X-Rate-Limit-Reset", "946684860", "", time.Minute},
			{"RateLimit-Reset", "300", "", 5 * time.Minute},
			{"RateLimit", `"api";r=0;t=55`, "", 55 * time.Second},
			{"RateLimit", `"api";r=0`, "", 0},
			{"X-RateLimit-Reset-After", "64.5", "", 64500 * time.Millisecond},
			{"X-RateLimit-Reset-Requests", "6m0s", "", 6 * time.Minute},
			{"X-Contentful-RateLimit-Reset", "3", "", 3 * time.Second},
			{"", "", `{"message":"You are being rate limited.","retry_after":1.5}`, 1500 * time.Millisecond},
			{"", "", `{"ok":false,"parameters":{"retry_after":7}}`, 7 * time.Second},
			{"", "", `{"retry_after":"later"}`, 0},
			{"", "", `<html>retry_after 7</html>`, 0},
			{"", "", "", 0},
		} {
			a := &Answer{Status: http.StatusTooManyRequests, Header: http.Header{}, Body: []byte(test.body)}
			if test.name != "" {
				a.Header.Set(test.name, test.value)
			}
			if o := outcomeOf(a); !o.limited || o.fault || o.pause != test.want {
				t.Errorf("%s: %s %s: %+v, want %s", test.name, test.value, test.body, o, test.want)
			}
		}
	})
}

// A refusal is one for too many requests only if it says so.
func TestLimited(t *testing.T) {
	for _, test := range []struct {
		status         int
		name, value    string
		limited, fault bool
	}{
		{403, "", "", false, false},
		{403, "Retry-After", "60", true, false},
		{403, "X-RateLimit-Remaining", "0", true, false},
		{403, "RateLimit-Remaining", "0", true, false},
		{403, "X-RateLimit-Remaining", "10", false, false},
		{401, "X-RateLimit-Remaining", "0", false, false},
		{200, "Retry-After", "60", false, false},
		{503, "Retry-After", "60", true, false},
		{503, "X-RateLimit-Reset", "60", false, true},
		{500, "Retry-After", "60", false, true},
	} {
		a := &Answer{Status: test.status, Header: http.Header{}}
		if test.name != "" {
			a.Header.Set(test.name, test.value)
		}
		if o := outcomeOf(a); o.limited != test.limited || o.fault != test.fault {
			t.Errorf("%d with %s: %s: %+v", test.status, test.name, test.value, o)
		}
	}
}
