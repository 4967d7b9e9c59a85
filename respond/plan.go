package respond

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Scene is where a run takes place.
type Scene struct {
	// Branch is the branch that was scanned; empty if it is not known.
	Branch string
	// Fork says that the run is for a pull request from a fork: whoever opened it
	// chose what is in it, and could have anything revoked.
	Fork bool
	// Now is the time for ages; zero for the clock's.
	Now time.Time
}

// Plan is what would be done.
type Plan struct {
	// Items are the credentials that a case of the policy fits, in the order of the
	// findings.
	Items  []Item
	policy *Policy
}

// Item is one credential and what would be done about it.
type Item struct {
	// Finding is what was found. It is not changed.
	Finding *detector.Finding
	// Case is the name of the policy's case, or its number from 1.
	Case     string
	Action   Action
	Approval Approval
	// Manual, if not empty, is what a person has to do: nothing is done by itself then.
	Manual string
	// Authority is whose credential the call needs; empty for Notify.
	Authority rules.Authority
	// Reversible says that it can be undone, and will stay so: what is disabled first and
	// deleted when it is dead cannot.
	Reversible bool
	// Effect is what else goes down with it. May be empty.
	Effect string
	// Hosts are whom it contacts.
	Hosts []string

	// anyState acts on what cannot be verified, too.
	anyState bool
	// deletes says that it is deleted when it was disabled and is dead.
	deletes bool
}

// Acts reports whether something is to be done at the provider.
func (it *Item) Acts() bool { return it.Action != Notify && it.Manual == "" }

// The reasons for which there is no plan at all.
var (
	// ErrFork: a pull request from a fork never has anything revoked.
	ErrFork = errors.New("nothing is revoked for a pull request from a fork: run this on a branch of your own")
	// ErrLimit: there would be more than the policy allows.
	ErrLimit = errors.New("more credentials than the policy allows")
)

// NewPlan works out what a policy wants done about findings. Findings that are
// suppressed, and those that no case fits, are left out. Each credential comes once.
func NewPlan(p *Policy, findings []detector.Finding, scene Scene) (*Plan, error) {
	if scene.Fork {
		return nil, ErrFork
	}
	if scene.Now.IsZero() {
		scene.Now = time.Now()
	}
	plan := &Plan{policy: p}
	seen := make(map[detector.Fingerprint]bool)
	for i := range findings {
		f := &findings[i]
		if f.Suppression != nil || seen[f.Fingerprint] {
			continue
		}
		for n := range p.Cases {
			if c := &p.Cases[n]; c.fits(f, scene) {
				name := c.Name
				if name == "" {
					name = strconv.Itoa(n + 1)
				}
				plan.Items = append(plan.Items, newItem(p, c, name, f))
				seen[f.Fingerprint] = true
				break
			}
		}
	}
	return plan, plan.checkLimits(p)
}

func (p *Plan) checkLimits(policy *Policy) error {
	total, by := 0, make(map[string]int)
	for _, it := range p.Items {
		if !it.Acts() {
			continue
		}
		total++
		provider := it.Finding.Rule.Provider
		if by[provider]++; by[provider] > policy.LimitPerProvider {
			return fmt.Errorf("%w: over %d of %s; look at the findings, then raise limits.per-provider",
				ErrLimit, policy.LimitPerProvider, provider)
		}
	}
	if total > policy.Limit {
		return fmt.Errorf("%w: %d, and the limit is %d; look at the findings, then raise limits.total", ErrLimit, total, policy.Limit)
	}
	return nil
}

// newItem works out what can be done about one finding.
func newItem(p *Policy, c *Case, name string, f *detector.Finding) Item {
	it := Item{Finding: f, Case: name, Action: c.Action, Approval: c.Approval, anyState: c.AnyState}
	if c.Action == Notify {
		return it
	}
	r := f.Rule.Revoke
	if r == nil {
		it.Manual = manual(f.Rule, noWay)
		return it
	}
	it.deletes = c.Action == Revoke && (len(r.Then) > 0 || r.Protocol == "aws-iam" && p.Credentials[f.Rule.Provider][awsAdminID] != Source{})
	it.Authority, it.Reversible, it.Effect, it.Hosts = r.Auth, r.Reversible && !it.deletes, r.Effect, hosts(r)
	switch {
	case r.None != "":
		it.Manual = manual(f.Rule, r.None)
	case r.Manual != "":
		it.Manual = manual(f.Rule, r.Manual)
	case r.Protocol == "" && len(r.Steps) == 0:
		it.Manual = manual(f.Rule, noWay)
	case r.FromList():
		it.Manual = manual(f.Rule, "the rule would take an id out of a list without proof that it is this credential's")
	case c.Action == Disable && !r.Reversible:
		it.Manual = manual(f.Rule, "it can only be revoked for good, and the policy says disable")
	default:
		if lacks := lacking(p, f); lacks != "" {
			it.Manual = manual(f.Rule, lacks)
		}
	}
	return it
}

// noWay is what is said where a rule knows no call.
const noWay = "revoke it where it was issued"

// manual says what a person does where nothing can be done by itself, with an address to
// begin at, if the rule has any: the text's own, else the page on which the credential is
// replaced, else the provider's description of it, else what it opens.
func manual(r *rules.Rule, text string) string {
	switch {
	case strings.Contains(text, "https://"):
		return text
	case r.Rotate != "":
		return text + "; replace it at " + r.Rotate
	case len(r.Docs) > 0:
		return text + "; see " + r.Docs[0]
	case r.Verify != nil && len(r.Verify.Steps) > 0:
		u, err := url.Parse(r.Verify.Steps[0].Request.URL)
		if err == nil && u.Host != "" && !strings.ContainsAny(u.Host, "{}") {
			return text + "; it is a credential for https://" + u.Host
		}
	}
	return text
}

// lacking says which value a rule's call needs and nobody has; empty if none.
func lacking(p *Policy, f *detector.Finding) string {
	r := f.Rule.Revoke
	known := map[string]bool{"secret": true}
	for _, part := range f.Parts {
		known[part.Name] = true
	}
	for name := range p.Credentials[f.Rule.Provider] {
		known[name] = true
	}
	for _, s := range r.Steps {
		for _, name := range placeholders(s.Request) {
			if !known[name] {
				if isPart(f.Rule, name) {
					return "its " + strings.ReplaceAll(name, "_", " ") + " was not found beside it"
				}
				return fmt.Sprintf("the policy has no credentials.%s.%s, which the call needs", f.Rule.Provider, name)
			}
		}
		for _, e := range s.Extract {
			known[e.Name] = true
		}
	}
	if proto := rules.ProtocolByName(rules.RevokeProtocols, r.Protocol); proto != nil {
		for _, name := range proto.Needs {
			if !known[name] {
				return "its " + strings.ReplaceAll(name, "_", " ") + " was not found beside it"
			}
		}
	}
	return ""
}

func isPart(r *rules.Rule, name string) bool {
	return slices.ContainsFunc(r.Parts, func(p rules.Part) bool { return p.Name == name })
}

// placeholders lists the values that a request uses.
func placeholders(q rules.Request) []string {
	texts := []string{q.URL, q.JSON, q.Body}
	for _, list := range [][]rules.Pair{q.Headers, q.Query, q.Form} {
		for _, p := range list {
			texts = append(texts, p.Value)
		}
	}
	var out []string
	for _, text := range texts {
		for {
			_, after, ok := strings.Cut(text, "{{")
			if !ok {
				break
			}
			inner, rest, _ := strings.Cut(after, "}}")
			text = rest
			words := strings.Fields(inner)
			if len(words) > 0 {
				if _, fn := rules.RequestFuncs[words[0]]; fn {
					words = words[1:]
				}
			}
			for _, w := range words {
				if !strings.ContainsRune(w, '"') {
					out = append(out, w)
				}
			}
		}
	}
	return out
}

// hosts lists whom a table contacts, as far as the rule tells.
func hosts(r *rules.Revoke) []string {
	var out []string
	if proto := rules.ProtocolByName(rules.RevokeProtocols, r.Protocol); proto != nil {
		out = append(out, proto.Hosts...)
	}
	for _, s := range slices.Concat(r.Steps, r.Then) {
		text := strings.NewReplacer("{{", "", "}}", "").Replace(s.Request.URL)
		if u, err := url.Parse(text); err == nil {
			out = append(out, u.Host)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// WriteTable prints the plan for a person. It holds redacted credentials only.
func (p *Plan) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "CREDENTIAL\tRULE\tPLACE\tACTION\tAPPROVAL\tUNDO\tCONSEQUENCE")
	for i := range p.Items {
		it := &p.Items[i]
		action, undo, effect := string(it.Action), "no", it.Effect
		if it.Reversible {
			undo = "yes"
		}
		switch {
		case it.Manual != "":
			action, undo, effect = "by hand", "-", it.Manual
		case it.Action == Notify:
			undo, effect = "-", "stays as it is"
		case effect == "":
			effect = "whatever uses it stops working"
		}
		f := it.Finding
		place := "-"
		if len(f.Places) > 0 {
			place = oneLine(fmt.Sprintf("%s:%d", f.Places[0].Location.Name(), f.Places[0].Span.StartLine))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(f.Secret.Redacted()), f.Rule.ID, place, action, it.Approval, undo, oneLine(effect))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("printing the plan: %w", err)
	}
	return nil
}

// oneLine keeps what is printed on its line.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return ' '
		}
		return c
	}, s)
}

// Digest names a plan by all that would be done: a sign-off is for one digest, and no
// longer holds when the plan is another.
func (p *Plan) Digest() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for i := range p.Items {
		it := &p.Items[i]
		// Texts and booleans always encode, and a hash takes all that is written.
		enc.Encode([]any{it.Finding.Fingerprint.String(), it.Finding.Rule.ID, it.Action, it.Manual == "", it.Reversible})
	}
	return hex.EncodeToString(h.Sum(nil))
}
