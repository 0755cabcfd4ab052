package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// poetryLock is a poetry.lock of version 2.1:
// https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock, and
// poetry/packages/locker.py, which is the only specification.
type poetryLock struct {
	Package  []poetryPackage     `toml:"package"`
	Extras   map[string][]string `toml:"extras"`
	Metadata struct {
		LockVersion string `toml:"lock-version"`
		ContentHash string `toml:"content-hash"`
	} `toml:"metadata"`
}

type poetryPackage struct {
	Name    string   `toml:"name"`
	Version string   `toml:"version"`
	Groups  []string `toml:"groups"`
	Markers any      `toml:"markers"` // a text, or one for each group that has any
	Files   []struct {
		Hash string `toml:"hash"`
		File string `toml:"file"`
	} `toml:"files"`
	Source struct {
		Type         string `toml:"type"`
		URL          string `toml:"url"`
		Subdirectory string `toml:"subdirectory"`
	} `toml:"source"`
}

// readPoetry reads a poetry.lock: the group "main", and those selected.
func readPoetry(fsys fs.FS, s Selection) (Lock, error) {
	g := gather(fsys, s, "poetry.lock")
	var doc poetryLock
	text, err := readTOML(fsys, g.file(), &doc)
	if err == nil {
		err = checkPoetry(g.file(), doc.Metadata.LockVersion)
	}
	if err != nil {
		return g.lock, err
	}
	pyproject, _, err := readBeside(fsys, g.file(), "pyproject.toml")
	if err != nil {
		return g.lock, err
	}
	for extra := range doc.Extras {
		g.extras = append(g.extras, pep508.NormalizeName(extra))
	}
	g.know("extra", s.Extras, g.extras)
	g.know("group", s.Groups, poetryGroups(doc, pyproject))

	groups := s.Groups
	if !s.Only {
		groups = append([]string{"main"}, s.Groups...)
	}
	lines := headerLines(text, "[[package]]")
	for i, p := range doc.Package {
		line := item(lines, i)
		marker, chosen, err := p.marker(groups)
		if err != nil {
			g.wrong(line, err)
		} else if chosen {
			g.addPoetry(p, marker, line)
		}
	}
	if pyproject != nil && !poetryFresh(text, doc.Metadata.ContentHash, pyproject) {
		g.lock.Stale = append(g.lock.Stale, stale(g.file(), "pyproject.toml", "poetry lock"))
	}
	return g.read()
}

// checkPoetry refuses the versions before 2.1, which do not tell what belongs to which
// group: only resolving again would.
func checkPoetry(file, version string) error {
	if version == "" {
		return fmt.Errorf("read lock %q: no lock-version in [metadata], which ends the file: want it whole, as Poetry wrote it", file)
	}
	if !within(version, ">=2.1,<3") {
		return fmt.Errorf("read lock %q: lock-version %s: want 2.1, which \"poetry lock\" of Poetry 2 writes, "+
			"or the requirements.txt that \"poetry export -f requirements.txt -o requirements.txt\" makes", file, clip(version))
	}
	return nil
}

// poetryGroups returns the groups of the lock, and those of the project, which may
// have nothing in them.
func poetryGroups(doc poetryLock, pyproject map[string]any) []string {
	groups := []string{"main"}
	for _, p := range doc.Package {
		groups = append(groups, p.Groups...)
	}
	groups = slices.AppendSeq(groups, maps.Keys(tableAt(pyproject, "dependency-groups")))
	groups = slices.AppendSeq(groups, maps.Keys(tableAt(pyproject, "tool", "poetry", "group")))
	for i, group := range groups {
		groups[i] = pep508.NormalizeName(group)
	}
	return groups
}

// marker returns the condition under which the groups want a package, and whether it
// is in any of them.
func (p poetryPackage) marker(groups []string) (text string, chosen bool, err error) {
	var markers []string
	for _, group := range p.Groups {
		if !slices.Contains(groups, pep508.NormalizeName(group)) {
			continue
		}
		marker, err := p.markerIn(group)
		if err != nil {
			return "", false, err
		}
		chosen = true
		if !slices.Contains(markers, marker) {
			markers = append(markers, marker)
		}
	}
	switch {
	case slices.Contains(markers, ""):
		return "", chosen, nil
	case len(markers) > 1:
		return "(" + strings.Join(markers, ") or (") + ")", chosen, nil
	}
	return strings.Join(markers, ""), chosen, nil
}

func (p poetryPackage) markerIn(group string) (string, error) {
	markers := p.Markers
	if byGroup, ok := markers.(map[string]any); ok {
		markers = byGroup[group]
	}
	switch marker := markers.(type) {
	case nil:
		return "", nil
	case string:
		return marker, nil
	}
	return "", fmt.Errorf("%s: markers: want a text, or a table of one for each group", clip(p.Name))
}

func (g *gatherer) addPoetry(p poetryPackage, marker string, line int) {
	e := entry{Requirement: Requirement{Name: p.Name, Marker: marker, Line: line}, version: exactly(p.Version)}
	for _, file := range p.Files {
		e.hashes = append(e.hashes, file.Hash)
		e.addFile(file.Hash, "", file.File)
	}
	switch p.Source.Type {
	case "": // PyPI
	case "legacy":
		e.Index = indexOf(p.Source.URL)
	case "directory", "file":
		e.path = p.Source.URL
	case "url":
		e.URL = p.Source.URL
		if p.Source.Subdirectory != "" {
			e.URL += "#subdirectory=" + p.Source.Subdirectory
		}
	case "git":
		e.repository = p.Source.Type
	default:
		g.wrong(line, fmt.Errorf("%s: source of type %s: want legacy, url, directory or file", clip(p.Name), clip(p.Source.Type)))
		return
	}
	if p.Source.Type != "" && p.Source.URL == "" {
		g.wrong(line, errors.New(clip(p.Name)+": its source has no url: want the lock as Poetry wrote it"))
		return
	}
	g.add(e)
}
