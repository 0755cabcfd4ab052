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
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
)

// Env is a virtualenv on this machine.
type Env struct {
	Dir    string          // where it is now
	Prefix string          // where it will be on the servers
	Python plan.Python     // what it was made with
	Wheel  project.Project // what the project's built wheel says of itself

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
	env := Env{Dir: filepath.Join(b.Scratch, "venv"), Prefix: pl.Prefix, Python: pl.Python}
	err := os.Mkdir(env.Dir, 0o755)
	if pl.InPlace {
		err = env.claim()
	}
	if err == nil {
		err = b.Run.Own(env.Dir)
	}
	if err != nil {
		return env, err
	}
	err = b.Run.Run(ctx, command.Program{
		Name: pl.Python.Path, Output: b.Output,
		Args: []string{"-I", "-m", "venv", "--without-pip", "--symlinks", env.Dir},
	})
	if err != nil {
		return env, fmt.Errorf("make virtualenv %q: %w", env.Dir, err)
	}
	inst, err := b.installer(ctx, pl)
	if err != nil {
		return env, err
	}
	if err := b.installLock(ctx, inst, env, pl.Lock, pl.Source); err != nil {
		return env, fmt.Errorf("install locked distributions: %w", err)
	}
	wheel, err := b.buildWheel(ctx, inst, env, pl)
	if err != nil {
		return env, err
	}
	if env.Wheel, err = project.ReadWheel(wheel); err != nil {
		return env, err
	}
	if err := inst.installWheel(ctx, env, wheel); err != nil {
		return env, fmt.Errorf("install %q: %w", filepath.Base(wheel), err)
	}
	return env, env.compare(pl.Lock)
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

// buildWheel builds the project in a copy of its tree, so that the checkout
// stays as it is, and what an earlier build left in it is not shipped.
func (b Builder) buildWheel(ctx context.Context, inst installer, env Env, pl plan.Plan) (string, error) {
	src, out := filepath.Join(b.Scratch, "source"), filepath.Join(b.Scratch, "wheel")
	if err := copySource(pl.Source, src, pl.Out); err != nil {
		return "", fmt.Errorf("copy %q: %w", pl.Source, err)
	}
	var constraints []string
	for _, f := range pl.BuildConstraints {
		constraints = append(constraints, filepath.Join(pl.Source, f))
	}
	if err := os.Mkdir(out, 0o755); err != nil {
		return "", err
	}
	if err := b.Run.Own(src, out); err != nil {
		return "", err
	}
	if err := inst.buildWheel(ctx, env, src, out, constraints); err != nil {
		return "", fmt.Errorf("build wheel of %q: %w", pl.Source, err)
	}
	wheels, err := filepath.Glob(filepath.Join(out, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", fmt.Errorf("build wheel of %q: the backend made %d wheels: want one", pl.Source, len(wheels))
	}
	b.say("built " + filepath.Base(wheels[0]))
	return wheels[0], nil
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
