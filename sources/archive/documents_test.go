package archive_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/sources/archive"
)

// quoted is s as a JSON string.
func quoted(t testing.TB, s string) string {
	b := must(json.Marshal(s))(t)
	return string(b)
}

func TestNotebook(t *testing.T) {
	r := newRecorder(t)
	lines := func(list ...string) string {
		for i := range list {
			list[i] = quoted(t, list[i])
		}
		return "[" + strings.Join(list, ",\n ") + "]"
	}
	secret := "token = '" + r.secret + "'\n"
	data := `{
 "metadata": {"author": "` + r.secret + `"},
 "nbformat": 4,
 "cells": [
  {"cell_type": "markdown", "source": "a title"},
  {"cell_type": "code", "metadata": {}, "source": ` + lines("import os\n", secret, "print(token)") + `, "outputs": [
   {"output_type": "stream", "name": "stdout", "text": ` + lines("first\n", "second\n", "third\n", secret) + `},
   {"output_type": "display_data", "data": {"text/plain": ` + lines("plain\n", secret) + `, "image/png": "AAAA"}},
   {"output_type": "error", "evalue": "refused", "traceback": ` + lines("one", "two", secret) + `}
  ]}
 ]
}
`
	r.expand(archive.Options{}, "work.ipynb", []byte(data))
	r.wantFound("work.ipynb:2", "work.ipynb!cell 2:2", "work.ipynb!cell 2 output 1:4", "work.ipynb!cell 2 output 2:2",
		"work.ipynb!cell 2 output 3:4")
	r.wantSkips()
	if text := r.texts["work.ipynb!cell 2"]; text != "import os\n"+secret+"print(token)" {
		t.Errorf("the second cell is %q", text)
	}
	rest := r.texts["work.ipynb"]
	if len(rest) != len(data) || strings.Contains(rest, "import os") || !strings.Contains(rest, `"image/png": "AAAA"`) {
		t.Errorf("the rest is %s", rest)
	}
}

func TestNotebookOfVersion3(t *testing.T) {
	r := newRecorder(t)
	data := `{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x\n", ` + quoted(t, r.secret) + `],
		"outputs": [{"text": ["y\n", ` + quoted(t, r.secret) + `]}]}]}]}`
	r.expand(archive.Options{}, "old.ipynb", []byte(data))
	r.wantFound("old.ipynb!cell 1:2", "old.ipynb!cell 1 output 1:2")
}

// TestNotebookThatIsNone is looked through as text, which misses nothing that can be read.
func TestNotebookThatIsNone(t *testing.T) {
	for _, data := range []string{"{\n\n %q", "{\"cells\": [\n\n%q", "{\n\n\"a\": %q} {}", "{\n\n\"a\" %q}"} {
		r := newRecorder(t)
		r.expand(archive.Options{}, "broken.ipynb", fmt.Appendf(nil, data, r.secret))
		r.wantFound("broken.ipynb:3")
	}
}

func TestNotebookInATruncatedArchive(t *testing.T) {
	r := newRecorder(t)
	data := makeTar(t, member{"x.ipynb", "{\n\n" + quoted(t, r.secret) + noise(10_000)})
	r.expand(archive.Options{}, "x.tar", data[:5000])
	r.wantFound("x.tar!x.ipynb:3")
	r.wantSkips("x.tar!x.ipynb: unexpected EOF", "x.tar: unexpected EOF")
}

// TestDockerSave looks through an image of two layers, the second of which deletes what the first has.
func TestDockerSave(t *testing.T) {
	r := newRecorder(t)
	layer := func(c string) string { return "blobs/sha256/" + strings.Repeat(c, 64) }
	config := `{"architecture": "amd64", "os": "linux",
 "config": {"Env": ["PATH=/bin", "A=B", ` + quoted(t, "TOKEN="+r.secret) + `], "Cmd": ["sh"]},
 "history": [{"created_by": "COPY . /app"}, {"created_by": ` + quoted(t, "|1 TOKEN="+r.secret+" /bin/sh -c make") + `}],
 "rootfs": {"type": "layers", "diff_ids": []}, "label": "` + r.secret + `"}`
	first := makeTar(t, member{"app/.env", r.text()}, member{"etc/passwd", "root"})
	second := makeTar(t, member{"app/.wh..env", ""})
	manifest := `[{"Config": "` + layer("c") + `", "RepoTags": ["app:1"], "Layers": ["` + layer("a") + `", "` + layer("b") + `"]}]`
	for name, pack := range map[string]func(testing.TB, []byte) []byte{
		"plain": func(_ testing.TB, b []byte) []byte { return b }, "gzip": makeGzip, "zstd": makeZstd,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t)
			r.expand(archive.Options{}, "image.tar", makeTar(t,
				member{layer("a"), string(pack(t, first))}, member{layer("b"), string(pack(t, second))},
				member{layer("c"), config}, member{layer("d"), manifest}, member{"manifest.json", manifest}))
			r.wantFound("image.tar!"+layer("a")+"!app/.env:3", "image.tar!"+layer("c")+"!environment:3",
				"image.tar!"+layer("c")+"!history:2", "image.tar!"+layer("c")+":4")
			r.wantSkips()
		})
	}
}

func TestWordDocument(t *testing.T) {
	r := newRecorder(t)
	half := len(r.secret) / 2
	body := `<?xml version="1.0" encoding="UTF-8"?>
<w:document xmlns:w="w"><w:body>
 <w:p><w:r><w:t>Title</w:t></w:r></w:p>
 <w:p><w:r><w:t xml:space="preserve">token: </w:t></w:r><w:r><w:t>` + r.secret[:half] + `</w:t></w:r><w:proofErr/>
   <w:r><w:t>` + r.secret[half:] + `</w:t></w:r></w:p>
 <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a &amp; b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>`
	rels := `<Relationships><Relationship Target="https://example.com/?token=` + r.secret + `"/></Relationships>`
	r.expand(archive.Options{}, "report.docx", makeZip(t, member{"[Content_Types].xml", "<Types/>"},
		member{"word/document.xml", body}, member{"word/_rels/document.xml.rels", rels}))
	r.wantFound("report.docx!word/document.xml:2", "report.docx!word/_rels/document.xml.rels:1")
	r.wantSkips()
	text := r.texts["report.docx!word/document.xml"]
	if want := "Title\ntoken: " + r.secret + "\na & b\n\t"; !strings.HasPrefix(text, want) {
		t.Errorf("the text is %.200q", text)
	}
	if strings.Count(text, "Title") != 1 {
		t.Errorf("the title comes twice: %q", text)
	}
}

func TestSlides(t *testing.T) {
	r := newRecorder(t)
	slide := `<p:sld><p:txBody><a:p><a:r><a:t>first</a:t></a:r></a:p><a:p><a:r><a:t>` + r.secret + `</a:t></a:r></a:p></p:txBody></p:sld>`
	r.expand(archive.Options{}, "talk.pptx", makeZip(t, member{"[Content_Types].xml", "<Types/>"}, member{"ppt/slides/slide1.xml", slide}))
	r.wantFound("talk.pptx!ppt/slides/slide1.xml:2")
}

func TestWorkbook(t *testing.T) {
	r := newRecorder(t)
	sheet := `<worksheet><sheetData>
  <row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2"><f>1+1</f><v>2</v></c></row>
  <row r="5"><c r="A5" t="inlineStr"><is><t>` + r.secret + `</t></is></c></row>
</sheetData></worksheet>`
	shared := `<sst><si><t>token</t></si><si><r><t>` + r.secret[:9] + `</t></r><r><t>` + r.secret[9:] + `</t></r></si><si><t>unused ` + r.secret + `</t></si></sst>`
	r.expand(archive.Options{}, "keys.xlsx", makeZip(t, member{"[Content_Types].xml", "<Types/>"},
		member{"xl/worksheets/sheet1.xml", sheet}, member{"xl/sharedStrings.xml", shared}))
	r.wantFound("keys.xlsx!xl/worksheets/sheet1.xml:2", "keys.xlsx!xl/worksheets/sheet1.xml:5", "keys.xlsx!xl/sharedStrings.xml:1")
	if text := r.texts["keys.xlsx!xl/worksheets/sheet1.xml"]; !strings.HasPrefix(text, "\ntoken\t"+r.secret+"\t1+1 2\n\n\n"+r.secret+"\n") {
		t.Errorf("the sheet is %.200q", text)
	}
}

func TestOpenDocument(t *testing.T) {
	r := newRecorder(t)
	content := `<office:document-content><text:h>Title</text:h><text:p>a<text:s text:c="3"/>b<text:span>c</text:span> <text:span>d</text:span></text:p>
	 <text:p>` + r.secret[:7] + `<text:span>` + r.secret[7:] + `</text:span></text:p></office:document-content>`
	r.expand(archive.Options{}, "letter.odt", makeZip(t, member{"mimetype", "application/vnd.oasis.opendocument.text"}, member{"content.xml", content}))
	r.wantFound("letter.odt!content.xml:3")
	if text := r.texts["letter.odt!content.xml"]; !strings.HasPrefix(text, "Title\na   bc d\n") {
		t.Errorf("the text is %.200q", text)
	}
}

// TestDocumentOfBrokenXML is looked through as it is.
func TestDocumentOfBrokenXML(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{}, "report.docx", makeZip(t, member{"[Content_Types].xml", "<Types/>"},
		member{"word/document.xml", "<w:p>\n\n<w:t>" + r.secret + "</w:t>< <"}))
	r.wantFound("report.docx!word/document.xml:3")
}

func makeSQLite(t testing.TB, sql string) []byte {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	path := filepath.Join(t.TempDir(), "db")
	cmd := exec.Command(program, path)
	cmd.Stdin = strings.NewReader(sql)
	must(cmd.Output())(t)
	return must(os.ReadFile(path))(t)
}

func TestSQLite(t *testing.T) {
	r := newRecorder(t)
	inner := hex.EncodeToString(makeGzip(t, []byte(r.text())))
	sql := `CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, token TEXT, extra BLOB);
		INSERT INTO users VALUES (1, 'ann', NULL, NULL), (2, 'bob "b"', '` + r.secret + `', 1.5), (3, 'eve', 'none', x'` + inner + `');
		CREATE TABLE long(a); INSERT INTO long VALUES (printf('%020000d', 0) || ' ' || '` + r.secret + `');`
	data := makeSQLite(t, sql)
	r.expand(archive.Options{}, "app.db", data)
	r.wantFound("app.db!users:2", "app.db!users!row 3 extra!row 3 extra:3", "app.db!long:1")
	r.wantSkips()
	want := "{\"name\":\"ann\"}\n{\"name\":\"bob \\\"b\\\"\",\"token\":\"" + r.secret + "\",\"extra\":1.5}\n"
	if text := r.texts["app.db!users"]; !strings.HasPrefix(text, want) {
		t.Errorf("the table is %.200q", text)
	}

	r = newRecorder(t)
	r.expand(archive.Options{}, "x.tar", makeTar(t, member{"app.db", string(data)}, member{"behind", r.text()}))
	r.wantFound("x.tar!app.db!users:2", "x.tar!app.db!users!row 3 extra!row 3 extra:3", "x.tar!app.db!long:1", "x.tar!behind:3")
}

func TestSQLiteDeletedRows(t *testing.T) {
	r := newRecorder(t)
	data := makeSQLite(t, `PRAGMA secure_delete = 0; CREATE TABLE gone(a); INSERT INTO gone VALUES ('`+r.secret+`');
		CREATE TABLE kept(a); DROP TABLE gone;`)
	r.expand(archive.Options{}, "app.db", data)
	r.wantFound("app.db!(free pages):1")
}

func TestDamagedSQLite(t *testing.T) {
	r := newRecorder(t)
	data := makeSQLite(t, `CREATE TABLE t(a); INSERT INTO t VALUES ('`+r.secret+`');
		WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < 999)
		INSERT INTO t SELECT printf('row number %d', i) FROM n;`)
	r.expand(archive.Options{}, "app.db", data[:len(data)*3/4])
	r.wantFound("app.db!t:1")
	r.wantSkips("app.db!t: damaged table, scanned only in part: page")

	r = newRecorder(t)
	data[16] = 1 // a page size that there is not
	r.expand(archive.Options{}, "app.db", data)
	r.wantSkips("app.db: damaged SQLite database, scanned as bytes only: header: pages of")
	if len(r.found) == 0 {
		t.Error("the credential was not found among the bytes")
	}
}
