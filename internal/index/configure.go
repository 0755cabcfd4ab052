package index

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// Config is which indexes uv's and pip's variables name, credentials included.
type Config struct {
	Default   string   // ends in a slash; Public when nothing names one
	Extra     []string // further ones, which could answer for any name
	FindLinks []string // directories, or pages with links
	NoIndex   bool     // only FindLinks

	named []Named
}

// Where each is configured; of the default, the first that is set counts.
var (
	defaultVariables = []string{"UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"}
	extraVariables   = []string{"UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"}
	linkVariables    = []string{"UV_FIND_LINKS", "PIP_FIND_LINKS"}
	noIndexVariables = []string{"UV_NO_INDEX", "PIP_NO_INDEX"}
)

// indexName is the name before an index's URL in UV_INDEX and UV_DEFAULT_INDEX.
var indexName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*=`)

// Configure reads the variables by which uv and pip are told of indexes. The
// error names every value that is no URL.
func Configure(env []string) (Config, error) {
	c := Config{Default: Public}
	var errs []error
	read := func(variable, value string) string {
		if name := indexName.FindString(value); name != "" {
			value = strings.TrimPrefix(value, name)
			c.named = append(c.named, Named{strings.TrimSuffix(name, "="), value})
		}
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			errs = append(errs, fmt.Errorf("%s: %q is no URL of an index: want one such as %q", variable, Redact(value), Public))
		}
		return withSlash(value)
	}
	for _, name := range defaultVariables {
		if v, _ := command.Lookup(env, name); v != "" {
			c.Default = read(name, strings.TrimSpace(v))
			break
		}
	}
	for _, name := range extraVariables {
		v, _ := command.Lookup(env, name)
		for _, link := range strings.Fields(v) {
			c.Extra = append(c.Extra, read(name, link))
		}
	}
	for _, name := range linkVariables {
		v, _ := command.Lookup(env, name)
		c.FindLinks = append(c.FindLinks, strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })...)
	}
	for _, name := range noIndexVariables {
		switch v, _ := command.Lookup(env, name); strings.ToLower(v) {
		case "1", "true", "yes", "on":
			c.NoIndex = true
		}
	}
	return c, errors.Join(errs...)
}
