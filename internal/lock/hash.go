package lock

import (
	"fmt"
	"slices"
	"strings"
)

// algorithms are the hashes that may stand in a lock, with the number of their
// hexadecimal digits. Of 0 digits are those too weak to tell what was locked.
var algorithms = []struct {
	name   string
	digits int
}{
	{"sha256", 64}, {"sha384", 96}, {"sha512", 128},
	{"md5", 0}, {"sha1", 0}, {"sha224", 0},
}

func isAlgorithm(name string) bool {
	for _, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			return true
		}
	}
	return false
}

// addHashes reads the options after a requirement.
func (r *Requirement) addHashes(text string) []error {
	settings, err := parseOptions(text)
	if err != nil {
		return []error{fmt.Errorf("%q: %w", r.Name, err)}
	}
	var errs []error
	for _, s := range settings {
		if s.name != "hash" {
			errs = append(errs, fmt.Errorf("%q: --%s after a requirement: want it on a line of its own", r.Name, s.name))
		} else if err := r.addHash(s.value); err != nil {
			errs = append(errs, fmt.Errorf("%q: %w", r.Name, err))
		}
	}
	return errs
}

// addHash adds a hash once, in lower case.
func (r *Requirement) addHash(hash string) error {
	hash = strings.ToLower(hash)
	if err := checkHash(hash); err != nil {
		return err
	}
	if !slices.Contains(r.Hashes, hash) {
		r.Hashes = append(r.Hashes, hash)
	}
	return nil
}

// addFile says which file has a hash: by its URL, or else by its name.
func (r *Requirement) addFile(hash, url, name string) {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	if scheme, rest, ok := strings.Cut(url, "://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		name = scheme + "://" + host[strings.LastIndex(host, "@")+1:] + "/" + path
	}
	if name == "" {
		return
	}
	if r.Files == nil {
		r.Files = map[string]string{}
	}
	r.Files[strings.ToLower(hash)] = name
}

// checkHash refuses a hash that is weak, cut short or no hash at all.
func checkHash(hash string) error {
	name, digest, _ := strings.Cut(hash, ":")
	for _, a := range algorithms {
		switch {
		case a.name != name:
			continue
		case a.digits == 0:
			return fmt.Errorf("hash %s: %s is too weak: want sha256, sha384 or sha512", clip(hash), name)
		case len(digest) != a.digits || strings.Trim(digest, "0123456789abcdef") != "":
			return fmt.Errorf("hash %s has %d characters: want %d hexadecimal digits for %s", clip(hash), len(digest), a.digits, name)
		}
		return nil
	}
	return fmt.Errorf("hash %s: want sha256, sha384 or sha512, \":\" and hexadecimal digits", clip(hash))
}
