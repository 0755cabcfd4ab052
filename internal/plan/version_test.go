package plan

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestVersionComesFrom(t *testing.T) {
	tests := []struct{ name, input, tag, project, want, from string }{
		{"input before all", "3.0", "v2.0", "1.0", "3.0", "the input"},
		{"tag before project", "", "v1.2.3", "1.2.3", "1.2.3", "the tag v1.2.3"},
		{"the tag's spelling", "", "24.04", "24.4", "24.04", "the tag 24.04"},
		{"tag with the project's name", "", "app/v1.2", "1.2", "1.2", "the tag app/v1.2"},
		{"tag with a word", "", "release-1.2", "1.2.0", "1.2", "the tag release-1.2"},
		{"tag without a version", "", "nightly", "1.2", "1.2", "pyproject.toml"},
		{"project", "", "", "1.2rc1", "1.2rc1", "pyproject.toml"},
		{"tag of a project that leaves it open", "", "v1.2", "", "1.2", "the tag v1.2"},
		{"wheel", "", "", "", "", "the wheel, once it is built"},
	}
	for _, test := range tests {
		pl := Plan{inputs: config.Config{Version: test.input}, history: history{tag: test.tag}}
		got, err := pl.Complete(project.Project{Name: "app", Version: test.project, File: "pyproject.toml"})
		if err != nil || got.Version != test.want || got.VersionFrom != test.from {
			t.Errorf("%s: %q from %s (%v), want %q from %s", test.name, got.Version, got.VersionFrom, err, test.want, test.from)
		}
	}
}

func TestTagAndVersionDisagree(t *testing.T) {
	tests := []struct{ tag, input, project, want string }{
		{"v1.2.4", "", "1.2.3", `tag "v1.2.4": the project's version is 1.2.3 (from pyproject.toml): want the tag and the version to agree, or the input version`},
		{"app-1.3", "", "1.2", `tag "app-1.3": the project's version is 1.2`},
		{"v1.3", "1.2", "1.2", `tag "v1.3": the packages' version is 1.2 (from the input): want the tag and the version to agree, or release never`},
	}
	for _, test := range tests {
		pl := Plan{inputs: config.Config{Version: test.input}, history: history{tag: test.tag}, Release: &Release{Tag: test.tag}}
		_, err := pl.Complete(project.Project{Name: "app", Version: test.project, File: "pyproject.toml"})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s and %s: %v, want %s", test.tag, test.project, err, test.want)
		}
	}
}

// repository makes one with a commit and these tags on it, and then another commit.
func repository(t *testing.T, tags ...string) string {
	t.Helper()
	testkit.Need(t, "git")
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	commit := func(file string) {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, dir, "add", ".")
		git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", file)
	}
	commit("one")
	for _, tag := range tags {
		git(t, dir, "tag", tag)
	}
	commit("two")
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-11-23T11:16:00Z", "GIT_AUTHOR_DATE=2026-11-23T11:16:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

// TestSnapshotOfRepository makes versions between releases out of real repositories.
func TestSnapshotOfRepository(t *testing.T) {
	push := ci.Event{Name: "push", Commit: "1a2b3c4d"}
	pull := ci.Event{Name: "pull_request", Commit: "1a2b3c4d", Pull: 12}
	tests := []struct {
		name     string
		tags     []string
		event    ci.Event
		snapshot string
		version  string
		want     string
	}{
		{"pull request before the release", []string{"v1.3.0", "v1.2"}, pull, "auto", "1.4.0", "1.4.0~pr12.g1a2b3c4"},
		{"pull request after the release", []string{"v1.4.0", "nightly"}, pull, "auto", "1.4.0", "1.4.0+git20261123111600.pr12.g1a2b3c4"},
		{"branch", []string{"v1.3.0"}, push, "auto", "1.4.0", "1.4.0~git20261123111600.g1a2b3c4"},
		{"another project's tags", []string{"other/v9.0", "app/v1.3.0"}, pull, "auto", "1.4.0", "1.4.0~pr12.g1a2b3c4"},
		{"its own tags only", []string{"9.0", "app-1.4.0"}, push, "auto", "1.4.0", "1.4.0+git20261123111600.g1a2b3c4"},
		{"tags with a word", []string{"release-1.4.0"}, push, "auto", "1.4.0", "1.4.0+git20261123111600.g1a2b3c4"},
		{"no tags", nil, pull, "auto", "1.4.0", "1.4.0~pr12.g1a2b3c4"},
		{"never", nil, pull, "never", "1.4.0", "1.4.0"},
		{"no workflow", nil, ci.Event{}, "auto", "1.4.0", "1.4.0"},
		{"a tag is built", nil, ci.Event{Name: "push", Tag: "v1.4.0", Commit: "1a2b3c4d"}, "auto", "1.4.0", "1.4.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := machine(t)
			m.Event = test.event
			c := config.Config{Snapshot: test.snapshot}
			pl := Plan{Source: repository(t, test.tags...), Packages: []Package{{Format: "deb"}, {Format: "rpm"}}, inputs: c}
			if err := errors.Join(pl.readTime(t.Context(), m), pl.readHistory(t.Context(), m, c, "app")); err != nil {
				t.Fatal(err)
			}
			pl, err := pl.Complete(project.Project{Name: "app", Version: test.version, File: "pyproject.toml"})
			if err != nil {
				t.Fatal(err)
			}
			if pl.Version != test.version {
				t.Errorf("the project's version became %s", pl.Version)
			}
			for _, p := range pl.Packages {
				if p.Version != test.want {
					t.Errorf("%s: %s, want %s", p.Format, p.Version, test.want)
				}
			}
		})
	}
}

// TestShallow refuses to make a version up from a part of the history.
func TestShallow(t *testing.T) {
	from := repository(t, "v1.3.0")
	clone := t.TempDir()
	git(t, clone, "clone", "-q", "--depth", "1", "file://"+from, "x")
	m := machine(t)
	m.Event = ci.Event{Name: "pull_request", Commit: "1a2b3c4d", Pull: 12}
	p := project.Project{Name: "app", File: "pyproject.toml", Dynamic: []string{"version"}, BuildRequires: []string{"hatchling", "Hatch_VCS>=0.3"}}
	pl := Plan{Source: filepath.Join(clone, "x")}
	if err := errors.Join(pl.readTime(t.Context(), m), pl.readHistory(t.Context(), m, config.Config{Snapshot: "auto"}, "app")); err != nil {
		t.Fatal(err)
	}
	if _, err := pl.Complete(p); !errors.Is(err, ErrShallow) {
		t.Errorf("a version from a shallow clone: %v", err)
	}
	p.Version = "1.4.0" // the project says it
	done, err := pl.Complete(p)
	if err != nil || !strings.Contains(strings.Join(done.Notes, "\n"), "fetch-depth: 0") {
		t.Errorf("a version from the project, notes %q: %v", done.Notes, err)
	}
	git(t, pl.Source, "tag", "v1.4.0")
	p.Version = ""
	if err := pl.readHistory(t.Context(), m, config.Config{Snapshot: "auto"}, "app"); err != nil {
		t.Fatal(err)
	}
	if _, err := pl.Complete(p); err != nil {
		t.Errorf("the commit itself is tagged: %v", err)
	}
}
