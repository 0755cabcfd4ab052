package venv

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
)

// compare holds the virtualenv against the plan's lock, so that nothing rests on
// what the installer did: what is installed is what is locked and the project, in
// the locked versions; every file is one that a distribution records, with the
// content that it records; and what the distributions require is there.
func (e Env) compare(pl plan.Plan) error {
	installed, err := e.Distributions()
	if err != nil {
		return err
	}
	var errs []error
	errs = append(errs, e.compareSet(pl, installed)...)
	errs = append(errs, e.checkRecords(installed)...)
	errs = append(errs, e.unmet(pl, installed)...)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("compare virtualenv with lock: %w", err)
	}
	return nil
}

// compareSet compares names and versions. What is allowed to be unpinned may bring
// more than the lock knows.
func (e Env) compareSet(pl plan.Plan, installed []Distribution) []error {
	locked := map[string]string{project.NormalizeName(e.Wheel.Name): ""}
	open := false
	for _, l := range pl.Lock.Locals {
		locked[l.Name] = ""
	}
	for _, r := range pl.Lock.Requirements {
		locked[r.Name] = r.Version
		open = open || !r.Pinned()
	}
	var errs []error
	seen := map[string]bool{}
	for _, d := range installed {
		name := project.NormalizeName(d.Name)
		version, ok := locked[name]
		switch {
		case seen[name]:
			errs = append(errs, fmt.Errorf("distribution %q: installed twice", d.Name))
		case !ok && !open:
			errs = append(errs, fmt.Errorf("distribution %q %s: installed, but not in the lock", d.Name, d.Version))
		case version != "" && !sameVersion(version, d.Version):
			errs = append(errs, fmt.Errorf("distribution %q: version %s is installed: the lock has %s", d.Name, d.Version, version))
		}
		seen[name] = true
	}
	for _, name := range sortedKeys(locked) {
		if !seen[name] {
			errs = append(errs, fmt.Errorf("distribution %q: locked, but not installed", name))
		}
	}
	return errs
}

// sameVersion compares as PEP 440 does: 1.0 is 1.0.0.
func sameVersion(locked, installed string) bool {
	v, err := pep440.Parse(installed)
	w, lockErr := pep440.Parse(locked)
	return locked == installed || err == nil && lockErr == nil && v.Compare(w) == 0
}

// unmet finds requirements of the distributions (Requires-Dist) that apply and that
// nothing installed meets. Those that the lock overrides on purpose do not count.
func (e Env) unmet(pl plan.Plan, installed []Distribution) []error {
	versions := map[string]pep440.Version{}
	for _, d := range installed {
		v, err := pep440.Parse(d.Version)
		if err != nil {
			return []error{fmt.Errorf("distribution %q: %w", d.Name, err)}
		}
		versions[project.NormalizeName(d.Name)] = v
	}
	wanted, extras := e.needs(pl, installed)
	var errs []error
	for _, n := range wanted {
		v, ok := versions[n.Name]
		overridden := slices.ContainsFunc(pl.Lock.Overrides, func(r lock.Requirement) bool { return r.Name == n.Name })
		switch {
		case !n.applies(e.Python.Markers, extras[n.by]) || overridden:
		case !ok:
			errs = append(errs, fmt.Errorf("distribution %q: requires %q, which is not in the lock", n.by, n.String()))
		case !n.Specifiers.Match(v):
			errs = append(errs, fmt.Errorf("distribution %q: requires %q: the lock has %s", n.by, n.String(), v.Original))
		}
	}
	return errs
}

// needs lists what the distributions require, and the extras of each that are in use.
func (e Env) needs(pl plan.Plan, installed []Distribution) (wanted []need, extras map[string][]string) {
	extras = map[string][]string{project.NormalizeName(e.Wheel.Name): pl.Extras}
	for _, d := range installed {
		for _, text := range d.requires {
			r, err := pep508.Parse(text)
			if err != nil {
				continue // what was built long ago may say it in older ways, which no installer reads either
			}
			wanted = append(wanted, need{by: project.NormalizeName(d.Name), Requirement: r})
		}
	}
	for _, r := range pl.Lock.Requirements {
		extras[r.Name] = append(extras[r.Name], r.Extras...)
	}
	e.activate(wanted, extras)
	return wanted, extras
}

// Graph tells which of the installed distributions each one requires, by normalised
// names, sorted: those whose markers hold for the interpreter and the extras in use.
func (e Env) Graph(pl plan.Plan) (map[string][]string, error) {
	installed, err := e.Distributions()
	if err != nil {
		return nil, err
	}
	graph := map[string][]string{}
	for _, d := range installed {
		graph[project.NormalizeName(d.Name)] = nil
	}
	wanted, extras := e.needs(pl, installed)
	for _, n := range wanted {
		if _, ok := graph[n.Name]; ok && n.Name != n.by && n.applies(e.Python.Markers, extras[n.by]) {
			graph[n.by] = append(graph[n.by], n.Name)
		}
	}
	for by, list := range graph {
		slices.Sort(list)
		graph[by] = slices.Compact(list)
	}
	return graph, nil
}

// need is a requirement, and who has it.
type need struct {
	by string
	pep508.Requirement
}

func (n need) applies(env pep508.Environment, extras []string) bool {
	return n.Marker.Eval(env, pep508.Active{Extras: extras})
}

// activate adds the extras that requirements ask for, which may bring requirements
// that ask for more.
func (e Env) activate(wanted []need, extras map[string][]string) {
	for changed := true; changed; {
		changed = false
		for _, n := range wanted {
			for _, extra := range n.Extras {
				if !slices.Contains(extras[n.Name], extra) && n.applies(e.Python.Markers, extras[n.by]) {
					extras[n.Name] = append(extras[n.Name], extra)
					changed = true
				}
			}
		}
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// firstFew joins names for people: all of a few, else some and the number of the
// others.
func firstFew(names []string) string {
	const most = 5
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}
