// Package syspkg installs packages of the system for a build, with the package
// manager of the machine, and tells which versions are there.
package syspkg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// Package is a package of the system.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ErrNoManager is in the chain when the machine has no package manager that is
// known here.
var ErrNoManager = errors.New("no package manager: want " + known())

// NotRootError is an error of who may not install packages.
type NotRootError struct {
	Command string // what root would have to run, as a person would type it
}

func (e *NotRootError) Error() string {
	return fmt.Sprintf("only root may install system packages: want %q run before", e.Command)
}

// valid is a package's name as all managers have it, with an architecture behind
// a colon as Debian has it. It begins like no option, and ends not with the "-"
// by which apt-get removes.
var valid = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9+._-]*[A-Za-z0-9+])?(:[a-z0-9]+)?$`)

// Install sees to it that packages are there. Those that are installed already
// stay as they are. It returns all of them, in the given order; the version is ""
// of a name that is no package's own, but one that another package provides.
//
// Who is not root gets a *NotRootError, if something has to be installed. The
// package manager's output goes to out, which may be nil.
func Install(ctx context.Context, run *command.Runner, out io.Writer, names []string) ([]Package, error) {
	return install(ctx, run, out, names, os.Geteuid() == 0)
}

func install(ctx context.Context, run *command.Runner, out io.Writer, names []string, root bool) ([]Package, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var errs []error
	for _, name := range names {
		if !valid.MatchString(name) {
			errs = append(errs, fmt.Errorf("install system package %q: want a package's name such as \"libpq-dev\"", name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	m, err := find(run)
	if err != nil {
		return nil, fmt.Errorf("install system packages %q: %w", names, err)
	}
	_, missing, err := m.look(ctx, run, names)
	if err != nil || len(missing) > 0 {
		if err == nil {
			err = m.install(ctx, run, out, missing, root)
		}
		if err != nil {
			return nil, fmt.Errorf("install system packages %q: %w", missing, err)
		}
	}
	list, _, err := m.look(ctx, run, names)
	return list, err
}

// look asks for the versions of packages. Those that are not installed are
// missing.
func (m manager) look(ctx context.Context, run *command.Runner, names []string) (list []Package, missing []string, err error) {
	for _, name := range names {
		out, err := run.Output(ctx, command.Program{Name: m.query[0], Args: append(append([]string{}, m.query[1:]...), name)})
		version, ok := "", false
		if err == nil {
			version, ok = m.version(name, strings.TrimSpace(out))
		}
		var failed *command.Error
		if err != nil && (!errors.As(err, &failed) || failed.Status <= 0) {
			return nil, nil, err
		}
		if !ok {
			missing = append(missing, name)
		}
		list = append(list, Package{name, version})
	}
	return list, missing, nil
}

// install runs the package manager, with fresh lists where those that are there
// are not enough.
func (m manager) install(ctx context.Context, run *command.Runner, out io.Writer, names []string, root bool) error {
	program := func(words []string) command.Program {
		return command.Program{Name: words[0], Args: words[1:], Env: m.env, Output: out}
	}
	call := program(append(append([]string{}, m.add...), names...))
	if !root {
		return &NotRootError{call.String()}
	}
	inside := *run
	inside.User = nil
	err := inside.Run(ctx, call)
	if err == nil || m.refresh == nil || ctx.Err() != nil {
		return err
	}
	if err := inside.Run(ctx, program(m.refresh)); err != nil {
		return err
	}
	return inside.Run(ctx, call)
}
