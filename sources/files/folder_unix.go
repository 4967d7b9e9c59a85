//go:build unix && !stanch_os

package files

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Folders and files are opened relative to an open folder, never by a path that goes
// through another: so a folder that someone replaces by a symbolic link while the
// scan runs leads nowhere, a path may be longer than the system takes at once, and
// the kernel has little to look up. The system calls are made without os.File, which
// would add several for its poller to the four that a file needs.

const (
	folderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
	// O_NONBLOCK lets no FIFO hold up the opening that was put in a file's place.
	fileFlags = unix.O_RDONLY | nonblock | unix.O_NOCTTY | unix.O_CLOEXEC
	nonblock  = unix.O_NONBLOCK
)

// base is an open folder that is a target. The zero base is closed.
type base struct {
	fd     int
	path   string
	isOpen bool
}

func openBase(path string) (base, error) {
	fd, err := openat(unix.AT_FDCWD, path, folderFlags)
	if err != nil {
		return base{}, err
	}
	return base{fd: fd, path: path, isOpen: true}, nil
}

func (b *base) close() {
	if b.isOpen {
		unix.Close(b.fd)
		b.isOpen = false
	}
}

// maxPath is less than the longest path that a system takes at once: 1024 bytes on
// darwin, 4096 on linux, the zero byte included.
const maxPath = 1000

// open opens the folder at rel below b, each of whose names ends in a slash. It
// follows no symbolic link.
func (b *base) open(rel []byte) (folder, error) {
	at := b.fd
	for rest := strings.TrimSuffix(string(rel), "/"); ; {
		piece := rest
		if len(piece) > maxPath {
			piece = piece[:maxPath]
			if i := strings.LastIndexByte(piece, '/'); i >= 0 {
				piece = piece[:i]
			}
		}
		rest = strings.TrimPrefix(rest[len(piece):], "/")
		if piece == "" {
			piece = "."
		}
		fd, err := openFolder(at, piece)
		if at != b.fd {
			unix.Close(at)
		}
		if err != nil {
			return folder{}, err
		}
		if rest == "" {
			return newFolder(fd, b.path, rel), nil
		}
		at = fd
	}
}

// openSteps opens the folder path below the folder at, one name after the other.
func openSteps(at int, path string) (int, error) {
	above := -1
	for {
		name, rest, more := strings.Cut(path, "/")
		fd, err := openat(at, name, folderFlags|unix.O_NOFOLLOW)
		if above >= 0 {
			unix.Close(above)
		}
		if err != nil || !more {
			return fd, err
		}
		at, above, path = fd, fd, rest
	}
}

func openat(at int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(at, path, flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// handle is an open file.
type handle struct {
	fd   int
	info unix.Stat_t
}

func (h *handle) openTarget(path string) (err error) {
	h.fd, err = openat(unix.AT_FDCWD, path, fileFlags)
	return err
}

func (h *handle) stat() (size int64, k kind, err error) {
	if err := unix.Fstat(h.fd, &h.info); err != nil {
		return 0, kindOther, fmt.Errorf("cannot look it up: %w", err)
	}
	return h.info.Size, kindOfMode(uint32(h.info.Mode)), nil
}

func (h *handle) read(p []byte) (int, error) {
	for {
		n, err := unix.Read(h.fd, p)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

func (h *handle) readAt(p []byte, off int64) (int, error) {
	for {
		n, err := unix.Pread(h.fd, p, off)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

func (h *handle) close() { unix.Close(h.fd) }

func kindOfMode(mode uint32) kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return kindFile
	case unix.S_IFDIR:
		return kindFolder
	case unix.S_IFLNK:
		return kindLink
	case unix.S_IFIFO:
		return kindFIFO
	case unix.S_IFSOCK:
		return kindSocket
	case unix.S_IFBLK:
		return kindBlock
	case unix.S_IFCHR:
		return kindChar
	}
	return kindOther
}

// isLink reports whether opening failed because it is a symbolic link.
func isLink(err error) bool { return errors.Is(err, unix.ELOOP) }

// isSocket reports whether opening failed because it is a socket.
func isSocket(err error) bool { return errors.Is(err, unix.ENXIO) || errors.Is(err, unix.EOPNOTSUPP) }
