package venv

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestWhatHasNoWheelIsBuilt(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		dir := t.TempDir()
		x := testkit.NewIndex(t,
			testkit.Wheel{Name: "dep", Version: "1.0", Requires: []string{"src"}}.Write(t, dir),
			testkit.Wheel{Name: "src", Version: "2.0", Tag: "cp27-cp27m-win_amd64"}.Write(t, dir),
			testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", "    print('backend at work')")))
		s := newSite(t, installer, "PIP_INDEX_URL="+x.URL())
		s.lock(x.Requirements("dep", "src"))
		env, got := s.mustBuild()
		if got != "dep 1.0, src 2.0, tiny 1.2.3" || !strings.Contains(s.output.String(), "backend at work") {
			t.Errorf("installed %s; output:\n%s", got, s.output.String())
		}
		want := []Built{
			{Name: "src", Version: "2.0", From: "src-2.0.tar.gz", Backend: "backend", Requirements: []BuildRequirement{}},
			{Name: "tiny", Version: "1.2.3", From: ".", Backend: "backend", Requirements: []BuildRequirement{}},
		}
		if diff := cmp.Diff(want, env.Built); diff != "" {
			t.Errorf("built (-want +got):\n%s", diff)
		}
	})
}

// A normal lock is one call, and its index is not listed by us.
func TestWheelsTakeOneCall(t *testing.T) {
	x := testkit.NewIndex(t, testkit.Wheel{Name: "dep", Version: "1.0"}.Write(t, t.TempDir()))
	s := newSite(t, "uv", "UV_DEFAULT_INDEX="+x.URL())
	s.lock(x.Requirements("dep"))
	s.mustBuild()
	calls := slices.DeleteFunc(slices.Clone(s.said), func(line string) bool { return !strings.Contains(line, " pip install ") })
	if len(calls) != 2 || x.Count("/simple/dep/") != 1 {
		t.Errorf("calls %q, requests %q", calls, x.Requests())
	}
}

func TestNoBinaryIsBuiltAllTheSame(t *testing.T) {
	dir := t.TempDir()
	x := testkit.NewIndex(t, testkit.Wheel{Name: "src", Version: "2.0"}.Write(t, dir), testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", "")))
	s := newSite(t, "uv", "PIP_INDEX_URL="+x.URL())
	s.lock("--no-binary src\n" + x.Requirements("src"))
	if env, got := s.mustBuild(); got != "src 2.0, tiny 1.2.3" || len(env.Built) != 2 {
		t.Errorf("installed %s, built %v", got, env.Built)
	}
}

func TestBuildRequirementsAreConstrainedAndListed(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		dir := t.TempDir()
		backend := inTree("src", "2.0", "")["backend.py"]
		files := []string{testkit.SDist(t, dir, "src", "2.0", map[string]string{
			"pyproject.toml": "[build-system]\nrequires = [\"tool>=1\", \"locked\", \"free\", \"pin==1.0\"]\nbuild-backend = \"tool\"\n",
		})}
		for _, version := range []string{"1.0", "1.1", "2.0"} {
			files = append(files, testkit.Wheel{Name: "tool", Version: version, Requires: []string{"helper"}, Files: map[string]string{"tool.py": backend + "def get_requires_for_build_wheel(config_settings=None):\n    return ['more']\n"}}.Write(t, dir))
			for _, name := range []string{"locked", "free", "helper", "more", "pin"} {
				files = append(files, testkit.Wheel{Name: name, Version: version}.Write(t, dir))
			}
		}
		x := testkit.NewIndex(t, files...)
		s := newSite(t, installer, "PIP_INDEX_URL="+x.URL())
		s.lock(x.Requirements("src==2.0", "locked==1.0", "pin==2.0"))
		if err := os.WriteFile(filepath.Join(s.pl.Source, "constraints.txt"), []byte("tool<2\nhelper==1.0\nlocked==1.0\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		s.pl.BuildConstraints = []string{"constraints.txt"}
		env, _ := s.mustBuild()
		want := []BuildRequirement{{"free", "2.0", false}, {"helper", "1.0", true}, {"locked", "1.0", true}, {"more", "2.0", false}, {"pin", "1.0", true}, {"tool", "1.1", true}}
		if diff := cmp.Diff(want, env.Built[0].Requirements); diff != "" {
			t.Errorf("build requirements (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"free 2.0", "more 2.0"}, env.Unconstrained()); diff != "" {
			t.Errorf("unconstrained (-want +got):\n%s", diff)
		}
	})
}

func TestFailedBuildsSayWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct{ does, missing string }{
		"header":  {`    import sys; sys.exit("x.c:1:10: fatal error: libpq-fe.h: No such file or directory")`, "libpq-fe.h"},
		"program": {`    import sys; sys.exit("Error: pg_config executable not found.")`, "pg_config"},
		"nothing": {`    raise SystemExit("no idea")`, ""},
	} {
		dir := t.TempDir()
		x := testkit.NewIndex(t, testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", test.does)))
		s := newSite(t, "uv", "PIP_INDEX_URL="+x.URL())
		s.lock(x.Requirements("src"))
		_, err := s.build()
		var failed *BuildError
		if !errors.As(err, &failed) || failed.Missing() != test.missing || failed.Name != "src" || failed.Version != "2.0" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestBackendsAreHeldToWhatTheySay(t *testing.T) {
	dir := t.TempDir()
	link := inTree("src", "2.0", `    os.symlink("/etc/passwd", os.path.join(wheel_directory, "src-2.0-py3-none-any.whl")); return "src-2.0-py3-none-any.whl"`)
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"link":          {link, `want the name of a wheel in the directory it was given`},
		"other version": {inTree("src", "3.0", ""), `the backend made "src" 3.0: want "src" 2.0`},
		"elsewhere":     {inTree("src", "2.0", `    return "../x.whl"`), `want the name of a wheel`},
		"an option":     {map[string]string{"pyproject.toml": "[build-system]\nrequires = [\"--index-url=http://evil\"]\n"}, `build requirement "--index-url=http://evil"`},
		"path out":      {map[string]string{"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"x\"\nbackend-path = [\"../..\"]\n"}, `backend-path "../.."`},
		"no TOML":       {map[string]string{"pyproject.toml": "[build-system\n"}, "read pyproject.toml"},
		"no project":    {map[string]string{"README": ""}, "want a Python project"},
	}
	for name, test := range tests {
		x := testkit.NewIndex(t, testkit.SDist(t, dir, "src", "2.0", test.files))
		s := newSite(t, "uv", "PIP_INDEX_URL="+x.URL())
		s.lock(x.Requirements("src"))
		if _, err := s.build(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

func TestNeitherWheelNorSource(t *testing.T) {
	x := testkit.NewIndex(t, testkit.Wheel{Name: "win", Version: "1", Tag: "cp39-cp39-win_amd64"}.Write(t, t.TempDir()))
	s := newSite(t, "uv", "PIP_INDEX_URL="+x.URL())
	s.lock(x.Requirements("win"))
	if _, err := s.build(); err == nil || !strings.Contains(err.Error(), `distribution "win" 1: no file of the lock fits this interpreter`) {
		t.Errorf("error %v", err)
	}
}
