package release

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

const (
	createPath  = "/repos/acme/demo/releases"
	uploadPath  = "/repos/acme/demo/releases/*/assets"
	assetPath   = "/repos/acme/demo/releases/assets/*"
	releasePath = "/repos/acme/demo/releases/*"
)

// together publishes the lists at the same time, each by its own Target, as the
// jobs of a matrix do. Their clock is the world's, their lines are nobody's.
func (w *world) together(lists [][]artifact.Artifact) {
	w.t.Helper()
	errs := make([]error, len(lists))
	var jobs sync.WaitGroup
	for i, list := range lists {
		target := w.target(func(o *Options) { o.Say = nil })
		jobs.Go(func() { _, errs[i] = target.Publish(w.t.Context(), list) })
	}
	jobs.Wait()
	for i, err := range errs {
		if err != nil {
			w.t.Errorf("job %d: %v", i, err)
		}
	}
}

// meet holds the first n calls back until all of them are there.
func meet(n int) func() {
	var all sync.WaitGroup
	all.Add(n)
	return func() { all.Done(); all.Wait() }
}

func TestMatrixJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var lists [][]artifact.Artifact
	var all []artifact.Artifact
	for _, arch := range []string{"amd64", "arm64", "armhf", "i386"} {
		list := packages(t, "x", "demo_1.0_"+arch+".deb", "demo-1.0."+arch+".rpm")
		lists, all = append(lists, list), append(all, list...)
	}
	w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Last: 4, Before: meet(4)})
	w.together(lists)
	releases := w.Releases(repo)
	if len(releases) != 1 || releases[0].Draft {
		t.Fatalf("releases %v: want one, published", releases)
	}
	w.whole(releases[0], all, none...)
	for _, r := range w.Published(repo) {
		if len(r.Assets) < 3 {
			t.Errorf("published with the files of no job: %v", r)
		}
	}
}

// TestSameJobTwice has two runs of one workflow for one tag, which upload the
// same files at the same time.
func TestSameJobTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := packages(t, "x", "a.deb", "b.deb", "c.rpm")
	w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Last: 2, Before: meet(2)})
	w.together([][]artifact.Artifact{list, list})
	w.holds(false, list, none...)
}

// TestTwoBuildsOneName has two runs that built other bytes under the same names:
// one wins, the other says so.
func TestTwoBuildsOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := packages(t, "one", "a.deb"), packages(t, "two", "a.deb")
	w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 1, Before: func() {
		w.AddAsset(repo, w.Releases(repo)[0].ID, testkit.GitHubAsset{Name: "a.deb", Content: []byte(content(t, two[0]))})
	}})
	err := w.run(one)
	if err == nil || !strings.Contains(err.Error(), "another content under the name \"a.deb\"") {
		t.Fatalf("error %v", err)
	}
	w.unpublished()
	if a := w.Releases(repo)[0].Asset("a.deb"); string(a.Content) != content(t, two[0]) {
		t.Error("the other run's file is lost")
	}
}

func TestDraftRaces(t *testing.T) {
	foreign := &testkit.GitHubAsset{Name: "other.rpm", Content: []byte("other")}
	for _, row := range []struct {
		name   string
		before func(w *world) // the run
		fault  func(w *world) testkit.GitHubFault
		others []string
		halves bool // other jobs publish while ours is not there
	}{
		{"drafts of others", func(w *world) {
			w.AddRelease(repo, testkit.GitHubRelease{Tag: "v0.9", Draft: true})
			w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true, Assets: []*testkit.GitHubAsset{foreign}})
		}, nil, []string{"other.rpm"}, false},
		{"a published one that is not found by its tag yet", func(w *world) {
			w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Assets: []*testkit.GitHubAsset{foreign}})
		}, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "GET", Path: "/repos/acme/demo/releases/tags/v1.0", Nth: 1, Status: 404}
		}, []string{"other.rpm"}, false},
		{"a draft that came first shows up late", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Before: func() {
				w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true, Assets: []*testkit.GitHubAsset{foreign}})
			}}
		}, []string{"other.rpm"}, false},
		{"a draft that came first shows up later still", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 3, Before: func() {
				w.AddRelease(repo, testkit.GitHubRelease{ID: 5, Tag: "v1.0", Draft: true, Assets: []*testkit.GitHubAsset{foreign}})
			}}
		}, []string{"other.rpm"}, false},
		{"the answer says it exists", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Status: 422, Message: "Validation Failed",
				Errors: []testkit.GitHubFieldError{{Resource: "Release", Code: "already_exists", Field: "tag_name"}},
				Before: func() {
					w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Assets: []*testkit.GitHubAsset{foreign}})
				}}
		}, []string{"other.rpm"}, false},
		{"another release is published before ours", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "PATCH", Path: releasePath, Nth: 1, Before: func() {
				w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Assets: []*testkit.GitHubAsset{foreign}})
			}}
		}, []string{"other.rpm"}, false},
		{"another job publishes it", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "PATCH", Path: releasePath, Nth: 1, Before: func() {
				w.Publish(repo, w.Releases(repo)[0].ID)
			}}
		}, none, false},
		{"another job publishes it in the middle", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 3, Midway: func() {
				w.Publish(repo, w.Releases(repo)[0].ID)
			}}
		}, nil, true},
		{"the draft is deleted in the middle", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 2, Midway: func() {
				w.Remove(repo, w.Releases(repo)[0].ID)
			}}
		}, none, false},
		{"an asset is deleted in the middle", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "PATCH", Path: releasePath, Nth: 1, Before: func() {
				w.Publish(repo, w.Releases(repo)[0].ID)
				w.RemoveAsset(repo, w.Releases(repo)[0].ID, "a.deb")
			}}
		}, none, false},
		{"an asset is deleted before anything is published", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "GET", Path: uploadPath, Nth: 3, Before: func() {
				w.RemoveAsset(repo, w.Releases(repo)[0].ID, "a.deb")
			}}
		}, none, false},
		{"a job adds its file while the checksums are written", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 3, Before: func() {
				w.AddAsset(repo, w.Releases(repo)[0].ID, *foreign)
			}}
		}, []string{"other.rpm"}, false},
		{"a job writes its checksums first", nil, func(w *world) testkit.GitHubFault {
			return testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 3, Before: func() {
				id := w.Releases(repo)[0].ID
				w.AddAsset(repo, id, *foreign)
				w.AddAsset(repo, id, testkit.GitHubAsset{Name: sumsName, Content: []byte(digest(foreign.Content) + "  other.rpm\n")})
			}}
		}, []string{"other.rpm"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if row.before != nil {
				row.before(w)
			}
			if row.fault != nil {
				w.Fail(row.fault(w))
			}
			list := packages(t, "x", "a.deb", "b.rpm")
			w.publish(list)
			releases := slices.DeleteFunc(w.Releases(repo), func(r testkit.GitHubRelease) bool { return r.Tag != "v1.0" })
			if len(releases) != 1 || releases[0].Draft {
				t.Fatalf("releases %v: want one, published", releases)
			}
			w.whole(releases[0], list, row.others...)
			for _, r := range w.Published(repo) {
				if !row.halves {
					w.whole(r, list)
				}
			}
		})
	}
}

// TestSecondDraftStays has the deletion of a draft that lost fail: that is no
// reason not to publish. One with another job's file in it is not deleted.
func TestSecondDraftStays(t *testing.T) {
	for name, fault := range map[string]testkit.GitHubFault{
		"not deleted": {Method: "DELETE", Path: releasePath, Status: 500},
		"not ours":    {Method: "GET", Path: uploadPath, Nth: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			list := packages(t, "x", "a.deb")
			w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Before: func() {
				w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true})
			}})
			if fault.Status == 0 {
				fault.Before = func() {
					w.AddAsset(repo, w.Releases(repo)[1].ID, testkit.GitHubAsset{Name: "other.rpm", Content: []byte("other")})
				}
			}
			w.Fail(fault)
			w.publish(list)
			releases := w.Releases(repo)
			if len(releases) != 2 || releases[0].Draft || !releases[1].Draft {
				t.Fatalf("releases %v: want the second one to stay a draft", releases)
			}
			w.whole(releases[0], list, none...)
			if !strings.Contains(strings.Join(w.said, "\n"), "warning: there is a second draft") {
				t.Errorf("nobody was told: %q", w.said)
			}
		})
	}
}

// TestPublishedBeforeDraft has the release found by its tag late, and an older
// draft of somebody beside it, which is not touched.
func TestPublishedBeforeDraft(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true})
	w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0"})
	w.Fail(testkit.GitHubFault{Method: "GET", Path: "/repos/acme/demo/releases/tags/v1.0", Nth: 1, Status: 404})
	w.publish(list)
	releases := w.Releases(repo)
	if len(releases) != 2 || len(releases[0].Assets) > 0 {
		t.Fatalf("releases %v: want the draft empty", releases)
	}
	w.whole(releases[1], list, none...)
}

// TestLoserUploadsNothing wants a second draft found before it is filled.
func TestLoserUploadsNothing(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	var first int64
	w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Before: func() {
		first = w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true})
	}})
	w.publish(list)
	w.holds(false, list, none...)
	for _, call := range w.Writes() {
		if strings.Contains(call, "/assets") && !strings.Contains(call, fmt.Sprintf("/releases/%d/assets", first)) {
			t.Errorf("%s: want uploads into release %d only", call, first)
		}
	}
}
