// Package logtest makes build logs for tests and benchmarks.
//
// In goes a seed and a size; out comes text as compilers, test runners, package managers and
// container builds write it, bare ([Text]) or as a build system keeps it ([GitHub],
// [GitHubZip], [GitLab]). It holds no credentials. The same seed gives the same text.
package logtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Text is a log of size bytes, without time stamps and colours. The last line may be cut off.
func Text(seed uint64, size int) []byte {
	w := newWriter(seed)
	for w.b.Len() < size {
		w.block()
	}
	return []byte(w.b.String()[:size])
}

// writer writes what tools do.
type writer struct {
	rng *rand.Rand
	b   strings.Builder
}

func newWriter(seed uint64) *writer { return &writer{rng: rand.New(rand.NewPCG(seed, 0x109))} }

// block writes some lines of one tool.
func (w *writer) block() {
	tool := tools[w.rng.IntN(len(tools))]
	for range 3 + w.rng.IntN(60) {
		tool(w)
	}
}

func (w *writer) f(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

func (w *writer) n(limit int) int { return w.rng.IntN(limit) }

func (w *writer) of(list ...string) string { return list[w.n(len(list))] }

func (w *writer) word() string { return words[w.n(len(words))] }

// camel is a name such as ConfigLoader.
func (w *writer) camel() string {
	a, b := w.word(), w.word()
	return strings.ToUpper(a[:1]) + a[1:] + strings.ToUpper(b[:1]) + b[1:]
}

func (w *writer) path() string {
	return w.of("src", "lib", "internal", "packages/core", "app/services", "test") + "/" + w.word() + "/" + w.word()
}

func (w *writer) version() string { return fmt.Sprintf("%d.%d.%d", w.n(9), w.n(30), w.n(20)) }

func (w *writer) hex(digits int) string {
	const hex = "0123456789abcdef"
	b := make([]byte, digits)
	for i := range b {
		b[i] = hex[w.n(16)]
	}
	return string(b)
}

func (w *writer) integrity() string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	b := make([]byte, 86)
	for i := range b {
		b[i] = digits[w.n(64)]
	}
	return "sha512-" + string(b) + "=="
}

var words = strings.Fields(`server client parse render config worker handler store token cache buffer stream index query
	user account session route model view controller service util common core api http net io json yaml proto grpc auth
	login metrics trace logger queue job task event message payload schema table column record page layout widget button
	form input menu dialog image font color theme locale date time zone number string array list map tree graph node edge
	file path disk memory network socket channel lock mutex pool thread process signal timer clock scheduler engine driver
	plugin module package bundle chunk asset style script template macro filter sort search match replace format print`)

// tools each write one line or a few.
var tools = []func(*writer){
	func(w *writer) { // a C compiler
		w.f("[%3d%%] Building CXX object %s/CMakeFiles/%s.dir/%s.cpp.o", w.n(101), w.path(), w.word(), w.word())
	},
	func(w *writer) {
		p, o := w.path(), w.word()
		w.f("gcc -DHAVE_CONFIG_H -I. -I../include -Isrc/%s -O2 -g -Wall -Wextra -fPIC -MT %s.lo -MD -MP -MF .deps/%s.Tpo -c %s.c  -o .libs/%s.o",
			w.word(), o, o, p, o)
	},
	func(w *writer) {
		p, l := w.path(), w.n(900)
		w.f("%s.c:%d:%d: warning: unused variable ‘%s’ [-Wunused-variable]", p, l, w.n(80), w.word())
		w.f("%5d |         int %s = %s_%s(%s);", l, w.word(), w.word(), w.word(), w.word())
		w.f("      |             ^~~~~~~~")
	},
	func(w *writer) { // go test
		t := w.camel()
		w.f("=== RUN   Test%s", t)
		w.f("--- PASS: Test%s (%d.%02ds)", t, w.n(3), w.n(100))
	},
	func(w *writer) {
		w.f("ok  \tgithub.com/example/%s/%s\t%d.%03ds\tcoverage: %d.%d%% of statements", w.word(), w.path(), w.n(9), w.n(1000), w.n(100), w.n(10))
	},
	func(w *writer) { w.f("go: downloading github.com/%s/%s v%s", w.word(), w.word(), w.version()) },
	func(w *writer) {
		w.f("#%d %d.%d Get:%d http://archive.ubuntu.com/ubuntu jammy-updates/main amd64 lib%s%d amd64 %s-%dubuntu%d [%d kB]",
			5+w.n(20), w.n(90), w.n(1000), w.n(300), w.word(), w.n(9), w.version(), w.n(5), w.n(9), w.n(9000))
	},
	func(w *writer) { // apt
		p := "lib" + w.word() + "-dev"
		w.f("Selecting previously unselected package %s:amd64.", p)
		w.f("Preparing to unpack .../%03d-%s_%s-%d_amd64.deb ...", w.n(400), p, w.version(), w.n(9))
		w.f("Unpacking %s:amd64 (%s-%d) ...", p, w.version(), w.n(9))
	},
	func(w *writer) { w.f("Setting up lib%s:amd64 (%s-%d) ...", w.word(), w.version(), w.n(9)) },
	func(w *writer) { // npm and yarn
		w.f("npm warn deprecated %s-%s@%s: this package is no longer supported, use %s instead", w.word(), w.word(), w.version(), w.word())
	},
	func(w *writer) {
		w.f("npm http fetch GET 200 https://registry.npmjs.org/%s-%s %dms (cache %s)", w.word(), w.word(), w.n(900), w.of("miss", "hit", "revalidated"))
	},
	func(w *writer) {
		w.f("  resolved \"https://registry.yarnpkg.com/%s/-/%s-%s.tgz#%s\"", w.word(), w.word(), w.version(), w.hex(40))
		if w.n(4) == 0 {
			w.f("  integrity %s", w.integrity())
		}
	},
	func(w *writer) { // webpack
		w.f("asset static/js/%s.%s.chunk.js %d.%d KiB [emitted] [immutable] [minimized] (name: %s)", w.word(), w.hex(8), w.n(900), w.n(10), w.word())
	},
	func(w *writer) { w.f("    ./%s.tsx %d bytes [built] [code generated]", w.path(), w.n(90000)) },
	func(w *writer) {
		w.f("%s.ts(%d,%d): warning TS%d: '%s' is declared but its value is never read.", w.path(), w.n(999), w.n(99), w.n(9999), w.word())
	},
	func(w *writer) { // jest
		w.f("PASS %s.test.js (%d.%03d s)", w.path(), w.n(9), w.n(1000))
		w.f("  %s", w.camel())
		w.f("    ✓ should %s the %s when %s is empty (%d ms)", w.word(), w.word(), w.word(), w.n(300))
		w.f("    ✓ returns %s for %s (%d ms)", w.word(), w.word(), w.n(300))
	},
	func(w *writer) { // maven and gradle
		w.f("[INFO] Downloading from central: https://repo.maven.apache.org/maven2/org/%s/%s-%s/%s/%s-%s.pom", w.word(), w.word(), w.word(), w.version(), w.word(), w.version())
	},
	func(w *writer) {
		w.f("[INFO] Tests run: %d, Failures: 0, Errors: 0, Skipped: %d, Time elapsed: %d.%03d s -- in com.example.%s.%sTest",
			w.n(90), w.n(3), w.n(20), w.n(1000), w.word(), w.camel())
	},
	func(w *writer) { w.f("> Task :%s:%s:compile%s UP-TO-DATE", w.word(), w.word(), w.camel()) },
	func(w *writer) {
		w.f("2026-05-%02d %02d:%02d:%02d.%03d  INFO %d --- [%15s] o.s.b.w.e.%s : Started %s in %d.%03d seconds",
			1+w.n(28), w.n(24), w.n(60), w.n(60), w.n(1000), w.n(90000), "main", w.camel(), w.camel(), w.n(9), w.n(1000))
	},
	func(w *writer) {
		w.f("java.lang.IllegalStateException: %s not initialised", w.camel())
		for range 8 {
			c := w.camel()
			w.f("\tat com.example.%s.%s.%s(%s.java:%d)", w.word(), c, w.word(), c, w.n(900))
		}
	},
	func(w *writer) { // pip and pytest
		w.f("Collecting %s-%s>=%s", w.word(), w.word(), w.version())
		w.f("  Downloading %s_%s-%s-py3-none-any.whl.metadata (%d.%d kB)", w.word(), w.word(), w.version(), w.n(90), w.n(10))
	},
	func(w *writer) {
		w.f("tests/%s/test_%s.py::Test%s::test_%s_%s PASSED [%3d%%]", w.word(), w.word(), w.camel(), w.word(), w.word(), w.n(101))
	},
	func(w *writer) {
		w.f("Requirement already satisfied: %s>=%s in /opt/hostedtoolcache/Python/3.12.3/x64/lib/python3.12/site-packages (from %s) (%s)", w.word(), w.version(), w.word(), w.version())
	},
	func(w *writer) { // cargo
		w.f("   Compiling %s-%s v%s", w.word(), w.word(), w.version())
	},
	func(w *writer) { w.f("test %s::%s::tests::%s_%s ... ok", w.word(), w.word(), w.word(), w.word()) },
	func(w *writer) { // docker
		w.f("#%d sha256:%s %d.%02dMB / %d.%02dMB %d.%ds", w.n(30), w.hex(64), w.n(90), w.n(100), w.n(90), w.n(100), w.n(9), w.n(10))
	},
	func(w *writer) {
		w.f("#%d [%s %d/%d] RUN apt-get update && apt-get install -y --no-install-recommends %s lib%s-dev", w.n(30), w.word(), w.n(9), 9, w.word(), w.word())
		w.f("#%d DONE %d.%ds", w.n(30), w.n(90), w.n(10))
	},
	func(w *writer) {
		w.f("%s: %s", w.hex(12), w.of("Pulling fs layer", "Waiting", "Verifying Checksum", "Download complete", "Pull complete"))
	},
	func(w *writer) { // git
		w.f(" * [new branch]          %s/%s-%d -> origin/%s/%s-%d", w.of("feature", "fix", "dependabot"), w.word(), w.n(999), "feature", w.word(), w.n(999))
	},
	func(w *writer) { w.f("remote: Counting objects: %3d%% (%d/%d)\r", w.n(101), w.n(9999), 9999) },
	func(w *writer) { w.f(" create mode 100644 %s.%s", w.path(), w.of("go", "ts", "py", "java")) },
	func(w *writer) {
		w.f("HEAD is now at %s Merge pull request #%d from %s/%s-%s", w.hex(8), w.n(9999), w.word(), w.word(), w.word())
	},
	func(w *writer) { // terraform and kubernetes
		w.f("module.%s.aws_%s_%s.this[%d]: Refreshing state... [id=%s-%s]", w.word(), w.word(), w.word(), w.n(9), w.word(), w.hex(17))
	},
	func(w *writer) { w.f("deployment.apps/%s-%s-%s configured", w.word(), w.word(), w.word()) },
	func(w *writer) {
		w.f("NAME=%s_%s READY=%d/%d STATUS=Running RESTARTS=%d AGE=%dm", w.word(), w.word(), w.n(3), 3, w.n(5), w.n(60))
	},
	func(w *writer) { // linters, uploads, servers
		w.f("  %d:%d  warning  '%s' is assigned a value but never used  @typescript-eslint/no-unused-vars", w.n(900), w.n(90), w.word())
	},
	func(w *writer) {
		w.f("upload: dist/%s.%s.js to s3://example-%s/%s/%s.%s.js", w.word(), w.hex(8), w.word(), w.word(), w.word(), w.hex(8))
	},
	func(w *writer) {
		w.f(`{"level":"info","ts":%d.%06d,"caller":"%s.go:%d","msg":"%s %s finished","duration":"%d.%03dms","request_id":"%s-%s-4%s-a%s-%s"}`, 1780000000+w.n(1e6),
			w.n(1e6), w.path(), w.n(900), w.word(), w.word(), w.n(900), w.n(1000), w.hex(8), w.hex(4), w.hex(3), w.hex(3), w.hex(12))
	},
	func(w *writer) {
		w.f("Downloading %s-%s-%s.tar.gz (%d kB)", w.word(), w.word(), w.version(), w.n(9000))
	},
	func(w *writer) {
		w.f("%3d%%|%s| %d/%d [%02d:%02d<%02d:%02d, %d.%02dit/s]", w.n(101), strings.Repeat("█", w.n(20)), w.n(999), 999, w.n(60), w.n(60), w.n(60), w.n(60), w.n(90), w.n(100))
	},
	func(w *writer) { w.f("") },
}

// epoch is when logs begin.
var epoch = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
