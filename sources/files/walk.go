package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/chunk"
	"github.com/stanchsec/stanch/sources"
)

// walk reads all targets and returns when everything is done or given up.
func walk(ctx context.Context, targets []*target, opts *Options, g *globs, sink sources.Sink) error {
	q := newQueue(opts.Jobs)
	q.put(task{targets: targets})
	defer func() {
		for _, t := range targets { // open still if the walk was given up
			t.base.close()
		}
	}()

	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range opts.Jobs {
		p.Go(func(ctx context.Context) error {
			defer context.AfterFunc(ctx, q.stop)()
			w, err := newWorker(ctx, q, opts, g, sink)
			if err != nil {
				return err
			}
			return w.work()
		})
	}
	err := p.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// worker is one goroutine's work, with all that it uses again and again. It reads
// folders and files and hands the documents over itself, so that no file content
// goes from one goroutine to another.
type worker struct {
	ctx   context.Context
	queue *queue
	opts  *Options
	globs *globs
	sink  sources.Sink

	split   *chunk.Splitter
	file    file
	list    lister
	visit   func(name []byte, k kind) // w.entry
	path    []byte                    // path to show of the folder and then of the file
	rel     []byte                    // path to open of the folder, below its target
	files   []byte                    // names of the files in the batch at hand
	folders []byte                    // names of the folders in it

	in     *folderNode // the folder at hand
	prefix int         // how many bytes of path are the folder's
}

func newWorker(ctx context.Context, q *queue, opts *Options, g *globs, sink sources.Sink) (*worker, error) {
	split, err := chunk.New(opts.ChunkSize, opts.Overlap)
	if err != nil {
		return nil, err
	}
	w := &worker{ctx: ctx, queue: q, opts: opts, globs: g, sink: sink, split: split}
	w.visit = w.entry
	return w, nil
}

// work takes tasks until there are no more.
func (w *worker) work() error {
	for {
		t, ok := w.queue.take()
		if !ok {
			return nil
		}
		var err error
		switch {
		case t.piece != nil:
			if err = w.ctx.Err(); err == nil {
				err = w.sink.Document(w.ctx, *t.piece)
			}
		case t.in == nil:
			err = w.target(t.targets[0])
		case t.files:
			err = w.batch(t)
		default:
			err = w.folder(&folderNode{
				parent:   t.in,
				name:     string(t.names[:len(t.names)-1]),
				target:   t.in.target,
				included: t.in.included,
			})
		}
		if err != nil {
			return err
		}
	}
}

// target reads one target.
func (w *worker) target(t *target) error {
	if t.mode.IsDir() {
		t.refs.Store(1)
		base, err := openBase(t.open)
		if err != nil {
			w.skip(shown(t), reason(err), true)
			return nil
		}
		t.base = base
		return w.folder(&folderNode{target: t})
	}
	if w.globs.any() && !w.globs.target(t.show) {
		w.skip(t.show, "excluded", false)
		return nil
	}
	if dir, base := path.Split(t.show); w.opts.Want != nil && !w.opts.Want(path.Clean(dir), base) {
		w.skip(t.show, "excluded", false)
		return nil
	}
	w.sink.Progress(sources.Progress{FilesFound: 1})
	k := kindOf(t.mode)
	if k == kindFIFO {
		return w.fifo(t)
	}
	if k != kindFile {
		w.skipFile(t.show, k.String(), true)
		return nil
	}
	if err := w.file.openTarget(t.open); err != nil {
		w.skipFile(t.show, reason(err), true)
		return nil
	}
	return w.read(t.show)
}

// shown is the path of a folder that is a target.
func shown(t *target) string {
	switch {
	case t.show == "":
		return "."
	case t.show == "/", strings.HasSuffix(t.show, ":/"):
		return t.show
	}
	return t.show[:len(t.show)-1]
}

// release ends the work at one folder or batch below t.
func release(t *target) {
	if t.refs.Add(-1) == 0 {
		t.base.close()
	}
}

// enter makes n the folder at hand and opens it. It reports false if it is not to be
// read or cannot be.
func (w *worker) enter(n *folderNode) (folder, bool) {
	w.in = n
	w.path = n.path(append(w.path[:0], n.target.show...), '/')
	w.prefix = len(w.path)
	if n.parent != nil && !w.wanted(n) {
		return folder{}, false
	}
	w.rel = n.path(w.rel[:0], os.PathSeparator)
	f, err := n.target.base.open(w.rel)
	switch {
	case err == nil:
		return f, true
	case isLink(err):
		w.skip(w.folderPath(), kindLink.String(), false)
	default:
		w.skipError(w.folderPath(), err)
	}
	return folder{}, false
}

// folderPath is the path to show of the folder at hand.
func (w *worker) folderPath() string {
	if w.in.parent == nil {
		return shown(w.in.target)
	}
	return string(w.path[:w.prefix-1])
}

// wanted reports whether globs and options let the folder at hand be read. It also
// finds out whether an include glob fits it.
func (w *worker) wanted(n *folderNode) bool {
	if !w.globs.any() && w.opts.Enter == nil {
		return true
	}
	path := w.folderPath()
	if fits(w.globs.exclude, path, len(n.target.show), true) {
		return false
	}
	n.included = n.included || fits(w.globs.include, path, len(n.target.show), true)
	return w.opts.Enter == nil || w.opts.Enter(path)
}

// folder reads one folder: its files at once, the folders in it later.
func (w *worker) folder(n *folderNode) error {
	defer release(n.target)
	f, ok := w.enter(n)
	if !ok {
		return nil
	}
	defer f.close()
	w.list.reset(f)
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		w.files, w.folders = w.files[:0], w.folders[:0]
		more, err := w.list.next(f, w.visit)
		if err != nil {
			w.skip(w.folderPath(), "only in part: "+reason(err), true)
		}
		if len(w.folders) > 0 {
			n.target.refs.Add(int64(bytes.Count(w.folders, zero)))
			w.queue.put(task{in: n, names: bytes.Clone(w.folders)})
		}
		if len(w.files) > 0 {
			w.sink.Progress(sources.Progress{FilesFound: int64(bytes.Count(w.files, zero))})
			if err := w.readAll(f, w.files); err != nil {
				return err
			}
		}
		if err != nil || !more {
			return nil
		}
	}
}

var zero = []byte{0}

// batch reads files that another goroutine found and left over.
func (w *worker) batch(t task) error {
	defer release(t.in.target)
	w.in = t.in
	w.path = t.in.path(append(w.path[:0], t.in.target.show...), '/')
	w.prefix = len(w.path)
	w.rel = t.in.path(w.rel[:0], os.PathSeparator)
	f, err := t.in.target.base.open(w.rel)
	if err != nil {
		for names := t.names; len(names) > 0; {
			i := bytes.IndexByte(names, 0)
			w.skipFile(w.filePath(names[:i]), reason(err), true)
			names = names[i+1:]
		}
		return nil
	}
	defer f.close()
	return w.readAll(f, t.names)
}

// entry sorts what a folder lists.
func (w *worker) entry(name []byte, k kind) {
	if nested := w.in.target.nested; nested != nil {
		if nested[string(append(w.path[:w.prefix], name...)[len(w.in.target.show):])] {
			return // a target of its own
		}
	}
	switch k {
	case kindFolder:
		if string(name) == ".git" && !w.opts.GitDirs {
			w.skip(w.filePath(name), "git repository, not read as files", false)
			return
		}
		w.folders = append(append(w.folders, name...), 0)
	case kindFile:
		if w.globs.any() && !w.globs.file(w.filePath(name), len(w.in.target.show), w.in.included) {
			return
		}
		if w.opts.Want != nil && !w.opts.Want(w.folderPath(), string(name)) {
			return
		}
		w.files = append(append(w.files, name...), 0)
	case kindGone:
		w.skip(w.filePath(name), gone, false)
	default:
		w.skip(w.filePath(name), k.String(), false)
	}
}

// filePath is the path to show of a file in the folder at hand.
func (w *worker) filePath(name []byte) string {
	w.path = append(w.path[:w.prefix], name...)
	return string(w.path)
}

// readAll reads the named files of f. When a goroutine has nothing to do it leaves
// half of what remains to it.
func (w *worker) readAll(f folder, names []byte) error {
	for len(names) > 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if w.queue.hungry() {
			half := len(names) / 2
			if i := bytes.IndexByte(names[half:], 0) + half + 1; i < len(names) {
				w.in.target.refs.Add(1)
				w.queue.put(task{in: w.in, names: bytes.Clone(names[i:]), files: true})
				names = names[:i]
			}
		}
		i := bytes.IndexByte(names, 0) + 1
		path := w.filePath(names[:i-1])
		if err := w.file.open(f, names[:i]); err != nil {
			switch {
			case isLink(err):
				w.skipFile(path, kindLink.String(), false)
			case isSocket(err):
				w.skipFile(path, kindSocket.String(), false)
			default:
				w.skipError(path, err)
				w.sink.Progress(sources.Progress{FilesDone: 1})
			}
		} else if err := w.read(path); err != nil {
			return err
		}
		names = names[i:]
	}
	return nil
}

// gone is the reason for what was listed and is no longer there.
const gone = "gone before it was read"

// read hands over what w.file holds, and closes it.
func (w *worker) read(path string) error {
	defer w.file.close()
	size, k, err := w.file.stat()
	switch {
	case err != nil:
		w.skipFile(path, reason(err), true)
		return nil
	case k == kindFolder:
		w.skipFile(path, "became a folder while the scan ran", true)
		return nil
	case k != kindFile:
		w.skipFile(path, k.String(), false)
		return nil
	}
	limit := w.opts.MaxFileSize
	if limit == 0 {
		limit = math.MaxInt64
	}
	if size > limit {
		w.skipFile(path, "larger than the limit of "+strconv.FormatInt(limit, 10)+" bytes: "+
			strconv.FormatInt(size, 10)+" bytes", true)
		return nil
	}
	w.file.limit(size, limit)
	at := detector.Location{Path: path}
	var expand func([]byte) (bool, error)
	if e := w.opts.Expand; e != nil {
		expand = func(head []byte) (bool, error) {
			if !e.Expands(path, head) {
				return false, nil
			}
			content := readerAt{&w.file.handle}
			return true, e.Expand(w.ctx, offering{w.sink, w.offer}, sources.File{Location: at, At: content, Size: size})
		}
	}
	return hand(w.ctx, w.sink, w.split, &w.file, at, size, w.offer, expand)
}

// readerAt reads an open file at any place.
type readerAt struct{ h *handle }

// ReadAt implements [io.ReaderAt].
func (r readerAt) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		if m, err = r.h.readAt(p[n:], off+int64(n)); m == 0 && err == nil {
			err = io.EOF
		}
		n += m
	}
	return n, err
}

// offer leaves a piece of a file to a goroutine that has nothing to do, if there is one.
func (w *worker) offer(doc detector.Document) bool {
	if !w.queue.hungry() {
		return false
	}
	doc.Data = bytes.Clone(doc.Data)
	w.queue.put(task{piece: &doc})
	return true
}

// skip notes what is no file.
func (w *worker) skip(path, reason string, incomplete bool) {
	w.sink.Skip(sources.Skip{Location: detector.Location{Path: path}, Reason: reason, Incomplete: incomplete})
}

// skipError notes what could not be opened.
func (w *worker) skipError(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		w.skip(path, gone, false)
		return
	}
	w.skip(path, reason(err), true)
}

// skipFile notes a file that was found and is not read.
func (w *worker) skipFile(path, reason string, incomplete bool) {
	w.skip(path, reason, incomplete)
	w.sink.Progress(sources.Progress{FilesDone: 1})
}
