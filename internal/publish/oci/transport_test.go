package oci

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// fetch asks a server by a transport whose pauses are noted.
func fetch(t *testing.T, h http.HandlerFunc) (status int, body string, pauses []time.Duration, err error) {
	t.Helper()
	web := httptest.NewServer(h)
	defer web.Close()
	tr := &transport{inner: web.Client().Transport, stall: 200 * time.Millisecond, policy: retry.Policy{
		Now: time.Now, Sleep: func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil },
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/v2/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return 0, "", pauses, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), pauses, err
}

func TestTransportWaitsAsTheServerSays(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	status, body, pauses, err := fetch(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Retry-After", "70")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte("fine"))
	})
	if status != 200 || body != "fine" || err != nil || len(pauses) != 1 || pauses[0] < 70*time.Second {
		t.Errorf("%d %q, %v, after pauses of %v; want one of 70 s", status, body, err, pauses)
	}
}

func TestTransportTellsWhatTheServerSaidLast(t *testing.T) {
	t.Parallel()
	status, body, pauses, err := fetch(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("closed for the day"))
	})
	if status != 503 || body != "closed for the day" || err != nil || len(pauses) != 4 {
		t.Errorf("%d %q, %v, after %d pauses; want the server's own answer after 4", status, body, err, len(pauses))
	}
}

// TestTransportEndsWhatStandsStill has a server that takes the request and says
// nothing, and one that stops in the middle of its answer.
func TestTransportEndsWhatStandsStill(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	status, _, pauses, err := fetch(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			<-r.Context().Done()
		}
	})
	if status != 200 || err != nil || len(pauses) != 1 {
		t.Errorf("%d, %v after pauses %v: want success the second time", status, err, pauses)
	}
	started := time.Now()
	_, _, _, err = fetch(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	if err == nil || time.Since(started) > 10*time.Second {
		t.Errorf("an answer that stopped: %v after %s", err, time.Since(started))
	}
	// One that is slow and moves is let be.
	_, body, _, err := fetch(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 6 {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			time.Sleep(80 * time.Millisecond)
		}
	})
	if body != strings.Repeat("x", 6) || err != nil {
		t.Errorf("a slow answer: %q, %v", body, err)
	}
}
