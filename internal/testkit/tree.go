package testkit

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TreeDump describes everything below dir, so that a test compares a whole tree
// with one map and a wrong mode shows as a one-line difference:
//
//	"/etc/app.conf": "file 0640 cc55e2ec"
//	"/usr/bin":      "dir 0755"
//	"/usr/bin/app":  "symlink ../../opt/app/bin/app"
//
// Paths begin with a slash and are relative to dir, which itself is left out. A
// file shows its permissions (with the set-user-id, set-group-id and sticky
// bits) and the first eight digits of its SHA-256, or "empty". Links are not
// followed. A tree that cannot be read ends the test.
func TreeDump(t testing.TB, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		tree["/"+filepath.ToSlash(name)], err = dumpPath(path, d)
		return err
	})
	if err != nil {
		t.Fatalf("dump tree %q: %v", dir, err)
	}
	return tree
}

// FormatTree writes a tree one path a line, sorted: what a golden file holds and
// a failing test prints.
func FormatTree(tree map[string]string) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(&b, "%s %s\n", path, tree[path])
	}
	return b.String()
}

func dumpPath(path string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	e := entry{kind: kindOf(info.Mode()), mode: unixMode(info.Mode())}
	switch e.kind {
	case "file":
		e.body, err = os.ReadFile(path)
	case "symlink":
		e.link, err = os.Readlink(path)
	}
	return e.String(), err
}
