package lock

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// uvVersion is the version of uv.lock that is read. Within a version every revision
// can be read by what reads the first.
const uvVersion = 1

// uvLock is a uv.lock: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
type uvLock struct {
	Version        int
	RequiresPython string `toml:"requires-python"`
	Manifest       struct {
		Members          []string
		BuildConstraints []uvRequirement `toml:"build-constraints"`
		Overrides        []uvRequirement
	}
	Packages []uvPackage `toml:"package"`
}

type uvPackage struct {
	Name         string
	Version      string
	Source       uvSource
	Dependencies []uvDependency
	Optional     map[string][]uvDependency `toml:"optional-dependencies"`
	Groups       map[string][]uvDependency `toml:"dev-dependencies"`
	Sdist        uvFile
	Wheels       []uvFile
	Metadata     uvMetadata
	line         int
}

// uvSource says where a package comes from; one of the fields but the last is set.
type uvSource struct {
	Registry, URL, Git, Path     string
	Directory, Editable, Virtual string // folders, relative to the lock file
	Subdirectory                 string
}

// folder returns the folder that a package is built from.
func (s uvSource) folder() string { return s.Directory + s.Editable + s.Virtual }

type uvDependency struct {
	Name    string
	Version string   // "" when one version is locked
	Source  uvSource // nothing when one source is locked
	Extra   []string
	Marker  string
}

type uvFile struct{ Hash, URL string }

// readUV walks from the selected project over its dependencies: packages in a uv.lock
// have no markers of their own, only the ways to them do. Without an interpreter every
// marker counts as true, and every version that is locked for any is returned.
func readUV(fsys fs.FS, s Selection) (Lock, error) {
	g := gather(fsys, s, "uv.lock")
	var doc uvLock
	text, err := readTOML(fsys, g.file(), &doc)
	if err != nil {
		return g.lock, err
	}
	if doc.Version != uvVersion {
		return g.lock, fmt.Errorf("read lock %q: version %d: want %d, which uv writes", g.file(), doc.Version, uvVersion)
	}
	lines := headerLines(text, "[[package]]")
	for i := range doc.Packages {
		doc.Packages[i].line = item(lines, i)
	}
	root, err := doc.root(g.file(), s.Dir)
	if err != nil {
		return g.lock, err
	}
	g.know("extra", s.Extras, slices.Concat(root.Metadata.ProvidesExtras, keys(root.Optional)))
	g.know("group", s.Groups, slices.Concat(keys(root.Groups), keys(root.Metadata.RequiresDev)))

	reached, errs := doc.walk(s, root)
	for _, e := range errs {
		g.wrong(e.line, e.cause)
	}
	everywhere := s
	everywhere.Env = nil
	all, _ := doc.walk(everywhere, root) // what is wrong elsewhere does not matter here
	for i, p := range doc.Packages {
		if extras, ok := reached[i]; ok {
			g.addUV(p, extras)
		} else if _, ok := all[i]; ok && p.Source.Registry != "" {
			r := p.entry(nil).Requirement
			r.File, r.Version, r.Specifier = g.file(), p.Version, "=="+p.Version
			g.lock.Left = append(g.lock.Left, r)
		}
	}
	g.lock.BuildConstraints = g.manifest("build-constraints", doc.Manifest.BuildConstraints)
	g.lock.Overrides = g.manifest("overrides", doc.Manifest.Overrides)
	g.lock.Stale = doc.stale(g.file(), s, root)
	return g.read()
}

// root returns the package that is built from a folder.
func (doc uvLock) root(file, dir string) (uvPackage, error) {
	var folders []string
	for _, p := range doc.Packages {
		if p.Source.folder() == "" {
			continue
		}
		folder := path.Join(path.Dir(file), p.Source.folder())
		if folder == dir {
			return p, nil
		}
		folders = append(folders, folder)
	}
	return uvPackage{}, fmt.Errorf("read lock %q: nothing in it is built from the project's folder %q: want one of %q", file, dir, folders)
}

// addUV adds a package that the selection needs. Of a virtual one nothing but the
// dependencies is ever installed.
func (g *gatherer) addUV(p uvPackage, extras []string) {
	registry := p.Source.Registry
	switch {
	case p.Source.Virtual != "":
	case p.Source == (uvSource{}):
		g.wrong(p.line, fmt.Errorf("%s: it has no source: want one as uv writes it", clip(p.Name)))
	case registry != "" && !strings.HasPrefix(registry, "https://") && !strings.HasPrefix(registry, "http://"):
		g.wrong(p.line, fmt.Errorf("%s: it is locked from %s: want a package index", clip(p.Name), clip(registry)))
	default:
		g.add(p.entry(extras))
	}
}

// entry returns a package with the extras of it that are in use.
func (p uvPackage) entry(extras []string) entry {
	e := entry{
		Requirement: Requirement{Name: p.Name, Extras: extras, URL: p.Source.URL, Index: indexOf(p.Source.Registry), Line: p.line},
		path:        p.Source.folder() + p.Source.Path,
	}
	if p.Source.Registry != "" {
		e.version = "==" + p.Version
	}
	if p.Source.Git != "" {
		e.repository = "git"
	}
	if e.URL != "" && p.Source.Subdirectory != "" {
		e.URL += "#subdirectory=" + p.Source.Subdirectory
	}
	for _, f := range append(slices.Clone(p.Wheels), p.Sdist) {
		if f.Hash != "" {
			e.hashes = append(e.hashes, f.Hash)
			e.addFile(f.Hash, f.URL, "")
		}
	}
	return e
}
