package workflow

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// calls are all that the protocol has. To see the last two, the name is taken and
// to be overwritten.
var calls = []string{"CreateArtifact", "block", "blocklist", "FinalizeArtifact", "ListArtifacts", "DeleteArtifact"}

func blobCall(call string) bool { return call == "block" || call == "blocklist" }

// forCall prepares a publication that makes the call.
func forCall(t *testing.T, call string) *bench {
	b := newBench(t)
	if call == "ListArtifacts" || call == "DeleteArtifact" {
		b.opts.Overwrite = true
		b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.opts.Name, Content: []byte("old"), Final: true})
	}
	return b
}

// fails publishes in vain: nothing is finalized, what was there stays, and the
// error has all the words in it.
func (b *bench) fails(words ...string) {
	b.Helper()
	before := b.visible("run-1")
	receipts, err := b.publish()
	if err == nil || len(receipts) > 0 {
		b.Fatalf("published, with %d receipts", len(receipts))
	}
	for _, word := range append(words, fmt.Sprintf("upload artifact %q: ", b.opts.Name), ": want ") {
		if !strings.Contains(err.Error(), word) {
			b.Errorf("no %q in %v", word, err)
		}
	}
	after := b.visible("run-1")
	if len(after) > len(before) || len(after) > 0 && string(after[b.opts.Name].Content) != "old" {
		b.Errorf("the run shows %d artifacts, before it showed %d", len(after), len(before))
	}
}

// waited sees that it slept as the retry table says.
func (b *bench) waited(times int) {
	b.Helper()
	if len(b.slept) != times || len(b.said) < times {
		b.Fatalf("slept %v, said %q, want %d times", b.slept, b.said, times)
	}
	for n, d := range b.slept {
		if d < wait(n, 0) || d > wait(n, 1) {
			b.Errorf("slept %s after attempt %d, want %s to %s", d, n+1, wait(n, 0), wait(n, 1))
		}
	}
}

// TestTransient is every status of the retry table, and every other way in which
// an attempt can fail that the next may not, at every call: two are got over,
// five are an error.
func TestTransient(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"cut before the request": cut(0),
		"cut within the request": cut(20),
		"cut after the request":  cut(1 << 30),
		"502 that is no JSON":    says(502, "<html>Bad Gateway</html>"),
		"503 without a text":     says(503, ""),
		"cut within the answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			says(200, `{"ok"`)(w, r)
		},
	}
	for _, status := range []int{429, 500, 502, 503, 504} {
		faults[fmt.Sprint(status)] = says(status, `{"code":"unavailable","msg":"not now"}`)
	}
	for _, call := range calls {
		more := map[string]http.HandlerFunc{}
		if !blobCall(call) {
			more["200 that is no JSON"] = says(200, "<html>Sign in</html>")
			more["403 that is no JSON"] = says(403, "<html>Proxy</html>")
			more["403 of an intermediary"] = says(403, `{"code":"permission_denied","msg":"Error from intermediary with HTTP status code 403 \"Forbidden\""}`)
		}
		for _, set := range []map[string]http.HandlerFunc{faults, more} {
			for name, fault := range set {
				t.Run(call+"/"+name+"/twice", func(t *testing.T) {
					b := forCall(t, call)
					b.server.Around(call, first(2, fault))
					b.mustPublish()
					b.waited(2)
					b.whole("run-1")
				})
				t.Run(call+"/"+name+"/for ever", func(t *testing.T) {
					b := forCall(t, call)
					b.server.Around(call, first(100, fault))
					b.fails(map[string]string{"block": "put block 1", "blocklist": "put block list"}[call], "5 attempts, at last ")
					b.waited(4)
					if n := b.count(call); n != 5 {
						t.Errorf("%d calls, want 5", n)
					}
				})
			}
		}
	}
}

// TestFinal is every status that no other attempt will change.
func TestFinal(t *testing.T) {
	for _, call := range calls {
		for _, status := range []int{400, 401, 403, 404, 405, 409, 411, 412, 413, 501} {
			if call == "CreateArtifact" && status == 409 || call == "DeleteArtifact" && status == 404 {
				continue // these have a meaning: conflict_test.go
			}
			t.Run(fmt.Sprintf("%s/%d", call, status), func(t *testing.T) {
				b := forCall(t, call)
				b.server.Around(call, first(100, func(w http.ResponseWriter, r *http.Request) {
					echo := r.Header.Get("Authorization") + r.URL.RawQuery
					w.Header().Set("X-Ms-Error-Code", "refused_word "+echo)
					if call == "FinalizeArtifact" {
						echo += " se+cret/1="
					}
					says(status, `{"code":"refused_word","msg":"not you, `+echo+`"}`)(w, r)
				}))
				want := []string{fmt.Sprintf(": %d %s", status, http.StatusText(status)), "refused_word"}
				if status == 401 || status == 403 {
					want = append(want, "belong to the running job")
				}
				b.fails(want...)
				b.waited(0)
				if n := b.count(call); n != 1 {
					t.Errorf("%d calls, want 1", n)
				}
			})
		}
	}
}

// TestLostAnswer: the work was done, but the connection was cut before the answer.
func TestLostAnswer(t *testing.T) {
	for _, call := range calls {
		t.Run(call, func(t *testing.T) {
			b := forCall(t, call)
			b.server.Around(call, lost)
			b.mustPublish()
			b.whole("run-1")
		})
	}
	t.Run("FinalizeArtifact, at the last attempt", func(t *testing.T) {
		b := newBench(t)
		b.server.Around("FinalizeArtifact", lost)
		b.server.Around("FinalizeArtifact", first(4, says(500, "")))
		b.mustPublish()
		b.whole("run-1")
	})
	t.Run("FinalizeArtifact, by act or Gitea, without a digest", func(t *testing.T) {
		b := newBench(t)
		b.server.SpeakCamel()
		b.server.Around("FinalizeArtifact", lost)
		b.mustPublish()
		b.whole("run-1")
	})
}

// TestAnswers: what is well-formed and still not an answer.
func TestAnswers(t *testing.T) {
	for _, c := range []struct{ call, answer, want string }{
		{"CreateArtifact", `{"ok":false}`, `"ok": false`},
		{"CreateArtifact", `{}`, `"ok": false`},
		{"CreateArtifact", `{"ok":true}`, "no upload URL"},
		{"CreateArtifact", `{"ok":true,"signed_upload_url":""}`, "no upload URL"},
		{"CreateArtifact", `{"ok":true,"signedUploadUrl":"/relative?sig=se+cret"}`, "no upload URL"},
		{"CreateArtifact", `{"ok":true,"signed_upload_url":"http://[::1?sig=se+cret"}`, "no upload URL"},
		{"FinalizeArtifact", `{"ok":false,"artifact_id":"9"}`, `"ok": false`},
		{"FinalizeArtifact", `{"ok":true}`, "no artifact id"},
		{"DeleteArtifact", `{"ok":false}`, `"ok": false`},
	} {
		t.Run(c.call+c.answer, func(t *testing.T) {
			b := forCall(t, c.call)
			b.server.Around(c.call, first(100, says(200, c.answer)))
			b.fails(c.call, c.want)
			b.waited(0)
		})
	}
	t.Run("an artifact without its id", func(t *testing.T) {
		b := newBench(t)
		b.server.Around("FinalizeArtifact", func(next http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				next(discard{http.Header{}}, r)
				says(200, `{"ok":true}`)(w, r)
			}
		})
		if r := b.mustPublish(); r[0].URL != b.opts.RunURL+"artifacts/1" {
			t.Errorf("URL %q", r[0].URL)
		}
	})
}

func TestQuota(t *testing.T) {
	for _, status := range []int{403, 429, 500} {
		b := newBench(t)
		b.server.Around("CreateArtifact", first(100, says(status, `{"code":"resource_exhausted","msg":"Insufficient usage to create artifact"}`)))
		b.fails("storage for artifacts is used up", "retention", "6 to 12 hours")
		b.waited(0)
		if _, err := b.publish(); !errors.Is(err, ErrQuota) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

// TestWrongJob: ids that the server does not take for this token.
func TestWrongJob(t *testing.T) {
	b := newBench(t)
	b.opts.Token = token("Actions.Results:other:job")
	b.fails("400 Bad Request", "not one of ours")
	if refused := b.server.Refused(); len(refused) != 1 {
		t.Errorf("refused %q", refused)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{"17": 17 * time.Second, "1": 3 * time.Second, "9999": 5 * time.Minute, "-5": 3 * time.Second, "soon": 3 * time.Second} {
		b := newBench(t)
		b.server.Around("block", first(1, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		if b.mustPublish(); !slices.Equal(b.slept, []time.Duration{want}) {
			t.Errorf("Retry-After %s: slept %v, want %s", header, b.slept, want)
		}
	}
}

// TestHang: a server that takes the request and never answers.
func TestHang(t *testing.T) {
	for _, call := range calls {
		b := forCall(t, call)
		b.server.Around(call, first(1, hang))
		target := b.open()
		target.stall = 50 * time.Millisecond
		if _, err := target.Publish(t.Context(), b.list); err != nil {
			t.Errorf("%s: %v", call, err)
		}
		if b.whole("run-1"); len(b.said) != 1 || !strings.Contains(b.said[0], "no answer within 50ms") {
			t.Errorf("%s: said %q", call, b.said)
		}
	}
}

type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// TestNoConnection: what a firewall does.
func TestNoConnection(t *testing.T) {
	for _, err := range []error{
		&net.DNSError{Err: "no such host", Name: "results.example", IsNotFound: true},
		&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")},
	} {
		b := newBench(t)
		b.opts.Client = &http.Client{Transport: broken{err}}
		b.fails("no answer from 127.0.0.1", err.Error(), "self-hosted", "*.blob.core.windows.net")
		b.waited(4)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	b := newBench(t)
	b.opts.ResultsURL = server.URL
	b.opts.Client = &http.Client{Transport: &http.Transport{}}
	b.fails("certificate", "a proxy's authority")
	b.waited(0)
	if _, err := b.publish(); !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Errorf("got %v", err)
	}
}

// TestSecrets holds that a signature is masked, as it is written and as it reads,
// before anything is said.
func TestSecrets(t *testing.T) {
	b := newBench(t)
	b.opts.Say = func(string) {
		if !slices.Contains(b.masked, "se+cret/1=") || !slices.Contains(b.masked, "se%2Bcret%2F1%3D") {
			t.Errorf("masked by now: %q", b.masked)
		}
	}
	b.server.Around("block", first(1, says(500, "")))
	b.mustPublish()
}
