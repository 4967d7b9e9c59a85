package verify

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/stanchsec/stanch/detector"
)

// googleTokenHost is where the key is exchanged; the token's audience is its address
// even where an endpoint stands in for it.
const googleTokenHost = "oauth2.googleapis.com"

// checkGoogleServiceAccount exchanges an assertion signed with the key for an access
// token, of a scope that allows next to nothing, and forgets the token:
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
func checkGoogleServiceAccount(ctx context.Context, c *call) (verdict, error) {
	email := c.values["client_email"]
	key, err := rsaKey(c.values["secret"])
	if err != nil {
		return verdict{}, err
	}
	now := time.Now()
	assertion, err := signJWT(key, c.values["private_key_id"], map[string]any{
		"iss": email, "scope": "https://www.googleapis.com/auth/userinfo.email",
		"aud": "https://" + googleTokenHost + "/token", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	})
	if err != nil {
		return verdict{}, err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base(googleTokenHost)+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return verdict{}, errHost
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := c.send(req)
	if err != nil {
		return verdict{}, err
	}
	id := detector.Identity{Owner: email, Account: c.values["project_id"]}
	problem, _ := a.fromJSON("error")
	says, _ := a.fromJSON("error_description")
	_, token := a.fromJSON("access_token")
	_, idToken := a.fromJSON("id_token")
	switch {
	case a.Status == http.StatusOK && (token || idToken):
		return live(googleTokenHost+" accepts it", id), nil
	case a.Status == http.StatusBadRequest && problem == "invalid_grant" && strings.Contains(says, "Invalid JWT Signature"):
		return dead("Google does not accept the signature: the key was deleted or disabled"), nil
	case a.Status == http.StatusBadRequest && problem == "invalid_grant" && strings.Contains(says, "account not found"):
		return dead("the service account does not exist any more"), nil
	case a.Status == http.StatusBadRequest && problem == "invalid_grant" && strings.Contains(says, "short-lived token"):
		return unknown(googleTokenHost + " does not agree with this machine about the time"), nil
	}
	return neither(googleTokenHost, a), nil
}

// signJWT signs claims with RS256. An empty key id is left out.
func signJWT(key any, keyID string, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{}).WithType("JWT")
	if keyID != "" {
		options = options.WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options)
	if err != nil {
		return "", errKey
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", errKey
	}
	return token, nil
}
