package assign

import (
	"bytes"
	"testing"
)

func BenchmarkFind(b *testing.B) {
	line := []byte("	if token, err := parse(key); err != nil && password != nil { // the key of the password\n")
	text := bytes.Repeat(line, 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var out []Value
		for i := 0; i < len(text); i += len(line) {
			out = Find(text, i+4, 5, out[:0])
			out = Find(text, i+24, 3, out[:0])
			out = Find(text, i+45, 4, out[:0])
		}
	}
}
