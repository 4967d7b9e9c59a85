package assign

import (
	"fmt"
	"strings"
	"testing"
)

// find gives the values of the first name in the text that holds the word.
func find(t *testing.T, text, word string) []string {
	t.Helper()
	pos := strings.Index(strings.ToLower(text), word)
	if pos < 0 {
		t.Fatalf("%q does not hold %q", text, word)
	}
	var out []string
	for _, v := range Find([]byte(text), pos, len(word), nil) {
		out = append(out, text[v.Start:v.End])
	}
	return out
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text, word string
		want       []string
	}{
		{`password = "hush"`, "pass", []string{"hush"}},
		{`db.password: hush`, "pass", []string{"hush"}},
		{`"password": "hush",`, "pass", []string{"hush"}},
		{`\"password\": \"hush\",`, "pass", []string{"hush"}},
		{`settings["password"] = 'hush'`, "pass", []string{"hush"}},
		{`const password: string = "hush"`, "pass", []string{"hush"}},
		{`var password string = "hush"`, "pass", []string{"hush"}},
		{`password := "hush"`, "pass", []string{"hush"}},
		{`$password .= "hush"`, "pass", []string{"hush"}},
		{`password += "hush"`, "pass", []string{"hush"}},
		{`password ||= "hush"`, "pass", []string{"hush"}},
		{`password ??= "hush"`, "pass", []string{"hush"}},
		{`PASSWORD ?= hush`, "pass", []string{"hush"}},
		{`:password => 'hush'`, "pass", []string{"hush"}},
		{`char password[] = "hush";`, "pass", []string{"hush"}},
		{`password = b"hush"`, "pass", []string{"hush"}},
		{`password = @"hush"`, "pass", []string{"hush"}},
		{`password = os.getenv("PW", "hush")`, "pass", []string{"PW", "hush"}},
		{`password = env.PW || "hush"`, "pass", []string{"env.PW", "hush"}},
		{`password = ${PW:-hush}`, "pass", []string{"hush"}},
		{`password == "hush"`, "pass", []string{"hush"}},
		{`conn.setPassword("hush");`, "pass", []string{"hush"}},
		{`set("password", "hush")`, "pass", []string{"hush"}},
		{`login(password, user)`, "pass", nil},
		{`option("--password", default="hush")`, "pass", []string{"hush"}},
		{`mysql --password=hush -u root`, "pass", []string{"hush"}},
		{`mysql --password hush -u root`, "pass", []string{"hush"}},
		{`<password>hush</password>`, "pass", []string{"hush"}},
		{`<add key="password" value="hush"/>`, "pass", []string{"hush"}},
		{`<string name="password">hush</string>`, "pass", []string{"hush"}},
		{`https://a.b/?password=hush&x=1`, "pass", []string{"hush"}},
		{`| password | hush |`, "pass", []string{"hush"}},
		{"| `password` | `hush` |", "pass", []string{"hush"}},
		{`| password | Words about it |`, "pass", nil},
		{`echo "password" | hush account`, "pass", nil},
		{`openssl rsa -passin pass:hush -in a.pem`, "pass", []string{"hush"}},
		{`ftp> pass hush1`, "pass", []string{"hush1"}},
		{`we must pass arg_32 to it`, "pass", nil},
		{`$password = $dsn->getPassword()`, "pass", nil},
		{`{"name": "password", "value": "hush"}`, "pass", []string{"hush"}},
		{"- name: PASSWORD\n  value: hush", "pass", []string{"hush"}},
		{"password =\n  'hush'", "pass", []string{"hush"}},
		{`tokens = ["a1", "b2"]`, "token", []string{"a1", "b2"}},
		{`key = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}`, "key", []string{"1, 2, 3, 4, 5, 6, 7, 8, 9"}},
		{`The password is "hush".`, "pass", []string{"hush"}},
		{`ALTER USER a IDENTIFIED BY 'hush';`, "identified", []string{"hush"}},
		{`the password of the user`, "pass", nil},
		{`password`, "pass", nil},
		{`password = `, "pass", nil},
		{`password = "never closed`, "pass", nil},
		{`key: {"name": "a"}`, "key", nil},
	} {
		if got := find(t, c.text, c.word); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: found %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWhole(t *testing.T) {
	long := strings.Repeat("a1", MaxValue)
	text := []byte(`key = "` + long + `";`)
	found := Find(text, 0, 3, nil)
	if len(found) != 1 || found[0].End-found[0].Start != MaxValue {
		t.Fatalf("found %+v, want one value cut at %d bytes", found, MaxValue)
	}
	if end := found[0].Whole(text, 1<<14); string(text[found[0].Start:end]) != long {
		t.Errorf("the whole value has %d bytes, want %d", end-found[0].Start, len(long))
	}
}

// FuzzFind holds what is found to its limits, whatever the text.
func FuzzFind(f *testing.F) {
	f.Add(`password = "x" || 'y'`, 0, 4)
	f.Add(`key=[{"a":&quot;\\\"b"`, 0, 3)
	f.Fuzz(func(t *testing.T, text string, pos, n int) {
		if pos < 0 || n < 1 || pos > len(text) || n > len(text)-pos {
			return
		}
		for _, v := range Find([]byte(text), pos, n, nil) {
			if v.Start >= v.End || v.End > len(text) || v.End-v.Start > MaxValue || v.NameStart > pos || v.NameEnd < pos+n {
				t.Errorf("%q: the value %+v is out of bounds", text, v)
			}
		}
	})
}
