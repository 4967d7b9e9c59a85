//go:build !amd64

package prefilter

// useVector: there is no vector code for this processor.
const useVector = false

func classify(dst *word, src *byte, blocks int, t *teddy) {
	panic("prefilter: no vector code for this processor")
}
