package reporters

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func TestNewUnknown(t *testing.T) {
	_, err := New("xml", Options{})
	want := `report format "xml": there is no such format; use one of text, json, jsonl, sarif, csv, junit, html, gitlab, github, azure, markdown`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// failing takes a few bytes and no more.
type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriteError(t *testing.T) {
	for _, format := range Formats() {
		for _, left := range []int{0, 5000} {
			r := sample()
			for range 20 {
				r.Findings = append(r.Findings, r.Findings[:7]...)
			}
			reporter, err := New(format, Options{All: true})
			if err != nil {
				t.Fatal(err)
			}
			err = reporter.Write(&failing{left}, r)
			if !errors.Is(err, errFull) || !strings.Contains(err.Error(), format+" report") {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
	if err := WriteLine(iotest.TruncateWriter(&failing{}, 1<<20), &sample().Findings[0], false); !errors.Is(err, errFull) {
		t.Errorf("WriteLine: %v", err)
	}
}

// once counts the calls of Write.
type once struct {
	calls int
	text  []byte
}

func (o *once) Write(p []byte) (int, error) {
	o.calls++
	o.text = append(o.text, p...)
	return len(p), nil
}

// A line is written whole, so that findings from several goroutines do not mix, and is the
// one that the whole report has.
func TestWriteLine(t *testing.T) {
	whole := string(write(t, "jsonl", sample(), Options{}))
	for _, f := range sample().Findings {
		var o once
		if err := WriteLine(&o, &f, false); err != nil {
			t.Fatal(err)
		}
		line := string(o.text)
		if o.calls != 1 || strings.Index(line, "\n") != len(line)-1 || !strings.Contains(whole, line) {
			t.Errorf("%d calls wrote %s", o.calls, line)
		}
	}
}

func TestOrder(t *testing.T) {
	at := func(state detector.State, suppressed bool) detector.Finding {
		f := finding(githubRule, detector.NewSecret(made(30, 92), 0), "f", 1, "", "")
		if state != "" {
			f.Verification = &detector.Verification{State: state}
		}
		if suppressed {
			f.Suppression = &detector.Suppression{Kind: "inline"}
		}
		return f
	}
	high := finding(awsRule, detector.NewSecret(made(30, 93), 0), "f", 1, "", "")
	unsure := high
	unsure.Confidence = 0.6
	later := high
	later.Places = []detector.Place{place(high.Secret, "f", 10, "", "")}
	low := finding(publishableRule, detector.NewSecret(made(30, 94), 0), "a", 1, "", "")

	ordered := []detector.Finding{
		at(detector.Live, false), at("", false), high, later, unsure,
		at(detector.Dead, false), low, // what is dead counts as little as what does little harm
		at(detector.Live, true),
	}
	for i := range ordered {
		for j := range ordered {
			got, want := order(&ordered[i], &ordered[j]), i-j
			if (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("finding %d against %d: %d", i, j, got)
			}
		}
	}
}

// TestRead reads back what json and jsonl wrote.
func TestRead(t *testing.T) {
	report := sample()
	for _, format := range []string{"json", "jsonl"} {
		r, err := New(format, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.Write(&b, report); err != nil {
			t.Fatal(err)
		}
		byID := map[string]*rules.Rule{}
		for i := range report.Findings {
			byID[report.Findings[i].Rule.ID] = report.Findings[i].Rule
		}
		found, err := Read(bytes.NewReader(b.Bytes()), func(id string) *rules.Rule { return byID[id] })
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if len(found) != len(report.Findings) {
			t.Fatalf("%s: %d findings, want %d", format, len(found), len(report.Findings))
		}
		want := map[detector.Fingerprint]*detector.Finding{}
		for i := range report.Findings {
			want[report.Findings[i].Fingerprint] = &report.Findings[i]
		}
		for _, f := range found {
			w := want[f.Fingerprint]
			if w == nil || f.Rule != w.Rule || !f.Secret.IsZero() || len(f.Places) != len(w.Places) || f.Known != w.Known ||
				f.Places[0].Location.Path != w.Places[0].Location.Path || f.Places[0].Span != w.Places[0].Span ||
				(f.Suppression == nil) != (w.Suppression == nil) || (f.Verification == nil) != (w.Verification == nil) {
				t.Errorf("%s: %+v, want %+v", format, f, w)
			}
		}
		if _, err := Read(bytes.NewReader(b.Bytes()), func(string) *rules.Rule { return nil }); err == nil {
			t.Errorf("%s: findings of rules that there are not", format)
		}
	}
	for _, bad := range []string{"{", "[]", `{"runs": []}`, `{"version": 99, "findings": []}`, "text"} {
		if _, err := Read(strings.NewReader(bad), nil); err == nil {
			t.Errorf("%q is taken for a report", bad)
		}
	}
}

// TestRooted holds that the formats for code hosts, and no others, name files from the root of the repository.
func TestRooted(t *testing.T) {
	f := finding(awsRule, detector.NewSecret(made(40, 14), 0), "file.env", 1, "x", "")
	r := &Report{Findings: []detector.Finding{f}, Skipped: []Skip{{Location: detector.Location{Path: "gone.env"}, Reason: "x", Incomplete: true}}}
	r.Run.Rooted = func(path string) string { return "from/root/" + path }
	for _, name := range Formats() {
		text := string(write(t, name, r, Options{}))
		rooted, inText := strings.Contains(text, "from/root/file.env"), strings.Contains(text, "file.env")
		if want := forHosts[name]; rooted != want || !inText {
			t.Errorf("%s: %v, want %v, in\n%s", name, rooted, want, text)
		}
	}
	if r.Findings[0].Places[0].Location.Path != "file.env" || r.Skipped[0].Location.Path != "gone.env" {
		t.Error("the report was changed")
	}
}
