package respond

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTell(t *testing.T) {
	type post struct {
		body      []byte
		at, signs string
	}
	got := map[string][]post{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		path := req.URL.Path
		got[path] = append(got[path], post{body, req.Header.Get("X-Stanch-Timestamp"), req.Header.Get("X-Stanch-Signature")})
		switch {
		case path == "/flaky" && len(got[path]) == 1:
			w.WriteHeader(503)
		case path == "/gone":
			w.WriteHeader(404)
		}
	}))
	defer server.Close()
	for _, name := range []string{"slack", "teams", "own", "flaky", "gone"} {
		t.Setenv("URL_"+name, server.URL+"/"+name)
	}
	t.Setenv("URL_down", "http://127.0.0.1:1/secret-path")
	t.Setenv("URL_plain", "http://hooks.acme.test/secret-path")
	t.Setenv("SIGNING_KEY", "k3y")
	text := "[[case]]\n"
	for _, n := range []string{"slack", "teams"} {
		text += fmt.Sprintf("[[notify]]\nkind = %q\nurl = \"env:URL_%s\"\n", n, n)
	}
	text += "[[notify]]\nurl = \"env:URL_own\"\nkey = \"env:SIGNING_KEY\"\n[[notify]]\nurl = \"env:URL_flaky\"\n"
	p := policy(t, text)

	var items []Item
	for i, f := range tokens(selfRule, 25) {
		f.Places[0].Location.Path = fmt.Sprintf("dir%d/<script>&[x](y).env\n", i)
		items = append(items, Item{Finding: &f, Action: Revoke})
	}
	var outcomes []Outcome
	for i := range items {
		outcomes = append(outcomes, Outcome{Item: &items[i], Status: Dead, Detail: "api.acme.test does not accept it"})
	}
	if err := Tell(context.Background(), p, outcomes); err != nil {
		t.Fatal(err)
	}
	if len(got["/flaky"]) != 2 || len(got["/slack"]) != 1 || len(got["/teams"]) != 1 {
		t.Errorf("posts: %d flaky, %d slack, %d teams", len(got["/flaky"]), len(got["/slack"]), len(got["/teams"]))
	}
	for path, posts := range got {
		for _, post := range posts {
			for _, item := range items {
				if strings.Contains(string(post.body), item.Finding.Secret.Reveal()) {
					t.Fatalf("%s tells a secret", path)
				}
			}
		}
	}
	var slack struct{ Text string }
	if err := json.Unmarshal(got["/slack"][0].body, &slack); err != nil || !strings.Contains(slack.Text, "&lt;script&gt;&amp;") || !strings.Contains(slack.Text, "and 5 more") {
		t.Errorf("slack: %v: %s", err, slack.Text)
	}
	var teams struct {
		Attachments []struct {
			ContentType string
			Content     struct {
				Type string
				Body []struct{ Text string }
			}
		}
	}
	err := json.Unmarshal(got["/teams"][0].body, &teams)
	if err != nil || teams.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || !strings.Contains(teams.Attachments[0].Content.Body[0].Text, `\[x\]`) {
		t.Errorf("teams: %v: %+v", err, teams)
	}
	own := got["/own"][0]
	mac := hmac.New(sha256.New, []byte("k3y"))
	mac.Write([]byte(own.at + "." + string(own.body)))
	if own.signs != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		t.Error("the signature is wrong")
	}
	var message Message
	if err := json.Unmarshal(own.body, &message); err != nil || len(message.Outcomes) != 25 || message.Outcomes[3].Status != Dead || message.Outcomes[3].Fingerprint != items[3].Finding.Fingerprint.String() {
		t.Errorf("own: %v: %+v", err, message)
	}

	bad := policy(t, "[[case]]\n[[notify]]\nurl = \"env:URL_gone\"\n[[notify]]\nurl = \"env:URL_plain\"\n[[notify]]\nurl = \"env:URL_none\"\n")
	err = Tell(context.Background(), bad, outcomes[:1])
	if err == nil || strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), server.URL) || len(got["/gone"]) != 1 {
		t.Errorf("%v, asked %d times", err, len(got["/gone"]))
	}
	for _, want := range []string{"URL_gone", "URL_plain", "URL_none", "404"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not tell of %s: %v", want, err)
		}
	}
}
