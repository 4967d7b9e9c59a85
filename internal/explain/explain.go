// Package explain tells a person what the rules made of a text: which were woken,
// which matched, how each match was judged and what dropped it.
//
// In go a document and the rules; out comes text for a terminal.
package explain

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

// Options say what to explain.
type Options struct {
	// Line limits the explanation to what touches that line, 1-based; 0 for all.
	Line int
	// All tells of rules that were woken and did not match, too.
	All bool
	// MinConfidence is what a finding needs to be reported.
	MinConfidence float64
}

// Write explains a document.
func Write(ctx context.Context, w io.Writer, set []*rules.Rule, doc detector.Document, o Options) error {
	t := &tracer{data: doc.Data, line: o.Line}
	d, err := detector.New(set, detector.WithTracer(t), detector.WithMinConfidence(o.MinConfidence))
	if err != nil {
		return err
	}
	found, err := d.Scan(ctx, doc)
	if err != nil {
		return err
	}
	return t.write(w, set, found, o)
}

// event is something that happened at a place.
type event struct {
	line, column int
	rule         *rules.Rule
	decoding     []string

	what    string // "woken", "rejected", "judged"
	why     string // why it was rejected or dropped
	conf    float64
	reasons []detector.Reason
}

// tracer collects what the detector tells.
type tracer struct {
	data   []byte
	line   int
	events []event
}

func (t *tracer) Woken(rule *rules.Rule, pos int, decoding []string) {
	t.at(pos, event{rule: rule, decoding: decoding, what: "woken"})
}

func (t *tracer) Rejected(rule *rules.Rule, start, _ int, decoding []string, why string) {
	t.at(start, event{rule: rule, decoding: decoding, what: "rejected", why: why})
}

func (t *tracer) Judged(rule *rules.Rule, span detector.Span, confidence float64, reasons []detector.Reason, dropped string) {
	if t.line > 0 && (t.line < span.StartLine || t.line > span.EndLine) {
		return
	}
	t.events = append(t.events, event{
		line: span.StartLine, column: span.StartColumn, rule: rule, what: "judged",
		why: dropped, conf: confidence, reasons: reasons,
	})
}

// at notes an event at an offset.
func (t *tracer) at(pos int, e event) {
	e.line = bytes.Count(t.data[:pos], []byte{'\n'}) + 1
	e.column = pos - bytes.LastIndexByte(t.data[:pos], '\n')
	if t.line == 0 || t.line == e.line {
		t.events = append(t.events, e)
	}
}

func (t *tracer) write(w io.Writer, set []*rules.Rule, found []detector.Finding, o Options) error {
	slices.SortStableFunc(t.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), strings.Compare(a.rule.ID, b.rule.ID))
	})
	var b strings.Builder
	shown, woken := 0, 0
	seen := make(map[string]bool)
	for _, e := range t.events {
		if e.what == "woken" && !o.All {
			woken++
			continue
		}
		text := e.String()
		if seen[text] {
			continue
		}
		seen[text] = true
		b.WriteString(text)
		shown++
	}
	if shown == 0 {
		fmt.Fprintf(&b, "None of %d rules matched.\n", len(set))
	}
	if woken > 0 {
		fmt.Fprintf(&b, "%d times a rule was woken and its expression did not match (-v shows them).\n", woken)
	}
	n := 0
	for _, f := range found {
		if s := f.Places[0].Span; o.Line == 0 || s.StartLine <= o.Line && o.Line <= s.EndLine {
			n++
		}
	}
	switch n {
	case 0:
		b.WriteString("Nothing is reported.\n")
	case 1:
		b.WriteString("One finding is reported.\n")
	default:
		fmt.Fprintf(&b, "%d findings are reported.\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String gives the lines that tell of an event.
func (e event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d  %s", e.line, e.column, e.rule.ID)
	if len(e.decoding) > 0 {
		fmt.Fprintf(&b, "  (in %s)", strings.Join(e.decoding, " in "))
	}
	b.WriteByte('\n')
	switch e.what {
	case "woken":
		b.WriteString("    woken, but its expression does not match here\n")
	case "rejected":
		fmt.Fprintf(&b, "    its expression matches\n    dropped: %s\n", e.why)
	case "judged":
		fmt.Fprintf(&b, "    its expression matches\n")
		for _, r := range e.reasons {
			fmt.Fprintf(&b, "    %+.2f  %s: %s\n", r.Weight, r.Name, r.Text)
		}
		fmt.Fprintf(&b, "    confidence %.2f (%s)\n", e.conf, detector.Level(e.conf))
		if e.why == "" {
			b.WriteString("    reported\n")
		} else {
			fmt.Fprintf(&b, "    dropped: %s\n", e.why)
		}
	}
	return b.String()
}
