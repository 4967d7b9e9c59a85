package archive_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/sources/archive"
)

// documents are the formats whose text is not what their bytes show, with how one is made that holds a credential
// and something long, and the places of the credential then. whole says that one cut in two is no such document any more
// and looked through as text, which misses nothing; others say what they have lost.
var documents = []struct {
	name   string
	make   func(t testing.TB, secret, long string) []byte
	places []string
	whole  bool
}{
	{"report.docx", func(t testing.TB, s, long string) []byte {
		return makeOffice(t, "word/document.xml", `<w:document><w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>`+s+`</w:t></w:r></w:p></w:document>`, long)
	}, []string{"!word/document.xml:2"}, false},
	{"keys.xlsx", func(t testing.TB, s, long string) []byte {
		return makeOffice(t, "xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="3"><c r="A3" t="inlineStr"><is><t>`+s+
			`</t></is></c></row></sheetData></worksheet>`, long)
	}, []string{"!xl/worksheets/sheet1.xml:3"}, false},
	{"talk.pptx", func(t testing.TB, s, long string) []byte {
		return makeOffice(t, "ppt/slides/slide1.xml", `<p:sld><a:p><a:r><a:t>a</a:t></a:r></a:p><a:p><a:r><a:t>`+s+`</a:t></a:r></a:p></p:sld>`, long)
	}, []string{"!ppt/slides/slide1.xml:2"}, false},
	{"letter.odt", func(t testing.TB, s, long string) []byte {
		return makeZip(t, member{"mimetype", "application/vnd.oasis.opendocument.text"}, member{"long.txt", long},
			member{"content.xml", `<office:document-content><text:p>a</text:p><text:p>` + s + `</text:p></office:document-content>`})
	}, []string{"!content.xml:2"}, false},
	{"manual.pdf", func(t testing.TB, s, long string) []byte { return makePDF(t, []string{"a", s}, "x", long) }, []string{"!page 1:2"}, false},
	{"app.db", func(t testing.TB, s, long string) []byte {
		return makeSQLite(t, "CREATE TABLE t(a); INSERT INTO t VALUES ('a'), ('"+s+"'); INSERT INTO t VALUES ('"+long+"');")
	}, []string{"!t:2"}, false},
	{"work.ipynb", func(t testing.TB, s, long string) []byte {
		return []byte(`{"cells": [{"cell_type": "code", "source": ["a\n", ` + quoted(t, s) + `]}], "metadata": ` + quoted(t, long) + `}`)
	}, []string{"!cell 1:2"}, true},
	{"terraform.tfstate", func(t testing.TB, s, long string) []byte {
		return []byte(strings.Replace(state(s, "none", "none"), `"outputs"`, `"lineage": `+quoted(t, long)+`, "outputs"`, 1))
	}, []string{"!sensitive values:2", "!sensitive values:3"}, true},
	{"tfplan", func(t testing.TB, s, long string) []byte {
		return makeZip(t, member{"tfplan", long}, member{"tfstate", state(s, "none", "none")})
	}, []string{"!tfstate!sensitive values:2", "!tfstate!sensitive values:3"}, false},
	{".env", func(_ testing.TB, s, long string) []byte {
		return []byte("A=b\nTOKEN=" + s + "\n" + long)
	}, []string{":2"}, true},
	{"image.tar", func(t testing.TB, s, long string) []byte { // as "docker save" writes it
		hash := strings.Repeat("a", 64)
		layer := makeTar(t, member{"app/.env", "A=b\nTOKEN=" + s + "\n"}, member{"long", long})
		return makeTar(t, member{hash + "/layer.tar", string(layer)}, member{"manifest.json", `[{"Layers": ["` + hash + `/layer.tar"]}]`})
	}, []string{"!" + strings.Repeat("a", 64) + "/layer.tar!app/.env:2"}, false},
	{"layout.tar", func(t testing.TB, s, long string) []byte { // of the OCI
		layer, manifest, config := "blobs/sha256/"+strings.Repeat("a", 64), "blobs/sha256/"+strings.Repeat("b", 64), "blobs/sha256/"+strings.Repeat("c", 64)
		return makeTar(t, member{"oci-layout", `{"imageLayoutVersion": "1.0.0"}`},
			member{"index.json", `{"schemaVersion": 2, "manifests": [{"digest": "sha256:` + strings.Repeat("b", 64) + `"}]}`},
			member{manifest, `{"schemaVersion": 2, "layers": [{"digest": "sha256:` + strings.Repeat("a", 64) + `"}]}`},
			member{config, `{"config": {"Env": ["A=b", ` + quoted(t, "TOKEN="+s) + `]}}`},
			member{layer, string(makeGzip(t, makeTar(t, member{"app/.env", "A=b\nTOKEN=" + s + "\n"}, member{"long", long})))})
	}, []string{"!blobs/sha256/" + strings.Repeat("c", 64) + "!environment:2", "!blobs/sha256/" + strings.Repeat("a", 64) + "!app/.env:2"}, false},
}

// makeOffice makes a document of Office Open XML.
func makeOffice(t testing.TB, part, content, long string) []byte {
	return makeZip(t, member{"[Content_Types].xml", "<Types/>"}, member{"long.txt", long}, member{part, content})
}

// scanned has a file looked through as it is, or in an archive before another one.
func scanned(t testing.TB, name string, data []byte) *recorder {
	t.Helper()
	r := newRecorder(t)
	r.expand(archive.Options{}, "outer.tar", makeTar(t, member{name, string(data)}, member{"behind", r.text()}))
	return r
}

func TestEveryDocument(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			r := newRecorder(t)
			data := d.make(t, r.secret, noise(20<<10))
			r = scanned(t, d.name, data)
			want := []string{"outer.tar!behind:3"}
			for _, place := range d.places {
				want = append(want, "outer.tar!"+d.name+place)
			}
			r.wantFound(want...)
			r.wantSkips()
		})
	}
}

// TestTruncatedDocument cuts each document off. It is named, unless nothing of it is missed, and what follows is scanned.
func TestTruncatedDocument(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			data := d.make(t, newRecorder(t).secret, noise(20<<10))
			for _, n := range []int{len(data) / 2, len(data) * 9 / 10} {
				r := scanned(t, d.name, data[:n])
				r.wantNamed(d.name, d.whole)
				if !strings.Contains(strings.Join(r.found, " "), "outer.tar!behind:3") {
					t.Errorf("cut to %d of %d bytes: found only %v", n, len(data), r.found)
				}
			}
		})
	}
}

// TestCorruptDocument overwrites the middle of each document. Nothing breaks, and what follows is scanned.
func TestCorruptDocument(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			whole := d.make(t, newRecorder(t).secret, noise(20<<10))
			for i := range 8 {
				data := bytes.Clone(whole)
				at := len(data) * (i + 1) / 10
				copy(data[at:], bytes.Repeat([]byte{0xa5}, 40))
				r := scanned(t, d.name, data)
				if !strings.Contains(strings.Join(r.found, " "), "outer.tar!behind:3") {
					t.Errorf("damage at %d of %d: found only %v", at, len(data), r.found)
				}
			}
		})
	}
}

// wantNamed wants that a file was named as damaged, or that it was not.
func (r *recorder) wantNamed(name string, not bool) {
	r.t.Helper()
	if not {
		r.wantSkips()
		return
	}
	for _, s := range r.skips {
		if strings.HasPrefix(s.Location.Name(), "outer.tar!"+name) {
			return
		}
	}
	r.t.Errorf("%s was not named: skipped %v", name, r.skips)
}
