package reporters

import (
	"strings"
	"time"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// made returns n characters that look random and are the same in each run. Tokens for tests
// are made, not written, so that no scanner finds any in these files.
func made(n int, seed uint64) string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
	var b strings.Builder
	for range n {
		seed = seed*6364136223846793005 + 1442695040888963407
		b.WriteByte(alphabet[(seed>>33)%uint64(len(alphabet))])
	}
	return b.String()
}

var (
	githubRule = &rules.Rule{
		ID:          "github-pat-classic",
		Provider:    "github",
		Title:       "GitHub personal access token (classic)",
		Description: "Acts as the user who made it, within the scopes chosen then.",
		Severity:    rules.Critical,
		Confidence:  rules.ConfidenceHigh,
		Checksum:    "crc32-base62",
		Docs:        []string{"https://docs.github.com/en/authentication"},
		Rotate:      "https://github.com/settings/tokens",
		Tags:        []string{"vcs"},
	}
	awsRule = &rules.Rule{
		ID:         "aws-access-key",
		Provider:   "aws",
		Title:      "AWS access key",
		Severity:   rules.High,
		Confidence: rules.ConfidenceMedium,
		Docs:       []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"},
		Tags:       []string{"cloud"},
		Revoke: &rules.Revoke{Manual: `Make the key inactive in the IAM console, see what
			breaks, then delete it.`},
	}
	pemRule = &rules.Rule{
		ID:         "private-key-pem",
		Provider:   "generic",
		Title:      "Private key (PEM)",
		Severity:   rules.High,
		Confidence: rules.ConfidenceHigh,
	}
	passwordRule = &rules.Rule{
		ID:         "generic-password",
		Provider:   "generic",
		Title:      "Password in an assignment",
		Severity:   rules.Medium,
		Confidence: rules.ConfidenceLow,
	}
	publishableRule = &rules.Rule{
		ID:         "stripe-publishable-key",
		Provider:   "stripe",
		Title:      "Stripe publishable key",
		Severity:   rules.Low,
		Confidence: rules.ConfidenceHigh,
		Rotate:     "https://dashboard.stripe.com/apikeys",
	}
)

const sampleCommit = "0123456789abcdef0123456789abcdef01234567"

// finding makes a finding of a secret that stands between before and after.
func finding(r *rules.Rule, secret detector.Secret, path string, line int, before, after string) detector.Finding {
	return detector.Finding{
		Rule:        r,
		Secret:      secret,
		Fingerprint: detector.DefaultKey.Fingerprint(r.Provider, secret),
		Confidence:  0.9,
		Reasons:     []detector.Reason{{Name: "prefix", Text: "the prefix tells its kind", Weight: 0.9}},
		Places:      []detector.Place{place(secret, path, line, before, after)},
	}
}

func place(secret detector.Secret, path string, line int, before, after string) detector.Place {
	column := len(before) + 1
	return detector.Place{
		Location: detector.Location{Path: path},
		Span: detector.Span{
			Start: int64(40*line + len(before)), End: int64(40*line + len(before) + secret.Len()),
			StartLine: line, StartColumn: column, EndLine: line, EndColumn: column + secret.Len(),
		},
		Excerpt:   before + secret.Redacted() + after,
		MarkStart: len(before),
		MarkEnd:   len(before) + len(secret.Redacted()),
	}
}

// sample has a finding of every sort. Its golden forms are in testdata.
func sample() *Report {
	token := detector.NewSecret("ghp"+"_"+made(36, 1), 4)
	github := finding(githubRule, token, "deploy/values.yml", 12, `  token: "`, `"  # used by the release job`)
	github.Confidence = 0.97
	github.Reasons = []detector.Reason{
		{Name: "checksum", Text: "the checksum is right", Weight: 0.4},
		{Name: "prefix", Text: "the prefix tells its kind", Weight: 0.3},
		{Name: "entropy", Text: "it looks random", Weight: 0.2},
		{Name: "path", Text: "the file is a test", Weight: -0.1},
	}
	github.Places[0].LineHash = "271789c17abda88f:1"
	for i, path := range []string{"deploy/values.yml", "src/[app]/client.go", "docs/naïve ünïcode.md", "b.tgz", "old.env"} {
		p := place(token, path, 3+i, "x = ", "")
		if path == "b.tgz" {
			p.Location.Members = []string{"inner.zip", "etc/config.json"}
		}
		if path == "old.env" {
			p.Location.Commit = sampleCommit
		}
		github.Places = append(github.Places, p)
	}
	github.Verification = &detector.Verification{
		State:    detector.Live,
		Reason:   "status 200",
		Checked:  time.Date(2026, 3, 1, 12, 0, 5, 0, time.UTC),
		Identity: detector.Identity{Owner: "octocat", Scopes: []string{"repo", "gist"}, Expires: "2026-12-31"},
	}

	// The same rule, not live: in SARIF a rule of its own.
	dead := finding(githubRule, detector.NewSecret("ghp"+"_"+made(36, 2), 4), "deploy/values.yml", 30, "old: ", "")
	dead.Verification = &detector.Verification{State: detector.Dead, Reason: "status 401"}

	key := detector.NewSecret(made(40, 3), 0)
	before, after := strings.Repeat("aaaa=bbbb;", 7)+"secret=", ";"+strings.Repeat("c=d;", 20)
	aws := finding(awsRule, key, "deploy/values.yml", 20, before, after)
	aws.Confidence = 0.72
	aws.Parts = []detector.Part{{
		Name:     "key id",
		Value:    detector.NewSecret("EXAMPLEKEYID", 0),
		Location: detector.Location{Path: "deploy/values.yml"},
		Span:     detector.Span{StartLine: 19, StartColumn: 5, EndLine: 19, EndColumn: 17},
	}, {
		Name:   "session token",
		Value:  detector.NewSecret(made(120, 4), 0),
		Secret: true,
		Span:   detector.Span{StartLine: 21, StartColumn: 1, EndLine: 21, EndColumn: 121},
	}}
	l := &aws.Places[0].Location
	l.Commit, l.Author, l.Email, l.Date = sampleCommit, "Jane Doe", "jane@example.com", "2026-02-03T04:05:06+01:00"

	pem := detector.NewSecret("-----BEGIN PRIVATE"+" KEY-----\n"+
		made(64, 5)+"\n"+made(64, 6)+"\n-----END PRIVATE"+" KEY-----", 0)
	private := finding(pemRule, pem, "certs/日本.pem", 1, "\tkey = ", "")
	private.Places[0].Span.EndLine, private.Places[0].Span.EndColumn = 4, 26
	private.Places[0].Decoding = []string{"base64", "gzip"}

	password := finding(passwordRule, detector.NewSecret("correct"+"horse9", 0), "certs/日本.pem", 9, "password: ", "")
	password.Confidence = 0.55
	password.Reasons = []detector.Reason{{Name: "name", Text: `it is assigned to "password"`, Weight: 0.5}}
	password.Known = true

	ignored := finding(publishableRule, detector.NewSecret("pk"+"_live_"+made(24, 7), 8), "web/index.html", 7, "Stripe('", "')")
	ignored.Suppression = &detector.Suppression{
		Kind: "inline", Reason: "meant to be public", Owner: "web", Expires: "2027-01-01",
	}

	log := finding(publishableRule, detector.NewSecret("pk"+"_live_"+made(24, 8), 8), "run 17", 900, "+ KEY=", "")
	log.Places[0].Location.Job, log.Places[0].Location.Step = "build", "npm ci"
	log.Places[0].Location.URL = "https://ci.example.com/run/17#L900"

	exit := 3
	return &Report{
		Tool: Tool{Name: "stanch", Version: "1.2.3", InfoURI: "https://github.com/stanchsec/stanch"},
		Run: Run{
			Started:    time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			Ended:      time.Date(2026, 3, 1, 12, 0, 1, 234_000_000, time.UTC),
			Targets:    []string{"."},
			Files:      1234,
			Bytes:      56_789_012,
			Rules:      62,
			Category:   "stanch/history",
			ID:         "17",
			Repository: "https://bot:" + made(20, 9) + "@github.com/example/app.git",
			Revision:   sampleCommit,
			Branch:     "main",
			Baseline:   true,
			ExitCode:   &exit,
		},
		Findings: []detector.Finding{ignored, password, private, aws, dead, github, log},
		Skipped: []Skip{
			{Location: detector.Location{Path: "run/app.sock"}, Reason: "socket"},
			{Location: detector.Location{Path: "secrets/key"}, Reason: "permission denied", Incomplete: true},
			{Location: detector.Location{Path: "dump.zip", Members: []string{"a:b.csv"}}, Reason: "encrypted", Incomplete: true},
			{Location: detector.Location{Path: "run/b.sock"}, Reason: "socket"},
		},
	}
}
