package verify

import (
	"context"
	"net/http"
	"time"

	"github.com/stanchsec/stanch/detector"
)

const githubHost = "api.github.com"

// checkGitHubApp asks which app a key signs for:
// https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app
func checkGitHubApp(ctx context.Context, c *call) (verdict, error) {
	key, err := rsaKey(c.values["secret"])
	if err != nil {
		return verdict{}, err
	}
	// A minute back, for clocks that differ, as GitHub advises; ten minutes is the most.
	now := time.Now().Add(-time.Minute)
	token, err := signJWT(key, "", map[string]any{
		"iss": c.values["app_id"], "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	})
	if err != nil {
		return verdict{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base(githubHost)+"/app", nil)
	if err != nil {
		return verdict{}, errHost
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+token)
	a, err := c.send(req)
	if err != nil {
		return verdict{}, err
	}
	slug, hasSlug := a.fromJSON("slug")
	id, hasID := a.fromJSON("id")
	message, _ := a.fromJSON("message")
	switch {
	case a.Status == http.StatusOK && hasSlug && hasID:
		owner, _ := a.fromJSON("owner.login")
		created, _ := a.fromJSON("created_at")
		return live(githubHost+" accepts it", detector.Identity{
			Owner: tidy(owner), Account: tidy(slug + " (" + id + ")"), Created: date(tidy(created)),
		}), nil
	case a.Status == http.StatusUnauthorized && message == "A JSON web token could not be decoded":
		return dead("GitHub knows no such key of the app"), nil
	case a.Status == http.StatusNotFound && message == "Integration not found":
		return dead("GitHub knows no such app"), nil
	}
	return neither(githubHost, a), nil
}
