package verify

import "time"

// Providers that keep code, build it, check it, and keep what it needs.
var codeProviders = []provider{
	{"github-pat-classic", "https://docs.github.com/en/rest/users/users#get-the-authenticated-user", "GET /user", "Authorization: Bearer SECRET", []documented{
		accepts("X-OAuth-Scopes: repo, read:org\nGitHub-Authentication-Token-Expiration: 2030-01-02 03:04:05 UTC", `{"login":"octocat","id":1,"type":"User","site_admin":false}`,
			"octocat, account 1, scopes repo read:org, expires 2030-01-02T03:04:05Z"),
		rejects("revoked", 401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`),
		other("login needed", 401, "", `{"message":"Requires authentication","documentation_url":"https://docs.github.com/rest","status":"401"}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"message":"API rate limit exceeded for user ID 1."}`, aMoment).as(403),
		limited("Retry-After: 3600", `{"message":"You have exceeded a secondary rate limit."}`, time.Hour).as(403),
		narrow(403, `{"message":"Resource protected by organization SAML enforcement.","status":"403"}`),
		other("suspended", 403, "", `{"message":"Sorry. Your account was suspended.","status":"403"}`),
	}},
	{"github-app-installation-token", "https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation",
		"GET /installation/repositories?per_page=1", "Authorization: Bearer SECRET", []documented{
			accepts("", `{"total_count":1,"repositories":[{"id":1296269,"name":"Hello-World","owner":{"login":"octo-org"}}]}`, "account octo-org"),
			accepts("", `{"total_count":0,"repositories":[]}`, ""),
			rejects("expired", 401, `{"message":"Bad credentials","status":"401"}`),
		}},
	{"gitlab-pat", "https://docs.gitlab.com/api/personal_access_tokens/#self-inform", "GET /api/v4/personal_access_tokens/self", "PRIVATE-TOKEN: SECRET", []documented{
		accepts("", `{"id":4,"name":"ci","revoked":false,"created_at":"2020-07-23T14:31:47.729Z","scopes":["api"],"user_id":3,"last_used_at":"2021-10-06T17:58:37.550Z","active":true,"expires_at":"2030-01-01"}`,
			"3, account ci, scopes api, created 2020-07-23T14:31:47Z, expires 2030-01-01, used 2021-10-06T17:58:37Z"),
		rejects("inactive", 200, `{"id":4,"name":"ci","revoked":true,"user_id":3,"active":false}`),
		rejects("revoked", 401, `{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}`),
		refuses("of another GitLab, or wrong", 401, `{"message":"401 Unauthorized"}`),
		narrow(403, `{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}`),
		// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
		limited("Content-Type: text/plain\nRetry-After: 30\nRateLimit-Reset: 4102444800", "Retry later\n", 30*time.Second),
	}},
	{"bitbucket-app-password", "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/#api-user-get", "GET /2.0/user", "", []documented{
		accepts("X-OAuth-Scopes: account, repository", `{"type":"user","username":"ada","display_name":"Ada","account_id":"557058:1","uuid":"{1}"}`, "Ada, account ada, scopes account repository"),
		refuses("wrong", 401, ``),
		proves(kindNarrow, 403, "", `{"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.","detail":{"granted":["repository"],"required":["account"]}}}`),
		// https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
		limited("Content-Type: text/plain", "Rate limit for this resource has been exceeded", 0),
	}},
	{"docker-hub-pat", "https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api", "POST /v2/auth/token", "Content-Type: application/json", []documented{
		accepts("", `{"access_token":"made-up"}`, ""),
		rejects("wrong", 401, `{"detail":"Incorrect authentication credentials"}`),
		narrow(403, `{"detail":"access to the resource is forbidden"}`),
		limited("X-RateLimit-Remaining: 0\nX-Retry-After: 4102444800", `{"detail":"Rate limit exceeded","error":false}`, aMoment),
	}},
	{"npm-access-token", "https://github.com/npm/registry/blob/main/docs/user/authentication.md", "", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"username":"ada"}`, "ada"),
		refuses("of another registry, or wrong", 401, `{"error":"Unauthorized"}`),
		narrow(403, `{"error":"Forbidden"}`),
		limited("Retry-After: 60", `{"error":"Too Many Requests"}`, time.Minute),
		other("a registry that knows nobody", 200, "", `{"username":null}`),
	}},
	{"circleci-api-personal-access-token", "https://circleci.com/docs/api/v2/#tag/User/operation/getCurrentUser", "GET /api/v2/me", "Circle-Token: SECRET", []documented{
		accepts("", `{"id":"b9291e0d-a11e-41fb-8517-c545388b5953","login":"ada","name":"Ada"}`, "ada, account b9291e0d-a11e-41fb-8517-c545388b5953"),
		rejects("wrong", 401, `{"message":"You must log in first."}`),
		narrow(403, `{"message":"Permission denied"}`),
		// https://circleci.com/docs/api-developers-guide/#rate-limits
		limited("Retry-After: 20", `{"message":"Rate limit exceeded"}`, 20*time.Second),
	}},
	{"buildkite-user-access-token", "https://buildkite.com/docs/apis/rest-api/access-token", "GET /v2/access-token", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"uuid":"b63254c0-3271-4a98-8270-7cfbd6c2f14e","scopes":["read_build"],"description":"laptop","created_at":"2025-07-16 06:07:42 UTC","expires_at":"2030-07-23 06:07:42 UTC","user":{"email":"ada@acme.test","name":"Ada"}}`,
			"ada@acme.test, account b63254c0-3271-4a98-8270-7cfbd6c2f14e, scopes read_build, created 2025-07-16T06:07:42Z, expires 2030-07-23T06:07:42Z"),
		rejects("revoked", 401, `{"message":"Authentication required. Please supply a valid API Access Token."}`),
		narrow(403, `{"message":"Your token is not allowed from this IP address"}`),
		// https://buildkite.com/docs/apis/rest-api#rate-limits: seconds
		limited("RateLimit-Remaining: 0\nRateLimit-Reset: 42", `{"message":"You have exceeded your API rate limit."}`, 42*time.Second),
	}},
	{"sonarcloud-api-token", "https://sonarcloud.io/web_api/api/authentication", "GET /api/authentication/validate", "", []documented{
		accepts("", `{"valid":true}`, ""),
		rejects("wrong", 200, `{"valid":false}`),
		narrow(403, `{"errors":[{"msg":"Insufficient privileges"}]}`),
		limited("", `{"errors":[{"msg":"Too many requests"}]}`, 0),
		other("a page of the site", 200, "Content-Type: text/html", `<html><body>valid</body></html>`),
	}},
	{"codecov-access-token", "https://docs.codecov.com/reference/repos_list", "GET /api/v2/github/", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"count":1,"next":null,"previous":null,"results":[{"service":"github","username":"acme","name":"Acme"}],"total_pages":1}`, ""),
		refuses("wrong", 401, `{"detail":"Invalid token."}`),
		narrow(403, `{"detail":"You do not have permission to perform this action."}`),
		limited("Retry-After: 10", `{"detail":"Request was throttled. Expected available in 10 seconds."}`, 10*time.Second),
	}},
	// Tokens of the other regions are refused here: https://docs.snyk.io/working-with-snyk/regional-hosting-and-data-residency
	{"snyk-api-token", "https://docs.snyk.io/snyk-api/reference/users", "GET /rest/self?version=2024-10-15", "Authorization: token SECRET", []documented{
		accepts("Content-Type: application/vnd.api+json", `{"jsonapi":{"version":"1.0"},"data":{"id":"55a348e2-c3ad-4bbc-b40e-9b232d1f4121","type":"user","attributes":{"name":"Ada","username":"ada","email":"ada@acme.test","default_org_context":"x"}}}`,
			"ada@acme.test, account 55a348e2-c3ad-4bbc-b40e-9b232d1f4121"),
		refuses("wrong, or of another region", 401, `{"jsonapi":{"version":"1.0"},"errors":[{"status":"401","detail":"Unauthorized"}]}`),
		narrow(403, `{"jsonapi":{"version":"1.0"},"errors":[{"status":"403","detail":"Permission denied for this resource"}]}`),
		limited("Retry-After: 60", `{"jsonapi":{"version":"1.0"},"errors":[{"status":"429","detail":"Too many requests"}]}`, time.Minute),
	}},
	{"launchdarkly-access-token", "https://launchdarkly.com/docs/api/other/get-caller-identity", "GET /api/v2/caller-identity", "Authorization: SECRET", []documented{
		accepts("", `{"accountId":"acc","tokenId":"5c3c","tokenName":"ci","tokenKind":"auth","memberId":"m1","scopes":["reader"],"serviceToken":false}`, "ci, account acc, scopes reader"),
		rejects("wrong", 401, `{"code":"unauthorized","message":"Invalid access token"}`),
		narrow(403, `{"code":"forbidden","message":"Forbidden. Access to the requested resource was denied."}`),
		// https://launchdarkly.com/docs/api#rate-limiting: milliseconds
		limited("X-Ratelimit-Global-Remaining: 0\nX-Ratelimit-Reset: 4102444800000", `{"code":"rate_limited","message":"You've exceeded the API rate limit. Try again later."}`, aMoment),
	}},
	{"postman-api-token", "https://www.postman.com/postman/postman-public-workspace/documentation/i2uqzpp/postman-api", "GET /me", "X-Api-Key: SECRET", []documented{
		accepts("", `{"user":{"id":12345,"username":"ada","email":"ada@acme.test","fullName":"Ada","teamId":1},"operations":[{"name":"api_usage","limit":1000000,"usage":18}]}`, "ada@acme.test, account ada"),
		rejects("wrong", 401, `{"error":{"name":"AuthenticationError","message":"Invalid API Key. Every request requires a valid API Key to be sent."}}`),
		narrow(403, `{"error":{"name":"forbiddenError","message":"You do not have enough permissions to perform this action."}}`),
		limited("Retry-After: 12", `{"error":"rateLimited","message":"Rate limit exceeded. Please retry after some time."}`, 12*time.Second),
	}},
	// Terraform Enterprise makes tokens of the same form, which are refused here.
	{"terraform-api-token", "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/account", "GET /api/v2/account/details", "Authorization: Bearer SECRET", []documented{
		accepts("Content-Type: application/vnd.api+json", `{"data":{"id":"user-V3R563qtJNcExAkN","type":"users","attributes":{"username":"admin","is-service-account":false,"email":"admin@acme.test"}}}`,
			"admin, account user-V3R563qtJNcExAkN"),
		refuses("wrong, or of another installation", 401, `{"errors":[{"status":"401","title":"unauthorized"}]}`),
		narrow(404, `{"errors":[{"status":"404","title":"not found"}]}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 0.5", `{"errors":[{"detail":"You have exceeded the API's rate limit.","status":"429","title":"Too many requests"}]}`, 500*time.Millisecond),
	}},
	{"vault-batch-token", "https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self", "GET /v1/auth/token/lookup-self", "X-Vault-Token: SECRET", []documented{
		accepts("", `{"data":{"accessor":"","creation_time":1523979354,"display_name":"ldap2-tesla","expire_time":"2030-05-19T11:35:54.466476215-04:00","issue_time":"2018-04-17T11:35:54.466476078-04:00","policies":["default","testgroup2-policy"],"type":"batch"}}`,
			"ldap2-tesla, scopes default testgroup2-policy, created 2018-04-17T15:35:54Z, expires 2030-05-19T15:35:54Z"),
		refuses("wrong, or without the default policy", 403, `{"errors":["permission denied"]}`),
		narrow(403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`),
		// https://developer.hashicorp.com/vault/docs/concepts/resource-quotas
		limited("Retry-After: 4", `{"errors":["request path \"auth/token/lookup-self\": rate limit quota exceeded"]}`, 4*time.Second),
		other("sealed", 503, "", `{"errors":["Vault is sealed"]}`).trouble(),
	}},
	{"pulumi-access-token", "https://www.pulumi.com/docs/reference/cloud-rest-api/users/", "GET /api/user", "Authorization: token SECRET", []documented{
		accepts("", `{"id":"1","githubLogin":"ada","name":"Ada","email":"ada@acme.test","organizations":[]}`, "ada, account Ada"),
		refuses("wrong", 401, `{"code":401,"message":"Unauthorized: No credentials provided or are invalid."}`),
		narrow(403, `{"code":403,"message":"Forbidden"}`),
		limited("Retry-After: 3", `{"code":429,"message":"Too Many Requests"}`, 3*time.Second),
	}},
	{"doppler-personal-token", "https://docs.doppler.com/reference/auth-me", "GET /v3/me", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"workplace":{"name":"Acme","slug":"acme"},"type":"personal","token_preview":"dp.pt...abc","slug":"1","created_at":"2023-03-01T00:00:00.000Z","name":"laptop","last_seen_at":"2023-03-02T00:00:00.000Z"}`,
			"laptop, account Acme, created 2023-03-01T00:00:00Z, used 2023-03-02T00:00:00Z"),
		rejects("wrong", 401, `{"messages":["Invalid Auth token"],"success":false}`),
		narrow(403, `{"messages":["This token does not have access to the requested resource"],"success":false}`),
		// https://docs.doppler.com/reference/rate-limits
		limited("Retry-After: 8", `{"messages":["You have exceeded the API rate limit"],"success":false}`, 8*time.Second),
	}},
	// Of the old and the new of an application's two secrets each works.
	{"azure-entra-client-secret", "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes", "", "", []documented{
		accepts("", `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"made-up"}`, ""),
		rejects("wrong", 401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`),
		rejects("expired", 401, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}`),
		narrow(400, `{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","error_codes":[53003]}`),
		other("another tenant", 400, "", `{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found in the directory."}`),
		limited("Retry-After: 30", `{"error":"temporarily_unavailable","error_description":"AADSTS90055: Tenant throttled."}`, 30*time.Second),
	}},
}
