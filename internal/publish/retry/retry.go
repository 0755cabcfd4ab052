// Package retry makes a call again while it may yet succeed, with growing
// pauses, and never longer than people would wait.
package retry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Again marks an error that another attempt may not meet.
type Again struct {
	Err   error
	After time.Duration // no sooner than this; 0: the server said nothing
}

func (a Again) Error() string { return a.Err.Error() }
func (a Again) Unwrap() error { return a.Err }

// Policy says how often and for how long. The zero value is a good one, but for
// Now, without which the time that calls take is not counted.
type Policy struct {
	Attempts int                                        // 0: 5
	First    time.Duration                              // the first pause, doubled each time; 0: one second
	Longest  time.Duration                              // pause that we choose; 0: half a minute
	Patience time.Duration                              // with everything, pauses and calls; 0: 15 minutes
	Now      func() time.Time                           //
	Sleep    func(context.Context, time.Duration) error // nil: Sleep
	Say      func(line string)                          // tells of each pause; nil: nobody
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Do makes a call until it succeeds, fails with an error that is no Again, or
// was the last. What is what the call does, for the line that tells of a pause; ""
// where its errors say it.
// When ctx ends, its cause is the error.
func (p Policy) Do(ctx context.Context, what string, call func(context.Context) error) error {
	var started time.Time
	if p.Now != nil {
		started = p.Now()
	}
	var paused time.Duration
	pause, attempts := or(p.First, time.Second), or(p.Attempts, 5)
	for n := 1; ; n++ {
		err := call(ctx)
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var again Again
		switch {
		case !errors.As(err, &again):
			return err
		case n == attempts:
			return fmt.Errorf("%w (tried %d times)", again.Err, n)
		}
		// Up to half as long again, so that jobs which failed together do not
		// come back together.
		wait := max(min(pause, or(p.Longest, 30*time.Second))+rand.N(pause/2+1), again.After)
		spent := paused
		if p.Now != nil {
			spent = p.Now().Sub(started)
		}
		if patience := or(p.Patience, 15*time.Minute); spent+wait > patience {
			return fmt.Errorf("%w (the next attempt would be in %s, and %s is the longest to wait: want this run again later)", again.Err, wait.Round(time.Second), patience)
		}
		if p.Say != nil {
			line := fmt.Sprintf("%v: once more in %s", again.Err, wait.Round(100*time.Millisecond))
			if what != "" {
				line = what + ": " + line
			}
			p.Say(line)
		}
		sleep := p.Sleep
		if sleep == nil {
			sleep = Sleep
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		paused += wait
		pause *= 2
	}
}

// Transient tells whether the same request may get another answer a moment later.
func Transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// After is what an answer asks to wait by Retry-After (RFC 9110, section 10.2.3),
// a number of seconds or a date; 0 where it asks for nothing.
func After(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(time.Duration(seconds)*time.Second, 0)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// Sleep returns after d, or with the cause when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
