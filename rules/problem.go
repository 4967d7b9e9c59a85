package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is a mistake in a rule file.
type Problem struct {
	Position Position
	// Rule is the id of the rule, empty if the mistake is in none.
	Rule string
	// Message says what is wrong, Hint how to mend it. Hint may be empty.
	Message string
	Hint    string
	// Advice says that the rule works all the same.
	Advice bool
}

// Error gives one line: file:line:column: rule ID: message (hint).
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Position.String())
	b.WriteString(": ")
	if p.Rule != "" {
		fmt.Fprintf(&b, "rule %s: ", p.Rule)
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		fmt.Fprintf(&b, " (%s)", p.Hint)
	}
	return b.String()
}

// Problems are the mistakes of one or more rule files, as an error.
type Problems []Problem

// Error gives a line for each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// err returns the problems in order of position, or nil if there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
	})
	return ps
}
