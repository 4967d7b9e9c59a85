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

// zip hands over the logs in an archive: the steps first, then of the jobs' own files what
// they have not shown.
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
	var jobs, others []entry
	for _, e := range z.File {
		switch m := stepFile.FindStringSubmatch(e.Name); {
		case strings.HasSuffix(e.Name, "/"):
			continue
		case !strings.Contains(e.Name, "/") && jobFile.MatchString(e.Name):
			at.Job, at.Step = jobFile.FindStringSubmatch(e.Name)[2], ""
			jobs = append(jobs, entry{e, at})
			continue
		case m != nil:
			at.Job, at.Step = m[1], m[3]
		default:
			if at.Job, at.Step = path.Dir(e.Name), ""; at.Job == "." {
				at.Job = ""
			}
		}
		others = append(others, entry{e, at})
	}
	l.seen = new(lineSet)
	defer func() { l.seen, l.remember = nil, false }()
	l.remember = true
	if err := l.entries(ctx, others); err != nil {
		return err
	}
	l.remember = false
	return l.entries(ctx, jobs)
}

// entry is a log in an archive.
type entry struct {
	file *zip.File
	at   detector.Location // of the archive, with job and step
}

// entries hands over logs in an archive: small ones at the same time, the pieces of a large one at the same time.
func (l *reader) entries(ctx context.Context, list []entry) error {
	work := pool.New().WithContext(ctx).WithMaxGoroutines(runtime.GOMAXPROCS(0)).WithCancelOnError().WithFirstError()
	for _, e := range list {
		if e.file.UncompressedSize64 <= pieceSize {
			work.Go(func(ctx context.Context) error { return l.entry(ctx, e) })
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for _, e := range list {
		if e.file.UncompressedSize64 > pieceSize {
			if err := l.entry(ctx, e); err != nil {
				return err
			}
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
