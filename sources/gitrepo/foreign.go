package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/gitstore"
)

// foreign reads objects with "git cat-file", for repositories that package gitstore does
// not read. Each object comes whole.
type foreign struct {
	*Source
	damaged damage
	bytes   int
	list    []listed
}

// listed is an object that git has.
type listed struct {
	id   oid
	typ  gitstore.Type
	size int64
}

// openForeign makes the objects readable through git, and says so.
func (w *walk) openForeign(ctx context.Context, why *gitstore.UnsupportedError) error {
	w.sink.Note(fmt.Sprintf("%s: %s, so it is read through git, which takes longer", w.target, why.Reason))
	f := &foreign{Source: w.Source, damaged: w.damage, bytes: 20}
	w.objects = f
	out, err := w.git(ctx, "rev-parse", "--show-object-format")
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(out)) == "sha256" {
		f.bytes = 32
	}
	if err := f.survey(ctx); err != nil {
		return err
	}
	if err := w.foreignRefs(ctx); err != nil {
		return err
	}
	return w.foreignMissing(ctx)
}

// survey lists the objects.
func (f *foreign) survey(ctx context.Context) error {
	out, err := f.git(ctx, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		o, err := parseListed(line)
		if err != nil {
			return fmt.Errorf("git cat-file printed %q: %w", line, err)
		}
		f.list = append(f.list, o)
	}
	return nil
}

// parseListed reads "id type size".
func parseListed(line string) (o listed, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return o, errors.New("want id, type and size")
	}
	if o.id, err = parseOID(fields[0]); err != nil {
		return o, err
	}
	for _, t := range []gitstore.Type{gitstore.Commit, gitstore.Tree, gitstore.Blob, gitstore.Tag} {
		if fields[1] == t.String() {
			o.typ = t
		}
	}
	if o.typ == 0 {
		return o, errors.New("unknown type")
	}
	o.size, err = strconv.ParseInt(fields[2], 10, 64)
	return o, err
}

// foreignRefs has git list the refs.
func (w *walk) foreignRefs(ctx context.Context) error {
	out, err := w.git(ctx, "for-each-ref", "--format=%(objectname) %(refname)")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		text, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		id, err := parseOID(text)
		if err != nil {
			return fmt.Errorf("git for-each-ref: %w", err)
		}
		w.refs.roots = append(w.refs.roots, root{id, name})
	}
	for _, name := range []string{"HEAD", "refs/remotes/origin/HEAD"} {
		id, err := w.revision(ctx, name)
		if err != nil {
			return err
		}
		if !id.isZero() {
			w.refs.roots = append(w.refs.roots, root{id, name})
			w.refs.tip = id
		}
	}
	if out, err := w.git(ctx, "rev-list", "--walk-reflogs", "--all"); err == nil { // fails where there are none
		for _, text := range strings.Fields(string(out)) {
			if id, err := parseOID(text); err == nil {
				w.refs.softly = append(w.refs.softly, root{id, "reflog"})
			}
		}
	}
	w.refs.shallow = map[oid]bool{}
	text, err := os.ReadFile(filepath.Join(w.commonDir(), "shallow"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, id := range strings.Fields(string(text)) {
		if id, err := parseOID(id); err == nil {
			w.refs.shallow[id] = true
		}
	}
	return nil
}

// foreignMissing says what a partial clone lacks: nothing is fetched behind the user's
// back.
func (w *walk) foreignMissing(ctx context.Context) error {
	out, err := w.git(ctx, "rev-list", "--objects", "--all", "--missing=print", "--quiet")
	if err != nil {
		out, err = w.git(ctx, "rev-list", "--objects", "--all", "--missing=print")
	}
	if err != nil {
		return err
	}
	n := 0
	for line := range bytes.Lines(out) {
		if line[0] == '?' {
			n++
		}
	}
	if n > 0 {
		w.lost(detector.Location{Path: w.prefix + ".git/objects"}, fmt.Sprintf(
			"%d %s that the history needs %s not here: the clone is partial, one made without --filter has all", n,
			plural(n, "object"), map[bool]string{true: "is", false: "are"}[n == 1]))
	}
	return nil
}

func (f *foreign) idLen() int { return f.bytes }
func (f *foreign) close()     {}

func (f *foreign) size() (total int64) {
	for _, o := range f.list {
		total += o.size
	}
	return total
}

func (f *foreign) get(id oid) (gitstore.Type, []byte, error) {
	var typ gitstore.Type
	var data []byte
	found := false
	err := f.batch(context.Background(), []listed{{id: id}}, func(o listed, r io.Reader) (err error) {
		typ, found = o.typ, true
		data, err = io.ReadAll(r)
		return err
	})
	if err == nil && !found {
		err = gitstore.ErrNotFound
	}
	return typ, data, err
}

// batch has git print objects one after the other. do reads each to its end.
func (f *foreign) batch(ctx context.Context, list []listed, do func(listed, io.Reader) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := f.command(ctx, "cat-file", "--batch", "--buffer")
	var ids, errs bytes.Buffer
	for _, o := range list {
		ids.WriteString(o.id.text(f.bytes))
		ids.WriteByte('\n')
	}
	cmd.Stdin, cmd.Stderr = &ids, &errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return gitError([]string{"cat-file"}, err, "")
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // what matters was read
	}()
	r := bufio.NewReaderSize(pipe, 1<<18)
	for i, o := range list {
		line, err := r.ReadString('\n')
		if err != nil { // git has given up at this object
			f.damaged(o.id, "git cat-file: "+strings.TrimSpace(errs.String()))
			return f.batch(ctx, list[i+1:], do)
		}
		if strings.HasSuffix(line, " missing\n") {
			continue
		}
		if o, err = parseListed(line); err != nil {
			return fmt.Errorf("git cat-file printed %q: %w", line, err)
		}
		body := &io.LimitedReader{R: r, N: o.size}
		if err := do(o, body); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, body.N+1); err != nil {
			f.damaged(o.id, "git cat-file: its text is cut off")
			return f.batch(ctx, list[i+1:], do)
		}
	}
	return nil
}

// foreignStream is the size in bytes from which an object is handed over as a stream.
const foreignStream = 16 << 20

func (f *foreign) walk(ctx context.Context, jobs int, t tour) error {
	var list []listed
	for _, o := range f.list {
		if t.want(o.typ) && (t.need == nil || t.need(o.id)) {
			list = append(list, o)
		} else if t.done != nil {
			t.done(o.size)
		}
	}
	work := make(chan *object, jobs)
	var once sync.Once
	finish := func() { once.Do(func() { close(work) }) }
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range jobs {
		p.Go(func(ctx context.Context) error {
			for o := range work {
				if _, err := t.visit(o); err != nil {
					return err
				}
				if t.done != nil {
					t.done(o.size)
				}
			}
			return nil
		})
	}
	p.Go(func(ctx context.Context) error {
		defer finish()
		return f.batch(ctx, list, func(l listed, r io.Reader) error {
			o := &object{id: l.id, typ: l.typ, size: l.size}
			if l.size >= foreignStream && l.typ == gitstore.Blob {
				o.stream = r
				_, err := t.visit(o)
				return err
			}
			o.data = make([]byte, l.size)
			if _, err := io.ReadFull(r, o.data); err != nil {
				f.damaged(l.id, "git cat-file: its text is cut off")
				return nil
			}
			select {
			case work <- o:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	return p.Wait()
}
