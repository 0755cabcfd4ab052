package project

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pinpack/pinpack/internal/pep440"
)

// Complete returns p, read from a source tree, with what p leaves open taken from
// the wheel that was built from it; nothing is dynamic any more. What p states it
// keeps, as it is written there. Scripts are the wheel's in any case: they are what
// gets installed.
//
// It is an error when the wheel is of another name or version than p states.
func (p Project) Complete(wheel Project) (Project, error) {
	var errs []error
	if p.Name != "" && NormalizeName(p.Name) != NormalizeName(wheel.Name) {
		errs = append(errs, fmt.Errorf("compare %q with the project: its name is %q, want %q as in %s",
			wheel.File, wheel.Name, p.Name, p.File))
	}
	if p.Version != "" && !sameVersion(p.Version, wheel.Version) {
		errs = append(errs, fmt.Errorf("compare %q with the project: its version is %q, want %q as in %s",
			wheel.File, wheel.Version, p.Version, p.File))
	}
	if len(errs) > 0 {
		return Project{}, errors.Join(errs...)
	}
	if p.Readme == "" {
		p.Readme, p.ReadmeType = wheel.Readme, wheel.ReadmeType
	}
	fill(&p.Name, wheel.Name)
	fill(&p.Version, wheel.Version)
	fill(&p.Summary, wheel.Summary)
	fill(&p.License, wheel.License)
	fill(&p.RequiresPython, wheel.RequiresPython)
	if len(p.LicenseFiles) == 0 {
		p.LicenseFiles = wheel.LicenseFiles
	}
	if len(p.Authors) == 0 {
		p.Authors = wheel.Authors
	}
	if len(p.Maintainers) == 0 {
		p.Maintainers = wheel.Maintainers
	}
	if len(p.URLs) == 0 {
		p.URLs = wheel.URLs
	}
	p.Scripts = wheel.Scripts
	p.Dynamic = nil
	return p, nil
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func sameVersion(a, b string) bool {
	v, err := pep440.Parse(a)
	w, err2 := pep440.Parse(b)
	return err == nil && err2 == nil && v.Compare(w) == 0
}

// open returns the keys of fields that p has no value for.
func (p Project) open() []string {
	missing := map[string]bool{
		"version":         p.Version == "",
		"description":     p.Summary == "",
		"readme":          p.Readme == "",
		"requires-python": p.RequiresPython == "",
		"license":         p.License == "",
		"license-files":   len(p.LicenseFiles) == 0,
		"authors":         len(p.Authors) == 0,
		"maintainers":     len(p.Maintainers) == 0,
		"urls":            len(p.URLs) == 0,
		"scripts":         len(p.Scripts) == 0,
	}
	return slices.DeleteFunc(slices.Clone(fields), func(key string) bool { return !missing[key] })
}
