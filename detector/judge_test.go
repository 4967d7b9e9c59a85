package detector

import (
	"strings"
	"testing"
)

// TestIndentedBlock holds that the indentation of a credential's lines does not make
// it look like a placeholder.
func TestIndentedBlock(t *testing.T) {
	body := random(1, 64, alnum)
	indent := "\n" + strings.Repeat(" ", 12)
	block := "-----BEGIN ACME KEY-----\n" + body + indent + body[:30] + "==" + indent + "-----END ACME KEY-----"
	found := scanText(t, testDetector(t), block)
	if len(found) != 1 || found[0].Rule.ID != "acme-block" || Level(found[0].Confidence) != "high" {
		t.Errorf("found %s", describe(found))
	}
}
