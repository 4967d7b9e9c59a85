package verify

import "time"

// Providers of language models and their kin.
var modelProviders = []provider{
	{"openai-api-key", "https://platform.openai.com/docs/guides/error-codes", "GET /v1/models", "Authorization: Bearer SECRET", []documented{
		accepts("OpenAI-Organization: acme", `{"object":"list","data":[{"id":"model-id-0","object":"model","created":1686935002,"owned_by":"openai"}]}`, "account acme"),
		rejects("wrong", 401, `{"error":{"message":"Incorrect API key provided: sk-****.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`),
		narrow(403, `{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read","type":"invalid_request_error","code":null}}`),
		other("not a member", 401, "", `{"error":{"message":"You must be a member of an organization to use the API","type":"invalid_request_error","code":null}}`),
		limited("x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 6m0s", `{"error":{"code":"rate_limit_exceeded"}}`, 6*time.Minute),
		limited("", `{"error":{"code":"insufficient_quota"}}`, 0),
	}},
	{"anthropic-api-key", "https://docs.anthropic.com/en/api/errors", "GET /v1/models?limit=1", "X-Api-Key: SECRET", []documented{
		accepts("anthropic-organization-id: org-1", `{"data":[{"type":"model","id":"model-1","display_name":"Model 1"}],"has_more":true,"first_id":"model-1","last_id":"model-1"}`, "account org-1"),
		rejects("wrong", 401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`),
		narrow(403, `{"type":"error","error":{"type":"permission_error","message":"..."}}`),
		limited("retry-after: 60", `{"type":"error","error":{"type":"rate_limit_error","message":"..."}}`, time.Minute),
		other("overloaded", 529, "", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`).trouble(),
	}},
	{"huggingface-user-token", "https://huggingface.co/docs/huggingface.js/main/hub/interfaces/AuthInfo", "GET /api/whoami-v2", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"type":"user","id":"62f2","name":"ada","fullname":"Ada","email":"ada@acme.test","orgs":[],"auth":{"type":"access_token","accessToken":{"displayName":"ci","role":"write","createdAt":"2024-01-02T03:04:05.000Z"},"expiresAt":"2030-01-01T00:00:00.000Z"}}`,
			"ada, account ada@acme.test, scopes write, created 2024-01-02T03:04:05Z, expires 2030-01-01T00:00:00Z"),
		rejects("wrong", 401, `{"error":"Invalid credentials in Authorization header"}`),
		rejects("deleted", 401, `{"error":"Invalid username or password."}`),
		narrow(403, `{"error":"This token does not have sufficient permissions"}`),
		// https://huggingface.co/docs/hub/rate-limits
		limited("RateLimit: \"api\";r=0;t=55\nRateLimit-Policy: \"fixed window\";\"api\";q=1000;w=300", `{"error":"We had to rate limit your IP"}`, 55*time.Second),
	}},
	{"cohere-api-token", "https://docs.cohere.com/reference/checkapikey", "POST /v1/check-api-key", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"valid":true,"organization_id":"org-1","owner_id":"own-1"}`, "own-1, account org-1"),
		// https://docs.cohere.com/reference/errors
		rejects("wrong", 401, `{"id":"1","message":"invalid api token"}`),
		other("not valid", 200, "", `{"valid":false}`),
		narrow(403, `{"id":"1","message":"Forbidden"}`),
		other("over its budget", 402, "", `{"id":"1","message":"Maximum billing reached for this API key as set in your dashboard"}`),
		limited("", `{"id":"1","message":"You are past the per minute request limit, please wait and try again later."}`, 0),
	}},
	{"mistral-api-key", "https://docs.mistral.ai/api/endpoint/models", "GET /v1/models", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"object":"list","data":[{"id":"mistral-small-latest","object":"model","owned_by":"mistralai"}]}`, ""),
		rejects("wrong", 401, `{"detail":"Unauthorized"}`),
		narrow(403, `{"object":"error","message":"You do not have access to this resource","type":"forbidden","code":null}`),
		limited("Retry-After: 1", `{"object":"error","message":"Requests rate limit exceeded","type":"rate_limited","code":"1300"}`, time.Second),
		other("no models", 200, "", `{"object":"list","data":[]}`),
	}},
	{"groq-api-key", "https://console.groq.com/docs/errors", "GET /openai/v1/models", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"object":"list","data":[{"id":"llama-3.3-70b-versatile","object":"model","created":1693721698,"owned_by":"Meta"}]}`, ""),
		rejects("wrong", 401, `{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}`),
		narrow(403, `{"error":{"message":"Access denied. Please check your network settings."}}`),
		// https://console.groq.com/docs/rate-limits
		limited("retry-after: 2\nx-ratelimit-reset-requests: 2m59.56s", `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`, 2*time.Second),
		other("flex capacity", 498, "", `{"error":{"message":"capacity exceeded"}}`),
	}},
	{"replicate-api-token", "https://replicate.com/docs/reference/http#account.get", "GET /v1/account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"type":"organization","username":"acme","name":"Acme Corp, Inc.","github_url":"https://github.com/acme"}`, "Acme Corp, Inc., account acme"),
		rejects("wrong", 401, `{"title":"Unauthenticated","detail":"You did not pass a valid authentication token","status":401}`),
		narrow(403, `{"title":"Forbidden","detail":"You do not have permission to perform this action","status":403}`),
		limited("Retry-After: 1", `{"detail":"Request was throttled. Expected available in 1 second.","status":429}`, time.Second),
	}},
	{"openrouter-api-key", "https://openrouter.ai/docs/api-reference/api-keys/get-current-key", "GET /api/v1/key", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"data":{"label":"sk-or-v1-0e6...1c96","usage":25.5,"limit":100,"is_free_tier":false,"expires_at":"2030-01-01T00:00:00Z"}}`, "account sk-or-v1-0e6...1c96, expires 2030-01-01T00:00:00Z"),
		// https://openrouter.ai/docs/api-reference/errors
		rejects("wrong", 401, `{"error":{"code":401,"message":"User not found."}}`),
		narrow(403, `{"error":{"code":403,"message":"Only management keys can perform this operation"}}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800000", `{"error":{"code":429,"message":"Rate limit exceeded"}}`, aMoment),
	}},
	{"elevenlabs-api-key", "https://elevenlabs.io/docs/developer-guides/error-messages", "GET /v1/user", "Xi-Api-Key: SECRET", []documented{
		accepts("", `{"user_id":"1","first_name":"Ada","subscription":{"tier":"creator","character_count":1,"character_limit":100},"is_new_user":false}`, "Ada, account 1"),
		rejects("wrong", 401, `{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}`),
		narrow(401, `{"detail":{"status":"missing_permissions","message":"The API key you used is missing the permission user_read to execute this operation."}}`),
		other("out of characters", 401, "", `{"detail":{"status":"quota_exceeded","message":"This request exceeds your quota."}}`),
		limited("", `{"detail":{"status":"too_many_concurrent_requests","message":"Too many concurrent requests."}}`, 0),
	}},
}
