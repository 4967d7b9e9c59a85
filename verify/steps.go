package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// steps asks with the HTTP requests of the rule.
func (v *Verifier) steps(ctx context.Context, f *detector.Finding) (verdict, error) {
	table := f.Rule.Verify
	a, last, err := v.run(ctx, f.Rule, table.Steps, ValuesOf(f))
	if err != nil {
		return verdict{}, err
	}
	where := v.laneOf(f)
	isLive, isDead := last && a.meetsAny(table.Live), a.meetsAny(table.Dead)
	switch {
	case isLive && isDead:
		return unknown(where + " gives an answer that fits both a live and a dead credential"), nil
	case isLive:
		return live(where+" accepts it", a.identity(table.Identity)), nil
	case isDead:
		return dead(where + " does not accept it"), nil
	}
	if o := outcomeOf(a); o.limited || o.fault {
		return verdict{}, statusError{a.Status, o.limited}
	}
	if a.Elsewhere != "" {
		return unknown(fmt.Sprintf("%s redirects to %s, where it was not followed", where, tidy(a.Elsewhere))), nil
	}
	return unknown(fmt.Sprintf("%s answers with status %d and something that proves neither", where, a.Status)), nil
}

// run sends the requests one after the other and returns the last answer: of the last
// step, or of the first that did not succeed or lacks what a later step needs.
func (v *Verifier) run(ctx context.Context, r *rules.Rule, steps []rules.Step, values Values) (a *Answer, last bool, err error) {
	values = maps.Clone(values)
	own := v.ownHosts(r, steps, values)
	var limited []rules.Condition
	if r.Verify != nil {
		limited = r.Verify.Limited
	}
	for i := range steps {
		req, err := v.buildRequest(ctx, r, &steps[i].Request, values)
		if err != nil {
			return nil, false, askError{err}
		}
		if a, err = v.do(req, own, limited); err != nil {
			return nil, false, err
		}
		last = i == len(steps)-1
		if last || a.Status < 200 || a.Status > 299 {
			break
		}
		for _, e := range steps[i].Extract {
			if values[e.Name] = a.text(e.Value); values[e.Name] == "" {
				return a, false, nil
			}
		}
	}
	return a, last, nil
}

// ownHosts are the hosts of a rule's requests, to which they may be redirected.
func (v *Verifier) ownHosts(r *rules.Rule, steps []rules.Step, values Values) []string {
	var own []string
	for i := range steps {
		// What a step needs of an earlier answer is not known yet; such a host is none
		// that an earlier step may be redirected to.
		if u, err := v.buildURL(r, &steps[i].Request, values); err == nil {
			own = append(own, strings.ToLower(u.Host))
		}
	}
	return own
}

// laneOf is the host that a finding is asked about at, in whose queue it waits; the
// provider's name where no host is known.
func (v *Verifier) laneOf(f *detector.Finding) string {
	table := f.Rule.Verify
	values := ValuesOf(f)
	if table.Protocol != "" {
		return v.protocolHost(f, values)
	}
	u, err := v.buildURL(f.Rule, &table.Steps[0].Request, values)
	if err != nil {
		return f.Rule.Provider
	}
	return strings.ToLower(u.Host)
}

// Send sends the requests of a table one after the other, each once, for a rule with
// the given values, and returns the last answer. It is how a credential is revoked.
// The requests go the same guarded way as those that verify, and errors hold nothing
// of the credential. With [MayHaveArrived] one can tell whether the last request may
// have done its work all the same.
func (v *Verifier) Send(ctx context.Context, r *rules.Rule, steps []rules.Step, values Values) (*Answer, error) {
	a, last, err := v.run(ctx, r, steps, values)
	switch {
	case err != nil:
		return nil, err
	case !last:
		return a, fmt.Errorf("the answer with status %d to an earlier step does not let the later ones go on", a.Status)
	}
	return a, nil
}

// Meets reports whether the answer fulfils one of the conditions.
func (a *Answer) Meets(list []rules.Condition) bool { return a.meetsAny(list) }

// Limited reports whether the server refused for too many requests.
func (a *Answer) Limited() bool { return outcomeOf(a).limited }

// Do sends one HTTP request for a rule, guarded and paced as all are, and follows no
// redirect to another host. Its errors do not tell the address.
func (v *Verifier) Do(req *http.Request) (*Answer, error) {
	req.Header.Set("User-Agent", v.opts.UserAgent)
	return v.do(req, nil, nil)
}

// EndpointFor is the address that an endpoint gives for a rule or for a host of its
// table, nil if there is none.
func (v *Verifier) EndpointFor(r *rules.Rule, host string) *url.URL { return v.endpoint(r, host) }

// MayHaveArrived reports whether a request that ended in err may have reached the
// server: it did not if nothing could be sent.
func MayHaveArrived(err error) bool {
	var ask askError
	var private privateError
	var notAllowed notAllowedError
	var broken brokenError
	var wait waitError
	var network networkError
	switch {
	case err == nil:
		return true
	case errors.As(err, &ask), errors.As(err, &private), errors.As(err, &notAllowed), errors.As(err, &broken), errors.As(err, &wait),
		errors.Is(err, errBudget):
		return false
	case errors.As(err, &network):
		return network.text != noSuchHost && network.text != notReached && network.text != notTrusted
	}
	return true
}
