package verify

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// How providers answer, as their documentation describes it; the made-up values are
// ours. Each is asked with the request line and the header that it documents.

// documented is one answer of a provider.
type documented struct {
	name   string
	status int
	header string // "Name: value", several by "\n"
	body   string
	want   detector.State
	failed bool
	owner  string // of the identity, where it is told
}

var providers = []struct {
	rule    string
	docs    string
	request string // method and path with query
	sends   string // a header, with SECRET for the credential
	answers []documented
}{
	{
		"github-pat-classic", "https://docs.github.com/en/rest/users/users#get-the-authenticated-user", "GET /user", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "X-OAuth-Scopes: repo, read:org", `{"login":"octocat","id":1,"type":"User","site_admin":false,"two_factor_authentication":true}`, detector.Live, false, "octocat"},
			{"revoked", 401, "", `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`, detector.Dead, false, ""},
			{"login needed", 401, "", `{"message":"Requires authentication","documentation_url":"https://docs.github.com/rest","status":"401"}`, detector.Unknown, false, ""},
			{"primary limit", 403, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"message":"API rate limit exceeded for user ID 1."}`, detector.Unknown, true, ""},
			{"secondary limit", 403, "Retry-After: 3600", `{"message":"You have exceeded a secondary rate limit."}`, detector.Unknown, true, ""},
			{"suspended", 403, "", `{"message":"Sorry. Your account was suspended.","status":"403"}`, detector.Unknown, false, ""},
		},
	},
	{
		"github-app-installation-token", "https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation",
		"GET /installation/repositories?per_page=1", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"total_count":1,"repositories":[{"id":1296269,"name":"Hello-World","owner":{"login":"octo-org"}}]}`, detector.Live, false, ""},
			{"no repositories", 200, "", `{"total_count":0,"repositories":[]}`, detector.Live, false, ""},
			{"expired", 401, "", `{"message":"Bad credentials","status":"401"}`, detector.Dead, false, ""},
		},
	},
	{
		"gitlab-pat", "https://docs.gitlab.com/api/personal_access_tokens/#self-inform", "GET /api/v4/personal_access_tokens/self", "PRIVATE-TOKEN: SECRET",
		[]documented{
			{"live", 200, "", `{"id":4,"name":"ci","revoked":false,"created_at":"2020-07-23T14:31:47.729Z","scopes":["api"],"user_id":3,"last_used_at":"2021-10-06T17:58:37.550Z","active":true,"expires_at":null}`, detector.Live, false, "3"},
			{"inactive", 200, "", `{"id":4,"name":"ci","revoked":true,"user_id":3,"active":false}`, detector.Dead, false, ""},
			{"revoked", 401, "", `{"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."}`, detector.Dead, false, ""},
			{"wrong", 401, "", `{"message":"401 Unauthorized"}`, detector.Unknown, false, ""},
		},
	},
	{
		"slack-bot-token", "https://docs.slack.dev/reference/methods/auth.test", "POST /api/auth.test", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "X-OAuth-Scopes: chat:write", `{"ok":true,"url":"https://subarachnoid.slack.com/","team":"Subarachnoid Workspace","user":"bot","team_id":"T0G9PQBBK","user_id":"W23456789","bot_id":"BZYBOTHED"}`, detector.Live, false, "bot"},
			{"wrong", 200, "", `{"ok":false,"error":"invalid_auth"}`, detector.Dead, false, ""},
			{"revoked", 200, "", `{"ok":false,"error":"token_revoked"}`, detector.Dead, false, ""},
			{"not from here", 200, "", `{"ok":false,"error":"team_access_not_granted"}`, detector.Unknown, false, ""},
			{"limited", 429, "Retry-After: 3600", `{"ok":false,"error":"ratelimited"}`, detector.Unknown, true, ""},
			{"trouble", 200, "", `{"ok":false,"error":"internal_error"}`, detector.Unknown, false, ""},
		},
	},
	{
		"slack-webhook", "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors", "", "",
		[]documented{
			{"live", 400, "Content-Type: text/html", "no_text", detector.Live, false, ""},
			{"gone", 404, "Content-Type: text/html", "no_service", detector.Dead, false, ""},
			{"wrong", 403, "Content-Type: text/html", "invalid_token", detector.Dead, false, ""},
			{"archived channel", 410, "Content-Type: text/html", "channel_is_archived", detector.Unknown, false, ""},
		},
	},
	{
		"stripe-secret-key", "https://docs.stripe.com/api/errors", "GET /v1/account", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"id":"acct_1032D82eZvKYlo2C","object":"account","email":"site@stripe.com","created":1385798567}`, detector.Live, false, "site@stripe.com"},
			{"restricted", 403, "", `{"error":{"message":"The provided key does not have the required permissions for this endpoint on account 'acct_1'.","type":"invalid_request_error"}}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"error":{"message":"Invalid API Key provided: sk_live_****","type":"invalid_request_error"}}`, detector.Dead, false, ""},
			{"expired", 401, "", `{"error":{"code":"api_key_expired","message":"Expired API Key provided","type":"invalid_request_error"}}`, detector.Dead, false, ""},
			{"limited", 429, "", `{"error":{"code":"rate_limit","type":"invalid_request_error"}}`, detector.Unknown, true, ""},
		},
	},
	{
		"openai-api-key", "https://platform.openai.com/docs/guides/error-codes", "GET /v1/models", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "OpenAI-Organization: acme", `{"object":"list","data":[{"id":"model-id-0","object":"model","created":1686935002,"owned_by":"openai"}]}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"error":{"message":"Incorrect API key provided: sk-****.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, detector.Dead, false, ""},
			{"narrow", 403, "", `{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.model.read","type":"invalid_request_error","code":null}}`, detector.Unknown, false, ""},
			{"no quota", 429, "", `{"error":{"code":"insufficient_quota"}}`, detector.Unknown, true, ""},
		},
	},
	{
		"anthropic-api-key", "https://docs.anthropic.com/en/api/errors", "GET /v1/models?limit=1", "X-Api-Key: SECRET",
		[]documented{
			{"live", 200, "anthropic-organization-id: org-1", `{"data":[{"type":"model","id":"model-1","display_name":"Model 1"}],"has_more":true,"first_id":"model-1","last_id":"model-1"}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`, detector.Dead, false, ""},
			{"not allowed", 403, "", `{"type":"error","error":{"type":"permission_error","message":"..."}}`, detector.Unknown, false, ""},
			{"overloaded", 529, "", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, detector.Unknown, true, ""},
		},
	},
	{
		"huggingface-user-token", "https://huggingface.co/docs/hub/api#get-apiwhoami-v2", "GET /api/whoami-v2", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"type":"user","id":"1","name":"octocat","auth":{"type":"access_token","accessToken":{"displayName":"ci","role":"write","createdAt":"2024-01-02T03:04:05.000Z"}}}`, detector.Live, false, "octocat"},
			{"wrong", 401, "", `{"error":"Invalid credentials in Authorization header"}`, detector.Dead, false, ""},
			{"another way in", 200, "", `{"type":"user","name":"octocat","auth":{"type":"cookie"}}`, detector.Unknown, false, ""},
		},
	},
	{
		"sendgrid-api-key", "https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions", "GET /v3/scopes", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"scopes":["mail.send","alerts.read"]}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"errors":[{"field":null,"message":"The provided authorization grant is invalid, expired, or revoked"}]}`, detector.Dead, false, ""},
			{"from another address", 403, "", `{"errors":[{"field":null,"message":"access forbidden"}]}`, detector.Unknown, false, ""},
		},
	},
	{
		"twilio-auth-token", "https://www.twilio.com/docs/iam/api/account#fetch-an-account-resource", "", "",
		[]documented{
			{"live", 200, "", `{"sid":"AC1","owner_account_sid":"AC1","friendly_name":"acme","status":"active","date_created":"Thu, 30 Jul 2015 20:00:00 +0000","type":"Full"}`, detector.Live, false, "acme"},
			{"limited", 429, "", `{"code":20429,"message":"Too Many Requests","status":429}`, detector.Unknown, true, ""},
		},
	},
	{
		"digitalocean-personal-access-token", "https://docs.digitalocean.com/reference/api/digitalocean/#tag/Account", "GET /v2/account", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"account":{"droplet_limit":25,"email":"sammy@digitalocean.com","uuid":"b6fr89dbf6d9156cace5f3c78dc9851d957381ef","email_verified":true,"status":"active","team":{"name":"My Team"}}}`, detector.Live, false, "sammy@digitalocean.com"},
			{"wrong", 401, "", `{"id":"unauthorized","message":"Unable to authenticate you."}`, detector.Dead, false, ""},
			{"narrow", 403, "", `{"id":"forbidden","message":"You are not authorized to perform this operation"}`, detector.Unknown, false, ""},
			{"limited", 429, "", `{"id":"too_many_requests","message":"API Rate limit exceeded."}`, detector.Unknown, true, ""},
		},
	},
	{
		"cloudflare-user-api-token", "https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/",
		"GET /client/v4/user/tokens/verify", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"success":true,"errors":[],"messages":[],"result":{"id":"ed17574386854bf78a67040be0a770b0","status":"active","expires_on":"2030-01-01T00:00:00Z"}}`, detector.Live, false, ""},
			{"disabled", 200, "", `{"success":true,"errors":[],"messages":[],"result":{"id":"ed17574386854bf78a67040be0a770b0","status":"disabled"}}`, detector.Dead, false, ""},
			{"wrong", 401, "", `{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}],"messages":[],"result":null}`, detector.Dead, false, ""},
			{"of an account", 400, "", `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}],"result":null}`, detector.Unknown, false, ""},
		},
	},
	{
		"heroku-api-key", "https://devcenter.heroku.com/articles/platform-api-reference#account", "GET /account", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"id":"01234567-89ab-cdef-0123-456789abcdef","email":"username@example.com","verified":false}`, detector.Live, false, "username@example.com"},
			{"wrong", 401, "", `{"id":"unauthorized","message":"Invalid credentials provided."}`, detector.Dead, false, ""},
			{"limited", 429, "", `{"id":"rate_limit","message":"Your account reached the API rate limit"}`, detector.Unknown, true, ""},
		},
	},
	{
		"discord-webhook", "https://discord.com/developers/docs/resources/webhook#get-webhook-with-token", "", "",
		[]documented{
			{"live", 200, "", `{"name":"test webhook","type":1,"channel_id":"199737254929760256","token":"made-up","avatar":null,"guild_id":"199737254929760256","id":"223704706495545344"}`, detector.Live, false, "test webhook"},
			{"gone", 404, "", `{"message":"Unknown Webhook","code":10015}`, detector.Dead, false, ""},
			{"wrong", 401, "", `{"message":"Invalid Webhook Token","code":50027}`, detector.Dead, false, ""},
			{"limited", 429, "", `{"message":"You are being rate limited.","retry_after":64.57,"global":false}`, detector.Unknown, true, ""},
		},
	},
	{
		"discord-bot-token", "https://discord.com/developers/docs/resources/user#get-current-user", "GET /api/v10/users/@me", "Authorization: Bot SECRET",
		[]documented{
			{"live", 200, "", `{"id":"80351110224678912","username":"Nelly","discriminator":"1337","bot":true}`, detector.Live, false, "Nelly"},
			{"wrong", 401, "", `{"message":"401: Unauthorized","code":0}`, detector.Dead, false, ""},
		},
	},
	{
		"telegram-bot-token", "https://core.telegram.org/bots/api#getme", "", "",
		[]documented{
			{"live", 200, "", `{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Test","username":"TestBot"}}`, detector.Live, false, "TestBot"},
			{"wrong", 401, "", `{"ok":false,"error_code":401,"description":"Unauthorized"}`, detector.Dead, false, ""},
			{"of the wrong form", 404, "", `{"ok":false,"error_code":404,"description":"Not Found"}`, detector.Unknown, false, ""},
			{"limited", 429, "", `{"ok":false,"error_code":429,"parameters":{"retry_after":3}}`, detector.Unknown, true, ""},
		},
	},
	{
		"notion-api-token", "https://developers.notion.com/reference/get-self", "GET /v1/users/me", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"object":"user","id":"16d84278","type":"bot","name":"Doug","bot":{"owner":{"type":"user","user":{"person":{"email":"ada@acme.test"}}},"workspace_name":"Ada's"}}`, detector.Live, false, "ada@acme.test"},
			{"wrong", 401, "", `{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}`, detector.Dead, false, ""},
			{"limited", 429, "Retry-After: 3600", `{"object":"error","status":429,"code":"rate_limited"}`, detector.Unknown, true, ""},
		},
	},
	{
		"linear-api-key", "https://linear.app/developers/graphql", "POST /graphql", "Authorization: SECRET",
		[]documented{
			{"live", 200, "", `{"data":{"viewer":{"id":"1","email":"ada@acme.test"},"organization":{"urlKey":"acme"}}}`, detector.Live, false, "ada@acme.test"},
			{"wrong", 400, "", `{"errors":[{"message":"Authentication required, not authenticated","extensions":{"type":"authentication error","code":"AUTHENTICATION_ERROR"}}]}`, detector.Dead, false, ""},
			{"limited", 400, "", `{"errors":[{"message":"Rate limit exceeded","extensions":{"code":"RATELIMITED"}}]}`, detector.Unknown, false, ""},
		},
	},
	{
		"figma-personal-access-token", "https://developers.figma.com/docs/rest-api/users-endpoints/", "GET /v1/me", "X-Figma-Token: SECRET",
		[]documented{
			{"live", 200, "", `{"id":"2644937896","handle":"John Doe","img_url":"https://www.example.com/i","email":"john@example.com"}`, detector.Live, false, "john@example.com"},
			{"wrong", 403, "", `{"status":403,"err":"Invalid token"}`, detector.Dead, false, ""},
			{"narrow", 403, "", `{"error":true,"status":403,"message":"Invalid scope(s): file_content:read. This endpoint requires the current_user:read scope"}`, detector.Unknown, false, ""},
		},
	},
	{
		"dropbox-access-token", "https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account",
		"POST /2/users/get_current_account", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"account_id":"dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc","name":{"display_name":"Franz"},"email":"franz@dropbox.com"}`, detector.Live, false, "franz@dropbox.com"},
			{"expired", 401, "", `{"error_summary":"expired_access_token/...","error":{".tag":"expired_access_token"}}`, detector.Dead, false, ""},
			{"narrow", 401, "", `{"error_summary":"missing_scope/...","error":{".tag":"missing_scope","required_scope":"account_info.read"}}`, detector.Unknown, false, ""},
		},
	},
	{
		"google-api-key", "https://docs.cloud.google.com/docs/authentication/api-keys", "GET /v1beta/models?pageSize=1", "X-Goog-Api-Key: SECRET",
		[]documented{
			{"live", 200, "", `{"models":[{"name":"models/one"}],"nextPageToken":"x"}`, detector.Live, false, ""},
			{"for other services", 403, "", `{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"API_KEY_SERVICE_BLOCKED"}]}}`, detector.Live, false, ""},
			{"wrong", 400, "", `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}`, detector.Dead, false, ""},
			{"suspended", 403, "", `{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"CONSUMER_SUSPENDED"}]}}`, detector.Unknown, false, ""},
		},
	},
	{
		"google-oauth-access-token", "https://developers.google.com/identity/sign-in/web/backend-auth", "", "",
		[]documented{
			{"live", 200, "", `{"azp":"1.apps.googleusercontent.com","aud":"1.apps.googleusercontent.com","scope":"openid email","exp":"1767225600","expires_in":"3599","email":"ada@acme.test"}`, detector.Live, false, "ada@acme.test"},
			{"wrong", 400, "", `{"error":"invalid_token","error_description":"Invalid Value"}`, detector.Dead, false, ""},
		},
	},
	{
		"azure-entra-client-secret", "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes", "", "",
		[]documented{
			{"live", 200, "", `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"made-up"}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`, detector.Dead, false, ""},
			{"expired", 401, "", `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}`, detector.Dead, false, ""},
			{"another tenant", 400, "", `{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found in the directory."}`, detector.Unknown, false, ""},
		},
	},
	{
		"datadog-api-key", "https://docs.datadoghq.com/api/latest/authentication/#validate-api-key", "GET /api/v1/validate", "DD-API-KEY: SECRET",
		[]documented{
			{"live", 200, "", `{"valid":true}`, detector.Live, false, ""},
			{"wrong here", 403, "", `{"status":"error","code":403,"errors":["Forbidden"],"statuspage":"http://status.datadoghq.com"}`, detector.Unknown, false, ""},
			{"odd", 200, "", `{"valid":false}`, detector.Unknown, false, ""},
		},
	},
	{
		"sentry-organization-token", "https://docs.sentry.io/api/auth/", "GET /api/0/", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"version":"0","auth":{"scopes":["org:ci"]},"user":null}`, detector.Live, false, ""},
			{"not looked at", 200, "", `{"version":"0","auth":null,"user":null}`, detector.Unknown, false, ""},
			{"wrong", 401, "", `{"detail":"Invalid token"}`, detector.Unknown, false, ""},
		},
	},
	{
		"fastly-api-token", "https://www.fastly.com/documentation/reference/api/auth-tokens/user/", "GET /tokens/self", "Fastly-Key: SECRET",
		[]documented{
			{"live", 200, "", `{"id":"5Yo3XXnrQpjc20u0ybrf2g","user_id":"4y5K5trZocEAQYkesWlk7M","customer_id":"x4xCwxxJxGCx123Rx5xTx","scope":"global","created_at":"2016-06-22T03:19:48Z","last_used_at":"2016-06-22T03:19:48Z","expires_at":null}`, detector.Live, false, "4y5K5trZocEAQYkesWlk7M"},
			{"wrong", 401, "", `{"msg":"Provided credentials are missing or invalid"}`, detector.Dead, false, ""},
		},
	},
	{
		"vercel-personal-access-token", "https://vercel.com/docs/rest-api/reference/errors", "GET /v2/user", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"user":{"id":"AEIIDYVk59zbFF2Sxfyxxmua","email":"me@example.com","username":"jane-doe"}}`, detector.Live, false, "me@example.com"},
			{"wrong", 403, "", `{"error":{"code":"forbidden","message":"Not authorized","invalidToken":true}}`, detector.Dead, false, ""},
			{"not allowed", 403, "", `{"error":{"code":"forbidden","message":"Not authorized"}}`, detector.Unknown, false, ""},
		},
	},
	{
		"postmark-account-token", "https://postmarkapp.com/developer/api/overview#error-codes", "", "X-Postmark-Account-Token: SECRET",
		[]documented{
			{"live", 200, "", `{"TotalCount":1,"Servers":[{"ID":1,"Name":"Staging"}]}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"ErrorCode":10,"Message":"No Account or Server API tokens were supplied in the HTTP headers."}`, detector.Dead, false, ""},
		},
	},
	{
		"airtable-personal-access-token", "https://airtable.com/developers/web/api/get-user-id-scopes", "GET /v0/meta/whoami", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"id":"usrL2PNC5o3H4lBEi","scopes":["data.records:read"]}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"error":{"type":"AUTHENTICATION_REQUIRED","message":"Authentication required"}}`, detector.Dead, false, ""},
		},
	},
	{
		"docker-hub-pat", "https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api", "POST /v2/auth/token", "Content-Type: application/json",
		[]documented{
			{"live", 200, "", `{"access_token":"made-up"}`, detector.Live, false, ""},
			{"wrong", 401, "", `{"detail":"Incorrect authentication credentials"}`, detector.Dead, false, ""},
			{"limited", 429, "", `{"detail":"Rate limit exceeded"}`, detector.Unknown, true, ""},
		},
	},
	{
		"doppler-personal-token", "https://docs.doppler.com/reference/auth-me", "GET /v3/me", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `{"workplace":{"name":"Acme","slug":"acme"},"type":"personal","token_preview":"dp.pt...abc","slug":"1","created_at":"2023-03-01T00:00:00.000Z","name":"laptop","last_seen_at":"2023-03-02T00:00:00.000Z"}`, detector.Live, false, "laptop"},
			{"wrong", 401, "", `{"messages":["Invalid Auth token"],"success":false}`, detector.Dead, false, ""},
		},
	},
	{
		"supabase-access-token", "https://supabase.com/docs/reference/api/v1-list-all-organizations", "GET /v1/organizations", "Authorization: Bearer SECRET",
		[]documented{
			{"live", 200, "", `[{"id":"abc","name":"Acme"}]`, detector.Live, false, ""},
			{"no organisations", 200, "", `[]`, detector.Unknown, false, ""},
			{"wrong", 401, "", `{"message":"Unauthorized"}`, detector.Dead, false, ""},
		},
	},
}

func TestProviders(t *testing.T) {
	for _, p := range providers {
		rule := byID(t, p.rule)
		for _, a := range p.answers {
			f := madeUp(t, rule)
			var line, sent string
			answer := func(w http.ResponseWriter, req *http.Request) {
				line = req.Method + " " + req.URL.RequestURI()
				name, _, _ := strings.Cut(p.sends, ":")
				sent = req.Header.Get(name)
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				for h := range strings.SplitSeq(a.header, "\n") {
					if name, value, ok := strings.Cut(h, ": "); ok {
						w.Header().Set(name, value)
					}
				}
				w.WriteHeader(a.status)
				w.Write([]byte(a.body))
			}
			got := scene(t, []*rules.Rule{rule}, Options{transport: inMemory{}}, same(answer))[rule.ID]
			if got.State != a.want || got.Failed != a.failed || got.Identity.Owner != a.owner {
				t.Errorf("%s: %s: %s, failed %t, owner %q: %s (%s)", p.rule, a.name, got.State, got.Failed, got.Identity.Owner, got.Reason, p.docs)
			}
			if p.request != "" && line != p.request {
				t.Errorf("%s: the request is %s, documented is %s", p.rule, line, p.request)
			}
			if _, value, ok := strings.Cut(p.sends, ": "); ok && sent != strings.ReplaceAll(value, "SECRET", f.Secret.Reveal()) {
				t.Errorf("%s: the header is not %s", p.rule, p.sends)
			}
		}
	}
}
