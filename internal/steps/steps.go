// Package steps runs the user's commands, tests, asset steps and hooks, in the
// virtualenv as it was built.
package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/venv"
)

// Error is a step that did not succeed.
type Error struct {
	Step step.Step
	Log  string // file with all that it printed; "": none
	Err  error  // a *command.Error, usually
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

// TimeoutError is the cause when a step took too long.
type TimeoutError struct{ Limit time.Duration }

func (e TimeoutError) Error() string {
	return fmt.Sprintf("took longer than %s: ended, with all that it had started", span(e.Limit))
}

// Runner runs a plan's steps, kind by kind. It keeps what came of them.
type Runner struct {
	Host    ci.Host         // required
	Run     *command.Runner // required
	Clock   func() time.Time
	Scratch string // required: a directory that the Runner's user can get through
	Temp    string // directory for temporary files
	Source  string // the project's folder as the user knows it, where that is a copy now
	Overlay string // directory with what only the tests need; "": nothing
	Bin     string // directory with pinpack itself
	Logs    string // directory for what steps print; "": it is not kept
	Cache   string // directory for what steps made; "": they are run each time
	Extra   []string
	Timings []Timing
	Tests   []Tests

	work  *sandbox.Work     // where tests run
	nodes map[string]string // where tools of Node.js are, by what locks them
}

// Timing is how a step went.
type Timing struct {
	Step     step.Step `json:"step"`
	Seconds  float64   `json:"seconds"`
	Attempts int       `json:"attempts,omitempty"` // when it was run again
	Cached   bool      `json:"cached,omitempty"`
}

// All runs the plan's steps of the given kinds in order and stops at the first that
// fails, which is an *Error. A test that changes the virtualenv fails: what is
// shipped is what was tested. Other steps may change it.
func (r *Runner) All(ctx context.Context, pl plan.Plan, env venv.Env, kinds ...step.Kind) error {
	for _, kind := range kinds {
		list := slices.DeleteFunc(slices.Clone(pl.Steps), func(s step.Step) bool { return s.Kind != kind })
		var before venv.Snapshot
		if kind == step.Test && len(list) > 0 {
			var err error
			if before, err = env.Snapshot(); err != nil {
				return err
			}
		}
		for _, s := range list {
			if err := r.one(ctx, pl, env, s, before); err != nil {
				return err
			}
		}
	}
	return nil
}

// one runs a step in a group of the log, again where it may be.
func (r *Runner) one(ctx context.Context, pl plan.Plan, env venv.Env, s step.Step, before venv.Snapshot) error {
	a := attempt{r: r, pl: pl, env: env, step: s}
	p, err := a.prepare(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err) // its command has not run
	}
	started := r.Clock()
	end := r.Host.Group(s.Name + ": " + s.Command)
	err = a.all(ctx, p)
	if before != nil {
		err = errors.Join(err, env.Unchanged(before))
	}
	took := r.Clock().Sub(started)
	note := fmt.Sprintf("(%.1f s)", took.Seconds())
	if a.cached {
		note = "(from the cache)"
	}
	end(note, err)
	t := Timing{Step: s, Seconds: took.Seconds(), Cached: a.cached}
	if a.n > 1 {
		t.Attempts = a.n
	}
	r.Timings = append(r.Timings, t)
	if err != nil {
		return &Error{s, a.log, err}
	}
	return nil
}

// ShowOverlay lets the virtualenv import what only the tests need.
func (r *Runner) ShowOverlay(env venv.Env) error {
	if r.Overlay == "" {
		return nil
	}
	return env.ShowOverlay(r.Overlay)
}

// guard runs the words after it, in a process of its own that waits for them: a
// program that kills its parent kills that, not us. It ends as they do.
const guard = `"$@"; s=$?; if [ $s -gt 128 ]; then kill -$((s-128)) $$; fi; exit $s`

// program is the step as a command.
func (r *Runner) program(pl plan.Plan, env venv.Env, s step.Step, p place) command.Program {
	words := s.Args
	if words == nil {
		words = []string{"/bin/sh", "-euc", s.Command}
	}
	return command.Program{
		Name: "/bin/sh", Args: append([]string{"-c", guard, "sh"}, words...),
		Dir: filepath.Join(p.work.Dir, filepath.FromSlash(s.Dir)), Env: r.environ(pl, env, s, p),
	}
}

// Environ is the environment of a step that says nothing itself, in the project.
func (r *Runner) Environ(pl plan.Plan, env venv.Env) []string {
	return r.environ(pl, env, step.Step{}, place{work: &sandbox.Work{Dir: pl.Source}})
}

// environ is a step's environment, beyond what every program gets.
func (r *Runner) environ(pl plan.Plan, env venv.Env, s step.Step, p place) []string {
	path, _ := command.Lookup(r.Run.Env, "PATH")
	if r.Bin != "" {
		path = r.Bin + ":" + path
	}
	if r.Overlay != "" {
		path = filepath.Join(r.Overlay, "bin") + ":" + path
	}
	if p.tools != "" {
		path = p.tools + ":" + path
	}
	var more []string
	if s.Kind == step.Test {
		more = []string{"PINPACK_WHEEL=" + env.File, "TOX_INSTALL_PKG=" + env.File}
	}
	all := command.Merge(command.Merge(pl.Env, s.Env), append([]string{
		"PATH=" + env.Bin() + ":" + path,
		"VIRTUAL_ENV=" + env.Dir,
		"TMPDIR=" + r.Temp,
		"PINPACK_NAME=" + pl.Name,
		"PINPACK_VERSION=" + pl.Version,
		"PINPACK_PREFIX=" + pl.Prefix,
		"PINPACK_PROJECT=" + p.work.Dir,
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", pl.Time.Unix()),
	}, slices.Concat(r.Extra, more)...))
	return slices.DeleteFunc(all, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(s.Without, name)
	})
}

// span writes a time as people do: 10m, not 10m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
