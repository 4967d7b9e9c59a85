package archive

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Terraform's states, and its states and plans as "terraform show -json" writes them, are JSON that says which values
// are sensitive: https://developer.hashicorp.com/terraform/internals/json-format. A saved plan is a zip archive
// with states in it.

// isTerraform looks for the version of Terraform, which stands near the beginning of all of them.
func isTerraform(name string, head []byte) bool {
	base := strings.ToLower(path.Base(name))
	return (path.Ext(base) == ".json" || strings.Contains(base, "tfstate")) &&
		startsObject(head) && bytes.Contains(head, []byte(`"terraform_version"`))
}

// sensitivePart is the name of the part with the sensitive values.
const sensitivePart = "sensitive values"

// openTerraform hands over what is marked as sensitive and has a name that does not tell so, as "result", a value a
// line behind the address of its resource, as secrets; and the rest of the file where it stands.
func openTerraform(w *walk, in *input) error {
	data, ok, err := w.whole(in, maxJSON)
	if err != nil || !ok {
		return w.asText(in, data, err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		return w.asText(in, data, nil)
	}
	s := sensitive{labels: map[string]string{}}
	s.variables(root)
	s.walk(root, nil, "")
	var parts parts
	rest, err := takeStrings(data, func(path []string, value string) bool {
		label, ok := s.labels[pathKey(path)]
		if ok {
			parts.add(sensitivePart, label+": secret = "+strconv.Quote(value), nil, true)
		}
		return ok
	})
	if err != nil {
		return w.asText(in, data, nil)
	}
	return w.parts(in, &parts, rest)
}

// sensitive collects the paths of sensitive strings, with what a person calls their places.
type sensitive struct{ labels map[string]string }

func pathKey(path []string) string { return strings.Join(path, "\x00") }

// mark takes in all strings of v, which stands at path.
func (s *sensitive) mark(v any, path []string, label string) {
	each(v, func(key string, v any) {
		s.mark(v, append(path[:len(path):len(path)], key), label+"."+key)
	})
	if _, ok := v.(string); ok && !tellsSecret(path) {
		s.labels[pathKey(path)] = label
	}
}

// telling are pieces of names that tell a secret.
var telling = []string{"password", "passwd", "secret", "token", "key", "credential"}

// tellsSecret reports whether the name of a value tells a secret, so that it is found where it stands.
func tellsSecret(path []string) bool {
	name := strings.ToLower(path[len(path)-1])
	return slices.ContainsFunc(telling, func(piece string) bool { return strings.Contains(name, piece) })
}

// each calls f for what is in an object or a list, with its name or index.
func each(v any, f func(key string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for key, v := range v {
			f(key, v)
		}
	case []any:
		for i, v := range v {
			f(strconv.Itoa(i), v)
		}
	}
}

// walk looks for sensitive values in v, which stands at path in what goes by label.
func (s *sensitive) walk(v any, path []string, label string) {
	if o, ok := v.(map[string]any); ok {
		label = labelOf(o, label)
		for name, marks := range map[string]string{"values": "sensitive_values", "before": "before_sensitive", "after": "after_sensitive"} {
			s.parallel(o[name], o[marks], append(path[:len(path):len(path)], name), label)
		}
		if list, ok := o["sensitive_attributes"].([]any); ok {
			for _, at := range list {
				s.attribute(o["attributes"], at, append(path[:len(path):len(path)], "attributes"), label)
			}
		}
		if o["sensitive"] == true {
			s.mark(o["value"], append(path[:len(path):len(path)], "value"), label)
		}
	}
	each(v, func(key string, v any) {
		if len(path) > 0 && path[len(path)-1] == "outputs" {
			label = "output." + key
		}
		s.walk(v, append(path[:len(path):len(path)], key), label)
	})
}

// labelOf is what o goes by: its address, or its type and name.
func labelOf(o map[string]any, otherwise string) string {
	if address, ok := o["address"].(string); ok {
		return address
	}
	kind, _ := o["type"].(string)
	name, _ := o["name"].(string)
	if kind == "" || name == "" {
		return otherwise
	}
	if module, ok := o["module"].(string); ok {
		return module + "." + kind + "." + name
	}
	return kind + "." + name
}

// parallel takes in the strings of v where marks, which has the same form, has true.
func (s *sensitive) parallel(v, marks any, path []string, label string) {
	if marks == true {
		s.mark(v, path, label)
		return
	}
	in := map[string]any{}
	each(v, func(key string, v any) { in[key] = v })
	each(marks, func(key string, marks any) {
		if v, ok := in[key]; ok {
			s.parallel(v, marks, append(path[:len(path):len(path)], key), label+"."+key)
		}
	})
}

// attribute takes in the strings of v to which the steps at lead: objects with a "type" and a "value", which is a
// name or an index.
func (s *sensitive) attribute(v, at any, path []string, label string) {
	steps, _ := at.([]any)
	for _, step := range steps {
		o, _ := step.(map[string]any)
		key, ok := o["value"].(string)
		if n, isNumber := o["value"].(float64); isNumber {
			key, ok = strconv.Itoa(int(n)), true
		}
		if typed, isObject := o["value"].(map[string]any); isObject { // with its type, for an index
			switch inner := typed["value"].(type) {
			case string:
				key, ok = inner, true
			case float64:
				key, ok = strconv.Itoa(int(inner)), true
			}
		}
		if !ok {
			return
		}
		var next any
		each(v, func(k string, v any) {
			if k == key {
				next = v
			}
		})
		if next == nil {
			return
		}
		v, path, label = next, append(path[:len(path):len(path)], key), label+"."+key
	}
	if len(steps) > 0 {
		s.mark(v, path, label)
	}
}

// variables takes in the values of the variables of a plan that its configuration calls sensitive.
func (s *sensitive) variables(root map[string]any) {
	configuration, _ := root["configuration"].(map[string]any)
	module, _ := configuration["root_module"].(map[string]any)
	declared, _ := module["variables"].(map[string]any)
	given, _ := root["variables"].(map[string]any)
	for name, v := range declared {
		if d, ok := v.(map[string]any); ok && d["sensitive"] == true {
			if g, ok := given[name].(map[string]any); ok {
				s.mark(g["value"], []string{"variables", name, "value"}, "variable."+name)
			}
		}
	}
}
