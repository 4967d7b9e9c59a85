package chunk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/text"
)

// split returns all pieces of what r yields, with data of their own.
func split(t testing.TB, s *Splitter, r io.Reader) ([]detector.Document, error) {
	t.Helper()
	s.Reset(r)
	var docs []detector.Document
	for {
		var doc detector.Document
		ok, err := s.Next(&doc)
		if !ok {
			if again, err2 := s.Next(&doc); again || err2 != err {
				t.Fatalf("Next behind the end: %v, %v, want false, %v", again, err2, err)
			}
			return docs, err
		}
		doc.Data = bytes.Clone(doc.Data)
		docs = append(docs, doc)
	}
}

func newSplitter(t testing.TB, size, overlap int) *Splitter {
	t.Helper()
	s, err := New(size, overlap)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check holds the pieces of content, whose first byte has the offset first, against
// what the package promises.
func check(t testing.TB, docs []detector.Document, content []byte, first int64, overlap int) {
	t.Helper()
	if len(content) == 0 {
		if len(docs) != 0 {
			t.Fatalf("%d documents of nothing", len(docs))
		}
		return
	}
	if len(docs) == 1 && !docs[0].Partial {
		d := docs[0]
		if d.Fresh != nil || d.Offset != first || d.FirstLine != 1 || d.FirstColumn != 1 {
			t.Fatalf("a whole document with Fresh %v, offset %d, line %d, column %d",
				d.Fresh, d.Offset, d.FirstLine, d.FirstColumn)
		}
		if !bytes.Equal(d.Data, content) {
			t.Fatalf("a whole document of %d bytes differs from its %d bytes", len(d.Data), len(content))
		}
		return
	}
	owned := first
	end := first + int64(len(content))
	for i, d := range docs {
		name := fmt.Sprintf("piece %d of %d", i, len(docs))
		if !d.Partial || len(d.Fresh) != 1 {
			t.Fatalf("%s: Partial %v, Fresh %v", name, d.Partial, d.Fresh)
		}
		from, to := d.Offset+int64(d.Fresh[0].Start), d.Offset+int64(d.Fresh[0].End)
		if from != owned || to <= from {
			t.Fatalf("%s owns [%d, %d), the one before ended at %d", name, from, to, owned)
		}
		owned = to
		if !bytes.Equal(d.Data, content[d.Offset-first:][:len(d.Data)]) {
			t.Fatalf("%s: data differs from the text at %d", name, d.Offset)
		}
		if before := int64(d.Fresh[0].Start); before < min(int64(overlap), from-first) {
			t.Fatalf("%s: %d bytes before what it owns", name, before)
		}
		if behind := int64(len(d.Data) - d.Fresh[0].End); behind < min(int64(overlap), end-to) {
			t.Fatalf("%s: %d bytes behind what it owns", name, behind)
		}
		p := text.Start
		p.Advance(content[:d.Offset-first])
		if p != (text.Position{Line: d.FirstLine, Column: d.FirstColumn}) {
			t.Fatalf("%s: line %d, column %d, want %+v", name, d.FirstLine, d.FirstColumn, p)
		}
		for _, at := range []int64{d.Offset, from, d.Offset + int64(len(d.Data))} {
			if at < end && text.Cut(content, int(at-first)) != int(at-first) {
				t.Fatalf("%s: cut at %d, within a character", name, at)
			}
		}
	}
	if owned != end {
		t.Fatalf("the pieces own the text up to %d of %d", owned, end)
	}
}

// mixture makes about n bytes of text: ASCII, characters of every length, line ends
// and, unless valid, bytes that are no UTF-8.
func mixture(random *rand.Rand, n int, valid bool) []byte {
	pieces := []string{
		"plain", " text, ", "é", "€", "🔑", "\n", "\r\n", "中文", "\xFF", "\x80\x80", "\xF0\x9F", "\xE2",
	}
	if valid {
		pieces = pieces[:8]
	}
	var b []byte
	for len(b) < n {
		b = append(b, pieces[random.IntN(len(pieces))]...)
	}
	return b
}

// readers are the ways in which a reader may yield the same bytes.
var readers = map[string]func([]byte) io.Reader{
	"at once":     func(b []byte) io.Reader { return bytes.NewReader(b) },
	"by bytes":    func(b []byte) io.Reader { return iotest.OneByteReader(bytes.NewReader(b)) },
	"by halves":   func(b []byte) io.Reader { return iotest.HalfReader(bytes.NewReader(b)) },
	"end at once": func(b []byte) io.Reader { return iotest.DataErrReader(bytes.NewReader(b)) },
}

func TestPiecesTileTheText(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, sizes := range [][2]int{{16, 1}, {16, 8}, {16, 40}, {64, 16}, {100, 100}, {4096, 512}} {
		s := newSplitter(t, sizes[0], sizes[1]) // one for all: nothing may stay from the text before
		for length := 0; length < 400; length += 7 {
			content := mixture(random, length, length%2 == 0)
			for name, reader := range readers {
				docs, err := split(t, s, reader(content))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				check(t, docs, content, 0, sizes[1])
				if s.Consumed() != int64(len(content)) {
					t.Fatalf("%s: consumed %d of %d bytes", name, s.Consumed(), len(content))
				}
			}
		}
	}
}

func TestPiecesOfEveryEncoding(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	s := newSplitter(t, 64, 24)
	// Enough ASCII in front for encodings that no mark announces.
	content := append([]byte(strings.Repeat("user = admin\n", 20)), mixture(random, 3000, true)...)
	for _, test := range []struct {
		name    string
		encoder interface{ Bytes([]byte) ([]byte, error) }
		first   int64
	}{
		{"UTF-8 with mark", unicode.UTF8BOM.NewEncoder(), 3},
		{"UTF-16LE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), 0},
		{"UTF-16BE", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder(), 0},
		{"UTF-16LE with mark", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), 0},
		{"UTF-16BE with mark", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), 0},
		{"UTF-32LE with mark", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewEncoder(), 0},
		{"UTF-32BE with mark", utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewEncoder(), 0},
	} {
		encoded, err := test.encoder.Bytes(content)
		if err != nil {
			t.Fatal(err)
		}
		for way, reader := range readers {
			t.Run(test.name+", "+way, func(t *testing.T) {
				docs, err := split(t, s, reader(encoded))
				if err != nil {
					t.Fatal(err)
				}
				check(t, docs, content, test.first, 24)
				if len(docs) < 10 {
					t.Errorf("%d pieces: the test is to see many", len(docs))
				}
				if s.Consumed() != int64(len(encoded)) {
					t.Errorf("consumed %d of %d bytes", s.Consumed(), len(encoded))
				}
			})
		}
		t.Run(test.name+", small", func(t *testing.T) {
			docs, err := split(t, newSplitter(t, 0, 0), bytes.NewReader(encoded))
			if err != nil {
				t.Fatal(err)
			}
			check(t, docs, content, test.first, DefaultOverlap)
			if len(docs) != 1 || docs[0].Partial {
				t.Errorf("%d documents, the first partial: %v", len(docs), docs[0].Partial)
			}
		})
	}
}

// TestMarkerAcrossEveryBoundary plants a marker at every place of a text, so that it
// lies across every boundary in every way.
func TestMarkerAcrossEveryBoundary(t *testing.T) {
	const size, overlap = 64, 32
	marker := []byte("MARKER-OF-24-BYTES-HERE!")
	s := newSplitter(t, size, overlap)
	for at := range 8 * size {
		content := append(bytes.Repeat([]byte("x"), at), marker...)
		content = append(content, bytes.Repeat([]byte("y"), 3*size)...)
		docs, err := split(t, s, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		owners := 0
		for _, d := range docs {
			if !d.Partial {
				owners++
				continue
			}
			i := int(int64(at) - d.Offset)
			if i < d.Fresh[0].Start || i >= d.Fresh[0].End {
				continue
			}
			owners++
			if !bytes.Equal(d.Data[i:min(i+len(marker), len(d.Data))], marker) {
				t.Errorf("marker at %d: its owner at %d holds only a part of it", at, d.Offset)
			}
			before, behind := min(overlap, at), min(overlap, len(content)-at)
			if i < before || len(d.Data)-i < behind {
				t.Errorf("marker at %d: %d bytes before and %d behind", at, i, len(d.Data)-i)
			}
		}
		if owners != 1 {
			t.Errorf("marker at %d has %d owners", at, owners)
		}
	}
}

func TestWholeUpToTheBuffer(t *testing.T) {
	s := newSplitter(t, 100, 20)
	for _, test := range []struct {
		length int
		want   bool
	}{{1, false}, {100, false}, {140, false}, {160, true}, {1000, true}} {
		docs, err := split(t, s, iotest.DataErrReader(strings.NewReader(strings.Repeat("a", test.length))))
		if err != nil {
			t.Fatal(err)
		}
		if docs[0].Partial != test.want {
			t.Errorf("%d bytes: partial %v, want %v", test.length, docs[0].Partial, test.want)
		}
	}
}

func TestFailingReader(t *testing.T) {
	failure := errors.New("disk on fire")
	s := newSplitter(t, 64, 16)
	encoder := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()
	utf16, err := encoder.Bytes(bytes.Repeat([]byte("a=b\n"), 100))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		raw   []byte
		text  string
		fails error
	}{
		{"at once", nil, "", failure},
		{"in a small text", []byte("abc"), "abc", failure},
		{"in a large text", bytes.Repeat([]byte("abc\n"), 100), strings.Repeat("abc\n", 100), failure},
		{"in UTF-16", utf16[:601], strings.Repeat("a=b\n", 75)[:299], failure},
		{"in the head of UTF-16", utf16[:51], strings.Repeat("a=b\n", 75)[:24], failure},
		{"an end that is none", []byte("abc"), "abc", fmt.Errorf("layer below: %w", io.EOF)},
	} {
		t.Run(test.name, func(t *testing.T) {
			docs, err := split(t, s, io.MultiReader(bytes.NewReader(test.raw), iotest.ErrReader(test.fails)))
			if err != test.fails {
				t.Errorf("error %v, want %v", err, test.fails)
			}
			check(t, docs, []byte(test.text), 0, 16)
		})
	}
}

func TestReaderThatYieldsNothing(t *testing.T) {
	_, err := split(t, newSplitter(t, 64, 16), emptyReader{})
	if err != io.ErrNoProgress {
		t.Errorf("error %v, want %v", err, io.ErrNoProgress)
	}
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

func TestBinaryPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 14))
	content := make([]byte, 5000)
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	docs, err := split(t, newSplitter(t, 256, 32), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	check(t, docs, content, 0, 32)
	for _, d := range docs {
		if !d.Binary {
			t.Fatal("a piece of a binary file is not binary")
		}
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		size, overlap int
		want          string
	}{{MinSize - 1, 0, "chunk size 15"}, {-1, 0, "chunk size -1"}, {0, -5, "chunk overlap -5"}} {
		if _, err := New(test.size, test.overlap); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New(%d, %d): %v, want %q in it", test.size, test.overlap, err, test.want)
		}
	}
}

// TestMemoryIsBounded counts what is allocated for one line of 16 MiB.
func TestMemoryIsBounded(t *testing.T) {
	for name, unit := range map[string]string{"ASCII": "a", "UTF-16": "a\x00"} {
		t.Run(name, func(t *testing.T) {
			s := newSplitter(t, 256<<10, 16<<10)
			r := io.LimitReader(&endless{unit}, 16<<20)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s.Reset(r)
			var doc detector.Document
			column := 0
			for {
				ok, err := s.Next(&doc)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				if doc.FirstLine != 1 || int64(doc.FirstColumn) != doc.Offset+1 {
					t.Fatalf("at %d: line %d, column %d", doc.Offset, doc.FirstLine, doc.FirstColumn)
				}
				column = doc.FirstColumn + len(doc.Data)
			}
			runtime.ReadMemStats(&after)
			if want := 16<<20/len(unit) + 1; column != want {
				t.Errorf("the text ended at column %d, want %d", column, want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
				t.Errorf("allocated %d bytes for 16 MiB", n)
			}
		})
	}
}

// endless yields a unit again and again.
type endless struct{ unit string }

func (e *endless) Read(p []byte) (int, error) {
	n := len(p) / len(e.unit) * len(e.unit)
	n = max(n, min(len(p), len(e.unit)))
	for i := range n {
		p[i] = e.unit[i%len(e.unit)]
	}
	return n, nil
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("line one\nline two é 🔑\n"), 16, 4)
	f.Add([]byte("\xFF\xFEa\x00b\x00\n\x00"), 20, 1)
	f.Add([]byte("\xEF\xBB\xBFtext"), 16, 100)
	f.Fuzz(func(t *testing.T, b []byte, size, overlap int) {
		size, overlap = MinSize+abs(size)%200, 1+abs(overlap)%200
		b = bytes.Repeat(b, 1+400/(len(b)+1))
		s, err := New(size, overlap)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := split(t, s, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		form := text.Detect(b[:min(len(b), size+2*overlap+margin)])
		content, err := form.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		first := int64(0)
		if form.Encoding == text.ASCII {
			first = int64(form.BOM)
		} else if !utf8.Valid(content) {
			t.Fatal("transcoded to what is not UTF-8")
		}
		check(t, docs, content, first, overlap)
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

func BenchmarkSplitter(b *testing.B) {
	for name, unit := range map[string]string{"lines": strings.Repeat("x", 60) + "\n", "one line": "x", "UTF-16": "x\x00"} {
		b.Run(name, func(b *testing.B) {
			s := newSplitter(b, 0, 0)
			content := []byte(strings.Repeat(unit, 64<<20/len(unit)))
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				s.Reset(bytes.NewReader(content))
				var doc detector.Document
				for {
					ok, err := s.Next(&doc)
					if err != nil {
						b.Fatal(err)
					}
					if !ok {
						break
					}
				}
			}
		})
	}
}
