// Package sandbox keeps a project's own code, its build backend, tests and asset
// steps, away from what belongs to the runner: tokens, inputs, command files,
// and the checkout with the credentials in it.
//
// The project's programs run as a user of their own, on a copy of the checkout.
// Meanwhile the runner's directories are closed to them. What the steps made or
// changed in the copy is brought back afterwards, and belongs to whom the
// checkout belongs. It takes root, as in a container action.
package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/command"
)

// Users and groups that the project's code may run as: some of those that Debian
// hands out on demand (policy 9.2.2).
const (
	firstUser = 64000
	users     = 1000
)

// freeUser finds a user that no process runs as, another one for each of us, in
// case several of us are at work on one machine.
func freeUser() (uint32, error) {
	taken := map[uint32]bool{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		var st syscall.Stat_t
		if syscall.Stat("/proc/"+e.Name(), &st) == nil {
			taken[st.Uid] = true
		}
	}
	for i := range users {
		if id := uint32(firstUser + (os.Getpid()+i)%users); !taken[id] {
			return id, nil
		}
	}
	return 0, fmt.Errorf("find a free user: all from %d to %d run something", firstUser, firstUser+users-1)
}

// Sandbox is an entered one.
type Sandbox struct {
	Run *command.Runner // runs programs as the other user

	scratch string
	hidden  map[string]fs.FileMode // directories closed for the time being
}

// Enter prepares a scratch directory for the other user and closes the given
// directories to it. Leave must be called in any case.
func Enter(run *command.Runner, scratch string, hide []string) (*Sandbox, error) {
	id, err := freeUser()
	if err != nil {
		return &Sandbox{Run: run}, fmt.Errorf("enter sandbox: %w", err)
	}
	user := &command.User{ID: id, Home: filepath.Join(scratch, "home"), Temp: filepath.Join(scratch, "tmp")}
	inside := *run
	inside.User = user
	s := &Sandbox{Run: &inside, scratch: scratch, hidden: map[string]fs.FileMode{}}
	// The user gets through the scratch directory, and reads and writes only
	// what is given to it there.
	if err := os.Chmod(scratch, 0o711); err != nil {
		return s, fmt.Errorf("enter sandbox: %w", err)
	}
	for _, dir := range []string{user.Home, user.Temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return s, fmt.Errorf("enter sandbox: %w", err)
		}
		if err := inside.Own(dir); err != nil {
			return s, fmt.Errorf("enter sandbox: %w", err)
		}
	}
	for _, dir := range hide {
		if strings.HasPrefix(scratch+"/", filepath.Clean(dir)+"/") {
			return s, fmt.Errorf("enter sandbox: the scratch directory %q lies in %q, which is closed to the project's code: want TMPDIR elsewhere", scratch, dir)
		}
		info, err := os.Lstat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%q is no directory", dir)
		}
		if err == nil {
			err = os.Chmod(dir, 0o700)
		}
		if err != nil {
			return s, fmt.Errorf("enter sandbox: close %q: %w", dir, err)
		}
		s.hidden[dir] = info.Mode().Perm()
	}
	return s, nil
}

// Leave ends what still runs and opens the closed directories again.
func (s *Sandbox) Leave() error {
	s.Run.User.End()
	var errs []error
	for dir, mode := range s.hidden {
		errs = append(errs, os.Chmod(dir, mode))
	}
	return errors.Join(errs...)
}
