package lock

import (
	"errors"
	"fmt"
	"slices"
)

// Extra returns what test requires beyond main, for the tests of what main ships. Both
// are for one interpreter, so that markers have been followed already. It is an error,
// naming all of them, when the two lock one distribution to different versions: the
// tests would run against something else than what is shipped.
func Extra(main, test Lock) ([]Requirement, error) {
	var extra []Requirement
	var errs []error
	for _, r := range test.Requirements {
		named := func(shipped Requirement) bool { return shipped.Name == r.Name }
		same := func(shipped Requirement) bool { return shipped.Name == r.Name && shipped.samePin(r) }
		i := slices.IndexFunc(main.Requirements, named)
		switch {
		case i < 0:
			extra = append(extra, r)
		case !slices.ContainsFunc(main.Requirements, same):
			shipped := main.Requirements[i]
			errs = append(errs, fmt.Errorf("%s: %q for the tests, %q shipped (%s): want the shipped version in both",
				r.at(), r.text(), shipped.text(), shipped.at()))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return extra, nil
}
