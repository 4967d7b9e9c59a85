package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/triage"
	"github.com/stanchsec/stanch/internal/workflow"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
)

// maxWorkflow is the size of a workflow that is checked, in bytes. GitHub takes far less.
const maxWorkflow = 4 << 20

// checkWorkflows adds the mistakes in the workflows of targets to the findings, as far as rules ask for them. They follow
// the configuration and the comments of the text as findings of the engine do.
func (s *scanned) checkWorkflows(targets []string, set []*rules.Rule) error {
	for _, t := range targets {
		for _, file := range workflow.Files(t) {
			if err := s.checkWorkflow(file, set); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scanned) checkWorkflow(file string, set []*rules.Rule) error {
	dir, base := path.Split(file)
	folder, err := s.tree.Folder(path.Clean(dir))
	if err != nil {
		return err
	}
	if folder.Excluded() || !folder.Wants(base) {
		return nil
	}
	text, err := readfile.Regular(file, maxWorkflow)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went while the scan ran
	}
	if err != nil {
		s.Skipped = append(s.Skipped, sources.Skip{Location: detector.Location{Path: file}, Reason: err.Error(), Incomplete: true})
		s.Incomplete = true
		return nil
	}
	found, err := workflow.Check(file, text, s.key)
	if err != nil {
		// GitHub does not run it either.
		s.Skipped = append(s.Skipped, sources.Skip{Location: detector.Location{Path: file}, Reason: "no valid YAML, so not checked as a workflow"})
		return nil
	}
	lines := bytes.Split(text, []byte("\n"))
	for i := range found {
		f := &found[i]
		if !slices.Contains(set, f.Rule) || folder.Drops(f.Rule.ID) {
			continue
		}
		f.Suppression = folder.Suppress(f.Rule.ID, f.Fingerprint, base)
		if n := f.Places[0].Span.StartLine; f.Suppression == nil && triage.Marked(text) && n <= len(lines) {
			before := ""
			if n > 1 {
				before = string(lines[n-2])
			}
			f.Suppression, _ = triage.Inline(string(lines[n-1]), before, f.Rule.ID)
		}
		s.Findings = append(s.Findings, *f)
	}
	return nil
}
