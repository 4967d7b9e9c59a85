package buildlog_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"

	"github.com/google/go-cmp/cmp"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/rules"
	"github.com/stanchsec/stanch/sources"
	"github.com/stanchsec/stanch/sources/buildlog"
)

// sink runs the detector and keeps what it finds.
type sink struct {
	mu    sync.Mutex
	d     *detector.Detector
	found []detector.Finding
	skips []sources.Skip
	read  int64
}

func newSink(t testing.TB) *sink {
	t.Helper()
	d, err := detector.New(rules.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return &sink{d: d}
}

func (s *sink) Document(ctx context.Context, doc detector.Document) error {
	found, err := s.d.Scan(ctx, doc)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, found...)
	return err
}

func (s *sink) Skip(k sources.Skip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skips = append(s.skips, k)
}

func (s *sink) Progress(p sources.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read += p.BytesDone
}

func (s *sink) secrets() []string { return places(s.found) }

// places lists where findings are, sorted: logs of one archive are looked through at the same time.
func places(found []detector.Finding) []string {
	var list []string
	for _, f := range found {
		p := f.Places[0]
		list = append(list, fmt.Sprintf("%s %s|%s|%d:%d", f.Rule.ID, p.Location.Job, p.Location.Step, p.Span.StartLine, p.Span.StartColumn))
	}
	slices.Sort(list)
	return list
}

// token makes up a credential of a built-in rule.
func token(t testing.TB, rng *rand.Rand) string {
	t.Helper()
	for _, r := range rules.Builtin() {
		if r.ID == "github-pat-classic" {
			maker, err := rules.NewMaker(r)
			if err != nil {
				t.Fatal(err)
			}
			s, err := maker.Secret(rng)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatal("no such rule")
	return ""
}

func scan(t testing.TB, log string) *sink {
	t.Helper()
	s := newSink(t)
	if err := buildlog.Stream(strings.NewReader(log)).Walk(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFormats plants a credential in logs of each kind: it is found at its place in the log
// as it is, in its step.
func TestFormats(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const stamp = "2025-04-07T12:57:33.2904078Z "
	for _, c := range []struct{ name, log, step string }{
		{"GitHub", "\ufeff" + stamp + "##[group]Run make test\n" + stamp + "make test\n" + stamp + "##[endgroup]\n" + stamp + "\x1b[36;1mtoken @\x1b[0m\n", "Run make test"},
		{"GitHub, coloured inside", stamp + "a \x1b[1m@A\x1b[0m\x1b[1m@B\x1b[0m\n", ""},
		{"GitLab", "\x1b[0Ksection_start:1700000000:build_script[collapsed=true]\r\x1b[0KHeader\nexport T=@\nsection_end:1700000001:build_script\r\x1b[0K\n", "build_script"},
		{"GitLab, behind a section", "section_start:1700000000:a\r\x1b[0Kx\nsection_end:1700000001:a\r\x1b[0K\nT=@\n", ""},
		{"GitLab with time stamps", "2024-05-22T12:43:46.962646Z 00O x\n2024-05-22T12:43:46.962650Z 01E+ T=@A\n2024-05-22T12:43:46.962651Z 01E+@B\n", ""},
		{"Jenkins", "Started by user\n[Pipeline] { (Deploy)\n\x1b[8mha:////4AAAAb0123456789abcdefghijklmnopqrstuv==\x1b[0m[Pipeline] sh\n12:01:02  + curl @\n", "Deploy"},
		{"Azure", stamp + "##[section]Starting: Build\n" + stamp + "T=@\n", "Build"},
		{"Buildkite", "\x1b_bk;t=1700000000\x07~~~ Running commands\n\x1b_bk;t=1700000001\x07$ x @\n", "Running commands"},
		{"Travis", "travis_fold:start:install\r\x1b[0Kx\nT=@\n", "install"},
		{"docker", "#12 0.345 T=@\n#12 0.345 done\n", ""},
		{"bracketed stamp", "[2024-01-01T00:00:00.000Z] T=@\n", ""},
		{"NUL bytes", "2024-01-01 00:00:00.0\x00\x00 T=@\n", ""},
		{"no escape at all", "é𝄞 \x1b\n\x1b] not ended\nT=@", ""},
		{"carriage returns", "10%\r50%\r100% @\r\ndone\r\n", ""},
		{"broken at 80 columns", strings.Repeat("x ", 30) + " T=@A\n@B\nnext\n", ""},
	} {
		secret := token(t, rng)
		half := 80 - 63
		log := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(c.log, "@A", secret[:half]), "@B", secret[half:]), "@", secret)
		s := scan(t, log)
		if len(s.found) != 1 || len(s.skips) > 0 {
			t.Errorf("%s: found %v, skipped %v", c.name, s.secrets(), s.skips)
			continue
		}
		f := s.found[0]
		if f.Secret.Reveal() != secret {
			t.Errorf("%s: another secret", c.name)
		}
		p := f.Places[0]
		at := strings.Index(log, secret[:half])
		last := strings.Index(log, secret[half:]) + len(secret) - half
		text := strings.TrimPrefix(log, "\ufeff")
		mark := len(log) - len(text)
		want := detector.Span{Start: int64(at), End: int64(last)}
		want.StartLine, want.StartColumn = position(text, at-mark)
		want.EndLine, want.EndColumn = position(text, last-mark)
		if diff := cmp.Diff(want, p.Span); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
		if p.Location.Step != c.step || p.Location.Path != "-" {
			t.Errorf("%s: location %+v", c.name, p.Location)
		}
		if strings.ContainsAny(p.Excerpt, "\x1b\x00") {
			t.Errorf("%s: excerpt %q", c.name, p.Excerpt)
		}
	}
}

// TestWays plants a credential in the ways in which it gets into logs: it is found on its line.
func TestWays(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 11))
	const stamp = "2025-04-07T12:57:33.2904078Z "
	for _, c := range []struct {
		name, log string
		line      int
		write     func(secret string) string
	}{
		{"Bitbucket", "+ umask 000\n+ git clone --branch=main --depth 50 https://x-token-auth:@@bitbucket.org/a/b.git .\n", 2, nil},
		{"set -x", stamp + "+ export GITHUB_TOKEN=@\n" + stamp + "+ GITHUB_TOKEN=\n", 1, nil},
		{"set -x, quoted", "+ curl -H 'Authorization: token @' https://api.github.com/user\n", 1, nil},
		{"environment", stamp + "HOME=/root\n" + stamp + "GITHUB_TOKEN=@\n" + stamp + "LANG=C\n", 2, nil},
		{"declare -x", "declare -x HOME=\"/root\"\ndeclare -x GITHUB_TOKEN=\"@\"\n", 2, nil},
		{"PowerShell", "Name                           Value\n----                           -----\nGITHUB_TOKEN                   @\n", 3, nil},
		{"JSON", stamp + `{"level":"debug","msg":"{\"token\":\"@\"}"}` + "\n", 1, nil},
		{"JSON escapes", "{\n\"token\": \"@\"\n}\n", 2, func(s string) string {
			var b strings.Builder
			for _, c := range []byte(s) {
				fmt.Fprintf(&b, `\u%04x`, c)
			}
			return b.String()
		}},
		{"URL", "x\nGET /?access%5Ftoken=@&x=1\n", 2, func(s string) string { return strings.ReplaceAll(s, "_", "%5F") }},
		{"base64", stamp + "x\n" + stamp + "auth: @\n", 2, func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte("x-access-token:" + s))
		}},
		{"base64, twice", "@\n", 1, func(s string) string {
			return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("token=" + s + "\n"))))
		}},
		{"base64 over lines", stamp + "data:\n@\n", 3, func(s string) string {
			text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a line of a file\n", 6) + "token=" + s + "\n" + strings.Repeat("and one more\n", 6)))
			var lines []string
			for line := range slices.Chunk([]byte(text), 76) {
				lines = append(lines, stamp+string(line))
			}
			return strings.Join(lines, "\n")
		}},
	} {
		secret := token(t, rng)
		write := c.write
		if write == nil {
			write = func(s string) string { return s }
		}
		log := strings.Replace(strings.Replace(c.log, "@@", "@\x00", 1), "@", write(secret), 1)
		s := scan(t, strings.ReplaceAll(log, "\x00", "@"))
		if len(s.found) != 1 || s.found[0].Secret.Reveal() != secret || len(s.skips) > 0 {
			t.Errorf("%s: found %v, skipped %v", c.name, s.secrets(), s.skips)
		} else if at := s.found[0].Places[0].Span; at.StartLine != c.line {
			t.Errorf("%s: on line %d, want %d", c.name, at.StartLine, c.line)
		}
	}
}

// position is the line and the column of an offset, in UTF-16 code units.
func position(text string, at int) (line, column int) {
	line = 1 + strings.Count(text[:at], "\n")
	for _, r := range text[strings.LastIndexByte(text[:at], '\n')+1 : at] {
		if column++; r > 0xffff {
			column++
		}
	}
	return line, column + 1
}

// TestKey holds that a private key is found behind the time stamps of its lines.
func TestKey(t *testing.T) {
	key, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	lines := 0
	for line := range strings.Lines(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))) {
		fmt.Fprintf(&log, "2025-04-07T12:57:33.%07dZ \x1b[32m%s\x1b[0m\n", lines*31, strings.TrimSpace(line))
		lines++
	}
	s := scan(t, "before\n"+log.String()+"after\n")
	if len(s.found) != 1 {
		t.Fatalf("found %v", s.secrets())
	}
	if at := s.found[0].Places[0].Span; at.StartLine != 2 || at.EndLine != 1+lines || at.StartColumn != len("2025-04-07T12:57:33.0000000Z \x1b[32m")+1 {
		t.Errorf("place %+v", at)
	}
}

// TestPieces holds that a log of several pieces gives each finding once, where it is.
func TestPieces(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var log strings.Builder
	want := map[string]string{}
	for log.Len() < 9<<20 {
		fmt.Fprintf(&log, "2025-04-07T12:57:33.2904078Z line %d of the \x1b[1mlog\x1b[0m\n", rng.IntN(1e6))
		if rng.IntN(4000) == 0 {
			fmt.Fprintf(&log, "2025-04-07T12:57:33.2904078Z ##[group]Run step %d\n", log.Len())
		}
		if rng.IntN(2000) == 0 {
			secret := token(t, rng)
			text := log.String()
			step := ""
			if i := strings.LastIndex(text, "##[group]Run"); i >= 0 {
				step, _, _ = strings.Cut(text[i+len("##[group]"):], "\n")
			}
			want[secret] = fmt.Sprintf("%d %s", log.Len()+7, step)
			log.WriteString("secret " + secret + "\n")
		}
	}
	s := scan(t, log.String())
	got := map[string]string{}
	for _, f := range s.found {
		p := f.Places[0]
		got[f.Secret.Reveal()] = fmt.Sprintf("%d %s", p.Span.Start, p.Location.Step)
		if line, _ := position(log.String(), int(p.Span.Start)); line != p.Span.StartLine {
			t.Errorf("line %d, want %d", p.Span.StartLine, line)
		}
	}
	if len(s.found) != len(want) || len(want) < 20 || !cmp.Equal(got, want) {
		t.Errorf("%d findings of %d credentials", len(s.found), len(want))
		for k, v := range want {
			if got[k] != v {
				t.Errorf("got %q, want %q", got[k], v)
			}
		}
	}
}

// archive makes a zip archive of name and content in turns.
func archive(t testing.TB, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		w, err := z.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func scanFile(t testing.TB, data []byte) *sink {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := buildlog.New([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	s := newSink(t)
	if err := src.Walk(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestZip holds that findings name job and step, that what stands twice is found once, and
// that a step which only the job's file has is found there.
func TestZip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	a, b, c := token(t, rng), token(t, rng), token(t, rng)
	line := func(n int, text string) string { return fmt.Sprintf("2025-04-07T12:57:33.%07dZ %s\n", n, text) }
	one, two, three := line(1, "##[group]Run x")+line(2, "T="+a), line(3, "T="+b), line(4, "##[group]Run lost")+line(5, "T="+c)
	data := archive(t, "0_build.txt", one+two+three, "build/1_Set up job.txt", one, "build/2_Run tests.txt", two, "deploy/system.txt", "nothing\n")
	s := scanFile(t, data)
	want := []string{"github-pat-classic build|Run lost|5:32", "github-pat-classic build|Run tests|1:32", "github-pat-classic build|Set up job|2:32"}
	if diff := cmp.Diff(want, s.secrets()); diff != "" || len(s.skips) > 0 {
		t.Errorf("skipped %v; -want +got\n%s", s.skips, diff)
	}
	for _, f := range s.found {
		at := f.Places[0].Location
		member := map[string]string{"Set up job": "build/1_Set up job.txt", "Run tests": "build/2_Run tests.txt", "Run lost": "0_build.txt"}[at.Step]
		if len(at.Members) != 1 || at.Members[0] != member {
			t.Errorf("members %v of step %s", at.Members, at.Step)
		}
	}

	if s := scanFile(t, data[:len(data)/2]); len(s.skips) != 1 || !s.skips[0].Incomplete || !strings.Contains(s.skips[0].Reason, "zip") {
		t.Errorf("truncated: %v", s.skips)
	}
	corrupt := bytes.Clone(data)
	copy(corrupt[60:], bytes.Repeat([]byte{0xff}, 20))
	if s := scanFile(t, corrupt); len(s.skips) == 0 || !s.skips[0].Incomplete || len(s.found) == 0 {
		t.Errorf("corrupt: %v, found %v", s.skips, s.secrets())
	}
}

// TestCircleCI holds that messages are put together, and what is broken named.
func TestCircleCI(t *testing.T) {
	secret := token(t, rand.New(rand.NewPCG(4, 4)))
	data, err := json.Marshal([]map[string]string{{"message": "first\nT=" + secret[:9], "type": "out"}, {"message": secret[9:] + "\r\n", "type": "out"}})
	if err != nil {
		t.Fatal(err)
	}
	s := scanFile(t, data)
	if diff := cmp.Diff([]string{"github-pat-classic ||2:3"}, s.secrets()); diff != "" || len(s.skips) > 0 {
		t.Errorf("skipped %v; -want +got\n%s", s.skips, diff)
	}
	for _, broken := range [][]byte{data[:len(data)-1], data[:len(data)-12], append(data[:len(data)-1:len(data)-1], ",7]"...)} {
		s := scanFile(t, broken)
		if len(s.skips) != 1 || !s.skips[0].Incomplete || len(s.found) != 1 && len(broken) != len(data)-12 {
			t.Errorf("broken: skipped %v, found %v", s.skips, s.secrets())
		}
		for _, k := range s.skips {
			if strings.Contains(k.Reason, secret[9:20]) {
				t.Error("the reason holds a piece of the secret")
			}
		}
	}
}

// TestMissing holds that a file which is not there is an error that names it.
func TestMissing(t *testing.T) {
	src, err := buildlog.New([]string{"no-such.log"})
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Walk(context.Background(), newSink(t)); err == nil || !strings.Contains(err.Error(), "no-such.log") {
		t.Errorf("error %v", err)
	}
}

// BenchmarkLog is the speed of a log with stamps and colours, the detector left out.
func BenchmarkLog(b *testing.B) {
	log := strings.Repeat("2025-04-07T12:57:33.2904078Z \x1b[36;1mgo test ./internal/server\x1b[0m ok 12.3 s, cached and coloured\n", 80000)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		if err := buildlog.Stream(strings.NewReader(log)).Walk(context.Background(), deaf{}); err != nil {
			b.Fatal(err)
		}
	}
}

type deaf struct{}

func (deaf) Document(context.Context, detector.Document) error { return nil }
func (deaf) Skip(sources.Skip)                                 {}
func (deaf) Progress(sources.Progress)                         {}

// TestSinkError holds that an error of the sink ends the walk of a log of several pieces.
func TestSinkError(t *testing.T) {
	s := &failingSink{}
	log := strings.NewReader(strings.Repeat("a line of the log\n", 2<<20))
	if err := buildlog.Stream(log).Walk(context.Background(), s); err != errSink {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	log = strings.NewReader(strings.Repeat("a line of the log\n", 2<<20))
	if err := buildlog.Stream(log).Walk(ctx, deaf{}); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}

var errSink = errors.New("the sink is full")

type failingSink struct{ deaf }

func (*failingSink) Document(context.Context, detector.Document) error { return errSink }
