package workflow

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestCancel ends the context within each call: Publish returns at once with the
// cause, and nothing more is asked.
func TestCancel(t *testing.T) {
	cause := errors.New("interrupted")
	for _, call := range calls {
		t.Run(call, func(t *testing.T) {
			b := forCall(t, call)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			b.server.Around(call, func(http.HandlerFunc) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					cancel(cause)
					hang(w, r)
				}
			})
			began := time.Now()
			_, err := b.open().Publish(ctx, b.list)
			if took := time.Since(began); !errors.Is(err, cause) || took > 2*time.Second {
				t.Errorf("got %v after %s", err, took)
			}
			if len(b.slept) > 0 || b.count(call) != 1 || b.server.Requests()[len(b.server.Requests())-1] != call {
				t.Errorf("slept %v; calls %q", b.slept, b.server.Requests())
			}
			if string(b.visible("run-1")[b.opts.Name].Content) != "" && call != "ListArtifacts" && call != "DeleteArtifact" {
				t.Error("something was finalized")
			}
		})
	}
}

// TestCancelSleep ends the context between two attempts, with the sleep of those
// who bring none.
func TestCancelSleep(t *testing.T) {
	b := newBench(t)
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	b.server.Around("block", first(100, says(503, "")))
	b.opts.Sleep = nil
	b.opts.Say = func(string) { cancel(cause) }
	if _, err := b.open().Publish(ctx, b.list); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if _, err := b.open().Publish(ctx, b.list); !errors.Is(err, cause) || b.count("CreateArtifact") != 1 {
		t.Errorf("begun again: %v", err)
	}
}
