package venv

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
)

// network is how indexes are reached, by us and by the installers alike.
type network struct {
	access *index.Access
	config index.Config
	trust  []string // for an installer: whom to trust
	passed []string // for an installer: what else was said to it; may hold secrets
}

// passed are the variables of uv's and pip's own that an installer is given: how
// to reach an index and what to keep. What would change which index is asked or
// what is installed is ours to say.
var passed = []string{
	"UV_HTTP_*", "UV_CONCURRENT_*", "UV_REQUEST_TIMEOUT", "UV_NO_CACHE", "UV_CACHE_DIR", "UV_OFFLINE",
	"UV_INSECURE_HOST", "UV_KEYRING_PROVIDER",
	"PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES", "PIP_PROXY", "PIP_NO_CACHE_DIR", "PIP_CACHE_DIR",
	"PIP_TRUSTED_HOST", "PIP_CLIENT_CERT", "PIP_KEYRING_PROVIDER",
	"NETRC",
}

// network reads the environment. Relative find-links are relative to source.
func (b Builder) network(source string) (network, error) {
	env := command.Merge(b.Run.Env, b.Config)
	config, err := index.Configure(env)
	if err != nil {
		return network{}, err
	}
	for i, place := range config.FindLinks {
		config.FindLinks[i] = linkPlace(source, place)
	}
	access, err := index.NewAccess(env, b.Named...)
	if err != nil {
		return network{}, err
	}
	n := network{access: access, config: config}
	for _, v := range b.Config {
		name, _, _ := strings.Cut(v, "=")
		for _, pattern := range passed {
			if ok, _ := filepath.Match(pattern, name); ok {
				n.passed = append(n.passed, v)
			}
		}
	}
	n.trust, err = b.trust(env)
	return n, err
}

// trust has uv and pip trust whom we trust: the certificates of all variables in
// one file, which all variables then name. Where there are none at all, uv's and
// pip's own are better than nothing.
func (b Builder) trust(env []string) ([]string, error) {
	roots, err := index.Roots(env)
	if err != nil || len(roots) == 0 {
		return nil, err
	}
	file, err := b.write("ca-certificates.crt", string(roots))
	var trust []string
	for _, name := range index.CertificateVariables {
		trust = append(trust, name+"="+file)
	}
	return command.Merge(trust, []string{"SSL_CERT_DIR="}), err
}

// with adds what a lock's own options say of indexes. An index-url takes the
// place of the configured one, as with pip; the public index is what locking
// tools write for the configured one.
// Relative find-links are relative to root.
func (n network) with(l lock.Lock, root string, env []string) (network, error) {
	var errs []error
	n.config.Extra = append([]string{}, n.config.Extra...)
	n.config.FindLinks = append([]string{}, n.config.FindLinks...)
	for _, o := range l.Options {
		value, err := index.Expand(o.Value, env)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: --%s: %w", o.File, o.Line, o.Name, err))
		}
		switch o.Name {
		case "index-url":
			if !index.Same(value, index.Public) {
				n.config.Default = strings.TrimSuffix(value, "/") + "/"
			}
		case "extra-index-url":
			n.config.Extra = append(n.config.Extra, value)
		case "find-links":
			n.config.FindLinks = append(n.config.FindLinks, linkPlace(root, value))
		case "no-index":
			n.config.NoIndex = true
		}
	}
	return n, errors.Join(errs...)
}

func linkPlace(dir, place string) string {
	if filepath.IsLocal(place) && !strings.Contains(place, ":") {
		return filepath.Join(dir, place)
	}
	return place
}

// clients are where the distributions of an index may be found.
func (n network) clients(link string) []index.Client {
	var list []index.Client
	if link == n.config.Default {
		for _, place := range n.config.FindLinks {
			list = append(list, n.access.OpenLinks(place))
		}
		if n.config.NoIndex {
			return list
		}
	}
	return append(list, n.access.Open(link))
}

// only is the environment of an installer that is to know one index, or none for
// "". Credentials are in it and nowhere else: a command line is everybody's to
// read.
func (n network) only(link string) []string {
	if link == "" {
		return n.trust
	}
	full := n.access.WithLogin(link)
	env := append([]string{"UV_DEFAULT_INDEX=" + full, "PIP_INDEX_URL=" + full}, n.trust...)
	if link == n.config.Default && len(n.config.FindLinks) > 0 {
		env = append(env, "UV_FIND_LINKS="+strings.Join(n.config.FindLinks, ","), "PIP_FIND_LINKS="+strings.Join(n.config.FindLinks, " "))
	}
	return env
}
