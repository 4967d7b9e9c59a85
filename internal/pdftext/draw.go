package pdftext

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"
)

// font tells what the codes of a string stand for.
type font struct {
	wide  bool              // codes have two bytes
	chars map[string]string // by code; nil if the font does not tell
}

// fonts are those of a dictionary of resources, by name.
func (f *File) fonts(resources any) map[string]*font {
	fonts := map[string]*font{}
	for key, v := range f.dict(f.dict(resources)["Font"]) {
		r, isRef := v.(ref)
		if t := f.fontsOf[r]; isRef && t != nil {
			fonts[key] = t
			continue
		}
		d := f.dict(v)
		t := &font{wide: d["Subtype"] == name("Type0")}
		if r, ok := d["ToUnicode"].(ref); ok {
			if s, ok := f.stream(int(r)); ok {
				t.chars = toUnicode(f.content(s))
			}
		}
		fonts[key] = t
		if isRef {
			f.fontsOf[r] = t
		}
	}
	return fonts
}

// decode brings a string that is drawn to UTF-8.
func (t *font) decode(s text) string {
	if t == nil || t.chars == nil {
		if t != nil && t.wide {
			return "" // numbers of shapes
		}
		return decode1252(s)
	}
	var b strings.Builder
	n := 1
	if t.wide {
		n = 2
	}
	for ; len(s) >= n; s = s[n:] {
		b.WriteString(t.chars[string(s[:n])])
	}
	return b.String()
}

// maxRange bounds what one line of a table may stand for.
const maxRange = 1 << 16

// toUnicode reads the table of a font: section 9.10.3.
func toUnicode(b []byte) map[string]string {
	chars := map[string]string{}
	p := parser{b: b}
	var args []any
	for {
		v := p.value(0)
		word, ok := v.(keyword)
		if !ok {
			args = append(args, v)
			continue
		}
		switch word {
		case end:
			return chars
		case "beginbfchar", "beginbfrange":
			args = args[:0]
		case "endbfchar":
			for ; len(args) >= 2; args = args[2:] {
				code, ok1 := args[0].(text)
				to, ok2 := args[1].(text)
				if ok1 && ok2 {
					chars[string(code)] = decodeUTF16(to)
				}
			}
		case "endbfrange":
			for ; len(args) >= 3; args = args[3:] {
				addRange(chars, args[0], args[1], args[2])
			}
		}
	}
}

// addRange adds the codes from lo to hi: to a list, or to what begins at a character and goes up.
func addRange(chars map[string]string, lo, hi, to any) {
	from, ok1 := lo.(text)
	last, ok2 := hi.(text)
	if !ok1 || !ok2 || len(from) != len(last) || len(from) == 0 || len(from) > 2 {
		return
	}
	number := func(t text) (n int) {
		for _, c := range t {
			n = n<<8 | int(c)
		}
		return n
	}
	for i := 0; i <= number(last)-number(from) && i < maxRange && len(chars) <= maxRange; i++ {
		n := number(from) + i
		code := string([]byte{byte(n >> 8), byte(n)}[2-len(from):])
		switch to := to.(type) {
		case []any:
			if i >= len(to) {
				return
			}
			if t, ok := to[i].(text); ok {
				chars[code] = decodeUTF16(t)
			}
		case text:
			if len(to) < 2 {
				return
			}
			t := bytes.Clone(to)
			unit := int(t[len(t)-2])<<8 | int(t[len(t)-1]) + i
			t[len(t)-2], t[len(t)-1] = byte(unit>>8), byte(unit)
			chars[code] = decodeUTF16(t)
		default:
			return
		}
	}
}

// A gap in a string that is wider than this, in thousandths of the height of the font, is a space: section 9.4.3.
const spaceWidth = 180

// What is less than this above or below stands in the same line, in units of the page.
const sameLine = 0.5

// A run that begins further behind the one before it than that can well be long stands in another column: both in
// heights of the font.
const usualWidth, wideGap = 0.6, 1.5

// ligatures are letters that a font draws as one.
var ligatures = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")

// maxArgs is more than any operator takes.
const maxArgs = 64

// drawn writes out the text that the operators of a content stream draw: section 9.4.
func (f *File) drawn(content []byte, fonts map[string]*font) string {
	var b strings.Builder
	var now *font
	// y is the height of what comes, scale that of its steps, drawn the height of what was drawn last; it is not a
	// number where the next text begins a line anyway.
	y, scale, drawn := 0.0, 1.0, math.NaN()
	// The same across the line, as far as that is known without the widths of characters: where the run at hand
	// begins, how many characters it has, and the size of the font.
	x, wide, size := 0.0, 1.0, 0.0
	run := struct{ x, chars float64 }{}
	newLine := func() {
		if s := b.String(); s != "" && s[len(s)-1] != '\n' {
			b.WriteByte('\n')
		}
		drawn = math.NaN()
	}
	show := func(s text) {
		if math.Abs(y-drawn) > sameLine*math.Abs(scale) {
			newLine()
		}
		chars := now.decode(s)
		if x != run.x || math.IsNaN(drawn) {
			height := math.Abs(size * wide)
			if gap := x - run.x - run.chars*height*usualWidth; !math.IsNaN(drawn) && gap > height*wideGap && height > 0 {
				b.WriteByte('\t')
			}
			run.x, run.chars = x, 0
		}
		run.chars += float64(utf8.RuneCountInString(chars))
		b.WriteString(chars)
		drawn = y
	}
	number := func(v any) float64 { n, _ := v.(float64); return n }
	p := parser{b: content}
	var args []any
	for {
		v := p.value(0)
		op, ok := v.(keyword)
		if !ok {
			if len(args) < maxArgs {
				args = append(args, v)
			}
			continue
		}
		arg := func(back int) any { // from the end
			if back > len(args) {
				return nil
			}
			return args[len(args)-back]
		}
		switch op {
		case end:
			newLine()
			return ligatures.Replace(b.String())
		case "Tf":
			size = number(arg(1))
			if n, ok := arg(2).(name); ok {
				now = fonts[string(n)]
			}
		case "T*":
			newLine()
		case "BT":
			x, wide, y, scale = 0, 1, 0, 1
		case "Td", "TD":
			x += number(arg(2)) * wide
			y += number(arg(1)) * scale
		case "Tm":
			x, wide = number(arg(2)), number(arg(6))
			y, scale = number(arg(1)), number(arg(3))
		case "'", "\"":
			newLine()
			fallthrough
		case "Tj":
			if s, ok := arg(1).(text); ok {
				show(s)
			}
		case "TJ":
			list, _ := arg(1).([]any)
			for _, e := range list {
				switch e := e.(type) {
				case text:
					show(e)
				case float64:
					if s := b.String(); e < -spaceWidth && s != "" && s[len(s)-1] != ' ' && s[len(s)-1] != '\n' {
						b.WriteByte(' ')
					}
				}
			}
		case "ID": // a picture
			if i := bytes.Index(p.b[p.at:], []byte("EI")); i >= 0 {
				p.at += i + 2
			} else {
				p.at = len(p.b)
			}
		}
		args = args[:0]
	}
}
