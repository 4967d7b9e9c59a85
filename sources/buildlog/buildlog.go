// Package buildlog is the source for the logs of build systems.
//
// In go files and streams that hold logs ([New], [Stream]), or the address of a run whose
// logs are fetched ([NewGitHub]); out come documents without what the build system and
// terminals put into the text: time stamps at the beginning of lines, colours and other
// escape sequences, marks of sections, lines that were cut in two. Positions of findings
// are nevertheless those in the log as it is; see [detector.Cut]. Location.Job and
// Location.Step name the part of the build, as far as the log tells.
//
// # What is understood
//
//   - zip archives of GitHub Actions and Azure Pipelines: "1_job.txt", "job/2_step.txt". What a
//     job's own file repeats of its steps is looked at once;
//   - GitHub Actions: time stamps, "##[group]Run" begins a step;
//   - GitLab: "section_start:", time stamps with the number of the stream, lines that
//     continue the one before (https://docs.gitlab.com/ci/jobs/job_logs/);
//   - Jenkins: "[Pipeline] { (stage)", console notes, the stamps of the Timestamper;
//   - CircleCI: the JSON array of messages that "output_url" gives. Positions are those in the
//     messages put together;
//   - Azure Pipelines: "##[section]Starting: step";
//   - Buildkite: "~~~ section" behind its time marks; Travis: "travis_fold:start:section";
//   - anything else is text.
//
// A terminal breaks long lines at its width. Where a line of exactly a usual width ends
// within a token, the token is looked for across the break, too.
package buildlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

// Source reads logs from files. Make one with [New] or [Stream].
type Source struct {
	paths  []string
	stream io.Reader
}

var _ sources.Source = (*Source)(nil)

// New makes a source of log files, plain or zipped. It touches none of them.
func New(paths []string) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no log to scan: name a file")
	}
	return &Source{paths: paths}, nil
}

// Stream makes a source of one log that is read from r; its path is "-".
func Stream(r io.Reader) *Source { return &Source{stream: r} }

// Walk implements [sources.Source].
func (s *Source) Walk(ctx context.Context, sink sources.Sink) error {
	if s.stream != nil {
		return (&reader{sink: sink}).log(ctx, s.stream, detector.Location{Path: "-"})
	}
	for _, path := range s.paths {
		if err := s.file(ctx, sink, path); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) file(ctx context.Context, sink sources.Sink, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot scan the log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("cannot scan the log: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("cannot scan %s as a log: it is a folder; name the files in it", path)
	}
	at := detector.Location{Path: filepath.ToSlash(filepath.Clean(path))}
	return (&reader{sink: sink}).any(ctx, f, info.Size(), at)
}
