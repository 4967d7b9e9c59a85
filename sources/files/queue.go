package files

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/stanchsec/stanch/detector"
)

// folderNode is a folder below a target, or the target itself. Folders that wait
// know their names and the nodes above alone, so that a deep tree costs memory in
// proportion to its depth, not to the square of it.
type folderNode struct {
	parent   *folderNode // nil for the target
	name     string
	target   *target
	included bool // an include glob fits it or a folder above
}

// path appends the path below the target to b, with sep behind each name.
func (n *folderNode) path(b []byte, sep byte) []byte {
	if n.parent == nil {
		return b
	}
	length := 0
	for m := n; m.parent != nil; m = m.parent {
		length += len(m.name) + 1
	}
	start := len(b)
	b = append(b, make([]byte, length)...)
	for m, end := n, start+length; m.parent != nil; m = m.parent {
		end--
		b[end] = sep
		end -= len(m.name)
		copy(b[end:], m.name)
	}
	return b
}

// task is work that waits: targets, folders or files in one folder, or a piece of a file.
type task struct {
	targets []*target
	piece   *detector.Document
	in      *folderNode
	names   []byte // each ends in a zero byte
	files   bool   // they are files, and done as one task; folders are done one by one
}

// queue holds the tasks that wait. The last one in is the first one out, which keeps
// few folders waiting.
//
// Nobody hands work on unless somebody has none: see [queue.hungry].
type queue struct {
	mu      sync.Mutex
	wake    sync.Cond
	tasks   []task
	working int // goroutines that may still put tasks
	idle    int // goroutines that wait
	stopped bool

	hunger atomic.Int32 // idle goroutines for which no task waits
}

func newQueue(workers int) *queue {
	q := &queue{working: workers}
	q.wake.L = &q.mu
	return q
}

// hungry reports whether a goroutine waits for work.
func (q *queue) hungry() bool { return q.hunger.Load() > 0 }

// put adds a task.
func (q *queue) put(t task) {
	q.mu.Lock()
	q.tasks = append(q.tasks, t)
	q.update()
	q.mu.Unlock()
	q.wake.Signal()
}

// update computes the hunger. Folders count as one task, though several may wait: the
// guess costs no more than a hand-over too many.
func (q *queue) update() {
	q.hunger.Store(int32(q.idle - len(q.tasks)))
}

// take waits for work and returns it: one target, one folder or some files of one. It
// reports false when there is none and none can come, or after [queue.stop].
func (q *queue) take() (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.update()
	q.working--
	for len(q.tasks) == 0 && !q.stopped {
		if q.working == 0 {
			q.stopped = true
			q.wake.Broadcast()
			break
		}
		q.idle++
		q.update()
		q.wake.Wait()
		q.idle--
	}
	if q.stopped {
		return task{}, false
	}
	q.working++

	last := len(q.tasks) - 1
	t := &q.tasks[last]
	one := *t
	switch {
	case t.piece != nil:
	case len(t.targets) > 1:
		one.targets, t.targets = t.targets[:1], t.targets[1:]
		return one, true
	case t.in != nil && !t.files:
		i := bytes.IndexByte(t.names, 0) + 1
		one.names, t.names = t.names[:i], t.names[i:]
		if len(t.names) > 0 {
			return one, true
		}
	}
	q.tasks[last] = task{}
	q.tasks = q.tasks[:last]
	return one, true
}

// stop makes every take return false.
func (q *queue) stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.wake.Broadcast()
}
