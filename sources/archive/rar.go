package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/nwaples/rardecode/v2"
)

func openRar(w *walk, in *input) error {
	ahead, release := buffered(in.stream)
	defer release()
	raw := &counter{r: ahead}
	r, err := newRar(raw)
	if err != nil {
		return rarError(&notOpened{err})
	}
	for {
		h, err := nextRar(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return rarError(err)
		}
		switch {
		case h.IsDir:
			continue
		case h.Encrypted:
			if err := w.missed(in, h.Name, errEncrypted); err != nil {
				return err
			}
			continue
		}
		size := h.UnPackedSize
		if h.UnKnownSize {
			size = unknown
		}
		// Of solid archives what went in before counts too: members are compressed as one.
		if err := w.member(in, h.Name, w.unpacked(rarMember{r}, raw.count), size); err != nil {
			return err
		}
	}
}

func newRar(src io.Reader) (r *rardecode.Reader, err error) {
	defer caught(&err)
	return rardecode.NewReader(src, rardecode.MaxDictionarySize(maxWindow))
}

func nextRar(r *rardecode.Reader) (h *rardecode.FileHeader, err error) {
	defer caught(&err)
	return r.Next()
}

// rarMember is the member at hand.
type rarMember struct{ r *rardecode.Reader }

func (m rarMember) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	return n, rarError(err)
}

// rarError puts the library's errors into the words of this package.
func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return errEncrypted
	case errors.Is(err, rardecode.ErrMultiVolume):
		return fmt.Errorf("%w: it goes on in the next volume; unpack the set to scan it", errUnsupported)
	}
	return err
}
