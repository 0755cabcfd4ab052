package oci

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
)

// TestPublishThroughFaults has requests fail in every way, each only now and then.
func TestPublishThroughFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]func(http.ResponseWriter, *http.Request){
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"429 with a time": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		},
		"cut at once": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut in the middle": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 100<<10)
			panic(http.ErrAbortHandler)
		},
		"cut in the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{"))
			panic(http.ErrAbortHandler)
		},
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			n := 0
			s.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
				s.mu.Lock()
				n++
				now := n%7 == 3 || n == 9
				s.mu.Unlock()
				if now {
					fault(w, r)
				}
				return now
			})
			at := s.host + "/o/whois"
			deb := pack(t, "deb", "amd64", "1.0-1", content)
			publish(t, open(t, "oci://"+at), deb)
			s.breakBy(nil)
			if files(t, at+":1.0-1")["amd64 "+deb.Name] != content {
				t.Error("it is not there whole")
			}
		})
	}
}

func TestPublishGivesUp(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
		bad := r.Method == "PATCH"
		if bad {
			w.WriteHeader(502)
		}
		return bad
	})
	_, err := open(t, "oci://"+s.host+"/o/x").Publish(t.Context(), []artifact.Artifact{pack(t, "deb", "amd64", "1.0-1", "x")})
	if err == nil || !strings.Contains(err.Error(), "502 Bad Gateway") {
		t.Errorf("got %v, want the server's 502", err)
	}
	if tries := len(s.asked("PATCH")); tries != 5 {
		t.Errorf("tried %d times, want 5", tries)
	}
}

// TestPublishAfterAnyEnd ends publishing at each of its requests in turn, and has
// the next run end as one clean run.
func TestPublishAfterAnyEnd(t *testing.T) {
	t.Parallel()
	list := []artifact.Artifact{pack(t, "deb", "amd64", "1.0-1", "deb"), pack(t, "rpm", "x86_64", "1.0-1", "rpm")}
	arm := pack(t, "deb", "arm64", "1.0-1", "arm")
	clean := serve(t)
	publish(t, open(t, "oci://"+clean.host+"/o/whois"), arm)
	clean.asked()
	publish(t, open(t, "oci://"+clean.host+"/o/whois"), list...)
	requests := len(clean.asked("GET", "HEAD", "POST", "PUT", "PATCH"))
	want := tags(t, clean.host+"/o/whois")
	if requests < 20 {
		t.Fatalf("%d requests only", requests)
	}
	for end := range requests {
		s := serve(t)
		at := s.host + "/o/whois"
		publish(t, open(t, "oci://"+at), arm)
		ctx, cancel := context.WithCancelCause(t.Context())
		killed := errors.New("killed")
		n := 0
		s.breakBy(func(http.ResponseWriter, *http.Request) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if n++; n > end {
				cancel(killed)
				panic(http.ErrAbortHandler)
			}
			return false
		})
		if _, err := open(t, "oci://"+at).Publish(ctx, list); !errors.Is(err, killed) {
			t.Fatalf("ended after %d requests: %v", end, err)
		}
		s.breakBy(nil)
		// Whoever looks meanwhile sees whole versions only.
		for tag := range tags(t, at) {
			if !strings.HasSuffix(tag, "64") {
				files(t, at+":"+tag)
			}
		}
		publish(t, open(t, "oci://"+at), list...)
		if diff := cmp.Diff(want, tags(t, at)); diff != "" {
			t.Fatalf("after %d requests (-clean +again):\n%s", end, diff)
		}
	}
}
