package lock

import (
	"errors"
	"fmt"
)

// Allow says what a lock may lack.
type Allow struct {
	Unpinned bool // requirements that do not mean one release
	Unhashed bool // requirements without a hash, also those that cannot have one as they are not pinned
}

// Pinned tells whether a requirement means one release: an == pin, or a URL.
func (r Requirement) Pinned() bool { return r.Version != "" || r.URL != "" }

// Check returns an error unless every requirement is pinned and has a hash, or may
// lack it. It lists all that are not, and ends with the command that locks them.
func (l Lock) Check(a Allow) error {
	var errs []error
	for _, r := range l.Requirements {
		unpinned, unhashed := !r.Pinned() && !a.Unpinned, len(r.Hashes) == 0 && !a.Unhashed
		switch {
		case unpinned && unhashed:
			errs = append(errs, fmt.Errorf("%s: %q is not pinned and has no hash: want %s==VERSION --hash=sha256:…", r.at(), r.text(), r.Name))
		case unpinned:
			errs = append(errs, fmt.Errorf("%s: %q is not pinned: want %s==VERSION", r.at(), r.text(), r.Name))
		case unhashed:
			errs = append(errs, fmt.Errorf("%s: %q has no hash: want --hash=sha256:… after it", r.at(), r.text()))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	for _, f := range formats {
		if f.name == l.Format {
			errs = append(errs, fmt.Errorf("lock all of it with %s", f.relock))
		}
	}
	return errors.Join(errs...)
}
