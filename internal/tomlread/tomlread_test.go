package tomlread

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const sample = `name = "x"
count = 3
ratio = 2
on = true
one = "a"
many = ["a", "b"]
day = 2026-01-31
text-day = "2026-02-01"
inline = [{k = 1}, {k = 2}]
[sub]
Key = 'v'
[[item]]
id = "first"
[[item]]
id = "second"
`

func parse(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := Parse("f.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestValues(t *testing.T) {
	doc := parse(t, sample)
	r := doc.Root
	name, ok1 := r.String("name")
	count, ok2 := r.Int("count")
	ratio, ok3 := r.Float("ratio")
	on, ok4 := r.Bool("on")
	if name != "x" || count != 3 || ratio != 2 || !on || !ok1 || !ok2 || !ok3 || !ok4 {
		t.Error("wrong plain values")
	}
	double := func(s string) (int64, error) { return int64(2 * len(s)), nil }
	if n, ok := r.IntOrString("count", double); n != 3 || !ok {
		t.Errorf("the number count is %d, %t", n, ok)
	}
	if n, ok := r.IntOrString("name", double); n != 2 || !ok {
		t.Errorf("the string name gives %d, %t", n, ok)
	}
	if !slices.Equal(r.OneOrMore("one"), []string{"a"}) || !slices.Equal(r.OneOrMore("many"), []string{"a", "b"}) ||
		!slices.Equal(r.Strings("many"), []string{"a", "b"}) {
		t.Error("wrong lists")
	}
	for key, want := range map[string]string{"day": "2026-01-31", "text-day": "2026-02-01"} {
		if d, ok := r.Date(key); !ok || d.Format("2006-01-02T15:04Z07") != want+"T00:00Z" {
			t.Errorf("%s = %v, want %s at midnight UTC", key, d, want)
		}
	}
	if _, ok := r.Table("sub").String("key"); ok {
		t.Error("letter case is ignored unasked")
	}
	r.FoldCase()
	if v, ok := r.Table("SUB").String("key"); v != "v" || !ok {
		t.Error("letter case is not ignored when asked")
	}
	items := r.Tables("item")
	id, _ := items[1].String("id")
	if len(items) != 2 || id != "second" || len(r.Tables("inline")) != 2 {
		t.Error("wrong arrays of tables")
	}
	if line, col := items[1].Place("id"); line != 15 || col != 1 {
		t.Errorf("the second id is at %d:%d, want 15:1", line, col)
	}
	if line, col := items[1].Place(""); line != 14 || col != 1 {
		t.Errorf("the second item is at %d:%d, want 14:1", line, col)
	}
	for _, absent := range []string{"a", "b"} {
		_, isDate := r.Date(absent)
		_, isString := r.String(absent)
		if r.Has(absent) || isDate || isString || r.Table(absent) != nil || r.Tables(absent) != nil || r.OneOrMore(absent) != nil {
			t.Errorf("%q is not there, but has a value", absent)
		}
	}
	if rest := r.Rest(); len(rest) != 0 {
		t.Errorf("left over: %q", rest)
	}
	if err := doc.Err(); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		text string
		read func(*Table)
		want string
	}{
		{`a = "x"`, func(t *Table) { t.Int("a") }, `f.toml:1:5: a must be a whole number, not a string`},
		{`a = 1.5`, func(t *Table) { t.Int("a") }, `f.toml:1:5: a must be a whole number, not a number`},
		{`a = 1`, func(t *Table) { t.String("a") }, `f.toml:1:5: a must be a string, not a whole number`},
		{`a = 1979-05-27T07:32:00`, func(t *Table) { t.Bool("a") }, `f.toml:1:5: a must be true or false, not a date with a time`},
		{`a = true`, func(t *Table) { t.Float("a") }, `f.toml:1:5: a must be a number, not true or false`},
		{`a = []`, func(t *Table) { t.IntOrString("a", nil) }, `f.toml:1:5: a must be a whole number or a string, not an array`},
		{`a = "x"`, func(t *Table) {
			t.IntOrString("a", func(string) (int64, error) { return 0, errors.New("is odd") })
		}, `f.toml:1:5: a is odd`},
		{`a = "x"`, func(t *Table) { t.Strings("a") }, `f.toml:1:5: a must be an array of strings, not a string`},
		{`a = ["ä", 07:32:00]`, func(t *Table) { t.Strings("a") }, `f.toml:1:11: a must be an array of strings, but holds a time`},
		{`a = {b = 1}`, func(t *Table) { t.OneOrMore("a") }, `f.toml:1:5: a must be a string or an array of strings, not a table`},
		{`a = ["x", []]`, func(t *Table) { t.OneOrMore("a") }, `f.toml:1:11: a must be an array of strings, but holds an array`},
		{`a = "soon"`, func(t *Table) { t.Date("a") }, `f.toml:1:5: a = "soon" is no date: write YYYY-MM-DD`},
		{`a = 2026-01-31T00:00:00Z`, func(t *Table) { t.Date("a") }, `f.toml:1:5: a must be a date, YYYY-MM-DD, not a date with a time`},
		{"[[a]]", func(t *Table) { t.Table("a") }, `f.toml:1:3: a must be a table, not an array of tables`},
		{"[a]", func(t *Table) { t.Tables("a") }, `f.toml:1:2: a must be an array of tables, [[a]], not a table`},
		{"a = [{}, 2026-01-31]", func(t *Table) { t.Tables("a") }, `f.toml:1:10: a must be an array of tables, [[a]], but holds a date`},
		{"[[a]]\n[[a]]\nx = 1", func(t *Table) { t.Tables("a")[1].Missingf("a lacks its id") }, `f.toml:2:1: a lacks its id`},
		{"\n  cuont = 1", func(t *Table) { t.Int("count"); t.RejectRest() }, `f.toml:2:3: unknown key "cuont": did you mean "count"?`},
		{"zzz = 1", func(t *Table) { t.Int("count"); t.Int("a"); t.RejectRest() }, `f.toml:1:1: unknown key "zzz"; known here: a, count`},
		{"b = 1\na = 1", func(t *Table) { t.String("a"); t.String("b") },
			"f.toml:1:5: b must be a string, not a whole number\nf.toml:2:5: a must be a string, not a whole number"},
	} {
		doc := parse(t, test.text)
		test.read(doc.Root)
		err := doc.Err()
		if err == nil || err.Error() != test.want {
			t.Errorf("%s\ngives  %v\nwanted %s", test.text, err, test.want)
		}
		if fault := (*Fault)(nil); !errors.As(err, &fault) {
			t.Errorf("%s: the error holds no Fault", test.text)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a = 1\n  é = 2":                     `f.toml:2:3: expected '.' or '=', but got 'é'`,
		"a = \"äö\" x":                       `f.toml:1:9: expected a top-level item to end`,
		"a =":                                `f.toml:1:`,
		"a = 1\na = 2":                       `f.toml:2:6: Key 'a' has already been defined.`,
		"\xff\xfea = 1":                      `f.toml:1:`,
		"a = [[[" + strings.Repeat("[", 100): `f.toml:1:69: this is nested too deeply`,
		"a = \"\xff\"":                       `f.toml:1:`,
	} {
		_, err := Parse("f.toml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q gives %v, want %s...", text, err, want)
		}
	}
}

// FuzzParse: whatever the text, there is a document or an error within the text.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("a = ")
	f.Add("\"\\u00")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse("f", []byte(text))
		if err == nil {
			for key := range doc.Root.values {
				doc.Root.Tables(key)
				doc.Root.Date(key)
				doc.Root.OneOrMore(key)
			}
			if rest := doc.Root.Rest(); len(rest) > 0 {
				t.Errorf("left over: %q", rest)
			}
			_ = doc.Err()
			return
		}
		fault := (*Fault)(nil)
		if !errors.As(err, &fault) {
			t.Fatalf("%T is no Fault", err)
		}
		if lines := strings.Split(text, "\n"); fault.Line > len(lines) || fault.Line < 0 {
			t.Errorf("line %d of %d", fault.Line, len(lines))
		}
	})
}
