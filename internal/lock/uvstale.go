package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
)

// uvMetadata is what a project said of its dependencies when it was locked.
type uvMetadata struct {
	RequiresDist   []uvRequirement            `toml:"requires-dist"`
	RequiresDev    map[string][]uvRequirement `toml:"requires-dev"`
	ProvidesExtras []string                   `toml:"provides-extras"`
}

// uvRequirement is a dependency specifier, and where tool.uv.sources says that it
// comes from.
type uvRequirement struct {
	Name      string
	Extras    []string
	Specifier string
	Marker    string
	URL       string
	Git       string
	Path      string
	Directory string
	Editable  string
	Virtual   string
}

// parse returns a requirement as it would stand in pyproject.toml.
func (r uvRequirement) parse() (pep508.Requirement, error) {
	text := r.Name
	if len(r.Extras) > 0 {
		text += "[" + strings.Join(r.Extras, ",") + "]"
	}
	text += r.Specifier
	if r.Marker != "" {
		text += " ; " + r.Marker
	}
	return pep508.Parse(text)
}

// elsewhere tells whether a requirement comes from another place than an index. What
// versions it may have and which URL the project gave is not recorded for all of them.
func (r uvRequirement) elsewhere() bool {
	return r.URL+r.Git+r.Path+r.Directory+r.Editable+r.Virtual != ""
}

// manifest takes what [tool.uv] said for all of the lock.
func (g *gatherer) manifest(key string, list []uvRequirement) []Requirement {
	var requirements []Requirement
	for _, item := range list {
		parsed, err := item.parse()
		if err != nil {
			g.errs = append(g.errs, fmt.Errorf("%s: manifest.%s: %w", g.file(), key, err))
			continue
		}
		r, _ := newRequirement(parsed) // it errs on URLs only
		r.File = g.file()
		requirements = append(requirements, r)
	}
	return requirements
}

// stale tells what the project says otherwise than when it was locked, as far as
// markers hold for the interpreter; without one, nothing is held against the project.
func (doc uvLock) stale(file string, s Selection, root uvPackage) []string {
	p, locked := s.Project, root.Metadata
	if s.Env == nil || p.File != "pyproject.toml" || pep508.NormalizeName(p.Name) != root.Name {
		return nil
	}
	var reasons []string
	alone := len(doc.Manifest.Members) < 2 // else it is what all members have in common
	if alone && p.RequiresPython != "" && !sameVersions(p.RequiresPython, doc.RequiresPython) {
		reasons = append(reasons, fmt.Sprintf("%s was locked for Python %q, and %s wants %q", file, doc.RequiresPython, p.File, p.RequiresPython))
	}
	if !slices.Contains(p.Dynamic, "dependencies") && !slices.Contains(p.Dynamic, "optional-dependencies") {
		reasons = append(reasons, s.differ(file, "", p.Dependencies, locked.RequiresDist)...)
		for _, extra := range slices.Concat(keys(p.OptionalDependencies), locked.ProvidesExtras) {
			have := slices.Concat(p.Dependencies, p.OptionalDependencies[extra])
			reasons = append(reasons, s.differ(file, extra, have, locked.RequiresDist)...)
		}
	}
	for _, group := range slices.Concat(keys(p.Groups), keys(locked.RequiresDev)) {
		if _, ok := p.Groups[group]; ok || group != "dev" { // that one may be tool.uv.dev-dependencies
			reasons = append(reasons, s.differ(file, "", p.Groups[group], locked.RequiresDev[group])...)
		}
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}

// differ compares what a project wants with what was locked, with one extra or none.
func (s Selection) differ(file, extra string, wanted []string, locked []uvRequirement) []string {
	active := pep508.Active{Extras: []string{extra}}
	var have, had []uvWish
	for _, text := range wanted {
		if r, err := pep508.Parse(text); err == nil && r.Marker.Eval(s.Env, active) {
			have = append(have, uvWish{r, r.URL != "", r.URL})
		}
	}
	for _, entry := range locked {
		if r, err := entry.parse(); err == nil && r.Marker.Eval(s.Env, active) {
			had = append(had, uvWish{r, entry.elsewhere(), entry.URL})
		}
	}
	var reasons []string
	for _, w := range have {
		if !slices.ContainsFunc(had, w.same) {
			reasons = append(reasons, fmt.Sprintf("%s wants %q, which %s was not locked for", s.Project.File, w.String(), file))
		}
	}
	for _, w := range had {
		if !slices.ContainsFunc(have, w.same) {
			reasons = append(reasons, fmt.Sprintf("%s was locked for %q, which %s does not want", file, w.String(), s.Project.File))
		}
	}
	return reasons
}

// uvWish is a requirement as pyproject.toml or uv.lock has it.
type uvWish struct {
	pep508.Requirement
	elsewhere bool // it does not come from an index; a version is not recorded then
	url       string
}

func (w uvWish) same(o uvWish) bool {
	switch {
	case w.Name != o.Name || !slices.Equal(w.Extras, o.Extras):
		return false
	case w.url != "" && o.url != "":
		return withoutFragment(w.url) == withoutFragment(o.url)
	case w.elsewhere || o.elsewhere:
		return true
	}
	return canonical(w.Specifiers) == canonical(o.Specifiers)
}

func withoutFragment(url string) string {
	url, _, _ = strings.Cut(url, "#")
	return url
}

// canonical writes specifiers so that sets that say the same are equal.
func canonical(specifiers pep440.Specifiers) string {
	var list []string
	for _, s := range specifiers {
		operand, prefix := strings.CutSuffix(s.Operand, ".*")
		if v, err := pep440.Parse(operand); err == nil {
			operand = v.String()
		}
		if prefix {
			operand += ".*"
		}
		list = append(list, s.Operator+operand)
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

// sameVersions tells whether two sets of specifiers let the same Pythons in: uv does
// not write them as they were.
func sameVersions(a, b string) bool {
	first, err := pep440.ParseSpecifiers(a)
	second, err2 := pep440.ParseSpecifiers(b)
	if err != nil || err2 != nil {
		return a == b
	}
	probes := []string{"2.7", "4"}
	for minor := range 40 {
		probes = append(probes, fmt.Sprintf("3.%d", minor), fmt.Sprintf("3.%d.99", minor))
	}
	for _, s := range slices.Concat(first, second) {
		probes = append(probes, strings.TrimSuffix(s.Operand, ".*"))
	}
	return !slices.ContainsFunc(probes, func(probe string) bool {
		v, err := pep440.Parse(probe)
		return err == nil && first.Match(v) != second.Match(v)
	})
}
