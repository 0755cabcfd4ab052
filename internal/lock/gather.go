package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
)

// entry is a distribution as Poetry, PDM and Pipenv lock it.
type entry struct {
	Requirement // Name, Extras, Marker, URL, Index and Line are as in the file

	version    string // specifiers, "==1.0"; "" for any
	hashes     []string
	path       string // of a path dependency, relative to the lock file's folder
	repository string // the kind of a repository that it comes from, "git"; "" for none
}

// repositories are the addresses under the keys by which PDM and Pipenv know them.
type repositories struct{ git, hg, svn, bzr string }

func (r repositories) kind() string {
	switch {
	case r.git != "":
		return "git"
	case r.hg != "":
		return "hg"
	case r.svn != "":
		return "svn"
	case r.bzr != "":
		return "bzr"
	}
	return ""
}

// exactly returns the specifier of a version, and "" for none.
func exactly(version string) string {
	if version == "" {
		return ""
	}
	return "==" + version
}

// gatherer makes a lock of those entries that a selection wants. What is wrong in
// others does not matter.
type gatherer struct {
	fsys   fs.FS
	s      Selection
	extras []string // of the project, normalised: all that the lock knows
	lock   Lock
	errs   []error
}

// gather begins a lock that is read from the selection's one file.
func gather(fsys fs.FS, s Selection, format string) *gatherer {
	return &gatherer{fsys: fsys, s: s, lock: Lock{Format: format, Files: s.Files}}
}

func (g *gatherer) file() string { return g.s.Files[0] }

func (g *gatherer) wrong(line int, err error) {
	g.errs = append(g.errs, fmt.Errorf("%s:%d: %w", g.file(), line, err))
}

// read returns the lock with all that is wrong.
func (g *gatherer) read() (Lock, error) { return g.lock, errors.Join(g.errs...) }

// know refuses chosen extras or groups that the lock does not have.
func (g *gatherer) know(kind string, chosen, known []string) {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	for _, name := range chosen {
		if slices.Contains(known, name) {
			continue
		}
		want := "none, as it has none"
		if len(known) > 0 {
			want = "one of " + strings.Join(known, ", ")
		}
		g.errs = append(g.errs, fmt.Errorf("read lock %q: unknown %s %q: want %s", g.file(), kind, name, want))
	}
}

// add takes an entry of a chosen group if its marker holds. Entries of one pin, as
// locks have them for extras and in several groups, become one requirement.
func (g *gatherer) add(e entry) {
	e.File = g.file()
	if err := g.take(e); err != nil {
		g.wrong(e.Line, fmt.Errorf("%s: %w", clip(e.Name), err))
	}
}

func (g *gatherer) take(e entry) error {
	if !pep508.ValidName(e.Name) {
		return errors.New("want the name of a distribution")
	}
	e.Name = pep508.NormalizeName(e.Name)
	specifiers, err := pep440.ParseSpecifiers(e.version)
	if err != nil {
		return err
	}
	if e.Specifier = specifiers.String(); specifiers.IsPin() {
		e.Version = specifiers[0].Operand
	}
	wanted, err := g.wants(&e.Requirement)
	switch {
	case !wanted:
		return err
	case e.repository != "":
		return fmt.Errorf("a %s repository has no hash to check: want a release from an index, pinned with ==", e.repository)
	case e.path != "":
		local := Local{Name: e.Name, Path: e.path, File: e.File, Line: e.Line}
		return g.lock.addLocal(g.fsys, g.s, local, path.Dir(e.File))
	case e.URL != "":
		_, err = checkURL(e.URL)
	}
	for _, hash := range e.hashes {
		err = errors.Join(err, e.addHash(hash))
	}
	if err == nil {
		g.require(e.Requirement)
	}
	return err
}

// wants evaluates the marker of an entry. An extra in it is the project's, of which an
// installer knows nothing, so where it was decided the marker goes. What another extra
// would bring is left out without a word.
func (g *gatherer) wants(r *Requirement) (bool, error) {
	if r.Marker == "" {
		return true, nil
	}
	marker, err := pep508.ParseMarker(r.Marker)
	if err != nil || g.s.Env == nil {
		return err == nil, err
	}
	wanted := marker.Eval(g.s.Env, g.s.active())
	switch {
	case wanted && slices.Contains(marker.Names(), "extra"):
		r.Marker = ""
	case !wanted && !marker.Eval(g.s.Env, pep508.Active{Extras: g.extras}):
		g.lock.Left = append(g.lock.Left, *r)
	}
	return wanted, nil
}

func (g *gatherer) require(r Requirement) {
	same := func(o Requirement) bool {
		return o.Name == r.Name && o.samePin(r) && o.URL == r.URL && o.Index == r.Index
	}
	if i := slices.IndexFunc(g.lock.Requirements, same); i >= 0 {
		g.lock.Requirements[i].absorb(r)
		return
	}
	g.lock.Requirements = append(g.lock.Requirements, r)
}

// within tells whether a version is one that the specifiers take.
func within(version, specifiers string) bool {
	v, err := pep440.Parse(version)
	s, err2 := pep440.ParseSpecifiers(specifiers)
	return err == nil && err2 == nil && s.Match(v)
}

// indexOf returns the address of a package index as requirements have it: without
// credentials, and "" for PyPI.
func indexOf(address string) string {
	if scheme, rest, ok := strings.Cut(address, "://"); ok { // also where it is no URL yet: "https://${TOKEN}@host"
		host, path, _ := strings.Cut(rest, "/")
		address = scheme + "://" + host[strings.LastIndex(host, "@")+1:] + "/" + path
	}
	address = strings.TrimRight(address, "/")
	if address == "https://pypi.org/simple" {
		return ""
	}
	return address
}
