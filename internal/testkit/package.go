package testkit

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Package is a finished .deb or .rpm as an installer would see it, in the same
// words for both. A reader returns it only when every digest which the file
// carries agrees with what is inside.
type Package struct {
	Format string // "deb" or "rpm"

	Name string
	// Epoch, Version and Release are apart in both formats: a deb's
	// "1:2.0~rc1-3" is "1", "2.0~rc1" and "3". Epoch and Release are empty when
	// the package states none.
	Epoch, Version, Release string
	Arch                    string // as the format spells it

	// Fields are a deb's control fields as written, continuation lines with
	// their leading space; for an rpm the tags listed in rpmFields.
	Fields map[string]string

	// Relations in the order of the package: a deb's text between the commas,
	// an rpm's "name", or "name >= version".
	Requires   []string // Depends
	Provides   []string
	Conflicts  []string
	Replaces   []string // Obsoletes
	Recommends []string
	Suggests   []string
	RPMLib     []string // an rpm's rpmlib(...) requirements

	// Scripts are the maintainer scripts by the format's own names: preinst,
	// postinst, prerm, postrm, or pretrans, pre, post, preun, postun, posttrans,
	// verify. An rpm's interpreter other than /bin/sh comes first, as "#!" line.
	Scripts map[string]string
	// Control holds every member of a deb's control archive by name.
	Control map[string]string

	Conffiles []string          // in the order of the package; an rpm's %config files
	Flags     map[string]string // by path, where an rpm sets any: "config noreplace", "ghost"

	// Files are in TreeDump's notation; an owner other than root:root follows:
	// "file 0640 cc55e2ec root:app". An rpm's file without content is "ghost 0644".
	Files    map[string]string
	Contents map[string][]byte // of the regular files
	MTimes   map[string]int64  // of every path, in seconds since 1970

	MD5Sums     map[string]string // a deb's md5sums by absolute path
	Changelog   string            // decompressed; an rpm's as `rpm -q --changelog` prints it
	Compression string            // of the files: gzip, xz, zstd, none
	Signed      bool              // a signature is there; whose is not asked
}

// Paths returns every path of the package, sorted.
func (p Package) Paths() []string {
	return slices.Sorted(maps.Keys(p.Files))
}

func newPackage(format string) Package {
	return Package{
		Format:   format,
		Fields:   map[string]string{},
		Scripts:  map[string]string{},
		Files:    map[string]string{},
		Contents: map[string][]byte{},
		MTimes:   map[string]int64{},
	}
}

// add takes in one path; a path that is there already is an error.
func (p *Package) add(path string, e entry) error {
	if _, ok := p.Files[path]; ok {
		return fmt.Errorf("add %q: it is in the package twice", path)
	}
	p.Files[path] = e.String()
	p.MTimes[path] = e.mtime
	if e.kind == "file" {
		p.Contents[path] = e.body
	}
	return nil
}

// archivePath turns an archive's "./usr/bin/" or "/usr/bin" into "/usr/bin". A
// name that could be read in two ways, or lead out of the root, is an error.
func archivePath(name string) (string, error) {
	clean := "/" + strings.Trim(strings.TrimPrefix(name, "./"), "/")
	if name == "." {
		clean = "/"
	}
	if clean != path.Clean(clean) {
		return "", fmt.Errorf("unclean path %q in the archive", name)
	}
	return clean, nil
}
