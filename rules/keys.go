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

// nearest returns the name that is most like word, empty if none is like it.
func nearest(word string, names []string) string {
	best, least := "", 3 // more than two changes make another word
	for _, n := range names {
		if d := distance(word, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the changes that turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
