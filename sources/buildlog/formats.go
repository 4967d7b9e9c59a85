package buildlog

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

// any hands over a log in whatever format it is.
func (l *reader) any(ctx context.Context, f io.ReaderAt, size int64, at detector.Location) error {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		l.sink.Skip(sources.Skip{Location: at, Reason: err.Error(), Incomplete: true})
		return nil
	}
	head = head[:n]
	all := io.NewSectionReader(f, 0, size)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return l.zip(ctx, f, size, at)
	case circleHead.Match(head):
		return l.circle(ctx, all, at)
	}
	return l.log(ctx, all, at)
}

// Limits of an archive of logs. What goes beyond them is named and not looked at.
const (
	maxEntries = 100_000
	maxLog     = 4 << 30 // bytes of one log
)

// Names within an archive of logs.
var (
	jobFile  = regexp.MustCompile(`^(-?[0-9]+)_(.+)\.txt$`)
	stepFile = regexp.MustCompile(`^(.+)/([0-9]+)_(.+)\.txt$`)
)

// zip hands over the logs in an archive, those of several jobs at the same time.
func (l *reader) zip(ctx context.Context, f io.ReaderAt, size int64, at detector.Location) error {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		l.sink.Skip(sources.Skip{Location: at, Reason: "no readable zip archive: " + err.Error(), Incomplete: true})
		return nil
	}
	if len(z.File) > maxEntries {
		l.sink.Skip(sources.Skip{Location: at, Incomplete: true, Reason: fmt.Sprintf("%d members: only the first %d were read", len(z.File), maxEntries)})
		z.File = z.File[:maxEntries]
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader) // it is faster than the standard library's
	slices.SortStableFunc(z.File, func(a, b *zip.File) int { return compareNames(a.Name, b.Name) })
	groups := groupsOf(z.File, at)
	procs := runtime.GOMAXPROCS(0)
	each := max(1, procs/len(groups))
	small := pool.New().WithContext(ctx).WithMaxGoroutines(procs).WithCancelOnError().WithFirstError()
	for _, g := range groups {
		if !g.large() {
			small.Go(func(ctx context.Context) error { return l.group(ctx, g, each) })
		}
	}
	if err := small.Wait(); err != nil {
		return err
	}
	for _, g := range groups {
		if g.large() { // the pieces of its logs are looked through at the same time
			if err := l.group(ctx, g, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// group are the logs of a job: those of its steps, and the one of the whole, which repeats them. Where names do not
// tell which belong together they are all in one.
type group struct{ steps, whole []entry }

// entry is a log in an archive.
type entry struct {
	file *zip.File
	at   detector.Location // of the archive, with job and step
}

// large reports whether one of the logs has more than a piece.
func (g *group) large() bool {
	isLarge := func(e entry) bool { return e.file.UncompressedSize64 > pieceSize }
	return slices.ContainsFunc(g.steps, isLarge) || slices.ContainsFunc(g.whole, isLarge)
}

// groupsOf sorts the files of an archive into groups.
func groupsOf(files []*zip.File, at detector.Location) []*group {
	byJob := map[string]*group{}
	var order []*group
	of := func(job string) *group {
		g := byJob[job]
		if g == nil {
			g = new(group)
			byJob[job] = g
			order = append(order, g)
		}
		return g
	}
	for _, e := range files {
		m := stepFile.FindStringSubmatch(e.Name)
		switch {
		case strings.HasSuffix(e.Name, "/"):
		case !strings.Contains(e.Name, "/") && jobFile.MatchString(e.Name):
			at.Job, at.Step = jobFile.FindStringSubmatch(e.Name)[2], ""
			of(at.Job).whole = append(of(at.Job).whole, entry{e, at})
		case m != nil:
			at.Job, at.Step = m[1], m[3]
			of(at.Job).steps = append(of(at.Job).steps, entry{e, at})
		default:
			if at.Job, at.Step = path.Dir(e.Name), ""; at.Job == "." {
				at.Job = ""
			}
			of(at.Job).steps = append(of(at.Job).steps, entry{e, at})
		}
	}
	rest := new(group)
	order = slices.DeleteFunc(order, func(g *group) bool {
		if len(g.steps) > 0 && len(g.whole) > 0 {
			return false
		}
		rest.steps, rest.whole = append(rest.steps, g.steps...), append(rest.whole, g.whole...)
		return true
	})
	return append(order, rest)
}

// group hands over the logs of a job: the steps first, so many at the same time, then of the whole what they have not
// shown.
func (l *reader) group(ctx context.Context, g *group, atOnce int) error {
	in := &reader{sink: l.sink, seen: new(lineSet), remember: true}
	steps := pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
	for _, e := range g.steps {
		steps.Go(func(ctx context.Context) error { return in.entry(ctx, e) })
	}
	if err := steps.Wait(); err != nil {
		return err
	}
	in.remember = false
	for _, e := range g.whole {
		if err := in.entry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// compareNames orders the steps of a job by number.
func compareNames(a, b string) int {
	m, n := stepFile.FindStringSubmatch(a), stepFile.FindStringSubmatch(b)
	if m != nil && n != nil && m[1] == n[1] {
		i, _ := strconv.Atoi(m[2])
		j, _ := strconv.Atoi(n[2])
		return i - j
	}
	return strings.Compare(a, b)
}

func (l *reader) entry(ctx context.Context, e entry) error {
	at := e.at
	at.Members = append(at.Members[:len(at.Members):len(at.Members)], e.file.Name)
	if e.file.Flags&1 != 0 {
		l.sink.Skip(sources.Skip{Location: at, Reason: "encrypted", Incomplete: true})
		return nil
	}
	r, err := e.file.Open()
	if err != nil {
		l.sink.Skip(sources.Skip{Location: at, Reason: err.Error(), Incomplete: true})
		return nil
	}
	defer r.Close()
	return l.log(ctx, limit(r, maxLog), at)
}

// limited fails when more is read than it may be.
type limited struct {
	r         io.Reader
	left, all int64
}

func limit(r io.Reader, n int64) *limited { return &limited{r, n, n} }

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("larger than %d bytes", l.all)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// circleHead is how CircleCI's output of a step begins: an array of messages.
var circleHead = regexp.MustCompile(`^\s*\[\s*\{\s*"(?:message|type|time|truncated)"\s*:`)

// circle hands over the messages of CircleCI, put together.
func (l *reader) circle(ctx context.Context, r io.Reader, at detector.Location) error {
	pr, pw := io.Pipe()
	defer pr.Close()
	go func() { pw.CloseWithError(messages(r, pw)) }()
	return l.log(ctx, pr, at)
}

// messages writes the messages in a JSON array.
func messages(r io.Reader, w io.Writer) error {
	d := json.NewDecoder(bufio.NewReader(r))
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("no CircleCI output: %w", err)
	}
	for d.More() {
		var m struct {
			Message string `json:"message"`
		}
		if err := d.Decode(&m); err != nil {
			// The error may quote what it does not understand, which may be a secret.
			return fmt.Errorf("no CircleCI output behind byte %d", d.InputOffset())
		}
		if _, err := io.WriteString(w, m.Message); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errors.New("the CircleCI output is cut off")
	}
	return nil
}
