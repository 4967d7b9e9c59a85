// Package rules says what credentials look like.
//
// A rule is a few lines of TOML: an expression, what wakes it, how grave a leak is,
// examples that prove it, and how to ask the provider about a credential and to
// revoke it. [Builtin] gives the rules that come with stanch, one file a provider
// in the folder builtin; [Load] reads others of the same form. Both return rules
// that are checked and ready for [github.com/stanchsec/stanch/detector.New].
//
// A mistake in a rule file is never passed over: Load returns [Problems], each with
// file, line and column, what is wrong, and a hint.
package rules
