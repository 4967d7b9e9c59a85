package reporters

import (
	"bufio"
	"fmt"
	"io"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/inert"
)

// writeJSONL writes one finding a line. What was skipped and what the run was is not in
// this format; json has it.
func writeJSONL(w *bufio.Writer, r *Report, _ Options) error {
	for i := range r.Findings {
		if err := writeLine(w, lineJSON(&r.Findings[i], r.Reveal)); err != nil {
			return err
		}
	}
	return nil
}

// WriteLine writes one finding as the jsonl format does, in a single call of w.Write, for
// programs that hand findings on as they come. Unlike in a whole report, only the
// finding's own credential is looked for in its texts.
func WriteLine(w io.Writer, f *detector.Finding, reveal bool) error {
	r := prepared(&Report{Findings: []detector.Finding{*f}, Reveal: reveal})
	g := inert.JSON.Writer(w)
	if err := writeLine(g, lineJSON(&r.Findings[0], reveal)); err != nil {
		return fmt.Errorf("write a finding: %w", err)
	}
	return nil
}

func lineJSON(f *detector.Finding, reveal bool) *jsonFinding {
	j := findingJSON(f, reveal)
	j.Version = jsonVersion
	return j
}
