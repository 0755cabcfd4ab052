package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pylock is a pylock.toml (PEP 751):
// https://packaging.python.org/en/latest/specifications/pylock-toml/
type pylock struct {
	LockVersion    string `toml:"lock-version"`
	Environments   []string
	RequiresPython string `toml:"requires-python"`
	Extras         []string
	Groups         []string `toml:"dependency-groups"`
	DefaultGroups  []string `toml:"default-groups"`
	Packages       []pylockPackage
}

type pylockPackage struct {
	Name           string
	Version        string
	Marker         string
	RequiresPython string `toml:"requires-python"`
	Index          string
	VCS            *struct{}
	Directory      *struct{ Path, Subdirectory string }
	Archive        *pylockFile
	Sdist          *pylockFile
	Wheels         []pylockFile
}

type pylockFile struct {
	URL, Path, Name, Subdirectory string
	Hashes                        map[string]string
}

// readPylock selects packages as the specification wants it. The default groups are
// part of what is selected, unless it is groups alone.
func readPylock(fsys fs.FS, s Selection) (Lock, error) {
	g := gather(fsys, s, "pylock.toml")
	var doc pylock
	text, err := readTOML(fsys, g.file(), &doc)
	if err != nil {
		return g.lock, err
	}
	if doc.LockVersion != "1" && !strings.HasPrefix(doc.LockVersion, "1.") {
		return g.lock, fmt.Errorf("read lock %q: lock-version %q: want 1.0", g.file(), doc.LockVersion)
	}
	if err := doc.fits(s.Env); err != nil {
		return g.lock, fmt.Errorf("read lock %q: %w", g.file(), err)
	}
	if doc.Extras != nil { // without them it is a lock of one selection
		g.know("extra", s.Extras, normal(doc.Extras))
	}
	if doc.Groups != nil || s.Only {
		g.know("group", s.Groups, normal(doc.Groups))
	}
	chosen := pep508.Active{Extras: s.Extras, Groups: s.Groups}
	if !s.Only {
		chosen.Groups = slices.Concat(s.Groups, normal(doc.DefaultGroups))
	}
	all := pep508.Active{Extras: normal(doc.Extras), Groups: normal(slices.Concat(doc.Groups, doc.DefaultGroups))}
	lines := headerLines(text, "[[packages]]")
	for i, p := range doc.Packages {
		if err := g.addPylock(p, item(lines, i), chosen, all); err != nil {
			g.wrong(item(lines, i), fmt.Errorf("%s: %w", clip(p.Name), err))
		}
	}
	return g.read()
}

// fits refuses an interpreter that the lock was not made for.
func (doc pylock) fits(env pep508.Environment) error {
	if env == nil {
		return nil
	}
	if err := fitsPython(doc.RequiresPython, env); err != nil {
		return err
	}
	for _, text := range doc.Environments {
		marker, err := pep508.ParseMarker(text)
		if err != nil {
			return fmt.Errorf("environments: %w", err)
		}
		if marker.Eval(env, pep508.Active{}) {
			return nil
		}
	}
	if len(doc.Environments) > 0 {
		return fmt.Errorf("it is for no environment like this interpreter's: want one of %q", doc.Environments)
	}
	return nil
}

func fitsPython(requires string, env pep508.Environment) error {
	version := env["python_full_version"]
	if requires != "" && !within(strings.TrimSuffix(version, "+"), requires) {
		return fmt.Errorf("it requires Python %q, and this is %s: want it locked for this one", requires, version)
	}
	return nil
}

func normal(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, pep508.NormalizeName(name))
	}
	return list
}

// addPylock adds a package that is chosen; all is whatever could be chosen.
func (g *gatherer) addPylock(p pylockPackage, line int, chosen, all pep508.Active) error {
	e, err := p.entry()
	e.Line, e.Marker = line, p.Marker
	if g.s.Env == nil {
		if err == nil {
			g.add(e)
		}
		return err
	}
	marker := pep508.Marker{}
	if p.Marker != "" {
		var err error
		if marker, err = pep508.ParseMarker(p.Marker); err != nil {
			return err
		}
	}
	if !marker.Eval(g.s.Env, chosen) { // what is wrong with it does not matter here
		if !marker.Eval(g.s.Env, all) && e.version != "" {
			e.File, e.Specifier, e.Version = g.file(), e.version, p.Version
			g.lock.Left = append(g.lock.Left, e.Requirement)
		}
		return nil
	}
	if err := errors.Join(err, fitsPython(p.RequiresPython, g.s.Env)); err != nil {
		return err
	}
	names := marker.Names()
	if slices.Contains(names, "extras") || slices.Contains(names, "dependency_groups") {
		e.Marker = "" // decided, and nothing that an installer could decide
	}
	g.add(e)
	return nil
}

// entry returns a package, which has exactly one source.
func (p pylockPackage) entry() (entry, error) {
	e := entry{Requirement: Requirement{Name: p.Name, Index: indexOf(p.Index)}}
	files := slices.Clone(p.Wheels)
	if p.Sdist != nil {
		files = append(files, *p.Sdist)
	}
	var kinds []string
	if p.VCS != nil {
		kinds, e.repository = append(kinds, "vcs"), "version control"
	}
	if d := p.Directory; d != nil {
		kinds, e.path = append(kinds, "directory"), path.Join(d.Path, d.Subdirectory)
	}
	if a := p.Archive; a != nil {
		kinds, e.URL, files = append(kinds, "archive"), a.URL, append(files, *a)
		if a.URL == "" {
			e.path = a.Path
		} else if a.Subdirectory != "" {
			e.URL += "#subdirectory=" + a.Subdirectory
		}
	}
	if files != nil && p.Archive == nil {
		kinds, e.version = append(kinds, "wheels or sdist"), "=="+p.Version
	}
	if len(kinds) != 1 || e.repository+e.path+e.URL+e.version == "" {
		return e, fmt.Errorf("its sources are %q: want one of vcs, directory, archive, wheels or sdist", kinds)
	}
	for _, f := range files {
		if e.version != "" && f.URL == "" && f.Path != "" {
			return e, errors.New("its files are local: want them from an index")
		}
		if hash := f.hash(); hash != "" { // a file without one is for Check
			e.hashes = append(e.hashes, hash)
			e.addFile(hash, f.URL, f.Name)
		}
	}
	return e, nil
}

// hash returns one hash of a file, the one that indexes give if it is there.
func (f pylockFile) hash() string {
	for _, name := range append([]string{"sha256", "sha512", "sha384"}, keys(f.Hashes)...) {
		if digest, ok := f.Hashes[name]; ok {
			return name + ":" + digest
		}
	}
	return ""
}
