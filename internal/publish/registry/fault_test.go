package registry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestPasses has every request of a run fail once, in ways that pass.
func TestPasses(t *testing.T) {
	t.Parallel()
	faults := map[string]testkit.ServiceFault{
		"429":                   {Status: 429, After: "3"},
		"503":                   {Status: 503},
		"500 after it was done": {Status: 500, Carried: true},
		"cut":                   {Cut: true},
		"cut after it was done": {Cut: true, Carried: true},
		"slow":                  {Slow: 20 * time.Millisecond},
	}
	for _, p := range places {
		t.Run(p.service, func(t *testing.T) {
			t.Parallel()
			want, requests := clean(t, p, "one")
			list := packages(t, "one")
			for name, f := range faults {
				for n := 1; n <= requests; n++ {
					fault := f
					fault.Nth = n
					w := newWorld(t, p)
					w.Fail(&fault)
					if err := w.publish(list, nil); err != nil {
						t.Errorf("%s, request %d: %v", name, n, err)
					}
					w.holds(want, name)
				}
			}
		})
	}
}

// TestStays has every request of a run refused for good. What is told is clear,
// the other files are there, and a run afterwards completes it.
func TestStays(t *testing.T) {
	t.Parallel()
	for _, p := range places {
		t.Run(p.service, func(t *testing.T) {
			t.Parallel()
			want, requests := clean(t, p, "one")
			list := packages(t, "one")
			if p.blind {
				p.urls = []string{p.urls[0] + "&if-exists=skip"}
			}
			for n := 1; n <= requests; n++ {
				w := newWorld(t, p)
				w.Fail(&testkit.ServiceFault{Nth: n, Status: 403})
				err := w.publish(list, nil)
				if err == nil || !strings.Contains(err.Error(), "403 Forbidden: ordered by the test") || strings.Contains(err.Error(), "good-token") {
					t.Errorf("request %d: %v", n, err)
				}
				w.Fail()
				if err := w.publish(list, nil); err != nil {
					t.Errorf("after request %d: %v", n, err)
				}
				w.holds(want, "afterwards")
			}
		})
	}
}

// TestCancelled cancels a run at each of its requests.
func TestCancelled(t *testing.T) {
	t.Parallel()
	for _, p := range places {
		t.Run(p.service, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, p)
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := errors.New("stopped by the user")
			cancel(stop)
			for _, target := range w.open(nil) {
				if _, err := target.Publish(ctx, packages(t, "one")); !errors.Is(err, stop) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v: want %v", err, stop)
				}
			}
		})
	}
}

// server is a service of one handler, as a target that takes anything.
func server(t *testing.T, handle http.HandlerFunc, query string) *Target {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	k, _ := Find("http+put")
	at, err := Open(k, strings.Replace(s.URL, "http:", "http+put:", 1)+"/x"+query, target.Setup{Getenv: func(string) string { return "" }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	at.client.retry.Sleep = func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }
	return at
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	seen := ""
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen += r.Method + " " + r.Header.Get("Authorization") + r.Header.Get("X-Key") + "; "
		w.WriteHeader(201)
	}))
	defer elsewhere.Close()
	list := packages(t, "one")[:1]
	for status, want := range map[int]string{
		301: "redirects to " + elsewhere.URL + "/y: want that address in the target's URL",
		307: "",
	} {
		seen = ""
		at := server(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(404)
				return
			}
			http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)+"/y?signed=secret", status)
		}, "?method=PUT")
		at.client.login = credentials{"X-Key", "good-token"}
		_, err := at.Publish(t.Context(), list)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), "localhost", "127.0.0.1")
		}
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
		if strings.Contains(seen, "good-token") || want == "" && seen != "PUT ; " {
			t.Errorf("%d: the other host sees %q", status, seen)
		}
	}
}

// TestStandstill has a server that takes a request and never answers.
func TestStandstill(t *testing.T) {
	t.Parallel()
	stuck := make(chan bool)
	calls := 0
	at := server(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			<-stuck
		}
		w.WriteHeader(map[string]int{"GET": 404, "PUT": 201}[r.Method])
	}, "")
	defer close(stuck)
	at.client.stall = 100 * time.Millisecond
	if _, err := at.Publish(t.Context(), packages(t, "one")[:1]); err != nil || calls < 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestFileChanges has the file another size than when it was described.
func TestFileChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) error{
		"shorter": func(p string) error { return os.Truncate(p, 100) },
		"gone":    os.Remove,
	} {
		at := server(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, "")
		list := packages(t, "one")[:1]
		if err := change(list[0].Path); err != nil {
			t.Fatal(err)
		}
		_, err := at.Publish(t.Context(), list)
		if err == nil || !strings.Contains(err.Error(), "want it left alone") && !strings.Contains(err.Error(), "no such file") || strings.Contains(err.Error(), "tried") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                    "",
		"plain\r\n  text\x00": "plain text",
		`{"message":"no"}`:    "no",
		`{"errors":[{"status":404,"message":"a"},{"message":"b"}]}`: "a; b",
		`{"file":["bad","worse"]}`:                                  "file: bad; file: worse",
		`{"error":{"type":"x","message":"y"}}`:                      "y",
		"<html><body>Sign in":                                       "",
		strings.Repeat("é", 400):                                    strings.Repeat("é", 150) + "…",
	} {
		if got := message(answer{body: []byte(body)}); got != want {
			t.Errorf("message(%q) = %q, want %q", body, got, want)
		}
	}
}
