package tomlpos

import (
	"fmt"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// FuzzIndex holds the index against the decoder: what one finds in a valid text the
// other does too, and no text makes the index panic.
func FuzzIndex(f *testing.F) {
	for _, text := range []string{
		"a = 1\nb.c = 'x'\n[d]\ne = [1, [2, 3]]\n[[f]]\ng = {h = 1, i.j = 2}\n[[f]]\n[[f.k]]\n[f.k.l]\nm = true\n",
		"\ufeff\"q\\u0041\" = \"\"\"\na\\\"\"\"\"\"\"\n'l' = '''\n''''\n",
		"x = { a = 1, # c\n b = [ {c = 1}, {d = 2}, ],\n}\r\ny = 1979-05-27 07:32:00\n",
		"[ a . \"b\" ] # c\n[[a.c]]\n[a.b.d]\n",
		"a = \"\\\\\"\nb = ['''x''', \"#\", 1_000] # ]\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pos := Index([]byte(text))
		if _, _, deep := pos.TooDeep(); deep {
			return
		}
		decoded := map[string]any{}
		if !decodes(text, &decoded) {
			return
		}
		if diff := compare("", pos.root, decoded); diff != "" {
			t.Errorf("%s\nin %q", diff, text)
		}
		pos.check(t, pos.root)
	})
}

// decodes reports whether the decoder accepts text. It panics on some wrong ones.
func decodes(text string, into *map[string]any) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	_, err := toml.Decode(text, into)
	return err == nil
}

// compare says in which way a node differs from the decoded value, if it does.
func compare(path string, n *node, value any) string {
	switch v := value.(type) {
	case map[string]any:
		if len(v) != len(n.table) {
			return fmt.Sprintf("%s has %d keys, decoded %d", path, len(n.table), len(v))
		}
		for k, elem := range v {
			child := n.table[k]
			if child == nil {
				return fmt.Sprintf("%s lacks the key %q", path, k)
			}
			if diff := compare(path+"."+k, child, elem); diff != "" {
				return diff
			}
		}
	case []map[string]any:
		return compareList(path, n, v)
	case []any:
		return compareList(path, n, v)
	default:
		if len(n.table)+len(n.array) > 0 {
			return fmt.Sprintf("%s is a plain %T", path, value)
		}
	}
	return ""
}

func compareList[E any](path string, n *node, list []E) string {
	if len(list) != len(n.array) {
		return fmt.Sprintf("%s has %d elements, decoded %d", path, len(n.array), len(list))
	}
	for i, elem := range list {
		if diff := compare(fmt.Sprintf("%s[%d]", path, i), n.array[i], elem); diff != "" {
			return diff
		}
	}
	return ""
}

// check sees that every node has a place within the text that begins something.
func (p *Positions) check(t *testing.T, n *node) {
	t.Helper()
	for name, child := range n.table {
		line, col := p.place(child.key)
		rest := strings.Split(p.text, "\n")[line-1]
		if line == 1 {
			rest = strings.TrimPrefix(rest, byteOrderMark)
		}
		rest = string([]rune(rest)[col-1:])
		if !strings.HasPrefix(rest, name) && !strings.HasPrefix(rest, `"`) && !strings.HasPrefix(rest, "'") {
			t.Errorf("%q is said to stand at %d:%d, where there is %q", name, line, col, rest)
		}
		p.check(t, child)
	}
	for _, child := range n.array {
		p.check(t, child)
	}
}
