package payload

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/sbom"
)

// narrow finds which of the locked files was installed, if the lock names them: the
// wheel of the tags that the distribution was unpacked with, or the source
// distribution that was built here. Otherwise it stays one of several.
func narrow(source sbom.Source, r lock.Requirement, tags []string, built string) sbom.Source {
	found := ""
	for hash, file := range r.Files {
		name := path.Base(file)
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		if !(built != "" && name == built || built == "" && sameTags(name, tags)) {
			continue
		}
		if found != "" {
			return source
		}
		found = hash
	}
	if found == "" || !slices.Contains(r.Hashes, found) {
		return source
	}
	algorithm, value, _ := strings.Cut(found, ":")
	source.Hashes = []sbom.Hash{{Algorithm: algorithm, Value: value}}
	if file := r.Files[found]; strings.Contains(file, "://") {
		source.URL = file
	}
	return source
}

// sameTags tells whether a wheel's name has exactly the tags. See
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/#compressed-tag-sets
func sameTags(name string, tags []string) bool {
	stem, ok := strings.CutSuffix(name, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 || len(parts) > 6 {
		return false
	}
	n := len(parts)
	var all []string
	for _, python := range strings.Split(parts[n-3], ".") {
		for _, abi := range strings.Split(parts[n-2], ".") {
			for _, platform := range strings.Split(parts[n-1], ".") {
				all = append(all, python+"-"+abi+"-"+platform)
			}
		}
	}
	want := slices.Clone(tags)
	slices.Sort(all)
	slices.Sort(want)
	return slices.Equal(slices.Compact(all), slices.Compact(want))
}

// public is a URL without credentials, query and fragment, which may hold tokens.
func public(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, path, slash := strings.Cut(rest, "/")
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host[strings.LastIndex(host, "@")+1:] + path
}
