package testkit

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
)

// entry is one path of a tree or an archive, as it is stated there.
type entry struct {
	kind         string // file, dir, symlink, fifo, device, socket; ghost in an rpm
	mode         uint32 // permissions with the bits 07000
	body         []byte // of a file
	link         string // of a symlink, as written
	owner, group string // empty where nobody states them
	mtime        int64
}

// String renders e in TreeDump's notation; an owner other than root:root follows.
func (e entry) String() string {
	line := fmt.Sprintf("%s %04o", e.kind, e.mode)
	switch e.kind {
	case "symlink":
		line = "symlink " + e.link
	case "file":
		line += " " + shortDigest(e.body)
	}
	if owner := e.owner + ":" + e.group; owner != ":" && owner != "root:root" {
		line += " " + owner
	}
	return line
}

func shortDigest(body []byte) string {
	if len(body) == 0 {
		return "empty"
	}
	return fmt.Sprintf("%.4x", sha256.Sum256(body))
}

func kindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "file"
	case fs.ModeDir:
		return "dir"
	case fs.ModeSymlink:
		return "symlink"
	case fs.ModeNamedPipe:
		return "fifo"
	case fs.ModeSocket:
		return "socket"
	}
	return "device"
}

func unixMode(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= 0o4000
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}
