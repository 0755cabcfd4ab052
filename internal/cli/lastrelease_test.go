package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestLastRelease finds what a build is upgraded from among the files of releases.
func TestLastRelease(t *testing.T) {
	t.Parallel()
	file := func(name string) *testkit.GitHubAsset {
		return &testkit.GitHubAsset{Name: name, Content: []byte(name)}
	}
	all := []*testkit.GitHubAsset{
		file("SHA256SUMS"), file("shop-admin_9.0-1_all.deb"), file("shop_1.0-1_arm64x.deb"), file("shop_1.0-1_all.deb"), file("shop-1.0-1.noarch.rpm"), file("shop-admin-9.0-1.noarch.rpm"),
	}
	tests := map[string]struct {
		tag      string // of the last release; ""
		assets   []*testkit.GitHubAsset
		version  string
		previous []string
		want     []string
		notice   string
	}{
		"both":                  {"v1.0", all, "1.1", nil, []string{"shop_1.0-1_all.deb", "shop-1.0-1.noarch.rpm"}, ""},
		"one is given":          {"v1.0", all, "1.1", []string{"/srv/old.rpm"}, []string{"old.rpm", "shop_1.0-1_all.deb"}, ""},
		"version from the code": {"v1.0", all, "", nil, []string{"shop_1.0-1_all.deb", "shop-1.0-1.noarch.rpm"}, ""},
		"the same version":      {"v1.0", all, "1.0", nil, nil, "the .deb is not verified as an upgrade: the release v1.0 is not older"},
		"a newer one":           {"shop/v1.0", all, "0.9", nil, nil, "the release shop/v1.0 is not older"},
		"no package":            {"v1.0", all[:3], "1.1", nil, nil, "the .rpm is not verified as an upgrade: the release v1.0 has none"},
		"no release":            {"", nil, "1.1", nil, nil, "there is no release yet"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			github := testkit.NewGitHub(t)
			github.AddRepo("me/shop", "v1.0", "shop/v1.0")
			github.AddToken("good", testkit.GitHubWrite)
			if test.tag != "" {
				id := github.AddRelease("me/shop", testkit.GitHubRelease{Tag: test.tag})
				for _, asset := range test.assets {
					github.AddAsset("me/shop", id, *asset)
				}
			}
			said := filepath.Join(t.TempDir(), "said")
			log, err := os.Create(said)
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			a := &app{host: ci.NewTerminal(log, ci.Normal, 0)}
			d := decision{event: ci.Event{Repository: "me/shop", API: github.APIURL()}}
			d.config.GitHub.Token = "good"
			d.plan.Name, d.plan.Version = "shop", test.version
			d.plan.Verify = &plan.Verify{LastRelease: true, Previous: test.previous}
			for _, format := range artifact.FormatNames() {
				d.plan.Packages = append(d.plan.Packages, plan.Package{Format: format})
			}
			remove, err := a.lastRelease(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range d.plan.Verify.Previous {
				names = append(names, filepath.Base(f))
				if data, err := os.ReadFile(f); !slices.Contains(test.previous, f) && (err != nil || string(data) != filepath.Base(f)) {
					t.Errorf("%s holds %q (%v)", f, data, err)
				}
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Errorf("previous versions (-want +got):\n%s", diff)
			}
			text, err := os.ReadFile(said)
			if err != nil || !strings.Contains(string(text), test.notice) {
				t.Errorf("said %q (%v): want %q", text, err, test.notice)
			}
			if err := remove(); err != nil {
				t.Error(err)
			}
			for _, f := range d.plan.Verify.Previous {
				if _, err := os.Stat(f); !os.IsNotExist(err) {
					t.Errorf("%s is still there", f)
				}
			}
		})
	}
}
