package workflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/internal/workflow"
)

const head = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n"

// TestCheck holds what is found in workflows and where, and what is not.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // rule, line and column, what is marked
	}{
		{"echo", head + "      - run: echo ${{ secrets.KEY }}\n", []string{"secret-printed 6:19 ${{ secrets.KEY }}"}},
		{"echo of a variable", head + "      - env:\n          K: ${{ secrets.KEY }}\n        run: |\n          # comment\n          make\n          echo \"key: $K\"\n",
			[]string{"secret-printed 11:22 $K"}},
		{"variable of the job", "on: push\nenv: {K: \"${{ secrets.KEY }}\"}\njobs:\n  a:\n    steps:\n      - run: printf %s ${K}\n", []string{"secret-printed 6:24 ${K}"}},
		{"echo that prints nothing of it", head + "      - env:\n          K: ${{ secrets.KEY }}\n        run: |\n          echo \"$K\" | docker login --password-stdin\n" +
			"          echo '$K'\n          echo \\$K\n          echo $KEY\n          echo \"::add-mask::$K\"\n          echo \"$K\" >> \"$GITHUB_ENV\"\n          [ -n \"$K\" ] && echo set\n          echo $(wc -c <<< \"$K\")\n", nil},
		{"argument", head + "      - run: |\n          npm ci\n          curl -H \"X: ${{ secrets.KEY }}\" \\\n            -u ${{ secrets['OTHER'] }} https://example.com\n",
			[]string{"secret-argument 8:23 ${{ secrets.KEY }}", "secret-argument 9:16 ${{ secrets['OTHER'] }}"}},
		{"no argument", head + "      - run: |\n          export K=${{ secrets.KEY }}\n          K=${{ secrets.KEY }} make\n          if [ -z \"${{ secrets.KEY }}\" ]; then exit 1; fi\n" +
			"          cat > f <<EOF\n          token ${{ secrets.KEY }}\n          EOF\n          echo ${{ secrets.KEY }} | docker login\n", nil},
		{"action", head + "      - uses: some/action@v1\n        with:\n          token: ${{ secrets.KEY }}\n", nil},
		{"all secrets", head + "      - run: ./deploy\n        env:\n          ALL: ${{ toJson(secrets) }}\n          # ${{ toJSON(secrets) }}\n",
			[]string{"all-secrets 8:16 ${{ toJson(secrets)"}},
		{"packed file", head + "      - run: echo \"${{ secrets.KEY }}\" > out/key.txt\n      - uses: actions/upload-artifact@v4\n        with:\n          path: |\n            bin\n            out/\n",
			[]string{"secret-stored 11:13 out/"}},
		{"cached file", head + "      - run: echo \"$K\" > key\n        env: {K: \"${{ secrets.KEY }}\"}\n      - uses: actions/cache@v4\n        with: {path: key, key: a}\n", []string{"secret-stored 9:22 key"}},
		{"other file", head + "      - run: echo \"${{ secrets.KEY }}\" > key\n      - uses: actions/upload-artifact@v4\n        with: {path: out}\n", nil},
		{"hidden file", head + "      - run: echo \"${{ secrets.KEY }}\" > .npmrc\n      - uses: actions/upload-artifact@v4\n        with: {path: .}\n", nil},
		{"head", "on: [pull_request_target]\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n      - run: make\n      - run: make test\n",
			[]string{"untrusted-checkout 7:20 github.event.pull_request.head."}},
		{"head without running", "on:\n  pull_request_target:\njobs:\n  a:\n    steps:\n      - run: make\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.head_ref }}\n", nil},
		{"head of pull_request", "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v6\n        with:\n          ref: ${{ github.head_ref }}\n      - run: make\n", nil},
		{"token", head + "      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@v3\n        with: {path: .}\n", []string{"checkout-token-packed 8:22 ."}},
		{"token, hidden files", head + "      - uses: actions/checkout@v5.1\n      - uses: actions/upload-artifact@v4\n        with:\n          path: ${{ github.workspace }}/**\n          include-hidden-files: true\n",
			[]string{"checkout-token-packed 9:17 ${{ github.workspace }}/**"}},
		{"token not kept", head + "      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n      - uses: actions/upload-artifact@v3\n        with: {path: .}\n", nil},
		{"token elsewhere", head + "      - uses: actions/checkout@v6\n      - uses: actions/upload-artifact@v3\n        with: {path: .}\n", nil},
		{"no hidden files", head + "      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@v4\n        with: {path: .}\n", nil},
		{"no workflow", "- a\n- b: c\n", nil},
		{"empty", "", nil},
	} {
		found, err := workflow.Check(".github/workflows/x.yml", []byte(c.text), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, f := range found {
			p := f.Places[0]
			marked := c.text[p.Span.Start:p.Span.End]
			if p.Excerpt[p.MarkStart:p.MarkEnd] != marked || !f.Secret.IsZero() {
				t.Errorf("%s: the excerpt's mark %q", c.name, p.Excerpt[p.MarkStart:p.MarkEnd])
			}
			got = append(got, fmt.Sprintf("%s %d:%d %s", strings.TrimPrefix(f.Rule.ID, "workflow-"), p.Span.StartLine, p.Span.StartColumn, marked))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestFingerprints holds that mistakes are told apart by job and subject, and not by their line.
func TestFingerprints(t *testing.T) {
	text := head + "      - run: echo ${{ secrets.A }}\n      - run: echo ${{ secrets.B }}\n"
	one, err := workflow.Check("a.yml", []byte(text), nil)
	if err != nil || len(one) != 2 || one[0].Fingerprint == one[1].Fingerprint {
		t.Fatalf("%v, %v", one, err)
	}
	two, err := workflow.Check("a.yml", []byte("# moved\n"+text), nil)
	if err != nil || len(two) != 2 || two[0].Fingerprint != one[0].Fingerprint || two[0].Places[0].Span.StartLine != 7 {
		t.Errorf("%v, %v", two, err)
	}
}

func TestBroken(t *testing.T) {
	if _, err := workflow.Check("a.yml", []byte("a: [secret-value"), nil); err == nil || !strings.Contains(err.Error(), "a.yml") ||
		strings.Contains(err.Error(), "secret-value") {
		t.Errorf("error %v", err)
	}
}

// TestFiles holds that workflows are found below a target and as targets, and no other files.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".github/workflows/a.yml", ".github/workflows/b.yaml", ".github/workflows/c.txt", ".github/d.yml", "e.yml"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base := filepath.ToSlash(dir) + "/.github/workflows/"
	if diff := cmp.Diff([]string{base + "a.yml", base + "b.yaml"}, workflow.Files(dir)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{base + "b.yaml"}, workflow.Files(base+"b.yaml")); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{filepath.Join(dir, "e.yml"), filepath.Join(dir, "missing"), "https://example.com/r.git"} {
		if got := workflow.Files(none); len(got) > 0 {
			t.Errorf("%s: %v", none, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(head + "      - run: echo ${{ secrets.KEY }}\n")
	f.Add("on: x\njobs: {a: {steps: [{run: \"a \\\\\"}, {uses: actions/cache@v1, with: {path: \"a\\n!b\"}}]}}")
	f.Add("a: &a\n  b: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := workflow.Check("x.yml", []byte(text), nil)
		if err != nil && len(found) > 0 {
			t.Error("findings in spite of the error")
		}
		for _, f := range found {
			if s := f.Places[0].Span; s.Start < 0 || s.End < s.Start || s.StartLine < 1 {
				t.Errorf("span %+v", s)
			}
		}
	})
}
