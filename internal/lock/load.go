package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// Load reads the selected lock files as one lock; with no file selected it finds them.
// The error names everything that is wrong in any of them. An empty lock is valid: not
// every application has dependencies.
//
// Load takes what is not pinned or has no hash; see Check. What it could read comes
// with the error, so that Check can tell all that is wrong besides.
func Load(fsys fs.FS, s Selection) (Lock, error) {
	if s.Dir == "" {
		s.Dir = "."
	}
	if len(s.Files) == 0 {
		return find(fsys, s)
	}
	return load(fsys, s)
}

func load(fsys fs.FS, s Selection) (Lock, error) {
	f, err := formatOf(s.Files)
	if err != nil {
		return Lock{}, err
	}
	l, err := f.read(fsys, s)
	if err = errors.Join(err, l.choose(s), f.checkChoice(s)); err == nil && l.Stale == nil {
		l.Stale = l.unmet(s)
	}
	return l, err
}

// Read reads the named lock files for every interpreter.
func Read(fsys fs.FS, names ...string) (Lock, error) {
	if len(names) == 0 {
		return Lock{}, errors.New("read lock: no file named: want at least one")
	}
	return Load(fsys, Selection{Files: names})
}

// checkChoice refuses extras and groups of which a requirements file knows nothing:
// it is locked for one choice, which can only be of some that the project has.
func (f format) checkChoice(s Selection) error {
	if f.name != "requirements.txt" || s.Project.Name == "" {
		return nil
	}
	var errs []error
	check := func(kind string, chosen []string, have map[string][]string) {
		for _, name := range chosen {
			if _, ok := have[name]; !ok {
				errs = append(errs, fmt.Errorf("%s %q: the project has none of this name: want %s", kind, name, orNone(strings.Join(sortedKeys(have), ", "))))
			}
		}
	}
	check("extra", s.Extras, s.Project.OptionalDependencies)
	check("group", s.Groups, s.Project.Groups)
	return errors.Join(errs...)
}

// choose leaves out the requirements whose markers are false for the interpreter. It
// is an error when two versions of one distribution remain.
func (l *Lock) choose(s Selection) error {
	if s.Env == nil {
		return nil
	}
	var chosen []Requirement
	var errs []error
	for _, r := range l.Requirements {
		holds, err := r.applies(s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !holds {
			l.Left = append(l.Left, r)
			continue
		}
		if i := slices.IndexFunc(chosen, func(c Requirement) bool { return c.Name == r.Name }); i >= 0 {
			errs = append(errs, fmt.Errorf("%s: %q contradicts %q at %s for this interpreter: want one version",
				r.at(), r.text(), chosen[i].text(), chosen[i].at()))
			continue
		}
		chosen = append(chosen, r)
	}
	l.Requirements = chosen
	return errors.Join(errs...)
}

// applies tells whether a requirement's marker holds for the selection.
func (r Requirement) applies(s Selection) (bool, error) {
	if r.Marker == "" {
		return true, nil
	}
	marker, err := pep508.ParseMarker(r.Marker)
	if err != nil {
		return false, fmt.Errorf("%s: %q: %w", r.at(), r.Name, err)
	}
	return marker.Eval(s.Env, s.active()), nil
}
