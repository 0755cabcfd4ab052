// Package steps runs the user's commands, tests and asset steps, in the
// virtualenv as it was built.
package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/venv"
)

// Error is a step that did not succeed.
type Error struct {
	Step plan.Step
	Err  error // a *command.Error, usually
}

func (e *Error) Error() string {
	var c *command.Error
	switch {
	case !errors.As(e.Err, &c):
		return fmt.Sprintf("%s (%s): %v", e.Step.Name, e.Step.Command, e.Err)
	case c.Signal != "":
		return fmt.Sprintf("%s (%s): ended by %s", e.Step.Name, e.Step.Command, c.Signal)
	case c.Status > 0:
		return fmt.Sprintf("%s (%s): exit status %d", e.Step.Name, e.Step.Command, c.Status)
	}
	return fmt.Sprintf("%s (%s): %v", e.Step.Name, e.Step.Command, c.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Runner has what running steps takes.
type Runner struct {
	Host    ci.Host         // required
	Run     *command.Runner // required
	Clock   func() time.Time
	Overlay string // directory with what only the tests need; "": nothing
}

// Timing is how long a step took.
type Timing struct {
	Step    plan.Step `json:"step"`
	Seconds float64   `json:"seconds"`
}

// All runs the plan's steps in order and stops at the first that fails, which
// is an *Error. A test that changes the virtualenv fails: what is shipped is
// what was tested. Asset steps may add to it.
func (r Runner) All(ctx context.Context, pl plan.Plan, env venv.Env) ([]Timing, error) {
	if r.Overlay != "" {
		if err := env.ShowOverlay(r.Overlay); err != nil {
			return nil, err
		}
	}
	before, err := env.Snapshot()
	if err != nil {
		return nil, err
	}
	var timings []Timing
	for _, s := range pl.Steps {
		started := r.Clock()
		end := r.Host.Group(s.Name + ": " + s.Command)
		err := r.one(ctx, pl, env, s)
		if err == nil && s.Kind == "test" {
			err = env.Unchanged(before)
		}
		took := r.Clock().Sub(started)
		end(fmt.Sprintf("(%.1f s)", took.Seconds()), err)
		timings = append(timings, Timing{s, took.Seconds()})
		if err != nil {
			return timings, &Error{s, err}
		}
	}
	return timings, nil
}

func (r Runner) one(ctx context.Context, pl plan.Plan, env venv.Env, s plan.Step) error {
	path, _ := command.Lookup(r.Run.Env, "PATH")
	if r.Overlay != "" {
		path = filepath.Join(r.Overlay, "bin") + ":" + path
	}
	out, done := r.Host.Program(true)
	defer done()
	return r.Run.Run(ctx, command.Program{
		Name: "/bin/sh", Args: []string{"-euc", s.Command},
		Dir: pl.Source, Output: out,
		Env: command.Merge(pl.Env, []string{
			"PATH=" + env.Bin() + ":" + path,
			"VIRTUAL_ENV=" + env.Dir,
			"PINPACK_NAME=" + pl.Name,
			"PINPACK_VERSION=" + pl.Version,
			"PINPACK_PREFIX=" + pl.Prefix,
			fmt.Sprintf("SOURCE_DATE_EPOCH=%d", pl.Time.Unix()),
		}),
	})
}
