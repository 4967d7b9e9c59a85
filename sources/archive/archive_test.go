package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/archive"
)

// recorder is a sink that looks for a credential in each document and keeps where it is.
type recorder struct {
	t      testing.TB
	secret string
	detect *detector.Detector

	mu     sync.Mutex
	texts  map[string]string
	found  []string // name:line
	skips  []sources.Skip
	doc    func() error
	nBytes int64
}

// newRecorder makes up a credential, the same in every run.
var newRecorder = func() func(t testing.TB) *recorder {
	rule := rules.Builtin()[slices.IndexFunc(rules.Builtin(), func(r *rules.Rule) bool { return r.ID == "github-pat-classic" })]
	return func(t testing.TB) *recorder {
		maker := must(rules.NewMaker(rule))(t)
		d := must(detector.New([]*rules.Rule{rule}))(t)
		return &recorder{
			t: t, secret: must(maker.Secret(rand.New(rand.NewPCG(1, 2))))(t), detect: d, texts: map[string]string{},
		}
	}
}()

func (r *recorder) Document(ctx context.Context, doc detector.Document) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := r.detect.Scan(ctx, doc)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Secret.Reveal() == r.secret {
			r.found = append(r.found, fmt.Sprintf("%s:%d", f.Places[0].Location.Name(), f.Places[0].Span.StartLine))
		}
	}
	name := doc.Location.Name()
	if len(r.texts[name]) > 1<<20 {
		// enough to tell
	} else if doc.Fresh != nil {
		r.texts[name] += string(doc.Data[doc.Fresh[0].Start:doc.Fresh[0].End])
	} else {
		r.texts[name] += string(doc.Data)
	}
	if r.doc != nil {
		return r.doc()
	}
	return nil
}

func (r *recorder) Skip(s sources.Skip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !s.Incomplete {
		r.t.Errorf("%s: %s: not counted as a loss", s.Location.Name(), s.Reason)
	}
	if strings.Contains(s.Reason, r.secret) {
		r.t.Error("a reason holds the credential")
	}
	r.skips = append(r.skips, s)
}

func (r *recorder) Progress(p sources.Progress) {
	if p.FilesFound != 0 || p.FilesDone != 0 || p.BytesDone != p.BytesFound {
		r.t.Errorf("progress %+v", p)
	}
	r.nBytes += p.BytesDone
}

// text is a file with the credential in line 3.
func (r *recorder) text() string { return "# settings\n\ntoken = \"" + r.secret + "\"\n" }

// expand looks through a file, as a file and as a stream, which must come to the same.
func (r *recorder) expand(o archive.Options, name string, data []byte) {
	r.t.Helper()
	e := must(archive.New(o))(r.t)
	if !e.Expands(name, data[:min(len(data), sources.ExpandHead)]) {
		r.t.Fatalf("%s is not known", name)
	}
	f := sources.File{Location: detector.Location{Path: name}, At: bytes.NewReader(data), Size: int64(len(data))}
	if err := e.Expand(r.t.Context(), r, f); err != nil {
		r.t.Fatal(err)
	}
	s := newRecorder(r.t)
	stream := sources.File{Location: f.Location, Reader: bytes.NewReader(data)}
	if err := e.Expand(r.t.Context(), s, stream); err != nil {
		r.t.Fatal(err)
	}
	if fmt.Sprint(s.found) != fmt.Sprint(r.found) || len(s.skips) != len(r.skips) {
		r.t.Errorf("as a stream: found %v, skipped %v; as a file: found %v, skipped %v", s.found, s.skips, r.found, r.skips)
	}
}

func (r *recorder) wantFound(want ...string) {
	r.t.Helper()
	slices.Sort(r.found)
	slices.Sort(want)
	if !slices.Equal(r.found, want) {
		r.t.Errorf("found in %q, want %q", r.found, want)
	}
}

// wantSkips wants that these and no others were skipped: each is a name, a colon, and a piece of the reason.
func (r *recorder) wantSkips(want ...string) {
	r.t.Helper()
	ok := len(want) == len(r.skips)
	for _, w := range want {
		name, reason, _ := strings.Cut(w, ": ")
		ok = ok && slices.ContainsFunc(r.skips, func(s sources.Skip) bool {
			return s.Location.Name() == name && strings.Contains(s.Reason, reason)
		})
	}
	if !ok {
		r.t.Errorf("skipped %v, want %q", r.skips, want)
	}
}

// kinds are the formats with how one is made that holds a text in a/b.txt, or in b.txt alone.
var kinds = []struct {
	name   string
	make   func(t testing.TB, text string) []byte
	member string
	// checked says that the format has a sum of its content.
	checked bool
}{
	{"x.zip", func(t testing.TB, s string) []byte { return makeZip(t, member{"first", "1"}, member{"a/b.txt", s}) }, "a/b.txt", true},
	{"x.jar", func(t testing.TB, s string) []byte {
		return makeZip(t, member{"META-INF/MANIFEST.MF", "1"}, member{"a/b.txt", s})
	}, "a/b.txt", true},
	{"x.war", func(t testing.TB, s string) []byte {
		return makeZip(t, member{"WEB-INF/web.xml", "<web-app/>"}, member{"WEB-INF/classes/app.properties", s})
	}, "WEB-INF/classes/app.properties", true},
	{"x.whl", func(t testing.TB, s string) []byte {
		return makeZip(t, member{"x/__init__.py", s}, member{"x-1.0.dist-info/RECORD", "x/__init__.py,,"})
	}, "x/__init__.py", true},
	{"x.apk", func(t testing.TB, s string) []byte {
		return makeZip(t, member{"classes.dex", "dex\n035\x00"}, member{"assets/config.json", s})
	}, "assets/config.json", true},
	{"alpine.apk", func(t testing.TB, s string) []byte { // one tar archive behind the other, each compressed
		return slices.Concat(makeGzip(t, makeTar(t, member{".PKGINFO", "1"})), makeGzip(t, makeTar(t, member{"a/b.txt", s})))
	}, "a/b.txt", true},
	{"x.tar", func(t testing.TB, s string) []byte { return makeTar(t, member{"first", "1"}, member{"./a/b.txt", s}) }, "a/b.txt", false},
	{"x.tar.gz", func(t testing.TB, s string) []byte { return makeGzip(t, makeTar(t, member{"a/b.txt", s})) }, "a/b.txt", true},
	{"x.tar.bz2", func(t testing.TB, s string) []byte { return makeBzip2(t, makeTar(t, member{"a/b.txt", s})) }, "a/b.txt", true},
	{"x.tar.xz", func(t testing.TB, s string) []byte { return makeXz(t, makeTar(t, member{"a/b.txt", s})) }, "a/b.txt", true},
	{"x.tar.zst", func(t testing.TB, s string) []byte { return makeZstd(t, makeTar(t, member{"a/b.txt", s})) }, "a/b.txt", true},
	{"b.txt.gz", func(t testing.TB, s string) []byte { return makeGzip(t, []byte(s)) }, "b.txt", true},
	{"b.txt.bz2", func(t testing.TB, s string) []byte { return makeBzip2(t, []byte(s)) }, "b.txt", true},
	{"b.txt.xz", func(t testing.TB, s string) []byte { return makeXz(t, []byte(s)) }, "b.txt", true},
	{"b.txt.zst", func(t testing.TB, s string) []byte { return makeZstd(t, []byte(s)) }, "b.txt", true},
	{"x.7z", func(t testing.TB, s string) []byte { return make7z(t, member{"first", "1"}, member{"a/b.txt", s}) }, "a/b.txt", true},
	{"x.rar", func(t testing.TB, s string) []byte {
		return makeRar(t, false, member{"first", "1"}, member{"a/b.txt", s})
	}, "a/b.txt", true},
	{"x.a", func(t testing.TB, s string) []byte {
		return makeAr(t, member{"first", "1"}, member{"a-name-of-more-than-fifteen", s})
	}, "a-name-of-more-than-fifteen", false},
	{"x.deb", func(t testing.TB, s string) []byte { return makeDeb(t, member{"./a/b.txt", s}) }, "data.tar.xz!a/b.txt", true},
	{"x.cpio", func(t testing.TB, s string) []byte { return makeCpio(t, member{"first", "1"}, member{"a/b.txt", s}) }, "a/b.txt", false},
	{"x.rpm", func(t testing.TB, s string) []byte {
		return makeRPM(t, "", makeGzip(t, makeCpio(t, member{"a/b.txt", s})))
	}, "a/b.txt", true},
	{"old.rpm", func(t testing.TB, s string) []byte {
		return makeRPM(t, "", makeLZMA(t, makeCpio(t, member{"a/b.txt", s})))
	}, "a/b.txt", false},
}

func TestEveryFormat(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRecorder(t)
			r.expand(archive.Options{}, k.name, k.make(t, r.text()))
			r.wantFound(k.name + "!" + k.member + ":3")
			r.wantSkips()
		})
	}
}

// TestTruncated cuts each format off in the middle and near the end.
func TestTruncated(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRecorder(t)
			data := k.make(t, r.text()+noise(40<<10))
			for _, n := range []int{len(data) / 2, len(data) * 9 / 10} {
				r := newRecorder(t)
				r.expand(archive.Options{}, k.name, data[:n])
				if len(r.skips) == 0 || !strings.HasPrefix(r.skips[len(r.skips)-1].Location.Name(), k.name) {
					t.Errorf("cut to %d of %d bytes: skipped %v", n, len(data), r.skips)
				}
			}
		})
	}
}

// TestCorrupt changes bytes all over each format. Nothing may break, and what has a sum must notice.
func TestCorrupt(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			whole := k.make(t, newRecorder(t).text()+noise(8<<10))
			const beginning = 512 // which tells the format
			for i := range 10 {
				data := bytes.Clone(whole)
				at := beginning + i*(len(data)-beginning)/10
				for j := range 16 {
					data[min(at+j, len(data)-1)] ^= 0x55
				}
				r := newRecorder(t)
				r.expand(archive.Options{}, k.name, data)
				if middle := at > len(data)/4 && at < len(data)*3/4; middle && k.checked && len(r.skips) == 0 {
					t.Errorf("damage at %d of %d went unnoticed", at, len(data))
				}
			}
		})
	}
}

// noise is text that does not compress well.
func noise(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz    \n"
	random := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[random.IntN(len(letters))]
	}
	return string(b)
}

// TestDamageDoesNotStopTheScan has a corrupt member of each format stand before a sound one.
func TestDamageDoesNotStopTheScan(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRecorder(t)
			data := k.make(t, noise(4<<10))
			r.expand(archive.Options{}, "outer.tar", makeTar(t,
				member{k.name, string(data[:len(data)/2])}, member{"behind", r.text()}))
			r.wantFound("outer.tar!behind:3")
			if len(r.skips) == 0 || !strings.HasPrefix(r.skips[0].Location.Name(), "outer.tar!"+k.name) {
				t.Errorf("skipped %v", r.skips)
			}
		})
	}
}

func TestNested(t *testing.T) {
	r := newRecorder(t)
	inner := makeTar(t, member{"deep/config", r.text()})
	data := makeZip(t, member{"lib/x.jar", string(makeZip(t,
		member{"data.tar.gz", string(makeGzip(t, inner))}, member{"note.gz", string(makeGzip(t, []byte(r.text())))}))})
	r.expand(archive.Options{}, "app.war", data)
	r.wantFound("app.war!lib/x.jar!data.tar.gz!deep/config:3", "app.war!lib/x.jar!note.gz!note:3")
	r.wantSkips()
}

func TestDepth(t *testing.T) {
	r := newRecorder(t)
	data := []byte(r.text())
	for i := range 5 {
		data = makeTar(t, member{fmt.Sprintf("level%d", i), string(data)})
	}
	r.expand(archive.Options{MaxDepth: 4}, "x.tar", data)
	// The innermost archive is not opened, but it is not compressed: the credential shows.
	r.wantSkips("x.tar!level4!level3!level2!level1: tar archive, not opened: it is 4 deep in others; raise --max-archive-depth")
	if len(r.found) != 1 || !strings.HasPrefix(r.found[0], "x.tar!level4!level3!level2!level1:") {
		t.Errorf("found %q", r.found)
	}
	r = newRecorder(t)
	r.expand(archive.Options{MaxDepth: 5}, "x.tar", data)
	r.wantFound("x.tar!level4!level3!level2!level1!level0:3")
	r.wantSkips()
}

func TestEncrypted(t *testing.T) {
	r := newRecorder(t)
	data := makeZip(t, member{"locked", "1"}, member{"open", r.text()})
	data[6] |= 1                                         // the flag in the local header
	data[bytes.Index(data, []byte("PK\x01\x02"))+8] |= 1 // and in the directory
	r.expand(archive.Options{}, "x.zip", data)
	r.wantFound("x.zip!open:3")
	r.wantSkips("x.zip!locked: encrypted, not scanned")

	r = newRecorder(t)
	r.expand(archive.Options{}, "x.rar", makeRar(t, true, member{"locked", "0123456789abcdef"}))
	r.wantFound()
	r.wantSkips("x.rar!locked: encrypted, not scanned")
}

func TestUnknownMethod(t *testing.T) {
	r := newRecorder(t)
	data := makeZip(t, member{"odd", "1"}, member{"plain", r.text()})
	data[8] = 77
	data[bytes.Index(data, []byte("PK\x01\x02"))+10] = 77
	r.expand(archive.Options{}, "x.zip", data)
	r.wantFound("x.zip!plain:3")
	r.wantSkips("x.zip!odd: not scanned: its compression (method 77) is not known")
}

func TestBombOfRatio(t *testing.T) {
	const from = 2 << 20
	limits := archive.Options{RatioFrom: from}
	zeros := strings.Repeat("\x00", from+(1<<19))
	for name, make := range map[string]func(testing.TB, []byte) []byte{"gz": makeGzip, "zst": makeZstd} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t)
			bomb := make(t, []byte(zeros))
			r.expand(limits, "x.tar", makeTar(t, member{"bomb." + name, string(bomb)}, member{"behind", r.text()}))
			r.wantFound("x.tar!behind:3")
			r.wantSkips("x.tar!bomb." + name + "!bomb: unpacks to more than 200 times its size")
		})
	}
	t.Run("zip", func(t *testing.T) {
		r := newRecorder(t)
		r.expand(limits, "x.zip", makeZip(t, member{"bomb", zeros}, member{"behind", r.text()}))
		r.wantFound("x.zip!behind:3")
		r.wantSkips("x.zip!bomb: unpacks to more than 200 times its size")
	})
	t.Run("allowed", func(t *testing.T) {
		r := newRecorder(t)
		r.expand(archive.Options{MaxRatio: 100_000, RatioFrom: from}, "x.zip", makeZip(t, member{"zeros", zeros}))
		r.wantSkips()
	})
}

// TestSparse has a tar archive of three blocks that claims a file of a terabyte.
func TestSparse(t *testing.T) {
	r := newRecorder(t)
	e := must(archive.New(archive.Options{MaxSize: 1 << 20}))(t)
	const claimed = int64(1) << 40
	header := makeTar(t, member{"holes", ""})[:512]
	copy(header[257:], "ustar  \x00")                                                         // GNU
	header[156] = 'S'                                                                         // sparse
	copy(header[124:136], fmt.Sprintf("%011o\x00", 512))                                      // bytes that are there
	copy(header[386:], fmt.Sprintf("%011o\x00%011o\x00", 0, 512))                             // which are the first
	copy(header[483:], append([]byte{0x80, 0, 0, 0}, 0, 0, byte(claimed>>40), 0, 0, 0, 0, 0)) // size in binary
	sum := 0
	copy(header[148:156], "        ")
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	data := append(append(header, make([]byte, 512)...), makeTar(t, member{"behind", "text"})...)
	f := sources.File{Location: detector.Location{Path: "x.tar"}, At: bytes.NewReader(data), Size: int64(len(data))}
	if err := e.Expand(t.Context(), r, f); err != nil {
		t.Fatal(err)
	}
	r.wantSkips("x.tar!holes: unpacks to more than 1.0 MiB")
	if r.nBytes > 8<<20 {
		t.Errorf("%d bytes were handed over", r.nBytes)
	}
}

func TestSizeLimitEndsTheFile(t *testing.T) {
	r := newRecorder(t)
	large := makeGzip(t, []byte(noise(300<<10)))
	r.expand(archive.Options{MaxSize: 512 << 10}, "x.tar", makeTar(t,
		member{"first", r.text()}, member{"1.gz", string(large)}, member{"2.gz", string(large)}, member{"behind", r.text()}))
	r.wantFound("x.tar!first:3")
	r.wantSkips("x.tar!2.gz!2: all that is compressed in this file unpacks to more than 512 KiB; raise --max-archive-size")
}

func TestMembersLimitEndsTheFile(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{MaxMembers: 2}, "x.tar", makeTar(t, member{"1", r.text()}, member{"2", "2"}, member{"3", r.text()}))
	r.wantFound("x.tar!1:3")
	r.wantSkips("x.tar: more than 2 members; raise --max-archive-members")
}

func TestMemberSize(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{MaxMemberSize: 1000}, "x.tar", makeTar(t, member{"large", noise(1001)}, member{"small", r.text()}))
	r.wantFound("x.tar!small:3")
	r.wantSkips("x.tar!large: larger than the limit of 1000 bytes: 1001 bytes")
}

// TestOverlappingZip repeats an entry of the directory so often that all share the bytes of one member.
func TestOverlappingZip(t *testing.T) {
	r := newRecorder(t)
	text := noise(8 << 10)
	data := makeZip(t, member{"x", text})
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	const times = 200
	overlapping := append(bytes.Clone(data[:at]), bytes.Repeat(data[at:end], times)...)
	tail := bytes.Clone(data[end:])
	for _, i := range []int{8, 10} {
		tail[i], tail[i+1] = times, 0
	}
	size := times * (end - at)
	tail[12], tail[13], tail[14] = byte(size), byte(size>>8), byte(size>>16)
	e := must(archive.New(archive.Options{}))(t)
	overlapping = append(overlapping, tail...)
	f := sources.File{Location: detector.Location{Path: "x.zip"}, At: bytes.NewReader(overlapping), Size: int64(len(overlapping))}
	if err := e.Expand(t.Context(), r, f); err != nil {
		t.Fatal(err)
	}
	r.wantSkips("x.zip: its members share their bytes")
}

func TestConcatenated(t *testing.T) {
	r := newRecorder(t)
	one, two := makeTar(t, member{"one", r.text()}), makeTar(t, member{"two", r.text()})
	r.expand(archive.Options{}, "x.tar", slices.Concat(one, make([]byte, 9<<10), two))
	r.wantFound("x.tar!one:3", "x.tar!two:3")
	r.wantSkips()

	r = newRecorder(t)
	r.expand(archive.Options{}, "x.apk", slices.Concat(makeGzip(t, one), makeGzip(t, two), make([]byte, 700)))
	r.wantFound("x.apk!one:3", "x.apk!two:3")
	r.wantSkips()
}

func TestBehindTheEnd(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{}, "x.tar", append(makeTar(t, member{"one", "1"}), r.text()...))
	r.wantFound("x.tar!(behind the end):3")

	r = newRecorder(t)
	r.expand(archive.Options{}, "x.gz", append(makeGzip(t, []byte(r.text())), "something else"...))
	r.wantFound("x.gz!x:3")
	r.wantSkips("x.gz!x: something else stands behind the compressed data")
}

func TestZipComment(t *testing.T) {
	r := newRecorder(t)
	data := makeZip(t, member{"one", "1"})
	data[len(data)-2] = byte(len(r.text()))
	r.expand(archive.Options{}, "x.zip", append(data, r.text()...))
	r.wantFound("x.zip!(comment):3")
}

func TestRPMScript(t *testing.T) {
	r := newRecorder(t)
	r.expand(archive.Options{}, "x.rpm", makeRPM(t, r.text(), makeXz(t, makeCpio(t, member{"f", "1"}))))
	r.wantFound("x.rpm!(header):5") // behind the name and the version
	r.wantSkips()
}

// TestSpill has a zip archive in a tar archive that is too large to be kept in memory.
func TestSpill(t *testing.T) {
	r := newRecorder(t)
	dir := t.TempDir()
	inner := makeZip(t, member{"filler", noise(14 << 20)}, member{"config", r.text()})
	r.doc = func() error {
		if left := must(os.ReadDir(dir))(t); len(left) > 0 && os.PathSeparator == '/' {
			t.Errorf("%v can be seen while it is read", left)
		}
		return nil
	}
	r.expand(archive.Options{TempDir: dir}, "x.tar", makeTar(t, member{"x.zip", string(inner)}))
	r.wantFound("x.tar!x.zip!config:3")
	r.wantSkips()
	if left := must(os.ReadDir(dir))(t); len(left) > 0 {
		t.Errorf("%v was left", left)
	}

	r = newRecorder(t)
	r.expand(archive.Options{TempDir: dir + "/none"}, "x.tar", makeTar(t, member{"x.zip", string(inner)}, member{"y", r.text()}))
	r.wantFound("x.tar!y:3")
	r.wantSkips("x.tar!x.zip: no temporary file to unpack it to: no such file")
}

func TestNotWhatItSeems(t *testing.T) {
	r := newRecorder(t)
	e := must(archive.New(archive.Options{}))(t)
	data := "PK\x03\x04 is how a zip archive begins\n" + r.text()
	f := sources.File{Location: detector.Location{Path: "notes"}, At: strings.NewReader(data), Size: int64(len(data))}
	if err := e.Expand(t.Context(), r, f); err != nil {
		t.Fatal(err)
	}
	r.wantFound("notes:4")
	r.wantSkips("notes: damaged zip archive, scanned as bytes only: zip: not a valid zip file")
	for _, text := range []string{"", "P", "070701 is a number", "BZh is how", "!<arch>", strings.Repeat("text ", 300)} {
		if e.Expands("notes", []byte(text)) {
			t.Errorf("%.20q is taken for an archive", text)
		}
	}
}

func TestErrorOfTheSink(t *testing.T) {
	enough := errors.New("enough")
	for _, k := range kinds {
		r := newRecorder(t)
		r.doc = func() error { return enough }
		data := k.make(t, r.text())
		e := must(archive.New(archive.Options{}))(t)
		f := sources.File{Location: detector.Location{Path: k.name}, At: bytes.NewReader(data), Size: int64(len(data))}
		if err := e.Expand(t.Context(), r, f); err != enough || len(r.texts) != 1 || len(r.skips) != 0 {
			t.Errorf("%s: %v after %d documents, skipped %v", k.name, err, len(r.texts), r.skips)
		}
	}
}

func TestCancel(t *testing.T) {
	for _, k := range kinds {
		ctx, cancel := context.WithCancel(t.Context())
		r := newRecorder(t)
		r.doc = func() error { cancel(); return nil }
		data := makeTar(t, member{k.name, string(k.make(t, r.text()))}, member{"x", "text"}, member{"y", "text"})
		e := must(archive.New(archive.Options{}))(t)
		err := e.Expand(ctx, r, sources.File{Location: detector.Location{Path: "x.tar"}, Reader: io.MultiReader(bytes.NewReader(data))})
		if err != context.Canceled || len(r.texts) != 1 || len(r.skips) != 0 {
			t.Errorf("%s: %v after %d documents, skipped %v", k.name, err, len(r.texts), r.skips)
		}
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]archive.Options{
		"archive depth -1": {MaxDepth: -1}, "archive size -1": {MaxSize: -1}, "archive ratio -1": {MaxRatio: -1},
		"archive members -1": {MaxMembers: -1}, "chunk size 1": {ChunkSize: 1},
	} {
		if _, err := archive.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
