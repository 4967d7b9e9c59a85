package archive_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources/archive"
)

// byAllRules lists what all rules find, with the place.
func (r *recorder) byAllRules() (list []string) {
	d := must(detector.New(rules.Builtin()))(r.t)
	for name, text := range r.texts {
		found, err := d.Scan(r.t.Context(), detector.Document{Data: []byte(text), Location: detector.Location{Path: name}})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, f := range found {
			list = append(list, name+" "+f.Secret.Reveal())
		}
	}
	return list
}

// state is a state with a credential that is marked as sensitive and has no telling name, one that has, and one in an
// output.
func state(result, password, output string) string {
	return `{
  "version": 4,
  "terraform_version": "1.9.5",
  "outputs": {"dsn": {"value": {"inner": "` + output + `"}, "type": "string", "sensitive": true}, "url": {"value": "https://example.com"}},
  "resources": [
    {"mode": "managed", "module": "module.db", "type": "random_password", "name": "main", "instances": [
      {"attributes": {"id": "none", "length": 24, "result": "` + result + `", "list": ["a", {"deep": "` + result + `"}]},
       "sensitive_attributes": [[{"type": "get_attr", "value": "result"}],
         [{"type": "get_attr", "value": "list"}, {"type": "index", "value": {"value": 1, "type": "number"}}, {"type": "get_attr", "value": "deep"}],
         [{"type": "get_attr", "value": "none"}], []]}]},
    {"mode": "managed", "type": "aws_db_instance", "name": "x", "instances": [
      {"attributes": {"password": "` + password + `"}, "sensitive_attributes": [[{"type": "get_attr", "value": "password"}]]}]}
  ]
}
`
}

func TestTerraformState(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{}, "terraform.tfstate", []byte(state(r.secret, r.secret, r.secret)))
	r.wantFound("terraform.tfstate!sensitive values:1", "terraform.tfstate!sensitive values:2", "terraform.tfstate!sensitive values:3",
		"terraform.tfstate:12")
	r.wantSkips()
	want := `output.dsn.inner: secret = "` + r.secret + `"
module.db.random_password.main.result: secret = "` + r.secret + `"
module.db.random_password.main.list.1.deep: secret = "` + r.secret + "\""
	if text := r.texts["terraform.tfstate!sensitive values"]; text != want {
		t.Errorf("the sensitive values are %s", text)
	}

	// What no rule knows is found because it is sensitive, and only then.
	password := "qX7" + "vR2mK9" + "pL4wT8zB"
	r = newRecorder(t)
	r.expand(archive.Options{}, "terraform.tfstate", []byte(state(password, "none", "none")))
	where := "terraform.tfstate!sensitive values " + password // of the result, and of what is deep in the list
	if list := r.byAllRules(); !slices.Equal(list, []string{where, where}) {
		t.Errorf("found %q", list)
	}
	r = newRecorder(t)
	r.expand(archive.Options{}, "terraform.tfstate", []byte(strings.ReplaceAll(state(password, "none", "none"), "sensitive_attributes", "x")))
	if list := r.byAllRules(); len(list) != 0 {
		t.Errorf("found %q, which nothing marks", list)
	}
}

func TestTerraformPlan(t *testing.T) {
	r := newRecorder(t)
	plan := `{"format_version": "1.2", "terraform_version": "1.9.5",
 "variables": {"admin": {"value": "` + r.secret + `"}, "region": {"value": "eu"}},
 "planned_values": {"outputs": {"o": {"sensitive": true, "value": "` + r.secret + `"}}, "root_module": {"child_modules": [{"resources": [
  {"address": "module.a.vault.x[0]", "type": "vault", "name": "x", "values": {"data": {"a": "` + r.secret + `", "b": "plain"}}, "sensitive_values": {"data": {"a": true}}}]}]}},
 "resource_changes": [{"address": "r.y", "change": {"before": {"v": "` + r.secret + `"}, "before_sensitive": {"v": true}, "after": {"v": ["` + r.secret + `"]}, "after_sensitive": {"v": [true]}}}],
 "configuration": {"root_module": {"variables": {"admin": {"sensitive": true}, "region": {}}}}}`
	r.expand(archive.Options{}, "plan.json", []byte(plan))
	var want []string
	for _, label := range []string{"variable.admin", "output.o", "module.a.vault.x[0].data.a", "r.y.v", "r.y.v.0"} {
		want = append(want, label+`: secret = "`+r.secret+`"`)
	}
	if text := r.texts["plan.json!sensitive values"]; text != strings.Join(want, "\n") {
		t.Errorf("the sensitive values are %s", text)
	}
	r.wantSkips()
}

// TestSavedPlan is a zip archive, whose state is looked into.
func TestSavedPlan(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{}, "tfplan", makeZip(t, member{"tfplan", "\x08\x03\x12"}, member{"tfstate", state(r.secret, "none", "none")}))
	r.wantFound("tfplan!tfstate!sensitive values:2", "tfplan!tfstate!sensitive values:3")
	r.wantSkips()
}

// TestTerraformThatIsNone is looked through as text, which misses nothing that can be read.
func TestTerraformThatIsNone(t *testing.T) {
	for _, cut := range []int{2, 60} {
		r := newRecorder(t)
		text := state("none", r.secret, "none")
		r.expand(archive.Options{}, "terraform.tfstate", []byte(text[:len(text)-cut]))
		r.wantFound("terraform.tfstate:12")
	}
	r := newRecorder(t)
	r.expand(archive.Options{}, "terraform.tfstate", []byte(strings.Replace(state("none", r.secret, "none"), `"version": 4`, `"version" 4`, 1)))
	r.wantFound("terraform.tfstate:12")
	r = newRecorder(t) // marks that make no sense
	r.expand(archive.Options{}, "x.json", []byte(`{"terraform_version": 1, "sensitive_attributes": [[{"value": null}], 3, [7]], "attributes": {"a": "b"},
		"values": 3, "sensitive_values": {"x": true}, "sensitive": true, "k": "`+r.secret+`"}`))
	r.wantFound("x.json:2")
}
