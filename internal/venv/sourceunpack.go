package venv

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpackLimit bounds what a source distribution unpacks to, in bytes.
const unpackLimit = 4 << 30

// unpacker writes an archive's members below a directory that it cannot leave.
type unpacker struct {
	root *os.Root
	left int64
}

// unpack unpacks a source distribution, .tar.gz or .zip, into an empty directory,
// and returns the one folder in it that everything is in. Nothing is written
// outside: a member that leads there, also by a link, is an error. Files are 0644,
// or 0755 when somebody may execute them; devices and the like are errors.
func unpack(archive, dir string) (top string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	u := &unpacker{root, unpackLimit}
	if strings.HasSuffix(archive, ".zip") {
		err = u.zip(archive)
	} else {
		err = u.tar(archive)
	}
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) != 1 || !entries[0].IsDir() {
		return "", fmt.Errorf("it has %d entries at its top: want one folder", len(entries))
	}
	return entries[0].Name(), nil
}

func (u *unpacker) tar(archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for t := tar.NewReader(plain); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeXGlobalHeader:
		case tar.TypeDir:
			err = u.root.MkdirAll(name, 0o755)
		case tar.TypeReg:
			// Makefiles compare times.
			if err = u.file(name, t, h.FileInfo().Mode()); err == nil {
				err = u.root.Chtimes(name, h.ModTime, h.ModTime)
			}
		case tar.TypeSymlink:
			err = u.link(name, h.Linkname)
		case tar.TypeLink:
			err = u.same(name, path.Clean(h.Linkname))
		default:
			err = fmt.Errorf("it is of type %q: want files, folders and links", h.Typeflag)
		}
		if err != nil {
			return fmt.Errorf("member %q: %w", h.Name, err)
		}
	}
}

func (u *unpacker) zip(archive string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, m := range z.File {
		name := path.Clean(m.Name)
		switch mode := m.Mode(); {
		case mode.IsDir():
			err = u.root.MkdirAll(name, 0o755)
		case mode.IsRegular():
			var in io.ReadCloser
			if in, err = m.Open(); err == nil {
				err = u.file(name, in, mode)
				in.Close()
			}
		default:
			err = fmt.Errorf("it is %s: want files and folders", mode)
		}
		if err != nil {
			return fmt.Errorf("member %q: %w", m.Name, err)
		}
	}
	return nil
}

// file writes one file. Like tar, it takes the place of one that is there.
func (u *unpacker) file(name string, in io.Reader, mode fs.FileMode) error {
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := u.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	out, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	defer out.Close()
	n, err := io.Copy(out, io.LimitReader(in, u.left+1))
	if u.left -= n; u.left < 0 {
		return fmt.Errorf("the archive unpacks to more than %d bytes", int64(unpackLimit))
	}
	if err == nil {
		err = out.Chmod(perm)
	}
	return errors.Join(err, out.Close())
}

// link makes a symbolic link that stays in the tree.
func (u *unpacker) link(name, to string) error {
	if filepath.IsAbs(to) || !filepath.IsLocal(path.Join(path.Dir(name), to)) {
		return fmt.Errorf("it is a link to %q: want one within the archive", to)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return u.root.Symlink(to, name)
}

// same makes a copy of an earlier member, for a hard link.
func (u *unpacker) same(name, earlier string) error {
	in, err := u.root.Open(earlier)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("it is a link to %q: want a file", earlier))
	}
	return u.file(name, in, info.Mode())
}
