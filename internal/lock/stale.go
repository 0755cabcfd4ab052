package lock

import (
	"fmt"
	"slices"

	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
)

// unmet returns those dependencies of the selected project that the lock does not
// hold, or holds in a version that does not meet them. Without an interpreter it is
// not known which markers hold, and none is returned.
func (l Lock) unmet(s Selection) []string {
	if s.Env == nil {
		return nil
	}
	var reasons []string
	for _, wish := range s.wishes() {
		overridden := slices.ContainsFunc(l.Overrides, func(r Requirement) bool { return r.Name == wish.Name })
		if reason := l.lacks(wish, s.Project.File); reason != "" && !overridden {
			reasons = append(reasons, reason)
		}
	}
	slices.Sort(reasons)
	return slices.Compact(reasons)
}

// lacks tells why a dependency is not met; "" when it is.
func (l Lock) lacks(r pep508.Requirement, file string) string {
	if slices.ContainsFunc(l.Locals, func(local Local) bool { return local.Name == r.Name || local.Name == "" }) {
		return ""
	}
	i := slices.IndexFunc(l.Requirements, func(locked Requirement) bool { return locked.Name == r.Name })
	if i < 0 {
		return fmt.Sprintf("%s wants %q, which is not in %s", file, r.String(), l.Files[0])
	}
	locked := l.Requirements[i]
	version, err := pep440.Parse(locked.Version)
	if err == nil && !r.Specifiers.Match(version) {
		return fmt.Sprintf("%s wants %q, and %s has %q", file, r.String(), locked.at(), locked.text())
	}
	return ""
}
