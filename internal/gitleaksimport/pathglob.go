package gitleaksimport

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// Path expressions of gitleaks are looked for anywhere in the path; ours are globs. Most
// of what people write has an equal: "vendor/", "\.lock$", "(^|/)docs/", "test.*\.json".

// maxAlternatives is how many globs one expression may become.
const maxAlternatives = 64

var (
	errPathClass  = errors.New("globs cannot repeat a class or a group")
	errPathMany   = errors.New("it would take too many globs")
	errPathAnchor = errors.New("globs have nothing for an anchor or a word boundary there")
	errPathEmpty  = errors.New("it fits every path")
	errPathNever  = errors.New("it fits no path, or would take too many globs")
	errPathRoot   = errors.New("it is about absolute paths")
)

// tok is a piece of a path expression.
type tok struct {
	kind tokKind
	text string // of tokText: in the syntax of globs
}

type tokKind int

const (
	tokText  tokKind = iota // characters and classes of one character
	tokSlash                // "/"
	tokAny                  // ".*": any text, slashes too
	tokPart                 // "[^/]*": any text without a slash
	tokBegin                // "^"
	tokEnd                  // "$"
)

// pathGlobs turns a path expression into globs as the package glob reads them, for
// exclude and ignore, where a glob that fits a folder fits all in it.
func pathGlobs(expr string) ([]string, error) { return globsOf(expr, assemble) }

// ruleGlobs turns it into globs for a rule's paths, which must fit the path as a whole,
// or the name. It says whether the expression was tied to the root of the repository;
// the globs are not, since a rule does not know where the root is.
func ruleGlobs(expr string) (globs []string, rooted bool, err error) {
	globs, err = globsOf(expr, func(t []tok) []string {
		rooted = rooted || len(t) > 0 && t[0].kind == tokBegin
		return assembleWhole(t)
	})
	return globs, rooted, err
}

func globsOf(expr string, assemble func([]tok) []string) ([]string, error) {
	const wild = "*/?"
	re, err := syntax.Parse(expr, syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil, err
	}
	all, err := expand(re)
	if err != nil {
		return nil, err
	}
	var globs []string
	for _, toks := range joinStarts(all) {
		if len(toks) > 1 && toks[0].kind == tokBegin && toks[1].kind == tokSlash {
			return nil, errPathRoot
		}
		for _, g := range assemble(toks) {
			if strings.Trim(g, wild) == "" {
				return nil, errPathEmpty
			}
			if !slices.Contains(globs, g) {
				globs = append(globs, g)
			}
		}
	}
	switch {
	case len(globs) > maxAlternatives:
		return nil, errPathMany
	case len(globs) == 0:
		return nil, errPathNever
	}
	return globs, nil
}

// expand lists the ways to read an expression as a row of pieces.
func expand(re *syntax.Regexp) ([][]tok, error) {
	one := func(t ...tok) ([][]tok, error) { return [][]tok{t}, nil }
	switch re.Op {
	case syntax.OpEmptyMatch:
		return one()
	case syntax.OpLiteral:
		return one(literal(re)...)
	case syntax.OpBeginText, syntax.OpBeginLine:
		return one(tok{kind: tokBegin})
	case syntax.OpEndText, syntax.OpEndLine:
		return one(tok{kind: tokEnd})
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return one(tok{tokText, "?"})
	case syntax.OpCharClass:
		if c, ok := globClass(re); ok {
			return one(tok{tokText, c})
		}
		return nil, errPathClass
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus:
		return repeated(re)
	case syntax.OpQuest:
		all, err := expand(re.Sub[0])
		return append([][]tok{{}}, all...), err
	case syntax.OpAlternate:
		var all [][]tok
		for _, sub := range re.Sub {
			more, err := expand(sub)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return limited(all)
	case syntax.OpConcat:
		all := [][]tok{{}}
		for _, sub := range re.Sub {
			more, err := expand(sub)
			if err != nil {
				return nil, err
			}
			var next [][]tok
			for _, head := range all {
				for _, tail := range more {
					next = append(next, append(slices.Clone(head), tail...))
				}
			}
			if all, err = limited(next); err != nil {
				return nil, err
			}
		}
		return all, nil
	case syntax.OpRepeat:
		if re.Min != re.Max || re.Max > 32 {
			return nil, errPathClass
		}
		all := &syntax.Regexp{Op: syntax.OpConcat}
		for range re.Min {
			all.Sub = append(all.Sub, re.Sub[0])
		}
		return expand(all)
	}
	return nil, errPathAnchor
}

func limited(all [][]tok) ([][]tok, error) {
	if len(all) > maxAlternatives {
		return nil, errPathMany
	}
	return all, nil
}

// repeated reads ".*", ".+", "[^/]*" and "[^/]+".
func repeated(re *syntax.Regexp) ([][]tok, error) {
	sub := re.Sub[0]
	for sub.Op == syntax.OpCapture {
		sub = sub.Sub[0]
	}
	var toks []tok
	if re.Op == syntax.OpPlus {
		toks = append(toks, tok{tokText, "?"})
	}
	switch {
	case sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL:
		// Of ".+" the one character is not insisted on: it could be a slash.
		return [][]tok{{{kind: tokAny}}}, nil
	case sub.Op == syntax.OpCharClass && slices.Equal(sub.Rune, []rune{0, '/' - 1, '/' + 1, unicode.MaxRune}):
		return [][]tok{append(toks, tok{kind: tokPart})}, nil
	}
	return nil, errPathClass
}

// literal writes a literal in the syntax of globs.
func literal(re *syntax.Regexp) []tok {
	var toks []tok
	for _, r := range re.Rune {
		switch {
		case r == '/':
			toks = append(toks, tok{kind: tokSlash})
		case re.Flags&syntax.FoldCase != 0 && unicode.SimpleFold(r) != r:
			toks = append(toks, tok{tokText, "[" + string(unicode.ToLower(r)) + string(unicode.ToUpper(r)) + "]"})
		default:
			toks = append(toks, tok{tokText, globQuote(r)})
		}
	}
	return toks
}

// globQuote writes a character so that it stands for itself.
func globQuote(r rune) string {
	if strings.ContainsRune(`*?[]{}\!,`, r) {
		return `\` + string(r)
	}
	return string(r)
}

// globClass writes a class of few letters and digits as globs do. The slash is never in
// one of ours.
func globClass(re *syntax.Regexp) (string, bool) {
	if slices.Equal(re.Rune, []rune{0, '/' - 1, '/' + 1, unicode.MaxRune}) {
		return "?", true
	}
	var b strings.Builder
	for i := 0; i < len(re.Rune); i += 2 {
		lo, hi := re.Rune[i], re.Rune[i+1]
		if lo <= '/' && '/' <= hi || hi > unicode.MaxASCII {
			return "", false
		}
		for _, r := range []rune{lo, hi} {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != ' ' {
				return "", false
			}
		}
		b.WriteRune(lo)
		if hi > lo {
			b.WriteString("-" + string(hi))
		}
	}
	if b.Len() == 0 {
		return "", false
	}
	return "[" + b.String() + "]", true
}

// joinStarts turns the two readings of "(^|/)x" into the one that begins with a slash,
// which stands for the beginning of any path element.
func joinStarts(all [][]tok) [][]tok {
	var out [][]tok
	for _, t := range all {
		if len(t) > 0 && t[0].kind == tokBegin && hasSlashed(all, t[1:]) {
			continue
		}
		out = append(out, t)
	}
	return out
}

func hasSlashed(all [][]tok, rest []tok) bool {
	return slices.ContainsFunc(all, func(t []tok) bool {
		return len(t) > 0 && t[0].kind == tokSlash && slices.Equal(t[1:], rest)
	})
}

// ends strips the ends of a row of pieces and says what they were: rooted for "^",
// element for a slash, at the beginning; whole for "$", folder for a slash, at the end.
func ends(t []tok) (body []tok, rooted, element, whole, folder bool) {
	for len(t) > 0 && (t[0].kind == tokBegin || t[0].kind == tokAny) {
		rooted = t[0].kind == tokBegin
		t = t[1:]
	}
	if len(t) > 0 && t[0].kind == tokSlash && !rooted {
		element, t = true, t[1:]
	}
	for len(t) > 0 && (t[len(t)-1].kind == tokEnd || t[len(t)-1].kind == tokAny) {
		whole = t[len(t)-1].kind == tokEnd
		t = t[:len(t)-1]
	}
	if len(t) > 0 && t[len(t)-1].kind == tokSlash && !whole {
		folder, t = true, t[:len(t)-1]
	}
	return t, rooted, element, whole, folder
}

// middles writes what stands between the ends. Text that may contain slashes has two
// forms: within one path element, or over several. There is none where the pieces fit
// nothing, or where there would be too many.
func middles(body []tok) []string {
	forms := []string{""}
	extend := func(pieces ...string) {
		var next []string
		for _, f := range forms {
			for _, p := range pieces {
				next = append(next, f+p)
			}
		}
		forms = next
	}
	for i, t := range body {
		afterSlash := i > 0 && body[i-1].kind == tokSlash
		beforeSlash := i+1 < len(body) && body[i+1].kind == tokSlash
		switch {
		case t.kind == tokText:
			extend(t.text)
		case t.kind == tokSlash:
			extend("/")
		case t.kind == tokPart:
			extend("*")
		case t.kind != tokAny: // an anchor in the middle never fits
			return nil
		case len(forms) > maxAlternatives:
			return nil
		case afterSlash && beforeSlash:
			extend("*/**") // no path has two slashes in a row
		case afterSlash:
			extend("**/*")
		case beforeSlash:
			extend("*/**")
		default:
			extend("*", "*/**/*")
		}
	}
	return forms
}

// assemble writes globs that fit a folder with all in it.
func assemble(t []tok) []string {
	body, rooted, element, whole, folder := ends(t)
	var globs []string
	for _, g := range middles(body) {
		if !whole && !folder && !strings.HasSuffix(g, "*") {
			g += "*"
		}
		if !rooted && !element && !strings.HasPrefix(g, "*") {
			g = "*" + g
		}
		switch {
		case rooted:
			g = "/" + g
		case strings.Contains(g, "/"):
			g = "**/" + g
		}
		if folder {
			g += "/"
		}
		globs = append(globs, g)
	}
	return globs
}

// assembleWhole writes globs that fit the paths of files as a whole.
func assembleWhole(t []tok) []string {
	body, rooted, element, whole, folder := ends(t)
	var globs []string
	for _, g := range middles(body) {
		if !rooted && !element && !strings.HasPrefix(g, "*") {
			g = "*" + g
		}
		g = "**/" + g
		switch {
		case whole:
			globs = append(globs, g)
		case folder:
			globs = append(globs, g+"/**/*")
		default:
			g = strings.TrimSuffix(g, "*") + "*"
			globs = append(globs, g, g+"/**")
		}
	}
	return globs
}
