// Package tree holds the files of a package before any package format: what is
// where on the target machine, with which mode and owner, and where its bytes
// come from. It knows nothing of Python, .deb or .rpm.
package tree

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Kind says what an Entry is.
type Kind string

// The kinds of entries.
const (
	File    Kind = "file"    // a regular file
	Dir     Kind = "dir"     // a directory that the package owns
	Symlink Kind = "symlink" // a symbolic link
)

// Entry is one path of a package.
type Entry struct {
	Path   string      `json:"path"`             // absolute and clean, on the target machine
	Kind   Kind        `json:"kind"`             //
	Mode   fs.FileMode `json:"mode"`             // permission bits; unused for symlinks
	Owner  string      `json:"owner,omitempty"`  // a user's name; "" is root
	Group  string      `json:"group,omitempty"`  // a group's name; "" is root
	Source string      `json:"source,omitempty"` // the file on this machine that holds the bytes, or
	Data   []byte      `json:"-"`                // the bytes themselves, when pinpack wrote them
	Link   string      `json:"link,omitempty"`   // a symlink's target
	Size   int64       `json:"size,omitempty"`   // bytes of a regular file
	Only   string      `json:"only,omitempty"`   // the one package format that has it; "" is every format
	Config bool        `json:"config,omitempty"` // an administrator may change it: a conffile, %config(noreplace)

	License bool `json:"license,omitempty"` // the text of a licence: %license
}

// Open returns the bytes of a regular file.
func (e Entry) Open() (io.ReadCloser, error) {
	if e.Source == "" {
		return io.NopCloser(strings.NewReader(string(e.Data))), nil
	}
	return os.Open(e.Source)
}

// Tree is the entries of one package, sorted by path, each path once.
type Tree []Entry

// Text is a regular file of mode 0644 that pinpack itself wrote.
func Text(name, content string) Entry {
	return Entry{Path: name, Kind: File, Mode: 0o644, Data: []byte(content), Size: int64(len(content))}
}

// For is what one package format has of the tree.
func (t Tree) For(format string) Tree {
	var list Tree
	for _, e := range t {
		if e.Only == "" || e.Only == format {
			list = append(list, e)
		}
	}
	return list
}

// Join sorts the entries of several lists into one tree. The same path twice is
// an error, unless both are a directory of the same mode and owner, or each is for
// another format; so is a path below a file or link. Every such clash is reported.
func Join(lists ...[]Entry) (Tree, error) {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Only, b.Only)) })
	var t Tree
	var clashes []string
	for _, e := range all {
		if n := len(t); n > 0 && t[n-1].Path == e.Path {
			last := t[n-1]
			if e.Only != last.Only && e.Only != "" && last.Only != "" {
				t = append(t, e)
				continue
			}
			if e.Kind != Dir || last.Kind != Dir || e.Mode != last.Mode || e.Owner != last.Owner || e.Group != last.Group {
				clashes = append(clashes, fmt.Sprintf("%s (a %s and a %s)", e.Path, last.Kind, e.Kind))
			}
			continue
		}
		t = append(t, e)
	}
	kinds := make(map[string]Kind, len(t))
	for _, e := range t {
		kinds[e.Path] = e.Kind
	}
	for _, e := range t {
		for dir := path.Dir(e.Path); len(dir) > 1; dir = path.Dir(dir) {
			if k, ok := kinds[dir]; ok && k != Dir {
				clashes = append(clashes, fmt.Sprintf("%s (below the %s %s)", e.Path, k, dir))
			}
		}
	}
	if clashes != nil {
		return nil, fmt.Errorf("join files: two sources for the same path: %s", strings.Join(clashes, ", "))
	}
	return t, nil
}

// FromDir lists what is in the directory dir, which may be named by a link, as it
// will be at the path at on the target machine, dir itself included. Modes are normalised, whatever the
// umask was: 0755 for directories and for files that anyone may execute, 0644
// for all others. Files which are neither regular, directory nor symlink are
// an error: a package cannot carry them.
func FromDir(dir, at string) ([]Entry, error) {
	var list []Entry
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		e, err := fromFile(name, d)
		if err != nil {
			return err
		}
		e.Path = path.Join(at, filepath.ToSlash(rel))
		list = append(list, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return list, nil
}

// FromFile is the entry for one file on this machine, to be at the path at.
// A symbolic link is followed.
func FromFile(name, at string) (Entry, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Entry{}, err
	}
	e, err := fromFile(name, fs.FileInfoToDirEntry(info))
	e.Path = at
	return e, err
}

func fromFile(name string, d fs.DirEntry) (Entry, error) {
	info, err := d.Info()
	if err != nil {
		return Entry{}, err
	}
	switch {
	case d.IsDir():
		return Entry{Kind: Dir, Mode: 0o755}, nil
	case d.Type() == fs.ModeSymlink:
		link, err := os.Readlink(name)
		return Entry{Kind: Symlink, Mode: 0o777, Link: link}, err
	case d.Type().IsRegular():
		mode := fs.FileMode(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		return Entry{Kind: File, Mode: mode, Source: name, Size: info.Size()}, nil
	}
	return Entry{}, fmt.Errorf("list %q: a %s cannot be packaged: want a file, directory or symlink", name, d.Type())
}

// Size adds up the bytes of all regular files. What differs between formats counts
// once.
func (t Tree) Size() int64 {
	var n int64
	for i, e := range t {
		if i == 0 || t[i-1].Path != e.Path {
			n += e.Size
		}
	}
	return n
}

// Paths counts the paths; one that differs between formats is one.
func (t Tree) Paths() int {
	n := 0
	for i, e := range t {
		if i == 0 || t[i-1].Path != e.Path {
			n++
		}
	}
	return n
}
