package ci

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
)

// Output is a value that a step hands to those after it.
type Output struct{ Name, Value string }

// WriteOutputs writes the outputs of the step, with a delimiter that nobody can foresee: a value
// cannot begin another output
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
// Where the system has no file for them nothing is written.
func (g *GitHub) WriteOutputs(outputs []Output) error {
	if g.OutputFile == "" {
		return nil
	}
	var b strings.Builder
	for _, o := range outputs {
		delimiter := "stanch-" + rand.Text()
		if strings.Contains(o.Value, delimiter) {
			return fmt.Errorf("write the output %s: its value has the delimiter", o.Name)
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, delimiter, o.Value, delimiter)
	}
	if err := appendTo(g.OutputFile, b.String()); err != nil {
		return fmt.Errorf("write the step's outputs: %w", err)
	}
	return nil
}

// maxSummary is how many bytes GitHub takes as the summary of a step. Above that it takes
// none.
const maxSummary = 1 << 20

// SummaryRoom is how many bytes are left in the step's summary, 0 if there is none.
func (g *GitHub) SummaryRoom() int {
	if g.SummaryFile == "" {
		return 0
	}
	info, err := os.Stat(g.SummaryFile)
	if err != nil {
		return maxSummary
	}
	return int(max(0, maxSummary-info.Size()))
}

// WriteSummary adds Markdown to the step's summary.
func (g *GitHub) WriteSummary(text string) error {
	if g.SummaryFile == "" {
		return nil
	}
	if err := appendTo(g.SummaryFile, text); err != nil {
		return fmt.Errorf("write the step's summary: %w", err)
	}
	return nil
}

func appendTo(file, text string) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	_, err = io.WriteString(f, text)
	return err
}
