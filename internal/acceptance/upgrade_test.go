//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestUpgradeAndRollBack installs an application, upgrades it to its next
// version and goes back, by both package managers. Each version has a module
// that the other has not.
func TestUpgradeAndRollBack(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	releases := []release{
		{version: "1.0", module: "before"},
		{version: "1.1rc1", module: "between"},
		{version: "1.1", module: "after"},
	}
	for i := range releases {
		releases[i].build(t)
	}
	first, candidate, last := releases[0], releases[1], releases[2]

	t.Run("deb", func(t *testing.T) {
		t.Parallel()
		r := newRoot(t)
		apt := func(rel release, options ...string) {
			t.Helper()
			r.install(t, rel.file(t, "deb"), options...)
			r.verify(t, "lines")
			rel.check(t, r)
		}
		apt(first)
		apt(candidate)
		apt(last)
		if _, err := testkit.Output(r.command("root", "apt-get", "install", "--yes", "./packages/"+filepath.Base(candidate.file(t, "deb")))); err == nil {
			t.Error("apt takes 1.1rc1 for newer than 1.1")
		}
		apt(first, "--allow-downgrades")
		r.run(t, "dpkg", "-r", "lines")
		gone(t, r, "lines")
	})

	t.Run("rpm", func(t *testing.T) {
		t.Parallel()
		r := newRootWithPython(t)
		testkit.Run(t, r.rpm("--install", stub(t, "2.28", python)))
		upgrade := func(rel release, options ...string) {
			t.Helper()
			testkit.Run(t, r.rpm(append([]string{"--upgrade", rel.file(t, "rpm")}, options...)...))
			r.verifyRPM(t, "lines")
			rel.check(t, r)
		}
		upgrade(first)
		upgrade(candidate)
		upgrade(last)
		if _, err := testkit.Output(r.rpm("--upgrade", candidate.file(t, "rpm"))); err == nil {
			t.Error("rpm takes 1.1rc1 for newer than 1.1")
		}
		upgrade(first, "--oldpackage")
		testkit.Run(t, r.rpm("--erase", "lines"))
		gone(t, r, "lines")
	})
}

// release is a version of lines with one more module.
type release struct {
	version, module string
	result
}

func (rel *release) build(t testing.TB) {
	t.Helper()
	work := t.TempDir()
	dir := filepath.Join(work, "lines")
	checkout(t, "lines", dir, func(dir string) {
		init := filepath.Join(dir, "src/lines/__init__.py")
		text, err := os.ReadFile(init)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "__version__ ") {
				line = "__version__ = \"" + rel.version + "\"\n"
			}
			lines = append(lines, line)
		}
		write(t, init, strings.Join(lines, ""))
		write(t, filepath.Join(dir, "src/lines", rel.module+".py"), "\"\"\"Of "+rel.version+" only.\"\"\"\n")
	})
	rel.result = builder{}.build(t, work, dir)
	if rel.Version != rel.version {
		t.Fatalf("built version %q: want %q, as the code says", rel.Version, rel.version)
	}
}

// check asks the installed application who it is.
func (rel release) check(t testing.TB, r root) {
	t.Helper()
	if out := testkit.Run(t, r.command("nobody", "lines", "--version")); !strings.HasSuffix(out, " "+rel.version+"\n") {
		t.Errorf("lines --version: %q: want %q", out, rel.version)
	}
	info(t, r, rel.result)
	site := rel.site() + "/lines"
	entries, err := filepath.Glob(r.path(site + "/*.py"))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := filepath.Glob(r.path(site + "/__pycache__/*.pyc"))
	if err != nil || len(compiled) != len(entries) {
		t.Errorf("%d modules have %d compiled ones (%v)", len(entries), len(compiled), err)
	}
	for _, module := range []string{"before", "between", "after"} {
		if got, want := r.has(site+"/"+module+".py"), module == rel.module; got != want {
			t.Errorf("module %s in version %s: %t: want %t", module, rel.version, got, want)
		}
	}
}
