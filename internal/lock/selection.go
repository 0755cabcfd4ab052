package lock

import (
	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/project"
)

// Selection says what of a lock is wanted, and for which interpreter.
type Selection struct {
	Files   []string           // lock files, slash paths in fsys, of one format
	Dir     string             // the project's folder in fsys, "." usually: a workspace's lock is above its members
	Extras  []string           // the project's extras to ship, normalised
	Groups  []string           // dependency groups to ship besides the project's dependencies, normalised
	Only    bool               // the groups alone, without the project's dependencies
	Env     pep508.Environment // of the interpreter; nil keeps every requirement with its marker
	Project project.Project    // what the project says that it depends on, to hold the lock against
}

// active returns what markers may ask of a selection.
func (s Selection) active() pep508.Active {
	return pep508.Active{Extras: s.Extras, Groups: s.Groups}
}
