package archive

import (
	"errors"

	"github.com/bodgit/sevenzip"
)

func open7z(w *walk, in *input) error {
	z, err := new7z(in)
	if err != nil {
		if e, ok := errors.AsType[*sevenzip.ReadError](err); ok && e.Encrypted {
			return errEncrypted
		}
		return &notOpened{err}
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := open7zMember(f)
		if err != nil {
			if e, ok := errors.AsType[*sevenzip.ReadError](err); ok && e.Encrypted {
				err = errEncrypted
			}
			if err := w.missed(in, f.Name, err); err != nil {
				return err
			}
			continue
		}
		err = w.member(in, f.Name, w.unpacked(r, always(in.size)), int64(min(f.UncompressedSize, 1<<62)))
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func new7z(in *input) (z *sevenzip.Reader, err error) {
	defer caught(&err)
	return sevenzip.NewReader(in.file, in.size)
}

// open7zMember opens a member for reading and closing.
func open7zMember(f *sevenzip.File) (r interface {
	Read([]byte) (int, error)
	Close() error
}, err error,
) {
	defer caught(&err)
	return f.Open()
}
