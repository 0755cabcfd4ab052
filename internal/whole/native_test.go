package whole

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestLibraryPackages has an application load a library that no system knows: the
// build fails until somebody says who has it.
func TestLibraryPackages(t *testing.T) {
	t.Parallel()
	gcc := testkit.Need(t, "gcc")
	w := bareWorkshop(t)
	write(t, w.dir, "nothing.c", "void nobody(void) {}\n")
	write(t, w.dir, "module.c", "void nobody(void);\nvoid somebody(void) { nobody(); }\n")
	for _, args := range [][]string{
		{"-shared", "-fPIC", "-o", "libnobody.so.7", "-Wl,-soname,libnobody.so.7", "nothing.c"},
		{"-shared", "-fPIC", "-o", "tiny/src/tiny/module.so", "module.c", "-L.", "-l:libnobody.so.7"},
	} {
		cmd := exec.Command(gcc, args...)
		cmd.Dir = w.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage")
	for _, want := range []string{`find library "libnobody.so.7", needed by `, "/tiny/module.so", "library-packages: libnobody.so.7=PACKAGE"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("exit status %d, want 1 and %q:\n%s", status, want, out)
		}
	}
	if w.exists("dist") {
		t.Error("something is written")
	}
	if out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--library-packages", "libnobody.so.7=libnobody7"); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	debs, err := filepath.Glob(filepath.Join(w.dir, "dist", "*.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("packages %q, error %v", debs, err)
	}
	p, err := testkit.ReadDeb(debs[0])
	if err != nil || !slices.Contains(p.Requires, "libnobody7") || p.Arch == "all" {
		t.Errorf("it depends on %q, for %s, error %v", p.Requires, p.Arch, err)
	}
}

// TestVersionFromHistoryInMonorepo builds a project in a folder of a repository,
// whose version setuptools-scm reads from the repository's tags.
func TestVersionFromHistoryInMonorepo(t *testing.T) {
	t.Parallel()
	testkit.NeedNetwork(t)
	git := testkit.Need(t, "git")
	w := bareWorkshop(t)
	project := filepath.Join(w.dir, "repo", "services", "app")
	if err := os.MkdirAll(filepath.Join(project, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, project, "pyproject.toml", `[build-system]
requires = ["setuptools>=77", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"
[project]
name = "app"
dynamic = ["version"]
[tool.setuptools]
packages = ["app"]
[tool.setuptools_scm]
root = "../.."
`)
	write(t, project, "requirements.txt", "")
	write(t, project, "app/__init__.py", "")
	w.env = []string{"GIT_CONFIG_GLOBAL=/dev/null"}
	in := func(args ...string) {
		t.Helper()
		cmd := exec.Command(git, append([]string{"-c", "user.name=Tiny", "-c", "user.email=tiny@example.org"}, args...)...)
		cmd.Dir = filepath.Join(w.dir, "repo")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	in("init", "-q")
	in("add", ".")
	in("commit", "-q", "-m", "first")
	in("tag", "v2.5.1")
	before := testkit.TreeDump(t, project)
	out, status := w.pinpack(t, "build", "repo/services/app", "--build-path", "stage")
	if status != 0 || !w.exists("dist/app_2.5.1-1_all.deb") {
		t.Errorf("exit status %d, want 0 and 2.5.1:\n%s", status, out)
	}
	if after := testkit.FormatTree(testkit.TreeDump(t, project)); after != testkit.FormatTree(before) {
		t.Errorf("the project's folder is changed:\n%s", after)
	}
	in("commit", "-q", "--allow-empty", "-m", "second")
	out, status = w.pinpack(t, "build", "repo/services/app", "--build-path", "stage")
	debs, err := filepath.Glob(filepath.Join(w.dir, "dist", "app_2.5.2~~dev1+g*-1_all.deb"))
	if status != 0 || err != nil || len(debs) != 1 {
		t.Errorf("exit status %d, want 0 and a version after 2.5.1: %v\n%s", status, err, out)
	}
}
