package venv

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/project"
)

// readConstraints reads files of build constraints, which are requirements files.
func readConstraints(source fs.FS, files []string) ([]lock.Requirement, error) {
	l, err := lock.Read(source, files...)
	if err != nil {
		return nil, fmt.Errorf("read build constraints: %w", err)
	}
	return append(l.Requirements, l.Constraints...), nil
}

// part is build requirements that come from one index.
type part struct {
	index string
	list  []string
}

// byIndex parts build requirements by owner. The default index is the last. An
// option of the installer's, which could name an index, is no requirement.
func (f *frontend) byIndex(list []string) ([]part, error) {
	rest := part{index: f.inst.net.config.Default}
	var parts []part
	for _, text := range list {
		r, err := pep508.Parse(text)
		if err != nil || strings.ContainsAny(text, "\r\n\\") {
			return nil, fmt.Errorf("build requirement %q: want a requirement such as \"setuptools>=61\"", text)
		}
		link := indexOf(lock.Requirement{Name: r.Name}, f.inst.net.config, f.b.Owners)
		if link == rest.index {
			rest.list = append(rest.list, text)
			continue
		}
		at := slices.IndexFunc(parts, func(p part) bool { return p.index == link })
		if at < 0 {
			parts, at = append(parts, part{index: link}), len(parts)
		}
		parts[at].list = append(parts[at].list, text)
	}
	if rest.list != nil {
		parts = append(parts, rest)
	}
	return parts, nil
}

// constraints says which versions a build may use: the user's build constraints,
// then what the lock has for builds, then the lock's own pins; the first of them
// that speaks of a name counts. A pin that a build requirement itself excludes is
// left out: an application may run with another version than it is built with.
func (f *frontend) constraints(wanted []string) lock.Lock {
	var l lock.Lock
	known := map[string]bool{}
	take := func(list []lock.Requirement, fits func(lock.Requirement) bool) {
		var names []string
		for _, r := range list {
			if known[r.Name] || r.Specifier == "" || !fits(r) {
				continue
			}
			if r.Extras = nil; !f.inst.hashed {
				r.Hashes = nil
			}
			l.Requirements, names = append(l.Requirements, r), append(names, r.Name)
		}
		for _, name := range names {
			known[name] = true
		}
	}
	always := func(lock.Requirement) bool { return true }
	take(f.rules, always)
	take(f.pl.Lock.BuildConstraints, always)
	take(f.pl.Lock.Requirements, func(r lock.Requirement) bool { return r.Version != "" && allowed(wanted, r) })
	return l
}

// allowed tells whether build requirements have no word against a pin.
func allowed(wanted []string, pin lock.Requirement) bool {
	version, err := pep440.Parse(pin.Version)
	if err != nil {
		return false
	}
	for _, text := range wanted {
		r, err := pep508.Parse(text)
		if err == nil && r.Name == pin.Name && !r.Specifiers.Match(version) {
			return false
		}
	}
	return true
}

// requirements lists what a build virtualenv holds. Constrained is what a
// constraint, or a pin of the build requirements themselves, speaks of.
func (f *frontend) requirements(env Env, wanted []string) ([]BuildRequirement, error) {
	installed, err := env.Distributions()
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, r := range f.constraints(wanted).Requirements {
		known[r.Name] = true
	}
	for _, text := range wanted {
		if r, err := pep508.Parse(text); err == nil && (r.Specifiers.IsPin() || r.URL != "") {
			known[r.Name] = true
		}
	}
	list := []BuildRequirement{}
	for _, d := range installed {
		name := project.NormalizeName(d.Name)
		list = append(list, BuildRequirement{name, d.Version, known[name]})
	}
	return list, nil
}

// Unconstrained lists the distributions that took part in builds and that nothing
// holds to a version: tomorrow it may be another one.
func (e Env) Unconstrained() []string {
	var list []string
	for _, b := range e.Built {
		for _, r := range b.Requirements {
			if !r.Constrained {
				list = append(list, r.Name+" "+r.Version)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
