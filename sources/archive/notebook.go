package archive

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Jupyter notebooks are JSON in which a line of code is a string, quoted and escaped:
// https://nbformat.readthedocs.io/en/latest/format_description.html

func isNotebook(name string, head []byte) bool {
	return strings.EqualFold(path.Ext(name), ".ipynb") && startsObject(head)
}

// openNotebook hands each cell over as it looks to those who work with it, each of its outputs, and the rest of the
// file, such as its metadata, where that stands. Cells and outputs are counted from 1.
func openNotebook(w *walk, in *input) error {
	data, ok, err := w.whole(in, maxJSON)
	if err != nil || !ok {
		return w.asText(in, data, err)
	}
	var parts parts
	rest, err := takeStrings(data, func(path []string, value string) bool {
		name, ends := notebookPart(path)
		if name != "" {
			parts.add(name, value, path, ends)
		}
		return name != ""
	})
	if err != nil {
		return w.asText(in, data, nil) // it is read by eye then, too
	}
	return w.parts(in, &parts, rest)
}

// notebookPart is the name of the part that the string at path belongs to, "" if none. ends says that it ends a
// line even if it does not say so.
func notebookPart(path []string) (name string, ends bool) {
	if len(path) > 2 && path[0] == "worksheets" { // before version 4
		path = path[2:]
	}
	if len(path) < 3 || path[0] != "cells" {
		return "", false
	}
	cell := "cell " + oneMore(path[1])
	switch key := path[2]; {
	case key == "source" || key == "input":
		return cell, false
	case key != "outputs" || len(path) < 5:
		return "", false
	}
	output := cell + " output " + oneMore(path[3])
	switch key := path[4]; {
	case key == "text" || key == "html":
		return output, false
	case key == "traceback" || key == "evalue":
		return output, true
	case key == "data" && len(path) > 5 && (strings.HasPrefix(path[5], "text/") || path[5] == "image/svg+xml"):
		return output, false
	}
	return "", false
}

// oneMore counts from 1 what was counted from 0.
func oneMore(index string) string {
	n, err := strconv.Atoi(index)
	if err != nil {
		return index
	}
	return strconv.Itoa(n + 1)
}

// parts are pieces of text that were taken out of a file.
type parts struct {
	list []*part
	last []string // the path of the string that was added last
}

type part struct {
	name string
	text strings.Builder
}

// add adds a string to the part of that name. Strings of one list go on in the same line; others begin a new one.
func (p *parts) add(name, text string, path []string, ends bool) {
	i := len(p.list) - 1
	if i < 0 || p.list[i].name != name {
		i = slices.IndexFunc(p.list, func(q *part) bool { return q.name == name })
	}
	if i < 0 {
		i = len(p.list)
		p.list = append(p.list, &part{name: name})
	}
	b := &p.list[i].text
	same := len(path) == len(p.last) && len(path) > 0 && slices.Equal(path[:len(path)-1], p.last[:len(path)-1])
	if s := b.String(); s != "" && (!same || ends) && s[len(s)-1] != '\n' {
		b.WriteByte('\n')
	}
	b.WriteString(text)
	p.last = append(p.last[:0], path...)
}

// parts hands parts over and the rest of the file that they are from.
func (w *walk) parts(in *input, p *parts, rest []byte) error {
	for _, q := range p.list {
		if err := w.count(in); err != nil {
			return err
		}
		if err := w.text(within(in.at, q.name), strings.NewReader(q.text.String())); err != nil {
			return err
		}
	}
	return w.text(in.at, bytes.NewReader(rest))
}

// asText hands in over as it is, of which data was read already, and err what ended that.
func (w *walk) asText(in *input, data []byte, err error) error {
	if err != nil {
		in.stream = failed{err}
	}
	if data != nil {
		in.stream = &begun{head: data, r: in.stream}
	}
	return w.leaf(in)
}
