package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Owner gives what we make in a directory to whom the directory belongs: a
// container action runs as root, and on a runner of one's own the next
// checkout could not remove root's files.
type Owner struct {
	dir    string
	uid    int
	gid    int
	before map[string]bool // what was root's already
}

// Watch remembers what in a directory is root's already. Nil is a directory
// that belongs to root itself, or is not there: there is nothing to give.
func Watch(dir string) (*Owner, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(dir, &st); err != nil || st.Uid == 0 || os.Geteuid() != 0 {
		return nil, nil
	}
	o := &Owner{dir: dir, uid: int(st.Uid), gid: int(st.Gid), before: map[string]bool{}}
	return o, o.roots(func(name string) error { o.before[name] = true; return nil })
}

// GiveBack gives away what is root's now and was not before.
func (o *Owner) GiveBack() error {
	if o == nil {
		return nil
	}
	return o.roots(func(name string) error {
		if o.before[name] {
			return nil
		}
		return os.Lchown(name, o.uid, o.gid)
	})
}

// roots visits what belongs to root. What goes away meanwhile is passed over.
func (o *Owner) roots(visit func(name string) error) error {
	return filepath.WalkDir(o.dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == 0 {
			return visit(name)
		}
		return nil
	})
}
