package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pinpack/pinpack/internal/publish"
)

// TestReport shows what is printed, and the exit status, for each kind of end.
func TestReport(t *testing.T) {
	signal := signalError{syscall.SIGTERM}
	tests := []struct {
		name   string
		cause  error // why the work was cancelled
		err    error
		want   string
		status int
	}{
		{"success", nil, nil, "", 0},
		{"wrong inputs, all of them", nil, usageError{errors.Join(errors.New("one"), errors.Join(errors.New("two")))}, "pinpack: error: one\npinpack: error: two\n", 2},
		{"interrupted", signal, fmt.Errorf("test 1: %w", signal), "pinpack: error: interrupted: terminated\n", 143},
		{"interrupted, and the cleaning up failed", signal, errors.Join(fmt.Errorf("virtualenv: %w", signal), fmt.Errorf("get: %w", context.Canceled), errors.New("remove /opt/x: busy")), "pinpack: error: interrupted: terminated\npinpack: error: remove /opt/x: busy\n", 143},
	}
	for _, test := range tests {
		name := filepath.Join(t.TempDir(), "stderr")
		stderr, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		if test.cause != nil {
			cancel(test.cause)
		}
		status := (&app{proc: Process{Stderr: stderr}}).report(ctx, test.err)
		cancel(nil)
		stderr.Close()
		got, err := os.ReadFile(name)
		if err != nil || string(got) != test.want || status != test.status {
			t.Errorf("%s: printed %q and status %d, want %q and %d: %v", test.name, got, status, test.want, test.status, err)
		}
	}
}

func TestHintForAFullTarget(t *testing.T) {
	err := &publish.Incomplete{Outcomes: []publish.Outcome{{Target: "dir:/srv", Err: fmt.Errorf("publish: %w", syscall.ENOSPC)}}}
	if got := hint(err); !strings.Contains(got, "make room there") || strings.Contains(got, "TMPDIR") {
		t.Errorf("hint %q: TMPDIR and out are not where it is full", got)
	}
}
