package interpreter

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// Library is a shared library that a bundle takes along. It has a name of its
// own there: the system's library of the same soname may come into the same
// process, with a database's client for example, and is not to be taken for it.
type Library struct {
	Name    string // in the bundle's lib: "pinssl.so.3"
	Soname  string // "libssl.so.3"
	Source  string // /usr/lib/x86_64-linux-gnu/libssl.so.3
	Package string // of Debian that it comes from, "libssl3"; "" when none is known
	Version string // of that package
}

// rename is the library's name in a bundle. It is as long as the soname, so that
// it fits in the soname's place.
func rename(soname string) string {
	rest, ok := strings.CutPrefix(soname, "lib")
	if !ok || strings.HasPrefix(rest, "python") {
		return soname
	}
	return "pin" + rest
}

// takeAlong copies the shared libraries that the native files need and that
// glibc does not bring. Extension modules that want for one on this machine,
// too, are removed.
func (c *bundling) takeAlong(ctx context.Context) error {
	found, err := c.resolve(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]string{} // by soname
	for _, name := range slices.Sorted(maps.Keys(c.sources)) {
		libs := found[c.sources[name]]
		for _, soname := range slices.Sorted(maps.Keys(libs)) {
			if libs[soname] != "" {
				continue
			}
			if !strings.Contains(name, "/lib-dynload/") {
				return fmt.Errorf("%q needs %s, which is not on this machine", name, soname)
			}
			c.removed = append(c.removed, fmt.Sprintf("%s: needs %s, which is not on this machine", filepath.Base(name), soname))
			delete(c.sources, name)
			if err := os.Remove(filepath.Join(c.to, name)); err != nil {
				return err
			}
			libs = nil
			break
		}
		maps.Copy(wanted, libs)
	}
	for _, soname := range slices.Sorted(maps.Keys(wanted)) {
		if err := c.take(soname, wanted[soname]); err != nil {
			return err
		}
	}
	return c.findOwners(ctx)
}

// take copies one library.
func (c *bundling) take(soname, path string) error {
	name := filepath.Join("lib", rename(soname))
	if err := copyFile(path, filepath.Join(c.to, name)); err != nil {
		return err
	}
	if strings.HasPrefix(soname, "libpython") {
		size, err := fileSize(path)
		c.before += size
		c.sources[name] = path
		return err
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	c.libraries = append(c.libraries, Library{Name: filepath.Base(name), Soname: soname, Source: real})
	return nil
}

// resolve asks the loader, by ldd(1), which libraries the originals of the
// native files get on this machine: paths by soname, by file; "" for a library
// that is not there.
func (c *bundling) resolve(ctx context.Context) (map[string]map[string]string, error) {
	files := slices.Sorted(maps.Values(c.sources))
	shared, err := sharedPath(c.sources[c.exe])
	if err != nil {
		return nil, err
	}
	out, err := c.run.Output(ctx, command.Program{
		Name: "ldd", Args: append([]string{"/bin/sh"}, files...), // with one file it would not print its name
		Env: []string{"LD_LIBRARY_PATH=" + shared},
	})
	if err != nil {
		return nil, fmt.Errorf("find shared libraries: %w", err)
	}
	found := map[string]map[string]string{}
	var libs map[string]string
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if file, ok := strings.CutSuffix(line, ":"); ok && !strings.HasPrefix(line, "\t") {
			libs = map[string]string{}
			found[file] = libs
			continue
		}
		soname, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok || libs == nil || cLibrary.MatchString(soname) {
			continue // the loader itself, the kernel's, or static
		}
		path, _, _ = strings.Cut(path, " (")
		if path == "not found" {
			path = ""
		}
		libs[soname] = path
	}
	return found, nil
}

// sharedPath is where the loader looks for what is loaded into a program, besides
// the run path of what is loaded: the program's DT_RPATH.
func sharedPath(exe string) (string, error) {
	data, err := os.ReadFile(exe)
	if err != nil {
		return "", err
	}
	o, err := readObject(data)
	if errors.Is(err, errStatic) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	if entries, _ := o.offsets(elf.DT_RUNPATH); entries != nil {
		return "", nil
	}
	path := strings.Join(o.runPath(), ":")
	return strings.NewReplacer("$ORIGIN", filepath.Dir(exe), "${ORIGIN}", filepath.Dir(exe)).Replace(path), nil
}

// findOwners says which Debian packages the libraries come from, where dpkg
// knows. A licence that comes with a package goes along with the library.
func (c *bundling) findOwners(ctx context.Context) error {
	if _, err := c.run.Find("dpkg-query"); err != nil || c.libraries == nil {
		return nil
	}
	var paths []string
	for _, l := range c.libraries {
		// /lib is a link to /usr/lib: packages name their files either way.
		paths = append(paths, l.Source, strings.TrimPrefix(l.Source, "/usr"))
	}
	owners, err := c.query(ctx, append([]string{"--search"}, paths...))
	if err != nil {
		return err
	}
	packages := map[string]string{} // by path
	for line := range strings.Lines(owners) {
		if name, path, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.Contains(name, " ") {
			packages[path] = name
		}
	}
	if len(packages) == 0 {
		return nil
	}
	shown, err := c.query(ctx, append([]string{"--show", "--showformat", `${binary:Package} ${Version}\n`}, slices.Sorted(maps.Values(packages))...))
	if err != nil {
		return err
	}
	versions := map[string]string{}
	for line := range strings.Lines(shown) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		versions[name] = version
	}
	for i := range c.libraries {
		l := &c.libraries[i]
		name := packages[l.Source] + packages[strings.TrimPrefix(l.Source, "/usr")]
		l.Version = versions[name]
		l.Package, _, _ = strings.Cut(name, ":")
		if err := c.copyLicense(l.Package); err != nil {
			return err
		}
	}
	return nil
}

// query runs dpkg-query, which fails when it does not know all that it is asked.
func (c *bundling) query(ctx context.Context, args []string) (string, error) {
	out, err := c.run.Output(ctx, command.Program{Name: "dpkg-query", Args: args})
	var failed *command.Error
	if errors.As(err, &failed) && failed.Status == 1 {
		err = nil
	}
	return out, err
}

// copyLicense copies what Debian requires of each package: a copyright file.
func (c *bundling) copyLicense(pkg string) error {
	to := filepath.Join(c.to, "licenses", pkg)
	if _, err := os.Stat(to); err == nil || pkg == "" {
		return nil
	}
	err := copyFile(filepath.Join("/usr/share/doc", pkg, "copyright"), to)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a system without documents
	}
	return err
}

// cLibrary are the libraries that glibc itself brings. libcrypt and libnsl are
// no longer among them.
var cLibrary = regexp.MustCompile(`^(ld-linux.*|ld64|lib(c|m|dl|pthread|rt|util|resolv|anl|mvec))\.so\.[0-9]+$`)
