package interpreter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// trimmed lists what no server needs of a standard library, as globs below it:
// tests, what draws windows, what translates from Python 2, what installs, what
// links programs with the interpreter.
var trimmed = []string{
	"test", "*/test", "*/tests",
	"lib-dynload/_test*.so", "lib-dynload/_ctypes_test*.so", "lib-dynload/_xxtest*.so", "lib-dynload/xx*.so",
	"idlelib", "tkinter", "turtledemo", "turtle.py", "lib-dynload/_tkinter*.so",
	"lib2to3", "pydoc_data",
	"ensurepip", "site-packages", "dist-packages", "EXTERNALLY-MANAGED", "*/command/*.exe",
	"config-*", "*.a", "*/*.a",
	"lib-dynload/nis*.so", // Sun's directory service: six libraries for what nobody runs
}

// skip tells whether a file of a standard library is left out.
func skip(name string) bool {
	if path.Base(name) == "__pycache__" {
		return true
	}
	for _, glob := range trimmed {
		if ok, err := path.Match(glob, name); ok && err == nil {
			return true
		}
	}
	return false
}

// copyLibrary copies a standard library without what is trimmed, and returns
// the size that all of it has. Links become what they name.
func copyLibrary(from, to string) (size int64, err error) {
	err = filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if !skip(rel) {
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			}
			n, err := sizeOf(name)
			size += n
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		size += info.Size()
		if skip(rel) {
			return nil
		}
		return copyFile(name, filepath.Join(to, rel))
	})
	return size, err
}

// sizeOf adds up the files of a directory.
func sizeOf(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// copyFile copies a regular file with the mode that it will have when it is
// installed: whatever it was, anyone may read it.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("copy %q: a %s: want a file", from, info.Mode().Type())
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o111 != 0 && !strings.HasSuffix(to, ".py") {
		mode = 0o755
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}
