package respond

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/verify"
)

// The credentials of a policy for AWS: a key that may change and delete keys of others.
const (
	awsAdminID      = "admin_access_key_id"
	awsAdminSecret  = "admin_secret_access_key"
	awsAdminSession = "admin_session_token"
)

const awsIAMHost = "iam.amazonaws.com"

// awsSteps deactivates a key, which can be undone, and deletes it when it is known to
// be dead. A key can deactivate itself, and nothing more after that; deleting takes an
// administrator's.
func awsSteps(it *Item) []step {
	rule := it.Finding.Rule
	steps := []step{{actDisable, func(ctx context.Context, v *verify.Verifier, tasks []*task) (done, string) {
		return awsUpdate(ctx, v, rule, tasks[0].values, "Inactive")
	}}}
	if it.deletes {
		steps = append(steps, step{actDelete, func(ctx context.Context, v *verify.Verifier, tasks []*task) (done, string) {
			values := tasks[0].values
			return awsChange(ctx, v, rule, values, "DeleteAccessKey", url.Values{"AccessKeyId": {values["access_key_id"]}})
		}})
	}
	return steps
}

// awsUpdate sets the status of a key:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
func awsUpdate(ctx context.Context, v *verify.Verifier, r *rules.Rule, values verify.Values, status string) (done, string) {
	form := url.Values{"AccessKeyId": {values["access_key_id"]}, "Status": {status}}
	return awsChange(ctx, v, r, values, "UpdateAccessKey", form)
}

// awsChange calls IAM with the administrator's key if there is one, else with the key
// itself. The id is the found credential's own, so no other key can be meant.
func awsChange(ctx context.Context, v *verify.Verifier, r *rules.Rule, values verify.Values, action string, form url.Values) (done, string) {
	if values[awsAdminID] != "" {
		// Somebody else's key needs its user's name.
		name, err := awsUser(ctx, v, r, values)
		if err != nil {
			return notDone, fmt.Sprintf("finding the key's user: %v", err)
		}
		if name != "" {
			form.Set("UserName", name)
		}
	}
	a, err := awsCall(ctx, v, r, values, action, form)
	switch {
	case err != nil && verify.MayHaveArrived(err):
		return perhaps, fmt.Sprintf("there was no answer: %v", err)
	case err != nil:
		return notDone, err.Error()
	}
	var root struct{ XMLName xml.Name }
	parsed := xml.Unmarshal(a.Body, &root) == nil
	switch {
	case a.Status == http.StatusOK && parsed && root.XMLName.Local == action+"Response":
		return isDone, "AWS answered " + action + " with status 200"
	case a.Status >= 400 && a.Status < 500 && parsed && root.XMLName.Local == "ErrorResponse":
		var e struct {
			Code string `xml:"Error>Code"`
		}
		if xml.Unmarshal(a.Body, &e) != nil || len(e.Code) > 60 {
			e.Code = "an error"
		}
		return notDone, fmt.Sprintf("AWS refused %s: %s", action, oneLine(e.Code))
	}
	return perhaps, fmt.Sprintf("AWS answered %s with status %d and something that does not tell", action, a.Status)
}

// awsUser asks whose a key is:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
func awsUser(ctx context.Context, v *verify.Verifier, r *rules.Rule, values verify.Values) (string, error) {
	a, err := awsCall(ctx, v, r, values, "GetAccessKeyLastUsed", url.Values{"AccessKeyId": {values["access_key_id"]}})
	if err != nil {
		return "", err
	}
	var answer struct {
		XMLName xml.Name `xml:"GetAccessKeyLastUsedResponse"`
		User    string   `xml:"GetAccessKeyLastUsedResult>UserName"`
	}
	if a.Status != http.StatusOK || xml.Unmarshal(a.Body, &answer) != nil {
		return "", fmt.Errorf("AWS answered with status %d", a.Status)
	}
	return answer.User, nil
}

func awsCall(ctx context.Context, v *verify.Verifier, r *rules.Rule, values verify.Values, action string, form url.Values) (*verify.Answer, error) {
	address := "https://" + awsIAMHost + "/"
	if u := v.EndpointFor(r, awsIAMHost); u != nil {
		address = u.JoinPath("/").String()
	}
	keys := values
	if values[awsAdminID] != "" {
		keys = verify.Values{
			"access_key_id": values[awsAdminID], "secret": values[awsAdminSecret], "session_token": values[awsAdminSession],
		}
	}
	form.Set("Action", action)
	form.Set("Version", "2010-05-08")
	// IAM is one for all regions of a partition, and signs for this one.
	req, err := verify.SignedAWS(ctx, address, "iam", "us-east-1", form.Encode(), keys, time.Now())
	if err != nil {
		return nil, err
	}
	return v.Do(req)
}
