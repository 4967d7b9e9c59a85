package files

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/sources"
)

func TestQueueHandsOutFoldersOneByOneAndFilesTogether(t *testing.T) {
	q := newQueue(1)
	root := &folderNode{target: &target{}}
	q.put(task{targets: []*target{{open: "x"}, {open: "y"}}})
	q.put(task{in: root, names: []byte("a\x00b\x00"), files: true})
	q.put(task{in: root, names: []byte("c\x00d\x00")})
	var got []string
	for {
		one, ok := q.take()
		if !ok {
			break
		}
		name := string(bytes.ReplaceAll(one.names, zero, []byte(".")))
		for _, target := range one.targets {
			name += target.open
		}
		got = append(got, name)
	}
	if want := "[c. d. a.b. x y]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestQueueEndsWhenAllWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(3)
		ended := make(chan bool, 3)
		worker := func() {
			_, ok := q.take()
			ended <- ok
		}
		go worker()
		go worker()
		synctest.Wait()
		if !q.hungry() || len(ended) != 0 {
			t.Fatalf("hungry %v, %d ended, while one still works", q.hungry(), len(ended))
		}
		q.put(task{targets: []*target{{}}})
		if ok := <-ended; !ok {
			t.Error("nobody took the task")
		}
		go worker() // the third; the one that took the task is still at work
		synctest.Wait()
		if len(ended) != 0 {
			t.Error("ended while one is at work")
		}
		go worker() // it is done
		for range 3 {
			if <-ended {
				t.Error("took a task where there was none")
			}
		}
	})
}

func TestQueueStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(2)
		ended := make(chan bool)
		go func() {
			_, ok := q.take()
			ended <- ok
		}()
		synctest.Wait()
		q.stop()
		if <-ended {
			t.Error("took a task where there was none")
		}
		q.put(task{targets: []*target{{}}})
		if _, ok := q.take(); ok {
			t.Error("took a task after stop")
		}
	})
}

// barrierSink lets the first document through when the other goroutine waits, and
// the second and third when both are there at once.
type barrierSink struct {
	documents atomic.Int32
	meet      chan struct{}
}

func (s *barrierSink) Document(context.Context, detector.Document) error {
	switch s.documents.Add(1) {
	case 1:
		synctest.Wait()
	case 2:
		s.meet <- struct{}{}
	case 3:
		<-s.meet
	}
	return nil
}

func (s *barrierSink) Skip(sources.Skip)         {}
func (s *barrierSink) Progress(sources.Progress) {}

// TestFlatFolderIsShared walks a folder without folders: if the goroutine that lists
// it kept all files to itself, no two documents would be there at once, and the test
// would be told that all are blocked.
func TestFlatFolderIsShared(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		targets, err := resolve([]string{dir})
		if err != nil {
			t.Fatal(err)
		}
		sink := &barrierSink{meet: make(chan struct{})}
		if err := walk(t.Context(), targets, &Options{Jobs: 2}, &globs{}, sink); err != nil {
			t.Fatal(err)
		}
		if n := targets[0].refs.Load(); n != 0 {
			t.Errorf("%d uses of the open folder at the end", n)
		}
		if n := sink.documents.Load(); n != 5 {
			t.Errorf("%d documents, want 5", n)
		}
	})
}

func TestNodePath(t *testing.T) {
	root := &folderNode{target: &target{}}
	deep := &folderNode{parent: &folderNode{parent: root, name: "a"}, name: "bc"}
	if got := string(deep.path([]byte("src/"), '/')); got != "src/a/bc/" {
		t.Errorf("path %q, want %q", got, "src/a/bc/")
	}
	if got := string(root.path([]byte("src/"), '/')); got != "src/" {
		t.Errorf("path %q, want %q", got, "src/")
	}
}
