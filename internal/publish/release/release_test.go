package release

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/testkit"
)

const repo = "acme/demo"

// world is a GitHub with the repository acme/demo, its tag v1.0 and the token
// "good", and a clock that runs a thousand times faster while somebody sleeps.
type world struct {
	*testkit.GitHub
	t     *testing.T
	mu    sync.Mutex
	now   time.Time
	said  []string
	slept []time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{GitHub: testkit.NewGitHub(t), t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.AddRepo(repo, "v1.0")
	w.AddToken("good", testkit.GitHubWrite)
	return w
}

func (w *world) options() Options {
	return Options{
		APIURL: w.APIURL(), Token: "good", Repository: repo, Tag: "v1.0",
		Now: func() time.Time {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.now
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.mu.Lock()
			w.now, w.slept = w.now.Add(d), append(w.slept, d)
			w.mu.Unlock()
			return retry.Sleep(ctx, min(d/1000, 2*time.Millisecond))
		},
		Say: func(line string) { w.said = append(w.said, line) },
	}
}

// target opens one with the options changed.
func (w *world) target(change ...func(*Options)) *Target {
	w.t.Helper()
	o := w.options()
	for _, c := range change {
		c(&o)
	}
	target, err := Open(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return target
}

// publish opens a target and publishes, which must succeed.
func (w *world) publish(list []artifact.Artifact, change ...func(*Options)) []artifact.Receipt {
	w.t.Helper()
	receipts, err := w.target(change...).Publish(w.t.Context(), list)
	if err != nil {
		w.t.Fatalf("%v\nsaid:\n%s", err, strings.Join(w.said, "\n"))
	}
	return receipts
}

// packages writes files; the content tells the name and the word.
func packages(t *testing.T, word string, names ...string) []artifact.Artifact {
	t.Helper()
	var list []artifact.Artifact
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(strings.Repeat(name+" "+word+"\n", 2000)), 0o644); err != nil {
			t.Fatal(err)
		}
		sum, size, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, artifact.Artifact{Path: path, Name: name, Size: size, SHA256: sum})
	}
	return list
}

func content(t *testing.T, a artifact.Artifact) string {
	t.Helper()
	text, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// holds wants one release for the tag, in the state, with these packages, those
// other assets, and checksums true to all of them; and that no release was ever
// published with less.
func (w *world) holds(draft bool, list []artifact.Artifact, others ...string) {
	w.t.Helper()
	releases := slices.DeleteFunc(w.Releases(repo), func(r testkit.GitHubRelease) bool { return r.Tag != "v1.0" })
	if len(releases) != 1 {
		w.t.Fatalf("there are %d releases: want one: %v", len(releases), releases)
	}
	if releases[0].Draft != draft {
		w.t.Errorf("%v: want draft %v", releases[0], draft)
	}
	w.whole(releases[0], list, others...)
	for _, r := range w.Published(repo) {
		w.whole(r, list)
	}
}

// whole wants the release to have the packages and true checksums.
func (w *world) whole(r testkit.GitHubRelease, list []artifact.Artifact, others ...string) {
	w.t.Helper()
	want := append([]string{sumsName}, others...)
	for _, a := range list {
		want = append(want, StoredName(a.Name))
		if got := r.Asset(StoredName(a.Name)); got == nil || string(got.Content) != content(w.t, a) {
			w.t.Errorf("%v: it has not %q as it was packed", r, a.Name)
		}
	}
	var names, lines []string
	for _, a := range r.Assets {
		names = append(names, a.Name)
		if a.Starter {
			w.t.Errorf("%v: half an asset is left", r)
		}
		if !strings.HasPrefix(a.Name, sumsName) {
			lines = append(lines, fmt.Sprintf("%s  %s\n", digest(a.Content), a.Name))
		}
	}
	slices.Sort(want)
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" && (others != nil || len(names) < len(want)) {
		w.t.Errorf("assets (-want +got):\n%s", diff)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	if sums := r.Asset(sumsName); sums == nil {
		w.t.Errorf("%v: no checksums", r)
	} else if diff := cmp.Diff(strings.Join(lines, ""), string(sums.Content)); diff != "" {
		w.t.Errorf("checksums (-want +got):\n%s", diff)
	}
}

var none = []string{}

func TestNewRelease(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "demo_1.0~rc1-1_amd64.deb", "demo-1.0~rc1-1.x86_64.rpm")
	target := w.target(func(o *Options) {
		o.Tag, o.Name, o.Notes, o.GenerateNotes, o.Prerelease, o.MakeLatest = "refs/tags/v1.0", "Demo 1.0", "Hello.", true, true, "true"
	})
	if got := w.Writes(); !slices.Equal(got, []string{"POST /repos/acme/demo/releases/generate-notes 200"}) {
		t.Errorf("Open wrote: %q", got)
	}
	receipts, err := target.Publish(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	w.holds(false, list, none...)

	r := w.Releases(repo)[0]
	if r.Name != "Demo 1.0" || r.Body != "Hello.\n\n## What's changed" || !r.Prerelease || r.MakeLatest != "" {
		t.Errorf("release %+v", r)
	}
	got := target.Release()
	if want := (Release{r.ID, "v1.0", strings.TrimSuffix(w.APIURL(), "/api/v3") + "/acme/demo/releases/tag/v1.0", got.UploadURL, false, false}); got != want {
		t.Errorf("Release() = %+v, want %+v", got, want)
	}
	for i, name := range []string{"demo_1.0.rc1-1_amd64.deb", "demo-1.0.rc1-1.x86_64.rpm"} {
		want := artifact.Receipt{
			Artifact: list[i].Name, Target: "release:acme/demo@v1.0", Digest: "sha256:" + list[i].SHA256,
			URL: strings.TrimSuffix(w.APIURL(), "/api/v3") + "/acme/demo/releases/download/v1.0/" + name,
		}
		if diff := cmp.Diff(want, receipts[i]); diff != "" {
			t.Errorf("receipt (-want +got):\n%s", diff)
		}
		resp, err := http.Get(receipts[i].URL)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %v, %v", receipts[i].URL, resp, err)
		}
		resp.Body.Close()
		if a := r.Asset(name); a.Label != list[i].Name || !strings.HasPrefix(a.ContentType, "application/") {
			t.Errorf("asset %s: label %q, content type %q", name, a.Label, a.ContentType)
		}
	}
	want := []string{"POST notes 200", "POST release 201", "POST asset 201", "POST asset 201", "POST asset 201", "PATCH release 200"}
	short := strings.NewReplacer("/repos/acme/demo/releases/generate-notes", "notes", fmt.Sprintf("/repos/acme/demo/releases/%d/assets", r.ID), "asset",
		fmt.Sprintf("/repos/acme/demo/releases/%d", r.ID), "release", "/repos/acme/demo/releases", "release")
	writes := w.Writes()
	for i := range writes {
		writes[i] = short.Replace(writes[i])
	}
	if diff := cmp.Diff(want, writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestRerunUploadsNothing(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a~1.deb", "b.rpm")
	first := w.publish(list)
	before := w.Writes()
	second := w.publish(list)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("receipts (-first +second):\n%s", diff)
	}
	after := w.Writes()
	if len(after) != len(before)+1 || !strings.Contains(after[len(before)], "generate-notes") {
		t.Errorf("a second run wrote: %q", after[len(before):])
	}
	w.holds(false, list, none...)
}

func TestDraftStays(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	w.publish(list, func(o *Options) { o.Draft = true })
	w.holds(true, list, none...)
	w.publish(list, func(o *Options) { o.MakeLatest = "false" })
	w.holds(false, list, none...)
	if r := w.Releases(repo)[0]; r.MakeLatest != "false" {
		t.Errorf("make_latest %q, want false", r.MakeLatest)
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb", "b.deb", "c.deb", "d.deb", "e.deb")
	w.Fail(testkit.GitHubFault{Method: "POST", Path: "/repos/acme/demo/releases/*/assets", Nth: 2, Cut: true})
	last := map[string]int64{}
	restarts := 0
	w.publish(list, func(o *Options) {
		o.Progress = func(name string, done, total int64) {
			if done < last[name] {
				restarts++
			}
			if last[name] = done; done > total {
				t.Errorf("%s: %d of %d", name, done, total)
			}
		}
	})
	for _, a := range list {
		if last[a.Name] != a.Size {
			t.Errorf("%s: progress ended at %d of %d", a.Name, last[a.Name], a.Size)
		}
	}
	if restarts != 1 {
		t.Errorf("progress went back %d times, want once", restarts)
	}
	w.holds(false, list, none...)
}
