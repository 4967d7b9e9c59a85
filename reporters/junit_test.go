package reporters

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/detector"
)

// parseJUnit reads a report and holds that its counts are right.
func parseJUnit(t testing.TB, text []byte) junitSuites {
	t.Helper()
	var s junitSuites
	if err := xml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Suites) != 1 {
		t.Fatalf("%d suites", len(s.Suites))
	}
	var failures, errors, skipped int
	for _, c := range s.Suites[0].Cases {
		if c.Name == "" || c.Classname == "" && c.Error == nil && c.Failure == nil && c.Skipped == nil {
			t.Errorf("a test without a name: %+v", c)
		}
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errors++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	u := s.Suites[0]
	if u.Tests != len(u.Cases) || u.Failures != failures || u.Errors != errors || u.Skipped != skipped ||
		s.Tests != u.Tests || s.Failures != u.Failures || s.Errors != u.Errors || s.Skipped != u.Skipped {
		t.Errorf("counts %+v of %d tests with %d, %d, %d", s, len(u.Cases), failures, errors, skipped)
	}
	return s
}

func TestJUnit(t *testing.T) {
	s := parseJUnit(t, write(t, "junit", sample(), Options{}))
	if s.Tests != 9 || s.Failures != 5 || s.Errors != 2 || s.Skipped != 2 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped; want 9, 5, 2, 2", s.Tests, s.Failures, s.Errors, s.Skipped)
	}
	if s := parseJUnit(t, write(t, "junit", &Report{}, Options{})); s.Tests != 1 || s.Failures+s.Errors+s.Skipped != 0 {
		t.Errorf("an empty report: %+v", s)
	}
}

// What ends a CDATA section within a line of a scanned file does not end it.
func TestJUnitCDATA(t *testing.T) {
	const evil = `]]></failure></testcase><testcase name="fake"/>`
	f := finding(awsRule, detector.NewSecret(made(40, 14), 0), "a", 1, "x "+evil+" ", "")
	s := parseJUnit(t, write(t, "junit", &Report{Findings: []detector.Finding{f}}, Options{}))
	if s.Tests != 1 || !strings.Contains(s.Suites[0].Cases[0].Failure.Text, evil) {
		t.Errorf("%+v", s.Suites[0].Cases)
	}
}
