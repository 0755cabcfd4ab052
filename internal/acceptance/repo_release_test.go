//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestReleaseIsARepository publishes releases that are repositories, lays their
// assets out as GitHub serves them, and has apt install, upgrade and go back.
func TestReleaseIsARepository(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	const old, next = "1.0~rc1", "1.0"
	github := testkit.NewGitHub(t)
	tag := func(version string) string { return "v" + strings.ReplaceAll(version, "~", "") }
	github.AddRepo("me/tiny", tag(old), tag(next))
	github.AddToken("good", testkit.GitHubWrite)
	packages, dir, key := sharedDir(t), sharedDir(t), secretKey(t, "rsa")
	s := serve(t, dir)
	release := func(version string) {
		t.Helper()
		for range 2 { // again is a success
			cmd := publishing(t, key, append([]string{"release", "--tag", tag(version), "--release-repository", "--release-notes", "none"}, tiny(t, packages, version, key)...)...)
			cmd.Env = append(cmd.Env, "GITHUB_REPOSITORY=me/tiny", "GITHUB_API_URL="+github.APIURL(), "GITHUB_TOKEN=good", "GITHUB_EVENT_NAME=")
			testkit.Run(t, cmd)
		}
		latest := filepath.Join(dir, "me/tiny/releases/latest/download")
		if err := os.RemoveAll(latest); err != nil {
			t.Fatal(err)
		}
		for _, r := range github.Published("me/tiny") {
			if r.Tag != tag(version) {
				continue
			}
			for _, a := range r.Assets {
				write(t, filepath.Join(dir, "me/tiny/releases/download", r.Tag, a.Name), string(a.Content))
				write(t, filepath.Join(latest, a.Name), string(a.Content))
			}
		}
	}
	release(old)
	write(t, filepath.Join(dir, "tiny.sources"), "Types: deb\nURIs: "+s.url+"/me/tiny/releases/latest/download/\nSuites: /\nSigned-By: /etc/apt/keyrings/tiny.asc\n")
	public, err := os.ReadFile(filepath.Join(dir, "me/tiny/releases/latest/download/key.asc"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "key.asc"), string(public))
	clients := map[string]*aptClient{"bookworm": newAptClient(t, "bookworm", s), "trixie": newAptClient(t, "trixie", s)}
	for suite, c := range clients {
		installs(t, suite, c, "", old)
	}
	release(next)
	for suite, c := range clients {
		installs(t, suite, c, "", next)
		// The way back is the older release.
		write(t, c.path("/etc/apt/sources.list.d/old.sources"), "Types: deb\nURIs: "+s.url+"/me/tiny/releases/download/"+tag(old)+"/\nSuites: /\nSigned-By: /etc/apt/keyrings/tiny.asc\n")
		installs(t, suite, c, old, old)
		c.forget(t)
		asked := s.during(flip("/me/tiny/releases/latest/download/InRelease"), func() {
			if err := c.get(""); err == nil || c.has(t) != "" {
				t.Errorf("apt takes an altered InRelease: %v", err)
			}
		})
		if len(asked) == 0 || strings.Contains(strings.Join(asked, " "), "/./") {
			t.Errorf("apt asks for %q: want assets, by paths that GitHub has", asked)
		}
	}
}
