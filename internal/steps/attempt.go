package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/venv"
)

// attempt is one step being run, once or several times.
type attempt struct {
	r      *Runner
	pl     plan.Plan
	env    venv.Env
	step   step.Step
	n      int    // of attempts so far
	log    string // file with all that it printed
	key    string // of what it makes in the cache; "": it is not kept
	made   []product
	cached bool // what it makes was found in the cache
}

// prepare makes the place for the step, and looks whether the cache has what it
// makes. Only if not, its tools are installed.
func (a *attempt) prepare(ctx context.Context) (place, error) {
	p, err := a.r.place(a.pl, a.env, a.step)
	if err != nil {
		return p, err
	}
	if a.key, err = a.digest(p); err != nil {
		return p, err
	}
	if a.made, a.cached = a.r.load(a.key); a.cached {
		return p, nil
	}
	return p, a.r.addTools(ctx, a.pl, a.env, a.step, p)
}

// all runs the step until it succeeds or may not be run again, unless the cache has
// what it makes.
func (a *attempt) all(ctx context.Context, p place) error {
	if a.cached {
		return a.deliver(a.made)
	}
	if err := a.repeat(ctx, p); err != nil {
		return err
	}
	if len(a.step.Inputs) == 0 {
		return nil
	}
	made, err := a.collect(p)
	if err != nil {
		return err
	}
	if err := a.deliver(made); err != nil {
		return err
	}
	a.r.store(a.key, made, a.step)
	return nil
}

// repeat runs the step, as often as it may be.
func (a *attempt) repeat(ctx context.Context, p place) error {
	log, err := a.open()
	if err != nil {
		return err
	}
	defer log.Close()
	var tests *run
	if a.step.Kind == step.Test {
		tests = &run{r: a.r, step: a.step, rules: a.pl.StepRules, work: p.work}
	}
	for {
		a.n++
		err = a.once(ctx, p, log, tests)
		if err == nil || a.n > a.step.Retries || !again(err) {
			break
		}
		a.r.Host.Info(fmt.Sprintf("%s failed and is run again, for the %s time", a.step.Name, ordinal(a.n)))
	}
	if tests != nil {
		err = tests.tell(err)
	}
	if len(a.step.Inputs) > 0 || errors.Is(err, sandbox.ErrGone) {
		return err // what it makes is told by its outputs
	}
	return errors.Join(err, p.work.Return())
}

// again tells whether a failure may be another one the next time: a program's own.
func again(err error) bool {
	var c *command.Error
	return errors.As(err, &c) && (c.Status > 0 || c.Signal != "")
}

func ordinal(n int) string {
	if n <= 3 {
		return []string{"first", "second", "third"}[n-1]
	}
	return fmt.Sprintf("%dth", n)
}

// once runs the step's command, which may take so long and print so much.
func (a *attempt) once(ctx context.Context, p place, log *os.File, tests *run) error {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limited, stop := context.WithTimeoutCause(limited, a.step.Timeout, TimeoutError{a.step.Timeout})
	defer stop()
	shown, done := a.r.Host.Program(true)
	end := sync.OnceFunc(done)
	defer end()
	out := &output{to: shown, log: log, hide: a.r.Host.Hide, limit: a.pl.StepRules.Output, stop: cancel}
	c := a.r.program(a.pl, a.env, a.step, p)
	c.Output = out
	if tests != nil {
		var err error
		if c.Env, err = tests.begin(c.Env); err != nil {
			return err
		}
	}
	err := a.r.Run.Run(limited, c)
	out.end()
	end()
	if tests != nil {
		return tests.judge(err, out)
	}
	return err
}

// open makes the file for what the step prints.
func (a *attempt) open() (*os.File, error) {
	if a.r.Logs == "" {
		return nil, nil
	}
	if err := os.MkdirAll(a.r.Logs, 0o755); err != nil {
		return nil, fmt.Errorf("keep output: %w", err)
	}
	a.log = filepath.Join(a.r.Logs, fileOf(a.step)+".log")
	f, err := os.Create(a.log)
	if err != nil {
		return nil, fmt.Errorf("keep output: %w", err)
	}
	return f, nil
}
