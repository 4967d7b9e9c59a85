package respond

import (
	"context"
	"fmt"

	"github.com/stanchsec/stanch/detector"
)

// Reread looks for a finding's credential in the document that its report names, and
// puts secret and parts into it. Nothing else than the very credential is accepted:
// its fingerprint must agree.
func Reread(ctx context.Context, d *detector.Detector, doc detector.Document, f *detector.Finding) error {
	found, err := d.Scan(ctx, doc)
	if err != nil {
		return fmt.Errorf("reading %s again: %w", doc.Location.Name(), err)
	}
	for _, again := range found {
		if again.Fingerprint == f.Fingerprint && again.Rule.ID == f.Rule.ID {
			f.Secret, f.Parts = again.Secret, again.Parts
			return nil
		}
	}
	return fmt.Errorf("%s no longer holds the credential %s", doc.Location.Name(), f.Fingerprint)
}
