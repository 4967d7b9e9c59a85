package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
)

func load(t *testing.T, targets ...string) *Tree {
	t.Helper()
	tree, err := Load(targets, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func folder(t *testing.T, tree *Tree, dir string) *Folder {
	t.Helper()
	f, err := tree.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// wants reports whether the tree wants a file, as a scan would find out.
func wants(t *testing.T, tree *Tree, file string) bool {
	t.Helper()
	dir, base := filepath.Split(file)
	return folder(t, tree, dir).Wants(base)
}

func ruleSet(ids ...string) []*rules.Rule {
	var set []*rules.Rule
	for _, id := range ids {
		set = append(set, &rules.Rule{ID: id})
	}
	return set
}

func ids(set []*rules.Rule) string {
	var list []string
	for _, r := range set {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

// lines gives warnings one a line.
func lines(list []Warning) string {
	var b strings.Builder
	for _, w := range list {
		fmt.Fprintln(&b, w)
	}
	return b.String()
}

func TestPathsCombine(t *testing.T) {
	write(t, map[string]string{
		".git/":                "",
		".stanch.toml":         "exclude = ['*.min.js', '/sub/build']\n",
		"sub/.stanch.toml":     "include = ['src', '*.md']\nexclude = ['old/']\n",
		"sub/src/.stanch.toml": "exclude = ['/a.go']\ninclude = ['**']\n",
	})
	for _, target := range []string{".", "sub"} {
		tree := load(t, target)
		for file, want := range map[string]bool{
			"sub/README.md":       true,
			"sub/x/README.md":     true,
			"sub/main.go":         false, // fits no include of sub
			"sub/src/main.go":     true,
			"sub/src/deep/x.go":   true,
			"sub/src/a.min.js":    false, // the root's exclude
			"sub/src/a.go":        false, // src's own
			"sub/src/deep/a.go":   true,  // "/a.go" is at src alone
			"sub/src/old/x.go":    false, // sub's exclude
			"sub/src/old":         true,  // a file, and the glob is for folders
			"sub/build/README.md": false, // the root's, anchored
			"sub/src/build/x.go":  true,
		} {
			if got := wants(t, tree, file); got != want {
				t.Errorf("target %s: %s is wanted: %t", target, file, got)
			}
		}
		if f := folder(t, tree, "sub/src/old/deeper"); !f.Excluded() {
			t.Errorf("target %s: a folder below an excluded one is not excluded", target)
		}
	}
	if tree := load(t, "."); !wants(t, tree, "main.go") || wants(t, tree, "x/y.min.js") {
		t.Error("the include of sub holds outside of it, or the exclude of the root does not hold everywhere")
	}
}

// TestTargetsAreNamedInAnyWay: what holds does not depend on how the target is typed.
func TestTargetsAreNamedInAnyWay(t *testing.T) {
	write(t, map[string]string{
		"repo/.git/":              "",
		"repo/.stanch.toml":       "exclude = ['/a/b/x']\n",
		"repo/a/.stanch.toml":     "exclude = ['/b/y']\n",
		"repo/a/b/c/.stanch.toml": "exclude = ['z']\n",
		"repo/a/b/file":           "",
		"outside/":                "",
	})
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../repo/a/b", filepath.Join(root, "outside", "link")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	for _, test := range []struct{ cwd, target, prefix string }{
		{".", "repo", "repo/a/b/"},
		{".", "./repo/a/", "repo/a/b/"},
		{".", "repo/a/b", "repo/a/b/"},
		{".", "repo/a/b/file", "repo/a/b/"},
		{".", root + "/repo", filepath.ToSlash(root) + "/repo/a/b/"},
		{"repo", ".", "a/b/"},
		{"repo/a/b", ".", ""},
		{"repo/a/b", "file", ""},
		{"repo/a/b", "-", ""},
		{"repo/a/b/c", "..", "../"},
		{"repo/a/b/c", "../../../../repo/a", "../../../../repo/a/b/"},
		{"outside", "link", "link/"},
	} {
		if test.target == "link" && runtime.GOOS == "windows" {
			continue // links need a privilege there
		}
		t.Chdir(filepath.Join(root, test.cwd))
		tree := load(t, test.target)
		for file, want := range map[string]bool{"x": false, "y": false, "z": true, "c/z": false, "c/x": true, "w": true} {
			if got := wants(t, tree, test.prefix+file); got != want {
				t.Errorf("in %s, target %s: %s is wanted: %t", test.cwd, test.target, test.prefix+file, got)
			}
		}
	}
}

func TestRepositoryRootEndsTheSearch(t *testing.T) {
	write(t, map[string]string{
		".git/":                    "",
		".stanch.toml":             "exclude = ['x']\n",
		"module/.git":              "gitdir: ../.git/modules/module\n",
		"module/sub/":              "",
		"plain/sub/":               "",
		"module/sub2/.stanch.toml": "",
	})
	if tree := load(t, "module/sub"); !wants(t, tree, "module/sub/x") {
		t.Error("the configuration above the repository holds in it")
	}
	if tree := load(t, "plain/sub"); wants(t, tree, "plain/sub/x") {
		t.Error("the configuration of the repository does not hold in its folders")
	}
	// Where the target is above, what is below belongs to it.
	if tree := load(t, "."); wants(t, tree, "module/sub/x") {
		t.Error("a repository within the target gets away from the target's configuration")
	}
}

func TestRulesCombine(t *testing.T) {
	write(t, map[string]string{
		".git/":                  "",
		".stanch.toml":           "disable-rules = ['generic-*', 'acme-*']\nenable-rules = ['acme-key', 'vital-*']\n",
		"sub/.stanch.toml":       "disable-rules = ['vital-one', 'other-*', 'gone']\nenable-rules = ['generic-key']\n",
		"sub/inner/.stanch.toml": "enable-rules = ['other-one']\ndisable-rules = ['acme-key', 'third']\n",
	})
	tree := load(t, ".")
	all := ruleSet("acme-key", "acme-hook", "generic-key", "vital-one", "other-one", "other-two", "third")
	left, err := tree.Select(all, nil, nil)
	if err != nil || ids(left) != "acme-key vital-one other-one other-two third" {
		t.Fatalf("selected %q, %v", ids(left), err)
	}
	for dir, want := range map[string]string{
		".":         "acme-key vital-one other-one other-two third",
		"elsewhere": "acme-key vital-one other-one other-two third",
		"sub":       "acme-key vital-one third",
		"sub/inner": "acme-key vital-one",
	} {
		f := folder(t, tree, dir)
		var on []string
		for _, r := range all {
			if f.Enabled(r.ID) {
				on = append(on, r.ID)
			}
		}
		if got := strings.Join(on, " "); got != want {
			t.Errorf("%s: on are %q, want %q", dir, got, want)
		}
	}
	if got, want := lines(tree.Warnings()), `sub/.stanch.toml:1:18: disable-rules "vital-one" has no effect on 1 of 1 rules: .stanch.toml:2:29 switches them on
sub/.stanch.toml:1:42: disable-rules "gone" fits no rule: "stanch rules list" shows all
sub/.stanch.toml:2:17: enable-rules "generic-key" has no effect on 1 of 1 rules: .stanch.toml:1:18 switches them off
sub/inner/.stanch.toml:1:17: enable-rules "other-one" has no effect on 1 of 1 rules: sub/.stanch.toml:1:31 switches them off
sub/inner/.stanch.toml:2:18: disable-rules "acme-key" has no effect on 1 of 1 rules: .stanch.toml:2:17 switches them on
`; got != want {
		t.Errorf("warnings\n%swant\n%s", got, want)
	}
	// The part alone gives what the whole gave for it.
	part := load(t, "sub/inner")
	if left, err := part.Select(all, nil, nil); err != nil || ids(left) != "acme-key vital-one" {
		t.Errorf("selected for the part: %q, %v", ids(left), err)
	}
}

func TestMinConfidence(t *testing.T) {
	write(t, map[string]string{
		".git/":                "",
		"a/.stanch.toml":       "min-confidence = 'medium'\n",
		"a/high/.stanch.toml":  "min-confidence = 'high'\n",
		"a/low/.stanch.toml":   "min-confidence = 'low'\n",
		"a/low/x/.stanch.toml": "min-confidence = 'medium'\n",
		"b/.stanch.toml":       "min-confidence = 'high'\n",
	})
	tree := load(t, ".")
	for dir, want := range map[string]string{
		".": " false", "a": "medium true", "a/high": "medium true", "a/low": "low true", "a/low/x/y": "low true", "b": "high true",
	} {
		c, ok := folder(t, tree, dir).MinConfidence()
		if got := fmt.Sprintf("%s %t", c, ok); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
	if got, want := lines(tree.Warnings()),
		`a/high/.stanch.toml:1:1: min-confidence "high" has no effect: a/.stanch.toml:1:1 wants all from "medium" up
a/low/x/.stanch.toml:1:1: min-confidence "medium" has no effect: a/low/.stanch.toml:1:1 wants all from "low" up
`; got != want {
		t.Errorf("warnings\n%swant\n%s", got, want)
	}
}

func TestRunSettings(t *testing.T) {
	write(t, map[string]string{
		".git/":            "",
		".stanch.toml":     "fail-on = 'high'\njobs = 2\nbaseline = 'all.json'\nrules = ['r.toml']\n",
		"r.toml":           "",
		"a/.stanch.toml":   "fail-on = 'none'\nbaseline = 'a.json'\njobs = 2\nrules = ['own.toml']\nmax-file-size = '1MB'\n",
		"a/own.toml":       "",
		"b/.stanch.toml":   "[fingerprint]\nkey-env = 'K'\n",
		"b/c/.stanch.toml": "",
	})
	show := func(r Run) string {
		var paths []string
		for _, p := range r.Rules {
			paths = append(paths, filepath.ToSlash(p.Value))
		}
		return fmt.Sprintf("%s|%s|%d|%d|%s|%s", r.FailOn.Value, filepath.Base(r.Baseline.Value), r.Jobs.Value, r.MaxFileSize.Value,
			r.Key.Value.Env, strings.Join(paths, " "))
	}
	cwd, err := filepath.EvalSymlinks(".")
	if err != nil {
		t.Fatal(err)
	}
	if cwd, err = filepath.Abs(cwd); err != nil {
		t.Fatal(err)
	}
	abs := func(s string) string { return strings.ReplaceAll(s, "@", filepath.ToSlash(cwd)) }
	for _, test := range []struct {
		targets         []string
		given           []string
		walk            string
		run, complaints string
	}{
		{[]string{"."}, nil, "a", "high|all.json|2|0||@/r.toml",
			`a/.stanch.toml:1:1: fail-on has no effect in this run: it holds for a whole run, which goes beyond this folder
a/.stanch.toml:2:1: baseline has no effect in this run: it holds for a whole run, which goes beyond this folder
a/.stanch.toml:3:1: jobs has no effect in this run: it holds for a whole run, which goes beyond this folder
a/.stanch.toml:4:10: rules has no effect in this run: it holds for a whole run, which goes beyond this folder
a/.stanch.toml:5:1: max-file-size has no effect in this run: it holds for a whole run, which goes beyond this folder
`},
		{[]string{"a"}, nil, "a", "none|a.json|2|1000000||@/r.toml @/a/own.toml",
			`a/.stanch.toml:1:1: fail-on takes the place of that at .stanch.toml:1:1
a/.stanch.toml:2:1: baseline takes the place of that at .stanch.toml:3:1
`},
		{[]string{"a"}, []string{"fail-on", "baseline"}, "a", "none|.|2|1000000||@/r.toml @/a/own.toml", ""},
		{[]string{"b/c", "b"}, nil, "b", "high|all.json|2|0|K|@/r.toml", ""},
		{[]string{"b/c", "r.toml"}, nil, "b/c", "high|all.json|2|0||@/r.toml",
			`b/.stanch.toml:1:2: fingerprint has no effect in this run: it holds for a whole run, which goes beyond this folder
`},
	} {
		tree, err := Load(test.targets, Options{Now: now, Given: test.given})
		if err != nil {
			t.Errorf("%q: %v", test.targets, err)
			continue
		}
		if got := show(tree.Run()); got != abs(test.run) {
			t.Errorf("%q: got %s, want %s", test.targets, got, abs(test.run))
		}
		folder(t, tree, test.walk)
		if got := lines(tree.Warnings()); got != test.complaints {
			t.Errorf("%q: warnings\n%swant\n%s", test.targets, got, test.complaints)
		}
	}
}

func TestOneFileForAll(t *testing.T) {
	write(t, map[string]string{
		".git/":              "",
		".stanch.toml":       "exclude = ['a']\n",
		"sub/.stanch.toml":   "exclude = ['b']\n",
		"central/conf.toml":  "exclude = ['/c']\nbaseline = 'base.json'\n",
		"sub/x/.stanch.toml": "exclude = ['d']\n",
	})
	tree, err := Load([]string{"sub"}, Options{File: "central/conf.toml", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{
		"sub/a": true, "sub/b": true, "sub/x/d": true, // no other configuration counts
		"sub/c": false, "sub/x/c": true, // globs start from the target
	} {
		if got := wants(t, tree, file); got != want {
			t.Errorf("%s is wanted: %t", file, got)
		}
	}
	if got := filepath.ToSlash(tree.Run().Baseline.Value); got != "central/base.json" {
		t.Errorf("the baseline is %s", got)
	}
	if _, err := Load(nil, Options{File: "none.toml"}); err == nil || !strings.Contains(err.Error(), "none.toml") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestNone(t *testing.T) {
	write(t, map[string]string{".stanch.toml": "oops", "sub/.stanch.toml": "oops"})
	tree, err := Load([]string{"."}, Options{None: true})
	if err != nil {
		t.Fatal(err)
	}
	f := folder(t, tree, "sub")
	if _, ok := f.MinConfidence(); ok || !f.Wants("x") || !f.Enabled("r") || f.Suppress("r", detector.Fingerprint{}, "x") != nil {
		t.Error("something is configured")
	}
	if left, err := tree.Select(ruleSet("a", "b"), nil, []string{"a"}); err != nil || ids(left) != "b" {
		t.Errorf("%q, %v", ids(left), err)
	}
}

func TestBrokenConfigurations(t *testing.T) {
	write(t, map[string]string{
		".git/":                    "",
		"top/.stanch.toml":         "jobs = 0\n",
		"below/sub/.stanch.toml":   "jobs = 0\n",
		"below/dir/.stanch.toml/x": "",
		"out/.stanch.toml":         "exclude = ['vendor']\n",
		"out/vendor/.stanch.toml":  "jobs = 0\n",
	})
	if _, err := Load([]string{"top"}, Options{}); err == nil || err.Error() != "top/.stanch.toml:1:8: jobs must be from 1 to 1024" {
		t.Errorf("at the target: %v", err)
	}
	tree := load(t, "below")
	for dir, want := range map[string]string{
		"below":          "",
		"below/sub":      "below/sub/.stanch.toml:1:8: jobs must be from 1 to 1024",
		"below/sub/deep": "below/sub/.stanch.toml:1:8: jobs must be from 1 to 1024",
		"below/dir":      "configuration: " + filepath.FromSlash("below/dir/.stanch.toml") + ": is no regular file but a folder",
	} {
		_, err := tree.Folder(dir)
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
	// What is excluded is not ours to check.
	if _, err := load(t, "out").Folder("out/vendor"); err != nil {
		t.Errorf("in an excluded folder: %v", err)
	}
}

func TestTargetsLeftOut(t *testing.T) {
	write(t, map[string]string{
		".git/":        "",
		".stanch.toml": "exclude = ['vendor', '*.log']\ninclude = ['*.go', '*.log', 'src']\n",
		"vendor/x/":    "", "a.log": "", "a.txt": "", "a.go": "", "src/a.txt": "",
	})
	tree := load(t, "vendor/x", "a.log", "a.txt", "a.go", "src", "src/a.txt")
	if got, want := lines(tree.Warnings()), `.stanch.toml:1:12: this leaves out vendor/x, which the run was asked to scan
.stanch.toml:1:22: this leaves out a.log, which the run was asked to scan
.stanch.toml:2:12: this leaves out a.txt, which the run was asked to scan
`; got != want {
		t.Errorf("warnings\n%swant\n%s", got, want)
	}
}

func TestIgnoreEntries(t *testing.T) {
	fp := detector.Fingerprint{1}
	write(t, map[string]string{
		".git/": "",
		".stanch.toml": `
[[ignore]]
path = "/sub/fixtures"
reason = "made up"
[[ignore]]
rule = "acme-*"
path = "*.md"
reason = "samples"
owner = "docs"
expires = 2026-11-23
[[ignore]]
fingerprint = "` + fp.String() + `"
reason = "revoked"
owner = "ops"
expires = "2026-11-22"
[[ignore]]
rule = "gone"
reason = "never met"
[[ignore]]
rule = "acme-key"
path = "none"
reason = "old, and never met"
expires = 2020-01-01
`,
		"sub/.stanch.toml": "[[ignore]]\npath = '/x'\nreason = 'of sub'\n",
	})
	tree := load(t, ".")
	if _, err := tree.Select(ruleSet("acme-key", "b"), nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule, file string
		fp         detector.Fingerprint
		want       string
	}{
		{"b", "sub/fixtures/deep/x", detector.Fingerprint{}, "made up||"},
		{"b", "fixtures/x", detector.Fingerprint{}, ""},
		{"acme-key", "README.md", detector.Fingerprint{}, "samples|docs|2026-11-23"},
		{"b", "README.md", detector.Fingerprint{}, ""},
		{"b", "y", fp, ""}, // expired yesterday
		{"b", "z", fp, ""},
		{"b", "sub/x", detector.Fingerprint{}, "of sub||"},
		{"b", "x", detector.Fingerprint{}, ""},
	} {
		dir, base := filepath.Split(test.file)
		got := ""
		if s := folder(t, tree, dir).Suppress(test.rule, test.fp, base); s != nil {
			got = s.Reason + "|" + s.Owner + "|" + s.Expires
		}
		if got != test.want {
			t.Errorf("%s in %s: %q, want %q", test.rule, test.file, got, test.want)
		}
	}
	if got, want := lines(tree.Warnings()), `.stanch.toml:11:1: this ignore entry expired on 2026-11-22 and ignores nothing any more; 2 findings count again (owner: ops)
.stanch.toml:16:1: the rule "gone" of this ignore entry fits no rule: "stanch rules list" shows all
.stanch.toml:19:1: this ignore entry expired on 2020-01-01 and ignores nothing any more
`; got != want {
		t.Errorf("warnings\n%swant\n%s", got, want)
	}
	if got, want := lines(tree.Notes()), `.stanch.toml:16:1: this ignore entry matched nothing
.stanch.toml:19:1: this ignore entry matched nothing
`; got != want {
		t.Errorf("notes\n%swant\n%s", got, want)
	}
}

func TestNotesTellWhatIsTakenAway(t *testing.T) {
	write(t, map[string]string{
		".git/":            "",
		"sub/.stanch.toml": "exclude = ['*.log', 'old']\ndisable-rules = ['b']\n",
	})
	tree := load(t, ".")
	for _, file := range []string{"sub/a.log", "sub/b.log", "sub/a", "sub/old/x", "sub/old/y", "sub/old/deep/z", "a.log"} {
		wants(t, tree, file)
	}
	f := folder(t, tree, "sub")
	if f.Drops("a") || !f.Drops("b") || !f.Drops("b") {
		t.Error("wrong findings are dropped")
	}
	if got, want := lines(tree.Notes()), `sub/.stanch.toml: disable-rules dropped findings: 2
sub/.stanch.toml: include and exclude left out files and folders: 3
`; got != want {
		t.Errorf("notes\n%swant\n%s", got, want)
	}
}

func TestSelect(t *testing.T) {
	write(t, map[string]string{
		".git/":              "",
		".stanch.toml":       "disable-rules = ['generic-*']\n",
		"none/.stanch.toml":  "disable-rules = ['*']\n",
		"below/.stanch.toml": "",
	})
	all := ruleSet("acme-key", "acme-hook", "github-pat", "generic-key")
	for _, test := range []struct {
		target       string
		all          []*rules.Rule
		only, except []string
		want         string // ids, or an error after "!"
	}{
		{".", all, nil, nil, "acme-key acme-hook github-pat"},
		{".", all, []string{"acme-*"}, nil, "acme-key acme-hook"},
		{".", all, []string{"acme-*", "github-pat"}, []string{"*-hook"}, "acme-key github-pat"},
		{".", nil, nil, nil, "!no rule is left to scan with: none was loaded; leave out --no-builtin-rules, or name rule files " +
			"with --rules or \"rules\" in .stanch.toml"},
		{".", all, []string{"githbu-pat"}, nil, `!--rule "githbu-pat" fits no rule: did you mean "github-pat"?`},
		{".", all, nil, []string{"azure-*"}, `!--exclude-rule "azure-*" fits no rule: "stanch rules list" shows all`},
		{".", all, []string{"{"}, nil, `!--rule: glob "{": its brackets, braces or backslashes do not pair up`},
		{".", all, []string{"generic-key"}, nil, "!no rule is left to scan with: of 4 loaded 3 do not fit --rule, " +
			"1 are switched off by disable-rules (.stanch.toml:1:18)"},
		{".", all, []string{"acme-*", "generic-*"}, []string{"acme-*"}, "!no rule is left to scan with: of 4 loaded " +
			"1 do not fit --rule, 2 fit --exclude-rule, 1 are switched off by disable-rules (.stanch.toml:1:18)"},
		{"none", all, nil, nil, "!no rule is left to scan with: of 4 loaded 4 are switched off by disable-rules (none/.stanch.toml:1:18)"},
	} {
		left, err := load(t, test.target).Select(test.all, test.only, test.except)
		got := ids(left)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != test.want {
			t.Errorf("%s, --rule %q, --exclude-rule %q:\ngot  %s\nwant %s", test.target, test.only, test.except, got, test.want)
		}
	}
	tree := load(t, ".")
	if _, err := tree.Select(all, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, err := tree.Folder("none")
	const want = `none/.stanch.toml:1:18: disable-rules: no rule is left to scan with; to leave out the files instead, use exclude = ["**"]`
	if err == nil || err.Error() != want || !errors.Is(err, ErrNoRules) {
		t.Errorf("below the target: %v, want %s", err, want)
	}
}

// TestConcurrent asks for the same folders from many goroutines: each configuration is
// read once, and warned of once.
func TestConcurrent(t *testing.T) {
	files := map[string]string{".git/": "", ".stanch.toml": "exclude = ['x']\n"}
	for i := range 10 {
		files[fmt.Sprintf("d%d/.stanch.toml", i)] = "jobs = 3\nexclude = ['y']\n"
	}
	write(t, files)
	tree := load(t, ".")
	if _, err := tree.Select(ruleSet("a"), nil, nil); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 10 {
				for _, sub := range []string{"", "/a", "/a/b"} {
					f, err := tree.Folder(fmt.Sprintf("d%d%s", i, sub))
					if err != nil || f.Wants("x") || f.Wants("y") || !f.Wants("z") || !f.Enabled("a") {
						t.Errorf("d%d%s: %v", i, sub, err)
					}
				}
				tree.Warnings()
			}
		})
	}
	wg.Wait()
	if n := len(tree.Warnings()); n != 10 {
		t.Errorf("%d warnings, want 10:\n%s", n, lines(tree.Warnings()))
	}
	if n := len(tree.files); n != 11 {
		t.Errorf("%d files were read, want 11", n)
	}
}

func TestUnknownFoldersHaveNothing(t *testing.T) {
	write(t, map[string]string{".git/": "", "a/.stanch.toml": "exclude = ['x']\n"})
	tree := load(t, "a")
	for _, file := range []string{"b/x", "/elsewhere/x", "../x", "../../x"} {
		if !wants(t, tree, file) {
			t.Errorf("%s is not wanted", file)
		}
	}
	if wants(t, tree, "a/x") {
		t.Error("a/x is wanted")
	}
}

func BenchmarkFolder(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Name), []byte("exclude = ['*.min.js', 'vendor', 'a/**/b']\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Chdir(dir)
	tree, err := Load([]string{"."}, Options{Now: now})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f, err := tree.Folder("some/folder/deep/down")
		if err != nil || !f.Wants("file.go") {
			b.Fatal(err)
		}
	}
}
