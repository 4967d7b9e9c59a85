package prefilter

import "golang.org/x/sys/cpu"

// useVector says that this processor has the instructions of classify_amd64.s.
var useVector = cpu.X86.HasAVX2

// classify puts the token and digit bits of a number of blocks of 64 bytes into words. It
// clears the others.
//
//go:noescape
func classify(dst *word, src *byte, blocks int, t *classTables)

// match adds the places of a number of blocks that agree with a bucket to one field of
// their words; dst is that of the first. It reads three bytes beyond the last block.
//
//go:noescape
func match(dst *uint64, src *byte, blocks int, t *bucketTables)
