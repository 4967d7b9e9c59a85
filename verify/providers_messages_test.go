package verify

import "time"

// Providers that carry messages, and those that take payments.
var messageProviders = []provider{
	{"slack-bot-token", "https://docs.slack.dev/reference/methods/auth.test", "POST /api/auth.test", "Authorization: Bearer SECRET", []documented{
		accepts("X-OAuth-Scopes: chat:write", `{"ok":true,"url":"https://subarachnoid.slack.com/","team":"Subarachnoid Workspace","user":"bot","team_id":"T0G9PQBBK","user_id":"W23456789","bot_id":"BZYBOTHED"}`,
			"bot, account Subarachnoid Workspace, scopes chat:write"),
		rejects("wrong", 200, `{"ok":false,"error":"invalid_auth"}`),
		rejects("revoked", 200, `{"ok":false,"error":"token_revoked"}`),
		narrow(200, `{"ok":false,"error":"team_access_not_granted"}`),
		limited("Retry-After: 3600", `{"ok":false,"error":"ratelimited"}`, time.Hour),
		other("trouble", 200, "", `{"ok":false,"error":"internal_error"}`),
	}},
	{"slack-webhook", "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors", "", "", []documented{
		proves(kindLive, 400, "Content-Type: text/html", "no_text"),
		{kind: kindRefused, name: "gone", status: 404, header: "Content-Type: text/html", body: "no_service", want: "dead"},
		{kind: kindRefused, name: "wrong", status: 403, header: "Content-Type: text/html", body: "invalid_token", want: "dead"},
		other("archived channel", 410, "Content-Type: text/html", "channel_is_archived"),
	}},
	{"discord-webhook", "https://discord.com/developers/docs/resources/webhook#get-webhook-with-token", "", "", []documented{
		accepts("", `{"name":"test webhook","type":1,"channel_id":"199737254929760256","token":"made-up","avatar":null,"guild_id":"199737254929760256","id":"223704706495545344"}`,
			"test webhook, account 199737254929760256"),
		rejects("gone", 404, `{"message":"Unknown Webhook","code":10015}`),
		rejects("wrong", 401, `{"message":"Invalid Webhook Token","code":50027}`),
		limited("X-RateLimit-Reset-After: 64.5", `{"message":"You are being rate limited.","retry_after":64.5,"global":false}`, 64500*time.Millisecond),
	}},
	{"discord-bot-token", "https://discord.com/developers/docs/resources/user#get-current-user", "GET /api/v10/users/@me", "Authorization: Bot SECRET", []documented{
		accepts("", `{"id":"80351110224678912","username":"Nelly","discriminator":"1337","bot":true}`, "Nelly, account 80351110224678912"),
		rejects("wrong", 401, `{"message":"401: Unauthorized","code":0}`),
		narrow(403, `{"message":"Missing Access","code":50001}`),
		limited("", `{"message":"You are being rate limited.","retry_after":1.5,"global":true}`, 1500*time.Millisecond),
	}},
	{"telegram-bot-token", "https://core.telegram.org/bots/api#getme", "", "", []documented{
		accepts("", `{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Test","username":"TestBot"}}`, "TestBot, account 123456"),
		rejects("wrong", 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`),
		narrow(403, `{"ok":false,"error_code":403,"description":"Forbidden"}`),
		other("of the wrong form", 404, "", `{"ok":false,"error_code":404,"description":"Not Found"}`),
		limited("", `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}`, 3*time.Second),
	}},
	{"sendgrid-api-key", "https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access", "GET /v3/scopes", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"scopes":["mail.send","alerts.read"]}`, "scopes mail.send alerts.read"),
		rejects("wrong", 401, `{"errors":[{"field":null,"message":"The provided authorization grant is invalid, expired, or revoked"}]}`),
		narrow(403, `{"errors":[{"field":null,"message":"access forbidden"}]}`),
		// https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"errors":[{"field":null,"message":"too many requests"}]}`, aMoment),
	}},
	{"twilio-auth-token", "https://www.twilio.com/docs/iam/api/account#fetch-an-account-resource", "", "", []documented{
		accepts("", `{"sid":"AC1","owner_account_sid":"AC1","friendly_name":"acme","status":"active","date_created":"Thu, 30 Jul 2015 20:00:00 +0000","type":"Full"}`, "acme, account AC1, created 2015-07-30T20:00:00Z"),
		refuses("wrong, of another region, or suspended", 401, `{"code":20003,"detail":"Your AccountSid or AuthToken was incorrect.","message":"Authenticate","more_info":"https://www.twilio.com/docs/errors/20003","status":401}`),
		narrow(403, `{"code":20008,"message":"Resource not accessible with Test Account Credentials","status":403}`),
		limited("", `{"code":20429,"message":"Too Many Requests","status":429}`, 0),
	}},
	// Keys of the European region are refused here.
	{"mailgun-api-key", "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth", "GET /v3/domains?limit=1", "", []documented{
		accepts("", `{"total_count":1,"items":[{"id":"1","name":"mg.acme.test","state":"active","created_at":"Wed, 10 Jul 2013 19:26:52 GMT"}]}`, ""),
		refuses("wrong, or of another region", 401, `{"message":"Invalid private key"}`),
		narrow(403, `{"message":"Forbidden"}`),
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"message":"Too many requests"}`, aMoment),
	}},
	{"postmark-account-token", "https://postmarkapp.com/developer/api/overview#error-codes", "", "X-Postmark-Account-Token: SECRET", []documented{
		accepts("", `{"TotalCount":1,"Servers":[{"ID":1,"Name":"Staging"}]}`, ""),
		rejects("wrong", 401, `{"ErrorCode":10,"Message":"No Account or Server API tokens were supplied in the HTTP headers."}`),
		narrow(403, `{"ErrorCode":405,"Message":"Not allowed to send"}`),
		limited("", `{"ErrorCode":429,"Message":"Rate limit exceeded"}`, 0),
	}},
	{"mailchimp-api-key", "https://mailchimp.com/developer/marketing/docs/errors/", "GET /3.0/", "", []documented{
		accepts("", `{"account_id":"8d3a3db4d97663a9074efcc16","login_id":"1","account_name":"Acme","email":"ada@acme.test","role":"owner","last_login":"2025-01-02T03:04:05+00:00"}`,
			"ada@acme.test, account Acme, used 2025-01-02T03:04:05Z"),
		refuses("wrong", 401, `{"type":"https://mailchimp.com/developer/marketing/docs/errors/","title":"API Key Invalid","status":401,"detail":"Your API key may be invalid, or you've attempted to access the wrong datacenter."}`),
		narrow(403, `{"type":"https://mailchimp.com/developer/marketing/docs/errors/","title":"Wrong User Role","status":403,"detail":"The user's role does not have access."}`),
		limited("", `{"title":"TooManyRequests","status":429,"detail":"You have exceeded the limit of 10 simultaneous connections."}`, 0),
	}},
	{"intercom-api-key", "https://developers.intercom.com/docs/references/rest-api/errors/error-codes", "GET /me", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"type":"admin","id":"991267390","email":"admin1@acme.test","name":"Ada","email_verified":true,"app":{"type":"app","id_code":"abc","name":"Acme","created_at":1719492696,"region":"US"}}`, "admin1@acme.test, account abc"),
		rejects("wrong", 401, `{"type":"error.list","request_id":"1","errors":[{"code":"unauthorized","message":"Access Token Invalid"}]}`),
		rejects("revoked", 401, `{"type":"error.list","request_id":"1","errors":[{"code":"token_revoked","message":"The token was revoked"}]}`),
		narrow(401, `{"type":"error.list","request_id":"1","errors":[{"code":"token_unauthorized","message":"Not authorized to access resource"}]}`),
		// https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting
		limited("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4102444800", `{"type":"error.list","errors":[{"code":"rate_limit_exceeded","message":"Exceeded rate limit"}]}`, aMoment),
	}},
	// A token goes with any address of the account that may use it, and with no other.
	{"zendesk-api-token", "https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self", "GET /api/v2/users/me.json", "", []documented{
		accepts("", `{"user":{"id":35436,"email":"ada@acme.test","name":"Ada","role":"admin","verified":true}}`, "ada@acme.test, account 35436"),
		other("nobody", 200, "", `{"user":{"id":null,"email":"invalid@example.com","name":"Anonymous user","role":"end-user"}}`),
		refuses("wrong, or with another address", 401, `{"error":"Couldn't authenticate you"}`),
		narrow(403, `{"error":"Forbidden","description":"You do not have access to this page."}`),
		limited("Retry-After: 93", `{"error":"APIRateLimitExceeded","description":"Number of allowed API requests per minute exceeded"}`, 93*time.Second),
	}},
	{"hubspot-private-app-token", "https://developers.hubspot.com/docs/guides/apps/private-apps/overview", "POST /oauth/v2/private-apps/get/access-token-info", "Content-Type: application/json", []documented{
		accepts("", `{"userId":123,"hubId":456,"appId":789,"scopes":["crm.objects.contacts.read"]}`, "123, account 456, scopes crm.objects.contacts.read"),
		// https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
		rejects("wrong", 401, `{"status":"error","message":"Authentication credentials not found.","correlationId":"1","category":"INVALID_AUTHENTICATION"}`),
		narrow(403, `{"status":"error","message":"This app hasn't been granted all required scopes to make this call.","correlationId":"1","category":"MISSING_SCOPES"}`),
		limited("", `{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","correlationId":"1","policyName":"DAILY"}`, 0),
	}},
	{"stripe-secret-key", "https://docs.stripe.com/api/errors", "GET /v1/account", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"id":"acct_1032D82eZvKYlo2C","object":"account","email":"site@stripe.com","created":1385798567}`, "site@stripe.com, account acct_1032D82eZvKYlo2C, created 2013-11-30T08:02:47Z"),
		proves(kindNarrow, 403, "", `{"error":{"message":"The provided key does not have the required permissions for this endpoint on account 'acct_1'.","type":"invalid_request_error"}}`),
		rejects("wrong", 401, `{"error":{"message":"Invalid API Key provided: sk_live_****","type":"invalid_request_error"}}`),
		rejects("expired", 401, `{"error":{"code":"api_key_expired","message":"Expired API Key provided","type":"invalid_request_error"}}`),
		limited("Stripe-Rate-Limited-Reason: global-rate", `{"error":{"code":"rate_limit","type":"invalid_request_error"}}`, 0),
	}},
	// Tokens of the sandbox are of the same form, and are refused here.
	{"square-access-token", "https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors", "GET /v2/merchants", "Authorization: Bearer SECRET", []documented{
		accepts("", `{"merchant":[{"id":"DM7VKY8Q63GNP","business_name":"Apple A Day","country":"US","language_code":"en-US","currency":"USD","status":"ACTIVE"}]}`, "Apple A Day, account DM7VKY8Q63GNP"),
		rejects("revoked", 401, `{"errors":[{"category":"AUTHENTICATION_ERROR","code":"ACCESS_TOKEN_REVOKED","detail":"The access token was revoked."}]}`),
		rejects("expired", 401, `{"errors":[{"category":"AUTHENTICATION_ERROR","code":"ACCESS_TOKEN_EXPIRED","detail":"The access token has expired."}]}`),
		refuses("wrong, or of the sandbox", 401, `{"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED","detail":"This request could not be authorized."}]}`),
		proves(kindNarrow, 403, "", `{"errors":[{"category":"AUTHENTICATION_ERROR","code":"INSUFFICIENT_SCOPES","detail":"The merchant has not given your application sufficient permissions."}]}`),
		limited("", `{"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]}`, 0),
		other("no merchant", 200, "", `{"merchant":[]}`),
	}},
	// Those of the sandbox are of the same form, and are refused here.
	{"paypal-client-secret", "https://developer.paypal.com/api/rest/authentication/", "POST /v1/oauth2/token", "Content-Type: application/x-www-form-urlencoded", []documented{
		accepts("", `{"scope":"https://uri.paypal.com/services/invoicing openid","access_token":"made-up","token_type":"Bearer","app_id":"APP-80W284485P519543T","expires_in":31668}`,
			"account APP-80W284485P519543T, scopes https://uri.paypal.com/services/invoicing openid"),
		refuses("wrong, or of the sandbox", 401, `{"error":"invalid_client","error_description":"Client Authentication failed"}`),
		narrow(403, `{"name":"NOT_AUTHORIZED","message":"Authorization failed due to insufficient permissions."}`),
		limited("", `{"name":"RATE_LIMIT_REACHED","message":"Too many requests. Blocked due to rate limiting."}`, 0),
	}},
	{"shopify-access-token", "https://shopify.dev/docs/api/usage/response-codes", "GET /admin/oauth/access_scopes.json", "X-Shopify-Access-Token: SECRET", []documented{
		accepts("", `{"access_scopes":[{"handle":"read_products"},{"handle":"write_orders"}]}`, "scopes read_products write_orders"),
		refuses("wrong, or of another shop", 401, `{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}`),
		narrow(403, `{"errors":"[API] This action requires merchant approval for read_orders scope."}`),
		other("frozen shop", 402, "", `{"errors":"Unavailable Shop"}`),
		limited("Retry-After: 2.0", `{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}`, 2*time.Second),
	}},
}
