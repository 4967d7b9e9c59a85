package respond

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/verify"
)

// Status is how it went with a credential.
type Status string

// The statuses.
const (
	// Planned: it was a dry run.
	Planned Status = "planned"
	// ByHand: a person has to do it.
	ByHand Status = "by hand"
	// Notified: nothing was to be done but to tell.
	Notified Status = "notified"
	// Skipped: it was dead already, nobody could tell whether it is live, or nobody
	// approved.
	Skipped Status = "skipped"
	// Dead: it was revoked, and the provider does not accept it any more.
	Dead Status = "dead"
	// Unconfirmed: the provider says that it is revoked, and nobody can check.
	Unconfirmed Status = "unconfirmed"
	// Alive: the provider says that it is revoked, and still accepts it.
	Alive Status = "still live"
	// Failed: the provider refused, or was not reached; it is as live as before.
	Failed Status = "failed"
	// InDoubt: it may or may not have been revoked.
	InDoubt Status = "in doubt"
)

// Outcome is what came of one item of a plan.
type Outcome struct {
	Item   *Item
	Status Status
	// Detail says why, in words, without the credential.
	Detail string
}

// RunOptions say how a plan is carried out.
type RunOptions struct {
	// Verifier asks and sends. Never nil.
	Verifier *verify.Verifier
	// Journal records what is done. Never nil with Act.
	Journal *Journal
	// Act does what is planned. Without it nobody is contacted.
	Act bool
	// Approve asks a person about an item; nil if there is nobody to ask.
	Approve func(*Item) (bool, error)
	// SignOff is the sign-off for items that want one.
	SignOff *SignOff
	// RetryDoubtful acts again on credentials that are in doubt and still live.
	RetryDoubtful bool
	// Patience is how long to wait until a revoked credential is dead: 0 for
	// [DefaultPatience], negative to ask once.
	Patience time.Duration

	// afterAct is called in tests between an act and its entry in the journal.
	afterAct func()
}

// DefaultPatience is how long a provider has until a revoked credential is dead. Most
// are at once, GitHub takes seconds.
const DefaultPatience = 2 * time.Minute

// batchSize is how many credentials GitHub takes in one call:
// https://docs.github.com/en/rest/credentials/revoke
const batchSize = 1000

// Run carries out a plan and returns an outcome for each item, in their order. What a
// run before has done, or may have done, it does not do again. The error is one that
// ends the run, such as a journal that cannot be written; the outcomes so far come
// with it.
func Run(ctx context.Context, p *Plan, o RunOptions) ([]Outcome, error) {
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	r := &run{RunOptions: o, plan: p, outcomes: make([]Outcome, len(p.Items))}
	for i := range p.Items {
		r.outcomes[i].Item = &p.Items[i]
	}
	if !o.Act {
		r.dry()
		return r.outcomes, nil
	}
	if o.Journal == nil {
		return r.outcomes, errors.New("nothing is revoked without a journal")
	}
	return r.outcomes, r.act(ctx)
}

type run struct {
	RunOptions
	plan     *Plan
	outcomes []Outcome
}

func (r *run) set(i int, s Status, format string, args ...any) {
	r.outcomes[i].Status, r.outcomes[i].Detail = s, fmt.Sprintf(format, args...)
}

func (r *run) dry() {
	for i := range r.plan.Items {
		switch it := &r.plan.Items[i]; {
		case it.Manual != "":
			r.set(i, ByHand, "%s", it.Manual)
		case it.Action == Notify:
			r.set(i, Notified, "")
		default:
			r.set(i, Planned, "dry run: nothing was done")
		}
	}
}

// act does everything: first of all credentials what ends them, then the waiting for
// their death, then the steps that are for dead ones.
func (r *run) act(ctx context.Context) error {
	var begun []*task
	for i := range r.plan.Items {
		if err := ctx.Err(); err != nil {
			return err
		}
		it := &r.plan.Items[i]
		switch {
		case it.Manual != "":
			r.set(i, ByHand, "%s", it.Manual)
			continue
		case it.Action == Notify:
			r.set(i, Notified, "")
			continue
		}
		t, err := r.task(ctx, i)
		if err != nil {
			return err
		}
		if t != nil {
			begun = append(begun, t)
		}
	}
	if err := r.first(ctx, begun); err != nil {
		return err
	}
	if err := r.confirm(ctx, begun); err != nil {
		return err
	}
	return r.rest(ctx, begun)
}

// task is an item in hand: its steps, and what its requests need.
type task struct {
	index  int
	steps  []step
	values verify.Values
	by     string
	// acted says that the first step was done, now or in a run before.
	acted bool
}

func (r *run) item(t *task) *Item { return &r.plan.Items[t.index] }

// task prepares an item; nil if there is nothing to do, which then is its outcome.
func (r *run) task(ctx context.Context, i int) (*task, error) {
	it := &r.plan.Items[i]
	t := &task{index: i}
	values, err := r.values(it)
	if err != nil {
		r.set(i, Failed, "%v", err)
		return nil, nil
	}
	t.values = values
	t.steps = stepsOf(it)
	act := t.steps[0].act
	last := r.Journal.last(it.Finding.Fingerprint, act)
	if last != nil {
		switch last.Event {
		case Confirmed:
			r.set(i, Dead, "it was revoked by an earlier run, entry %d", last.Seq)
			t.acted, t.by = true, last.By
			return t, nil
		case Acted, StillLive:
			t.acted, t.by = true, last.By
			return t, nil
		case Begun, Doubtful:
			again, err := r.doubt(ctx, t, last)
			switch {
			case err != nil:
				return nil, err
			case r.outcomes[i].Status == Dead:
				t.acted, t.by = true, last.By // what is for dead ones is still to be done
				return t, nil
			case !again:
				return nil, nil
			}
		}
	}
	ok, err := r.due(ctx, t)
	if err != nil || !ok {
		return nil, err
	}
	if ok, err := r.approved(t); err != nil || !ok {
		return nil, err
	}
	return t, nil
}

// values are what the requests of an item need: the credential, its parts, and what
// the policy has for the provider.
func (r *run) values(it *Item) (verify.Values, error) {
	values := verify.ValuesOf(it.Finding)
	if it.Finding.Secret.IsZero() {
		delete(values, "secret")
	}
	for name, source := range r.plan.policy.Credentials[it.Finding.Rule.Provider] {
		s, err := source.Value()
		if err != nil {
			return nil, err
		}
		values[name] = s.Reveal()
	}
	return values, nil
}

// doubt settles what became of an act that was begun and of which nobody noted the
// end. again says that it may be begun anew.
func (r *run) doubt(ctx context.Context, t *task, last *Entry) (again bool, err error) {
	it := r.item(t)
	answer := r.Verifier.Ask(ctx, it.Finding)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	switch {
	case answer.State == detector.Dead:
		e := r.entry(t, last.Act, Confirmed)
		e.Detail = "a run was killed at entry " + fmt.Sprint(last.Seq) + "; " + answer.Reason
		if _, err := r.Journal.Append(e); err != nil {
			return false, err
		}
		r.set(t.index, Dead, "an earlier run was killed while revoking it; %s", answer.Reason)
		return false, nil
	case answer.State == detector.Live && r.RetryDoubtful:
		return true, nil
	}
	if last.Event == Begun {
		e := r.entry(t, last.Act, Doubtful)
		e.Detail = "a run was killed at entry " + fmt.Sprint(last.Seq)
		if _, err := r.Journal.Append(e); err != nil {
			return false, err
		}
	}
	r.set(t.index, InDoubt, "an earlier run was killed while revoking it, or never got an answer; now it is %s", answer.State)
	return false, nil
}

// due asks once more whether the credential is live.
func (r *run) due(ctx context.Context, t *task) (bool, error) {
	it := r.item(t)
	answer := r.Verifier.Ask(ctx, it.Finding)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	switch {
	case answer.State == detector.Dead:
		e := r.entry(t, t.steps[0].act, WasDead)
		e.Detail = answer.Reason
		r.set(t.index, Skipped, "it is dead already: %s", answer.Reason)
		_, err := r.Journal.Append(e)
		return false, err
	case answer.State == detector.Unknown && !it.anyState:
		r.set(t.index, Skipped, "nobody can tell whether it is live: %s", answer.Reason)
		return false, nil
	}
	return true, nil
}

// approved gets the approval that the policy asks for.
func (r *run) approved(t *task) (bool, error) {
	it := r.item(t)
	switch it.Approval {
	case Auto:
		t.by = "policy"
	case BySignOff:
		if err := r.SignOff.covers(r.plan, time.Now()); err != nil {
			r.set(t.index, Skipped, "%v", err)
			return false, nil
		}
		t.by = r.SignOff.ApprovedBy
	default:
		if r.Approve == nil {
			r.set(t.index, Skipped, "the policy wants somebody to be asked, and there is no terminal")
			return false, nil
		}
		ok, err := r.Approve(it)
		if err != nil {
			return false, fmt.Errorf("asking for approval: %w", err)
		}
		if !ok {
			r.set(t.index, Skipped, "not approved")
			return false, nil
		}
		t.by = "terminal"
	}
	return true, nil
}

// entry begins an entry about a task.
func (r *run) entry(t *task, act string, event Event) Entry {
	f := r.item(t).Finding
	e := Entry{Event: event, Fingerprint: f.Fingerprint, Rule: f.Rule.ID, Act: act, By: t.by}
	for _, p := range f.Parts {
		if !p.Secret {
			if e.Parts == nil {
				e.Parts = make(map[string]string)
			}
			e.Parts[p.Name] = p.Value.Reveal()
		}
	}
	return e
}

// first does the first step of all tasks, those of GitHub in batches.
func (r *run) first(ctx context.Context, tasks []*task) error {
	var batch []*task
	for _, t := range tasks {
		if t.acted {
			continue
		}
		if inBatch(r.item(t).Finding.Rule) {
			batch = append(batch, t)
			continue
		}
		if _, err := r.do(ctx, []*task{t}, 0); err != nil {
			return err
		}
	}
	for len(batch) > 0 {
		n := min(len(batch), batchSize)
		refused, err := r.do(ctx, batch[:n], 0)
		if err != nil {
			return err
		}
		if refused && n > 1 {
			// One that GitHub does not take spoils the whole call.
			for _, t := range batch[:n] {
				if _, err := r.do(ctx, []*task{t}, 0); err != nil {
					return err
				}
			}
		}
		batch = batch[n:]
	}
	return nil
}

// do does one step of some tasks by one call, and notes it before and after. refused
// says that the provider took none of them.
func (r *run) do(ctx context.Context, tasks []*task, n int) (refused bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	act := tasks[0].steps[n].act
	for _, t := range tasks {
		if _, err := r.Journal.Append(r.entry(t, act, Begun)); err != nil {
			return false, err
		}
	}
	// What was begun is brought to its end, whoever wants to stop: half an act is worse.
	how, detail := tasks[0].steps[n].do(context.WithoutCancel(ctx), r.Verifier, tasks)
	if r.afterAct != nil {
		r.afterAct()
	}
	event := Acted
	switch how {
	case notDone:
		event = Refused
	case perhaps:
		event = Doubtful
	}
	for _, t := range tasks {
		e := r.entry(t, act, event)
		e.Detail = detail
		if _, err := r.Journal.Append(e); err != nil {
			return false, err
		}
		switch event {
		case Acted:
			t.acted = true
			r.set(t.index, Unconfirmed, "%s", detail)
		case Refused:
			r.set(t.index, Failed, "%s", detail)
		default:
			// It may be dead all the same, which is looked at with the others.
			t.acted = true
			r.set(t.index, InDoubt, "%s", detail)
		}
	}
	return event == Refused, nil
}

// confirm waits until the credentials are dead.
func (r *run) confirm(ctx context.Context, tasks []*task) error {
	var waiting []*task
	for _, t := range tasks {
		if t.acted && r.outcomes[t.index].Status != Dead {
			waiting = append(waiting, t)
		}
	}
	deadline := time.Now().Add(r.Patience)
	for pause := time.Second; len(waiting) > 0; pause = min(2*pause, 30*time.Second) {
		var still []*task
		for _, t := range waiting {
			settled, err := r.settle(ctx, t, r.Patience < 0 || !time.Now().Before(deadline))
			if err != nil {
				return err
			}
			if !settled {
				still = append(still, t)
			}
		}
		if waiting = still; len(waiting) == 0 {
			break
		}
		select {
		case <-time.After(min(pause, max(time.Until(deadline), time.Millisecond))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// settle asks whether a credential is dead. final takes any answer for the last.
func (r *run) settle(ctx context.Context, t *task, final bool) (settled bool, err error) {
	it := r.item(t)
	answer := r.Verifier.Ask(ctx, it.Finding)
	if err := ctx.Err(); err != nil {
		return false, err
	}
	act := t.steps[0].act
	doubtful := r.outcomes[t.index].Status == InDoubt
	switch {
	case answer.State == detector.Dead:
		e := r.entry(t, act, Confirmed)
		e.Detail = answer.Reason
		r.set(t.index, Dead, "%s", answer.Reason)
		_, err := r.Journal.Append(e)
		return true, err
	case answer.State == detector.Unknown && !answer.Failed:
		if !doubtful {
			r.set(t.index, Unconfirmed, "the provider says that it is done; %s", answer.Reason)
		}
		return true, nil
	case !final:
		return false, nil
	case doubtful:
		return true, nil
	case answer.State == detector.Live:
		e := r.entry(t, act, StillLive)
		e.Detail = answer.Reason
		r.set(t.index, Alive, "the provider said that it is done, and yet %s", answer.Reason)
		_, err := r.Journal.Append(e)
		return true, err
	}
	r.set(t.index, Unconfirmed, "the provider says that it is done; %s", answer.Reason)
	return true, nil
}

// rest does the steps that follow once a credential is dead.
func (r *run) rest(ctx context.Context, tasks []*task) error {
	for _, t := range tasks {
		if r.outcomes[t.index].Status != Dead {
			continue
		}
		for n := 1; n < len(t.steps); n++ {
			switch last := r.Journal.last(r.item(t).Finding.Fingerprint, t.steps[n].act); {
			case last == nil || last.Event == Refused:
				if _, err := r.do(ctx, []*task{t}, n); err != nil {
					return err
				}
				if s := r.outcomes[t.index]; s.Status == Unconfirmed {
					r.set(t.index, Dead, "%s", s.Detail)
				} else {
					// It is dead whatever became of this step.
					r.set(t.index, Dead, "%s: %s", t.steps[n].act, s.Detail)
				}
			case last.Event == Begun:
				e := r.entry(t, t.steps[n].act, Doubtful)
				if _, err := r.Journal.Append(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
