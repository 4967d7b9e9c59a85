package files

import "io/fs"

// kind is what an entry of a folder is.
type kind uint8

const (
	kindFile kind = iota
	kindFolder
	kindLink
	kindFIFO
	kindSocket
	kindBlock
	kindChar
	kindOther
	kindGone
)

// String says why it is not read.
func (k kind) String() string {
	switch k {
	case kindFile:
		return "file"
	case kindFolder:
		return "folder"
	case kindLink:
		return "symbolic link, not followed"
	case kindFIFO:
		return "FIFO"
	case kindSocket:
		return "socket"
	case kindBlock:
		return "block device"
	case kindChar:
		return "character device"
	}
	return "neither file nor folder"
}

func kindOf(m fs.FileMode) kind {
	switch {
	case m.IsRegular():
		return kindFile
	case m.IsDir():
		return kindFolder
	case m&fs.ModeSymlink != 0:
		return kindLink
	case m&fs.ModeNamedPipe != 0:
		return kindFIFO
	case m&fs.ModeSocket != 0:
		return kindSocket
	case m&fs.ModeCharDevice != 0:
		return kindChar
	case m&fs.ModeDevice != 0:
		return kindBlock
	}
	return kindOther
}
