// Package pdftext takes the text out of PDF files.
//
// In goes a file ([Open]); out come the text of each page and form ([File.Texts]), the strings that stand in other
// objects, such as the targets of links, notes and the values of fields ([File.Strings]), and the streams that are
// neither text nor image nor font, such as attachments, scripts and metadata ([File.Streams]).
//
// It is made for hostile files: objects are looked for all over the file instead of trusting its tables, so that a
// damaged file yields what is left of it, nothing is followed in a circle, and whoever opens a file limits what
// streams unpack to. Layout is heeded as far as text goes: what is drawn at another height is another line, and a
// wide gap within a string a space. Characters that a font draws without telling what they stand for are left out.
//
// The format is ISO 32000-1: https://opensource.adobe.com/dc-acrobat-sdk-docs/standards/pdfstandards/pdf/PDF32000_2008.pdf
package pdftext

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
)

// Magic is what every file begins with.
const Magic = "%PDF-"

// ErrEncrypted says that a file is encrypted; such files cannot be read.
var ErrEncrypted = errors.New("encrypted")

// Limits that no honest file comes near, in bytes and objects.
const (
	maxStream  = 32 << 20 // what a stream may unpack to that is to be taken apart
	maxUnpack  = 64 << 20 // what all streams of objects may unpack to
	maxObjects = 1 << 20
	// maxReads is how often the bytes of a file are read as those of streams: streams may not share theirs.
	maxReads = 8
)

// Limit guards what is unpacked from in bytes of a stream: it returns a reader of r that ends with an error where
// it unpacks to too much.
type Limit func(r io.Reader, in int64) io.Reader

// File is an open file. It is not safe for concurrent use.
type File struct {
	data    []byte
	limit   Limit
	objects map[int]place
	numbers []int // of objects, ascending
	failed  error // the first of what could not be read

	ends     []int // where "endstream" stands
	fontsOf  map[ref]*font
	unpacked int   // bytes of objects
	read     int64 // bytes of streams
}

// place is where an object stands: in the file, or in a stream of objects.
type place struct {
	at, end int    // end is no further than the next object
	stream  []byte // nil for the file
}

// Text is a piece of text and where it is from: "page 3", or "object 17" for a form, which may be drawn on several.
type Text struct {
	Name, Text string
}

// Open looks for the objects of a file. It keeps data. limit must not be nil.
func Open(data []byte, limit Limit) (*File, error) {
	if !bytes.HasPrefix(data, []byte(Magic)) {
		return nil, errors.New("not a PDF file")
	}
	f := &File{data: data, limit: limit, objects: map[int]place{}, fontsOf: map[ref]*font{}}
	f.index()
	if len(f.objects) == 0 {
		return nil, errors.New("no objects in it")
	}
	if f.encrypted() {
		return nil, ErrEncrypted
	}
	for _, n := range f.order() {
		if s, ok := f.stream(n); ok && s.dict["Type"] == name("ObjStm") {
			f.unpack(s)
		}
	}
	f.numbers = f.order()
	if !bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF")) {
		f.fail(io.ErrUnexpectedEOF)
	}
	return f, nil
}

// Err is the first of what could not be read of the file so far; nil if all was.
func (f *File) Err() error { return f.failed }

func (f *File) fail(err error) {
	if f.failed == nil {
		f.failed = err
	}
}

func (f *File) order() []int {
	list := make([]int, 0, len(f.objects))
	for n := range f.objects {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// index finds "12 0 obj" all over the file. Of several with the same number the last one counts, as in files that
// were changed.
func (f *File) index() {
	word, last := []byte("obj"), -1 // the object found last
	for at := 0; len(f.objects) < maxObjects; {
		i := bytes.Index(f.data[at:], word)
		if i < 0 {
			break
		}
		at += i + len(word)
		if n, ok := numberBefore(f.data[:at-len(word)]); ok {
			if p, ok := f.objects[last]; ok {
				p.end = at
				f.objects[last] = p
			}
			f.objects[n] = place{at: at, end: len(f.data)}
			last = n
		}
	}
	if len(f.objects) == maxObjects {
		f.fail(fmt.Errorf("more than %d objects", maxObjects))
	}
	word = []byte("endstream")
	for at := 0; ; at += len(word) {
		i := bytes.Index(f.data[at:], word)
		if i < 0 {
			return
		}
		at += i
		f.ends = append(f.ends, at)
	}
}

// numberBefore reads the number of an object backwards from "obj".
func numberBefore(b []byte) (int, bool) {
	b = bytes.TrimRight(b, " \r\n\t")
	generation := digitsAtEnd(b)
	rest := bytes.TrimRight(b[:len(b)-generation], " \r\n\t")
	digits := digitsAtEnd(rest)
	if generation == 0 || digits == 0 || digits > 9 || len(rest) == len(b)-generation {
		return 0, false
	}
	n, err := strconv.Atoi(string(rest[len(rest)-digits:]))
	return n, err == nil
}

func digitsAtEnd(b []byte) (n int) {
	for n < len(b) && n < 20 && b[len(b)-1-n] >= '0' && b[len(b)-1-n] <= '9' {
		n++
	}
	return n
}

// encrypted looks for the dictionary that says so, in a trailer or in what newer files have in its place.
func (f *File) encrypted() bool {
	const most, size = 1000, 16 << 10 // trailers, bytes of one
	for at, n := 0, 0; n < most; n++ {
		i := bytes.Index(f.data[at:], []byte("trailer"))
		if i < 0 {
			break
		}
		at += i + len("trailer")
		p := parser{b: f.data[:min(len(f.data), at+size)], at: at}
		if d, ok := p.value(0).(dict); ok && d["Encrypt"] != nil {
			return true
		}
	}
	for n := range f.objects {
		if s, ok := f.stream(n); ok && s.dict["Type"] == name("XRef") && s.dict["Encrypt"] != nil {
			return true
		}
	}
	return false
}

// object reads an object; nil if there is none.
func (f *File) object(n int) any {
	p, ok := f.objects[n]
	if !ok {
		return nil
	}
	b := f.data
	if p.stream != nil {
		b = p.stream
	}
	ps := parser{b: b[:p.end], at: p.at}
	return ps.value(0)
}

// maxReferences is how many references in a row are followed.
const maxReferences = 10

// resolve follows references.
func (f *File) resolve(v any) any {
	for range maxReferences {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		v = f.object(int(r))
	}
	return nil
}

func (f *File) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}

// stream is a dictionary with the data that follows it.
type stream struct {
	dict dict
	raw  []byte
}

// stream reads the stream that an object is.
func (f *File) stream(n int) (stream, bool) {
	p, ok := f.objects[n]
	if !ok || p.stream != nil {
		return stream{}, false
	}
	ps := parser{b: f.data[:p.end], at: p.at}
	d, ok := ps.value(0).(dict)
	if !ok || ps.word() != "stream" {
		return stream{}, false
	}
	at := ps.at
	if at < len(f.data) && f.data[at] == '\r' {
		at++
	}
	if at < len(f.data) && f.data[at] == '\n' {
		at++
	}
	rest := f.data[at:]
	if length, ok := f.resolve(d["Length"]).(float64); ok && length >= 0 && int(length) <= len(rest) {
		end := parser{b: rest, at: int(length)}
		if end.word() == "endstream" {
			return stream{d, rest[:int(length)]}, true
		}
	}
	if i, _ := slices.BinarySearch(f.ends, at); i < len(f.ends) {
		return stream{d, f.data[at:f.ends[i]]}, true
	}
	f.fail(io.ErrUnexpectedEOF)
	return stream{d, rest}, true
}

// unpack adds the objects of a stream of objects: section 7.5.7.
func (f *File) unpack(s stream) {
	b := f.content(s)
	if f.unpacked += len(b); f.unpacked > maxUnpack {
		f.fail(fmt.Errorf("objects of more than %d bytes", maxUnpack))
		return
	}
	first, _ := f.resolve(s.dict["First"]).(float64)
	p := parser{b: b[:int(max(0, min(first, float64(len(b)))))]}
	type object struct{ number, at int }
	var list []object
	for len(f.objects)+len(list) < maxObjects {
		n, ok := p.value(0).(float64)
		offset, ok2 := p.value(0).(float64)
		if !ok || !ok2 {
			break
		}
		if at := first + offset; n >= 0 && offset >= 0 && at < float64(len(b)) {
			list = append(list, object{int(n), int(at)})
		}
	}
	slices.SortFunc(list, func(a, b object) int { return cmp.Compare(a.at, b.at) })
	for i, o := range list {
		end := len(b)
		if i+1 < len(list) {
			end = list[i+1].at
		}
		if _, known := f.objects[o.number]; !known { // else it was changed later, or the two fight
			f.objects[o.number] = place{o.at, end, b}
		}
	}
}

// Texts yields the text of the pages in their order, then that of forms.
func (f *File) Texts() iter.Seq[Text] {
	return func(yield func(Text) bool) {
		for i, page := range f.pages() {
			t := f.pageText(page)
			if t != "" && !yield(Text{"page " + strconv.Itoa(i+1), t}) {
				return
			}
		}
		for _, n := range f.numbers {
			s, ok := f.stream(n)
			if !ok || s.dict["Subtype"] != name("Form") {
				continue
			}
			t := f.drawn(f.content(s), f.fonts(s.dict["Resources"]))
			if t != "" && !yield(Text{"object " + strconv.Itoa(n), t}) {
				return
			}
		}
	}
}

// pages lists the pages in the order of the tree, and behind them those that it does not lead to.
func (f *File) pages() (list []dict) {
	seen := map[int]bool{}
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		r, ok := v.(ref)
		if !ok || seen[int(r)] || depth > maxDepth {
			return
		}
		seen[int(r)] = true
		d := f.dict(r)
		if d["Type"] == name("Page") {
			list = append(list, d)
			return
		}
		kids, _ := f.resolve(d["Kids"]).([]any)
		for _, k := range kids {
			walk(k, depth+1)
		}
	}
	for _, n := range f.numbers {
		if d, ok := f.object(n).(dict); ok && d["Type"] == name("Catalog") {
			walk(d["Pages"], 0)
		}
	}
	for _, n := range f.numbers {
		if d, ok := f.object(n).(dict); ok && d["Type"] == name("Page") {
			walk(ref(n), 0)
		}
	}
	return list
}

func (f *File) pageText(page dict) string {
	var content []byte
	switch v := f.resolve(page["Contents"]).(type) {
	case []any:
		for _, part := range v {
			if r, ok := part.(ref); ok {
				if s, ok := f.stream(int(r)); ok {
					content = append(append(content, f.content(s)...), '\n')
				}
			}
		}
	default:
		if r, ok := page["Contents"].(ref); ok {
			if s, ok := f.stream(int(r)); ok {
				content = f.content(s)
			}
		}
	}
	resources := page["Resources"]
	for range maxDepth { // inherited
		if resources != nil || page == nil {
			break
		}
		page = f.dict(page["Parent"])
		resources = page["Resources"]
	}
	return f.drawn(content, f.fonts(resources))
}

// Strings are all strings in objects, one a line.
func (f *File) Strings() string {
	var b bytes.Buffer
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case text:
			if s := v.decode(); s != "" {
				b.WriteString(s)
				b.WriteByte('\n')
			}
		case []any:
			for _, e := range v {
				collect(e)
			}
		case dict:
			if v["Type"] == name("XRef") {
				return // of which the strings are but random
			}
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				collect(v[k])
			}
		}
	}
	for _, n := range f.numbers {
		collect(f.object(n))
	}
	return b.String()
}

// Streams yields what else there is, under the name of its object.
func (f *File) Streams() iter.Seq2[string, io.Reader] {
	return func(yield func(string, io.Reader) bool) {
		skip := f.elsewhere()
		for _, n := range f.numbers {
			s, ok := f.stream(n)
			if !ok || skip[n] || s.isKnown() {
				continue
			}
			if r := f.reader(s); r != nil && !yield("object "+strconv.Itoa(n), r) {
				return
			}
		}
	}
}

// isKnown reports whether a stream is text that was read, or an image, a font or a table.
func (s stream) isKnown() bool {
	switch s.dict["Type"] {
	case name("ObjStm"), name("XRef"), name("XObject"):
		return s.dict["Subtype"] != name("PS")
	}
	switch s.dict["Subtype"] {
	case name("Image"), name("Form"), name("Type1C"), name("CIDFontType0C"), name("OpenType"):
		return true
	}
	_, isFont := s.dict["Length1"]
	_, isCMap := s.dict["CMapName"]
	_, isFunction := s.dict["FunctionType"]
	_, isShading := s.dict["ShadingType"]
	return isFont || isCMap || isFunction || isShading
}

// elsewhere lists the streams that pages and fonts have used, or that are colours.
func (f *File) elsewhere() map[int]bool {
	used := map[int]bool{}
	use := func(v any) {
		if r, ok := v.(ref); ok {
			used[int(r)] = true
		}
	}
	for _, n := range f.numbers {
		switch v := f.object(n).(type) {
		case dict:
			use(v["ToUnicode"])
			if v["Type"] != name("Page") {
				continue
			}
			use(v["Contents"])
			if list, ok := f.resolve(v["Contents"]).([]any); ok {
				for _, e := range list {
					use(e)
				}
			}
		case []any:
			if len(v) == 2 && v[0] == name("ICCBased") {
				use(v[1])
			}
		}
	}
	return used
}
