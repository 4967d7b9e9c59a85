package verify

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/rules"
)

var inBrackets = regexp.MustCompile(`\[[^\]]*\]`)

// listed reports whether a list of hosts has one; what stands in brackets is anything.
func listed(list []Host, host string) bool {
	return slices.ContainsFunc(list, func(h Host) bool {
		var form strings.Builder
		for i, fixed := range inBrackets.Split(h.Name, -1) {
			if i > 0 {
				form.WriteString(".+")
			}
			form.WriteString(regexp.QuoteMeta(fixed))
		}
		return regexp.MustCompile("^" + form.String() + "$").MatchString(host)
	})
}

// Every host that a request of a built-in rule goes to is listed beforehand, and for
// verification none of those that only revocation asks.
func TestHostsAreListed(t *testing.T) {
	v, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, r := range rules.Builtin() {
		f := madeUp(t, r)
		values := ValuesOf(&f)
		for _, name := range []string{"admin", "client_id", "client_secret"} {
			values[name] = "made-up"
		}
		check := func(steps []rules.Step, revocation bool) {
			list := v.Hosts([]*rules.Rule{r}, revocation)
			for i := range steps {
				u, err := v.buildURL(r, &steps[i].Request, values)
				if err != nil {
					continue // a made-up value that is no host
				}
				checked++
				if !listed(list, strings.ToLower(u.Host)) {
					t.Errorf("%s: %s is not listed: %v", r.ID, u.Host, list)
				}
			}
		}
		if r.Verify != nil {
			check(r.Verify.Steps, false)
		}
		if r.Revokes() {
			check(r.Revoke.Steps, true)
			check(r.Revoke.Undo, true)
			check(r.Revoke.Then, true)
		}
	}
	if checked < 900 {
		t.Errorf("only %d requests were looked at", checked)
	}
}

func TestHosts(t *testing.T) {
	rule := &rules.Rule{ID: "acme-key", Provider: "acme",
		Verify: &rules.Verify{Steps: []rules.Step{{Request: rules.Request{URL: "https://{{dc}}.api.acme.test/me"}}}},
		Revoke: &rules.Revoke{Steps: []rules.Step{{Request: rules.Request{URL: "https://admin.acme.test/keys"}}}},
	}
	for _, test := range []struct {
		o          Options
		revocation bool
		want       string
	}{
		{Options{}, false, "[dc].api.acme.test"},
		{Options{}, true, "[dc].api.acme.test admin.acme.test"},
		{Options{AllowHosts: []string{"*.other.test"}}, true, "[dc].api.acme.test"},
		{Options{Endpoints: []Endpoint{endpointAt(t, "acme", "https://10.0.0.1:8443")}}, true, "10.0.0.1:8443"},
	} {
		v, err := New(test.o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range v.Hosts([]*rules.Rule{rule}, test.revocation) {
			got = append(got, h.Name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%+v: %q, want %q", test.o, got, test.want)
		}
	}
}
