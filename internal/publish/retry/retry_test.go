package retry

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// clock is one that only sleeping moves.
type clock struct {
	now   time.Time
	slept []time.Duration
}

func (c *clock) policy() Policy {
	return Policy{Now: func() time.Time { return c.now }, Sleep: func(_ context.Context, d time.Duration) error {
		c.slept, c.now = append(c.slept, d), c.now.Add(d)
		return nil
	}}
}

func TestDo(t *testing.T) {
	t.Parallel()
	final := errors.New("no such place")
	busy := errors.New("busy")
	for name, test := range map[string]struct {
		answers []error // the last one again and again
		calls   int
		want    string
		pauses  []time.Duration // at least; each at most half as long again
	}{
		"at once":            {[]error{nil}, 1, "", nil},
		"for good":           {[]error{final}, 1, "no such place", nil},
		"the third time":     {[]error{Again{Err: busy}, Again{Err: busy}, nil}, 3, "", []time.Duration{1, 2}},
		"never":              {[]error{Again{Err: busy}}, 5, "busy (tried 5 times)", []time.Duration{1, 2, 4, 8}},
		"as the server says": {[]error{Again{busy, 70 * time.Second}, nil}, 2, "", []time.Duration{70}},
		"not in our time":    {[]error{Again{busy, time.Hour}}, 1, "busy (the next attempt would be in 1h0m0s, and 15m0s is the longest to wait: want this run again later)", nil},
		"for good after all": {[]error{Again{Err: busy}, final}, 2, "no such place", []time.Duration{1}},
	} {
		c, calls := &clock{}, 0
		err := c.policy().Do(t.Context(), "put", func(context.Context) error {
			calls++
			return test.answers[min(calls, len(test.answers))-1]
		})
		if got := text(err); got != test.want || calls != test.calls || len(c.slept) != len(test.pauses) {
			t.Errorf("%s: %d calls, %q, pauses %v; want %d, %q, %v", name, calls, got, c.slept, test.calls, test.want, test.pauses)
			continue
		}
		for i, least := range test.pauses {
			if d := c.slept[i]; d < least*time.Second || d > least*time.Second*3/2 {
				t.Errorf("%s: pause %d is %v, want %d s to half as long again", name, i, d, least)
			}
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDoCountsTheTimeOfCalls(t *testing.T) {
	t.Parallel()
	c := &clock{}
	calls := 0
	err := c.policy().Do(t.Context(), "put", func(context.Context) error {
		calls++
		c.now = c.now.Add(8 * time.Minute)
		return Again{Err: errors.New("cut")}
	})
	if calls != 2 || !strings.Contains(text(err), "longest to wait") {
		t.Errorf("%d calls, %v: want two", calls, err)
	}
}

func TestDoEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	p := Policy{Say: func(string) { cancel(stop) }, First: time.Hour, Longest: time.Hour, Patience: 9 * time.Hour}
	if err := p.Do(ctx, "put", func(context.Context) error { return Again{Err: errors.New("busy")} }); !errors.Is(err, stop) {
		t.Errorf("in a pause: %v", err)
	}
	if err := p.Do(ctx, "put", func(ctx context.Context) error { return ctx.Err() }); !errors.Is(err, stop) {
		t.Errorf("in a call: %v", err)
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0,
		"Wed, 25 Nov 2026 12:01:00 GMT": time.Minute, "Wed, 25 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := After(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("After(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestTransient(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: false, 400: false, 401: false, 404: false, 408: true, 409: false, 429: true, 500: true, 501: false, 502: true, 503: true, 504: true, 507: false} {
		if Transient(status) != want {
			t.Errorf("Transient(%d) = %v", status, !want)
		}
	}
}
