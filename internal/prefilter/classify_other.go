//go:build !amd64

package prefilter

// useVector: there is no vector code for this processor.
const useVector = false

func classify(dst *word, src *byte, blocks int, t *classTables) { panic(noVector) }

func match(dst *uint64, src *byte, blocks int, t *bucketTables) { panic(noVector) }

const noVector = "prefilter: no vector code for this processor"
