package detector

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"go/build"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stanchsec/stanch/internal/prefilter"
	"github.com/stanchsec/stanch/rules"
)

// benchSize is the size of the texts of benchmarks, in bytes.
const benchSize = 4 << 20

// BenchmarkScan compares texts of several kinds with ordinary source: none may cost
// more than twice as much a byte.
func BenchmarkScan(b *testing.B) {
	d, err := New(rules.Builtin())
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []struct {
		name string
		make func(b *testing.B) []byte
	}{
		{"source", goSource}, {"minified", minified}, {"base64", base64Line}, {"base64wrapped", base64Wrapped}, {"hex", hexLine},
		{"json", jsonLine}, {"log", logText}, {"onechar", func(*testing.B) []byte { return bytes.Repeat([]byte("a"), benchSize) }},
		{"onedigit", func(*testing.B) []byte { return bytes.Repeat([]byte("1"), benchSize) }},
	} {
		b.Run(text.name, func(b *testing.B) {
			data := text.make(b)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := d.Scan(context.Background(), Document{Data: data}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// goSource is source of Go's own standard library.
func goSource(b *testing.B) []byte {
	var text bytes.Buffer
	err := filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src", "cmd", "compile"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		text.Write(data)
		return err
	})
	if err != nil || text.Len() < 1<<20 {
		b.Skipf("no source of Go's library here: %v", err)
	}
	return text.Bytes()[:min(text.Len(), benchSize)]
}

func randomBytes(n int) []byte {
	rng := rand.NewChaCha8([32]byte{7})
	data := make([]byte, n)
	rng.Read(data)
	return data
}

func base64Line(*testing.B) []byte {
	return []byte(base64.StdEncoding.EncodeToString(randomBytes(benchSize / 4 * 3)))
}

func base64Wrapped(b *testing.B) []byte {
	var text bytes.Buffer
	for line := base64Line(b); len(line) > 0; {
		n := min(76, len(line))
		text.Write(line[:n])
		text.WriteString("\r\n")
		line = line[n:]
	}
	return text.Bytes()
}

func hexLine(*testing.B) []byte { return []byte(hex.EncodeToString(randomBytes(benchSize / 2))) }

// generated puts texts that next makes one after the other.
func generated(next func(rng *rand.Rand, to *bytes.Buffer)) []byte {
	rng := rand.New(rand.NewPCG(3, 3))
	var text bytes.Buffer
	for text.Len() < benchSize {
		next(rng, &text)
	}
	return text.Bytes()
}

func minified(*testing.B) []byte {
	names := strings.Fields("document window prototype length push apply call createElement addEventListener default props children " +
		"state token key exports hasOwnProperty setState useEffect password className secret auth style")
	return generated(func(rng *rand.Rand, to *bytes.Buffer) {
		v := func() byte { return byte('a' + rng.IntN(26)) }
		name := names[rng.IntN(len(names))]
		switch rng.IntN(5) {
		case 0:
			fmt.Fprintf(to, "function %c(%c,%c){return %c.%s(%c)?%c:void 0}", v(), v(), v(), v(), name, v(), v())
		case 1:
			fmt.Fprintf(to, "var %c=%c.%s,%c=%d,%c=\"%s\";", v(), v(), name, v(), rng.IntN(100000), v(), name)
		case 2:
			fmt.Fprintf(to, "%c.%s=function(%c){for(var %c=0;%c<%c.length;%c++)%c[%c]=!0},", v(), name, v(), v(), v(), v(), v(), v(), v())
		case 3:
			fmt.Fprintf(to, "{%s:%c,%c:\"%x\",type:\"%s\"}", name, v(), v(), rng.Uint32(), name)
		case 4:
			fmt.Fprintf(to, "M%d.%d %d.%dL%d %dZ", rng.IntN(99), rng.IntN(99), rng.IntN(99), rng.IntN(99), rng.IntN(999), rng.IntN(999))
		}
	})
}

func jsonLine(*testing.B) []byte {
	return generated(func(rng *rand.Rand, to *bytes.Buffer) {
		fmt.Fprintf(to, `{"id":%d,"uuid":"%08x-%04x-4%03x-a%03x-%012x","name":"user %d","email":"u%d@mail.net","created_at":"2024-0%d-1%dT10:%d:44Z",`+
			`"url":"https://api.host.net/v1/users/%d/items?page=%d","active":true,"score":%f,"tags":["a","token","key"],"sha":"%016x%016x%08x"},`,
			rng.IntN(1e9), rng.Uint32(), rng.IntN(1<<16), rng.IntN(1<<12), rng.IntN(1<<12), rng.Uint64()>>16, rng.IntN(1e6), rng.IntN(1e6),
			1+rng.IntN(9), rng.IntN(10), 10+rng.IntN(50), rng.IntN(1e6), rng.IntN(50), rng.Float64(), rng.Uint64(), rng.Uint64(), rng.Uint32())
	})
}

func logText(*testing.B) []byte {
	return generated(func(rng *rand.Rand, to *bytes.Buffer) {
		fmt.Fprintf(to, "2024-05-%02dT%02d:%02d:%02d.%07dZ \x1b[3%dm[INFO]\x1b[0m request_id=%08x-%04x-4%03x-b%03x-%012x method=GET path=/api/v2/items/%d "+
			"status=200 duration=%dms user_agent=\"Mozilla/5.0 (X11; Linux x86_64)\" trace=%016x%016x\n",
			1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), rng.IntN(1e7), 1+rng.IntN(6), rng.Uint32(), rng.IntN(1<<16), rng.IntN(1<<12),
			rng.IntN(1<<12), rng.Uint64()>>16, rng.IntN(1e6), rng.IntN(900), rng.Uint64(), rng.Uint64())
	})
}

// BenchmarkNew is what a start of the program pays for its rules.
func BenchmarkNew(b *testing.B) {
	set := rules.Builtin()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(set); err != nil {
			b.Fatal(err)
		}
	}
}

// synthetic makes n rules of the kinds and in the proportions of the built-in ones, of
// made-up providers: prefixes, context words, literals.
func synthetic(n int) []*rules.Rule {
	rng := rand.New(rand.NewPCG(17, 4))
	syllables := strings.Fields("ba do fir gan hel jo kast lum mer nix ol pra quo rin sta tov um ver wix yel zan cro dri fla glo ")
	name := func() string {
		s := ""
		for range 2 + rng.IntN(2) {
			s += syllables[rng.IntN(len(syllables))]
		}
		return s
	}
	shapes := []string{`[0-9a-f]{32}`, `[0-9a-f]{40}`, `[0-9A-Za-z]{32}`, `[0-9A-Za-z_-]{43}`, `[0-9a-f]{64}`, `[0-9A-Za-z]{24}`,
		`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`}
	var text strings.Builder
	for i := range n {
		p := fmt.Sprintf("%s%d", name(), i)
		fmt.Fprintf(&text, "[[rule]]\nid = \"%s-key\"\nprovider = %q\ntitle = \"Key\"\nseverity = \"high\"\n", p, p)
		shape := shapes[rng.IntN(len(shapes))]
		switch k := rng.IntN(20); {
		case k < 11:
			fmt.Fprintf(&text, "regex = '''%s_(?:live|test)?%s'''\n", p[:3+rng.IntN(3)], shape)
		case k < 19:
			fmt.Fprintf(&text, "regex = '''%s'''\ncontext = [%q]\n", shape, strings.TrimRight(p, "0123456789"))
		default:
			fmt.Fprintf(&text, "regex = '''%s://[a-z]{2,8}:(?P<secret>[^@\\s]{8,40})@[a-z]'''\n", p)
		}
	}
	set, err := rules.Parse("synthetic.toml", []byte(text.String()))
	if err != nil {
		panic(err)
	}
	return set
}

// BenchmarkManyRules shows what a thousand rules more cost on ordinary source: no more
// than 15 % are wanted.
func BenchmarkManyRules(b *testing.B) {
	for _, more := range []int{0, 1000} {
		b.Run(fmt.Sprintf("builtin+%d", more), func(b *testing.B) {
			set := rules.Builtin()
			if more > 0 {
				set = append(set, synthetic(more)...)
			}
			d, err := New(set)
			if err != nil {
				b.Fatal(err)
			}
			data := goSource(b)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := d.Scan(context.Background(), Document{Data: data}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPrefilter is the filter alone, on ordinary source, with the anchors that a
// thousand rules have; 700 MB/s on one core are wanted.
func BenchmarkPrefilter(b *testing.B) {
	d, err := New(append(rules.Builtin(), synthetic(1000-len(rules.Builtin()))...))
	if err != nil {
		b.Fatal(err)
	}
	data := goSource(b)
	var ev prefilter.Events
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for at := 0; at < len(data); at += stride {
			d.filter.Scan(data, at, min(len(data), at+stride), &ev)
		}
	}
}
