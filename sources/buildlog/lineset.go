package buildlog

import (
	"hash/maphash"
	"sync"
)

// lineSet is a set of lines, by their hashes. It may be filled from several goroutines, and is asked when it is full.
type lineSet struct {
	mu     sync.Mutex
	hashes map[uint64]struct{}
}

var lineSeed = maphash.MakeSeed()

func lineHash(line []byte) uint64 { return maphash.Bytes(lineSeed, line) }

// add takes in lines.
func (s *lineSet) add(hashes []uint64) {
	if len(hashes) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hashes == nil {
		s.hashes = make(map[uint64]struct{}, len(hashes))
	}
	for _, h := range hashes {
		s.hashes[h] = struct{}{}
	}
}

// has reports whether a line was taken in.
func (s *lineSet) has(hash uint64) bool {
	_, ok := s.hashes[hash]
	return ok
}
