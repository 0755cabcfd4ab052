package venv

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// leftOut are folders that hold results, never sources.
var leftOut = []string{"__pycache__", "node_modules", ".venv", ".tox", ".nox", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".eggs"}

// copySource copies a project's tree without what earlier work left in it: the
// results' directory out, caches, virtualenvs. Symbolic links stay what they
// are. The history in .git is linked, not copied, for backends that read it.
func copySource(from, to, out string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.Name() == ".git" && name != from:
			if d.IsDir() {
				return skipDir(os.Symlink(name, target))
			}
			return copyFile(name, target, 0o644)
		case d.IsDir():
			if name != from && (name == out || slices.Contains(leftOut, d.Name()) || isVirtualenv(name)) {
				return filepath.SkipDir
			}
			return os.MkdirAll(target, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			return copyFile(name, target, info.Mode().Perm())
		}
		return nil // sockets and the like are no sources
	})
}

func skipDir(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

func isVirtualenv(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "pyvenv.cfg"))
	return err == nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
