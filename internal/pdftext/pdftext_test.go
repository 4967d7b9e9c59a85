package pdftext

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// builder writes a file object by object.
type builder struct{ bytes.Buffer }

func newBuilder() *builder {
	b := &builder{}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return b
}

func (b *builder) object(n int, text string) { fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, text) }

func (b *builder) stream(n int, dict, data string) {
	b.object(n, fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
}

func (b *builder) flate(n int, dict, data string) {
	b.stream(n, dict+"/Filter/FlateDecode", deflate(data))
}

func (b *builder) file() []byte {
	b.WriteString("trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n")
	return b.Bytes()
}

func deflate(data string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, data)
	w.Close()
	return b.String()
}

// unlimited is for files that are made here.
func unlimited(r io.Reader, _ int64) io.Reader { return r }

func open(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := Open(data, unlimited)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// texts are the texts by name.
func texts(f *File) map[string]string {
	m := map[string]string{}
	for t := range f.Texts() {
		m[t.Name] = t.Text
	}
	return m
}

// pages makes a file with pages of these contents and a font F1 with a table for characters.
func pages(contents ...string) *builder {
	b := newBuilder()
	b.object(1, "<</Type/Catalog/Pages 2 0 R>>")
	var kids string
	for i, c := range contents {
		kids += fmt.Sprintf("%d 0 R ", 10+i)
		b.object(10+i, fmt.Sprintf("<</Type/Page/Parent 2 0 R/Contents %d 0 R>>", 100+i))
		b.flate(100+i, "", c)
	}
	b.object(2, "<</Type/Pages/Kids["+kids+"]/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>")
	b.object(3, "<</Type/Font/Subtype/Type0/ToUnicode 5 0 R>>")
	b.object(4, "<</Type/Font/Subtype/TrueType>>")
	b.flate(5, "", `begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange
		2 beginbfchar <0001> <0066> <0002> <FB01> endbfchar
		2 beginbfrange <0010> <0012> <0041> <0020> <0021> [<0078> <D83DDD11>] endbfrange endcmap`)
	return b
}

func TestPages(t *testing.T) {
	f := open(t, pages(
		`BT /F2 12 Tf 72 700 Td (Hello, \(wor\154d\)) Tj 0 -14 Td [(to) 20 (ken: ) (a) -300 (b)] TJ T* (third) Tj (fourth) ' ET
		 BT 1 0 0 1 300 600 Tm (same) Tj 1 0 0 1 340 600 Tm ( line) Tj 1 0 0 1 72 580 Tm (next) Tj ET`,
		`BT /F1 12 Tf <00010002> Tj <001000110012> Tj <0020 0021> Tj ET BI /W 1 ID (no text) Tj EI BT /F2 9 Tf <e9> Tj ET`,
	).file())
	got := texts(f)
	want := map[string]string{
		"page 1": "Hello, (world)\ntoken: a b\nthird\nfourth\nsame line\nnext\n",
		"page 2": "ffiABCx🔑é\n",
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %q, want %q", name, got[name], text)
		}
	}
	if len(got) != len(want) || f.Err() != nil {
		t.Errorf("%q, %v", got, f.Err())
	}
}

// TestColumns has cells of a table, which are drawn apart, and a word of which a part is bold.
func TestColumns(t *testing.T) {
	b := newBuilder()
	b.stream(1, "/Subtype/Form", `BT /F 10 Tf 50 500 Td (user) Tj ET BT /F 10 Tf 200 500 Td (password) Tj ET
		BT /F 10 Tf 1 0 0 1 50 480 Tm (to) Tj /G 10 Tf 1 0 0 1 59 480 Tm (ken) Tj ET`)
	if got := texts(open(t, b.file()))["object 1"]; got != "user\tpassword\ntoken\n" {
		t.Errorf("%q", got)
	}
}

func TestOrderOfPages(t *testing.T) {
	b := newBuilder()
	b.object(1, "<</Type/Catalog/Pages 2 0 R>>")
	b.object(2, "<</Type/Pages/Kids[9 0 R 3 0 R 2 0 R]>>") // the last one leads in a circle
	b.object(9, "<</Type/Pages/Kids[8 0 R]>>")
	for i, n := range []int{3, 8, 7} { // no tree leads to 7
		b.object(n, fmt.Sprintf("<</Type/Page/Contents [%d 0 R %d 0 R]>>", 20+i, 30+i))
		b.stream(20+i, "", fmt.Sprintf("BT (%d", n)+") Tj")
		b.stream(30+i, "", "(.) Tj ET")
	}
	got := texts(open(t, b.file()))
	if got["page 1"] != "8.\n" || got["page 2"] != "3.\n" || got["page 3"] != "7.\n" || len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestFilters(t *testing.T) {
	var a85 bytes.Buffer
	w := ascii85.NewEncoder(&a85)
	io.WriteString(w, "BT (in 85) Tj ET")
	w.Close()
	b := newBuilder()
	b.stream(1, "/Subtype/Form/Filter/ASCIIHexDecode", hex.EncodeToString([]byte("BT (in hex) Tj ET"))+">")
	b.stream(2, "/Subtype/Form/Filter[/A85]", a85.String()+"~>")
	b.stream(3, "/Subtype/Form/Filter[/AHx/Fl]", hex.EncodeToString([]byte(deflate("BT (twice) Tj ET"))))
	f := open(t, b.file())
	got := texts(f)
	if got["object 1"] != "in hex\n" || got["object 2"] != "in 85\n" || got["object 3"] != "twice\n" || f.Err() != nil {
		t.Errorf("%q, %v", got, f.Err())
	}
	b.stream(4, "/Subtype/Form/Filter/LZWDecode", "x")
	f = open(t, b.file())
	if texts(f); f.Err() == nil || !strings.Contains(f.Err().Error(), "LZWDecode") {
		t.Errorf("%v", f.Err())
	}
}

func TestStringsAndObjectStreams(t *testing.T) {
	b := newBuilder()
	b.object(1, "<</A<</URI(https://example.com/?x=1)>>/T<FEFF00E9>/Names[(in a list)]>>")
	objects := "<</V(in a stream)>> (another)"
	b.flate(2, "/Type/ObjStm/N 2/First 10", fmt.Sprintf("%-10s", "7 0 8 20")+objects)
	f := open(t, b.file())
	want := "https://example.com/?x=1\nin a list\né\nin a stream\nanother\n"
	if got := f.Strings(); got != want || f.Err() != nil {
		t.Errorf("%q, want %q; %v", got, want, f.Err())
	}
}

func TestStreams(t *testing.T) {
	b := pages("BT (text) Tj ET")
	b.flate(200, "/Type/EmbeddedFile", "an attachment")
	b.flate(201, "/Type/Metadata", "<xmp/>")
	b.stream(202, "/Subtype/Image/Filter/DCTDecode", "picture")
	b.flate(203, "/Length1 5", "a font")
	b.stream(204, "/Filter/DCTDecode", "picture")
	got := map[string]string{}
	f := open(t, b.file())
	for name, r := range f.Streams() {
		data, err := io.ReadAll(r)
		if err != nil {
			t.Error(err)
		}
		got[name] = string(data)
	}
	if got["object 200"] != "an attachment" || got["object 201"] != "<xmp/>" || len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// TestChangedFile has an object twice, as editors add what they changed.
func TestChangedFile(t *testing.T) {
	b := newBuilder()
	b.stream(1, "/Subtype/Form", "BT (before) Tj ET")
	b.file()
	b.stream(1, "/Subtype/Form", "BT (after) Tj ET")
	if got := texts(open(t, b.file())); got["object 1"] != "after\n" {
		t.Errorf("%q", got)
	}
}

func TestWrongLength(t *testing.T) {
	b := newBuilder()
	b.object(1, "<</Subtype/Form/Length 9999>>\nstream\r\nBT (a) Tj ET\nendstream")
	b.object(2, "<</Subtype/Form/Length 3 0 R>>\nstream\nBT (b) Tj ET\nendstream")
	b.object(3, "3 0 R")
	got := texts(open(t, b.file()))
	if got["object 1"] != "a\n" || got["object 2"] != "b\n" {
		t.Errorf("%q", got)
	}
}

func TestEncrypted(t *testing.T) {
	b := newBuilder()
	b.object(1, "<</Filter/Standard>>")
	b.WriteString("trailer <</Encrypt 1 0 R>> %%EOF")
	if _, err := Open(b.Bytes(), unlimited); !errors.Is(err, ErrEncrypted) {
		t.Errorf("%v", err)
	}
	b = newBuilder()
	b.stream(1, "/Type/XRef/Encrypt 2 0 R", "")
	if _, err := Open(b.file(), unlimited); !errors.Is(err, ErrEncrypted) {
		t.Errorf("%v", err)
	}
}

func TestDamage(t *testing.T) {
	data := pages("BT /F2 1 Tf (first) Tj ET", "BT /F2 1 Tf (second) Tj ET").file()
	f := open(t, data[:bytes.Index(data, []byte("101 0 obj"))+60])
	texts(f)
	if f.Err() == nil {
		t.Error("that a file is cut off went unnoticed")
	}
	if got := texts(f)["page 1"]; got != "first\n" {
		t.Errorf("the first page is %q", got)
	}
	broken := bytes.Clone(data)
	at := bytes.Index(broken, []byte("stream\n")) + 7
	broken[at], broken[at+5] = 0xff, 0xff
	f = open(t, broken)
	if texts(f); f.Err() == nil {
		t.Error("a damaged stream went unnoticed")
	}
	for _, s := range []string{"", "%PDF-1.4", "%PDF-1.4\nnothing", "text"} {
		if _, err := Open([]byte(s), unlimited); err == nil {
			t.Errorf("%q was opened", s)
		}
	}
}

// TestHostile has what would exhaust a careless reader. It would not end.
func TestHostile(t *testing.T) {
	const n = 50_000
	for name, s := range map[string]string{
		"deep":      "1 0 obj " + strings.Repeat("<<", n) + strings.Repeat("[", n) + strings.Repeat("<</A", n),
		"endless":   strings.Repeat("1 0 obj [", n/10) + strings.Repeat("2 0 obj <<", n/10),
		"streams":   strings.Repeat("1 0 obj <<>> stream ", n/10),
		"share":     sharing(1000),
		"reference": "1 0 obj 2 0 R endobj 2 0 obj 1 0 R endobj 3 0 obj <</Subtype/Form/Length 1 0 R>> stream\nx",
		"string":    "1 0 obj " + strings.Repeat("(", n),
		"trailer":   "1 0 obj 1 " + strings.Repeat("trailer[", n),
	} {
		f, err := Open([]byte("%PDF-1.7\n"+s), unlimited)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		texts(f)
		f.Strings()
		for range f.Streams() {
		}
	}
}

// sharing has forms that all go on to the same end.
func sharing(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 0 obj <</Subtype/Form>> stream\n", i+1)
	}
	return b.String() + "BT (x) Tj ET endstream"
}

// FuzzOpen wants that reading ends, without a panic.
func FuzzOpen(f *testing.F) {
	f.Add(pages("BT /F1 12 Tf [<0001> -300 (x)] TJ ET").file())
	b := newBuilder()
	b.stream(2, "/Type/ObjStm/N 1/First 4", "7 0 <</V(x)>>")
	b.stream(3, "/Subtype/Form/Filter[/AHx/Fl]", hex.EncodeToString([]byte(deflate("BT (x) Tj ET"))))
	f.Add(b.file())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data, func(r io.Reader, _ int64) io.Reader { return io.LimitReader(r, 1<<20) })
		if err != nil {
			return
		}
		for range file.Texts() {
		}
		file.Strings()
		for _, r := range file.Streams() {
			io.Copy(io.Discard, r)
		}
	})
}
