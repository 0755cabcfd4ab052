package index

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Owner says which distributions come from an index that is not the default one.
type Owner struct {
	URL   string   `json:"url"`   // without credentials
	Names []string `json:"names"` // normalised names, or globs of them: "acme-*"
}

// Owns tells whether a distribution, by its normalised name, is the index's.
func (o Owner) Owns(name string) bool {
	for _, glob := range o.Names {
		if ok, _ := path.Match(glob, name); ok {
			return true
		}
	}
	return false
}

// Unowned is an error that lists further indexes of which nobody says what comes
// from them.
type Unowned struct {
	URLs  []string // without credentials
	Count int      // distributions that each could answer for
}

func (e *Unowned) Error() string {
	return fmt.Sprintf("further package indexes %s: each could answer for any of the %d distributions (dependency confusion): want the names said that come from each, as in %q",
		strings.Join(e.URLs, ", "), e.Count, e.URLs[0]+" acme-*")
}

// CheckOwners returns an *Unowned error if one of the further indexes has no
// owner's row, and an error for each glob that cannot be read.
func CheckOwners(extra []string, owners []Owner, count int) error {
	unowned := &Unowned{Count: count}
	for _, link := range extra {
		owned := false
		for _, o := range owners {
			owned = owned || Same(o.URL, link)
		}
		if !owned {
			unowned.URLs = append(unowned.URLs, Redact(link))
		}
	}
	var errs []error
	if unowned.URLs != nil {
		errs = append(errs, unowned)
	}
	for _, o := range owners {
		for _, glob := range o.Names {
			if _, err := path.Match(glob, ""); err != nil {
				errs = append(errs, fmt.Errorf("index %s: names %q: %w: want a name, or a glob such as \"acme-*\"", Redact(o.URL), glob, err))
			}
		}
	}
	return errors.Join(errs...)
}
