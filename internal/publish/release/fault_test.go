package release

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// calls are all that this package makes. "new" is a tag without a release, of
// "half" a killed run left some, and so of "old", on a server without digests.
var calls = []struct{ name, scene, method, path string }{
	{"read repository", "half", "GET", "/repos/acme/demo"},
	{"read tag", "half", "GET", "/repos/acme/demo/git/ref/tags/v1.0"},
	{"ask for permission", "half", "POST", "/repos/acme/demo/releases/generate-notes"},
	{"find by tag", "half", "GET", "/repos/acme/demo/releases/tags/v1.0"},
	{"list releases", "half", "GET", "/repos/acme/demo/releases"},
	{"create", "new", "POST", "/repos/acme/demo/releases"},
	{"list assets", "half", "GET", "/repos/acme/demo/releases/*/assets"},
	{"upload", "half", "POST", "/repos/acme/demo/releases/*/assets"},
	{"delete asset", "half", "DELETE", "/repos/acme/demo/releases/assets/*"},
	{"rename asset", "half", "PATCH", "/repos/acme/demo/releases/assets/*"},
	{"download asset", "old", "GET", "/repos/acme/demo/releases/assets/*"},
	{"publish", "half", "PATCH", "/repos/acme/demo/releases/*"},
}

// faults are the retry table.
var faults = []struct {
	name  string
	fault testkit.GitHubFault
	waits time.Duration // at least, before the next try
	ever  bool          // also tried for ever: one of each kind
}{
	{"500", testkit.GitHubFault{Status: 500}, time.Second, false},
	{"502", testkit.GitHubFault{Status: 502}, time.Second, true},
	{"503 with Retry-After", testkit.GitHubFault{Status: 503, Header: http.Header{"Retry-After": {"7"}}}, 7 * time.Second, false},
	{"504", testkit.GitHubFault{Status: 504}, time.Second, false},
	{"502 but carried out", testkit.GitHubFault{Status: 502, Carried: true}, time.Second, true},
	{"408", testkit.GitHubFault{Status: 408}, time.Second, false},
	{"429", testkit.GitHubFault{Status: 429}, time.Minute, false},
	{"429 with Retry-After", testkit.GitHubFault{Status: 429, Header: http.Header{"Retry-After": {"9"}}}, 9 * time.Second, true},
	{"429 until a date", testkit.GitHubFault{Status: 429, Header: http.Header{"Retry-After": {"Fri, 02 Jan 2099 00:00:00 GMT"}}}, -1, false},
	{"403 primary limit", testkit.GitHubFault{Status: 403, Message: "API rate limit exceeded for installation ID 1.", Header: reset(5 * time.Minute)}, 4 * time.Minute, true},
	{"403 primary limit for long", testkit.GitHubFault{Status: 403, Message: "API rate limit exceeded for installation ID 1.", Header: reset(time.Hour)}, -1, false},
	{"403 secondary limit", testkit.GitHubFault{Status: 403, Message: "You have exceeded a secondary rate limit."}, time.Minute, true},
	{"403 with Retry-After", testkit.GitHubFault{Status: 403, Header: http.Header{"Retry-After": {"60"}}}, time.Minute, false},
	{"connection cut", testkit.GitHubFault{Cut: true}, time.Second, true},
	{"answer lost", testkit.GitHubFault{Cut: true, Carried: true}, time.Second, true},
}

func reset(in time.Duration) http.Header {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(in).Unix()
	return http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {strconv.FormatInt(at, 10)}}
}

// scene puts there what the call is to be made in. Other jobs' assets are in it,
// which nothing may happen to.
func (w *world) scene(name string, list []artifact.Artifact) (others []string) {
	if name == "new" {
		return none
	}
	if name == "old" {
		w.HideDigests()
	}
	other := []byte("another job's")
	w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true, Assets: []*testkit.GitHubAsset{
		{Name: "other.arm64.rpm", Content: other},
		{Name: sumsName, Content: []byte(digest(other) + "  other.arm64.rpm\n")},
		{Name: list[0].Name, Starter: true},
	}})
	return []string{"other.arm64.rpm"}
}

// TestFaults makes each call fail in each way: once, which nobody may notice,
// and in each kind of way for ever, which is an error that leaves everything as it was or better,
// and the next run makes good.
func TestFaults(t *testing.T) {
	for _, call := range calls {
		for _, f := range faults {
			t.Run(call.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				fault := f.fault
				fault.Method, fault.Path = call.method, call.path
				t.Run("once", func(t *testing.T) { faultOnce(t, call.scene, fault, f.waits) })
				if !f.ever {
					return
				}
				t.Run("for ever", func(t *testing.T) { faultForEver(t, call.scene, fault) })
			})
		}
	}
}

func faultOnce(t *testing.T, scene string, fault testkit.GitHubFault, waits time.Duration) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb", "b.rpm")
	others := w.scene(scene, list)
	fault.Nth = 1
	w.Fail(fault)
	err := w.run(list)
	if waits < 0 {
		if err == nil || !strings.Contains(err.Error(), "want this run again after that") {
			t.Fatalf("error %v: want one that says until when", err)
		}
		w.unpublished()
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.holds(false, list, others...)
	longest := time.Duration(0)
	for _, d := range w.slept {
		longest = max(longest, d)
	}
	if longest < waits {
		t.Errorf("waited %v: want %v at least", w.slept, waits)
	}
}

func faultForEver(t *testing.T, scene string, fault testkit.GitHubFault) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb", "b.rpm")
	others := w.scene(scene, list)
	w.Fail(fault)
	err := w.run(list)
	if err == nil && !fault.Carried {
		t.Fatal("no error")
	}
	if len(w.Published(repo)) > 0 && !fault.Carried {
		t.Errorf("published in spite of %v", err)
	}
	total := time.Duration(0)
	for _, d := range w.slept {
		total += d
	}
	if total > 2*patience {
		t.Errorf("waited for %v", total)
	}
	if scene != "new" {
		if a := w.Releases(repo)[0].Asset("other.arm64.rpm"); a == nil || string(a.Content) != "another job's" {
			t.Error("another job's asset is lost")
		}
	}
	for _, r := range w.Published(repo) {
		w.whole(r, list)
	}
	w.Heal()
	if err := w.run(list); err != nil {
		t.Fatalf("the next run: %v", err)
	}
	w.holds(false, list, others...)
}

// run opens a target and publishes.
func (w *world) run(list []artifact.Artifact) error {
	target, err := Open(w.t.Context(), w.options())
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	_, err = target.Publish(w.t.Context(), list)
	return err
}

func (w *world) unpublished() {
	w.t.Helper()
	if got := w.Published(repo); len(got) > 0 {
		w.t.Errorf("published: %v", got)
	}
}
