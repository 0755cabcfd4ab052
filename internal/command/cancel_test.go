package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCancelEndsTheProgramAndItsChildren(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script string
		limit  time.Duration // from the cancellation
	}{
		"that obeys SIGTERM":                 {`sleep 60 & : >"$READY"; wait`, grace},
		"that ignores SIGTERM":               {`trap "" TERM; sleep 60 & : >"$READY"; while :; do sleep 60; done`, grace + time.Second},
		"with a daemon that ignores SIGTERM": {`trap "" TERM; setsid sleep 60 & : >"$READY"; sleep 60`, grace + time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cause := errors.New("the reason")
			ctx, cancel := context.WithCancelCause(t.Context())
			p, left := marked(test.script)
			ready := filepath.Join(t.TempDir(), "ready")
			p.Env = append(p.Env, "READY="+ready)
			ended := make(chan error, 1)
			go func() { ended <- runner.Run(ctx, p) }()
			started(t, ready)
			cancel(cause)
			var err error
			within(t, test.limit, func() { err = <-ended })
			var e *Error
			if !errors.Is(err, cause) || !errors.As(err, &e) || e.Status != -1 {
				t.Errorf("Run = %#v, want an *Error with the cause", err)
			}
			if want := `run "/bin/sh": the reason`; err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
			if diff := cmp.Diff([]string(nil), left()); diff != "" {
				t.Errorf("processes left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCancelLetsTheProgramCleanUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	p := shell(`trap 'echo cleaned >"$DIR/cleaned"; exit 0' TERM; : >"$DIR/ready"; while :; do sleep 0.01; done`)
	p.Env = []string{"DIR=" + dir}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx, p) }()
	started(t, filepath.Join(dir, "ready"))
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want the cancellation, though the program ended well", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "cleaned")); err != nil {
		t.Error(err)
	}
}
