//go:build linux && !stanch_generic && !stanch_os

package files

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// folder is an open folder.
type folder struct{ fd int }

func newFolder(fd int, _ string, _ []byte) folder { return folder{fd} }

func (f folder) close() { unix.Close(f.fd) }

// noOpenat2 remembers that the system has no openat2, which came with Linux 5.6, or
// does not let us use it.
var noOpenat2 atomic.Bool

// openFolder opens the folder path below the folder at without following any
// symbolic link on the way.
func openFolder(at int, path string) (int, error) {
	how := unix.OpenHow{Flags: folderFlags | unix.O_NOFOLLOW, Resolve: unix.RESOLVE_NO_SYMLINKS}
	for !noOpenat2.Load() {
		switch fd, err := unix.Openat2(at, path, &how); err {
		case unix.EINTR:
		case unix.ENOSYS, unix.EPERM:
			noOpenat2.Store(true)
		default:
			return fd, err
		}
	}
	return openSteps(at, path)
}

// open opens a file of f. name ends in a zero byte. This is unix.Openat without the
// copy of the name.
func (h *handle) open(f folder, name []byte) error {
	const flags = fileFlags | unix.O_NOFOLLOW | unix.O_LARGEFILE
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(f.fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(name))), flags, 0, 0, 0)
		switch errno {
		case 0:
			h.fd = int(fd)
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// lister lists folders with getdents64, whose answer tells the kind of each entry: no
// look-up for each of them, and no allocation.
type lister struct{ buf []byte }

func (l *lister) reset(folder) {
	if l.buf == nil {
		l.buf = make([]byte, 32<<10)
	}
}

// next calls visit for some of the entries of f and reports whether there may be
// more. The name is valid during the call.
func (l *lister) next(f folder, visit func(name []byte, k kind)) (more bool, err error) {
	n, err := unix.Getdents(f.fd, l.buf)
	for err == unix.EINTR {
		n, err = unix.Getdents(f.fd, l.buf)
	}
	if err != nil || n <= 0 {
		return false, err
	}
	// struct linux_dirent64 of getdents64(2): inode and offset of 8 bytes each, length
	// of the record in 2, type in 1, name.
	for b := l.buf[:n]; len(b) > 19; {
		length := binary.NativeEndian.Uint16(b[16:])
		name := b[19:length]
		name = name[:bytes.IndexByte(name, 0)]
		if string(name) != "." && string(name) != ".." {
			visit(name, kindOfEntry(f, b[18], name))
		}
		b = b[length:]
	}
	return true, nil
}

// kindOfEntry translates the type of an entry, and looks it up where the file system
// does not tell.
func kindOfEntry(f folder, t byte, name []byte) kind {
	switch t {
	case unix.DT_REG:
		return kindFile
	case unix.DT_DIR:
		return kindFolder
	case unix.DT_LNK:
		return kindLink
	case unix.DT_FIFO:
		return kindFIFO
	case unix.DT_SOCK:
		return kindSocket
	case unix.DT_BLK:
		return kindBlock
	case unix.DT_CHR:
		return kindChar
	}
	var info unix.Stat_t
	switch unix.Fstatat(f.fd, string(name), &info, unix.AT_SYMLINK_NOFOLLOW) {
	case nil:
		return kindOfMode(info.Mode)
	case unix.ENOENT:
		return kindGone
	}
	return kindFile // opening it will tell what is wrong
}
