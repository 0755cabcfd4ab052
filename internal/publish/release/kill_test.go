package release

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestMain lets the test program be the run that is killed.
func TestMain(m *testing.M) {
	if api := os.Getenv("PINPACK_TEST_RELEASE"); api != "" {
		os.Exit(doomed(api, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func doomed(api string, names []string) int {
	var list []artifact.Artifact
	for _, path := range names {
		sum, size, err := artifact.Digest(path)
		if err != nil {
			return 2
		}
		list = append(list, artifact.Artifact{Path: path, Name: path[len(path)-5:], Size: size, SHA256: sum})
	}
	target, err := Open(context.Background(), Options{APIURL: api, Token: "good", Repository: repo, Tag: "v1.0", Now: time.Now})
	if err != nil {
		return 3
	}
	if _, err := target.Publish(context.Background(), list); err != nil {
		return 4
	}
	return 0
}

// TestKilled kills a run in the middle of each of its uploads, and runs again.
func TestKilled(t *testing.T) {
	for nth := 1; nth <= 4; nth++ { // the last one is of the checksums
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			list := packages(t, "x", "a.deb", "b.deb", "c.rpm")
			midway, dead := make(chan bool), make(chan bool)
			w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: nth, Midway: func() { close(midway); <-dead }})

			cmd := exec.Command(os.Args[0], list[0].Path, list[1].Path, list[2].Path)
			cmd.Env = append(os.Environ(), "PINPACK_TEST_RELEASE="+w.APIURL())
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			exited := make(chan error, 1)
			go func() { exited <- cmd.Wait() }()
			select {
			case <-midway:
			case err := <-exited:
				t.Fatalf("it ended before the upload: %v", err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-exited
			close(dead)
			w.unpublished()

			w.publish(list)
			w.holds(false, list, none...)
		})
	}
}

// TestCancelled cancels a run in the middle of an upload, and runs again.
func TestCancelled(t *testing.T) {
	for _, at := range []testkit.GitHubFault{
		{Method: "POST", Path: createPath, Nth: 1},
		{Method: "POST", Path: uploadPath, Nth: 2},
		{Method: "GET", Path: uploadPath, Nth: 2},
		{Method: "PATCH", Path: releasePath, Nth: 1},
	} {
		t.Run(at.Method+" "+at.Path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			list := packages(t, "x", "a.deb", "b.deb", "c.rpm")
			target := w.target()
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := errors.New("stopped by the user")
			fault := at
			if fault.Before = func() { cancel(stop) }; at.Method == "POST" && at.Path == uploadPath {
				fault.Before, fault.Midway = nil, fault.Before
			}
			w.Fail(fault)
			if _, err := target.Publish(ctx, list); !errors.Is(err, stop) {
				t.Errorf("error %v: want %v", err, stop)
			}
			for _, r := range w.Published(repo) { // GitHub may have been told already
				w.whole(r, list)
			}
			w.publish(list)
			w.holds(false, list, none...)
		})
	}
}

// TestStandstill has a connection on which nothing moves any more.
func TestStandstill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	stuck := make(chan bool)
	t.Cleanup(func() { close(stuck) })
	w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 1, Midway: func() { <-stuck }})
	w.Fail(testkit.GitHubFault{Method: "GET", Path: uploadPath, Nth: 1, Before: func() { <-stuck }})
	target := w.target()
	target.limit, target.stall = 200*time.Millisecond, 200*time.Millisecond
	if _, err := target.Publish(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	w.holds(false, list, none...)
}
