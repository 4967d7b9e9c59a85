package gitstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// Object is an object on its walk.
type Object struct {
	ID   ID
	Type Type
	// Size is its length in bytes, and Data its bytes, good until the visit returns.
	Size int64
	Data []byte
	// Base is what the visit of the object's base returned, Ops how Data comes from
	// the base's; good until the visit returns. Both are nil if there was no such visit
	// or it returned nil.
	Base any
	Ops  []Op
	// Stream is set instead of Data for an object too large for memory. It can be
	// read once.
	Stream io.Reader
}

// streamFrom is the size in bytes from which an object that no other is made from
// is handed over as a stream.
const streamFrom = 16 << 20

// Visitor looks at the objects of a walk. Its methods are called from several
// goroutines.
type Visitor struct {
	// Want says which types are wanted.
	Want func(Type) bool
	// Need, if set, says which objects are to be visited. Others are built only if one
	// that is needed is made from them, and its Object.Base is nil then.
	Need func(ID) bool
	// Visit looks at one object and returns what the objects that are made from it
	// get to see. An error ends the walk.
	Visit func(*Object) (state any, err error)
	// Damaged is told of each object that cannot be read; those made from it are
	// named too.
	Damaged func(*ObjectError)
	// Done is told how many bytes of the pack have been dealt with since the last call.
	Done func(packed int64)
}

// Walk visits each object of the wanted types, a base before what is made from it.
// Every byte of the pack is inflated once. Memory is bounded by the sizes of the
// objects from a root down to the one at hand of which others are still to be made:
// at each branch the smaller trees go first.
func (f *Forest) Walk(ctx context.Context, s *Store, jobs int, v Visitor) error {
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	w := &walk{f: f, s: s, v: v, ctx: ctx}
	w.cond.L = &w.mu
	w.sift()
	for k := range f.base {
		if w.way != nil && !w.way[k] {
			if v.Done != nil {
				v.Done(f.offsets[k+1] - f.offsets[k])
			}
			continue
		}
		if typ := f.typ[k]; v.Done != nil && typ != 0 && typ < ofsDelta && !v.Want(typ) {
			v.Done(f.offsets[k+1] - f.offsets[k])
		}
		switch b := f.base[k]; {
		case b == damagedBase:
			w.lost(int32(k), f.errs[int32(k)])
		case b == noBase && v.Want(f.typ[k]), b == otherPack:
			w.roots = append(w.roots, int32(k))
		}
	}
	// The heaviest trees first, so that none is left for the end.
	slices.SortStableFunc(w.roots, func(a, b int32) int { return cmp.Compare(f.weight[b], f.weight[a]) })
	w.workers = jobs
	var wg conc.WaitGroup
	for range jobs {
		wg.Go(w.work)
	}
	wg.Wait()
	if w.err != nil {
		return w.err
	}
	return ctx.Err()
}

// sift finds out which entries are needed and which are on the way to those.
func (w *walk) sift() {
	if w.v.Need == nil {
		return
	}
	f := w.f
	w.way, w.need = make([]bool, len(f.base)), make([]bool, len(f.base))
	for k := range f.base {
		if f.base[k] >= noBase && !w.v.Want(f.typ[k]) || !w.v.Need(f.id(k)) {
			continue
		}
		w.need[k] = true
		for at := int32(k); at >= 0 && !w.way[at]; at = f.base[at] {
			w.way[at] = true
		}
	}
}

// walk is the state that the workers of a walk share.
type walk struct {
	f   *Forest
	s   *Store
	v   Visitor
	ctx context.Context

	// need are the entries to visit, way those and the ones that they are made from; both
	// are nil if all are.
	need, way []bool

	mu      sync.Mutex
	cond    sync.Cond
	roots   []int32 // trees that nobody has taken
	shared  []task  // parts of trees that a worker has given away
	workers int
	idle    int
	err     error
	stop    atomic.Bool
	hungry  atomic.Int32 // workers that wait for a task

	free [48]sync.Pool // buffers by the power of two of their size
}

// task is an entry that is to be made from a base that has been visited; base is nil
// for a root.
type task struct {
	k    int32
	base *made
}

// made is an object from which others are still to be made.
type made struct {
	typ   Type
	data  []byte
	state any
	refs  atomic.Int32
}

// work takes tasks until there are none and nobody can give any away.
func (w *walk) work() {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a pack that is cut while it is mapped
	var m maker
	m.w = w
	for {
		t, ok := w.take()
		if !ok {
			return
		}
		m.stack = append(m.stack[:0], t)
		for len(m.stack) > 0 {
			t := m.stack[len(m.stack)-1]
			m.stack = m.stack[:len(m.stack)-1]
			if w.stop.Load() || w.ctx.Err() != nil {
				w.fail(w.ctx.Err())
				return
			}
			if err := m.make(t); err != nil {
				w.fail(err)
				return
			}
			if len(m.stack) > 1 && w.hungry.Load() > 0 {
				w.give(&m)
			}
		}
	}
}

// take returns the next task for a worker that has none. ok is false at the end.
func (w *walk) take() (t task, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.stop.Load():
			return t, false
		case len(w.shared) > 0:
			t = w.shared[len(w.shared)-1]
			w.shared = w.shared[:len(w.shared)-1]
			return t, true
		case len(w.roots) > 0:
			t = task{k: w.roots[0]}
			w.roots = w.roots[1:]
			return t, true
		}
		if w.idle++; w.idle == w.workers {
			w.stop.Store(true)
			w.cond.Broadcast()
			return t, false
		}
		w.hungry.Add(1)
		w.cond.Wait()
		w.hungry.Add(-1)
		w.idle--
	}
}

// give hands the lower half of a worker's tasks, which are nearest to the root and so
// the largest, to those who have none.
func (w *walk) give(m *maker) {
	n := len(m.stack) / 2
	w.mu.Lock()
	w.shared = append(w.shared, m.stack[:n]...)
	w.mu.Unlock()
	w.cond.Broadcast()
	m.stack = append(m.stack[:0], m.stack[n:]...)
}

func (w *walk) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	w.stop.Store(true)
	w.cond.Broadcast()
}

func (w *walk) damaged(k int32, err error) {
	w.v.Damaged(&ObjectError{w.f.id(int(k)), w.f.Pack.Name, err})
}

// buffer returns n bytes of any content.
func (w *walk) buffer(n int64) []byte {
	class := bits.Len64(uint64(max(n, 512) - 1))
	if p, ok := w.free[class].Get().(*[]byte); ok {
		return (*p)[:n]
	}
	return make([]byte, n, 1<<class)
}

func (w *walk) release(b []byte) {
	if class := bits.Len64(uint64(cap(b))) - 1; cap(b) >= 512 && cap(b) == 1<<class {
		b = b[:0]
		w.free[class].Put(&b)
	}
}

// maker makes objects, with memory of its own.
type maker struct {
	w        *walk
	stack    []task
	z        inflater
	ops      []Op
	children []int32
	obj      Object
}

// make makes the object of a task, has it visited and puts what is made from it on
// the stack.
func (m *maker) make(t task) error {
	f := m.w.f
	if m.w.v.Done != nil {
		defer m.w.v.Done(f.offsets[t.k+1] - f.offsets[t.k])
	}
	typ, data, err := m.data(t)
	if t.base != nil && t.base.refs.Add(-1) == 0 {
		m.w.release(t.base.data)
	}
	if err == errStream {
		return m.stream(t)
	}
	if err != nil {
		m.w.lost(t.k, err)
		return nil
	}
	if !m.w.v.Want(typ) { // only known now of what is made from another pack's object
		m.w.release(data)
		return nil
	}
	if m.w.need != nil && !m.w.need[t.k] {
		m.push(t.k, &made{typ: typ, data: data})
		return nil
	}
	m.obj = Object{ID: f.id(int(t.k)), Type: typ, Size: int64(len(data)), Data: data}
	if t.base != nil && t.base.state != nil {
		m.obj.Base, m.obj.Ops = t.base.state, m.ops
	}
	state, err := m.w.v.Visit(&m.obj)
	if err != nil {
		return err
	}
	m.push(t.k, &made{typ: typ, data: data, state: state})
	return nil
}

// push puts the children of entry k on the stack, the heaviest at the bottom.
func (m *maker) push(k int32, base *made) {
	f := m.w.f
	m.children = m.children[:0]
	for c := f.first[k]; c >= 0; c = f.next[c] {
		if m.w.way == nil || m.w.way[c] {
			m.children = append(m.children, c)
		}
	}
	if len(m.children) == 0 {
		m.w.release(base.data)
		return
	}
	slices.SortStableFunc(m.children, func(a, b int32) int { return cmp.Compare(f.weight[b], f.weight[a]) })
	base.refs.Store(int32(len(m.children)))
	for _, c := range m.children {
		m.stack = append(m.stack, task{c, base})
	}
}

// lost reports an entry that cannot be made, and all that would be made from it.
func (w *walk) lost(k int32, err error) {
	f := w.f
	w.damaged(k, err)
	for open := []int32{k}; len(open) > 0; {
		base := open[len(open)-1]
		open = open[:len(open)-1]
		for c := f.first[base]; c >= 0; c = f.next[c] {
			if w.way == nil || w.way[c] {
				w.damaged(c, fmt.Errorf("it is made from the damaged object %s", f.id(int(base))))
				open = append(open, c)
			}
		}
	}
}

// data builds the bytes of a task's object, in a buffer of its own; m.ops tells how.
func (m *maker) data(t task) (typ Type, data []byte, err error) {
	defer fault(&err)
	f := m.w.f
	k := int(t.k)
	if err := f.Pack.checkSum(int(f.byOffset[k]), f.offsets[k], f.offsets[k+1]); err != nil {
		return 0, nil, err
	}
	h, err := f.header(k)
	if err != nil {
		return 0, nil, err
	}
	packed := f.Pack.data[h.data : h.data+h.compress]
	if f.base[k] == noBase && f.first[k] < 0 && h.size >= streamFrom {
		return 0, nil, errStream
	}
	if h.size > MaxObject {
		return 0, nil, tooLarge(h.size)
	}
	if f.base[k] == noBase {
		data = m.w.buffer(h.size)
		return h.typ, data, m.z.inflateChecked(data, packed)
	}
	delta := m.w.buffer(h.size)
	defer m.w.release(delta)
	if err := m.z.inflateChecked(delta, packed); err != nil {
		return 0, nil, err
	}
	var base []byte
	if t.base != nil {
		typ, base = t.base.typ, t.base.data
	} else if typ, base, err = m.w.s.Object(h.baseID); err != nil {
		return 0, nil, fmt.Errorf("its base %s: %w", h.baseID, err)
	}
	size, err := deltaResult(delta)
	if err != nil {
		return 0, nil, err
	}
	data = m.w.buffer(size)
	m.ops, err = apply(data, base, delta, m.ops[:0])
	return typ, data, err
}

func tooLarge(size int64) error {
	return fmt.Errorf("it has %d bytes, more than the %d that are built in memory", size, MaxObject)
}

// errStream says that an object is to be read piece by piece.
var errStream = errors.New("too large for memory")

// stream has a large object visited without building it.
func (m *maker) stream(t task) (err error) {
	f := m.w.f
	h, err := f.header(int(t.k))
	if err != nil {
		return err // it was good a moment ago
	}
	if err := m.z.open(f.Pack.data[h.data : h.data+h.compress]); err != nil {
		m.w.lost(t.k, err)
		return nil
	}
	r := &exactReader{z: &m.z, left: h.size}
	m.obj = Object{ID: f.id(int(t.k)), Type: f.typ[t.k], Size: h.size, Stream: r}
	if _, err := m.w.v.Visit(&m.obj); err != nil && r.err == nil {
		return err
	}
	if r.err != nil {
		m.w.lost(t.k, r.err)
	}
	return nil
}

// exactReader reads as many bytes as a header promised and sees that they are all.
type exactReader struct {
	z    *inflater
	left int64
	err  error // why it is damaged
}

func (r *exactReader) Read(p []byte) (n int, err error) {
	defer fault(&r.err)
	if r.err != nil {
		return 0, r.err
	}
	if r.left == 0 {
		if r.err = r.z.end(); r.err != nil {
			return 0, r.err
		}
		return 0, io.EOF
	}
	n, err = r.z.z.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err == io.EOF && r.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		r.err = fmt.Errorf("its compressed bytes are damaged: %w", err)
		return n, r.err
	}
	return n, nil
}

// fault turns the fault of reading a mapped file that was cut into an error.
func fault(err *error) {
	r := recover()
	if r == nil {
		return
	}
	if f, ok := r.(runtime.Error); ok {
		if _, addr := r.(interface{ Addr() uintptr }); addr {
			*err = fmt.Errorf("the file was cut while it was read: %v", f)
			return
		}
	}
	panic(r)
}
