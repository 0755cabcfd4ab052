package config

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// names takes names of extras and groups, which are compared normalised.
func names(field func(*Config) *[]string) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		var errs []error
		var list []string
		for _, name := range v {
			if !pep508.ValidName(name) {
				errs = append(errs, fmt.Errorf("name %q: want letters, digits, -, _ and .", name))
			}
			list = append(list, pep508.NormalizeName(name))
		}
		*field(c) = unique(list)
		return errors.Join(errs...)
	}
}

// allow takes "refuse" or "allow".
func allow(field func(*Config) *bool) func(*Config, []string) error {
	return func(c *Config, v []string) error { *field(c) = v[0] == "allow"; return nil }
}

func parseIndexOwners(c *Config, v []string) error {
	var errs []error
	for _, line := range v {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if len(fields) < 2 {
			errs = append(errs, fmt.Errorf("index owner %q: want a URL and the names it may answer for, such as https://pypi.example.org/simple corp-*", redacted(line)))
			continue
		}
		u, err := url.Parse(fields[0])
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
			errs = append(errs, fmt.Errorf("index owner %q: want an index's URL first, such as https://pypi.example.org/simple", redacted(line)))
			continue
		case u.User != nil:
			errs = append(errs, fmt.Errorf("index owner %q: holds credentials: want them in the environment (UV_INDEX_NAME_PASSWORD, PIP_EXTRA_INDEX_URL) or in netrc", redacted(line)))
			continue
		}
		owner := IndexOwner{URL: fields[0]}
		for _, glob := range fields[1:] {
			if _, err := path.Match(glob, ""); err != nil || !ownable.MatchString(glob) {
				errs = append(errs, fmt.Errorf("index owner %q: name %q: want a distribution's name, or a glob such as corp-*", fields[0], glob))
			}
			owner.Names = append(owner.Names, pep508.NormalizeName(glob))
		}
		c.IndexOwners = append(c.IndexOwners, owner)
	}
	return errors.Join(errs...)
}

var ownable = regexp.MustCompile(`^[A-Za-z0-9*?][A-Za-z0-9*?.-]*$`)

// redacted shows a line without the credentials that a URL in it may hold.
func redacted(line string) string { return userinfo.ReplaceAllString(line, "//…@") }

var userinfo = regexp.MustCompile(`//[^/@\s]*@`)

// packageName is what all package managers' names are made of, so that nothing
// said here is taken for an option.
var packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._:-]*$`)

func parseBuildDeps(c *Config, v []string) error {
	var errs []error
	for _, name := range v {
		if !packageName.MatchString(name) {
			errs = append(errs, fmt.Errorf("package %q: want a name such as libpq-dev", name))
		}
	}
	c.BuildDeps = unique(v)
	return errors.Join(errs...)
}

func parseLibraries(c *Config, v []string) error {
	var errs []error
	for _, word := range v {
		soname, name, ok := strings.Cut(word, "=")
		taken := slices.ContainsFunc(c.LibraryPackages, func(l Library) bool { return l.Soname == soname })
		switch {
		case !ok || !strings.Contains(soname, ".so") || strings.Contains(soname, "/") || !packageName.MatchString(name):
			errs = append(errs, fmt.Errorf("library %q: want SONAME=PACKAGE, such as libfoo.so.1=libfoo1", word))
		case taken:
			errs = append(errs, fmt.Errorf("library %q: is there already: want it once", soname))
		default:
			c.LibraryPackages = append(c.LibraryPackages, Library{soname, name})
		}
	}
	return errors.Join(errs...)
}
