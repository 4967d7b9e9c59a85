package tomlread

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stanchsec/stanch/internal/suggest"
)

// Table is a table of a [Document]. Its methods take keys out of it: what was never
// asked for is unknown in the end. Keys that are not there give zero values.
type Table struct {
	doc    *Document
	path   []any
	values map[string]any
	taken  map[string]bool // keys asked for, there or not
	fold   bool
}

// FoldCase makes the table and all below it take keys in any letter case.
func (t *Table) FoldCase() { t.fold = true }

// take looks a key up and marks it as known.
func (t *Table) take(key string) (any, bool) {
	t.taken[key] = true
	v, ok := t.values[t.written(key)]
	return v, ok
}

// written is the key as the file has it: itself unless letter case is folded.
func (t *Table) written(key string) string {
	if _, ok := t.values[key]; !ok && t.fold {
		for _, k := range slices.Sorted(maps.Keys(t.values)) {
			if strings.EqualFold(k, key) {
				return k
			}
		}
	}
	return key
}

// Has reports whether the key is there, of whatever type, and marks it as known.
func (t *Table) Has(key string) bool {
	_, ok := t.take(key)
	return ok
}

// at is the path of a key, or of something in it, below the root.
func (t *Table) at(key string, inner ...any) []any {
	path := append(slices.Clone(t.path), t.written(key))
	return append(path, inner...)
}

// Faultf notes a fault at the value of a key; inner leads to an element within it.
func (t *Table) Faultf(key string, inner []any, format string, args ...any) {
	t.doc.Faultf(t.at(key, inner...), format, args...)
}

// Missingf notes a fault at the table itself.
func (t *Table) Missingf(format string, args ...any) { t.doc.Faultf(t.path, format, args...) }

// Place is the place of a key, or of an element within its value, line and column as in
// [Fault]; where there is no such thing, of what is nearest above. With an empty key it
// is that of the table.
func (t *Table) Place(key string, inner ...any) (line, col int) {
	if key == "" {
		return t.doc.pos.Nearest(t.path...)
	}
	return t.doc.pos.Nearest(t.at(key, inner...)...)
}

// get takes a key of type T and notes a fault if it is of another.
func get[T any](t *Table, key, want string) (T, bool) {
	var zero T
	v, ok := t.take(key)
	if !ok {
		return zero, false
	}
	if got, ok := v.(T); ok {
		return got, true
	}
	t.Faultf(key, nil, "%s must be %s, not %s", key, want, typeName(v))
	return zero, false
}

// String takes a string. Like the methods below it reports whether the key is there and
// of the right type.
func (t *Table) String(key string) (string, bool) { return get[string](t, key, "a string") }

// Bool takes true or false.
func (t *Table) Bool(key string) (value, ok bool) { return get[bool](t, key, "true or false") }

// Int takes a whole number.
func (t *Table) Int(key string) (int64, bool) { return get[int64](t, key, "a whole number") }

// Float takes a number, whole or not.
func (t *Table) Float(key string) (float64, bool) {
	if v, _ := t.take(key); v != nil {
		if i, ok := v.(int64); ok {
			return float64(i), true
		}
	}
	return get[float64](t, key, "a number")
}

// IntOrString takes a whole number, or a string of which parse makes one. A fault of
// parse becomes one of the file.
func (t *Table) IntOrString(key string, parse func(string) (int64, error)) (int64, bool) {
	v, there := t.take(key)
	if !there {
		return 0, false
	}
	switch v := v.(type) {
	case int64:
		return v, true
	case string:
		n, err := parse(v)
		if err != nil {
			t.Faultf(key, nil, "%s %v", key, err)
		}
		return n, err == nil
	}
	t.Faultf(key, nil, "%s must be a whole number or a string, not %s", key, typeName(v))
	return 0, false
}

// Strings takes an array of strings. An empty one is not nil.
func (t *Table) Strings(key string) []string {
	list, _ := get[[]any](t, key, "an array of strings")
	return t.strings(key, list)
}

// OneOrMore takes a string or an array of strings. An empty array is not nil.
func (t *Table) OneOrMore(key string) []string {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		return t.strings(key, v)
	}
	t.Faultf(key, nil, "%s must be a string or an array of strings, not %s", key, typeName(v))
	return nil
}

func (t *Table) strings(key string, list []any) []string {
	if list == nil {
		return nil
	}
	out := make([]string, 0, len(list))
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			t.Faultf(key, []any{i}, "%s must be an array of strings, but holds %s", key, typeName(v))
			return nil
		}
		out = append(out, s)
	}
	return out
}

// Inner is the path within the value of a key that [Table.OneOrMore] gave element i of.
func (t *Table) Inner(key string, i int) []any {
	if _, ok := t.values[t.written(key)].([]any); ok {
		return []any{i}
	}
	return nil
}

// Date takes a calendar date, as TOML's local date or as a string YYYY-MM-DD. It is
// midnight UTC; ok is false where the key is not there or no date.
func (t *Table) Date(key string) (date time.Time, ok bool) {
	v, there := t.take(key)
	if !there {
		return time.Time{}, false
	}
	switch v := v.(type) {
	case string:
		if date, err := time.Parse(time.DateOnly, v); err == nil {
			return date, true
		}
		t.Faultf(key, nil, "%s = %q is no date: write YYYY-MM-DD", key, v)
		return time.Time{}, false
	case time.Time:
		if v.Location().String() == localDate {
			return time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC), true
		}
	}
	t.Faultf(key, nil, "%s must be a date, YYYY-MM-DD, not %s", key, typeName(v))
	return time.Time{}, false
}

// localDate is the zone by which the decoder marks a date without a time; the
// variable that holds it is internal to the decoder.
const localDate = "date-local"

// Table takes a table, nil if it is not there.
func (t *Table) Table(key string) *Table {
	v, ok := get[map[string]any](t, key, "a table")
	if !ok {
		return nil
	}
	return &Table{doc: t.doc, path: t.at(key), values: v, taken: map[string]bool{}, fold: t.fold}
}

// Tables takes an array of tables, whether written with [[headers]] or in line.
func (t *Table) Tables(key string) []*Table {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	var list []map[string]any
	switch v := v.(type) {
	case []map[string]any:
		list = v
	case []any:
		for i, elem := range v {
			table, ok := elem.(map[string]any)
			if !ok {
				t.Faultf(key, []any{i}, "%s must be an array of tables, [[%s]], but holds %s", key, key, typeName(elem))
			}
			list = append(list, table)
		}
	default:
		t.Faultf(key, nil, "%s must be an array of tables, [[%s]], not %s", key, key, typeName(v))
	}
	var out []*Table
	for i, values := range list {
		if values != nil {
			out = append(out, &Table{doc: t.doc, path: t.at(key, i), values: values, taken: map[string]bool{}, fold: t.fold})
		}
	}
	return out
}

// Rest lists the keys that nobody took, in alphabetical order, as the file has them.
func (t *Table) Rest() []string {
	known := map[string]bool{}
	for k := range t.taken {
		known[t.written(k)] = true
	}
	var rest []string
	for k := range t.values {
		if !known[k] {
			rest = append(rest, k)
		}
	}
	slices.Sort(rest)
	return rest
}

// RejectRest notes a fault for each key that nobody took, with the known key that is
// nearest to it.
func (t *Table) RejectRest() {
	for _, key := range t.Rest() {
		line, col := t.Place(key)
		text := fmt.Sprintf("unknown key %q", key)
		if hint := suggest.DidYouMean(key, t.Known()); hint != "" {
			text += hint
		} else {
			text += "; known here: " + strings.Join(slices.Sorted(t.Known()), ", ")
		}
		t.doc.faults = append(t.doc.faults, &Fault{t.doc.File, line, col, text})
	}
}

// Known yields the keys that were asked for, in no order.
func (t *Table) Known() iter.Seq[string] { return maps.Keys(t.taken) }

// typeName names the type of a decoded value to a person.
func typeName(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case time.Time:
		switch v.Location().String() {
		case localDate:
			return "a date"
		case "time-local":
			return "a time"
		}
		return "a date with a time"
	case []any:
		return "an array"
	case []map[string]any:
		return "an array of tables"
	case map[string]any:
		return "a table"
	}
	return fmt.Sprintf("%T", v)
}
