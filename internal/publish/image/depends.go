package image

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/publish/oci"
)

// relation is one alternative of a dependency (deb-control(5)).
var relation = regexp.MustCompile(`^([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?(?:\s*\(\s*(<<|<=|=|>=|>>)\s*([^\s)]+)\s*\))?(?:\s*\[[^\]]*\])?$`)

// lacking lists the dependencies of a package that are not installed. Those on
// which only units and maintainer scripts depend, which a container has no use
// for, are passed over.
func (p pkg) lacking(installed map[string][]string) []string {
	var hostOnly []string
	if p.info.Services != nil {
		hostOnly = p.info.Services.HostOnly
	}
	var list []string
	depends := get(p.fields, "Pre-Depends") + "," + get(p.fields, "Depends")
	for clause := range strings.SplitSeq(depends, ",") {
		clause = strings.TrimSpace(clause)
		if clause == "" {
			continue
		}
		fine := false
		for alternative := range strings.SplitSeq(clause, "|") {
			m := relation.FindStringSubmatch(strings.TrimSpace(alternative))
			fine = fine || m != nil && (slices.Contains(hostOnly, m[1]) || satisfied(installed[m[1]], m[2], m[3]))
		}
		if !fine && !slices.Contains(list, clause) {
			list = append(list, clause)
		}
	}
	return list
}

// satisfied tells whether one of the installed versions will do. "" is that of a
// provided name without one.
func satisfied(versions []string, op, want string) bool {
	return slices.ContainsFunc(versions, func(v string) bool {
		if op == "" {
			return true
		}
		if v == "" {
			return false
		}
		c := oci.CompareVersions(v, want)
		switch op {
		case "<<":
			return c < 0
		case "<=":
			return c <= 0
		case "=":
			return c == 0
		case ">=":
			return c >= 0
		}
		return c > 0
	})
}

// installed reads a list of packages as dpkg keeps it into the versions of each
// name, provided ones too.
func installed(status string, into map[string][]string) {
	for stanza := range strings.SplitSeq(status, "\n\n") {
		f := parseFields(stanza)
		name := get(f, "Package")
		if name == "" || get(f, "Status") != "" && !strings.HasSuffix(get(f, "Status"), " installed") {
			continue
		}
		into[name] = append(into[name], get(f, "Version"))
		for provided := range strings.SplitSeq(get(f, "Provides"), ",") {
			if m := relation.FindStringSubmatch(strings.TrimSpace(provided)); m != nil {
				into[m[1]] = append(into[m[1]], m[3])
			}
		}
	}
}

// missingError is a base that cannot run the package.
func missingError(base string, list []string) error {
	var names []string
	for _, clause := range list {
		name, _, _ := strings.Cut(strings.TrimSpace(clause), " ")
		names = append(names, name)
	}
	return fmt.Errorf("the base %s lacks what the package depends on: %s: want a base that has it, made from this one by RUN apt-get install --no-install-recommends %s, or a package that brings its own Python (input python-bundle), or the option missing=warn",
		base, strings.Join(list, ", "), strings.Join(names, " "))
}
