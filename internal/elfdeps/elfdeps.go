// Package elfdeps reads the ELF files of a tree, programs, extension modules and
// shared libraries, and tells what they need of the system that they run on.
package elfdeps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

// Report is what the native files of a tree need.
type Report struct {
	Arch  string // the architecture that all are for, as Go's GOARCH; All when there are none
	Floor Floor  // the oldest glibc that runs all

	objects []*object
}

// LibDeps says, for sonames, what brings the library: a dependency of a Debian
// package, or "" where none is needed, for whatever the user knows and we cannot.
type LibDeps map[string]string

// Scan reads every native file of a tree and finds which of the libraries that
// they need are in the tree. An error names all files that are damaged, for
// several architectures, for another C library than glibc, or that use what is
// private to one build of glibc. Relocatable objects, archives, core dumps and
// scripts are passed over.
func Scan(t tree.Tree) (*Report, error) {
	var objects []*object
	var errs []error
	for _, e := range t {
		if e.Kind != tree.File {
			continue
		}
		o, err := readObject(e)
		if err != nil {
			errs = append(errs, fmt.Errorf("read %q: %w", e.Path, err))
		} else if o != nil {
			objects = append(objects, o)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	arch, err := archOf(objects)
	if err != nil {
		return nil, err
	}
	floor, err := floorOf(objects)
	if err != nil {
		return nil, err
	}
	newLinker(t, objects).link(objects)
	return &Report{arch, floor, objects}, nil
}

// Arch is the one architecture that the tree's native files are for, as Go's
// GOARCH, or All when there is none. Errors are those of Scan.
func Arch(t tree.Tree) (string, error) {
	r, err := Scan(t)
	if err != nil {
		return "", err
	}
	return r.Arch, nil
}

func archOf(objects []*object) (string, error) {
	first := map[string]string{}
	for _, o := range objects {
		if first[o.machine.arch] == "" {
			first[o.machine.arch] = o.path
		}
	}
	var parts []string
	for arch, name := range first {
		parts = append(parts, arch+": "+name)
	}
	switch len(parts) {
	case 0:
		return All, nil
	case 1:
		return objects[0].machine.arch, nil
	}
	slices.Sort(parts)
	return "", fmt.Errorf("find architecture: files for several: %s: a package is for one", strings.Join(parts, "; "))
}
