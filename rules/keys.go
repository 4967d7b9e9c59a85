package rules

import (
	"reflect"
	"strings"
)

// knownKeys lists the keys that are known in the table which holds the given key.
// free says that the table may hold any key, or is checked elsewhere.
func knownKeys(key []string) (names []string, free bool) {
	t := reflect.TypeFor[fileTOML]()
	for _, name := range key[:len(key)-1] {
		field, ok := fieldOf(t, name)
		if !ok {
			return nil, false
		}
		t = field.Type
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return nil, true
		}
	}
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("toml"))
	}
	return names, false
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); strings.EqualFold(f.Tag.Get("toml"), name) {
			return f, true
		}
	}
	return reflect.StructField{}, false
}
