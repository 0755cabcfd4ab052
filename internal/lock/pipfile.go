package lock

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pipfileLock is a Pipfile.lock: https://pipenv.pypa.io/en/latest/pipfile.html, and
// pipenv/vendor/plette/lockfiles.py.
type pipfileLock struct {
	meta       pipfileMeta
	categories []pipfileCategory // in the order of the file
}

type pipfileMeta struct {
	Hash struct {
		SHA256 string `json:"sha256"`
	} `json:"hash"`
	Spec    int `json:"pipfile-spec"`
	Sources []struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"sources"`
}

type pipfileCategory struct {
	name    string // "default", "develop" or one of the project's own
	entries []pipfileEntry
}

type pipfileEntry struct {
	name string
	line int

	Version      string   `json:"version"`
	Extras       []string `json:"extras"`
	Markers      string   `json:"markers"`
	Hashes       []string `json:"hashes"`
	Index        string   `json:"index"` // a source's name; "" for the first one
	Path         string   `json:"path"`
	File         string   `json:"file"` // a URL, or a path
	Git          string   `json:"git"`
	Hg           string   `json:"hg"`
	Svn          string   `json:"svn"`
	Bzr          string   `json:"bzr"`
	Subdirectory string   `json:"subdirectory"`
}

// readPipfile reads a Pipfile.lock: the category "default", and those selected as
// groups. "packages" and "dev-packages" are the Pipfile's names for "default" and
// "develop". There are no extras of the project.
func readPipfile(fsys fs.FS, s Selection) (Lock, error) {
	g := gather(fsys, s, "Pipfile.lock")
	doc, err := readPipfileLock(fsys, g.file())
	if err != nil {
		return g.lock, err
	}
	pipfile, _, err := readBeside(fsys, g.file(), "Pipfile")
	if err != nil {
		return g.lock, err
	}
	var groups, known []string
	for _, group := range s.Groups {
		groups = append(groups, categoryOf(group))
	}
	for _, category := range doc.categories {
		known = append(known, categoryOf(category.name))
	}
	g.know("extra", s.Extras, nil)
	g.know("group", groups, known)
	if !s.Only {
		groups = append(groups, "default")
	}
	for _, category := range doc.categories {
		if !slices.Contains(groups, categoryOf(category.name)) {
			continue
		}
		for _, e := range category.entries {
			index, err := doc.meta.index(e.Index)
			if err != nil {
				g.wrong(e.line, fmt.Errorf("%s: %w", clip(e.name), err))
				continue
			}
			g.add(e.entry(index))
		}
	}
	if pipfile != nil && !pipfileFresh(doc.meta.Hash.SHA256, pipfile) {
		g.lock.Stale = append(g.lock.Stale, stale(g.file(), "Pipfile", "pipenv lock"))
	}
	return g.read()
}

// categoryOf returns the lock's name for one of the Pipfile's, normalised.
func categoryOf(name string) string {
	switch name = pep508.NormalizeName(name); name {
	case "packages":
		return "default"
	case "dev-packages":
		return "develop"
	}
	return name
}

// index returns the address of the source with a name.
func (m pipfileMeta) index(name string) (string, error) {
	var known []string
	for _, source := range m.Sources {
		if name == "" || source.Name == name {
			return indexOf(source.URL), nil
		}
		known = append(known, source.Name)
	}
	if name == "" {
		return "", nil
	}
	return "", fmt.Errorf("unknown index %s: want one of the sources, %q", clip(name), known)
}

func (e pipfileEntry) entry(index string) entry {
	result := entry{
		Requirement: Requirement{Name: e.name, Marker: e.Markers, Index: index, Line: e.line},
		version:     e.Version, hashes: e.Hashes, path: e.Path,
	}
	if e.Version == "*" { // for another platform, where Pipenv did not look
		result.version = ""
	}
	for _, extra := range e.Extras {
		result.Extras = append(result.Extras, pep508.NormalizeName(extra))
	}
	slices.Sort(result.Extras)
	switch {
	case scheme.MatchString(e.File):
		result.URL, result.Index = e.File, ""
		if e.Subdirectory != "" {
			result.URL += "#subdirectory=" + e.Subdirectory
		}
	case e.File != "":
		result.path = e.File
	}
	result.repository = repositories{e.Git, e.Hg, e.Svn, e.Bzr}.kind()
	return result
}
