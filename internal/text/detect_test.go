package text

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// encode writes s in an encoding, by the library's encoder.
func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("encoding %q: %v", s, err)
	}
	return b
}

var (
	utf16le     = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16be     = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf16leMark = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	utf16beMark = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	utf32leMark = utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	utf32beMark = utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
)

const (
	english = "# settings of the server\r\nuser = admin\r\npassword = not a real one\r\n"
	german  = "Größe: 5 µm, Straße 7, 20 €\n"
	russian = "ключ = значение; пароль = пусто\n"
	chinese = "密码: 中文文本, 不是秘密。\n用户名 = 管理员\n"
	emoji   = "token = 🔑🔒 keep it\n"
)

func TestDetect(t *testing.T) {
	noise := make([]byte, 20000)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	machine := bytes.Repeat([]byte{0x55, 0x48, 0x89, 0xE5, 0, 0, 0, 0x8B, 0x45, 0xFC, 1, 0, 0, 0, 0x5D, 0xC3}, 600)
	english10 := strings.Repeat(english, 10)
	textForm, binaryForm := Form{}, Form{Binary: true}

	tests := []struct {
		name string
		head []byte
		want Form
	}{
		{"empty", nil, textForm},
		{"one byte", []byte("x"), textForm},
		{"ASCII", []byte(english), textForm},
		{"long ASCII", []byte(strings.Repeat(english, 1000)), textForm},
		{"UTF-8", []byte(german + russian + chinese + emoji), textForm},
		{"UTF-8 with mark", []byte("\xEF\xBB\xBF" + english), Form{BOM: 3}},
		{"UTF-8 mark alone", []byte("\xEF\xBB\xBF"), Form{BOM: 3}},
		{"half a UTF-8 mark", []byte("\xEF\xBB"), textForm},
		{"cut in a character", []byte(strings.Repeat(chinese, 400))[:HeadSize+1], textForm},

		{"Latin-1", encode(t, charmap.ISO8859_1, "Größe: 5 µm, Straße 7\n"), textForm},
		{"Windows-1252", encode(t, charmap.Windows1252, german+"“quoted” – dash\n"), textForm},
		{"long Windows-1252", bytes.Repeat(encode(t, charmap.Windows1252, german), 400), textForm},
		{"KOI8-R", encode(t, charmap.KOI8R, russian), textForm},
		{"GB 18030", encode(t, simplifiedchinese.GB18030, chinese), textForm},
		{"Shift JIS", encode(t, japanese.ShiftJIS, "パスワード = なし\n"), textForm},
		{"EUC-JP", encode(t, japanese.EUCJP, "パスワード = なし\n"), textForm},

		{"UTF-16LE with mark", encode(t, utf16leMark, english), Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16BE with mark", encode(t, utf16beMark, english), Form{Encoding: UTF16BE, BOM: 2}},
		{"UTF-16LE with mark, Chinese", encode(t, utf16leMark, chinese), Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16BE with mark, Chinese", encode(t, utf16beMark, chinese), Form{Encoding: UTF16BE, BOM: 2}},
		{"UTF-16LE with mark, one ideograph", encode(t, utf16leMark, "中"), Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16LE mark alone", []byte{0xFF, 0xFE}, Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16LE with mark, long", encode(t, utf16leMark, strings.Repeat(english, 500)), Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16LE", encode(t, utf16le, english), Form{Encoding: UTF16LE}},
		{"UTF-16BE", encode(t, utf16be, english), Form{Encoding: UTF16BE}},
		{"UTF-16LE, few", encode(t, utf16le, "a=bc"), Form{Encoding: UTF16LE}},
		{"UTF-16LE, emoji", encode(t, utf16le, emoji), Form{Encoding: UTF16LE}},
		{"UTF-16BE, emoji", encode(t, utf16be, emoji), Form{Encoding: UTF16BE}},
		{"UTF-16LE, Russian", encode(t, utf16le, russian), Form{Encoding: UTF16LE}},
		{"UTF-16BE, German", encode(t, utf16be, german), Form{Encoding: UTF16BE}},
		{"UTF-16LE, Chinese", encode(t, utf16le, chinese), Form{Encoding: UTF16LE}},
		{"UTF-16BE, Chinese", encode(t, utf16be, chinese), Form{Encoding: UTF16BE}},
		{"UTF-16LE with mark, ideographs alone", encode(t, utf16leMark, strings.Repeat("中文", 600)),
			Form{Encoding: UTF16LE, BOM: 2}},
		{"UTF-16BE with mark, ideographs alone", encode(t, utf16beMark, strings.Repeat("中文", 600)),
			Form{Encoding: UTF16BE, BOM: 2}},
		// U+3000 is the digit 0 to who reads it the wrong way round.
		{"UTF-16LE, ideographic spaces", encode(t, utf16le, "a = b　　c = d\n"), Form{Encoding: UTF16LE}},
		{"UTF-16BE, ideographic spaces", encode(t, utf16be, "a = b　　c = d\n"), Form{Encoding: UTF16BE}},
		{"UTF-16LE, one ideograph", encode(t, utf16le, english+"中"), Form{Encoding: UTF16LE}},
		{"UTF-16LE, odd length", append(encode(t, utf16le, english), 'x'), Form{Encoding: UTF16LE}},
		{"UTF-16LE, cut in a pair", encode(t, utf16le, english+"🔑")[:2*len(english)+2], Form{Encoding: UTF16LE}},
		{"UTF-32LE with mark", encode(t, utf32leMark, english+emoji), Form{Encoding: UTF32LE, BOM: 4}},
		{"UTF-32BE with mark", encode(t, utf32beMark, english+emoji), Form{Encoding: UTF32BE, BOM: 4}},

		{"ASCII behind a mark of UTF-16LE", append([]byte{0xFF, 0xFE}, english...), textForm},
		{"ASCII behind a mark of UTF-16BE", append([]byte{0xFE, 0xFF}, english...), textForm},
		{"long ASCII behind a mark of UTF-16BE", append([]byte{0xFE, 0xFF}, strings.Repeat(english, 50)...), textForm},
		{"noise behind a mark of UTF-16LE", append([]byte{0xFF, 0xFE}, noise...), binaryForm},
		{"noise behind a mark of UTF-32BE", append([]byte{0, 0, 0xFE, 0xFF}, noise...), binaryForm},

		{"a log with a stray zero byte", []byte(english10 + "\x00" + english10), textForm},
		{"a log with some zero bytes in a row", []byte(english10 + strings.Repeat("\x00", 4) + english10), textForm},
		{"Latin-1 with a stray zero byte", encode(t, charmap.ISO8859_1, strings.Repeat(german[:28], 20)+"\x00"), textForm},
		{"an environment", []byte("HOME=/root\x00PATH=/bin:/usr/bin\x00API_KEY=none\x00"), textForm},
		{"names of three letters separated by zero bytes", bytes.Repeat([]byte("abc\x00def\x00"), 300), textForm},
		{"a trace of a CI job", bytes.Repeat([]byte("section_start:1:x\r\x1b[0K\x1b[0;m done\x1b[0m\b\n"), 50), textForm},
		{"terminal titles", bytes.Repeat([]byte("\x1b]0;title\a$ make\r\n"), 50), textForm},

		{"noise", noise, binaryForm},
		{"little noise", noise[:200], binaryForm},
		{"noise without zero bytes", bytes.ReplaceAll(noise, []byte{0}, []byte{0x91}), binaryForm},
		{"machine code", machine, binaryForm},
		{"zero bytes", make([]byte, 1000), binaryForm},
		{"code of two bytes an instruction", append([]byte{0xCB, 0x0D, 0x0D, 0x0A, 0, 0, 0, 0},
			bytes.Repeat([]byte{'d', 0, 'g', 0, 'd', 'x', 0xA2, 1, 'f', 2}, 100)...), binaryForm},
		{"numbers of 16 bits", bytes.Repeat([]byte{1, 0, 2, 0, 0, 0, 77, 0}, 200), binaryForm},
		{"text in a block of zero bytes", append([]byte(english), make([]byte, 400)...), binaryForm},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Detect(test.head); got != test.want {
				t.Errorf("Detect = %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestDetectLooksAtTheHeadAlone(t *testing.T) {
	b := append(bytes.Repeat([]byte("text\n"), HeadSize/5+1)[:HeadSize], make([]byte, 1000)...)
	if got := Detect(b); got != (Form{}) {
		t.Errorf("zero bytes behind the head: %+v, want text", got)
	}
}

func TestDecode(t *testing.T) {
	const s = english + german + russian + chinese + emoji
	encodings := map[string]encoding.Encoding{
		"UTF-8": encoding.Nop, "UTF-8 with mark": unicode.UTF8BOM,
		"UTF-16LE": utf16le, "UTF-16BE": utf16be, "UTF-16LE with mark": utf16leMark, "UTF-16BE with mark": utf16beMark,
		"UTF-32LE with mark": utf32leMark, "UTF-32BE with mark": utf32beMark,
	}
	for name, e := range encodings {
		t.Run(name, func(t *testing.T) {
			b := encode(t, e, s)
			got, err := Detect(b).Decode(b)
			if err != nil || string(got) != s {
				t.Errorf("Decode = %q, %v, want %q", got, err, s)
			}
		})
	}
}

func TestDecodeReplacesWhatIsNoCharacter(t *testing.T) {
	lone := []byte{'a', 0, 0x00, 0xD8, 'b', 0, 0x00, 0xDC, 'c', 0, 'd'}
	got, err := Form{Encoding: UTF16LE}.Decode(lone)
	if want := "a\uFFFDb\uFFFDc\uFFFD"; err != nil || string(got) != want {
		t.Errorf("Decode = %q, %v, want %q", got, err, want)
	}
	got, err = Form{Encoding: UTF32BE}.Decode([]byte{0, 0, 0, 'a', 0, 0x11, 0, 0, 0, 0, 0xD8, 0, 9})
	if want := "a\uFFFD\uFFFD\uFFFD"; err != nil || string(got) != want {
		t.Errorf("Decode = %q, %v, want %q", got, err, want)
	}
}

func TestNewReaderKeepsErrorsAndWhatCameBefore(t *testing.T) {
	failure := fmt.Errorf("disk on fire")
	src := io.MultiReader(bytes.NewReader([]byte{'a', 0, 'b', 0, 'c'}), iotest.ErrReader(failure))
	got, err := io.ReadAll(NewReader(src, UTF16LE))
	if string(got) != "ab" || err != failure {
		t.Errorf("ReadAll = %q, %v, want \"ab\", %v", got, err, failure)
	}
	src = strings.NewReader("plain")
	if NewReader(src, ASCII) != src {
		t.Error("ASCII is not read as it is")
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte(english))
	for _, e := range []encoding.Encoding{utf16le, utf16beMark, utf32leMark, charmap.Windows1252} {
		f.Add(encode(f, e, english+"Größe"))
	}
	f.Add([]byte{0xFF, 0xFE, 0, 0, 0, 0xD8})
	f.Fuzz(func(t *testing.T, b []byte) {
		form := Detect(b)
		out, err := form.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if form.Encoding != ASCII {
			if form.Binary {
				t.Fatalf("%+v: binary and transcoded", form)
			}
			if !utf8.Valid(out) {
				t.Fatalf("%+v: %q is not UTF-8", form, out)
			}
			streamed, err := io.ReadAll(NewReader(iotest.OneByteReader(bytes.NewReader(b[form.BOM:])), form.Encoding))
			if err != nil || !bytes.Equal(streamed, out) {
				t.Fatalf("%+v: streamed %q, %v, decoded %q", form, streamed, err, out)
			}
		} else if !bytes.Equal(out, b[form.BOM:]) {
			t.Fatalf("%+v: changed to %q", form, out)
		}
		if isPlain(b) && form != (Form{}) {
			t.Fatalf("visible ASCII detected as %+v", form)
		}
	})
}

// isPlain reports whether b is visible ASCII and white space.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c >= 0x7F || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

func TestHasLowControl(t *testing.T) {
	for at := range 16 {
		for c := range 256 {
			b := bytes.Repeat([]byte{0x80, 'x', 0xFF, 7, '\n', 0x7F, ' ', 0x81}, 2)
			b[at] = byte(c)
			if got, want := hasLowControl(b), c < 7; got != want {
				t.Fatalf("byte %#x at %d: %v, want %v", c, at, got, want)
			}
		}
	}
}

func TestEncodingNames(t *testing.T) {
	var names []string
	for e := ASCII; e <= UTF32BE; e++ {
		names = append(names, e.String())
	}
	if got, want := strings.Join(names, " "), "UTF-8 UTF-16LE UTF-16BE UTF-32LE UTF-32BE"; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
}

func BenchmarkDetect(b *testing.B) {
	source := []byte(strings.Repeat(english, 200))[:HeadSize]
	for name, head := range map[string][]byte{
		"ASCII": source, "UTF-16": encode(b, utf16le, string(source[:HeadSize/2])), "zero": make([]byte, HeadSize),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(head)))
			for b.Loop() {
				Detect(head)
			}
		})
	}
}
