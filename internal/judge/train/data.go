package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/assign"
	"github.com/stanchsec/stanch/internal/judge"
	"github.com/stanchsec/stanch/rules"
)

// label is what somebody said of some lines of a file.
type label struct {
	start, end int // lines
	truth      byte
	// from and to are the columns of the value, in characters; -1 if it is not said.
	from, to   int
	categories []string
}

// file is a file of the data set with what is known of it.
type file struct {
	name, repo string
	data       []byte
	lines      []int // where each begins
	labels     []label
	// others are the lines that rules other than those judged here report.
	others []lineRange
	cases  []labelled
}

type lineRange struct{ start, end int }

// labelled is a case, where it stands, and what the labels say of it.
type labelled struct {
	lineRange
	value assign.Value
	c     judge.Case
	v     judge.Vector
	// trivial says that it is not even judged; it serves as a sample all the same.
	trivial bool
	truth   byte // 'T', 'F', 'N' for what is called an id, '-' beside one of these, 0 where nobody said anything
}

// noSecret are the categories that count neither way.
var noSecret = map[string]bool{
	"UUID": true, "Nonce": true, "Salt": true, "AWS S3 Bucket": true, "Firebase Domain": true, "Tencent WeChat API App ID": true,
	"AWS Client ID": true, "Dropbox App secret": true,
}

// load reads the labelled files, in order of their names.
func load(dir string) ([]*file, error) {
	tables, err := filepath.Glob(filepath.Join(dir, "meta", "*.csv"))
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("%s holds no meta/*.csv: unpack the labelled archive there", dir)
	}
	byName := make(map[string]*file)
	for _, t := range tables {
		if err := readLabels(t, byName); err != nil {
			return nil, err
		}
	}
	var files []*file
	for _, f := range byName {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	finder := newFinder()
	for _, f := range files {
		if f.data, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.name))); err != nil {
			return nil, err
		}
		f.lines = lineStarts(f.data)
		if err := finder.fill(f); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func readLabels(table string, byName map[string]*file) error {
	in, err := os.Open(table)
	if err != nil {
		return err
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		number := func(name string, missing int) int {
			if n, err := strconv.Atoi(row[column[name]]); err == nil {
				return n
			}
			return missing
		}
		l := label{start: number("LineStart", 0), truth: row[column["GroundTruth"]][0], from: number("ValueStart", -1), to: number("ValueEnd", -1)}
		l.end = number("LineEnd", l.start)
		l.categories = strings.Split(row[column["Category"]], ":")
		if l.truth == 'T' && !slices.ContainsFunc(l.categories, func(c string) bool { return !noSecret[c] }) {
			l.truth = '-'
		}
		name := row[column["FilePath"]]
		f := byName[name]
		if f == nil {
			f = &file{name: name, repo: row[column["RepoName"]]}
			byName[name] = f
		}
		f.labels = append(f.labels, l)
	}
	return nil
}

// finder finds the cases of a text, and what other rules report.
type finder struct {
	words  []string
	others *detector.Detector
}

func newFinder() *finder {
	f := &finder{}
	var others []*rules.Rule
	for _, r := range rules.Builtin() {
		if r.Assigned {
			f.words = append(f.words, r.Context...)
		} else {
			others = append(others, r)
		}
	}
	var err error
	if f.others, err = detector.New(others); err != nil {
		panic(err)
	}
	return f
}

func (fi *finder) fill(f *file) error {
	found, err := fi.others.Scan(context.Background(), detector.Document{Data: f.data, Location: detector.Location{Path: f.name}})
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	for _, o := range found {
		s := o.Places[0].Span
		f.others = append(f.others, lineRange{s.StartLine, s.EndLine})
	}
	f.cases = fi.cases(f.data, f.name, f.line, true)
	for i := range f.cases {
		f.cases[i].truth = f.truth(&f.cases[i])
	}
	return nil
}

// cases are the values of a text that are worth a judgement, each once.
func (fi *finder) cases(data []byte, name string, line func(int) int, keepTrivial bool) []labelled {
	var out []labelled
	seen := make(map[int]bool)
	where := judge.FileOf(name)
	low := bytes.ToLower(data)
	if len(low) != len(data) {
		low = data
	}
	type hit struct{ pos, n int }
	var hits []hit
	for _, w := range fi.words {
		for p := 0; ; {
			i := bytes.Index(low[p:], []byte(w))
			if i < 0 {
				break
			}
			hits = append(hits, hit{p + i, len(w)})
			p += i + len(w)
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return a.pos - b.pos })
	for _, h := range hits {
		if !judge.Telling(data, h.pos, h.n) {
			continue
		}
		for _, v := range assign.Find(data, h.pos, h.n, nil) {
			if seen[v.Start] {
				continue
			}
			trivial := judge.Trivial(data, v)
			if trivial && (v.End-v.Start < judge.MinValue || !keepTrivial) {
				continue
			}
			seen[v.Start] = seen[v.Start] || !trivial
			c := judge.NewCase(data, v)
			out = append(out, labelled{trivial: trivial, lineRange: lineRange{line(v.Start), line(v.End - 1)}, value: v, c: c, v: judge.Measure(&c).In(where)})
		}
	}
	return out
}

// lineStarts are the offsets at which the lines of a text begin.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line is the line that an offset is in, from 1.
func (f *file) line(p int) int { return sort.SearchInts(f.lines, p+1) }

// truth is what the labels say of a case: T if it shares text with a value labelled
// true, N with one that names something else, - if only its line does, F if all labels
// there are false.
func (f *file) truth(c *labelled) byte {
	truth := byte(0)
	for _, l := range f.labels {
		if l.end < c.start || l.start > c.end {
			continue
		}
		switch l.truth {
		case 'T':
			if l.start != l.end || l.from < 0 || l.to < 0 || f.touches(&l, c) {
				return 'T'
			}
			truth = '-'
		case '-':
			truth = '-'
			if l.start == l.end && l.from >= 0 && l.to >= 0 && f.touches(&l, c) {
				truth = 'N'
			}
		default:
			if truth == 0 {
				truth = 'F'
			}
		}
	}
	return truth
}

// touches reports whether the case shares text with the label's value.
func (f *file) touches(l *label, c *labelled) bool {
	start := f.lines[l.start-1]
	end := len(f.data)
	if l.start < len(f.lines) {
		end = f.lines[l.start]
	}
	from, to, n := -1, end, 0
	for i := range string(f.data[start:end]) { // columns count characters
		if n == l.from {
			from = start + i
		}
		if n == l.to {
			to = start + i
		}
		n++
	}
	return from >= 0 && c.value.Start < to && from < c.value.End
}

// unlabelled are the cases of source trees that hold hardly any credential.
func unlabelled(root string) ([]labelled, int, error) {
	fi := newFinder()
	var out []labelled
	lines := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "testdata" || e.Name() == ".git") {
			return filepath.SkipDir
		}
		if !e.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		starts := lineStarts(data)
		lines += len(starts)
		cases := fi.cases(data, filepath.ToSlash(rel), func(p int) int { return sort.SearchInts(starts, p+1) }, false)
		out = append(out, cases...)
		return nil
	})
	return out, lines, err
}
