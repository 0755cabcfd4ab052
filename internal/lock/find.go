package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
)

// ErrNotFound is wrapped by Load's error when a project has no lock file.
var ErrNotFound = errors.New("find lock file")

// ErrDisagree is wrapped by Load's error when a project has lock files of several
// formats that do not lock the same.
var ErrDisagree = errors.New("choose lock file")

// find loads the lock file in the project's folder, or else in the nearest folder
// above it. Of several formats there it takes the most preferred; all have to lock the
// same for the selection.
func find(fsys fs.FS, s Selection) (Lock, error) {
	names, err := candidates(fsys, s.Dir)
	if err != nil {
		return Lock{}, err
	}
	s.Files = names[:1]
	chosen, err := load(fsys, s)
	if err != nil {
		return chosen, err
	}
	var errs []error
	for _, name := range names[1:] {
		s.Files = []string{name}
		other, err := load(fsys, s)
		if err == nil && len(other.Requirements) > 0 && !slices.ContainsFunc(other.Requirements, Requirement.Pinned) {
			continue // a list of wishes beside a lock
		}
		if err != nil {
			err = fmt.Errorf("%q cannot be compared with %q: %w", name, names[0], err)
		} else if differences := compare(chosen, other); len(differences) > 0 {
			err = fmt.Errorf("%q and %q lock different things: %s", names[0], name, strings.Join(differences, ", "))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: %w: want one of them, or the one that counts as the input lock", ErrDisagree, err))
			continue
		}
		chosen.Beside = append(chosen.Beside, name)
	}
	return chosen, errors.Join(errs...)
}

// candidates returns the lock files, at most one of each format and the most preferred
// first, in the nearest folder that has any: dir, or one above it.
func candidates(fsys fs.FS, dir string) ([]string, error) {
	for ; ; dir = path.Dir(dir) {
		names, err := inFolder(fsys, dir)
		if len(names) > 0 || err != nil {
			return names, err
		}
		if dir == "." || dir == "/" {
			break
		}
	}
	var looked []string
	for _, f := range formats {
		looked = append(looked, f.name)
	}
	return nil, fmt.Errorf("%w: no %s in the project's folder: make one with %s",
		ErrNotFound, strings.Join(looked, ", "), formats[len(formats)-1].relock)
}

// inFolder also finds a pylock.NAME.toml, where it is the one lock file.
func inFolder(fsys fs.FS, dir string) ([]string, error) {
	var names []string
	for _, f := range formats {
		name := path.Join(dir, f.name)
		if info, err := fs.Stat(fsys, name); err == nil && !info.IsDir() {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	for _, entry := range entries {
		if isPylock(entry.Name()) && !entry.IsDir() {
			names = append(names, path.Join(dir, entry.Name()))
		}
	}
	if len(names) > 1 {
		return nil, fmt.Errorf("%w: %s: want the one that counts as the input lock", ErrDisagree, strings.Join(names, ", "))
	}
	return names, nil
}

// compare tells, in at most five lines, what two locks of a project have different.
func compare(a, b Lock) []string {
	const limit = 5
	var differences []string
	of := func(l Lock) map[string]string {
		versions := map[string]string{}
		for _, r := range l.Requirements {
			versions[r.Name] = strings.TrimPrefix(versions[r.Name]+" "+r.pin(), " ")
		}
		for _, local := range l.Locals {
			versions[local.Name] = local.Path
		}
		return versions
	}
	versions, others := of(a), of(b)
	for _, name := range sortedKeys(versions, others) {
		v, w := versions[name], others[name]
		if v == w {
			continue
		}
		if len(differences) == limit {
			return append(differences, "…")
		}
		differences = append(differences, fmt.Sprintf("%s %s and %s", name, orNone(v), orNone(w)))
	}
	return differences
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

func sortedKeys[V any](maps ...map[string]V) []string {
	var keys []string
	for _, m := range maps {
		for key := range m {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// pin returns what a requirement is pinned to, the same for all ways to write it.
func (r Requirement) pin() string {
	if r.URL != "" {
		return "@ " + withoutCredentials(r.URL)
	}
	v, err := pep440.Parse(r.Version)
	if err != nil {
		return r.Specifier
	}
	text := v.String()
	for strings.HasSuffix(text, ".0") && strings.Trim(text, "0123456789.") == "" {
		text = strings.TrimSuffix(text, ".0")
	}
	return text
}
