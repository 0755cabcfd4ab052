package repository

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// options are those in the query of a repository's URL.
type options struct {
	suites, arches             []string
	component                  string
	origin, label, description string
	name, url, base            string
	keep                       int
	zstd, unsigned             bool
}

// fileName is what a repository's name must be: it is part of file names on
// servers, and rpm's identifier of the repository.
var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// parameter is one of the query.
type parameter struct {
	name  string
	only  string // the kind of repository that has it: "apt", "yum"; "": both
	parse func(o *options, value string) error
}

func text(field func(*options) *string) func(*options, string) error {
	return func(o *options, v string) error { *field(o) = v; return nil }
}

func words(field func(*options) *[]string) func(*options, string) error {
	return func(o *options, v string) error {
		*field(o) = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
		if len(*field(o)) == 0 {
			return errors.New("want a word, or several with commas")
		}
		return nil
	}
}

func choice(values map[string]bool, field func(*options) *bool) func(*options, string) error {
	return func(o *options, v string) error {
		on, ok := values[v]
		if !ok {
			var names []string
			for name := range values {
				names = append(names, name)
			}
			if names[0] > names[1] {
				names[0], names[1] = names[1], names[0]
			}
			return fmt.Errorf("want %s", strings.Join(names, " or "))
		}
		*field(o) = on
		return nil
	}
}

// parameters is the table of what a repository's URL may say.
var parameters = []parameter{
	{"suite", "apt", words(func(o *options) *[]string { return &o.suites })},
	{"component", "apt", text(func(o *options) *string { return &o.component })},
	{"arch", "apt", func(o *options, v string) error {
		if err := words(func(o *options) *[]string { return &o.arches })(o, v); err != nil {
			return err
		}
		return debianArches(o.arches)
	}},
	{"origin", "apt", text(func(o *options) *string { return &o.origin })},
	{"label", "apt", text(func(o *options) *string { return &o.label })},
	{"description", "apt", text(func(o *options) *string { return &o.description })},
	{"keep", "", func(o *options, v string) (err error) {
		if o.keep, err = strconv.Atoi(v); err != nil || o.keep < 1 {
			return errors.New("want a number of versions, 1 or more")
		}
		return nil
	}},
	{"name", "", func(o *options, v string) error {
		if o.name = v; !fileName.MatchString(v) {
			return errors.New("want letters, digits and ._-")
		}
		return nil
	}},
	{"url", "", func(o *options, v string) error { return webURL(&o.url, v) }},
	{"base", "", func(o *options, v string) error { return webURL(&o.base, v) }},
	{"compress", "yum", choice(map[string]bool{"gzip": false, "zstd": true}, func(o *options) *bool { return &o.zstd })},
	{"unsigned", "", choice(map[string]bool{"no": false, "yes": true}, func(o *options) *bool { return &o.unsigned })},
}

// debianArches refuses rpm's words for what Debian calls otherwise: apt would look
// for an index of its own word.
func debianArches(list []string) error {
	deb, debErr := artifact.FormatFor("deb")
	rpm, rpmErr := artifact.FormatFor("rpm")
	errs := []error{debErr, rpmErr}
	for _, arch := range list {
		for goarch, word := range rpm.Arches {
			if arch == word && deb.Arches[goarch] != word {
				errs = append(errs, fmt.Errorf("%s is rpm's word: want %s", arch, deb.Arches[goarch]))
			}
		}
	}
	return errors.Join(errs...)
}

func webURL(to *string, v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want an https URL without user, password and query")
	}
	*to = strings.TrimSuffix(v, "/")
	return nil
}

// parse takes the parameters out of a URL. The rest is the store's.
func parse(k Kind, location string) (o options, rest string, err error) {
	o = options{component: "main"}
	location, query, ok := strings.Cut(location, "?")
	if !ok {
		return o, location, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return o, location, fmt.Errorf("query %q: %w", query, err)
	}
	var errs []error
	for _, p := range parameters {
		list, ok := values[p.name]
		if !ok {
			continue
		}
		delete(values, p.name)
		if p.only == "apt" && !k.deb || p.only == "yum" && !k.rpm {
			errs = append(errs, fmt.Errorf("parameter %s: %s has none: want %s+… or repo+…, or no %s", p.name, k.Scheme, p.only, p.name))
		} else if len(list) > 1 {
			errs = append(errs, fmt.Errorf("parameter %s: %d of it: want one", p.name, len(list)))
		} else if err := p.parse(&o, list[0]); err != nil {
			errs = append(errs, fmt.Errorf("parameter %s=%s: %w", p.name, list[0], err))
		}
	}
	if len(values) > 0 {
		location += "?" + values.Encode()
	}
	return o, location, errors.Join(errs...)
}

// Parameters names what a repository's URL may say in its query.
func Parameters() []string {
	var names []string
	for _, p := range parameters {
		names = append(names, p.name)
	}
	return names
}
