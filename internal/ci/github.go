package ci

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// GitHub is where on GitHub a run belongs.
type GitHub struct {
	// API and Server are addresses: "https://api.github.com", "https://github.com".
	API, Server string
	// Repository is "owner/name".
	Repository string
	// SHA and Ref are the commit and ref that results belong to. Empty where they must not be
	// uploaded: a fork's branches are not the repository's.
	SHA, Ref string
	// PullRequest is the number of the pull request, 0 if there is none.
	PullRequest int
	// FromFork says that the change comes from a fork, whose runs get a token that may only read.
	FromFork bool
	// Private says that the repository is.
	Private bool
	// RunID tells runs apart.
	RunID string
	// OutputFile and SummaryFile are where the step's outputs and summary go.
	OutputFile, SummaryFile string

	// Token is that of the run. Calls of the API need it.
	Token string

	// HTTP is the client to use, nil for one with a time limit; Wait waits between calls, nil
	// for [time.Sleep] that ctx ends.
	HTTP *http.Client
	Wait func(ctx context.Context, d time.Duration) error
}

// RefusedError is an answer of GitHub's API that no other call would change: a permission is
// missing, or a feature is off. What was to be done is left undone; the run goes on.
type RefusedError struct {
	// Doing is what was tried.
	Doing string
	// Why says what is missing and what to do about it.
	Why string
	err error
}

func (e *RefusedError) Error() string { return e.Doing + ": " + e.Why }
func (e *RefusedError) Unwrap() error { return e.err }

// maxSARIF is how many bytes a compressed SARIF file may have
// (https://docs.github.com/en/code-security/how-tos/scan-code-for-vulnerabilities/troubleshooting/troubleshooting-sarif-uploads/file-too-large).
const maxSARIF = 10 << 20

// processing is how often, and after what pauses, GitHub is asked whether it is done with a file.
var processing = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second}

// UploadSARIF uploads a report to code scanning and waits a minute for it to be processed; done is
// whether it was by then. The error is a [*RefusedError] where the repository or the token does
// not allow it.
func (g *GitHub) UploadSARIF(ctx context.Context, sarif []byte, started time.Time) (done bool, err error) {
	const doing = "upload to code scanning"
	if g.Ref == "" || g.SHA == "" {
		return false, &RefusedError{Doing: doing, Why: "the run is for a branch of a fork, which has no code scanning here"}
	}
	client, owner, name, err := g.client(doing)
	if err != nil {
		return false, err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(sarif); err != nil {
		return false, fmt.Errorf("%s: %w", doing, err)
	}
	if err := z.Close(); err != nil {
		return false, fmt.Errorf("%s: %w", doing, err)
	}
	if b.Len() > maxSARIF {
		return false, &RefusedError{Doing: doing, Why: fmt.Sprintf("the report has %d bytes when compressed, and GitHub takes %d", b.Len(), maxSARIF)}
	}
	analysis := &github.SarifAnalysis{
		CommitSHA: &g.SHA, Ref: &g.Ref, Sarif: github.String(base64.StdEncoding.EncodeToString(b.Bytes())),
	}
	if !started.IsZero() {
		analysis.StartedAt = &github.Timestamp{Time: started}
	}
	var id *github.SarifID
	err = g.patiently(ctx, func() (*github.Response, error) {
		var resp *github.Response
		id, resp, err = client.CodeScanning.UploadSarif(ctx, owner, name, analysis)
		return resp, err
	})
	if err != nil {
		return false, g.explain(doing, "security-events: write", err)
	}
	for _, pause := range processing {
		if err := g.wait(ctx, pause); err != nil {
			return false, err
		}
		upload, _, err := client.CodeScanning.GetSARIF(ctx, owner, name, id.GetID())
		if err != nil {
			return false, nil // it was taken; that its state cannot be read is no failure
		}
		switch upload.GetProcessingStatus() {
		case "complete":
			return true, nil
		case "failed":
			return false, fmt.Errorf("%s: GitHub took the report and failed to process it; its page of code scanning says why", doing)
		}
	}
	return false, nil
}

// MaxComment is how many bytes a comment may have, the marker and some reserve taken off:
// GitHub takes 65,536 characters.
const MaxComment = 60_000

// Comment writes a comment on the pull request, or replaces the one that an earlier run of the
// same name wrote. An empty text takes nothing back and writes nothing new: it replaces an
// earlier comment with otherwise, if there is one. The error is a [*RefusedError] where the token
// does not allow it.
func (g *GitHub) Comment(ctx context.Context, name, text, otherwise string) error {
	const doing = "comment on the pull request"
	if g.PullRequest == 0 {
		return &RefusedError{Doing: doing, Why: "the run is for none"}
	}
	client, owner, repository, err := g.client(doing)
	if err != nil {
		return err
	}
	marker := "<!-- stanch: " + markerName(name) + " -->\n"
	const permission = "pull-requests: write"
	earlier, err := g.earlierComment(ctx, client, owner, repository, marker)
	if err != nil {
		return g.explain(doing, permission, err)
	}
	if text == "" {
		if earlier == nil {
			return nil
		}
		text = otherwise
	}
	body := &github.IssueComment{Body: github.String(marker + text)}
	if earlier != nil {
		if earlier.GetBody() == body.GetBody() {
			return nil
		}
		_, _, err = client.Issues.EditComment(ctx, owner, repository, earlier.GetID(), body)
	} else {
		_, _, err = client.Issues.CreateComment(ctx, owner, repository, g.PullRequest, body)
	}
	if err != nil {
		return g.explain(doing, permission, err)
	}
	return nil
}

// markerName makes a name fit for the inside of an HTML comment.
func markerName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./ ", r) {
			return r
		}
		return '_'
	}, name)
}

// earlierComment finds the comment of an earlier run. Anybody may write the marker, so only one
// counts that a bot wrote or whoever the token is.
func (g *GitHub) earlierComment(ctx context.Context, client *github.Client, owner, name, marker string) (*github.IssueComment, error) {
	me := ""
	if u, _, err := client.Users.Get(ctx, ""); err == nil { // the token of a workflow may not ask
		me = u.GetLogin()
	}
	opts := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		list, resp, err := client.Issues.ListComments(ctx, owner, name, g.PullRequest, opts)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if u := c.GetUser(); strings.HasPrefix(c.GetBody(), marker) &&
				(u.GetType() == "Bot" || me != "" && u.GetLogin() == me) {
				return c, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, nil
		}
		opts.Page = resp.NextPage
	}
}

// client makes a client of the API.
func (g *GitHub) client(doing string) (c *github.Client, owner, name string, err error) {
	owner, name, ok := strings.Cut(g.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, "", "", fmt.Errorf("%s: GITHUB_REPOSITORY is %q, want owner/name", doing, g.Repository)
	}
	if g.Token == "" {
		return nil, "", "", &RefusedError{Doing: doing,
			Why: "there is no token: set GITHUB_TOKEN to ${{ github.token }} in the step's env"}
	}
	base, err := url.Parse(strings.TrimSuffix(g.API, "/") + "/")
	if err != nil || base.Host == "" {
		return nil, "", "", fmt.Errorf("%s: GITHUB_API_URL is %q, which is no address", doing, g.API)
	}
	h := g.HTTP
	if h == nil {
		h = &http.Client{Timeout: 2 * time.Minute}
	}
	c = github.NewClient(h).WithAuthToken(g.Token)
	c.BaseURL = base
	return c, owner, name, nil
}

func (g *GitHub) wait(ctx context.Context, d time.Duration) error {
	if g.Wait != nil {
		return g.Wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// retries are the pauses after which a call is made again that failed for a reason that passes.
var retries = []time.Duration{2 * time.Second, 10 * time.Second}

// patiently makes a call again if the server or the way to it is at fault.
func (g *GitHub) patiently(ctx context.Context, call func() (*github.Response, error)) error {
	for _, pause := range retries {
		resp, err := call()
		if err == nil || ctx.Err() != nil || resp != nil && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests {
			return err
		}
		if err := g.wait(ctx, pause); err != nil {
			return err
		}
	}
	_, err := call()
	return err
}

// explain says of an answer what it means and what to do. The texts of GitHub's answers that are
// looked for are those of https://docs.github.com/en/rest/code-scanning/code-scanning and of
// https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.
func (g *GitHub) explain(doing, permission string, err error) error {
	var limited *github.RateLimitError
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &limited) || errors.As(err, &abuse) {
		return &RefusedError{Doing: doing, Why: "GitHub's rate limit for the token is used up; a later run will do it", err: err}
	}
	var answer *github.ErrorResponse
	if !errors.As(err, &answer) || answer.Response == nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	says := strings.ToLower(answer.Message)
	refused := func(format string, args ...any) error {
		return &RefusedError{Doing: doing, Why: fmt.Sprintf(format, args...), err: err}
	}
	switch code := answer.Response.StatusCode; {
	case code == http.StatusForbidden && (strings.Contains(says, "advanced security") || strings.Contains(says, "code scanning is not enabled") ||
		strings.Contains(says, "code security")):
		return refused("code scanning is off in this repository; a private one needs a licence of GitHub Code Security")
	case (code == http.StatusForbidden || code == http.StatusNotFound) && g.FromFork:
		return refused("the change comes from a fork, whose runs get a token that may only read; the exit code, the annotations " +
			"and the summary have it all")
	case code == http.StatusForbidden:
		return refused("the token may not do it: give the job \"permissions: %s\" (runs of Dependabot never get it)", permission)
	case code == http.StatusNotFound:
		return refused("GitHub finds no such repository, or the token may not see it: give the job \"permissions: %s\" "+
			"and, in a private repository, \"contents: read\" and \"actions: read\"", permission)
	case code == http.StatusUnauthorized:
		return refused("GitHub does not accept the token: it is invalid or has expired")
	case code == http.StatusRequestEntityTooLarge:
		return refused("the report is too large for GitHub: narrow the scan")
	case code == http.StatusTooManyRequests:
		return refused("GitHub asks to come back later: its rate limit is used up")
	case code >= 500:
		return refused("GitHub has a problem (%s)", answer.Response.Status)
	}
	return fmt.Errorf("%s: GitHub answers %s: %s", doing, answer.Response.Status, answer.Message)
}
