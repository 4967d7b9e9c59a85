package archive

import "io"

type documentParts struct{}

func (d *documentParts) takes(string) bool { return false }
func (d *documentParts) member(w *walk, in *input, name string, r io.Reader, size int64) error {
	return w.member(in, name, r, size)
}
func (d *documentParts) finish(w *walk, in *input) error { return nil }
