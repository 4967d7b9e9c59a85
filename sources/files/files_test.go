package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/files"
)

// recorder keeps what it is given, and complains when a piece of text comes twice or
// is missing.
type recorder struct {
	t  testing.TB
	mu sync.Mutex

	texts    map[string][]byte           // what the documents own, by path; see together
	owned    map[string]map[int64][]byte // what pieces own, by path and offset
	binary   map[string]bool
	pieces   map[string]int
	skips    map[string]sources.Skip
	progress sources.Progress

	// document, if set, is called with each document and may end the walk.
	document func(detector.Document) error
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{
		t: t, texts: map[string][]byte{}, owned: map[string]map[int64][]byte{}, binary: map[string]bool{}, pieces: map[string]int{},
		skips: map[string]sources.Skip{},
	}
}

func (r *recorder) Document(_ context.Context, doc detector.Document) error {
	r.mu.Lock()
	path := doc.Location.Path
	fresh := detector.Range{Start: 0, End: len(doc.Data)}
	switch {
	case !doc.Partial && r.pieces[path] > 0:
		r.t.Errorf("%s: a second document", path)
	case doc.Partial && len(doc.Fresh) != 1:
		r.t.Errorf("%s: fresh parts %v", path, doc.Fresh)
	case doc.Partial:
		fresh = doc.Fresh[0]
	}
	text := bytes.Clone(doc.Data[fresh.Start:fresh.End])
	if !doc.Partial {
		r.texts[path] = text
	} else if at := doc.Offset + int64(fresh.Start); r.owned[path] == nil {
		r.owned[path] = map[int64][]byte{at: text}
	} else if _, twice := r.owned[path][at]; twice {
		r.t.Errorf("%s: two pieces own the text from %d", path, at)
	} else {
		r.owned[path][at] = text
	}
	r.binary[path] = doc.Binary
	r.pieces[path]++
	r.mu.Unlock()
	if r.document != nil {
		return r.document(doc)
	}
	return nil
}

// together puts the pieces of each file, which come in any order, together, and complains
// when they do not tile it.
func (r *recorder) together() {
	for path, owned := range r.owned {
		for _, at := range slices.Sorted(maps.Keys(owned)) {
			if at != int64(len(r.texts[path])) {
				r.t.Errorf("%s: a piece owns the text from %d, the one before ended at %d", path, at, len(r.texts[path]))
			}
			r.texts[path] = append(r.texts[path], owned[at]...)
		}
	}
	clear(r.owned)
}

func (r *recorder) Skip(s sources.Skip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Reason == "" {
		r.t.Errorf("%s skipped without a reason", s.Location.Path)
	}
	if _, ok := r.skips[s.Location.Path]; ok {
		r.t.Errorf("%s skipped twice", s.Location.Path)
	}
	r.skips[s.Location.Path] = s
}

func (r *recorder) Progress(p sources.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.FilesFound += p.FilesFound
	r.progress.FilesDone += p.FilesDone
	r.progress.BytesFound += p.BytesFound
	r.progress.BytesDone += p.BytesDone
	if r.progress.FilesDone > r.progress.FilesFound || r.progress.BytesDone > r.progress.BytesFound {
		r.t.Errorf("more done than found: %+v", r.progress)
	}
}

// paths lists the paths of all documents.
func (r *recorder) paths() []string { return slices.Sorted(maps.Keys(r.texts)) }

// wantPaths compares the paths of all documents.
func (r *recorder) wantPaths(want ...string) {
	r.t.Helper()
	slices.Sort(want)
	if got := r.paths(); !slices.Equal(got, want) {
		r.t.Errorf("read %q, want %q", got, want)
	}
}

// wantSkip looks for a skip whose reason contains a text.
func (r *recorder) wantSkip(path, reason string, incomplete bool) {
	r.t.Helper()
	s, ok := r.skips[path]
	if !ok || !strings.Contains(s.Reason, reason) || s.Incomplete != incomplete {
		r.t.Errorf("%s: skip %+v (there: %v), want the reason %q, incomplete %v", path, s, ok, reason, incomplete)
	}
}

// wantNoLoss says that the scan was complete.
func (r *recorder) wantNoLoss() {
	r.t.Helper()
	for path, s := range r.skips {
		if s.Incomplete {
			r.t.Errorf("%s: not read: %s", path, s.Reason)
		}
	}
}

// walk walks the targets to the end and returns what came out.
func walk(t testing.TB, opts files.Options, targets ...string) *recorder {
	t.Helper()
	r := newRecorder(t)
	walkTo(t, r, opts, targets...)
	return r
}

func walkTo(t testing.TB, r *recorder, opts files.Options, targets ...string) {
	t.Helper()
	source, err := files.New(targets, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Walk(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	r.together()
	p := r.progress
	if p.FilesDone != p.FilesFound || p.BytesDone != p.BytesFound {
		t.Errorf("at the end not all is done: %+v", p)
	}
}

// tree writes files, by their paths, below a new folder and makes that the working
// directory. A path that ends in a slash is an empty folder.
func tree(t testing.TB, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range content {
		full := filepath.Join(dir, path)
		if strings.HasSuffix(path, "/") {
			mkdir(t, full)
			continue
		}
		mkdir(t, filepath.Dir(full))
		write(t, full, text)
	}
	t.Chdir(dir)
	return dir
}

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("needs the right to make symbolic links: ", err)
		}
		t.Fatal(err)
	}
}

func TestPathsAreAsTyped(t *testing.T) {
	dir := tree(t, map[string]string{"src/a.go": "a", "src/sub/b.go": "b", "top.txt": "t"})
	abs := filepath.ToSlash(dir)
	tests := []struct {
		target string
		want   []string
	}{
		{".", []string{"src/a.go", "src/sub/b.go", "top.txt"}},
		{"./", []string{"src/a.go", "src/sub/b.go", "top.txt"}},
		{"src", []string{"src/a.go", "src/sub/b.go"}},
		{"src/", []string{"src/a.go", "src/sub/b.go"}},
		{"./src", []string{"src/a.go", "src/sub/b.go"}},
		{"src/sub/..", []string{"src/a.go", "src/sub/b.go"}},
		{"src/a.go", []string{"src/a.go"}},
		{"./top.txt", []string{"top.txt"}},
		{dir, []string{abs + "/src/a.go", abs + "/src/sub/b.go", abs + "/top.txt"}},
		{filepath.Join(dir, "top.txt"), []string{abs + "/top.txt"}},
	}
	for _, test := range tests {
		walk(t, files.Options{}, test.target).wantPaths(test.want...)
	}
	t.Chdir("src")
	walk(t, files.Options{}, "..").wantPaths("../src/a.go", "../src/sub/b.go", "../top.txt")
	walk(t, files.Options{}, "../top.txt").wantPaths("../top.txt")
}

func TestSeveralTargets(t *testing.T) {
	tree(t, map[string]string{"a/1": "1", "a/b/2": "2", "a/b/c/3": "3", "d/4": "4", "5": "5"})
	all := []string{"a/1", "a/b/2", "a/b/c/3"}
	tests := []struct {
		targets, want []string
	}{
		{[]string{"a", "d"}, append([]string{"d/4"}, all...)},
		{[]string{"a", "a"}, all},
		{[]string{"a", "./a/"}, all},
		{[]string{"a", "a/b"}, all},
		{[]string{"a/b", "a"}, all},
		{[]string{"a", "a/b", "a/b/c"}, all},
		{[]string{"a", "a/b/c", "a/b/c/3"}, all},
		{[]string{"a/1", "a"}, all},
		{[]string{"5", "a/1", "./5"}, []string{"5", "a/1"}},
		{[]string{".", "a/b/2"}, append([]string{"5", "d/4"}, all...)},
	}
	for _, test := range tests {
		r := walk(t, files.Options{}, test.targets...)
		r.wantPaths(test.want...)
		if got := r.progress.FilesDone; got != int64(len(test.want)) {
			t.Errorf("%q: %d files done, want %d", test.targets, got, len(test.want))
		}
	}
}

// TestTargetWithinAnother names the inner target because the outer one would not
// read it.
func TestTargetWithinAnother(t *testing.T) {
	tree(t, map[string]string{"a/x": "x", "a/.git/config": "c", "a/out/y": "y"})
	walk(t, files.Options{}, "a", "a/.git").wantPaths("a/x", "a/.git/config", "a/out/y")
	never := func(dir string) bool { return dir != "a/out" }
	walk(t, files.Options{Enter: never}, "a", "a/out").wantPaths("a/x", "a/out/y")
}

func TestEverythingIsReadOnce(t *testing.T) {
	content := map[string]string{"empty": "", "sub/empty": "", "none/": ""}
	for i := range 50 {
		for j := range 1 + i*i%30 {
			path := fmt.Sprintf("f%d/g%d/file%d.txt", i%7, i, j)
			content[path] = strings.Repeat(path+"\n", 1+j*j*j%500)
		}
	}
	for i := range 1100 { // more than a folder lists at once
		content[fmt.Sprintf("flat/with a long name, so that few fit %d", i)] = fmt.Sprint("text ", i)
	}
	tree(t, content)
	var count, size int64
	for path, text := range content {
		if !strings.HasSuffix(path, "/") {
			count++
			size += int64(len(text))
		}
		if text == "" {
			delete(content, path) // gives no document
		}
	}
	for _, jobs := range []int{0, 1, 2, 8, 33} {
		r := walk(t, files.Options{Jobs: jobs}, ".")
		r.wantNoLoss()
		for path, text := range content {
			if string(r.texts[path]) != text {
				t.Errorf("jobs %d: %s: %.40q, want %.40q", jobs, path, r.texts[path], text)
			}
		}
		if len(r.texts) != len(content) || len(r.skips) != 0 {
			t.Errorf("jobs %d: %d documents and %d skips, want %d and none", jobs, len(r.texts), len(r.skips), len(content))
		}
		want := sources.Progress{FilesFound: count, FilesDone: count, BytesFound: size, BytesDone: size}
		if r.progress != want {
			t.Errorf("jobs %d: progress %+v, want %+v", jobs, r.progress, want)
		}
	}
}

func TestHiddenFilesAndGit(t *testing.T) {
	tree(t, map[string]string{
		".env": "e", ".github/x.yml": "x", ".git/config": "c", "sub/.git": "gitdir: elsewhere", "sub/.gitignore": "i",
		"lib/.git/HEAD": "h", "lib/a": "a",
	})
	r := walk(t, files.Options{}, ".")
	r.wantPaths(".env", ".github/x.yml", "sub/.git", "sub/.gitignore", "lib/a")
	r.wantSkip(".git", "git repository", false)
	r.wantSkip("lib/.git", "git repository", false)
	walk(t, files.Options{}, ".git").wantPaths(".git/config")
	walk(t, files.Options{GitDirs: true}, ".").wantPaths(".env", ".github/x.yml", ".git/config", "sub/.git",
		"sub/.gitignore", "lib/.git/HEAD", "lib/a")
}

func TestGlobs(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.go": "1", "a.txt": "2", "lib/b.go": "3", "lib/b.min.js": "4", "lib/build/c.go": "5", "build/d.go": "6",
		"lib/x/y/e.go": "7", "build.go": "8",
	})
	tests := []struct {
		targets, include, exclude, want string
	}{
		{".", "", "", "a.go a.txt build.go build/d.go lib/b.go lib/b.min.js lib/build/c.go lib/x/y/e.go"},
		{".", "*.txt", "", "a.txt"},
		{".", "**/*.go", "", "a.go build.go build/d.go lib/b.go lib/build/c.go lib/x/y/e.go"},
		{".", "lib/*.go", "", "lib/b.go"},
		{".", "lib/x", "", "lib/x/y/e.go"},
		{".", "build", "", "build/d.go lib/build/c.go"},
		{".", "x/", "", "lib/x/y/e.go"},
		{".", "*.{js,txt}", "", "a.txt lib/b.min.js"},
		{".", "*.go", "lib", "a.go build.go build/d.go"},
		{".", "*.go lib/**", "*.min.js", "a.go build.go build/d.go lib/b.go lib/build/c.go lib/x/y/e.go"},
		{".", "", "*.go", "a.txt lib/b.min.js"},
		{".", "", "lib/**", "a.go a.txt build.go build/d.go"},
		{".", "", "./lib/x", "a.go a.txt build.go build/d.go lib/b.go lib/b.min.js lib/build/c.go"},
		{".", "", "build*", "a.go a.txt lib/b.go lib/b.min.js lib/x/y/e.go"},
		{".", "", "build*/", "a.go a.txt build.go lib/b.go lib/b.min.js lib/x/y/e.go"},
		{".", "", "**/build/** *.js", "a.go a.txt build.go lib/b.go lib/x/y/e.go"},
		{".", "", "**", ""},
		{"lib", "", "lib/b.go", "lib/b.min.js lib/build/c.go lib/x/y/e.go"},
		{"lib", "", "x/y", "lib/b.go lib/b.min.js lib/build/c.go"},
		{"lib", "", "lib", "lib/b.go lib/b.min.js lib/build/c.go lib/x/y/e.go"},
		{"build lib/build", "", "build", "build/d.go lib/build/c.go"},
		{"a.go a.txt lib/b.go", "*.go", "", "a.go lib/b.go"},
		{"a.go lib/b.go lib/build/c.go", "", "lib/build", "a.go lib/b.go"},
		{"a.go lib/b.go lib/build/c.go", "lib/build/", "", "lib/build/c.go"},
		{"a.go lib/b.go lib/build/c.go", "", "build", "a.go lib/b.go"},
	}
	for _, test := range tests {
		opts := files.Options{Include: strings.Fields(test.include), Exclude: strings.Fields(test.exclude)}
		r := walk(t, opts, strings.Fields(test.targets)...)
		if got := strings.Join(r.paths(), " "); got != test.want {
			t.Errorf("%s, include %q, exclude %q:\n got %s\nwant %s", test.targets, test.include, test.exclude, got, test.want)
		}
		if int(r.progress.FilesFound) != len(r.texts)+len(r.skips) && test.targets == "." {
			t.Errorf("%+v: progress %+v for %d files", test, r.progress, len(r.texts))
		}
	}

	abs := filepath.ToSlash(dir)
	r := walk(t, files.Options{
		Include: []string{"*.go"}, Exclude: []string{"lib/build", abs + "/*.go", filepath.Base(dir)},
	}, dir)
	r.wantPaths(abs+"/build/d.go", abs+"/lib/b.go", abs+"/lib/x/y/e.go")

	r = walk(t, files.Options{Exclude: []string{"*.txt"}}, "a.txt")
	r.wantPaths()
	r.wantSkip("a.txt", "excluded", false)
}

func TestEnterIsAskedOnceAndFirst(t *testing.T) {
	tree(t, map[string]string{"a/1": "1", "a/b/2": "2", "a/b/c/3": "3", "d/4": "4", "vendor/x/5": "5"})
	var mu sync.Mutex
	asked := map[string]int{}
	r := newRecorder(t)
	r.document = func(doc detector.Document) error {
		mu.Lock()
		defer mu.Unlock()
		if dir := filepath.ToSlash(filepath.Dir(doc.Location.Path)); asked[dir] == 0 {
			t.Errorf("%s was read before Enter was asked", doc.Location.Path)
		}
		return nil
	}
	walkTo(t, r, files.Options{Enter: func(dir string) bool {
		mu.Lock()
		defer mu.Unlock()
		asked[dir]++
		return dir != "vendor" && dir != "a/b/c"
	}}, ".")
	r.wantPaths("a/1", "a/b/2", "d/4")
	if want := map[string]int{"a": 1, "a/b": 1, "a/b/c": 1, "d": 1, "vendor": 1}; !maps.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestSymbolicLinks(t *testing.T) {
	dir := tree(t, map[string]string{"in/real/a": "a", "in/b": "b", "out/secret": "s"})
	symlink(t, "../out", "in/folder")
	symlink(t, "../out/secret", "in/file")
	symlink(t, "real", "in/inside")
	symlink(t, ".", "in/loop")
	symlink(t, "../..", "in/real/up")
	symlink(t, "nowhere", "in/dangling")
	symlink(t, "in", "target")
	symlink(t, filepath.Join(dir, "in", "b"), "filetarget")

	r := walk(t, files.Options{}, "in")
	r.wantPaths("in/real/a", "in/b")
	for _, link := range []string{"in/folder", "in/file", "in/inside", "in/loop", "in/real/up", "in/dangling"} {
		r.wantSkip(link, "symbolic link", false)
	}
	walk(t, files.Options{}, "target").wantPaths("target/real/a", "target/b")
	walk(t, files.Options{}, "filetarget").wantPaths("filetarget")
	walk(t, files.Options{}, "in", "target").wantPaths("in/real/a", "in/b")
	walk(t, files.Options{}, "in", "in/folder").wantPaths("in/real/a", "in/b", "in/folder/secret")
	// A link is a target of its own only under the name that was typed.
	r = walk(t, files.Options{}, "in", "target/real")
	r.wantPaths("in/b", "target/real/a")
}

func TestMissingTargets(t *testing.T) {
	tree(t, map[string]string{"a": "a"})
	source, err := files.New([]string{"a", "b", "c/d"}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	err = source.Walk(context.Background(), r)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"cannot scan b: ", "cannot scan c/d: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v is not os.ErrNotExist", err)
	}
	r.wantPaths()
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		paths []string
		opts  files.Options
		want  string
	}{
		{nil, files.Options{}, "nothing to scan"},
		{[]string{"a", ""}, files.Options{}, "target 2 is an empty path"},
		{[]string{"a"}, files.Options{Jobs: -1}, "jobs -1"},
		{[]string{"a"}, files.Options{MaxFileSize: -1}, "largest file size -1"},
		{[]string{"a"}, files.Options{ChunkSize: 3}, "chunk size 3"},
		{[]string{"a"}, files.Options{Overlap: -1}, "chunk overlap -1"},
		{[]string{"a"}, files.Options{Exclude: []string{"ok", "a[b"}}, `exclude glob "a[b"`},
		{[]string{"a"}, files.Options{Include: []string{"{a,b"}}, `include glob "{a,b"`},
		{[]string{"a"}, files.Options{Include: []string{""}}, `include glob "" is empty`},
		{[]string{"a"}, files.Options{Include: []string{"./"}}, `include glob "./" is empty`},
	} {
		_, err := files.New(test.paths, test.opts)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%q, %+v): %v, want %q in it", test.paths, test.opts, err, test.want)
		}
	}
}

func TestLargeFilesComeInPieces(t *testing.T) {
	large := strings.Repeat("0123456789abcdef\n", 1000)
	tree(t, map[string]string{"large": large, "small": "small"})
	r := walk(t, files.Options{ChunkSize: 1000, Overlap: 100}, ".")
	r.wantPaths("large", "small")
	if string(r.texts["large"]) != large {
		t.Error("the pieces do not make up the file")
	}
	if got := r.pieces["large"]; got < 10 {
		t.Errorf("%d pieces, want about 17", got)
	}
	if want := int64(len(large) + len("small")); r.progress.BytesFound != want {
		t.Errorf("%d bytes found, want %d", r.progress.BytesFound, want)
	}
}

func TestMaxFileSize(t *testing.T) {
	tree(t, map[string]string{
		"at": strings.Repeat("x", 100), "above": strings.Repeat("x", 101), "sub/above": strings.Repeat("x", 5000),
	})
	r := walk(t, files.Options{MaxFileSize: 100}, ".")
	r.wantPaths("at")
	r.wantSkip("above", "larger than the limit of 100 bytes: 101 bytes", true)
	r.wantSkip("sub/above", "larger than the limit of 100 bytes: 5000 bytes", true)
	walk(t, files.Options{MaxFileSize: 100}, "above").wantSkip("above", "limit", true)
}

func TestEncodings(t *testing.T) {
	tree(t, map[string]string{
		"utf8": "Größe\n", "mark": "\xEF\xBB\xBFGröße\n", "utf16": "\xFF\xFEG\x00r\x00\xF6\x00\xDF\x00e\x00\n\x00",
		"latin1": "Gr\xF6\xDFe\n", "binary": "\x7FELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3E\x00",
		"onlymark": "\xEF\xBB\xBF",
	})
	r := walk(t, files.Options{}, ".")
	r.wantPaths("utf8", "mark", "utf16", "latin1", "binary")
	for path, want := range map[string]string{
		"utf8": "Größe\n", "mark": "Größe\n", "utf16": "Größe\n", "latin1": "Gr\xF6\xDFe\n",
	} {
		if got := string(r.texts[path]); got != want || r.binary[path] {
			t.Errorf("%s: %q, binary %v, want %q", path, got, r.binary[path], want)
		}
	}
	if !r.binary["binary"] || len(r.texts["binary"]) != 20 {
		t.Errorf("binary: %q, binary %v", r.texts["binary"], r.binary["binary"])
	}
}

// TestFilesThatChangeWhileTheyAreRead changes a large file when its first piece is
// handed over.
func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	const line = "0123456789abcde\n"
	large := strings.Repeat(line, 1000)
	opts := files.Options{Jobs: 1, ChunkSize: 1024, Overlap: 64}
	change := func(t *testing.T, opts files.Options, change func() error) *recorder {
		tree(t, map[string]string{"file": large})
		r := newRecorder(t)
		once := false
		r.document = func(detector.Document) error {
			if once {
				return nil
			}
			once = true
			return change()
		}
		walkTo(t, r, opts, ".")
		return r
	}

	t.Run("shrinks", func(t *testing.T) {
		r := change(t, opts, func() error { return os.Truncate("file", 4000) })
		if got := string(r.texts["file"]); got != large[:4000] {
			t.Errorf("%d bytes, want 4000", len(got))
		}
		r.wantNoLoss()
	})
	t.Run("shrinks to less than was read", func(t *testing.T) {
		r := change(t, opts, func() error { return os.Truncate("file", 0) })
		if got := string(r.texts["file"]); got == "" || !strings.HasPrefix(large, got) {
			t.Errorf("%d bytes, not the beginning", len(got))
		}
	})
	grow := func() error {
		f, err := os.OpenFile("file", os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString(large)
		return errors.Join(err, f.Close())
	}
	t.Run("grows", func(t *testing.T) {
		r := change(t, opts, grow)
		if got := string(r.texts["file"]); got != large+large {
			t.Errorf("%d bytes, want %d", len(got), 2*len(large))
		}
		r.wantNoLoss()
	})
	t.Run("grows beyond the limit", func(t *testing.T) {
		limited := opts
		limited.MaxFileSize = int64(len(large) + 100)
		r := change(t, limited, grow)
		if got := string(r.texts["file"]); got != (large + large)[:limited.MaxFileSize] {
			t.Errorf("%d bytes, want %d", len(got), limited.MaxFileSize)
		}
		r.wantSkip("file", "only in part: it grew beyond the limit", true)
	})
	t.Run("vanishes", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("an open file cannot be removed")
		}
		r := change(t, opts, func() error { return os.Remove("file") })
		if got := string(r.texts["file"]); got != large {
			t.Errorf("%d bytes, want all that the open file has", len(got))
		}
	})
}

// TestFilesThatVanish removes what was listed when the first file is handed over.
func TestFilesThatVanish(t *testing.T) {
	tree(t, map[string]string{"a/1": "1", "a/2": "2", "a/3": "3", "a/sub/4": "4"})
	r := newRecorder(t)
	read := ""
	r.document = func(doc detector.Document) error {
		read = doc.Location.Path
		for _, path := range []string{"a/1", "a/2", "a/3"} {
			if path == read {
				continue
			}
			if err := os.Remove(path); err != nil {
				return err
			}
		}
		return os.RemoveAll("a/sub")
	}
	walkTo(t, r, files.Options{Jobs: 1}, "a")
	r.wantPaths(read)
	for _, path := range []string{"a/1", "a/2", "a/3", "a/sub"} {
		if path != read {
			r.wantSkip(path, "gone before it was read", false)
		}
	}
}

func TestCancel(t *testing.T) {
	content := map[string]string{}
	for i := range 500 {
		content[fmt.Sprintf("f%d/file%d", i%20, i)] = "text"
	}
	tree(t, content)
	for _, jobs := range []int{1, 4} {
		source, err := files.New([]string{"."}, files.Options{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r := newRecorder(t)
		r.document = func(detector.Document) error {
			cancel()
			return nil
		}
		if err := source.Walk(ctx, r); err != context.Canceled {
			t.Errorf("jobs %d: %v, want %v", jobs, err, context.Canceled)
		}
		if got := len(r.texts); got > jobs {
			t.Errorf("jobs %d: %d documents although the first one cancelled", jobs, got)
		}
		r = newRecorder(t)
		if err := source.Walk(ctx, r); err != context.Canceled || len(r.texts) > 0 {
			t.Errorf("cancelled before: %v, %d documents", err, len(r.texts))
		}
	}
}

func TestCancelWithinAFile(t *testing.T) {
	tree(t, map[string]string{"large": strings.Repeat("text\n", 10000)})
	for _, jobs := range []int{1, 4} {
		source, err := files.New([]string{"large"}, files.Options{Jobs: jobs, ChunkSize: 1024, Overlap: 64})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r := newRecorder(t)
		r.document = func(detector.Document) error {
			cancel()
			return nil
		}
		// Each goroutine may have begun one piece when the first cancels.
		if err := source.Walk(ctx, r); err != context.Canceled || r.pieces["large"] < 1 || r.pieces["large"] > jobs {
			t.Errorf("jobs %d: %v after %d pieces, want %v after 1 to %d", jobs, err, r.pieces["large"], context.Canceled, jobs)
		}
	}
}

func TestSinkErrorEndsTheWalk(t *testing.T) {
	content := map[string]string{}
	for i := range 300 {
		content[fmt.Sprintf("f%d/file%d", i%20, i)] = "text"
	}
	tree(t, content)
	failure := errors.New("enough")
	for _, jobs := range []int{1, 4} {
		source, err := files.New([]string{"."}, files.Options{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		r := newRecorder(t)
		r.document = func(detector.Document) error { return failure }
		if err := source.Walk(context.Background(), r); err != failure {
			t.Errorf("jobs %d: %v, want %v", jobs, err, failure)
		}
		if len(r.texts) > jobs {
			t.Errorf("jobs %d: %d documents", jobs, len(r.texts))
		}
	}
}

func TestPanicOfTheSinkReachesTheCaller(t *testing.T) {
	tree(t, map[string]string{"a/1": "1", "b/2": "2", "c/3": "3"})
	source, err := files.New([]string{"."}, files.Options{Jobs: 4})
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	r.document = func(detector.Document) error { panic("broken detector") }
	defer func() {
		if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), "broken detector") {
			t.Errorf("recovered %v", p)
		}
	}()
	err = source.Walk(context.Background(), r)
	t.Errorf("Walk returned %v", err)
}

func TestStdin(t *testing.T) {
	text := strings.Repeat("one line of text\n", 1000)
	r := newRecorder(t)
	if err := files.Stdin(strings.NewReader(text)).Walk(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	r.wantPaths("-")
	if string(r.texts["-"]) != text || r.pieces["-"] != 1 {
		t.Errorf("%d bytes in %d pieces, want %d in 1", len(r.texts["-"]), r.pieces["-"], len(text))
	}
	n := int64(len(text))
	if want := (sources.Progress{FilesFound: 1, FilesDone: 1, BytesFound: n, BytesDone: n}); r.progress != want {
		t.Errorf("progress %+v, want %+v", r.progress, want)
	}
}

func TestStdinThatIsLarge(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcde\n"), 1<<20) // four pieces
	r := newRecorder(t)
	if err := files.Stdin(bytes.NewReader(text)).Walk(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	r.together()
	if !bytes.Equal(r.texts["-"], text) || r.pieces["-"] < 4 {
		t.Errorf("%d bytes in %d pieces, want %d in 4 or more", len(r.texts["-"]), r.pieces["-"], len(text))
	}
	if r.progress.BytesDone != int64(len(text)) || r.progress.BytesFound != int64(len(text)) {
		t.Errorf("progress %+v", r.progress)
	}
}

func TestStdinThatIsEmpty(t *testing.T) {
	r := newRecorder(t)
	if err := files.Stdin(strings.NewReader("")).Walk(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	r.wantPaths()
	r.wantNoLoss()
}

func TestStdinThatFails(t *testing.T) {
	r := newRecorder(t)
	broken := io.MultiReader(strings.NewReader("the beginning"), failingReader{})
	if err := files.Stdin(broken).Walk(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if got := string(r.texts["-"]); got != "the beginning" {
		t.Errorf("read %q", got)
	}
	r.wantSkip("-", "only in part: line is dead", true)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("line is dead") }

func TestStdinThatBlocksIsCancelled(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	r := newRecorder(t)
	done := make(chan error)
	go func() { done <- files.Stdin(in).Walk(ctx, r) }()
	if _, err := out.Write([]byte("something")); err != nil { // returns when it is being read
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	r.wantPaths()
}
