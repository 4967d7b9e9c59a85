package rules

import (
	"strings"
	"testing"
)

func TestBuiltinLintsClean(t *testing.T) {
	for _, p := range Lint(Builtin()) {
		t.Error(p)
	}
}

func TestLint(t *testing.T) {
	const revoke = "\n[rule.revoke]\nauth = \"AUTH\"\ndone = { status = [204] }\n" +
		"request = { method = \"DELETE\", url = \"https://api.acme.example/v1/keys\", headers = { Authorization = \"Basic {{VALUE}}\" } }\n"
	fill := func(auth, value string) string {
		return strings.NewReplacer("AUTH", auth, "VALUE", value).Replace(revoke)
	}
	for _, test := range []struct{ name, keys, want string }{
		{"nothing", "regex = 'ak_[0-9a-f]{32}'", ""},
		{"configured by an admin", "regex = 'ak_[0-9a-f]{32}'" + fill("admin", "admin"), ""},
		{"configured client", "regex = 'ak_[0-9a-f]{32}'" + fill("client", "basic client_id client_secret"), ""},
		{"admin without saying so", "regex = 'ak_[0-9a-f]{32}'" + fill("self", "admin"), `nothing is called "admin"`},
		{"client for an admin", "regex = 'ak_[0-9a-f]{32}'" + fill("admin", "client_id"), `nothing is called "client_id"`},
		{"an id out of a list", "regex = 'ak_[0-9a-f]{32}'\n[rule.revoke]\nauth = \"self\"\ndone = { status = [204] }\n" +
			"[[rule.revoke.step]]\nrequest = { url = \"https://api.acme.example/v1/keys\" }\nextract = { id = \"json:keys.0.id\" }\n" +
			"[[rule.revoke.step]]\nrequest = { method = \"DELETE\", url = \"https://api.acme.example/v1/keys/{{id}}\" }\n", "by its place in a list"},
		{"leading optional piece", "anchors = ['ak_']\nregex = '(?:my-)?ak_[0-9a-f]{32}'", "begins with an optional piece"},
		{"leading optional class", "regex = '[a-z]{0,3}ak_[0-9a-f]{32}'", "begins with an optional piece"},
		{"two letters", "regex = '[0-9a-f]{32}'\ncontext = ['dd']", `two letters, "dd"`},
		{"two letters and more", "regex = '[0-9a-f]{32}'\ncontext = ['dd', 'datadog']", ""},
		{"a common word", "regex = '[0-9a-f]{32}'\ncontext = ['api_key', 'token']", `the context word "token" names nobody`},
		{"a name", "regex = '[0-9a-f]{32}'\ncontext = ['railway_token']\nnamed = ['railway']", ""},
		{"a common name", "regex = '[0-9a-f]{32}'\ncontext = ['acme_token']\nnamed = ['source']", `"source" names nobody`},
		{"a name of two words", "regex = '[0-9a-f]{32}'\ncontext = ['acme_token']\nnamed = ['acme_co']", "no single word"},
		{"a name for a short value", "regex = '[0-9a-f]{12}'\ncontext = ['acme_token']\nnamed = ['acme']", "no use in this rule"},
	} {
		set, err := Parse("acme.toml", []byte("[[rule]]\nid = \"acme-key\"\ntitle = \"Acme key\"\nseverity = \"high\"\n"+
			"match = [\"{{secret}}\"]\n"+test.keys))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		got := ""
		for _, p := range Lint(set) {
			got += p.Error()
		}
		if got != "" && test.want == "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
