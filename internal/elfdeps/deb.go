package elfdeps

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// System is the system that a package is built on, and for.
type System struct {
	Release string // "debian:12": ID and VERSION_ID of os-release(5)
	Arch    string // its own architecture, as Go's GOARCH
	Root    fs.FS  // its files
}

// NoPackageError is a library that is neither in the tree nor known to be in a
// Debian package. The user says what brings it.
type NoPackageError struct {
	Soname  string
	Release string
	Paths   []string // the files that need it
}

func (e *NoPackageError) Error() string {
	paths := strings.Join(e.Paths[:min(3, len(e.Paths))], ", ")
	if more := len(e.Paths) - 3; more > 0 {
		paths += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("find library %q, needed by %s: no package of %s is known to have it: want it installed on the build system, in the application, or mapped to a package",
		e.Soname, paths, e.Release)
}

// Deb returns what the tree's files need as dependencies of a Debian package,
// sorted, one for a package: glibc's floor, then for every other library what
// deps says, what the packages installed on the system say of it and of the
// symbols used, as dpkg-shlibdeps does, or else the package that is known to
// have it in the system's release. All libraries without one are reported, each
// as a [NoPackageError].
func (r *Report) Deb(s System, deps LibDeps) ([]string, error) {
	f := finder{system: s, deps: deps, machine: machineOf(r.Arch), known: map[string]*library{}}
	d := dependencies{}
	var lost []*NoPackageError
	for _, o := range r.objects {
		var libraries []*library
		for _, soname := range o.needed {
			if !o.external[soname] {
				continue
			}
			lib, err := f.find(soname)
			if err != nil {
				return nil, err
			}
			if lib == nil {
				lost = addLost(lost, soname, s.Release, o.path)
				continue
			}
			libraries = append(libraries, lib)
		}
		d.addObject(o, libraries)
	}
	if r.Floor.Version != "" {
		d.add("libc6 #MINVER#", r.Floor.Version)
	}
	var errs []error
	for _, e := range lost {
		errs = append(errs, e)
	}
	return d.list(), errors.Join(errs...)
}

func addLost(lost []*NoPackageError, soname, release, name string) []*NoPackageError {
	i := slices.IndexFunc(lost, func(e *NoPackageError) bool { return e.Soname == soname })
	if i < 0 {
		i, lost = len(lost), append(lost, &NoPackageError{Soname: soname, Release: release})
	}
	lost[i].Paths = append(lost[i].Paths, name)
	return lost
}

// finder finds what is to be depended on for a library, once for each.
type finder struct {
	system  System
	deps    LibDeps
	machine machine
	dpkg    *dpkg // read when it is first needed
	known   map[string]*library
}

// find returns nil for a library that nobody is known to have.
func (f *finder) find(soname string) (*library, error) {
	if lib, ok := f.known[soname]; ok {
		return lib, nil
	}
	lib, err := f.lookUp(soname)
	f.known[soname] = lib
	return lib, err
}

func (f *finder) lookUp(soname string) (lib *library, err error) {
	if dep, ok := f.deps[soname]; ok {
		return &library{templates: []string{dep}}, nil
	}
	if isGlibc(soname) {
		return &library{templates: []string{"libc6"}}, nil
	}
	if f.dpkg == nil {
		if f.dpkg, err = openDpkg(f.system.Root, f.machine, f.machine.arch == f.system.Arch); err != nil {
			return nil, err
		}
	}
	if lib, err = f.dpkg.find(soname); lib != nil || err != nil {
		return lib, err
	}
	return shipped(soname, f.system.Release), nil
}
