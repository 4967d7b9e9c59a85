package verify

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/stanchsec/stanch/detector"
)

// ReadNoTouch reads a list of credentials that nobody is to be asked about: a
// fingerprint a line, with a reason behind "#". Empty lines and lines that begin with
// "#" are skipped. The errors name every bad line.
func ReadNoTouch(path string) (map[detector.Fingerprint]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of credentials not to touch: %w", err)
	}
	defer f.Close()
	list := make(map[detector.Fingerprint]string)
	var bad []error
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text, reason, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		fp, err := detector.ParseFingerprint(text)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s:%d: %w", path, n, err))
			continue
		}
		list[fp] = tidy(reason)
	}
	if err := lines.Err(); err != nil {
		bad = append(bad, fmt.Errorf("reading %s: %w", path, err))
	}
	return list, errors.Join(bad...)
}
