package verify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/stanchsec/stanch/detector"
)

// jwtKeyHosts are hosts that publish an issuer's keys for it.
var jwtKeyHosts = map[string]string{
	"accounts.google.com": "www.googleapis.com", // https://accounts.google.com/.well-known/openid-configuration
}

// jwtAlgorithms are those whose keys an issuer publishes: RFC 7518, section 3.1, and
// RFC 8037.
var jwtAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// jwtClaims are what of a token is read without knowing whether it is true.
type jwtClaims struct {
	Issuer    string           `json:"iss"`
	Subject   string           `json:"sub"`
	Party     string           `json:"azp"`
	Scope     any              `json:"scope"`
	Scopes    any              `json:"scp"`
	Roles     []string         `json:"roles"`
	Expiry    *jwt.NumericDate `json:"exp"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	NotBefore *jwt.NumericDate `json:"nbf"`
}

// checkJWT looks whether a token has expired, which it tells itself, and else whether
// the keys that its issuer publishes have signed it. The token is sent to nobody.
func checkJWT(ctx context.Context, c *call) (verdict, error) {
	claims, ok := readJWT(c.values["secret"])
	if !ok {
		return unknown("it is no token that can be read"), nil
	}
	now := time.Now()
	if claims.Expiry != nil && now.After(claims.Expiry.Time().Add(time.Minute)) {
		o := dead("it expired on " + claims.Expiry.Time().UTC().Format(time.RFC3339))
		o.identity = claims.identity()
		return o, nil
	}
	o, err := jwtSignature(ctx, c, claims.Issuer)
	if err != nil {
		return verdict{}, err
	}
	o.identity = claims.identity()
	return o, nil
}

// readJWT decodes the claims, not asking who signed them.
func readJWT(token string) (claims jwtClaims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, false
	}
	payload, err := base64URL(parts[1])
	return claims, err == nil && json.Unmarshal(payload, &claims) == nil
}

func (j jwtClaims) identity() detector.Identity {
	id := detector.Identity{Owner: tidy(j.Subject), Account: tidy(j.Issuer), Created: jwtTime(j.IssuedAt), Expires: jwtTime(j.Expiry)}
	for _, from := range []any{j.Scope, j.Scopes} {
		switch s := from.(type) {
		case string:
			id.Scopes = append(id.Scopes, strings.Fields(tidy(s))...)
		case []any:
			for _, e := range s {
				id.Scopes = append(id.Scopes, tidy(named(e)))
			}
		}
	}
	return id
}

// jwtSignature asks the issuer for its keys.
func jwtSignature(ctx context.Context, c *call, issuer string) (verdict, error) {
	token, err := jose.ParseSignedCompact(c.values["secret"], jwtAlgorithms)
	if err != nil {
		return unknown("it has not expired, and only who shares its key can tell whether it is genuine"), nil
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" || !hostForm.MatchString(u.Host) || u.User != nil || u.RawQuery != "" {
		return unknown("it has not expired, and does not name an issuer that could be asked"), nil
	}
	base := strings.TrimSuffix(issuer, "/")
	if c.endpoint != nil {
		base = strings.TrimSuffix(c.endpoint.String(), "/") + strings.TrimSuffix(u.EscapedPath(), "/")
	}
	// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
	config, err := c.get(ctx, base+"/.well-known/openid-configuration")
	if err != nil {
		return verdict{}, err
	}
	says, _ := config.fromJSON("issuer")
	keysAt, _ := config.fromJSON("jwks_uri")
	at, err := url.Parse(keysAt)
	if config.Status != http.StatusOK || keysAt == "" || err != nil || strings.TrimSuffix(says, "/") != strings.TrimSuffix(issuer, "/") {
		return unknown(u.Host + " does not publish its keys"), nil
	}
	if c.endpoint == nil && (at.Scheme != "https" || at.Host != u.Host && at.Host != jwtKeyHosts[u.Host]) {
		return unknown(u.Host + " publishes its keys at " + tidy(at.Host) + ", which is not asked"), nil
	}
	answer, err := c.get(ctx, keysAt)
	if err != nil {
		return verdict{}, err
	}
	var keys jose.JSONWebKeySet
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &keys) != nil {
		return unknown(u.Host + " does not publish its keys"), nil
	}
	id := token.Signatures[0].Header.KeyID
	known := slices.DeleteFunc(keys.Keys, func(k jose.JSONWebKey) bool { return id != "" && k.KeyID != id || !k.IsPublic() })
	for _, k := range known {
		if _, err := token.Verify(k); err == nil {
			return live("it is signed by "+u.Host+" and has not expired", detector.Identity{}), nil
		}
	}
	if id != "" && len(known) > 0 {
		return dead("it is not signed with the key of " + u.Host + " that it names"), nil
	}
	return unknown("it has not expired, and " + u.Host + " no longer publishes the key that it names"), nil
}

// get sends a request without any credential.
func (c *call) get(ctx context.Context, address string) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errHost
	}
	req.Header.Set("Accept", "application/json")
	return c.send(req)
}

func jwtTime(t *jwt.NumericDate) string {
	if t == nil {
		return ""
	}
	return t.Time().UTC().Format(time.RFC3339)
}

func base64URL(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}
