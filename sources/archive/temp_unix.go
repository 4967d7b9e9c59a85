//go:build unix

package archive

import "os"

// tempFile makes a temporary file that has no name any more, so that it is gone when the program is, however
// that ends.
func tempFile(dir string) (f *os.File, remove func(), err error) {
	f, err = createTemp(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, func() {}, nil
}
