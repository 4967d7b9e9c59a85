package respond

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// iam is STS and IAM for a few keys: https://docs.aws.amazon.com/IAM/latest/APIReference/
type iam struct {
	mu     sync.Mutex
	active map[string]bool // of the keys that there are
	log    []string
}

func (s *iam) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	auth := req.Header.Get("Authorization")
	_, rest, _ := strings.Cut(auth, "Credential=")
	caller, scope, _ := strings.Cut(rest, "/")
	action, id, user := req.PostFormValue("Action"), req.PostFormValue("AccessKeyId"), req.PostFormValue("UserName")
	refuse := func(code string) {
		w.WriteHeader(403)
		fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code></Error></ErrorResponse>", code)
	}
	if !s.active[caller] {
		refuse("InvalidClientTokenId")
		return
	}
	if action != "GetCallerIdentity" {
		if !strings.Contains(scope, "/us-east-1/iam/aws4_request") {
			refuse("SignatureDoesNotMatch")
			return
		}
		s.log = append(s.log, strings.TrimSpace(action+" "+id+" "+req.PostFormValue("Status")+" "+user))
	}
	switch {
	case action == "GetCallerIdentity":
		io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ci</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
		return
	case action == "GetAccessKeyLastUsed":
		io.WriteString(w, "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><UserName>ci</UserName></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>")
		return
	case caller != id && user != "ci":
		refuse("NoSuchEntity")
		return
	case action == "UpdateAccessKey":
		s.active[id] = req.PostFormValue("Status") == "Active"
	case action == "DeleteAccessKey":
		delete(s.active, id)
	}
	fmt.Fprintf(w, "<%sResponse><ResponseMetadata/></%sResponse>", action, action)
}

func TestAWS(t *testing.T) {
	var rule *rules.Rule
	for _, r := range rules.Builtin() {
		if r.ID == "aws-access-key" {
			rule = r
		}
	}
	found, admin := "AKIA"+strings.Repeat("Q", 15)+"A", "AKIA"+strings.Repeat("Q", 15)+"B"
	t.Setenv("ADMIN_ID", admin)
	t.Setenv("ADMIN_SECRET", rand.Text()+rand.Text())
	const credentials = "[credentials.aws]\nadmin_access_key_id = \"env:ADMIN_ID\"\nadmin_secret_access_key = \"env:ADMIN_SECRET\"\n"
	f := finding(rule, rand.Text()+rand.Text(), "access_key_id", found)
	for name, test := range map[string]struct {
		policy string
		log    []string
		gone   bool
	}{
		"by itself": {"[[case]]\napproval = \"auto\"\n", []string{"UpdateAccessKey " + found + " Inactive"}, false},
		"by an administrator": {"[[case]]\napproval = \"auto\"\n" + credentials, []string{
			"GetAccessKeyLastUsed " + found, "UpdateAccessKey " + found + " Inactive ci",
			"GetAccessKeyLastUsed " + found, "DeleteAccessKey " + found + "  ci",
		}, true},
		"disabled only": {"[[case]]\naction = \"disable\"\napproval = \"auto\"\n" + credentials, []string{
			"GetAccessKeyLastUsed " + found, "UpdateAccessKey " + found + " Inactive ci",
		}, false},
	} {
		service := &iam{active: map[string]bool{found: true, admin: true}}
		server := httptest.NewServer(service)
		v := verifier(t, server.URL)
		j := journal(t, filepath.Join(t.TempDir(), "journal"))
		p := policy(t, test.policy)
		got := carry(t, p, []detector.Finding{f}, RunOptions{Verifier: v, Journal: j, Act: true})
		if statuses(got) != "dead" || !slices.Equal(service.log, test.log) {
			t.Errorf("%s: %s: %s\n%q", name, statuses(got), got[0].Detail, service.log)
		}
		if _, there := service.active[found]; there == test.gone {
			t.Errorf("%s: the key is there: %t", name, there)
		}
		// A second run has nothing to do.
		before := len(service.log)
		if got := carry(t, p, []detector.Finding{f}, RunOptions{Verifier: v, Journal: j, Act: true}); statuses(got) != "dead" || len(service.log) != before {
			t.Errorf("%s, again: %s, %q", name, statuses(got), service.log[before:])
		}
		err := Undo(t.Context(), 2, UndoOptions{Verifier: v, Journal: j, Rules: []*rules.Rule{rule}, Policy: p})
		if undone := err == nil; undone != (name == "disabled only") || undone != service.active[found] {
			t.Errorf("%s: undo: %v", name, err)
		}
		server.Close()
	}
	// Where the key may not deactivate itself it stays as it is.
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.PostFormValue("Action") == "GetCallerIdentity" {
			(&iam{active: map[string]bool{found: true}}).ServeHTTP(w, req)
			return
		}
		w.WriteHeader(403)
		io.WriteString(w, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
	}))
	defer refusing.Close()
	j := journal(t, filepath.Join(t.TempDir(), "journal"))
	got := carry(t, policy(t, auto), []detector.Finding{f}, RunOptions{Verifier: verifier(t, refusing.URL), Journal: j, Act: true})
	if statuses(got) != "failed" || !strings.Contains(got[0].Detail, "AccessDenied") {
		t.Errorf("%s: %s", statuses(got), got[0].Detail)
	}
}
