package shape

import (
	"fmt"
	"strings"

	"github.com/dlclark/regexp2/v2"
)

// Backtracking compiles an expression with look-around, with what lead says before it.
// Named groups are written as in RE2, (?P<name>…), or as in .NET, (?<name>…). The
// engine numbers named groups behind the others: ask for them by name.
func (s *Shape) Backtracking(lead string) (*regexp2.Regexp, error) {
	re, err := regexp2.Compile(lead + "(?:" + netGroups(s.Expr) + ")")
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s.Expr, err)
	}
	return re, nil
}

// netGroups writes named groups as .NET does.
func netGroups(expr string) string {
	var b strings.Builder
	for i := 0; i < len(expr); i++ {
		switch {
		case expr[i] == '\\' && i+1 < len(expr):
			b.WriteByte(expr[i])
			i++
		case strings.HasPrefix(expr[i:], "(?P<"):
			b.WriteString("(?")
			i += len("(?P") // the < comes next
		}
		b.WriteByte(expr[i])
	}
	return b.String()
}
