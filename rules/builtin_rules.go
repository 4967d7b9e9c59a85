// Code generated from builtin/*.toml by go generate; DO NOT EDIT.

package rules

var builtinRules = []Rule{
	{
		ID:          "age-secret-key",
		Provider:    "age",
		Title:       "age secret key",
		Description: "Decrypts every file that was encrypted to its recipient.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}",
		Boundary:    "token",
		Checksum:    "bech32",
		Docs:        []string{"https://age-encryption.org/v1"},
		Tags:        []string{"key"},
		Match: []string{
			"# created: 2026-01-01T00:00:00Z\n# public key: age1...\n{{secret}}\n",
			"SOPS_AGE_KEY={{secret}}",
			`{"age": {"identity": "{{secret}}"}}`,
			`echo "{{secret}}" > key.txt`,
		},
		NoMatch: []string{
			"AGE-SECRET-KEY-1XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
			"AGE-SECRET-KEY-1TOOSHORT",
			"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
		},
		Verify: &Verify{
			None: "a key does not say what was encrypted to it",
		},
		Revoke: &Revoke{
			Manual: "Make a new key with age-keygen and encrypt the files anew; copies that were made before stay readable with the old key.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/age.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AGE-SECRET-KEY-1",
				},
			},
			Min: 74,
			Max: 74,
		},
	},
	{
		ID:          "age-secret-key-hybrid",
		Provider:    "age",
		Title:       "age secret key (post-quantum hybrid)",
		Description: "Decrypts every file that was encrypted to its recipient.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "AGE-SECRET-KEY-PQ-1[02-9AC-HJ-NP-Z]{58}",
		Boundary:    "token",
		Checksum:    "bech32",
		Docs:        []string{"https://age-encryption.org/v1"},
		Tags:        []string{"key"},
		Match: []string{
			"# public key: age1pq1...\n{{secret}}\n",
			"SOPS_AGE_KEY={{secret}}",
			`{"age": {"identity": "{{secret}}"}}`,
		},
		NoMatch: []string{
			"AGE-SECRET-KEY-PQ-1XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
			"AGE-SECRET-KEY-PQ-1TOOSHORT",
			"AGE-SECRET-KEY-PQ",
		},
		Verify: &Verify{
			None: "a key does not say what was encrypted to it",
		},
		Revoke: &Revoke{
			Manual: "Make a new key with age-keygen -pq and encrypt the files anew; copies that were made before stay readable with the old key.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/age.toml",
			Line:   31,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AGE-SECRET-KEY-PQ-1",
				},
			},
			Min: 77,
			Max: 77,
		},
	},
	{
		ID:          "airtable-personal-access-token",
		Provider:    "airtable",
		Title:       "Airtable personal access token",
		Description: "Reads and writes the bases that its owner granted it, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `pat[0-9A-Za-z]{14}\.[0-9a-f]{64}`,
		Boundary:    "token",
		Docs: []string{
			"https://airtable.com/developers/web/api/authentication",
			"https://support.airtable.com/docs/creating-personal-access-tokens",
		},
		Rotate: "https://airtable.com/create/tokens",
		Match: []string{
			"AIRTABLE_TOKEN={{secret}}",
			`curl https://api.airtable.com/v0/meta/bases -H "Authorization: Bearer {{secret}}"`,
			`const base = new Airtable({ apiKey: "{{secret}}" }).base("inventory");`,
			`"airtableToken" => "{{secret}}",`,
			"  airtable:\n    token: {{secret}}\n",
		},
		NoMatch: []string{
			"AIRTABLE_TOKEN=pat_your_token_here",
			"AIRTABLE_TOKEN={{secret}}0",
			"AIRTABLE_TOKEN=x{{secret}}",
			"patXXXXXXXXXXXXXX.your-secret-part",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.airtable.com/v0/meta/whoami",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Scopes:  "json:scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token, or regenerate it, on https://airtable.com/create/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/airtable.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "pat",
				},
			},
			Min: 82,
			Max: 82,
		},
	},
	{
		ID:          "airtable-oauth-access-token",
		Provider:    "airtable",
		Title:       "Airtable OAuth access token",
		Description: "Acts for the user who granted it, within the granted scopes and bases, for an hour.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `oaa[0-9A-Za-z]{14}\.v1\.[0-9A-Za-z_-]{60,600}\.[0-9a-f]{64}`,
		Boundary:    "token",
		Docs:        []string{"https://airtable.com/developers/web/api/oauth-reference"},
		Rotate:      "https://airtable.com/create/oauth",
		Match: []string{
			"access_token={{secret}}",
			`{"access_token": "{{secret}}", "token_type": "Bearer", "expires_in": 3600}`,
			"[DEBUG] GET /v0/meta/whoami Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"oaaXXXXXXXXXXXXXX.v1.payload.signature",
			"access_token={{secret}}f",
			"key=oaaXXXXXXXXXXXXXX.v2.aaaaaaaaaaaaaaaa.0123",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.airtable.com/v0/meta/whoami",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Scopes:  "json:scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "The user takes the grant back under Integrations on https://airtable.com/account; it expires by itself within the hour",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/airtable.toml",
			Line:   41,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "oaa",
				},
			},
			Min: 146,
			Max: 686,
		},
	},
	{
		ID:          "airtable-api-key-legacy",
		Provider:    "airtable",
		Title:       "Airtable API key (switched off)",
		Description: "Opened all bases of its owner until Airtable switched API keys off on 1 February 2024.",
		Severity:    "low",
		Confidence:  "medium",
		Regex:       "key[0-9A-Za-z]{14}",
		Context:     []string{"airtable"},
		Boundary:    "value",
		Entropy:     3,
		Digits:      1,
		Docs:        []string{"https://support.airtable.com/docs/airtable-api-key-deprecation-notice"},
		Rotate:      "https://airtable.com/create/tokens",
		Match: []string{
			"AIRTABLE_API_KEY={{secret}}",
			"Airtable.configure({ apiKey: '{{secret}}' });",
			`<add key="AirtableKey" value="{{secret}}" />`,
		},
		NoMatch: []string{
			"AIRTABLE_API_KEY=keyXXXXXXXXXXXXXX",
			"AIRTABLE_API_KEY=keyboardshortcut1x9",
			"api_key = {{secret}}",
		},
		Verify: &Verify{
			None: "Airtable no longer accepts API keys, so that there is nothing to ask",
		},
		Revoke: &Revoke{
			None: "Airtable switched all API keys off on 1 February 2024",
			Auth: "self",
		},
		Position: Position{
			File:   "builtin/airtable.toml",
			Line:   74,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "key",
				},
			},
			Min: 17,
			Max: 17,
		},
	},
	{
		ID:          "anthropic-api-key",
		Provider:    "anthropic",
		Title:       "Anthropic API key",
		Description: "Calls models and reads and changes files and batches of a workspace at its cost.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sk-ant-api[0-9]{2}-[0-9A-Za-z_-]{93}AA",
		Boundary:    "token",
		Docs:        []string{"https://platform.claude.com/docs/en/api/overview"},
		Rotate:      "https://platform.claude.com/settings/keys",
		Tags:        []string{"ai"},
		Match: []string{
			"ANTHROPIC_API_KEY={{secret}}",
			`client = anthropic.Anthropic(api_key="{{secret}}")`,
			`curl https://api.anthropic.com/v1/messages -H "x-api-key: {{secret}}"`,
			"env:\n  CLAUDE_API_KEY: {{secret}}\n",
		},
		NoMatch: []string{
			"sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAA",
			"sk-ant-api03-tooshort0123456789AA",
			"sk-ant-your-own-key",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.anthropic.com/v1/models?limit=1",
						Headers: []Pair{
							{
								Name:  "anthropic-version",
								Value: "2023-06-01",
							},
							{
								Name:  "x-api-key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"data",
						"has_more",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.type = authentication_error"},
				},
			},
			Identity: Identity{
				Account: "header:anthropic-organization-id",
			},
		},
		Revoke: &Revoke{
			Manual: "Disable or delete the key: https://platform.claude.com/settings/keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/anthropic.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-ant-api",
				},
			},
			Min: 108,
			Max: 108,
		},
	},
	{
		ID:          "anthropic-admin-key",
		Provider:    "anthropic",
		Title:       "Anthropic admin key",
		Description: "Manages an organisation: its members, workspaces and API keys, and its usage reports.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sk-ant-admin[0-9]{2}-[0-9A-Za-z_-]{93}AA",
		Boundary:    "token",
		Docs:        []string{"https://platform.claude.com/docs/en/build-with-claude/administration-api"},
		Rotate:      "https://platform.claude.com/settings/admin-keys",
		Tags:        []string{"ai"},
		Match: []string{
			"ANTHROPIC_ADMIN_KEY={{secret}}",
			`curl https://api.anthropic.com/v1/organizations/users -H "x-api-key: {{secret}}"`,
			`admin_api_key: "{{secret}}"`,
		},
		NoMatch: []string{
			"sk-ant-admin01-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAA",
			"sk-ant-admin01-tooshort0123456789AA",
			"sk-ant-admin01-...",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.anthropic.com/v1/organizations/me",
						Headers: []Pair{
							{
								Name:  "anthropic-version",
								Value: "2023-06-01",
							},
							{
								Name:  "x-api-key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"type = organization",
						"id",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.type = authentication_error"},
				},
			},
			Identity: Identity{
				Owner:   "json:name",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key: https://platform.claude.com/settings/admin-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/anthropic.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-ant-admin",
				},
			},
			Min: 110,
			Max: 110,
		},
	},
	{
		ID:          "anthropic-oauth-token",
		Provider:    "anthropic",
		Title:       "Anthropic OAuth access token",
		Description: "Uses the Claude subscription of the user who signed in, for some hours or, from setup-token, a year.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sk-ant-oat[0-9]{2}-[0-9A-Za-z_-]{80,120}",
		Boundary:    "token",
		Docs:        []string{"https://code.claude.com/docs/en/authentication"},
		Rotate:      "https://claude.ai/settings/claude-code",
		Tags:        []string{"ai"},
		Match: []string{
			"CLAUDE_CODE_OAUTH_TOKEN={{secret}}",
			`{"claudeAiOauth":{"accessToken":"{{secret}}","expiresAt":1700000000000}}`,
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"sk-ant-oat01-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"sk-ant-oat01-tooshort0123456789",
			"sk-ant-oat01-...",
		},
		Verify: &Verify{
			None: "there is no documented request that takes it without using the subscription",
		},
		Revoke: &Revoke{
			Manual: "Sign out of Claude Code everywhere: https://claude.ai/settings/claude-code",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/anthropic.toml",
			Line:   80,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-ant-oat",
				},
			},
			Min: 93,
			Max: 133,
		},
	},
	{
		ID:          "anthropic-oauth-refresh-token",
		Provider:    "anthropic",
		Title:       "Anthropic OAuth refresh token",
		Description: "Gets new access tokens to the Claude subscription of the user who signed in.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sk-ant-ort[0-9]{2}-[0-9A-Za-z_-]{80,120}",
		Boundary:    "token",
		Docs:        []string{"https://code.claude.com/docs/en/authentication"},
		Rotate:      "https://claude.ai/settings/claude-code",
		Tags:        []string{"ai"},
		Match: []string{
			`"refreshToken":"{{secret}}","scopes":["user:inference"]`,
			"CLAUDE_REFRESH_TOKEN={{secret}}",
			"refresh_token={{secret}}",
		},
		NoMatch: []string{
			"sk-ant-ort01-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"sk-ant-ort01-tooshort0123456789",
			"sk-ant-ort01-...",
		},
		Verify: &Verify{
			None: "a refresh token is used up by the only request that takes it",
		},
		Revoke: &Revoke{
			Manual: "Sign out of Claude Code everywhere: https://claude.ai/settings/claude-code",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/anthropic.toml",
			Line:   106,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-ant-ort",
				},
			},
			Min: 93,
			Max: 133,
		},
	},
	{
		ID:          "anthropic-session-key",
		Provider:    "anthropic",
		Title:       "Claude session key",
		Description: "Acts as the user who signed in to claude.ai, in all of that user's chats and settings.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sk-ant-sid[0-9]{2}-[0-9A-Za-z_-]{80,120}",
		Boundary:    "token",
		Docs:        []string{"https://support.claude.com/en/articles/8325615-how-do-i-log-out-of-all-active-sessions"},
		Rotate:      "https://claude.ai/settings/account",
		Tags:        []string{"ai"},
		Match: []string{
			"Cookie: sessionKey={{secret}}; lastActiveOrg=acme",
			"CLAUDE_SESSION_KEY={{secret}}",
			`{"name": "sessionKey", "value": "{{secret}}"}`,
		},
		NoMatch: []string{
			"sk-ant-sid01-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"sk-ant-sid01-tooshort0123456789",
			"sk-ant-sid01-...",
		},
		Verify: &Verify{
			None: "there is no documented request that takes it",
		},
		Revoke: &Revoke{
			Manual: "Log out of all devices: https://claude.ai/settings/account",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/anthropic.toml",
			Line:   132,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-ant-sid",
				},
			},
			Min: 93,
			Max: 133,
		},
	},
	{
		ID:          "atlassian-api-token",
		Provider:    "atlassian",
		Title:       "Atlassian API token",
		Description: "Acts as its owner in Jira, Confluence and Bitbucket, with all rights of the account unless it was given scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "ATATT3[0-9A-Za-z_-]{40,300}=[0-9A-F]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex-upper",
		Parts: []Part{
			{
				Name:  "email",
				Regex: `[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){1,4}`,
			},
			{
				Name:  "site",
				Regex: `[0-9a-z][0-9a-z-]{0,62}\.atlassian\.net`,
			},
		},
		Docs:   []string{"https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"},
		Rotate: "https://id.atlassian.com/manage-profile/security/api-tokens",
		Match: []string{
			"JIRA_API_TOKEN={{secret}}",
			"curl -u ada@acme.test:{{secret}} https://acme.atlassian.net/rest/api/3/myself",
			"confluence:\n  url: https://acme.atlassian.net/wiki\n  username: ada@acme.test\n  token: {{secret}}\n",
			`jira = JIRA(server=URL, basic_auth=("ada@acme.test", "{{secret}}"))`,
			"git clone https://x-bitbucket-api-token-auth:{{secret}}@bitbucket.org/acme/site.git",
		},
		NoMatch: []string{
			"JIRA_API_TOKEN=ATATT3xFfGF0-your-token-here",
			"JIRA_API_TOKEN={{secret}}0",
			"JIRA_API_TOKEN=ATATT3xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=00000000",
			"JIRA_EMAIL={{email}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{site}}/rest/api/3/myself",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Basic {{basic email secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"accountId"},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:accountId",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token on https://id.atlassian.com/manage-profile/security/api-tokens; an organisation's admin can revoke those of managed accounts on https://admin.atlassian.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ATATT3",
				},
			},
			Min: 55,
			Max: 315,
		},
	},
	{
		ID:          "atlassian-service-account-token",
		Provider:    "atlassian",
		Title:       "Atlassian service account API token",
		Description: "Acts as a service account in Jira, Confluence and Bitbucket, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ATSTT3xFfG[0-9A-Za-z_-]{40,300}=[0-9A-F]{8}",
		Boundary:    "token",
		Docs:        []string{"https://support.atlassian.com/user-management/docs/manage-api-tokens-for-service-accounts/"},
		Rotate:      "https://admin.atlassian.com",
		Match: []string{
			"ATLASSIAN_SERVICE_ACCOUNT_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
			`"apiToken": "{{secret}}",`,
		},
		NoMatch: []string{
			"ATLASSIAN_TOKEN=ATSTT3xFfGF0-your-token-here",
			"ATLASSIAN_TOKEN={{secret}}0",
			"ATLASSIAN_TOKEN=aATSTT3",
		},
		Revoke: &Revoke{
			Manual: "An organisation's admin revokes it under Directory, Service accounts on https://admin.atlassian.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   53,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ATSTT3xFfG",
				},
			},
			Min: 59,
			Max: 319,
		},
	},
	{
		ID:          "atlassian-access-token",
		Provider:    "atlassian",
		Title:       "Atlassian organisation API key or Bitbucket access token",
		Description: "Administers an Atlassian organisation, or reads and writes a Bitbucket repository, project or workspace.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "ATCTT3[0-9A-Za-z_-]{40,300}=[0-9A-F]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex-upper",
		Docs: []string{
			"https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis/",
			"https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/",
		},
		Rotate: "https://admin.atlassian.com",
		Match: []string{
			"git clone https://x-token-auth:{{secret}}@bitbucket.org/acme/site.git",
			"BITBUCKET_ACCESS_TOKEN={{secret}}",
			`curl --header "Authorization: Bearer {{secret}}" https://api.atlassian.com/admin/v1/orgs`,
			"kubectl create secret generic ci --from-literal=bitbucket-token='{{secret}}'",
		},
		NoMatch: []string{
			"BITBUCKET_TOKEN=ATCTT3xFfGN0-your-token-here",
			"BITBUCKET_TOKEN={{secret}}0",
			"x-token-auth:ATCTT3...@bitbucket.org",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.atlassian.com/admin/v1/orgs",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "An API key of an organisation is revoked under Settings, API keys on https://admin.atlassian.com, a Bitbucket access token in the settings of its repository, project or workspace under Access tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   75,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ATCTT3",
				},
			},
			Min: 55,
			Max: 315,
		},
	},
	{
		ID:          "atlassian-api-token-legacy",
		Provider:    "atlassian",
		Title:       "Atlassian API token (before 2023)",
		Description: "Acted as its owner in Jira and Confluence until Atlassian let the last tokens of this kind expire in May 2026.",
		Severity:    "low",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{24}",
		Context: []string{
			"jira_api_token",
			"jira_token",
			"jira_api_key",
			"jira_api_secret",
			"atlassian_api_token",
			"atlassian_token",
			"atlassian_api_key",
			"atlassian_key",
			"atlassian_secret",
			"confluence_api_token",
			"confluence_token",
			"confluence_api_key",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.6,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "email",
				Regex: `[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){1,4}`,
			},
			{
				Name:  "site",
				Regex: `[0-9a-z][0-9a-z-]{0,62}\.atlassian\.net`,
			},
		},
		Docs:   []string{"https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"},
		Rotate: "https://id.atlassian.com/manage-profile/security/api-tokens",
		Match: []string{
			"JIRA_API_TOKEN={{secret}}",
			`confluence_api_token: "{{secret}}"`,
			"jira.token = '{{secret}}'",
		},
		NoMatch: []string{
			"JIRA_API_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx",
			"JIRA_API_TOKEN={{secret}}x",
			"jira_project_id: {{secret}}",
			"API_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{site}}/rest/api/3/myself",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Basic {{basic email secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"accountId"},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:accountId",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token on https://id.atlassian.com/manage-profile/security/api-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   112,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  24,
			Max:  24,
		},
	},
	{
		ID:          "atlassian-jira-data-center-token",
		Provider:    "atlassian",
		Title:       "Jira Data Center personal access token",
		Description: "Acts as its owner on a self-managed Jira, with all rights of the account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4}O[g-v][0-9A-Za-z+/]{26}",
		Context: []string{
			"jira",
			"atlassian",
			"personal_access_token",
		},
		Near:     160,
		Boundary: "value",
		Digits:   1,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `https?://(?P<part>(?:[0-9A-Za-z-]{1,63}\.){0,4}[0-9A-Za-z-]{0,40}jira[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?(?:/jira)?)`,
			},
		},
		Docs:   []string{"https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
		Rotate: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html",
		Match: []string{
			"JIRA_TOKEN={{secret}}",
			"jira:\n  url: https://{{host}}\n  token: {{secret}}\n",
			"jira-cli --pat {{secret}} issues",
			`client = JIRA("https://{{host}}", token_auth="{{secret}}")`,
		},
		NoMatch: []string{
			"JIRA_TOKEN=your-personal-access-token-goes-here-12345678",
			"JIRA_TOKEN={{secret}}x",
			"JIRA_TOKEN=NDc4OTU2",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/api/2/myself",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"name",
						"active = true",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:name",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Profile, Personal Access Tokens of that Jira; a Jira admin can do so for every user",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   164,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  44,
			Max:  44,
		},
	},
	{
		ID:          "atlassian-data-center-bearer-token",
		Provider:    "atlassian",
		Title:       "Jira or Confluence Data Center personal access token",
		Description: "Acts as its owner on a self-managed Jira or Confluence, with all rights of the account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[Bb]earer (?P<secret>(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4}O[g-v][0-9A-Za-z+/]{26})",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `https?://(?P<part>(?:[0-9A-Za-z-]{1,63}\.){0,4}[0-9A-Za-z-]{0,40}jira[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?(?:/jira)?)`,
			},
		},
		Docs:   []string{"https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
		Rotate: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html",
		Match: []string{
			`curl -H "Authorization: Bearer {{secret}}" https://{{host}}/rest/api/2/search`,
			"Authorization: Bearer {{secret}}",
			"headers = {'Authorization': 'Bearer {{secret}}'}",
		},
		NoMatch: []string{
			"Authorization: Bearer NDc4OTU2",
			"Authorization: Bearer {{secret}}x",
			"Authorization: Bearer your-personal-access-token-goes-here-12345678",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/api/2/myself",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"name",
						"active = true",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:name",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Profile, Personal Access Tokens of that server; an admin can do so for every user",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   205,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "earer ",
					Min: 1,
					Max: 1,
				},
			},
			RunMin: 7,
			RunMax: 7,
			Min:    51,
			Max:    51,
		},
	},
	{
		ID:          "atlassian-confluence-data-center-token",
		Provider:    "atlassian",
		Title:       "Confluence Data Center personal access token",
		Description: "Acts as its owner on a self-managed Confluence, with all rights of the account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4}O[g-v][0-9A-Za-z+/]{26}",
		Context:     []string{"confluence"},
		Near:        160,
		Boundary:    "value",
		Digits:      1,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `https?://(?P<part>(?:[0-9A-Za-z-]{1,63}\.){0,4}[0-9A-Za-z-]{0,40}(?:confluence|wiki)[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?(?:/(?:confluence|wiki))?)`,
			},
		},
		Docs:   []string{"https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
		Rotate: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html",
		Match: []string{
			"CONFLUENCE_TOKEN={{secret}}",
			`confluence_pat: "{{secret}}"`,
			"[confluence]\ntoken = '{{secret}}'\n",
		},
		NoMatch: []string{
			"CONFLUENCE_TOKEN=your-personal-access-token-goes-here-12345678",
			"CONFLUENCE_TOKEN={{secret}}x",
			"confluence space NDc4OTU2",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/api/user/current",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"type = known",
						"username",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:displayName",
				Account: "json:username",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Settings, Personal Access Tokens of that Confluence; an admin can do so for every user",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/atlassian.toml",
			Line:   240,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  44,
			Max:  44,
		},
	},
	{
		ID:          "auth0-client-secret",
		Provider:    "auth0",
		Title:       "Auth0 client secret",
		Description: "Gets tokens in the name of an application, which may have power over the whole tenant.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{64}",
		Context: []string{
			"auth0_client_secret",
			"auth0_secret",
			"auth0_app_secret",
			"auth0_mgmt_client_secret",
			"auth0_m2m_client_secret",
			"auth0_management_client_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  4.3,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "domain",
				Regex: `[0-9a-z][0-9a-z-]{1,62}(?:\.[a-z]{2,4}(?:-[0-9])?)?\.auth0\.com`,
			},
			{
				Name:    "client_id",
				Regex:   "[0-9A-Za-z]{32}",
				Context: []string{"client_id"},
			},
		},
		Docs: []string{
			"https://auth0.com/docs/get-started/applications/application-settings",
			"https://auth0.com/docs/get-started/dashboard/rotate-client-secret",
		},
		Rotate: "https://manage.auth0.com/#/applications",
		Match: []string{
			"AUTH0_CLIENT_SECRET={{secret}}",
			"export TF_VAR_auth0_client_secret='{{secret}}'",
			"auth0.client-secret: {{secret}}",
		},
		NoMatch: []string{
			"AUTH0_CLIENT_SECRET=YOUR_CLIENT_SECRET",
			"AUTH0_CLIENT_SECRET={{secret}}x",
			"AUTH0_CLIENT_ID={{client_id}}",
			"CLIENT_SECRET={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{domain}}/oauth/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "code",
								Value: "none",
							},
							{
								Name:  "grant_type",
								Value: "authorization_code",
							},
							{
								Name:  "redirect_uri",
								Value: "https://localhost/",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						403,
					},
					JSON: []string{"error = invalid_grant"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Rotate the secret of the application on https://manage.auth0.com/#/applications, or with https://auth0.com/docs/api/management/v2/clients/post-rotate-secret",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/auth0.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "auth0-client-secret-with-domain",
		Provider:    "auth0",
		Title:       "Auth0 client secret with its domain",
		Description: "Gets tokens in the name of an application, which may have power over the whole tenant.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{64}",
		Context:     []string{"client_secret"},
		Near:        16,
		Boundary:    "value",
		Entropy:     4.3,
		Digits:      1,
		Parts: []Part{
			{
				Name:     "domain",
				Regex:    `[0-9a-z][0-9a-z-]{1,62}(?:\.[a-z]{2,4}(?:-[0-9])?)?\.auth0\.com`,
				Required: true,
			},
			{
				Name:    "client_id",
				Regex:   "[0-9A-Za-z]{32}",
				Context: []string{"client_id"},
			},
		},
		Docs: []string{
			"https://auth0.com/docs/get-started/applications/application-settings",
			"https://auth0.com/docs/get-started/dashboard/rotate-client-secret",
		},
		Rotate: "https://manage.auth0.com/#/applications",
		Match: []string{
			"auth0:\n  domain: {{domain}}\n  client_id: {{client_id}}\n  client_secret: {{secret}}\n",
			"new ManagementClient({ domain: '{{domain}}', clientId: '{{client_id}}', clientSecret: '{{secret}}' });",
			"curl https://{{domain}}/oauth/token -d grant_type=client_credentials -d client_secret={{secret}}",
		},
		NoMatch: []string{
			"domain: {{domain}}\nclient_secret: YOUR_CLIENT_SECRET\n",
			"domain: {{domain}}\nclient_secret: {{secret}}x\n",
			"client_secret: {{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{domain}}/oauth/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "code",
								Value: "none",
							},
							{
								Name:  "grant_type",
								Value: "authorization_code",
							},
							{
								Name:  "redirect_uri",
								Value: "https://localhost/",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						403,
					},
					JSON: []string{"error = invalid_grant"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Rotate the secret of the application on https://manage.auth0.com/#/applications, or with https://auth0.com/docs/api/management/v2/clients/post-rotate-secret",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/auth0.toml",
			Line:   65,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "aws-access-key",
		Provider:    "aws",
		Title:       "AWS access key",
		Description: "Signs requests to every AWS service that its IAM user or account may use, until it is deactivated.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "(?:AKIA|ABIA|ACCA)[0-9A-Z]{16}(?s:.{0,200}?)[^0-9A-Za-z+/](?P<secret>[0-9A-Za-z+/]{40})(?:[^0-9A-Za-z+/=]|$)",
		Boundary:    "token",
		Entropy:     4.1,
		Digits:      1,
		Parts: []Part{
			{
				Name:     "access_key_id",
				Regex:    "(?:AKIA|ABIA|ACCA)[0-9A-Z]{16}",
				Required: true,
			},
		},
		Docs:   []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"},
		Rotate: "https://console.aws.amazon.com/iam/home#/security_credentials",
		Tags:   []string{"cloud"},
		Match: []string{
			"[default]\naws_access_key_id = {{access_key_id}}\naws_secret_access_key = {{secret}}\n",
			"AWS_ACCESS_KEY_ID={{access_key_id}} AWS_SECRET_ACCESS_KEY={{secret}} terraform apply",
			`{"accessKeyId": "{{access_key_id}}", "secretAccessKey": "{{secret}}", "region": "eu-west-1"}`,
			"provider \"aws\" {\n  access_key = \"{{access_key_id}}\"\n  secret_key = \"{{secret}}\"\n}",
			`boto3.client("s3", aws_access_key_id="{{access_key_id}}", aws_secret_access_key="{{secret}}")`,
			"new BasicAWSCredentials(\"{{access_key_id}}\",\n    \"{{secret}}\")",
			"User name,Access key ID,Secret access key\nci,{{access_key_id}},{{secret}}",
			"<id>{{access_key_id}}</id>\n<value>{{secret}}</value>",
			"{{access_key_id}}:{{secret}}",
		},
		NoMatch: []string{
			"aws_access_key_id = {{access_key_id}}\naws_secret_access_key = Example/Secret+Access/Key/Number/1234567",
			"aws_access_key_id = {{access_key_id}}\naws_secret_access_key = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"AWS_ACCESS_KEY_ID={{access_key_id}}\nCOMMIT=0123456789abcdef0123456789abcdef01234567",
			"aws_access_key_id = {{access_key_id}}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}",
			"aws_access_key_id = {{access_key_id}}\naws_secret_access_key = too-short+for/a+secret",
			"{{access_key_id}}/20240102/eu-west-1/s3/aws4_request",
		},
		Verify: &Verify{
			Protocol: "aws-sts",
		},
		Revoke: &Revoke{
			Protocol:   "aws-iam",
			Auth:       "self",
			Reversible: true,
			Effect:     "temporary credentials that were issued with the key stay valid until they expire",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   15,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AKIA",
				},
				{
					Lit: "ABIA",
				},
				{
					Lit: "ACCA",
				},
			},
			Min: 61,
			Max: 868,
		},
	},
	{
		ID:          "aws-temporary-access-key",
		Provider:    "aws",
		Title:       "AWS temporary access key",
		Description: "Signs requests as a role or user, with the session token that belongs to it, for up to 36 hours.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ASIA[0-9A-Z]{16}(?s:.{0,200}?)[^0-9A-Za-z+/](?P<secret>[0-9A-Za-z+/]{40})(?:[^0-9A-Za-z+/=]|$)",
		Boundary:    "token",
		Entropy:     4.1,
		Digits:      1,
		Parts: []Part{
			{
				Name:     "access_key_id",
				Regex:    "ASIA[0-9A-Z]{16}",
				Required: true,
			},
			{
				Name:   "session_token",
				Regex:  "(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdz|FQoGZXIvYXdz|FQoDYXdz)[0-9A-Za-z+/]{80,1000}[0-9A-Za-z+/]{0,1000}={0,2}",
				Within: 1500,
				Secret: true,
			},
		},
		Docs:   []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html"},
		Rotate: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
		Tags: []string{
			"cloud",
			"ci",
		},
		Match: []string{
			"AWS_ACCESS_KEY_ID={{access_key_id}}\nAWS_SECRET_ACCESS_KEY={{secret}}\nAWS_SESSION_TOKEN={{session_token}}",
			"{\"Credentials\": {\"AccessKeyId\": \"{{access_key_id}}\", \"SecretAccessKey\": \"{{secret}}\",\n     \"SessionToken\": \"{{session_token}}\", \"Expiration\": \"2024-05-06T07:08:09+00:00\"}}",
			"aws_access_key_id = {{access_key_id}}\naws_secret_access_key = {{secret}}",
		},
		NoMatch: []string{
			"export AWS_ACCESS_KEY_ID={{access_key_id}}\nexport AWS_SECRET_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"X-Amz-Credential={{access_key_id}}%2F20240102%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef",
			"AccessKeyId: {{access_key_id}}\nSecretAccessKey: <secret access key of forty characters>",
		},
		Verify: &Verify{
			Protocol: "aws-sts",
		},
		Revoke: &Revoke{
			Manual: "Revoke the sessions of the role that issued it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   60,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ASIA",
				},
			},
			Min: 61,
			Max: 868,
		},
	},
	{
		ID:          "aws-secret-access-key",
		Provider:    "aws",
		Title:       "AWS secret access key",
		Description: "Signs requests to AWS together with its access key id, which does not stand close before it.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z+/]{40}",
		Context: []string{
			"aws_secret",
			"amazon_secret",
			"secret_access_key",
			"s3_secret",
			"aws_access_key_secret",
			"aws_access_secret",
			"amazon_aws",
			"aws_secretkey",
			"aws_key",
			"s3_key",
		},
		Boundary: "value",
		Entropy:  4.1,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "access_key_id",
				Regex: "(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}",
			},
		},
		Docs:   []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"},
		Rotate: "https://console.aws.amazon.com/iam/home#/security_credentials",
		Tags:   []string{"cloud"},
		Match: []string{
			"AWS_SECRET_ACCESS_KEY={{secret}}",
			"ENV AWS_SECRET_KEY={{secret}}\nENV AWS_ACCESS_KEY={{access_key_id}}",
			"env:\n  AWS_SECRET_ACCESS_KEY: \"{{secret}}\"\n",
			"aws configure set aws_secret_access_key {{secret}}",
			`secretAccessKey: process.env.SECRET || "{{secret}}",`,
			`      --build-arg AWS_SECRET_KEY={{secret}} \`,
		},
		NoMatch: []string{
			"AWS_SECRET_ACCESS_KEY=Example/Secret+Access/Key/Number/1234567",
			"aws_secret_access_key = 0123456789abcdef0123456789abcdef01234567",
			"AWS_SECRET_ACCESS_KEY=/run/secrets/aws/production/secret/key/v1",
			"aws_secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:production/api/key-AbCdEf",
		},
		Verify: &Verify{
			Protocol: "aws-sts",
		},
		Revoke: &Revoke{
			Manual: "Find the key's user in IAM, deactivate the key and delete it: https://console.aws.amazon.com/iam/home#/users",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   102,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "aws-access-key-id",
		Provider:    "aws",
		Title:       "AWS access key id",
		Description: "Names an access key and tells the account's number; it opens nothing without the secret.",
		Severity:    "low",
		Confidence:  "medium",
		Regex:       "(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
		Boundary:    "token",
		Docs:        []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"},
		Rotate:      "https://console.aws.amazon.com/iam/home#/security_credentials",
		Tags:        []string{"cloud"},
		Match: []string{
			"AWS_ACCESS_KEY_ID={{secret}}",
			"aws_access_key_id: '{{secret}}'",
			"https://bucket.s3.amazonaws.com/a.zip?AWSAccessKeyId={{secret}}&Expires=1700000000&Signature=abc%3D",
			"Credential={{secret}}/20240102/eu-west-1/s3/aws4_request",
		},
		NoMatch: []string{
			"AKIAXXXXXXXXXXXXXXXX",
			"AKIAEXAMPLEEXAMPLEEX",
			"AKIA0189018901890189",
			"AKIAQ2345AKIAQ2345",
			"arn:aws:iam::123456789012:role/AROA-deploy",
		},
		Verify: &Verify{
			None: "an id alone cannot sign a request",
		},
		Revoke: &Revoke{
			Manual: "If its secret may have leaked too, deactivate the key: https://console.aws.amazon.com/iam/home#/users",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   142,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AKIA",
				},
				{
					Lit: "ASIA",
				},
				{
					Lit: "ABIA",
				},
				{
					Lit: "ACCA",
				},
			},
			Min: 20,
			Max: 20,
		},
	},
	{
		ID:          "aws-session-token",
		Provider:    "aws",
		Title:       "AWS session token",
		Description: "Is the third part of a temporary access key, without which its other two are worthless.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdz|FQoGZXIvYXdz|FQoDYXdz)[0-9A-Za-z+/]{80,1000}[0-9A-Za-z+/]{0,1000}={0,2}",
		Boundary:    "token",
		Docs:        []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html"},
		Rotate:      "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
		Tags: []string{
			"cloud",
			"ci",
		},
		Match: []string{
			"AWS_SESSION_TOKEN={{secret}}",
			"x-amz-security-token: {{secret}}",
			`  "Token" : "{{secret}}",`,
			"aws_session_token = {{secret}}",
		},
		NoMatch: []string{
			"AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEXAMPLE",
			"AWS_SESSION_TOKEN=FwoGZXIvYXdzshort",
			"AWS_SESSION_TOKEN=$TOKEN",
		},
		Verify: &Verify{
			None: "a request needs the access key id and the secret too",
		},
		Revoke: &Revoke{
			Manual: "Revoke the sessions of the role that issued it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   172,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "IQoJb3JpZ2luX2Vj",
				},
				{
					Lit: "FwoGZXIvYXdz",
				},
				{
					Lit: "FQoGZXIvYXdz",
				},
				{
					Lit: "FQoDYXdz",
				},
			},
			Min: 88,
			Max: 2018,
		},
	},
	{
		ID:          "aws-bedrock-api-key",
		Provider:    "aws",
		Title:       "Amazon Bedrock API key (long-term)",
		Description: "Calls the models of Amazon Bedrock at the account's cost until it expires, which may be never.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ABSKQmVkcm9ja0FQSUtleS[0-9A-Za-z+/]{80,250}={0,2}",
		Boundary:    "token",
		Docs: []string{
			"https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
			"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_bedrock.html",
		},
		Rotate: "https://console.aws.amazon.com/bedrock/home#/api-keys",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"AWS_BEARER_TOKEN_BEDROCK={{secret}}",
			`os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "{{secret}}"`,
			`curl -H "Authorization: Bearer {{secret}}" https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse`,
			"bedrock:\n  apiKey: {{secret}}\n",
		},
		NoMatch: []string{
			"AWS_BEARER_TOKEN_BEDROCK=ABSKQmVkcm9ja0FQSUtleS",
			"AWS_BEARER_TOKEN_BEDROCK=ABSKQmVkcm9ja0FQSUtleSxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ABSK",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://bedrock.us-east-1.amazonaws.com/foundation-models?byOutputModality=EMBEDDING",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"modelSummaries"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Deactivate or delete the service-specific credential of its IAM user: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-revoke.html",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   202,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ABSKQmVkcm9ja0FQSUtleS",
				},
			},
			Min: 102,
			Max: 274,
		},
	},
	{
		ID:          "aws-bedrock-short-term-key",
		Provider:    "aws",
		Title:       "Amazon Bedrock API key (short-term)",
		Description: "Calls the models of Amazon Bedrock as the identity that made it, for up to 12 hours.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[0-9A-Za-z+/]{100,1000}[0-9A-Za-z+/]{0,1000}[0-9A-Za-z+/]{0,1000}={0,2}",
		Boundary:    "token",
		Docs:        []string{"https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"},
		Rotate:      "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-revoke.html",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"AWS_BEARER_TOKEN_BEDROCK={{secret}}",
			"export AWS_BEARER_TOKEN_BEDROCK='{{secret}}'",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
			"bedrock-api-key-rotation-lambda-function-for-the-production-account",
			"AWS_BEARER_TOKEN_BEDROCK=bedrock-api-key-",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://bedrock.us-east-1.amazonaws.com/foundation-models?byOutputModality=EMBEDDING",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"modelSummaries"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the session that made it: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-revoke.html",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   241,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
				},
			},
			Min: 144,
			Max: 3046,
		},
	},
	{
		ID:          "aws-mws-auth-token",
		Provider:    "aws",
		Title:       "Amazon MWS auth token",
		Description: "Let a developer act for a seller in Amazon's Marketplace Web Service, which was shut down in 2024.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
		Boundary:    "token",
		Docs:        []string{"https://developer-docs.amazon.com/sp-api/docs/sp-api-migration-hub"},
		Rotate:      "https://sellercentral.amazon.com/apps/manage",
		Tags:        []string{"commerce"},
		Match: []string{
			"MWS_AUTH_TOKEN={{secret}}",
			"mws:\n  auth_token: {{secret}}\n",
			"https://mws.amazonservices.com/?Action=GetOrder&MWSAuthToken={{secret}}&SellerId=A1",
		},
		NoMatch: []string{
			"amzn.mws.00000000-0000-0000-0000-000000000000",
			"amzn.mws.4ea38b7b-f563-7709-4bae-87aea15c",
			"amzn.mws.auth-token-goes-here",
		},
		Verify: &Verify{
			None: "the service that it opened no longer exists",
		},
		Revoke: &Revoke{
			Manual: "Take back the developer's authorisation: https://sellercentral.amazon.com/apps/manage",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   276,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "amzn.mws.",
				},
			},
			RunMin: 9,
			RunMax: 9,
			Min:    45,
			Max:    45,
		},
	},
	{
		ID:          "aws-appsync-api-key",
		Provider:    "aws",
		Title:       "AWS AppSync API key",
		Description: "Queries one GraphQL API of AppSync, as far as it admits API keys, for up to a year.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "da2-[a-z0-9]{26}",
		Boundary:    "token",
		Digits:      1,
		Parts: []Part{
			{
				Name:   "endpoint",
				Regex:  `[a-z0-9]{26}\.appsync-api\.[a-z]{2}(?:-[a-z]{2,10}){1,3}-[0-9]\.amazonaws\.com`,
				Within: 600,
			},
		},
		Docs:   []string{"https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html"},
		Rotate: "https://console.aws.amazon.com/appsync/home",
		Tags:   []string{"cloud"},
		Match: []string{
			"aws_appsync_apiKey: '{{secret}}',",
			`curl -H 'x-api-key: {{secret}}' -d '{"query":"{__typename}"}' https://{{endpoint}}/graphql`,
			"APPSYNC_API_KEY={{secret}}",
		},
		NoMatch: []string{
			"da2-xxxxxxxxxxxxxxxxxxxxxxxxxx",
			"da2-short0123456789",
			"sda2-api-gateway-for-the-internal-network",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{endpoint}}/graphql",
						Headers: []Pair{
							{
								Name:  "x-api-key",
								Value: "{{secret}}",
							},
						},
						JSON: `{"query":"{__typename}"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.__typename"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{
						"UnauthorizedException",
						"You are not authorized to make this call",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key in the API's settings: https://console.aws.amazon.com/appsync/home",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/aws.toml",
			Line:   302,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "da2-",
				},
			},
			Min: 30,
			Max: 30,
		},
	},
	{
		ID:          "azure-storage-account-key",
		Provider:    "azure",
		Title:       "Azure storage account key",
		Description: "Reads, writes and deletes everything in a storage account, and signs addresses that let others do so.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z+/]{76}\+ASt[0-9A-Za-z+/]{5}[AQgw]==`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "account_name",
				Regex: `(?i:account_?name)["']?\s{0,4}[:=,]\s{0,4}["']?(?P<part>[0-9a-z]{3,24})`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"AZURE_STORAGE_ACCOUNT_NAME={{account_name}}\nAZURE_STORAGE_KEY={{secret}}",
			"DefaultEndpointsProtocol=https;AccountName={{account_name}};AccountKey={{secret}};EndpointSuffix=core.windows.net",
			"az storage blob list --account-key {{secret}} --account-name acme",
			`storage_key = "{{secret}}"`,
			"key: {{secret}}",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx+AStxxxxxA==",
			"0123456789+AStxxxxxA==",
			"AccountKey=+ASt",
		},
		Verify: &Verify{
			Protocol: "azure-storage",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   9,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "+ASt",
					Min: 76,
					Max: 76,
				},
			},
			Min: 88,
			Max: 88,
		},
	},
	{
		ID:          "azure-storage-connection-string",
		Provider:    "azure",
		Title:       "Azure storage connection string",
		Description: "Reads, writes and deletes everything in a storage account, and signs addresses that let others do so.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `(?i:AccountKey)\s{0,2}=\s{0,2}(?P<secret>[0-9A-Za-z+/]{86}==)`,
		Boundary:    "token",
		Allow: []string{
			"^Eby8vdM02xNOcqFlqUwJ",
			`^C2y6yDjf5/R\+ob0N8A7C`,
		},
		Parts: []Part{
			{
				Name:  "account_name",
				Regex: `(?i:account_?name)["']?\s{0,4}[:=,]\s{0,4}["']?(?P<part>[0-9a-z]{3,24})`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
			"https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"DefaultEndpointsProtocol=https;AccountName={{account_name}};AccountKey={{secret}};EndpointSuffix=core.windows.net",
			`"AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName={{account_name}};AccountKey={{secret}}"`,
			`<add key="Storage" value="AccountName={{account_name}};AccountKey={{secret}}" />`,
		},
		NoMatch: []string{
			"AccountName=acme;AccountKey=${STORAGE_KEY}",
			"AccountName=acme;AccountKey=tooshort0123456789==",
			"AccountName=acme;AccountKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==",
		},
		Verify: &Verify{
			Protocol: "azure-storage",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   45,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "accountkey",
					Fold: true,
				},
			},
			RunMin: 11,
			RunMax: 15,
			Min:    99,
			Max:    105,
		},
	},
	{
		ID:          "azure-storage-account-key-old",
		Provider:    "azure",
		Title:       "Azure storage account key (without mark)",
		Description: "Reads, writes and deletes everything in a storage account, and signs addresses that let others do so.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z+/]{86}==",
		Context: []string{
			"azure_storage",
			"storage_account_key",
			"storage_account",
			"storage_key",
			"account_key",
			"azure_blob",
			"blob_key",
			"azure_account_key",
			"azure_key",
			"blob.core.windows.net",
			"dfs.core.windows.net",
			"azure_access_key",
			"storage_access_key",
			"azure_files",
		},
		Boundary: "value",
		Entropy:  4.5,
		Digits:   1,
		Allow: []string{
			"^Eby8vdM02xNOcqFlqUwJ",
			`^C2y6yDjf5/R\+ob0N8A7C`,
		},
		Parts: []Part{
			{
				Name:  "account_name",
				Regex: `(?i:account_?name)["']?\s{0,4}[:=,]\s{0,4}["']?(?P<part>[0-9a-z]{3,24})`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage"},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"AZURE_STORAGE_ACCESS_KEY={{secret}}",
			`storageAccountKey: "{{secret}}"`,
			"az storage container list --account-name acme --account-key {{secret}}",
			"azure.storage.account-key={{secret}}",
			`spark.conf.set("fs.azure.account.key.acme.blob.core.windows.net", "{{secret}}")`,
		},
		NoMatch: []string{
			"AZURE_STORAGE_ACCESS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==",
			"AZURE_STORAGE_ACCESS_KEY=tooshort0123456789==",
			"AZURE_STORAGE_ACCESS_KEY=$(az storage account keys list)",
		},
		Verify: &Verify{
			Protocol: "azure-storage",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   81,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  88,
			Max:  88,
		},
	},
	{
		ID:          "azure-cosmos-key",
		Provider:    "azure",
		Title:       "Azure Cosmos DB key",
		Description: "Reads, writes and deletes all data of a Cosmos DB account.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z+/]{76}ACDb[0-9A-Za-z+/]{5}[AQgw]==",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "endpoint",
				Regex: `(?P<part>[0-9a-z-]{3,44}\.documents\.azure\.com)`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/cosmos-db/secure-access-to-data",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"database",
		},
		Match: []string{
			"COSMOS_KEY={{secret}}",
			`new CosmosClient("https://{{endpoint}}", "{{secret}}")`,
			`  "PrimaryKey": "{{secret}}"`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxACDbxxxxxA==",
			"0123456789ACDbxxxxxA==",
			"ACDb",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/cosmos-db/how-to-rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   121,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "ACDb",
					Min: 76,
					Max: 76,
				},
			},
			Min: 88,
			Max: 88,
		},
	},
	{
		ID:          "azure-cosmos-connection-string",
		Provider:    "azure",
		Title:       "Azure Cosmos DB connection string",
		Description: "Reads, writes and deletes all data of a Cosmos DB account.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `(?i:AccountKey)\s{0,2}=\s{0,2}(?P<secret>[0-9A-Za-z+/]{86}==)`,
		Boundary:    "token",
		Allow: []string{
			"^Eby8vdM02xNOcqFlqUwJ",
			`^C2y6yDjf5/R\+ob0N8A7C`,
		},
		Parts: []Part{
			{
				Name:     "endpoint",
				Regex:    `(?P<part>[0-9a-z-]{3,44}\.documents\.azure\.com)`,
				Required: true,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/cosmos-db/secure-access-to-data"},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"database",
		},
		Match: []string{
			"AccountEndpoint=https://{{endpoint}}:443/;AccountKey={{secret}};",
			`"CosmosDb": "AccountEndpoint=https://{{endpoint}}:443/;AccountKey={{secret}};Database=acme"`,
			`COSMOS="AccountEndpoint=https://{{endpoint}}:443/;AccountKey={{secret}};"`,
		},
		NoMatch: []string{
			"AccountEndpoint=https://{{endpoint}}:443/;AccountKey=${COSMOS_KEY};",
			"AccountEndpoint=https://{{endpoint}}:443/;AccountKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==;",
			"AccountEndpoint=https://{{endpoint}}:443/;AccountKey=tooshort0123456789==;",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/cosmos-db/how-to-rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   155,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "accountkey",
					Fold: true,
				},
			},
			RunMin: 11,
			RunMax: 15,
			Min:    99,
			Max:    105,
		},
	},
	{
		ID:          "azure-cosmos-key-old",
		Provider:    "azure",
		Title:       "Azure Cosmos DB key (without mark)",
		Description: "Reads, writes and deletes all data of a Cosmos DB account.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z+/]{86}==",
		Context: []string{
			"cosmos",
			"cosmosdb",
			"documentdb",
			"documents.azure.com",
			"azure_tables_key",
		},
		Boundary: "value",
		Entropy:  4.5,
		Digits:   1,
		Allow: []string{
			"^Eby8vdM02xNOcqFlqUwJ",
			`^C2y6yDjf5/R\+ob0N8A7C`,
		},
		Parts: []Part{
			{
				Name:  "endpoint",
				Regex: `(?P<part>[0-9a-z-]{3,44}\.documents\.azure\.com)`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/cosmos-db/secure-access-to-data"},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"database",
		},
		Match: []string{
			"COSMOSDB_PRIMARY_KEY={{secret}}",
			`cosmos: { endpoint: "https://{{endpoint}}", key: "{{secret}}" }`,
			`documentDbKey = "{{secret}}"`,
		},
		NoMatch: []string{
			"COSMOS_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==",
			"COSMOS_KEY=tooshort0123456789==",
			"COSMOS_KEY=$(az cosmosdb keys list)",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/cosmos-db/how-to-rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   188,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  88,
			Max:  88,
		},
	},
	{
		ID:          "azure-sas",
		Provider:    "azure",
		Title:       "Azure shared access signature",
		Description: "Does to a storage account, container, blob, queue or share what its sp says, until the date in its se.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `se=20[0-9]{2}-[0-9]{2}-[0-9]{2}[^\s"'<>]{0,700}?&sig=(?P<secret>[0-9A-Za-z%/+]{43,70}(?:=|%3[Dd]))`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[0-9a-z]{3,24}\.(?:blob|queue|table|file|dfs)\.core\.windows\.net`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview"},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"https://acme.blob.core.windows.net/backups?sv=2022-11-02&sr=c&sp=rl&se=2030-01-01T00:00:00Z&sig={{secret}}",
			`SAS="?sv=2022-11-02&ss=b&srt=sco&sp=rwdlacx&se=2030-01-01T00%3A00%3A00Z&st=2024-01-01T00%3A00%3A00Z&spr=https&sig={{secret}}"`,
			`azcopy copy a.zip "https://{{host}}/c/a.zip?sp=rw&st=2024-01-01T00:00:00Z&se=2030-01-01T00:00:00Z&spr=https&sv=2022-11-02&sr=b&sig={{secret}}"`,
			"BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=se=2030-01-01&sp=r&sv=2022-11-02&sr=c&sig={{secret}}",
		},
		NoMatch: []string{
			"https://acme.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01T00:00:00Z&sr=c&sp=rl&sig=REDACTED",
			"https://acme.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01T00:00:00Z&sp=rl",
			"https://acme.blob.core.windows.net/c?se=2030-01-01T00:00:00Z&sp=rl&sig=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%3D",
		},
		Verify: &Verify{
			None: "what it opens and until when stands in its own parameters",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the account key that signed it, or delete the stored access policy that it names: https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview#best-practices-when-using-sas",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   225,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "se=20",
				},
			},
			Min: 62,
			Max: 2891,
		},
	},
	{
		ID:          "azure-entra-client-secret",
		Provider:    "azure",
		Title:       "Microsoft Entra client secret",
		Description: "Signs in as an application, with all roles that it has in Azure, Microsoft 365 and elsewhere.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z_~.-]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,34}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `(?i:client_?id|app_?id|application_?id|--username|-u)\\{0,3}["']?[\s:=,]{1,4}\\{0,3}["']?(?P<part>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})`,
			},
			{
				Name:  "tenant_id",
				Regex: `(?:(?i:tenant_?(?:id)?|directory_?id)\\{0,3}["']?[\s:=,]{1,4}\\{0,3}["']?|login\.microsoftonline\.com/|sts\.windows\.net/)(?P<part>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			"AZURE_TENANT_ID={{tenant_id}}\nAZURE_CLIENT_ID={{client_id}}\nAZURE_CLIENT_SECRET={{secret}}",
			`{"appId": "{{client_id}}", "displayName": "ci", "password": "{{secret}}", "tenant": "{{tenant_id}}"}`,
			`provider "azurerm" { client_secret = "{{secret}}" }`,
			"az login --service-principal -u {{client_id}} -p {{secret}} --tenant {{tenant_id}}",
			`<add key="ida:ClientSecret" value="{{secret}}" />`,
		},
		NoMatch: []string{
			"AZURE_CLIENT_SECRET=abc8Q~xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"AZURE_CLIENT_SECRET=abc8Q~tooshort0123456789",
			"AZURE_CLIENT_SECRET=$(pass azure/client-secret)",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://login.microsoftonline.com/{{tenant_id}}/oauth2/v2.0/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "grant_type",
								Value: "client_credentials",
							},
							{
								Name:  "scope",
								Value: "https://graph.microsoft.com/.default",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"access_token",
						"token_type = Bearer",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
					Body: []string{"AADSTS7000215"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
					Body: []string{"AADSTS7000222"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the secret from the app registration: https://entra.microsoft.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   258,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "0Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "1Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "2Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "3Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "4Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "5Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "6Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "7Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "8Q~",
					Min: 3,
					Max: 3,
				},
				{
					Lit: "9Q~",
					Min: 3,
					Max: 3,
				},
			},
			Min: 37,
			Max: 40,
		},
	},
	{
		ID:          "azure-entra-client-secret-old",
		Provider:    "azure",
		Title:       "Microsoft Entra client secret (without mark)",
		Description: "Signs in as an application, with all roles that it has in Azure, Microsoft 365 and elsewhere.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_+/-]{32,44}={0,2}",
		Context: []string{
			"azure_client_secret",
			"arm_client_secret",
			"aad_client_secret",
			"azure_ad_client_secret",
			"entra_client_secret",
			"aad_secret",
			"azure_ad_secret",
			"ida_client_secret",
			"azure_app_secret",
			"azure_sp_secret",
			"azure_sp_password",
			"azuread_client_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  4,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `(?i:client_?id|app_?id|application_?id|--username|-u)\\{0,3}["']?[\s:=,]{1,4}\\{0,3}["']?(?P<part>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})`,
			},
			{
				Name:  "tenant_id",
				Regex: `(?:(?i:tenant_?(?:id)?|directory_?id)\\{0,3}["']?[\s:=,]{1,4}\\{0,3}["']?|login\.microsoftonline\.com/|sts\.windows\.net/)(?P<part>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials"},
		Rotate: "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			"AZURE_TENANT_ID={{tenant_id}}\nAZURE_CLIENT_ID={{client_id}}\nAZURE_CLIENT_SECRET={{secret}}",
			`export ARM_CLIENT_SECRET="{{secret}}"`,
			`"AzureClientSecret": "{{secret}}",`,
		},
		NoMatch: []string{
			"AZURE_CLIENT_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"AZURE_CLIENT_SECRET=tooshort0123456789",
			"AZURE_CLIENT_SECRET=your-own-client-secret-goes-here-2024",
			"AZURE_CLIENT_SECRET=data.azurerm_key_vault_secret.sp1.value2",
			"ARM_CLIENT_SECRET=0f8fad5b-d9cb-469f-a165-70867728950e",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://login.microsoftonline.com/{{tenant_id}}/oauth2/v2.0/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "grant_type",
								Value: "client_credentials",
							},
							{
								Name:  "scope",
								Value: "https://graph.microsoft.com/.default",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"access_token",
						"token_type = Bearer",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
					Body: []string{"AADSTS7000215"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
					Body: []string{"AADSTS7000222"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the secret from the app registration: https://entra.microsoft.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   316,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  46,
		},
	},
	{
		ID:          "azure-entra-refresh-token",
		Provider:    "azure",
		Title:       "Microsoft Entra refresh token",
		Description: "Gets access tokens of the user who signed in, to Azure, Microsoft 365 or else, for months.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `[01]\.A[0-9A-Za-z_-]{40,200}\.(?:[0-9]\.)?Ag[0-9A-Za-z_-]{200,1000}[0-9A-Za-z_-]{0,1000}`,
		Boundary:    "token",
		Docs:        []string{"https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens"},
		Rotate:      "https://learn.microsoft.com/en-us/entra/identity/users/users-revoke-access",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			`"refreshToken": "{{secret}}", "tenantId": "acme"`,
			"refresh_token={{secret}}&grant_type=refresh_token",
			"AZURE_REFRESH_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"0.AUUAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.AgABAwEAAAAtooshort0123456789",
			"0.A1.Ag2",
			"refresh_token=0.AUUA...",
		},
		Verify: &Verify{
			None: "a request needs the client that it was issued to, and issues new tokens",
		},
		Revoke: &Revoke{
			Manual: "Revoke the user's sessions: https://learn.microsoft.com/en-us/entra/identity/users/users-revoke-access",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   375,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "0.A",
				},
				{
					Lit: "1.A",
				},
			},
			RunMin: 2,
			RunMax: 2,
			Min:    246,
			Max:    2208,
		},
	},
	{
		ID:          "azure-devops-pat",
		Provider:    "azure",
		Title:       "Azure DevOps personal access token",
		Description: "Acts as its user in the source code, pipelines and artifacts of an organisation, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z]{52}JQQJ[0-9A-Za-z]{20}AZDO[0-9A-Za-z]{4}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "organization",
				Regex: `dev\.azure\.com/(?P<part>[0-9A-Za-z][0-9A-Za-z-]{0,48})`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate",
			"https://learn.microsoft.com/en-us/azure/devops/release-notes/2024/sprint-241-update",
		},
		Rotate: "https://dev.azure.com",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"AZURE_DEVOPS_EXT_PAT={{secret}}",
			"git clone https://{{secret}}@dev.azure.com/{{organization}}/project/_git/repo",
			`<add key="ClearTextPassword" value="{{secret}}" />`,
			"curl -u :{{secret}} https://dev.azure.com/{{organization}}/_apis/projects",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxJQQJ99BAxxxxxxxxxxxxxxxxAZDOxxxx",
			"0123456789JQQJ99BAxxxxAZDO0123",
			"AZDO_PERSONAL_ACCESS_TOKEN=$PAT",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://app.vssps.visualstudio.com/_apis/profile/profiles/me?api-version=7.1",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic secret secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"emailAddress",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token: https://dev.azure.com, User settings, Personal access tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   403,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "JQQJ",
					Min: 52,
					Max: 52,
				},
			},
			Min: 84,
			Max: 84,
		},
	},
	{
		ID:          "azure-devops-pat-old",
		Provider:    "azure",
		Title:       "Azure DevOps personal access token (before 2024)",
		Description: "Acts as its user in the source code, pipelines and artifacts of an organisation, within its scopes.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[a-z2-7]{52}",
		Context: []string{
			"azure_devops",
			"azuredevops",
			"azdo",
			"ado_pat",
			"ado_token",
			"devops_pat",
			"devops_token",
			"vsts",
			"azp_token",
			"vss_nuget",
			"dev.azure.com",
			"visualstudio.com",
			"system_accesstoken",
			"personal_access_token",
			"pat_token",
			"tfs_token",
			"azure_pat",
			"azure_token",
		},
		Boundary: "value",
		Entropy:  3.8,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "organization",
				Regex: `dev\.azure\.com/(?P<part>[0-9A-Za-z][0-9A-Za-z-]{0,48})`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"},
		Rotate: "https://dev.azure.com",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"AZURE_DEVOPS_EXT_PAT={{secret}}",
			"azureDevOpsToken: {{secret}}",
			"AZP_URL=https://dev.azure.com/{{organization}} AZP_TOKEN={{secret}}",
			"VSTS_PAT={{secret}}",
		},
		NoMatch: []string{
			"AZURE_DEVOPS_EXT_PAT=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"AZURE_DEVOPS_EXT_PAT=tooshort234567",
			"AZURE_DEVOPS_EXT_PAT=$(System.AccessToken)",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://app.vssps.visualstudio.com/_apis/profile/profiles/me?api-version=7.1",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic secret secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"emailAddress",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:emailAddress",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token: https://dev.azure.com, User settings, Personal access tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   448,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  52,
			Max:  52,
		},
	},
	{
		ID:          "azure-function-key",
		Provider:    "azure",
		Title:       "Azure Functions key",
		Description: "Calls a function, all functions of an app or, as master key, its administration.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z_-]{44}AzFu[0-9A-Za-z_-]{5}[AQgw]==",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "url",
				Regex: `https://(?P<part>[0-9a-z-]{2,60}\.azurewebsites\.net/api/[0-9A-Za-z_/{}-]{1,100})`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			`curl -H "x-functions-key: {{secret}}" https://acme.azurewebsites.net/api/run`,
			"https://acme.azurewebsites.net/api/run?code={{secret}}",
			"FUNCTION_KEY={{secret}}",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAzFuxxxxxA==",
			"0123456789AzFuxxxxxA==",
			"x-functions-key: AzFu",
		},
		Verify: &Verify{
			None: "a request would run the function",
		},
		Revoke: &Revoke{
			Manual: "Renew the key: https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   497,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "AzFu",
					Min: 44,
					Max: 44,
				},
			},
			Min: 56,
			Max: 56,
		},
	},
	{
		ID:          "azure-function-key-in-url",
		Provider:    "azure",
		Title:       "Azure Functions key in an address",
		Description: "Calls a function, or all functions of an app.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `\.azurewebsites\.net/api/[0-9A-Za-z_./{}-]{1,100}\?(?:[0-9A-Za-z_]{1,30}=[^&\s"'<>]{0,60}&){0,4}code=(?P<secret>[0-9A-Za-z/+_-]{40,56}(?:={1,2}|(?:%3[Dd]){1,2})?)`,
		Boundary:    "token",
		Entropy:     4,
		Digits:      2,
		Docs:        []string{"https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to"},
		Rotate:      "https://portal.azure.com",
		Tags:        []string{"cloud"},
		Match: []string{
			"https://acme.azurewebsites.net/api/run?code={{secret}}",
			`curl -d @order.json "https://acme.azurewebsites.net/api/orders?clientId=default&code={{secret}}"`,
			`"webhook": "https://acme.azurewebsites.net/api/hook?code={{secret}}&x=1"`,
		},
		NoMatch: []string{
			"https://acme.azurewebsites.net/api/run?code=tooshort0123456789",
			"https://acme.azurewebsites.net/api/run?code=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==",
			"https://acme.azurewebsites.net/api/run?code=your-own-function-key-goes-here-and-it-is-long==",
		},
		Verify: &Verify{
			None: "a request would run the function",
		},
		Revoke: &Revoke{
			Manual: "Renew the key: https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   531,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ".azurewebsites.net/api/",
				},
			},
			RunMin: 25,
			RunMax: 1212,
			Min:    70,
			Max:    1279,
		},
	},
	{
		ID:          "azure-function-key-old",
		Provider:    "azure",
		Title:       "Azure Functions key (without mark)",
		Description: "Calls a function, all functions of an app or, as master key, its administration.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z/+_-]{40,56}={0,2}",
		Context: []string{
			"x-functions-key",
			"azure_function_key",
			"azure_functions_key",
			"function_app_key",
			"functions_master_key",
			"function_master_key",
			"azure_function_app_key",
			"functionkey",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  4.2,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "url",
				Regex: `[0-9a-z-]{2,60}\.azurewebsites\.net/api/[0-9A-Za-z_/{}-]{1,100}`,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to"},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			`curl -H "x-functions-key: {{secret}}" https://{{url}}`,
			"AZURE_FUNCTION_KEY={{secret}}",
			`functionsMasterKey: "{{secret}}"`,
		},
		NoMatch: []string{
			"x-functions-key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx==",
			"x-functions-key: tooshort0123456789",
			"x-functions-key: $FUNCTION_KEY",
		},
		Verify: &Verify{
			None: "a request would run the function",
		},
		Revoke: &Revoke{
			Manual: "Renew the key: https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   560,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  58,
		},
	},
	{
		ID:          "azure-container-registry-password",
		Provider:    "azure",
		Title:       "Azure Container Registry password",
		Description: "Pulls and pushes all images of a registry, as its admin user or a token.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z+/]{42}\+ACR[A-D][0-9A-Za-z+/]{5}`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "registry",
				Regex: `(?P<part>[0-9A-Za-z-]{5,60})\.azurecr\.io`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/container-registry/container-registry-authentication",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"container-registry",
		},
		Match: []string{
			"docker login {{registry}} -u acme -p {{secret}}",
			"ACR_PASSWORD={{secret}}",
			"registry: {{registry}}\n  username: acme\n  password: {{secret}}",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx+ACRAxxxxx",
			"0123456789+ACRAxxxxx",
			"acme.azurecr.io",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{registry}}.azurecr.io/v2/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic registry secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					Header: []string{"docker-distribution-api-version = registry/2.0"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the password: https://learn.microsoft.com/en-us/azure/container-registry/container-registry-authentication",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   598,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "+ACRA",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "+ACRB",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "+ACRC",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "+ACRD",
					Min: 42,
					Max: 42,
				},
			},
			Min: 52,
			Max: 52,
		},
	},
	{
		ID:          "azure-ai-services-key",
		Provider:    "azure",
		Title:       "Azure AI services key",
		Description: "Calls Azure OpenAI or other AI services at the cost of its resource.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z][A-L][0-9A-Za-z]{16}ACOG[0-9A-Za-z]{4}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:   "endpoint",
				Regex:  `[0-9a-z-]{2,64}\.(?:openai|cognitiveservices|services\.ai)\.azure\.com`,
				Within: 500,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/ai-services/authentication",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"AZURE_OPENAI_ENDPOINT=https://{{endpoint}}/\nAZURE_OPENAI_API_KEY={{secret}}",
			`curl -H "Ocp-Apim-Subscription-Key: {{secret}}" https://westeurope.api.cognitive.microsoft.com/`,
			`AzureKeyCredential("{{secret}}")`,
			"api_key: {{secret}}",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxJQQJ99BAxxxxxxxxxxxxxxxxACOGxxxx",
			"0123456789JQQJ99BAxxxxACOG0123",
			"ACOG",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{endpoint}}/openai/models?api-version=2024-10-21",
						Headers: []Pair{
							{
								Name:  "api-key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = list",
						"data",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/ai-services/rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   639,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "JQQJ99",
					Min: 52,
					Max: 52,
				},
				{
					Lit: "JQQJ9D",
					Min: 52,
					Max: 52,
				},
				{
					Lit: "JQQJ9H",
					Min: 52,
					Max: 52,
				},
			},
			Min: 84,
			Max: 84,
		},
	},
	{
		ID:          "azure-annotated-key",
		Provider:    "azure",
		Title:       "Azure resource key",
		Description: "Opens the resource that it belongs to: Event Grid, Maps, API Management or another.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z][A-L][0-9A-Za-z]{16}[A-Z]{4}[0-9A-Za-z]{4}(?:[0-9A-Za-z]{2}==)?",
		Boundary:    "token",
		Docs:        []string{"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json"},
		Rotate:      "https://portal.azure.com",
		Tags:        []string{"cloud"},
		Match: []string{
			"AZURE_MAPS_KEY={{secret}}",
			"aeg-sas-key: {{secret}}",
			`"subscriptionKey": "{{secret}}"`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxJQQJ99BAxxxxxxxxxxxxxxxxAZMPxxxx",
			"0123456789JQQJ99BAxxxxAZMP0123",
			"JQQJ99",
		},
		Verify: &Verify{
			None: "the key does not tell which resource it belongs to",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key on the resource's page: https://portal.azure.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   682,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "JQQJ99",
					Min: 52,
					Max: 52,
				},
				{
					Lit: "JQQJ9D",
					Min: 52,
					Max: 52,
				},
				{
					Lit: "JQQJ9H",
					Min: 52,
					Max: 52,
				},
			},
			Min: 84,
			Max: 88,
		},
	},
	{
		ID:          "azure-ai-services-key-old",
		Provider:    "azure",
		Title:       "Azure AI services or API Management key (without mark)",
		Description: "Calls Azure OpenAI, other AI services or a managed interface at the cost of its resource.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"azure_openai",
			"openai_api_key",
			"openai_key",
			"azure_ai",
			"cognitive_services",
			"cognitive_service",
			"cognitive_key",
			"ocp-apim-subscription-key",
			"speech_key",
			"azure_speech",
			"translator_key",
			"azure_translator",
			"computer_vision",
			"form_recognizer",
			"text_analytics",
			"face_key",
			"luis_key",
			"bing_key",
			"bing_search_key",
			"azure_vision",
			"azure_language",
			"subscription_key",
			"aoai_key",
			"openai_azure",
			"apim_key",
			"apim_subscription",
			"api_management_key",
			"document_intelligence",
			"content_safety_key",
		},
		Near:     32,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://learn.microsoft.com/en-us/azure/ai-services/authentication"},
		Rotate:   "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"AZURE_OPENAI_API_KEY={{secret}}",
			"Ocp-Apim-Subscription-Key: {{secret}}",
			`openai.api_key = "{{secret}}"`,
			"SPEECH_KEY={{secret}}",
			"cognitiveServicesKey: {{secret}}",
		},
		NoMatch: []string{
			"AZURE_OPENAI_API_KEY=00000000000000000000000000000000",
			"AZURE_OPENAI_API_KEY=0123456789abcdef",
			"AZURE_OPENAI_API_KEY=0123456789abcdef0123456789abcdef01234567",
			"openai_commit: 4a5b6c7d8e9f0a1b2c3d4e5f60718293",
		},
		Verify: &Verify{
			None: "the endpoint that the key belongs to does not stand close by",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/ai-services/rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   709,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "azure-ai-services-key-beside-endpoint",
		Provider:    "azure",
		Title:       "Azure AI services key (without mark)",
		Description: "Calls Azure OpenAI or other AI services at the cost of its resource.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"api_key",
			"api-key",
			"openai",
			"azure_key",
			"azure_credential",
			"key_credential",
			"subscription_key",
			"cognitive",
		},
		Near:     32,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "endpoint",
				Regex:    `[0-9a-z-]{2,64}\.(?:openai|cognitiveservices|services\.ai)\.azure\.com`,
				Within:   500,
				Required: true,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/ai-services/authentication"},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			`client = AzureOpenAI(azure_endpoint="https://{{endpoint}}/", api_key="{{secret}}")`,
			`curl https://{{endpoint}}/openai/deployments/d/chat/completions -H "api-key: {{secret}}"`,
			"new OpenAI({\n  apiKey: \"{{secret}}\",\n  baseURL: \"https://{{endpoint}}/openai/deployments/d\",\n})",
		},
		NoMatch: []string{
			"https://{{endpoint}}/ api-key: 00000000000000000000000000000000",
			"https://{{endpoint}}/ api-key: 0123456789abcdef",
			"api-key: 4a5b6c7d8e9f0a1b2c3d4e5f60718293",
			"https://{{endpoint}}/ openai commit: 4a5b6c7d8e9f0a1b2c3d4e5f607182934a5b6c7d",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{endpoint}}/openai/models?api-version=2024-10-21",
						Headers: []Pair{
							{
								Name:  "api-key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = list",
						"data",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/ai-services/rotate-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   748,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "azure-messaging-key",
		Provider:    "azure",
		Title:       "Azure Event Hubs, Service Bus or Relay key",
		Description: "Sends, receives or manages messages of a namespace or queue, as its policy says.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z+/]{33}\+(?:AEh|ASb|ARm)[A-P][0-9A-Za-z+/]{5}=`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "namespace",
				Regex: `(?P<part>[0-9A-Za-z-]{3,60})\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)`,
			},
			{
				Name:  "key_name",
				Regex: "SharedAccessKeyName=(?P<part>[0-9A-Za-z_.-]{1,64})",
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"az eventhubs namespace authorization-rule keys list --name root: {{secret}}",
			"EVENTHUB_KEY={{secret}}",
			`"primaryKey": "{{secret}}"`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx+AEhAxxxxx=",
			"0123456789+ASbAxxxxx=",
			"SharedAccessKey=+ARm",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key of the shared access policy: https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   791,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "+AEh",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "+ASb",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "+ARm",
					Min: 33,
					Max: 33,
				},
			},
			Min: 44,
			Max: 44,
		},
	},
	{
		ID:          "azure-messaging-connection-string",
		Provider:    "azure",
		Title:       "Azure Event Hubs, Service Bus or Relay connection string",
		Description: "Sends, receives or manages messages of a namespace or queue, as its policy says.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:SharedAccessKey)\s{0,2}=\s{0,2}(?P<secret>[0-9A-Za-z+/]{42,43}={1,2})`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:     "namespace",
				Regex:    `(?P<part>[0-9A-Za-z-]{3,60})\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)`,
				Required: true,
			},
			{
				Name:  "key_name",
				Regex: "SharedAccessKeyName=(?P<part>[0-9A-Za-z_.-]{1,64})",
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas"},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey={{secret}}",
			`"ServiceBus": "Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey={{secret}};EntityPath=orders"`,
			`EVENTHUB_CONNECTION_STRING="Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey={{secret}}"`,
		},
		NoMatch: []string{
			"Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey=${KEY}",
			"Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
			"Endpoint=sb://{{namespace}}.servicebus.windows.net/;SharedAccessKeyName={{key_name}};SharedAccessKey=tooshort=",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key of the shared access policy: https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   830,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "sharedaccesskey",
					Fold: true,
				},
			},
			RunMin: 16,
			RunMax: 20,
			Min:    59,
			Max:    70,
		},
	},
	{
		ID:          "azure-iot-connection-string",
		Provider:    "azure",
		Title:       "Azure IoT Hub connection string",
		Description: "Acts as a device, or as the service side of an IoT hub with all its devices.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:SharedAccessKey)\s{0,2}=\s{0,2}(?P<secret>[0-9A-Za-z+/]{42,86}={1,2})`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:     "host",
				Regex:    `[0-9A-Za-z-]{3,50}\.azure-devices(?:-provisioning)?\.(?:net|cn|us)`,
				Required: true,
			},
		},
		Docs:   []string{"https://learn.microsoft.com/en-us/azure/iot-hub/authenticate-authorize-sas"},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"iot",
		},
		Match: []string{
			"HostName={{host}};SharedAccessKeyName=iothubowner;SharedAccessKey={{secret}}",
			"HostName={{host}};DeviceId=thermo-1;SharedAccessKey={{secret}}",
			`IOTHUB_CONNECTION_STRING="HostName={{host}};SharedAccessKeyName=service;SharedAccessKey={{secret}}"`,
		},
		NoMatch: []string{
			"HostName={{host}};DeviceId=thermo-1;SharedAccessKey=<device key>",
			"HostName={{host}};DeviceId=thermo-1;SharedAccessKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
			"HostName={{host}};DeviceId=thermo-1;SharedAccessKey=tooshort=",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key of the policy or the device: https://learn.microsoft.com/en-us/azure/iot-hub/authenticate-authorize-sas",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   867,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "sharedaccesskey",
					Fold: true,
				},
			},
			RunMin: 16,
			RunMax: 20,
			Min:    59,
			Max:    113,
		},
	},
	{
		ID:          "azure-app-configuration-connection-string",
		Provider:    "azure",
		Title:       "Azure App Configuration connection string",
		Description: "Reads or, with a read-write key, changes the settings of all apps that use the store.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `https://[0-9A-Za-z-]{5,50}\.azconfig\.io;Id=[^;\s"']{1,60};Secret=(?P<secret>[0-9A-Za-z+/]{43,86}={0,2})`,
		Boundary:    "token",
		Docs:        []string{"https://learn.microsoft.com/en-us/azure/azure-app-configuration/howto-best-practices"},
		Rotate:      "https://portal.azure.com",
		Tags:        []string{"cloud"},
		Match: []string{
			"AZURE_APPCONFIG_CONNECTION_STRING=Endpoint=https://acme-prod.azconfig.io;Id=ab-c-s0:AbCdEf;Secret={{secret}}",
			`"AppConfig": "Endpoint=https://acme-prod.azconfig.io;Id=abcd;Secret={{secret}}"`,
			`az appconfig kv list --connection-string "Endpoint=https://acme-prod.azconfig.io;Id=abcd;Secret={{secret}}"`,
		},
		NoMatch: []string{
			"Endpoint=https://acme-prod.azconfig.io;Id=abcd;Secret=$SECRET",
			"Endpoint=https://acme-prod.azconfig.io;Id=abcd;Secret=tooshort=",
			"Endpoint=https://acme-prod.azconfig.io;Id=abcd;Secret=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key on the store's page: https://portal.azure.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   900,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ".azconfig.io;Id=",
					Min: 13,
					Max: 58,
				},
			},
			RunMin: 31,
			RunMax: 315,
			Min:    81,
			Max:    410,
		},
	},
	{
		ID:          "azure-endpoint-connection-string",
		Provider:    "azure",
		Title:       "Azure SignalR, Web PubSub or Communication Services connection string",
		Description: "Sends messages as the service: to connected clients, by e-mail or by SMS.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:Endpoint=https://)[0-9A-Za-z.-]{3,80}\.(?:service\.signalr\.net|webpubsub\.azure\.com|communication\.azure\.com)(?::443)?/?;(?i:AccessKey)=(?P<secret>[0-9A-Za-z+/]{43,86}={0,2})`,
		Boundary:    "token",
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/azure-signalr/concept-connection-string",
			"https://learn.microsoft.com/en-us/azure/communication-services/concepts/authentication",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"AzureSignalRConnectionString=Endpoint=https://acme.service.signalr.net;AccessKey={{secret}};Version=1.0;",
			`WEBPUBSUB="Endpoint=https://acme.webpubsub.azure.com;AccessKey={{secret}};Version=1.0;"`,
			"endpoint=https://acme.unitedstates.communication.azure.com/;accesskey={{secret}}",
		},
		NoMatch: []string{
			"Endpoint=https://acme.service.signalr.net;AccessKey=<key>;Version=1.0;",
			"Endpoint=https://acme.service.signalr.net;AccessKey=tooshort=;Version=1.0;",
			"Endpoint=https://acme.service.signalr.net;AccessKey=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=;Version=1.0;",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key on the resource's page: https://portal.azure.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   927,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "endpoint=https://",
					Fold: true,
				},
			},
			RunMin: 41,
			RunMax: 127,
			Min:    94,
			Max:    230,
		},
	},
	{
		ID:          "azure-search-key",
		Provider:    "azure",
		Title:       "Azure AI Search key",
		Description: "Queries the indexes of a search service or, as admin key, changes and deletes them.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z]{42}AzSe[A-D][0-9A-Za-z]{5}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "service",
				Regex: `[0-9a-z-]{2,60}\.search\.windows\.net`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/search/search-security-api-keys",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags:   []string{"cloud"},
		Match: []string{
			"AZURE_SEARCH_KEY={{secret}}",
			`curl -H "api-key: {{secret}}" "https://{{service}}/indexes?api-version=2024-07-01"`,
			`new AzureKeyCredential("{{secret}}")`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAzSeAxxxxx",
			"0123456789AzSeAxxxxx",
			"AzSearch",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{service}}/indexes?$select=name&api-version=2024-07-01",
						Headers: []Pair{
							{
								Name:  "api-key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"value"},
					Body: []string{"$metadata#indexes"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key: https://learn.microsoft.com/en-us/azure/search/search-security-api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   957,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "AzSeA",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "AzSeB",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "AzSeC",
					Min: 42,
					Max: 42,
				},
				{
					Lit: "AzSeD",
					Min: 42,
					Max: 42,
				},
			},
			Min: 52,
			Max: 52,
		},
	},
	{
		ID:          "azure-cache-key",
		Provider:    "azure",
		Title:       "Azure Cache for Redis key",
		Description: "Reads, writes and deletes everything in a cache.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z+/]{33}AzCa[A-P][0-9A-Za-z+/]{5}=",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[0-9a-z-]{1,63}\.redis\.cache\.windows\.net`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/azure-cache-for-redis/cache-configure",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"database",
		},
		Match: []string{
			"REDIS_KEY={{secret}}",
			"{{host}}:6380,password={{secret}},ssl=True,abortConnect=False",
			"redis-cli -h {{host}} -a {{secret}}",
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAzCaAxxxxx=",
			"0123456789AzCaAxxxxx=",
			"AzCache",
		},
		Verify: &Verify{
			Protocol: "redis",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key on the cache's page: https://portal.azure.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   997,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "AzCa",
					Min: 33,
					Max: 33,
				},
			},
			Min: 44,
			Max: 44,
		},
	},
	{
		ID:          "azure-iot-key",
		Provider:    "azure",
		Title:       "Azure IoT Hub key",
		Description: "Acts as a device, or as the service side of an IoT hub with all its devices.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9A-Za-z+/]{33}AIoT[A-P][0-9A-Za-z+/]{5}=",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[0-9A-Za-z-]{3,50}\.azure-devices(?:-provisioning)?\.(?:net|cn|us)`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/azure/iot-hub/authenticate-authorize-sas",
			"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json",
		},
		Rotate: "https://portal.azure.com",
		Tags: []string{
			"cloud",
			"iot",
		},
		Match: []string{
			"IOT_DEVICE_KEY={{secret}}",
			"device key of thermo-1: {{secret}}",
			`primary_key: "{{secret}}"`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAIoTAxxxxx=",
			"0123456789AIoTAxxxxx=",
			"AIoT",
		},
		Verify: &Verify{
			None: "a request has to be signed with the key and the time",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key of the policy or the device: https://learn.microsoft.com/en-us/azure/iot-hub/authenticate-authorize-sas",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   1031,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "AIoT",
					Min: 33,
					Max: 33,
				},
			},
			Min: 44,
			Max: 44,
		},
	},
	{
		ID:          "azure-marked-key",
		Provider:    "azure",
		Title:       "Azure Batch, API Management or Event Grid key",
		Description: "Runs jobs, manages interfaces or publishes events of the resource that it belongs to.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z+/]{76}(?:\+ABa|APIM|\+AMC)[0-9A-Za-z+/]{5}[AQgw]==|[0-9A-Za-z+/]{33}AZEG[A-P][0-9A-Za-z+/]{5}=`,
		Boundary:    "token",
		Docs:        []string{"https://github.com/microsoft/security-utilities/blob/main/GeneratedRegexPatterns/PreciselyClassifiedSecurityKeys.json"},
		Rotate:      "https://portal.azure.com",
		Tags:        []string{"cloud"},
		Match: []string{
			"BATCH_ACCOUNT_KEY={{secret}}",
			"aeg-sas-key: {{secret}}",
			`"primaryKey": "{{secret}}"`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAPIMxxxxxA==",
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAZEGAxxxxx=",
			"0123456789+ABaxxxxxA==",
		},
		Verify: &Verify{
			None: "the key does not tell which resource it belongs to",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the key on the resource's page: https://portal.azure.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/azure.toml",
			Line:   1066,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "+ABa",
					Min: 76,
					Max: 76,
				},
				{
					Lit: "APIM",
					Min: 76,
					Max: 76,
				},
				{
					Lit: "+AMC",
					Min: 76,
					Max: 76,
				},
				{
					Lit: "AZEG",
					Min: 33,
					Max: 33,
				},
			},
			Min: 44,
			Max: 88,
		},
	},
	{
		ID:          "bitbucket-app-password",
		Provider:    "bitbucket",
		Title:       "Bitbucket app password (switched off)",
		Description: "Acted as its owner in Bitbucket Cloud, within its permissions, until app passwords were switched off in 2026.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       "ATBB[0-9A-Za-z]{24}[0-9A-F]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex-upper",
		Parts: []Part{
			{
				Name:  "username",
				Regex: `(?:://|[Uu][Ss][Ee][Rr](?:[Nn][Aa][Mm][Ee])?["']?\s{0,3}[:=]?\s{0,3}["']?)(?P<part>[0-9A-Za-z][0-9A-Za-z_-]{0,62})`,
			},
		},
		Docs:   []string{"https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/"},
		Rotate: "https://id.atlassian.com/manage-profile/security/api-tokens",
		Match: []string{
			"BITBUCKET_APP_PASSWORD={{secret}}",
			"git remote add origin https://ada:{{secret}}@bitbucket.org/acme/site.git",
			`curl --user "ada:{{secret}}" https://api.bitbucket.org/2.0/repositories/acme`,
		},
		NoMatch: []string{
			"BITBUCKET_APP_PASSWORD=ATBB-your-app-password",
			"BITBUCKET_APP_PASSWORD={{secret}}0",
			"LATBbits.LATB5 = ATBBxxxxxxxx;",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.bitbucket.org/2.0/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic username secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"account_id",
						"username",
					},
				},
				{
					Status: []int{
						403,
					},
					JSON: []string{"error.message"},
					Body: []string{"privilege scopes"},
				},
			},
			Identity: Identity{
				Owner:   "json:display_name",
				Account: "json:username",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke it on https://bitbucket.org/account/settings/app-passwords/ and use an API token of Atlassian in its place",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/bitbucket.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ATBB",
				},
			},
			Min: 36,
			Max: 36,
		},
	},
	{
		ID:          "bitbucket-oauth-consumer-secret",
		Provider:    "bitbucket",
		Title:       "Bitbucket OAuth consumer secret",
		Description: "Gets tokens in the name of an OAuth consumer, and for a private one access to the workspace that owns it.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{32}",
		Context: []string{
			"bitbucket_secret",
			"bitbucket_client_secret",
			"bitbucket_oauth_secret",
			"bitbucket_consumer_secret",
			"bitbucket_oauth_client_secret",
			"bitbucket_app_secret",
			"bitbucket_oauth_consumer_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.9,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "consumer_key",
				Regex: "[0-9A-Za-z]{18}",
				Context: []string{
					"key",
					"client_id",
				},
			},
		},
		Docs:   []string{"https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/"},
		Rotate: "https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/",
		Match: []string{
			"BITBUCKET_CLIENT_SECRET={{secret}}",
			`bitbucketSecret: "{{secret}}",`,
			"export BITBUCKET_OAUTH_SECRET='{{secret}}'",
		},
		NoMatch: []string{
			"BITBUCKET_CLIENT_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"BITBUCKET_CLIENT_SECRET={{secret}}x",
			"CLIENT_SECRET={{secret}}",
		},
		Verify: &Verify{
			None: "the only check asks Bitbucket to issue a token",
		},
		Revoke: &Revoke{
			Manual: "Delete the consumer under OAuth consumers in the settings of its workspace, and make a new one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/bitbucket.toml",
			Line:   48,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "bitbucket-data-center-token",
		Provider:    "bitbucket",
		Title:       "Bitbucket Data Center HTTP access token",
		Description: "Reads, and by its permissions writes or administers, projects and repositories of a self-managed Bitbucket.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "BBDC-[MNO][0-9A-Za-z+/]{39,49}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `https?://(?P<part>(?:[0-9A-Za-z-]{1,63}\.){0,4}[0-9A-Za-z-]{0,40}(?:bitbucket|stash)[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?(?:/bitbucket)?)`,
			},
		},
		Docs:   []string{"https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html"},
		Rotate: "https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html",
		Match: []string{
			"BITBUCKET_TOKEN={{secret}}",
			`git -c http.extraHeader="Authorization: Bearer {{secret}}" clone https://{{host}}/scm/acme/site.git`,
			"sonar:\n  bitbucket_token: '{{secret}}'\n",
		},
		NoMatch: []string{
			"BITBUCKET_TOKEN=BBDC-your-token",
			"BITBUCKET_TOKEN=BBDC-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"https://{{host}}/scm/BBDC-1",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/api/1.0/projects",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "limit",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"values"},
					Header: []string{
						"x-ausername",
						"x-ausername != anonymous",
					},
				},
			},
			Identity: Identity{
				Account: "header:x-ausername",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under HTTP access tokens of its user, project or repository on that Bitbucket",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/bitbucket.toml",
			Line:   85,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "BBDC-M",
				},
				{
					Lit: "BBDC-N",
				},
				{
					Lit: "BBDC-O",
				},
			},
			Min: 45,
			Max: 55,
		},
	},
	{
		ID:          "broker-url-amqp",
		Provider:    "broker",
		Title:       "AMQP URL with a password",
		Description: "Reads and writes the queues of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:amqp|amqps)://[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://www.rabbitmq.com/docs/uri-spec"},
		Rotate: "https://www.rabbitmq.com/docs/passwords",
		Match: []string{
			"AMQP_URL=amqps://app:{{secret}}@mq.corp.io/vhost",
			`BROKER_URL = "amqp://{{username}}:{{secret}}@{{host}}//"`,
			"  rabbitmq: amqp://app:{{secret}}@10.1.2.3:5672",
		},
		NoMatch: []string{
			"amqp://user:pass@localhost:5672/",
			"amqp://user:password@mq.corp.io",
			"amqp://app:${RABBITMQ_PASSWORD}@mq:5672",
			"amqp://mq.corp.io:5672",
		},
		Verify: &Verify{
			Protocol: "amqp",
		},
		Revoke: &Revoke{
			Manual: "rabbitmqctl change_password name: https://www.rabbitmq.com/docs/passwords",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/broker.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "amqp://",
				},
				{
					Lit: "amqps://",
				},
			},
			Min: 13,
			Max: 347,
		},
	},
	{
		ID:          "broker-url-other",
		Provider:    "broker",
		Title:       "message broker URL with a password",
		Description: "Reads and writes the messages of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:nats|natss|mqtt|mqtts|stomp|kafka|pulsar|activemq)://|(?:stomp|mqtt|pulsar)\+[a-z]{2,5}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		Match: []string{
			"NATS_URL=nats://app:{{secret}}@nats.corp.io:4222",
			`mqtt.connect("mqtts://{{username}}:{{secret}}@{{host}}")`,
			"  broker: mqtt://app:{{secret}}@10.1.2.3:1883",
		},
		NoMatch: []string{
			"nats://user:password@localhost:4222",
			"nats://${NATS_USER}:${NATS_PASSWORD}@nats:4222",
			"nats://a.corp.io:4222,nats://b.corp.io:4222",
			"mqtt://app:<password>@broker.corp.io",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user in the broker's configuration, and reload it.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/broker.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "nats://",
				},
				{
					Lit: "natss://",
				},
				{
					Lit: "mqtt://",
				},
				{
					Lit: "mqtts://",
				},
				{
					Lit: "stomp://",
				},
				{
					Lit: "kafka://",
				},
				{
					Lit: "pulsar://",
				},
				{
					Lit: "activemq://",
				},
				{
					Lit: "stomp+",
				},
				{
					Lit: "mqtt+",
				},
				{
					Lit: "pulsar+",
				},
			},
			Min: 13,
			Max: 354,
		},
	},
	{
		ID:          "broker-kafka-jaas",
		Provider:    "broker",
		Title:       "Kafka SASL password",
		Description: "Reads and writes the topics of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `LoginModule[ \t]{1,4}(?:required|requisite|sufficient|optional)[0-9A-Za-z \t\r\n\\"'=:._@$-]{1,200}password[ \t]{0,4}=[ \t]{0,4}\\?["'](?P<secret>[^\s"'\\]{3,256})`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:  "username",
				Regex: `username[ \t]{0,4}=[ \t]{0,4}\\?["'](?P<part>[^\s"'\\]{1,128})`,
			},
		},
		Docs: []string{"https://kafka.apache.org/documentation/#security_sasl_jaasconfig"},
		Match: []string{
			`sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="{{username}}" password="{{secret}}";`,
			"KafkaClient {\n  org.apache.kafka.common.security.scram.ScramLoginModule required\n  username=\"app\"\n  password=\"{{secret}}\";\n};",
			`jaas: "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"{{username}}\" password=\"{{secret}}\";"`,
		},
		NoMatch: []string{
			`PlainLoginModule required username="app" password="${KAFKA_PASSWORD}";`,
			`PlainLoginModule required username="app" password="password";`,
			`PlainLoginModule required username="app";`,
		},
		Verify: &Verify{
			None: "only a SASL handshake with the broker could tell",
		},
		Revoke: &Revoke{
			Manual: "kafka-configs --alter --add-config 'SCRAM-SHA-512=[password=...]' for the user, or a new API key of the provider: https://kafka.apache.org/documentation/#security_sasl_scram",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/broker.toml",
			Line:   81,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "LoginModule",
				},
			},
			Min: 34,
			Max: 1268,
		},
	},
	{
		ID:          "cloudflare-global-api-key",
		Provider:    "cloudflare",
		Title:       "Cloudflare Global API Key",
		Description: "With the e-mail address of its owner it may do everything the user may, in every account and zone.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "cfk_[0-9A-Za-z]{40}[0-9a-f]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex",
		Parts: []Part{
			{
				Name:  "email",
				Regex: `[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){1,4}`,
			},
		},
		Docs:   []string{"https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"},
		Rotate: "https://dash.cloudflare.com/profile/api-tokens",
		Match: []string{
			"CLOUDFLARE_API_KEY={{secret}}",
			`curl https://api.cloudflare.com/client/v4/user -H "X-Auth-Email: ada@acme.test" -H "X-Auth-Key: {{secret}}"`,
			"provider \"cloudflare\" {\n  email   = \"ada@acme.test\"\n  api_key = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"CLOUDFLARE_API_KEY=cfk_your-global-api-key",
			"CLOUDFLARE_API_KEY={{secret}}0",
			"CLOUDFLARE_EMAIL={{email}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.cloudflare.com/client/v4/user",
						Headers: []Pair{
							{
								Name:  "X-Auth-Email",
								Value: "{{email}}",
							},
							{
								Name:  "X-Auth-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"success = true",
						"result.id",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:result.email",
				Account: "json:result.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Change the Global API Key on https://dash.cloudflare.com/profile/api-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cfk_",
				},
			},
			Min: 52,
			Max: 52,
		},
	},
	{
		ID:          "cloudflare-user-api-token",
		Provider:    "cloudflare",
		Title:       "Cloudflare user API token",
		Description: "Does what its permissions allow in the accounts and zones of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "cfut_[0-9A-Za-z]{40}[0-9a-f]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex",
		Docs:        []string{"https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"},
		Rotate:      "https://dash.cloudflare.com/profile/api-tokens",
		Match: []string{
			"export CLOUDFLARE_API_TOKEN={{secret}}",
			"- uses: cloudflare/wrangler-action@v3\n  with:\n    apiToken: {{secret}}\n",
			"Authorization: Bearer {{secret}}",
			"docker run -e CF_API_TOKEN={{secret}} acme/dns",
		},
		NoMatch: []string{
			"CLOUDFLARE_API_TOKEN=cfut_your_token_here",
			"CLOUDFLARE_API_TOKEN={{secret}}0",
			"CLOUDFLARE_API_TOKEN=cfut_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.cloudflare.com/client/v4/user/tokens/verify",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"success = true",
						"result.status = active",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"success = false"},
				},
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = disabled"},
				},
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = expired"},
				},
			},
			Identity: Identity{
				Account: "json:result.id",
				Expires: "json:result.expires_on",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://dash.cloudflare.com/profile/api-tokens; the check tells its id",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cfut_",
				},
			},
			Min: 53,
			Max: 53,
		},
	},
	{
		ID:          "cloudflare-account-api-token",
		Provider:    "cloudflare",
		Title:       "Cloudflare account API token",
		Description: "Does what its permissions allow in the account that owns it, whoever made it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "cfat_[0-9A-Za-z]{40}[0-9a-f]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex",
		Parts: []Part{
			{
				Name:    "account_id",
				Regex:   "[0-9a-f]{32}",
				Context: []string{"account"},
			},
		},
		Docs: []string{
			"https://developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens/",
			"https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
		},
		Rotate: "https://dash.cloudflare.com/?to=/:account/api-tokens",
		Match: []string{
			"CLOUDFLARE_ACCOUNT_ID={{account_id}}\nCLOUDFLARE_API_TOKEN={{secret}}\n",
			`{"cloudflare": {"apiToken": "{{secret}}"}}`,
			"wrangler secret put --token {{secret}}",
		},
		NoMatch: []string{
			"CLOUDFLARE_API_TOKEN=cfat_your_token_here",
			"CLOUDFLARE_API_TOKEN={{secret}}0",
			"CLOUDFLARE_ACCOUNT_ID={{account_id}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.cloudflare.com/client/v4/accounts/{{account_id}}/tokens/verify",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"success = true",
						"result.status = active",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = disabled"},
				},
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = expired"},
				},
			},
			Identity: Identity{
				Account: "json:result.id",
				Expires: "json:result.expires_on",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://dash.cloudflare.com/?to=/:account/api-tokens; the check tells its id",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   81,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cfat_",
				},
			},
			Min: 53,
			Max: 53,
		},
	},
	{
		ID:          "cloudflare-oauth-access-token",
		Provider:    "cloudflare",
		Title:       "Cloudflare OAuth access token",
		Description: "Acts as the user who logged in with Wrangler or another client, until it expires.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `cfoat_[0-9A-Za-z_-]{43}\.[0-9A-Za-z_-]{43}`,
		Boundary:    "token",
		Docs:        []string{"https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"},
		Rotate:      "https://dash.cloudflare.com/profile/access-management/authorization",
		Match: []string{
			"CLOUDFLARE_API_TOKEN={{secret}}",
			`oauth_token = "{{secret}}"`,
			"const token = '{{secret}}';",
		},
		NoMatch: []string{
			`oauth_token = "cfoat_..."`,
			`oauth_token = "{{secret}}0"`,
			"cfoat_your-oauth-token.from-wrangler-login",
		},
		Revoke: &Revoke{
			Manual: "Run wrangler logout, or take the grant back on https://dash.cloudflare.com/profile/access-management/authorization",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   126,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cfoat_",
				},
			},
			Min: 93,
			Max: 93,
		},
	},
	{
		ID:          "cloudflare-api-token-legacy",
		Provider:    "cloudflare",
		Title:       "Cloudflare API token (before 2026)",
		Description: "Does what its permissions allow in the accounts and zones of its owner.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{40}",
		Context: []string{
			"cloudflare",
			"cf_api_token",
			"cf_token",
			"cf_dns_api_token",
			"cf_zone_api_token",
			"cf_auth_token",
		},
		Boundary: "value",
		Entropy:  4.4,
		Digits:   1,
		Docs:     []string{"https://developers.cloudflare.com/fundamentals/api/get-started/create-token/"},
		Rotate:   "https://dash.cloudflare.com/profile/api-tokens",
		Match: []string{
			"CLOUDFLARE_API_TOKEN={{secret}}",
			"cloudflare:\n  apiToken: '{{secret}}'\n",
			"dns_cloudflare_api_token = {{secret}}",
			`CF_API_TOKEN="{{secret}}" npx wrangler deploy`,
		},
		NoMatch: []string{
			"CLOUDFLARE_API_TOKEN=your_cloudflare_api_token_goes_here_12345",
			"CLOUDFLARE_API_TOKEN={{secret}}x",
			"uses: cloudflare/wrangler-action@0123456789abcdef0123456789abcdef01234567",
			"API_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.cloudflare.com/client/v4/user/tokens/verify",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"success = true",
						"result.status = active",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = disabled"},
				},
				{
					Status: []int{
						200,
					},
					JSON: []string{"result.status = expired"},
				},
			},
			Identity: Identity{
				Account: "json:result.id",
				Expires: "json:result.expires_on",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://dash.cloudflare.com/profile/api-tokens; the check tells its id",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   150,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "cloudflare-global-api-key-legacy",
		Provider:    "cloudflare",
		Title:       "Cloudflare Global API Key (before 2026)",
		Description: "With the e-mail address of its owner it may do everything the user may, in every account and zone.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{45}|[0-9a-f]{37}",
		Context: []string{
			"cloudflare",
			"cf_api_key",
			"cf_key",
			"cf_global_api_key",
			"cf_auth_key",
			"x_auth_key",
		},
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Allow:    []string{"^c2547eb745079dac"},
		Parts: []Part{
			{
				Name:  "email",
				Regex: `[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]{1,63}(?:\.[0-9A-Za-z-]{1,63}){1,4}`,
			},
		},
		Docs:   []string{"https://developers.cloudflare.com/fundamentals/api/get-started/keys/"},
		Rotate: "https://dash.cloudflare.com/profile/api-tokens",
		Match: []string{
			"CLOUDFLARE_EMAIL=ada@acme.test\nCLOUDFLARE_API_KEY={{secret}}\n",
			`curl https://api.cloudflare.com/client/v4/zones -H "X-Auth-Email: ada@acme.test" -H "X-Auth-Key: {{secret}}"`,
			"dns_cloudflare_email = ada@acme.test\ndns_cloudflare_api_key = {{secret}}\n",
		},
		NoMatch: []string{
			"CLOUDFLARE_API_KEY=0123456789abcdef0123456789abcdef01234567",
			"CLOUDFLARE_API_KEY={{secret}}g",
			"CLOUDFLARE_ZONE_ID=00000000000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.cloudflare.com/client/v4/user",
						Headers: []Pair{
							{
								Name:  "X-Auth-Email",
								Value: "{{email}}",
							},
							{
								Name:  "X-Auth-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"success = true",
						"result.id",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:result.email",
				Account: "json:result.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Change the Global API Key on https://dash.cloudflare.com/profile/api-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   191,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  37,
			Max:  45,
		},
	},
	{
		ID:          "cloudflare-origin-ca-key",
		Provider:    "cloudflare",
		Title:       "Cloudflare Origin CA key",
		Description: "Issues and revokes Origin CA certificates for every zone of its user; Cloudflare is phasing it out.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `v1\.0-[0-9a-f]{24}-[0-9a-f]{146}`,
		Boundary:    "token",
		Docs:        []string{"https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/"},
		Rotate:      "https://dash.cloudflare.com/profile/api-tokens",
		Match: []string{
			"CLOUDFLARE_API_USER_SERVICE_KEY={{secret}}",
			`curl -H "X-Auth-User-Service-Key: {{secret}}" https://api.cloudflare.com/client/v4/certificates`,
			`api_user_service_key = "{{secret}}"`,
		},
		NoMatch: []string{
			"X-Auth-User-Service-Key: v1.0-your-origin-ca-key",
			"X-Auth-User-Service-Key: {{secret}}0",
			"image: acme/site:v1.0-0123456789abcdef01234567-amd64",
		},
		Verify: &Verify{
			None: "the only calls that take it list or change certificates of a zone that is not known",
		},
		Revoke: &Revoke{
			Manual: "Change the Origin CA key on https://dash.cloudflare.com/profile/api-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   229,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "v1.0-",
				},
			},
			RunMin: 3,
			RunMax: 3,
			Min:    176,
			Max:    176,
		},
	},
	{
		ID:          "cloudflare-tunnel-token",
		Provider:    "cloudflare",
		Title:       "Cloudflare Tunnel token",
		Description: "Runs a tunnel, so that who holds it can take over what the tunnel's host names lead to.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "eyJhIjoi[0-9A-Za-z]{43}iLCJ[0z]Ijoi[0-9A-Za-z+/]{80,300}={0,2}",
		Boundary:    "token",
		Docs:        []string{"https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/remote-tunnel-permissions/"},
		Rotate:      "https://one.dash.cloudflare.com/?to=/:account/networks/connectors",
		Match: []string{
			"TUNNEL_TOKEN={{secret}}",
			"sudo cloudflared service install {{secret}}",
			"  cloudflared:\n    command: tunnel --no-autoupdate run --token {{secret}}\n",
		},
		NoMatch: []string{
			"TUNNEL_TOKEN=eyJhIjoi...your-token",
			"TUNNEL_TOKEN=eyJhIjoiYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEifQ==",
			"cloudflared tunnel run --token eyJhIjoiMSJ9",
		},
		Verify: &Verify{
			None: "the only way to find out is to run the tunnel",
		},
		Revoke: &Revoke{
			Manual: "Refresh the token of the tunnel under Networks, Connectors on https://one.dash.cloudflare.com and drop the connections that are open",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   256,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "eyJhIjoi",
				},
			},
			Min: 140,
			Max: 362,
		},
	},
	{
		ID:          "cloudflare-r2-secret-access-key",
		Provider:    "cloudflare",
		Title:       "Cloudflare R2 secret access key",
		Description: "Reads and, by its permissions, writes the objects in R2 buckets over the S3 interface.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{64}",
		Context: []string{
			"r2_secret_access_key",
			"r2_secret_key",
			"r2_access_key_secret",
			"r2_secret",
			"cloudflare_r2_secret",
			"r2_access_secret",
			"r2_token_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "access_key_id",
				Regex:   "[0-9a-f]{32}",
				Context: []string{"access_key"},
			},
			{
				Name:  "endpoint",
				Regex: `[0-9a-f]{32}(?:\.eu|\.fedramp)?\.r2\.cloudflarestorage\.com`,
			},
		},
		Docs:   []string{"https://developers.cloudflare.com/r2/api/tokens/"},
		Rotate: "https://dash.cloudflare.com/?to=/:account/r2/api-tokens",
		Match: []string{
			"R2_ACCESS_KEY_ID={{access_key_id}}\nR2_SECRET_ACCESS_KEY={{secret}}\n",
			`r2SecretAccessKey: "{{secret}}",`,
			`export CLOUDFLARE_R2_SECRET_ACCESS_KEY="{{secret}}"`,
		},
		NoMatch: []string{
			"R2_SECRET_ACCESS_KEY=your-r2-secret-access-key",
			"R2_SECRET_ACCESS_KEY={{secret}}0",
			"R2_ACCESS_KEY_ID={{access_key_id}}",
			"r2 sha256: {{secret}}",
		},
		Revoke: &Revoke{
			Manual: "Delete the token on the page R2, Manage API tokens of https://dash.cloudflare.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   283,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "cloudflare-access-service-token",
		Provider:    "cloudflare",
		Title:       "Cloudflare Access service token secret",
		Description: "With its client id it passes the Access policies that admit the service token.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "cfast_[0-9A-Za-z]{40}[0-9a-f]{8}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `[0-9a-f]{32}\.access`,
			},
		},
		Docs: []string{
			"https://developers.cloudflare.com/changelog/post/2026-08-26-service-token-secret-format/",
			"https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/",
		},
		Rotate: "https://one.dash.cloudflare.com/?to=/:account/access/service-auth",
		Match: []string{
			"CF_ACCESS_CLIENT_ID={{client_id}}\nCF_ACCESS_CLIENT_SECRET={{secret}}\n",
			`curl -H "CF-Access-Client-Secret: {{secret}}" https://app.acme.test`,
			`service_token_secret = "{{secret}}"`,
		},
		NoMatch: []string{
			"CF_ACCESS_CLIENT_SECRET=cfast_your-secret",
			"CF_ACCESS_CLIENT_SECRET={{secret}}0",
			"CF_ACCESS_CLIENT_ID={{client_id}}",
		},
		Verify: &Verify{
			None: "it can be tried only at the application that it protects, whose address is not known",
		},
		Revoke: &Revoke{
			Manual: "Rotate or delete the service token under Access, Service credentials on https://one.dash.cloudflare.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   321,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cfast_",
				},
			},
			Min: 54,
			Max: 54,
		},
	},
	{
		ID:          "cloudflare-access-service-token-legacy",
		Provider:    "cloudflare",
		Title:       "Cloudflare Access service token secret (before September 2026)",
		Description: "With its client id it passes the Access policies that admit the service token.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{64}",
		Context: []string{
			"cf_access_client_secret",
			"cloudflare_access_client_secret",
			"cf_access_secret",
			"cf_client_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `[0-9a-f]{32}\.access`,
			},
		},
		Docs:   []string{"https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/"},
		Rotate: "https://one.dash.cloudflare.com/?to=/:account/access/service-auth",
		Match: []string{
			"CF_ACCESS_CLIENT_ID={{client_id}}\nCF_ACCESS_CLIENT_SECRET={{secret}}\n",
			`curl -H "CF-Access-Client-Id: {{client_id}}" -H "CF-Access-Client-Secret: {{secret}}" https://app.acme.test`,
			`"CF-Access-Client-Secret": "{{secret}}",`,
		},
		NoMatch: []string{
			"CF_ACCESS_CLIENT_SECRET=your-client-secret",
			"CF_ACCESS_CLIENT_SECRET={{secret}}0",
			"CF_ACCESS_CLIENT_ID={{client_id}}",
		},
		Verify: &Verify{
			None: "it can be tried only at the application that it protects, whose address is not known",
		},
		Revoke: &Revoke{
			Manual: "Rotate or delete the service token under Access, Service credentials on https://one.dash.cloudflare.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   353,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "cloudflare-turnstile-secret-key",
		Provider:    "cloudflare",
		Title:       "Cloudflare Turnstile secret key",
		Description: "Redeems the answers of a Turnstile widget; the site key, which is shorter, is public.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "0x4AAAAAA[0-9A-Za-z_-]{26}",
		Boundary:    "token",
		Docs:        []string{"https://developers.cloudflare.com/turnstile/get-started/server-side-validation/"},
		Rotate:      "https://dash.cloudflare.com/?to=/:account/turnstile",
		Match: []string{
			"TURNSTILE_SECRET_KEY={{secret}}",
			"$secret = '{{secret}}';",
			`curl -d "secret={{secret}}&response=$TOKEN" https://challenges.cloudflare.com/turnstile/v0/siteverify`,
		},
		NoMatch: []string{
			"TURNSTILE_SECRET_KEY=0x4AAAAAAAxxxxxxxxxxxxxxx",
			"TURNSTILE_SECRET_KEY={{secret}}0",
			"NEXT_PUBLIC_TURNSTILE_SITE_KEY=0x4AAAAAAAAAAAAAAAAAAAAA",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://challenges.cloudflare.com/turnstile/v0/siteverify",
						Form: []Pair{
							{
								Name:  "response",
								Value: "none",
							},
							{
								Name:  "secret",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					JSON:  []string{"success = false"},
					Body:  []string{"invalid-input-response"},
					Lacks: []string{"invalid-input-secret"},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{"success = false"},
					Body: []string{"invalid-input-secret"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Rotate the secret key of the widget under Turnstile on https://dash.cloudflare.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/cloudflare.toml",
			Line:   385,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "0x4AAAAAA",
				},
			},
			Min: 35,
			Max: 35,
		},
	},
	{
		ID:          "crates-io-api-token",
		Provider:    "crates-io",
		Title:       "Cargo registry token",
		Description: "Publishes and yanks crates as its user, within the scopes chosen for it.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "cio[0-9A-Za-z]{32}",
		Boundary:    "token",
		Entropy:     4,
		Digits:      2,
		Docs:        []string{"https://doc.rust-lang.org/cargo/reference/publishing.html"},
		Tags:        []string{"package-registry"},
		Match: []string{
			"CARGO_REGISTRY_TOKEN={{secret}}",
			"[registry]\ntoken = \"{{secret}}\"\n",
			"cargo login {{secret}}",
			"cargo publish --token {{secret}}",
		},
		NoMatch: []string{
			"cioxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"cio0123456789",
			"ciotokenMadeOfWordsAloneWithoutDigi",
			"socio0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p",
		},
		Verify: &Verify{
			None: "which registry it belongs to is not known",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token on the account's page of the registry, under API Tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/crates-io.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "cio",
				},
			},
			Min: 35,
			Max: 35,
		},
	},
	{
		ID:          "database-jdbc",
		Provider:    "database",
		Title:       "JDBC URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "jdbc:[0-9a-z]{2,20}:[!#-&(-;=?-_a-~]{1,300}[?&;:](?i:password|pwd)=(?P<secret>[!#-%*-:=?-_a-z|~]{3,128})",
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:  "username",
				Regex: "[?&;](?i:user|username|uid)=(?P<part>[0-9A-Za-z._@-]{1,64})",
			},
			{
				Name:  "host",
				Regex: "jdbc:[0-9a-z:]{2,30}//(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?)",
			},
		},
		Docs: []string{
			"https://jdbc.postgresql.org/documentation/use/",
			"https://learn.microsoft.com/en-us/sql/connect/jdbc/building-the-connection-url",
		},
		Match: []string{
			"jdbc:mysql://db.corp.io:3306/app?user={{username}}&password={{secret}}",
			"spring.datasource.url=jdbc:sqlserver://sql.corp.io:1433;databaseName=app;user=app;password={{secret}};encrypt=true",
			`<property name="url" value="jdbc:mysql://{{host}}/app?user=app&amp;password={{secret}}&amp;useSSL=true"/>`,
			`String url = "jdbc:redshift://dw.corp.io:5439/app?UID=app&PWD={{secret}}";`,
		},
		NoMatch: []string{
			"jdbc:mysql://localhost/app?user=app&password=password",
			"jdbc:mysql://db.corp.io/app?user=app&password=${DB_PASSWORD}",
			"jdbc:postgresql://db.corp.io:5432/app",
			"jdbc:sqlserver://sql.corp.io;user=app;password=<password>",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user in the database, and end its sessions.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-dsn.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "jdbc:",
				},
			},
			Min: 17,
			Max: 466,
		},
	},
	{
		ID:          "database-jdbc-oracle",
		Provider:    "database",
		Title:       "Oracle JDBC URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "jdbc:oracle:(?:thin|oci8?):[0-9A-Za-z_$#.-]{1,64}/(?P<secret>[!#-&*-.0-;=?A-_a-z|~]{3,128})@",
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:  "username",
				Regex: "jdbc:oracle:(?:thin|oci8?):(?P<part>[0-9A-Za-z_$#.-]{1,64})/",
			},
		},
		Docs:   []string{"https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html"},
		Rotate: "https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ALTER-USER.html",
		Match: []string{
			"jdbc:oracle:thin:{{username}}/{{secret}}@//ora.corp.io:1521/app",
			"url: jdbc:oracle:thin:app/{{secret}}@ora.corp.io:1521:APP",
			"<url>jdbc:oracle:oci:app/{{secret}}@tnsname</url>",
		},
		NoMatch: []string{
			"jdbc:oracle:thin:@//ora.corp.io:1521/app",
			"jdbc:oracle:thin:app/password@ora.corp.io:1521:APP",
			"jdbc:oracle:thin:app/${PW}@ora.corp.io:1521:APP",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name IDENTIFIED BY ...: https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ALTER-USER.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-dsn.toml",
			Line:   41,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "jdbc:oracle:",
				},
			},
			Min: 22,
			Max: 211,
		},
	},
	{
		ID:          "database-connection-string",
		Provider:    "database",
		Title:       "ADO.NET or ODBC connection string with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:;|; )(?i:password|pwd)(?:=| =) {0,2}'?(?P<secret>[!#-&(-:=?-_a-z|~]{3,128})",
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "host",
				Regex:    `(?i:server|data source|datasource|host|addr|address|network address) {0,2}= {0,2}(?:tcp:)?(?P<part>[0-9A-Za-z(.][0-9A-Za-z._\\$()-]{0,252})[^"'\n]{0,200};`,
				Required: true,
			},
			{
				Name:  "username",
				Regex: `(?i:user id|userid|user|uid|username) {0,2}= {0,2}(?P<part>[0-9A-Za-z._@\\-]{1,64});?`,
			},
		},
		Docs: []string{
			"https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax",
			"https://learn.microsoft.com/en-us/sql/connect/odbc/dsn-connection-string-attribute",
		},
		Match: []string{
			"Server=tcp:{{host}},1433;Initial Catalog=app;User ID={{username}};Password={{secret}};Encrypt=True;",
			`"DefaultConnection": "Server=db.corp.io;Database=app;Uid=app;Pwd={{secret}};"`,
			`<add name="App" connectionString="Data Source=sql.corp.io;Initial Catalog=app;User Id=app;Password={{secret}}" />`,
			`pyodbc.connect("DRIVER={ODBC Driver 18 for SQL Server};SERVER=sql.corp.io;DATABASE=app;UID=app;PWD={{secret}}")`,
		},
		NoMatch: []string{
			"Server=db.corp.io;Database=app;Uid=app;Pwd=${DB_PASSWORD};",
			"Server=localhost;Database=app;User Id=sa;Password=password;",
			"Server=db.corp.io;Database=app;Integrated Security=true;",
			"x = 1; password = {{secret}}",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the login in the database, and end its sessions: https://learn.microsoft.com/en-us/sql/t-sql/statements/alter-login-transact-sql",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-dsn.toml",
			Line:   73,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  ";password=",
					Fold: true,
				},
				{
					Lit:  ";password =",
					Fold: true,
				},
				{
					Lit:  ";pwd=",
					Fold: true,
				},
				{
					Lit:  ";pwd =",
					Fold: true,
				},
				{
					Lit:  "; password=",
					Fold: true,
				},
				{
					Lit:  "; password =",
					Fold: true,
				},
				{
					Lit:  "; pwd=",
					Fold: true,
				},
				{
					Lit:  "; pwd =",
					Fold: true,
				},
			},
			Min: 8,
			Max: 145,
		},
	},
	{
		ID:          "database-go-dsn",
		Provider:    "database",
		Title:       "Go MySQL data source name with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z_.-]{1,32}:(?P<secret>[!#-&*-.0-;=?A-_a-z|~]{3,64})@(?:tcp|tcp6|unix)\(`,
		Boundary:    "token",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "(?P<part>[0-9A-Za-z_.-]{1,64}):[^\\s\"'`@/<>(){}:]{1,128}@(?:tcp|tcp6|unix)\\(",
				Within: 240,
			},
			{
				Name:  "host",
				Regex: `@tcp6?\((?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?)\)`,
			},
		},
		Docs:   []string{"https://github.com/go-sql-driver/mysql#dsn-data-source-name"},
		Rotate: "https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
		Match: []string{
			`sql.Open("mysql", "{{username}}:{{secret}}@tcp({{host}}:3306)/app?parseTime=true")`,
			"DSN=app:{{secret}}@tcp(db.corp.io:3306)/app",
			"  dsn: app:{{secret}}@unix(/var/run/mysqld.sock)/app",
		},
		NoMatch: []string{
			"root:password@tcp(localhost:3306)/app",
			"app:${DB_PASSWORD}@tcp(db:3306)/app",
			`fmt.Sprintf("%s:%s@tcp(%s)/%s", user, pass, host, name)`,
			"app@tcp(db.corp.io:3306)/app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name IDENTIFIED BY '...'; https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-dsn.toml",
			Line:   111,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "@tcp(",
					Min: 5,
					Max: 97,
				},
				{
					Lit: "@tcp6(",
					Min: 5,
					Max: 97,
				},
				{
					Lit: "@unix(",
					Min: 5,
					Max: 97,
				},
			},
			Min: 10,
			Max: 103,
		},
	},
	{
		ID:          "database-url-postgres",
		Provider:    "database",
		Title:       "PostgreSQL URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:postgres|postgresql|pgsql|ecto|cockroachdb|cockroach|redshift|timescaledb)://|(?:postgres|postgresql|cockroachdb|redshift)\+[0-9a-z_]{2,16}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS"},
		Rotate: "https://www.postgresql.org/docs/current/sql-alterrole.html",
		Match: []string{
			"DATABASE_URL=postgres://app:{{secret}}@db.corp.io:5432/app?sslmode=require",
			`engine = create_engine("postgresql+psycopg2://{{username}}:{{secret}}@{{host}}/app")`,
			"  url: postgresql://app:{{secret}}@10.1.2.3/app",
			"jdbc:postgresql://app:{{secret}}@db.corp.io/app",
		},
		NoMatch: []string{
			"postgres://user:password@localhost/app",
			"postgres://app:${DB_PASSWORD}@db.corp.io/app",
			"postgres://app:<password>@db.corp.io/app",
			"postgres://app@db.corp.io/app",
			"postgres://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			Protocol: "postgres",
		},
		Revoke: &Revoke{
			Manual: "ALTER ROLE name PASSWORD '...'; and end its sessions with pg_terminate_backend: https://www.postgresql.org/docs/current/sql-alterrole.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "postgres://",
				},
				{
					Lit: "postgresql://",
				},
				{
					Lit: "pgsql://",
				},
				{
					Lit: "ecto://",
				},
				{
					Lit: "cockroachdb://",
				},
				{
					Lit: "cockroach://",
				},
				{
					Lit: "redshift://",
				},
				{
					Lit: "timescaledb://",
				},
				{
					Lit: "postgres+",
				},
				{
					Lit: "postgresql+",
				},
				{
					Lit: "cockroachdb+",
				},
				{
					Lit: "redshift+",
				},
			},
			Min: 13,
			Max: 370,
		},
	},
	{
		ID:          "database-url-mysql",
		Provider:    "database",
		Title:       "MySQL or MariaDB URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:mysql|mysql2|mysqlx|mysqli|mariadb|trilogy|tidb|singlestore)://|(?:mysql|mariadb|tidb)\+[0-9a-z_]{2,16}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html"},
		Rotate: "https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
		Match: []string{
			"DATABASE_URL=mysql://app:{{secret}}@db.corp.io:3306/app",
			"SQLALCHEMY_DATABASE_URI: mysql+pymysql://{{username}}:{{secret}}@{{host}}/app",
			`"url": "mariadb://root:{{secret}}@10.1.2.3/app"`,
			"ENV DB=mysql2://app:{{secret}}@db/app",
		},
		NoMatch: []string{
			"mysql://user:password@localhost/app",
			"mysql://app:${DB_PASSWORD}@db.corp.io/app",
			"mysql://app:<password>@db.corp.io/app",
			"mysql://app@db.corp.io/app",
			"mysql://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			Protocol: "mysql",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name IDENTIFIED BY '...'; https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   48,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "mysql://",
				},
				{
					Lit: "mysql2://",
				},
				{
					Lit: "mysqli://",
				},
				{
					Lit: "mysqlx://",
				},
				{
					Lit: "mariadb://",
				},
				{
					Lit: "trilogy://",
				},
				{
					Lit: "tidb://",
				},
				{
					Lit: "singlestore://",
				},
				{
					Lit: "mysql+",
				},
				{
					Lit: "mariadb+",
				},
				{
					Lit: "tidb+",
				},
			},
			Min: 13,
			Max: 366,
		},
	},
	{
		ID:          "database-url-mongodb",
		Provider:    "database",
		Title:       "MongoDB URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:mongodb://|mongodb\+srv://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
			{
				Name:   "database",
				Regex:  "@[0-9A-Za-z._:,-]{1,400}/(?P<part>[0-9A-Za-z_-]{1,63})",
				Within: 470,
			},
			{
				Name:   "auth_source",
				Regex:  "[?&]authSource=(?P<part>[0-9A-Za-z_-]{1,63})",
				Within: 600,
			},
		},
		Docs:   []string{"https://www.mongodb.com/docs/manual/reference/connection-string/"},
		Rotate: "https://www.mongodb.com/docs/manual/reference/method/db.changeUserPassword/",
		Match: []string{
			"MONGODB_URI=mongodb+srv://app:{{secret}}@cluster0.ab1cd.mongodb.net/?retryWrites=true",
			`mongoose.connect("mongodb://{{username}}:{{secret}}@{{host}}/app")`,
			"  uri: mongodb://app:{{secret}}@m1.corp.io:27017,m2.corp.io:27017/app",
			`mongosh "mongodb://app:{{secret}}@10.1.2.3"`,
		},
		NoMatch: []string{
			"mongodb://user:password@localhost/app",
			"mongodb://app:${DB_PASSWORD}@db.corp.io/app",
			"mongodb://app:<password>@db.corp.io/app",
			"mongodb://app@db.corp.io/app",
			"mongodb://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			Protocol: "mongodb",
		},
		Revoke: &Revoke{
			Manual: "db.changeUserPassword(), or in Atlas under Database Access: https://www.mongodb.com/docs/manual/reference/method/db.changeUserPassword/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   89,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "mongodb://",
				},
				{
					Lit: "mongodb+srv://",
				},
			},
			Min: 16,
			Max: 353,
		},
	},
	{
		ID:          "database-url-redis",
		Provider:    "database",
		Title:       "Redis URL with a password",
		Description: "Reads and writes the store, and runs its commands.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:redis|rediss|valkey|valkeys|keydb)://|redis[+-][a-z]{3,12}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://redis.io/docs/latest/develop/clients/"},
		Rotate: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/",
		Match: []string{
			"REDIS_URL=redis://:{{secret}}@cache.corp.io:6379/0",
			`CELERY_BROKER_URL = "rediss://{{username}}:{{secret}}@{{host}}/1"`,
			"  redis: redis://:{{secret}}@10.1.2.3:6379",
			"redis-cli -u redis://app:{{secret}}@cache.corp.io ping",
		},
		NoMatch: []string{
			"redis://:password@localhost:6379",
			"redis://:${REDIS_PASSWORD}@cache:6379/0",
			"redis://cache.corp.io:6379/0",
			"redis://:<password>@cache.corp.io:6379",
		},
		Verify: &Verify{
			Protocol: "redis",
		},
		Revoke: &Revoke{
			Manual: "ACL SETUSER name resetpass >..., or requirepass where there are no users: https://redis.io/docs/latest/commands/acl-setuser/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   140,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "redis://",
				},
				{
					Lit: "rediss://",
				},
				{
					Lit: "valkey://",
				},
				{
					Lit: "valkeys://",
				},
				{
					Lit: "keydb://",
				},
				{
					Lit: "redis+",
				},
				{
					Lit: "redis-",
				},
			},
			Min: 14,
			Max: 360,
		},
	},
	{
		ID:          "database-url-sqlserver",
		Provider:    "database",
		Title:       "SQL Server URL with a password",
		Description: "Reads and writes what its login may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:mssql|sqlserver)://|mssql\+[0-9a-z_]{2,16}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://github.com/microsoft/go-mssqldb#the-connection-string-can-be-specified-in-one-of-three-formats"},
		Rotate: "https://learn.microsoft.com/en-us/sql/t-sql/statements/alter-login-transact-sql",
		Match: []string{
			`GORM_DSN="sqlserver://app:{{secret}}@sql.corp.io:1433?database=app"`,
			"mssql+pyodbc://{{username}}:{{secret}}@{{host}}/app?driver=ODBC",
			"  dsn: mssql://sa:{{secret}}@10.1.2.3/app",
		},
		NoMatch: []string{
			"sqlserver://user:password@localhost/app",
			"sqlserver://app:${DB_PASSWORD}@db.corp.io/app",
			"sqlserver://app:<password>@db.corp.io/app",
			"sqlserver://app@db.corp.io/app",
			"sqlserver://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER LOGIN name WITH PASSWORD = '...'; https://learn.microsoft.com/en-us/sql/t-sql/statements/alter-login-transact-sql",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   180,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "mssql://",
				},
				{
					Lit: "sqlserver://",
				},
				{
					Lit: "mssql+",
				},
			},
			Min: 14,
			Max: 364,
		},
	},
	{
		ID:          "database-url-clickhouse",
		Provider:    "database",
		Title:       "ClickHouse URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:clickhouse|clickhouses|clickhousedb)://|(?:clickhouse|clickhousedb)\+[0-9a-z_]{2,16}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs:   []string{"https://clickhouse.com/docs/integrations/go"},
		Rotate: "https://clickhouse.com/docs/sql-reference/statements/alter/user",
		Match: []string{
			"CLICKHOUSE_URL=clickhouse://app:{{secret}}@ch.corp.io:9000/app",
			"clickhouse+http://{{username}}:{{secret}}@{{host}}/app",
			"  dsn: clickhouse://default:{{secret}}@10.1.2.3:9440/app?secure=true",
		},
		NoMatch: []string{
			"clickhouse://user:password@localhost/app",
			"clickhouse://app:${DB_PASSWORD}@db.corp.io/app",
			"clickhouse://app:<password>@db.corp.io/app",
			"clickhouse://app@db.corp.io/app",
			"clickhouse://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name IDENTIFIED BY '...'; https://clickhouse.com/docs/sql-reference/statements/alter/user",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   220,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "clickhouse",
				},
			},
			Min: 19,
			Max: 371,
		},
	},
	{
		ID:          "database-url-other",
		Provider:    "database",
		Title:       "database URL with a password",
		Description: "Reads and writes what its user may in the database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:oracle|snowflake|cassandra|scylla|neo4j|bolt|couchbase|couchbases|couchdb|influxdb|elasticsearch|opensearch|arangodb|vertica|trino|presto|hive|hive2|db2|firebird|rethinkdb|memcached|etcd|surrealdb|libsql|databricks)://|(?:oracle|neo4j|bolt|vertica|db2|firebird)\+[0-9a-z_]{1,16}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		Match: []string{
			"NEO4J_URI=neo4j+s://neo4j:{{secret}}@abc.databases.neo4j.io",
			`create_engine("oracle+oracledb://{{username}}:{{secret}}@{{host}}/?service_name=app")`,
			"  url: elasticsearch://elastic:{{secret}}@es.corp.io:9200",
			"snowflake://app:{{secret}}@ab12345.eu-west-1/db/schema",
		},
		NoMatch: []string{
			"oracle://user:password@localhost/app",
			"oracle://app:${DB_PASSWORD}@db.corp.io/app",
			"oracle://app:<password>@db.corp.io/app",
			"oracle://app@db.corp.io/app",
			"oracle://user:{{secret}}@db.example.com/app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user in the database, and end its sessions.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/database-url.toml",
			Line:   260,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "oracle://",
				},
				{
					Lit: "snowflake://",
				},
				{
					Lit: "cassandra://",
				},
				{
					Lit: "scylla://",
				},
				{
					Lit: "neo4j://",
				},
				{
					Lit: "bolt://",
				},
				{
					Lit: "couchbase://",
				},
				{
					Lit: "couchbases://",
				},
				{
					Lit: "couchdb://",
				},
				{
					Lit: "influxdb://",
				},
				{
					Lit: "elasticsearch://",
				},
				{
					Lit: "opensearch://",
				},
				{
					Lit: "arangodb://",
				},
				{
					Lit: "vertica://",
				},
				{
					Lit: "trino://",
				},
				{
					Lit: "presto://",
				},
				{
					Lit: "hive://",
				},
				{
					Lit: "hive2://",
				},
				{
					Lit: "db2://",
				},
				{
					Lit: "firebird://",
				},
				{
					Lit: "rethinkdb://",
				},
				{
					Lit: "memcached://",
				},
				{
					Lit: "etcd://",
				},
				{
					Lit: "surrealdb://",
				},
				{
					Lit: "libsql://",
				},
				{
					Lit: "databricks://",
				},
				{
					Lit: "oracle+",
				},
				{
					Lit: "neo4j+",
				},
				{
					Lit: "bolt+",
				},
				{
					Lit: "vertica+",
				},
				{
					Lit: "db2+",
				},
				{
					Lit: "firebird+",
				},
			},
			Min: 12,
			Max: 367,
		},
	},
	{
		ID:          "databricks-access-token",
		Provider:    "databricks",
		Title:       "Databricks personal access token",
		Description: "Acts for its user in the workspace: runs code and reads the data.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "dapi[0-9a-f]{32}(?:-[0-9]{1,2})?",
		Boundary:    "token",
		Entropy:     3,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[0-9a-z][0-9a-z.-]{2,80}\.(?:cloud\.databricks\.com|gcp\.databricks\.com|azuredatabricks\.net)`,
			},
		},
		Docs: []string{
			"https://docs.databricks.com/aws/en/dev-tools/auth/pat",
			"https://docs.databricks.com/api/workspace/currentuser/me",
		},
		Rotate: "https://docs.databricks.com/aws/en/dev-tools/auth/pat#manage-personal-access-tokens",
		Tags:   []string{"data"},
		Match: []string{
			"[DEFAULT]\nhost  = https://{{host}}\ntoken = {{secret}}",
			"DATABRICKS_TOKEN={{secret}}",
			"jdbc:databricks://{{host}}:443;httpPath=sql/1;AuthMech=3;UID=token;PWD={{secret}}",
			`WorkspaceClient(host="https://{{host}}", token="{{secret}}")`,
		},
		NoMatch: []string{
			"DATABRICKS_TOKEN=dapixxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DATABRICKS_TOKEN=dapitooshort",
			"DATABRICKS_TOKEN=dapi00000000000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/2.0/preview/scim/v2/Me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"userName"},
				},
			},
			Identity: Identity{
				Owner:   "json:userName",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Under user settings, Developer, Access tokens; the API wants the token's id: https://docs.databricks.com/api/workspace/tokens/delete",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/databricks.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dapi",
				},
			},
			Min: 36,
			Max: 39,
		},
	},
	{
		ID:          "databricks-oauth-secret",
		Provider:    "databricks",
		Title:       "Databricks OAuth secret of a service principal",
		Description: "With the client id, it acts for the service principal in every workspace that it belongs to.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "dose[0-9a-f]{32}",
		Boundary:    "token",
		Entropy:     3,
		Parts: []Part{
			{
				Name:    "client_id",
				Regex:   "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
				Context: []string{"client"},
			},
			{
				Name:  "host",
				Regex: `[0-9a-z][0-9a-z.-]{2,80}\.(?:cloud\.databricks\.com|gcp\.databricks\.com|azuredatabricks\.net)`,
			},
		},
		Docs:   []string{"https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m"},
		Rotate: "https://accounts.cloud.databricks.com/",
		Tags:   []string{"data"},
		Match: []string{
			"[prod]\nhost = https://{{host}}\nclient_id = {{client_id}}\nclient_secret = {{secret}}",
			"DATABRICKS_CLIENT_SECRET={{secret}}",
			`export CLIENT_SECRET="{{secret}}"`,
		},
		NoMatch: []string{
			"DATABRICKS_CLIENT_SECRET=dosexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DATABRICKS_CLIENT_SECRET=dosetooshort",
			"overdose0123",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{host}}/oidc/v1/token",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic client_id secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "grant_type",
								Value: "client_credentials",
							},
							{
								Name:  "scope",
								Value: "all-apis",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_token"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the secret of the service principal in the account console: https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/databricks.toml",
			Line:   40,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dose",
				},
			},
			Min: 36,
			Max: 36,
		},
	},
	{
		ID:          "datadog-api-key",
		Provider:    "datadog",
		Title:       "Datadog API key",
		Description: "Submits metrics, logs and traces to an organisation, at its cost and in its dashboards.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"datadog_api_key",
			"datadog_key",
			"datadog_token",
			"datadog_secret",
			"datadog_api_token",
			"dd_api_key",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "application_key",
				Regex:   "[0-9a-f]{40}|ddapp_[0-9A-Za-z]{34}",
				Context: []string{"app"},
				Secret:  true,
			},
			{
				Name:  "site",
				Regex: `(?:(?:us3|us5|ap1|ap2|uk1)\.)?datadoghq\.(?:com|eu)|ddog-gov\.com`,
			},
		},
		Docs: []string{
			"https://docs.datadoghq.com/account_management/api-app-keys/",
			"https://docs.datadoghq.com/getting_started/site/",
		},
		Rotate: "https://app.datadoghq.com/organization-settings/api-keys",
		Match: []string{
			"DD_API_KEY={{secret}}",
			"<datadogToken>\n  {{secret}}\n</datadogToken>",
			`curl -H "DD-API-KEY: {{secret}}" https://api.datadoghq.com/api/v1/validate`,
			"docker run -e DD_API_KEY={{secret}} gcr.io/datadoghq/agent:7",
			"helm install datadog-agent datadog/datadog --set datadog.apiKey={{secret}}",
		},
		NoMatch: []string{
			"DD_API_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DD_API_KEY={{secret}}0",
			"API_KEY={{secret}}",
			"{{secret}}  datadog-agent_7.50_amd64.deb\n{{secret}}  datadog-agent_7.51_amd64.deb\n",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.datadoghq.com/api/v1/validate",
						Headers: []Pair{
							{
								Name:  "DD-API-KEY",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"valid = true"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key under Organization Settings, API Keys of the organisation's site, such as https://app.datadoghq.com/organization-settings/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/datadog.toml",
			Line:   8,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "datadog-api-key-in-section",
		Provider:    "datadog",
		Title:       "Datadog API key",
		Description: "Submits metrics, logs and traces to an organisation, at its cost and in its dashboards.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       `(?i:api[_-]?key)["']?\s{0,12}[:=]\s{0,12}["']?(?P<secret>[0-9a-f]{32})`,
		Context:     []string{"datadog"},
		Near:        120,
		Boundary:    "value",
		Entropy:     3,
		Digits:      1,
		Parts: []Part{
			{
				Name:    "application_key",
				Regex:   "[0-9a-f]{40}|ddapp_[0-9A-Za-z]{34}",
				Context: []string{"app"},
				Secret:  true,
			},
			{
				Name:  "site",
				Regex: `(?:(?:us3|us5|ap1|ap2|uk1)\.)?datadoghq\.(?:com|eu)|ddog-gov\.com`,
			},
		},
		Docs:   []string{"https://docs.datadoghq.com/account_management/api-app-keys/"},
		Rotate: "https://app.datadoghq.com/organization-settings/api-keys",
		Match: []string{
			"datadog:\n  apiKey: {{secret}}\n  site: {{site}}\n",
			"datadog.initialize(api_key='{{secret}}')",
			`"datadog": {"enabled": true, "api_key": "{{secret}}"}`,
			"# /etc/datadog-agent/datadog.yaml\napi_key: {{secret}}",
		},
		NoMatch: []string{
			"datadog:\n  apiKey: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
			"datadog:\n  apiKey: {{secret}}0\n",
			"datadog:\n  md5: {{secret}}\n",
			"acme:\n  apiKey: {{secret}}\n",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.datadoghq.com/api/v1/validate",
						Headers: []Pair{
							{
								Name:  "DD-API-KEY",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"valid = true"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key under Organization Settings, API Keys of the organisation's site, such as https://app.datadoghq.com/organization-settings/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/datadog.toml",
			Line:   60,
			Column: 1,
		},
		Plan: &Plan{
			Wake:   4,
			RunMin: 7,
			RunMax: 34,
			Min:    39,
			Max:    68,
		},
	},
	{
		ID:          "datadog-application-key",
		Provider:    "datadog",
		Title:       "Datadog application key",
		Description: "With an API key of the organisation it reads and changes what its user may, unless it was given scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ddapp_[0-9A-Za-z]{34}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:    "api_key",
				Regex:   "[0-9a-f]{32}",
				Context: []string{"api"},
				Secret:  true,
			},
		},
		Docs: []string{
			"https://docs.datadoghq.com/account_management/api-app-keys/",
			"https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-DatadogApplicationKey.html",
		},
		Rotate: "https://app.datadoghq.com/organization-settings/application-keys",
		Match: []string{
			"DD_API_KEY={{api_key}}\nDD_APP_KEY={{secret}}\nDD_SITE=datadoghq.eu\n",
			`curl -H "DD-APPLICATION-KEY: {{secret}}" https://api.datadoghq.com/api/v2/users`,
			"provider \"datadog\" {\n  app_key = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"DD_APP_KEY=ddapp_your-application-key",
			"DD_APP_KEY={{secret}}0",
			"DD_API_KEY={{api_key}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.datadoghq.com/api/v2/validate_keys",
						Headers: []Pair{
							{
								Name:  "DD-API-KEY",
								Value: "{{api_key}}",
							},
							{
								Name:  "DD-APPLICATION-KEY",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"valid = true"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key under Organization Settings, Application Keys of the organisation's site, such as https://app.datadoghq.com/organization-settings/application-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/datadog.toml",
			Line:   107,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ddapp_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "datadog-application-key-legacy",
		Provider:    "datadog",
		Title:       "Datadog application key (without prefix)",
		Description: "With an API key of the organisation it reads and changes what its user may, unless it was given scopes.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{40}",
		Context: []string{
			"dd_app_key",
			"dd_application_key",
			"datadog_app",
			"datadog_application",
			"datadog_token",
			"datadog_access_token",
			"datadog_key",
			"datadog_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "api_key",
				Regex:   "[0-9a-f]{32}",
				Context: []string{"api"},
				Secret:  true,
			},
		},
		Docs:   []string{"https://docs.datadoghq.com/account_management/api-app-keys/"},
		Rotate: "https://app.datadoghq.com/organization-settings/application-keys",
		Match: []string{
			"DD_API_KEY={{api_key}}\nDD_APP_KEY={{secret}}\n",
			`-H "DD-APPLICATION-KEY: {{secret}}"`,
			`datadog_app_key = "{{secret}}"`,
			"<datadogToken>\n    {{secret}}\n</datadogToken>",
		},
		NoMatch: []string{
			"DD_APP_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DD_APP_KEY={{secret}}0",
			"uses: DataDog/synthetics-ci-github-action@{{secret}}",
			"datadog-agent commit {{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.datadoghq.com/api/v2/validate_keys",
						Headers: []Pair{
							{
								Name:  "DD-API-KEY",
								Value: "{{api_key}}",
							},
							{
								Name:  "DD-APPLICATION-KEY",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"valid = true"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key under Organization Settings, Application Keys of the organisation's site, such as https://app.datadoghq.com/organization-settings/application-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/datadog.toml",
			Line:   148,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "datadog-access-token",
		Provider:    "datadog",
		Title:       "Datadog access token",
		Description: "Acts for a user (ddpat) or a service account (ddsat) on its own, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "dd[ps]at_[0-9A-Za-z]{18,24}_[0-9A-Za-z]{40,64}",
		Boundary:    "token",
		Docs: []string{
			"https://docs.datadoghq.com/account_management/personal-access-tokens/",
			"https://docs.datadoghq.com/account_management/service-access-tokens/",
		},
		Rotate: "https://app.datadoghq.com/personal-settings/access-tokens",
		Match: []string{
			"DD_ACCESS_TOKEN={{secret}}",
			`curl "https://api.datadoghq.com/api/v2/users" -H "Authorization: Bearer {{secret}}"`,
			"datadog:\n  token: \"{{secret}}\"\n",
		},
		NoMatch: []string{
			"DD_ACCESS_TOKEN=ddpat_your-token",
			"DD_ACCESS_TOKEN=ddsat_xxxxxxxxxxxxxxxxxxxx",
			"econ/default_generated/weapon_mac10_hy_ddpat_urb_light_large.png",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.datadoghq.com/api/v2/current_user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"data.id",
						"data.type = users",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:data.attributes.email",
				Account: "json:data.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token on https://app.datadoghq.com/personal-settings/access-tokens, or on the same page of the organisation's site",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/datadog.toml",
			Line:   195,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ddpat_",
				},
				{
					Lit: "ddsat_",
				},
			},
			Min: 65,
			Max: 95,
		},
	},
	{
		ID:          "digitalocean-personal-access-token",
		Provider:    "digitalocean",
		Title:       "DigitalOcean personal access token",
		Description: "Manages droplets, databases, domains and the rest of a team's account, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "dop_v1_[0-9a-f]{64}",
		Boundary:    "token",
		Docs:        []string{"https://docs.digitalocean.com/reference/api/create-personal-access-token/"},
		Rotate:      "https://cloud.digitalocean.com/account/api/tokens",
		Match: []string{
			"DIGITALOCEAN_TOKEN={{secret}}",
			"doctl auth init --access-token {{secret}}",
			"provider \"digitalocean\" {\n  token = \"{{secret}}\"\n}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.digitalocean.com/v2/droplets`,
		},
		NoMatch: []string{
			"DIGITALOCEAN_TOKEN=dop_v1_your_token_here",
			"DIGITALOCEAN_TOKEN={{secret}}0",
			"DIGITALOCEAN_TOKEN=dop_v1_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.digitalocean.com/v2/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"account.uuid"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:account.email",
				Account: "json:account.team.name",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://cloud.digitalocean.com/v1/oauth/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/digitalocean.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dop_v1_",
				},
			},
			Min: 71,
			Max: 71,
		},
	},
	{
		ID:          "digitalocean-oauth-access-token",
		Provider:    "digitalocean",
		Title:       "DigitalOcean OAuth access token",
		Description: "Manages what the user granted the application, for up to 30 days.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "doo_v1_[0-9a-f]{64}",
		Boundary:    "token",
		Docs:        []string{"https://docs.digitalocean.com/reference/api/oauth/"},
		Rotate:      "https://docs.digitalocean.com/reference/api/oauth/",
		Match: []string{
			`{"access_token": "{{secret}}", "token_type": "bearer"}`,
			"DO_OAUTH_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"access_token=doo_v1_...",
			"access_token={{secret}}0",
			"DIGITALOCEAN_TOKEN=doo_v1_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.digitalocean.com/v2/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"account.uuid"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:account.email",
				Account: "json:account.team.name",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://cloud.digitalocean.com/v1/oauth/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/digitalocean.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "doo_v1_",
				},
			},
			Min: 71,
			Max: 71,
		},
	},
	{
		ID:          "digitalocean-oauth-refresh-token",
		Provider:    "digitalocean",
		Title:       "DigitalOcean OAuth refresh token",
		Description: "Gets new access tokens for what the user granted the application.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "dor_v1_[0-9a-f]{64}",
		Boundary:    "token",
		Docs:        []string{"https://docs.digitalocean.com/reference/api/oauth/"},
		Rotate:      "https://docs.digitalocean.com/reference/api/oauth/",
		Match: []string{
			`{"refresh_token": "{{secret}}", "expires_in": 2592000}`,
			"DO_REFRESH_TOKEN={{secret}}",
			`curl -X POST "https://cloud.digitalocean.com/v1/oauth/token?grant_type=refresh_token&refresh_token={{secret}}"`,
		},
		NoMatch: []string{
			"refresh_token=dor_v1_...",
			"refresh_token={{secret}}0",
			"DO_REFRESH_TOKEN=dor_v1_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			None: "to use a refresh token is to change it for another, and the application's own stops working",
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://cloud.digitalocean.com/v1/oauth/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/digitalocean.toml",
			Line:   80,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dor_v1_",
				},
			},
			Min: 71,
			Max: 71,
		},
	},
	{
		ID:          "digitalocean-token-legacy",
		Provider:    "digitalocean",
		Title:       "DigitalOcean personal access token (before 2022)",
		Description: "Manages droplets, databases, domains and the rest of a team's account.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{64}",
		Context: []string{
			"digitalocean_token",
			"digitalocean_access_token",
			"digitalocean_api_token",
			"digitalocean_api_key",
			"digitalocean_key",
			"digitalocean_secret",
			"digital_ocean_token",
			"do_token",
			"do_api_token",
			"do_access_token",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3.2,
		Digits:   1,
		Docs:     []string{"https://docs.digitalocean.com/reference/api/create-personal-access-token/"},
		Rotate:   "https://cloud.digitalocean.com/account/api/tokens",
		Match: []string{
			"DIGITALOCEAN_ACCESS_TOKEN={{secret}}",
			`digitalocean_token = "{{secret}}"`,
			"do_api_token: '{{secret}}'",
		},
		NoMatch: []string{
			"DIGITALOCEAN_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DIGITALOCEAN_TOKEN={{secret}}0",
			"digitalocean/doctl@sha256:{{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.digitalocean.com/v2/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"account.uuid"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:account.email",
				Account: "json:account.team.name",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://cloud.digitalocean.com/account/api/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/digitalocean.toml",
			Line:   111,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "digitalocean-spaces-secret-key",
		Provider:    "digitalocean",
		Title:       "DigitalOcean Spaces access key",
		Description: "Reads and writes the objects in Spaces buckets over the S3 interface.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z+/]{43}",
		Context: []string{
			"spaces",
			"digitalocean",
			"do_secret",
			"secret_access_key",
			"secret_key",
			"aws_secret",
		},
		Boundary: "value",
		Entropy:  4.2,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "access_key_id",
				Regex:    "DO(?:00|801)[0-9A-Z]{15,16}",
				Required: true,
			},
			{
				Name:  "region",
				Regex: `(?P<part>[a-z]{3}[0-9])\.digitaloceanspaces\.com`,
			},
		},
		Docs:   []string{"https://docs.digitalocean.com/products/spaces/how-to/manage-access/"},
		Rotate: "https://cloud.digitalocean.com/spaces/access_keys",
		Match: []string{
			"DO_SPACES_KEY={{access_key_id}}\nDO_SPACES_SECRET={{secret}}\n",
			"spaces_access_id  = \"{{access_key_id}}\"\nspaces_secret_key = \"{{secret}}\"\n",
			"[default]\naws_access_key_id = {{access_key_id}}\naws_secret_access_key = {{secret}}\n",
			"const s3 = new S3({\n  accessKeyId: '{{access_key_id}}',\n  secretAccessKey: '{{secret}}',\n});",
		},
		NoMatch: []string{
			"SPACES_SECRET={{secret}}",
			"DO_SPACES_KEY={{access_key_id}}\nDO_SPACES_SECRET=your-spaces-secret\n",
			"DO_SPACES_KEY={{access_key_id}}\nDO_SPACES_SECRET={{secret}}x\n",
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://cloud.digitalocean.com/spaces/access_keys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/digitalocean.toml",
			Line:   149,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  43,
			Max:  43,
		},
	},
	{
		ID:          "discord-bot-token",
		Provider:    "discord",
		Title:       "Discord bot token",
		Description: "Controls a bot: reads and writes wherever it was invited, with the rights it has there.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:M[DTjz][AEIMQUYcgk][w-z0-5]|N[DTjz][AEIMQUYcgk][w-z0-5]|O[DTjz][AEIMQUYcgk][w-z0-5])(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4}[MNO][DTjz][AEIMQUYcgk](?:[w-z0-5](?:[MNO][AQgw])?)?\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,38}`,
		Boundary:    "token",
		Docs:        []string{"https://discord.com/developers/docs/reference#authentication"},
		Rotate:      "https://discord.com/developers/applications",
		Match: []string{
			"DISCORD_TOKEN={{secret}}",
			"client.login('{{secret}}');",
			`bot.run("{{secret}}")`,
			`curl -H "Authorization: Bot {{secret}}" https://discord.com/api/v10/users/@me`,
			`{"prefix": "!", "token": "{{secret}}"}`,
		},
		NoMatch: []string{
			"DISCORD_TOKEN=your.bot.token",
			`client.login("x{{secret}}")`,
			`client.login("{{secret}}_and_then_some_more")`,
			"com.acme.MyVeryLongClassNameHere.module.someMethodNameWithManyLetters",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://discord.com/api/v10/users/@me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bot {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"username",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:username",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Reset the token on the page Bot of its application on https://discord.com/developers/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/discord.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "MDA",
				},
				{
					Lit: "MDE",
				},
				{
					Lit: "MDI",
				},
				{
					Lit: "MDM",
				},
				{
					Lit: "MDQ",
				},
				{
					Lit: "MDU",
				},
				{
					Lit: "MDY",
				},
				{
					Lit: "MDc",
				},
				{
					Lit: "MDg",
				},
				{
					Lit: "MDk",
				},
				{
					Lit: "MTA",
				},
				{
					Lit: "MTE",
				},
				{
					Lit: "MTI",
				},
				{
					Lit: "MTM",
				},
				{
					Lit: "MTQ",
				},
				{
					Lit: "MTU",
				},
				{
					Lit: "MTY",
				},
				{
					Lit: "MTc",
				},
				{
					Lit: "MTg",
				},
				{
					Lit: "MTk",
				},
				{
					Lit: "MjA",
				},
				{
					Lit: "MjE",
				},
				{
					Lit: "MjI",
				},
				{
					Lit: "MjM",
				},
				{
					Lit: "MjQ",
				},
				{
					Lit: "MjU",
				},
				{
					Lit: "MjY",
				},
				{
					Lit: "Mjc",
				},
				{
					Lit: "Mjg",
				},
				{
					Lit: "Mjk",
				},
				{
					Lit: "MzA",
				},
				{
					Lit: "MzE",
				},
				{
					Lit: "MzI",
				},
				{
					Lit: "MzM",
				},
				{
					Lit: "MzQ",
				},
				{
					Lit: "MzU",
				},
				{
					Lit: "MzY",
				},
				{
					Lit: "Mzc",
				},
				{
					Lit: "Mzg",
				},
				{
					Lit: "Mzk",
				},
				{
					Lit: "NDA",
				},
				{
					Lit: "NDE",
				},
				{
					Lit: "NDI",
				},
				{
					Lit: "NDM",
				},
				{
					Lit: "NDQ",
				},
				{
					Lit: "NDU",
				},
				{
					Lit: "NDY",
				},
				{
					Lit: "NDc",
				},
				{
					Lit: "NDg",
				},
				{
					Lit: "NDk",
				},
				{
					Lit: "NTA",
				},
				{
					Lit: "NTE",
				},
				{
					Lit: "NTI",
				},
				{
					Lit: "NTM",
				},
				{
					Lit: "NTQ",
				},
				{
					Lit: "NTU",
				},
				{
					Lit: "NTY",
				},
				{
					Lit: "NTc",
				},
				{
					Lit: "NTg",
				},
				{
					Lit: "NTk",
				},
				{
					Lit: "NjA",
				},
				{
					Lit: "NjE",
				},
				{
					Lit: "NjI",
				},
				{
					Lit: "NjM",
				},
				{
					Lit: "NjQ",
				},
				{
					Lit: "NjU",
				},
				{
					Lit: "NjY",
				},
				{
					Lit: "Njc",
				},
				{
					Lit: "Njg",
				},
				{
					Lit: "Njk",
				},
				{
					Lit: "NzA",
				},
				{
					Lit: "NzE",
				},
				{
					Lit: "NzI",
				},
				{
					Lit: "NzM",
				},
				{
					Lit: "NzQ",
				},
				{
					Lit: "NzU",
				},
				{
					Lit: "NzY",
				},
				{
					Lit: "Nzc",
				},
				{
					Lit: "Nzg",
				},
				{
					Lit: "Nzk",
				},
				{
					Lit: "ODA",
				},
				{
					Lit: "ODE",
				},
				{
					Lit: "ODI",
				},
				{
					Lit: "ODM",
				},
				{
					Lit: "ODQ",
				},
				{
					Lit: "ODU",
				},
				{
					Lit: "ODY",
				},
				{
					Lit: "ODc",
				},
				{
					Lit: "ODg",
				},
				{
					Lit: "ODk",
				},
				{
					Lit: "OTA",
				},
				{
					Lit: "OTE",
				},
				{
					Lit: "OTI",
				},
				{
					Lit: "OTM",
				},
				{
					Lit: "OTQ",
				},
				{
					Lit: "OTU",
				},
				{
					Lit: "OTY",
				},
				{
					Lit: "OTc",
				},
				{
					Lit: "OTg",
				},
				{
					Lit: "OTk",
				},
				{
					Lit: "OjA",
				},
				{
					Lit: "OjE",
				},
				{
					Lit: "OjI",
				},
				{
					Lit: "OjM",
				},
				{
					Lit: "OjQ",
				},
				{
					Lit: "OjU",
				},
				{
					Lit: "OjY",
				},
				{
					Lit: "Ojc",
				},
				{
					Lit: "Ojg",
				},
				{
					Lit: "Ojk",
				},
				{
					Lit: "OzA",
				},
				{
					Lit: "OzE",
				},
				{
					Lit: "OzI",
				},
				{
					Lit: "OzM",
				},
				{
					Lit: "OzQ",
				},
				{
					Lit: "OzU",
				},
				{
					Lit: "OzY",
				},
				{
					Lit: "Ozc",
				},
				{
					Lit: "Ozg",
				},
				{
					Lit: "Ozk",
				},
			},
			Min: 58,
			Max: 72,
		},
	},
	{
		ID:          "discord-webhook",
		Provider:    "discord",
		Title:       "Discord webhook",
		Description: "Posts messages to a channel under any name, and can change or delete the webhook.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/(?P<secret>[0-9]{17,20}/[0-9A-Za-z_-]{68})`,
		Boundary:    "token",
		Docs:        []string{"https://discord.com/developers/docs/resources/webhook"},
		Rotate:      "https://support.discord.com/hc/en-us/articles/228383668-Intro-to-Webhooks",
		Match: []string{
			"DISCORD_WEBHOOK_URL=https://discord.com/api/webhooks/{{secret}}",
			`curl -H 'Content-Type: application/json' -d '{"content":"built"}' https://discordapp.com/api/webhooks/{{secret}}`,
			`requests.post("https://canary.discord.com/api/v10/webhooks/{{secret}}?wait=true", json=body)`,
			"notify:\n  webhook: https://discord.com/api/webhooks/{{secret}}\n",
		},
		NoMatch: []string{
			"https://discord.com/api/webhooks/000000000000000000/your-webhook-token",
			"https://discord.com/api/webhooks/{webhook.id}/{webhook.token}",
			"url: https://discord.com/api/webhooks/{{secret}}0",
			"url: https://acme.test/api/webhooks/{{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://discord.com/api/webhooks/{{secret}}",
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"channel_id",
						"token",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						404,
					},
					JSON: []string{"code = 10015"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"code = 50027"},
				},
			},
			Identity: Identity{
				Owner:   "json:name",
				Account: "json:guild_id",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://discord.com/api/webhooks/{{secret}}",
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "deletes the webhook",
		},
		Position: Position{
			File:   "builtin/discord.toml",
			Line:   40,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "https://",
				},
			},
			RunMin: 16,
			RunMax: 26,
			Min:    119,
			Max:    136,
		},
	},
	{
		ID:          "discord-client-secret",
		Provider:    "discord",
		Title:       "Discord OAuth2 client secret",
		Description: "Gets tokens in the name of an application, for its owner and for users who authorise it.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{32}",
		Context: []string{
			"discord_client_secret",
			"discord_secret",
			"discord_oauth_secret",
			"discord_oauth2_secret",
			"discord_app_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.9,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: "[0-9]{17,20}",
				Context: []string{
					"client_id",
					"app_id",
					"application_id",
				},
			},
		},
		Docs:   []string{"https://discord.com/developers/docs/topics/oauth2"},
		Rotate: "https://discord.com/developers/applications",
		Match: []string{
			"DISCORD_CLIENT_ID={{client_id}}\nDISCORD_CLIENT_SECRET={{secret}}\n",
			`discordClientSecret: "{{secret}}",`,
			"discord_secret = '{{secret}}'",
		},
		NoMatch: []string{
			"DISCORD_CLIENT_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DISCORD_CLIENT_SECRET={{secret}}x",
			"DISCORD_CLIENT_ID={{client_id}}",
			"CLIENT_SECRET={{secret}}",
		},
		Verify: &Verify{
			None: "the only check issues a token in the name of the application's owner",
		},
		Revoke: &Revoke{
			Manual: "Reset the secret on the page OAuth2 of the application on https://discord.com/developers/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/discord.toml",
			Line:   80,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "django-secret-key",
		Provider:    "django",
		Title:       "Django SECRET_KEY",
		Description: "Forges the application's sessions, password reset links and signed values.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?m)^[ \t]{0,12}(?:export )?(?:DJANGO_)?SECRET_KEY[ \t]{0,4}[:=][ \t]{0,4}(?:[rb]?["'])?(?P<secret>(?:django-insecure-)?[0-9a-z!@#$%^&*(_=+)-]{50})`,
		Boundary:    "token",
		Entropy:     3.5,
		Digits:      1,
		Docs:        []string{"https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-SECRET_KEY"},
		Rotate:      "https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-SECRET_KEY_FALLBACKS",
		Match: []string{
			"# SECURITY WARNING: keep the secret key used in production secret!\nSECRET_KEY = '{{secret}}'\n",
			"DJANGO_SECRET_KEY={{secret}}",
			`    SECRET_KEY = b"{{secret}}"`,
		},
		NoMatch: []string{
			"SECRET_KEY = os.environ['DJANGO_SECRET_KEY']",
			"SECRET_KEY = 'your-secret-key-here-which-is-long-enough-to-be-one-'",
			"SECRET_KEY = 'tooshort'",
		},
		Verify: &Verify{
			None: "it works on the application's own cookies",
		},
		Revoke: &Revoke{
			Manual: "Set a new SECRET_KEY without keeping the old one in SECRET_KEY_FALLBACKS; sessions and reset links of the old one end.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/django.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "SECRET_KEY",
					Max: 26,
				},
			},
			Min: 61,
			Max: 113,
		},
	},
	{
		ID:          "django-secret-key-default",
		Provider:    "django",
		Title:       "Django SECRET_KEY as a default value",
		Description: "Forges the application's sessions, password reset links and signed values, where no other is set.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `["'](?:DJANGO_)?SECRET_KEY["'][ \t]{0,2}[,:][ \t\r\n]{0,20}(?:default[ \t]{0,2}=[ \t]{0,2})?["'](?P<secret>(?:django-insecure-)?[0-9a-z!@#$%^&*(_=+)-]{50})["']`,
		Boundary:    "token",
		Entropy:     3.5,
		Digits:      1,
		Docs:        []string{"https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-SECRET_KEY"},
		Rotate:      "https://docs.djangoproject.com/en/stable/ref/settings/#std-setting-SECRET_KEY_FALLBACKS",
		Match: []string{
			"SECRET_KEY = os.environ.get('SECRET_KEY', '{{secret}}')",
			`SECRET_KEY = config("DJANGO_SECRET_KEY", default="{{secret}}")`,
			"app.config.update({'SECRET_KEY': '{{secret}}'})",
		},
		NoMatch: []string{
			"SECRET_KEY = os.environ.get('SECRET_KEY', 'dev')",
			"SECRET_KEY = os.environ.get('SECRET_KEY', 'your-secret-key-here-which-is-long-enough-to-be-one-')",
			"config('SECRET_KEY')",
		},
		Verify: &Verify{
			None: "it works on the application's own cookies",
		},
		Revoke: &Revoke{
			Manual: "Set a new SECRET_KEY without keeping the old one in SECRET_KEY_FALLBACKS; sessions and reset links of the old one end.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/django.toml",
			Line:   32,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `SECRET_KEY"`,
					Min: 1,
					Max: 8,
				},
				{
					Lit: "SECRET_KEY'",
					Min: 1,
					Max: 8,
				},
			},
			Min: 65,
			Max: 122,
		},
	},
	{
		ID:          "docker-config-auth",
		Provider:    "docker-config",
		Title:       "registry credentials in Docker's config.json",
		Description: "Pulls, and mostly pushes, images of the registry that stands before it; user name and password hardly hidden by base64.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:"auth"|\\"auth\\")\s{0,3}:\s{0,3}\\?"(?P<secret>[0-9A-Za-z+/]{6,1000})`,
		Until:       `\A[0-9A-Za-z+/]*={0,2}`,
		Boundary:    "none",
		Checksum:    "basic-auth",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "host",
				Regex:    `auths\\?"\s{0,3}:\s{0,3}\{\s{0,40}\\?"(?:https?://)?(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?)`,
				Within:   2000,
				Required: true,
			},
		},
		Docs: []string{"https://docs.docker.com/reference/cli/docker/login/"},
		Match: []string{
			`{"auths": {"{{host}}": {"auth": "{{secret}}"}}}`,
			"{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": \"{{secret}}\"\n\t\t}\n\t}\n}",
			`DOCKER_AUTH_CONFIG={"auths":{"registry.corp.io:5000":{"auth":"{{secret}}"}}}`,
			`DOCKER_AUTH_CONFIG: "{\"auths\":{\"registry.corp.io\":{\"auth\":\"{{secret}}\"}}}"`,
		},
		NoMatch: []string{
			`{"auths": {"registry.corp.io": {"auth": "dXNlcjpwYXNzd29yZA=="}}}`,
			`{"auths": {"registry.corp.io": {"auth": "<base64 of user:password>"}}}`,
			`{"auths": {"registry.corp.io": {}}, "credsStore": "desktop"}`,
			`{"auth": "{{secret}}"}`,
		},
		Verify: &Verify{
			None: "the registry may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token, or set a new password, at the registry, then docker logout.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/docker-config.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"auth"`,
				},
				{
					Lit: `\"auth\"`,
				},
			},
			Min: 14,
			Max: 1017,
		},
	},
	{
		ID:          "docker-config-identity-token",
		Provider:    "docker-config",
		Title:       "registry identity token in Docker's config.json",
		Description: "Gets access to the registry that stands before it, as its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:identitytoken|registrytoken)\\?"\s{0,3}:\s{0,3}\\?"(?P<secret>[0-9A-Za-z._~+/=-]{16,1000})`,
		Until:       `\A[0-9A-Za-z._~+/=-]*`,
		Boundary:    "none",
		Entropy:     3,
		Generic:     true,
		Allow:       []string{`\.\.\.`},
		Parts: []Part{
			{
				Name:  "host",
				Regex: `\\?"(?:https?://)?(?P<part>[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z-]{1,63}){1,8}(?::[0-9]{2,5})?)(?:/v[12]/?)?\\?"\s{0,3}:\s{0,3}\{`,
			},
		},
		Docs: []string{"https://docs.docker.com/reference/cli/docker/login/"},
		Match: []string{
			`{"auths": {"{{host}}": {"identitytoken": "{{secret}}"}}}`,
			"{\n\t\"auths\": {\n\t\t\"corp.azurecr.io\": {\n\t\t\t\"auth\": \"\",\n\t\t\t\"identitytoken\": \"{{secret}}\"\n\t\t}\n\t}\n}",
			`{"auths":{"registry.corp.io":{"registrytoken":"{{secret}}"}}}`,
		},
		NoMatch: []string{
			`{"auths": {"registry.corp.io": {"identitytoken": ""}}}`,
			`{"auths": {"registry.corp.io": {"identitytoken": "<token>"}}}`,
			`{"identitytoken": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}`,
		},
		Verify: &Verify{
			None: "the registry may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token at the registry, then docker logout.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/docker-config.toml",
			Line:   41,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "identitytoken",
				},
				{
					Lit: "registrytoken",
				},
			},
			Min: 32,
			Max: 1024,
		},
	},
	{
		ID:          "docker-hub-pat",
		Provider:    "docker",
		Title:       "Docker Hub personal access token",
		Description: "Pulls and, with write access, pushes images as its user.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "dckr_pat_[0-9A-Za-z_-]{27}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "username",
				Regex: `(?i:user(?:_?name)?|login -u|--username|-u)["']?[\s:=]{1,4}["']?(?P<part>[0-9a-z]{4,30})`,
			},
		},
		Docs:   []string{"https://docs.docker.com/security/access-tokens/"},
		Rotate: "https://app.docker.com/settings/personal-access-tokens",
		Tags:   []string{"container-registry"},
		Match: []string{
			"DOCKERHUB_USERNAME={{username}}\nDOCKERHUB_TOKEN={{secret}}",
			"docker login -u {{username}} -p {{secret}}",
			"echo {{secret}} | docker login --username acme --password-stdin",
			"registry: docker.io\n  password: {{secret}}\n",
		},
		NoMatch: []string{
			"dckr_pat_xxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"dckr_pat_tooshort0123456789",
			"dckr_pat_your-own-token-goes-here-00",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://hub.docker.com/v2/auth/token",
						JSON:   `{"identifier":"{{username}}","secret":"{{secret}}"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_token"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Incorrect authentication credentials"},
				},
				{
					Status: []int{
						401,
					},
					Body: []string{"incorrect username or password"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Deactivate or delete the token: https://app.docker.com/settings/personal-access-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/docker.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dckr_pat_",
				},
			},
			Min: 36,
			Max: 36,
		},
	},
	{
		ID:          "docker-hub-oat",
		Provider:    "docker",
		Title:       "Docker Hub organisation access token",
		Description: "Pulls and, with write access, pushes images of an organisation.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "dckr_oat_[0-9A-Za-z_-]{32}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "username",
				Regex: `(?i:user(?:_?name)?|login -u|--username|-u)["']?[\s:=]{1,4}["']?(?P<part>[0-9a-z]{4,30})`,
			},
		},
		Docs:   []string{"https://docs.docker.com/enterprise/security/access-tokens/"},
		Rotate: "https://docs.docker.com/enterprise/security/access-tokens/",
		Tags:   []string{"container-registry"},
		Match: []string{
			"DOCKERHUB_USERNAME={{username}}\nDOCKERHUB_TOKEN={{secret}}",
			"docker login -u {{username}} -p {{secret}}",
			`password: "{{secret}}"`,
		},
		NoMatch: []string{
			"dckr_oat_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"dckr_oat_tooshort0123456789",
			"dckr_oat_your-own-token-goes-here-0000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://hub.docker.com/v2/auth/token",
						JSON:   `{"identifier":"{{username}}","secret":"{{secret}}"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_token"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Incorrect authentication credentials"},
				},
				{
					Status: []int{
						401,
					},
					Body: []string{"incorrect username or password"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Deactivate or delete the token in the organisation's settings: https://app.docker.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/docker.toml",
			Line:   46,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dckr_oat_",
				},
			},
			Min: 41,
			Max: 41,
		},
	},
	{
		ID:          "docker-hub-pat-old",
		Provider:    "docker",
		Title:       "Docker Hub personal access token (before 2021)",
		Description: "Pulls and pushes images as its user.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"docker_token",
			"docker_hub_token",
			"dockerhub_token",
			"dockerhub_password",
			"docker_password",
			"docker_hub_password",
			"dockerhub_access_token",
			"docker_access_token",
			"dockerhub_pass",
			"docker_pass",
			"docker_hub_pat",
			"dockerhub_key",
		},
		Near:     16,
		Boundary: "value",
		Digits:   1,
		Parts: []Part{
			{
				Name:  "username",
				Regex: `(?i:user(?:_?name)?|login -u|--username|-u)["']?[\s:=]{1,4}["']?(?P<part>[0-9a-z]{4,30})`,
			},
		},
		Docs:   []string{"https://docs.docker.com/security/access-tokens/"},
		Rotate: "https://app.docker.com/settings/personal-access-tokens",
		Tags:   []string{"container-registry"},
		Match: []string{
			"DOCKERHUB_USERNAME={{username}}\nDOCKERHUB_TOKEN={{secret}}",
			`docker_password: "{{secret}}"`,
			"env:\n  - DOCKER_USER={{username}}\n  - DOCKER_PASSWORD={{secret}}\n",
		},
		NoMatch: []string{
			"DOCKERHUB_TOKEN=00000000-0000-0000-0000-000000000000",
			"DOCKERHUB_TOKEN=4ea38b7b-f563-7709-4bae",
			"DOCKER_TOKEN_ID: see 4ea38b7b-f563-7709-4bae-87aea15c",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://hub.docker.com/v2/auth/token",
						JSON:   `{"identifier":"{{username}}","secret":"{{secret}}"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_token"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Incorrect authentication credentials"},
				},
				{
					Status: []int{
						401,
					},
					Body: []string{"incorrect username or password"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token: https://app.docker.com/settings/personal-access-tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/docker.toml",
			Line:   88,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "docker-swarm-join-token",
		Provider:    "docker",
		Title:       "Docker Swarm join token",
		Description: "Joins nodes to a swarm whose managers can be reached: as managers, they control it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "SWMTKN-1-[0-9a-z]{48,60}-[0-9a-z]{24,30}",
		Boundary:    "token",
		Allow:       []string{"^SWMTKN-1-(?:3pu6hszjas19xyp7|49nj1cmql0jkz5s95|1h8aps2yszaiqmz2)"},
		Docs:        []string{"https://docs.docker.com/engine/swarm/join-nodes/"},
		Rotate:      "https://docs.docker.com/reference/cli/docker/swarm/join-token/",
		Tags:        []string{"container"},
		Match: []string{
			"docker swarm join --token {{secret}} 192.0.2.1:2377",
			"swarm_join_token: {{secret}}",
			`"Worker": "{{secret}}"`,
		},
		NoMatch: []string{
			"SWMTKN-1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxxx",
			"SWMTKN-1-tooshort0123456789-0123456789",
			"docker swarm join --token SWMTKN-1-... 192.0.2.1:2377",
		},
		Verify: &Verify{
			None: "the only request that takes it joins a node",
		},
		Revoke: &Revoke{
			Manual: "docker swarm join-token --rotate worker (or manager), on a manager",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/docker.toml",
			Line:   134,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "SWMTKN-1-",
				},
			},
			Min: 82,
			Max: 100,
		},
	},
	{
		ID:          "docker-swarm-unlock-key",
		Provider:    "docker",
		Title:       "Docker Swarm unlock key",
		Description: "Decrypts the keys and the log of a locked swarm manager, for who holds its disk.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "SWMKEY-1-[0-9A-Za-z+/]{40,50}",
		Boundary:    "token",
		Allow:       []string{"^SWMKEY-1-(?:7c37Cc8654o6p38H|fySn8TY4w5lKcWcJ|y6guTZNTwpQeTL5R)"},
		Docs:        []string{"https://docs.docker.com/engine/swarm/swarm_manager_locking/"},
		Rotate:      "https://docs.docker.com/reference/cli/docker/swarm/unlock-key/",
		Tags:        []string{"container"},
		Match: []string{
			"echo {{secret}} | docker swarm unlock",
			"swarm_unlock_key: {{secret}}",
			"    {{secret}}\n\nPlease remember to store this key in a password manager",
		},
		NoMatch: []string{
			"SWMKEY-1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SWMKEY-1-tooshort0123456789",
			"SWMKEY-1-...",
		},
		Verify: &Verify{
			None: "a key is for a manager's disk and not for its interface",
		},
		Revoke: &Revoke{
			Manual: "docker swarm unlock-key --rotate, on a manager",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/docker.toml",
			Line:   163,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "SWMKEY-1-",
				},
			},
			Min: 49,
			Max: 59,
		},
	},
	{
		ID:          "doppler-personal-token",
		Provider:    "doppler",
		Title:       "Doppler personal token",
		Description: "Acts for its user in every workplace: reads and changes all secrets.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `dp\.pt\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.pt.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.pt.tooshort",
			"tokens begin with dp.pt.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.doppler.com/v3/auth/revoke",
						JSON:   `{"token":"{{secret}}"}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
			Effect: "the CLI goes on serving its fallback file, where it has one",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.pt.",
				},
			},
			RunMin: 6,
			RunMax: 6,
			Min:    46,
			Max:    50,
		},
	},
	{
		ID:          "doppler-cli-token",
		Provider:    "doppler",
		Title:       "Doppler CLI token",
		Description: "Acts for its user in every workplace: reads and changes all secrets.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `dp\.ct\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.ct.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.ct.tooshort",
			"tokens begin with dp.ct.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.doppler.com/v3/auth/revoke",
						JSON:   `{"token":"{{secret}}"}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
			Effect: "the CLI goes on serving its fallback file, where it has one",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   37,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.ct.",
				},
			},
			RunMin: 6,
			RunMax: 6,
			Min:    46,
			Max:    50,
		},
	},
	{
		ID:          "doppler-service-account-token",
		Provider:    "doppler",
		Title:       "Doppler service account token",
		Description: "Reads and changes the secrets of the projects that its service account reaches.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `dp\.sa\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.sa.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.sa.tooshort",
			"tokens begin with dp.sa.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.doppler.com/v3/auth/revoke",
						JSON:   `{"token":"{{secret}}"}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
			Effect: "the CLI goes on serving its fallback file, where it has one",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   70,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.sa.",
				},
			},
			RunMin: 6,
			RunMax: 6,
			Min:    46,
			Max:    50,
		},
	},
	{
		ID:          "doppler-service-token",
		Provider:    "doppler",
		Title:       "Doppler service token",
		Description: "Reads, and where so made changes, the secrets of one configuration of a project.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `dp\.st\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.st.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.st.tooshort",
			"tokens begin with dp.st.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.doppler.com/v3/auth/revoke",
						JSON:   `{"token":"{{secret}}"}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
			Effect: "the CLI goes on serving its fallback file, where it has one",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   103,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "dp.st.",
				},
			},
			RunMin: 6,
			RunMax: 42,
			Min:    46,
			Max:    86,
		},
	},
	{
		ID:          "doppler-identity-token",
		Provider:    "doppler",
		Title:       "Doppler service account identity token",
		Description: "Short-lived: reads and changes the secrets of the projects that its service account reaches.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `dp\.said\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.said.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.said.tooshort",
			"tokens begin with dp.said.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.doppler.com/v3/auth/revoke",
						JSON:   `{"token":"{{secret}}"}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
			Effect: "the CLI goes on serving its fallback file, where it has one",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   136,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.said.",
				},
			},
			RunMin: 8,
			RunMax: 8,
			Min:    48,
			Max:    52,
		},
	},
	{
		ID:          "doppler-scim-token",
		Provider:    "doppler",
		Title:       "Doppler SCIM token",
		Description: "Adds and removes users and groups of the workplace.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `dp\.scim\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.scim.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.scim.tooshort",
			"tokens begin with dp.scim.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it under Tokens in the dashboard: https://dashboard.doppler.com/workplace/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   169,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.scim.",
				},
			},
			RunMin: 8,
			RunMax: 8,
			Min:    48,
			Max:    52,
		},
	},
	{
		ID:          "doppler-audit-token",
		Provider:    "doppler",
		Title:       "Doppler audit token",
		Description: "Reads who did what in the workplace, but no secrets.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `dp\.audit\.[0-9A-Za-z]{40,44}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.doppler.com/reference/auth-token-formats",
			"https://docs.doppler.com/reference/api",
		},
		Rotate: "https://dashboard.doppler.com/workplace/tokens",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"DOPPLER_TOKEN={{secret}}",
			`doppler secrets download --token "{{secret}}"`,
			"env:\n  - name: DOPPLER_TOKEN\n    value: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.doppler.com/v3/me`,
		},
		NoMatch: []string{
			"DOPPLER_TOKEN=dp.audit.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DOPPLER_TOKEN=dp.audit.tooshort",
			"tokens begin with dp.audit.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.doppler.com/v3/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"token_preview"},
				},
			},
			Identity: Identity{
				Owner:    "json:name",
				Account:  "json:workplace.name",
				Created:  "json:created_at",
				LastUsed: "json:last_seen_at",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it under Tokens in the dashboard: https://dashboard.doppler.com/workplace/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/doppler.toml",
			Line:   198,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "dp.audit.",
				},
			},
			RunMin: 9,
			RunMax: 9,
			Min:    49,
			Max:    53,
		},
	},
	{
		ID:          "dropbox-access-token",
		Provider:    "dropbox",
		Title:       "Dropbox short-lived access token",
		Description: "Reads and writes the files that an app was granted, for about four hours.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `sl\.(?:u\.)?[0-9A-Za-z_-]{130,1000}[0-9A-Za-z_-]{0,600}`,
		Boundary:    "token",
		Docs:        []string{"https://developers.dropbox.com/oauth-guide"},
		Rotate:      "https://www.dropbox.com/developers/apps",
		Match: []string{
			"DROPBOX_ACCESS_TOKEN={{secret}}",
			`dbx = dropbox.Dropbox("{{secret}}")`,
			`curl -X POST https://api.dropboxapi.com/2/files/list_folder --header "Authorization: Bearer {{secret}}"`,
		},
		NoMatch: []string{
			"DROPBOX_ACCESS_TOKEN=sl.your-access-token-here",
			"DROPBOX_ACCESS_TOKEN=sl.u.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"t{{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.dropboxapi.com/2/users/get_current_account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"account_id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"access_token"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:account_id",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.dropboxapi.com/2/auth/token/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Effect: "also ends the refresh token that it came from, and the other tokens of that",
		},
		Position: Position{
			File:   "builtin/dropbox.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sl.",
				},
			},
			RunMin: 3,
			RunMax: 5,
			Min:    133,
			Max:    1605,
		},
	},
	{
		ID:          "dropbox-long-lived-token",
		Provider:    "dropbox",
		Title:       "Dropbox long-lived access token or refresh token",
		Description: "Reads and writes the files that an app was granted, or gets tokens that do, until it is revoked.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{11}AAAAAAAAAA[0-9A-Za-z_-]{43}",
		Context: []string{
			"dropbox",
			"dbx",
		},
		Boundary: "value",
		Entropy:  3.6,
		Digits:   1,
		Docs:     []string{"https://developers.dropbox.com/oauth-guide"},
		Rotate:   "https://www.dropbox.com/developers/apps",
		Match: []string{
			"DROPBOX_REFRESH_TOKEN={{secret}}",
			`dbx = dropbox.Dropbox(oauth2_access_token="{{secret}}")`,
			"dropbox:\n  access_token: {{secret}}\n",
		},
		NoMatch: []string{
			"DROPBOX_TOKEN=xxxxxxxxxxxAAAAAAAAAAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DROPBOX_TOKEN={{secret}}x",
			"data:;base64,{{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.dropboxapi.com/2/users/get_current_account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"account_id",
						"email",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:account_id",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.dropboxapi.com/2/auth/token/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Effect: "also ends the other tokens of the same grant",
		},
		Position: Position{
			File:   "builtin/dropbox.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "dropbox-app-secret",
		Provider:    "dropbox",
		Title:       "Dropbox app secret",
		Description: "Lets who holds a refresh token or an authorisation code of the app change it for access.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9a-z]{15}",
		Context: []string{
			"dropbox_app_secret",
			"dropbox_secret",
			"dropbox_client_secret",
			"dropbox_oauth_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "app_key",
				Regex: "[0-9a-z]{15}",
				Context: []string{
					"app_key",
					"client_id",
				},
			},
		},
		Docs:   []string{"https://developers.dropbox.com/oauth-guide"},
		Rotate: "https://www.dropbox.com/developers/apps",
		Match: []string{
			"DROPBOX_APP_KEY={{app_key}}\nDROPBOX_APP_SECRET={{secret}}\n",
			`dropboxSecret: "{{secret}}"`,
			"dropbox_client_secret = '{{secret}}'",
		},
		NoMatch: []string{
			"DROPBOX_APP_SECRET=xxxxxxxxxxxxxxx",
			"DROPBOX_APP_SECRET={{secret}}0",
			"DROPBOX_APP_KEY={{app_key}}",
			"DROPBOX_APP_SECRET=your-app-secret",
		},
		Verify: &Verify{
			None: "the only check asks Dropbox to change a code or a refresh token",
		},
		Revoke: &Revoke{
			Manual: "Reset the secret on the app's page on https://www.dropbox.com/developers/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/dropbox.toml",
			Line:   82,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 4,
			Min:  15,
			Max:  15,
		},
	},
	{
		ID:          "fastly-api-token",
		Provider:    "fastly",
		Title:       "Fastly API token",
		Description: "Purges, and by its scope reads and changes, the services of its user or of the whole account.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{32}",
		Context:     []string{"fastly"},
		Boundary:    "value",
		Entropy:     4,
		Digits:      1,
		Docs:        []string{"https://www.fastly.com/documentation/reference/api/auth-tokens/user/"},
		Rotate:      "https://manage.fastly.com/account/personal/tokens",
		Match: []string{
			"FASTLY_API_TOKEN={{secret}}",
			`curl -H "Fastly-Key: {{secret}}" https://api.fastly.com/tokens/self`,
			"provider \"fastly\" {\n  api_key = \"{{secret}}\"\n}",
			"fastly compute publish --token={{secret}}",
		},
		NoMatch: []string{
			"FASTLY_API_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"FASTLY_API_TOKEN=your_fastly_api_token_here_00000",
			"FASTLY_API_TOKEN={{secret}}x",
			"FASTLY_MD5=0123456789abcdef0123456789abcdef",
			"API_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.fastly.com/tokens/self",
						Headers: []Pair{
							{
								Name:  "Fastly-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"customer_id",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:    "json:user_id",
				Account:  "json:customer_id",
				Scopes:   "json:scope",
				Created:  "json:created_at",
				Expires:  "json:expires_at",
				LastUsed: "json:last_used_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://api.fastly.com/tokens/self",
						Headers: []Pair{
							{
								Name:  "Fastly-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/fastly.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "figma-personal-access-token",
		Provider:    "figma",
		Title:       "Figma personal access token",
		Description: "Reads, and by its scopes writes, the files, comments and variables that its owner can open.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "figd_[0-9A-Za-z_-]{38,42}",
		Boundary:    "token",
		Docs:        []string{"https://developers.figma.com/docs/rest-api/personal-access-tokens/"},
		Rotate:      "https://www.figma.com/settings",
		Match: []string{
			"FIGMA_TOKEN={{secret}}",
			`curl -H "X-Figma-Token: {{secret}}" https://api.figma.com/v1/me`,
			`{"mcpServers": {"figma": {"env": {"FIGMA_API_KEY": "{{secret}}"}}}}`,
		},
		NoMatch: []string{
			"FIGMA_TOKEN=figd_your_token_here",
			"FIGMA_TOKEN=figd_xxxxxxxxxxxxxxxxxxxx",
			"FIGMA_TOKEN=x{{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.figma.com/v1/me",
						Headers: []Pair{
							{
								Name:  "X-Figma-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"handle",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						403,
					},
					Body: []string{"Invalid token"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Settings, Security of https://www.figma.com/settings",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/figma.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "figd_",
				},
			},
			Min: 43,
			Max: 47,
		},
	},
	{
		ID:          "figma-oauth-token",
		Provider:    "figma",
		Title:       "Figma OAuth token",
		Description: "Acts for the user who granted it, within the granted scopes; the refresh token gets new ones.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "fig(?:u|ur|uh|or|oh)_[0-9A-Za-z_-]{40}",
		Boundary:    "token",
		Docs:        []string{"https://developers.figma.com/docs/rest-api/oauth-apps/"},
		Rotate:      "https://www.figma.com/developers/apps",
		Match: []string{
			`{"user_id": 1, "access_token": "{{secret}}", "expires_in": 7776000}`,
			"FIGMA_OAUTH_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"access_token=figu_your_token",
			"access_token=x{{secret}}",
			"access_token={{secret}}0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.figma.com/v1/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"handle",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "The user takes the grant back under Settings, Security of https://www.figma.com/settings",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/figma.toml",
			Line:   35,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "figu_",
				},
				{
					Lit: "figuh_",
				},
				{
					Lit: "figur_",
				},
				{
					Lit: "figoh_",
				},
				{
					Lit: "figor_",
				},
			},
			Min: 45,
			Max: 46,
		},
	},
	{
		ID:          "figma-plan-access-token",
		Provider:    "figma",
		Title:       "Figma plan access token",
		Description: "Acts for a plan rather than for a user, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "figp_[0-9A-Za-z_-]{40,54}",
		Boundary:    "token",
		Docs:        []string{"https://developers.figma.com/docs/rest-api/plan-access-tokens/"},
		Rotate:      "https://www.figma.com/settings",
		Match: []string{
			"FIGMA_PLAN_TOKEN={{secret}}",
			`curl -H "X-Figma-Token: {{secret}}" https://api.figma.com/v1/files/abc`,
			"figma:\n  token: '{{secret}}'\n",
		},
		NoMatch: []string{
			"FIGMA_PLAN_TOKEN=figp_your_token_here",
			"FIGMA_PLAN_TOKEN=x{{secret}}",
			"configp_parse(&configp, config_paths, &cfg)",
		},
		Revoke: &Revoke{
			Manual: "An admin of the plan revokes it in the admin settings: https://developers.figma.com/docs/rest-api/plan-access-tokens/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/figma.toml",
			Line:   65,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "figp_",
				},
			},
			Min: 45,
			Max: 59,
		},
	},
	{
		ID:          "figma-personal-access-token-legacy",
		Provider:    "figma",
		Title:       "Figma personal access token (without prefix)",
		Description: "Reads and comments on the files that its owner can open.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9]{4,8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context:     []string{"figma"},
		Boundary:    "value",
		Digits:      1,
		Docs:        []string{"https://developers.figma.com/docs/rest-api/personal-access-tokens/"},
		Rotate:      "https://www.figma.com/settings",
		Match: []string{
			"FIGMA_TOKEN={{secret}}",
			"const client = Figma.Client({ personalAccessToken: '{{secret}}' });",
			`figma_access_token: "{{secret}}"`,
		},
		NoMatch: []string{
			"FIGMA_TOKEN=00000-00000000-0000-0000-0000-000000000000",
			"FIGMA_TOKEN={{secret}}0",
			"TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.figma.com/v1/me",
						Headers: []Pair{
							{
								Name:  "X-Figma-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"handle",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						403,
					},
					Body: []string{"Invalid token"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Settings, Security of https://www.figma.com/settings",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/figma.toml",
			Line:   89,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  41,
			Max:  45,
		},
	},
	{
		ID:          "generic-password",
		Provider:    "generic",
		Title:       "password",
		Description: "Opens whatever it was chosen for.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       ".{4,320}",
		Context: []string{
			"pass",
			"pwd",
			"pswd",
			"psw",
			"identified",
		},
		Boundary: "value",
		Generic:  true,
		Assigned: true,
		Docs:     []string{"https://cwe.mitre.org/data/definitions/798.html"},
		Match: []string{
			`db_password = "{{secret}}"`,
			"export MYSQL_PWD={{secret}}",
			"<password>{{secret}}</password>",
			`conn.setPassword("{{secret}}");`,
			"mysql --password={{secret}} app",
		},
		NoMatch: []string{
			`password = "password"`,
			`password = getpass.getpass("Password: ")`,
			"password: ${DB_PASSWORD}",
			"user.password = user_password",
		},
		Verify: &Verify{
			None: "it does not say what it opens",
		},
		Revoke: &Revoke{
			Manual: "Set a new password where it is used, and keep it out of files.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/generic.toml",
			Line:   8,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 5,
			Min:  4,
			Max:  1280,
		},
	},
	{
		ID:          "generic-secret",
		Provider:    "generic",
		Title:       "secret",
		Description: "Signs or decrypts for whom it was given to.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       ".{4,320}",
		Context:     []string{"secret"},
		Boundary:    "value",
		Generic:     true,
		Assigned:    true,
		Docs:        []string{"https://cwe.mitre.org/data/definitions/798.html"},
		Match: []string{
			`client_secret: "{{secret}}"`,
			"JWT_SECRET={{secret}}",
		},
		NoMatch: []string{
			`secret = "secret"`,
			"secret: process.env.SECRET",
		},
		Verify: &Verify{
			None: "it does not say what it opens",
		},
		Revoke: &Revoke{
			Manual: "Make a new secret where it was issued, and keep it out of files.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/generic.toml",
			Line:   38,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 5,
			Min:  4,
			Max:  1280,
		},
	},
	{
		ID:          "generic-token",
		Provider:    "generic",
		Title:       "token",
		Description: "Acts for whom it was given to, until it expires or is revoked.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       ".{4,320}",
		Context: []string{
			"token",
			"ticket",
			"session",
			"cookie",
			"sid",
			"bearer",
			"otp",
		},
		Boundary: "value",
		Generic:  true,
		Assigned: true,
		Docs:     []string{"https://cwe.mitre.org/data/definitions/798.html"},
		Match: []string{
			`access_token = "{{secret}}"`,
			"deploy --token {{secret}}",
			`{"token":"{{secret}}","expires_in":3600}`,
		},
		NoMatch: []string{
			`token = "your_token_here"`,
			"token := parser.next()",
		},
		Verify: &Verify{
			None: "it does not say whose it is",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token where it was issued.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/generic.toml",
			Line:   63,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 5,
			Min:  4,
			Max:  1280,
		},
	},
	{
		ID:          "generic-key",
		Provider:    "generic",
		Title:       "key",
		Description: "Acts for whom it was given to, or signs and decrypts.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       ".{4,320}",
		Context:     []string{"key"},
		Boundary:    "value",
		Generic:     true,
		Assigned:    true,
		Docs:        []string{"https://cwe.mitre.org/data/definitions/798.html"},
		Match: []string{
			`api_key = "{{secret}}"`,
			`encryptionKey: "{{secret}}",`,
		},
		NoMatch: []string{
			`key = "name"`,
			`api_key = "YOUR_API_KEY"`,
		},
		Verify: &Verify{
			None: "it does not say whose it is",
		},
		Revoke: &Revoke{
			Manual: "Make a new key where it was issued, and keep it out of files.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/generic.toml",
			Line:   89,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 5,
			Min:  4,
			Max:  1280,
		},
	},
	{
		ID:          "generic-credential",
		Provider:    "generic",
		Title:       "credential",
		Description: "Lets its bearer in.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       ".{4,320}",
		Context: []string{
			"cred",
			"auth",
			"signature",
		},
		Boundary: "value",
		Generic:  true,
		Assigned: true,
		Docs:     []string{"https://cwe.mitre.org/data/definitions/798.html"},
		Match:    []string{`auth_code = "{{secret}}"`},
		NoMatch: []string{
			`auth = "basic"`,
			"Authorization: Bearer <token>",
		},
		Verify: &Verify{
			None: "it does not say whose it is",
		},
		Revoke: &Revoke{
			Manual: "Replace it where it was issued, and keep it out of files.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/generic.toml",
			Line:   114,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 5,
			Min:  4,
			Max:  1280,
		},
	},
	{
		ID:          "git-credentials-password",
		Provider:    "git-credentials",
		Title:       "password or token in a git credentials file",
		Description: "Reads, and mostly writes, the repositories of its user at the host.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "://[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=_~-]{3,256})@[0-9A-Za-z]",
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Paths: []string{
			".git-credentials",
			"**/.git-credentials",
			"**/git/credentials",
		},
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  "@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?)",
				Within: 260,
			},
		},
		Docs: []string{"https://git-scm.com/docs/git-credential-store"},
		Match: []string{
			"https://{{username}}:{{secret}}@{{host}}\n",
			"https://ci:{{secret}}@git.corp.io/app.git",
			"http://ci:{{secret}}@10.1.2.3%3a8080\n",
		},
		NoMatch: []string{
			"https://user:password@git.corp.io",
			"https://ci@git.corp.io",
			"https://ci:${TOKEN}@git.corp.io",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token, or set a new password, at the host; then git credential reject.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/git-credentials.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "://",
				},
			},
			Min: 10,
			Max: 342,
		},
	},
	{
		ID:          "github-pat-classic",
		Provider:    "github",
		Title:       "GitHub personal access token (classic)",
		Description: "Acts as its user in all repositories and organisations that the user can reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "ghp_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens"},
		Rotate:      "https://github.com/settings/tokens",
		Tags:        []string{"source-code"},
		Match: []string{
			"GITHUB_TOKEN={{secret}}",
			"git clone https://oauth2:{{secret}}@github.com/owner/repo.git",
			"git remote set-url origin https://{{secret}}@github.com/owner/repo",
			`curl -H "Authorization: token {{secret}}" https://api.github.com/user`,
			"echo {{secret}} | docker login ghcr.io -u owner --password-stdin",
			"+ gh auth login --with-token\n{{secret}}\n",
			`"github-oauth": {"github.com": "{{secret}}"}`,
		},
		NoMatch: []string{
			"ghp_short",
			"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ghp_000000000000000000000000000000000000",
			"ghp_thisChecksumIsWrongAndWillStayWrong0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
				Scopes:  "header:x-oauth-scopes",
				Expires: "header:github-authentication-token-expiration",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/credentials/revoke",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
						},
						JSON: `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   8,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ghp_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "github-pat-fine-grained",
		Provider:    "github",
		Title:       "GitHub personal access token (fine-grained)",
		Description: "Acts as its user in the repositories that were chosen for it, with the permissions that were chosen.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
		Boundary:    "token",
		Checksum:    "github-fine-grained",
		Docs:        []string{"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens"},
		Rotate:      "https://github.com/settings/personal-access-tokens",
		Tags:        []string{"source-code"},
		Match: []string{
			"GH_TOKEN={{secret}}",
			`token: "{{secret}}"`,
			"https://x-access-token:{{secret}}@github.com/owner/repo.git",
			`octokit = Octokit::Client.new(access_token: "{{secret}}")`,
		},
		NoMatch: []string{
			"github_pat_11AAAAAAA0short",
			"github_pat_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"github_pat_1234567890123456789012_thisIsOfTheRightLengthButItsChecksumIsWrongSoThatItIsNoToken",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
				Expires: "header:github-authentication-token-expiration",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/credentials/revoke",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
						},
						JSON: `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   61,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "github_pat_",
				},
			},
			Min: 93,
			Max: 93,
		},
	},
	{
		ID:          "github-oauth-token",
		Provider:    "github",
		Title:       "GitHub OAuth access token",
		Description: "Acts as the user who authorised an OAuth app or the gh command, within the scopes granted.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "gho_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps"},
		Rotate:      "https://github.com/settings/applications",
		Tags:        []string{"source-code"},
		Match: []string{
			"github.com:\n    user: octocat\n    oauth_token: {{secret}}\n    git_protocol: https\n",
			`{"access_token":"{{secret}}","scope":"repo,gist","token_type":"bearer"}`,
			"https://{{secret}}:x-oauth-basic@github.com/owner/repo.git",
		},
		NoMatch: []string{
			"gho_short",
			"gho_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"gho_thisChecksumIsWrongAndWillStayWrong0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/credentials/revoke",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
						},
						JSON: `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   108,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "gho_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "github-app-user-token",
		Provider:    "github",
		Title:       "GitHub App user access token",
		Description: "Acts for a user within what a GitHub App may do, for eight hours unless the app's tokens do not expire.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ghu_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app"},
		Rotate:      "https://github.com/settings/apps/authorizations",
		Tags:        []string{"source-code"},
		Match: []string{
			"export COPILOT_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
			`"oauth_token": "{{secret}}",`,
		},
		NoMatch: []string{
			"ghu_short",
			"ghu_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ghu_thisChecksumIsWrongAndWillStayWrong0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/credentials/revoke",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
						},
						JSON: `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   154,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ghu_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "github-app-refresh-token",
		Provider:    "github",
		Title:       "GitHub App refresh token",
		Description: "Gets new user access tokens of a GitHub App, together with the app's client secret, for six months.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ghr_[0-9A-Za-z]{76}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens"},
		Rotate:      "https://github.com/settings/apps/authorizations",
		Tags:        []string{"source-code"},
		Match: []string{
			`"refresh_token": "{{secret}}", "refresh_token_expires_in": 15897600`,
			"GITHUB_REFRESH_TOKEN={{secret}}",
			"refresh_token={{secret}}&grant_type=refresh_token",
		},
		NoMatch: []string{
			"ghr_short",
			"ghr_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ghr_thisIsAsLongAsARefreshTokenButItsChecksumIsWrongAndWillStaySoForAllTimes0000",
		},
		Verify: &Verify{
			None: "a refresh token is used up by the only request that takes it",
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/credentials/revoke",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
						},
						JSON: `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   199,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ghr_",
				},
			},
			Min: 80,
			Max: 80,
		},
	},
	{
		ID:          "github-app-installation-token",
		Provider:    "github",
		Title:       "GitHub App installation token",
		Description: "Acts as an installed app, or as a workflow's GITHUB_TOKEN, until the job or an hour ends.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ghs_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app"},
		Rotate:      "https://github.com/settings/installations",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"GITHUB_TOKEN={{secret}}",
			"https://x-access-token:{{secret}}@github.com/owner/repo",
			"2024-05-06T07:08:09.1234567Z ##[debug]token: {{secret}}",
		},
		NoMatch: []string{
			"ghs_short",
			"ghs_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ghs_thisChecksumIsWrongAndWillStayWrong0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/installation/repositories?per_page=1",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"total_count",
						"repositories",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Account: "json:repositories.0.owner.login",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://api.github.com/installation/token",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "a workflow that still runs with the token fails",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   234,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ghs_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "github-app-installation-token-stateless",
		Provider:    "github",
		Title:       "GitHub App installation token (stateless)",
		Description: "Acts as an installed app, or as a workflow's GITHUB_TOKEN, until the job or an hour ends.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `ghs_[0-9]{1,12}_eyJ[0-9A-Za-z_-]{17,400}\.eyJ[0-9A-Za-z_-]{20,1000}\.[0-9A-Za-z_-]{43,700}`,
		Boundary:    "token",
		Docs:        []string{"https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app"},
		Rotate:      "https://github.com/settings/installations",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"GITHUB_TOKEN={{secret}}",
			"git clone https://x-access-token:{{secret}}@github.com/owner/repo",
			`{"token": "{{secret}}", "expires_at": "2026-05-06T07:08:09Z"}`,
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"ghs_1234567_eyJhbGciOiJFUzI1NiJ9",
			"ghs_APPID_JWT",
			"ghs_1234567_eyJxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.eyJxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/installation/repositories?per_page=1",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"total_count",
						"repositories",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Account: "json:repositories.0.owner.login",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://api.github.com/installation/token",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "a workflow that still runs with the token fails",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   279,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ghs_",
				},
			},
			Min: 94,
			Max: 2125,
		},
	},
	{
		ID:          "github-token-old",
		Provider:    "github",
		Title:       "GitHub token (before 2021)",
		Description: "Acts as its user in all repositories and organisations that the user can reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{40}",
		Context: []string{
			"github_token",
			"github_api_token",
			"github_access_token",
			"github_auth_token",
			"github_oauth",
			"github_pat",
			"github_api_key",
			"github_key",
			"github_password",
			"github_deploy_token",
			"gh_token",
			"gh_access_token",
			"gh_pat",
			"gh_api_token",
			"x-access-token",
			"git_token",
			"changelog_github_token",
			"homebrew_github_api_token",
		},
		Near:     32,
		Boundary: "value",
		Entropy:  3.2,
		Digits:   1,
		Docs:     []string{"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens"},
		Rotate:   "https://github.com/settings/tokens",
		Tags:     []string{"source-code"},
		Match: []string{
			"GITHUB_TOKEN={{secret}}",
			"export HOMEBREW_GITHUB_API_TOKEN='{{secret}}'",
			`"github-oauth": {"github.com": "{{secret}}"}`,
			"<githubToken>{{secret}}</githubToken>",
			"x-access-token:{{secret}}",
			`github_token = "{{secret}}" # terraform.tfvars`,
		},
		NoMatch: []string{
			"uses: actions/checkout@0123456789abcdef0123456789abcdef01234567",
			"GITHUB_TOKEN=0123456789abcdef0123456789abcdef012345",
			"GITHUB_TOKEN=0000000000000000000000000000000000000000",
			"GITHUB_SHA=0123456789abcdef0123456789abcdef01234567",
			"git+ssh://git@github.com/owner/repo.git#0123456789abcdef0123456789abcdef01234567",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it at https://github.com/settings/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   323,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "github-token-old-in-url",
		Provider:    "github",
		Title:       "GitHub token (before 2021) in an address",
		Description: "Acts as its user in all repositories and organisations that the user can reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `//(?:[0-9A-Za-z._-]{1,39}:)?(?P<secret>[0-9a-f]{40})(?::x-oauth-basic)?@github\.com`,
		Boundary:    "token",
		Entropy:     3.2,
		Docs:        []string{"https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens"},
		Rotate:      "https://github.com/settings/tokens",
		Tags:        []string{"source-code"},
		Match: []string{
			"git clone https://{{secret}}@github.com/owner/repo.git",
			"url = https://octocat:{{secret}}@github.com/owner/repo.git",
			"npm install git+https://{{secret}}:x-oauth-basic@github.com/owner/repo.git",
		},
		NoMatch: []string{
			"https://github.com/owner/repo/commit/0123456789abcdef0123456789abcdef01234567",
			"https://0000000000000000000000000000000000000000@github.com/owner/repo.git",
			"https://0123456789abcdef0123456789abcdef0123@github.com/owner/repo.git",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.github.com/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"login"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
			Identity: Identity{
				Owner:   "json:login",
				Account: "json:id",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it at https://github.com/settings/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   372,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "@github.com",
					Min: 42,
					Max: 96,
				},
			},
			RunMax: 42,
			Min:    53,
			Max:    107,
		},
	},
	{
		ID:          "github-client-secret",
		Provider:    "github",
		Title:       "GitHub app client secret",
		Description: "Lets its holder pose as an OAuth app or GitHub App when users sign in, and manage the tokens they gave it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9a-f]{40}",
		Context: []string{
			"github_client_secret",
			"github_secret",
			"github_app_secret",
			"github_app_client_secret",
			"github_oauth_secret",
			"github_oauth_client_secret",
			"github_consumer_secret",
			"gh_client_secret",
			"auth_github_secret",
			"github_key_secret",
		},
		Near:     32,
		Boundary: "value",
		Entropy:  3.2,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `(?:Iv1\.[0-9a-f]{16}|Iv23[0-9A-Za-z]{16}|Ov23[0-9A-Za-z]{16}|[0-9a-f]{20})`,
				Context: []string{
					"id",
					"key",
				},
			},
		},
		Docs:   []string{"https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/best-practices-for-creating-an-oauth-app"},
		Rotate: "https://github.com/settings/developers",
		Tags: []string{
			"source-code",
			"oauth",
		},
		Match: []string{
			"GITHUB_CLIENT_ID={{client_id}}\nGITHUB_CLIENT_SECRET={{secret}}",
			"GITHUB_OAUTH_SECRET: {{secret}}",
			`github: { clientID: "{{client_id}}", githubClientSecret: "{{secret}}" }`,
			`<add key="GitHubClientSecret" value="{{secret}}" />`,
		},
		NoMatch: []string{
			"GITHUB_CLIENT_SECRET=0000000000000000000000000000000000000000",
			"GITHUB_CLIENT_SECRET=0123456789abcdef0123456789abcdef0123",
			"GITHUB_CLIENT_SECRET=${{ secrets.GITHUB_CLIENT_SECRET }}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.github.com/applications/{{client_id}}/token",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.github+json",
							},
							{
								Name:  "Authorization",
								Value: "Basic {{basic client_id secret}}",
							},
						},
						JSON: `{"access_token":"gho_0"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						404,
					},
					JSON: []string{"message = Not Found"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"message = Bad credentials"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Generate a new client secret and delete this one: https://github.com/settings/developers",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   410,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "github-app-private-key",
		Provider:    "github",
		Title:       "GitHub App private key",
		Description: "Signs in as a GitHub App and gets tokens for every installation of it.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `-----BEGIN RSA PRIVATE KEY-----(?:\\{1,4}[rn]|\s){1,8}[0-9A-Za-z+/=\\\s]{64,128}`,
		Until:       "-----END RSA PRIVATE KEY-----",
		Anchors:     []string{"-----BEGIN RSA PRIVATE KEY-----"},
		Context: []string{
			"github_app_private_key",
			"github_app_key",
			"github_private_key",
			"github_app_pem",
			"github_app",
			"gh_app_private_key",
			"gh_app",
		},
		Near:     100,
		Boundary: "none",
		Parts: []Part{
			{
				Name:  "app_id",
				Regex: "[0-9]{4,9}",
				Context: []string{
					"app_id",
					"github_app",
				},
			},
		},
		Docs:   []string{"https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps"},
		Rotate: "https://github.com/settings/apps",
		Tags: []string{
			"source-code",
			"private-key",
		},
		Match: []string{
			`GITHUB_APP_PRIVATE_KEY="{{secret}}"`,
			"github_app:\n  id: {{app_id}}\n  private_key: |\n    {{secret}}\n",
			`{"githubApp": {"appId": {{app_id}}, "privateKey": "{{secret}}"}}`,
		},
		NoMatch: []string{
			`GITHUB_APP_PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"`,
			"GITHUB_APP_PRIVATE_KEY=-----BEGIN RSA PRIVATE KEY-----",
			"the private key of a GitHub App begins with -----BEGIN RSA PRIVATE KEY----- and base64 follows",
		},
		Verify: &Verify{
			Protocol: "github-app",
		},
		Revoke: &Revoke{
			Manual: "Generate a new private key for the app and delete this one: https://github.com/settings/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/github.toml",
			Line:   461,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "-----BEGIN RSA PRIVATE KEY-----",
				},
			},
			Min: 96,
			Max: 199,
		},
	},
	{
		ID:          "gitlab-pat",
		Provider:    "gitlab",
		Title:       "GitLab access token",
		Description: "Acts as its user, project or group bot in all that it may reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "glpat-[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/user/profile/personal_access_tokens/"},
		Rotate: "https://gitlab.com/-/user_settings/personal_access_tokens",
		Tags:   []string{"source-code"},
		Match: []string{
			"GITLAB_TOKEN={{secret}}",
			"git clone https://oauth2:{{secret}}@{{host}}/group/project.git",
			`curl --header "PRIVATE-TOKEN: {{secret}}" https://{{host}}/api/v4/projects`,
			"provider \"gitlab\" {\n  token = \"{{secret}}\"\n}",
			"glab auth login --hostname {{host}} --token {{secret}}",
			"acme-{{secret}}",
		},
		NoMatch: []string{
			"glpat-xxxxxxxxxxxxxxxxxxxx",
			"glpat-tooshort123456789",
			"glpat-0000-0000-0000-00000",
			"glpat-this-one-is-one-word-too-long",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"active = true",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_token"},
				},
			},
			Identity: Identity{
				Owner:    "json:user_id",
				Account:  "json:name",
				Scopes:   "json:scopes",
				Created:  "json:created_at",
				Expires:  "json:expires_at",
				LastUsed: "json:last_used_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   16,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glpat-",
				},
			},
			Min: 26,
			Max: 26,
		},
	},
	{
		ID:          "gitlab-pat-routable",
		Provider:    "gitlab",
		Title:       "GitLab access token (routable)",
		Description: "Acts as its user, project or group bot in all that it may reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `glpat-[0-9A-Za-z_-]{27,235}(?:\.[0-9a-z]{2})?\.[0-9a-z]{9}`,
		Boundary:    "token",
		Checksum:    "crc32-base36",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/user/profile/personal_access_tokens/"},
		Rotate: "https://gitlab.com/-/user_settings/personal_access_tokens",
		Tags:   []string{"source-code"},
		Match: []string{
			"GITLAB_TOKEN={{secret}}",
			"git clone https://oauth2:{{secret}}@{{host}}/group/project.git",
			"  PRIVATE-TOKEN: {{secret}}",
			`{"token": "{{secret}}"}`,
		},
		NoMatch: []string{
			"glpat-xxxxxxxxxxxxxxxxxxxxxxxxxxx.01.xxxxxxxxx",
			"glpat-with-a-wrong-checksum-in-the-end.01.0r0000000",
			"glpat-with-a-version-and-no-more-than-that.01",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"active = true",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_token"},
				},
			},
			Identity: Identity{
				Owner:    "json:user_id",
				Account:  "json:name",
				Scopes:   "json:scopes",
				Created:  "json:created_at",
				Expires:  "json:expires_at",
				LastUsed: "json:last_used_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   71,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glpat-",
				},
			},
			Min: 43,
			Max: 254,
		},
	},
	{
		ID:          "gitlab-token-old",
		Provider:    "gitlab",
		Title:       "GitLab access token (without prefix)",
		Description: "Acts as its user, project or group bot in all that it may reach, within its scopes.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{20}",
		Context: []string{
			"gitlab_token",
			"gitlab_api_token",
			"gitlab_access_token",
			"gitlab_private_token",
			"gitlab_personal_access_token",
			"gitlab_pat",
			"gitlab_api_key",
			"gitlab_key",
			"gitlab_auth_token",
			"private_token",
			"gitlab_secret",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3.6,
		Digits:   2,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/user/profile/personal_access_tokens/"},
		Rotate: "https://gitlab.com/-/user_settings/personal_access_tokens",
		Tags:   []string{"source-code"},
		Match: []string{
			"GITLAB_TOKEN={{secret}}",
			`curl --header "PRIVATE-TOKEN: {{secret}}" https://{{host}}/api/v4/projects`,
			`gitlab_access_token: "{{secret}}"`,
			"https://{{host}}/api/v4/user?private_token={{secret}}",
		},
		NoMatch: []string{
			"GITLAB_TOKEN=xxxxxxxxxxxxxxxxxxxx",
			"GITLAB_TOKEN=your-own-token-1234",
			"PRIVATE-TOKEN: $GITLAB_TOKEN_FOR_CI",
			"GITLAB_TOKEN=short0123456789",
			"gitlab_token_name: release-bot-of-2024",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"active = true",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_token"},
				},
			},
			Identity: Identity{
				Owner:    "json:user_id",
				Account:  "json:name",
				Scopes:   "json:scopes",
				Created:  "json:created_at",
				Expires:  "json:expires_at",
				LastUsed: "json:last_used_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{host}}/api/v4/personal_access_tokens/self",
						Headers: []Pair{
							{
								Name:  "PRIVATE-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   124,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  20,
			Max:  20,
		},
	},
	{
		ID:          "gitlab-deploy-token",
		Provider:    "gitlab",
		Title:       "GitLab deploy token",
		Description: "Clones, pulls and pushes repositories, packages and images of a project or group, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "gldt-[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/user/project/deploy_tokens/"},
		Rotate: "https://docs.gitlab.com/user/project/deploy_tokens/#revoke-a-deploy-token",
		Tags:   []string{"source-code"},
		Match: []string{
			"docker login -u gitlab+deploy-token-1 -p {{secret}} registry.gitlab.com",
			"https://gitlab+deploy-token-1:{{secret}}@{{host}}/group/project.git",
			"DEPLOY_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"gldt-xxxxxxxxxxxxxxxxxxxx",
			"gldt-tooshort123456789",
			"gldt-is-what-deploy-tokens-begin-with",
		},
		Verify: &Verify{
			None: "the request to check it with depends on its scopes and needs its user name",
		},
		Revoke: &Revoke{
			Manual: "Revoke it: https://docs.gitlab.com/user/project/deploy_tokens/#revoke-a-deploy-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   185,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "gldt-",
				},
			},
			Min: 25,
			Max: 25,
		},
	},
	{
		ID:          "gitlab-runner-token",
		Provider:    "gitlab",
		Title:       "GitLab runner authentication token",
		Description: "Takes the jobs of a runner, and with them the source code and the secrets that they use.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glrtr?-[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/ci/runners/runners_scope/"},
		Rotate: "https://docs.gitlab.com/api/runners/#reset-runners-authentication-token-by-using-the-current-token",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"[[runners]]\n  name = \"builder\"\n  url = \"https://{{host}}\"\n  token = \"{{secret}}\"\n",
			"gitlab-runner register --url https://{{host}} --token {{secret}}",
			"CI_SERVER_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"glrt-xxxxxxxxxxxxxxxxxxxx",
			"glrt-tooshort123456789",
			"glrt-is-what-runner-tokens-begin-with",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{host}}/api/v4/runners/verify",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"id"},
				},
			},
			Identity: Identity{
				Account: "json:id",
				Expires: "json:token_expires_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{host}}/api/v4/runners",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "deletes the runner",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   216,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glrt",
				},
			},
			Min: 25,
			Max: 26,
		},
	},
	{
		ID:          "gitlab-runner-token-routable",
		Provider:    "gitlab",
		Title:       "GitLab runner authentication token (routable)",
		Description: "Takes the jobs of a runner, and with them the source code and the secrets that they use.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `glrtr?-t[1-3]_[0-9A-Za-z_-]{27,235}(?:\.[0-9a-z]{2})?\.[0-9a-z]{9}`,
		Boundary:    "token",
		Checksum:    "crc32-base36",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/ci/runners/runners_scope/"},
		Rotate: "https://docs.gitlab.com/api/runners/#reset-runners-authentication-token-by-using-the-current-token",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"[[runners]]\n  url = \"https://{{host}}\"\n  token = \"{{secret}}\"\n",
			"helm upgrade runner gitlab/gitlab-runner --set runnerToken={{secret}}",
			"runnerToken: {{secret}}",
		},
		NoMatch: []string{
			"glrt-t1_xxxxxxxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxx",
			"glrt-t3_with-a-wrong-checksum-in-the-end.01.0r0000000",
			"glrt-t1_tooshort.01.0r0000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{host}}/api/v4/runners/verify",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"id"},
				},
			},
			Identity: Identity{
				Account: "json:id",
				Expires: "json:token_expires_at",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{host}}/api/v4/runners",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "deletes the runner",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   263,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glrt",
				},
			},
			Min: 45,
			Max: 257,
		},
	},
	{
		ID:          "gitlab-runner-registration-token",
		Provider:    "gitlab",
		Title:       "GitLab runner registration token",
		Description: "Registers runners that then take the jobs of a project, a group or the whole instance.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "GR1348941[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/ci/runners/new_creation_workflow/"},
		Rotate:      "https://docs.gitlab.com/api/runners/#reset-projects-runner-registration-token",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"gitlab-runner register --registration-token {{secret}} --url https://gitlab.example/",
			"REGISTRATION_TOKEN={{secret}}",
			`runnerRegistrationToken: "{{secret}}"`,
		},
		NoMatch: []string{
			"GR1348941",
			"GR1348941xxxxxxxxxxxxxxxxxxxx",
			"GR1348941tooshort",
		},
		Verify: &Verify{
			None: "the only request that takes it registers a runner",
		},
		Revoke: &Revoke{
			Manual: "Reset it: https://docs.gitlab.com/api/runners/#reset-projects-runner-registration-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   310,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "GR1348941",
				},
			},
			Min: 29,
			Max: 29,
		},
	},
	{
		ID:          "gitlab-job-token",
		Provider:    "gitlab",
		Title:       "GitLab CI/CD job token",
		Description: "Acts as the job of a pipeline in what job tokens may reach, while the job runs.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "glcbt-[0-9A-Za-z]{1,5}_[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/ci/jobs/ci_job_token/"},
		Rotate: "https://docs.gitlab.com/ci/jobs/ci_job_token/",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"CI_JOB_TOKEN={{secret}}",
			"https://gitlab-ci-token:{{secret}}@{{host}}/group/project.git",
			"JOB-TOKEN: {{secret}}",
		},
		NoMatch: []string{
			"glcbt-64_xxxxxxxxxxxxxxxxxxxx",
			"glcbt-64_tooshort123456789",
			"glcbt-is-what-job-tokens-begin-with",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/job",
						Headers: []Pair{
							{
								Name:  "JOB-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"pipeline.id",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user.username",
				Account: "json:pipeline.project_id",
				Created: "json:created_at",
			},
		},
		Revoke: &Revoke{
			Manual: "It ends with its job: cancel the job if it still runs",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   337,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glcbt-",
				},
			},
			Min: 28,
			Max: 32,
		},
	},
	{
		ID:          "gitlab-job-token-jwt",
		Provider:    "gitlab",
		Title:       "GitLab CI/CD job token (JWT)",
		Description: "Acts as the job of a pipeline in what job tokens may reach, while the job runs.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `glcbt-eyJ[0-9A-Za-z_-]{17,400}\.eyJ[0-9A-Za-z_-]{20,1000}\.[0-9A-Za-z_-]{43,700}`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/ci/jobs/ci_job_token/"},
		Rotate: "https://docs.gitlab.com/ci/jobs/ci_job_token/",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"CI_JOB_TOKEN={{secret}}",
			"https://gitlab-ci-token:{{secret}}@{{host}}/group/project.git",
			"JOB-TOKEN: {{secret}}",
		},
		NoMatch: []string{
			"glcbt-eyJhbGciOiJSUzI1NiJ9",
			"glcbt-eyJxxxxxxxxxxxxxxxxxxxxxxxx.eyJxxxxxxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"glcbt-header.payload.signature",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/job",
						Headers: []Pair{
							{
								Name:  "JOB-TOKEN",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"pipeline.id",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user.username",
				Account: "json:pipeline.project_id",
				Created: "json:created_at",
			},
		},
		Revoke: &Revoke{
			Manual: "It ends with its job: cancel the job if it still runs",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   378,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glcbt-eyJ",
				},
			},
			Min: 94,
			Max: 2114,
		},
	},
	{
		ID:          "gitlab-trigger-token",
		Provider:    "gitlab",
		Title:       "GitLab pipeline trigger token",
		Description: "Starts pipelines of a project as the user who made it, with variables of the caller.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glptt-[0-9A-Za-z_-]{40}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/ci/triggers/"},
		Rotate:      "https://docs.gitlab.com/ci/triggers/#revoke-a-pipeline-trigger-token",
		Tags: []string{
			"source-code",
			"ci",
		},
		Match: []string{
			"curl -X POST -F token={{secret}} -F ref=main https://gitlab.example/api/v4/projects/1/trigger/pipeline",
			"TRIGGER_TOKEN={{secret}}",
			"https://gitlab.example/api/v4/projects/1/ref/main/trigger/pipeline?token={{secret}}",
		},
		NoMatch: []string{
			"glptt-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"glptt-0123456789",
			"glptt-is-what-pipeline-trigger-tokens-begin",
		},
		Verify: &Verify{
			None: "the only request that takes it starts a pipeline",
		},
		Revoke: &Revoke{
			Manual: "Revoke it in the project's CI/CD settings: https://docs.gitlab.com/ci/triggers/#revoke-a-pipeline-trigger-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   418,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glptt-",
				},
			},
			Min: 46,
			Max: 46,
		},
	},
	{
		ID:          "gitlab-feed-token",
		Provider:    "gitlab",
		Title:       "GitLab feed token",
		Description: "Reads the activity, issues and calendar of its user, confidential ones too, and never expires.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "glft-(?:[0-9a-f]{64}-[0-9]{1,12}|[0-9A-Za-z_-]{20})",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/security/tokens/#feed-token"},
		Rotate: "https://gitlab.com/-/user_settings/personal_access_tokens",
		Tags:   []string{"source-code"},
		Match: []string{
			"https://{{host}}/dashboard/projects.atom?feed_token={{secret}}",
			"https://{{host}}/group/project/-/issues.ics?feed_token={{secret}}&state=opened",
			"feed_token: {{secret}}",
		},
		NoMatch: []string{
			"glft-xxxxxxxxxxxxxxxxxxxx",
			"glft-tooshort123456789",
			"glft-is-what-feed-tokens-begin-with",
		},
		Verify: &Verify{
			None: "the token of one feed opens no other, so an answer would tell little",
		},
		Revoke: &Revoke{
			Manual: "Reset it at https://gitlab.com/-/user_settings/personal_access_tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   446,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glft-",
				},
			},
			Min: 25,
			Max: 82,
		},
	},
	{
		ID:          "gitlab-incoming-mail-token",
		Provider:    "gitlab",
		Title:       "GitLab incoming mail token",
		Description: "Creates issues and merge requests as its user by e-mail, and never expires.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "glimt-[0-9a-z]{24,25}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/security/tokens/#incoming-email-token"},
		Rotate:      "https://gitlab.com/-/user_settings/personal_access_tokens",
		Tags:        []string{"source-code"},
		Match: []string{
			"incoming+group-project-1-{{secret}}-issue@incoming.gitlab.example",
			"incoming_email_token: {{secret}}",
			"INCOMING_MAIL_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"glimt-xxxxxxxxxxxxxxxxxxxxxxxxx",
			"glimt-0123456789",
			"glimt-is-what-incoming-mail-tokens-begin",
		},
		Verify: &Verify{
			None: "the only way to use it is to send an e-mail",
		},
		Revoke: &Revoke{
			Manual: "Reset it at https://gitlab.com/-/user_settings/personal_access_tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   476,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glimt-",
				},
			},
			Min: 30,
			Max: 31,
		},
	},
	{
		ID:          "gitlab-agent-token",
		Provider:    "gitlab",
		Title:       "GitLab agent for Kubernetes token",
		Description: "Signs in as the agent of a cluster, which receives deployments and tunnels into the cluster.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glagent-[0-9A-Za-z_-]{50}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/user/clusters/agent/"},
		Rotate:      "https://docs.gitlab.com/user/clusters/agent/work_with_agent/#reset-the-agent-token",
		Tags: []string{
			"source-code",
			"kubernetes",
		},
		Match: []string{
			"helm upgrade --install gitlab-agent gitlab/gitlab-agent --set config.token={{secret}}",
			"config:\n  token: {{secret}}",
			"AGENT_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"glagent-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"glagent-0123456789",
			"glagent-is-what-agent-tokens-begin-with",
		},
		Verify: &Verify{
			None: "the agent speaks gRPC over a web socket",
		},
		Revoke: &Revoke{
			Manual: "Reset it: https://docs.gitlab.com/user/clusters/agent/work_with_agent/#reset-the-agent-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   502,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glagent-",
				},
			},
			Min: 58,
			Max: 58,
		},
	},
	{
		ID:          "gitlab-workspace-token",
		Provider:    "gitlab",
		Title:       "GitLab workspace token",
		Description: "Reaches one workspace by HTTP and SSH while it runs.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "glwt-[0-9A-Za-z_-]{20,64}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/security/tokens/#workspace-token"},
		Rotate:      "https://docs.gitlab.com/user/workspace/",
		Tags:        []string{"source-code"},
		Match: []string{
			"GITLAB_WORKSPACE_TOKEN={{secret}}",
			`token: "{{secret}}"`,
			"--token {{secret}} --host gitlab.example",
		},
		NoMatch: []string{
			"glwt-xxxxxxxxxxxxxxxxxxxx",
			"glwt-0123456789",
			"glwt-",
		},
		Verify: &Verify{
			None: "nothing but a workspace takes it",
		},
		Revoke: &Revoke{
			Manual: "Stop or terminate the workspace: https://docs.gitlab.com/user/workspace/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   529,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glwt-",
				},
			},
			Min: 25,
			Max: 69,
		},
	},
	{
		ID:          "gitlab-scim-token",
		Provider:    "gitlab",
		Title:       "GitLab SCIM token",
		Description: "Adds and removes the members of a group that signs in with SAML.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glsoat-[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/user/group/saml_sso/scim_setup/"},
		Rotate:      "https://docs.gitlab.com/user/group/saml_sso/scim_setup/#configure-gitlab",
		Tags:        []string{"source-code"},
		Match: []string{
			"SCIM_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
			"scim:\n  secret_token: {{secret}}",
		},
		NoMatch: []string{
			"glsoat-xxxxxxxxxxxxxxxxxxxx",
			"glsoat-tooshort123456789",
			"glsoat-is-what-scim-tokens-begin-with",
		},
		Verify: &Verify{
			None: "a request needs the path of the group, which is unknown",
		},
		Revoke: &Revoke{
			Manual: "Reset it in the group's SAML settings: https://docs.gitlab.com/user/group/saml_sso/scim_setup/",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   555,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glsoat-",
				},
			},
			Min: 27,
			Max: 27,
		},
	},
	{
		ID:          "gitlab-feature-flag-token",
		Provider:    "gitlab",
		Title:       "GitLab feature flag client token",
		Description: "Reads the feature flags of a project.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       "glffct-[0-9A-Za-z_-]{20}",
		Boundary:    "token",
		Docs:        []string{"https://docs.gitlab.com/operations/feature_flags/"},
		Rotate:      "https://docs.gitlab.com/operations/feature_flags/#get-access-credentials",
		Tags:        []string{"source-code"},
		Match: []string{
			"UNLEASH_INSTANCE_ID={{secret}}",
			`unleash.WithInstanceId("{{secret}}"),`,
			"instance_id: {{secret}}",
		},
		NoMatch: []string{
			"glffct-xxxxxxxxxxxxxxxxxxxx",
			"glffct-tooshort123456789",
			"glffct-is-what-client-tokens-begin-with",
		},
		Verify: &Verify{
			None: "a request needs the number of the project, which is unknown",
		},
		Revoke: &Revoke{
			Manual: "Reset it: https://docs.gitlab.com/operations/feature_flags/#get-access-credentials",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   582,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glffct-",
				},
			},
			Min: 27,
			Max: 27,
		},
	},
	{
		ID:          "gitlab-oauth-app-secret",
		Provider:    "gitlab",
		Title:       "GitLab OAuth application secret",
		Description: "Lets its holder pose as an OAuth application when users sign in with GitLab.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "gloas-[0-9A-Za-z_-]{64}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
			{
				Name:  "client_id",
				Regex: "[0-9a-f]{64}",
			},
		},
		Docs:   []string{"https://docs.gitlab.com/integration/oauth_provider/"},
		Rotate: "https://docs.gitlab.com/integration/oauth_provider/#renew-an-application-secret",
		Tags: []string{
			"source-code",
			"oauth",
		},
		Match: []string{
			"GITLAB_CLIENT_ID={{client_id}}\nGITLAB_CLIENT_SECRET={{secret}}",
			"application_id: {{client_id}}\nsecret: {{secret}}\nurl: https://{{host}}",
			"client_secret={{secret}}&grant_type=authorization_code",
		},
		NoMatch: []string{
			"gloas-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"gloas-0123456789abcdef",
			"gloas-is-what-the-secrets-of-applications-begin-with",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{host}}/oauth/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "code",
								Value: "0",
							},
							{
								Name:  "grant_type",
								Value: "authorization_code",
							},
							{
								Name:  "redirect_uri",
								Value: "https://localhost/",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						400,
					},
					JSON: []string{"error = invalid_grant"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Renew it: https://docs.gitlab.com/integration/oauth_provider/#renew-an-application-secret",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   609,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "gloas-",
				},
			},
			Min: 70,
			Max: 70,
		},
	},
	{
		ID:          "gitlab-session-cookie",
		Provider:    "gitlab",
		Title:       "GitLab session cookie",
		Description: "Acts as the user who signed in, with all of that user's rights, until the session ends.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "_gitlab_session=(?P<secret>[0-9a-z]{32})",
		Boundary:    "token",
		Entropy:     3,
		Digits:      1,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:https?://|@)(?P<part>[0-9a-z.-]{0,80}gitlab[0-9a-z.-]{0,80}\.[a-z]{2,24}(?::[0-9]{2,5})?)`,
			},
		},
		Docs:   []string{"https://docs.gitlab.com/security/tokens/"},
		Rotate: "https://gitlab.com/-/user_settings/active_sessions",
		Tags:   []string{"source-code"},
		Match: []string{
			"Cookie: _gitlab_session={{secret}}; known_sign_in=1",
			"curl -b _gitlab_session={{secret}} https://{{host}}/",
			`"name": "cookie", "value": "_gitlab_session={{secret}}"`,
		},
		NoMatch: []string{
			"_gitlab_session=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"_gitlab_session=0123456789abcdef",
			"_gitlab_session=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v4/user",
						Headers: []Pair{
							{
								Name:  "Cookie",
								Value: "_gitlab_session={{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"username",
						"state = active",
					},
				},
			},
			Identity: Identity{
				Owner: "json:username",
			},
		},
		Revoke: &Revoke{
			Manual: "End the session at https://gitlab.com/-/user_settings/active_sessions",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/gitlab.toml",
			Line:   657,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "_gitlab_session=",
				},
			},
			Min: 48,
			Max: 48,
		},
	},
	{
		ID:          "google-api-key",
		Provider:    "google",
		Title:       "Google API key",
		Description: "Uses the APIs of a Google Cloud project that it is not restricted from, at the project's cost.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "AIza[0-9A-Za-z_-]{35}",
		Boundary:    "token",
		Docs:        []string{"https://docs.cloud.google.com/docs/authentication/api-keys"},
		Rotate:      "https://console.cloud.google.com/apis/credentials",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"GOOGLE_API_KEY={{secret}}",
			`<meta-data android:name="com.google.android.geo.API_KEY" android:value="{{secret}}"/>`,
			`"current_key": "{{secret}}"`,
			"https://maps.googleapis.com/maps/api/js?key={{secret}}&libraries=places",
			`const firebaseConfig = { apiKey: "{{secret}}", projectId: "acme" };`,
			"<key>API_KEY</key>\n<string>{{secret}}</string>",
		},
		NoMatch: []string{
			"AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
			"AIzaSyTooShort0123456789",
			"AIzaSy-your-own-key-goes-here-123456789",
			"AIzaSyThisOneIsOneCharacterLongerThanAKey",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1",
						Headers: []Pair{
							{
								Name:  "X-Goog-Api-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"models"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"SERVICE_DISABLED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_SERVICE_BLOCKED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_HTTP_REFERRER_BLOCKED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_IP_ADDRESS_BLOCKED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_ANDROID_APP_BLOCKED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_IOS_APP_BLOCKED"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						400,
					},
					Body: []string{"API_KEY_INVALID"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key, or restrict it to what it is for: https://console.cloud.google.com/apis/credentials",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AIza",
				},
			},
			Min: 39,
			Max: 39,
		},
	},
	{
		ID:          "google-auth-key",
		Provider:    "google",
		Title:       "Google API key (bound to a service account)",
		Description: "Calls the Gemini API, or what its service account may, at the cost of a Google Cloud project.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `AQ\.Ab[0-9A-Za-z_-]{48}`,
		Boundary:    "token",
		Entropy:     4,
		Digits:      2,
		Docs:        []string{"https://ai.google.dev/gemini-api/docs/api-key"},
		Rotate:      "https://aistudio.google.com/apikey",
		Tags: []string{
			"cloud",
			"ai",
		},
		Match: []string{
			"GEMINI_API_KEY={{secret}}",
			`client = genai.Client(api_key="{{secret}}")`,
			`curl -H "x-goog-api-key: {{secret}}" https://generativelanguage.googleapis.com/v1beta/models`,
		},
		NoMatch: []string{
			"AQ.Ab8RN6xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"AQ.Ab8RN6",
			"FAQ.AbsolutelyEverythingThatYouEverWantedToKnowAboutKeys01",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1",
						Headers: []Pair{
							{
								Name:  "X-Goog-Api-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"models"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"SERVICE_DISABLED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_SERVICE_BLOCKED"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"API_KEY_IP_ADDRESS_BLOCKED"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key: https://aistudio.google.com/apikey",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   53,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "AQ.Ab",
				},
			},
			RunMin: 3,
			RunMax: 3,
			Min:    53,
			Max:    53,
		},
	},
	{
		ID:          "google-oauth-client-secret",
		Provider:    "google",
		Title:       "Google OAuth client secret",
		Description: "Lets its holder pose as an OAuth client when users sign in, and use refresh tokens issued to it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "GOCSPX-[0-9A-Za-z_-]{28}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: `[0-9]{6,21}-[0-9a-z_]{32}\.apps\.googleusercontent\.com`,
			},
		},
		Docs:   []string{"https://support.google.com/cloud/answer/15549257"},
		Rotate: "https://console.cloud.google.com/auth/clients",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			"GOOGLE_CLIENT_ID={{client_id}}\nGOOGLE_CLIENT_SECRET={{secret}}",
			`{"installed":{"client_id":"{{client_id}}","project_id":"acme","client_secret":"{{secret}}"}}`,
			"google:\n  clientId: {{client_id}}\n  clientSecret: {{secret}}\n",
			"client_secret={{secret}}&grant_type=authorization_code",
		},
		NoMatch: []string{
			"GOCSPX-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"GOCSPX-tooshort0123456789",
			"GOCSPX-your-own-client-secret-goes-",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://oauth2.googleapis.com/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "code",
								Value: "0",
							},
							{
								Name:  "grant_type",
								Value: "authorization_code",
							},
							{
								Name:  "redirect_uri",
								Value: "https://localhost/",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						400,
					},
					JSON: []string{"error = invalid_grant"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Add a new secret to the client, disable this one and delete it: https://console.cloud.google.com/auth/clients",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   93,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "GOCSPX-",
				},
			},
			Min: 35,
			Max: 35,
		},
	},
	{
		ID:          "google-oauth-client-secret-old",
		Provider:    "google",
		Title:       "Google OAuth client secret (without prefix)",
		Description: "Lets its holder pose as an OAuth client when users sign in, and use refresh tokens issued to it.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{24}",
		Context: []string{
			"client_secret",
			"google_secret",
			"google_oauth_secret",
			"google_client_secret",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3.6,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "client_id",
				Regex:    `[0-9]{6,21}(?:-[0-9a-z_]{32})?\.apps\.googleusercontent\.com`,
				Required: true,
			},
		},
		Docs:   []string{"https://support.google.com/cloud/answer/15549257"},
		Rotate: "https://console.cloud.google.com/auth/clients",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			`{"installed":{"client_id":"{{client_id}}","client_secret":"{{secret}}"}}`,
			"client_id: {{client_id}}\nclient_secret: {{secret}}\n",
			"GOOGLE_OAUTH_CLIENT_ID={{client_id}}\nGOOGLE_OAUTH_CLIENT_SECRET={{secret}}",
		},
		NoMatch: []string{
			"client_id: {{client_id}}\nclient_secret: xxxxxxxxxxxxxxxxxxxxxxxx",
			"client_id: {{client_id}}\nclient_secret: your_client_secret_12345",
			"client_id: {{client_id}}\nclient_secret: tooshort0123456789",
			"client_secret: 0f3k2l9d8s7a6q5w4e3r2t1y",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://oauth2.googleapis.com/token",
						Form: []Pair{
							{
								Name:  "client_id",
								Value: "{{client_id}}",
							},
							{
								Name:  "client_secret",
								Value: "{{secret}}",
							},
							{
								Name:  "code",
								Value: "0",
							},
							{
								Name:  "grant_type",
								Value: "authorization_code",
							},
							{
								Name:  "redirect_uri",
								Value: "https://localhost/",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						400,
					},
					JSON: []string{"error = invalid_grant"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error = invalid_client"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Add a new secret to the client, disable this one and delete it: https://console.cloud.google.com/auth/clients",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   140,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  24,
			Max:  24,
		},
	},
	{
		ID:          "google-oauth-client-secret-named",
		Provider:    "google",
		Title:       "Google OAuth client secret (without prefix)",
		Description: "Lets its holder pose as an OAuth client when users sign in with Google, if its id is known.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{24}",
		Context: []string{
			"google_client_secret",
			"google_oauth_client_secret",
			"google_oauth2_client_secret",
			"google_oauth_secret",
			"google_oauth2_secret",
			"google_secret",
			"google_auth_client_secret",
			"google_app_secret",
			"gmail_client_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.6,
		Digits:   2,
		Docs:     []string{"https://support.google.com/cloud/answer/15549257"},
		Rotate:   "https://console.cloud.google.com/auth/clients",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			"GOOGLE_CLIENT_SECRET={{secret}}",
			"$google_client_secret = '{{secret}}';",
			"SOCIAL_AUTH_GOOGLE_OAUTH2_SECRET = '{{secret}}'",
		},
		NoMatch: []string{
			"GOOGLE_CLIENT_SECRET=xxxxxxxxxxxxxxxxxxxxxxxx",
			"GOOGLE_CLIENT_SECRET=tooshort0123456789",
			"GOOGLE_CLIENT_SECRET=projects-secrets-google-",
		},
		Verify: &Verify{
			None: "a request needs the client's id",
		},
		Revoke: &Revoke{
			Manual: "Add a new secret to the client, disable this one and delete it: https://console.cloud.google.com/auth/clients",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   191,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  24,
			Max:  24,
		},
	},
	{
		ID:          "google-oauth-access-token",
		Provider:    "google",
		Title:       "Google OAuth access token",
		Description: "Acts as a user or service account within the scopes granted, for an hour.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `ya29\.[0-9A-Za-z_-]{40,1000}(?:\.[0-9A-Za-z_-]{20,1000})?`,
		Boundary:    "token",
		Digits:      1,
		Docs:        []string{"https://docs.cloud.google.com/docs/authentication/token-types"},
		Rotate:      "https://myaccount.google.com/connections",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			"Authorization: Bearer {{secret}}",
			`{"access_token":"{{secret}}","expires_in":3599,"token_type":"Bearer"}`,
			"docker login -u oauth2accesstoken -p {{secret}} https://gcr.io",
			"GOOGLE_OAUTH_ACCESS_TOKEN={{secret}} terraform plan",
		},
		NoMatch: []string{
			"ya29.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"ya29.tooshort0123456789",
			"ya29.a0Af...",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://oauth2.googleapis.com/tokeninfo",
						Query: []Pair{
							{
								Name:  "access_token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"aud",
						"expires_in",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						400,
					},
					JSON: []string{"error = invalid_token"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:azp",
				Scopes:  "json:scope",
				Expires: "json:exp",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://oauth2.googleapis.com/revoke",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Effect: "takes back all that the user granted to the app; tokens of service accounts stay valid",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   226,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ya29.",
				},
			},
			RunMin: 5,
			RunMax: 5,
			Min:    45,
			Max:    2006,
		},
	},
	{
		ID:          "google-oauth-refresh-token",
		Provider:    "google",
		Title:       "Google OAuth refresh token",
		Description: "Gets access tokens of the user who granted it, together with the client's id and secret.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "1//0[0-9A-Za-z_-]{40,200}",
		Boundary:    "token",
		Entropy:     4,
		Digits:      1,
		Docs:        []string{"https://developers.google.com/identity/protocols/oauth2#expiration"},
		Rotate:      "https://myaccount.google.com/connections",
		Tags: []string{
			"cloud",
			"oauth",
		},
		Match: []string{
			`"refresh_token": "{{secret}}",\n  "type": "authorized_user"`,
			"GOOGLE_REFRESH_TOKEN={{secret}}",
			"refresh_token={{secret}}&grant_type=refresh_token",
		},
		NoMatch: []string{
			"1//0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"1//0tooshort0123456789",
			"x = 1//0  # floor division by zero",
		},
		Verify: &Verify{
			None: "a request needs the client that it was issued to, and makes a new access token",
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://oauth2.googleapis.com/revoke",
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Effect: "takes back all that the user granted to the app, access tokens too",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   274,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "1//0",
				},
			},
			Min: 44,
			Max: 204,
		},
	},
	{
		ID:          "google-service-account-key",
		Provider:    "google",
		Title:       "Google Cloud service account key",
		Description: "Signs in as a service account, with all roles that it has in any project, and never expires.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `private_key\\{0,3}["']?\s{0,8}[:=]\s{0,8}\\{0,3}["']?(?P<secret>-----BEGIN (?:RSA )?PRIVATE KEY-----(?:\\{1,4}[rn]|\s){1,8}[0-9A-Za-z+/=\\\s]{200,256})`,
		Until:       "-----END (?:RSA )?PRIVATE KEY-----",
		Boundary:    "none",
		Entropy:     4.5,
		Parts: []Part{
			{
				Name:     "client_email",
				Regex:    `[0-9a-z-]{1,63}@(?:[0-9a-z.-]{1,100}\.iam|developer|appspot)\.gserviceaccount\.com`,
				Within:   4000,
				Required: true,
			},
			{
				Name:   "private_key_id",
				Regex:  `private_key_id\\{0,3}["']?\s{0,8}[:=]\s{0,8}\\{0,3}["']?(?P<part>[0-9a-f]{40})`,
				Within: 4000,
			},
			{
				Name:   "project_id",
				Regex:  `project_id\\{0,3}["']?\s{0,8}[:=]\s{0,8}\\{0,3}["']?(?P<part>[0-9a-z:.-]{4,60})`,
				Within: 4000,
			},
		},
		Docs:   []string{"https://docs.cloud.google.com/iam/docs/keys-create-delete"},
		Rotate: "https://console.cloud.google.com/iam-admin/serviceaccounts",
		Tags: []string{
			"cloud",
			"private-key",
		},
		Match: []string{
			"{\n  \"type\": \"service_account\",\n  \"project_id\": \"{{project_id}}\",\n  \"private_key_id\": \"{{private_key_id}}\",\n  \"private_key\": \"{{secret}}\\n\",\n  \"client_email\": \"{{client_email}}\",\n  \"auth_uri\": \"https://accounts.google.com/o/oauth2/auth\"\n}",
			`GOOGLE_CREDENTIALS="{\"type\":\"service_account\",\"private_key\":\"{{secret}}\",\"client_email\":\"{{client_email}}\"}"`,
			"google:\n  client_email: {{client_email}}\n  private_key: \"{{secret}}\"\n",
		},
		NoMatch: []string{
			"{\"type\": \"service_account\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n\",\n    \"client_email\": \"{{client_email}}\"}",
			`"private_key": "${PRIVATE_KEY}", "client_email": "{{client_email}}"`,
			`"private_key_id": "{{private_key_id}}", "client_email": "{{client_email}}"`,
		},
		Verify: &Verify{
			Protocol: "google-service-account",
		},
		Revoke: &Revoke{
			Auth: "admin",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://iam.googleapis.com/v1/projects/-/serviceAccounts/{{client_email}}/keys/{{private_key_id}}:disable",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{admin}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Reversible: true,
			Undo: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://iam.googleapis.com/v1/projects/-/serviceAccounts/{{client_email}}/keys/{{private_key_id}}:enable",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{admin}}",
							},
						},
					},
				},
			},
			Effect: "access tokens that were made with the key stay valid for up to an hour",
		},
		Position: Position{
			File:   "builtin/google.toml",
			Line:   310,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "PRIVATE KEY-----",
					Min: 23,
					Max: 51,
				},
			},
			Min: 240,
			Max: 363,
		},
	},
	{
		ID:          "grafana-service-account-token",
		Provider:    "grafana",
		Title:       "Grafana service account token",
		Description: "Acts as a service account of a Grafana, from reading dashboards up to administering it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}",
		Boundary:    "token",
		Checksum:    "crc32-hex-little",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:[0-9A-Za-z-]{1,63}\.){0,4}grafana[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?`,
			},
		},
		Docs:   []string{"https://grafana.com/docs/grafana/latest/administration/service-accounts/"},
		Rotate: "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
		Match: []string{
			"GRAFANA_TOKEN={{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://{{host}}/api/org`,
			"provider \"grafana\" {\n  url  = \"https://{{host}}/\"\n  auth = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"GRAFANA_TOKEN=glsa_YOUR_TOKEN_HERE_12345678",
			"GRAFANA_TOKEN=glsa_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_00000000",
			"GRAFANA_TOKEN={{secret}}0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/org",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"name",
					},
				},
			},
			Identity: Identity{
				Account: "json:name",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token under Administration, Users and access, Service accounts of that Grafana",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/grafana.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glsa_",
				},
			},
			Min: 46,
			Max: 46,
		},
	},
	{
		ID:          "grafana-cloud-token",
		Provider:    "grafana",
		Title:       "Grafana Cloud access policy token",
		Description: "Does what its access policy allows in a Grafana Cloud organisation: write or read telemetry, manage stacks.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "glc_eyJ[0-9A-Za-z+/]{40,400}={0,2}",
		Boundary:    "token",
		Checksum:    "base64-json",
		Docs:        []string{"https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/"},
		Rotate:      "https://grafana.com/docs/grafana-cloud/security-and-account-management/authentication-and-permissions/access-policies/",
		Match: []string{
			"GRAFANA_CLOUD_API_KEY={{secret}}",
			"remote_write:\n  - basic_auth:\n      username: 12345\n      password: {{secret}}\n",
			`OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer {{secret}}"`,
		},
		NoMatch: []string{
			"GRAFANA_CLOUD_API_KEY=glc_YOUR_TOKEN_HERE",
			"GRAFANA_CLOUD_API_KEY=glc_eyJvIjoi...",
			"static void GLC_CreateLightmapTexturesIndividual(void);",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://grafana.com/api/v1/tokens",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "pageSize",
								Value: "1",
							},
							{
								Name:  "region",
								Value: "us",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"items"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token under Access Policies of the organisation on https://grafana.com",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/grafana.toml",
			Line:   41,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "glc_eyJ",
				},
			},
			Min: 47,
			Max: 409,
		},
	},
	{
		ID:          "grafana-api-key",
		Provider:    "grafana",
		Title:       "Grafana API key (before service accounts)",
		Description: "Acts with the role of viewer, editor or admin in an organisation of a Grafana; new ones can no longer be made.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "eyJrIjoi[0-9A-Za-z+/]{43}iLCJuIjoi[0-9A-Za-z+/]{10,300}={0,2}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?:[0-9A-Za-z-]{1,63}\.){0,4}grafana[0-9A-Za-z-]{0,40}(?:\.[0-9A-Za-z-]{1,63}){1,4}(?::[0-9]{2,5})?`,
			},
		},
		Docs:   []string{"https://grafana.com/docs/grafana/latest/administration/service-accounts/migrate-api-keys/"},
		Rotate: "https://grafana.com/docs/grafana/latest/administration/service-accounts/migrate-api-keys/",
		Match: []string{
			"GRAFANA_API_KEY={{secret}}",
			"Authorization: Bearer {{secret}}",
			`admin = GrafanaClient("{{secret}}", host="{{host}}", port=3000)`,
		},
		NoMatch: []string{
			"GRAFANA_API_KEY=eyJrIjoi...",
			"GRAFANA_API_KEY=eyJrIjoieHh4eHh4eHgiLCJuIjoieHgiLCJpZCI6MX0=",
			"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/org",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"name",
					},
				},
			},
			Identity: Identity{
				Account: "json:name",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key, or migrate it to a service account, under Administration of that Grafana",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/grafana.toml",
			Line:   76,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "eyJrIjoi",
				},
			},
			Min: 70,
			Max: 362,
		},
	},
	{
		ID:          "heroku-api-key",
		Provider:    "heroku",
		Title:       "Heroku API key",
		Description: "Manages, by its scope, every app of its owner: code, configuration, data, domains.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "HRKU-(?:[0-9A-Za-z_-]{60}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
		Boundary:    "token",
		Docs: []string{
			"https://devcenter.heroku.com/articles/oauth",
			"https://devcenter.heroku.com/changelog-items/2842",
		},
		Rotate: "https://dashboard.heroku.com/account",
		Match: []string{
			"HEROKU_API_KEY={{secret}}",
			"machine api.heroku.com\n  login ada@acme.test\n  password {{secret}}\n",
			"- uses: akhileshns/heroku-deploy@v3\n  with:\n    heroku_api_key: {{secret}}\n",
			`curl -n https://api.heroku.com/apps -H "Authorization: Bearer {{secret}}"`,
		},
		NoMatch: []string{
			"HEROKU_API_KEY=HRKU-your-api-key",
			"HEROKU_API_KEY={{secret}}0",
			"HEROKU_API_KEY=HRKU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.heroku.com/account",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.heroku+json; version=3",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the API key on https://dashboard.heroku.com/account, or revoke the authorization of the token on https://dashboard.heroku.com/account/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/heroku.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "HRKU-",
				},
			},
			Min: 41,
			Max: 65,
		},
	},
	{
		ID:          "heroku-api-key-legacy",
		Provider:    "heroku",
		Title:       "Heroku API key (before 2024)",
		Description: "Manages, by its scope, every app of its owner: code, configuration, data, domains.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"heroku_api_key",
			"heroku_key",
			"heroku_token",
			"heroku_api_token",
			"heroku_auth_token",
			"heroku_access_token",
			"heroku_oauth_token",
			"heroku_secret",
			"heroku_password",
			"heroku_auth",
		},
		Near:     24,
		Boundary: "value",
		Digits:   1,
		Docs:     []string{"https://devcenter.heroku.com/articles/authentication"},
		Rotate:   "https://dashboard.heroku.com/account",
		Match: []string{
			"HEROKU_API_KEY={{secret}}",
			`heroku_api_key: "{{secret}}"`,
			"env:\n  HEROKU_AUTH_TOKEN: {{secret}}\n",
			"<herokuToken>\n    {{secret}}\n</herokuToken>",
		},
		NoMatch: []string{
			"HEROKU_API_KEY=00000000-0000-0000-0000-000000000000",
			"HEROKU_API_KEY={{secret}}0",
			"heroku request_id={{secret}}",
			"HEROKU_APP_ID={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.heroku.com/account",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.heroku+json; version=3",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Regenerate the API key on https://dashboard.heroku.com/account, or revoke the authorization of the token on https://dashboard.heroku.com/account/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/heroku.toml",
			Line:   42,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "htpasswd-hash",
		Provider:    "htpasswd",
		Title:       "password hash of htpasswd",
		Description: "Helps to guess the password of the user that stands before it.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       `(?m)^[0-9A-Za-z._@-]{1,64}:(?P<secret>\$apr1\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}|\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}|\{SHA\}[0-9A-Za-z+/]{27}=)`,
		Boundary:    "token",
		Generic:     true,
		Docs:        []string{"https://httpd.apache.org/docs/2.4/misc/password_encryptions.html"},
		Match: []string{
			"ci:{{secret}}\n",
			"# users\nadmin:{{secret}}\nother:x",
			"deploy:{{secret}}",
		},
		NoMatch: []string{
			"admin:$apr1$tooshort",
			"admin:{SHA}tooshort",
			"$2y$ is how a hash of bcrypt begins",
		},
		Verify: &Verify{
			None: "a hash does not log in",
		},
		Revoke: &Revoke{
			Manual: "Set a new password with htpasswd, longer than a dictionary helps with.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/htpasswd.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "apr1$",
					Min: 3,
					Max: 66,
				},
				{
					Lit: "2a$",
					Min: 3,
					Max: 66,
				},
				{
					Lit: "2b$",
					Min: 3,
					Max: 66,
				},
				{
					Lit: "2y$",
					Min: 3,
					Max: 66,
				},
				{
					Lit: "{SHA}",
					Min: 2,
					Max: 65,
				},
			},
			Min: 32,
			Max: 125,
		},
	},
	{
		ID:          "http-basic",
		Provider:    "http",
		Title:       "HTTP Basic credentials",
		Description: "User name and password, hardly hidden by base64.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:basic)(?: |%20|\+) {0,2}(?P<secret>[0-9A-Za-z+/]{6,1000}={0,2})`,
		Boundary:    "token",
		Checksum:    "basic-auth",
		Password:    true,
		Generic:     true,
		Docs:        []string{"https://www.rfc-editor.org/rfc/rfc7617"},
		Match: []string{
			"Authorization: Basic {{secret}}",
			"curl -H 'Authorization: Basic {{secret}}' https://api.corp.io/v1",
			`{"key": "Authorization", "value": "Basic {{secret}}"}`,
			"headers:\n  authorization:\n    - Basic {{secret}}\n",
			`req.Header.Set("Proxy-Authorization", "Basic {{secret}}")`,
			"> authorization: basic {{secret}}",
		},
		NoMatch: []string{
			`WWW-Authenticate: Basic realm="app"`,
			"Authorization: Basic dXNlcjpwYXNzd29yZA==",
			"Authorization: Basic ${CREDENTIALS}",
			"basic authentication is needed, and basic knowledge of it",
		},
		Verify: &Verify{
			None: "it does not say for which host it is",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user at the host.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/http-auth.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "basic ",
					Fold: true,
				},
				{
					Lit:  "basic%20",
					Fold: true,
				},
				{
					Lit:  "basic+",
					Fold: true,
				},
			},
			Min: 12,
			Max: 1013,
		},
	},
	{
		ID:          "http-bearer",
		Provider:    "http",
		Title:       "HTTP Bearer token",
		Description: "Acts for whom it was given to, until it expires or is revoked.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `(?i:bearer)(?: |%20|\+) {0,2}(?P<secret>[0-9A-Za-z._~+/-]{15,1000}[0-9A-Za-z_~+/-]={0,2})`,
		Boundary:    "token",
		Entropy:     3.2,
		Digits:      1,
		Generic:     true,
		Allow: []string{
			"^[A-Za-z]+(?:[._~+/-][A-Za-z]+)*[._~+/-]?[0-9]{0,4}$",
			`^mF_9\.B5f-4`,
			"^2YotnFZFEjr1z",
			`\.\.\.`,
			"^dGhpcyBpcy",
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc6750"},
		Match: []string{
			"Authorization: Bearer {{secret}}",
			"curl -H 'Authorization: Bearer {{secret}}' https://api.corp.io/v1",
			`fetch(url, { headers: { authorization: "Bearer {{secret}}" } })`,
			"headers:\n  authorization:\n    - Bearer {{secret}}\n",
			`+ curl -sS -H "authorization: bearer {{secret}}" https://api.corp.io/`,
		},
		NoMatch: []string{
			"Authorization: Bearer ${TOKEN}",
			"Authorization: Bearer <token>",
			"Authorization: Bearer your-access-token-here-1",
			"Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"a bearer token.of.some-kind2 goes here",
		},
		Verify: &Verify{
			None: "it does not say for which host it is",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token where it was issued.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/http-auth.toml",
			Line:   35,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "bearer ",
					Fold: true,
				},
				{
					Lit:  "bearer%20",
					Fold: true,
				},
				{
					Lit:  "bearer+",
					Fold: true,
				},
			},
			Min: 23,
			Max: 1014,
		},
	},
	{
		ID:          "http-header-token",
		Provider:    "http",
		Title:       "token in an HTTP header",
		Description: "Acts for whom it was given to, until it expires or is revoked.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `(?:(?i:authorization)\\?["']?[ \t]{0,2}[:=][ \t]{0,2}\\?["']?(?i:token|apikey|api-key)(?:[ \t]{1,2}|=)|(?i:x-api-key|x-auth-token|x-access-token|x-api-token|private-token|x-auth-key)\\?["']?[ \t]{0,2}[:=,][ \t]{0,2})\\?["']?(?P<secret>[0-9A-Za-z._~+/-]{15,500}[0-9A-Za-z_~+/-]={0,2})`,
		Boundary:    "token",
		Entropy:     3.3,
		Digits:      1,
		Generic:     true,
		Allow: []string{
			"^[A-Za-z]+(?:[._~+/-][A-Za-z]+)*[._~+/-]?[0-9]{0,4}$",
			`\.\.\.`,
		},
		Docs: []string{"https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Authorization"},
		Match: []string{
			"curl -H 'X-API-Key: {{secret}}' https://api.corp.io/v1",
			"Authorization: Token {{secret}}",
			`headers = {"X-Auth-Token": "{{secret}}"}`,
			`req.Header.Set("X-Api-Key", "{{secret}}")`,
		},
		NoMatch: []string{
			"X-API-Key: ${API_KEY}",
			"X-API-Key: your-api-key",
			"X-Api-Key: xxxxxxxxxxxxxxxxxxxxxxxx",
			`headers["X-Api-Key"] = settings.api_key_of_the_customer2`,
		},
		Verify: &Verify{
			None: "it does not say for which host it is",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token where it was issued.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/http-auth.toml",
			Line:   69,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "authorization",
					Fold: true,
				},
				{
					Lit:  "x-api-key",
					Fold: true,
				},
				{
					Lit:  "x-auth-token",
					Fold: true,
				},
				{
					Lit:  "x-access-token",
					Fold: true,
				},
				{
					Lit:  "x-api-token",
					Fold: true,
				},
				{
					Lit:  "private-token",
					Fold: true,
				},
				{
					Lit:  "x-auth-key",
					Fold: true,
				},
			},
			Min: 26,
			Max: 538,
		},
	},
	{
		ID:          "http-curl-user",
		Provider:    "http",
		Title:       "credentials of a curl command",
		Description: "User name and password for the host that the command asks.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `(?:-u|--user|--proxy-user)["',= \t]{0,4}[0-9A-Za-z._%+@$-]{0,80}:(?P<secret>[!#-&*-;=?-_a-z|~]{3,200})`,
		Context:     []string{"curl"},
		Near:        200,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  `(?:-u|--user|--proxy-user)["',= \t]{0,4}(?P<part>[0-9A-Za-z._%+@$-]{1,80}):`,
				Within: 100,
			},
			{
				Name:  "host",
				Regex: "https?://(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?)",
			},
		},
		Docs: []string{"https://curl.se/docs/manpage.html#-u"},
		Match: []string{
			"curl -u {{username}}:{{secret}} https://api.corp.io/v1",
			"curl -sS -X POST --user 'ci:{{secret}}' https://jenkins.corp.io/job/app/build",
			"curl \\\n  -u \"ci:{{secret}}\" \\\n  https://api.corp.io",
			`subprocess.run(["curl", "-u", "ci:{{secret}}", url])`,
		},
		NoMatch: []string{
			"curl -u user:password https://api.corp.io",
			`curl -u "$USER:$PASS" https://api.corp.io`,
			"curl -u ${USER}:${PASS} https://api.corp.io",
			"curl -u ci https://api.corp.io",
			"docker run -u 1000:1000 app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user at the host.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/http-auth.toml",
			Line:   101,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 4,
			Min:  6,
			Max:  297,
		},
	},
	{
		ID:          "huggingface-user-token",
		Provider:    "huggingface",
		Title:       "Hugging Face access token",
		Description: "Reads and, if it may write, changes the private models, data sets and spaces of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "hf_[0-9A-Za-z]{34}",
		Boundary:    "token",
		Entropy:     3.8,
		Docs:        []string{"https://huggingface.co/docs/hub/security-tokens"},
		Rotate:      "https://huggingface.co/settings/tokens",
		Tags:        []string{"ai"},
		Match: []string{
			"HF_TOKEN={{secret}}",
			`login(token="{{secret}}")`,
			"git clone https://user:{{secret}}@huggingface.co/acme/model",
			"huggingface-cli login --token {{secret}}",
			`headers = {"Authorization": "Bearer {{secret}}"}`,
		},
		NoMatch: []string{
			"hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"hf_tooShort",
			"hf_your_own_token",
			"hf_aaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccc",
			"hf_model_name_or_path_to_pretrained_config",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://huggingface.co/api/whoami-v2",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"name",
						"auth.accessToken",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid credentials in Authorization header"},
				},
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid username or password"},
				},
			},
			Identity: Identity{
				Owner:   "json:name",
				Account: "json:email",
				Scopes:  "json:auth.accessToken.role",
				Created: "json:auth.accessToken.createdAt",
				Expires: "json:auth.expiresAt",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://huggingface.co/api/credentials/revoke",
						JSON:   `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/huggingface.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hf_",
				},
			},
			Min: 37,
			Max: 37,
		},
	},
	{
		ID:          "huggingface-org-token",
		Provider:    "huggingface",
		Title:       "Hugging Face organisation token (legacy)",
		Description: "Calls the inference API and reads private models in the name of an organisation.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "api_org_[0-9A-Za-z]{34}",
		Boundary:    "token",
		Entropy:     3.8,
		Docs:        []string{"https://huggingface.co/docs/hub/security-tokens"},
		Rotate:      "https://huggingface.co/settings/tokens",
		Tags:        []string{"ai"},
		Match: []string{
			"HUGGINGFACE_API_TOKEN={{secret}}",
			`"Authorization": "Bearer {{secret}}"`,
			"hf:\n  token: {{secret}}\n",
		},
		NoMatch: []string{
			"api_org_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"api_org_tooShort",
			"api_org_members_list_by_name_of_organisation",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://huggingface.co/api/whoami-v2",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"name",
						"type = org",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid credentials in Authorization header"},
				},
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid username or password"},
				},
			},
			Identity: Identity{
				Owner: "json:name",
			},
		},
		Revoke: &Revoke{
			Auth: "anonymous",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://huggingface.co/api/credentials/revoke",
						JSON:   `{"credentials":["{{secret}}"]}`,
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						202,
					},
				},
			},
			Effect: "the owner gets an e-mail",
		},
		Position: Position{
			File:   "builtin/huggingface.toml",
			Line:   60,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "api_org_",
				},
			},
			Min: 42,
			Max: 42,
		},
	},
	{
		ID:          "jwt",
		Provider:    "jwt",
		Title:       "JSON Web Token",
		Description: "Acts for its subject wherever its issuer is trusted, until it expires.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `(?:eyJ|eyAi|ewo[giJ]|ew0K)[0-9A-Za-z_-]{13,1000}={0,2}\.`,
		Until:       `\A(?:eyJ|eyAi|ewo[giJ]|ew0K)[0-9A-Za-z_-]{6,}={0,2}\.[0-9A-Za-z_-]{20,}`,
		Boundary:    "token",
		Checksum:    "jwt",
		Generic:     true,
		Allow: []string{
			`\.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l`,
			`\.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6I[0-9A-Za-z]{27}Iiwicm9sZSI6ImFub24i`,
			`\.eyJpc3MiOiJzdXBhYmFzZS1kZW1v`,
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc7519"},
		Tags: []string{"session"},
		Match: []string{
			"Authorization: Bearer {{secret}}",
			"TOKEN={{secret}}",
			`{"id_token": "{{secret}}", "expires_in": 3600}`,
			"https://app.corp.io/callback?token={{secret}}&state=1",
			"localStorage.setItem('token', '{{secret}}');",
			"2026-01-01T00:00:00Z got token {{secret}}",
		},
		NoMatch: []string{
			"eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.",
			"eyJhbGciOi...",
			"data:application/json;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoiYS5qcyJ9.map",
			"header.payload.signature",
		},
		Verify: &Verify{
			Protocol: "jwt",
		},
		Revoke: &Revoke{
			Manual: "Ask the issuer to end the session or the grant; a token that nobody can revoke lives until its exp, or until the signing key is replaced.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/jwt.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "eyJ",
				},
				{
					Lit: "eyAi",
				},
				{
					Lit: "ewoJ",
				},
				{
					Lit: "ewog",
				},
				{
					Lit: "ewoi",
				},
				{
					Lit: "ew0K",
				},
			},
			Min: 17,
			Max: 1007,
		},
	},
	{
		ID:          "kubernetes-client-key",
		Provider:    "kubernetes",
		Title:       "client key of a kubeconfig",
		Description: "With the certificate beside it, acts in the cluster as its user, often as an administrator.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `client-key-data\\?["']?:[ \t]{0,4}\\?["']?(?P<secret>LS0tLS1CRUdJTi[0-9A-Za-z+/]{60,900})`,
		Until:       `\A[0-9A-Za-z+/]*={0,2}`,
		Boundary:    "none",
		Parts: []Part{
			{
				Name:   "server",
				Regex:  `server\\?["']?:[ \t]{0,4}\\?["']?https://(?P<part>[0-9A-Za-z.\[\]:-]{3,253}(?:/[0-9A-Za-z._~/-]{0,200})?)`,
				Within: 6000,
			},
		},
		Docs:   []string{"https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"},
		Rotate: "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/",
		Tags:   []string{"cluster"},
		Match: []string{
			"users:\n- name: admin\n  user:\n    client-certificate-data: LS0t...\n    client-key-data: {{secret}}\n",
			`{"users": [{"name": "admin", "user": {"client-key-data": "{{secret}}"}}]}`,
			"clusters:\n- cluster:\n    server: https://{{server}}\nusers:\n- user:\n    client-key-data: \"{{secret}}\"",
		},
		NoMatch: []string{
			"client-key-data: REDACTED",
			"client-key-data: LS0tLS1CRUdJTi...",
			"client-certificate-data: {{secret}}",
		},
		Verify: &Verify{
			None: "asking the server needs TLS with the client's certificate, and most servers stand within a network",
		},
		Revoke: &Revoke{
			Manual: "Certificates cannot be revoked: take the user's role bindings away, or replace the cluster's certificate authority: https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "LS0tLS1CRUdJTi",
					Min: 16,
					Max: 24,
				},
			},
			RunMin: 16,
			RunMax: 24,
			Min:    90,
			Max:    938,
		},
	},
	{
		ID:          "kubernetes-kubeconfig-token",
		Provider:    "kubernetes",
		Title:       "token of a kubeconfig",
		Description: "Acts in the cluster as its user or service account.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `(?:user:|"user":|\\"user\\":)\s{0,40}(?:\{\s{0,40})?\\?["']?token\\?["']?:[ \t]{0,4}\\?["']?(?P<secret>[0-9A-Za-z._~+/=-]{16,800})`,
		Until:       `\A[0-9A-Za-z._~+/=-]*`,
		Boundary:    "none",
		Entropy:     3,
		Parts: []Part{
			{
				Name:   "server",
				Regex:  `server\\?["']?:[ \t]{0,4}\\?["']?https://(?P<part>[0-9A-Za-z.\[\]:-]{3,253}(?:/[0-9A-Za-z._~/-]{0,200})?)`,
				Within: 6000,
			},
		},
		Docs:   []string{"https://kubernetes.io/docs/reference/access-authn-authz/authentication/"},
		Rotate: "https://kubernetes.io/docs/concepts/security/service-accounts/",
		Tags:   []string{"cluster"},
		Match: []string{
			"apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    server: https://{{server}}\nusers:\n- name: ci\n  user:\n    token: {{secret}}\n",
			`{"users": [{"name": "ci", "user": {"token": "{{secret}}"}}]}`,
			"- name: ci\n  user: {token: \"{{secret}}\"}",
		},
		NoMatch: []string{
			"user:\n  token: ${KUBE_TOKEN}",
			"user:\n  token: <token>",
			"user:\n  token: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"user:\n  tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{server}}/apis/authentication.k8s.io/v1/selfsubjectreviews",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						JSON: `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						201,
					},
					JSON: []string{
						"status.userInfo.username",
						"status.userInfo.username != system:anonymous",
					},
				},
			},
			Identity: Identity{
				Owner:  "json:status.userInfo.username",
				Scopes: "json:status.userInfo.groups",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the Secret that holds the token, or the service account; tokens of an identity provider end there: https://kubernetes.io/docs/concepts/security/service-accounts/",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   39,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "user:",
				},
				{
					Lit: `"user":`,
				},
				{
					Lit: `\"user\":`,
				},
			},
			Min: 27,
			Max: 906,
		},
	},
	{
		ID:          "kubernetes-kubeconfig-password",
		Provider:    "kubernetes",
		Title:       "password of a kubeconfig",
		Description: "Acts in the cluster as its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `username:[ \t]{0,4}["']?[!#-&(-~]{1,80}["']?\s{1,40}password:[ \t]{0,4}["']?(?P<secret>[!#-&(-~]{3,128})`,
		Boundary:    "none",
		Password:    true,
		Parts: []Part{
			{
				Name:     "context",
				Regex:    `current-context:[ \t]{0,4}["']?(?P<part>[0-9A-Za-z._@:/-]{1,128})`,
				Within:   6000,
				Required: true,
			},
			{
				Name:  "username",
				Regex: `username:[ \t]{0,4}["']?(?P<part>[0-9A-Za-z._@-]{1,80})`,
			},
		},
		Docs: []string{"https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/"},
		Tags: []string{"cluster"},
		Match: []string{
			"kind: Config\nclusters:\n- cluster:\n    server: https://10.0.0.1:6443\ncurrent-context: a\nusers:\n- name: admin\n  user:\n    username: admin\n    password: {{secret}}\n",
			"users:\n- name: admin\n  user:\n    username: \"admin\"\n    password: \"{{secret}}\"\ncurrent-context: a\n",
			"current-context: a\nusers:\n  - user:\n      username: ops\n      password: '{{secret}}'\n    name: ops",
		},
		NoMatch: []string{
			"current-context: a\nusers:\n- user:\n    username: admin\n    password: ${KUBE_PASSWORD}",
			"current-context: a\nusers:\n- user:\n    username: admin\n    password: password",
			"username: admin\npassword: {{secret}}",
		},
		Verify: &Verify{
			None: "it would be a login attempt at a server that mostly stands within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password, or better, turn basic authentication off.",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   79,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "username:",
				},
			},
			Min: 23,
			Max: 277,
		},
	},
	{
		ID:          "kubernetes-bootstrap-token",
		Provider:    "kubernetes",
		Title:       "Kubernetes bootstrap token",
		Description: "Joins a machine to the cluster, as long as the token lives (by default a day).",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       `[0-9a-z]{6}\.[0-9a-z]{16}`,
		Context: []string{
			"kubeadm",
			"bootstrap",
			"discovery_token",
			"tls_bootstrap_token",
		},
		Near:     80,
		Boundary: "value",
		Entropy:  3.2,
		Digits:   2,
		Docs:     []string{"https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/"},
		Rotate:   "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/",
		Tags:     []string{"cluster"},
		Match: []string{
			"kubeadm join 10.0.0.1:6443 --token {{secret}} --discovery-token-ca-cert-hash sha256:abc",
			"kind: InitConfiguration\nbootstrapTokens:\n- token: {{secret}}\n",
			"KUBEADM_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"kubeadm join --token abcdef.0123456789abcdef",
			"kubeadm join --token tooshort.tooshort",
			"VERSION={{secret}}",
		},
		Verify: &Verify{
			None: "most servers stand within a network, and the address beside it need not be the token's",
		},
		Revoke: &Revoke{
			Manual: "kubeadm token delete, with the part before the dot: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-token/",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   117,
			Column: 1,
		},
		Plan: &Plan{
			Wake:   2,
			RunMin: 7,
			RunMax: 7,
			Min:    23,
			Max:    23,
		},
	},
	{
		ID:          "kubernetes-secret-data",
		Provider:    "kubernetes",
		Title:       "value of a Kubernetes Secret",
		Description: "What the Secret was made to keep, hardly hidden by base64.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `(?i:password|passphrase|token|secret|key|credentials|dockerconfigjson|dsn)(?:: |": "|":")["']?(?P<secret>[0-9A-Za-z+/]{8,1000}={0,2})(?:["'\s,}]|\z)`,
		Boundary:    "none",
		Checksum:    "base64-text",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "kind",
				Regex:    `kind\\?["']?:[ \t]{0,4}\\?["']?(?P<part>Secret)\\?["']?[,\s]`,
				Within:   4000,
				Required: true,
			},
		},
		Docs:   []string{"https://kubernetes.io/docs/concepts/configuration/secret/"},
		Rotate: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
		Tags:   []string{"cluster"},
		Match: []string{
			"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  password: {{secret}}\n",
			"apiVersion: v1\ndata:\n  token: {{secret}}\nkind: Secret\nmetadata:\n  name: ci\n",
			"kind: Secret\ndata:\n  .dockerconfigjson: \"{{secret}}\"\ntype: kubernetes.io/dockerconfigjson",
			`{"kind": "Secret", "apiVersion": "v1", "data": {"password": "{{secret}}"}}`,
		},
		NoMatch: []string{
			"kind: ConfigMap\ndata:\n  password: {{secret}}\n",
			"kind: Secret\ndata:\n  password: cGFzc3dvcmQ=\n",
			"kind: Secret\ndata:\n  password: {{ .Values.password | b64enc }}\n",
			"kind: Secret\ndata:\n  ca.crt: tooshort\n",
		},
		Verify: &Verify{
			None: "it does not say what it opens",
		},
		Revoke: &Revoke{
			Manual: "Replace what the Secret keeps, where that comes from; then seal or encrypt the manifest: https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   148,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "password: ",
					Fold: true,
				},
				{
					Lit:  `password": "`,
					Fold: true,
				},
				{
					Lit:  `password":"`,
					Fold: true,
				},
				{
					Lit:  "passphrase: ",
					Fold: true,
				},
				{
					Lit:  `passphrase": "`,
					Fold: true,
				},
				{
					Lit:  `passphrase":"`,
					Fold: true,
				},
				{
					Lit:  "token: ",
					Fold: true,
				},
				{
					Lit:  `token": "`,
					Fold: true,
				},
				{
					Lit:  `token":"`,
					Fold: true,
				},
				{
					Lit:  "secret: ",
					Fold: true,
				},
				{
					Lit:  `secret": "`,
					Fold: true,
				},
				{
					Lit:  `secret":"`,
					Fold: true,
				},
				{
					Lit:  "key: ",
					Fold: true,
				},
				{
					Lit:  `key": "`,
					Fold: true,
				},
				{
					Lit:  `key":"`,
					Fold: true,
				},
				{
					Lit:  "credentials: ",
					Fold: true,
				},
				{
					Lit:  `credentials": "`,
					Fold: true,
				},
				{
					Lit:  `credentials":"`,
					Fold: true,
				},
				{
					Lit:  "dockerconfigjson: ",
					Fold: true,
				},
				{
					Lit:  `dockerconfigjson": "`,
					Fold: true,
				},
				{
					Lit:  `dockerconfigjson":"`,
					Fold: true,
				},
				{
					Lit:  "dsn: ",
					Fold: true,
				},
				{
					Lit:  `dsn": "`,
					Fold: true,
				},
				{
					Lit:  `dsn":"`,
					Fold: true,
				},
			},
			Min: 13,
			Max: 1027,
		},
	},
	{
		ID:          "kubernetes-secret-string",
		Provider:    "kubernetes",
		Title:       "value of a Kubernetes Secret (stringData)",
		Description: "What the Secret was made to keep.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `(?i:password|passwd|passphrase|token|secret|key|credentials|dsn)(?:: |": "|":")["']?(?P<secret>[!#-&(-z|~]{3,500})`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "kind",
				Regex:    `kind\\?["']?:[ \t]{0,4}\\?["']?(?P<part>Secret)\\?["']?[,\s]`,
				Within:   3000,
				Required: true,
			},
			{
				Name:     "field",
				Regex:    `(?P<part>stringData)\\?["']?:`,
				Within:   2000,
				Required: true,
			},
		},
		Docs:   []string{"https://kubernetes.io/docs/concepts/configuration/secret/"},
		Rotate: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
		Tags:   []string{"cluster"},
		Match: []string{
			"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  username: app\n  password: {{secret}}\n",
			"apiVersion: v1\nkind: Secret\ntype: Opaque\nstringData:\n  api-key: \"{{secret}}\"\n",
			"stringData:\n  TOKEN: '{{secret}}'\nkind: Secret\n",
		},
		NoMatch: []string{
			"kind: Secret\nstringData:\n  password: ${DB_PASSWORD}\n",
			"kind: Secret\nstringData:\n  password: password\n",
			"kind: ConfigMap\ndata:\n  password: {{secret}}\n",
		},
		Verify: &Verify{
			None: "it does not say what it opens",
		},
		Revoke: &Revoke{
			Manual: "Replace what the Secret keeps, where that comes from; then seal or encrypt the manifest: https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/kubernetes.toml",
			Line:   188,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "password: ",
					Fold: true,
				},
				{
					Lit:  `password": "`,
					Fold: true,
				},
				{
					Lit:  `password":"`,
					Fold: true,
				},
				{
					Lit:  "passwd: ",
					Fold: true,
				},
				{
					Lit:  `passwd": "`,
					Fold: true,
				},
				{
					Lit:  `passwd":"`,
					Fold: true,
				},
				{
					Lit:  "passphrase: ",
					Fold: true,
				},
				{
					Lit:  `passphrase": "`,
					Fold: true,
				},
				{
					Lit:  `passphrase":"`,
					Fold: true,
				},
				{
					Lit:  "token: ",
					Fold: true,
				},
				{
					Lit:  `token": "`,
					Fold: true,
				},
				{
					Lit:  `token":"`,
					Fold: true,
				},
				{
					Lit:  "secret: ",
					Fold: true,
				},
				{
					Lit:  `secret": "`,
					Fold: true,
				},
				{
					Lit:  `secret":"`,
					Fold: true,
				},
				{
					Lit:  "key: ",
					Fold: true,
				},
				{
					Lit:  `key": "`,
					Fold: true,
				},
				{
					Lit:  `key":"`,
					Fold: true,
				},
				{
					Lit:  "credentials: ",
					Fold: true,
				},
				{
					Lit:  `credentials": "`,
					Fold: true,
				},
				{
					Lit:  `credentials":"`,
					Fold: true,
				},
				{
					Lit:  "dsn: ",
					Fold: true,
				},
				{
					Lit:  `dsn": "`,
					Fold: true,
				},
				{
					Lit:  `dsn":"`,
					Fold: true,
				},
			},
			Min: 8,
			Max: 518,
		},
	},
	{
		ID:          "laravel-app-key",
		Provider:    "laravel",
		Title:       "Laravel APP_KEY",
		Description: "Decrypts and forges the application's cookies, sessions and encrypted values; with some versions and drivers it runs code.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `APP_KEY["']?[ \t]{0,2}[=:,)][ \t]{0,2}["']?(?P<secret>base64:[0-9A-Za-z+/]{43}=|base64:[0-9A-Za-z+/]{22}==)`,
		Boundary:    "none",
		Entropy:     3.5,
		Docs:        []string{"https://laravel.com/docs/encryption"},
		Rotate:      "https://laravel.com/docs/encryption#gracefully-rotating-encryption-keys",
		Match: []string{
			"APP_KEY={{secret}}",
			"'key' => env('APP_KEY', '{{secret}}'),",
			"environment:\n  APP_KEY: \"{{secret}}\"",
			`<env name="APP_KEY" value="other"/><server>APP_KEY={{secret}}</server>`,
		},
		NoMatch: []string{
			"APP_KEY=",
			"APP_KEY=base64:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
			"APP_KEY=base64:tooshort=",
			"MY_VALUE={{secret}}",
		},
		Verify: &Verify{
			None: "it works on the application's own cookies",
		},
		Revoke: &Revoke{
			Manual: "php artisan key:generate, without keeping the old one in APP_PREVIOUS_KEYS; what was encrypted with it has to be encrypted anew.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/laravel.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "APP_KEY",
				},
			},
			RunMin: 15,
			RunMax: 21,
			Min:    39,
			Max:    65,
		},
	},
	{
		ID:          "linear-api-key",
		Provider:    "linear",
		Title:       "Linear API key",
		Description: "Reads and writes what its owner may in a workspace, unless it was made read-only or for some teams.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "lin_api_[0-9A-Za-z]{40}",
		Boundary:    "token",
		Docs:        []string{"https://linear.app/developers/graphql"},
		Rotate:      "https://linear.app/settings/account/security",
		Match: []string{
			"LINEAR_API_KEY={{secret}}",
			`curl -H "Authorization: {{secret}}" https://api.linear.app/graphql`,
			`const client = new LinearClient({ apiKey: "{{secret}}" });`,
		},
		NoMatch: []string{
			"LINEAR_API_KEY=lin_api_your_key_here",
			"LINEAR_API_KEY={{secret}}0",
			"LINEAR_API_KEY=lin_api_xxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.linear.app/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "{{secret}}",
							},
						},
						JSON: `{"query":"{ viewer { id email } organization { urlKey } }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.viewer.id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						400,
						401,
					},
					Body: []string{"AUTHENTICATION_ERROR"},
				},
			},
			Identity: Identity{
				Owner:   "json:data.viewer.email",
				Account: "json:data.organization.urlKey",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key on https://linear.app/settings/account/security; an admin can do so under Settings, API",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/linear.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "lin_api_",
				},
			},
			Min: 48,
			Max: 48,
		},
	},
	{
		ID:          "linear-oauth-token",
		Provider:    "linear",
		Title:       "Linear OAuth access token",
		Description: "Acts for a user or an app in a workspace, within the granted scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "lin_oauth_[0-9a-f]{64}",
		Boundary:    "token",
		Docs:        []string{"https://linear.app/developers/oauth-2-0-authentication"},
		Rotate:      "https://linear.app/settings/account/security",
		Match: []string{
			"LINEAR_ACCESS_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
			`{"access_token": "{{secret}}", "scope": "read write"}`,
		},
		NoMatch: []string{
			"LINEAR_ACCESS_TOKEN=lin_oauth_your_token",
			"LINEAR_ACCESS_TOKEN={{secret}}0",
			"lin_oauth_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.linear.app/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
						JSON: `{"query":"{ viewer { id email } organization { urlKey } }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.viewer.id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						400,
						401,
					},
					Body: []string{"AUTHENTICATION_ERROR"},
				},
			},
			Identity: Identity{
				Owner:   "json:data.viewer.email",
				Account: "json:data.organization.urlKey",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.linear.app/oauth/revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/linear.toml",
			Line:   38,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "lin_oauth_",
				},
			},
			Min: 74,
			Max: 74,
		},
	},
	{
		ID:          "linear-webhook-secret",
		Provider:    "linear",
		Title:       "Linear webhook signing secret",
		Description: "Lets anyone forge the events that a workspace sends to a webhook.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "lin_wh_[0-9A-Za-z]{40,48}",
		Boundary:    "token",
		Docs:        []string{"https://linear.app/developers/webhooks"},
		Rotate:      "https://linear.app/settings/api",
		Match: []string{
			"LINEAR_WEBHOOK_SECRET={{secret}}",
			"const WEBHOOK_SECRET = '{{secret}}';",
			"linear:\n  signingSecret: {{secret}}\n",
		},
		NoMatch: []string{
			"LINEAR_WEBHOOK_SECRET=lin_wh_your_secret_here",
			"LINEAR_WEBHOOK_SECRET=lin_wh_xxx",
			"LINEAR_WEBHOOK_SECRET=x{{secret}}",
		},
		Verify: &Verify{
			None: "Linear signs with it and takes it from nobody",
		},
		Revoke: &Revoke{
			Manual: "Delete the webhook on https://linear.app/settings/api and make it anew",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/linear.toml",
			Line:   76,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "lin_wh_",
				},
			},
			Min: 47,
			Max: 55,
		},
	},
	{
		ID:          "linear-client-secret",
		Provider:    "linear",
		Title:       "Linear OAuth client secret",
		Description: "Lets who holds an authorisation code of the application change it for access.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"linear_client_secret",
			"linear_secret",
			"linear_oauth_secret",
			"linear_oauth_client_secret",
			"linear_token",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://linear.app/developers/oauth-2-0-authentication"},
		Rotate:   "https://linear.app/settings/api",
		Match: []string{
			"LINEAR_CLIENT_SECRET={{secret}}",
			`linearClientSecret: "{{secret}}",`,
			"LINEAR_OAUTH_SECRET='{{secret}}'",
		},
		NoMatch: []string{
			"LINEAR_CLIENT_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"LINEAR_CLIENT_SECRET={{secret}}0",
			"background: linear-gradient(#000, #fff); hash: {{secret}}",
		},
		Verify: &Verify{
			None: "the only check asks Linear to change a code for a token",
		},
		Revoke: &Revoke{
			Manual: "Rotate the secret of the application on https://linear.app/settings/api",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/linear.toml",
			Line:   101,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "mailchimp-api-key",
		Provider:    "mailchimp",
		Title:       "Mailchimp Marketing API key",
		Description: "Full access to an account: its audiences with the addresses in them, and campaigns in its name.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9a-f]{32}-(?P<dc>us[1-9][0-9]?)",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "dc",
				Regex: "us[1-9][0-9]?",
			},
		},
		Docs:   []string{"https://mailchimp.com/developer/marketing/guides/quick-start/"},
		Rotate: "https://admin.mailchimp.com/account/api/",
		Match: []string{
			"MAILCHIMP_API_KEY={{secret}}",
			`curl --user "anystring:{{secret}}" https://us6.api.mailchimp.com/3.0/ping`,
			"mailchimp.setConfig({ apiKey: '{{secret}}', server: 'us6' });",
			"mailchimp:\n  api_key: {{secret}}\n",
		},
		NoMatch: []string{
			"MAILCHIMP_API_KEY=your-api-key-us6",
			"MAILCHIMP_API_KEY={{secret}}0000",
			"MAILCHIMP_API_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-us6",
			"MAILCHIMP_SERVER_PREFIX=us6",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{dc}}.api.mailchimp.com/3.0/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic dc secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"account_id",
						"login_id",
					},
				},
			},
			Identity: Identity{
				Owner:    "json:email",
				Account:  "json:account_name",
				LastUsed: "json:last_login",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the key on https://admin.mailchimp.com/account/api/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/mailchimp.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "us1",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us2",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us3",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us4",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us5",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us6",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us7",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us8",
					Min: 33,
					Max: 33,
				},
				{
					Lit: "us9",
					Min: 33,
					Max: 33,
				},
			},
			Min: 36,
			Max: 37,
		},
	},
	{
		ID:          "mailgun-api-key",
		Provider:    "mailgun",
		Title:       "Mailgun API key or SMTP password",
		Description: "Sends mail and, if it is an API key, reads what was sent, for a domain or for the whole account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
		Context: []string{
			"mailgun",
			"mg",
			"mail",
			"smtp",
			"postmaster",
			"api_key",
		},
		Near:     120,
		Boundary: "value",
		Digits:   1,
		Docs:     []string{"https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"},
		Rotate:   "https://app.mailgun.com/settings/api_security",
		Match: []string{
			"MAILGUN_API_KEY={{secret}}",
			"mailgun:\n  domain: mg.acme.test\n  apiKey: '{{secret}}'\n",
			"const mg = mailgun.client({ username: 'api', key: '{{secret}}' });",
			`{"credentials": {"postmaster@mg.acme.test": "{{secret}}"}}`,
		},
		NoMatch: []string{
			"MAILGUN_API_KEY=your-private-api-key",
			"MAILGUN_API_KEY={{secret}}0",
			"MAILGUN_API_KEY=00000000000000000000000000000000-00000000-00000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.mailgun.net/v3/domains",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: `Basic {{basic "api" secret}}`,
							},
						},
						Query: []Pair{
							{
								Name:  "limit",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"items",
						"total_count",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://app.mailgun.com/settings/api_security, the password of a domain's SMTP user on the page of its domain",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/mailgun.toml",
			Line:   5,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  50,
			Max:  50,
		},
	},
	{
		ID:          "mailgun-api-key-legacy",
		Provider:    "mailgun",
		Title:       "Mailgun API key (old form)",
		Description: "Sends mail and reads what was sent, for the whole account.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "key-[0-9a-f]{32}",
		Context: []string{
			"mailgun",
			"mg_api_key",
			"mg_key",
			"mg",
		},
		Near:     120,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"},
		Rotate:   "https://app.mailgun.com/settings/api_security",
		Match: []string{
			"MAILGUN_API_KEY={{secret}}",
			"var apiKey = process.env.MAILGUN_API || '{{secret}}'",
			`export MG_API_KEY="{{secret}}"`,
		},
		NoMatch: []string{
			"MAILGUN_API_KEY=key-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"MAILGUN_API_KEY={{secret}}0",
			"cache: npm-{{secret}}",
			"MAILGUN_API_KEY=key-your-private-api-key",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.mailgun.net/v3/domains",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: `Basic {{basic "api" secret}}`,
							},
						},
						Query: []Pair{
							{
								Name:  "limit",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"items",
						"total_count",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://app.mailgun.com/settings/api_security",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/mailgun.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "key-",
				},
			},
			Min: 36,
			Max: 36,
		},
	},
	{
		ID:          "mailgun-api-key-userinfo",
		Provider:    "mailgun",
		Title:       "Mailgun API key with its user name",
		Description: "Sends mail and reads what was sent, for a domain or for the whole account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "api:(?P<secret>key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})",
		Boundary:    "token",
		Docs:        []string{"https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"},
		Rotate:      "https://app.mailgun.com/settings/api_security",
		Match: []string{
			"curl -s --user 'api:{{secret}}' https://api.mailgun.net/v3/mg.acme.test/messages",
			"curl -u api:{{secret}} https://api.mailgun.net/v3/domains",
			`url = "https://api:{{secret}}@api.mailgun.net/v3/domains"`,
		},
		NoMatch: []string{
			"curl -s --user 'api:YOUR_API_KEY' https://api.mailgun.net/v3/domains",
			"curl -s --user 'api:key-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' https://api.mailgun.net/v3/domains",
			"curl -u myapi:{{secret}} https://hub.acme.test",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.mailgun.net/v3/domains",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: `Basic {{basic "api" secret}}`,
							},
						},
						Query: []Pair{
							{
								Name:  "limit",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"items",
						"total_count",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://app.mailgun.com/settings/api_security",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/mailgun.toml",
			Line:   81,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "api:",
				},
			},
			RunMin: 4,
			RunMax: 4,
			Min:    40,
			Max:    54,
		},
	},
	{
		ID:          "mailgun-webhook-signing-key",
		Provider:    "mailgun",
		Title:       "Mailgun HTTP webhook signing key",
		Description: "Lets anyone forge the events that an account sends to its webhooks.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"mailgun_signing_key",
			"mailgun_webhook_signing_key",
			"mailgun_webhook_key",
			"mailgun_webhook_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"},
		Rotate:   "https://app.mailgun.com/settings/api_security",
		Match: []string{
			"MAILGUN_WEBHOOK_SIGNING_KEY={{secret}}",
			`mailgunSigningKey: "{{secret}}"`,
			"ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = '{{secret}}'",
		},
		NoMatch: []string{
			"MAILGUN_WEBHOOK_SIGNING_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"MAILGUN_WEBHOOK_SIGNING_KEY={{secret}}0",
			"SIGNING_KEY={{secret}}",
		},
		Verify: &Verify{
			None: "Mailgun signs with it and takes it from nobody",
		},
		Revoke: &Revoke{
			Manual: "Reset the key on https://app.mailgun.com/settings/api_security",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/mailgun.toml",
			Line:   112,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "maven-server-password",
		Provider:    "maven",
		Title:       "server password in Maven's settings",
		Description: "Reads, and mostly publishes, the artifacts of the repository with that id.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `<(?:password|passphrase)>\s{0,8}(?P<secret>[!-%'-;=?-~]{3,300})\s{0,8}</`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Allow:       []string{`\{[0-9A-Za-z+/=]{16,}\}`},
		Parts: []Part{
			{
				Name:     "id",
				Regex:    `<server>\s{0,40}<id>\s{0,8}(?P<part>[0-9A-Za-z._-]{1,100})\s{0,8}</id>`,
				Within:   500,
				Required: true,
			},
			{
				Name:  "username",
				Regex: `<username>\s{0,8}(?P<part>[0-9A-Za-z._@-]{1,100})\s{0,8}</username>`,
			},
		},
		Docs:   []string{"https://maven.apache.org/settings.html#servers"},
		Rotate: "https://maven.apache.org/guides/mini/guide-encryption.html",
		Match: []string{
			"<settings>\n  <servers>\n    <server>\n      <id>{{id}}</id>\n      <username>{{username}}</username>\n      <password>{{secret}}</password>\n    </server>\n  </servers>\n</settings>",
			"<server><id>releases</id><username>ci</username><password>{{secret}}</password></server>",
			"<server>\n  <id>deploy</id>\n  <privateKey>~/.ssh/id</privateKey>\n  <passphrase>{{secret}}</passphrase>\n</server>",
		},
		NoMatch: []string{
			"<server><id>releases</id><username>ci</username><password>${env.NEXUS_PASSWORD}</password></server>",
			"<server><id>releases</id><username>ci</username><password>password</password></server>",
			"<server><id>releases</id><password>{COQLCE6DU6GtcS5P1exampleexample=}</password></server>",
			"<user><name>ci</name><password>{{secret}}</password></user>",
		},
		Verify: &Verify{
			None: "the settings do not say at which host the repository stands",
		},
		Revoke: &Revoke{
			Manual: "Set a new password or token for the user at the repository.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/maven.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "<password>",
				},
				{
					Lit: "<passphrase>",
				},
			},
			Min: 15,
			Max: 330,
		},
	},
	{
		ID:          "mongodb-atlas-service-account-secret",
		Provider:    "mongodb",
		Title:       "MongoDB Atlas service account secret",
		Description: "With the client id, it manages the organisation or project: makes database users, reads backups, deletes clusters.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "mdb_sa_sk_[0-9A-Za-z_-]{40}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: "mdb_sa_id_[0-9a-f]{24}",
			},
		},
		Docs: []string{
			"https://www.mongodb.com/docs/atlas/api/service-accounts-overview/",
			"https://www.mongodb.com/docs/atlas/api/service-accounts/generate-oauth2-token/",
		},
		Rotate: "https://www.mongodb.com/docs/atlas/configure-api-access/",
		Tags:   []string{"database"},
		Match: []string{
			"MONGODB_ATLAS_CLIENT_ID={{client_id}}\nMONGODB_ATLAS_CLIENT_SECRET={{secret}}",
			"provider \"mongodbatlas\" {\n  client_id     = \"{{client_id}}\"\n  client_secret = \"{{secret}}\"\n}",
			"curl --user {{client_id}}:{{secret}} https://cloud.mongodb.com/api/oauth/token",
		},
		NoMatch: []string{
			"MONGODB_ATLAS_CLIENT_SECRET=mdb_sa_sk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"MONGODB_ATLAS_CLIENT_SECRET=mdb_sa_sk_tooshort",
			"MONGODB_ATLAS_CLIENT_ID={{client_id}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://cloud.mongodb.com/api/oauth/token",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Basic {{basic client_id secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "grant_type",
								Value: "client_credentials",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_token"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the secret under Access Manager, Applications; the API wants the secret's id: https://www.mongodb.com/docs/api/doc/atlas-admin-api-v2/operation/operation-deleteserviceaccountsecret",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/mongodb.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "mdb_sa_sk_",
				},
			},
			Min: 50,
			Max: 50,
		},
	},
	{
		ID:          "mongodb-atlas-api-key",
		Provider:    "mongodb",
		Title:       "MongoDB Atlas API private key",
		Description: "With the public key, it manages the organisation or project: makes database users, reads backups, deletes clusters.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"mongodbatlas",
			"mongodb_atlas_private_key",
			"mongodb_atlas_private_api_key",
			"atlas_private_key",
			"atlas_private_api_key",
			"mcli_private_api_key",
			"mongodb_private_key",
			"mongo_private_key",
		},
		Near:     120,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "public_key",
				Regex:   "[a-z]{8}",
				Context: []string{"public"},
			},
		},
		Docs: []string{
			"https://www.mongodb.com/docs/atlas/configure-api-access/",
			"https://registry.terraform.io/providers/mongodb/mongodbatlas/latest/docs",
		},
		Tags: []string{"database"},
		Match: []string{
			"MONGODB_ATLAS_PUBLIC_KEY={{public_key}}\nMONGODB_ATLAS_PRIVATE_KEY={{secret}}",
			"provider \"mongodbatlas\" {\n  public_key  = \"{{public_key}}\"\n  private_key = \"{{secret}}\"\n}",
			"export MCLI_PRIVATE_API_KEY={{secret}}",
		},
		NoMatch: []string{
			"MONGODB_REQUEST_ID={{secret}}",
			"MONGODB_ATLAS_PRIVATE_KEY=00000000-0000-0000-0000-000000000000",
			"MONGODB_ATLAS_PRIVATE_KEY=tooshort",
		},
		Verify: &Verify{
			None: "Atlas asks for digest authentication, which takes two requests that depend on each other",
		},
		Revoke: &Revoke{
			Manual: "Delete the key under Access Manager, Applications, API Keys; the API wants its id: https://www.mongodb.com/docs/api/doc/atlas-admin-api-v2/operation/operation-deleteorgapikey",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/mongodb.toml",
			Line:   37,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "mysql-option-file-password",
		Provider:    "mysql-option-file",
		Title:       "password in a MySQL option file",
		Description: "Logs in to the MySQL or MariaDB server of its file.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `\[(?:client|mysql|mariadb)[a-z_-]{0,20}\][\t\n\r -Z\\-~]{0,800}\n[ \t]{0,8}password[ \t]{0,4}=[ \t]{0,4}["']?(?P<secret>[!$-&(-~]{3,128})`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Paths: []string{
			".my.cnf",
			"**/.my.cnf",
			"*my*.cnf",
			"my.ini",
			"*.cnf",
		},
		Parts: []Part{
			{
				Name:  "username",
				Regex: `user[ \t]{0,4}=[ \t]{0,4}["']?(?P<part>[^\s"'#]{1,80})`,
			},
			{
				Name:  "host",
				Regex: `host[ \t]{0,4}=[ \t]{0,4}["']?(?P<part>[0-9A-Za-z.-]{1,253})`,
			},
		},
		Docs:   []string{"https://dev.mysql.com/doc/refman/8.4/en/option-files.html"},
		Rotate: "https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
		Match: []string{
			"[client]\nuser={{username}}\npassword={{secret}}\nhost={{host}}\n",
			"[mysqldump]\nuser = backup\npassword = \"{{secret}}\"",
			"[mysql]\n  password='{{secret}}'",
		},
		NoMatch: []string{
			"[client]\nuser=app\npassword=${MYSQL_PASSWORD}",
			"[client]\nuser=app\npassword=password",
			"[req]\ninput_password = {{secret}}",
			"[mysqld]\nport=3306\n# password={{secret}} would be asked for",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name IDENTIFIED BY '...'; https://dev.mysql.com/doc/refman/8.4/en/alter-user.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/mysql-option-file.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "[client",
				},
				{
					Lit: "[mysql",
				},
				{
					Lit: "[mariadb",
				},
			},
			Min: 20,
			Max: 984,
		},
	},
	{
		ID:          "netlify-personal-access-token",
		Provider:    "netlify",
		Title:       "Netlify personal access token",
		Description: "Acts as its owner: deploys and changes every site, reads their environment variables.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "nfp_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Docs:        []string{"https://docs.netlify.com/api/get-started/"},
		Rotate:      "https://app.netlify.com/user/applications",
		Match: []string{
			"NETLIFY_AUTH_TOKEN={{secret}}",
			"netlify deploy --prod --auth {{secret}}",
			"env:\n  NETLIFY_AUTH_TOKEN: {{secret}}\n",
			`curl -H "Authorization: Bearer {{secret}}" https://api.netlify.com/api/v1/sites`,
		},
		NoMatch: []string{
			"NETLIFY_AUTH_TOKEN=nfp_your_token_here",
			"NETLIFY_AUTH_TOKEN={{secret}}0",
			"nfp_6000_cpptgt_addsat64_imm",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.netlify.com/api/v1/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Created: "json:created_at",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://app.netlify.com/user/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/netlify.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "nfp_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "netlify-token",
		Provider:    "netlify",
		Title:       "Netlify CLI, OAuth, app or build token",
		Description: "Acts for the user who logged in or granted it, or for a build.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:nfc|nfo|nfu|nfb)_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Docs:        []string{"https://answers.netlify.com/t/change-to-the-netlify-authentication-token-format/106146"},
		Rotate:      "https://app.netlify.com/user/applications",
		Match: []string{
			`{"users": {"1": {"auth": {"token": "{{secret}}"}}}}`,
			"NETLIFY_AUTH_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"NETLIFY_AUTH_TOKEN=nfc_your_token_here",
			"NETLIFY_AUTH_TOKEN={{secret}}0",
			"info_{{secret}}0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.netlify.com/api/v1/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the authorised application on https://app.netlify.com/user/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/netlify.toml",
			Line:   39,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "nfb_",
				},
				{
					Lit: "nfc_",
				},
				{
					Lit: "nfo_",
				},
				{
					Lit: "nfu_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "netlify-access-token-legacy",
		Provider:    "netlify",
		Title:       "Netlify access token (before November 2023)",
		Description: "Acts as its owner: deploys and changes every site, reads their environment variables.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{40,46}",
		Context: []string{
			"netlify_auth_token",
			"netlify_token",
			"netlify_access_token",
			"netlify_api_key",
			"netlify_api_token",
			"netlify_key",
			"netlify_auth",
			"netlify_secret",
			"netlify_pat",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  4.3,
		Digits:   1,
		Docs:     []string{"https://docs.netlify.com/api/get-started/"},
		Rotate:   "https://app.netlify.com/user/applications",
		Match: []string{
			"NETLIFY_AUTH_TOKEN={{secret}}",
			"netlify --auth={{secret}} deploy",
			"netlify_token: '{{secret}}'",
		},
		NoMatch: []string{
			"NETLIFY_AUTH_TOKEN=your-netlify-personal-access-token-goes-here",
			"NETLIFY_SITE_ID=00000000-0000-0000-0000-000000000000",
			"uses: netlify/actions/cli@0123456789abcdef0123456789abcdef01234567",
			"TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.netlify.com/api/v1/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Created: "json:created_at",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token on https://app.netlify.com/user/applications",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/netlify.toml",
			Line:   69,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  46,
		},
	},
	{
		ID:          "netlify-build-hook",
		Provider:    "netlify",
		Title:       "Netlify build hook",
		Description: "Starts builds of a site, at the cost of its account.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       `https://api\.netlify\.com/build_hooks/[0-9a-f]{24}`,
		Boundary:    "token",
		Docs:        []string{"https://docs.netlify.com/configure-builds/build-hooks/"},
		Rotate:      "https://docs.netlify.com/configure-builds/build-hooks/",
		Match: []string{
			"NETLIFY_BUILD_HOOK={{secret}}",
			"curl -X POST -d {} {{secret}}",
			"await fetch('{{secret}}?trigger_title=cms', { method: 'POST' });",
		},
		NoMatch: []string{
			"https://api.netlify.com/build_hooks/your-build-hook-id",
			"https://api.netlify.com/build_hooks/$HOOK_ID",
			"url: {{secret}}0",
		},
		Verify: &Verify{
			None: "a call starts a build",
		},
		Revoke: &Revoke{
			Manual: "Delete the hook under Build & deploy, Build hooks of the site on https://app.netlify.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/netlify.toml",
			Line:   108,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "https://api.netlify.com/build_hooks/",
				},
			},
			RunMin: 20,
			RunMax: 20,
			Min:    60,
			Max:    60,
		},
	},
	{
		ID:          "netrc-password",
		Provider:    "netrc",
		Title:       "password in .netrc",
		Description: "Logs in at the machine that stands beside it: git, curl and package managers read it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:machine (?:\\s|\\\\n){0,7}[0-9A-Za-z._:/-]{1,253}(?:\\s|\\\\n|\\\\t){1,12}|default (?:\\s|\\\\n|\\\\t){0,11})login(?:\\s|\\\\n|\\\\t){1,8}[^\\s\\\\\"']{1,128}(?:\\s|\\\\n|\\\\t){1,12}(?:account(?:\\s|\\\\n|\\\\t){1,8}[^\\s\\\\\"']{1,128}(?:\\s|\\\\n|\\\\t){1,12})?password(?:\\s|\\\\n|\\\\t){1,8}(?P<secret>[^\\s\\\\\"'`]{3,256})",
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `machine(?:\s|\\n){1,8}(?P<part>[0-9A-Za-z._:/-]{1,253})`,
			},
			{
				Name:  "username",
				Regex: `login(?:\s|\\n|\\t){1,8}(?P<part>[^\s\\"']{1,128})`,
			},
		},
		Docs: []string{"https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html"},
		Match: []string{
			"machine {{host}}\n  login {{username}}\n  password {{secret}}\n",
			"machine git.corp.io login ci password {{secret}}",
			`RUN echo "machine git.corp.io login ci password {{secret}}" > ~/.netrc`,
			`printf "machine api.corp.io\nlogin ci\npassword {{secret}}\n" >> $HOME/.netrc`,
		},
		NoMatch: []string{
			"machine github.com login user password $GITHUB_TOKEN",
			"machine github.com login USERNAME password PASSWORD",
			"machine api.corp.io\n  login ci\n",
			"the machine needs a login and a password to be set first",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password or token for the user at the machine.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/netrc.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "machine ",
				},
				{
					Lit: "default ",
				},
			},
			Min: 28,
			Max: 2463,
		},
	},
	{
		ID:          "newrelic-user-key",
		Provider:    "newrelic",
		Title:       "New Relic user key",
		Description: "Queries and changes, as its user, every account that the user can see.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "NRAK-[0-9A-Z]{27}",
		Boundary:    "token",
		Docs:        []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:      "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_API_KEY={{secret}}",
			`curl https://api.newrelic.com/graphql -H "API-Key: {{secret}}"`,
			"provider \"newrelic\" {\n  api_key = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"NEW_RELIC_API_KEY=NRAK-XXXXXXXXXXXXXXXXXXXXXXXXXXX",
			"NEW_RELIC_API_KEY={{secret}}0",
			"NEW_RELIC_API_KEY=NRAK-your-user-key",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api.newrelic.com/graphql",
						Headers: []Pair{
							{
								Name:  "API-Key",
								Value: "{{secret}}",
							},
						},
						JSON: `{"query":"{ actor { user { id email } } }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.actor.user.id"},
				},
			},
			Identity: Identity{
				Owner:   "json:data.actor.user.email",
				Account: "json:data.actor.user.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://one.newrelic.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "NRAK-",
				},
			},
			Min: 32,
			Max: 32,
		},
	},
	{
		ID:          "newrelic-license-key",
		Provider:    "newrelic",
		Title:       "New Relic license key",
		Description: "Submits telemetry to an account, at its cost and in its dashboards.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "(?:[0-9a-f]{32}|[a-z]{2}[0-9]{2}xx[0-9a-f]{26})FFFFNRAL",
		Boundary:    "token",
		Docs:        []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:      "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_LICENSE_KEY={{secret}}",
			"common:\n  license_key: '{{secret}}'\n",
			"docker run -e NRIA_LICENSE_KEY={{secret}} newrelic/infrastructure",
		},
		NoMatch: []string{
			"NEW_RELIC_LICENSE_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxFFFFNRAL",
			"NEW_RELIC_LICENSE_KEY={{secret}}0",
			"NEW_RELIC_LICENSE_KEY=your_license_key_FFFFNRAL",
		},
		Verify: &Verify{
			None: "the only calls that take it submit telemetry",
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://one.newrelic.com/api-keys; an account's original license key only the support can change",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   41,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "FFFFNRAL",
					Min: 32,
					Max: 32,
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "newrelic-license-key-legacy",
		Provider:    "newrelic",
		Title:       "New Relic license key (without suffix)",
		Description: "Submits telemetry to an account, at its cost and in its dashboards.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{40}",
		Context: []string{
			"new_relic_license",
			"newrelic_key",
			"nr_license_key",
			"nria_license_key",
			"new_relic_key",
		},
		Near:     20,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:   "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_LICENSE_KEY={{secret}}",
			`newrelic.license = "{{secret}}"`,
			"ExecStart=/usr/bin/docker run -e NEW_RELIC_LICENSE_KEY={{secret}} newrelic/nrsysmond",
		},
		NoMatch: []string{
			"NEW_RELIC_LICENSE_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"NEW_RELIC_LICENSE_KEY={{secret}}0",
			"uses: newrelic/deployment-marker-action@{{secret}}",
		},
		Verify: &Verify{
			None: "the only calls that take it submit telemetry",
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://one.newrelic.com/api-keys; an account's original license key only the support can change",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   69,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  40,
		},
	},
	{
		ID:          "newrelic-insights-insert-key",
		Provider:    "newrelic",
		Title:       "New Relic Insights insert key",
		Description: "Submits events to an account, at its cost and in its dashboards.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "NRII-[0-9A-Za-z_-]{32}",
		Boundary:    "token",
		Docs:        []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:      "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_INSERT_KEY={{secret}}",
			`curl -H "X-Insert-Key: {{secret}}" https://insights-collector.newrelic.com/v1/accounts/1/events`,
			`headers.set("Api-Key", "{{secret}}");`,
		},
		NoMatch: []string{
			"NEW_RELIC_INSERT_KEY=NRII-your-insert-key",
			"NEW_RELIC_INSERT_KEY={{secret}}0",
			"NEW_RELIC_INSERT_KEY=NRII-XXXXXXXXXX",
		},
		Verify: &Verify{
			None: "the only calls that take it submit events",
		},
		Revoke: &Revoke{
			Manual: "Delete the key under Insights insert keys on https://one.newrelic.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   100,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "NRII-",
				},
			},
			Min: 37,
			Max: 37,
		},
	},
	{
		ID:          "newrelic-insights-query-key",
		Provider:    "newrelic",
		Title:       "New Relic Insights query key",
		Description: "Reads all that an account has collected.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "NRIQ-[0-9A-Za-z_-]{32}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:    "account_id",
				Regex:   "[0-9]{4,10}",
				Context: []string{"account"},
			},
		},
		Docs:   []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate: "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_ACCOUNT_ID={{account_id}}\nNEW_RELIC_QUERY_KEY={{secret}}\n",
			`curl -H "X-Query-Key: {{secret}}" "https://insights-api.newrelic.com/v1/accounts/1/query"`,
			"insights:\n  query_key: {{secret}}\n",
		},
		NoMatch: []string{
			"NEW_RELIC_QUERY_KEY=NRIQ-your-query-key",
			"NEW_RELIC_QUERY_KEY={{secret}}0",
			"NEW_RELIC_QUERY_KEY=NRIQ-XXXXXXXXXX",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://insights-api.newrelic.com/v1/accounts/{{account_id}}/query",
						Headers: []Pair{
							{
								Name:  "X-Query-Key",
								Value: "{{secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "nrql",
								Value: "SELECT 1 FROM Transaction LIMIT 1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"results",
						"metadata",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key under Insights query keys on https://one.newrelic.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   126,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "NRIQ-",
				},
			},
			Min: 37,
			Max: 37,
		},
	},
	{
		ID:          "newrelic-rest-api-key",
		Provider:    "newrelic",
		Title:       "New Relic REST API key",
		Description: "Reads and changes the applications of an account over the REST API.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "NRRA-[0-9a-f]{42}",
		Boundary:    "token",
		Docs:        []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:      "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_REST_API_KEY={{secret}}",
			`curl https://api.newrelic.com/v2/applications.json -H "X-Api-Key:{{secret}}"`,
			`newrelic_api_key: "{{secret}}"`,
		},
		NoMatch: []string{
			"NEW_RELIC_REST_API_KEY=NRRA-your-rest-api-key",
			"NEW_RELIC_REST_API_KEY={{secret}}0",
			"NEW_RELIC_REST_API_KEY=NRRA-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.newrelic.com/v2/applications.json",
						Headers: []Pair{
							{
								Name:  "X-Api-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"applications"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://one.newrelic.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   162,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "NRRA-",
				},
			},
			Min: 47,
			Max: 47,
		},
	},
	{
		ID:          "newrelic-admin-api-key",
		Provider:    "newrelic",
		Title:       "New Relic admin API key",
		Description: "Reads and changes an account's applications and users; New Relic replaced such keys by user keys.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "NRAA-[0-9a-f]{27}",
		Boundary:    "token",
		Docs:        []string{"https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"},
		Rotate:      "https://one.newrelic.com/api-keys",
		Match: []string{
			"NEW_RELIC_ADMIN_KEY={{secret}}",
			`curl https://api.newrelic.com/v2/users.json -H "X-Api-Key:{{secret}}"`,
			`newrelic_admin_api_key = "{{secret}}"`,
		},
		NoMatch: []string{
			"NEW_RELIC_ADMIN_KEY=NRAA-your-admin-key",
			"NEW_RELIC_ADMIN_KEY={{secret}}0",
			"NEW_RELIC_ADMIN_KEY=NRAA-xxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.newrelic.com/v2/users.json",
						Headers: []Pair{
							{
								Name:  "X-Api-Key",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"users"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key on https://one.newrelic.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/newrelic.toml",
			Line:   192,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "NRAA-",
				},
			},
			Min: 32,
			Max: 32,
		},
	},
	{
		ID:          "notion-api-token",
		Provider:    "notion",
		Title:       "Notion API token",
		Description: "Reads and writes the pages that were shared with an integration, by its capabilities.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "ntn_[0-9]{9}[0-9A-Za-z]{37}",
		Boundary:    "token",
		Docs: []string{
			"https://developers.notion.com/docs/authorization",
			"https://developers.notion.com/page/changelog",
		},
		Rotate: "https://www.notion.so/profile/integrations",
		Match: []string{
			"NOTION_TOKEN={{secret}}",
			`const notion = new Client({ auth: "{{secret}}" });`,
			"curl https://api.notion.com/v1/users/me -H 'Authorization: Bearer {{secret}}' -H 'Notion-Version: 2022-06-28'",
		},
		NoMatch: []string{
			"NOTION_TOKEN=ntn_your_token_here",
			"NOTION_TOKEN={{secret}}0",
			"NOTION_TOKEN=ntn_12345678901",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.notion.com/v1/users/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "Notion-Version",
								Value: "2022-06-28",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = user",
						"type = bot",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"code = unauthorized"},
				},
			},
			Identity: Identity{
				Owner:   "json:bot.owner.user.person.email",
				Account: "json:bot.workspace_name",
			},
		},
		Revoke: &Revoke{
			Manual: "Refresh the secret of the integration on https://www.notion.so/profile/integrations",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/notion.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "ntn_",
				},
			},
			Min: 50,
			Max: 50,
		},
	},
	{
		ID:          "notion-token-legacy",
		Provider:    "notion",
		Title:       "Notion API token or client secret (before September 2024)",
		Description: "Reads and writes the pages that were shared with an integration, or gets tokens in its name.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "secret_[0-9A-Za-z]{43}",
		Boundary:    "token",
		Docs:        []string{"https://developers.notion.com/docs/authorization"},
		Rotate:      "https://www.notion.so/profile/integrations",
		Match: []string{
			"NOTION_API_KEY={{secret}}",
			"notion = Client(auth='{{secret}}')",
			"notion:\n  secret: {{secret}}\n",
		},
		NoMatch: []string{
			"NOTION_API_KEY=secret_your_integration_token",
			"NOTION_API_KEY={{secret}}0",
			"secret_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.notion.com/v1/users/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "Notion-Version",
								Value: "2022-06-28",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = user",
						"type = bot",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:bot.owner.user.person.email",
				Account: "json:bot.workspace_name",
			},
		},
		Revoke: &Revoke{
			Manual: "Refresh the secret of the integration on https://www.notion.so/profile/integrations",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/notion.toml",
			Line:   38,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "secret_",
				},
			},
			Min: 50,
			Max: 50,
		},
	},
	{
		ID:          "notion-oauth-refresh-token",
		Provider:    "notion",
		Title:       "Notion OAuth refresh token",
		Description: "With the client's id and secret, gets new access tokens for a workspace.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "nrt_[0-9A-Za-z_]{40,55}",
		Context: []string{
			"notion",
			"refresh_token",
		},
		Boundary: "value",
		Entropy:  3.5,
		Digits:   1,
		Docs:     []string{"https://developers.notion.com/reference/refresh-a-token"},
		Rotate:   "https://www.notion.so/profile/integrations",
		Match: []string{
			"NOTION_REFRESH_TOKEN={{secret}}",
			`{"token_type": "bearer", "refresh_token": "{{secret}}"}`,
			"notion refresh token = '{{secret}}'",
		},
		NoMatch: []string{
			"NOTION_REFRESH_TOKEN=nrt_your_refresh_token",
			"irrational_nrt_of_notint_nrt n m hxr hv hnpos",
			"snrt_global_core_idx_of_the_whole_cluster_at_start0",
		},
		Verify: &Verify{
			None: "to use a refresh token is to change it for another, and the integration's own stops working",
		},
		Revoke: &Revoke{
			Manual: "The user removes the connection under Settings, Connections of the workspace",
			Auth:   "client",
		},
		Position: Position{
			File:   "builtin/notion.toml",
			Line:   70,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "nrt_",
				},
			},
			Min: 44,
			Max: 59,
		},
	},
	{
		ID:          "npm-access-token",
		Provider:    "npm",
		Title:       "npm access token",
		Description: "Publishes and installs packages as its user, within what the token was made for.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "npm_[0-9A-Za-z]{36}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Parts: []Part{
			{
				Name:   "registry",
				Regex:  `//(?P<part>[0-9a-z][0-9a-z.-]{2,80}\.[a-z]{2,24}(?::[0-9]{2,5})?(?:/[0-9A-Za-z._~-]{1,60}){0,6})/?:_authToken`,
				Within: 200,
			},
		},
		Docs:   []string{"https://docs.npmjs.com/about-access-tokens"},
		Rotate: "https://docs.npmjs.com/revoking-access-tokens",
		Tags:   []string{"package-registry"},
		Match: []string{
			"NPM_TOKEN={{secret}}",
			"//{{registry}}/:_authToken={{secret}}",
			`npmAuthToken: "{{secret}}"`,
			`RUN echo "//{{registry}}/:_authToken={{secret}}" > .npmrc`,
		},
		NoMatch: []string{
			"npm_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"npm_tooshort0123456789",
			"npm_thisChecksumIsWrongAndWillStayWrong0",
			"npm_config_registry",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{registry}}/-/whoami",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"username"},
				},
			},
			Identity: Identity{
				Owner: "json:username",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token as https://docs.npmjs.com/revoking-access-tokens describes",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/npm.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "npm_",
				},
			},
			Min: 40,
			Max: 40,
		},
	},
	{
		ID:          "npm-access-token-old",
		Provider:    "npm",
		Title:       "npm access token (before 2021)",
		Description: "Publishes and installs packages as its user.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"npm_token",
			"npm_auth_token",
			"npm_authtoken",
			"npm_api_key",
			"npm_access_token",
			"npm_publish_token",
			"_authToken",
		},
		Near:     24,
		Boundary: "value",
		Digits:   1,
		Parts: []Part{
			{
				Name:   "registry",
				Regex:  `//(?P<part>[0-9a-z][0-9a-z.-]{2,80}\.[a-z]{2,24}(?::[0-9]{2,5})?(?:/[0-9A-Za-z._~-]{1,60}){0,6})/?:_authToken`,
				Within: 200,
			},
		},
		Docs:   []string{"https://docs.npmjs.com/about-access-tokens"},
		Rotate: "https://docs.npmjs.com/revoking-access-tokens",
		Tags:   []string{"package-registry"},
		Match: []string{
			"//{{registry}}/:_authToken={{secret}}",
			"NPM_TOKEN={{secret}}",
			"- npm config set //{{registry}}/:_authToken {{secret}}",
			"npmAuthToken: {{secret}}",
		},
		NoMatch: []string{
			"//{{registry}}/:_authToken=00000000-0000-0000-0000-000000000000",
			"//{{registry}}/:_authToken=${NPM_TOKEN}",
			"npm_token_id: 4ea38b7b-f563-7709-4bae",
			`"npm": {"requestId": "4ea38b7b-f563-7709-4bae-87aea15c0a1b"}`,
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{registry}}/-/whoami",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"username"},
				},
			},
			Identity: Identity{
				Owner: "json:username",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token as https://docs.npmjs.com/revoking-access-tokens describes",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/npm.toml",
			Line:   49,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "npmrc-auth-token",
		Provider:    "npmrc",
		Title:       "registry token in .npmrc",
		Description: "Reads, and mostly publishes, packages of the registry that stands before it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `/:_authToken[ \t]{0,2}=[ \t]{0,2}["']?(?P<secret>[0-9A-Za-z._~+/=-]{12,1000})`,
		Boundary:    "token",
		Entropy:     3,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "host",
				Regex:  "//(?P<part>[0-9A-Za-z][0-9A-Za-z.-]{2,252}(?::[0-9]{2,5})?)/",
				Within: 260,
			},
		},
		Docs: []string{"https://docs.npmjs.com/cli/configuring-npm/npmrc"},
		Match: []string{
			"//{{host}}/:_authToken={{secret}}",
			"registry=https://npm.corp.io/\n//npm.corp.io/:_authToken = {{secret}}\n",
			`RUN echo "//npm.corp.io/api/npm/:_authToken={{secret}}" > .npmrc`,
			"npm config set //npm.corp.io/:_authToken={{secret}}",
		},
		NoMatch: []string{
			"//npm.corp.io/:_authToken=${NPM_TOKEN}",
			"//npm.corp.io/:_authToken=xxxxxxxxxxxxxxxxxxxxxxxx",
			"//npm.corp.io/:_authToken=NPM_TOKEN",
			"//npm.corp.io/:always-auth=true",
		},
		Verify: &Verify{
			None: "the registry may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Revoke the token at the registry: npm token revoke, or the registry's own pages.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/npmrc.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "/:_authToken",
				},
			},
			Min: 25,
			Max: 1018,
		},
	},
	{
		ID:          "npmrc-auth",
		Provider:    "npmrc",
		Title:       "registry credentials in .npmrc",
		Description: "User name and password of the registry, hardly hidden by base64.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:_auth=|_auth =) {0,2}["']?(?P<secret>[0-9A-Za-z+/]{6,1000}={0,2})`,
		Boundary:    "token",
		Checksum:    "basic-auth",
		Password:    true,
		Generic:     true,
		Docs:        []string{"https://docs.npmjs.com/cli/configuring-npm/npmrc"},
		Match: []string{
			"_auth={{secret}}",
			"registry=https://npm.corp.io/\n//npm.corp.io/:_auth = \"{{secret}}\"\nemail=ci@corp.io",
			"npm config set _auth={{secret}}",
		},
		NoMatch: []string{
			"_auth=${NPM_AUTH}",
			"_auth=dXNlcjpwYXNzd29yZA==",
			"_auth=tooshort",
			"enable_auth = true",
		},
		Verify: &Verify{
			None: "the registry may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user at the registry.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/npmrc.toml",
			Line:   40,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "_auth=",
				},
				{
					Lit: "_auth =",
				},
			},
			Min: 12,
			Max: 1012,
		},
	},
	{
		ID:          "npmrc-password",
		Provider:    "npmrc",
		Title:       "registry password in .npmrc",
		Description: "With the user name beside it, reads and mostly publishes packages of the registry.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `/:_password[ \t]{0,2}=[ \t]{0,2}["']?(?P<secret>[0-9A-Za-z+/]{4,500}={0,2})`,
		Boundary:    "token",
		Checksum:    "base64-text",
		Generic:     true,
		Parts: []Part{
			{
				Name:   "host",
				Regex:  "//(?P<part>[0-9A-Za-z][0-9A-Za-z.-]{2,252}(?::[0-9]{2,5})?)/",
				Within: 260,
			},
		},
		Docs: []string{
			"https://docs.npmjs.com/cli/configuring-npm/npmrc",
			"https://learn.microsoft.com/en-us/azure/devops/artifacts/npm/npmrc",
		},
		Match: []string{
			"//{{host}}/:username=ci\n//{{host}}/:_password={{secret}}\n",
			`//pkgs.corp.io/npm/registry/:_password="{{secret}}"`,
			"npm config set //npm.corp.io/:_password={{secret}}",
		},
		NoMatch: []string{
			"//npm.corp.io/:_password=${NPM_PASSWORD}",
			"//npm.corp.io/:_password=[BASE64_ENCODED_PERSONAL_ACCESS_TOKEN]",
			"//npm.corp.io/:_password=",
		},
		Verify: &Verify{
			None: "the registry may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user at the registry.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/npmrc.toml",
			Line:   69,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "/:_password",
				},
			},
			Min: 16,
			Max: 519,
		},
	},
	{
		ID:          "okta-api-token",
		Provider:    "okta",
		Title:       "Okta API token",
		Description: "Acts with the roles of the administrator who made it, over an organisation's users and applications.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "00[0-9A-Za-z_-]{40}",
		Context: []string{
			"okta",
			"ssws",
		},
		Boundary: "value",
		Entropy:  3.6,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "domain",
				Regex: `[0-9A-Za-z][0-9A-Za-z-]{0,62}\.(?:okta|oktapreview|okta-emea|okta-gov)\.com`,
			},
		},
		Docs:   []string{"https://developer.okta.com/docs/guides/create-an-api-token/main/"},
		Rotate: "https://developer.okta.com/docs/guides/create-an-api-token/main/",
		Match: []string{
			"OKTA_ORG_URL=https://{{domain}}\nOKTA_API_TOKEN={{secret}}\n",
			`curl -H "Authorization: SSWS {{secret}}" https://{{domain}}/api/v1/users/me`,
			"okta:\n  client:\n    orgUrl: https://{{domain}}\n    token: {{secret}}\n",
			"provider \"okta\" {\n  api_token = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"OKTA_API_TOKEN=00xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"OKTA_API_TOKEN={{secret}}0",
			"OKTA_API_TOKEN=000000000000000000000000000000000000000000",
			"API_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{domain}}/api/v1/users/me",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "SSWS {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"status",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:profile.email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{domain}}/api/v1/api-tokens/current",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "SSWS {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/okta.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "00",
				},
			},
			Min: 42,
			Max: 42,
		},
	},
	{
		ID:          "okta-client-secret",
		Provider:    "okta",
		Title:       "Okta OAuth client secret",
		Description: "Gets tokens in the name of an application, and takes part in the logins of its users.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_-]{64}|[0-9A-Za-z_-]{40}",
		Context: []string{
			"okta_client_secret",
			"okta_oauth2_client_secret",
			"okta_secret",
			"okta_oauth_client_secret",
			"okta_app_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  4.3,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "domain",
				Regex: `[0-9A-Za-z][0-9A-Za-z-]{0,62}\.(?:okta|oktapreview|okta-emea|okta-gov)\.com`,
			},
			{
				Name:  "client_id",
				Regex: "0oa[0-9A-Za-z]{17}",
			},
		},
		Docs:   []string{"https://developer.okta.com/docs/guides/client-secret-rotation-key/main/"},
		Rotate: "https://developer.okta.com/docs/guides/client-secret-rotation-key/main/",
		Match: []string{
			"OKTA_DOMAIN={{domain}}\nOKTA_CLIENT_ID={{client_id}}\nOKTA_CLIENT_SECRET={{secret}}\n",
			"okta.oauth2.client-secret={{secret}}",
			`oktaClientSecret: "{{secret}}"`,
		},
		NoMatch: []string{
			"OKTA_CLIENT_SECRET=your-okta-client-secret-goes-here-000000",
			"OKTA_CLIENT_SECRET={{secret}}x",
			"CLIENT_SECRET={{secret}}",
			"OKTA_CLIENT_ID={{client_id}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{domain}}/oauth2/v1/introspect",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Basic {{basic client_id secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "token",
								Value: "none",
							},
							{
								Name:  "token_type_hint",
								Value: "access_token",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"active = false"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Generate a new secret for the application and deactivate this one: https://developer.okta.com/docs/guides/client-secret-rotation-key/main/",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/okta.toml",
			Line:   48,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  40,
			Max:  64,
		},
	},
	{
		ID:          "openai-api-key",
		Provider:    "openai",
		Title:       "OpenAI API key",
		Description: "Calls models and reads and changes files and assistants of a project at its cost.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sk-[0-9A-Za-z_-]{20,110}T3BlbkFJ[0-9A-Za-z_-]{20,80}",
		Boundary:    "token",
		Docs:        []string{"https://platform.openai.com/docs/api-reference/authentication"},
		Rotate:      "https://platform.openai.com/api-keys",
		Tags:        []string{"ai"},
		Match: []string{
			"OPENAI_API_KEY={{secret}}",
			`client = OpenAI(api_key="{{secret}}")`,
			`curl https://api.openai.com/v1/models -H "Authorization: Bearer {{secret}}"`,
			"openai:\n  key: {{secret}}\n",
			"ENV OPENAI_API_KEY {{secret}}",
		},
		NoMatch: []string{
			"sk-proj-xxxxxxxxxxxxxxxxxxxxT3BlbkFJxxxxxxxxxxxxxxxxxxxx",
			"sk-your-own-key-goes-here",
			"sk-tooshortT3BlbkFJ0123456789",
			"OPENAI_API_KEY=sk-...",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.openai.com/v1/models",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = list",
						"data",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = invalid_api_key"},
				},
			},
			Identity: Identity{
				Account: "header:openai-organization",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key: https://platform.openai.com/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/openai.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-",
				},
			},
			Min: 51,
			Max: 201,
		},
	},
	{
		ID:          "openai-admin-key",
		Provider:    "openai",
		Title:       "OpenAI admin key",
		Description: "Manages an organisation: its members, projects, API keys and audit log.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sk-admin-[0-9A-Za-z_-]{58}T3BlbkFJ[0-9A-Za-z_-]{58}",
		Boundary:    "token",
		Docs:        []string{"https://platform.openai.com/docs/api-reference/admin-api-keys"},
		Rotate:      "https://platform.openai.com/settings/organization/admin-keys",
		Tags:        []string{"ai"},
		Match: []string{
			"OPENAI_ADMIN_KEY={{secret}}",
			`curl https://api.openai.com/v1/organization/users -H "Authorization: Bearer {{secret}}"`,
			`admin_key = "{{secret}}"`,
		},
		NoMatch: []string{
			"sk-admin-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxT3BlbkFJxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"sk-admin-tooshortT3BlbkFJ0123456789",
			"sk-admin-panel",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.openai.com/v1/organization/admin_api_keys?limit=1",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"object = list"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = invalid_api_key"},
				},
			},
			Identity: Identity{
				Account: "header:openai-organization",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key: https://platform.openai.com/settings/organization/admin-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/openai.toml",
			Line:   49,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk-admin-",
				},
			},
			Min: 133,
			Max: 133,
		},
	},
	{
		ID:          "openai-session-key",
		Provider:    "openai",
		Title:       "OpenAI session key",
		Description: "Acts as the user who signed in to the platform's web pages, until the session ends.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "sess-[0-9A-Za-z]{40}",
		Boundary:    "token",
		Entropy:     4,
		Digits:      2,
		Docs:        []string{"https://platform.openai.com/docs/api-reference/authentication"},
		Rotate:      "https://platform.openai.com/settings/profile/security",
		Tags:        []string{"ai"},
		Match: []string{
			"OPENAI_SESSION_KEY={{secret}}",
			"Authorization: Bearer {{secret}}",
			`openai.api_key = "{{secret}}"`,
		},
		NoMatch: []string{
			"sess-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"sess-0123456789",
			"sess-theNameOfASessionThatIsMadeOfWordsAlone0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.openai.com/v1/me",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"object = user",
						"id",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = invalid_api_key"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Sign out of all sessions: https://platform.openai.com/settings/profile/security",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/openai.toml",
			Line:   86,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sess-",
				},
			},
			Min: 45,
			Max: 45,
		},
	},
	{
		ID:          "pagerduty-user-token",
		Provider:    "pagerduty",
		Title:       "PagerDuty user API token",
		Description: "Acts as a user: reads and changes incidents, schedules and what else the user may.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `u\+[0-9A-Za-z_+-]{18}`,
		Context: []string{
			"pagerduty",
			"pd",
		},
		Boundary: "value",
		Digits:   1,
		Docs:     []string{"https://support.pagerduty.com/main/docs/api-access-keys"},
		Rotate:   "https://support.pagerduty.com/main/docs/api-access-keys",
		Match: []string{
			"PAGERDUTY_TOKEN={{secret}}",
			"pagerduty:\n  api_token: '{{secret}}'\n",
			"provider \"pagerduty\" {\n  token = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"PAGERDUTY_TOKEN=u+xxxxxxxxxxxxxxxxxx",
			"PAGERDUTY_TOKEN={{secret}}0",
			"emoji: {{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.pagerduty.com/users/me",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.pagerduty+json;version=2",
							},
							{
								Name:  "Authorization",
								Value: "Token token={{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"user.id"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the key on the page User Settings of its user: https://support.pagerduty.com/main/docs/api-access-keys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pagerduty.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "u+",
				},
			},
			Min: 20,
			Max: 20,
		},
	},
	{
		ID:          "pagerduty-user-token-in-header",
		Provider:    "pagerduty",
		Title:       "PagerDuty user API token",
		Description: "Acts as a user: reads and changes incidents, schedules and what else the user may.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `[Tt]oken token=["']?(?P<secret>u\+[0-9A-Za-z_+-]{18})`,
		Boundary:    "token",
		Docs:        []string{"https://support.pagerduty.com/main/docs/api-access-keys"},
		Rotate:      "https://support.pagerduty.com/main/docs/api-access-keys",
		Match: []string{
			`curl -H "Authorization: Token token={{secret}}" https://api.pagerduty.com/users/me`,
			"Authorization: Token token={{secret}}",
			`headers = {"Authorization": "Token token={{secret}}"}`,
		},
		NoMatch: []string{
			"Authorization: Token token=y_your_api_key_here",
			"Authorization: Token token={{secret}}0",
			"Authorization: Token token=u+xxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.pagerduty.com/users/me",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.pagerduty+json;version=2",
							},
							{
								Name:  "Authorization",
								Value: "Token token={{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"user.id"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the key on the page User Settings of its user: https://support.pagerduty.com/main/docs/api-access-keys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pagerduty.toml",
			Line:   38,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "oken token=",
					Min: 1,
					Max: 1,
				},
			},
			RunMin: 12,
			RunMax: 13,
			Min:    32,
			Max:    33,
		},
	},
	{
		ID:          "pagerduty-api-key",
		Provider:    "pagerduty",
		Title:       "PagerDuty REST API key",
		Description: "Reads, and unless it was made read-only changes, a whole PagerDuty account.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z_+-]{20}",
		Context: []string{
			"pagerduty_api_key",
			"pagerduty_api_token",
			"pagerduty_token",
			"pagerduty_key",
			"pagerduty_rest_api_key",
			"pagerduty_access_key",
			"pd_api_key",
			"pd_api_token",
			"pagerduty_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.6,
		Digits:   1,
		Docs:     []string{"https://support.pagerduty.com/main/docs/api-access-keys"},
		Rotate:   "https://support.pagerduty.com/main/docs/api-access-keys",
		Match: []string{
			"PAGERDUTY_API_KEY={{secret}}",
			`pagerduty_token = "{{secret}}"`,
			"env:\n  PD_API_KEY: '{{secret}}'\n",
		},
		NoMatch: []string{
			"PAGERDUTY_API_KEY=xxxxxxxxxxxxxxxxxxxx",
			"PAGERDUTY_API_KEY={{secret}}x",
			"PAGERDUTY_SERVICE_ID={{secret}}",
			"API_KEY={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.pagerduty.com/abilities",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.pagerduty+json;version=2",
							},
							{
								Name:  "Authorization",
								Value: "Token token={{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"abilities"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Disable or remove the key under Integrations, API Access Keys: https://support.pagerduty.com/main/docs/api-access-keys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pagerduty.toml",
			Line:   70,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  20,
			Max:  20,
		},
	},
	{
		ID:          "pagerduty-oauth-token",
		Provider:    "pagerduty",
		Title:       "PagerDuty OAuth token",
		Description: "Acts for an app or a user in a PagerDuty account, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `pd(?:us|eu)\+_[01][0-9A-Z]{5,10}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
		Boundary:    "token",
		Docs:        []string{"https://developer.pagerduty.com/docs/oauth-functionality"},
		Rotate:      "https://developer.pagerduty.com/docs/oauth-functionality",
		Match: []string{
			`{"access_token": "{{secret}}", "token_type": "bearer"}`,
			"PAGERDUTY_ACCESS_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"access_token=pdus+_0X...",
			"access_token=pdus+_0XXXXXX_00000000-0000-0000-0000-000000000000",
			"access_token={{secret}}0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.pagerduty.com/abilities",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.pagerduty+json;version=2",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"abilities"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the app, or its grant, on the page Integrations, App Registration of the account",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pagerduty.toml",
			Line:   108,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "pdus+_0",
				},
				{
					Lit: "pdus+_1",
				},
				{
					Lit: "pdeu+_0",
				},
				{
					Lit: "pdeu+_1",
				},
			},
			Min: 49,
			Max: 54,
		},
	},
	{
		ID:          "pagerduty-integration-key",
		Provider:    "pagerduty",
		Title:       "PagerDuty integration key",
		Description: "Opens and closes incidents of a service, and so wakes whoever is on call.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{32}",
		Context: []string{
			"pagerduty_integration_key",
			"pagerduty_routing_key",
			"pagerduty_service_key",
			"pd_routing_key",
			"pd_integration_key",
			"pd_service_key",
			"pagerduty_events_key",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://support.pagerduty.com/main/docs/services-and-integrations"},
		Rotate:   "https://support.pagerduty.com/main/docs/services-and-integrations",
		Match: []string{
			"PAGERDUTY_INTEGRATION_KEY={{secret}}",
			"pagerdutyServiceKey: {{secret}}",
			"pagerduty_routing_key = '{{secret}}'",
		},
		NoMatch: []string{
			"PAGERDUTY_INTEGRATION_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"PAGERDUTY_INTEGRATION_KEY={{secret}}0",
			"ROUTING_KEY={{secret}}",
		},
		Verify: &Verify{
			None: "the only call that takes it reports an event",
		},
		Revoke: &Revoke{
			Manual: "Delete the integration of the service and make a new one: https://support.pagerduty.com/main/docs/services-and-integrations",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pagerduty.toml",
			Line:   137,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "paypal-client-secret",
		Provider:    "paypal",
		Title:       "PayPal client secret",
		Description: "With the client id it takes and refunds payments and, where it is allowed to, sends money.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "E[0-9A-Za-z_-]{79}",
		Context:     []string{"paypal"},
		Near:        160,
		Boundary:    "value",
		Entropy:     4.6,
		Digits:      1,
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: "A[0-9A-Za-z_-]{79}",
			},
		},
		Docs:   []string{"https://developer.paypal.com/api/rest/authentication/"},
		Rotate: "https://developer.paypal.com/dashboard/applications/live",
		Match: []string{
			"PAYPAL_CLIENT_ID={{client_id}}\nPAYPAL_CLIENT_SECRET={{secret}}\n",
			"paypal.configure({\n  mode: 'live',\n  client_id: '{{client_id}}',\n  client_secret: '{{secret}}'\n});",
			"paypal.secret={{secret}}",
		},
		NoMatch: []string{
			"PAYPAL_CLIENT_SECRET=Exxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"PAYPAL_CLIENT_SECRET={{secret}}x",
			"PAYPAL_CLIENT_ID={{client_id}}",
			"CLIENT_SECRET={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://api-m.paypal.com/v1/oauth2/token",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic client_id secret}}",
							},
						},
						Form: []Pair{
							{
								Name:  "grant_type",
								Value: "client_credentials",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"access_token",
						"app_id",
					},
				},
			},
			Identity: Identity{
				Account: "json:app_id",
				Scopes:  "json:scope",
			},
		},
		Revoke: &Revoke{
			Manual: "Add a second secret to the application on https://developer.paypal.com/dashboard/applications/live, then disable this one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/paypal.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  80,
			Max:  80,
		},
	},
	{
		ID:          "paypal-braintree-access-token",
		Provider:    "paypal",
		Title:       "Braintree access token",
		Description: "Takes and refunds payments for a merchant.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}`,
		Boundary:    "token",
		Docs:        []string{"https://developer.paypal.com/braintree/docs/guides/extend/oauth/access-tokens/"},
		Rotate:      "https://www.braintreegateway.com/login",
		Match: []string{
			"BRAINTREE_ACCESS_TOKEN={{secret}}",
			"const gateway = new braintree.BraintreeGateway({ accessToken: '{{secret}}' });",
			"braintree:\n  access_token: {{secret}}\n",
		},
		NoMatch: []string{
			"BRAINTREE_ACCESS_TOKEN=access_token$production$your_merchant$token",
			"BRAINTREE_ACCESS_TOKEN={{secret}}0",
			"BRAINTREE_ACCESS_TOKEN=access_token$production$xxxxxxxxxxxxxxxx$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://payments.braintree-api.com/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "Braintree-Version",
								Value: "2019-01-01",
							},
						},
						JSON: `{"query":"query { ping }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.ping = pong"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						200,
					},
					Body: []string{"AUTHENTICATION"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "The merchant disconnects the application in the settings of https://www.braintreegateway.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/paypal.toml",
			Line:   48,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "access_token$production$",
				},
			},
			RunMin: 24,
			RunMax: 24,
			Min:    73,
			Max:    73,
		},
	},
	{
		ID:          "paypal-braintree-sandbox-access-token",
		Provider:    "paypal",
		Title:       "Braintree access token of the sandbox",
		Description: "Takes payments in Braintree's sandbox, where no money moves.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       `access_token\$sandbox\$[0-9a-z]{16}\$[0-9a-f]{32}`,
		Boundary:    "token",
		Docs:        []string{"https://developer.paypal.com/braintree/docs/guides/extend/oauth/access-tokens/"},
		Rotate:      "https://sandbox.braintreegateway.com/login",
		Match: []string{
			"BRAINTREE_ACCESS_TOKEN={{secret}}",
			"gateway = braintree.BraintreeGateway(access_token='{{secret}}')",
			`{"accessToken": "{{secret}}"}`,
		},
		NoMatch: []string{
			"BRAINTREE_ACCESS_TOKEN=access_token$sandbox$your_merchant$token",
			"BRAINTREE_ACCESS_TOKEN={{secret}}0",
			"access_token$sandbox",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://payments.sandbox.braintree-api.com/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "Braintree-Version",
								Value: "2019-01-01",
							},
						},
						JSON: `{"query":"query { ping }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.ping = pong"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						200,
					},
					Body: []string{"AUTHENTICATION"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "The merchant disconnects the application in the settings of https://sandbox.braintreegateway.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/paypal.toml",
			Line:   81,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "access_token$sandbox$",
				},
			},
			RunMin: 21,
			RunMax: 21,
			Min:    70,
			Max:    70,
		},
	},
	{
		ID:          "paypal-braintree-private-key",
		Provider:    "paypal",
		Title:       "Braintree private key",
		Description: "With the public key and the merchant id it takes and refunds payments.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"braintree_private_key",
			"braintree_private",
			"braintree_key",
			"braintree_secret",
			"braintree_api_key",
			"bt_private_key",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "public_key",
				Regex:   "[0-9a-z]{16}",
				Context: []string{"public"},
			},
			{
				Name:    "merchant_id",
				Regex:   "[0-9a-z]{16}",
				Context: []string{"merchant"},
			},
		},
		Docs:   []string{"https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials"},
		Rotate: "https://www.braintreegateway.com/login",
		Match: []string{
			"BRAINTREE_PUBLIC_KEY={{public_key}}\nBRAINTREE_PRIVATE_KEY={{secret}}\n",
			`braintree.privateKey: "{{secret}}"`,
			`BT_PRIVATE_KEY="{{secret}}"`,
		},
		NoMatch: []string{
			"BRAINTREE_PRIVATE_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"BRAINTREE_PRIVATE_KEY={{secret}}0",
			"BRAINTREE_PUBLIC_KEY={{public_key}}",
			"PRIVATE_KEY={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://payments.braintree-api.com/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic public_key secret}}",
							},
							{
								Name:  "Braintree-Version",
								Value: "2019-01-01",
							},
						},
						JSON: `{"query":"query { ping }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.ping = pong"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key pair under Settings, API of https://www.braintreegateway.com and make a new one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/paypal.toml",
			Line:   114,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "paypal-braintree-key-pair",
		Provider:    "paypal",
		Title:       "Braintree private key with its public key",
		Description: "With the merchant id they take and refund payments.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context:     []string{"private_key"},
		Near:        16,
		Boundary:    "value",
		Entropy:     3,
		Digits:      1,
		Parts: []Part{
			{
				Name:     "public_key",
				Regex:    "[0-9a-z]{16}",
				Context:  []string{"public"},
				Required: true,
			},
			{
				Name:     "merchant_id",
				Regex:    "[0-9a-z]{16}",
				Context:  []string{"merchant"},
				Required: true,
			},
		},
		Docs:   []string{"https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials"},
		Rotate: "https://www.braintreegateway.com/login",
		Match: []string{
			"merchant_id='{{merchant_id}}',\npublic_key='{{public_key}}',\nprivate_key='{{secret}}'",
			"braintree:\n  merchant_id: {{merchant_id}}\n  public_key: {{public_key}}\n  private_key: {{secret}}\n",
			"  merchantId: '{{merchant_id}}',\n  publicKey: '{{public_key}}',\n  privateKey: '{{secret}}',\n",
		},
		NoMatch: []string{
			"public_key='{{public_key}}'\nprivate_key='{{secret}}'",
			"private_key='{{secret}}'",
			"merchant_id='{{merchant_id}}'\npublic_key='{{public_key}}'\nprivate_key='your_private_key'",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://payments.braintree-api.com/graphql",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic public_key secret}}",
							},
							{
								Name:  "Braintree-Version",
								Value: "2019-01-01",
							},
						},
						JSON: `{"query":"query { ping }"}`,
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.ping = pong"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key pair under Settings, API of https://www.braintreegateway.com and make a new one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/paypal.toml",
			Line:   164,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "pgpass-password",
		Provider:    "pgpass",
		Title:       "password in .pgpass",
		Description: "Logs in to the PostgreSQL server of its line.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?m)^[!-"$-9;-~]{1,100}:(?:\*|543[0-9]|6432|6543|25060):[!-9;-~]{1,63}:[!-9;-~]{1,63}:(?P<secret>[!-~]{3,128})`,
		Anchors: []string{
			":*:",
			":543",
			":6432:",
			":6543:",
			":25060:",
		},
		Boundary: "none",
		Password: true,
		Generic:  true,
		Paths: []string{
			".pgpass",
			"**/.pgpass",
			"*pgpass*",
		},
		Parts: []Part{
			{
				Name:  "host",
				Regex: `(?m)^(?P<part>[0-9A-Za-z.-]{1,253}):(?:\*|[0-9]{4,5}):`,
			},
		},
		Docs:   []string{"https://www.postgresql.org/docs/current/libpq-pgpass.html"},
		Rotate: "https://www.postgresql.org/docs/current/sql-alterrole.html",
		Match: []string{
			"{{host}}:5432:app:app:{{secret}}\n",
			"# hostname:port:database:username:password\n*:*:*:postgres:{{secret}}",
			"db.corp.io:6432:*:reporting:{{secret}}",
		},
		NoMatch: []string{
			"hostname:port:database:username:password",
			"db.corp.io:5432:app:app:${PGPASSWORD}",
			"localhost:5432:app:app:password",
			"db.corp.io:5432:app",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "ALTER ROLE name PASSWORD '...'; https://www.postgresql.org/docs/current/sql-alterrole.html",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pgpass.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ":*:",
					Min: 1,
					Max: 100,
				},
				{
					Lit: ":543",
					Min: 1,
					Max: 100,
				},
				{
					Lit: ":6432:",
					Min: 1,
					Max: 100,
				},
				{
					Lit: ":6543:",
					Min: 1,
					Max: 100,
				},
				{
					Lit: ":25060:",
					Min: 1,
					Max: 100,
				},
			},
			Min: 11,
			Max: 363,
		},
	},
	{
		ID:          "planetscale-service-token",
		Provider:    "planetscale",
		Title:       "PlanetScale service token",
		Description: "With its id, it does in the organisation what it was given access to, up to deleting databases.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "pscale_tkn_[0-9A-Za-z_.=-]{31,63}[0-9A-Za-z_=-]",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "id",
				Regex: "[0-9a-z]{12}",
				Context: []string{
					"token_id",
					"tokenid",
				},
			},
		},
		Docs: []string{
			"https://planetscale.com/docs/api/reference/service-tokens",
			"https://planetscale.com/docs/cli/service-tokens",
		},
		Rotate: "https://app.planetscale.com/~/settings/service-tokens",
		Tags:   []string{"database"},
		Match: []string{
			"PLANETSCALE_SERVICE_TOKEN_ID={{id}}\nPLANETSCALE_SERVICE_TOKEN={{secret}}",
			"pscale database list --service-token-id {{id}} --service-token {{secret}}",
			"provider \"planetscale\" {\n  service_token_id = \"{{id}}\"\n  service_token = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"PLANETSCALE_SERVICE_TOKEN=pscale_tkn_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"PLANETSCALE_SERVICE_TOKEN=pscale_tkn_tooshort",
			"tokens begin with pscale_tkn_",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.planetscale.com/v1/organizations",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "{{id}}:{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"type = list"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "pscale service-token delete TOKEN_ID, or under the organisation's settings: https://app.planetscale.com/~/settings/service-tokens",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/planetscale.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "pscale_tkn_",
				},
			},
			Min: 43,
			Max: 75,
		},
	},
	{
		ID:          "planetscale-oauth-token",
		Provider:    "planetscale",
		Title:       "PlanetScale OAuth token",
		Description: "Acts for the user who granted it, within the scopes of the application.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "pscale_oauth_[0-9A-Za-z_.=-]{31,63}[0-9A-Za-z_=-]",
		Boundary:    "token",
		Docs:        []string{"https://planetscale.com/docs/api/reference/oauth"},
		Rotate:      "https://app.planetscale.com/~/settings/oauth-applications",
		Tags:        []string{"database"},
		Match: []string{
			"PLANETSCALE_TOKEN={{secret}}",
			"Authorization: Bearer {{secret}}",
			`{"access_token": "{{secret}}"}`,
		},
		NoMatch: []string{
			"PLANETSCALE_TOKEN=pscale_oauth_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"PLANETSCALE_TOKEN=pscale_oauth_tooshort",
			"tokens begin with pscale_oauth_",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.planetscale.com/v1/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"id",
						"email",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
			},
		},
		Revoke: &Revoke{
			Manual: "Take the application's access back under the user's settings: https://app.planetscale.com/settings",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/planetscale.toml",
			Line:   38,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "pscale_oauth_",
				},
			},
			Min: 45,
			Max: 77,
		},
	},
	{
		ID:          "planetscale-password",
		Provider:    "planetscale",
		Title:       "PlanetScale database password",
		Description: "With its user name, it reads and writes one branch of a database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "pscale_pw_[0-9A-Za-z_.=-]{31,63}[0-9A-Za-z_=-]",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "username",
				Regex: "[0-9a-z]{20}",
			},
			{
				Name:  "host",
				Regex: `[0-9a-z.-]{3,80}\.psdb\.cloud`,
			},
		},
		Docs:   []string{"https://planetscale.com/docs/vitess/connecting/connection-strings"},
		Rotate: "https://planetscale.com/docs/api/reference/renew_password",
		Tags:   []string{"database"},
		Match: []string{
			"DATABASE_HOST={{host}}\nDATABASE_USERNAME={{username}}\nDATABASE_PASSWORD={{secret}}",
			"DATABASE_URL=mysql://{{username}}:{{secret}}@{{host}}/app?sslaccept=strict",
			`password: "{{secret}}",`,
		},
		NoMatch: []string{
			"DATABASE_PASSWORD=pscale_pw_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"DATABASE_PASSWORD=pscale_pw_tooshort",
			"passwords begin with pscale_pw_",
		},
		Verify: &Verify{
			None: "only a MySQL handshake could tell",
		},
		Revoke: &Revoke{
			Manual: "Delete the password under the branch's settings, Passwords: https://planetscale.com/docs/api/reference/delete_password",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/planetscale.toml",
			Line:   68,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "pscale_pw_",
				},
			},
			Min: 42,
			Max: 74,
		},
	},
	{
		ID:          "postmark-server-token",
		Provider:    "postmark",
		Title:       "Postmark server API token",
		Description: "Sends mail from a server's addresses and reads what was sent.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"postmark",
			"postmarkapp",
		},
		Boundary: "value",
		Digits:   1,
		Docs:     []string{"https://postmarkapp.com/developer/api/overview"},
		Rotate:   "https://account.postmarkapp.com/servers",
		Match: []string{
			"POSTMARK_API_TOKEN={{secret}}",
			`curl https://api.postmarkapp.com/email -H "X-Postmark-Server-Token: {{secret}}"`,
			`client = PostmarkClient(server_token="{{secret}}")`,
		},
		NoMatch: []string{
			"POSTMARK_API_TOKEN=xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
			"POSTMARK_API_TOKEN={{secret}}0",
			"POSTMARK_API_TOKEN=00000000-0000-0000-0000-000000000000",
			"API_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.postmarkapp.com/server",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "X-Postmark-Server-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ID",
						"Name",
						"ServerLink",
					},
				},
			},
			Identity: Identity{
				Account: "json:Name",
			},
		},
		Revoke: &Revoke{
			Manual: "Generate another token on the page API Tokens of the server on https://account.postmarkapp.com/servers and delete this one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/postmark.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "postmark-account-token",
		Provider:    "postmark",
		Title:       "Postmark account API token",
		Description: "Manages all servers, domains and sender addresses of an account, and reads the servers' tokens.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"postmark_account_token",
			"postmark_account_api_token",
			"postmark_account_api_key",
			"postmark_account_key",
		},
		Near:     16,
		Boundary: "value",
		Digits:   1,
		Docs:     []string{"https://postmarkapp.com/developer/api/overview"},
		Rotate:   "https://account.postmarkapp.com/api_tokens",
		Match: []string{
			"POSTMARK_ACCOUNT_TOKEN={{secret}}",
			`curl https://api.postmarkapp.com/servers -H "X-Postmark-Account-Token: {{secret}}"`,
			`postmarkAccountApiToken: "{{secret}}"`,
		},
		NoMatch: []string{
			"POSTMARK_ACCOUNT_TOKEN=xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
			"POSTMARK_ACCOUNT_TOKEN={{secret}}0",
			"POSTMARK_SERVER_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.postmarkapp.com/servers",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "X-Postmark-Account-Token",
								Value: "{{secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "count",
								Value: "1",
							},
							{
								Name:  "offset",
								Value: "0",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"TotalCount",
						"Servers",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"ErrorCode = 10"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Generate another token on https://account.postmarkapp.com/api_tokens and delete this one",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/postmark.toml",
			Line:   39,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "private-key-pem",
		Provider:    "private-key",
		Title:       "private key (PEM)",
		Description: "Proves an identity: it opens whatever trusts its public half, such as servers, TLS certificates or signatures.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `-----BEGIN (?:RSA |EC |DSA )?PRIVATE KEY-----(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){0,40}M[A-I][0-9A-Za-z+/]{30}(?:\\{1,4}[nrt]|[0-9A-Za-z+/=\s"',]){28}`,
		Until:       "-----END (?:RSA |EC |DSA )?PRIVATE KEY-----",
		Boundary:    "none",
		Checksum:    "pem",
		Generic:     true,
		Docs: []string{
			"https://www.rfc-editor.org/rfc/rfc7468",
			"https://www.rfc-editor.org/rfc/rfc5958",
		},
		Tags: []string{"key"},
		Match: []string{
			"{{secret}}",
			`tls.key: |\n  {{secret}}\n`,
			`{"type": "service", "private_key": "{{secret}}\n"}`,
			`PRIVATE_KEY="{{secret}}"`,
			"const key = `{{secret}}`;",
			`RUN echo "{{secret}}" > /etc/ssl/server.key`,
		},
		NoMatch: []string{
			`strings.HasPrefix(s, "-----BEGIN RSA PRIVATE KEY-----")`,
			"-----BEGIN PRIVATE KEY-----\n<your private key>\n-----END PRIVATE KEY-----",
			"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----",
			"-----BEGIN PRIVATE KEY-----\nMIIEvQ${REST_OF_THE_KEY}\n-----END PRIVATE KEY-----",
			"-----BEGIN PRIVATE KEY-----\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nxxxxxxxxxxxxxxxxxxxx\n-----END PRIVATE KEY-----",
			"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAthisisapublickeythisisapublickeythisisa=\n-----END PUBLIC KEY-----",
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Make a new key pair, replace the public half wherever it is trusted, and have certificates of the old key revoked.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "PRIVATE KEY-----",
					Min: 11,
					Max: 15,
				},
			},
			RunMin: 27,
			RunMax: 1231,
			Min:    87,
			Max:    1403,
		},
	},
	{
		ID:          "private-key-openssh",
		Provider:    "private-key",
		Title:       "OpenSSH private key",
		Description: "Logs in to every host and source-code service that trusts its public half.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `-----BEGIN OPENSSH PRIVATE KEY-----(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){0,40}b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ`,
		Until:       "-----END OPENSSH PRIVATE KEY-----",
		Boundary:    "none",
		Checksum:    "pem",
		Generic:     true,
		Docs:        []string{"https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.key?annotate=HEAD"},
		Tags: []string{
			"key",
			"ssh",
		},
		Match: []string{
			"{{secret}}",
			`SSH_PRIVATE_KEY="{{secret}}"`,
			"  id_ed25519: |\n    {{secret}}",
			`{"ssh_key": "{{secret}}\n"}`,
		},
		NoMatch: []string{
			"-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----",
			`if bytes.Contains(key, []byte("-----BEGIN OPENSSH PRIVATE KEY-----")) {`,
			"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ...\n-----END OPENSSH PRIVATE KEY-----",
		},
		Verify: &Verify{
			Protocol: "ssh",
		},
		Revoke: &Revoke{
			Manual: "Take the public half out of every authorized_keys file and account that has it, then make a new pair with ssh-keygen.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   42,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "-----BEGIN OPENSSH PRIVATE KEY-----",
				},
			},
			RunMin: 35,
			RunMax: 1235,
			Min:    77,
			Max:    1277,
		},
	},
	{
		ID:          "private-key-pgp",
		Provider:    "private-key",
		Title:       "OpenPGP private key",
		Description: "Signs and decrypts in the name of its owner.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `-----BEGIN PGP PRIVATE KEY BLOCK-----(?:(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){1,12}(?:Version|Comment|Charset|MessageID|Hash):[^\n\\]{0,100}){0,4}(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){1,40}[0-9A-Za-z+/]{40}(?:\\{1,4}[nrt]|[0-9A-Za-z+/=\s"',]){20}`,
		Until:       "-----END PGP PRIVATE KEY BLOCK-----",
		Boundary:    "none",
		Checksum:    "pem",
		Generic:     true,
		Docs:        []string{"https://www.rfc-editor.org/rfc/rfc9580#section-6.2"},
		Tags: []string{
			"key",
			"signing",
		},
		Match: []string{
			"{{secret}}",
			`GPG_PRIVATE_KEY: "{{secret}}"`,
			"  signing_key = <<EOF\n{{secret}}\nEOF",
		},
		NoMatch: []string{
			"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
			`expects "-----BEGIN PGP PRIVATE KEY BLOCK-----" at the start of the file, not a binary keyring`,
			"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n...\n-----END PGP PRIVATE KEY BLOCK-----",
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Publish a revocation certificate (gpg --gen-revoke) and make a new key. The passphrase, if there is one, only delays misuse.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   73,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "-----BEGIN PGP PRIVATE KEY BLOCK-----",
				},
			},
			RunMin: 38,
			RunMax: 4317,
			Min:    98,
			Max:    4457,
		},
	},
	{
		ID:          "private-key-encrypted",
		Provider:    "private-key",
		Title:       "private key, encrypted",
		Description: "A private key under a passphrase: it opens something as soon as somebody knows or guesses the passphrase.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `-----BEGIN (?:ENCRYPTED PRIVATE KEY-----(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){0,40}M[A-I][0-9A-Za-z+/]{30}|OPENSSH PRIVATE KEY-----(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){0,40}b3BlbnNzaC1rZXktdjEAAAAA[C-H][0-9A-Za-z+/]{20}|(?:RSA |EC |DSA )?PRIVATE KEY-----(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){1,40}Proc-Type: 4,ENCRYPTED(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){1,40}DEK-Info: [0-9A-Z-]{3,20},[0-9A-Fa-f]{8,32}(?:\\{1,4}[nrt]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{8,18}Z?|[^0-9A-Za-z<>{}$%.]){1,40}[0-9A-Za-z+/]{32})(?:\\{1,4}[nrt]|[0-9A-Za-z+/=\s"',]){20}`,
		Until:       "-----END (?:ENCRYPTED |OPENSSH |RSA |EC |DSA )?PRIVATE KEY-----",
		Boundary:    "none",
		Checksum:    "pem",
		Generic:     true,
		Docs: []string{
			"https://www.rfc-editor.org/rfc/rfc5958",
			"https://www.rfc-editor.org/rfc/rfc1421",
		},
		Tags: []string{"key"},
		Match: []string{
			"{{secret}}",
			`key: |\n  {{secret}}\n`,
			`KEY = """{{secret}}"""`,
		},
		NoMatch: []string{
			"-----BEGIN ENCRYPTED PRIVATE KEY-----\n...\n-----END ENCRYPTED PRIVATE KEY-----",
			`case "ENCRYPTED PRIVATE KEY":`,
			"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,<salt>\n\n...",
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Replace the key pair. A new passphrase does not help: the copy that leaked keeps the old one.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   102,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "ENCRYPTED PRIVATE KEY-----",
					Min: 11,
					Max: 11,
				},
				{
					Lit: "OPENSSH PRIVATE KEY-----",
					Min: 11,
					Max: 11,
				},
				{
					Lit: "PRIVATE KEY-----",
					Min: 11,
					Max: 15,
				},
			},
			RunMin: 37,
			RunMax: 3716,
			Min:    89,
			Max:    3848,
		},
	},
	{
		ID:          "private-key-der",
		Provider:    "private-key",
		Title:       "private key (base64 without armour)",
		Description: "Proves an identity: it opens whatever trusts its public half.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "[ \\t\"'`=:>(,|](?P<secret>MII[A-T][0-9A-Za-z+/][AQgw]IBADANBgkqhkiG9w0BAQEFAASC[0-9A-Za-z+/]{20}|MI[GH][0-9A-Za-z+/]AgEAMB[AM]GByqGSM49AgEG[0-9A-Za-z+/]{20}|MC4CAQAwBQYDK2V[uw]BCIEI[0-9A-Za-z+/]{43}|MII[A-T][0-9A-Za-z+/][AQgw]IBAAK(?:CAQEA|CAgEA|CAYEA|BgQ[CD])[0-9A-Za-z+/]{20}|MHcCAQEEI[0-9A-Za-z+/]{43}oAoGCCqGSM49AwEHoUQDQgAE|MIGkAgEBBD[A-D][0-9A-Za-z+/]{64}gBwYFK4EEACKhZANiAA)",
		Until:       `\A[0-9A-Za-z+/]*(?:(?:\\n|\r?\n[ \t]*)[0-9A-Za-z+/]{60,76})*(?:(?:\\n|\r?\n[ \t]*)[0-9A-Za-z+/]{2,75}={1,2})?={0,2}`,
		Boundary:    "none",
		Checksum:    "pem",
		Generic:     true,
		Docs: []string{
			"https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2",
			"https://www.rfc-editor.org/rfc/rfc5208",
			"https://www.rfc-editor.org/rfc/rfc5915",
		},
		Tags: []string{"key"},
		Match: []string{
			`private static final String KEY = "{{secret}}";`,
			"ALIPAY_PRIVATE_KEY={{secret}}",
			"<privateKey>{{secret}}</privateKey>",
			`"privateKey": "{{secret}}",`,
		},
		NoMatch: []string{
			`publicKey = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"`,
			"starts with MIIEvQIBADANBgkqhkiG9w0BAQEFAASC and goes on for 1,600 characters",
			"privateKey: MIIEpAIBAAKCAQEA...",
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Make a new key pair, replace the public half wherever it is trusted, and have certificates of the old key revoked.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   131,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "AIBADANBgkqhkiG9w0BAQEFAASC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBADANBgkqhkiG9w0BAQEFAASC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBADANBgkqhkiG9w0BAQEFAASC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBADANBgkqhkiG9w0BAQEFAASC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "AgEAMBAGByqGSM49AgEG",
					Min: 5,
					Max: 5,
				},
				{
					Lit: "AgEAMBMGByqGSM49AgEG",
					Min: 5,
					Max: 5,
				},
				{
					Lit: "C4CAQAwBQYDK2VuBCIEI",
					Min: 2,
					Max: 2,
				},
				{
					Lit: "C4CAQAwBQYDK2VwBCIEI",
					Min: 2,
					Max: 2,
				},
				{
					Lit: "AIBAAKCAQEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "AIBAAKCAgEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "AIBAAKCAYEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "AIBAAKBgQC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "AIBAAKBgQD",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBAAKCAQEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBAAKCAgEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBAAKCAYEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBAAKBgQC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "QIBAAKBgQD",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBAAKCAQEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBAAKCAgEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBAAKCAYEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBAAKBgQC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "gIBAAKBgQD",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBAAKCAQEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBAAKCAgEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBAAKCAYEA",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBAAKBgQC",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "wIBAAKBgQD",
					Min: 6,
					Max: 6,
				},
				{
					Lit: "oAoGCCqGSM49AwEHoUQDQgAE",
					Min: 53,
					Max: 53,
				},
				{
					Lit: "gBwYFK4EEACKhZANiAA",
					Min: 76,
					Max: 76,
				},
			},
			RunMin: 1,
			RunMax: 1,
			Min:    36,
			Max:    95,
		},
	},
	{
		ID:          "private-key-putty",
		Provider:    "private-key",
		Title:       "PuTTY private key",
		Description: "Logs in to every host that trusts its public half.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `PuTTY-User-Key-File-[23]: [0-9a-z@.-]{3,60}(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Encryption: none(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Comment:[^\r\n\\]{0,200}(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Public-Lines: [0-9]{1,4}(?:\r?\n|\\{1,2}[rn])`,
		Until:       "Private-MAC: [0-9a-f]{40,64}",
		Boundary:    "none",
		Generic:     true,
		Docs:        []string{"https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html"},
		Tags: []string{
			"key",
			"ssh",
		},
		Match: []string{
			"{{secret}}",
			`PPK="{{secret}}"`,
			"key: |\n  {{secret}}\n",
		},
		NoMatch: []string{
			"PuTTY-User-Key-File-2: ssh-rsa",
			"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: me\nPublic-Lines: 2\n",
			"a file that begins with PuTTY-User-Key-File-3: and the type",
		},
		Verify: &Verify{
			None: "logging in somewhere with the key would be needed, and it does not say where",
		},
		Revoke: &Revoke{
			Manual: "Take the public half out of every authorized_keys file that has it, then make a new pair with PuTTYgen.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   163,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "PuTTY-User-Key-File-2: ",
				},
				{
					Lit: "PuTTY-User-Key-File-3: ",
				},
			},
			Min: 69,
			Max: 1066,
		},
	},
	{
		ID:          "private-key-putty-encrypted",
		Provider:    "private-key",
		Title:       "PuTTY private key, encrypted",
		Description: "A private key under a passphrase: it opens something as soon as somebody knows or guesses the passphrase.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `PuTTY-User-Key-File-[23]: [0-9a-z@.-]{3,60}(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Encryption: aes256-cbc(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Comment:[^\r\n\\]{0,200}(?:\\{0,2}r)?(?:\r?\n|\\{1,2}n)[ \t]{0,40}Public-Lines: [0-9]{1,4}(?:\r?\n|\\{1,2}[rn])`,
		Until:       "Private-MAC: [0-9a-f]{40,64}",
		Boundary:    "none",
		Generic:     true,
		Docs:        []string{"https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html"},
		Tags: []string{
			"key",
			"ssh",
		},
		Match: []string{
			"{{secret}}",
			`PPK="{{secret}}"`,
			"key: |\n  {{secret}}\n",
		},
		NoMatch: []string{
			"PuTTY-User-Key-File-2: ssh-rsa",
			"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 2\n",
			"Encryption: aes256-cbc",
		},
		Verify: &Verify{
			None: "logging in somewhere with the key would be needed, and it does not say where",
		},
		Revoke: &Revoke{
			Manual: "Replace the key pair. A new passphrase does not help: the copy that leaked keeps the old one.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   191,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "Encryption: aes256-cbc",
					Min: 27,
					Max: 129,
				},
			},
			Min: 75,
			Max: 1072,
		},
	},
	{
		ID:          "private-key-jwk",
		Provider:    "private-key",
		Title:       "private key (JSON Web Key)",
		Description: "Signs or decrypts tokens in the name of its owner.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:"d"|\\"d\\"): {0,2}\\?"(?P<secret>[0-9A-Za-z_-]{43,700})\\?"`,
		Boundary:    "none",
		Entropy:     4,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "kty",
				Regex:    `"kty\\{0,2}": {0,2}\\{0,2}"(?P<part>RSA|EC|OKP)\\{0,2}"`,
				Within:   6000,
				Required: true,
			},
		},
		Docs: []string{
			"https://www.rfc-editor.org/rfc/rfc7517",
			"https://www.rfc-editor.org/rfc/rfc7518#section-6",
		},
		Tags: []string{"key"},
		Match: []string{
			`{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "{{secret}}"}`,
			`{"d":"{{secret}}","e":"AQAB","kty":"RSA"}`,
			`JWK='{"crv":"Ed25519","d":"{{secret}}","kty":"OKP","x":"a"}' `,
			`const jwk = "{\"kty\":\"OKP\",\"d\":\"{{secret}}\"}"`,
		},
		NoMatch: []string{
			`{"kty": "RSA", "n": "sXchx", "e": "AQAB", "d": "..."}`,
			`{"d": "{{secret}}"}`,
			`{"kty": "EC", "d": "tooshort"}`,
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Take the key out of the JWKS that publishes its public half, add a new one, and wait until verifiers have read it.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   219,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"d":`,
				},
				{
					Lit: `\"d\":`,
				},
			},
			RunMin: 5,
			RunMax: 10,
			Min:    49,
			Max:    712,
		},
	},
	{
		ID:          "private-key-jwk-symmetric",
		Provider:    "private-key",
		Title:       "symmetric key (JSON Web Key)",
		Description: "Signs tokens that whoever shares the key will accept.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:"k"|\\"k\\"): {0,2}\\?"(?P<secret>[0-9A-Za-z_-]{22,700})\\?"`,
		Boundary:    "none",
		Entropy:     3.5,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "kty",
				Regex:    `"kty\\{0,2}": {0,2}\\{0,2}"(?P<part>oct)\\{0,2}"`,
				Within:   300,
				Required: true,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc7518#section-6.4"},
		Tags: []string{"key"},
		Match: []string{
			`{"kty": "oct", "alg": "HS256", "k": "{{secret}}"}`,
			`{"k":"{{secret}}","kty":"oct"}`,
			`JWK='{"kty":"oct","k":"{{secret}}"}' `,
		},
		NoMatch: []string{
			`{"k": "{{secret}}"}`,
			`{"kty": "oct", "k": "tooshort"}`,
			`{"kty": "RSA", "k": "{{secret}}"}`,
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Replace the key wherever it is shared; tokens signed with it stay valid until then.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   254,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"k":`,
				},
				{
					Lit: `\"k\":`,
				},
			},
			RunMin: 5,
			RunMax: 10,
			Min:    28,
			Max:    712,
		},
	},
	{
		ID:          "private-key-xml",
		Provider:    "private-key",
		Title:       "RSA private key (XML)",
		Description: "Proves an identity: it opens whatever trusts its public half.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `<D>(?P<secret>[0-9A-Za-z+/=\s]{64,700})</D>`,
		Boundary:    "none",
		Entropy:     4,
		Generic:     true,
		Parts: []Part{
			{
				Name:     "modulus",
				Regex:    `<Modulus>\s{0,20}(?P<part>[0-9A-Za-z+/=]{8,700})`,
				Within:   4000,
				Required: true,
			},
		},
		Docs: []string{"https://learn.microsoft.com/en-us/dotnet/api/system.security.cryptography.rsa.toxmlstring"},
		Tags: []string{"key"},
		Match: []string{
			"<RSAKeyValue><Modulus>0aBcDeFgHi</Modulus><Exponent>AQAB</Exponent><D>{{secret}}</D></RSAKeyValue>",
			`rsa.FromXmlString("<RSAKeyValue><Modulus>0aBcDeFgHi</Modulus><D>{{secret}}</D></RSAKeyValue>");`,
			"<RSAKeyValue>\n  <Modulus>0aBcDeFgHi</Modulus>\n  <D>{{secret}}</D>\n</RSAKeyValue>",
		},
		NoMatch: []string{
			"<RSAKeyValue><Modulus>0aBcDeFgHi</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>",
			"<D>{{secret}}</D>",
			"<RSAKeyValue><Modulus>0aBcDeFgHi</Modulus><D>...</D></RSAKeyValue>",
		},
		Verify: &Verify{
			None: "a key does not say what trusts it",
		},
		Revoke: &Revoke{
			Manual: "Make a new key pair and replace the public half wherever it is trusted.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/private-key.toml",
			Line:   288,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "<D>",
				},
			},
			Min: 71,
			Max: 707,
		},
	},
	{
		ID:          "pulumi-access-token",
		Provider:    "pulumi",
		Title:       "Pulumi access token",
		Description: "Reads stacks, with the secrets in them, and changes the infrastructure of its user, team or organisation.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "pul-[0-9a-f]{40}",
		Boundary:    "token",
		Entropy:     3,
		Docs: []string{
			"https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
			"https://www.pulumi.com/docs/reference/cloud-rest-api/api-basics/",
		},
		Rotate: "https://app.pulumi.com/account/tokens",
		Tags:   []string{"infrastructure"},
		Match: []string{
			"PULUMI_ACCESS_TOKEN={{secret}}",
			"env:\n  PULUMI_ACCESS_TOKEN: '{{secret}}'",
			`curl -H "Authorization: token {{secret}}" https://api.pulumi.com/api/user`,
			`{"accessTokens": {"https://api.pulumi.com": "{{secret}}"}}`,
		},
		NoMatch: []string{
			"PULUMI_ACCESS_TOKEN=pul-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"PULUMI_ACCESS_TOKEN=pul-tooshort",
			"pul-0000000000000000000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.pulumi.com/api/user",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/vnd.pulumi+8",
							},
							{
								Name:  "Authorization",
								Value: "token {{secret}}",
							},
							{
								Name:  "Content-Type",
								Value: "application/json",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"githubLogin"},
				},
			},
			Identity: Identity{
				Owner:   "json:githubLogin",
				Account: "json:name",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it under Access tokens: https://app.pulumi.com/account/tokens (the API wants the token's id)",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pulumi.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "pul-",
				},
			},
			Min: 44,
			Max: 44,
		},
	},
	{
		ID:          "pypi-api-token",
		Provider:    "pypi",
		Title:       "PyPI API token",
		Description: "Uploads releases to the Python package index, for one project or all of its user's.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "pypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{60,1000}",
		Boundary:    "token",
		Digits:      2,
		Docs:        []string{"https://packaging.python.org/en/latest/specifications/pypirc/"},
		Tags:        []string{"package-registry"},
		Match: []string{
			"[pypi]\nusername = __token__\npassword = {{secret}}\n",
			"TWINE_PASSWORD={{secret}} twine upload dist/*",
			"poetry config pypi-token.pypi {{secret}}",
			"UV_PUBLISH_TOKEN: {{secret}}",
		},
		NoMatch: []string{
			"pypi-AgEIcHlwaS5vcmc",
			"pypi-AgEIcHlwaS5vcmcxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"pypi-your-api-token",
		},
		Verify: &Verify{
			None: "the index takes a token for uploads alone",
		},
		Revoke: &Revoke{
			Manual: "Remove the token on the account's page of the index, under API tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pypi.toml",
			Line:   8,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "pypi-AgEIcHlwaS5vcmc",
				},
			},
			Min: 80,
			Max: 1020,
		},
	},
	{
		ID:          "pypi-test-api-token",
		Provider:    "pypi",
		Title:       "TestPyPI API token",
		Description: "Uploads releases to the index that Python projects try their uploads on.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "pypi-AgENdGVzdC5weXBpLm9yZw[0-9A-Za-z_-]{60,1000}",
		Boundary:    "token",
		Digits:      2,
		Docs:        []string{"https://packaging.python.org/en/latest/guides/using-testpypi/"},
		Tags:        []string{"package-registry"},
		Match: []string{
			"[testpypi]\nusername = __token__\npassword = {{secret}}\n",
			"TEST_PYPI_TOKEN={{secret}}",
			"twine upload -r testpypi -u __token__ -p {{secret}} dist/*",
		},
		NoMatch: []string{
			"pypi-AgENdGVzdC5weXBpLm9yZw",
			"pypi-AgENdGVzdC5weXBpLm9yZwxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"pypi-test-token",
		},
		Verify: &Verify{
			None: "the index takes a token for uploads alone",
		},
		Revoke: &Revoke{
			Manual: "Remove the token on the account's page of the test index, under API tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pypi.toml",
			Line:   35,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "pypi-AgENdGVzdC5weXBpLm9yZw",
				},
			},
			Min: 87,
			Max: 1027,
		},
	},
	{
		ID:          "pypirc-password",
		Provider:    "pypirc",
		Title:       "password in .pypirc",
		Description: "Publishes packages of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `password[ \t]{0,4}[:=][ \t]{0,4}(?P<secret>[!-~]{3,300})`,
		Context: []string{
			"pypi",
			"testpypi",
			"distutils",
			"index_servers",
			"repository",
		},
		Near:     200,
		Boundary: "none",
		Password: true,
		Generic:  true,
		Paths: []string{
			".pypirc",
			"**/.pypirc",
			"*.pypirc",
			"pypirc",
		},
		Parts: []Part{
			{
				Name:  "username",
				Regex: `username[ \t]{0,4}[:=][ \t]{0,4}(?P<part>[!-~]{1,80})`,
			},
		},
		Docs: []string{"https://packaging.python.org/en/latest/specifications/pypirc/"},
		Match: []string{
			"[pypi]\nusername = {{username}}\npassword = {{secret}}\n",
			"[distutils]\nindex-servers =\n    corp\n\n[corp]\nrepository: https://pypi.corp.io\nusername: ci\npassword: {{secret}}",
			"[testpypi]\n  username=__token__\n  password={{secret}}",
		},
		NoMatch: []string{
			"[pypi]\nusername = ci\npassword = ${PYPI_PASSWORD}",
			"[pypi]\nusername = __token__\npassword = <PyPI token>",
			"[pypi]\nusername = ci\n# password is asked for",
		},
		Verify: &Verify{
			None: "the repository may be any, also one within a network",
		},
		Revoke: &Revoke{
			Manual: "Set a new password, or better, use an API token of one project: https://pypi.org/help/#apitoken",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/pypirc.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 4,
			Min:  12,
			Max:  317,
		},
	},
	{
		ID:          "rails-master-key",
		Provider:    "rails",
		Title:       "Rails master key",
		Description: "Decrypts the application's credentials file, with everything in it.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"rails_master_key",
			"rails_production_key",
			"master_key_base",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://guides.rubyonrails.org/security.html#custom-credentials"},
		Rotate:   "https://guides.rubyonrails.org/security.html#custom-credentials",
		Match: []string{
			"RAILS_MASTER_KEY={{secret}}",
			"env:\n  RAILS_MASTER_KEY: {{secret}}",
			`docker run -e RAILS_MASTER_KEY="{{secret}}" app`,
		},
		NoMatch: []string{
			"RAILS_MASTER_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"RAILS_MASTER_KEY=tooshort",
			"CACHE_KEY={{secret}}",
		},
		Verify: &Verify{
			None: "it works on the application's own files",
		},
		Revoke: &Revoke{
			Manual: "Replace every credential in the file, then encrypt it under a new key: https://guides.rubyonrails.org/security.html#custom-credentials",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/rails.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "rails-secret-key-base",
		Provider:    "rails",
		Title:       "Rails secret_key_base",
		Description: "Forges the application's sessions and signed values.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "(?:[0-9a-f]{128}|[0-9a-f]{64})",
		Context: []string{
			"secret_key_base",
			"rails_secret_token",
			"config_secret_token",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Docs:     []string{"https://api.rubyonrails.org/classes/Rails/Application.html#method-i-secret_key_base"},
		Rotate:   "https://guides.rubyonrails.org/security.html#rotating-encrypted-and-signed-cookies-configurations",
		Match: []string{
			"SECRET_KEY_BASE={{secret}}",
			"production:\n  secret_key_base: {{secret}}\n",
			"config.secret_key_base = '{{secret}}'",
			"MyApp::Application.config.secret_token = '{{secret}}'",
		},
		NoMatch: []string{
			`secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>`,
			"SECRET_KEY_BASE=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SECRET_KEY_BASE=0000000000000000000000000000000000000000000000000000000000000000",
		},
		Verify: &Verify{
			None: "it works on the application's own cookies",
		},
		Revoke: &Revoke{
			Manual: "Make a new one with bin/rails secret; sessions and signed values of the old one end.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/rails.toml",
			Line:   32,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  128,
		},
	},
	{
		ID:          "rubygems-api-key",
		Provider:    "rubygems",
		Title:       "RubyGems API key",
		Description: "Pushes and yanks gems as its user, within the scopes chosen for it.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "rubygems_[0-9a-f]{48}",
		Boundary:    "token",
		Docs:        []string{"https://github.com/rubygems/guides/blob/gh-pages/api-key-scopes.md"},
		Tags:        []string{"package-registry"},
		Match: []string{
			"---\n:rubygems_api_key: {{secret}}\n",
			"GEM_HOST_API_KEY={{secret}} gem push acme-1.0.gem",
			`curl -H "Authorization:{{secret}}" https://gems.example/api/v1/gems`,
		},
		NoMatch: []string{
			"rubygems_000000000000000000000000000000000000000000000000",
			"rubygems_0123456789abcdef0123456789abcdef",
			"rubygems_api_key",
		},
		Verify: &Verify{
			None: "which of the servers for gems it belongs to is not known",
		},
		Revoke: &Revoke{
			Manual: "Delete the key on the account's page of the server, under API keys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/rubygems.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "rubygems_",
				},
			},
			Min: 57,
			Max: 57,
		},
	},
	{
		ID:          "sendgrid-api-key",
		Provider:    "sendgrid",
		Title:       "SendGrid API key",
		Description: "Sends mail from an account's addresses and, by its permissions, reads and changes the account.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `SG\.(?P<key_id>[0-9A-Za-z_-]{22})\.[0-9A-Za-z_-]{43}`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "key_id",
				Regex: `[\-0-9A-Z_a-z]{22}`,
			},
		},
		Docs: []string{
			"https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
			"https://www.twilio.com/docs/sendgrid/api-reference/api-keys",
		},
		Rotate: "https://app.sendgrid.com/settings/api_keys",
		Match: []string{
			"SENDGRID_API_KEY={{secret}}",
			"sgMail.setApiKey('{{secret}}');",
			`curl -H "Authorization: Bearer {{secret}}" https://api.sendgrid.com/v3/scopes`,
			"smtp:\n  host: smtp.sendgrid.net\n  user: apikey\n  password: {{secret}}\n",
			"ENV SENDGRID_API_KEY {{secret}}",
		},
		NoMatch: []string{
			"SENDGRID_API_KEY=SG.your-key-id.your-key",
			"SENDGRID_API_KEY={{secret}}0",
			"SENDGRID_API_KEY=SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"messenger.MSG.{{secret}}0",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.sendgrid.com/v3/scopes",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"scopes"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"authorization grant is invalid, expired, or revoked"},
				},
			},
			Identity: Identity{
				Scopes: "json:scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key with that id on https://app.sendgrid.com/settings/api_keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/sendgrid.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "SG.",
				},
			},
			RunMin: 3,
			RunMax: 3,
			Min:    69,
			Max:    69,
		},
	},
	{
		ID:          "sentry-organization-token",
		Provider:    "sentry",
		Title:       "Sentry organization auth token",
		Description: "Uploads source maps and releases for the projects of an organization, as a build does.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       "sntrys_eyJ[0-9A-Za-z+/]{40,500}={0,2}_[0-9A-Za-z+/]{43}",
		Boundary:    "token",
		Checksum:    "base64-json",
		Docs: []string{
			"https://docs.sentry.io/account/auth-tokens/#organization-auth-tokens",
			"https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md",
		},
		Rotate: "https://sentry.io/settings/auth-tokens/",
		Match: []string{
			"SENTRY_AUTH_TOKEN={{secret}}",
			"[auth]\ntoken={{secret}}\n",
			"sentry-cli --auth-token {{secret}} releases list",
		},
		NoMatch: []string{
			"SENTRY_AUTH_TOKEN=sntrys_your_token_here",
			"SENTRY_AUTH_TOKEN={{secret}}0",
			"SENTRY_AUTH_TOKEN=sntrys_eyJpYXQi..._",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://sentry.io/api/0/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth.scopes"},
				},
			},
			Identity: Identity{
				Owner:  "json:user.email",
				Scopes: "json:auth.scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke the token under Settings, Auth Tokens of its organization: https://sentry.io/settings/auth-tokens/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/sentry.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sntrys_eyJ",
				},
			},
			Min: 94,
			Max: 556,
		},
	},
	{
		ID:          "sentry-user-token",
		Provider:    "sentry",
		Title:       "Sentry user auth token",
		Description: "Acts as its user, or as an integration, in every organization it is a member of, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:sntryu|sntrya|sntryi)_[0-9a-f]{64}",
		Boundary:    "token",
		Docs:        []string{"https://docs.sentry.io/account/auth-tokens/"},
		Rotate:      "https://sentry.io/settings/account/api/auth-tokens/",
		Match: []string{
			"SENTRY_AUTH_TOKEN={{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://sentry.io/api/0/projects/`,
			`sentry_token := "{{secret}}"`,
		},
		NoMatch: []string{
			"SENTRY_AUTH_TOKEN=sntryu_your_token_here",
			"SENTRY_AUTH_TOKEN={{secret}}0",
			"SENTRY_AUTH_TOKEN=sntryu_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://sentry.io/api/0/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth.scopes"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.id",
				Scopes:  "json:auth.scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the token on https://sentry.io/settings/account/api/auth-tokens/, that of an integration on its own page",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/sentry.toml",
			Line:   42,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sntrya_",
				},
				{
					Lit: "sntryi_",
				},
				{
					Lit: "sntryu_",
				},
			},
			Min: 71,
			Max: 71,
		},
	},
	{
		ID:          "sentry-token-legacy",
		Provider:    "sentry",
		Title:       "Sentry auth token (without prefix)",
		Description: "Acts as its user, or as an integration, in every organization it is a member of, within its scopes.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{64}",
		Context: []string{
			"sentry_auth_token",
			"sentry_token",
			"sentry_api_token",
			"sentry_api_key",
			"sentry_access_token",
			"sentry_auth",
			"sentry_key",
			"sentry_secret",
			"sentry_cli_auth_token",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3.2,
		Digits:   1,
		Docs:     []string{"https://docs.sentry.io/account/auth-tokens/"},
		Rotate:   "https://sentry.io/settings/account/api/auth-tokens/",
		Match: []string{
			"SENTRY_AUTH_TOKEN={{secret}}",
			"sentry-cli --auth-token {{secret}} releases list",
			"sentry_token := \"{{secret}}\"\nreq.Header.Set(\"Authorization\", \"Bearer \"+sentry_token)",
			"<sentryToken>\n    {{secret}}\n</sentryToken>",
		},
		NoMatch: []string{
			"SENTRY_AUTH_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SENTRY_AUTH_TOKEN={{secret}}0",
			"getsentry/sentry@sha256:{{secret}}",
			"url \"https://downloads.sentry-cdn.com/sentry-cli/2.0.0/sentry-cli-Darwin-universal\"\n  sha256 \"{{secret}}\"",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://sentry.io/api/0/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth.scopes"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.id",
				Scopes:  "json:auth.scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the token on https://sentry.io/settings/account/api/auth-tokens/, that of an integration on its own page",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/sentry.toml",
			Line:   74,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  64,
			Max:  64,
		},
	},
	{
		ID:          "shopify-access-token",
		Provider:    "shopify",
		Title:       "Shopify access token",
		Description: "Reads and writes a shop's products, orders and customers, within the app's scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:shpat|shpca|shppa|shpua)_[0-9a-fA-F]{32}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "shop",
				Regex: `[0-9A-Za-z][0-9A-Za-z-]{0,62}\.myshopify\.com`,
			},
		},
		Docs: []string{
			"https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens",
			"https://shopify.dev/changelog/length-of-the-shopify-access-token-is-increasing",
		},
		Rotate: "https://help.shopify.com/en/manual/apps/app-types/custom-apps",
		Match: []string{
			"SHOPIFY_STORE={{shop}}\nSHOPIFY_ACCESS_TOKEN={{secret}}\n",
			`curl -H "X-Shopify-Access-Token: {{secret}}" https://{{shop}}/admin/api/2026-01/shop.json`,
			`$token = "{{secret}}";`,
			"const client = createAdminApiClient({ storeDomain: '{{shop}}', accessToken: '{{secret}}' });",
		},
		NoMatch: []string{
			"SHOPIFY_ACCESS_TOKEN=shpat_your_token_here",
			"SHOPIFY_ACCESS_TOKEN={{secret}}0",
			"SHOPIFY_ACCESS_TOKEN=shpat_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SHOPIFY_STORE={{shop}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{shop}}/admin/oauth/access_scopes.json",
						Headers: []Pair{
							{
								Name:  "X-Shopify-Access-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"access_scopes"},
				},
			},
			Identity: Identity{
				Scopes: "json:access_scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://{{shop}}/admin/api_permissions/current.json",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "X-Shopify-Access-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
				},
			},
			Effect: "uninstalls the app from the shop, with all its tokens there",
		},
		Position: Position{
			File:   "builtin/shopify.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "shpat_",
				},
				{
					Lit: "shpca_",
				},
				{
					Lit: "shppa_",
				},
				{
					Lit: "shpua_",
				},
			},
			Min: 38,
			Max: 38,
		},
	},
	{
		ID:          "shopify-app-secret",
		Provider:    "shopify",
		Title:       "Shopify app secret",
		Description: "Gets tokens in an app's name from the shops that installed it, and forges the webhooks sent to it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "shpss_[0-9a-fA-F]{32}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "client_id",
				Regex: "[0-9a-f]{32}",
				Context: []string{
					"client_id",
					"api_key",
				},
			},
			{
				Name:  "shop",
				Regex: `[0-9A-Za-z][0-9A-Za-z-]{0,62}\.myshopify\.com`,
			},
		},
		Docs:   []string{"https://shopify.dev/changelog/app-secret-key-length-has-increased"},
		Rotate: "https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials",
		Match: []string{
			"SHOPIFY_API_KEY={{client_id}}\nSHOPIFY_API_SECRET={{secret}}\n",
			"shopify:\n  client_id: {{client_id}}\n  client_secret: {{secret}}\n",
			`apiSecretKey: "{{secret}}",`,
		},
		NoMatch: []string{
			"SHOPIFY_API_SECRET=shpss_your_secret_here",
			"SHOPIFY_API_SECRET={{secret}}0",
			"SHOPIFY_API_SECRET=shpss_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			None: "the only check asks a shop to issue a token",
		},
		Revoke: &Revoke{
			Manual: "Rotate the secret of the app: https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets/rotate-revoke-client-credentials",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/shopify.toml",
			Line:   51,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "shpss_",
				},
			},
			Min: 38,
			Max: 38,
		},
	},
	{
		ID:          "shopify-theme-access-password",
		Provider:    "shopify",
		Title:       "Shopify Theme Access password",
		Description: "Reads and publishes the themes of a shop, and so changes what its customers see and run.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "shptka_[0-9a-f]{32}",
		Boundary:    "token",
		Docs:        []string{"https://shopify.dev/docs/storefronts/themes/tools/theme-access"},
		Rotate:      "https://shopify.dev/docs/storefronts/themes/tools/theme-access",
		Match: []string{
			"SHOPIFY_CLI_THEME_TOKEN={{secret}}",
			"development:\n  password: {{secret}}\n  store: acme.myshopify.com\n",
			"shopify theme push --password {{secret}}",
		},
		NoMatch: []string{
			"SHOPIFY_CLI_THEME_TOKEN=shptka_your_password",
			"SHOPIFY_CLI_THEME_TOKEN={{secret}}0",
			"SHOPIFY_CLI_THEME_TOKEN=shptka_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Revoke: &Revoke{
			Manual: "Delete the password in the app Theme Access of the shop: https://shopify.dev/docs/storefronts/themes/tools/theme-access",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/shopify.toml",
			Line:   87,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "shptka_",
				},
			},
			Min: 39,
			Max: 39,
		},
	},
	{
		ID:          "shopify-partner-api-token",
		Provider:    "shopify",
		Title:       "Shopify Partner API token",
		Description: "Reads, by its permissions, a partner's apps, earnings and clients' shops.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "prtapi_[0-9a-f]{32}",
		Boundary:    "token",
		Docs:        []string{"https://shopify.dev/docs/api/partner"},
		Rotate:      "https://partners.shopify.com",
		Match: []string{
			"SHOPIFY_PARTNER_TOKEN={{secret}}",
			`curl -H "X-Shopify-Access-Token: {{secret}}" https://partners.shopify.com/1/api/2026-01/graphql.json`,
			"partner:\n  access_token: '{{secret}}'\n",
		},
		NoMatch: []string{
			"SHOPIFY_PARTNER_TOKEN=prtapi_your_token",
			"SHOPIFY_PARTNER_TOKEN={{secret}}0",
			"SHOPIFY_PARTNER_TOKEN=prtapi_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Revoke: &Revoke{
			Manual: "Delete the API client under Settings, Partner API clients of https://partners.shopify.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/shopify.toml",
			Line:   111,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "prtapi_",
				},
			},
			Min: 39,
			Max: 39,
		},
	},
	{
		ID:          "slack-bot-token",
		Provider:    "slack",
		Title:       "Slack bot token",
		Description: "Reads and writes as an app's bot in a workspace, within the scopes of its installation.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xoxb-[0-9]{9,14}-[0-9]{9,14}-[0-9A-Za-z]{20,28}",
		Boundary:    "token",
		Docs:        []string{"https://docs.slack.dev/authentication/tokens"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_BOT_TOKEN={{secret}}",
			`slack: { token: "{{secret}}", channel: "#builds" }`,
			`curl -H "Authorization: Bearer {{secret}}" https://slack.com/api/chat.postMessage`,
			`client = WebClient(token="{{secret}}")`,
			"https://slack.com/api/users.list?token={{secret}}&pretty=1",
		},
		NoMatch: []string{
			"xoxb-your-token",
			"xoxb-1234567890-1234567890-xxxxxxxxxxxxxxxxxxxxxxxx",
			"xoxb-123456789012-123456789012-tooshort1",
			"xoxb-000000000000-000000000000-000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the app has to be installed again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxb-",
				},
			},
			Min: 45,
			Max: 63,
		},
	},
	{
		ID:          "slack-bot-token-old",
		Provider:    "slack",
		Title:       "Slack bot token (before 2017)",
		Description: "Reads and writes as a bot user in all channels that it was invited to.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xoxb-[0-9]{8,14}-[0-9A-Za-z]{18,26}",
		Boundary:    "token",
		Docs: []string{
			"https://docs.slack.dev/legacy/legacy-bot-users",
			"https://docs.slack.dev/authentication/tokens",
		},
		Rotate: "https://api.slack.com/apps",
		Tags:   []string{"messaging"},
		Match: []string{
			"HUBOT_SLACK_TOKEN={{secret}}",
			"slack_token: {{secret}}",
			`token = "{{secret}}"`,
		},
		NoMatch: []string{
			"xoxb-1234567890-xxxxxxxxxxxxxxxxxxxxxxxx",
			"xoxb-1234567890-tooshort1",
			"xoxb-123456789012-000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the app has to be installed again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   60,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxb-",
				},
			},
			Min: 32,
			Max: 46,
		},
	},
	{
		ID:          "slack-user-token",
		Provider:    "slack",
		Title:       "Slack user token",
		Description: "Reads and writes as the user who authorised an app, within the scopes granted.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xox[ep]-[0-9]{9,14}-[0-9]{9,14}-(?:[0-9]{9,14}-)?(?:[0-9A-Za-z]{28,36}|[0-9a-f]{10})",
		Boundary:    "token",
		Docs: []string{
			"https://docs.slack.dev/authentication/tokens",
			"https://docs.slack.dev/reference/methods/oauth.v2.completeShortTokenRotation",
		},
		Rotate: "https://api.slack.com/apps",
		Tags:   []string{"messaging"},
		Match: []string{
			"SLACK_USER_TOKEN={{secret}}",
			`token: "{{secret}}"`,
			"https://slack.com/api/search.messages?token={{secret}}&query=x",
			`slack = Slacker("{{secret}}")`,
		},
		NoMatch: []string{
			"xoxp-your-token",
			"xoxp-123456789012-123456789012-123456789012-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"xoxp-123456789012-123456789012-123456789012",
			"xoxp-000000000000-000000000000-000000000000-00000000000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the user has to authorise the app again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   111,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxe-",
				},
				{
					Lit: "xoxp-",
				},
			},
			Min: 35,
			Max: 86,
		},
	},
	{
		ID:          "slack-rotating-token",
		Provider:    "slack",
		Title:       "Slack access token (rotating)",
		Description: "Reads and writes as an app's bot or user, or manages the apps of a workspace, for twelve hours.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `xoxe\.xox[bp]-[0-9]-[0-9A-Za-z]{120,200}`,
		Boundary:    "token",
		Docs: []string{
			"https://docs.slack.dev/authentication/using-token-rotation",
			"https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests",
		},
		Rotate: "https://api.slack.com/apps",
		Tags:   []string{"messaging"},
		Match: []string{
			"SLACK_CONFIG_TOKEN={{secret}}",
			`"access_token": "{{secret}}", "expires_in": 43200`,
			"slack-cli auth --token {{secret}}",
		},
		NoMatch: []string{
			"xoxe.xoxp-1-example",
			"xoxe.xoxb-1-tooshort0123456789",
			"xoxe.xoxb-1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the app has to be installed again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   167,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxe.xoxb-0-",
				},
				{
					Lit: "xoxe.xoxb-1-",
				},
				{
					Lit: "xoxe.xoxb-2-",
				},
				{
					Lit: "xoxe.xoxb-3-",
				},
				{
					Lit: "xoxe.xoxb-4-",
				},
				{
					Lit: "xoxe.xoxb-5-",
				},
				{
					Lit: "xoxe.xoxb-6-",
				},
				{
					Lit: "xoxe.xoxb-7-",
				},
				{
					Lit: "xoxe.xoxb-8-",
				},
				{
					Lit: "xoxe.xoxb-9-",
				},
				{
					Lit: "xoxe.xoxp-0-",
				},
				{
					Lit: "xoxe.xoxp-1-",
				},
				{
					Lit: "xoxe.xoxp-2-",
				},
				{
					Lit: "xoxe.xoxp-3-",
				},
				{
					Lit: "xoxe.xoxp-4-",
				},
				{
					Lit: "xoxe.xoxp-5-",
				},
				{
					Lit: "xoxe.xoxp-6-",
				},
				{
					Lit: "xoxe.xoxp-7-",
				},
				{
					Lit: "xoxe.xoxp-8-",
				},
				{
					Lit: "xoxe.xoxp-9-",
				},
			},
			RunMin: 5,
			RunMax: 5,
			Min:    132,
			Max:    212,
		},
	},
	{
		ID:          "slack-refresh-token",
		Provider:    "slack",
		Title:       "Slack refresh token",
		Description: "Gets new access tokens for an app or its configuration, again and again.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xoxe-[0-9]-[0-9A-Za-z]{120,180}",
		Boundary:    "token",
		Docs:        []string{"https://docs.slack.dev/authentication/using-token-rotation"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_REFRESH_TOKEN={{secret}}",
			`"refresh_token": "{{secret}}"`,
			"refresh_token={{secret}}&grant_type=refresh_token",
		},
		NoMatch: []string{
			"xoxe-1-abcdefg",
			"xoxe-1-tooshort0123456789",
			"xoxe-1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			None: "a refresh token is used up by the only request that takes it",
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the app has to be installed again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   221,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxe-0-",
				},
				{
					Lit: "xoxe-1-",
				},
				{
					Lit: "xoxe-2-",
				},
				{
					Lit: "xoxe-3-",
				},
				{
					Lit: "xoxe-4-",
				},
				{
					Lit: "xoxe-5-",
				},
				{
					Lit: "xoxe-6-",
				},
				{
					Lit: "xoxe-7-",
				},
				{
					Lit: "xoxe-8-",
				},
				{
					Lit: "xoxe-9-",
				},
			},
			Min: 127,
			Max: 187,
		},
	},
	{
		ID:          "slack-app-token",
		Provider:    "slack",
		Title:       "Slack app-level token",
		Description: "Opens the event stream of an app for all workspaces it is installed in.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xapp-[0-9]-[0-9A-Z]{9,13}-[0-9]{10,14}-[0-9a-z]{60,70}",
		Boundary:    "token",
		Docs:        []string{"https://docs.slack.dev/authentication/tokens"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_APP_TOKEN={{secret}}",
			`new App({ socketMode: true, appToken: "{{secret}}" })`,
			"app_token: {{secret}}",
		},
		NoMatch: []string{
			"xapp-1-A0000000000-0000000000000-0000000000000000000000000000000000000000000000000000000000000000",
			"xapp-1-your-token",
			"xapp-1-A1B2C3D4E5F-1234567890123-tooshort",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Manual: "Revoke it on the page Basic Information of the app: https://api.slack.com/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   255,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xapp-0-",
				},
				{
					Lit: "xapp-1-",
				},
				{
					Lit: "xapp-2-",
				},
				{
					Lit: "xapp-3-",
				},
				{
					Lit: "xapp-4-",
				},
				{
					Lit: "xapp-5-",
				},
				{
					Lit: "xapp-6-",
				},
				{
					Lit: "xapp-7-",
				},
				{
					Lit: "xapp-8-",
				},
				{
					Lit: "xapp-9-",
				},
			},
			Min: 88,
			Max: 106,
		},
	},
	{
		ID:          "slack-workspace-token",
		Provider:    "slack",
		Title:       "Slack workspace token (legacy)",
		Description: "Reads and writes in a workspace as an app of a kind that Slack gave up.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xox[ar]-(?:[0-9]-)?(?:[0-9]{9,14}-){0,3}[0-9A-Za-z]{8,48}",
		Boundary:    "token",
		Entropy:     3,
		Digits:      2,
		Docs:        []string{"https://docs.slack.dev/authentication/tokens"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_TOKEN={{secret}}",
			"token: {{secret}}",
			`"access_token": "{{secret}}"`,
		},
		NoMatch: []string{
			"xoxa-your-token-here",
			"xoxr-tooshort",
			"xoxa-2-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the app has to be installed again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   298,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "xoxa-",
				},
				{
					Lit: "xoxr-",
				},
			},
			Min: 13,
			Max: 100,
		},
	},
	{
		ID:          "slack-legacy-token",
		Provider:    "slack",
		Title:       "Slack token (legacy)",
		Description: "Reads and writes as its user in everything that the user can see.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "xox[os]-[0-9]{6,14}-[0-9]{6,14}-[0-9]{6,14}-[0-9A-Za-z]{8,64}",
		Boundary:    "token",
		Docs: []string{
			"https://docs.slack.dev/legacy/legacy-custom-integrations/legacy-custom-integrations-tokens",
			"https://docs.slack.dev/authentication/tokens",
		},
		Rotate: "https://api.slack.com/apps",
		Tags:   []string{"messaging"},
		Match: []string{
			"SLACK_TOKEN={{secret}}",
			"token: {{secret}}",
			"https://slack.com/api/auth.test?token={{secret}}",
		},
		NoMatch: []string{
			"xoxs-your-token-here",
			"xoxo-hugs-and-kisses",
			"xoxs-123456789012-123456789012-123456789012-xxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = invalid_auth",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_expired",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
				Scopes:  "header:x-oauth-scopes",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.revoke",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"revoked = true",
					},
				},
			},
			Effect: "the user has to authorise the app again",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   351,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxo-",
				},
				{
					Lit: "xoxs-",
				},
			},
			Min: 34,
			Max: 114,
		},
	},
	{
		ID:          "slack-session-token",
		Provider:    "slack",
		Title:       "Slack browser session token",
		Description: "Acts as a signed-in user in everything that the user can see, with the session cookie that belongs to it.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "xoxc-[0-9]{9,15}-[0-9]{9,15}-[0-9]{9,15}-[0-9a-f]{64}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:   "cookie",
				Regex:  "xoxd-[0-9A-Za-z%+/_=-]{100,400}",
				Within: 1000,
				Secret: true,
			},
		},
		Docs:   []string{"https://docs.slack.dev/authentication/tokens"},
		Rotate: "https://slack.com/help/articles/214613347-Sign-out-of-Slack",
		Tags:   []string{"messaging"},
		Match: []string{
			"SLACK_TOKEN={{secret}}\nSLACK_COOKIE={{cookie}}",
			"token={{secret}}&channel=C1",
			`{"token": "{{secret}}", "team": "acme"}`,
		},
		NoMatch: []string{
			"xoxc-your-token-here",
			"xoxc-123456789012-123456789012-123456789012-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"xoxc-123456789012-123456789012-123456789012-0123456789abcdef",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://slack.com/api/auth.test",
						Headers: []Pair{
							{
								Name:  "Cookie",
								Value: "d={{cookie}}",
							},
						},
						Form: []Pair{
							{
								Name:  "token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"team_id",
					},
				},
			},
			Dead: []Condition{
				{
					JSON: []string{
						"ok = false",
						"error = account_inactive",
					},
				},
				{
					JSON: []string{
						"ok = false",
						"error = token_revoked",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:user",
				Account: "json:team",
			},
		},
		Revoke: &Revoke{
			Manual: "Sign the user out of all sessions: https://slack.com/help/articles/214613347-Sign-out-of-Slack",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   405,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "xoxc-",
				},
			},
			Min: 99,
			Max: 117,
		},
	},
	{
		ID:          "slack-session-cookie",
		Provider:    "slack",
		Title:       "Slack browser session cookie",
		Description: "Keeps a user signed in to Slack; session tokens can be read with it.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "xoxd-[0-9A-Za-z%+/_=-]{100,400}",
		Boundary:    "token",
		Digits:      2,
		Docs:        []string{"https://slack.com/help/articles/214613347-Sign-out-of-Slack"},
		Rotate:      "https://slack.com/help/articles/214613347-Sign-out-of-Slack",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_COOKIE={{secret}}",
			"Cookie: d={{secret}}; d-s=1700000000",
			"slackdump -cookie {{secret}}",
		},
		NoMatch: []string{
			"xoxd-your-cookie",
			"xoxd-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"xoxd-tooshort0123456789",
		},
		Verify: &Verify{
			None: "a request needs a session token too",
		},
		Revoke: &Revoke{
			Manual: "Sign the user out of all sessions: https://slack.com/help/articles/214613347-Sign-out-of-Slack",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   451,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "xoxd-",
				},
			},
			Min: 105,
			Max: 405,
		},
	},
	{
		ID:          "slack-webhook",
		Provider:    "slack",
		Title:       "Slack incoming webhook",
		Description: "Posts messages to a channel under the name of an app.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `hooks\.slack(?:-gov)?\.com/services/T[0-9A-Z]{7,12}/B[0-9A-Z]{7,12}/[0-9A-Za-z]{23,25}`,
		Boundary:    "token",
		Docs:        []string{"https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_WEBHOOK_URL=https://{{secret}}",
			`slack_url: "https://{{secret}}"`,
			"curl -X POST -d @message.json https://{{secret}}",
			"- name: Notify\n  env:\n    SLACK_WEBHOOK: https://{{secret}}",
			"webhook = {{secret}}",
		},
		NoMatch: []string{
			"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
			"https://hooks.slack.com/services/YOUR/WEBHOOK/URL",
			"https://hooks.slack.com/services/T12345678/B12345678/tooshort",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{secret}}",
						Headers: []Pair{
							{
								Name:  "Content-Type",
								Value: "application/json",
							},
						},
						Body: "{}",
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						400,
					},
					Body: []string{"no_text"},
				},
				{
					Status: []int{
						400,
					},
					Body: []string{"invalid_payload"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						404,
					},
					Body: []string{"no_service"},
				},
				{
					Status: []int{
						404,
					},
					Body: []string{"no_team"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"invalid_token"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the webhook in the app's settings: https://api.slack.com/apps",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   478,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hooks.slack",
				},
			},
			RunMin: 12,
			RunMax: 16,
			Min:    66,
			Max:    82,
		},
	},
	{
		ID:          "slack-workflow-webhook",
		Provider:    "slack",
		Title:       "Slack workflow webhook",
		Description: "Starts a workflow in a workspace with the values of the caller.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `hooks\.slack(?:-gov)?\.com/workflows/[TE][0-9A-Z]{7,12}/A[0-9A-Z]{7,12}/[0-9]{15,20}/[0-9A-Za-z]{23,25}`,
		Boundary:    "token",
		Docs:        []string{"https://slack.com/help/articles/360041352714-Build-a-workflow--Create-a-workflow-that-starts-outside-of-Slack"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_WORKFLOW_URL=https://{{secret}}",
			`"url": "https://{{secret}}"`,
			"curl -d @values.json https://{{secret}}",
		},
		NoMatch: []string{
			"https://hooks.slack.com/workflows/T00000000/A00000000/000000000000000000/XXXXXXXXXXXXXXXXXXXXXXXX",
			"https://hooks.slack.com/workflows/T1/A1/1/x",
			"https://hooks.slack.com/workflows/",
		},
		Verify: &Verify{
			None: "a request would start the workflow",
		},
		Revoke: &Revoke{
			Manual: "Delete or copy the workflow in Workflow Builder, which gives it a new address",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   523,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hooks.slack",
				},
			},
			RunMin: 12,
			RunMax: 16,
			Min:    83,
			Max:    104,
		},
	},
	{
		ID:          "slack-trigger-webhook",
		Provider:    "slack",
		Title:       "Slack workflow trigger",
		Description: "Starts a workflow in a workspace with the values of the caller.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `hooks\.slack(?:-gov)?\.com/triggers/[TE][0-9A-Z]{7,12}/[0-9]{10,16}/[0-9a-f]{32}`,
		Boundary:    "token",
		Docs:        []string{"https://docs.slack.dev/tools/deno-slack-sdk/guides/creating-webhook-triggers"},
		Rotate:      "https://api.slack.com/apps",
		Tags:        []string{"messaging"},
		Match: []string{
			"SLACK_TRIGGER_URL=https://{{secret}}",
			`"url": "https://{{secret}}"`,
			"curl -d @values.json https://{{secret}}",
		},
		NoMatch: []string{
			"https://hooks.slack.com/triggers/T00000000/0000000000000/00000000000000000000000000000000",
			"https://hooks.slack.com/triggers/T12345678/1234567890123/tooshort",
			"https://hooks.slack.com/triggers/",
		},
		Verify: &Verify{
			None: "a request would start the workflow",
		},
		Revoke: &Revoke{
			Manual: "Delete the trigger and create it anew, in Workflow Builder or with the slack command",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/slack.toml",
			Line:   550,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hooks.slack",
				},
			},
			RunMin: 12,
			RunMax: 16,
			Min:    77,
			Max:    92,
		},
	},
	{
		ID:          "snowflake-access-token",
		Provider:    "snowflake",
		Title:       "Snowflake programmatic access token",
		Description: "Runs SQL as its user, within the role it was made for.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       `eyJ[0-9A-Za-z_-]{20,150}\.eyJwIjoi[0-9A-Za-z_-]{20,400}\.[0-9A-Za-z_-]{40,120}`,
		Context: []string{
			"snowflake",
			"snowsql",
			"sf_token",
			"programmatic_access_token",
		},
		Near:     100,
		Boundary: "value",
		Digits:   1,
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[0-9A-Za-z_-]{3,60}(?:\.[0-9a-z-]{2,40}){0,3}\.snowflakecomputing\.com`,
			},
		},
		Docs: []string{
			"https://docs.snowflake.com/en/user-guide/programmatic-access-tokens",
			"https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/snowflake-rest-api",
		},
		Rotate: "https://docs.snowflake.com/en/sql-reference/sql/alter-user-rotate-programmatic-access-token",
		Tags:   []string{"data"},
		Match: []string{
			`SNOWFLAKE_PAT = "{{secret}}"`,
			"SNOWFLAKE_HOST={{host}}\nSNOWFLAKE_TOKEN={{secret}}",
			`curl -H "X-Snowflake-Authorization-Token-Type: PROGRAMMATIC_ACCESS_TOKEN" -H "Authorization: Bearer {{secret}}" https://{{host}}/api/v2/databases`,
		},
		NoMatch: []string{
			"SNOWFLAKE_PAT=eyJraWQiOi...",
			"SNOWFLAKE_PAT=your-programmatic-access-token",
			"OTHER_TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/api/v2/databases",
						Headers: []Pair{
							{
								Name:  "Accept",
								Value: "application/json",
							},
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "X-Snowflake-Authorization-Token-Type",
								Value: "PROGRAMMATIC_ACCESS_TOKEN",
							},
						},
						Query: []Pair{
							{
								Name:  "showLimit",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					Body: []string{
						`"name"`,
						`"created_on"`,
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name REMOVE PROGRAMMATIC ACCESS TOKEN token; a session of the token itself may not: https://docs.snowflake.com/en/sql-reference/sql/alter-user-remove-programmatic-access-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/snowflake.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "eyJ",
				},
			},
			Min: 93,
			Max: 683,
		},
	},
	{
		ID:          "snowflake-password",
		Provider:    "snowflake",
		Title:       "Snowflake password",
		Description: "Runs SQL as its user, where no second factor or network policy stands in the way.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:snowflake|snowsql)[\t\n\r -~]{0,150}?(?i:password|passwd|pwd)\\?["']?[ \t]{0,8}(?:=|:|=>)[ \t]{0,8}\\?["']?(?P<secret>[0-9A-Za-z!#$%&*+,.:;=?@^_~-]{6,64})`,
		Boundary:    "none",
		Password:    true,
		Parts: []Part{
			{
				Name:    "account",
				Regex:   "[0-9A-Za-z_]{2,40}-[0-9A-Za-z_]{2,40}",
				Context: []string{"account"},
			},
			{
				Name:  "username",
				Regex: `(?i:user|username|login_?name)["']?[ \t]{0,8}(?:=|:|=>)[ \t]{0,8}["']?(?P<part>[0-9A-Za-z._@-]{2,60})`,
			},
		},
		Docs:   []string{"https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-connect"},
		Rotate: "https://docs.snowflake.com/en/sql-reference/sql/alter-user",
		Tags:   []string{"data"},
		Match: []string{
			"SNOWFLAKE_PASSWORD={{secret}}",
			"snowflake:\n  account: {{account}}\n  username: {{username}}\n  password: {{secret}}\n",
			"conn = snowflake.connector.connect(\n    user='{{username}}',\n    password='{{secret}}',\n    account='{{account}}')",
			`export SNOWSQL_PWD="{{secret}}"`,
		},
		NoMatch: []string{
			"SNOWFLAKE_PASSWORD=${SNOWFLAKE_PASSWORD}",
			"SNOWFLAKE_PASSWORD=password",
			`snowflake.connector.connect(user=user, password=os.environ["SNOWFLAKE_PASSWORD"])`,
			"PASSWORD={{secret}}",
		},
		Verify: &Verify{
			None: "logging in counts as an attempt and may lock the user out",
		},
		Revoke: &Revoke{
			Manual: "ALTER USER name SET PASSWORD = '...', or SET DISABLED = TRUE: https://docs.snowflake.com/en/sql-reference/sql/alter-user",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/snowflake.toml",
			Line:   40,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit:  "snowflake",
					Fold: true,
				},
				{
					Lit:  "snowsql",
					Fold: true,
				},
			},
			Min: 17,
			Max: 258,
		},
	},
	{
		ID:          "square-access-token",
		Provider:    "square",
		Title:       "Square access token",
		Description: "Takes and refunds payments for a merchant and reads its customers, within its permissions.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "EAAA[0-9A-Za-z_-]{60}",
		Boundary:    "token",
		Entropy:     4.5,
		Docs: []string{
			"https://developer.squareup.com/docs/build-basics/access-tokens",
			"https://developer.squareup.com/docs/oauth-api/receive-and-manage-tokens",
		},
		Rotate: "https://developer.squareup.com/apps",
		Match: []string{
			"SQUARE_ACCESS_TOKEN={{secret}}",
			`curl https://connect.squareup.com/v2/locations -H "Authorization: Bearer {{secret}}"`,
			`const client = new SquareClient({ token: "{{secret}}" });`,
		},
		NoMatch: []string{
			"SQUARE_ACCESS_TOKEN=EAAAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SQUARE_ACCESS_TOKEN={{secret}}0",
			"EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
			"aws-cli@sha256:eaaa000011112222333344445555666677778888999900001111222233334444",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://connect.squareup.com/v2/merchants",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"merchant"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Replace a personal token on the page of its application on https://developer.squareup.com/apps; the seller can disconnect the application of an OAuth token",
			Auth:   "client",
		},
		Position: Position{
			File:   "builtin/square.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "EAAA",
				},
			},
			Min: 64,
			Max: 64,
		},
	},
	{
		ID:          "square-personal-access-token-legacy",
		Provider:    "square",
		Title:       "Square personal access token (old form)",
		Description: "Acts for a merchant with all permissions: takes and refunds payments and reads its customers.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sq0atp-[0-9A-Za-z_-]{22}",
		Boundary:    "token",
		Docs:        []string{"https://developer.squareup.com/docs/build-basics/access-tokens"},
		Rotate:      "https://developer.squareup.com/apps",
		Match: []string{
			"SQUARE_ACCESS_TOKEN={{secret}}",
			"var accessToken = '{{secret}}';",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"SQUARE_ACCESS_TOKEN=sq0atp-your-token",
			"SQUARE_ACCESS_TOKEN={{secret}}0",
			"SQUARE_ACCESS_TOKEN=sq0atp-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://connect.squareup.com/v2/merchants",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"merchant"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Replace the token on the page of its application on https://developer.squareup.com/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/square.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sq0atp-",
				},
			},
			Min: 29,
			Max: 29,
		},
	},
	{
		ID:          "square-application-secret",
		Provider:    "square",
		Title:       "Square application secret",
		Description: "Gets and revokes the tokens of every seller who authorised an application.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sq0csp-[0-9A-Za-z_-]{43,44}",
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "application_id",
				Regex: "sq0idp-[0-9A-Za-z_-]{22}",
			},
		},
		Docs:   []string{"https://developer.squareup.com/docs/oauth-api/walkthrough"},
		Rotate: "https://developer.squareup.com/apps",
		Match: []string{
			"SQUARE_APPLICATION_ID={{application_id}}\nSQUARE_APPLICATION_SECRET={{secret}}\n",
			`private String clientSecret = "{{secret}}";`,
			"app_secret: {{secret}}",
		},
		NoMatch: []string{
			"SQUARE_APPLICATION_SECRET=sq0csp-your-secret",
			"SQUARE_APPLICATION_SECRET=x{{secret}}",
			"SQUARE_APPLICATION_ID={{application_id}}",
		},
		Verify: &Verify{
			None: "the calls that take it get or revoke tokens",
		},
		Revoke: &Revoke{
			Manual: "Replace the secret on the OAuth page of the application on https://developer.squareup.com/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/square.toml",
			Line:   73,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sq0csp-",
				},
			},
			Min: 50,
			Max: 51,
		},
	},
	{
		ID:          "square-sandbox-credential",
		Provider:    "square",
		Title:       "Square sandbox token or application secret",
		Description: "Works in Square's sandbox only, where no money moves.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       "sandbox-sq0(?:csb-[0-9A-Za-z_-]{43}|atb-[0-9A-Za-z_-]{22})",
		Boundary:    "token",
		Docs:        []string{"https://developer.squareup.com/docs/devtools/sandbox/overview"},
		Rotate:      "https://developer.squareup.com/apps",
		Match: []string{
			"sandbox_access_token: {{secret}}",
			"SQUARE_SANDBOX_SECRET={{secret}}",
			"const token = '{{secret}}';",
		},
		NoMatch: []string{
			"SQUARE_SANDBOX_SECRET=sandbox-sq0csb-your-secret",
			"SQUARE_SANDBOX_SECRET={{secret}}0",
			"SQUARE_SANDBOX_APP_ID=sandbox-sq0idb-xxxxxxxxxxxxxxxxxxxxxx",
		},
		Revoke: &Revoke{
			Manual: "Replace it on the page of its application on https://developer.squareup.com/apps",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/square.toml",
			Line:   102,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sandbox-sq0",
				},
			},
			Min: 37,
			Max: 58,
		},
	},
	{
		ID:          "stripe-secret-key",
		Provider:    "stripe",
		Title:       "Stripe secret key",
		Description: "Charges cards, pays out money and reads customers of an account, without any limit.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sk_(?:org_)?live_[0-9A-Za-z]{24,247}",
		Boundary:    "token",
		Docs:        []string{"https://docs.stripe.com/keys"},
		Rotate:      "https://dashboard.stripe.com/apikeys",
		Tags:        []string{"payment"},
		Match: []string{
			"STRIPE_SECRET_KEY={{secret}}",
			"Stripe.api_key = '{{secret}}'",
			"curl https://api.stripe.com/v1/charges -u {{secret}}:",
			"stripe:\n  secret: {{secret}}\n",
			`stripe.Key = "{{secret}}"`,
		},
		NoMatch: []string{
			"sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
			"sk_live_tooshort0123456789",
			"sk_live_your_secret_key_goes_here",
			"STRIPE_SECRET_KEY=sk_live_",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.stripe.com/v1/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"object = account"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"does not have the required permissions"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid API Key provided"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = api_key_expired"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Created: "json:created",
			},
		},
		Revoke: &Revoke{
			Manual: "Roll or delete the key: https://dashboard.stripe.com/apikeys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/stripe.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sk_",
				},
			},
			Min: 32,
			Max: 259,
		},
	},
	{
		ID:          "stripe-restricted-key",
		Provider:    "stripe",
		Title:       "Stripe restricted key",
		Description: "Does in an account what the permissions chosen for it allow, which may include moving money.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "rk_live_[0-9A-Za-z]{24,247}",
		Boundary:    "token",
		Docs:        []string{"https://docs.stripe.com/keys/restricted-api-keys"},
		Rotate:      "https://dashboard.stripe.com/apikeys",
		Tags:        []string{"payment"},
		Match: []string{
			"STRIPE_API_KEY={{secret}}",
			"const stripe = new Stripe('{{secret}}')",
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"rk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
			"rk_live_tooshort0123456789",
			"mark_live_broadcast0123456789abcd",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.stripe.com/v1/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"object = account"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"does not have the required permissions"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid API Key provided"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = api_key_expired"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Created: "json:created",
			},
		},
		Revoke: &Revoke{
			Manual: "Roll or delete the key: https://dashboard.stripe.com/apikeys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/stripe.toml",
			Line:   53,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "rk_live_",
				},
			},
			Min: 32,
			Max: 255,
		},
	},
	{
		ID:          "stripe-test-key",
		Provider:    "stripe",
		Title:       "Stripe test key",
		Description: "Works on an account's sandbox alone: test data can be read and changed, no money moved.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       "[rs]k_(?:org_)?test_[0-9A-Za-z]{24,247}",
		Boundary:    "token",
		Allow:       []string{"^sk_test_(?:4eC39HqLyjWDarjtT1|BQokikJOvBiI2HlWg|26PHem9AhJZvU623)"},
		Docs:        []string{"https://docs.stripe.com/keys"},
		Rotate:      "https://dashboard.stripe.com/test/apikeys",
		Tags:        []string{"payment"},
		Match: []string{
			"STRIPE_SECRET_KEY={{secret}}",
			`Stripe.setApiKey("{{secret}}");`,
			"stripe listen --api-key {{secret}}",
		},
		NoMatch: []string{
			"sk_test_xxxxxxxxxxxxxxxxxxxxxxxx",
			"sk_test_tooshort0123456789",
			"sk_test_...",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.stripe.com/v1/account",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"object = account"},
				},
				{
					Status: []int{
						403,
					},
					Body: []string{"does not have the required permissions"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					Body: []string{"Invalid API Key provided"},
				},
				{
					Status: []int{
						401,
					},
					JSON: []string{"error.code = api_key_expired"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:id",
				Created: "json:created",
			},
		},
		Revoke: &Revoke{
			Manual: "Roll or delete the key: https://dashboard.stripe.com/test/apikeys",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/stripe.toml",
			Line:   96,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "rk_",
				},
				{
					Lit: "sk_",
				},
			},
			Min: 32,
			Max: 259,
		},
	},
	{
		ID:          "stripe-webhook-secret",
		Provider:    "stripe",
		Title:       "Stripe webhook signing secret",
		Description: "Signs events as Stripe does, so that a shop takes made-up payments for real ones.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "whsec_(?:[0-9a-f]{64}|[0-9A-Za-z]{32})",
		Boundary:    "token",
		Docs:        []string{"https://docs.stripe.com/webhooks/signature"},
		Rotate:      "https://dashboard.stripe.com/webhooks",
		Tags:        []string{"payment"},
		Match: []string{
			"STRIPE_WEBHOOK_SECRET={{secret}}",
			"const endpointSecret = '{{secret}}';",
			"Your webhook signing secret is {{secret}} (^C to quit)",
		},
		NoMatch: []string{
			"whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"whsec_tooshort0123456789",
			"whsec_...",
		},
		Verify: &Verify{
			None: "Stripe signs with it and never receives it",
		},
		Revoke: &Revoke{
			Manual: "Roll the secret of the endpoint: https://dashboard.stripe.com/webhooks",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/stripe.toml",
			Line:   141,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "whsec_",
				},
			},
			Min: 38,
			Max: 70,
		},
	},
	{
		ID:          "supabase-access-token",
		Provider:    "supabase",
		Title:       "Supabase personal access token",
		Description: "Acts for its user in the management API: reads every project's keys, runs SQL, deletes projects.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sbp_(?:v0_|oauth_)?[0-9a-z]{40}",
		Boundary:    "token",
		Entropy:     3,
		Digits:      1,
		Docs: []string{
			"https://supabase.com/docs/reference/api/introduction",
			"https://supabase.com/docs/guides/platform/personal-access-tokens",
		},
		Rotate: "https://supabase.com/dashboard/account/tokens",
		Tags:   []string{"database"},
		Match: []string{
			"SUPABASE_ACCESS_TOKEN={{secret}}",
			"supabase login --token {{secret}}",
			"env:\n  SUPABASE_ACCESS_TOKEN: {{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.supabase.com/v1/projects`,
		},
		NoMatch: []string{
			"SUPABASE_ACCESS_TOKEN=sbp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"SUPABASE_ACCESS_TOKEN=sbp_tooshort",
			"SUPABASE_ACCESS_TOKEN=sbp_0000000000000000000000000000000000000000",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.supabase.com/v1/organizations",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					Body: []string{
						`"id"`,
						`"name"`,
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it under Account, Access tokens: https://supabase.com/dashboard/account/tokens",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/supabase.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sbp_",
				},
			},
			Min: 44,
			Max: 50,
		},
	},
	{
		ID:          "supabase-secret-key",
		Provider:    "supabase",
		Title:       "Supabase secret key",
		Description: "Reads and writes a project's database past row level security.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "sb_secret_[0-9A-Za-z_-]{22}_[0-9A-Za-z_-]{8}",
		Boundary:    "token",
		Allow:       []string{"^sb_secret_N7UND0Ug"},
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[a-z]{20}\.supabase\.(?:co|in|red)`,
			},
		},
		Docs:   []string{"https://supabase.com/docs/guides/api/api-keys"},
		Rotate: "https://supabase.com/dashboard/project/_/settings/api-keys",
		Tags:   []string{"database"},
		Match: []string{
			"SUPABASE_URL=https://{{host}}\nSUPABASE_SECRET_KEY={{secret}}",
			`createClient("https://{{host}}", "{{secret}}")`,
			`curl -H "apikey: {{secret}}" https://{{host}}/rest/v1/`,
		},
		NoMatch: []string{
			"SUPABASE_SECRET_KEY=sb_secret_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx",
			"SUPABASE_SECRET_KEY=sb_secret_tooshort",
			"SUPABASE_PUBLISHABLE_KEY=sb_publishable_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/v1/",
						Headers: []Pair{
							{
								Name:  "apikey",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"swagger"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete it under the project's settings, API keys; each secret key can be deleted on its own: https://supabase.com/dashboard/project/_/settings/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/supabase.toml",
			Line:   35,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "sb_secret_",
				},
			},
			Min: 41,
			Max: 41,
		},
	},
	{
		ID:          "supabase-service-role-key",
		Provider:    "supabase",
		Title:       "Supabase service_role key",
		Description: "Reads and writes a project's database past row level security, for years.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `eyJ[0-9A-Za-z_-]{8,200}\.eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6I[0-9A-Za-z]{27}Iiwicm9sZSI6InNlcnZpY2Vfcm9sZSI[0-9A-Za-z_-]{20,200}\.[0-9A-Za-z_-]{40,90}`,
		Boundary:    "token",
		Parts: []Part{
			{
				Name:  "host",
				Regex: `[a-z]{20}\.supabase\.(?:co|in|red)`,
			},
		},
		Docs: []string{
			"https://supabase.com/docs/guides/api/api-keys",
			"https://supabase.com/docs/guides/getting-started/migrating-to-new-api-keys",
		},
		Rotate: "https://supabase.com/dashboard/project/_/settings/jwt",
		Tags:   []string{"database"},
		Match: []string{
			"SUPABASE_SERVICE_ROLE_KEY={{secret}}",
			`const admin = createClient(url, "{{secret}}")`,
			`curl -H "apikey: {{secret}}" https://{{host}}/rest/v1/users`,
		},
		NoMatch: []string{
			"SUPABASE_SERVICE_ROLE_KEY=eyJhbGciOi...",
			"SUPABASE_SERVICE_ROLE_KEY=your-service-role-key",
			"the role in the payload is service_role",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/rest/v1/",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "apikey",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"swagger"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Move to secret keys and disable the legacy ones, or roll the JWT secret, which also ends every session: https://supabase.com/dashboard/project/_/settings/api-keys/legacy",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/supabase.toml",
			Line:   70,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ".eyJpc3MiOiJzdXBhYmFzZSIsInJlZiI6I",
					Min: 11,
					Max: 203,
				},
			},
			RunMin: 12,
			RunMax: 204,
			Min:    164,
			Max:    586,
		},
	},
	{
		ID:          "telegram-bot-token",
		Provider:    "telegram",
		Title:       "Telegram bot token",
		Description: "Controls a bot: reads what it is sent and writes in its name.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:bot)?(?P<secret>[0-9]{8,10}:AA[0-9A-Za-z_-]{33})",
		Boundary:    "token",
		Docs:        []string{"https://core.telegram.org/bots/api#authorizing-your-bot"},
		Rotate:      "https://t.me/BotFather",
		Match: []string{
			"TELEGRAM_BOT_TOKEN={{secret}}",
			"curl https://api.telegram.org/bot{{secret}}/getMe",
			`updater = Updater(token="{{secret}}")`,
			"telegram:\n  token: '{{secret}}'\n",
		},
		NoMatch: []string{
			"TELEGRAM_BOT_TOKEN=123456789:AAyour-token",
			"TELEGRAM_BOT_TOKEN={{secret}}0",
			"TELEGRAM_BOT_TOKEN=000000000:AAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"robot{{secret}}",
			"MAC 12345678:AA:BB:CC:DD:EE",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.telegram.org/bot{{secret}}/getMe",
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"ok = true",
						"result.is_bot = true",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"ok = false"},
				},
			},
			Identity: Identity{
				Owner:   "json:result.username",
				Account: "json:result.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Send /revoke to https://t.me/BotFather, which gives the bot a new token",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/telegram.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ":AA",
					Min: 8,
					Max: 13,
				},
			},
			RunMin: 9,
			RunMax: 14,
			Min:    44,
			Max:    49,
		},
	},
	{
		ID:          "terraform-api-token",
		Provider:    "terraform",
		Title:       "HCP Terraform or Terraform Enterprise API token",
		Description: "Reads state, with every secret in it, and changes the infrastructure that its user, team or organisation runs.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_-]{60,70}`,
		Boundary:    "token",
		Docs: []string{
			"https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
			"https://developer.hashicorp.com/terraform/cloud-docs/api-docs/account",
		},
		Rotate: "https://app.terraform.io/app/settings/tokens",
		Tags:   []string{"infrastructure"},
		Match: []string{
			"credentials \"app.terraform.io\" {\n  token = \"{{secret}}\"\n}",
			"TF_TOKEN_app_terraform_io={{secret}}",
			`{"credentials": {"app.terraform.io": {"token": "{{secret}}"}}}`,
			`curl --header "Authorization: Bearer {{secret}}" https://app.terraform.io/api/v2/organizations`,
		},
		NoMatch: []string{
			"xxxxxxxxxxxxxx.atlasv1.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"tooshort.atlasv1.tooshort",
			"the marker .atlasv1. stands in the middle of each token",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://app.terraform.io/api/v2/account/details",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
							{
								Name:  "Content-Type",
								Value: "application/vnd.api+json",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.id"},
				},
			},
			Identity: Identity{
				Owner:   "json:data.attributes.username",
				Account: "json:data.id",
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the token under user settings, Tokens, or under the team's or organisation's API tokens; the API wants the token's id: https://developer.hashicorp.com/terraform/cloud-docs/api-docs/user-tokens#destroy-a-user-token",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/terraform.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: ".atlasv1.",
					Min: 14,
					Max: 14,
				},
			},
			RunMin: 23,
			RunMax: 23,
			Min:    83,
			Max:    93,
		},
	},
	{
		ID:          "twilio-auth-token",
		Provider:    "twilio",
		Title:       "Twilio auth token",
		Description: "With the account SID it does everything in an account: sends messages, makes calls, reads both, buys numbers.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"twilio_auth_token",
			"twilio_token",
			"twilio_auth",
			"twilio_secret",
			"twilio_key",
			"twilio_api_key",
			"twilio_password",
			"twilio_account_token",
			"twilio_test_auth_token",
			"twilio_live_auth_token",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:  "account_sid",
				Regex: "AC[0-9a-f]{32}",
			},
		},
		Docs:   []string{"https://www.twilio.com/docs/iam/api/authtoken"},
		Rotate: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
		Match: []string{
			"TWILIO_ACCOUNT_SID={{account_sid}}\nTWILIO_AUTH_TOKEN={{secret}}\n",
			`twilio.auth_token = "{{secret}}"`,
			`export TWILIO_AUTH_TOKEN="{{secret}}"`,
			`twilioAuthToken: "{{secret}}",`,
		},
		NoMatch: []string{
			"TWILIO_AUTH_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"TWILIO_AUTH_TOKEN={{secret}}0",
			"TWILIO_ACCOUNT_SID={{account_sid}}",
			"AUTH_TOKEN={{secret}}",
			"{{secret}}  twilio-8.0.0.tgz\n{{secret}}  twilio-8.0.1.tgz\n",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.twilio.com/2010-04-01/Accounts/{{account_sid}}.json",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"sid",
						"owner_account_sid",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:friendly_name",
				Account: "json:sid",
				Created: "json:date_created",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Secondary",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Promote",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth_token"},
				},
			},
			Effect: "the account gets a new auth token at once, and all that used the old one needs it",
		},
		Position: Position{
			File:   "builtin/twilio.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "twilio-auth-token-with-sid",
		Provider:    "twilio",
		Title:       "Twilio auth token with its account SID",
		Description: "It does everything in an account: sends messages, makes calls, reads both, buys numbers.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{32}",
		Context: []string{
			"auth_token",
			"account_token",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "account_sid",
				Regex:    "AC[0-9a-f]{32}",
				Required: true,
			},
		},
		Docs:   []string{"https://www.twilio.com/docs/iam/api/authtoken"},
		Rotate: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
		Match: []string{
			"const accountSid = '{{account_sid}}';\nconst authToken = '{{secret}}';\n",
			"account_sid: {{account_sid}}\nauth_token: {{secret}}\n",
			"account_sid = \"{{account_sid}}\"\nauth_token  = \"{{secret}}\"\n",
		},
		NoMatch: []string{
			`authToken = "{{secret}}"`,
			"accountSid = '{{account_sid}}'\nauthToken = 'your_auth_token'\n",
			"accountSid = '{{account_sid}}'\nauthToken = '{{secret}}0'\n",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.twilio.com/2010-04-01/Accounts/{{account_sid}}.json",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"sid",
						"owner_account_sid",
					},
				},
			},
			Identity: Identity{
				Owner:   "json:friendly_name",
				Account: "json:sid",
				Created: "json:date_created",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Secondary",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Promote",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth_token"},
				},
			},
			Effect: "the account gets a new auth token at once, and all that used the old one needs it",
		},
		Position: Position{
			File:   "builtin/twilio.toml",
			Line:   64,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "twilio-credentials",
		Provider:    "twilio",
		Title:       "Twilio account SID and auth token",
		Description: "They do everything in an account: send messages, make calls, read both, buy numbers.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `AC[0-9a-f]{32}(?::|["']\s{0,4},\s{0,4}["'])(?P<secret>[0-9a-f]{32})`,
		Context: []string{
			"twilio",
			"curl",
		},
		Near:     200,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "account_sid",
				Regex:    "AC[0-9a-f]{32}",
				Required: true,
			},
		},
		Docs:   []string{"https://www.twilio.com/docs/iam/api/authtoken"},
		Rotate: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
		Match: []string{
			"curl https://api.twilio.com/2010-04-01/Accounts.json -u {{account_sid}}:{{secret}}",
			"from twilio.rest import Client\nclient = Client(\"{{account_sid}}\", \"{{secret}}\")",
			"const client = require('twilio')('{{account_sid}}', '{{secret}}');",
			"TWILIO_CREDENTIALS={{account_sid}}:{{secret}}",
		},
		NoMatch: []string{
			"curl -u ACCOUNT_SID:AUTH_TOKEN https://api.twilio.com/2010-04-01/Accounts.json",
			`twilio.Client("{{account_sid}}", "{{secret}}0")`,
			`twilio.Client("{{account_sid}}", "your_auth_token")`,
			`twilio.Client("{{account_sid}}", "00000000000000000000000000000000")`,
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.twilio.com/2010-04-01/Accounts/{{account_sid}}.json",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"sid",
						"owner_account_sid",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"code = 20003"},
				},
			},
			Identity: Identity{
				Owner:   "json:friendly_name",
				Account: "json:sid",
				Created: "json:date_created",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Secondary",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
				{
					Request: Request{
						Method: "POST",
						URL:    "https://accounts.twilio.com/v1/AuthTokens/Promote",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic account_sid secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"auth_token"},
				},
			},
			Effect: "the account gets a new auth token at once, and all that used the old one needs it",
		},
		Position: Position{
			File:   "builtin/twilio.toml",
			Line:   116,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  67,
			Max:  77,
		},
	},
	{
		ID:          "twilio-api-key-secret",
		Provider:    "twilio",
		Title:       "Twilio API key secret",
		Description: "With the key's SID it sends messages, makes calls and reads both; a main key manages the account too.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{32}",
		Context: []string{
			"twilio",
			"api_secret",
			"api_key_secret",
			"key_secret",
		},
		Boundary: "value",
		Entropy:  4.02,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "key_sid",
				Regex:    "SK[0-9a-f]{32}",
				Required: true,
			},
			{
				Name:  "account_sid",
				Regex: "AC[0-9a-f]{32}",
			},
		},
		Docs:   []string{"https://www.twilio.com/docs/iam/api-keys"},
		Rotate: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
		Match: []string{
			"TWILIO_API_KEY={{key_sid}}\nTWILIO_API_SECRET={{secret}}\n",
			"const apiKeySid = '{{key_sid}}';\nconst apiKeySecret = '{{secret}}';\n",
			"twilio:\n  api_key: {{key_sid}}\n  api_secret: {{secret}}\n",
		},
		NoMatch: []string{
			"TWILIO_API_SECRET={{secret}}",
			"TWILIO_API_KEY={{key_sid}}\nTWILIO_API_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
			"TWILIO_API_KEY={{key_sid}}\nTWILIO_API_SECRET={{secret}}x\n",
			"TWILIO_API_KEY={{key_sid}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://verify.twilio.com/v2/Services",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic key_sid secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "PageSize",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"services",
						"meta",
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key with that SID on https://console.twilio.com/us1/account/keys-credentials/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/twilio.toml",
			Line:   171,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "twilio-api-key-credentials",
		Provider:    "twilio",
		Title:       "Twilio API key with its secret",
		Description: "Sends messages, makes calls and reads both; a main key manages the account too.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `SK[0-9a-f]{32}(?::|["']\s{0,4},\s{0,4}["'])(?P<secret>[0-9A-Za-z]{32})`,
		Context: []string{
			"twilio",
			"curl",
		},
		Near:     200,
		Boundary: "value",
		Entropy:  3.9,
		Digits:   1,
		Parts: []Part{
			{
				Name:     "key_sid",
				Regex:    "SK[0-9a-f]{32}",
				Required: true,
			},
		},
		Docs:   []string{"https://www.twilio.com/docs/iam/api-keys"},
		Rotate: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
		Match: []string{
			"curl https://verify.twilio.com/v2/Services -u {{key_sid}}:{{secret}}",
			"const client = twilio('{{key_sid}}', '{{secret}}', { accountSid });",
			"from twilio.rest import Client\nclient = Client(\"{{key_sid}}\", \"{{secret}}\", account_sid)",
		},
		NoMatch: []string{
			"curl -u API_KEY:API_SECRET https://verify.twilio.com/v2/Services",
			`twilio.Client("{{key_sid}}", "{{secret}}0", account_sid)`,
			`twilio.Client("{{key_sid}}", "your_api_key_secret", account_sid)`,
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://verify.twilio.com/v2/Services",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Basic {{basic key_sid secret}}",
							},
						},
						Query: []Pair{
							{
								Name:  "PageSize",
								Value: "1",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"services",
						"meta",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
					JSON: []string{"code = 20003"},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key with that SID on https://console.twilio.com/us1/account/keys-credentials/api-keys",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/twilio.toml",
			Line:   215,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  67,
			Max:  77,
		},
	},
	{
		ID:          "generic-ldap-url",
		Provider:    "generic",
		Title:       "LDAP URL with a password",
		Description: "Reads the directory, and writes what its user may.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:ldap|ldaps)://[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		Match: []string{
			"LDAP_URL=ldaps://cn=app:{{secret}}@ldap.corp.io:636",
			"  ldap: ldap://{{username}}:{{secret}}@{{host}}",
			"ldap://admin:{{secret}}@10.1.2.3:389/dc=corp",
		},
		NoMatch: []string{
			"ldap://user:password@localhost",
			"ldap://admin:${LDAP_PASSWORD}@ldap:389",
			"ldap://ldap.corp.io:389",
			"ldap://admin:<password>@ldap.corp.io",
		},
		Verify: &Verify{
			Protocol: "ldap",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the entry in the directory.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/url.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "ldap://",
				},
				{
					Lit: "ldaps://",
				},
			},
			Min: 13,
			Max: 347,
		},
	},
	{
		ID:          "generic-mail-url",
		Provider:    "generic",
		Title:       "mail server URL with a password",
		Description: "Sends or reads mail as its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:(?:smtp|smtps|imap|imaps|pop3|pop3s|submission)://|smtp\+[a-z]{2,12}://)[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		Match: []string{
			"MAILER_DSN=smtp://app:{{secret}}@mail.corp.io:587",
			`EMAIL_URL="smtp+tls://{{username}}:{{secret}}@{{host}}"`,
			"  imap: imaps://app:{{secret}}@10.1.2.3",
		},
		NoMatch: []string{
			"smtp://user:pass@smtp.example.com:25",
			"smtp://app:${SMTP_PASSWORD}@mail:587",
			"smtp://mail.corp.io:587",
			"smtp://app:<password>@mail.corp.io",
		},
		Verify: &Verify{
			Protocol: "smtp",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the mailbox or the sending user.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/url.toml",
			Line:   42,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "smtp://",
				},
				{
					Lit: "smtps://",
				},
				{
					Lit: "imap://",
				},
				{
					Lit: "imaps://",
				},
				{
					Lit: "pop3://",
				},
				{
					Lit: "pop3s://",
				},
				{
					Lit: "submission://",
				},
				{
					Lit: "smtp+",
				},
			},
			Min: 13,
			Max: 359,
		},
	},
	{
		ID:          "generic-ftp-url",
		Provider:    "generic",
		Title:       "FTP or SSH URL with a password",
		Description: "Reads and writes the files of its user.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?:ftp|ftps|ftpes|sftp|scp|ssh|rsync|telnet)://[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc1738#section-3.2"},
		Match: []string{
			`lftp -c "open ftp://app:{{secret}}@files.corp.io"`,
			"BACKUP_URL=sftp://{{username}}:{{secret}}@{{host}}",
			"curl -T a.zip ftp://app:{{secret}}@10.1.2.3/in/",
		},
		NoMatch: []string{
			"ftp://user:password@ftp.example.com/path",
			"sftp://app:${SFTP_PASSWORD}@files:22",
			"ftp://ftp.corp.io:21/a@b",
			"ftp://anonymous@ftp.corp.io/",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the account, or better, move it to keys.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/url.toml",
			Line:   80,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "ftp://",
				},
				{
					Lit: "ftps://",
				},
				{
					Lit: "ftpes://",
				},
				{
					Lit: "sftp://",
				},
				{
					Lit: "scp://",
				},
				{
					Lit: "ssh://",
				},
				{
					Lit: "rsync://",
				},
				{
					Lit: "telnet://",
				},
			},
			Min: 12,
			Max: 348,
		},
	},
	{
		ID:          "generic-url",
		Provider:    "generic",
		Title:       "URL with a password",
		Description: "Opens what the URL names, as its user.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       `://[0-9A-Za-z!$%&*+,.;=_~#{}-]{0,80}:(?P<secret>[0-9A-Za-z!$%&*+,.:;=@_~-]{3,256})@[0-9A-Za-z\[$%{(_*/]`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Allow:       []string{"^x-oauth-(?:basic|token)$"},
		Parts: []Part{
			{
				Name:   "username",
				Regex:  "://(?P<part>[0-9A-Za-z!$%&*+,.;=_~#-]{1,80}):",
				Within: 90,
			},
			{
				Name:   "host",
				Regex:  `@(?P<part>[0-9A-Za-z][0-9A-Za-z._-]{0,252}(?::[0-9]{2,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{2,5})?)`,
				Within: 260,
			},
		},
		Docs: []string{"https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		Match: []string{
			"git clone https://deploy:{{secret}}@git.corp.io/app.git",
			"HTTPS_PROXY=http://{{username}}:{{secret}}@{{host}}",
			`"resolved": "https://ci:{{secret}}@npm.corp.io/a.tgz"`,
			"pip install --extra-index-url https://ci:{{secret}}@pypi.corp.io/simple app",
			`url = "socks5://app:{{secret}}@10.1.2.3:1080"`,
		},
		NoMatch: []string{
			"https://user:pass@host/path",
			"https://user:{{secret}}@www.example.com/",
			"https://${USER}:${PASS}@git.corp.io/app.git",
			"http://localhost:8080/a@b",
			"https://git.corp.io:8443/@scope/a",
			"([a-z]+)://([^:]+):([^@]+)@(.+)",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the user at the host.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/url.toml",
			Line:   118,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "://",
				},
			},
			Min: 9,
			Max: 342,
		},
	},
	{
		ID:          "vault-service-token",
		Provider:    "vault",
		Title:       "HashiCorp Vault service token",
		Description: "Reads and writes what its policies allow, root tokens everything.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `hvs\.[0-9A-Za-z_-]{24,200}`,
		Boundary:    "token",
		Entropy:     3.5,
		Digits:      1,
		Parts: []Part{
			{
				Name:    "host",
				Regex:   "https?://(?P<part>[0-9A-Za-z.-]{3,253}(?::[0-9]{2,5})?)",
				Context: []string{"vault"},
			},
		},
		Docs: []string{
			"https://developer.hashicorp.com/vault/docs/concepts/tokens",
			"https://developer.hashicorp.com/vault/api-docs/auth/token",
		},
		Rotate: "https://developer.hashicorp.com/vault/docs/commands/token/create",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"export VAULT_TOKEN={{secret}}",
			"Initial Root Token: {{secret}}",
			`curl -H "X-Vault-Token: {{secret}}" https://vault.corp.io:8200/v1/secret/data/app`,
			"provider \"vault\" {\n  address = \"https://vault.corp.io:8200\"\n  token   = \"{{secret}}\"\n}",
		},
		NoMatch: []string{
			"VAULT_TOKEN=hvs.xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"VAULT_TOKEN=hvs.tooshort",
			"hvs.getConfigurationForTheCurrentUser()",
		},
		Verify: &Verify{
			None: "looking a token up counts as a use of it, and may spend one that is limited in uses",
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "POST",
						URL:    "https://{{host}}/v1/auth/token/revoke-self",
						Headers: []Pair{
							{
								Name:  "X-Vault-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						204,
					},
				},
			},
			Effect: "also revokes every token that was made with it, and their leases",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   6,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hvs.",
				},
			},
			RunMin: 4,
			RunMax: 4,
			Min:    28,
			Max:    204,
		},
	},
	{
		ID:          "vault-batch-token",
		Provider:    "vault",
		Title:       "HashiCorp Vault batch token",
		Description: "Reads and writes what its policies allow until it expires; it cannot be revoked on its own.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `hvb\.[0-9A-Za-z_-]{90,500}`,
		Boundary:    "token",
		Entropy:     3.5,
		Parts: []Part{
			{
				Name:    "host",
				Regex:   "https?://(?P<part>[0-9A-Za-z.-]{3,253}(?::[0-9]{2,5})?)",
				Context: []string{"vault"},
			},
		},
		Docs: []string{"https://developer.hashicorp.com/vault/docs/concepts/tokens"},
		Tags: []string{"secrets-manager"},
		Match: []string{
			"VAULT_TOKEN={{secret}}",
			`{"auth": {"client_token": "{{secret}}", "renewable": false}}`,
			"token                {{secret}}",
		},
		NoMatch: []string{
			"VAULT_TOKEN=hvb.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"VAULT_TOKEN=hvb.tooshort",
			"batch tokens begin with hvb.",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://{{host}}/v1/auth/token/lookup-self",
						Headers: []Pair{
							{
								Name:  "X-Vault-Token",
								Value: "{{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"data.policies"},
				},
			},
			Identity: Identity{
				Owner:   "json:data.display_name",
				Scopes:  "json:data.policies",
				Created: "json:data.issue_time",
				Expires: "json:data.expire_time",
			},
		},
		Revoke: &Revoke{
			Manual: "A batch token lives until it expires. Revoke its parent or the lease of the login: https://developer.hashicorp.com/vault/docs/concepts/tokens#batch-tokens",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   43,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hvb.",
				},
			},
			RunMin: 4,
			RunMax: 4,
			Min:    94,
			Max:    504,
		},
	},
	{
		ID:          "vault-recovery-token",
		Provider:    "vault",
		Title:       "HashiCorp Vault recovery token",
		Description: "Reads and writes Vault's storage directly while it runs in recovery mode.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `hvr\.[0-9A-Za-z]{24,130}`,
		Boundary:    "token",
		Entropy:     3.5,
		Digits:      1,
		Docs:        []string{"https://developer.hashicorp.com/vault/docs/concepts/recovery-mode"},
		Tags:        []string{"secrets-manager"},
		Match: []string{
			"VAULT_TOKEN={{secret}}",
			"vault login {{secret}}",
			"X-Vault-Token: {{secret}}",
		},
		NoMatch: []string{
			"VAULT_TOKEN=hvr.xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"VAULT_TOKEN=hvr.tooshort",
			"recovery tokens begin with hvr.",
		},
		Verify: &Verify{
			None: "it works only while the server runs in recovery mode",
		},
		Revoke: &Revoke{
			Manual: "It dies when the server leaves recovery mode: https://developer.hashicorp.com/vault/docs/concepts/recovery-mode",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   77,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "hvr.",
				},
			},
			RunMin: 4,
			RunMax: 4,
			Min:    28,
			Max:    134,
		},
	},
	{
		ID:          "vault-token-legacy",
		Provider:    "vault",
		Title:       "Vault or OpenBao token (without the hv prefix)",
		Description: "Reads and writes what its policies allow, root tokens everything.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       `(?:[sr]\.[0-9A-Za-z]{24}(?:\.[0-9A-Za-z]{5})?|b\.AAAAA[0-9A-Za-z_-]{85,300})`,
		Context: []string{
			"vault",
			"openbao",
			"bao_token",
		},
		Boundary: "value",
		Entropy:  3.5,
		Digits:   1,
		Docs: []string{
			"https://developer.hashicorp.com/vault/docs/upgrading/upgrade-to-1.0.0",
			"https://openbao.org/docs/concepts/tokens/",
		},
		Tags: []string{"secrets-manager"},
		Match: []string{
			"VAULT_TOKEN={{secret}}",
			"BAO_TOKEN: {{secret}}",
			`curl -H "X-Vault-Token: {{secret}}" http://10.0.0.7:8200/v1/sys/mounts`,
		},
		NoMatch: []string{
			"VAULT_TOKEN=s.xxxxxxxxxxxxxxxxxxxxxxxx",
			"VAULT_TOKEN=s.tooshort",
			"MY_TOKEN={{secret}}",
		},
		Verify: &Verify{
			None: "looking a token up counts as a use of it, and may spend one that is limited in uses",
		},
		Revoke: &Revoke{
			Manual: "vault token revoke or bao token revoke, or by its accessor: https://openbao.org/docs/commands/token/revoke/",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   104,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "r.",
				},
				{
					Lit: "s.",
				},
				{
					Lit: "b.AAAAA",
				},
			},
			RunMin: 2,
			RunMax: 2,
			Min:    26,
			Max:    307,
		},
	},
	{
		ID:          "vault-unseal-key",
		Provider:    "vault",
		Title:       "HashiCorp Vault unseal or recovery key",
		Description: "A share of the key that opens Vault's storage; with enough shares, so does the attacker.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "(?:Unseal|Recovery) Key [0-9]{1,2}: {1,3}(?P<secret>[0-9a-f]{64}(?:[0-9a-f]{2})?|[0-9A-Za-z+/]{43}[0-9A-Za-z+/=])",
		Boundary:    "token",
		Entropy:     3.2,
		Docs: []string{
			"https://developer.hashicorp.com/vault/docs/concepts/seal",
			"https://developer.hashicorp.com/vault/docs/commands/operator/init",
		},
		Rotate: "https://developer.hashicorp.com/vault/docs/commands/operator/rekey",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"Unseal Key 1: {{secret}}\n",
			"vault operator init\nUnseal Key 2: {{secret}}\nInitial Root Token: ...",
			"2026-01-01T00:00:00Z Recovery Key 1: {{secret}}",
		},
		NoMatch: []string{
			"Unseal Key 1: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"Unseal Key 1: tooshort",
			"Unseal Key (will be hidden):",
		},
		Verify: &Verify{
			None: "giving a share to Vault takes part in unsealing it",
		},
		Revoke: &Revoke{
			Manual: "Make new shares with vault operator rekey (in newer versions vault operator rotate-keys): https://developer.hashicorp.com/vault/docs/commands/operator/rekey",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   131,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: "Unseal Key ",
				},
				{
					Lit: "Recovery Key ",
				},
			},
			RunMin: 14,
			RunMax: 19,
			Min:    58,
			Max:    85,
		},
	},
	{
		ID:          "vault-unseal-key-json",
		Provider:    "vault",
		Title:       "HashiCorp Vault unseal keys (JSON)",
		Description: "A share of the key that opens Vault's storage; with enough shares, so does the attacker.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       `"(?:unseal_keys_b64|keys_base64|recovery_keys_b64|recovery_keys_base64)"\s{0,3}:\s{0,3}\[\s{0,20}"(?P<secret>[0-9A-Za-z+/]{43}[0-9A-Za-z+/=])"`,
		Boundary:    "none",
		Entropy:     3.5,
		Docs: []string{
			"https://developer.hashicorp.com/vault/docs/concepts/seal",
			"https://developer.hashicorp.com/vault/api-docs/system/init",
		},
		Rotate: "https://developer.hashicorp.com/vault/docs/commands/operator/rekey",
		Tags:   []string{"secrets-manager"},
		Match: []string{
			"{\n  \"unseal_keys_b64\": [\n    \"{{secret}}\"\n  ]\n}",
			`{"keys_base64":["{{secret}}"],"root_token":""}`,
			`{"recovery_keys_b64": ["{{secret}}"]}`,
		},
		NoMatch: []string{
			`{"unseal_keys_b64": []}`,
			`{"keys_base64":["tooshort"]}`,
			`{"keys": ["{{secret}}"]}`,
		},
		Verify: &Verify{
			None: "giving a share to Vault takes part in unsealing it",
		},
		Revoke: &Revoke{
			Manual: "Make new shares with vault operator rekey (in newer versions vault operator rotate-keys): https://developer.hashicorp.com/vault/docs/commands/operator/rekey",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   158,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"unseal_keys_b64"`,
				},
				{
					Lit: `"keys_base64"`,
				},
				{
					Lit: `"recovery_keys_b64"`,
				},
				{
					Lit: `"recovery_keys_base64"`,
				},
			},
			RunMin: 16,
			RunMax: 51,
			Min:    61,
			Max:    96,
		},
	},
	{
		ID:          "vault-approle-secret-id",
		Provider:    "vault",
		Title:       "HashiCorp Vault AppRole secret id",
		Description: "With the role id, which is no secret, it logs in as the application.",
		Severity:    "high",
		Confidence:  "medium",
		Regex:       "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
		Context: []string{
			"vault_secret_id",
			"vault_approle_secret_id",
			"approle_secret_id",
			"vault_role_secret_id",
		},
		Near:     24,
		Boundary: "value",
		Entropy:  3,
		Digits:   1,
		Parts: []Part{
			{
				Name:    "role_id",
				Regex:   "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
				Context: []string{"role_id"},
			},
		},
		Docs: []string{"https://developer.hashicorp.com/vault/docs/auth/approle"},
		Tags: []string{"secrets-manager"},
		Match: []string{
			"VAULT_ROLE_ID={{role_id}}\nVAULT_SECRET_ID={{secret}}",
			`approle_secret_id: "{{secret}}"`,
			"-e VAULT_APPROLE_SECRET_ID={{secret}}",
		},
		NoMatch: []string{
			"VAULT_ROLE_ID={{secret}}",
			"VAULT_SECRET_ID=00000000-0000-0000-0000-000000000000",
			"VAULT_SECRET_ID=tooshort",
		},
		Verify: &Verify{
			None: "logging in makes a token, and spends a secret id that is limited in uses",
		},
		Revoke: &Revoke{
			Manual: "vault write auth/approle/role/NAME/secret-id/destroy secret_id=... : https://developer.hashicorp.com/vault/api-docs/auth/approle#destroy-approle-secret-id",
			Auth:   "admin",
		},
		Position: Position{
			File:   "builtin/vault.toml",
			Line:   186,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  36,
			Max:  36,
		},
	},
	{
		ID:          "vercel-personal-access-token",
		Provider:    "vercel",
		Title:       "Vercel personal access token",
		Description: "Acts as its owner in the teams or projects it was made for: deploys, reads environment variables, changes domains.",
		Severity:    "critical",
		Confidence:  "high",
		Regex:       "vcp_[0-9A-Za-z]{56}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs: []string{
			"https://vercel.com/docs/rest-api#authentication",
			"https://vercel.com/changelog/new-token-formats-and-secret-scanning",
		},
		Rotate: "https://vercel.com/account/settings/tokens",
		Match: []string{
			"VERCEL_TOKEN={{secret}}",
			"vercel deploy --prod --token={{secret}}",
			`curl -H "Authorization: Bearer {{secret}}" https://api.vercel.com/v2/user`,
			"env:\n  VERCEL_TOKEN: {{secret}}\n",
		},
		NoMatch: []string{
			"VERCEL_TOKEN=vcp_your_token_here",
			"VERCEL_TOKEN={{secret}}0",
			"VERCEL_TOKEN=vcp_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.vercel.com/v2/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"user.id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						403,
					},
					JSON: []string{"error.invalidToken = true"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.username",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://api.vercel.com/v3/user/tokens/current",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   7,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "vcp_",
				},
			},
			Min: 60,
			Max: 60,
		},
	},
	{
		ID:          "vercel-integration-token",
		Provider:    "vercel",
		Title:       "Vercel integration token",
		Description: "Acts for an integration in the team or account that installed it, within its scopes.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "vci_[0-9A-Za-z]{56}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://vercel.com/docs/integrations/vercel-api-integrations"},
		Rotate:      "https://vercel.com/docs/integrations/vercel-api-integrations",
		Match: []string{
			"VERCEL_INTEGRATION_TOKEN={{secret}}",
			`{"token_type": "Bearer", "access_token": "{{secret}}"}`,
			"Authorization: Bearer {{secret}}",
		},
		NoMatch: []string{
			"VERCEL_INTEGRATION_TOKEN=vci_your_token_here",
			"VERCEL_INTEGRATION_TOKEN={{secret}}0",
			"VERCEL_INTEGRATION_TOKEN=vci_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.vercel.com/v2/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"user.id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						403,
					},
					JSON: []string{"error.invalidToken = true"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.username",
			},
		},
		Revoke: &Revoke{
			Manual: "Remove the integration, or reset its credentials in the Integrations Console of https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   50,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "vci_",
				},
			},
			Min: 60,
			Max: 60,
		},
	},
	{
		ID:          "vercel-app-token",
		Provider:    "vercel",
		Title:       "Vercel app access or refresh token",
		Description: "Acts for a user who signed in with Vercel, or gets tokens that do; the CLI keeps one too.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "(?:vca|vcr)_[0-9A-Za-z]{56}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://vercel.com/docs/sign-in-with-vercel/tokens"},
		Rotate:      "https://vercel.com/account/settings",
		Match: []string{
			`{"access_token": "{{secret}}", "token_type": "Bearer"}`,
			`{"refreshToken": "{{secret}}"}`,
			"VERCEL_TOKEN={{secret}}",
		},
		NoMatch: []string{
			"VERCEL_TOKEN=vca_your_token_here",
			"VERCEL_TOKEN={{secret}}0",
			"VERCEL_TOKEN=vcr_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.vercel.com/login/oauth/userinfo",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"sub"},
				},
			},
			Identity: Identity{
				Owner:   "json:email",
				Account: "json:sub",
			},
		},
		Revoke: &Revoke{
			Manual: "Run vercel logout, or remove the app on the page of the account's apps on https://vercel.com/account/settings",
			Auth:   "client",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   82,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "vca_",
				},
				{
					Lit: "vcr_",
				},
			},
			Min: 60,
			Max: 60,
		},
	},
	{
		ID:          "vercel-ai-gateway-key",
		Provider:    "vercel",
		Title:       "Vercel AI Gateway API key",
		Description: "Calls models through Vercel's AI Gateway at the cost of a team.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "vck_[0-9A-Za-z]{56}",
		Boundary:    "token",
		Checksum:    "crc32-base62",
		Docs:        []string{"https://vercel.com/docs/ai-gateway/authentication-and-byok/api-keys"},
		Rotate:      "https://vercel.com/d?to=%2F%5Bteam%5D%2F%7E%2Fai-gateway%2Fapi-keys",
		Match: []string{
			"AI_GATEWAY_API_KEY={{secret}}",
			`client = OpenAI(api_key="{{secret}}", base_url="https://ai-gateway.vercel.sh/v1")`,
			`curl https://ai-gateway.vercel.sh/v1/credits -H "Authorization: Bearer {{secret}}"`,
		},
		NoMatch: []string{
			"AI_GATEWAY_API_KEY=vck_your_key_here",
			"AI_GATEWAY_API_KEY={{secret}}0",
			"AI_GATEWAY_API_KEY=vck_xxxxxxxxxxxxxxxxxxxxxxxx",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://ai-gateway.vercel.sh/v1/credits",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{
						"balance",
						"total_used",
					},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						401,
					},
				},
			},
		},
		Revoke: &Revoke{
			Manual: "Delete the key under AI Gateway, API keys of its team on https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   116,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "vck_",
				},
			},
			Min: 60,
			Max: 60,
		},
	},
	{
		ID:          "vercel-token-legacy",
		Provider:    "vercel",
		Title:       "Vercel access token (before 2026)",
		Description: "Acts as its owner in the teams or projects it was made for: deploys, reads environment variables, changes domains.",
		Severity:    "critical",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{24}",
		Context: []string{
			"vercel_token",
			"vercel_api_token",
			"vercel_access_token",
			"vercel_auth_token",
			"vercel_api_key",
			"vercel_key",
			"zeit_token",
			"now_token",
		},
		Near:     12,
		Boundary: "value",
		Entropy:  3.8,
		Digits:   2,
		Docs:     []string{"https://vercel.com/docs/rest-api#authentication"},
		Rotate:   "https://vercel.com/account/settings/tokens",
		Match: []string{
			"VERCEL_TOKEN={{secret}}",
			"vercel --token {{secret}} --prod",
			"with:\n  vercel-token: {{secret}}\n",
		},
		NoMatch: []string{
			"VERCEL_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx",
			"VERCEL_TOKEN={{secret}}x",
			"VERCEL_ORG_ID={{secret}}",
			"TOKEN={{secret}}",
		},
		Verify: &Verify{
			Steps: []Step{
				{
					Request: Request{
						Method: "GET",
						URL:    "https://api.vercel.com/v2/user",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Live: []Condition{
				{
					Status: []int{
						200,
					},
					JSON: []string{"user.id"},
				},
			},
			Dead: []Condition{
				{
					Status: []int{
						403,
					},
					JSON: []string{"error.invalidToken = true"},
				},
			},
			Identity: Identity{
				Owner:   "json:user.email",
				Account: "json:user.username",
			},
		},
		Revoke: &Revoke{
			Auth: "self",
			Steps: []Step{
				{
					Request: Request{
						Method: "DELETE",
						URL:    "https://api.vercel.com/v3/user/tokens/current",
						Headers: []Pair{
							{
								Name:  "Authorization",
								Value: "Bearer {{secret}}",
							},
						},
					},
				},
			},
			Done: []Condition{
				{
					Status: []int{
						200,
						204,
					},
				},
			},
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   147,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  24,
			Max:  24,
		},
	},
	{
		ID:          "vercel-blob-read-write-token",
		Provider:    "vercel",
		Title:       "Vercel Blob read-write token",
		Description: "Reads, writes and deletes everything in a Blob store.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       "vercel_blob_rw_[0-9A-Za-z]{16}_[0-9A-Za-z]{28,34}",
		Boundary:    "token",
		Docs:        []string{"https://vercel.com/docs/vercel-blob/using-blob-sdk"},
		Rotate:      "https://vercel.com/docs/vercel-blob/using-blob-sdk",
		Match: []string{
			"BLOB_READ_WRITE_TOKEN={{secret}}",
			"const { url } = await put('a.txt', body, { access: 'public', token: '{{secret}}' });",
			`BLOB_READ_WRITE_TOKEN: "{{secret}}"`,
		},
		NoMatch: []string{
			"BLOB_READ_WRITE_TOKEN=vercel_blob_rw_your_token",
			"BLOB_READ_WRITE_TOKEN=vercel_blob_rw_xxxxxxxxxxxxxxxx",
			"token.match(/vercel_blob_rw_([^_]+)/)",
		},
		Revoke: &Revoke{
			Manual: "Rotate the token of the store under Storage on https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   193,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "vercel_blob_rw_",
				},
			},
			Min: 60,
			Max: 66,
		},
	},
	{
		ID:          "vercel-deploy-hook",
		Provider:    "vercel",
		Title:       "Vercel deploy hook",
		Description: "Starts deployments of a project, at the cost of its account.",
		Severity:    "low",
		Confidence:  "high",
		Regex:       `https://api\.vercel\.com/v1/integrations/deploy/(?:prj_[0-9A-Za-z]{24,32}|Qm[0-9A-Za-z]{44})/[0-9A-Za-z]{10}`,
		Boundary:    "token",
		Docs:        []string{"https://vercel.com/docs/deploy-hooks"},
		Rotate:      "https://vercel.com/docs/deploy-hooks",
		Match: []string{
			"VERCEL_DEPLOY_HOOK={{secret}}",
			"curl -X POST {{secret}}",
			"requests.post('{{secret}}')",
		},
		NoMatch: []string{
			"https://api.vercel.com/v1/integrations/deploy/prj_xxx/yyy",
			"https://api.vercel.com/v1/integrations/deploy/${{ env.HOOK }}",
			"url: {{secret}}0",
		},
		Verify: &Verify{
			None: "a call starts a deployment",
		},
		Revoke: &Revoke{
			Manual: "Revoke the hook under Settings, Git of the project on https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   216,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "https://api.vercel.com/v1/integrations/deploy/",
				},
			},
			RunMin: 19,
			RunMax: 19,
			Min:    85,
			Max:    103,
		},
	},
	{
		ID:          "vercel-edge-config",
		Provider:    "vercel",
		Title:       "Vercel Edge Config connection string",
		Description: "Reads all items of an Edge Config.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `https://edge-config\.vercel\.com/ecfg_[0-9a-z]{20,40}\?token=[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
		Boundary:    "token",
		Docs:        []string{"https://vercel.com/docs/edge-config/using-edge-config"},
		Rotate:      "https://vercel.com/docs/edge-config/using-edge-config",
		Match: []string{
			"EDGE_CONFIG={{secret}}",
			"const config = createClient('{{secret}}');",
			`EDGE_CONFIG: "{{secret}}"`,
		},
		NoMatch: []string{
			"EDGE_CONFIG=https://edge-config.vercel.com/ecfg_xxx?token=yyy",
			"EDGE_CONFIG=https://edge-config.vercel.com/ecfg_fake?token=fake",
			"EDGE_CONFIG={{secret}}0",
		},
		Verify: &Verify{
			None: "an answer is the content of the Edge Config itself, whose form is the owner's",
		},
		Revoke: &Revoke{
			Manual: "Delete the token on the Tokens page of the Edge Config under Storage on https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   241,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 1,
			Anchors: []Anchor{
				{
					Lit: "https://edge-config.vercel.com/ecfg_",
				},
			},
			RunMin: 27,
			RunMax: 27,
			Min:    99,
			Max:    119,
		},
	},
	{
		ID:          "vercel-automation-bypass-secret",
		Provider:    "vercel",
		Title:       "Vercel protection bypass secret",
		Description: "Opens the protected deployments of a project to whoever sends it along.",
		Severity:    "medium",
		Confidence:  "medium",
		Regex:       "[0-9A-Za-z]{32}",
		Context: []string{
			"vercel_automation_bypass_secret",
			"x_vercel_protection_bypass",
			"vercel_protection_bypass",
			"vercel_bypass_secret",
		},
		Near:     16,
		Boundary: "value",
		Entropy:  3.5,
		Digits:   1,
		Docs:     []string{"https://vercel.com/docs/deployment-protection/methods-to-bypass-deployment-protection/protection-bypass-automation"},
		Rotate:   "https://vercel.com/docs/deployment-protection/methods-to-bypass-deployment-protection/protection-bypass-automation",
		Match: []string{
			"VERCEL_AUTOMATION_BYPASS_SECRET={{secret}}",
			`curl https://acme.vercel.app/ -H "x-vercel-protection-bypass: {{secret}}"`,
			"https://acme.vercel.app/?x-vercel-protection-bypass={{secret}}",
		},
		NoMatch: []string{
			"VERCEL_AUTOMATION_BYPASS_SECRET=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
			"VERCEL_AUTOMATION_BYPASS_SECRET={{secret}}0",
			"BYPASS_SECRET={{secret}}",
		},
		Verify: &Verify{
			None: "it can be tried only at a deployment that it protects, whose address is not known",
		},
		Revoke: &Revoke{
			Manual: "Regenerate the secret under Settings, Deployment Protection of the project on https://vercel.com",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/vercel.toml",
			Line:   266,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 2,
			Min:  32,
			Max:  32,
		},
	},
	{
		ID:          "wordpress-db-password",
		Provider:    "wordpress",
		Title:       "database password of WordPress",
		Description: "Reads and writes the site's database.",
		Severity:    "high",
		Confidence:  "high",
		Regex:       `(?i:define) ?\([ \t]{0,4}["']DB_PASSWORD["'][ \t]{0,20},[ \t]{0,20}["'](?P<secret>[ !#-&(-\[\]-~]{3,128})["']`,
		Boundary:    "none",
		Password:    true,
		Generic:     true,
		Parts: []Part{
			{
				Name:  "username",
				Regex: `["']DB_USER["'][ \t]{0,20},[ \t]{0,20}["'](?P<part>[^"'\n]{1,64})["']`,
			},
			{
				Name:  "host",
				Regex: `["']DB_HOST["'][ \t]{0,20},[ \t]{0,20}["'](?P<part>[0-9A-Za-z.-]{1,253}(?::[0-9]{2,5})?)["']`,
			},
		},
		Docs: []string{"https://developer.wordpress.org/advanced-administration/wordpress/wp-config/"},
		Match: []string{
			"define('DB_PASSWORD', '{{secret}}');",
			"/** Database password */\ndefine( 'DB_PASSWORD', '{{secret}}' );",
			"define('DB_USER', '{{username}}');\ndefine('DB_PASSWORD', '{{secret}}');\ndefine('DB_HOST', '{{host}}');",
		},
		NoMatch: []string{
			"define( 'DB_PASSWORD', 'password_here' );",
			"define('DB_PASSWORD', getenv('DB_PASSWORD'));",
			"define('DB_PASSWORD', '');",
		},
		Verify: &Verify{
			None: "the host may be any, also one within a network: asking it is a login attempt there",
		},
		Revoke: &Revoke{
			Manual: "Set a new password for the database user, and in wp-config.php.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/wordpress.toml",
			Line:   4,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"DB_PASSWORD"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"DB_PASSWORD'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'DB_PASSWORD"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'DB_PASSWORD'",
					Min: 7,
					Max: 12,
				},
			},
			Min: 26,
			Max: 196,
		},
	},
	{
		ID:          "wordpress-salt",
		Provider:    "wordpress",
		Title:       "WordPress key or salt",
		Description: "Together, the eight keys and salts forge the login cookies of the site.",
		Severity:    "medium",
		Confidence:  "high",
		Regex:       `(?i:define) ?\([ \t]{0,4}["'](?:SECURE_AUTH|AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)["'][ \t]{0,20},[ \t]{0,20}["'](?P<secret>[ !#-&(-\[\]-~]{60,70})["']`,
		Boundary:    "none",
		Entropy:     4,
		Docs:        []string{"https://developer.wordpress.org/advanced-administration/wordpress/wp-config/#security-keys"},
		Rotate:      "https://api.wordpress.org/secret-key/1.1/salt/",
		Match: []string{
			"define('AUTH_KEY', '{{secret}}');",
			"define( 'NONCE_SALT',       '{{secret}}' );",
			"define('SECURE_AUTH_SALT','{{secret}}');",
		},
		NoMatch: []string{
			"define( 'AUTH_KEY', 'put your unique phrase here' );",
			"define('AUTH_KEY', getenv('AUTH_KEY'));",
			"define('LOGGED_IN_KEY', 'tooshort');",
		},
		Verify: &Verify{
			None: "it works on the site's own cookies",
		},
		Revoke: &Revoke{
			Manual: "Put new ones into wp-config.php, from https://api.wordpress.org/secret-key/1.1/salt/ ; everybody has to log in again.",
			Auth:   "self",
		},
		Position: Position{
			File:   "builtin/wordpress.toml",
			Line:   39,
			Column: 1,
		},
		Plan: &Plan{
			Wake: 3,
			Anchors: []Anchor{
				{
					Lit: `"SECURE_AUTH_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"SECURE_AUTH_KEY'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"SECURE_AUTH_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"SECURE_AUTH_SALT'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"AUTH_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"AUTH_KEY'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"AUTH_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"AUTH_SALT'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"LOGGED_IN_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"LOGGED_IN_KEY'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"LOGGED_IN_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"LOGGED_IN_SALT'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"NONCE_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"NONCE_KEY'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"NONCE_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `"NONCE_SALT'`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'SECURE_AUTH_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'SECURE_AUTH_KEY'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'SECURE_AUTH_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'SECURE_AUTH_SALT'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'AUTH_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'AUTH_KEY'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'AUTH_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'AUTH_SALT'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'LOGGED_IN_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'LOGGED_IN_KEY'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'LOGGED_IN_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'LOGGED_IN_SALT'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'NONCE_KEY"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'NONCE_KEY'",
					Min: 7,
					Max: 12,
				},
				{
					Lit: `'NONCE_SALT"`,
					Min: 7,
					Max: 12,
				},
				{
					Lit: "'NONCE_SALT'",
					Min: 7,
					Max: 12,
				},
			},
			Min: 80,
			Max: 143,
		},
	},
}
