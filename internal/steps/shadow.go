package steps

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/venv"
)

// shadows finds the files of a project's folder that are installed as modules, and
// would be imported in their place by whoever has that folder on sys.path. A folder
// is the source of a package where it has at least half of its modules; beside the
// root, src and lib, one of them must be the same, too.
func shadows(source string, installed []venv.Module) (map[string]bool, error) {
	packages := map[string][]venv.Module{}
	for _, m := range installed {
		top, _, _ := strings.Cut(m.Name, "/")
		if top != "tests" && top != "test" { // installed by mistake; they are what we run
			packages[top] = append(packages[top], m)
		}
	}
	left := map[string]bool{}
	err := filepath.WalkDir(source, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		modules := packages[d.Name()]
		if d.IsDir() && (name != source && strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if len(modules) == 0 {
			return nil
		}
		folder := filepath.Dir(name)
		rel, err := filepath.Rel(source, folder)
		if err != nil || strings.HasPrefix(rel, "..") {
			return err
		}
		there, same := compare(folder, modules)
		usual := rel == "." || rel == "src" || rel == "lib"
		if 2*len(there) < len(modules) || !usual && !same {
			return nil
		}
		for _, m := range there {
			left[filepath.Join(rel, filepath.FromSlash(m))] = true
		}
		return nil
	})
	return left, err
}

// compare lists the modules that are below a folder, and tells whether one that
// says something is the same.
func compare(folder string, modules []venv.Module) (there []string, same bool) {
	for _, m := range modules {
		info, err := os.Lstat(filepath.Join(folder, filepath.FromSlash(m.Name)))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		there = append(there, path.Clean(m.Name))
		if same || info.Size() == 0 {
			continue
		}
		ours, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(m.Name)))
		theirs, otherErr := os.ReadFile(m.File)
		same = err == nil && otherErr == nil && bytes.Equal(ours, theirs)
	}
	return there, same
}

// records lists what an editable installation leaves where modules are, by which Python
// would take another version for the one that is installed.
func records(source string) (list []string) {
	for _, dir := range []string{".", "src", "lib"} {
		entries, _ := os.ReadDir(filepath.Join(source, dir))
		for _, e := range entries {
			if e.IsDir() && (strings.HasSuffix(e.Name(), ".egg-info") || strings.HasSuffix(e.Name(), ".dist-info")) {
				list = append(list, filepath.Join(dir, e.Name()))
			}
		}
	}
	return list
}

// hollow lists folders with modules that are left out, of which nothing else stays but
// what type checkers read. coverage would take them for the source that is to be
// measured, where their name is that of the package.
func hollow(source string, left map[string]bool) (list []string) {
	for file := range left {
		dir := filepath.Dir(file)
		if base := filepath.Base(dir); base != "." && base != "src" && base != "lib" && !slices.Contains(list, dir) && !stays(source, dir, left) {
			list = append(list, dir)
		}
	}
	return list
}

// stays tells whether something in a folder is not left out.
func stays(source, dir string, left map[string]bool) bool {
	entries, err := os.ReadDir(filepath.Join(source, dir))
	return err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		name := filepath.Join(dir, e.Name())
		switch {
		case left[name] || e.Name() == "__pycache__" || e.Name() == "py.typed" || strings.HasSuffix(e.Name(), ".pyi"):
			return false
		}
		return !e.IsDir() || stays(source, name, left)
	})
}
