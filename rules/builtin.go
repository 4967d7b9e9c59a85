package rules

// The rules that come with stanch are prepared when they are changed, not when stanch
// starts: builtin_rules.go holds them with their plans, laid out as the compiler puts
// them into the binary. A test fails when it is stale. Where a change of the types
// keeps the old one from compiling, put "var builtinRules []Rule" into it first.

//go:generate go run ./generate

// Builtin returns the rules that come with stanch, in order of their files' names.
// The slice is the caller's, the rules are shared.
func Builtin() []*Rule {
	set := make([]*Rule, len(builtinRules))
	for i := range builtinRules {
		set[i] = &builtinRules[i]
	}
	return set
}
