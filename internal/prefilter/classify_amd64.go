package prefilter

import "golang.org/x/sys/cpu"

// useVector says that this processor has the instructions of classify_amd64.s.
var useVector = cpu.X86.HasAVX2

// classify sorts the bytes of a number of blocks of 64 into words. It reads two
// bytes beyond the last block.
//
//go:noescape
func classify(dst *word, src *byte, blocks int, t *teddy)
