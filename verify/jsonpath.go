package verify

import (
	"encoding/json"
	"strconv"
	"strings"
)

// walk follows a path such as "repositories.0.owner.login" into decoded JSON. The
// value at its end is nil if it is null or if there is nothing.
func walk(node any, path string) any {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		switch at := node.(type) {
		case map[string]any:
			node = at[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			node = at[i]
		default:
			return nil
		}
	}
	return node
}

// scalar gives a JSON value as text; ok is false for null, objects and lists.
func scalar(node any) (text string, ok bool) {
	switch v := node.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
