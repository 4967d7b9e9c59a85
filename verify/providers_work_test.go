package verify

import "time"

// Providers that people plan, write, draw and store with.
var workProviders = []provider{
	{"notion-api-token", "https://developers.notion.com/reference/get-self", "GET /v1/users/me", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"object":"user","id":"16d84278","type":"bot","name":"Doug","bot":{"owner":{"type":"user","user":{"person":{"email":"ada@acme.test"}}},"workspace_name":"Ada's"}}`, "ada@acme.test, account Ada's"),
		rejects("wrong", 401, `{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}`),
		narrow(403, `{"object":"error","status":403,"code":"restricted_resource","message":"Insufficient permissions for this endpoint."}`),
		limited("Retry-After: 3600", `{"object":"error","status":429,"code":"rate_limited"}`, time.Hour),
	}},
	{"linear-api-key", "https://linear.app/developers/graphql", "POST /graphql", "Authorization: SECRET", []documented{
		accepts("", `{"data":{"viewer":{"id":"1","email":"ada@acme.test"},"organization":{"urlKey":"acme"}}}`, "ada@acme.test, account acme"),
		rejects("wrong", 400, `{"errors":[{"message":"Authentication required, not authenticated","extensions":{"type":"authentication error","code":"AUTHENTICATION_ERROR"}}]}`),
		narrow(400, `{"errors":[{"message":"Invalid scope: read required","extensions":{"type":"forbidden","code":"FORBIDDEN"}}]}`),
		// https://linear.app/developers/rate-limiting
		limited("X-RateLimit-Requests-Remaining: 0\nX-RateLimit-Requests-Reset: 4102444800000", `{"errors":[{"message":"Rate limit exceeded","extensions":{"code":"RATELIMITED"}}]}`, aMoment).as(400),
	}},
	{"figma-personal-access-token", "https://developers.figma.com/docs/rest-api/users-endpoints/", "GET /v1/me", "X-Figma-Token: SECRET", []documented{
		accepts("", `{"id":"2644937896","handle":"John Doe","img_url":"https://www.example.com/i","email":"john@example.com"}`, "john@example.com, account 2644937896"),
		rejects("wrong", 403, `{"status":403,"err":"Invalid token"}`),
		narrow(403, `{"error":true,"status":403,"message":"Invalid scope(s): file_content:read. This endpoint requires the current_user:read scope"}`),
		// https://developers.figma.com/docs/rest-api/rate-limits/
		limited("Retry-After: 40\nX-Figma-Rate-Limit-Type: low", `{"status":429,"err":"Rate limit exceeded"}`, 40*time.Second),
	}},
	{"dropbox-access-token", "https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account", "POST /2/users/get_current_account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"account_id":"dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc","name":{"display_name":"Franz"},"email":"franz@dropbox.com"}`, "franz@dropbox.com, account dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"),
		rejects("expired", 401, `{"error_summary":"expired_access_token/...","error":{".tag":"expired_access_token"}}`),
		narrow(401, `{"error_summary":"missing_scope/...","error":{".tag":"missing_scope","required_scope":"account_info.read"}}`),
		// https://developers.dropbox.com/error-handling-guide
		limited("Retry-After: 300", `{"error_summary":"too_many_requests/...","error":{"reason":{".tag":"too_many_requests"},"retry_after":300}}`, 5*time.Minute),
	}},
	{"airtable-personal-access-token", "https://airtable.com/developers/web/api/get-user-id-scopes", "GET /v0/meta/whoami", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"id":"usrL2PNC5o3H4lBEi","email":"ada@acme.test","scopes":["data.records:read"]}`, "ada@acme.test, account usrL2PNC5o3H4lBEi, scopes data.records:read"),
		accepts("", `{"id":"usrL2PNC5o3H4lBEi","scopes":["data.records:read"]}`, "account usrL2PNC5o3H4lBEi, scopes data.records:read"),
		rejects("wrong", 401, `{"error":{"type":"AUTHENTICATION_REQUIRED","message":"Authentication required"}}`),
		narrow(403, `{"error":{"type":"INVALID_PERMISSIONS","message":"You are not permitted to perform this operation"}}`),
		limited("", `{"errors":[{"error":"RATE_LIMIT_REACHED","message":"Rate limit exceeded. Please try again later"}]}`, 0),
	}},
	{"asana-oauth-personal-access-token-v2", "https://developers.asana.com/docs/errors", "GET /api/1.0/users/me", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"data":{"gid":"12345","resource_type":"user","name":"Greg","email":"greg@acme.test","workspaces":[{"gid":"1","resource_type":"workspace","name":"Acme"}]}}`, "greg@acme.test, account 12345"),
		rejects("wrong", 401, `{"errors":[{"message":"Not Authorized","help":"For more information on API status codes and how to handle them, read the docs on errors"}]}`),
		narrow(403, `{"errors":[{"message":"This app is not available to your workspace"}]}`),
		// https://developers.asana.com/docs/rate-limits
		limited("Retry-After: 30", `{"errors":[{"message":"You have made too many requests recently. Please, be chill."}]}`, 30*time.Second),
		other("500", 500, "", `{"errors":[{"message":"Server Error","phrase":"6 sad squid snuggle softly"}]}`).trouble(),
	}},
	{"atlassian-api-token", "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/", "GET /rest/api/3/myself", "", []documented{
		accepts("", `{"self":"https://acme.atlassian.net/rest/api/3/user?accountId=5b10","accountId":"5b10","accountType":"atlassian","emailAddress":"mia@acme.test","displayName":"Mia","active":true}`, "mia@acme.test, account 5b10"),
		refuses("wrong, or with another address", 401, `{"message":"Client must be authenticated to access this resource.","status-code":401}`),
		narrow(403, `{"errorMessages":["Basic auth with password is not allowed on this instance"],"errors":{}}`),
		// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
		limited("Retry-After: 120\nX-RateLimit-Reset: 2100-01-01T00:00Z\nRateLimit-Reason: jira-burst-based", `{"errorMessages":["Rate limit exceeded."]}`, 2*time.Minute),
	}},
	{"contentful-personal-access-token", "https://www.contentful.com/developers/docs/references/content-management-api/#/reference/users/user", "GET /users/me", "Authorization: Bearer SECRET", []documented{
		accepts("Content-Type: application/vnd.contentful.management.v1+json", `{"sys":{"type":"User","version":1,"id":"7BslKh9TdKGOK41VmLDjFZ","createdAt":"2020-01-02T03:04:05Z"},"firstName":"Ada","email":"ada@acme.test"}`,
			"ada@acme.test, account 7BslKh9TdKGOK41VmLDjFZ, created 2020-01-02T03:04:05Z"),
		// https://www.contentful.com/developers/docs/references/errors/
		rejects("wrong", 401, `{"sys":{"type":"Error","id":"AccessTokenInvalid"},"message":"The access token you sent could not be found or is invalid.","requestId":"1"}`),
		narrow(403, `{"sys":{"type":"Error","id":"AccessDenied"},"message":"Forbidden","requestId":"1"}`),
		limited("X-Contentful-RateLimit-Reset: 1", `{"sys":{"type":"Error","id":"RateLimitExceeded"},"message":"You have exceeded the rate limit of the Organization this Space belongs to.","requestId":"1"}`, time.Second),
	}},
	{"algolia-admin-api-key", "https://www.algolia.com/doc/rest-api/search/#tag/Api-Keys/operation/getApiKey", "", "X-Algolia-Api-Key: SECRET", []documented{
		accepts("", `{"value":"made-up","createdAt":1656345570000,"acl":["search","addObject"],"validity":0,"description":""}`, "scopes search addObject, created 2022-06-27T15:59:30Z"),
		refuses("wrong, or of another application", 403, `{"message":"Invalid Application-ID or API key","status":403}`),
		narrow(403, `{"message":"Method not allowed with this API key","status":403}`),
		limited("", `{"message":"Too many requests","status":429}`, 0),
	}},
	{"mapbox-secret-access-token", "https://docs.mapbox.com/api/accounts/tokens/#retrieve-a-token", "", "", []documented{
		accepts("", `{"code":"TokenValid","token":{"usage":"sk","user":"mapbox-user","authorization":"ckt2d"}}`, "mapbox-user, account ckt2d"),
		rejects("wrong", 200, `{"code":"TokenInvalid"}`),
		rejects("revoked", 200, `{"code":"TokenRevoked"}`),
		rejects("expired", 200, `{"code":"TokenExpired"}`),
		narrow(403, `{"message":"Forbidden"}`),
		// https://docs.mapbox.com/api/guides/#rate-limits
		limited("X-Rate-Limit-Limit: 100\nX-Rate-Limit-Reset: 4102444800", `{"message":"Too Many Requests"}`, aMoment),
	}},
	{"spotify-access-token", "https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile", "GET /v1/me", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"display_name":"Ada","id":"ada","type":"user","uri":"spotify:user:ada","href":"https://api.spotify.com/v1/users/ada"}`, "Ada, account ada"),
		rejects("expired", 401, `{"error":{"status":401,"message":"The access token expired"}}`),
		rejects("wrong", 401, `{"error":{"status":401,"message":"Invalid access token"}}`),
		other("not a user's", 401, "", `{"error":{"status":401,"message":"Valid user authentication required"}}`),
		narrow(403, `{"error":{"status":403,"message":"Insufficient client scope"}}`),
		// https://developer.spotify.com/documentation/web-api/concepts/rate-limits
		limited("Retry-After: 5", `{"error":{"status":429,"message":"API rate limit exceeded"}}`, 5*time.Second),
	}},
	{"twitch-api-token", "https://dev.twitch.tv/docs/authentication/validate-tokens/", "GET /oauth2/validate", "Authorization: OAuth SECRET", []documented{
		accepts("", `{"client_id":"wbmytr93xzw8zbg0p1izqyzzc5mbiz","login":"twitchdev","scopes":["channel:read:subscriptions"],"user_id":"141981764","expires_in":5520838}`,
			"twitchdev, account 141981764, scopes channel:read:subscriptions"),
		rejects("wrong", 401, `{"status":401,"message":"invalid access token"}`),
		other("missing", 401, "", `{"status":401,"message":"missing authorization token"}`),
		narrow(403, `{"status":403,"message":"forbidden"}`),
		// https://dev.twitch.tv/docs/api/guide/#twitch-rate-limits
		limited("Ratelimit-Remaining: 0\nRatelimit-Reset: 4102444800", `{"error":"Too Many Requests","status":429,"message":"Too Many Requests"}`, aMoment),
	}},
}
