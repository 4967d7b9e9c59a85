package respond

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/stanchsec/stanch/internal/tomlread"
)

// NoticeKind is what a webhook takes.
type NoticeKind string

// The kinds.
const (
	// Slack takes a text: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
	Slack NoticeKind = "slack"
	// Teams takes an adaptive card:
	// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
	Teams NoticeKind = "teams"
	// Webhook takes JSON of our own, see [Message], signed if there is a key.
	Webhook NoticeKind = "webhook"
)

// Notice is somebody to tell what was done.
type Notice struct {
	Kind NoticeKind
	// URL is where the address comes from: who knows it can post, so it is no part of a
	// policy.
	URL Source
	// Key, for [Webhook], is the key of the signature; the zero Source for none.
	Key Source
}

func readNotice(t *tomlread.Table) Notice {
	n := Notice{Kind: Webhook}
	choose(t, "kind", &n.Kind, Slack, Teams, Webhook)
	var ok bool
	if n.URL, ok = readSource(t, "url"); !ok && !t.Has("url") {
		t.Missingf(`a notice has url = "env:NAME" or "file:PATH"`)
	}
	n.Key, _ = readSource(t, "key")
	if n.Key != (Source{}) && n.Kind != Webhook {
		t.Faultf("key", nil, "only a notice of the kind webhook is signed")
	}
	t.RejectRest()
	return n
}

// Message is what a [Webhook] gets. The header X-Stanch-Timestamp has the time in
// seconds since 1970, X-Stanch-Signature "sha256=" and the HMAC-SHA256, in hexadecimal,
// of that time, a full stop and the body.
type Message struct {
	Outcomes []MessageOutcome `json:"outcomes"`
}

// MessageOutcome is one credential of a [Message].
type MessageOutcome struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	Title       string `json:"title"`
	Credential  string `json:"credential"` // redacted
	Place       string `json:"place,omitempty"`
	Action      Action `json:"action"`
	Status      Status `json:"status"`
	Detail      string `json:"detail,omitempty"`
}

// Tell sends the outcomes to all whom the policy names. It tries each several times;
// the error names those that were not reached, by the source of their address.
func Tell(ctx context.Context, p *Policy, outcomes []Outcome) error {
	var failed []error
	for _, n := range p.Notices {
		if err := n.tell(ctx, outcomes); err != nil {
			failed = append(failed, fmt.Errorf("notice to the address in %s: %w", n.URL, err))
		}
	}
	return errors.Join(failed...)
}

func (n Notice) tell(ctx context.Context, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	address, err := n.URL.Value()
	if err != nil {
		return err
	}
	if u, err := url.Parse(address.Reveal()); err != nil || u.Scheme != "https" && !isLoopback(u) || u.Host == "" {
		return errors.New("want a whole address that begins with https://")
	}
	body, err := n.body(outcomes)
	if err != nil {
		return err
	}
	key := ""
	if n.Key != (Source{}) {
		s, err := n.Key.Value()
		if err != nil {
			return err
		}
		key = s.Reveal()
	}
	const tries = 4
	for try := 1; ; try++ {
		err := post(ctx, address.Reveal(), key, body)
		if err == nil || try == tries || errors.Is(err, errFinal) {
			return err
		}
		wait := time.Second << (try - 1)
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func isLoopback(u *url.URL) bool {
	return u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1")
}

// errFinal says that there is no use in trying again.
var errFinal = errors.New("the receiver does not take it")

// post sends a body once. No error tells the address.
func post(ctx context.Context, address, key string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: its address is not one", errFinal)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		at := strconv.FormatInt(time.Now().Unix(), 10)
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(at + "."))
		mac.Write(body)
		req.Header.Set("X-Stanch-Timestamp", at)
		req.Header.Set("X-Stanch-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return errors.New("it is not reached")
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again
	switch {
	case res.StatusCode < 300:
		return nil
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		return fmt.Errorf("it answers with status %d", res.StatusCode)
	}
	return fmt.Errorf("%w: it answers with status %d", errFinal, res.StatusCode)
}

func (n Notice) body(outcomes []Outcome) ([]byte, error) {
	message := newMessage(outcomes)
	switch n.Kind {
	case Slack:
		return json.Marshal(map[string]string{"text": message.text(slackEscape)})
	case Teams:
		card := map[string]any{
			"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
			"body": []any{map[string]any{"type": "TextBlock", "wrap": true, "text": message.text(markdownEscape)}},
		}
		return json.Marshal(map[string]any{
			"type":        "message",
			"attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}},
		})
	}
	return json.Marshal(message)
}

func newMessage(outcomes []Outcome) Message {
	var m Message
	for _, o := range outcomes {
		f := o.Item.Finding
		out := MessageOutcome{
			Fingerprint: f.Fingerprint.String(), Rule: f.Rule.ID, Title: f.Rule.Title, Credential: f.Secret.Redacted(),
			Action: o.Item.Action, Status: o.Status, Detail: o.Detail,
		}
		if len(f.Places) > 0 {
			out.Place = fmt.Sprintf("%s:%d", f.Places[0].Location.Name(), f.Places[0].Span.StartLine)
		}
		m.Outcomes = append(m.Outcomes, out)
	}
	return m
}

// maxLines bounds a text: chats refuse what is too long.
const maxLines = 20

// text tells it to people, a line for each credential.
func (m Message) text(escape func(string) string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "stanch: %d leaked credentials", len(m.Outcomes))
	if len(m.Outcomes) == 1 {
		out.Reset()
		out.WriteString("stanch: a leaked credential")
	}
	for i, o := range m.Outcomes {
		if i == maxLines {
			fmt.Fprintf(&out, "\n\nand %d more", len(m.Outcomes)-i)
			break
		}
		line := fmt.Sprintf("%s %s in %s: %s", o.Title, o.Credential, o.Place, o.Status)
		if o.Detail != "" {
			line += " (" + o.Detail + ")"
		}
		out.WriteString("\n\n" + escape(oneLine(line)))
	}
	return out.String()
}

// slackEscape is for the three characters that mean something to Slack:
// https://docs.slack.dev/messaging/formatting-message-text/#escaping
func slackEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// markdownEscape keeps a text from being a link or an image.
func markdownEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "!", `\!`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`).Replace(s)
}
