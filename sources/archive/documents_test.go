package archive_test

import (
	"encoding/json"
	"fmt"
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
