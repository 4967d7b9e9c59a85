package archive

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Documents of office programs are zip archives of XML in which a sentence is cut into runs wherever its format, or
// the spelling checker's mind, changes: Office Open XML (ECMA-376) and Open Document (ISO/IEC 26300).

// maxXML is how large a part of a document may be, in bytes, to be read as text; a larger one is looked through as
// XML.
const maxXML = 64 << 20

const sharedStrings = "xl/sharedStrings.xml"

// office is what has to be known of a document while its members come.
type office struct {
	zip    *zip.Reader
	shared *xlsxStrings // nil until a sheet needs them
}

// isOffice reports whether z is a document of an office program: Office Open XML (ECMA-376 part 2, 10.1.2) or Open
// Document (part 2 of the specification, 3.3).
func isOffice(z *zip.Reader) bool {
	return memberOf(z, "[Content_Types].xml") != nil || memberOf(z, "content.xml") != nil && memberOf(z, "mimetype") != nil
}

func memberOf(z *zip.Reader, name string) *zip.File {
	for _, f := range z.File {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// takes reports whether a member is for member.
func (o *office) takes(name string) bool {
	return path.Ext(name) == ".xml" && name != "[Content_Types].xml"
}

// member hands over the text of a part, a paragraph or a row of cells a line, and then the XML without it, which
// has what stands in attributes.
func (o *office) member(w *walk, in *input, name string, r io.Reader, size int64) error {
	if err := w.count(in); err != nil {
		return err
	}
	at := within(in.at, name)
	if w.isTooLarge(at, size) {
		return nil
	}
	part := &input{at: at, name: name, depth: in.depth + 1, stream: r, size: size}
	data, ok, err := w.whole(part, maxXML)
	if err != nil || !ok {
		return w.asText(part, data, err)
	}
	var text string
	var rest []byte
	switch {
	case path.Dir(name) == "xl/worksheets":
		if o.shared == nil {
			o.shared = w.sharedStrings(o.zip)
		}
		text, rest, err = sheetText(data, o.shared)
	case name == sharedStrings && o.hasSheets():
		// The sheets show them in their rows; finish has what they do not.
		_, rest, err = xmlText(data)
	default:
		text, rest, err = xmlText(data)
	}
	if err != nil {
		return w.asText(part, data, nil)
	}
	if text != "" {
		if err := w.text(at, strings.NewReader(text)); err != nil {
			return err
		}
	}
	return w.text(at, bytes.NewReader(rest))
}

func (o *office) hasSheets() bool {
	for _, f := range o.zip.File {
		if path.Dir(f.Name) == "xl/worksheets" {
			return true
		}
	}
	return false
}

// finish hands over what no sheet shows.
func (o *office) finish(w *walk, in *input) error {
	if o.shared == nil {
		return nil
	}
	var b strings.Builder
	for i, s := range o.shared.list {
		if !o.shared.used[i] {
			b.WriteString(s)
			b.WriteByte('\n')
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return w.text(within(in.at, sharedStrings), strings.NewReader(b.String()))
}

// xmlText joins the text of a document, a paragraph a line, and returns the XML with spaces in its place.
func xmlText(data []byte) (text string, rest []byte, err error) {
	var b strings.Builder
	err = eachToken(data, &rest, func(t xml.Token, inside string) {
		switch t := t.(type) {
		case xml.CharData:
			if isBlank(t) && !keepsBlanks[inside] {
				return // between elements
			}
			b.Write(t)
		case xml.StartElement:
			switch t.Name.Local {
			case "tab", "ptab":
				b.WriteByte('\t')
			case "br", "cr", "line-break":
				b.WriteByte('\n')
			case "s": // several spaces
				n, _ := strconv.Atoi(attribute(t, "c"))
				b.WriteString(strings.Repeat(" ", min(max(n, 1), 1000)))
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "p", "h", "si", "row", "tr", "table-row", "title", "subject", "creator", "description", "keywords":
				if s := b.String(); s != "" && s[len(s)-1] != '\n' {
					b.WriteByte('\n')
				}
			case "tc", "table-cell":
				b.WriteByte('\t')
			}
		}
	})
	return b.String(), rest, err
}

// keepsBlanks are the elements that hold text directly, so that blanks between those in them are text too.
var keepsBlanks = map[string]bool{
	"t": true, "instrText": true, "delText": true, "text:span": true, "text:p": true, "text:h": true, "text:a": true,
}

// qualified is the name of an element, with the prefix that Open Document has for text.
func qualified(n xml.Name) string {
	if n.Space == "text" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func isBlank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// eachToken visits the tokens of data with the name of the element that holds them. rest becomes data with spaces
// in place of the text.
func eachToken(data []byte, rest *[]byte, visit func(t xml.Token, inside string)) error {
	*rest = bytes.Clone(data)
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // they are all UTF-8, say both specifications
	open := []string{""}                                                               // elements
	for {
		from := d.InputOffset()
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("part of a document: %w", err)
		}
		inside := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(open) > maxElements {
				return fmt.Errorf("part of a document: more than %d elements within each other", maxElements)
			}
			open = append(open, qualified(t.Name))
		case xml.EndElement:
			open = open[:max(1, len(open)-1)]
		case xml.CharData:
			for i := from; i < d.InputOffset(); i++ {
				if c := data[i]; c != '\n' && c != '\r' {
					(*rest)[i] = ' '
				}
			}
		}
		visit(t, inside)
	}
}

// maxElements is how deep elements may be in each other.
const maxElements = 10_000

// xlsxStrings are the strings that the sheets of a workbook share: part 1 of ECMA-376, 18.4.
type xlsxStrings struct {
	list []string
	used []bool
}

// sharedStrings reads them. What is wrong with them is named when their member comes.
func (w *walk) sharedStrings(z *zip.Reader) *xlsxStrings {
	s := &xlsxStrings{}
	f := memberOf(z, sharedStrings)
	if f == nil || f.Flags&encryptedBit != 0 {
		return s
	}
	r, err := f.Open()
	if err != nil {
		return s
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(w.unpacked(r, always(int64(min(f.CompressedSize64, 1<<62)))), maxXML))
	if err != nil {
		return s
	}
	var b strings.Builder
	var rest []byte
	_ = eachToken(data, &rest, func(t xml.Token, inside string) {
		switch t := t.(type) {
		case xml.CharData:
			if inside == "t" {
				b.Write(t)
			}
		case xml.EndElement:
			if t.Name.Local == "si" {
				s.list = append(s.list, b.String())
				b.Reset()
			}
		}
	})
	s.used = make([]bool, len(s.list))
	return s
}

// get is the string of an index as a sheet has it.
func (s *xlsxStrings) get(index string) string {
	i, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || i < 0 || i >= len(s.list) {
		return index
	}
	s.used[i] = true
	return s.list[i]
}

// maxRow is the last row that a sheet may have.
const maxRow = 1 << 20

// sheetText writes a sheet out, a row a line with its number, the cells apart by tabs: part 1 of ECMA-376, 18.3.
// The value of a cell follows its formula.
func sheetText(data []byte, shared *xlsxStrings) (text string, rest []byte, err error) {
	var b strings.Builder
	line, cells := 1, 0
	kind := ""
	err = eachToken(data, &rest, func(t xml.Token, inside string) {
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				if n, err := strconv.Atoi(attribute(t, "r")); err == nil && n <= maxRow {
					for ; line < n; line++ {
						b.WriteByte('\n')
					}
				}
				cells = 0
			case "c":
				kind = attribute(t, "t")
				if cells++; cells > 1 {
					b.WriteByte('\t')
				}
			}
		case xml.CharData:
			value := string(t)
			switch inside {
			case "v":
				if kind == "s" {
					value = shared.get(value)
				}
			case "f":
				value += " "
			case "t": // within "is"
			default:
				if isBlank(t) {
					return
				}
			}
			b.WriteString(strings.ReplaceAll(value, "\n", " ")) // or rows would not be lines
		case xml.EndElement:
			if t.Name.Local == "row" {
				b.WriteByte('\n')
				line++
			}
		}
	})
	return b.String(), rest, err
}
