package plan

import (
	"os"
	"strings"
	"syscall"
)

// MarkerOf is the file beside a prefix that says: what is there was put there
// by a build, which holds a lock on this file (flock(2)) while it runs.
func MarkerOf(prefix string) string {
	i := strings.LastIndexByte(prefix, '/')
	return prefix[:i+1] + "." + prefix[i+1:] + ".pinpack-build"
}

// build is what a marker tells of a prefix.
type build int

const (
	none      build = iota // no build put anything there
	abandoned              // one did, and was killed
	running                // one does
)

func buildAt(prefix string) build {
	f, err := os.Open(MarkerOf(prefix))
	if err != nil {
		return none
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil {
		return running
	}
	return abandoned
}
