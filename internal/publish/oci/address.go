package oci

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Address is where in a registry, and under which tags: a target's URL as read.
type Address struct {
	URL        string // as people know it: SCHEME://REGISTRY/NAME
	Repository name.Repository
	Channels   []string // tags that move forward; nil: those that the version says
	Tags       []string // tags besides
	PlainHTTP  bool     // credentials may go over the wire for all to read
	Query      url.Values
}

var tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// options are those of a query that every kind of address has.
var options = []string{"channels", "tags", "plain-http"}

// ParseAddress reads SCHEME://REGISTRY/NAME?OPTION=VALUE&…, with the options that
// the kind of target has besides those of every registry. The repository's name is
// made lower-case, as registries want it. Everything that is wrong is in the error.
func ParseAddress(address string, more ...string) (Address, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return Address{}, fmt.Errorf("want %s://REGISTRY/NAME, such as %s://ghcr.io/example/whois", scheme, scheme)
	}
	where, query, _ := strings.Cut(rest, "?")
	a := Address{URL: scheme + "://" + strings.ToLower(where)}
	var errs []error
	if strings.Contains(where, "@") {
		// Neither user:password nor a digest has a place here; the first must not be repeated.
		return Address{}, fmt.Errorf("%s://…@…: an address has no credentials and no digest: want %s://REGISTRY/NAME, and credentials in REGISTRY_USERNAME and REGISTRY_PASSWORD", scheme, scheme)
	}
	var err error
	if a.Query, err = url.ParseQuery(query); err != nil {
		errs = append(errs, fmt.Errorf("query %q: %w", query, err))
	}
	known := append(slices.Clone(options), more...)
	for _, key := range slices.Sorted(keys(a.Query)) {
		if !slices.Contains(known, key) {
			errs = append(errs, fmt.Errorf("unknown option %q: want %s", key, strings.Join(known, ", ")))
		} else if len(a.Query[key]) > 1 {
			errs = append(errs, fmt.Errorf("option %q: is there twice", key))
		}
	}
	a.PlainHTTP, err = Bool(a.Query, "plain-http")
	errs = append(errs, err)
	a.Channels, err = tagList(a.Query, "channels")
	errs = append(errs, err)
	a.Tags, err = tagList(a.Query, "tags")
	errs = append(errs, err, a.repository(where))
	return a, errors.Join(errs...)
}

// repository reads REGISTRY/NAME. The registry is never left out: what people
// publish is not to go to Docker Hub by a slip.
func (a *Address) repository(where string) error {
	registry, path, _ := strings.Cut(where, "/")
	switch {
	case registry == "" || path == "" || !strings.ContainsAny(registry, ".:") && registry != "localhost":
		return fmt.Errorf("repository %q: want REGISTRY/NAME, such as ghcr.io/example/whois", where)
	case strings.Contains(path, ":"):
		return fmt.Errorf("repository %q: has a tag: want it without, since tags come from versions (and the option tags)", where)
	}
	var o []name.Option
	if a.PlainHTTP || loopback(registry) {
		o = append(o, name.Insecure)
	}
	var err error
	a.Repository, err = name.NewRepository(strings.ToLower(where), append(o, name.StrictValidation)...)
	if err != nil {
		return fmt.Errorf("repository %q: %w", where, err)
	}
	return nil
}

// loopback tells whether a registry is this machine, which needs no TLS.
func loopback(registry string) bool {
	host := registry
	if h, _, err := net.SplitHostPort(registry); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Bool reads a yes or no of a query.
func Bool(q url.Values, key string) (bool, error) {
	if !q.Has(key) {
		return false, nil
	}
	v, err := strconv.ParseBool(q.Get(key))
	if err != nil {
		return false, fmt.Errorf("option %s=%q: want true or false", key, q.Get(key))
	}
	return v, nil
}

// tagList is not nil if the option is there, so that an empty one means none.
func tagList(q url.Values, key string) ([]string, error) {
	if !q.Has(key) {
		return nil, nil
	}
	list := []string{}
	var errs []error
	for tag := range strings.FieldsFuncSeq(q.Get(key), func(r rune) bool { return r == ',' || r == ' ' }) {
		if !tagPattern.MatchString(tag) {
			errs = append(errs, fmt.Errorf("option %s: tag %q: want letters, digits, '.', '_' and '-', 128 at most, the first a letter, a digit or '_'", key, tag))
		}
		list = append(list, tag)
	}
	return list, errors.Join(errs...)
}

func keys(q url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range q {
			if !yield(k) {
				return
			}
		}
	}
}
