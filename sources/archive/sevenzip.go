package archive

import (
	"errors"
	"hash/crc32"
	"io"

	"github.com/bodgit/sevenzip"
)

func open7z(w *walk, in *input) error {
	z, err := new7z(in)
	if err != nil {
		return sevenzipError(&notOpened{err})
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := open7zMember(f)
		if err != nil {
			if err := w.missed(in, f.Name, sevenzipError(err)); err != nil {
				return err
			}
			continue
		}
		var content io.Reader = r
		if f.CRC32 != 0 { // else it has none
			content = &summed{r: r, want: f.CRC32, left: f.UncompressedSize}
		}
		err = w.member(in, f.Name, w.unpacked(content, always(in.size)), int64(min(f.UncompressedSize, 1<<62)))
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// summed compares the checksum, which the library leaves to its users.
type summed struct {
	r    io.Reader
	sum  uint32
	want uint32
	left uint64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	err = sevenzipError(err)
	s.sum = crc32.Update(s.sum, crc32.IEEETable, p[:n])
	s.left -= min(s.left, uint64(n))
	switch {
	case err == io.EOF && s.left > 0:
		err = io.ErrUnexpectedEOF
	case err == io.EOF && s.sum != s.want:
		err = errors.New("the checksum is wrong")
	}
	return n, err
}

// sevenzipError finds out whether err comes from the lack of a password: without one the library unpacks garbage.
func sevenzipError(err error) error {
	if e, ok := errors.AsType[*sevenzip.ReadError](err); ok && e.Encrypted {
		return errEncrypted
	}
	return err
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
