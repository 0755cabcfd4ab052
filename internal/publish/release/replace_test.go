package release

import (
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestReplacedByAnother has another run put other bytes in the place of ours
// just before the release is published.
func TestReplacedByAnother(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	w.Fail(testkit.GitHubFault{Method: "GET", Path: uploadPath, Nth: 3, Before: func() {
		id := w.Releases(repo)[0].ID
		w.RemoveAsset(repo, id, "a.deb")
		w.AddAsset(repo, id, testkit.GitHubAsset{Name: "a.deb", Content: []byte(strings.ToUpper(content(t, list[0])))})
	}})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "another content under the name") {
		t.Errorf("error %v", err)
	}
	w.unpublished()
}

// TestReplaceRaces has another job replace the checksums in the same moment.
func TestReplaceRaces(t *testing.T) {
	for _, call := range []struct{ name, method, path string }{
		{"upload", "POST", uploadPath}, {"delete", "DELETE", assetPath}, {"rename", "PATCH", assetPath},
	} {
		t.Run(call.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			list := packages(t, "x", "a.deb")
			others := []byte("other")
			id := w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Assets: []*testkit.GitHubAsset{
				{Name: sumsName, Content: []byte("stale\n")},
				{Name: "a.deb", Content: []byte(content(t, list[0]))},
			}})
			w.Fail(testkit.GitHubFault{Method: call.method, Path: call.path, Nth: 1, Before: func() {
				w.RemoveAsset(repo, id, sumsName)
				for _, a := range w.Releases(repo)[0].Assets {
					if part.MatchString(a.Name) { // swept away
						w.RemoveAsset(repo, id, a.Name)
					}
				}
				w.AddAsset(repo, id, testkit.GitHubAsset{Name: "other.rpm", Content: others})
				w.AddAsset(repo, id, testkit.GitHubAsset{Name: sumsName, Content: []byte(digest(others) + "  other.rpm\n")})
			}})
			w.publish(list)
			w.holds(false, list, "other.rpm")
		})
	}
}
