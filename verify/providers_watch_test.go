package verify

import "time"

// Providers that watch over systems, and over who may use them.
var watchProviders = []provider{
	// Keys of the other sites are refused here: https://docs.datadoghq.com/getting_started/site/
	{"datadog-api-key", "https://docs.datadoghq.com/api/latest/authentication/#validate-api-key", "GET /api/v1/validate", "DD-API-KEY: SECRET", []documented{
		accepts("", `{"valid":true}`, ""),
		refuses("wrong here", 403, `{"status":"error","code":403,"errors":["Forbidden"],"statuspage":"http://status.datadoghq.com"}`),
		narrow(403, `{"errors":["Forbidden"]}`),
		// https://docs.datadoghq.com/api/latest/rate-limits/: seconds
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 60", `{"errors":["Rate limit exceeded"]}`, time.Minute),
		other("odd", 200, "", `{"valid":false}`),
	}},
	{"sentry-organization-token", "https://docs.sentry.io/api/auth/", "GET /api/0/", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"version":"0","auth":{"scopes":["org:ci"]},"user":null}`, "scopes org:ci"),
		other("not looked at", 200, "", `{"version":"0","auth":null,"user":null}`),
		refuses("wrong, or of another installation", 401, `{"detail":"Invalid token"}`),
		narrow(403, `{"detail":"You do not have permission to perform this action."}`),
		// https://docs.sentry.io/api/ratelimits/
		limited("X-Sentry-Rate-Limit-Remaining: 0\nX-Sentry-Rate-Limit-Reset: 4102444800", `{"detail":"You are attempting to use this endpoint too frequently."}`, aMoment),
	}},
	// Keys of the other regions are refused here.
	{"newrelic-user-key", "https://docs.newrelic.com/docs/apis/nerdgraph/get-started/introduction-new-relic-nerdgraph/", "POST /graphql", "API-Key: SECRET", []documented{
		accepts("", `{"data":{"actor":{"user":{"id":1000,"email":"ada@acme.test"}}}}`, "ada@acme.test, account 1000"),
		refuses("wrong, or of another region", 401, `{"errors":[{"message":"Api-Key header required","extensions":{"errorClass":"UNAUTHORIZED"}}]}`),
		refuses("wrong, with status 200", 200, `{"data":null,"errors":[{"message":"Unauthorized","extensions":{"errorClass":"UNAUTHORIZED"}}]}`),
		narrow(200, `{"data":{"actor":{"user":null}},"errors":[{"message":"Access denied","path":["actor","user"],"extensions":{"errorClass":"ACCESS_DENIED"}}]}`),
		// https://docs.newrelic.com/docs/apis/nerdgraph/nerdgraph-usage-limits/
		limited("", `{"errors":[{"message":"Too many requests","extensions":{"errorClass":"TOO_MANY_REQUESTS"}}]}`, 0),
	}},
	{"grafana-service-account-token", "https://grafana.com/docs/grafana/latest/developers/http_api/org/#get-current-organization", "GET /api/org", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"id":1,"name":"Main Org."}`, "account Main Org."),
		refuses("wrong, or of another Grafana", 401, `{"message":"Invalid API key","messageId":"api-key.invalid","statusCode":401,"traceID":""}`),
		narrow(403, `{"accessErrorId":"ACE1","message":"You'll need additional permissions to perform this action. Permissions needed: orgs:read","title":"Access denied"}`),
		limited("", `{"message":"Too many requests"}`, 0),
	}},
	// Tokens of the European region are refused here.
	{"pagerduty-user-token", "https://developer.pagerduty.com/docs/errors", "GET /users/me", "Authorization: Token token=SECRET", []documented{
		accepts("", `{"user":{"id":"PXPGF42","type":"user","name":"Earline","email":"earline@acme.test","role":"admin"}}`, "earline@acme.test, account PXPGF42"),
		refuses("wrong, or of another region", 401, `{"error":{"code":2006,"message":"You must provide a valid API key"}}`),
		narrow(403, `{"error":{"code":2010,"message":"Access Denied"}}`),
		other("an account's key", 400, "", `{"error":{"code":2001,"message":"Invalid Input Provided","errors":["User cannot be inferred from an account-level token"]}}`),
		// https://developer.pagerduty.com/docs/rest-api-rate-limits: seconds
		limited("ratelimit-remaining: 0\nratelimit-reset: 25", `{"error":{"code":2020,"message":"Rate Limit Exceeded"}}`, 25*time.Second),
	}},
	{"okta-api-token", "https://developer.okta.com/docs/reference/error-codes/", "GET /api/v1/users/me", "Authorization: SSWS SECRET", []documented{
		accepts("", `{"id":"00ub0oNGTSWTBKOLGLNR","status":"ACTIVE","created":"2013-06-24T16:39:18.000Z","profile":{"login":"isaac@acme.test","email":"isaac@acme.test"}}`, "isaac@acme.test, account 00ub0oNGTSWTBKOLGLNR"),
		rejects("wrong", 401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorLink":"E0000011","errorId":"1","errorCauses":[]}`),
		other("no session", 401, "", `{"errorCode":"E0000005","errorSummary":"Invalid session","errorLink":"E0000005","errorId":"1","errorCauses":[]}`),
		narrow(403, `{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action","errorLink":"E0000006","errorId":"1","errorCauses":[]}`),
		// https://developer.okta.com/docs/reference/rl-best-practices/
		limited("X-Rate-Limit-Remaining: 0\nX-Rate-Limit-Reset: 4102444800", `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorLink":"E0000047","errorId":"1","errorCauses":[]}`, aMoment),
	}},
	// The code of the request is no code: who gets that far has shown the right secret.
	{"auth0-client-secret", "https://auth0.com/docs/api/authentication/authorization-code-flow/get-token", "POST /oauth/token", "Content-Type: application/x-www-form-urlencoded", []documented{
		proves(kindLive, 403, "", `{"error":"invalid_grant","error_description":"Invalid authorization code"}`),
		refuses("wrong, or of another application", 401, `{"error":"access_denied","error_description":"Unauthorized"}`),
		narrow(403, `{"error":"unauthorized_client","error_description":"Grant type 'authorization_code' not allowed for the client."}`),
		// https://auth0.com/docs/api/authentication#rate-limiting
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"error":"too_many_requests","error_description":"Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers."}`, aMoment),
	}},
	{"honeycomb-api-key", "https://api-docs.honeycomb.io/api/auth", "GET /1/auth", "X-Honeycomb-Team: SECRET", []documented{
		accepts("", `{"id":"1","type":"configuration","api_key_access":{"events":true,"markers":false},"environment":{"name":"Production","slug":"production"},"team":{"name":"Acme","slug":"acme"}}`, "Acme, account acme"),
		refuses("wrong, or of another region", 401, `{"error":"unknown API key - check your credentials"}`),
		narrow(403, `{"error":"forbidden"}`),
		// https://api-docs.honeycomb.io/api
		limited("RateLimit: \"default\";r=0;t=20\nRetry-After: 20", `{"error":"rate limit exceeded"}`, 20*time.Second),
	}},
	// Keys of the European region are refused here.
	{"opsgenie-api-key", "https://docs.opsgenie.com/docs/response", "GET /v2/account", "Authorization: GenieKey SECRET", []documented{
		accepts("", `{"data":{"name":"acme","userCount":1450,"plan":{"name":"Enterprise"}},"took":0.084,"requestId":"9ae63dd7-ed00-4c81-86f0-c4ffd33142c9"}`, "account acme"),
		refuses("wrong, or of another region", 401, `{"message":"Could not authenticate","took":0.0,"requestId":"1"}`),
		narrow(403, `{"message":"You are not authorized for this operation","took":0.0,"requestId":"1"}`),
		// https://docs.opsgenie.com/docs/api-rate-limiting
		limited("X-RateLimit-State: THROTTLED\nX-RateLimit-Period-In-Sec: 60", `{"message":"You are making too many requests!","took":0.0,"requestId":"1"}`, 0),
	}},
}
