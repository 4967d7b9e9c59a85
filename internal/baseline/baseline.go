// Package baseline keeps the findings that a project knows of, so that a run tells what
// is new.
//
// In goes a baseline file and the findings of a run; out come the findings marked as
// known or not, and the file's next version. The file names credentials by fingerprint
// and holds neither secrets nor positions, so it stays true when code moves:
//
//	{
//	  "00112233445566778899aabbccddeeff": {"rule": "acme-api-key", "since": "2026-11-23", "note": "revoked"},
//	  "11223344556677889900aabbccddeeff": {"rule": "acme-webhook", "since": "2026-11-02"},
//	  "version": 1
//	}
//
// The entries are sorted by fingerprint, one a line, and every one ends in a comma,
// because the version comes last: to add or remove one changes no other line, and two
// branches that do so merge without conflict. The same findings give the same bytes.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stanchsec/stanch/detector"
)

// Version is the version of the file format.
const Version = 1

// Baseline is a set of known findings. The zero Baseline is empty and ready for use.
type Baseline struct {
	entries map[detector.Fingerprint]Entry
}

// Entry is one known finding.
type Entry struct {
	Fingerprint detector.Fingerprint `json:"-"`
	// Rule is the id of the rule that found it. Never empty.
	Rule string `json:"rule"`
	// Since is the day, YYYY-MM-DD, on which it came into the baseline; may be empty.
	Since string `json:"since,omitempty"`
	// Note is what people wrote about it. May be empty.
	Note string `json:"note,omitempty"`
}

// Len is the number of entries.
func (b *Baseline) Len() int { return len(b.entries) }

// Has reports whether the baseline knows a fingerprint.
func (b *Baseline) Has(f detector.Fingerprint) bool {
	_, ok := b.entries[f]
	return ok
}

// Entries lists all entries, sorted by fingerprint.
func (b *Baseline) Entries() []Entry {
	return slices.SortedFunc(maps.Values(b.entries), func(x, y Entry) int {
		return bytes.Compare(x.Fingerprint[:], y.Fingerprint[:])
	})
}

// Comparison counts how a run differs from the baseline, in fingerprints. Suppressed
// findings are left out.
type Comparison struct {
	// Known were found and are in the baseline, New were found and are not, Gone are
	// in it and were not found. Where nothing is Known and much is Gone, the
	// fingerprint key may have changed.
	Known, New, Gone int
}

// Mark sets Known of each finding.
func (b *Baseline) Mark(findings []detector.Finding) Comparison {
	found := map[detector.Fingerprint]bool{}
	var c Comparison
	for i := range findings {
		f := &findings[i]
		f.Known = b.Has(f.Fingerprint)
		if f.Suppression != nil || found[f.Fingerprint] {
			continue
		}
		found[f.Fingerprint] = true
		if f.Known {
			c.Known++
		} else {
			c.New++
		}
	}
	c.Gone = b.Len() - c.Known
	return c
}

// Change is what an [Baseline.Update] did: each list is sorted by fingerprint.
type Change struct{ Added, Dropped []Entry }

// Update returns the baseline that has all findings of a run that are not suppressed.
// An entry that is found again keeps its date and note; a new one gets the date of day,
// in UTC. What is not found again is dropped, unless keep is set, as it should be where
// the run saw only a part of the project. The receiver stays as it is.
func (b *Baseline) Update(findings []detector.Finding, day time.Time, keep bool) (*Baseline, Change) {
	next := &Baseline{entries: map[detector.Fingerprint]Entry{}}
	for i := range findings {
		f := &findings[i]
		if f.Suppression != nil {
			continue
		}
		old, known := b.entries[f.Fingerprint]
		e, again := next.entries[f.Fingerprint]
		switch {
		case !again:
			e = Entry{
				Fingerprint: f.Fingerprint, Rule: f.Rule.ID,
				Since: day.UTC().Format(time.DateOnly),
			}
			if known {
				e.Since, e.Note = old.Since, old.Note
			}
		case known && e.Rule == old.Rule:
			continue
		case known && f.Rule.ID == old.Rule || f.Rule.ID < e.Rule:
			// Two rules of a provider found one credential. Which of them the file
			// names must not depend on the order of the findings.
			e.Rule = f.Rule.ID
		}
		next.entries[f.Fingerprint] = e
	}
	var change Change
	for _, e := range next.Entries() {
		if !b.Has(e.Fingerprint) {
			change.Added = append(change.Added, e)
		}
	}
	for _, e := range b.Entries() {
		switch {
		case next.Has(e.Fingerprint):
		case keep:
			next.entries[e.Fingerprint] = e
		default:
			change.Dropped = append(change.Dropped, e)
		}
	}
	return next, change
}

// add puts an entry in. Where the file has it twice, as after a merge that keeps both
// sides, the earlier date holds, and no note is lost.
func (b *Baseline) add(e Entry) {
	if b.entries == nil {
		b.entries = map[detector.Fingerprint]Entry{}
	}
	if old, ok := b.entries[e.Fingerprint]; ok {
		if old.Since != "" && (e.Since == "" || old.Since < e.Since) {
			e.Since = old.Since
		}
		if old.Note != "" && e.Note != "" && old.Note != e.Note {
			e.Note = old.Note + "; " + e.Note
		}
		e.Note = cmp.Or(e.Note, old.Note)
		e.Rule = min(e.Rule, old.Rule)
	}
	b.entries[e.Fingerprint] = e
}

// Encode gives the content of the baseline's file.
func (b *Baseline) Encode() []byte {
	var out bytes.Buffer
	out.WriteString("{\n")
	for _, e := range b.Entries() {
		fmt.Fprintf(&out, "  %q: {\"rule\": %s", e.Fingerprint, quote(e.Rule))
		if e.Since != "" {
			fmt.Fprintf(&out, ", \"since\": %s", quote(e.Since))
		}
		if e.Note != "" {
			fmt.Fprintf(&out, ", \"note\": %s", quote(e.Note))
		}
		out.WriteString("},\n")
	}
	fmt.Fprintf(&out, "  \"version\": %d\n}\n", Version)
	return out.Bytes()
}

// quote gives a JSON string that shows <, > and & as they are.
func quote(s string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return bytes.TrimSpace(out.Bytes())
}
