package plan

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/config"
)

func TestDecideGitHub(t *testing.T) {
	source := fstest.MapFS{"CHANGES.md": {Data: []byte("Fixes.\n")}}
	auto := config.GitHub{Release: "auto", ReleaseNotes: "generated", Prerelease: "auto", MakeLatest: "auto", Artifact: "auto"}
	with := func(change func(*config.GitHub)) config.GitHub { g := auto; change(&g); return g }
	branch := ci.Event{Name: "push", Repository: "me/app"}
	tag := func(name string) ci.Event { return ci.Event{Name: "push", Repository: "me/app", Tag: name} }
	pull := ci.Event{Name: "pull_request", Repository: "me/app", Pull: 3}
	tests := []struct {
		name    string
		said    config.GitHub
		event   ci.Event
		release *Release
		wantErr string
	}{
		{"no workflow", with(func(g *config.GitHub) { g.Release = "publish" }), ci.Event{}, nil, ""},
		{"branch", auto, branch, nil, ""},
		{"pull request", auto, pull, nil, ""},
		{"tag", auto, tag("v1.2"), &Release{Repository: "me/app", Tag: "v1.2", Name: "v1.2", Generate: true, MakeLatest: "legacy"}, ""},
		{"tag of a pre-release", auto, tag("v1.2rc1"), &Release{Repository: "me/app", Tag: "v1.2rc1", Name: "v1.2rc1", Generate: true, Prerelease: true, MakeLatest: "legacy"}, ""},
		{"never", with(func(g *config.GitHub) { g.Release = "never" }), tag("v1"), nil, ""},
		{"draft, named, with a file", with(func(g *config.GitHub) { g.Release, g.ReleaseName, g.ReleaseNotes = "draft", "One", "CHANGES.md" }), tag("1.0"), &Release{Repository: "me/app", Tag: "1.0", Name: "One", Notes: "Fixes.\n", Draft: true, MakeLatest: "legacy"}, ""},
		{"a tag that is said, and text", with(func(g *config.GitHub) { g.Tag, g.ReleaseNotes, g.MakeLatest = "v3", "All new", "true" }), branch, &Release{Repository: "me/app", Tag: "v3", Name: "v3", Notes: "All new", MakeLatest: "true"}, ""},
		{"publish without a tag", with(func(g *config.GitHub) { g.Release = "publish" }), branch, nil, `release "publish": no tag is built: want the input tag, or this step for tags only`},
		{"publish for a pull request", with(func(g *config.GitHub) { g.Release, g.Tag = "publish", "v1" }), pull, nil, `release "publish": this run is for a pull request, which makes no release`},
		{"auto with a tag for a pull request", with(func(g *config.GitHub) { g.Tag = "v1" }), pull, nil, ""},
		{"latest pre-release", with(func(g *config.GitHub) { g.MakeLatest = "true" }), tag("v2a1"), nil, `make-latest: "v2a1" is a pre-release`},
		{"notes that are no file", with(func(g *config.GitHub) { g.ReleaseNotes = "NEWS.md" }), tag("v1"), nil, `release-notes "NEWS.md": `},
	}
	for _, test := range tests {
		var pl Plan
		err := pl.decideGitHub(test.said, test.event, source)
		if test.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("%s: error %v, want %s", test.name, err, test.wantErr)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.release, pl.Release); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if (pl.Upload != nil) != (test.event.Name != "") {
			t.Errorf("%s: upload %+v", test.name, pl.Upload)
		}
	}
}
