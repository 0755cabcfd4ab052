package lock

import (
	"errors"
	"fmt"
	"slices"
)

// Extra returns what test requires beyond main, for the tests of what main ships. It
// is an error, naming all of them, when the two lock one distribution to different
// versions: the tests would run against something else than what is shipped.
//
// Two versions whose markers differ are taken for different platforms, as within one
// lock.
func Extra(main, test Lock) ([]Requirement, error) {
	var extra []Requirement
	var errs []error
	for _, r := range test.Requirements {
		covers := func(shipped Requirement) bool {
			return shipped.Name == r.Name && shipped.samePin(r) && (shipped.Marker == "" || sameMarker(shipped.Marker, r.Marker))
		}
		if slices.ContainsFunc(main.Requirements, covers) {
			continue
		}
		for _, shipped := range main.Requirements {
			if shipped.Name == r.Name && !shipped.samePin(r) && overlap(shipped.Marker, r.Marker) {
				errs = append(errs, fmt.Errorf("%s: %q for the tests, %q shipped (%s): want the shipped version in both",
					r.at(), r.text(), shipped.text(), shipped.at()))
			}
		}
		extra = append(extra, r)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return extra, nil
}
