package respond

import (
	"fmt"
	"time"

	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/tomlread"
)

// SignOff is a person's word for one plan. Who may write the file is decided where it
// is kept: in a repository, by a review.
//
//	plan = "3f1c…"            # what stanch revoke printed: Plan.Digest
//	approved-by = "Ada"
//	expires = 2026-12-31      # the last day on which it counts
type SignOff struct {
	Plan, ApprovedBy string
	Expires          time.Time
}

// LoadSignOff reads a sign-off.
func LoadSignOff(path string) (*SignOff, error) {
	data, err := readfile.Regular(path, tomlread.MaxSize)
	if err != nil {
		return nil, fmt.Errorf("reading the sign-off: %w", err)
	}
	doc, err := tomlread.Parse(path, data)
	if err != nil {
		return nil, err
	}
	var s SignOff
	s.Plan, _ = doc.Root.String("plan")
	s.ApprovedBy, _ = doc.Root.String("approved-by")
	s.Expires, _ = doc.Root.Date("expires")
	if s.Plan == "" || s.ApprovedBy == "" || s.Expires.IsZero() {
		doc.Root.Missingf(`a sign-off has plan = "…", approved-by = "…" and expires = YYYY-MM-DD`)
	}
	doc.Root.RejectRest()
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return &s, nil
}

// covers reports whether the sign-off is for a plan, today.
func (s *SignOff) covers(p *Plan, now time.Time) error {
	switch {
	case s == nil:
		return fmt.Errorf("the policy asks for a sign-off; the plan is %s", p.Digest())
	case s.Plan != p.Digest():
		return fmt.Errorf("the sign-off is for another plan; this one is %s", p.Digest())
	case !now.Before(s.Expires.AddDate(0, 0, 1)):
		return fmt.Errorf("the sign-off expired on %s", s.Expires.Format(time.DateOnly))
	}
	return nil
}
