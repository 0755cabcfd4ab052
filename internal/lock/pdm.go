package lock

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pdmLock is a pdm.lock of version 4.5: https://pdm-project.org/latest/usage/lockfile/,
// and pdm/project/lockfile/pdmlock.py, which is the only specification.
type pdmLock struct {
	Metadata struct {
		Groups      []string    `toml:"groups"`
		Strategy    []string    `toml:"strategy"`
		LockVersion string      `toml:"lock_version"`
		ContentHash string      `toml:"content_hash"`
		Targets     []pdmTarget `toml:"targets"`
	} `toml:"metadata"`
	Package []pdmPackage `toml:"package"`
}

type pdmPackage struct {
	Name    string   `toml:"name"`
	Version string   `toml:"version"`
	Extras  []string `toml:"extras"`
	Groups  []string `toml:"groups"`
	Marker  string   `toml:"marker"`
	Path    string   `toml:"path"`
	URL     string   `toml:"url"`
	Git     string   `toml:"git"`
	Hg      string   `toml:"hg"`
	Svn     string   `toml:"svn"`
	Bzr     string   `toml:"bzr"`
	Files   []struct {
		Hash string `toml:"hash"`
		File string `toml:"file"`
		URL  string `toml:"url"`
	} `toml:"files"`
	Subdirectory string `toml:"subdirectory"`
}

// readPDM reads a pdm.lock: the group "default", and the extras and groups selected,
// which are all groups to PDM.
func readPDM(fsys fs.FS, s Selection) (Lock, error) {
	g := gather(fsys, s, "pdm.lock")
	var doc pdmLock
	text, err := readTOML(fsys, g.file(), &doc)
	if err == nil {
		err = doc.check(g.file())
	}
	if err == nil {
		err = checkTargets(g.file(), doc.Metadata.Targets, s.Env)
	}
	if err != nil {
		return g.lock, err
	}
	pyproject, project, err := readBeside(fsys, g.file(), "pyproject.toml")
	if err != nil {
		return g.lock, err
	}
	g.know("extra", s.Extras, doc.Metadata.Groups)
	g.know("group", s.Groups, doc.Metadata.Groups)

	groups := slices.Concat(s.Extras, s.Groups)
	if !s.Only {
		groups = append(groups, "default")
	}
	in := func(group string) bool { return slices.Contains(groups, pep508.NormalizeName(group)) }
	indexes := g.addPDMSources(pyproject, project)
	lines := headerLines(text, "[[package]]")
	for i, p := range doc.Package {
		if len(p.Groups) == 0 || slices.ContainsFunc(p.Groups, in) {
			e := p.entry(item(lines, i))
			e.Index = indexes.of(p.Name)
			g.add(e)
		}
	}
	dir, hash := path.Dir(g.file()), doc.Metadata.ContentHash
	if pyproject != nil && hash != "" && hash != "sha256:"+pdmWorkspaceHash(fsys, dir, pyproject) {
		g.lock.Stale = append(g.lock.Stale, stale(g.file(), "pyproject.toml", "pdm lock"))
	}
	return g.read()
}

// check refuses locks that do not say what belongs to which group and platform.
func (l pdmLock) check(file string) error {
	version := l.Metadata.LockVersion
	if version == "" {
		return fmt.Errorf("read lock %q: no lock_version in [metadata]: want the file whole, as PDM wrote it", file)
	}
	if !within(version, ">=4.5,<4.6") {
		return fmt.Errorf("read lock %q: lock_version %s: want 4.5, which \"pdm lock --update-reuse\" of PDM 2.17 and later writes", file, clip(version))
	}
	if !slices.Contains(l.Metadata.Strategy, "inherit_metadata") {
		return fmt.Errorf("read lock %q: its strategy %q leaves groups and markers out: want \"inherit_metadata\" in it, "+
			"which \"pdm lock --update-reuse --strategy inherit_metadata\" does", file, l.Metadata.Strategy)
	}
	return nil
}

func (p pdmPackage) entry(line int) entry {
	e := entry{
		Requirement: Requirement{Name: p.Name, Marker: p.Marker, URL: p.URL, Line: line},
		version:     exactly(p.Version), path: p.Path,
	}
	for _, extra := range p.Extras {
		e.Extras = append(e.Extras, pep508.NormalizeName(extra))
	}
	for _, file := range p.Files {
		e.hashes = append(e.hashes, file.Hash)
		e.addFile(file.Hash, file.URL, file.File)
	}
	if p.URL != "" && p.Subdirectory != "" {
		e.URL += "#subdirectory=" + p.Subdirectory
	}
	e.repository = repositories{p.Git, p.Hg, p.Svn, p.Bzr}.kind()
	return e
}
