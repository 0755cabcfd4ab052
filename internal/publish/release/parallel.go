package release

import (
	"errors"
	"slices"
	"sync"
)

// parallel does the work in several lanes. After an error nothing new is begun,
// and what is under way goes on, for the next run to find it done.
func parallel(work []func() error) error {
	var mu sync.Mutex
	var errs []error
	var group sync.WaitGroup
	for range min(lanes, len(work)) {
		group.Go(func() {
			for {
				mu.Lock()
				if len(work) == 0 || len(errs) > 0 {
					mu.Unlock()
					return
				}
				do := work[0]
				work = work[1:]
				mu.Unlock()
				if err := do(); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return joined(errs)
}

// joined is all that went wrong, each once. What is wrong with the token is said
// once for all; reasons for another round count only if there is none to stop.
func joined(errs []error) error {
	if stop := slices.DeleteFunc(slices.Clone(errs), gone); len(stop) > 0 {
		errs = stop
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, ErrPermission) }); i >= 0 {
		return errs[i]
	}
	var seen []string
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		again := slices.Contains(seen, err.Error())
		seen = append(seen, err.Error())
		return again
	})...)
}
