package detector

import "github.com/stanchsec/stanch/rules"

// Tracer is told what happens to the candidates of a document; see [WithTracer].
// Its methods are called from the goroutine that scans.
type Tracer interface {
	// Rejected tells that the rule's expression matched the text from start to end,
	// byte offsets in the document, and why that came to nothing. For decoded text
	// decoding lists the encodings that were undone.
	Rejected(rule *rules.Rule, start, end int, decoding []string, why string)

	// Judged tells what became of a candidate: its confidence, the reasons for it,
	// and why it is not reported; dropped is empty if it is.
	Judged(rule *rules.Rule, span Span, confidence float64, reasons []Reason, dropped string)

	// Woken tells that a rule was woken for the text at pos but did not match there.
	Woken(rule *rules.Rule, pos int, decoding []string)
}

// traced reports a rejected match to the tracer, if there is one.
func (l *layer) traced(c *compiled, m extent, why string) {
	if l.d.trace != nil {
		start, end := l.origin(m.start, m.end)
		l.d.trace.Rejected(c.Rule, start, end, l.decoding, why)
	}
}
