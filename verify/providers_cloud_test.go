package verify

import "time"

// Providers of machines, networks and databases.
var cloudProviders = []provider{
	{"digitalocean-personal-access-token", "https://docs.digitalocean.com/reference/api/digitalocean/#tag/Account", "GET /v2/account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"account":{"droplet_limit":25,"email":"sammy@digitalocean.com","uuid":"b6fr89dbf6d9156cace5f3c78dc9851d957381ef","email_verified":true,"status":"active","team":{"name":"My Team"}}}`,
			"sammy@digitalocean.com, account My Team"),
		rejects("wrong", 401, `{"id":"unauthorized","message":"Unable to authenticate you."}`),
		narrow(403, `{"id":"forbidden","message":"You do not have permission to perform this action."}`),
		limited("ratelimit-remaining: 0\nratelimit-reset: 4102444800", `{"id":"too_many_requests","message":"API rate limit exceeded."}`, aMoment),
	}},
	{"cloudflare-user-api-token", "https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/",
		"GET /client/v4/user/tokens/verify", "Authorization: Bearer SECRET", []documented{
			accepts("", `{"success":true,"errors":[],"messages":[],"result":{"id":"ed17574386854bf78a67040be0a770b0","status":"active","expires_on":"2030-01-01T00:00:00Z"}}`,
				"account ed17574386854bf78a67040be0a770b0, expires 2030-01-01T00:00:00Z"),
			rejects("disabled", 200, `{"success":true,"errors":[],"messages":[],"result":{"id":"ed17574386854bf78a67040be0a770b0","status":"disabled"}}`),
			rejects("wrong", 401, `{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"messages":[],"result":null}`),
			other("of an account", 400, "", `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}],"result":null}`),
			narrow(403, `{"success":false,"errors":[{"code":9109,"message":"Cannot use the access token from location: 192.0.2.1"}],"messages":[],"result":null}`),
			// https://developers.cloudflare.com/fundamentals/api/reference/limits/
			limited("retry-after: 120\nRatelimit: \"default\";r=0;t=120", `{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}]}`, 2*time.Minute),
		}},
	{"heroku-api-key", "https://devcenter.heroku.com/articles/platform-api-reference#account", "GET /account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"id":"01234567-89ab-cdef-0123-456789abcdef","email":"username@example.com","verified":false}`, "username@example.com, account 01234567-89ab-cdef-0123-456789abcdef"),
		rejects("wrong", 401, `{"id":"unauthorized","message":"Invalid credentials provided."}`),
		narrow(403, `{"id":"forbidden","message":"The scope of this OAuth authorization does not allow access to this resource."}`),
		limited("RateLimit-Remaining: 0", `{"id":"rate_limit","message":"Your account reached the API rate limit"}`, 0),
	}},
	{"fastly-api-token", "https://www.fastly.com/documentation/reference/api/auth-tokens/user/", "GET /tokens/self", "Fastly-Key: SECRET", []documented{
		accepts("", `{"id":"5Yo3XXnrQpjc20u0ybrf2g","user_id":"4y5K5trZocEAQYkesWlk7M","customer_id":"x4xCwxxJxGCx123Rx5xTx","scope":"global","created_at":"2016-06-22T03:19:48Z","last_used_at":"2016-06-22T03:19:48Z","expires_at":null}`,
			"4y5K5trZocEAQYkesWlk7M, account x4xCwxxJxGCx123Rx5xTx, scopes global, created 2016-06-22T03:19:48Z, used 2016-06-22T03:19:48Z"),
		rejects("wrong", 401, `{"msg":"Provided credentials are missing or invalid"}`),
		narrow(403, `{"msg":"You are not authorized to perform this action"}`),
		// https://www.fastly.com/documentation/reference/api/#rate-limiting
		limited("Fastly-RateLimit-Remaining: 0\nFastly-RateLimit-Reset: 4102444800", `{"msg":"You have exceeded your hourly rate limit"}`, aMoment),
	}},
	{"vercel-personal-access-token", "https://vercel.com/docs/rest-api/reference/errors", "GET /v2/user", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"user":{"id":"AEIIDYVk59zbFF2Sxfyxxmua","email":"me@example.com","username":"jane-doe"}}`, "me@example.com, account jane-doe"),
		rejects("wrong", 403, `{"error":{"code":"forbidden","message":"Not authorized","invalidToken":true}}`),
		narrow(403, `{"error":{"code":"forbidden","message":"Not authorized"}}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"error":{"code":"too_many_requests","message":"Rate limit exceeded"}}`, aMoment),
	}},
	{"netlify-personal-access-token", "https://open-api.netlify.com/#tag/user/operation/getCurrentUser", "GET /api/v1/user", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"id":"5c3c","uid":"u1","full_name":"Ada","email":"ada@acme.test","site_count":2,"created_at":"2019-01-02T03:04:05.000Z","last_login":"2025-01-02T03:04:05.000Z"}`,
			"ada@acme.test, account 5c3c, created 2019-01-02T03:04:05Z"),
		rejects("wrong", 401, `{"code":401,"message":"Access Denied"}`),
		narrow(403, `{"code":403,"message":"Forbidden"}`),
		// https://docs.netlify.com/api/get-started/#rate-limiting
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"code":429,"message":"Too Many Requests"}`, aMoment),
	}},
	{"render-api-key", "https://api-docs.render.com/reference/list-owners", "GET /v1/owners?limit=1", "Authorization: Bearer SECRET", []documented{
		accepts("", `[{"owner":{"id":"usr-1","name":"Ada","email":"ada@acme.test","type":"user"},"cursor":"x"}]`, "ada@acme.test, account Ada"),
		rejects("wrong", 401, `{"id":"1","message":"Unauthorized"}`),
		narrow(403, `{"id":"1","message":"You do not have permissions for the requested resource."}`),
		// https://api-docs.render.com/reference/rate-limiting
		limited("Ratelimit-Remaining: 0\nRatelimit-Reset: 12", `{"id":"1","message":"Rate limit has been surpassed."}`, 12*time.Second),
	}},
	{"linode-personal-access-token", "https://techdocs.akamai.com/linode-api/reference/get-profile", "GET /v4/profile", "Authorization: Bearer SECRET", []documented{
		accepts("X-OAuth-Scopes: account:read_only", `{"username":"ada","email":"ada@acme.test","restricted":false,"uid":1234}`, "ada@acme.test, account ada, scopes account:read_only"),
		rejects("wrong", 401, `{"errors":[{"reason":"Invalid Token"}]}`),
		narrow(403, `{"errors":[{"reason":"Your OAuth token is not authorized to use this endpoint."}]}`),
		// https://techdocs.akamai.com/linode-api/reference/rate-limits
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800\nRetry-After: 60", `{"errors":[{"reason":"Too many requests"}]}`, time.Minute),
	}},
	{"hetzner-cloud-api-token", "https://docs.hetzner.cloud/reference/cloud#errors", "GET /v1/servers?per_page=1", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"servers":[],"meta":{"pagination":{"page":1,"per_page":1,"previous_page":null,"next_page":null,"last_page":1,"total_entries":0}}}`, ""),
		rejects("wrong", 401, `{"error":{"code":"unauthorized","message":"unable to authenticate","details":null}}`),
		narrow(403, `{"error":{"code":"forbidden","message":"insufficient permissions","details":null}}`),
		// https://docs.hetzner.cloud/reference/cloud#rate-limiting
		limited("RateLimit-Remaining: 0\nRateLimit-Reset: 4102444800", `{"error":{"code":"rate_limit_exceeded","message":"limit of 3600 requests per hour reached"}}`, aMoment),
	}},
	{"vultr-api-key", "https://www.vultr.com/api/#tag/account", "GET /v2/account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"account":{"name":"Ada","email":"ada@acme.test","acls":["subscriptions","billing"],"balance":-100.55,"pending_charges":60.25}}`, "ada@acme.test, account Ada, scopes subscriptions billing"),
		rejects("wrong", 401, `{"error":"Invalid API token.","status":401}`),
		narrow(403, `{"error":"Unauthorized IP address","status":403}`),
		other("from an address that is not allowed", 401, "", `{"error":"Unauthorized IP address: 192.0.2.1","status":401}`),
		limited("", `{"error":"Rate limit hit. API requests are limited to an average of 30/s.","status":429}`, 0),
	}},
	{"google-api-key", "https://docs.cloud.google.com/docs/authentication/api-keys", "GET /v1beta/models?pageSize=1", "X-Goog-Api-Key: SECRET", []documented{
		accepts("", `{"models":[{"name":"models/one"}],"nextPageToken":"x"}`, ""),
		proves(kindNarrow, 403, "", `{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"API_KEY_SERVICE_BLOCKED"}]}}`),
		rejects("wrong", 400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}`),
		other("suspended", 403, "", `{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"CONSUMER_SUSPENDED"}]}}`),
		limited("", `{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}`, 0),
	}},
	{"google-oauth-access-token", "https://developers.google.com/identity/sign-in/web/backend-auth", "", "", []documented{
		accepts("", `{"azp":"1.apps.googleusercontent.com","aud":"1.apps.googleusercontent.com","scope":"openid email","exp":"1893456000","expires_in":"3599","email":"ada@acme.test"}`,
			"ada@acme.test, account 1.apps.googleusercontent.com, scopes openid email, expires 2030-01-01T00:00:00Z"),
		rejects("wrong", 400, `{"error":"invalid_token","error_description":"Invalid Value"}`),
	}},
	{"databricks-access-token", "https://docs.databricks.com/api/workspace/currentuser/me", "GET /api/2.0/preview/scim/v2/Me", "Authorization: Bearer SECRET", []documented{
		accepts("Content-Type: application/scim+json", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ada@acme.test","active":true,"displayName":"Ada"}`, "ada@acme.test, account 1"),
		refuses("wrong", 403, `{"error_code":"403","message":"Invalid access token."}`),
		narrow(403, `{"error_code":"PERMISSION_DENIED","message":"Provided OAuth token does not have required scopes: iam"}`),
		limited("Retry-After: 10", `{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Too many requests"}`, 10*time.Second),
	}},
	// Keys for a cluster are refused here, and work there.
	{"confluent-secret-key", "https://docs.confluent.io/cloud/current/api.html#tag/API-Keys-(iamv2)", "", "", []documented{
		accepts("", `{"api_version":"iam/v2","kind":"ApiKey","id":"ABCDEF0123456789","metadata":{"created_at":"2022-01-02T03:04:05-07:00"},"spec":{"owner":{"id":"u-a83k9b"},"resource":{"id":"cloud","kind":"Cloud"}}}`,
			"u-a83k9b, account cloud, created 2022-01-02T10:04:05Z"),
		refuses("wrong, or for a cluster", 401, `{"errors":[{"id":"1","status":"401","code":"user_unauthenticated","title":"Authentication Required","detail":"Valid authentication credentials must be provided"}]}`),
		narrow(403, `{"errors":[{"id":"1","status":"403","code":"user_unauthorized","title":"User Access Unauthorized"}]}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 5", ``, 5*time.Second),
	}},
	{"elastic-elasticsearch-api-key", "https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-authenticate", "GET /_security/_authenticate", "Authorization: ApiKey SECRET", []documented{
		accepts("", `{"username":"rdeniro","roles":["admin"],"full_name":null,"email":null,"metadata":{},"enabled":true,"authentication_type":"api_key","api_key":{"id":"VuaCfGcBCdbkQm-e5aOx","name":"ci"}}`, "rdeniro, account ci"),
		rejects("wrong", 401, `{"error":{"type":"security_exception","reason":"unable to authenticate with provided credentials"},"status":401}`),
		narrow(403, `{"error":{"type":"security_exception","reason":"action [cluster:admin/xpack/security/user/authenticate] is unauthorized for API key"},"status":403}`),
		limited("Retry-After: 1", `{"error":{"type":"es_rejected_execution_exception"},"status":429}`, time.Second),
		other("not by this key", 200, "", `{"username":"anonymous","authentication_type":"anonymous","enabled":true}`),
	}},
	{"supabase-access-token", "https://supabase.com/docs/reference/api/v1-list-all-organizations", "GET /v1/organizations", "Authorization: Bearer SECRET", []documented{
		accepts("", `[{"id":"abc","name":"Acme"}]`, "account Acme"),
		other("no organisations", 200, "", `[]`),
		rejects("wrong", 401, `{"message":"Unauthorized"}`),
		narrow(403, `{"message":"Forbidden resource"}`),
		// https://supabase.com/docs/reference/api/introduction#rate-limits
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 45", `{"message":"ThrottlerException: Too Many Requests"}`, 45*time.Second),
	}},
	{"planetscale-service-token", "https://planetscale.com/docs/api/reference/list_organizations", "GET /v1/organizations", "", []documented{
		accepts("", `{"type":"list","current_page":1,"next_page":null,"data":[{"id":"1","type":"Organization","name":"acme"}]}`, ""),
		refuses("wrong", 401, `{"code":"unauthorized","message":"Unauthorized"}`),
		narrow(403, `{"code":"forbidden","message":"Forbidden"}`),
		limited("Retry-After: 2", `{"code":"too_many_requests","message":"Too many requests"}`, 2*time.Second),
	}},
	{"tailscale-api-key", "https://tailscale.com/api#tag/devices/GET/tailnet/{tailnet}/devices", "GET /api/v2/tailnet/-/devices", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"devices":[{"id":"1","name":"pangolin.tailfe8c.ts.net","user":"ada@acme.test"}]}`, ""),
		rejects("wrong", 401, `{"message":"API token invalid"}`),
		narrow(403, `{"message":"calling actor does not have enough permissions to perform this function"}`),
		limited("Retry-After: 30", `{"message":"too many requests"}`, 30*time.Second),
	}},
	{"ngrok-api-key", "https://ngrok.com/docs/api/", "GET /endpoints", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"endpoints":[],"uri":"https://api.ngrok.com/endpoints","next_page_uri":null}`, ""),
		refuses("wrong", 401, `{"error_code":"ERR_NGROK_206","status_code":401,"msg":"The authentication you specified is not an API key.","details":{}}`),
		narrow(403, `{"error_code":"ERR_NGROK_401","status_code":403,"msg":"You don't have permission.","details":{}}`),
		limited("", `{"error_code":"ERR_NGROK_226","status_code":429,"msg":"Too many requests.","details":{}}`, 0),
	}},
}
