package registry

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/nearest"
)

// common are words that every kind's query may have.
var common = []param{
	{name: "format", several: true, choices: []string{"deb", "rpm"}},
	{name: "scheme", choices: []string{"http", "https"}},
	{name: "if-exists", choices: []string{"fail", "skip"}},
}

// address is what a target's URL says.
type address struct {
	base  string            // of the service: https://host/path, without a slash at the end
	vars  map[string]string // what the path and the query say, by name
	lists map[string][]string
	user  *url.Userinfo
	// template and rest are path and query where the kind leaves them to the user.
	template string
	rest     url.Values
}

func (k *Kind) parse(link string) (address, error) {
	// Braces of a template, as URLs cannot have them.
	u, err := url.Parse(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(link))
	if err != nil {
		return address{}, errors.New("it is no URL: want " + k.Form)
	}
	a := address{vars: map[string]string{}, lists: map[string][]string{}, user: u.User}
	err = errors.Join(k.readPath(&a, u), k.readQuery(&a, u))
	if err == nil && k.byFormat && a.vars["deb"] == "" && a.vars["rpm"] == "" {
		err = errors.New("its query has neither deb nor rpm: want " + k.Form)
	}
	if err != nil {
		return a, err
	}
	scheme := a.vars["scheme"]
	if scheme == "" {
		scheme = "https"
		if loopback(u.Hostname()) {
			scheme = "http"
		}
	}
	if k.code == nil && k.path == nil { // the scheme says it
		if scheme, _, _ = strings.Cut(u.Scheme, "+"); scheme == "http" && !loopback(u.Hostname()) {
			return a, fmt.Errorf("http to %q, which is not this machine: want https, nobody between would read the credentials", u.Hostname())
		}
	}
	a.base = scheme + "://" + u.Host + a.vars["base"]
	return a, nil
}

// readPath tells the service's own path from what its last elements are.
func (k *Kind) readPath(a *address, u *url.URL) error {
	p := strings.Trim(u.EscapedPath(), "/")
	if k.path == nil {
		a.vars["base"], a.template = "", "/"+strings.NewReplacer("%7B", "{", "%7D", "}").Replace(p)
		if u.Host == "" {
			return errors.New("no host: want " + k.Form)
		}
		return nil
	}
	var parts []string
	for part := range strings.SplitSeq(p, "/") {
		if part == "" {
			continue
		}
		decoded, err := url.PathUnescape(part)
		if err != nil || decoded == "." || decoded == ".." {
			return fmt.Errorf("path %q: want %s", "/"+p, k.Form)
		}
		parts = append(parts, decoded)
	}
	if k.host != "" { // the service has one address: what is in the host's place is the first element
		parts, u.Host = append([]string{u.Host}, parts...), k.host
		if other := u.Query().Get("host"); other != "" {
			u.Host = other
		}
		if len(parts) > len(k.path) {
			return fmt.Errorf("path %q: want %s", "/"+p, k.Form)
		}
	}
	if u.Host == "" {
		return errors.New("no host: want " + k.Form)
	}
	if name, all := strings.CutSuffix(strings.Join(k.path, "+"), "/"); all {
		a.vars["base"], a.vars[name] = "", strings.Join(parts, "/")
		if len(parts) < 2 {
			return fmt.Errorf("path %q: want %s", "/"+p, k.Form)
		}
		return nil
	}
	if len(parts) < len(k.path) || len(parts) > 0 && parts[0] == "" {
		return fmt.Errorf("path %q: want %s", "/"+p, k.Form)
	}
	split := len(parts) - len(k.path)
	for i, name := range k.path {
		a.vars[name] = parts[split+i]
	}
	a.vars["base"] = k.base
	if split > 0 {
		a.vars["base"] = ""
		for _, part := range parts[:split] {
			a.vars["base"] += "/" + escape(part)
		}
	}
	return nil
}

func (k *Kind) readQuery(a *address, u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("its query cannot be read: want ?NAME=VALUE&NAME=VALUE")
	}
	params := append(slices.Clone(k.query), common...)
	if k.host != "" {
		params = append(params, param{name: "host"})
	}
	var names []string
	for _, p := range params {
		names = append(names, p.name)
	}
	var errs []error
	a.rest = url.Values{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.Contains(names, name) {
			continue
		}
		if k.passes() {
			a.rest[name] = query[name]
			continue
		}
		err := fmt.Errorf("unknown word %q in its query: want %s", name, strings.Join(names, ", "))
		if near := nearest.Of(name, names); near != "" {
			err = fmt.Errorf("unknown word %q in its query: did you mean %q?", name, near)
		}
		errs = append(errs, err)
	}
	for _, p := range params {
		values := slices.DeleteFunc(slices.Clone(query[p.name]), func(v string) bool { return v == "" })
		if len(values) == 0 && p.initial != "" {
			values = strings.Split(p.initial, ",")
		}
		switch {
		case len(values) == 0 && p.must:
			errs = append(errs, fmt.Errorf("its query lacks %s: want %s", p.name, k.Form))
		case len(values) > 1 && !p.several:
			errs = append(errs, fmt.Errorf("its query has %d times %s: want one", len(values), p.name))
		}
		for _, v := range values {
			if p.choices != nil && !slices.Contains(p.choices, v) {
				errs = append(errs, fmt.Errorf("%s=%s in its query: want %s", p.name, v, strings.Join(p.choices, " or ")))
			}
		}
		a.lists[p.name], a.vars[p.name] = values, strings.Join(values, ",")
	}
	return errors.Join(errs...)
}

// passes tells whether the query is the server's, but for our words.
func (k *Kind) passes() bool { return k.path == nil }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
