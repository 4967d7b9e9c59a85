//go:build !unix

package archive

import "os"

// tempFile makes a temporary file; remove is to be called when it was closed.
func tempFile(dir string) (f *os.File, remove func(), err error) {
	f, err = createTemp(dir)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { os.Remove(f.Name()) }, nil
}
