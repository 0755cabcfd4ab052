// Package venv builds the virtualenv, fills it with exactly what is locked and
// with the project, and settles it for shipping.
//
// It is built at its final path where that can be done. Else it is built in a
// scratch directory, and Settle rewrites what names that directory; both ways
// give the same files.
package venv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/syspkg"
)

// Env is a virtualenv on this machine.
type Env struct {
	Dir    string          // where it is now
	Prefix string          // where it will be on the servers
	Python plan.Python     // what it was made with
	Wheel  project.Project // what the project's built wheel says of itself
	File   string          // that wheel
	Built  []Built         // what was built here, in that order

	Bundle   *interpreter.Bundled // the interpreter in it; nil: the system's is used
	Packages []syspkg.Package     // of the system, that the build needs

	made   []string // directories made for it, outermost first
	marker *os.File // locked while we are at the prefix
}

// Builder has what building takes.
type Builder struct {
	Run     *command.Runner // required
	Config  []string        // environment that configures pip and uv: indexes, credentials
	Scratch string          // required: an empty directory
	Cache   string          // where fetched tools are kept; "": in Scratch
	Output  io.Writer       // gets the installer's output; nil: nobody does
	Say     func(line string)
	Owners  []index.Owner // which distributions come from which further index
	Named   []index.Named // indexes with a name, whose credentials UV_INDEX_<NAME>_… hold
}

// Bin is where the virtualenv's programs are.
func (e Env) Bin() string { return filepath.Join(e.Dir, "bin") }

// Site is where its distributions are.
func (e Env) Site() string {
	return filepath.Join(e.Dir, "lib", "python"+e.Python.Minor, "site-packages")
}

// Build makes the virtualenv and installs the locked set and the project. The
// Env must be removed in any case, also after an error.
func (b Builder) Build(ctx context.Context, pl plan.Plan) (Env, error) {
	env := b.Place(pl)
	err := error(nil)
	if pl.InPlace {
		err = env.claim()
	} else {
		err = os.Mkdir(env.Dir, 0o755)
	}
	if err == nil {
		err = b.Run.Own(env.Dir)
	}
	if err != nil {
		return env, err
	}
	if err := b.bundle(ctx, pl, &env); err != nil {
		return env, err
	}
	if err := b.makeVirtualenv(ctx, env.Python.Path, env.Dir); err != nil {
		return env, err
	}
	inst, err := b.installer(ctx, pl)
	if err != nil {
		return env, err
	}
	f, err := b.frontend(inst, pl, "build")
	if err != nil {
		return env, err
	}
	err = b.fill(ctx, f, &env)
	env.Built = f.built
	if err != nil {
		return env, err
	}
	return env, env.compare(pl)
}

// Place is where Build will make the virtualenv. Nothing is there yet.
func (b Builder) Place(pl plan.Plan) Env {
	env := Env{Dir: filepath.Join(b.Scratch, "venv"), Prefix: pl.Prefix, Python: pl.Python}
	if pl.InPlace {
		env.Dir = pl.Prefix
	}
	return env
}

// fill installs the locked set and the project's wheel.
func (b Builder) fill(ctx context.Context, f *frontend, env *Env) error {
	if n := len(f.pl.Lock.Requirements); n > 0 {
		b.say(fmt.Sprintf("installing %d locked distributions with %s", n, f.inst.name))
	}
	if err := f.installLock(ctx, *env, f.pl.Lock, ""); err != nil {
		return fmt.Errorf("install locked distributions: %w", err)
	}
	wheel, err := f.buildProject(ctx)
	if err != nil {
		return err
	}
	env.File = wheel
	if env.Wheel, err = project.ReadWheel(wheel); err != nil {
		return err
	}
	if err := f.installWheels(ctx, env.python(), "", []string{wheel}); err != nil {
		return fmt.Errorf("install %q: %w", filepath.Base(wheel), err)
	}
	return nil
}

// claim takes the prefix for us: nobody else builds there, and what a killed
// build left is gone. The marker beside it stays until Remove.
func (e *Env) claim() error {
	for dir := filepath.Dir(e.Prefix); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		e.made = append([]string{dir}, e.made...)
	}
	if err := os.MkdirAll(filepath.Dir(e.Prefix), 0o755); err != nil {
		return fmt.Errorf("make prefix: %w", err)
	}
	_, err := os.Lstat(plan.MarkerOf(e.Prefix))
	abandoned := err == nil // whoever left it: once the lock is ours, nobody is at work
	marker, err := os.OpenFile(plan.MarkerOf(e.Prefix), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("claim prefix: %w", err)
	}
	if err := syscall.Flock(int(marker.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		marker.Close()
		return fmt.Errorf("claim prefix %q: another build is at work there: wait for it, or build with build-path stage", e.Prefix)
	}
	e.marker, e.Dir = marker, e.Prefix
	if abandoned {
		if err := os.RemoveAll(e.Prefix); err != nil {
			return fmt.Errorf("clear prefix after an abandoned build: %w", err)
		}
	}
	err = os.Mkdir(e.Prefix, 0o755)
	if errors.Is(err, os.ErrExist) {
		// It is there and empty, or became something else since the plan: Remove
		// fails on the latter and takes only the former.
		if err = os.Remove(e.Prefix); err == nil {
			err = os.Mkdir(e.Prefix, 0o755)
		}
	}
	if err != nil {
		e.release()
		e.Dir = ""
		return fmt.Errorf("make prefix: %w", err)
	}
	return nil
}

func (e *Env) release() {
	os.Remove(e.marker.Name())
	e.marker.Close()
	e.marker = nil
}

// Remove takes everything away that Build put outside of the scratch directory.
func (e *Env) Remove() error {
	if e.marker == nil {
		return nil
	}
	err := os.RemoveAll(e.Dir)
	e.release()
	for i := len(e.made) - 1; i >= 0; i-- {
		os.Remove(e.made[i]) // fails when somebody put something there: theirs now
	}
	return err
}

func (b Builder) say(line string) {
	if b.Say != nil {
		b.Say(line)
	}
}

// write puts text into a scratch file for a program to read.
func (b Builder) write(name, text string) (string, error) {
	file := filepath.Join(b.Scratch, name)
	return file, os.WriteFile(file, []byte(text), 0o644)
}

func under(dir, name string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}
