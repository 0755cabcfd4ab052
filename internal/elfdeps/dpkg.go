package elfdeps

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// dpkg reads the symbols and shlibs files of the packages that are installed.
//
// See deb-symbols(5) and deb-shlibs(5).
type dpkg struct {
	root    fs.FS
	machine machine
	native  bool                // the system is of that architecture itself
	files   map[string][]string // soname → symbols files, then shlibs files
}

// infoDir holds PACKAGE.symbols, or PACKAGE:ARCHITECTURE.symbols, and so on.
const infoDir = "var/lib/dpkg/info"

// openDpkg indexes the data of the system at root. One without dpkg has none.
func openDpkg(root fs.FS, m machine, native bool) (*dpkg, error) {
	d := &dpkg{root, m, native, map[string][]string{}}
	entries, err := fs.ReadDir(root, infoDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read dpkg's data: %w", err)
	}
	for _, suffix := range []string{".symbols", ".shlibs"} {
		for _, e := range entries {
			pkg, ok := strings.CutSuffix(e.Name(), suffix)
			if !ok || !d.ours(pkg) {
				continue
			}
			text, err := d.read(e.Name())
			if err != nil {
				return nil, err
			}
			for _, soname := range sonamesOf(text, suffix) {
				d.files[soname] = append(d.files[soname], e.Name())
			}
		}
	}
	return d, nil
}

// ours tells whether a package is for the machine: its name says so, or it is
// one that exists for the system's own architecture only.
func (d *dpkg) ours(pkg string) bool {
	_, arch, ok := strings.Cut(pkg, ":")
	return ok && arch == d.machine.debian || !ok && d.native
}

func (d *dpkg) read(name string) (string, error) {
	text, err := fs.ReadFile(d.root, path.Join(infoDir, name))
	if err != nil {
		return "", fmt.Errorf("read dpkg's data: %w", err)
	}
	return string(text), nil
}

// find returns what the installed packages say of a soname; nil: nothing.
func (d *dpkg) find(soname string) (*library, error) {
	i := slices.IndexFunc(d.files[soname], func(file string) bool { return d.owns(file, soname) })
	if i < 0 {
		return nil, nil
	}
	name := d.files[soname][i]
	text, err := d.read(name)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".symbols") {
		return parseSymbols(text, soname), nil
	}
	return parseShlibs(text, soname), nil
}

// owns tells whether the package of a symbols or shlibs file has a library where
// the dynamic loader looks for it, or below, for alternatives such as libblas.so.3.
// Others have the same sonames: libraries for other architectures, as those of
// lib32stdc++6, and those that a package brings for itself.
func (d *dpkg) owns(file, soname string) bool {
	list, err := d.read(strings.TrimSuffix(file, path.Ext(file)) + ".list")
	if err != nil {
		return false
	}
	for name := range strings.Lines(list) {
		dir, base := path.Split(strings.TrimSpace(name))
		dir = strings.TrimPrefix(dir, "/usr")
		if base == soname && (dir == "/lib/" || dir == "/lib64/" || strings.HasPrefix(dir, "/lib/"+d.machine.multiarch+"/")) {
			return true
		}
	}
	return false
}
