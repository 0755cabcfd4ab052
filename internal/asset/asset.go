// Package asset is a folder of static files as the asset tools work on it. All
// reading and writing is confined to the folder, whatever links are in it; a
// file is replaced as a whole or not at all; and nothing is ever written
// through a link, so that other names of the same file keep their content.
package asset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// File is a regular file of the folder, or a link to one of the folder.
type File struct {
	Name    string      // relative to the folder, with slashes
	Size    int64       // bytes
	ModTime time.Time   //
	Mode    fs.FileMode // permission bits
	Link    bool        // a symbolic link, whose target is of the folder too

	uid, gid int
}

// Dir is an open folder. Only one process at a time has it open.
type Dir struct {
	Path    string // as it was given
	Files   []File // sorted by name
	root    *os.Root
	lock    *os.File
	skipped []Skip
}

// Skip is what is no file of the folder, and why.
type Skip struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// SkippedFiles are links out of the folder, pipes and the like.
func (d *Dir) SkippedFiles() []Skip { return append([]Skip{}, d.skipped...) }

// versioning are directories that no server should serve.
var versioning = map[string]bool{".git": true, ".hg": true, ".svn": true}

// Open lists the folder. Temporary files that a killed run left are removed.
// Links to files of the folder are listed like files; links to directories are
// not descended, as what they lead to is listed where it is; links out of the
// folder, links to nothing, and what is neither file nor directory are skipped.
func Open(dir string) (*Dir, error) {
	d, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder %q: %w", dir, err)
	}
	if err := d.list("."); err != nil {
		d.Close()
		return nil, fmt.Errorf("list folder %q: %w", dir, err)
	}
	slices.SortFunc(d.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

func open(dir string) (*Dir, error) {
	lock, err := os.Open(dir)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	info, err := lock.Stat()
	if err == nil && !info.IsDir() {
		err = errors.New("want a directory")
	}
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errors.New("another pinpack works on it")
		}
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &Dir{Path: dir, root: root, lock: lock}, nil
}

// Close lets others open the folder. A program that is just being started may
// still hold what is merely closed.
func (d *Dir) Close() error {
	return errors.Join(d.root.Close(), syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN), d.lock.Close())
}

func (d *Dir) list(at string) error {
	f, err := d.root.Open(at)
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(-1)
	f.Close()
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(at, e.Name())
		switch {
		case e.IsDir() && versioning[e.Name()]:
		case e.IsDir():
			err = d.list(name)
		case isTemp(e.Name()) && e.Type().IsRegular():
			err = d.root.Remove(name)
		default:
			err = d.add(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add lists a file, or says why it is skipped.
func (d *Dir) add(name string) error {
	own, err := d.root.Lstat(name)
	if err != nil {
		return err
	}
	link := own.Mode().Type() == fs.ModeSymlink
	info := own
	if link {
		if info, err = d.root.Stat(name); err != nil {
			d.skipped = append(d.skipped, Skip{name, "it links to nothing of the folder"})
			return nil
		}
	}
	switch {
	case info.IsDir(): // what is in it is listed under its own name
	case !info.Mode().IsRegular():
		d.skipped = append(d.skipped, Skip{name, "it is no regular file"})
	default:
		f := File{Name: name, Size: info.Size(), ModTime: info.ModTime(), Mode: info.Mode().Perm(), Link: link}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			f.uid, f.gid = int(s.Uid), int(s.Gid)
		}
		d.Files = append(d.Files, f)
	}
	return nil
}

// Find returns the listed file of that name.
func (d *Dir) Find(name string) (File, bool) {
	i, ok := slices.BinarySearchFunc(d.Files, name, func(f File, name string) int { return strings.Compare(f.Name, name) })
	if !ok {
		return File{}, false
	}
	return d.Files[i], true
}

// variants are the endings of compressed files that servers look for beside a
// file: gzip_static, brotli_static and zstd_static of nginx, and WhiteNoise.
var variants = []string{".gz", ".br", ".zst"}

// Variants are the names that compressed variants of a file have.
func Variants(name string) []string {
	list := make([]string, len(variants))
	for i, ext := range variants {
		list[i] = name + ext
	}
	return list
}

// IsVariant tells whether a file is the compressed variant of another one that
// is listed.
func (d *Dir) IsVariant(name string) bool {
	for _, ext := range variants {
		if of, ok := strings.CutSuffix(name, ext); ok {
			_, found := d.Find(of)
			return found
		}
	}
	return false
}

// Real returns the listed file, or the directory, to which a name leads by way
// of links to directories of the folder.
func (d *Dir) Real(name string) (real string, dir, ok bool) {
	if _, found := d.Find(name); found {
		return name, false, true
	}
	info, err := d.root.Stat(name)
	if err != nil {
		return "", false, false
	}
	if info.IsDir() {
		return name, true, true
	}
	for i := range 40 { // as many as a kernel follows
		at, rest, linked := d.firstLink(name)
		if !linked || i == 39 {
			break
		}
		target, err := d.root.Readlink(at)
		if err != nil || path.IsAbs(target) {
			return "", false, false
		}
		name = path.Join(path.Dir(at), target, rest)
		if _, found := d.Find(name); found {
			return name, false, true
		}
	}
	return "", false, false
}

// firstLink splits a name after the first part that is a link.
func (d *Dir) firstLink(name string) (at, rest string, ok bool) {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if info, err := d.root.Lstat(name[:i]); err == nil && info.Mode().Type() == fs.ModeSymlink {
			return name[:i], strings.TrimPrefix(name[i:], "/"), true
		}
	}
	return "", "", false
}
