package livemask

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnviron(t *testing.T) {
	const value = "made-up-value"
	var got []string
	for _, v := range Environ([]string{
		"PATH=/usr/bin:/bin", "HOME=/root", "PWD=/src", "GITHUB_TOKEN=" + value, "npm_config_authtoken=" + value,
		"DB_PASSWORD=short", "DB_PASS=" + value, "MY_API_KEY=" + value, "KEYBOARD=" + value, "SSH_AUTH_SOCK=" + value,
		"ACTIONS_ID_TOKEN_REQUEST_URL=https://example.com/a?b", "SECRET_CONN=postgres://u:" + value + "@db/x",
		"AWS_ACCESS_KEY_ID=" + value, "AWS_SECRET_ACCESS_KEY=" + value, "GPG_PRIVATE_FILE=" + value,
		"TOKEN_DEFAULT=/run/secrets/token", "AUTH=disabled", "DEPLOY_KEY=/a+b" + value + "/cd==", "EMPTY_SECRET=", "NOTHING", "=C:=C:\\x",
	}) {
		got = append(got, v.Name)
	}
	want := []string{
		"GITHUB_TOKEN", "npm_config_authtoken", "DB_PASS", "MY_API_KEY", "SECRET_CONN", "AWS_SECRET_ACCESS_KEY", "DEPLOY_KEY",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
