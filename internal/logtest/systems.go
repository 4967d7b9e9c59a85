package logtest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"time"
)

// GitHub is a job's log as GitHub Actions keeps it, of about size bytes: a time stamp before
// each line, groups, some lines coloured.
func GitHub(seed uint64, size int) []byte {
	w := newWriter(seed)
	now := epoch
	out := bytes.NewBufferString("\ufeff")
	stamp := func(line string) {
		now = now.Add(time.Duration(w.n(4e7)))
		fmt.Fprintf(out, "%s %s\n", now.Format("2006-01-02T15:04:05.0000000Z"), line)
	}
	for out.Len() < size {
		step := w.word() + " " + w.word()
		stamp("##[group]Run " + step)
		stamp("\x1b[36;1m" + step + " --verbose\x1b[0m")
		stamp("shell: /usr/bin/bash -e {0}")
		stamp("##[endgroup]")
		for range 5 + w.n(10) {
			for _, line := range w.lines() {
				if w.n(12) == 0 {
					line = "\x1b[32m" + line + "\x1b[0m"
				}
				stamp(line)
			}
		}
	}
	return out.Bytes()
}

// GitHubZip is the archive of the logs of a run with some jobs, each of about size bytes
// and, as GitHub makes it, in it twice: as a whole, and step by step.
func GitHubZip(seed uint64, jobs, size int) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add := func(name string, text []byte) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	for job := range jobs {
		text := GitHub(seed+uint64(job), size)
		name := fmt.Sprintf("build (%d)", job)
		add(fmt.Sprintf("%d_%s.txt", job, name), text)
		for step, part := range bytes.SplitAfter(text, []byte("##[endgroup]\n")) {
			add(fmt.Sprintf("%s/%d_step %d.txt", name, step+1, step+1), part)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// GitLab is the trace of a job of about size bytes: sections, time stamps with the number of
// the stream, colours.
func GitLab(seed uint64, size int) []byte {
	w := newWriter(seed)
	now := epoch
	var out bytes.Buffer
	stamp := func(line string) {
		now = now.Add(time.Duration(w.n(4e7)))
		fmt.Fprintf(&out, "%s 00O %s\n", now.Format("2006-01-02T15:04:05.000000Z"), line)
	}
	for out.Len() < size {
		name := w.word() + "_" + w.word()
		stamp(fmt.Sprintf("\x1b[0Ksection_start:%d:%s[collapsed=true]\r\x1b[0K\x1b[0K\x1b[36;1m%s\x1b[0;m", now.Unix(), name, name))
		stamp("\x1b[32;1m$ make " + name + "\x1b[0;m")
		for range 5 + w.n(10) {
			for _, line := range w.lines() {
				stamp(line)
			}
		}
		stamp(fmt.Sprintf("\x1b[0Ksection_end:%d:%s\r\x1b[0K", now.Unix(), name))
	}
	return out.Bytes()
}

// lines are those of a block.
func (w *writer) lines() []string {
	w.b.Reset()
	w.block()
	return strings.Split(strings.TrimSuffix(w.b.String(), "\n"), "\n")
}
