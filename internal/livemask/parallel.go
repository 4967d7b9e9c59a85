package livemask

import (
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// share is how much a goroutine takes at once, in bytes: enough to be worth one, and little
// enough that none waits long for another at the end.
const share = 64 << 10

// shares is in how many parts a text of so many bytes is looked through, at least one.
func shares(size int) int { return max(1, size/share) }

// inParallel calls f for each part of a text, with its number and where it begins and ends,
// and returns when all is done.
func inParallel(size int, f func(i, start, end int)) {
	n := shares(size)
	if n == 1 {
		f(0, 0, size)
		return
	}
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			f(i, i*size/n, (i+1)*size/n)
		}
	}
	var wg conc.WaitGroup // passes on panics
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
