package gitrepo

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"

	"github.com/stanchsec/stanch/internal/gitstore"
)

// oid is the id of an object: 20 bytes of SHA-1 and zeros, or 32 of SHA-256.
type oid [32]byte

func fromSHA1(id gitstore.ID) (o oid) {
	copy(o[:], id[:])
	return o
}

// isZero reports whether the id names no object.
func (o oid) isZero() bool { return o == oid{} }

// text is the id in n bytes' worth of hexadecimal digits.
func (o oid) text(n int) string { return hex.EncodeToString(o[:n]) }

// parseOID reads an id of 40 or 64 hexadecimal digits.
func parseOID(s string) (o oid, err error) {
	if len(s) != 40 && len(s) != 64 {
		return o, fmt.Errorf("object id %q: want 40 or 64 hexadecimal digits", s)
	}
	if _, err := hex.Decode(o[:], []byte(s)); err != nil {
		return oid{}, fmt.Errorf("object id %q: %w", s, err)
	}
	return o, nil
}

// object is an object on a walk.
type object struct {
	id   oid
	typ  gitstore.Type
	size int64
	// data is good until the visit returns. base and ops are as in [gitstore.Object].
	data []byte
	base any
	ops  []gitstore.Op
	// stream is set instead of data for what is too large for memory.
	stream io.Reader
}

// tour says which objects a walk visits, and how.
type tour struct {
	want  func(gitstore.Type) bool
	need  func(oid) bool // nil for all
	visit func(*object) (any, error)
	done  func(bytes int64) // may be nil
}

// damage is told of an object that cannot be read. Each is told once.
type damage func(id oid, reason string)

// objects reads the objects of a repository.
type objects interface {
	// walk visits objects from several goroutines.
	walk(ctx context.Context, jobs int, t tour) error
	// get reads one object.
	get(id oid) (gitstore.Type, []byte, error)
	// size is how many bytes a walk of everything deals with, about.
	size() int64
	// idLen is the length of ids in bytes.
	idLen() int
	close()
}

// native reads objects with package gitstore.
type native struct {
	store   *gitstore.Store
	damaged damage

	once    sync.Once
	forests []*gitstore.Forest
	loose   []gitstore.ID
	types   []gitstore.Type // of loose objects, once known

	mu   sync.Mutex
	told map[oid]bool
}

func newNative(s *gitstore.Store, damaged damage) *native {
	return &native{store: s, damaged: damaged, told: map[oid]bool{}}
}

func (n *native) idLen() int { return len(gitstore.ID{}) }
func (n *native) close()     { n.store.Close() }

// survey reads what is there, once.
func (n *native) survey() {
	n.once.Do(func() {
		for _, p := range n.store.Packs() {
			n.forests = append(n.forests, p.Forest())
		}
		var err error
		if n.loose, err = n.store.Loose(); err != nil {
			n.damaged(oid{}, err.Error())
		}
		n.types = make([]gitstore.Type, len(n.loose))
	})
}

// looseWeight is what a loose object counts for in bytes of progress.
const looseWeight = 512

func (n *native) size() int64 {
	n.survey()
	total := looseWeight * int64(len(n.loose))
	for _, f := range n.forests {
		total += f.Pack.Size()
	}
	return total
}

func (n *native) tell(e *gitstore.ObjectError) {
	id := fromSHA1(e.ID)
	n.mu.Lock()
	told := n.told[id]
	n.told[id] = true
	n.mu.Unlock()
	if !told {
		n.damaged(id, e.Error())
	}
}

// check compares objects of types that are not walked with their checksums.
func (n *native) check(types func(gitstore.Type) bool) {
	n.survey()
	for _, f := range n.forests {
		f.Check(types, n.tell)
	}
}

func (n *native) get(id oid) (gitstore.Type, []byte, error) {
	typ, data, err := n.store.Object(gitstore.ID(id[:20]))
	var e *gitstore.ObjectError
	if errors.As(err, &e) {
		n.tell(e)
	}
	return typ, data, err
}

func (n *native) walk(ctx context.Context, jobs int, t tour) error {
	n.survey()
	for _, f := range n.forests {
		v := gitstore.Visitor{
			Want:    t.want,
			Damaged: n.tell,
			Done:    t.done,
			Visit: func(o *gitstore.Object) (any, error) {
				return t.visit(&object{
					id: fromSHA1(o.ID), typ: o.Type, size: o.Size, data: o.Data, base: o.Base, ops: o.Ops, stream: o.Stream,
				})
			},
		}
		if t.need != nil {
			v.Need = func(id gitstore.ID) bool { return t.need(fromSHA1(id)) }
		}
		if err := f.Walk(ctx, n.store, jobs, v); err != nil {
			return err
		}
	}
	return n.walkLoose(ctx, jobs, t)
}

func (n *native) walkLoose(ctx context.Context, jobs int, t tour) error {
	numbers := make([]int, len(n.loose))
	for i := range numbers {
		numbers[i] = i
	}
	return each(ctx, jobs, numbers, func(i int) error {
		if t.done != nil {
			defer t.done(looseWeight)
		}
		return n.visitLoose(i, t)
	})
}

// each calls do for all of a list, from as many goroutines as jobs says.
func each[T any](ctx context.Context, jobs int, list []T, do func(T) error) error {
	var next atomic.Int64
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError()
	for range min(jobs, len(list)) {
		p.Go(func(ctx context.Context) error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(list[i]); err != nil {
					return err
				}
			}
		})
	}
	return p.Wait()
}

func (n *native) visitLoose(i int, t tour) error {
	id := fromSHA1(n.loose[i])
	if n.types[i] != 0 && !t.want(n.types[i]) || t.need != nil && !t.need(id) {
		return nil
	}
	typ, data, err := n.get(id)
	if err != nil {
		if errors.Is(err, gitstore.ErrNotFound) {
			n.tell(&gitstore.ObjectError{ID: n.loose[i], File: "objects", Err: errors.New("it is gone: was the repository repacked meanwhile?")})
		}
		return nil // told
	}
	n.types[i] = typ
	if !t.want(typ) {
		return nil
	}
	_, err = t.visit(&object{id: id, typ: typ, size: int64(len(data)), data: data})
	return err
}

// reader reads the bytes of an object that was visited or got.
func (o *object) reader() io.Reader {
	if o.stream != nil {
		return o.stream
	}
	return bytes.NewReader(o.data)
}
