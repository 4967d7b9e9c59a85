package sqlite

import "strings"

// columns finds the names of the columns in the statement that made a table, in the order in which rows have them:
// a table without row ids begins with those of its primary key. It returns nil if it does not find its way.
func columns(sql string) []string {
	tokens := tokenise(sql)
	open := 0
	for open < len(tokens) && !tokens[open].is("(") {
		if tokens[open].is("AS") { // made from a query, and stored as such by no version
			return nil
		}
		open++
	}
	var names, key []string
	depth := 0
	var part []token // of the list at hand
	withoutRowID := false
	for i := open; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.is("("):
			if depth++; depth == 1 {
				continue
			}
		case t.is(")"):
			depth--
		}
		if depth == 1 && t.is(",") || depth == 0 {
			name, of := definition(part)
			if name != "" {
				names = append(names, name)
			}
			key = append(key, of...)
			part = nil
			if depth == 0 {
				for j := i + 1; j+1 < len(tokens); j++ {
					withoutRowID = withoutRowID || tokens[j].is("WITHOUT") && tokens[j+1].is("ROWID")
				}
				break
			}
			continue
		}
		part = append(part, t)
	}
	if !withoutRowID {
		return names
	}
	ordered := unique(key)
	for _, n := range names {
		if !contains(ordered, n) {
			ordered = append(ordered, n)
		}
	}
	return ordered
}

// definition takes a part of the list apart: the name of a column, "" of a constraint, and the columns that it
// makes the primary key.
func definition(part []token) (name string, key []string) {
	if len(part) == 0 {
		return "", nil
	}
	constraint := false
	for _, word := range []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"} {
		constraint = constraint || part[0].is(word)
	}
	if !constraint {
		name = part[0].text
	}
	for i := 0; i+1 < len(part); i++ {
		if !part[i].is("PRIMARY") || !part[i+1].is("KEY") {
			continue
		}
		if !constraint {
			return name, []string{name}
		}
		begins := true // a column comes next
		for _, t := range part[i+2:] {
			switch {
			case t.is("("), t.is(","):
				begins = true
			case t.is(")"):
				return name, key
			case begins:
				key = append(key, t.text)
				begins = false
			}
		}
	}
	return name, key
}

func unique(list []string) (out []string) {
	for _, s := range list {
		if !contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// contains ignores the case, as SQL does.
func contains(list []string, s string) bool {
	for _, t := range list {
		if strings.EqualFold(s, t) {
			return true
		}
	}
	return false
}

// token is a word, a name in quotes or a sign.
type token struct {
	text   string
	quoted bool
}

// is reports whether t is a keyword or a sign.
func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

// tokenise cuts SQL into tokens and leaves comments out.
func tokenise(sql string) (tokens []token) {
	for len(sql) > 0 {
		c := sql[0]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			sql = sql[1:]
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
		case c == '"' || c == '\'' || c == '`' || c == '[':
			var t token
			t, sql = quoted(sql)
			tokens = append(tokens, t)
		default:
			n := 1
			for isWord(c) && n < len(sql) && isWord(sql[n]) {
				n++
			}
			tokens = append(tokens, token{text: sql[:n]})
			sql = sql[n:]
		}
	}
	return tokens
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '$' || c >= 0x80
}

// quoted takes the name in quotes that sql begins with. A quote in it is doubled.
func quoted(sql string) (token, string) {
	end := sql[0]
	if end == '[' {
		end = ']'
	}
	var b strings.Builder
	i := 1
	for ; i < len(sql); i++ {
		if sql[i] == end {
			if end == ']' || i+1 >= len(sql) || sql[i+1] != end {
				i++
				break
			}
			i++
		}
		b.WriteByte(sql[i])
	}
	return token{b.String(), true}, sql[i:]
}
