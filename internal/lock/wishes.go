package lock

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pinpack/pinpack/internal/pep508"
)

// wishes returns what the selected project says that it depends on, as far as markers
// hold for the interpreter; without one, all of it.
func (s Selection) wishes() []pep508.Requirement {
	p := s.Project
	var texts []string
	if !s.Only {
		texts = slices.Clone(p.Dependencies)
		for _, extra := range s.Extras {
			texts = append(texts, p.OptionalDependencies[extra]...)
		}
	}
	for _, group := range s.Groups {
		texts = append(texts, p.Groups[group]...)
	}
	var wishes []pep508.Requirement
	followed := slices.Clone(s.Extras)
	for i := 0; i < len(texts); i++ {
		r, err := pep508.Parse(texts[i])
		switch {
		case err != nil, s.Env != nil && !r.Marker.Eval(s.Env, s.active()):
			continue
		case r.Name != pep508.NormalizeName(p.Name):
			wishes = append(wishes, r)
			continue
		}
		for _, extra := range r.Extras { // "shop[postgres]" in shop's own extra "all"
			if !slices.Contains(followed, extra) {
				followed = append(followed, extra)
				texts = append(texts, p.OptionalDependencies[extra]...)
			}
		}
	}
	return wishes
}

// Unlocked returns what the selected project says that it depends on as a lock
// that pins nothing itself, for projects without a lock file.
func Unlocked(s Selection) (Lock, error) {
	file := s.Project.File
	l := Lock{Files: []string{file}, Requirements: []Requirement{}}
	if slices.Contains(s.Project.Dynamic, "dependencies") || file == "setup.py" {
		return l, fmt.Errorf("read dependencies: %q leaves them to the build: want them in [project] of pyproject.toml, or a lock file", file)
	}
	var errs []error
	for _, wish := range s.wishes() {
		r, err := newRequirement(wish)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %q: %w", file, wish.Name, err))
			continue
		}
		r.File = file
		i := slices.IndexFunc(l.Requirements, func(o Requirement) bool { return o.Name == r.Name && o.Marker == r.Marker && o.URL == r.URL })
		if i < 0 {
			l.Requirements = append(l.Requirements, r)
			continue
		}
		l.Requirements[i].narrow(r)
	}
	return l, errors.Join(errs...)
}

// narrow makes r meet another requirement of its name, too.
func (r *Requirement) narrow(other Requirement) {
	r.absorb(other)
	if r.Specifier != "" && other.Specifier != "" && r.Specifier != other.Specifier {
		r.Specifier, r.Version = r.Specifier+","+other.Specifier, ""
	} else if r.Specifier == "" {
		r.Specifier, r.Version = other.Specifier, other.Version
	}
}
