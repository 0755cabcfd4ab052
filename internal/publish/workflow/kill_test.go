package workflow

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// TestKill ends the program with SIGKILL within each call, before and after the
// server has done its work. Nothing is finalized half, and another run of the
// step, in the same job as well as in another attempt of the run, brings all.
func TestKill(t *testing.T) {
	if dir := os.Getenv("WORKFLOW_TEST_CHILD"); dir != "" {
		upload, err := Open(Options{ResultsURL: os.Getenv("WORKFLOW_TEST_URL"), Token: os.Getenv("WORKFLOW_TEST_TOKEN"), Name: os.Getenv("WORKFLOW_TEST_NAME")})
		if err != nil {
			t.Fatal(err)
		}
		upload.block = 1000
		_, err = upload.Publish(context.Background(), packages(t, dir))
		t.Fatalf("not killed: %v", err)
	}
	for _, call := range []string{"CreateArtifact", "block", "blocklist", "FinalizeArtifact"} {
		for _, when := range []string{"before", "after"} {
			for _, where := range []string{"the same job", "another attempt"} {
				t.Run(call+"/"+when+"/"+where, func(t *testing.T) {
					t.Parallel()
					b := newBench(t)
					kill(b, call, when)
					visible := b.visible("run-1")
					if final := call == "FinalizeArtifact" && when == "after"; (len(visible) == 1) != final {
						t.Fatalf("%d artifacts are visible", len(visible))
					}
					run := "run-1"
					if where == "another attempt" {
						run = "run-1-attempt-2"
						b.opts.Token = b.server.Token(run, "job-8")
					}
					b.mustPublish()
					b.whole(run)
				})
			}
		}
	}
}

// kill runs the child until it makes the call; of blocks, the second.
func kill(b *bench, call, when string) {
	b.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), "WORKFLOW_TEST_CHILD="+b.TempDir(), "WORKFLOW_TEST_URL="+b.opts.ResultsURL,
		"WORKFLOW_TEST_TOKEN="+b.opts.Token, "WORKFLOW_TEST_NAME="+b.opts.Name)
	reached := make(chan struct{})
	var n atomic.Int32
	at := int32(1)
	if call == "block" {
		at = 2
	}
	b.server.Around(call, func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) != at {
				next(w, r)
				return
			}
			if when == "after" {
				next(discard{http.Header{}}, r)
			}
			close(reached)
			hang(w, r)
		}
	})
	var out strings.Builder
	child.Stdout, child.Stderr = &out, &out
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		<-reached
		child.Process.Kill() //nolint:errcheck // it may be dead
	}()
	if err := child.Wait(); err == nil || err.Error() != "signal: killed" {
		b.Fatalf("the child: %v\n%s", err, out.String())
	}
}
