package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
)

// unite joins requirements that name one distribution more than once:
//
//   - the same version for different markers becomes one requirement for either;
//   - the same statement in two files, as layered lock files have it, becomes one;
//   - different versions stay apart when each has a marker of its own, as locks for
//     several platforms have it.
//
// Everything else is an error: a line repeated in one file, and two versions that
// would both apply.
func unite(requirements []Requirement) ([]Requirement, []error) {
	var united []Requirement
	var errs []error
	byName := map[string][]int{} // indexes of united
	for _, r := range requirements {
		var same *Requirement
		var err error
		for _, i := range byName[r.Name] {
			switch earlier := &united[i]; {
			case r.samePin(*earlier) && (r.File != earlier.File || !sameMarker(r.Marker, earlier.Marker)):
				same = earlier
			case r.samePin(*earlier):
				err = fmt.Errorf("%s: %q is there already, at %s: want it once", r.at(), r.Name, earlier.at())
			case overlap(r.Marker, earlier.Marker):
				err = fmt.Errorf("%s: %q contradicts %q at %s: want one version", r.at(), r.text(), earlier.text(), earlier.at())
			}
		}
		switch {
		case err != nil:
			errs = append(errs, err)
		case same != nil:
			same.absorb(r)
		default:
			byName[r.Name] = append(byName[r.Name], len(united))
			united = append(united, r)
		}
	}
	return united, errs
}

// constrain checks requirements against constraints that apply whenever they do.
func constrain(requirements, constraints []Requirement) []error {
	var errs []error
	for _, c := range constraints {
		specifiers, err := pep440.ParseSpecifiers(c.Specifier)
		for _, r := range requirements {
			if err != nil || r.Name != c.Name || r.Version == "" || c.Marker != "" && !sameMarker(c.Marker, r.Marker) {
				continue
			}
			version, err := pep440.Parse(r.Version)
			if err == nil && !specifiers.Match(version) {
				errs = append(errs, fmt.Errorf("%s: %q contradicts the constraint %q at %s: want a version that meets it", r.at(), r.text(), c.text(), c.at()))
			}
		}
	}
	return errs
}

// absorb makes r stand for another requirement of the same pin, too.
func (r *Requirement) absorb(other Requirement) {
	switch {
	case r.Marker == "" || other.Marker == "":
		r.Marker = ""
	case !sameMarker(r.Marker, other.Marker):
		r.Marker = "(" + r.Marker + ") or (" + other.Marker + ")"
	}
	r.Extras = slices.Concat(r.Extras, other.Extras)
	slices.Sort(r.Extras)
	r.Extras = slices.Compact(r.Extras)
	for hash, file := range other.Files {
		r.addFile(hash, file, file)
	}
	for _, hash := range other.Hashes {
		if !slices.Contains(r.Hashes, hash) {
			r.Hashes = append(r.Hashes, hash)
		}
	}
}

// samePin tells whether two requirements of one name want the same thing.
func (r Requirement) samePin(other Requirement) bool {
	if r.Version == "" || other.Version == "" {
		return r.Specifier == other.Specifier && r.URL == other.URL
	}
	v, err := pep440.Parse(r.Version)
	w, err2 := pep440.Parse(other.Version)
	if err != nil || err2 != nil { // "===" takes anything
		return r.Version == other.Version
	}
	return v.Compare(w) == 0
}

// overlap tells whether two markers of one name may both be true as far as their text
// tells: one is missing, or they are the same.
func overlap(a, b string) bool { return a == "" || b == "" || sameMarker(a, b) }

// sameMarker compares markers but for blanks and the kind of quotes.
func sameMarker(a, b string) bool {
	plain := func(s string) string {
		return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "'", `"`)
	}
	return a == b || plain(a) == plain(b)
}
