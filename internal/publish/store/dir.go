package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// temporary is the directory in which files of a Dir are written before they
// get their names. It is there only while somebody writes.
const temporary = own + "-tmp"

// Dir is a store in a directory of this machine. Nothing is read or written
// through a symbolic link that leaves it.
type Dir struct{ path string }

// OpenDir makes a store of a directory, which need not be there: its nearest
// parent that is must let us write.
func OpenDir(name, workDir string) (*Dir, error) {
	if name == "" {
		return nil, errors.New("no path: want dir:PATH")
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(workDir, name)
	}
	return &Dir{filepath.Clean(name)}, nil
}

// String is dir:PATH.
func (d *Dir) String() string { return "dir:" + d.path }

// URL is a file: URL.
func (d *Dir) URL(name string) string {
	return (&url.URL{Scheme: "file", Path: path.Join(filepath.ToSlash(d.path), name)}).String()
}

// Check tries to write into the directory, or the nearest parent that is there.
func (d *Dir) Check(context.Context) error {
	for at := d.path; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%q is no directory", at)
		}
		// A file without a name, where there is such a thing, so that nothing stays if
		// we are killed.
		if fd, err := unix.Open(at, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600); err == nil {
			return unix.Close(fd)
		}
		probe, err := os.CreateTemp(at, own+"-*")
		if err != nil {
			return fmt.Errorf("write into %q: %w", at, errors.Unwrap(err))
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
}

// Read opens a file.
func (d *Dir) Read(_ context.Context, name string) (io.ReadCloser, Info, error) {
	if err := CheckName(name); err != nil {
		return nil, Info{}, err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, Info{}, err
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Info{}, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	} else if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("read %q: no regular file", name)
	}
	if err != nil {
		return nil, Info{}, errors.Join(err, f.Close())
	}
	return f, Info{name, info.Size()}, nil
}

// Write writes a temporary file and renames it.
func (d *Dir) Write(ctx context.Context, name string, c Content) error {
	return d.WriteTogether(ctx, []Named{{name, c}})
}

// WriteTogether writes all temporary files before it renames one.
func (d *Dir) WriteTogether(ctx context.Context, list []Named) (err error) {
	for _, f := range list {
		if err := CheckName(f.Name); err != nil {
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return err
	}
	defer root.Close()
	defer func() { _ = root.Remove(temporary) }() // if it is empty
	temps := make([]string, len(list))
	for i, f := range list {
		if temps[i], err = stage(ctx, root, f); err != nil {
			for _, t := range temps[:i] {
				err = errors.Join(err, root.Remove(t))
			}
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	for i, f := range list {
		if err := place(root, temps[i], f.Name); err != nil {
			for _, t := range temps[i:] {
				err = errors.Join(err, root.Remove(t))
			}
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	for _, f := range list {
		if err := syncDir(root, path.Dir(f.Name)); err != nil {
			return fmt.Errorf("write %q: %w", f.Name, err)
		}
	}
	return nil
}

// stage writes a temporary file and returns its name.
func stage(ctx context.Context, root *os.Root, c Named) (string, error) {
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	if err := root.MkdirAll(path.Dir(c.Name), 0o755); err != nil {
		return "", err
	}
	temp := temporary + "/" + rand.Text()
	// A writer that ends meanwhile takes the empty directory away.
	var f *os.File
	var err error
	for range 10 {
		if err = root.MkdirAll(temporary, 0o755); err != nil {
			continue
		}
		f, err = root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return "", err
	}
	if err := fill(ctx, f, c.Content); err != nil {
		return "", errors.Join(err, root.Remove(temp))
	}
	return temp, nil
}

// fill writes the content and closes the file.
func fill(ctx context.Context, f *os.File, c Content) error {
	in, err := c.Open()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), reader{ctx, in})
	switch sum := hex.EncodeToString(h.Sum(nil)); {
	case err != nil:
	case n != c.Size:
		err = fmt.Errorf("%d bytes: want %d", n, c.Size)
	case c.SHA256 != "" && sum != c.SHA256:
		err = fmt.Errorf("its digest is %s: want %s", sum, c.SHA256)
	default:
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	return errors.Join(err, in.Close(), f.Close())
}

// reader stops when the context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// place gives a file its name.
func place(root *os.Root, temp, name string) error {
	err := root.Rename(temp, name)
	if errors.Is(err, fs.ErrNotExist) { // its directory went with the last file in it
		if err = root.MkdirAll(path.Dir(name), 0o755); err == nil {
			err = root.Rename(temp, name)
		}
	}
	return err
}

// syncDir has the names in a directory stay.
func syncDir(root *os.Root, dir string) error {
	parent, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

// List walks the directory that the prefix is in.
func (d *Dir) List(ctx context.Context, prefix string) ([]Info, error) {
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer root.Close()
	start := "."
	if i := strings.LastIndexByte(prefix, '/'); i > 0 {
		start = prefix[:i]
	}
	if !fs.ValidPath(start) {
		return nil, fmt.Errorf("list %q: want a relative path, without . and ..", prefix)
	}
	var list []Info
	err = fs.WalkDir(root.FS(), start, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone since, or nothing has the prefix
		case err != nil:
			return err
		case context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case strings.HasPrefix(e.Name(), own):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() || !strings.HasPrefix(name, prefix):
			return nil
		}
		if info, err := root.Stat(name); err == nil && info.Mode().IsRegular() {
			list = append(list, Info{name, info.Size()})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}

// Remove also removes directories that are empty then.
func (d *Dir) Remove(_ context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := path.Dir(name); dir != "." && root.Remove(dir) == nil; {
		dir = path.Dir(dir)
	}
	return nil
}
