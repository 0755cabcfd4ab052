package venv

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pinpack/pinpack/internal/tree"
)

// leftOut are folders that hold results, never sources.
var leftOut = []string{"__pycache__", "node_modules", ".venv", ".tox", ".nox", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".eggs"}

// copySource copies a project's tree without what earlier work left in it: the
// results' directory out, caches, virtualenvs. The history in .git is linked,
// not copied, for backends that read it.
func copySource(from, to, out string) error {
	return tree.Copy(from, to, func(rel string, d fs.DirEntry) tree.Choice {
		name := filepath.Join(from, rel)
		switch {
		case d.Name() == ".git" && d.IsDir():
			return tree.LinkTo
		case d.IsDir() && (name == out || slices.Contains(leftOut, d.Name()) || isVirtualenv(name)):
			return tree.Leave
		}
		return tree.Take
	})
}

func isVirtualenv(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "pyvenv.cfg"))
	return err == nil
}
