package license

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
)

// Policy says which licences may be shipped, as globs of SPDX identifiers: "BSD-*".
type Policy struct {
	Allow []string `json:"allow,omitempty"` // nil: all that are not denied, unknown ones included
	Deny  []string `json:"deny,omitempty"`
}

// Check tells what is wrong with a licence. Of a choice ("A OR B") it is enough that
// one is allowed.
func (p Policy) Check(l License) error {
	expression := l.Expression
	for _, id := range l.Also {
		expression = strings.TrimPrefix(expression+" AND "+id, " AND ")
	}
	if expression == "" {
		if p.Allow == nil {
			return nil
		}
		return fmt.Errorf("%q: no licence of the SPDX list, and its texts do not tell which", l.Said)
	}
	var allowed, bad []string
	for _, id := range IDs(expression) {
		if (p.Allow == nil || matches(p.Allow, id)) && !matches(p.Deny, id) {
			allowed = append(allowed, id)
		} else {
			bad = append(bad, id)
		}
	}
	if len(allowed) > 0 {
		if ok, err := spdxexp.Satisfies(expression, allowed); err == nil && ok {
			return nil
		}
	}
	return fmt.Errorf("%s: %s is not allowed", expression, strings.Join(bad, ", "))
}

func matches(globs []string, id string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		ok, _ := path.Match(strings.ToLower(g), strings.ToLower(id))
		return ok
	})
}

// CheckGlobs refuses patterns that match nothing, or are none.
func CheckGlobs(globs []string) error {
	var errs []error
	for _, g := range globs {
		if _, err := path.Match(g, ""); err != nil {
			errs = append(errs, fmt.Errorf("licence %q: want an identifier of the SPDX list, or a glob such as BSD-*", g))
		} else if !strings.ContainsAny(g, "*?[") && Expression(g) == "" {
			errs = append(errs, fmt.Errorf("licence %q: not in the SPDX list: want an identifier of it, or a glob such as BSD-*", g))
		}
	}
	return errors.Join(errs...)
}
