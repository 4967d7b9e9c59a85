package respond

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// step is one act on a credential.
type step struct {
	// act names it in the journal.
	act string
	// do does it to some tasks by one call; several only where inBatch says so.
	do func(ctx context.Context, v *verify.Verifier, tasks []*task) (done, string)
}

// done is what became of an act.
type done int

const (
	// isDone: the provider says so.
	isDone done = iota
	// notDone: the provider refused, or nothing reached it.
	notDone
	// perhaps: there was no answer, or one that does not tell.
	perhaps
)

// The names of acts in the journal.
const (
	actRevoke  = "revoke"
	actDisable = "disable"
	actDelete  = "delete"
	actUndo    = "undo"
)

// stepsOf lists what is to be done, in its order.
func stepsOf(it *Item) []step {
	table := it.Finding.Rule.Revoke
	if table.Protocol == "aws-iam" {
		return awsSteps(it)
	}
	act := actRevoke
	if table.Reversible {
		act = actDisable
	}
	rule := it.Finding.Rule
	steps := []step{{act, func(ctx context.Context, v *verify.Verifier, tasks []*task) (done, string) {
		if len(tasks) > 1 {
			return sendBatch(ctx, v, rule, tasks)
		}
		return send(ctx, v, rule, table.Steps, table.Done, tasks[0].values)
	}}}
	if it.deletes {
		steps = append(steps, step{actDelete, func(ctx context.Context, v *verify.Verifier, tasks []*task) (done, string) {
			return send(ctx, v, rule, table.Then, succeeded, tasks[0].values)
		}})
	}
	return steps
}

// sendTries is how often a call is sent that the provider refuses for too many
// requests; it did nothing then.
const sendTries = 3

// send sends the requests of a table once, and once more if there were too many.
func send(ctx context.Context, v *verify.Verifier, r *rules.Rule, steps []rules.Step, want []rules.Condition, values verify.Values) (done, string) {
	// A step before the last may have done something, unless it only looked.
	looked := looksOnly(steps[:len(steps)-1])
	for try := 1; ; try++ {
		a, err := v.Send(ctx, r, steps, values)
		switch {
		case err != nil && a == nil && verify.MayHaveArrived(err):
			return perhaps, fmt.Sprintf("there was no answer: %v", err)
		case err != nil && a == nil:
			return notDone, err.Error()
		case err == nil && a.Meets(want):
			return isDone, fmt.Sprintf("the provider answered with status %d", a.Status)
		case a.Limited() && looked && try < sendTries:
			continue
		case err != nil && looked:
			return notDone, err.Error()
		case looked && (a.Limited() || a.Status >= 400 && a.Status < 500):
			return notDone, fmt.Sprintf("the provider refused with status %d", a.Status)
		}
		// A server in trouble may have done it, too.
		return perhaps, fmt.Sprintf("the provider answered with status %d, which does not tell", a.Status)
	}
}

// looksOnly reports whether steps change nothing: RFC 9110, section 9.2.1.
func looksOnly(steps []rules.Step) bool {
	return !slices.ContainsFunc(steps, func(s rules.Step) bool { return s.Request.Method != http.MethodGet })
}

// inBatch reports whether a rule's call takes many credentials at once: GitHub's, whose
// body is a list of them.
func inBatch(r *rules.Rule) bool {
	if r.Provider != "github" || r.Revoke.Auth != rules.AuthorityNone || len(r.Revoke.Steps) != 1 {
		return false
	}
	var body struct{ Credentials []string }
	err := json.Unmarshal([]byte(r.Revoke.Steps[0].Request.JSON), &body)
	return err == nil && slices.Equal(body.Credentials, []string{"{{secret}}"})
}

// sendBatch sends the call of one rule with the credentials of all tasks.
func sendBatch(ctx context.Context, v *verify.Verifier, r *rules.Rule, tasks []*task) (done, string) {
	request := r.Revoke.Steps[0].Request
	values := make(verify.Values)
	var list []string
	for i, t := range tasks {
		name := fmt.Sprintf("secret%d", i)
		values[name] = t.values["secret"]
		list = append(list, "{{"+name+"}}")
	}
	body, err := json.Marshal(map[string][]string{"credentials": list})
	if err != nil {
		return notDone, err.Error()
	}
	request.JSON = string(body)
	how, detail := send(ctx, v, r, []rules.Step{{Request: request}}, r.Revoke.Done, values)
	return how, fmt.Sprintf("%s (a call for %d credentials)", detail, len(tasks))
}

// UndoOptions say how an act is taken back.
type UndoOptions struct {
	Verifier *verify.Verifier
	Journal  *Journal
	// Rules has the rule of the entry.
	Rules []*rules.Rule
	// Policy has the credentials that the provider asks for.
	Policy *Policy
	// Findings, if there are any, have the credential of the entry: where the call names
	// the credential itself the journal does not do, since it holds none.
	Findings []detector.Finding
}

// Undo takes back the act of an entry of the journal, where the provider can.
func Undo(ctx context.Context, seq int, o UndoOptions) error {
	entries := o.Journal.Entries()
	if seq < 1 || seq > len(entries) {
		return fmt.Errorf("the journal has no entry %d", seq)
	}
	e := entries[seq-1]
	i := slices.IndexFunc(o.Rules, func(r *rules.Rule) bool { return r.ID == e.Rule })
	switch {
	case i < 0:
		return fmt.Errorf("entry %d is about the rule %s, which is not there", seq, e.Rule)
	case e.Event != Acted && e.Event != Confirmed && e.Event != StillLive && e.Event != Doubtful && e.Event != Begun:
		return fmt.Errorf("entry %d did nothing that could be taken back", seq)
	case e.Act != actDisable || !o.Rules[i].Revoke.Reversible:
		return fmt.Errorf("entry %d (%s) cannot be taken back: %s", seq, e.Act, manual(o.Rules[i], "make a new credential"))
	}
	if last := o.Journal.last(e.Fingerprint, actDisable); last == nil {
		return fmt.Errorf("entry %d was taken back already", seq)
	}
	if last := o.Journal.last(e.Fingerprint, actDelete); last != nil && last.Event != Refused {
		return fmt.Errorf("entry %d cannot be taken back: the credential was deleted afterwards", seq)
	}
	rule := o.Rules[i]
	values := make(verify.Values)
	for name, part := range e.Parts {
		values[name] = part
	}
	for i := range o.Findings {
		if f := &o.Findings[i]; f.Fingerprint == e.Fingerprint && !f.Secret.IsZero() {
			maps.Copy(values, verify.ValuesOf(f))
		}
	}
	for name, source := range o.Policy.Credentials[rule.Provider] {
		s, err := source.Value()
		if err != nil {
			return err
		}
		values[name] = s.Reveal()
	}
	if values["secret"] == "" && slices.ContainsFunc(rule.Revoke.Undo, func(s rules.Step) bool {
		return slices.Contains(placeholders(s.Request), "secret")
	}) {
		return fmt.Errorf("taking back entry %d takes the credential itself, which the journal does not hold: name the report that has it, too", seq)
	}
	note := Entry{Event: Begun, Fingerprint: e.Fingerprint, Rule: e.Rule, Act: actUndo, Parts: e.Parts, Undoes: seq, By: "command"}
	if _, err := o.Journal.Append(note); err != nil {
		return err
	}
	how, detail := undo(context.WithoutCancel(ctx), o.Verifier, rule, values)
	note.Detail = detail
	switch how {
	case isDone:
		note.Event, note.Act = Undone, e.Act
	case notDone:
		note.Event = Refused
	default:
		note.Event = Doubtful
	}
	if _, err := o.Journal.Append(note); err != nil {
		return err
	}
	if how != isDone {
		return fmt.Errorf("taking back entry %d: %s", seq, detail)
	}
	return nil
}

// succeeded are the answers that say no more than that a request did its work.
var succeeded = []rules.Condition{{Status: []int{200, 201, 202, 204}}}

func undo(ctx context.Context, v *verify.Verifier, r *rules.Rule, values verify.Values) (done, string) {
	if r.Revoke.Protocol == "aws-iam" {
		if values[awsAdminID] == "" {
			return notDone, errNoAdmin.Error()
		}
		return awsUpdate(ctx, v, r, values, "Active")
	}
	return send(ctx, v, r, r.Revoke.Undo, succeeded, values)
}

var errNoAdmin = errors.New("the policy has no credentials.aws.admin_access_key_id and admin_secret_access_key, which it takes to activate a key")
