//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestServicesLint has the families' own checkers look at orchard's packages.
// What they may not report is said in the .deb itself, and in testdata/rpmlint.toml.
func TestServicesLint(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	old, now := builtEdition(t, editions[0]), builtEdition(t, editions[1])
	t.Run("lintian", func(t *testing.T) {
		lintian := testkit.Need(t, "lintian")
		if out := output(t, exec.Command(lintian, "--tag-display-limit", "0", "--fail-on", "error,warning", now.file(t, "deb"))); out != "" {
			t.Errorf("lintian:\n%s", out)
		}
	})

	s := newSystem(t, "trixie") // whose checkers are newer
	s.run(t, "apt-get", "update", "--quiet")
	s.run(t, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "rpmlint", "piuparts")
	t.Run("rpmlint", func(t *testing.T) {
		config, rpm := s.put(t, "../../testdata/rpmlint.toml", "/packages"), s.put(t, now.file(t, "rpm"), "/packages")
		out := s.run(t, "rpmlint", "--config", config, rpm)
		if !strings.Contains(out, " 0 errors, 0 warnings, ") {
			t.Errorf("rpmlint:\n%s", out)
		}
	})

	// It installs, upgrades and purges in a bookworm that has the older version in
	// a repository. dpkg removes /opt when it is empty, where nothing of base-files
	// is: that is no fault of the package.
	t.Run("piuparts", func(t *testing.T) {
		r := newRoot(t)
		r.put(t, old.file(t, "deb"), "/repo")
		write(t, r.path("/repo/Packages"), output(t, inDir(r.path("/repo"), testkit.Need(t, "dpkg-scanpackages"), "--multiversion", ".")))
		write(t, r.path("/etc/apt/sources.list.d/repo.list"), "deb [trusted=yes] file:/repo ./\n")
		output(t, exec.Command("tar", "--create", "--numeric-owner", "--directory", string(r), "--file", s.path("/base.tar"), "."))
		deb := s.put(t, now.file(t, "deb"), "/packages")
		out := s.run(t, "piuparts", "--basetgz", "/base.tar", "--keep-sources-list", "--distribution", "bookworm", "--ignore", "/opt/",
			"--install-purge-install", deb)
		for _, want := range []string{"Installation and purging test", "Installation, upgrade and purging tests", "All tests"} {
			if !strings.Contains(out, "PASS: "+want) {
				t.Errorf("piuparts has not passed %q", want)
			}
		}
		if t.Failed() {
			t.Log(out)
		}
	})
}

// builtEdition builds orchard on this machine.
func builtEdition(t *testing.T, e edition) result {
	t.Helper()
	return builtAs(t, "orchard", e)
}

// builtAs builds an edition of a project on this machine.
func builtAs(t *testing.T, project string, e edition) result {
	t.Helper()
	work := sharedDir(t)
	dir := filepath.Join(work, project)
	checkout(t, project, dir, func(dir string) {
		e.change(t, dir)
		replace(t, dir+"/pyproject.toml", `version = "1.0.0"`, `version = "`+e.version+`"`)
		replace(t, dir+"/src/"+project+"/__init__.py", `"1.0.0"`, `"`+e.version+`"`)
	})
	return builder{}.build(t, work, dir)
}

func inDir(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, os.Environ()
	return cmd
}
