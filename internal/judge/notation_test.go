package judge

import (
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/assign"
)

// trivial reports whether the first value of a name that holds the word is let go.
func trivial(t *testing.T, text, word string) bool {
	t.Helper()
	pos := strings.Index(strings.ToLower(text), word)
	found := assign.Find([]byte(text), pos, len(word), nil)
	if len(found) == 0 {
		t.Fatalf("%s: no value is found", text)
	}
	return Trivial([]byte(text), found[0])
}

func TestNotation(t *testing.T) {
	hex := strings.Repeat("3f9a", 16)
	for _, c := range []struct{ text, word string }{
		{`TOKEN_PATTERN = '^[a-z0-9]+(?:-[a-z0-9]+)*$'`, "token"},
		{`rule: key.matches("([A-Za-z0-9][-A-Za-z0-9_.]*)?")`, "key"},
		{`key_regex = "\\w+\\s*=\\s*\\d{4}"`, "key"},
		{`"minipass": "^7.0.3",`, "pass"},
		{`minipass: "npm:^5.0.0 || ^6.0.2"`, "pass"},
		{`tokenlib = ">=1.4.2"`, "token"},
		{`com.acme.token: 'acme-token-core:0.11.2'`, "token"},
		{`example.com/gopass = "v0.0.0-20210920133722-c8aef6fb66ef/go.mod"`, "pass"},
		{`key = "v2.3.1-rc.1"`, "key"},
		{`token = "sha256:` + hex + `"`, "token"},
		{`key: h1:` + strings.Repeat("aB3", 14) + `a=`, "key"},
		{`pinnedpubkey "sha256//` + hex[:43] + `="`, "key"},
		{`key_type = "ssh-ed25519"`, "key"},
		{`password_encryption = 'scram-sha-256'`, "pass"},
		{`key_algorithm: "RSA-OAEP-256"`, "key"},
		{`"token_alg": "ES384"`, "token"},
		{`missing.password=\u5bc6\u7801\u4e0d\u6b63\u786e`, "pass"},
		{`bad.password = "Ung\u00fcltiges Kennwort"`, "pass"},
		{`gpg_key: 3B4F` + `E6ACC0B21F32`, "key"},
		{`job_credentials_id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"`, "cred"},
		{`INVALID_PASSWORD_ERROR = '1b4e28ba-2fa1-11d2-883f-0016d3cca427'`, "pass"},
		{`password = :twisty`, "pass"},
		{`password = $azqt`, "pass"},
		{`export PASSWORD="$dbqpw2"`, "pass"},
		{`"clientRequestToken": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"`, "token"},
		{`"SSECustomerKeyMD5": "Zm9vYmFy` + `cXV4enl6enkwMQ=="`, "key"},
		{`key="\x00\x00\x00\x02_\x00t5"`, "key"},
		{"pass `--dbgq pry2`", "pass"},
		{`Credential=AKIDq7` + `ZkP2vX/20160628/us-west-2/s3/aws4_request`, "cred"},
		{`sessionid = 0x10007` + `ab7c550007,`, "session"},
		{`'PWD' => \&do_pwd1,`, "pwd"},
		{`org.acme.webtoken:token-coreq`, "token"},
		{`PublicKeyToken=b0` + `3f5f7f11d50a3a`, "token"},
		{`Sec-WebSocket-Key: Zm9vYmFy` + `cXV4enl6enkwMQ==`, "key"},
		{`key: AAAAB3NzaC1yc2E` + strings.Repeat("k9", 40), "key"},
	} {
		if !trivial(t, c.text, c.word) {
			t.Errorf("%s: it is judged, though its notation says what it is", c.text)
		}
	}
	for _, c := range []struct{ text, word string }{
		{`password = "a[b-` + `c]8(x)w+"`, "pass"},
		{`password = "tq|` + `w8zr"`, "pass"},
		{`password = "1.2` + `.3xYz!9"`, "pass"},
		{`password = "p0` + `0k"`, "pass"},
		{`token = "sha` + `4y7Qe19pLmW"`, "token"},
		{`password = "K\u00e4s` + `e9!x"`, "pass"},
		{`api_token = "1b4e28ba-2fa1-11d2-` + `883f-0016d3cca427"`, "token"},
		{`secret_id = "1b4e28ba-2fa1-11d2-` + `883f-0016d3cca427"`, "secret"},
		{`db.password:kqz-` + `wvx`, "pass"},
		{`password = '$azqt'`, "pass"},
		{`password = "$k4` + `zQw!9"`, "pass"},
		{`api_key = "3B4F` + `E6ACC0B21F32"`, "key"},
	} {
		if trivial(t, c.text, c.word) {
			t.Errorf("%s: it is let go without being judged", c.text)
		}
	}
}

// TestNotationDoesNotAllocate: it is asked of most values.
func TestNotationDoesNotAllocate(t *testing.T) {
	for _, s := range []string{"^[a-z]+$", "npm:^1.2.3", "aes-256-gcm", `\u4e2d\u6587`, "q7ZkP2vX" + "9mLdW4tR"} {
		if n := testing.AllocsPerRun(10, func() { notation([]byte(s)) }); n > 0 {
			t.Errorf("%q: %.0f allocations", s, n)
		}
	}
}

func BenchmarkTrivial(b *testing.B) {
	text := []byte(`  db_password = "` + "kq83hfz" + `"  # of the test server` + "\n")
	v := assign.Find(text, 5, 4, nil)[0]
	for b.Loop() {
		Trivial(text, v)
	}
}
