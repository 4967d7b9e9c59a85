package liverun

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is how much a command can write before it has to wait, in bytes; what any user may
// ask for (/proc/sys/fs/pipe-max-size). The usual 64 KiB make a busy command and this
// process wait for each other.
const pipeSize = 1 << 20

// widen makes room in a pipe. One that stays as it is serves as well.
func widen(f *os.File) { _, _ = unix.FcntlInt(f.Fd(), unix.F_SETPIPE_SZ, pipeSize) }
