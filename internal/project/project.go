// Package project reads what a Python project says of itself: from its source tree
// before anything is built, and from its wheel afterwards.
package project

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Project is a project's metadata. What the source tree leaves open is empty here
// and named in Dynamic, until Complete fills it.
type Project struct {
	Name           string // as written; compare by NormalizeName
	Version        string // as written: 24.04 stays 24.04
	Summary        string // one line
	Readme         string // the text of the readme, not its path
	ReadmeType     string // its content type, such as text/markdown
	License        string // an SPDX expression or a text, as given
	RequiresPython string // version specifiers; "" for any Python

	LicenseFiles []string // slash paths in the source tree, or in the wheel when its metadata gave them
	Authors      []Person
	Maintainers  []Person
	URLs         map[string]string // label, as written, to URL
	Scripts      map[string]string // console script to object reference, "pkg.mod:func"
	Dynamic      []string          // keys of PEP 621's [project] that only a build can tell, sorted

	Dependencies         []string            // PEP 508, as written; Poetry's own form is not among them
	OptionalDependencies map[string][]string // by the extra's normalised name
	Groups               map[string][]string // dependency groups (PEP 735), those that one includes in it

	BuildBackend  string   // PEP 517, its default filled in
	BuildRequires []string // PEP 508 requirements
	File          string   // where this was read: "pyproject.toml", "setup.cfg", "setup.py" or a wheel

	Indexes []Index // package indexes that the project names for uv or Poetry

	Tool  map[string]any // the [tool.pinpack] table, raw; nil when there is none
	Steps []string       // the names in its table of steps, in their order
}

// Index is a package index that goes by a name, under which its credentials are in
// the environment.
type Index struct{ Name, URL string }

// Person is an author or a maintainer; one of the two fields may be empty.
type Person struct{ Name, Email string }

// ErrNoMetadata is returned, wrapped or not, for a directory that is no Python
// project. It says what was looked for.
var ErrNoMetadata = errors.New("find project metadata: no [project] or [tool.poetry] in pyproject.toml, " +
	"no [metadata] in setup.cfg, no setup.py: want a [project] table with a name and a version in pyproject.toml")

// Read reads the metadata of the source tree whose root is fsys. It takes the first
// of these, and does not mix them: [project] of pyproject.toml (PEP 621),
// [tool.poetry] of it, setup.cfg, setup.py, which is never run and leaves
// everything dynamic. Build system and tool table are always pyproject.toml's.
//
// The error names every wrong value with its file and key.
func Read(fsys fs.FS) (Project, error) {
	doc, err := readTOML(fsys, "pyproject.toml")
	if err != nil {
		return Project{}, err
	}
	src := doc.src
	tool := doc.table("tool")
	var p Project
	switch {
	case doc.has("project"):
		p = readPEP621(doc.table("project"))
	case tool.has("poetry"):
		p = readPoetry(tool)
	default:
		if p, err = readSetup(fsys); err != nil {
			src.errs = append(src.errs, err)
		}
	}
	p.BuildBackend, p.BuildRequires = readBuildSystem(doc)
	p.Groups = readGroups(doc.table("dependency-groups"))
	p.Indexes = readIndexes(tool)
	p.Tool, p.Steps = tool.table("pinpack").values, src.under("tool", "pinpack", "steps")
	if err := errors.Join(src.errs...); err != nil {
		return Project{}, err
	}
	slices.Sort(p.Dynamic)
	p.Dynamic = slices.Compact(p.Dynamic)
	return p, nil
}

// ReadTool reads the [tool.pinpack] table of pyproject.toml, raw, and nothing else;
// nil when there is none.
func ReadTool(fsys fs.FS) (map[string]any, error) {
	doc, err := readTOML(fsys, "pyproject.toml")
	if err != nil {
		return nil, err
	}
	table := doc.table("tool").table("pinpack").values
	return table, errors.Join(doc.src.errs...)
}

// readBuildSystem reads [build-system]. Without one a project is built by
// setuptools, in the way PEP 517 prescribes for that case.
func readBuildSystem(doc table) (backend string, requires []string) {
	system := doc.table("build-system")
	backend, requires = system.str("build-backend"), system.strs("requires")
	if system.values != nil && !system.has("requires") {
		system.wrong("requires", "missing: want the list of what the build needs, such as [\"hatchling\"]")
	}
	if backend == "" {
		backend = "setuptools.build_meta:__legacy__"
	}
	if system.values == nil {
		requires = []string{"setuptools>=40.8.0"}
	}
	return backend, requires
}

// homepages lists the well-known labels (PEP 753) under which a homepage may be
// found, the best first.
var homepages = []string{"homepage", "source", "repository", "sourcecode", "github", "documentation", "docs"}

// Homepage returns the URL to send a reader to: the homepage, else the source
// repository, else the documentation, else "".
func (p Project) Homepage() string {
	for _, want := range homepages {
		for _, label := range slices.Sorted(maps.Keys(p.URLs)) {
			if normalizeLabel(label) == want {
				return p.URLs[label]
			}
		}
	}
	return ""
}

// normalizeLabel drops punctuation and blanks: "Home-Page" is "homepage".
func normalizeLabel(label string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, label)
}
