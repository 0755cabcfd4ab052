package release

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	attempts = 5                // of a call that fails for no reason of its own
	rounds   = 12               // in which other jobs may get in the way
	patience = 15 * time.Minute // for the limits of one call
)

// tries are those of one call.
type tries struct {
	n      int
	waited time.Duration
}

// pause waits until a call that failed is worth another try. It returns an
// error if it never will be.
func (t *Target) pause(ctx context.Context, p *tries, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.n++
	now := t.o.Now()
	what, wait := judge(err, now)
	switch {
	case what == final:
		return err
	case what == unclear && p.n >= attempts && !gone(err), p.n >= rounds:
		return fmt.Errorf("tried %d times: %w", p.n, err)
	}
	longest := 6
	if gone(err) {
		longest = 2 // it is not GitHub that needs time
	}
	wait = max(wait, time.Second<<min(p.n-1, longest))
	if p.waited+wait > patience {
		return fmt.Errorf("GitHub asks to be left alone until %s, longer than the %v to wait for: want this run again after that: %w",
			now.Add(wait).UTC().Format("15:04:05 MST"), patience, err)
	}
	t.say("GitHub: %v: once more in %v", brief(err), wait.Round(time.Second))
	p.waited += wait
	return t.o.Sleep(ctx, wait)
}

// brief is an error in a line of progress.
func brief(err error) string {
	if r := response(err); r != nil {
		return fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode))
	}
	return err.Error()
}

// Whether a call may be carried out twice.
const (
	safe = true
	once = false
)

// try makes a call until it succeeds or is not worth another try. One that must
// happen once only is repeated after the limits that it was refused for, and
// not after what may have carried it out.
func (t *Target) try(ctx context.Context, twice bool, call func(context.Context) error) error {
	for p := (tries{}); ; {
		err := t.timed(ctx, call)
		if err == nil {
			return nil
		}
		if what, _ := judge(err, t.o.Now()); what == unclear && !twice && ctx.Err() == nil {
			return err
		}
		if err := t.pause(ctx, &p, err); err != nil {
			return err
		}
	}
}

// timed gives a call its own time, so that one which hangs can be tried again.
func (t *Target) timed(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.limit, fmt.Errorf("no answer within %v", t.limit))
	defer cancel()
	err := call(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
