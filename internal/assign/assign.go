// Package assign finds the values that a text gives to names: what stands on the right
// of an equals sign or a colon, between the quotes of an argument, behind a flag, in an
// element of XML, on the line below. It knows no language; it follows the signs that
// languages and formats of configuration share.
//
// In goes a text and the place of a word that names hold ("passw", "token"); out come
// the values that the name around the word is given, and how. Whether such a value is a
// credential is for package judge to say.
package assign

// Form is how a value is given to its name.
type Form uint8

// The forms.
const (
	Plain    Form = iota // name = value, name: value
	Compared             // name == value
	Argument             // name(value), or the name is an argument before it: f("name", "value")
	Wrapped              // name = f(value), name = a || value
	List                 // name = [value, value]
	Flag                 // --name value
	Element              // <name>value</name>
	Cell                 // | name | value |
	Sibling              // name: the name, value: the value
	Query                // ?name=value&
	Spoken               // the name is value
	forms
)

// Forms is how many there are.
const Forms = int(forms)

// Value is a value and the name it is given to, as offsets in the text.
type Value struct {
	NameStart, NameEnd int
	Start, End         int
	Form               Form
	// Quote is the quotation mark around the value, 0 if it has none.
	Quote byte
	// Index counts the values that one name is given, from 0.
	Index int
	// Next says that the value stands on a line below its name's.
	Next bool
}

// Whole is where the value ends, even if it was cut, as far as max bytes behind its
// start.
func (v Value) Whole(buf []byte, max int) int {
	if v.End-v.Start < MaxValue {
		return v.End
	}
	end := v.End
	for end < len(buf) && end-v.Start < max {
		c := buf[end]
		if c == '\n' || c == '\r' || v.Quote != 0 && c == v.Quote || v.Quote == 0 && (isBlank(c) || isQuote(c) || indexByte("<>,;&", c)) {
			break
		}
		end++
	}
	return end
}

// Limits of what is looked at, in bytes.
const (
	// MaxName is the greatest length of a name on either side of the word.
	MaxName = 40
	// MaxGap is how far behind its name a value may begin.
	MaxGap = 112
	// MaxValue is how much of a value is looked at; longer ones are cut there, see [Value.Whole].
	MaxValue = 320
	// Lead is how far before the start of a value that may lie which makes it one.
	Lead = 2*MaxName + MaxGap + tagSight
)

// tagSight is how far before its name a tag may begin.
const tagSight = 50

// maxValues is how many values one name may be given.
const maxValues = 4

// Find appends to out the values that are given to the name around buf[pos:pos+n].
func Find(buf []byte, pos, n int, out []Value) []Value {
	f := finder{buf: buf, out: out, base: len(out)}
	f.nameStart, f.nameEnd = nameAround(buf, pos, n)
	f.limit = min(len(buf), f.nameEnd+MaxGap)
	f.look()
	return f.out
}

// Name is the extent of the name around buf[pos:pos+n].
func Name(buf []byte, pos, n int) (start, end int) { return nameAround(buf, pos, n) }

func nameAround(buf []byte, pos, n int) (start, end int) {
	start, end = pos, pos+n
	for start > 0 && pos-start < MaxName && isName(buf[start-1]) {
		start--
	}
	for end < len(buf) && end-pos < MaxName && isName(buf[end]) {
		end++
	}
	for end > pos+n && (buf[end-1] == '.' || buf[end-1] == '-') { // the end of a sentence, or ->
		end--
	}
	// The letter of an escape such as \n is no part of the name behind it.
	if start > 0 && start < pos && buf[start-1] == '\\' {
		switch buf[start] {
		case 'n', 'r', 't':
			start++
		}
	}
	return start, end
}

type finder struct {
	buf                []byte
	out                []Value
	base               int
	nameStart, nameEnd int
	limit              int // behind it no value begins
	form               Form
	next               bool
}

func (f *finder) at(i int) byte {
	if i < len(f.buf) {
		return f.buf[i]
	}
	return 0
}

func (f *finder) blanks(i int) int {
	for i < f.limit && (f.buf[i] == ' ' || f.buf[i] == '\t') {
		i++
	}
	return i
}

// look follows what stands behind the name.
func (f *finder) look() {
	i := f.closers(f.nameEnd)
	blank := f.blanks(i)
	flag := f.at(f.nameStart) == '-'
	switch c := f.at(blank); c {
	case '=', ':':
		f.assignment(blank)
	case '!', '+', '?', '|', '-', '~', '.':
		switch {
		case f.at(blank+1) == '=' || c == '-' && f.at(blank+1) == '>':
			f.assignment(blank)
		case (c == '|' || c == '?') && f.at(blank+1) == c && f.at(blank+2) == '=':
			f.assignment(blank + 1)
		case c == '|' && f.at(blank+1) != '|':
			f.cell(f.blanks(blank + 1))
		}
	case '(':
		f.form = Argument
		f.quotedIn(blank + 1)
	case ',':
		f.argument(blank)
	case '>':
		if i == f.nameEnd && f.before(f.nameStart) == '<' || f.insideTag(i) {
			f.form = Element
			f.value(f.skipLine(blank + 1))
		}
	case '"', '\'', '`':
		if blank > i {
			f.form = Spoken
			f.value(blank)
		}
	case '\n', '\r', ';', '<', '}', '/':
		f.sibling(blank)
	default:
		if blank == i {
			return
		}
		switch {
		case flag:
			f.form = Flag
			if has(f.buf, blank, "pass:") { // https://docs.openssl.org/master/man1/openssl-passphrase-options/
				blank += len("pass:")
			}
			f.value(blank)
		case f.typed(blank):
		default:
			f.spoken(blank)
		}
	}
	if len(f.out) == f.base && blank > i {
		f.sibling(blank)
	}
}

// cell takes the value that the cell of a table at i holds. A bar that none follows, in a
// line that begins with none, is that of a command; several words are text for people.
func (f *finder) cell(i int) {
	start := f.nameStart
	for n := 0; start > 0 && n < MaxName && f.buf[start-1] != '\n'; n++ {
		start--
	}
	inTable := f.at(f.blanks(start)) == '|'
	end, words := i, 0
	for ; end < f.limit && f.buf[end] != '|' && f.buf[end] != '\n'; end++ {
		if c := f.buf[end]; !isBlank(c) && (end == i || isBlank(f.buf[end-1])) {
			words++
		}
	}
	if f.at(end) != '|' && !inTable && end < f.limit || words > 1 && !isQuote(f.at(i)) {
		return
	}
	f.form = Cell
	f.value(i)
}

func (f *finder) before(i int) byte {
	if i > 0 {
		return f.buf[i-1]
	}
	return 0
}

// closers passes over what closes the name itself: quotes, brackets, marks of
// Markdown, the brackets of an array's or of an empty call.
func (f *finder) closers(i int) int {
	for n := 0; n < 6 && i < f.limit; n++ {
		switch c := f.buf[i]; {
		case c == '"' || c == '\'' || c == '`' || c == ']' || c == '*' || c == '}':
			i++
		case c == '\\' && (f.at(i+1) == '"' || f.at(i+1) == '\''):
			i += 2
		case c == '\\' && f.at(i+1) == '\\' && f.at(i+2) == '\\' && f.at(i+3) == '"':
			i += 4
		case c == '(' && f.at(i+1) == ')' || c == '[' && f.at(i+1) == ']':
			i += 2
		case c == '[' && isDigit(f.at(i+1)):
			j := i + 1
			for j < f.limit && isDigit(f.buf[j]) {
				j++
			}
			if f.at(j) != ']' {
				return i
			}
			i = j + 1
		case c == ')' && i > f.nameEnd: // set("name"), d["name")
			i++
		case c == '&' && has(f.buf, i, "&quot;"):
			i += 6
		default:
			return i
		}
	}
	return i
}

// insideTag reports whether the > at i ends an opening tag of XML, such as
// <string name="token">.
func (f *finder) insideTag(i int) bool {
	for j := f.nameStart - 1; j >= 0 && f.nameStart-j < tagSight; j-- {
		switch f.buf[j] {
		case '<':
			return f.at(j+1) != '/'
		case '>', '\n':
			return false
		}
	}
	return false
}

// assignment handles the signs of an assignment or a comparison at i.
func (f *finder) assignment(i int) {
	start := i
	for i < f.limit && i-start < 3 && (f.buf[i] == '=' || f.buf[i] == ':' || indexByte("!+?~-.|", f.buf[i])) {
		i++
	}
	if f.at(i) == '>' { // =>, ->
		i++
	}
	op := string(f.buf[start:i])
	f.form = Plain
	if op == "==" || op == "===" || op == "!=" || op == "!==" || op == "=~" || op == "=="+">" {
		f.form = Compared
	}
	if op == "=" {
		if c := f.before(f.nameStart); c == '?' || c == '&' {
			f.form = Query
		}
	}
	j := f.skipLine(i)
	if op == ":" && f.annotation(j) {
		return
	}
	f.value(j)
}

// annotation handles a type between the colon and the equals sign, name: string = value.
func (f *finder) annotation(i int) bool {
	j := i
	for j < f.limit && (isAlnum(f.buf[j]) || indexByte("_.&<>[]?|*", f.buf[j]) || f.buf[j] == '\'') {
		j++
	}
	if j == i || !isLetter(f.buf[i]) && f.buf[i] != '&' && f.buf[i] != '[' {
		return false
	}
	k := f.blanks(j)
	if f.at(k) != '=' || f.at(k+1) == '=' || f.at(k+1) == '>' || k == j && !f.typeName(i, j) {
		return false
	}
	f.value(f.skipLine(k + 1))
	return true
}

// typeName reports whether buf[i:j] is written like a type, to tell "a:b=c" from "a:string=c".
func (f *finder) typeName(i, j int) bool {
	switch string(f.buf[i:j]) {
	case "string", "String", "str", "any", "char", "text", "NSString":
		return true
	}
	return false
}

// typed handles the type of languages that write it behind the name: name string = value.
func (f *finder) typed(i int) bool {
	j := i
	for j < f.limit && (isAlnum(f.buf[j]) || indexByte("_.*[]", f.buf[j])) {
		j++
	}
	k := f.blanks(j)
	if j == i || k == j || f.at(k) != '=' || f.at(k+1) == '=' {
		return false
	}
	f.form = Plain
	f.value(f.skipLine(k + 1))
	return true
}

// skipLine passes over blanks and, where the line ends, over its end and the indent of
// the next line.
func (f *finder) skipLine(i int) int {
	i = f.blanks(i)
	j := i
	if f.at(j) == '\\' && (f.at(j+1) == '\n' || f.at(j+1) == '\r') {
		j++
	}
	if f.at(j) == '(' {
		if k := f.blanks(j + 1); f.at(k) == '\n' || f.at(k) == '\r' {
			j = k
		}
	}
	if f.at(j) == '\r' {
		j++
	}
	if f.at(j) == '\n' {
		f.next = true
		k := f.blanks(j + 1)
		return k
	}
	return i
}

// argument handles a name that is an argument itself: the value is the one behind it.
func (f *finder) argument(i int) {
	f.form = Argument
	j := f.skipLine(i + 1)
	if f.buf[i-1] != '"' && f.buf[i-1] != '\'' && f.buf[i-1] != '`' && !isQuote(f.at(j)) {
		return // variables in a row
	}
	// An option's name before its value: default="…".
	k := j
	for k < f.limit && (isAlnum(f.buf[k]) || f.buf[k] == '_') {
		k++
	}
	if k > j {
		k = f.blanks(k)
		if c := f.at(k); c == '=' || c == ':' {
			key := string(f.buf[j:min(k, j+8)])
			if f.next || hasAny(key, "default", "value", "Value", "content", "val", "text", "data", "\"value") {
				f.value(f.blanks(k + 1))
				return
			}
			f.quotedIn(f.blanks(k + 1))
			return
		}
	}
	if f.next || isQuote(f.at(j)) && f.siblingAt(j) {
		if f.siblingAt(j) {
			f.siblingValue(j)
			return
		}
	}
	f.quotedIn(j)
}

// sibling handles a name that is itself a value, whose value follows as that of the
// next key: name: password, value: ….
func (f *finder) sibling(i int) {
	if !f.isValue() {
		return
	}
	j := i
	for lines := 0; j < f.limit && lines < 3; {
		switch c := f.buf[j]; {
		case c == '\n':
			lines++
			f.next = true
			j++
		case c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '-' || c == '<' || c == ';' || c == '{':
			j++
		case c == '/' && f.before(j) == '<': // a closing tag
			for j < f.limit && f.buf[j] != '>' {
				j++
			}
			j++
		default:
			if f.siblingAt(j) {
				f.siblingValue(j)
			}
			return
		}
	}
}

// isValue reports whether the name stands where a value does: behind a colon, an equals
// sign or a tag, or in quotes.
func (f *finder) isValue() bool {
	i := f.nameStart
	for n := 0; i > 0 && n < 8; n++ {
		switch c := f.buf[i-1]; c {
		case ' ', '\t', '\\':
			i--
		case '"', '\'', '`', ':', '=', '>':
			return true
		default:
			return false
		}
	}
	return false
}

// siblingAt reports whether a key stands at i that goes with a name.
func (f *finder) siblingAt(i int) bool {
	if c := f.at(i); c == '"' || c == '\'' || c == '\\' {
		i++
		if c == '\\' {
			i++
		}
	}
	if !indexByte("vVdcst", f.at(i)) {
		return false
	}
	for _, key := range [...]string{"value", "Value", "default", "content", "VALUE", "string>", "text", "stringValue"} {
		if has(f.buf, i, key) && !isAlnum(f.at(i+len(key))) || key == "string>" && has(f.buf, i, key) {
			return true
		}
	}
	return false
}

func (f *finder) siblingValue(i int) {
	f.form = Sibling
	for i < f.limit && f.buf[i] != '=' && f.buf[i] != ':' && f.buf[i] != '>' {
		if f.buf[i] == '\n' || f.buf[i] == ',' {
			return
		}
		i++
	}
	if i < f.limit {
		i++
		if f.at(i) == '>' {
			i++
		}
		f.value(f.skipLine(i))
	}
}

// spoken handles prose and commands: the password is …, password to '…'.
func (f *finder) spoken(i int) {
	j := i
	for j < f.limit && isLetter(f.buf[j]) {
		j++
	}
	f.form = Spoken
	switch word := string(f.buf[i:j]); word {
	case "is", "was", "to", "with", "as", "by", "BY", "be", "AS", "of", "for":
		k := f.blanks(j)
		if f.at(k) == ':' || f.at(k) == '=' {
			k = f.blanks(k + 1)
		}
		if isQuote(f.at(k)) || word == "is" || word == "was" || word == "BY" {
			if isQuote(f.at(k)) || f.mixed(k) {
				f.value(k)
			}
		}
	default:
		if f.mixed(i) && !f.verb(i) {
			f.value(i)
		}
	}
}

// verb reports whether the name is the verb "pass" in a sentence that goes on behind what
// stands at i.
func (f *finder) verb(i int) bool {
	if string(f.buf[f.nameStart:f.nameEnd]) != "pass" {
		return false
	}
	for i < f.limit && !isBlank(f.buf[i]) {
		i++
	}
	return f.at(i) == ' ' && isLetter(f.at(i+1))
}

// mixed reports whether the bare text at i holds what prose does not: a digit, or a
// sign within.
func (f *finder) mixed(i int) bool {
	start := i
	for ; i < len(f.buf) && i-start < 64 && !isBlank(f.buf[i]); i++ {
		if isDigit(f.buf[i]) {
			return true
		}
	}
	return false
}

// value takes the value that begins at i.
func (f *finder) value(i int) {
	if i >= f.limit || len(f.out)-f.base >= maxValues {
		return
	}
	// Marks of Markdown, references, opening brackets that only group.
	for n := 0; n < 4 && i < f.limit && (f.buf[i] == '*' || f.buf[i] == '(' || f.buf[i] == '&' && f.at(i+1) != 'q'); n++ {
		i = f.blanks(i + 1)
	}
	if i >= f.limit {
		return
	}
	c := f.buf[i]
	switch {
	case isQuote(c) || c == '\\' || c == '&':
		if j, ok := f.quoted(i); ok {
			f.fallback(j)
			return
		}
	case c == '[' && f.at(i+1) == ']': // []byte("…"), []string{"…"}
		j := i + 2
		for j < f.limit && (isAlnum(f.buf[j]) || f.buf[j] == '.' || f.buf[j] == '*') {
			j++
		}
		if c := f.at(j); c == '{' || c == '(' {
			f.form = List
			if c == '(' {
				f.form = Wrapped
			}
			if k := j + 1; isDigit(f.at(k)) {
				f.numbers(k)
				return
			}
			f.quotedIn(j + 1)
		}
		return
	case c == '[' || c == '{':
		if c == '{' && (f.at(i+1) == '{' || f.at(i+1) == '%') {
			return
		}
		f.form = List
		f.quotedIn(i + 1)
		return
	case c == '<' || c == '>' || c == '\n' || c == '\r' || c == ',' || c == ';' || c == ')' || c == '}' || c == ']':
		if c == '<' && has(f.buf, i, "<![CDATA[") {
			f.bare(i + 9)
		}
		return
	case c == '$' && (f.at(i+1) == '{' || f.at(i+1) == '(') || c == '%' && f.at(i+1) == '(':
		f.dflt(i)
		return
	}
	// The letters of a string's kind: b"…", @"…", r'…'.
	for n := 1; n <= 3 && i+n < f.limit && (isLetter(f.buf[i+n-1]) || f.buf[i+n-1] == '@' || f.buf[i+n-1] == '$'); n++ {
		if q := f.buf[i+n]; q == '"' || q == '\'' || q == '`' {
			if j, ok := f.quoted(i + n); ok {
				f.fallback(j)
				return
			}
		}
	}
	f.bare(i)
}

// numbers takes the list of numbers that begins at i: the bytes of a key.
func (f *finder) numbers(i int) {
	e, commas := i, 0
	for e < len(f.buf) && e-i < MaxValue && (isAlnum(f.buf[e]) || f.buf[e] == ' ' || f.buf[e] == ',') {
		if f.buf[e] == ',' {
			commas++
		}
		e++
	}
	if commas >= 7 {
		f.add(i, e, 0)
	}
}

// dflt handles the value that a template gives if the variable is not set: ${A:-value}.
func (f *finder) dflt(i int) {
	for j := i + 2; j < f.limit; j++ {
		switch f.buf[j] {
		case '}', '\n', ' ':
			return
		case ':':
			k := j + 1
			if f.at(k) == '-' || f.at(k) == '=' {
				k++
			}
			e := k
			for e < len(f.buf) && e-k < MaxValue && f.buf[e] != '}' && f.buf[e] != '\n' {
				e++
			}
			if f.at(e) == '}' {
				f.form = Wrapped
				f.add(k, e, 0)
			}
			return
		}
	}
}

// bare takes a value without quotes.
func (f *finder) bare(i int) {
	e := i
	for e < len(f.buf) && e-i < MaxValue && !f.ends(i, e) {
		e++
	}
	if e > i+1 && f.buf[e-1] == '{' && isAlnum(f.buf[e-2]) { // the literal of a struct
		return
	}
	after := f.at(e)
	if after == '>' && e > i+1 && f.buf[e-1] == '-' && isLetter(f.at(e+1)) && f.namelike(i, e-1) { // a->b
		return
	}
	if after == '(' || e > i && f.buf[e-1] == '(' || f.callIn(i, e) { // f(…), a.b(…)
		f.form = Wrapped
		f.quotedIn(i)
		return
	}
	end := e
	for end > i && (indexByte(",;)]}\"'", f.buf[end-1]) || f.buf[end-1] == '.' || f.buf[end-1] == ':') {
		end--
	}
	if end > i {
		f.add(i, end, 0)
	}
	f.fallback(e)
}

// namelike reports whether buf[i:e] is written like a variable.
func (f *finder) namelike(i, e int) bool {
	for j := i; j < e; j++ {
		if c := f.buf[j]; !isAlnum(c) && c != '_' && (c != '$' || j > i) {
			return false
		}
	}
	return true
}

// callIn reports whether the bare text holds a call or an index: an expression.
func (f *finder) callIn(i, e int) bool {
	for j := i + 1; j < e; j++ {
		if (f.buf[j] == '(' || f.buf[j] == '[') && isAlnum(f.buf[j-1]) {
			// Signs within a password are no call: what stands before it must be a name.
			for k := i; k < j; k++ {
				if !isAlnum(f.buf[k]) && !indexByte("_.:$>-?", f.buf[k]) {
					return false
				}
			}
			return true
		}
	}
	return false
}

// ends reports whether a bare value that began at i ends before e.
func (f *finder) ends(i, e int) bool {
	switch c := f.buf[e]; c {
	case ' ', '\t', '\n', '\r', '"', '\'', '`', '<', '>', 0:
		return true
	case '&':
		return f.form == Query || has(f.buf, e, "&quot;") || has(f.buf, e, "&amp;") || f.queryGoesOn(e)
	case ',', ';', '|':
		return true
	case '\\':
		n := f.at(e + 1)
		return n == 'n' || n == 'r' || n == 't' || n == '"' || n == '\'' || n == '\\' || n == '\n'
	case ')', '}', ']':
		n := f.at(e + 1)
		return n == ',' || n == ';' || n == ')' || n == '\n' || n == '\r' || n == ' ' || n == 0
	}
	return false
}

// queryGoesOn reports whether another name=value follows the & at i.
func (f *finder) queryGoesOn(i int) bool {
	j := i + 1
	for j < len(f.buf) && j-i < 40 && (isAlnum(f.buf[j]) || f.buf[j] == '_' || f.buf[j] == '-' || f.buf[j] == '.') {
		j++
	}
	return j > i+1 && f.at(j) == '='
}

// fallback takes quoted text that stands for the value if there is no other:
// a || "b", a or "b", cond ? "a" : "b".
func (f *finder) fallback(i int) {
	j := f.blanks(i)
	switch {
	case has(f.buf, j, "||"), has(f.buf, j, "??"), has(f.buf, j, "or "), has(f.buf, j, "?:"):
		j += 2
	case f.at(j) == '?', f.at(j) == ':' && f.form == Wrapped:
		j++
	default:
		return
	}
	f.form = Wrapped
	f.quotedIn(j)
}

// quotedIn takes the quoted texts between i and the end of the line, or of the
// statement.
func (f *finder) quotedIn(i int) {
	depth := 0
	for i < f.limit && len(f.out)-f.base < maxValues {
		switch c := f.buf[i]; c {
		case '\n':
			if depth <= 0 && len(f.out) > f.base || f.next {
				return
			}
			f.next = true
		case ';':
			return
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth < 0 {
				return
			}
		case '=':
			if f.form != List && f.at(i+1) != '>' && f.at(i-1) != '=' && len(f.out) > f.base {
				return // another name
			}
		case '"', '\'', '`', '\\':
			if c == '\'' && i > 0 && isAlnum(f.buf[i-1]) && isAlnum(f.at(i+1)) && f.buf[i-1] != 'b' && f.buf[i-1] != 'u' {
				break // an apostrophe
			}
			had := len(f.out)
			if j, ok := f.quoted(i); ok {
				i = j
				if k := f.blanks(i); f.at(k) == ':' || f.at(k) == '=' && f.at(k+1) == '>' { // it was a name
					f.out = f.out[:had]
					return
				}
				continue
			}
		}
		i++
	}
}

// quoted takes the text between the quotation marks of which the first stands at i.
// It returns what follows the last.
func (f *finder) quoted(i int) (next int, ok bool) {
	q := f.buf[i]
	mark := 1
	switch {
	case q == '\\':
		k := i
		for k < len(f.buf) && f.buf[k] == '\\' && k-i < 4 {
			k++
		}
		if f.at(k) != '"' && f.at(k) != '\'' {
			return i, false
		}
		mark = k + 1 - i
		q = f.buf[k]
	case q == '&':
		if !has(f.buf, i, "&quot;") {
			return i, false
		}
		mark = 6
	case f.at(i+1) == q && f.at(i+2) == q:
		mark = 3
	case q == '`' && f.at(i+1) == '`':
		mark = 2
	}
	open := string(f.buf[i : i+mark])
	start := i + mark
	for e := start; e < len(f.buf) && e-start <= MaxValue; e++ {
		c := f.buf[e]
		if c == open[0] && has(f.buf, e, open) {
			f.add(start, e, q)
			return e + mark, true
		}
		if c == '\n' && mark != 3 && open != "`" || c == '\\' && e+1 < len(f.buf) && mark == 1 && open != "`" && f.buf[e+1] == '\n' {
			return i, false
		}
		if c == '\\' && open[0] != '\\' && q != '`' && (f.at(e+1) == q || f.at(e+1) == '\\') {
			e++
		}
	}
	if len(f.buf)-start > MaxValue {
		f.add(start, start+MaxValue, q)
		return start + MaxValue, true
	}
	return i, false
}

func (f *finder) add(start, end int, quote byte) {
	if end <= start || len(f.out)-f.base >= maxValues {
		return
	}
	if quote == 0 { // blanks around bare text
		for end > start && isBlank(f.buf[end-1]) {
			end--
		}
	}
	f.out = append(f.out, Value{
		NameStart: f.nameStart, NameEnd: f.nameEnd, Start: start, End: end, Form: f.form, Quote: quote,
		Index: len(f.out) - f.base, Next: f.next,
	})
}

// isName reports whether c may be a part of a name.
func isName(c byte) bool { return isAlnum(c) || c == '_' || c == '-' || c == '.' || c == '$' }

func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isQuote(c byte) bool  { return c == '"' || c == '\'' || c == '`' }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func has(buf []byte, i int, text string) bool {
	return i+len(text) <= len(buf) && string(buf[i:i+len(text)]) == text
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if len(s) >= len(w) && s[:len(w)] == w {
			return true
		}
	}
	return false
}

func indexByte(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}
